package povray

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
	"supercomputing/tasks/sandbox"
)

// byHand renders a scene with a command line of our own, one thread.
func byHand(t *testing.T, path string, s engine.Settings, args ...string) *picture.Picture {
	t.Helper()
	out := t.TempDir()
	c := exec.Command("povray", append([]string{"+I" + filepath.Base(path), "+O" + filepath.Join(out, "x"), "+W" + strconv.Itoa(s.Width), "+H" + strconv.Itoa(s.Height),
		"+FN8", "-D", "-GA", "+WT1"}, args...)...)
	c.Dir = filepath.Dir(path)
	c.Env = []string{"HOME=" + out, "PATH=/usr/bin:/bin"}
	if said, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	names, _ := filepath.Glob(filepath.Join(out, "x*.png"))
	if len(names) != 1 {
		t.Fatal(names)
	}
	f, err := os.Open(names[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := picture.ReadPNG(f, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// bundled makes a bundle of a scene's text.
func bundled(t *testing.T, text string) string {
	return scene(t, map[string]string{"scene.pov": text, "scene.ini": defaults().text()})
}

// sandboxed skips where no stranger's scene can be rendered.
func sandboxed(t *testing.T) *POVRay {
	t.Helper()
	p := here(t)
	if err := sandbox.Available(t.Context()); err != nil {
		t.Skip(err)
	}
	return p
}

// noisy has in it all that POV-Ray draws random numbers for.
const noisy = `#version 3.7;
global_settings { assumed_gamma 1 photons { count 3000 } max_trace_level 4 }
camera { location <0,2,-5> look_at 0 aperture 0.3 focal_point 0 blur_samples 5 }
light_source { <3,5,-3> 1 area_light x, z, 3, 3 adaptive 1 jitter }
media { scattering { 1, 0.03 } samples 1 }
plane { y, -1 pigment { checker rgb 1 rgb 0.2 } finish { crand 0.2 } }
sphere { 0, 1 pigment { rgbt <1,.5,.5,.6> } interior { ior 1.5 } photons { target reflection on refraction on } hollow }
sphere { <-1.7,0,1>, 0.9 pigment { granite } normal { bumps 0.4 } finish { reflection 0.3 subsurface { translucency 0.01 } } }
`

// The same rectangle has the same bytes each time, alone or beside others, with
// one core or two, in a sandbox or not.
func TestDeterministic(t *testing.T) {
	p := here(t)
	for name, text := range map[string]string{
		"noise":     noisy,
		"radiosity": strings.Replace(plainScene, "assumed_gamma 1", "assumed_gamma 1 radiosity { count 20 }", 1),
	} {
		t.Run(name, func(t *testing.T) {
			s := engine.Settings{Width: 48, Height: 27, Samples: 1, Form: picture.RGBA16}
			all := []engine.Tile{{Frame: 1, W: 48, H: 27}, {Frame: 1, X: 7, Y: 5, W: 33, H: 17}, {Frame: 1, X: 24, Y: 13, W: 24, H: 14}}
			r := engine.Request{Bundle: bundled(t, text), Settings: s, Tiles: all, Threads: 1}
			first, err := render(t, p, r)
			if err != nil {
				t.Fatal(err)
			}
			again := r
			again.Threads = 2
			again.Foreign = sandbox.Available(t.Context()) == nil
			again.Tiles = []engine.Tile{all[2], all[0], all[1]}
			second, err := render(t, p, again)
			if err != nil {
				t.Fatal(err)
			}
			for i, a := range first {
				b := second[(i+1)%3]
				if a.Tile != b.Tile || a.Picture.Hash() != b.Picture.Hash() {
					t.Errorf("%v differs", a.Tile)
				}
				if a.Picture.W != a.Tile.W || a.Picture.H != a.Tile.H || a.Picture.Form != s.Form {
					t.Errorf("%v: %d×%d, %v", a.Tile, a.Picture.W, a.Picture.H, a.Picture.Form)
				}
			}
		})
	}
}

// Where nothing is random, tiles are the parts of the whole frame.
func TestTilesFit(t *testing.T) {
	p := here(t)
	s := engine.Settings{Width: 70, Height: 50, Samples: 1, Form: picture.RGB8}
	r := engine.Request{Bundle: bundled(t, plainScene), Settings: s, Tiles: []engine.Tile{frame(1, s)}, Threads: 2}
	for _, rect := range engine.Grid(s, 2, 3) {
		r.Tiles = append(r.Tiles, rect.Tile(1))
	}
	got, err := render(t, p, r)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range got[1:] {
		part, err := got[0].Picture.Crop(d.Tile.X, d.Tile.Y, d.Tile.W, d.Tile.H)
		if err != nil || part.Hash() != d.Picture.Hash() {
			t.Errorf("%v is another picture", d.Tile)
		}
	}
}

func TestForms(t *testing.T) {
	p := here(t)
	bundle := bundled(t, plainScene)
	sums := map[picture.Form]float64{}
	for f := picture.RGB8; f <= picture.RGBAFloat; f++ {
		s := engine.Settings{Width: 32, Height: 18, Form: f}
		got, err := render(t, p, engine.Request{Bundle: bundle, Settings: s, Tiles: []engine.Tile{frame(1, s)}})
		if err != nil {
			t.Errorf("%v: %v", f, err)
			continue
		}
		pic := got[0].Picture
		if pic.Form != f || pic.W != 32 || pic.H != 18 {
			t.Errorf("%v: %v %d×%d", f, pic.Form, pic.W, pic.H)
		}
		for y := range pic.H {
			for x := range pic.W {
				r, g, b, a := pic.Image().At(x, y).RGBA()
				sums[f] += float64(r+g+b) / 0xffff
				if f.Alpha() && x+y == 0 && a != 0 {
					t.Errorf("%v: the background is not clear", f)
				}
			}
		}
	}
	for f, sum := range sums {
		if want := sums[picture.RGB8]; sum < 0.9*want || sum > 1.1*want || want == 0 {
			t.Errorf("%v is as bright as %.1f, not %.1f", f, sum, want)
		}
	}
}

func TestRefused(t *testing.T) {
	p := here(t)
	s := small(picture.RGB8)
	good := engine.Request{Bundle: bundled(t, plainScene), Settings: s, Tiles: []engine.Tile{frame(1, s)}}
	for name, c := range map[string]struct {
		change func(*engine.Request)
		want   error
		says   string
	}{
		"frame":     {func(r *engine.Request) { r.Tiles = []engine.Tile{frame(2, s)} }, engine.ErrScene, "1 to 1"},
		"tile":      {func(r *engine.Request) { r.Tiles = []engine.Tile{{Frame: 1, X: 90, W: 7, H: 1}} }, engine.ErrScene, "not within"},
		"huge tile": {func(r *engine.Request) { r.Tiles = []engine.Tile{{Frame: 1, X: 1, W: 1 << 62, H: 1}} }, engine.ErrScene, "not within"},
		"size":      {func(r *engine.Request) { r.Settings.Width, r.Settings.Height = 60000, 60000 }, engine.ErrScene, "60000"},
		"form":      {func(r *engine.Request) { r.Settings.Form = 99 }, engine.ErrScene, "99"},
		"no bundle": {func(r *engine.Request) { r.Bundle = t.TempDir() }, engine.ErrBundle, "scene.ini"},
		"parse":     {func(r *engine.Request) { r.Bundle = bundled(t, "sphere { 0, nothing }") }, engine.ErrScene, "'scene.pov' line 1: Parse Error"},
		"not there": {func(r *engine.Request) { r.Bundle = bundled(t, plainScene+`#include concat("x", str(1,1,0))`) }, engine.ErrScene, "x1"},
		"own error": {func(r *engine.Request) { r.Bundle = bundled(t, "#error \"do not\\n\"") }, engine.ErrScene, "do not"},
		"no picture": {func(r *engine.Request) {
			r.Bundle = bundled(t, plainScene+`plane { y, -1 pigment { image_map { png "scene.ini" } } }`)
		}, engine.ErrScene, "scene.ini"},
	} {
		t.Run(name, func(t *testing.T) {
			r := good
			c.change(&r)
			if _, err := render(t, p, r); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Error(err)
			}
		})
	}
}

// Bombs cost what they may, and say so.
func TestLimits(t *testing.T) {
	p := sandboxed(t)
	s := small(picture.RGB8)
	for name, c := range map[string]struct {
		text string
		says string
	}{
		"endless loop":   {"#while (1) #end", "time"},
		"endless pixels": {strings.Replace(plainScene, "look_at 0", "look_at 0 aperture 1 focal_point 0 blur_samples 100000000 variance 0", 1), "time"},
		"memory":         {"#declare A = array[200000000] #declare I = 0; #while (I < 200000000) #declare A[I] = <I,I,I,I,I>; #declare I = I + 1; #end", "memory"},
		"disk":           {"#fopen F \"x\" write #while (1) #write (F, \"" + strings.Repeat("x", 200) + "\") #end", ""},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			_, err := render(t, p, engine.Request{
				Bundle: bundled(t, c.text), Settings: s, Tiles: []engine.Tile{frame(1, s)}, Foreign: true,
				Memory: 256 << 20, Disk: 32 << 20, Time: 3 * time.Second,
			})
			if !errors.Is(err, engine.ErrLimit) || !strings.Contains(err.Error(), c.says) {
				t.Error(err)
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("only after %v", took)
			}
		})
	}
}

// A stranger's scene sees its bundle and writes its folder; that holds for
// names that no parser finds.
func TestInside(t *testing.T) {
	p := sandboxed(t)
	s := small(picture.RGB8)
	secret := filepath.Join(t.TempDir(), "secret.inc")
	if err := os.WriteFile(secret, []byte("#debug \"open\""), 0o644); err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(t.TempDir(), "target")
	// substr hides the name.
	hidden := func(name string) string { return `substr("` + name + `", 1, ` + strconv.Itoa(len(name)) + `)` }
	bundle := bundled(t, plainScene)
	for name, text := range map[string]string{
		"read":   plainScene + "#include " + hidden(secret),
		"write":  plainScene + "#fopen F " + hidden(target) + " write #write (F, \"x\") #fclose F",
		"bundle": plainScene + "#fopen F " + hidden(filepath.Join(bundle, "nonce")) + " write #write (F, \"x\") #fclose F",
	} {
		b := bundle
		if name != "bundle" {
			b = bundled(t, text)
		} else if err := os.WriteFile(filepath.Join(b, "scene.pov"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := render(t, p, engine.Request{Bundle: b, Settings: s, Tiles: []engine.Tile{frame(1, s)}, Foreign: true}); !errors.Is(err, engine.ErrScene) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(target); err == nil {
		t.Error("wrote outside")
	}
	if _, err := os.Stat(filepath.Join(bundle, "nonce")); err == nil {
		t.Error("wrote into the bundle")
	}
}

func TestCancel(t *testing.T) {
	p := here(t)
	s := small(picture.RGB8)
	why := errors.New("enough")
	bundle := bundled(t, "#while (1) #end")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(300*time.Millisecond, func() { cancel(why) })
	err := p.Render(ctx, engine.Request{Bundle: bundle, Scratch: t.TempDir(), Settings: s, Tiles: []engine.Tile{frame(1, s)}, Threads: 1}, nil)
	if !errors.Is(err, why) {
		t.Error(err)
	}
	r := engine.Request{Bundle: bundled(t, plainScene), Scratch: t.TempDir(), Settings: s, Threads: 2}
	for _, rect := range engine.Grid(s, 3, 3) {
		r.Tiles = append(r.Tiles, rect.Tile(1))
	}
	n := 0
	err = p.Render(t.Context(), r, func(engine.Rendered) error { n++; return why })
	if !errors.Is(err, why) || n != 1 {
		t.Errorf("%v after %d tiles", err, n)
	}
}

// Where there is no sandbox, a stranger's scene waits for its owner's word.
func TestNoSandbox(t *testing.T) {
	p := here(t)
	path, err := p.find()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", t.TempDir()) // bubblewrap is in none
	if sandbox.Available(t.Context()) == nil {
		t.Skip("the sandbox was found already, or needs no PATH")
	}
	p = New(Options{Path: path})
	s := small(picture.RGB8)
	r := engine.Request{Bundle: bundled(t, plainScene), Settings: s, Tiles: []engine.Tile{frame(1, s)}, Foreign: true}
	if _, err := render(t, p, r); !errors.Is(err, engine.ErrSandbox) {
		t.Error(err)
	}
	r.Allowed = true
	if _, err := render(t, p, r); err != nil {
		t.Error(err)
	}
}
