"""Makes one sample scene: blender -b --factory-startup -P blend.py -- NAME OUT FRAMES WIDTH HEIGHT SAMPLES"""

import math
import os
import sys

import bpy

NAME, OUT = sys.argv[-6:-4]
FRAMES, WIDTH, HEIGHT, SAMPLES = (int(a) for a in sys.argv[-4:])
DIR = os.path.dirname(OUT)
GOLDEN = math.pi * (3 - math.sqrt(5))

# From the middle outwards.
COLOURS = ((1.0, 0.50, 0.06), (0.95, 0.20, 0.05), (0.80, 0.05, 0.14), (0.42, 0.05, 0.36),
           (0.12, 0.09, 0.52), (0.02, 0.19, 0.56), (0.01, 0.36, 0.46))


def material(name, colour, roughness=0.25, **inputs):
    m = bpy.data.materials.new(name)
    m.use_nodes = True
    p = m.node_tree.nodes["Principled BSDF"]
    p.inputs["Base Color"].default_value = (*colour, 1)
    p.inputs["Roughness"].default_value = roughness
    for key, value in inputs.items():
        p.inputs[key.replace("_", " ")].default_value = value
    return m


def ball(name, mat, radius, at, mesh=None):
    if mesh is None:
        bpy.ops.mesh.primitive_uv_sphere_add(segments=48, ring_count=24)
        o = bpy.context.object
        bpy.ops.object.shade_smooth()
    else:
        o = bpy.data.objects.new(name, mesh)
        bpy.context.scene.collection.objects.link(o)
    o.name, o.location, o.scale = name, at, (radius,) * 3
    if mesh is None:
        o.data.materials.append(mat)
    return o


def cube(name, mat, size, at, turn=(0, 0, 0)):
    bpy.ops.mesh.primitive_cube_add(size=size, location=at, rotation=turn)
    o = bpy.context.object
    o.name = name
    o.data.materials.append(mat)
    return o


def wave(o, path, amplitude, phase, index=-1, around=None):
    """A movement that repeats after the last frame."""
    o.keyframe_insert(path, index=index, frame=1)
    curve = [c for c in o.animation_data.action.fcurves if c.data_path == path and c.array_index == max(index, 0)][0]
    curve.keyframe_points[0].interpolation = "LINEAR"
    m = curve.modifiers.new("FNGENERATOR")
    m.amplitude = amplitude
    m.phase_multiplier = 2 * math.pi / FRAMES
    m.phase_offset = phase
    m.value_offset = getattr(o, path)[index] if around is None else around


def area(name, at, towards, size, power, colour):
    light = bpy.data.lights.new(name, "AREA")
    light.shape, light.size, light.energy, light.color = "DISK", size, power, colour
    o = bpy.data.objects.new(name, light)
    bpy.context.scene.collection.objects.link(o)
    o.location = at
    aim(o, towards)
    return o


def aim(o, at):
    target = bpy.data.objects.new(o.name + " target", None)
    bpy.context.scene.collection.objects.link(target)
    target.location = at
    c = o.constraints.new("TRACK_TO")
    c.target, c.track_axis, c.up_axis = target, "TRACK_NEGATIVE_Z", "UP_Y"


def camera(at, towards, lens=50):
    data = bpy.data.cameras.new("Camera")
    data.lens = lens
    o = bpy.data.objects.new("Camera", data)
    bpy.context.scene.collection.objects.link(o)
    o.location = at
    aim(o, towards)
    bpy.context.scene.camera = o
    return o


def begin():
    for o in list(bpy.data.objects):
        bpy.data.objects.remove(o)
    s = bpy.context.scene
    s.render.engine = "CYCLES"
    s.render.resolution_x, s.render.resolution_y, s.render.resolution_percentage = WIDTH, HEIGHT, 100
    s.render.fps = 24
    s.frame_start, s.frame_end = 1, FRAMES
    s.cycles.samples = SAMPLES
    s.cycles.use_denoising = False
    s.cycles.seed = 7
    s.render.image_settings.color_mode = "RGB"
    return s


def backdrop(colour, strength):
    w = bpy.context.scene.world
    w.use_nodes = True
    b = w.node_tree.nodes["Background"]
    b.inputs[0].default_value = (*colour, 1)
    b.inputs[1].default_value = strength


