package render

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks/render/blender"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
	"supercomputing/tasks/render/sample"
	"supercomputing/tasks/sandbox"
)

// The scene of the benchmarks: some seconds of one core for each of 48 frames.
const (
	benchFrames  = 48
	benchWidth   = 480
	benchHeight  = 270
	benchSamples = 48
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
// with checks off.
func BenchmarkRender48(b *testing.B) { render48(b, ChecksOff) }

// BenchmarkRenderChecked48 does it with the usual checks, of nodes that the
// requester does not know: the dearest case. It renders the own checks on the
// same two cores.
func BenchmarkRenderChecked48(b *testing.B) { render48(b, ChecksUsual) }

func render48(b *testing.B, checks Checks) {
	scene, build := benchScene(b)
	var first time.Duration
	for b.Loop() {
		b.StopTimer()
		m := newMarket(b, time.Second, blender.New(blender.Options{}), nil)
		m.wires.listen(b)
		for i := range byte(2) {
			m.node(i+2, blender.New(blender.Options{}))
		}
		e := blender.New(blender.Options{})
		frame := timeFrame(b, e, scene)
		p := Plan{
			Scene: scene, Engine: "blender", Version: build.Version, Frames: []Range{{1, benchFrames, 1}},
			Settings: engine.Settings{Width: benchWidth, Height: benchHeight, Samples: benchSamples, Form: picture.RGB8},
			Format:   PNG, Output: filepath.Join(b.TempDir(), "frames"), Checks: checks,
			FrameSeconds: frame.Seconds(), SetupSeconds: 0.2, Rows: 1, Cols: 1,
		}
		b.StartTimer()
		start := time.Now()
		id := m.post(p, types.Coin)
		m.until("the first tile", 10*time.Minute, func() bool { return m.detail(id).Checks.Tiles > 0 })
		first = time.Since(start)
		var s State
		m.until("the last frame", time.Hour, func() bool {
			j, err := m.coord.Job(id)
			s = m.detail(id)
			return err == nil && j.Progress.Done == benchFrames
		})
		b.StopTimer()
		b.ReportMetric(first.Seconds(), "s-to-first-tile")
		b.ReportMetric(100*s.Checks.Share, "%-repeated")
		for _, n := range m.nodes {
			n.stop()
		}
		m.stop()
		b.StartTimer()
	}
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
		n := m.node(2, e)
		_, id := m.painting(frames, ChecksOff, 1)
		tiles := func(n int) func() bool { return func() bool { return m.detail(id).Checks.Tiles >= n } }
		m.until("the first tile", time.Minute, tiles(1))
		b.StartTimer()
		start, had := time.Now(), m.detail(id).Checks.Tiles
		m.until("the last tile", 10*time.Minute, tiles(frames))
		took := time.Since(start).Seconds() * 1000
		b.StopTimer()
		b.ReportMetric(took/float64(max(frames-had, 1)), "ms/tile")
		b.ReportMetric(took/float64(max(len(e.requests), 1)), "ms/unit")
		n.stop()
		m.stop()
		b.StartTimer()
	}
}
