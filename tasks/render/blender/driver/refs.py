"""Which files a scene reads, who reads them, and how to point it elsewhere."""

import os
import re

import bpy

MOST = 20000  # files of one sequence


# What files are called, by what they are for. A scene may be a stranger's, and
# what it names is copied to others' machines: keys and letters are no textures.
PICTURES = set(bpy.path.extensions_image) | set(bpy.path.extensions_movie)
ENDINGS = {
    "texture": PICTURES, "clip": PICTURES, "strip": PICTURES, "library": {".blend"},
    "font": {".ttf", ".otf", ".ttc", ".otc", ".pfb", ".pfa", ".pfm", ".woff", ".woff2"},
    "volume": {".vdb"}, "light profile": {".ies"},
    "cache": {".abc", ".usd", ".usda", ".usdc", ".usdz", ".pc2", ".mdd", ".vdb", ".uni", ".raw", ".gz", ".bobj",
              ".obj", ".bphys", ".npz", ".exr", ".png", ".jpg", ".tga", ".tif", ".hdr"},
}


def fits(kind, path):
    """Whether a file may be of its kind, by its name."""
    return os.path.splitext(path)[1].lower() in ENDINGS[kind]


class Ref:
    """One place in the scene that names a file."""

    def __init__(self, kind, user, owner, attr, packed=False, sequence=False, folder=False):
        self.kind, self.user = kind, user
        self.owner, self.attr = owner, attr
        self.packed, self.sequence, self.folder = packed, sequence, folder

    def raw(self):
        return getattr(self.owner, self.attr)

    def path(self):
        """The file's absolute path. What a library names is relative to it."""
        library = getattr(self.owner.id_data, "library", None)
        return os.path.normpath(bpy.path.abspath(self.raw(), library=library))

    def point(self, path):
        setattr(self.owner, self.attr, path)

    def local(self):
        return getattr(self.owner.id_data, "library", None) is None

    def files(self):
        """The files behind the path: one, or all of a sequence."""
        path = self.path()
        if self.folder:
            return [f for f in under(path) if fits(self.kind, f)]
        if not self.sequence:
            return [path] if os.path.isfile(path) else []
        return sequence(path)


def strange():
    """Complaints about files that are not what the scene uses them for."""
    for r in all():
        if not r.packed and not r.folder:
            for f in r.files():
                if not fits(r.kind, f):
                    yield "%s uses %s as a %s, which it is not by its name" % (r.user, f, r.kind)
                    break


def under(folder):
    out = []
    for base, _, names in os.walk(folder):
        out += [os.path.join(base, n) for n in names]
        if len(out) > MOST:
            raise ValueError("too many files in %s" % folder)
    return sorted(out)


def split(path):
    """The parts of a numbered file's path: before, digits, after."""
    folder, name = os.path.split(path)
    m = re.match(r"^(.*?)(\d+)(\D*)$", name)
    if not m:
        return None
    return folder, m.group(1), m.group(2), m.group(3)


def sequence(path):
    parts = split(path)
    if parts is None:
        return [path] if os.path.isfile(path) else []
    folder, head, _, tail = parts
    out = []
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    for name in names:
        middle = name[len(head):len(name) - len(tail)]
        if name.startswith(head) and name.endswith(tail) and middle.isdigit():
            out.append(os.path.join(folder, name))
    if len(out) > MOST:
        raise ValueError("too many files in the sequence %s" % path)
    return sorted(out)


def trees():
    """All node trees with a word for where each is."""
    for word, ids in (("material", bpy.data.materials), ("light", bpy.data.lights),
                      ("world", bpy.data.worlds), ("scene", bpy.data.scenes)):
        for i in ids:
            if i.use_nodes and i.node_tree:
                yield "%s “%s”" % (word, i.name), i.node_tree
    for g in bpy.data.node_groups:
        yield "node group “%s”" % g.name, g


