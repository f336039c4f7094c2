package render

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supercomputing/tasks"
	"supercomputing/tasks/render/blender"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
	"supercomputing/tasks/render/povray"
	"supercomputing/tasks/render/sample"
	"supercomputing/tasks/sandbox"
)

// program is a real engine and a small scene of it.
type program struct {
	engine engine.Engine
	scene  string
}

// programs are the engines that this machine has.
func programs(t testing.TB) map[string]program {
	t.Helper()
	out := make(map[string]program)
	if _, err := blender.New(blender.Options{}).Build(t.Context()); err == nil {
		path, err := sample.Blend(t.Context(), "", t.TempDir(), sample.Spec{
			Name: "plain", Frames: 8, Width: testSettings.Width, Height: testSettings.Height, Samples: testSettings.Samples,
		})
		if err != nil {
			t.Fatal(err)
		}
		out["blender"] = program{blender.New(blender.Options{}), path}
	} else if !errors.Is(err, engine.ErrMissing) {
		t.Fatal(err)
	}
	if _, err := povray.New(povray.Options{}).Build(t.Context()); err == nil {
		path, err := sample.Pov(t.TempDir(), sample.Spec{
			Name: "spheres", Frames: 8, Width: testSettings.Width, Height: testSettings.Height, Samples: testSettings.Samples,
		})
		if err != nil {
			t.Fatal(err)
		}
		out["povray"] = program{povray.New(povray.Options{}), path}
	} else if !errors.Is(err, engine.ErrMissing) {
		t.Fatal(err)
	}
	if len(out) == 0 {
		t.Skip("neither Blender nor POV-Ray is installed")
	}
	if err := sandbox.Available(t.Context()); err != nil {
		t.Skip("no sandbox: ", err)
	}
	return out
}

// newRealPlay makes a job of frames 1 to n of a real scene.
func newRealPlay(t *testing.T, h *hub, pr program, n, samples int) *play {
	t.Helper()
	p := newPlay(t, h, n)
	dir := filepath.Join(t.TempDir(), "bundle")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := pr.engine.Pack(t.Context(), pr.scene, dir); err != nil {
		t.Fatal(err)
	}
	var err error
	if p.bundle, err = h.swarm(9).Publish(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	b, err := pr.engine.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	spec, err := DecodeSpec(p.job.Post.Spec)
	if err != nil {
		t.Fatal(err)
	}
	spec.Engine, spec.Series, spec.BundleSize, spec.PieceLength = b.Engine, b.Series(), p.bundle.Size, p.bundle.PieceLength
	spec.Settings.Samples, spec.CoreSeconds = samples, 1
	if p.job.Post.Spec, err = spec.Encode(); err != nil {
		t.Fatal(err)
	}
	p.job.Post.InfoHash = p.bundle.InfoHash[:]
	p.scene = []byte(dir)
	return p
}

// local renders frames without any market.
func (p *play) local(e engine.Engine, frames ...int) (out []*picture.Picture) {
	p.t.Helper()
	r := engine.Request{Bundle: string(p.scene), Scratch: p.t.TempDir(), Settings: testSettings, Threads: 2, Foreign: true}
	for _, f := range frames {
		r.Tiles = append(r.Tiles, whole(f))
	}
	got := make(map[engine.Tile]*picture.Picture) // POV-Ray's come as they are done
	err := e.Render(p.t.Context(), r, func(d engine.Rendered) error { got[d.Tile] = d.Picture; return nil })
	if err != nil {
		p.t.Fatal(err)
	}
	for _, t := range r.Tiles {
		out = append(out, got[t])
	}
	return out
}

// A node's frames by the real programs are those of a local render, with other
// numbers of threads and in other processes.
func TestWorkerReal(t *testing.T) {
	t.Parallel()
	for name, pr := range programs(t) {
		h, dir := newHub(), t.TempDir()
		p := newRealPlay(t, h, pr, 3, testSettings.Samples)
		p.leases = []lease{unitOf(1, 1, 2), unitOf(2, 3)}
		d, _ := testDapp(t, h, pr.engine, func(o *Options) { o.Memory = 4 << 30 })
		if err := d.Check(p.job); err != nil {
			t.Fatal(name, err)
		}
		if err := d.Work(t.Context(), p.job, dir, p); err != nil {
			t.Fatal(name, err)
		}
		for i, want := range p.local(pr.engine, 1, 2, 3) {
			got, err := picture.Decode(p.got[whole(i+1)], testSettings.Form, want.W, want.H)
			if err != nil || !bytes.Equal(got.Pix, want.Pix) {
				t.Errorf("%s: frame %d differs from a local render: %v", name, i+1, err)
			}
		}
		empty(t, dir)
	}
}

// Endless samples cost the node its bound of time, and the requester is told.
func TestWorkerEndlessSamples(t *testing.T) {
	t.Parallel()
	pr, is := programs(t)["blender"]
	if !is {
		t.Skip("Blender is not installed")
	}
	h, dir := newHub(), t.TempDir()
	p := newRealPlay(t, h, pr, 100, MaxSamples)
	p.leases = []lease{unitOf(1, 1)}
	d, _ := testDapp(t, h, pr.engine, func(o *Options) { o.Memory = 4 << 30 })
	d.leastTime = time.Second / 2 // with few pixels even so many samples come to an end
	start := time.Now()
	if err := d.Work(t.Context(), p.job, dir, p); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 40*time.Second {
		t.Error("it took", took)
	}
	if len(p.failed) != 1 || p.failed[0].Reason != reasonLimit || !strings.Contains(p.failed[0].Text, "too long") {
		t.Errorf("told %+v, got %d tiles", p.failed, len(p.got))
	}
	empty(t, dir)
}

// A pause in the middle of a real frame leaves no process and no scratch, and
// is quick.
func TestWorkerRealPause(t *testing.T) {
	t.Parallel()
	pr, is := programs(t)["blender"]
	if !is {
		t.Skip("Blender is not installed")
	}
	h, dir := newHub(), t.TempDir()
	p := newRealPlay(t, h, pr, 100, MaxSamples)
	p.leases = []lease{unitOf(1, 1)}
	d, _ := testDapp(t, h, pr.engine, func(o *Options) { o.Memory = 4 << 30 })
	pause := errors.New("pause")
	ctx, cancel := context.WithCancelCause(t.Context())
	var ended time.Time
	go func() { // the driver's files tell that Blender is at work
		defer func() { ended = time.Now(); cancel(pause) }()
		for {
			if left, _ := os.ReadDir(filepath.Join(dir, scratchDir)); len(left) > 0 {
				return
			}
			select {
			case <-time.After(10 * time.Millisecond):
			case <-t.Context().Done():
				return
			}
		}
	}()
	if err := d.Work(ctx, p.job, dir, p); !errors.Is(err, pause) || errors.Is(err, tasks.ErrEnded) {
		t.Fatal(err)
	}
	if since := time.Since(ended); since > 5*time.Second {
		t.Error("the pause took", since)
	}
	if _, err := os.Stat(filepath.Join(dir, scratchDir)); err == nil {
		t.Error("scratch is left")
	}
	if len(p.failed) != 0 {
		t.Errorf("told %+v", p.failed)
	}
}
