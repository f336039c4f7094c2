package blender

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
	"supercomputing/tasks/sandbox"
)

const (
	maxTiles   = 1 << 16
	maxFrame   = 1048574 // Blender's own bounds
	maxSamples = 1 << 24 // Cycles' own
	processes  = 256     // Blender's threads: some for each core, and its libraries'
)

// Render implements engine.Engine: all tiles in one process. The first tile's
// Setup includes starting Blender and reading the scene.
func (b *Blender) Render(ctx context.Context, r engine.Request, emit func(engine.Rendered) error) (err error) {
	if err := check(r); err != nil {
		return err
	}
	if r.Bundle, err = filepath.Abs(r.Bundle); err != nil {
		return err
	}
	if r.Scratch, err = filepath.Abs(r.Scratch); err != nil {
		return err
	}
	build, err := b.Build(ctx)
	if err != nil {
		return err
	}
	if err := b.CheckBundle(r.Bundle); err != nil {
		return err
	}
	if err := readable(filepath.Join(r.Bundle, sceneFile), build); err != nil {
		return err
	}
	isolate, err := isolated(ctx, r)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := sandbox.Clean(r.Scratch); err == nil && cerr != nil {
			err = cerr
		}
	}()
	w := newWork(r, emit)
	return w.run(ctx, b, build.Path, isolate)
}

// check refuses what no tile can be rendered from, before anything starts. A
// picture's size is bounded here: its buffers would be taken at once.
func check(r engine.Request) error {
	s := r.Settings
	if !s.Form.Valid() {
		return fmt.Errorf("%w: unknown pixel format", engine.ErrScene)
	}
	if s.Width < 4 || s.Height < 4 || s.Width > picture.MaxSide || s.Height > picture.MaxSide ||
		int64(s.Width)*int64(s.Height) > picture.MaxPixels {
		return fmt.Errorf("%w: a frame of %d×%d pixels", engine.ErrLimit, s.Width, s.Height)
	}
	if s.Samples < 0 || s.Samples > maxSamples {
		return fmt.Errorf("%w: %d samples per pixel", engine.ErrLimit, s.Samples)
	}
	if len(r.Tiles) == 0 || len(r.Tiles) > maxTiles {
		return fmt.Errorf("%w: %d tiles at once", engine.ErrLimit, len(r.Tiles))
	}
	for _, t := range r.Tiles {
		if t.W < 1 || t.H < 1 || t.X < 0 || t.Y < 0 || t.X > s.Width-t.W || t.Y > s.Height-t.H {
			return fmt.Errorf("%w: %v is not in the frame", engine.ErrScene, t)
		}
		if t.Frame < -maxFrame || t.Frame > maxFrame {
			return fmt.Errorf("%w: Blender has no frame %d", engine.ErrScene, t.Frame)
		}
	}
	if r.Threads < 1 || r.Threads > 1024 {
		return fmt.Errorf("%w: %d threads", engine.ErrLimit, r.Threads)
	}
	return nil
}

// isolated decides whether the work happens in the sandbox: always where there
// is one; without it only what is trusted, or allowed by the owner.
func isolated(ctx context.Context, r engine.Request) (bool, error) {
	err := sandbox.Available(ctx)
	if err == nil || ctx.Err() != nil {
		return true, context.Cause(ctx)
	}
	if r.Foreign && !r.Allowed {
		return false, fmt.Errorf("%w: %w", engine.ErrSandbox, err)
	}
	return false, nil
}

// work is one call of Render.
type work struct {
	r     engine.Request
	emit  func(engine.Rendered) error
	ready chan ready
}

// ready tells of a tile's file.
type ready struct {
	n           int
	file        string
	setup, took time.Duration
}

func newWork(r engine.Request, emit func(engine.Rendered) error) *work {
	// Room for all: whoever reads Blender's output never waits for emit.
	return &work{r: r, emit: emit, ready: make(chan ready, len(r.Tiles))}
}

var (
	errEmit  = errors.New("the tile was refused")
	errStuck = fmt.Errorf("%w: a tile took too long", engine.ErrLimit)
)

