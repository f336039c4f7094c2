package engine_test

import (
	"context"
	"errors"
	"os/exec"
	"testing"
	"time"

	"supercomputing/tasks/render/blender"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
	"supercomputing/tasks/render/povray"
	"supercomputing/tasks/render/sample"
	"supercomputing/tasks/sandbox"
)

// subject is an engine and a scene of its own.
type subject struct {
	engine engine.Engine
	scene  func(t *testing.T, s sample.Spec) string
}

// subjects are the engines of this machine.
func subjects(t *testing.T) map[string]subject {
	t.Helper()
	out := map[string]subject{}
	if _, err := exec.LookPath("povray"); err == nil {
		out["povray"] = subject{povray.New(povray.Options{}), func(t *testing.T, s sample.Spec) string {
			s.Name = "spheres"
			path, err := sample.Pov(t.TempDir(), s)
			if err != nil {
				t.Fatal(err)
			}
			return path
		}}
	}
	if _, err := exec.LookPath("blender"); err == nil {
		out["blender"] = subject{blender.New(blender.Options{}), func(t *testing.T, s sample.Spec) string {
			s.Name = "plain"
			path, err := sample.Blend(t.Context(), "", t.TempDir(), s)
			if err != nil {
				t.Fatal(err)
			}
			return path
		}}
	}
	if len(out) == 0 {
		t.Skip("neither POV-Ray nor Blender is installed")
	}
	return out
}

// What every engine owes: a build that stays itself, a bundle that it takes
// back, and the same bytes for the same tile, in any company and with any
// number of cores.
func TestEngines(t *testing.T) {
	foreign := sandbox.Available(t.Context()) == nil
	for name, sub := range subjects(t) {
		t.Run(name, func(t *testing.T) {
			e := sub.engine
			b, err := e.Build(t.Context())
			if err != nil || b.Engine != name || e.Name() != name || len(b.ID) != 32 || b.Series() == "" {
				t.Fatalf("%+v, %v", b, err)
			}
			path := sub.scene(t, sample.Spec{Frames: 4, Width: 96, Height: 54, Samples: 4})
			scene, err := e.Inspect(t.Context(), path)
			if err != nil || scene.Engine != name || scene.First != 1 || scene.Last != 4 || scene.Width != 96 || scene.Height != 54 || len(scene.Problems)+len(scene.Missing()) > 0 {
				t.Fatalf("%+v, %v", scene, err)
			}
			bundle := t.TempDir()
			if err := e.Pack(t.Context(), path, bundle); err != nil {
				t.Fatal(err)
			}
			if err := e.CheckBundle(bundle); err != nil {
				t.Error(err)
			}
			if err := e.CheckBundle(t.TempDir()); !errors.Is(err, engine.ErrBundle) {
				t.Errorf("an empty bundle: %v", err)
			}
			if _, err := e.Inspect(t.Context(), "conform_test.bin"); !errors.Is(err, engine.ErrScene) {
				t.Errorf("no file: %v", err)
			}
			s := engine.Settings{Width: 96, Height: 54, Samples: 4, Form: picture.RGBA8}
			r := engine.Request{Bundle: bundle, Settings: s, Threads: 1, Foreign: foreign, Memory: 4 << 30, Disk: 1 << 30, Time: time.Minute,
				Tiles: []engine.Tile{{Frame: 2, W: 96, H: 54}, {Frame: 2, X: 16, Y: 9, W: 40, H: 30}, {Frame: 3, W: 96, H: 54}}}
			first := hashes(t, e, r)
			r.Threads = 2
			r.Tiles = []engine.Tile{r.Tiles[2], r.Tiles[1]}
			second := hashes(t, e, r)
			for tile, h := range second {
				if h != first[tile] {
					t.Errorf("%v differs", tile)
				}
			}
			if first[r.Tiles[0]] == first[engine.Tile{Frame: 2, W: 96, H: 54}] {
				t.Error("frames 2 and 3 are the same picture")
			}
			r.Tiles = []engine.Tile{{Frame: 4, W: 96, H: 54}}
			batches := [][]engine.Tile{{{Frame: 2, W: 96, H: 54}}, {{Frame: 2, X: 16, Y: 9, W: 40, H: 30}, {Frame: 3, W: 96, H: 54}}, nil}
			r.More = func(context.Context) []engine.Tile {
				next := batches[0]
				batches = batches[1:]
				return next
			}
			more := hashes(t, e, r)
			for tile, h := range first {
				if more[tile] != h {
					t.Errorf("%v differs where it comes later", tile)
				}
			}
			if len(more) != 4 || len(batches) != 0 {
				t.Errorf("%d tiles, not asked for %v", len(more), batches)
			}
			r.More = func(context.Context) []engine.Tile { return []engine.Tile{{Frame: 2, X: 90, W: 96, H: 54}} }
			r.Scratch = t.TempDir()
			if err := e.Render(t.Context(), r, func(engine.Rendered) error { return nil }); !errors.Is(err, engine.ErrScene) {
				t.Errorf("a further tile outside: %v", err)
			}
			r.More = nil
			r.Tiles[0].X = 90
			r.Scratch = t.TempDir()
			if err := e.Render(t.Context(), r, func(engine.Rendered) error { return nil }); !errors.Is(err, engine.ErrScene) {
				t.Errorf("a tile outside: %v", err)
			}
			why := errors.New("enough")
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(why)
			r.Tiles[0].X = 0
			if err := e.Render(ctx, r, func(engine.Rendered) error { return nil }); !errors.Is(err, why) {
				t.Errorf("cancelled: %v", err)
			}
		})
	}
}