def users(wanted):
    """A sentence for each image that names one thing that shows it."""
    out = {}
    for where, tree in trees():
        for node in tree.nodes:
            image = getattr(node, "image", None)
            if image is not None:
                out.setdefault(image.name_full, where)
    return out.get


def used(i):
    return i.users > (1 if i.use_fake_user else 0)


def images():
    where = users(None)
    for i in bpy.data.images:
        if i.source not in {"FILE", "SEQUENCE", "MOVIE", "TILED"} or not used(i):
            continue
        packed = i.packed_file is not None
        if not i.filepath and packed:
            continue
        r = Ref("texture", where(i.name_full, "image “%s”" % i.name), i, "filepath", packed,
                sequence=i.source == "SEQUENCE")
        if i.source == "TILED":
            r = Tiles(r)
        yield r


class Tiles(Ref):
    """An image of UDIM tiles: <UDIM> in its path stands for their numbers."""

    def __init__(self, ref):
        super().__init__(ref.kind, ref.user, ref.owner, ref.attr, ref.packed)

    def files(self):
        path, out = self.path(), []
        for tile in self.owner.tiles:
            n = tile.number - 1001
            at = path.replace("<UDIM>", str(tile.number))
            at = at.replace("<UVTILE>", "u%d_v%d" % (n % 10 + 1, n // 10 + 1))
            if not os.path.isfile(at):
                return []
            out.append(at)
        return out


def data():
    for l in bpy.data.libraries:
        yield Ref("library", "linked data", l, "filepath", l.packed_file is not None)
    for f in bpy.data.fonts:
        if f.filepath not in {"", "<builtin>"} and used(f):
            yield Ref("font", "font “%s”" % f.name, f, "filepath", f.packed_file is not None)
    for v in bpy.data.volumes:
        if v.filepath and used(v):
            yield Ref("volume", "volume “%s”" % v.name, v, "filepath", v.packed_file is not None,
                      sequence=v.is_sequence)
    for c in bpy.data.cache_files:
        if used(c):
            yield Ref("cache", "cache “%s”" % c.name, c, "filepath", sequence=c.is_sequence)
    for c in bpy.data.movieclips:
        if used(c):
            yield Ref("clip", "movie clip “%s”" % c.name, c, "filepath", sequence=c.source == "SEQUENCE")
    for where, tree in trees():
        for node in tree.nodes:
            if node.type == "TEX_IES" and node.mode == "EXTERNAL" and node.filepath:
                yield Ref("light profile", where, node, "filepath")


def modifiers():
    for o in bpy.data.objects:
        for m in o.modifiers:
            user = "object “%s”" % o.name
            if m.type == "MESH_CACHE" and m.filepath:
                yield Ref("cache", user, m, "filepath")
            elif m.type == "OCEAN" and m.is_cached and m.filepath:
                yield Ref("cache", user, m, "filepath", folder=True)
            elif m.type == "FLUID" and m.fluid_type == "DOMAIN" and m.domain_settings:
                yield Ref("cache", user, m.domain_settings, "cache_directory", folder=True)


class Strip(Ref):
    """An image strip names a folder and the files in it."""

    def __init__(self, strip):
        super().__init__("strip", "strip “%s”" % strip.name, strip, "directory")

    def files(self):
        at = self.path()
        out = [os.path.join(at, e.filename) for e in self.owner.elements]
        return out if all(os.path.isfile(f) for f in out) else []


def strips():
    for s in bpy.data.scenes:
        if not s.sequence_editor:
            continue
        for strip in s.sequence_editor.sequences_all:
            if strip.type == "MOVIE":
                yield Ref("strip", "strip “%s”" % strip.name, strip, "filepath")
            elif strip.type == "IMAGE":
                yield Strip(strip)


def all():
    """Every reference to a file that pictures depend on. Sounds do not count."""
    for part in (images, data, modifiers, strips):
        yield from part()
