"""Renders tiles one after another, each into a file of its own: those of the
order, then those that come as lines of the standard input, until it ends."""

import json
import os
import sys
import time

import bpy

import disarm
import refs

AHEAD = 3  # files that may wait to be read


def inside(bundle):
    """Refuses a scene that reads anything outside its bundle. The sandbox would
    keep it from most; this names the reason."""
    root = os.path.realpath(bundle) + os.sep
    for path in bpy.utils.blend_paths(absolute=True, packed=False):
        check(root, path)
    for r in refs.all():
        if not r.packed:
            check(root, r.path())


def check(root, path):
    if path and not os.path.realpath(path).startswith(root):
        raise ValueError("the scene reads a file outside its bundle: %s" % path[:200])


def settle(scene, order):
    """Sets everything that has to be the same wherever a tile is rendered."""
    r, c = scene.render, scene.cycles
    r.engine = "CYCLES"
    c.device = "CPU"
    r.threads_mode, r.threads = "FIXED", order["threads"]
    r.resolution_x, r.resolution_y, r.resolution_percentage = order["width"], order["height"], 100
    if order["samples"]:
        c.samples = order["samples"]
        c.use_layer_samples = "IGNORE"
    c.time_limit = 0
    c.use_denoising = False
    # Kept data would make a frame depend on those rendered before it.
    r.use_persistent_data = False
    r.use_border = r.use_crop_to_border = False
    r.use_multiview = False
    r.use_stamp = False
    r.use_overwrite, r.use_placeholder = True, False
    r.use_file_extension = True


def form(scene, order):
    """Files are written as fast as possible: they live for a moment only."""
    s = scene.render.image_settings
    s.file_format = "OPEN_EXR" if order["float"] else "PNG"
    s.color_mode = "RGBA" if order["alpha"] else "RGB"
    s.color_depth = order["depth"]
    if order["float"]:
        s.exr_codec = "NONE"
        s.use_zbuffer = s.use_preview = False
    else:
        s.compression = 0


def cut(scene, order, tile):
    r = scene.render
    w, h = order["width"], order["height"]
    part = (tile["x"], tile["y"], tile["w"], tile["h"]) != (0, 0, w, h)
    r.use_border = r.use_crop_to_border = part
    if part:
        r.border_min_x, r.border_max_x = tile["x"] / w, (tile["x"] + tile["w"]) / w
        r.border_min_y, r.border_max_y = (h - tile["y"] - tile["h"]) / h, (h - tile["y"]) / h


def render(scene, order, n, tile):
    scene.render.filepath = os.path.join(order["scratch"], "tile-%d-" % n)
    scene.frame_start = scene.frame_end = tile["frame"]
    cut(scene, order, tile)
    # An animation of one frame is what “blender -f” does.
    bpy.ops.render.render(animation=True)
    path = scene.render.frame_path(frame=tile["frame"])
    if not os.path.isfile(path):
        raise RuntimeError("no picture was written")
    return os.path.basename(path)


def tiles(order):
    yield from order["tiles"]
    for line in sys.stdin or ():
        yield from json.loads(line)


def memory():
    """Bytes that this process holds, 0 where the system does not say it so."""
    try:
        with open("/proc/self/statm") as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


def peak():
    """Bytes that this process held at most, 0 where the system does not say it so."""
    try:
        with open("/proc/self/status") as f:
            return next((int(l.split()[1]) << 10 for l in f if l.startswith("VmHWM:")), 0)
    except (OSError, ValueError):
        return 0


def run(order, say):
    scene = bpy.context.scene
    inside(order["bundle"])
    disarm.run()
    for s in bpy.data.scenes:
        settle(s, order)
    form(scene, order)
    waiting = []
    say("loaded")
    for n, tile in enumerate(tiles(order)):
        while len(waiting) > AHEAD:
            waiting = [f for f in waiting if os.path.exists(os.path.join(order["scratch"], f))]
            if len(waiting) > AHEAD:
                time.sleep(0.02)
        name = render(scene, order, n, tile)
        waiting.append(name)
        say("tile", n=n, file=name, memory=memory(), peak=peak())
    say("done")
