package demo

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"supercomputing/app/view"
	"supercomputing/tasks/render/blender"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
	"supercomputing/tasks/render/povray"
	"supercomputing/tasks/render/sample"
)

func TestFindEngine(t *testing.T) {
	both := map[string]bool{"blender": true, "povray": true}
	for name, c := range map[string]struct {
		asked string
		there map[string]bool
		want  string // or what the error says
	}{
		"Blender first":    {"", both, "blender"},
		"POV-Ray asked":    {"povray", both, "povray"},
		"POV-Ray alone":    {"", map[string]bool{"povray": true}, "povray"},
		"Blender missing":  {"blender", map[string]bool{"povray": true}, "apt-get install blender`"},
		"POV-Ray missing":  {"povray", map[string]bool{"blender": true}, "apt-get install povray`"},
		"nothing is there": {"", nil, "no Blender and no POV-Ray on this machine: `make deps` or `apt-get install blender povray`"},
	} {
		t.Run(name, func(t *testing.T) {
			got, path, err := findEngine(c.asked, func(name string) (string, error) {
				if c.there[name] {
					return "/bin/" + name, nil
				}
				return "", exec.ErrNotFound
			})
			if err != nil {
				if !strings.Contains(err.Error(), c.want) {
					t.Fatal(err)
				}
			} else if got != c.want || path != "/bin/"+c.want {
				t.Fatalf("%s at %s", got, path)
			}
		})
	}
}

func TestFrameNumber(t *testing.T) {
	for name, want := range map[string]int{"frame-0007.png": 7, "frame-12.png": 12, "24.png": 24, "a1b002.png": 2,
		"frame.png": -1, "frame-7.exr": -1, "7.png.part": -1, "frame-99999999999999999999.png": -1, ".png": -1} {
		n, ok := frameNumber(name)
		if ok != (want >= 0) || ok && n != want {
			t.Errorf("%s: %d, %v", name, n, ok)
		}
	}
}

