package render

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks/render/blender"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
	"supercomputing/tasks/render/sample"
	"supercomputing/tasks/sandbox"
)

// The scene of the benchmarks: 48 frames, each of six to eight seconds of one
// core.
const (
	benchFrames  = 48
	benchWidth   = 480
	benchHeight  = 270
	benchSamples = 36
)

func benchScene(b *testing.B) (path string, build engine.Build) {
	b.Helper()
	build, err := blender.New(blender.Options{}).Build(b.Context())
	if err != nil {
		b.Skip(err)
	}
	if err := sandbox.Available(b.Context()); err != nil {
		b.Skip("no sandbox: ", err)
	}
	path, err = sample.Blend(b.Context(), "", b.TempDir(), sample.Spec{
		Name: "spheres", Frames: benchFrames, Width: benchWidth, Height: benchHeight, Samples: benchSamples,
	})
	if err != nil {
		b.Fatal(err)
	}
	return path, build
}

// alone renders frames with Blender's own command line on two threads, and
// returns how long it took.
func alone(b *testing.B, scene string, build engine.Build, last int) time.Duration {
	b.Helper()
	start := time.Now()
	out, err := exec.CommandContext(b.Context(), build.Path, "-b", "--factory-startup", "--disable-autoexec", "-noaudio",
		scene, "-o", filepath.Join(b.TempDir(), "####"), "-F", "PNG", "-t", "2", "-s", "1", "-e", fmt.Sprint(last), "-a").CombinedOutput()
	if err != nil {
		b.Fatalf("%v: %.2000s", err, out)
	}
	return time.Since(start)
}

// BenchmarkBlender48 renders 48 frames with Blender alone, on two threads.
func BenchmarkBlender48(b *testing.B) {
	scene, build := benchScene(b)
	for b.Loop() {
		alone(b, scene, build, benchFrames)
	}
}

// BenchmarkRender48 renders the same frames on two nodes of one core each, from
// the post to the last file in the requester's folder, over loopback TCP and
// with checks off. What a node idles between its first tile's beginning and its
// last one's end is the overhead of units.
func BenchmarkRender48(b *testing.B) { render48(b, ChecksOff) }

// BenchmarkRenderChecked48 does it with the usual checks, of nodes that the
// requester does not know: the dearest case. It renders the own checks on the
// same two cores.
func BenchmarkRenderChecked48(b *testing.B) { render48(b, ChecksUsual) }

// watched is an engine whose nodes' time is looked at.
type watched struct {
	engine.Engine

	mu    sync.Mutex // guards what follows
	begun time.Time  // of the first process
	ended time.Time  // of the last tile
	tiles time.Duration
	units int
	runs  int
}

func (w *watched) Render(ctx context.Context, r engine.Request, emit func(engine.Rendered) error) error {
	w.mu.Lock()
	if w.runs++; w.runs == 1 {
		w.begun = time.Now()
	}
	w.units++
	w.mu.Unlock()
	if ask := r.More; ask != nil {
		r.More = func(ctx context.Context) []engine.Tile {
			tiles := ask(ctx)
			w.mu.Lock()
			defer w.mu.Unlock()
			if len(tiles) > 0 {
				w.units++
			}
			return tiles
		}
	}
	return w.Engine.Render(ctx, r, func(d engine.Rendered) error {
		w.mu.Lock()
		w.tiles += d.Took
		w.ended = time.Now()
		w.mu.Unlock()
		return emit(d)
	})
}