// hashes renders tiles and tells their pictures' hashes.
func hashes(t *testing.T, e engine.Engine, r engine.Request) map[engine.Tile][32]byte {
	t.Helper()
	r.Scratch = t.TempDir()
	out := map[engine.Tile][32]byte{}
	err := e.Render(t.Context(), r, func(d engine.Rendered) error {
		if d.Picture.W != d.Tile.W || d.Picture.H != d.Tile.H || d.Picture.Form != r.Settings.Form || d.Took <= 0 || d.Setup > d.Took {
			t.Errorf("%v: %d×%d %v in %v, %v of it setup", d.Tile, d.Picture.W, d.Picture.H, d.Picture.Form, d.Took, d.Setup)
		}
		out[d.Tile] = d.Picture.Hash()
		return nil
	})
	if err != nil || r.More == nil && len(out) != len(r.Tiles) {
		t.Fatalf("%d tiles, %v", len(out), err)
	}
	return out
}

// A trial tells a frame's time to a factor of two: of frames that take a while,
// since below that it is the time of starting that counts.
func TestTrialHolds(t *testing.T) {
	for name, sub := range subjects(t) {
		t.Run(name, func(t *testing.T) {
			e := sub.engine
			path := sub.scene(t, sample.Spec{Frames: 4, Width: 320, Height: 180, Samples: 9})
			bundle := t.TempDir()
			if err := e.Pack(t.Context(), path, bundle); err != nil {
				t.Fatal(err)
			}
			s := engine.Settings{Width: 320, Height: 180, Samples: 9, Form: picture.RGB8}
			got, err := engine.Try(t.Context(), e, bundle, s, []int{1, 2, 3}, engine.TrialOptions{Threads: 1, Scratch: t.TempDir(), Budget: 5 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			var real float64
			r := engine.Request{Bundle: bundle, Scratch: t.TempDir(), Settings: s, Threads: 1, Tiles: []engine.Tile{{Frame: 2, W: 320, H: 180}}}
			err = e.Render(t.Context(), r, func(d engine.Rendered) error {
				work := d.Work
				if work == 0 {
					work = d.Took - d.Setup
				}
				real = (d.Setup + work).Seconds()
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d tiles in %v: %.2f core seconds, %v of them setup; really %.2f", got.Tiles, got.Took, got.FrameCore, got.Setup, real)
			if got.FrameCore > 2*real || got.FrameCore < real/2 {
				t.Errorf("%.2f core seconds, really %.2f", got.FrameCore, real)
			}
		})
	}
}
