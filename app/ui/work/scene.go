package work

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// filesShown is how many files of a scene are listed.
const filesShown = 40

// sceneView shows what a scene says of itself, and what keeps it from being
// rendered elsewhere.
func sceneView(env *page.Env, s *view.RenderScene) fyne.CanvasObject {
	t := env.Text
	out := kit.Column()
	missing, ok := unrenderable(s)
	for _, p := range s.Problems {
		out.Add(kit.Hint(look.Danger, t.T("work.scene.problem"), p, nil))
	}
	if len(missing) > 0 {
		out.Add(kit.Hint(look.Danger, t.N("work.scene.missing", len(missing)), t.T("work.scene.missing.text"), fileList(env, missing)))
	}
	if ok {
		out.Add(kit.Hint(look.Success, t.T("work.scene.good"), "", nil))
	}
	picture := pictureText(t, s.Width, s.Height, s.Samples)
	frames := view.FrameRange{First: s.First, Last: s.Last, Step: max(s.Step, 1)}
	facts := []kit.Fact{
		{Label: t.T("work.scene.engine"), Value: engineName(s.Engine, s.Version)},
		{Label: t.T("work.scene.frames"), Value: frames.String()},
		{Label: t.T("work.scene.picture"), Value: picture},
	}
	if s.Rate > 0 {
		facts = append(facts, kit.Fact{Label: t.T("work.options.rate"), Value: rateText(s.Rate)})
	}
	if s.Camera != "" {
		facts = append(facts, kit.Fact{Label: t.T("work.scene.camera"), Value: s.Camera})
	}
	facts = append(facts, kit.Fact{Label: t.T("work.scene.files"), Value: filesText(t, s.Files)})
	out.Add(kit.Facts(facts...))
	if there := present(s.Files); len(there) > 0 {
		out.Add(kit.Details(t.N("work.scene.files.list", len(there)), fileList(env, there)))
	}
	if len(s.Notes) > 0 {
		out.Add(notes(s.Notes))
	}
	return out
}

// pictureText is what a picture is made of: "1,920 × 1,080, 256 samples".
func pictureText(t *text.Catalog, w, h, samples int) string {
	size := t.T("work.size", "width", w, "height", h)
	if samples == 0 {
		return size
	}
	return t.T("work.size.samples", "size", size, "samples", t.N("work.samples", samples))
}

// rateText is a number of frames a second.
func rateText(rate float64) string { return strconv.FormatFloat(rate, 'g', 6, 64) }

// present are the files that are there.
func present(files []view.RenderFile) (out []view.RenderFile) {
	for _, f := range files {
		if f.State != fileMissing {
			out = append(out, f)
		}
	}
	return out
}

// filesText sums files up: "3 packed, 5 beside it (12 MB), 1 missing".
func filesText(t *text.Catalog, files []view.RenderFile) string {
	count, size := make(map[string]int), int64(0)
	for _, f := range files {
		count[f.State]++
		if f.State == fileFound {
			size += f.Size
		}
	}
	var parts []string
	if n := count[filePacked]; n > 0 {
		parts = append(parts, t.N("work.files.packed", n))
	}
	if n := count[fileFound]; n > 0 {
		parts = append(parts, t.N("work.files.found", n, "size", t.Bytes(size)))
	}
	if n := count[fileMissing]; n > 0 {
		parts = append(parts, t.N("work.files.missing", n))
	}
	if len(parts) == 0 {
		return t.T("work.files.none")
	}
	return strings.Join(parts, t.T("work.comma"))
}

// fileList lists files with what they are for, and what would bring them.
func fileList(env *page.Env, files []view.RenderFile) fyne.CanvasObject {
	t, c := env.Text, kit.ColumnGap(8)
	for _, f := range files[:min(len(files), filesShown)] {
		sub := []string{f.Kind}
		if f.Size > 0 {
			sub = append(sub, t.Bytes(f.Size))
		}
		if f.User != "" {
			sub = append(sub, t.T("work.file.user", "user", f.User))
		}
		words := kit.ColumnGap(1, kit.Mono(f.Path).Wrap(), kit.Small(strings.Join(sub, " · ")).Wrap())
		if f.State == fileMissing {
			help := f.Help
			if help == "" {
				help = t.T("work.file.missing.help")
			}
			words.Add(kit.Small(help).Tone(look.Plain).Wrap())
		}
		c.Add(words)
	}
	if more := len(files) - filesShown; more > 0 {
		c.Add(kit.Small(t.N("work.files.more", more)))
	}
	return c
}