def flower(count, spread, size):
    """Spheres as a sunflower sets its seeds, with a wave that runs outwards."""
    mats = [material("glaze %d" % n, c, 0.16, Clearcoat=1.0, Clearcoat_Roughness=0.03) for n, c in enumerate(COLOURS)]
    gold = material("gold", (1.0, 0.66, 0.22), 0.12, Metallic=1.0)
    meshes = {}
    for n in range(count):
        r = spread * math.sqrt(n + 0.6)
        share = n / count
        mat = gold if n % 21 == 8 else mats[min(int(share * len(mats)), len(mats) - 1)]
        a = n * GOLDEN
        radius = size * (0.62 + 0.42 * math.sqrt(share))
        at = (r * math.cos(a), r * math.sin(a), radius + 0.34)
        o = ball("seed %03d" % n, mat, radius, at, meshes.get(mat.name))
        meshes[mat.name] = o.data
        wave(o, "location", 0.34, -r * 1.9, 2)


def spheres():
    s = begin()
    flower(150, 0.255, 0.25)
    bpy.ops.mesh.primitive_plane_add(size=200)
    bpy.context.object.data.materials.append(material("floor", (0.010, 0.014, 0.030), 0.30, Specular=0.35))
    backdrop((0.10, 0.14, 0.24), 0.55)
    area("key", (4.5, -3.5, 6.5), (0, 0, 0), 4, 560, (1.0, 0.90, 0.76))
    area("rim", (-2.5, 8, 5), (0, 0, 0.4), 4, 700, (0.55, 0.72, 1.0))
    area("fill", (-5, -5, 4), (0, 0, 0.4), 5, 130, (1.0, 0.72, 0.85))
    c = camera((0, -9.2, 6.4), (0, -0.12, 0.3), 50)
    wave(c, "location", 0.6, 0, 0)
    wave(c, "location", 0.25, math.pi / 2, 2)
    # Light that a glossy surface throws around is what stays noisy longest.
    s.cycles.caustics_reflective = s.cycles.caustics_refractive = False
    s.cycles.sample_clamp_indirect = 3
    s.cycles.max_bounces = 5
    s.view_settings.look = "Medium High Contrast"


def plain():
    begin()
    flower(12, 0.5, 0.4)
    bpy.ops.mesh.primitive_plane_add(size=20)
    backdrop((0.3, 0.4, 0.6), 1)
    area("key", (4, -4, 6), (0, 0, 0), 3, 600, (1, 0.9, 0.8))
    camera((0, -7, 4), (0, 0, 0.4))


