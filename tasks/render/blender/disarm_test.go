package blender

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
)

// loose renders a bundle without the sandbox: what holds here needs no sandbox.
func loose(t *testing.T, b *Blender, r engine.Request) (out []*picture.Picture) {
	t.Helper()
	build, err := b.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w := newWork(r, func(d engine.Rendered) error { out = append(out, d.Picture); return nil })
	if err := w.run(t.Context(), b, build.Path, false); err != nil {
		t.Fatal(err)
	}
	return out
}

// written lists what is in dir of what scenes would write, and removes it.
func written(t *testing.T, dirs ...string) (out []string) {
	t.Helper()
	for _, dir := range dirs {
		for _, pattern := range []string{"armed-*", "x", "ran"} {
			names, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range names {
				out = append(out, filepath.Base(name))
				if err := os.RemoveAll(name); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return out
}

// TestNothingActs has scenes that run Python and write files though scripts are
// switched off, by what they animate and what they call things.
func TestNothingActs(t *testing.T) {
	b := start(t)
	dir := scenes(t)
	for name, acts := range map[string]string{
		"armed": "armed-Compositing armed-group x", "styled": "armed-Compositing armed-group armed-style", "script": "ran",
	} {
		t.Run(name, func(t *testing.T) {
			scene := filepath.Join(dir, name+".blend")
			at := t.TempDir()
			t.Chdir(at)
			program(t, "--disable-autoexec", scene, "-E", "CYCLES", "-o", filepath.Join(t.TempDir(), "f"), "-f", "1")
			if got := strings.Join(written(t, dir, at), " "); got != acts {
				t.Errorf("the test's scene leaves %q, wanted %q", got, acts)
			}
			r := request(t, bare(t, scene), 1, 2)
			loose(t, b, r)
			if got := written(t, dir, r.Scratch, at); len(got) > 0 {
				t.Errorf("the scene acted: %q", got)
			}
		})
	}
}

// TestAnimatedSettings has a scene that animates what is for us to set.
func TestAnimatedSettings(t *testing.T) {
	b := start(t)
	dir := scenes(t)
	want := render(t, b, request(t, bare(t, filepath.Join(dir, "good.blend")), 1, 3))
	got := render(t, b, request(t, bare(t, filepath.Join(dir, "moving.blend")), 1, 3))
	for i := range want {
		if got[i].Hash() != want[i].Hash() {
			t.Errorf("frame %d is another", i)
		}
	}
}

// TestPackTakesNoSecrets has scenes that would have their requester hand out
// files that are no part of them.
func TestPackTakesNoSecrets(t *testing.T) {
	b := start(t)
	dir := scenes(t)
	for _, name := range []string{"profile", "key"} {
		path, to := filepath.Join(dir, name+".blend"), t.TempDir()
		if err := b.Pack(t.Context(), path, to); !errors.Is(err, engine.ErrScene) || !strings.Contains(err.Error(), "id_rsa") {
			t.Errorf("%s: %v", name, err)
		}
		if left, err := os.ReadDir(to); err != nil || len(left) > 0 {
			t.Errorf("%s: packed %v %v", name, left, err)
		}
		s, err := b.Inspect(t.Context(), path)
		if err != nil || !strings.Contains(strings.Join(s.Problems, " "), "id_rsa") {
			t.Errorf("%s: %+v %v", name, s, err)
		}
	}
}
