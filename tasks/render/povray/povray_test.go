package povray

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
	"supercomputing/tasks/render/sample"
)

// here is the engine, where there is one.
func here(t *testing.T) *POVRay {
	t.Helper()
	if _, err := exec.LookPath("povray"); err != nil {
		t.Skip("POV-Ray is not installed: ", err)
	}
	return New(Options{})
}

// packed packs a sample and tells the bundle's folder.
func packed(t *testing.T, p *POVRay, s sample.Spec) string {
	t.Helper()
	path, err := sample.Pov(t.TempDir(), s)
	if err != nil {
		t.Fatal(err)
	}
	return pack(t, p, path)
}

func pack(t *testing.T, p *POVRay, path string) string {
	t.Helper()
	dir := t.TempDir()
	if err := p.Pack(t.Context(), path, dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// small is what tests render.
func small(f picture.Form) engine.Settings {
	return engine.Settings{Width: 96, Height: 54, Samples: 4, Form: f}
}

// render renders tiles, in the order in which they were asked for.
func render(t *testing.T, p *POVRay, r engine.Request) ([]engine.Rendered, error) {
	t.Helper()
	if r.Scratch == "" {
		r.Scratch = t.TempDir()
	}
	r.Threads = max(r.Threads, 1)
	got := map[engine.Tile]engine.Rendered{}
	err := p.Render(t.Context(), r, func(d engine.Rendered) error { got[d.Tile] = d; return nil })
	if left, e := os.ReadDir(r.Scratch); e != nil || len(left) > 0 {
		t.Errorf("left in scratch: %v, %v", left, e)
	}
	var out []engine.Rendered
	for _, tile := range r.Tiles {
		if d, ok := got[tile]; ok {
			out = append(out, d)
		}
	}
	return out, err
}

func frame(n int, s engine.Settings) engine.Tile {
	return engine.Tile{Frame: n, W: s.Width, H: s.Height}
}

func TestBuild(t *testing.T) {
	p := here(t)
	a, err := p.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if a.Engine != "povray" || len(a.ID) != 32 || a.Version[:2] != "3." || !filepath.IsAbs(a.Path) {
		t.Errorf("%+v", a)
	}
	b, err := New(Options{Path: a.Path}).Build(t.Context())
	if err != nil || a != b {
		t.Errorf("%+v, then %+v, %v", a, b, err)
	}
}

func TestBuildMissing(t *testing.T) {
	for _, path := range []string{filepath.Join(t.TempDir(), "povray"), "/bin/true", "/bin/false"} {
		p := New(Options{Path: path})
		if _, err := p.Build(t.Context()); !errors.Is(err, engine.ErrMissing) {
			t.Errorf("%s: %v", path, err)
		}
	}
	p := New(Options{Path: filepath.Join(t.TempDir(), "povray")})
	if err := p.Render(context.Background(), engine.Request{}, nil); !errors.Is(err, engine.ErrMissing) {
		t.Error(err)
	}
}

func TestSamplesRender(t *testing.T) {
	p := here(t)
	for _, name := range sample.PovNames() {
		t.Run(name, func(t *testing.T) {
			bundle := packed(t, p, sample.Spec{Name: name, Frames: 3, Width: 96, Height: 54, Samples: 4})
			s := small(picture.RGB8)
			got, err := render(t, p, engine.Request{Bundle: bundle, Settings: s, Tiles: []engine.Tile{frame(1, s), frame(2, s)}, Foreign: true, Threads: 2})
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != 2 || got[0].Picture.Hash() == got[1].Picture.Hash() {
				t.Error("frames do not differ")
			}
			if got[0].Took <= got[0].Setup || got[0].Memory == 0 {
				t.Errorf("%+v", got[0])
			}
		})
	}
}
