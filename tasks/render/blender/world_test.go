package blender

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
	"supercomputing/tasks/render/sample"
)

// start is a Blender, or a reason to skip.
func start(t testing.TB) *Blender {
	t.Helper()
	if _, err := exec.LookPath("blender"); err != nil {
		t.Skip("Blender is not installed")
	}
	return New(Options{})
}

// program runs Blender as a person would, and fails with its output.
func program(t testing.TB, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "blender", append([]string{"-b"}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("blender %v: %v\n%s", args, err, out)
	}
}

// scenes makes the scenes of testdata/scenes.py.
func scenes(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	program(t, "--factory-startup", "--python-exit-code", "1", "-P", "testdata/scenes.py", "--", dir)
	return dir
}

// made makes a sample scene in a folder of its own.
func made(t testing.TB, name string, frames, w, h, samples int) string {
	t.Helper()
	path, err := sample.Blend(t.Context(), "", t.TempDir(), sample.Spec{Name: name, Frames: frames, Width: w, Height: h, Samples: samples})
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func packed(t testing.TB, b *Blender, scene string) string {
	t.Helper()
	dir := t.TempDir()
	if err := b.Pack(t.Context(), scene, dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// bare is a bundle of a scene that needs no packing, or that Pack would not make.
func bare(t testing.TB, scene string) string {
	t.Helper()
	text, err := os.ReadFile(scene)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, sceneFile), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// request is one of whole frames of 48×32.
func request(t testing.TB, bundle string, frames ...int) engine.Request {
	t.Helper()
	r := engine.Request{
		Bundle: bundle, Scratch: t.TempDir(), Threads: 2, Foreign: true, Allowed: true, Memory: 4 << 30,
		Settings: engine.Settings{Width: 48, Height: 32, Samples: 2, Form: picture.RGB8},
	}
	for _, f := range frames {
		r.Tiles = append(r.Tiles, engine.Tile{Frame: f, W: 48, H: 32})
	}
	return r
}

// render renders everything and checks what has to hold of every run.
func render(t testing.TB, b *Blender, r engine.Request) []*picture.Picture {
	t.Helper()
	var out []*picture.Picture
	err := b.Render(t.Context(), r, func(x engine.Rendered) error {
		if x.Tile != r.Tiles[len(out)] {
			t.Errorf("tile %v came instead of %v", x.Tile, r.Tiles[len(out)])
		}
		if x.Setup <= 0 || x.Took <= x.Setup {
			t.Errorf("%v took %v with a setup of %v", x.Tile, x.Took, x.Setup)
		}
		out = append(out, x.Picture)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) != len(r.Tiles) {
		t.Fatalf("%d of %d tiles came", len(out), len(r.Tiles))
	}
	if left, err := os.ReadDir(r.Scratch); err != nil || len(left) > 0 {
		t.Errorf("the scratch folder was not emptied: %v %v", left, err)
	}
	return out
}

// plainly renders frames with Blender's own command line. set is Python that
// runs before.
func plainly(t testing.TB, scene, set string, f picture.Form, frames ...int) []*picture.Picture {
	t.Helper()
	out := filepath.Join(t.TempDir(), "frame")
	var list []string
	for _, n := range frames {
		list = append(list, fmt.Sprint(n))
	}
	args := []string{scene, "-o", out + "####", "-E", "CYCLES"}
	if set != "" {
		args = append(args, "--python-exit-code", "1", "--python-expr", "import bpy; s = bpy.context.scene; "+set)
	}
	program(t, append(args, "-f", strings.Join(list, ","))...)
	var all []*picture.Picture
	for _, n := range frames {
		all = append(all, read(t, fmt.Sprintf("%s%04d", out, n), f))
	}
	return all
}

func read(t testing.TB, path string, f picture.Form) *picture.Picture {
	t.Helper()
	read, end := picture.ReadPNG, ".png"
	if f.Float() {
		read, end = picture.ReadEXR, ".exr"
	}
	file, err := os.Open(path + end)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p, err := read(file, 1<<24)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func same(t testing.TB, what string, got, want *picture.Picture) {
	t.Helper()
	if got.Hash() != want.Hash() {
		t.Errorf("%s: other pixels (%v %d×%d, wanted %v %d×%d)", what, got.Form, got.W, got.H, want.Form, want.W, want.H)
	}
}
