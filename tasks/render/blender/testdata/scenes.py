"""Makes the scenes of the tests in one go: blender -b --factory-startup -P scenes.py -- FOLDER"""

import os
import sys

import bpy

DIR = sys.argv[-1]


def begin():
    bpy.ops.wm.read_factory_settings()
    s = bpy.context.scene
    s.render.engine = "CYCLES"
    s.cycles.samples = 2
    s.cycles.use_denoising = False
    s.render.resolution_x, s.render.resolution_y = 48, 32
    s.frame_end = 5
    s.render.image_settings.color_mode = "RGB"
    return s


def save(name):
    bpy.ops.wm.save_as_mainfile(filepath=os.path.join(DIR, name + ".blend"), compress=False, relative_remap=False)


def image(name, at):
    i = bpy.data.images.new(name, 8, 8)
    i.filepath_raw, i.file_format = at, "PNG"
    i.save()
    bpy.data.images.remove(i)
    i = bpy.data.images.load(at)
    m = bpy.data.objects["Cube"].data.materials[0]
    n = m.node_tree.nodes.new("ShaderNodeTexImage")
    n.image = i
    m.node_tree.links.new(n.outputs[0], m.node_tree.nodes["Principled BSDF"].inputs[0])
    return i


def good():
    begin()
    save("good")


def camera():
    begin()
    bpy.data.objects.remove(bpy.data.objects["Camera"])
    save("camera")


def missing():
    begin()
    at = os.path.join(DIR, "gone.png")
    image("gone", at)
    os.remove(at)
    save("missing")


def outside():
    begin()
    at = os.path.join(DIR, "secret.png")
    i = image("secret", at)
    i.filepath = at
    save("outside")
    i.filepath = "//../../../../../etc/passwd"
    save("above")


def curious():
    """Names files that are no part of any scene."""
    s = begin()
    at = os.path.join(DIR, "id_rsa")
    with open(at, "w") as f:
        f.write("secret")
    lamp = bpy.data.objects["Light"].data
    lamp.use_nodes = True
    n = lamp.node_tree.nodes.new("ShaderNodeTexIES")
    n.mode, n.filepath = "EXTERNAL", at
    save("profile")
    n.filepath = ""
    i = image("key", os.path.join(DIR, "key.png"))
    i.filepath = at
    save("key")


def script():
    """Everything that could run code of the scene's, and would leave a file."""
    begin()
    mark = "open(%r, 'w').close()" % os.path.join(DIR, "ran")
    t = bpy.data.texts.new("register.py")
    t.write("import bpy\n%s\nbpy.app.handlers.render_pre.append(lambda *a: %s)\n" % (mark, mark))
    t.use_module = True
    d = bpy.data.objects["Cube"].driver_add("location", 0).driver
    d.type, d.expression = "SCRIPTED", "[0 for _ in (1,) if %s]" % mark
    style = bpy.data.texts.new("style.py")
    style.write(mark)
    s = bpy.context.scene
    s.render.use_freestyle = True
    f = s.view_layers[0].freestyle_settings
    f.mode = "SCRIPT"
    f.modules.new().script = style
    save("script")


def armed():
    """What would act though scripts are off: it leaves files, some beside the
    scene, some where Blender runs."""
    s = begin()
    mark = "open(%r, 'w').close()" % os.path.join(DIR, "armed-style")
    style = bpy.data.texts.new("style.py")
    style.write(mark)
    s.render.use_freestyle = True
    f = s.view_layers[0].freestyle_settings
    f.linesets.new("x")
    f.linesets.new("y").name = "\\'.join(open(chr(120),chr(119)).name))#"  # makes a file called x
    s.use_nodes = True
    group = bpy.data.node_groups.new("group", "CompositorNodeTree")
    group.inputs.new("NodeSocketColor", "in")
    into = group.nodes.new("NodeGroupInput")
    outer = s.node_tree.nodes.new("CompositorNodeGroup")
    outer.node_tree = group
    picture = s.node_tree.nodes["Render Layers"].outputs[0]
    s.node_tree.links.new(picture, outer.inputs[0])
    for tree, from_ in ((group, into.outputs[0]), (s.node_tree, picture)):
        n = tree.nodes.new("CompositorNodeOutputFile")
        n.base_path = os.path.join(DIR, "armed-" + tree.name.split()[0])
        tree.links.new(from_, n.inputs[0])
        n.mute = False
        tree.keyframe_insert('nodes["%s"].mute' % n.name, frame=1)
    save("armed")
    # The style modules' turn: names with quotes do not come to it.
    f.linesets[-1].name = "y"
    f.modules.new().script = style
    f.mode = "SCRIPT"
    s.keyframe_insert('view_layers["ViewLayer"].freestyle_settings.mode', frame=1)
    f.mode = "EDITOR"
    save("styled")


