"""Says what a scene renders, what it needs, and why it may not be rendered."""

import json
import os

import bpy

import refs


def files():
    out, seen = [], set()
    for r in refs.all():
        if r.packed:
            add(out, seen, r.raw(), r, "packed", 0)
            continue
        found = r.files()
        if not found:
            add(out, seen, r.path(), r, "missing", 0)
        for path in found:
            add(out, seen, path, r, "found", os.path.getsize(path))
    return out


def add(out, seen, path, ref, state, size):
    if (path, state) in seen:
        return
    seen.add((path, state))
    out.append({"path": path, "kind": ref.kind, "user": ref.user, "state": state, "size": size})


def rendered(scene):
    """The objects that are not switched off for rendering."""
    for o in scene.objects:
        if not o.hide_render:
            yield o


def physics(scene):
    """Simulations that are not kept in the file: a frame of such a scene
    depends on the frame at which its rendering began."""
    for o in rendered(scene):
        for m in o.modifiers:
            if not m.show_render:
                continue
            if m.type in {"CLOTH", "SOFT_BODY"}:
                yield from unbaked(o, m.type.lower().replace("_", " "), m.point_cache)
            elif m.type == "DYNAMIC_PAINT" and m.canvas_settings:
                for s in m.canvas_settings.canvas_surfaces:
                    if s.is_active and s.surface_format != "IMAGE":
                        yield from unbaked(o, "dynamic paint", s.point_cache)
            elif m.type == "FLUID" and m.fluid_type == "DOMAIN":
                yield from fluid(o, m.domain_settings)
        for p in o.particle_systems:
            s = p.settings
            if s.type == "HAIR" and p.use_hair_dynamics:
                yield from unbaked(o, "hair dynamics", p.cloth.point_cache)
            elif s.type != "HAIR" and s.physics_type != "NO":
                yield from unbaked(o, "particles", p.point_cache)
    w = scene.rigidbody_world
    if w and w.enabled and w.collection and any(
            o.rigid_body and o.rigid_body.type == "ACTIVE" and not o.rigid_body.kinematic for o in w.collection.all_objects):
        yield from unbaked(None, "rigid bodies", w.point_cache)


def unbaked(o, what, cache):
    where = " of “%s”" % o.name if o else ""
    if not cache.is_baked:
        yield "the %s%s are simulated while rendering: bake them first" % (plural(what), where)
    elif cache.use_disk_cache or getattr(cache, "use_external", False):
        yield "the bake of the %s%s is kept beside the file: switch Disk Cache off and bake again" % (plural(what), where)


def plural(what):
    return {"cloth": "cloth movements", "soft body": "soft body movements",
            "dynamic paint": "painted surfaces"}.get(what, what)


def fluid(o, domain):
    baked = domain.has_cache_baked_data
    if domain.cache_type == "REPLAY" or not baked:
        yield "the fluid of “%s” is simulated while rendering: set its cache type to All and bake it first" % o.name


def scripts():
    """Drivers that only Python can work out. Scripts do not run here."""
    for name in dir(bpy.data):
        ids = getattr(bpy.data, name)
        if not isinstance(ids, bpy.types.bpy_prop_collection):
            continue
        for i in ids:
            owners = [i]
            if getattr(i, "node_tree", None):
                owners.append(i.node_tree)
            if getattr(i, "shape_keys", None):
                owners.append(i.shape_keys)
            for owner in owners:
                animation = getattr(owner, "animation_data", None)
                for d in animation.drivers if animation else ():
                    if d.driver.type == "SCRIPTED" and not d.driver.is_simple_expression:
                        yield "“%s” has a driver that is a script (%s): bake it to keyframes, scripts do not run" % (
                            i.name, d.driver.expression[:60])


def composited(scene):
    """Whether the compositor does anything to the picture."""
    if not (scene.use_nodes and scene.render.use_compositing and scene.node_tree):
        return False
    plain = {"R_LAYERS", "COMPOSITE", "VIEWER", "FRAME", "REROUTE", "OUTPUT_FILE"}
    return any(n.type not in plain and not n.mute for n in scene.node_tree.nodes)


def edited(scene):
    return bool(scene.render.use_sequencer and scene.sequence_editor and scene.sequence_editor.sequences)


def whole(scene):
    """Why frames cannot be cut, or nothing."""
    if edited(scene):
        return "the sequencer makes the picture"
    if composited(scene):
        return "compositing nodes see the whole picture"
    if scene.render.use_freestyle:
        return "Freestyle draws lines over the whole picture"
    return ""


