package povray

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"supercomputing/tasks/render/engine"
)

// opened is a requester's scene that was gone through.
type opened struct {
	scene  string // the .pov
	o      options
	notes  []string
	looked []string // the scene and its .ini, there or not
	s      *survey
}

// Inspect reads the scene's text, and that of its includes, and runs nothing.
// The path may be of an .ini that names its scene; of a scene, the .ini of the
// same name beside it is taken.
func (p *POVRay) Inspect(ctx context.Context, path string) (*engine.Scene, error) {
	op, err := p.open(path)
	if err != nil {
		return nil, err
	}
	out := &engine.Scene{
		Engine: Name, First: op.o.first, Last: op.o.last, Step: 1,
		Width: op.o.width, Height: op.o.height, Samples: op.o.samples(),
		Format: op.o.format(), Alpha: op.o.alpha, Notes: op.notes, Problems: op.s.problems,
		Fixed: "Final_Frame in " + filepath.Base(op.looked[0]) + " beside the scene says which frames there are", Looked: append(op.looked, sorted(op.s.looked)...),
	}
	for _, name := range sortedFiles(op.s.files) {
		out.Files = append(out.Files, op.s.files[name].file(filepath.Dir(op.scene)))
	}
	remarks(op, out)
	return out, ctx.Err()
}

// file is what a requester is shown.
func (f *found) file(dir string) engine.File {
	out := engine.File{Path: f.host, Kind: f.kind, State: engine.FileFound, Size: f.size, User: f.user}
	if f.host == "" {
		out.State, out.Path = engine.FileMissing, filepath.FromSlash(f.name)
		if !filepath.IsAbs(out.Path) {
			out.Path = filepath.Join(dir, out.Path)
		}
		if f.kind == kindInclude && standard(f.name) {
			out.Help = "it is one of POV-Ray's own include files: install povray-includes"
		}
	}
	return out
}

// remarks turns what the texts say into problems and notes.
func remarks(op *opened, out *engine.Scene) {
	if at := op.s.remarks["write"]; at != "" {
		out.Problems = append(out.Problems, at+": the scene writes a file; render it here once and let it read the file instead")
	}
	if at := op.s.remarks["now"]; at != "" {
		out.Problems = append(out.Problems, at+": the scene asks for the time of day, so each machine would render another picture")
	}
	if at := op.s.remarks["radiosity"]; at != "" {
		out.WholeOnly, out.Why = true, "radiosity gathers light of the part that is rendered, so parts would not fit together"
	}
	if at := op.s.remarks["camera"]; at != "" {
		out.Camera = at
	} else {
		out.Notes = append(out.Notes, "the scene sets no camera; POV-Ray's own stands at the origin")
	}
	if at := op.s.remarks["clock"]; at != "" && !op.o.animated {
		out.Notes = append(out.Notes, at+": the scene moves with clock, but no .ini beside it sets Final_Frame: it has one frame")
	}
}

// open reads the scene at path. It fails with engine.ErrScene.
func (p *POVRay) open(path string) (*opened, error) {
	op := &opened{scene: path, o: defaults()}
	ini := strings.TrimSuffix(path, filepath.Ext(path)) + ".ini"
	op.looked = []string{ini}
	text, err := readText(ini, 1<<20)
	switch {
	case err == nil:
		if op.o, err = parseIni(text); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", engine.ErrScene, filepath.Base(ini), err)
		}
		op.notes = append(op.notes, "settings are from "+filepath.Base(ini))
		if len(op.o.ignored) > 0 {
			op.notes = append(op.notes, filepath.Base(ini)+": left out: "+strings.Join(op.o.ignored, ", "))
		}
	case errors.Is(err, os.ErrNotExist) && !strings.EqualFold(filepath.Ext(path), ".ini"):
		op.notes = append(op.notes, fmt.Sprintf("no %s beside the scene: POV-Ray's defaults, one frame of %d×%d", filepath.Base(ini), op.o.width, op.o.height))
	default:
		return nil, fmt.Errorf("%w: %w", engine.ErrScene, err)
	}
	if strings.EqualFold(filepath.Ext(path), ".ini") {
		if op.o.input == "" {
			return nil, fmt.Errorf("%w: %s has no Input_File_Name", engine.ErrScene, filepath.Base(ini))
		}
		op.scene = filepath.FromSlash(op.o.input)
		if !filepath.IsAbs(op.scene) {
			op.scene = filepath.Join(filepath.Dir(path), op.scene)
		}
	}
	op.looked = append(op.looked, op.scene)
	if op.o.antialias && op.o.jitter {
		op.notes = append(op.notes, "antialiasing is rendered without jitter, which flickers from frame to frame; Jitter=Off in the .ini shows the same here")
	}
	own, looked := p.includes()
	op.looked = append(op.looked, looked...)
	if err := op.look(own); err != nil {
		return nil, fmt.Errorf("%w: %w", engine.ErrScene, err)
	}
	return op, nil
}

// look goes through the scene's texts.
func (op *opened) look(own []string) error {
	dir := filepath.Dir(op.scene)
	op.s = &survey{folders: []string{dir}, own: own}
	for _, l := range op.o.library {
		if !filepath.IsAbs(l) {
			l = filepath.Join(dir, l)
		}
		op.s.folders = append(op.s.folders, l)
	}
	if err := op.s.run(op.scene); errors.Is(err, errNoText) && op.s.scripts[op.scene] == nil {
		return errNoScene(op.scene)
	} else if err != nil {
		return err
	}
	if !strings.ContainsAny(op.s.scripts[op.scene].src, "{#") {
		return errNoScene(op.scene)
	}
	return nil
}

func errNoScene(path string) error {
	return fmt.Errorf("%s is not a POV-Ray scene", filepath.Base(path))
}

func sortedFiles(files map[string]*found) []string {
	out := make([]string, 0, len(files))
	for name := range files {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
