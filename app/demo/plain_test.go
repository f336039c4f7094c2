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

// TestPlainPOVRay is the same for POV-Ray, whose sizes are in the .ini beside
// the scene, and which numbers frames with as few digits as it needs.
func TestPlainPOVRay(t *testing.T) {
	path, err := exec.LookPath("povray")
	if err != nil {
		t.Skip(err)
	}
	dir := filepath.Join(t.TempDir(), "two words")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	scene := filepath.Join(dir, "ball.pov")
	for name, text := range map[string]string{
		scene: "#version 3.7;\nglobal_settings { assumed_gamma 1 }\ncamera { location <0,1,-4> look_at 0 }\nlight_source { <3,5,-4> rgb 1 }\n" +
			"sphere { <sin(clock),0,0>, 1 pigment { rgb <1,.3,.2> } }\nplane { y,-1 pigment { checker rgb 1 rgb .2 } }\n",
		filepath.Join(dir, "ball.ini"): "Width=48\nHeight=27\nAntialias=On\nInitial_Frame=1\nFinal_Frame=12\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var runs [2]map[int]string
	for i := range runs {
		var told []int
		runs[i], _, err = renderPlain(t.Context(), programs["povray"], path, scene, filepath.Join(dir, fmt.Sprint("run", i)), 12, func(f int) { told = append(told, f) })
		if err != nil || len(told) != 12 || told[11] != 12 {
			t.Fatalf("%v, told of %v", err, told)
		}
	}
	if how, err := compareFiles(runs[0][11], runs[1][11]); err != nil || how != "" {
		t.Errorf("%q, %v", how, err)
	}
	if how, err := compareFiles(runs[0][1], runs[0][12]); err != nil || how == "" {
		t.Errorf("frames that differ do not: %v", err)
	}
}

// TestRenderPlain runs the real program twice: it writes all frames, tells of
// each, and gives the same pixels again.
func TestRenderPlain(t *testing.T) {
	path, err := exec.LookPath("blender")
	if err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	scene, err := sample.Blend(t.Context(), path, dir, sample.Spec{Name: "plain", Frames: 2, Width: 64, Height: 36, Samples: 1})
	if err != nil {
		t.Fatal(err)
	}
	var runs [2]map[int]string
	for i := range runs {
		var told []int
		files, took, err := renderPlain(t.Context(), programs["blender"], path, scene, filepath.Join(dir, fmt.Sprint("run ", i)), 2, func(f int) { told = append(told, f) })
		if err != nil || took <= 0 || !slices.Equal(told, []int{1, 2}) {
			t.Fatalf("%v, %v, told of %v", err, took, told)
		}
		runs[i] = files
	}
	frames := []view.RenderFrame{{Frame: 1, File: runs[0][1]}, {Frame: 2, File: runs[0][2]}}
	if exact, different, err := compareFrames(t.Context(), frames, runs[1]); err != nil || exact != 2 {
		t.Errorf("%d exact, %q, %v", exact, different, err)
	}
	frames[0].Frame, frames[1].Frame = 2, 1
	if exact, different, err := compareFrames(t.Context(), frames, runs[1]); err != nil || exact != 0 || len(different) != 2 {
		t.Errorf("another frame counts as the same: %d exact, %q, %v", exact, different, err)
	}
	if _, _, err := renderPlain(t.Context(), programs["blender"], path, filepath.Join(dir, "none.blend"), filepath.Join(dir, "none"), 2, func(int) {}); err == nil {
		t.Error("a scene that is not there was rendered")
	}
}
