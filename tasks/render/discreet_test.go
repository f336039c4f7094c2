package render

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"supercomputing/tasks/render/engine"
)

func TestDiscreet(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Setenv("USERPROFILE", `C:\Users\alice`)
	} else {
		t.Setenv("HOME", "/home/alice")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	job := filepath.Join(home, "data", "work", "0123")
	for _, text := range []string{
		"open " + filepath.Join(job, "bundle", "scene.blend") + ": no such file",
		"a file outside its bundle: " + filepath.Join(filepath.Dir(job), "x"),
		"a file outside its bundle: " + filepath.Join(home, ".ssh", "id_rsa"),
		"running " + filepath.Join(home, "blender", "blender"),
		"open " + filepath.ToSlash(filepath.Join(job, "tiles")),
	} {
		if got := discreet(text, job); strings.Contains(got, "alice") || strings.Contains(got, "work") {
			t.Errorf("%q became %q", text, got)
		}
	}
	const plain = "Cannot render, no camera; 3/4 of files/001.png"
	if got := discreet(plain, job); got != plain {
		t.Errorf("%q became %q", plain, got)
	}
}

// TestWorkerIsDiscreet has a scene that names its way up, so that the refusal
// would tell where this machine keeps it.
func TestWorkerIsDiscreet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, dir := newHub(), t.TempDir()
		e := &paint{before: func(context.Context, engine.Tile) error {
			return fmt.Errorf("%w: it reads %s and %s", engine.ErrScene, filepath.Join(dir, bundleDir, "x"), filepath.Join(filepath.Dir(dir), "y"))
		}}
		p := newPlay(t, h, 1)
		p.leases = []lease{unitOf(1, 1)}
		d, _ := testDapp(t, h, e, nil)
		d.Work(t.Context(), p.job, dir, p)
		if len(p.failed) == 0 {
			t.Fatal("nothing was told")
		}
		if text := p.failed[0].Text; strings.Contains(text, filepath.Dir(dir)) || !strings.Contains(text, "reads …") {
			t.Errorf("told %q", text)
		}
	})
}

// TestEmptyDir empties what a program that was killed left in a stranger's hands.
func TestEmptyDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "scratch")
	deep := filepath.Join(dir, strings.Repeat("d/", 100))
	if err := os.MkdirAll(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(deep, "f"), nil, 0); err != nil {
		t.Fatal(err)
	}
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "kept"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Log(err) // Windows asks for a privilege
	}
	for _, d := range []string{deep, filepath.Join(dir, "d"), dir} {
		if err := os.Chmod(d, 0); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := emptyDir(dir); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(outside, "kept")); err != nil {
		t.Error(err)
	}
	if err := removeDir(dir); err != nil {
		t.Fatal(err)
	}
	if err := removeDir(dir); err != nil {
		t.Error(err)
	}
}
