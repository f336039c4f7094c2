package blender

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supercomputing/tasks/render/engine"
)

func TestInspect(t *testing.T) {
	t.Parallel()
	b := start(t)
	dir := scenes(t)
	for name, c := range map[string]struct {
		problem, note, why string // parts of what is said; "": nothing of the kind
	}{
		"good":      {},
		"drivers":   {},
		"baked":     {},
		"camera":    {problem: "no active camera"},
		"cloth":     {problem: "bake them first"},
		"script":    {problem: "is a script", note: "scripts are not run", why: "Freestyle"},
		"eevee":     {note: "only the combined picture"},
		"workbench": {problem: "BLENDER_WORKBENCH", note: "time limit"},
		"edited":    {why: "sequencer"},
		"own":       {note: "border"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := b.Inspect(t.Context(), filepath.Join(dir, name+".blend"))
			if err != nil {
				t.Fatal(err)
			}
			says(t, "problems", strings.Join(s.Problems, "; "), c.problem)
			says(t, "notes", strings.Join(s.Notes, "; "), c.note)
			says(t, "why", s.Why, c.why)
			if s.WholeOnly != (c.why != "") || s.Engine != "blender" || s.Width != 48 || s.Height != 32 || s.Last != 5 || s.Rate != 24 || s.Alpha {
				t.Errorf("%+v", s)
			}
			if want, other := map[string]string{"eevee": "exr32", "workbench": "exr32", "own": ""}[name]; s.Format != want && (other || s.Format != "png") {
				t.Errorf("format %q", s.Format)
			}
		})
	}
	t.Run("missing", func(t *testing.T) { missingTexture(t, b, filepath.Join(dir, "missing.blend")) })
}

func says(t *testing.T, what, got, want string) {
	t.Helper()
	if (want == "") != (got == "") || !strings.Contains(got, want) {
		t.Errorf("%s: %q, wanted %q", what, got, want)
	}
}

// missingTexture: the file is listed with its user, and Pack names both.
func missingTexture(t *testing.T, b *Blender, scene string) {
	s, err := b.Inspect(t.Context(), scene)
	if err != nil {
		t.Fatal(err)
	}
	lost := s.Missing()
	if len(lost) != 1 || filepath.Base(lost[0].Path) != "gone.png" || !strings.Contains(lost[0].User, "Material") {
		t.Errorf("missing: %+v", lost)
	}
	out := t.TempDir()
	err = b.Pack(t.Context(), scene, out)
	if !errors.Is(err, engine.ErrIncomplete) || !strings.Contains(err.Error(), "gone.png") || !strings.Contains(err.Error(), "Material") {
		t.Errorf("packing: %v", err)
	}
}

func TestInspectListsFiles(t *testing.T) {
	t.Parallel()
	b := start(t)
	scene := made(t, "textured", 3, 48, 32, 2)
	s, err := b.Inspect(t.Context(), scene)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]engine.File)
	for _, f := range s.Files {
		got[filepath.Base(f.Path)] = f
	}
	for name, want := range map[string]struct {
		kind  string
		state engine.FileState
	}{
		"beside.png":    {"texture", engine.FileFound},
		"within.png":    {"texture", engine.FilePacked},
		"turn0001.png":  {"texture", engine.FileFound},
		"turn0003.png":  {"texture", engine.FileFound},
		"library.blend": {"library", engine.FileFound},
		"bark.png":      {"texture", engine.FileFound},
	} {
		f := got[name]
		if f.Kind != want.kind || f.State != want.state || (f.State == engine.FileFound && f.Size == 0) || f.User == "" {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if len(got) != 7 {
		t.Errorf("files: %v", got)
	}
}

func TestUnreadableScenes(t *testing.T) {
	t.Parallel()
	b := start(t)
	dir := t.TempDir()
	whole, err := os.ReadFile(made(t, "plain", 1, 16, 16, 1))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty": "", "other": "not a scene at all", "cut": string(whole[:len(whole)/2]),
		"newer": "BLENDER-v999REND", "zstd": "\x28\xb5\x2f\xfd damaged",
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Inspect(t.Context(), path); !errors.Is(err, engine.ErrScene) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := b.Inspect(t.Context(), filepath.Join(dir, "none")); !errors.Is(err, engine.ErrScene) {
		t.Errorf("no file: %v", err)
	}
}

func TestBuild(t *testing.T) {
	t.Parallel()
	b := start(t)
	first, err := b.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if first.Engine != "blender" || !strings.Contains(first.Version, ".") || len(first.ID) != 32 || first.Series() == first.Version {
		t.Errorf("%+v", first)
	}
	if again, err := New(Options{}).Build(t.Context()); err != nil || again != first {
		t.Errorf("the same program has two names: %v %v %v", first, again, err)
	}
	if other, err := New(Options{Env: []string{"CYCLES_CPU_NO_AVX2=1"}}).Build(t.Context()); err != nil || other.ID == first.ID {
		t.Errorf("another code path has the same name: %v %v", other, err)
	}
	if _, err := New(Options{Path: "/nowhere/blender"}).Build(t.Context()); !errors.Is(err, engine.ErrMissing) {
		t.Errorf("no program: %v", err)
	}
}