// estimateView tells what the trial said: how long here, how long with others.
func estimateView(env *page.Env, q *view.RenderQuote) fyne.CanvasObject {
	t, e := env.Text, &q.Estimate
	here := kit.Box(kit.ColumnGap(2, kit.Small(t.T("work.estimate.here")), kit.Heading(t.T("work.about", "time", t.Duration(about(e.HereSeconds)))).Wrap()))
	boxes := kit.Columns(200, here)
	if e.Nodes > 0 {
		boxes.Add(kit.Stack(kit.Surface(look.AccentSoft, look.Size(look.RadiusBox)), kit.Pad(12, kit.ColumnGap(2,
			kit.Small(t.N("work.estimate.nodes", e.Nodes)),
			kit.Heading(t.T("work.about", "time", t.Duration(about(e.NodeSeconds)))).Tone(look.Primary).Wrap()))))
	}
	line := t.T("work.estimate.work", "frames", t.N("work.frames", q.Frames), "picture", pictureText(t, q.Width, q.Height, q.Samples),
		"core", t.Duration(about(e.CoreSeconds)), "frame", t.Duration(about(e.FrameSeconds)))
	out := kit.Column(boxes, kit.Small(line).Wrap())
	facts := []kit.Fact{
		{Label: t.T("work.estimate.tried"), Value: t.T("work.estimate.tried.value", "tiles", t.N("work.tiles", e.Tried), "time", t.Duration(about(e.TrialSeconds)))},
		{Label: t.T("work.estimate.tiles"), Value: t.Number(int64(q.Tiles))},
		{Label: t.T("work.estimate.send"), Value: t.Bytes(q.Size)},
	}
	if e.Memory > 0 {
		facts = append(facts, kit.Fact{Label: t.T("work.estimate.memory"), Value: t.Bytes(e.Memory)})
	}
	out.Add(kit.Details(t.T("work.estimate.more"), kit.Facts(facts...)))
	return out
}

// renderFacts spell a rendering out before it is paid.
func renderFacts(env *page.Env, q *view.RenderQuote, req view.RenderRequest) []kit.Fact {
	t := env.Text
	frames := t.N("work.frames", q.Frames)
	if req.Frames != "" {
		frames = t.T("work.check.frames.value", "frames", frames, "which", req.Frames)
	}
	format := formatName(t, q.Format)
	if q.Video {
		format = t.T("work.check.video", "format", format)
	}
	facts := []kit.Fact{
		{Label: t.T("work.check.scene"), Value: t.T("work.check.file.value", "name", base(req.Path), "size", t.Bytes(q.Size)), Strong: true},
		{Label: t.T("work.scene.engine"), Value: engineName(q.Scene.Engine, q.Scene.Version)},
		{Label: t.T("work.check.frames"), Value: frames},
		{Label: t.T("work.scene.picture"), Value: pictureText(t, q.Width, q.Height, q.Samples)},
		{Label: t.T("work.options.format"), Value: format},
		{Label: t.T("work.options.checks"), Value: checksName(t, req.Checks)},
		{Label: t.T("work.options.output"), Value: q.Output, Mono: true},
		{Label: t.T("work.check.open"), Value: t.T("work.check.keep.value", "time", t.Duration(seconds(q.Seconds)), "blocks", t.Number(int64(q.Blocks)))},
	}
	if req.Label != "" {
		facts = append(facts, kit.Fact{Label: t.T("work.options.label"), Value: req.Label})
	}
	return facts
}

// formatName is a format for people.
func formatName(t *text.Catalog, format string) string {
	switch format {
	case view.RenderPNG:
		return t.T("work.format.png")
	case view.RenderPNG16:
		return t.T("work.format.png16")
	case view.RenderEXR:
		return t.T("work.format.exr")
	case view.RenderEXR32:
		return t.T("work.format.exr32")
	case "":
		return t.T("work.format.scene")
	}
	return format
}

// checksName says how much is checked.
func checksName(t *text.Catalog, checks string) string {
	switch checks {
	case view.ChecksAll:
		return t.T("work.checks.all")
	case view.ChecksOff:
		return t.T("work.checks.off")
	}
	return t.T("work.checks.usual")
}
