"""Takes out of an opened scene what would act while it is rendered: code, files
of its own, and animation of what is not the scene's to set. Nothing of it is
only switched off, since a scene can animate most switches."""

import re

import bpy

# What the driver sets and a scene could animate.
OURS = re.compile(
    r"(cycles\.(device|shading_system|use_denoising|samples|time_limit|use_layer_samples)"
    r"|render\.(threads|threads_mode|use_overwrite|use_multiview|use_stamp|use_persistent_data|image_settings\..*)"
    r"|view_layers.*\.freestyle_settings\.mode)$")


def plain(path):
    """A path with .name for each ["name"]: the two may mean the same."""
    return re.sub(r'\["(\w+)"\]', r".\1", path).lstrip(".")


def compositors():
    for scene in bpy.data.scenes:
        if scene.node_tree:
            yield scene.node_tree
    for g in bpy.data.node_groups:
        if g.bl_idname == "CompositorNodeTree":
            yield g


def nodes():
    """Removes what writes files and mutes denoising; the paths of its switches."""
    switches = set()
    for tree in compositors():
        for n in list(tree.nodes):
            if n.type == "OUTPUT_FILE":
                tree.nodes.remove(n)
            elif n.type == "DENOISE":
                n.mute = True
                switches.add('nodes["%s"].mute' % bpy.utils.escape_identifier(n.name))
    return switches


def lines(scene):
    """Freestyle runs its style modules as programs, and puts names between
    quotes into a program that draws the lines."""
    for layer in scene.view_layers:
        f = layer.freestyle_settings
        if f.mode == "SCRIPT":
            layer.use_freestyle = False
            f.mode = "EDITOR"
        for m in list(f.modules):
            f.modules.remove(m)
        for named in [layer] + list(f.linesets):
            if re.search(r"[^\w .()+-]", named.name):
                named.name = re.sub(r"[^\w .()+-]", "_", named.name)


def animation(switches):
    def ours(curve):
        return OURS.match(plain(curve.data_path)) or curve.data_path in switches

    for action in bpy.data.actions:
        for c in [c for c in action.fcurves if ours(c)]:
            action.fcurves.remove(c)
    for owner in list(bpy.data.scenes) + list(compositors()):
        a = owner.animation_data
        for c in [c for c in a.drivers if ours(c)] if a else ():
            a.drivers.remove(c)


def run():
    for t in list(bpy.data.texts):
        bpy.data.texts.remove(t)
    for scene in bpy.data.scenes:
        lines(scene)
    animation(nodes())
