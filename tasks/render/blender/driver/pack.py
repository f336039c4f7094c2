"""Writes a scene and all it needs as a bundle:

    scene.blend          uncompressed, images and fonts inside
    files/001.blend      linked libraries, the same way
    files/002.mp4        what Blender cannot hold inside
    files/003/f0001.exr  sequences and caches, a folder each

Blender's own numbers in names are kept, people's names of files are not."""

import json
import os
import re
import shutil

import bpy

import refs


class Bundle:
    def __init__(self, dir):
        self.dir = dir
        self.names = {}  # where things were -> where they are in the bundle
        self.todo = []   # libraries to be written

    def name(self, path, ending=""):
        """A new name under files for what is at path, and whether it is new."""
        if path in self.names:
            return self.names[path], False
        self.names[path] = "files/%03d%s" % (len(self.names) + 1, ending)
        return self.names[path], True

    def at(self, name):
        path = os.path.join(self.dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path


def ending(path):
    e = os.path.splitext(path)[1].lower()
    return e if re.fullmatch(r"\.[a-z0-9]{1,8}", e) else ""


def copy(bundle, ref):
    """Copies a single file; its new name."""
    path = ref.path()
    name, new = bundle.name(path, ending(path))
    if new:
        shutil.copyfile(path, bundle.at(name))
    return name


def copy_numbered(bundle, ref):
    """Copies a sequence; the new name of the file that the scene names."""
    head, digits, tail = refs.split(ref.path())[1:]
    name, new = bundle.name(ref.path())
    end = ending("x" + tail)
    if new:
        for f in ref.files():
            part = os.path.basename(f)
            number = part[len(head):len(part) - len(tail)]
            shutil.copyfile(f, bundle.at("%s/f%s%s" % (name, number, end)))
    return "%s/f%s%s" % (name, digits, end)


def copy_folder(bundle, ref):
    """Copies a cache; its names are Blender's own."""
    root = ref.path()
    name, new = bundle.name(root)
    if new:
        for f in ref.files():
            shutil.copyfile(f, bundle.at("%s/%s" % (name, os.path.relpath(f, root))))
    return name


def copy_strip(bundle, ref):
    strip = ref.owner
    name, _ = bundle.name("%s#%s#%d" % (ref.path(), strip.name, len(bundle.names)))
    for n, (f, e) in enumerate(zip(ref.files(), strip.elements)):
        part = "f%06d%s" % (n, ending(f))
        shutil.copyfile(f, bundle.at("%s/%s" % (name, part)))
        e.filename = part
    return name + "/"


def bring(bundle, ref, up):
    """Brings one reference's files along and points it there."""
    if ref.kind == "library":
        path = ref.path()
        name, new = bundle.name(path, ".blend")
        if new:
            bundle.todo.append((path, name))
    elif isinstance(ref, refs.Strip):
        name = copy_strip(bundle, ref)
    elif ref.folder:
        name = copy_folder(bundle, ref)
    elif ref.sequence and refs.split(ref.path()):
        name = copy_numbered(bundle, ref)
    else:
        name = copy(bundle, ref)
    ref.point("//" + up + name)


def strip_names():
    """Takes out what pictures do not need: sounds, scripts, where things were."""
    for s in bpy.data.sounds:
        if s.library is None and not s.packed_file:
            s.filepath = ""
    for t in list(bpy.data.texts):
        if t.library is None:
            bpy.data.texts.remove(t)
    for scene in bpy.data.scenes:
        if scene.library is not None:
            continue
        scene.render.filepath = "//"
        for n in scene.node_tree.nodes if scene.node_tree else ():
            if n.type == "OUTPUT_FILE":
                n.base_path = "//"
    for i in bpy.data.images:
        if i.library is None and i.packed_file and i.source == "FILE":
            i.filepath_raw = "//" + os.path.basename(i.filepath_raw.replace("\\", "/"))


def hold():
    """Puts into the file what Blender can hold inside."""
    for i in bpy.data.images:
        if i.library is None and i.packed_file is None and refs.used(i) and i.source in {"FILE", "TILED"}:
            i.pack()
    for f in bpy.data.fonts:
        if f.library is None and f.packed_file is None and f.filepath not in {"", "<builtin>"} and refs.used(f):
            f.pack()


def write(bundle, name):
    """Brings along what the open file needs and saves it."""
    for why in refs.strange():
        raise ValueError(why)
    up = "" if name == "scene.blend" else "../"
    hold()
    for ref in list(refs.all()):
        if ref.packed or (ref.kind != "library" and not ref.local()):
            continue
        if ref.files():
            bring(bundle, ref, up)
        elif ref.kind != "library" and ref.local():
            ref.point("")  # only in a library, and not used by the scene
    strip_names()
    bpy.ops.wm.save_as_mainfile(filepath=bundle.at(name), compress=False, relative_remap=False, copy=True)


def absent():
    out, seen = [], set()
    for r in refs.all():
        if r.packed or r.files() or r.path() in seen:
            continue
        seen.add(r.path())
        out.append({"path": r.path(), "user": r.user})
    return out


def run(order, say):
    lost = absent()
    with open(order["out"], "w") as f:
        json.dump({"missing": lost}, f)
    if not lost:
        bundle = Bundle(order["dir"])
        write(bundle, "scene.blend")
        while bundle.todo:
            path, name = bundle.todo.pop(0)
            bpy.ops.wm.open_mainfile(filepath=path, use_scripts=False)
            write(bundle, name)
    say("done")
