package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
)

const inspectLong = `Look a scene over, as rendering it begins: what it renders, the files it needs and
where they are, and what keeps it from being rendered elsewhere. Nothing is paid,
and nothing of the scene's own scripts is run. It fails when the scene could not be
rendered as it is.`

func (p *program) jobInspect() *cobra.Command {
	var req view.RenderRequest
	c := &cobra.Command{
		Use: "inspect SCENE", Short: "Look a scene over: frames, size, files and what is missing", Long: inspectLong, Args: exactly("SCENE"),
		Example: "  supercomputing job inspect scene.blend\n  supercomputing job inspect balls.pov --json",
	}
	c.Flags().StringVar(&req.Engine, "engine", "", "blender or povray (default: by the file's name)")
	c.RunE = func(c *cobra.Command, args []string) (err error) {
		if req.Path, err = filepath.Abs(args[0]); err != nil {
			return err
		}
		b, err := p.backend()
		if err != nil {
			return err
		}
		s, err := p.inspectScene(c.Context(), b, req)
		if err != nil {
			return err
		}
		if err := p.show(s, func() { p.showScene(s); p.showFiles(s.Files) }); err != nil {
			return err
		}
		return unrenderable(s)
	}
	return c
}

func (p *program) inspectScene(ctx context.Context, b view.Backend, req view.RenderRequest) (view.RenderScene, error) {
	return waiting(ctx, p, "Looking the scene over…", func() (view.RenderScene, error) { return b.InspectRender(ctx, req) })
}

// quoteScene shows a scene before its price: all about it, the files that are
// missing, and whether the frames that were asked for are the scene's.
func (p *program) quoteScene(s view.RenderScene, frames string) {
	e := *p
	e.out = p.err
	e.showScene(s)
	if ranges, err := view.ParseFrames(frames); err == nil && len(ranges) > 0 {
		last := ranges[0].Last
		for _, r := range ranges {
			last = max(last, r.Last)
		}
		if !s.Fixed && (ranges[0].First < s.First || last > s.Last) {
			e.say("Note: not all of the frames %s are among the scene's own", frames)
		}
	}
	if missing := filesIn(s.Files, fileMissing); len(missing) > 0 {
		e.showFiles(missing)
	}
}

// The states of a scene's files.
const (
	filePacked  = "packed"
	fileFound   = "found"
	fileMissing = "missing"
)

func (p *program) showScene(s view.RenderScene) {
	frames := view.FrameRange{First: s.First, Last: s.Last, Step: max(s.Step, 1)}
	picture := fmt.Sprintf("%d × %d", s.Width, s.Height)
	if s.Samples > 0 {
		picture += ", " + count(s.Samples, "sample")
	}
	if s.Rate > 0 {
		picture += fmt.Sprintf(", %.6g frames a second", s.Rate)
	}
	if s.Format != "" {
		picture += ", " + formatText(s.Format)
	}
	if s.Denoise {
		picture += ", denoised"
	}
	p.facts("scene", filepath.Base(s.Path), "engine", engineText(s.Engine, s.Version), "its frames", frames.String(),
		"its picture", picture, "camera", s.Camera, "files", filesText(s.Files))
	for _, n := range s.Notes {
		p.say("Note: %s", clean(n))
	}
	for _, n := range s.Problems {
		p.say("Problem: %s", clean(n))
	}
}

func filesIn(files []view.RenderFile, state string) (out []view.RenderFile) {
	for _, f := range files {
		if f.State == state {
			out = append(out, f)
		}
	}
	return out
}

// filesText sums a scene's files up: "3 packed, 5 beside it (12.0 MiB), 1 missing".
func filesText(files []view.RenderFile) string {
	var parts []string
	if n := len(filesIn(files, filePacked)); n > 0 {
		parts = append(parts, fmt.Sprintf("%d packed", n))
	}
	if found := filesIn(files, fileFound); len(found) > 0 {
		size := int64(0)
		for _, f := range found {
			size += f.Size
		}
		parts = append(parts, fmt.Sprintf("%d beside it (%s)", len(found), bytesText(size)))
	}
	if n := len(filesIn(files, fileMissing)); n > 0 {
		parts = append(parts, fmt.Sprintf("%d missing", n))
	}
	if len(parts) == 0 {
		return "none besides itself"
	}
	return strings.Join(parts, ", ")
}

func (p *program) showFiles(files []view.RenderFile) {
	var rows [][]any
	for _, f := range files {
		size := ""
		if f.Size > 0 {
			size = bytesText(f.Size)
		}
		rows = append(rows, []any{f.State, f.Kind, f.Path, size, f.User})
	}
	if len(rows) > 0 {
		p.say("")
		p.table("STATE|KIND|FILE|SIZE|USED BY", rows, "")
	}
}

// unrenderable says what keeps a scene from being rendered elsewhere, nil when
// nothing does.
func unrenderable(s view.RenderScene) error {
	missing := filesIn(s.Files, fileMissing)
	switch {
	case len(missing) > 0:
		hint := "put it there, or let the scene name where it is"
		what := "a file that the scene needs is missing: " + clean(missing[0].Path)
		if len(missing) > 1 {
			hint = "put them there, or let the scene name where they are"
			what = fmt.Sprintf("%d files that the scene needs are missing, the first of them %s", len(missing), clean(missing[0].Path))
		}
		if missing[0].Help != "" {
			hint = clean(missing[0].Help)
		} else if s.Engine == "blender" {
			hint += "; Blender does that in File › External Data › Find Missing Files"
		}
		return view.Errorf(view.CodeInvalid, "%s; nothing was paid", what).WithHint("%s", hint)
	case len(s.Problems) > 0:
		return view.Errorf(view.CodeInvalid, "the scene cannot be rendered elsewhere: %s; nothing was paid", clean(s.Problems[0])).
			WithHint("change the scene, save it and try again")
	}
	return nil
}

// engineText writes an engine's name as people know it.
func engineText(name, version string) string {
	if known := map[string]string{"blender": "Blender", "povray": "POV-Ray"}[name]; known != "" {
		name = known
	}
	return strings.TrimSpace(name + " " + version)
}