func render48(b *testing.B, checks Checks) {
	scene, build := benchScene(b)
	frame := timeFrame(b, blender.New(blender.Options{}), scene)
	for b.Loop() {
		b.StopTimer()
		m := newMarket(b, 200*time.Millisecond, known(b), nil)
		m.wires.listen(b)
		var nodes []*watched
		for i := range byte(2) {
			w := &watched{Engine: known(b)}
			nodes = append(nodes, w)
			m.node(i+2, w)
		}
		post := m.prepare(Plan{
			Scene: scene, Engine: "blender", Version: build.Version, Frames: []Range{{1, benchFrames, 1}},
			Settings: engine.Settings{Width: benchWidth, Height: benchHeight, Samples: benchSamples, Form: picture.RGB8},
			Format:   PNG, Output: filepath.Join(b.TempDir(), "frames"), Checks: checks,
			FrameSeconds: frame.Seconds(), SetupSeconds: 0.2, Rows: 1, Cols: 1,
		}, types.Coin)
		b.StartTimer()
		start := time.Now()
		id := m.send(post)
		m.until("the first tile", 10*time.Minute, func() bool { return m.detail(id).Checks.Tiles > 0 })
		first := time.Since(start)
		m.until("the last frame", time.Hour, func() bool {
			j, err := m.coord.Job(id)
			return err == nil && j.Progress.Done == benchFrames
		})
		all := time.Since(start)
		b.StopTimer()
		s := m.detail(id)
		b.ReportMetric(first.Seconds(), "s-to-first-tile")
		b.ReportMetric(100*s.Checks.Share, "%-repeated")
		report(b, nodes, start, start.Add(all))
		for _, n := range m.nodes {
			n.stop()
		}
		m.stop()
		b.StartTimer()
	}
}

// report tells where two nodes' time went that was not in tiles.
func report(b *testing.B, nodes []*watched, start, end time.Time) {
	var before, between, after time.Duration
	units, runs := 0, 0
	for _, w := range nodes {
		w.mu.Lock()
		before += w.begun.Sub(start)
		between += w.ended.Sub(w.begun) - w.tiles
		after += end.Sub(w.ended)
		units, runs = units+w.units, runs+w.runs
		w.mu.Unlock()
	}
	n := time.Duration(len(nodes))
	b.ReportMetric((before / n).Seconds(), "s-to-begin")
	b.ReportMetric(between.Seconds()*1000/float64(units), "ms-idle/unit")
	b.ReportMetric((after / n).Seconds(), "s-idle-at-end")
	b.ReportMetric(float64(units), "units")
	b.ReportMetric(float64(runs), "processes")
}

// known is a Blender whose build has been looked at, as a node's is before it
// looks for jobs.
func known(b *testing.B) engine.Engine {
	b.Helper()
	e := blender.New(blender.Options{})
	if _, err := e.Build(b.Context()); err != nil {
		b.Fatal(err)
	}
	return e
}

// timeFrame is what one frame takes on one core, as a trial tells it.
func timeFrame(b *testing.B, e engine.Engine, scene string) time.Duration {
	b.Helper()
	dir := b.TempDir()
	if err := e.Pack(b.Context(), scene, dir); err != nil {
		b.Fatal(err)
	}
	s := engine.Settings{Width: benchWidth, Height: benchHeight, Samples: benchSamples, Form: picture.RGB8}
	var took time.Duration
	err := e.Render(b.Context(), engine.Request{
		Bundle: dir, Scratch: b.TempDir(), Settings: s, Tiles: []engine.Tile{{Frame: 1, W: s.Width, H: s.Height}}, Threads: 1, Foreign: true,
	}, func(r engine.Rendered) error { took = r.Took; return nil })
	if err != nil {
		b.Fatal(err)
	}
	return took
}

// BenchmarkUnitOverhead is what leases and tiles cost besides the engine:
// asking, storing, sending and accepting small pictures, over loopback TCP and
// with an engine that takes no time.
func BenchmarkUnitOverhead(b *testing.B) {
	const frames = 200
	for b.Loop() {
		b.StopTimer()
		m := newMarket(b, 100*time.Millisecond, new(paint), nil)
		m.wires.listen(b)
		e := new(paint)
		asks := 0
		n := m.node(2, e, func(msg []byte) []byte {
			if len(msg) > 1 && msg[1] == kindAsk {
				asks++
			}
			return msg
		})
		_, id := m.painting(frames, ChecksOff, 1)
		tiles := func(n int) func() bool { return func() bool { return m.detail(id).Checks.Tiles >= n } }
		m.until("the first tile", time.Minute, tiles(1))
		b.StartTimer()
		start, had := time.Now(), m.detail(id).Checks.Tiles
		m.until("the last tile", 10*time.Minute, tiles(frames))
		took := time.Since(start).Seconds() * 1000
		b.StopTimer()
		n.stop()
		b.ReportMetric(took/float64(max(frames-had, 1)), "ms/tile")
		b.ReportMetric(took/float64(max(asks, 1)), "ms/unit")
		m.stop()
		b.StartTimer()
	}
}