def checker(path, a, b, size=64):
    i = bpy.data.images.new(os.path.basename(path), size, size)
    pixels = []
    for y in range(size):
        for x in range(size):
            pixels += [*(a if (x // 8 + y // 8) % 2 else b), 1]
    i.pixels = pixels
    i.filepath_raw, i.file_format = path, "PNG"
    i.save()
    bpy.data.images.remove(i)
    return path


def pictured(name, image):
    m = material(name, (1, 1, 1), 0.4)
    t = m.node_tree
    n = t.nodes.new("ShaderNodeTexImage")
    n.image = image
    t.links.new(n.outputs["Color"], t.nodes["Principled BSDF"].inputs["Base Color"])
    return m, n


def library(path):
    """A linked scene with a texture of its own."""
    begin()
    os.makedirs(os.path.dirname(path), exist_ok=True)
    image = bpy.data.images.load(checker(os.path.join(os.path.dirname(path), "bark.png"), (0.3, 0.1, 0.02), (0.1, 0.3, 0.05)))
    o = cube("linked cube", pictured("bark", image)[0], 1.2, (0, 0, 0.6))
    group = bpy.data.collections.new("prop")
    group.objects.link(o)
    group.use_fake_user = True
    bpy.ops.wm.save_as_mainfile(filepath=path, compress=True)
    image.filepath = "//bark.png"
    bpy.ops.wm.save_as_mainfile(filepath=path, compress=True)
    bpy.ops.wm.read_factory_settings()


def textured():
    library(os.path.join(DIR, "props", "library.blend"))
    s = begin()
    beside = bpy.data.images.load(checker(os.path.join(DIR, "beside.png"), (0.9, 0.1, 0.1), (0.9, 0.9, 0.8)))
    within = bpy.data.images.load(checker(os.path.join(DIR, "within.png"), (0.1, 0.2, 0.9), (0.8, 0.9, 0.9)))
    within.pack()
    os.remove(os.path.join(DIR, "within.png"))
    for n in range(1, FRAMES + 1):
        checker(os.path.join(DIR, "turn%04d.png" % n), (n / FRAMES, 0.8, 0.2), (0.1, 0.1, 1 - n / FRAMES))
    moving = bpy.data.images.load(os.path.join(DIR, "turn0001.png"))
    moving.source = "SEQUENCE"
    m, node = pictured("moving", moving)
    node.image_user.frame_duration, node.image_user.frame_start = FRAMES, 1
    node.image_user.use_auto_refresh = True
    cube("left", pictured("beside", beside)[0], 1.2, (-1.6, 0, 0.6), (0, 0, 0.4))
    wave(cube("middle", m, 1.2, (0, 0.6, 0.6), (0, 0, 0.7)), "rotation_euler", 0.5, 0, 2)
    ball("right", pictured("within", within)[0], 0.8, (1.7, 0, 0.8))
    with bpy.data.libraries.load(os.path.join(DIR, "props", "library.blend"), link=True) as (_, to):
        to.collections = ["prop"]
    prop = bpy.data.objects.new("prop", None)
    prop.instance_type, prop.instance_collection = "COLLECTION", bpy.data.collections["prop"]
    prop.location = (0, -1.6, 0)
    s.collection.objects.link(prop)
    bpy.ops.mesh.primitive_plane_add(size=20)
    backdrop((0.5, 0.6, 0.8), 1)
    area("key", (3, -4, 6), (0, 0, 0), 3, 500, (1, 1, 1))
    camera((0, -7, 4), (0, 0, 0.6))


def motion():
    s = begin()
    s.render.use_motion_blur = True
    s.render.motion_blur_shutter = 0.8
    s.render.film_transparent = True
    s.render.image_settings.color_mode = "RGBA"
    s.cycles.use_animated_seed = True
    mat = material("blue", (0.1, 0.3, 0.9), 0.2)
    for n in range(3):
        o = ball("ball %d" % n, mat, 0.6, ((n - 1) * 1.5, 0, 1))
        wave(o, "location", 1.2, n * 2, 2, 1.2)
    soft = cube("soft", material("red", (0.9, 0.2, 0.1)), 1.4, (0, -1.5, 0.7))
    soft.shape_key_add(name="rest")
    key = soft.shape_key_add(name="tall")
    for p in key.data:
        p.co.z *= 1.8
    key.value = 0
    key.keyframe_insert("value", frame=1)
    key.value = 1
    key.keyframe_insert("value", frame=max(FRAMES, 2))
    backdrop((0.5, 0.6, 0.8), 1)
    area("key", (3, -4, 6), (0, 0, 0), 3, 500, (1, 1, 1))
    camera((0, -8, 3), (0, 0, 1))


def composited():
    plain()
    s = bpy.context.scene
    s.use_nodes = True
    t = s.node_tree
    layers, out = t.nodes["Render Layers"], t.nodes["Composite"]
    blur, glare, write = (t.nodes.new(k) for k in ("CompositorNodeBlur", "CompositorNodeGlare", "CompositorNodeOutputFile"))
    blur.size_x = blur.size_y = 3
    write.base_path = os.path.join(DIR, "elsewhere")
    t.links.new(layers.outputs["Image"], blur.inputs["Image"])
    t.links.new(blur.outputs["Image"], glare.inputs["Image"])
    t.links.new(glare.outputs["Image"], out.inputs["Image"])
    t.links.new(glare.outputs["Image"], write.inputs[0])


{"spheres": spheres, "plain": plain, "textured": textured, "motion": motion, "composited": composited}[NAME]()
bpy.ops.wm.save_as_mainfile(filepath=OUT, compress=False)
if NAME == "textured":
    bpy.ops.file.make_paths_relative()
    bpy.ops.wm.save_as_mainfile(filepath=OUT, compress=True)