def moving():
    """Settings that move away from what they are set to."""
    s = begin()
    for owner, name, value in ((s.cycles, "samples", 300), (s.render, "threads", 7), (s.render, "use_stamp", True),
                               (s.cycles, "use_denoising", True), (s.render, "use_multiview", True)):
        old = getattr(owner, name)
        setattr(owner, name, value)
        owner.keyframe_insert(name, frame=1)
        setattr(owner, name, old)
    save("moving")


def drivers():
    """A driver that Blender works out without Python."""
    begin()
    d = bpy.data.objects["Cube"].driver_add("location", 2).driver
    d.type, d.expression = "SCRIPTED", "sin(frame / 3)"
    save("drivers")


def physics(name, bake):
    s = begin()
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=12, y_subdivisions=12, size=4, location=(0, 0, 2))
    bpy.context.object.modifiers.new("cloth", "CLOTH")
    bpy.data.objects["Cube"].modifiers.new("collision", "COLLISION")
    for o in bpy.data.objects:
        for m in o.modifiers:
            if m.type == "CLOTH":
                m.point_cache.frame_end = s.frame_end
    if bake:
        bpy.ops.ptcache.bake_all(bake=True)
    save(name)


def engines():
    s = begin()
    s.render.engine = "BLENDER_EEVEE"
    s.cycles.use_denoising = True
    s.render.use_border = True
    s.render.use_stamp = True
    s.cycles.time_limit = 5
    s.render.image_settings.file_format = "OPEN_EXR_MULTILAYER"
    s.render.image_settings.color_depth = "32"
    save("eevee")
    s.render.engine = "BLENDER_WORKBENCH"
    s.render.use_multiview = True
    bpy.ops.object.gpencil_add(type="MONKEY")
    save("workbench")


def edited():
    s = begin()
    e = s.sequence_editor_create().sequences
    e.new_effect("colour", "COLOR", 1, 1, frame_end=6)
    save("edited")


def own():
    """What a scene sets for itself and a node must not follow."""
    s = begin()
    r = s.render
    r.use_border = r.use_crop_to_border = True
    r.border_max_x = 0.5
    r.use_stamp = True
    r.use_persistent_data = True
    r.threads_mode, r.threads = "FIXED", 1
    s.cycles.device = "GPU"
    s.cycles.use_denoising = True
    r.filepath = os.path.join(DIR, "own-output")
    r.image_settings.file_format = "FFMPEG"
    s.use_nodes = True
    n = s.node_tree.nodes.new("CompositorNodeOutputFile")
    n.base_path = os.path.join(DIR, "own-output-node")
    s.node_tree.links.new(s.node_tree.nodes["Render Layers"].outputs[0], n.inputs[0])
    save("own")


def heavy():
    begin()
    m = bpy.data.objects["Cube"].modifiers.new("many", "SUBSURF")
    m.subdivision_type, m.render_levels = "SIMPLE", 11
    save("heavy")


def endless():
    """Adaptive sampling would end early, whatever number is asked for."""
    begin().cycles.use_adaptive_sampling = False
    save("endless")


for make in (endless, good, camera, missing, outside, curious, script, armed, moving, drivers, engines, edited, own, heavy):
    make()
physics("cloth", False)
physics("baked", True)