func TestNumbered(t *testing.T) {
	dir := t.TempDir()
	touch := func(name string) {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	touch("frame-01.png")
	touch("frame-10.png")
	touch("notes.txt")
	got, err := numbered(dir)
	if err != nil || len(got) != 2 || got[10] != filepath.Join(dir, "frame-10.png") {
		t.Fatalf("%v, %v", got, err)
	}
	touch("frame-1.png")
	if _, err := numbered(dir); err == nil {
		t.Error("one frame twice")
	}
	if _, err := numbered(filepath.Join(dir, "none")); err == nil {
		t.Error("no folder")
	}
}

func TestLines(t *testing.T) {
	var got []string
	l := &lines{each: func(s string) { got = append(got, s) }}
	for _, s := range []string{"one", "\ntwo\r", "three\n", "", "rest"} {
		if n, err := l.Write([]byte(s)); n != len(s) || err != nil {
			t.Fatal(n, err)
		}
	}
	if !slices.Equal(got, []string{"one", "two", "three"}) || string(l.tail) != "one\ntwo\rthree\nrest" {
		t.Errorf("%q, tail %q", got, l.tail)
	}
	if _, err := l.Write(make([]byte, 2*longestLine)); !errors.Is(err, errLine) || len(l.tail) != longestTail {
		t.Errorf("%v, %d bytes of tail", err, len(l.tail))
	}
}

// What the programs print while they work, as it is in their own output.
func TestSaved(t *testing.T) {
	for line, want := range map[string]string{
		"blender Saved: '/tmp/it's/plain/frame-0012.png'":         "0012",
		"blender  Time: 00:02.84 (Saving: 00:00.15)":              "",
		"blender Fra:12 Mem:23.39M | Scene, ViewLayer | Finished": "",
		"povray Rendering frame 7 of 24 (#7)":                     "7",
		"povray Rendered 129600 of 129600 pixels (100%)":          "",
	} {
		name, text, _ := strings.Cut(line, " ")
		got := ""
		if m := programs[name].saved.FindStringSubmatch(text); m != nil {
			got = m[1]
		}
		if got != want {
			t.Errorf("%q: %q", line, got)
		}
	}
}

// picturePNG writes a small picture that change may spoil.
func picturePNG(t *testing.T, level png.CompressionLevel, w int, change func(*image.NRGBA)) string {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, w, 9))
	for i := range img.Pix {
		img.Pix[i] = byte(i * 7)
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	if change != nil {
		change(img)
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "frame-1.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := (&png.Encoder{CompressionLevel: level}).Encode(f, img); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

func TestCompareFiles(t *testing.T) {
	a := picturePNG(t, png.NoCompression, 16, nil)
	for name, c := range map[string]struct{ path, want string }{
		"other file, same pixels": {picturePNG(t, png.BestCompression, 16, nil), ""},
		"one step in one pixel":   {picturePNG(t, png.DefaultCompression, 16, func(p *image.NRGBA) { p.Pix[41]++ }), "0.69 % of its pixels"},
		"other size":              {picturePNG(t, png.DefaultCompression, 15, nil), "16×9, not 15×9"},
		"transparent": {picturePNG(t, png.DefaultCompression, 16, func(p *image.NRGBA) {
			p.SetNRGBA(0, 0, color.NRGBA{A: 9})
		}), ", not "},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := compareFiles(a, c.path)
			if err != nil || (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Fatalf("%q, %v", got, err)
			}
		})
	}
	for _, bad := range []string{"", filepath.Join(t.TempDir(), "none.png")} {
		if _, err := compareFiles(a, bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestCompareFrames(t *testing.T) {
	same, other := picturePNG(t, png.DefaultCompression, 16, nil), picturePNG(t, png.DefaultCompression, 16, func(p *image.NRGBA) { p.Pix[0]++ })
	frames := []view.RenderFrame{{Frame: 1, File: same}, {Frame: 2, File: other}, {Frame: 3}, {Frame: 4, File: other, Tiles: make([]view.RenderTile, 4)}}
	local := map[int]string{1: same, 2: same, 4: same}
	exact, different, err := compareFrames(t.Context(), frames, local)
	if err != nil || exact != 1 || len(different) != 2 || !strings.HasPrefix(different[0], "frame 2 (") || !strings.Contains(different[1], "of 4 tiles") {
		t.Fatalf("%d exact, %q, %v", exact, different, err)
	}
	delete(local, 2)
	if _, _, err := compareFrames(t.Context(), frames, local); err == nil {
		t.Error("compared with nothing")
	}
}

// nodes renders frames 1 to n of a scene as nodes do, and gives their files.
func nodes(t *testing.T, e engine.Engine, scene string, w, h, n int) (frames []view.RenderFrame) {
	t.Helper()
	dir := t.TempDir()
	r := engine.Request{Bundle: filepath.Join(dir, "bundle"), Scratch: filepath.Join(dir, "scratch"), Threads: 1,
		Settings: engine.Settings{Width: w, Height: h, Form: picture.RGB8}}
	for _, sub := range []string{r.Bundle, r.Scratch} {
		if err := os.Mkdir(sub, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Pack(t.Context(), scene, r.Bundle); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		r.Tiles = append(r.Tiles, engine.Tile{Frame: i + 1, W: w, H: h})
	}
	err := e.Render(t.Context(), r, func(done engine.Rendered) error {
		f, err := os.Create(filepath.Join(dir, fmt.Sprintf("%d.png", done.Tile.Frame)))
		if err != nil {
			return err
		}
		defer f.Close()
		frames = append(frames, view.RenderFrame{Frame: done.Tile.Frame, File: f.Name()})
		return done.Picture.WritePNG(f)
	})
	if err != nil {
		t.Fatal(err)
	}
	return frames
}

// TestPlainIsWhatNodesRender holds the demo's command lines against the
// engines: each frame has the same pixels, and no two frames do.
func TestPlainIsWhatNodesRender(t *testing.T) {
	const w, h, n = 64, 36, 3
	spec := sample.Spec{Name: "spheres", Frames: n, Width: w, Height: h, Samples: 4}
	for name, c := range map[string]struct {
		engine engine.Engine
		make   func(path, dir string) (string, error)
	}{
		"blender": {blender.New(blender.Options{}), func(path, dir string) (string, error) { return sample.Blend(t.Context(), path, dir, spec) }},
		"povray":  {povray.New(povray.Options{}), func(_, dir string) (string, error) { return sample.Pov(dir, spec) }},
	} {
		t.Run(name, func(t *testing.T) {
			path, err := exec.LookPath(programs[name].command)
			if err != nil {
				t.Skip(err)
			}
			// POV-Ray takes a space for the end of an option.
			dir := filepath.Join(t.TempDir(), "two words")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			scene, err := c.make(path, dir)
			if err != nil {
				t.Fatal(err)
			}
			var told []int
			files, took, err := renderPlain(t.Context(), programs[name], path, scene, filepath.Join(dir, "plain"), n, func(f int) { told = append(told, f) })
			if err != nil || took <= 0 || !slices.Equal(told, []int{1, 2, 3}) {
				t.Fatalf("%v, %v, told of %v", err, took, told)
			}
			frames := nodes(t, c.engine, scene, w, h, n)
			if exact, different, err := compareFrames(t.Context(), frames, files); err != nil || exact != n {
				t.Errorf("%d exact, %q, %v", exact, different, err)
			}
			files[1], files[2], files[3] = files[2], files[3], files[1]
			if exact, different, err := compareFrames(t.Context(), frames, files); err != nil || exact != 0 || len(different) != n {
				t.Errorf("another frame counts as the same: %d exact, %q, %v", exact, different, err)
			}
		})
	}
}

func TestPlainFails(t *testing.T) {
	path, err := exec.LookPath("blender")
	if err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	_, _, err = renderPlain(t.Context(), programs["blender"], path, filepath.Join(dir, "none.blend"), filepath.Join(dir, "out"), 2, func(int) {})
	if err == nil || !strings.Contains(err.Error(), "Blender") {
		t.Errorf("a scene that is not there was rendered: %v", err)
	}
}
