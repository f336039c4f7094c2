package blender

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"supercomputing/tasks/sandbox"
)

// TestInstalledElsewhere renders a stranger's scene with a Blender that is not
// a part of the system, as downloaded ones are.
func TestInstalledElsewhere(t *testing.T) {
	start(t)
	if err := sandbox.Available(t.Context()); err != nil {
		t.Skip(err)
	}
	path, err := exec.LookPath("blender")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"3.4", "lib", ".ssh", "3.4-mine"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	other := filepath.Join(dir, "blender")
	if err := os.WriteFile(other, text, 0o755); err != nil {
		t.Fatal(err)
	}
	if got, want := installation(other), []string{other, filepath.Join(dir, "3.4"), filepath.Join(dir, "lib")}; !slices.Equal(got, want) {
		t.Errorf("seen inside: %q, wanted %q", got, want)
	}
	if got := installation("/usr/bin/blender"); len(got) > 0 {
		t.Errorf("seen inside: %q", got)
	}
	os.Remove(filepath.Join(dir, "3.4")) // empty, it would be taken for Blender's data
	r := request(t, bare(t, filepath.Join(scenes(t), "good.blend")), 1)
	r.Allowed = false
	render(t, New(Options{Path: other}), r)
}
