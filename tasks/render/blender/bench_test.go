package blender

import (
	"path/filepath"
	"testing"
	"time"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
)

// BenchmarkFrames renders twelve frames with one thread, in one run of Render
// and by Blender's own command line: %speed is ours of Blender's.
func BenchmarkFrames(b *testing.B) {
	e := start(b)
	const frames, w, h = 12, 480, 270
	scene := made(b, "spheres", frames, w, h, 32)
	bundle := packed(b, e, scene)
	r := request(b, bundle)
	r.Threads, r.Foreign = 1, false
	r.Settings = engine.Settings{Width: w, Height: h, Form: picture.RGB8}
	for n := range frames {
		r.Tiles = append(r.Tiles, engine.Tile{Frame: n + 1, W: w, H: h})
	}
	var ours, theirs, first time.Duration
	for b.Loop() {
		begun := time.Now()
		if err := e.Render(b.Context(), r, func(x engine.Rendered) error {
			if x.Tile.Frame == 1 {
				first += x.Setup
			}
			_ = x.Picture.Encode()
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		ours += time.Since(begun)
		begun = time.Now()
		program(b, scene, "-t", "1", "-o", filepath.Join(b.TempDir(), "f"), "-a")
		theirs += time.Since(begun)
	}
	b.ReportMetric(100*theirs.Seconds()/ours.Seconds(), "%speed")
	b.ReportMetric(ours.Seconds()/float64(b.N)/frames, "s/frame")
	b.ReportMetric(first.Seconds()/float64(b.N), "s/setup")
}