// run starts Blender and hands out tiles until it ends.
func (w *work) run(ctx context.Context, b *Blender, program string, isolate bool) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var timer *time.Timer
	if w.r.Time > 0 {
		timer = time.AfterFunc(w.r.Time, func() {
			cancel(fmt.Errorf("%w: more than %v", errStuck, w.r.Time.Round(time.Second)))
		})
		defer timer.Stop()
	}
	clock := &stopwatch{start: time.Now()}
	p := w.process(program, isolate)
	p.line = clock.line
	p.event = func(e event) {
		var v struct {
			N    int
			File string
		}
		if e.kind != "tile" || e.as(&v) != nil || len(w.ready) == cap(w.ready) {
			return
		}
		if timer != nil {
			timer.Reset(w.r.Time)
		}
		setup, took := clock.lap()
		w.ready <- ready{n: v.N, file: v.File, setup: setup, took: took}
	}
	var failed error
	go func() {
		failed = b.start(ctx, p)
		close(w.ready)
	}()
	done, err := w.deliver(cancel)
	switch {
	case err != nil:
		return err
	case failed != nil:
		return failed
	case done < len(w.r.Tiles):
		return fmt.Errorf("%w: Blender ended after %d of %d tiles", engine.ErrScene, done, len(w.r.Tiles))
	}
	return nil
}

// deliver reads tiles and emits them until the process has ended.
func (w *work) deliver(cancel context.CancelCauseFunc) (done int, err error) {
	for t := range w.ready {
		if err != nil {
			continue // the process is being ended
		}
		if err = w.deliverOne(done, t); err != nil {
			cancel(errEmit)
			continue
		}
		done++
	}
	return done, err
}

func (w *work) deliverOne(n int, t ready) error {
	if t.n != n || t.n >= len(w.r.Tiles) {
		return fmt.Errorf("%w: the driver told of tile %d instead of %d", engine.ErrScene, t.n, n)
	}
	tile := w.r.Tiles[n]
	p, err := readTile(w.r.Scratch, t.file, w.r.Settings.Form, tile.W, tile.H)
	if err != nil {
		return fmt.Errorf("%v: %w", tile, err)
	}
	// Blender waits when too many files are there.
	if err := os.Remove(filepath.Join(w.r.Scratch, t.file)); err != nil {
		return err
	}
	return w.emit(engine.Rendered{Tile: tile, Picture: p, Setup: t.setup, Took: t.took})
}

func (w *work) process(program string, isolate bool) process {
	r, f := w.r, w.r.Settings.Form
	o := order{
		Do: "tiles", Bundle: r.Bundle, Scratch: r.Scratch, Threads: r.Threads,
		Width: r.Settings.Width, Height: r.Settings.Height, Samples: r.Settings.Samples,
		Float: f.Float(), Alpha: f.Alpha(), Depth: depth(f),
	}
	for _, t := range r.Tiles {
		o.Tiles = append(o.Tiles, orderTile{Frame: t.Frame, X: t.X, Y: t.Y, W: t.W, H: t.H})
	}
	nice := 0
	if r.Foreign { // whoever lends the machine goes before
		nice = 19
	}
	return process{
		nice: nice, program: program, scene: filepath.Join(r.Bundle, sceneFile), order: o, scratch: r.Scratch,
		read: []string{r.Bundle}, threads: r.Threads, isolate: isolate,
		limits: sandbox.Limits{Memory: r.Memory, Disk: r.Disk, Processes: processes + 8*r.Threads, Files: r.Disk},
	}
}

// depth is a form's bits per sample, as Blender has them.
func depth(f picture.Form) string {
	switch f {
	case picture.RGB8, picture.RGBA8:
		return "8"
	case picture.RGBFloat, picture.RGBAFloat:
		return "32"
	}
	return "16"
}

// readTile reads a picture that Blender wrote. The folder is in a stranger's
// hands if the scene broke into Blender.
func readTile(dir, name string, f picture.Form, w, h int) (*picture.Picture, error) {
	if name != filepath.Base(name) || !strings.HasPrefix(name, "tile-") {
		return nil, fmt.Errorf("%w: a picture called %q", engine.ErrScene, clean(name))
	}
	// Two more bytes for each sample, and a header, is more than any form takes.
	file, err := sandbox.Open(dir, name, int64(w)*int64(h)*int64(f.Bytes())*2+1<<20)
	if err != nil {
		return nil, fmt.Errorf("%w: Blender's picture: %w", engine.ErrScene, err)
	}
	defer file.Close()
	return decode(file, f, w, h)
}

func decode(r io.Reader, f picture.Form, w, h int) (*picture.Picture, error) {
	read := picture.ReadPNG
	if f.Float() {
		read = picture.ReadEXR
	}
	p, err := read(r, int64(w)*int64(h))
	if err != nil {
		return nil, fmt.Errorf("reading Blender's picture: %w", err)
	}
	if p.Form != f || p.W != w || p.H != h {
		return nil, fmt.Errorf("%w: Blender's picture is %v of %d×%d instead of %v of %d×%d", engine.ErrScene, p.Form, p.W, p.H, f, w, h)
	}
	return p, nil
}