def problems(scene):
    out = []
    r = scene.render
    if r.engine not in {"CYCLES", "BLENDER_EEVEE"}:
        out.append("its render engine is %s: only Cycles renders without a display" % r.engine)
    if scene.camera is None and not any(m.camera for m in scene.timeline_markers) and not edited(scene):
        out.append("it has no active camera")
    if r.use_multiview:
        out.append("it renders several views (stereoscopy): switch it off and post one job for each eye")
    if r.use_freestyle and any(l.freestyle_settings.mode == "SCRIPT" for l in scene.view_layers):
        out.append("its Freestyle lines are drawn by a script: scripts do not run")
    if any(o.type == "GPENCIL" for o in rendered(scene)):
        out.append("it has grease pencil drawings, which need a display: convert them to meshes or hide them")
    if scene.cycles.shading_system and not bpy.app.build_options.cycles_osl:
        out.append("it uses Open Shading Language, which this Blender was built without")
    for s in {id(s): s for s in [scene] + [m.scene for m in scene_strips(scene)]}.values():
        out += physics(s)
    out += scripts()
    out += refs.strange()
    for c in bpy.data.cache_files:
        kind = "usd" if c.filepath.lower().rsplit(".", 1)[-1].startswith("usd") else "alembic"
        if refs.used(c) and not getattr(bpy.app.build_options, kind):
            out.append("“%s” needs %s, which this Blender was built without" % (c.name, kind.capitalize()))
    if bpy.data.version[:2] > bpy.app.version[:2]:
        out.append("it was saved by Blender %d.%d, newer than this one (%d.%d)" % (
            *bpy.data.version[:2], *bpy.app.version[:2]))
    return sorted(set(out), key=out.index)


def scene_strips(scene):
    if not edited(scene):
        return []
    return [s for s in scene.sequence_editor.sequences_all if s.type == "SCENE" and s.scene]


def notes(scene):
    out = []
    r = scene.render
    if r.engine == "BLENDER_EEVEE":
        out.append("it is made for Eevee, which needs a display: Cycles renders it and it will look different")
    if any(t.use_module for t in bpy.data.texts):
        out.append("its scripts are not run")
    if r.use_border:
        out.append("its render border is left out: whole frames are rendered")
    if r.use_stamp:
        out.append("text is not stamped into the pictures")
    if scene.cycles.time_limit > 0:
        out.append("its time limit is left out: equal work has to give equal pictures")
    if denoises(scene):
        out.append("denoising is left out while rendering; it can be done to the finished frames")
    if r.image_settings.file_format == "OPEN_EXR_MULTILAYER":
        out.append("only the combined picture is delivered, not its other layers and passes")
    if scene.node_tree and any(n.type == "OUTPUT_FILE" and not n.mute for n in scene.node_tree.nodes):
        out.append("its file output nodes write nothing: only the composite is delivered")
    return out


def denoises(scene):
    if scene.cycles.use_denoising:
        return True
    return bool(scene.use_nodes and scene.node_tree and any(
        n.type == "DENOISE" and not n.mute for n in scene.node_tree.nodes))


def file_format(s):
    """What of our formats is nearest to the scene's own, "" for none."""
    if s.file_format.startswith("OPEN_EXR"):
        return "exr32" if s.color_depth == "32" else "exr"
    if s.file_format in ("PNG", "TIFF"):
        return "png16" if s.color_depth == "16" else "png"
    return "exr" if s.file_format == "HDR" else ""


def describe(scene):
    r = scene.render
    why = whole(scene)
    return {
        "first": scene.frame_start, "last": scene.frame_end, "step": scene.frame_step,
        "width": r.resolution_x * r.resolution_percentage // 100,
        "height": r.resolution_y * r.resolution_percentage // 100,
        "samples": scene.cycles.samples,
        "rate": r.fps / r.fps_base,
        "format": file_format(r.image_settings),
        "alpha": r.image_settings.color_mode == "RGBA",
        "whole": bool(why), "why": why,
        "denoise": denoises(scene),
        "camera": scene.camera.name if scene.camera else "",
        "files": files(), "problems": problems(scene), "notes": notes(scene),
    }


def run(order, say):
    with open(order["out"], "w") as f:
        json.dump(describe(bpy.context.scene), f)
    say("done")
