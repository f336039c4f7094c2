"""Names this program exactly: what it is made of, and how it adds up."""

import json
import os

import bpy

import tiles

# Libraries whose code makes or reads pixels. Others may differ between two
# machines without a trace in the picture.
MATTER = (
    "libembree", "libopenvdb", "libOpenColorIO", "libOpenImageIO", "libOpenEXR", "libImath", "libIex",
    "libosd", "libtbb.", "libm.", "libm-", "libmvec", "libstdc++", "libgcc_s", "libgomp", "libfftw3", "libopenblas", "libblas",
    "liblapack", "libpng", "libjpeg", "libtiff", "libwebp", "libopenjp2", "libfreetype", "libpotrace",
    "libpugixml", "libblosc", "libavcodec", "libavutil", "libswscale", "libyaml-cpp", "libOpenImageDenoise")


def made_of():
    """The program's file and the libraries it has loaded, where that can be known."""
    out = {bpy.app.binary_path}
    try:
        with open("/proc/self/maps") as f:
            for line in f:
                path = line.split(maxsplit=5)[-1].strip()
                if path.startswith("/") and os.path.basename(path).startswith(MATTER):
                    out.add(path)
    except OSError:
        pass
    managed = bpy.utils.system_resource("DATAFILES", path="colormanagement")
    for base, _, names in os.walk(managed):
        out.update(os.path.join(base, n) for n in names)
    return sorted(os.path.realpath(p) for p in out)


def scene():
    """A small picture that calls on much of Cycles: textures, volume, glass,
    hair-thin edges, motion, indirect light."""
    s = bpy.context.scene
    s.render.engine = "CYCLES"
    cube = bpy.data.objects["Cube"]
    bpy.ops.mesh.primitive_uv_sphere_add(radius=1.1, location=(1.6, -1.2, 0.3))
    ball = bpy.context.object
    bpy.ops.mesh.primitive_plane_add(size=20, location=(0, 0, -1))
    floor = bpy.context.object
    ball.data.materials.append(glass())
    floor.data.materials.append(noise())
    cube.modifiers.new("bevel", "BEVEL")
    cube.keyframe_insert("rotation_euler", frame=1)
    cube.rotation_euler = 0.4, 0.2, 0.9
    cube.keyframe_insert("rotation_euler", frame=3)
    s.render.use_motion_blur = True
    s.world.use_nodes = True
    sky = s.world.node_tree.nodes.new("ShaderNodeTexSky")
    s.world.node_tree.links.new(sky.outputs[0], s.world.node_tree.nodes["Background"].inputs[0])


def glass():
    m = bpy.data.materials.new("glass")
    m.use_nodes = True
    p = m.node_tree.nodes["Principled BSDF"]
    p.inputs["Transmission"].default_value = 1
    p.inputs["Roughness"].default_value = 0.1
    return m


def noise():
    m = bpy.data.materials.new("noise")
    m.use_nodes = True
    t = m.node_tree
    for kind in ("ShaderNodeTexNoise", "ShaderNodeTexVoronoi"):
        n = t.nodes.new(kind)
        t.links.new(n.outputs["Color"], t.nodes["Principled BSDF"].inputs["Base Color" if "Noise" in kind else "Specular"])
    return m


def run(order, say):
    scene()
    s = bpy.context.scene
    tiles.settle(s, order)
    tiles.form(s, order)
    name = tiles.render(s, order, 0, order["tiles"][0])
    features = sorted(k for k in dir(bpy.app.build_options) if getattr(bpy.app.build_options, k) is True)
    with open(order["out"], "w") as f:
        json.dump({
            "version": "%d.%d.%d" % bpy.app.version,
            "hash": bpy.app.build_hash.decode("utf-8", "replace"),
            "options": features,
            "program": bpy.app.binary_path,
            "files": made_of(),
            "picture": name,
        }, f)
    say("done")
