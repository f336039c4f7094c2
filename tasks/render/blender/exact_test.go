package blender

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
)

// TestFramesEqualBlenders renders scenes with Blender's own command line and
// with ours: the pixels are the same bytes, whatever the order, the number of
// threads, and the process.
func TestFramesEqualBlenders(t *testing.T) {
	t.Parallel()
	b := start(t)
	const w, h = 96, 54
	tile := func(frame int) engine.Tile { return engine.Tile{Frame: frame, X: 17, Y: 5, W: 40, H: 31} }
	for _, name := range []string{"spheres", "textured", "motion", "composited"} {
		t.Run(name, func(t *testing.T) {
			scene := made(t, name, 5, w, h, 5)
			form := picture.RGB8
			if name == "motion" {
				form = picture.RGBA8
			}
			want := plainly(t, scene, "", form, 2, 4)
			bundle := packed(t, b, scene)
			// The bundle has everything: what it was made of may go.
			if err := os.Rename(filepath.Dir(scene), filepath.Dir(scene)+"-gone"); err != nil {
				t.Fatal(err)
			}

			r := request(t, bundle)
			r.Settings = engine.Settings{Width: w, Height: h, Form: form}
			whole := func(frame int) engine.Tile { return engine.Tile{Frame: frame, W: w, H: h} }
			r.Tiles = []engine.Tile{whole(4), whole(2), whole(4)}
			if name != "composited" {
				r.Tiles = append(r.Tiles, tile(2), tile(4))
			}
			r.Threads = 2
			got := render(t, b, r)
			same(t, "first in a run", got[0], want[1])
			same(t, "later in a run", got[1], want[0])
			same(t, "the same frame again", got[2], want[1])

			// As frames of several leases come: while the one before is rendered,
			// and after it.
			r.Tiles = []engine.Tile{whole(4)}
			further := [][]engine.Tile{{whole(2), whole(3)}, {whole(4)}, {whole(2)}}
			idle := make(chan struct{}, 1)
			r.More = func(ctx context.Context) (next []engine.Tile) {
				if len(further) == 1 { // Blender waits for this one
					select {
					case <-idle:
					case <-ctx.Done():
						return nil
					}
					time.Sleep(100 * time.Millisecond)
				}
				if len(further) > 0 {
					next, further = further[0], further[1:]
				}
				return next
			}
			var long []*picture.Picture
			if err := b.Render(t.Context(), r, func(x engine.Rendered) error {
				if long = append(long, x.Picture); len(long) == 4 {
					idle <- struct{}{}
				}
				if runtime.GOOS == "linux" && (x.Memory < 10<<20 || x.Memory > 4<<30) {
					t.Errorf("%v: %d bytes held", x.Tile, x.Memory)
				}
				if x.Setup <= 0 || x.Took <= x.Setup {
					t.Errorf("%v took %v with a setup of %v", x.Tile, x.Took, x.Setup)
				}
				return nil
			}); err != nil || len(long) != 5 {
				t.Fatalf("%d tiles: %v", len(long), err)
			}
			for i, n := range map[int]int{0: 1, 1: 0, 3: 1, 4: 0} {
				same(t, fmt.Sprintf("tile %d of a long run", i), long[i], want[n])
			}

			r.Tiles, r.Threads, r.More = []engine.Tile{whole(4)}, 1, nil
			if name != "composited" {
				r.Tiles = []engine.Tile{tile(4), whole(4)}
			}
			again := render(t, b, r)
			same(t, "one thread, a new process", again[len(again)-1], want[1])
			if name != "composited" {
				same(t, "a tile alone and in a run", again[0], got[4])
				if got[3].Hash() == got[4].Hash() {
					t.Error("a tile is the same in two frames that differ")
				}
			}
		})
	}
}

// TestFormsEqualBlenders has every form of pixels, of a transparent scene.
func TestFormsEqualBlenders(t *testing.T) {
	t.Parallel()
	b := start(t)
	scene := made(t, "motion", 5, 48, 32, 3)
	bundle := packed(t, b, scene)
	for form, set := range map[picture.Form]string{
		picture.RGB8:      "i.file_format, i.color_mode, i.color_depth = 'PNG', 'RGB', '8'",
		picture.RGBA16:    "i.file_format, i.color_mode, i.color_depth = 'PNG', 'RGBA', '16'",
		picture.RGBHalf:   "i.file_format, i.color_mode, i.color_depth = 'OPEN_EXR', 'RGB', '16'",
		picture.RGBAFloat: "i.file_format, i.color_mode, i.color_depth = 'OPEN_EXR', 'RGBA', '32'",
	} {
		t.Run(form.String(), func(t *testing.T) {
			want := plainly(t, scene, "i = s.render.image_settings; "+set+"; s.cycles.samples = 7; s.render.resolution_x = 40; s.render.resolution_y = 22", form, 3)
			r := request(t, bundle, 3)
			r.Settings = engine.Settings{Width: 40, Height: 22, Samples: 7, Form: form}
			r.Tiles[0].W, r.Tiles[0].H = 40, 22
			same(t, "a frame", render(t, b, r)[0], want[0])
		})
	}
}

// TestSettingsAreOurs renders a scene that sets borders, stamps, a movie, a
// graphics card, and outputs of its own; and one with a baked simulation.
func TestSettingsAreOurs(t *testing.T) {
	t.Parallel()
	b := start(t)
	dir := scenes(t)
	good := plainly(t, filepath.Join(dir, "good.blend"), "", picture.RGB8, 2)[0]
	same(t, "a scene's own settings", render(t, b, request(t, packed(t, b, filepath.Join(dir, "own.blend")), 2))[0], good)
	if left, _ := filepath.Glob(filepath.Join(dir, "own-output*")); len(left) > 0 {
		t.Errorf("the scene wrote its own output: %v", left)
	}

	baked := filepath.Join(dir, "baked.blend")
	want := plainly(t, baked, "", picture.RGB8, 4)
	got := render(t, b, request(t, packed(t, b, baked), 5, 4))
	same(t, "a baked simulation", got[1], want[0])
	if got[0].Hash() == got[1].Hash() {
		t.Error("the baked simulation does not move")
	}
}
