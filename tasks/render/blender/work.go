package blender

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/sandbox"
)

// work is one process that renders tiles: those it is started with, and further
// ones that it reads from its standard input.
type work struct {
	r     engine.Request
	emit  func(engine.Rendered) error
	ready chan ready
	last  chan struct{} // the last tile that the process has may have begun
	clock stopwatch
	meter *sandbox.Meter // of the process
	timer *time.Timer    // of the tile at work; nil: no limit

	mu    sync.Mutex    // guards what follows
	tiles []engine.Tile // that the process was handed
	stood time.Duration // by the meter when the tile at work began
	told  int           // of them it says that they are done
	first int64         // bytes that it held after its first tile
	holds int64         // and after the latest

	next []engine.Tile // for another process; feed's, then run's
}

// ready tells of a tile's file.
type ready struct {
	n           int
	file        string
	setup, took time.Duration
	peak        int64 // bytes that Blender held at most so far
}

// mostReady is more than the files that the driver lets wait, so that whoever
// reads Blender's output never waits for emit.
const mostReady = 16

func newWork(r engine.Request, emit func(engine.Rendered) error) *work {
	meter := new(sandbox.Meter)
	return &work{r: r, emit: emit, tiles: r.Tiles, meter: meter, clock: stopwatch{meter: meter}, ready: make(chan ready, mostReady), last: make(chan struct{}, 1)}
}

var (
	errEmit  = errors.New("the tile was refused")
	errStuck = fmt.Errorf("%w: a tile took too long", engine.ErrLimit)
	errGone  = errors.New("Blender has ended")
)

// run starts Blender and hands out tiles until it ends.
func (w *work) run(ctx context.Context, b *Blender, program string, isolate bool) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if w.r.Time > 0 {
		w.mu.Lock() // the timer's function wants to see it
		w.timer = time.AfterFunc(w.r.Time, func() {
			if !w.stoodStill() {
				cancel(fmt.Errorf("%w: more than %v", errStuck, w.r.Time.Round(time.Second)))
			}
		})
		w.mu.Unlock()
		defer w.timer.Stop()
	}
	w.clock.wait()
	p := w.process(program, isolate)
	p.line, p.event = w.clock.line, w.hear
	var feeding sync.WaitGroup
	fed, stop := context.WithCancelCause(ctx)
	if w.r.More != nil {
		in, lines := io.Pipe()
		p.stdin = in
		context.AfterFunc(fed, func() { in.CloseWithError(errGone) })
		feeding.Go(func() {
			if err := w.feed(fed, lines); err != nil {
				cancel(err)
			}
		})
	}
	var failed error
	go func() {
		failed = b.start(ctx, p)
		stop(errGone)
		close(w.ready)
	}()
	done, err := w.deliver(cancel)
	feeding.Wait()
	switch {
	case err != nil:
		return err
	case failed != nil:
		return failed
	case done < len(w.tiles):
		return fmt.Errorf("%w: Blender ended after %d of %d tiles", engine.ErrScene, done, len(w.tiles))
	}
	return nil
}

// hear takes a line of the driver.
func (w *work) hear(e event) {
	var v struct {
		N      int
		File   string
		Memory int64
		Peak   int64
	}
	tile := e.kind == "tile"
	if !tile && e.kind != "loaded" || e.as(&v) != nil || len(w.ready) == cap(w.ready) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if tile {
		if w.told++; w.told == 1 {
			w.first = v.Memory
		}
		w.holds = v.Memory
		setup, took := w.clock.lap()
		w.beginLocked()
		w.ready <- ready{n: v.N, file: v.File, setup: setup, took: took, peak: v.Peak} // there is room
	}
	if len(w.tiles)-w.told <= 1 {
		w.ask()
	}
}

// stoodStill gives the tile at work the time back in which the process stood
// still, if it did.
func (w *work) stoodStill() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.told >= len(w.tiles) { // no tile is at work any more
		return true
	}
	more := w.meter.Stood() - w.stood
	if more <= 0 {
		return false
	}
	w.stood += more
	w.timer.Reset(more)
	return true
}

// beginLocked gives the next tile its time; waiting for one is not limited.
func (w *work) beginLocked() {
	w.stood = w.meter.Stood()
	switch {
	case w.timer == nil:
	case w.told < len(w.tiles):
		w.timer.Reset(w.r.Time)
	default:
		w.timer.Stop()
	}
}

// ask makes feed look whether there are more tiles.
func (w *work) ask() {
	select {
	case w.last <- struct{}{}:
	default:
	}
}

// feed hands the driver further tiles, a JSON list in each line, and ends its
// input when there are none. A process that has grown gets none: they are for
// another.
func (w *work) feed(ctx context.Context, to io.WriteCloser) error {
	defer to.Close()
	for {
		select {
		case <-w.last:
		case <-ctx.Done():
			return nil
		}
		if w.left() > 1 {
			continue
		}
		more := w.r.More(ctx)
		if len(more) == 0 || ctx.Err() != nil {
			return nil
		}
		if err := checkTiles(w.r.Settings, more); err != nil {
			return err
		}
		if w.grown() {
			w.next = more
			return nil
		}
		line, err := json.Marshal(orderTiles(more))
		if err != nil {
			return err
		}
		w.add(more)
		if _, err := to.Write(append(line, '\n')); err != nil {
			return nil // it has ended, and says why
		}
	}
}

func (w *work) left() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.tiles) - w.told
}

// add notes tiles that the process is about to be handed.
func (w *work) add(more []engine.Tile) {
	w.mu.Lock()
	defer w.mu.Unlock()
	idle := w.told >= len(w.tiles)
	w.tiles = append(w.tiles[:len(w.tiles):len(w.tiles)], more...)
	if idle {
		w.clock.wait()
		w.beginLocked()
	}
	if len(w.tiles)-w.told <= 1 {
		w.ask()
	}
}

// spare is how much more than twice as many bytes a process may hold after a
// tile as after its first one. None was seen to grow.
const spare = 128 << 20

func (w *work) grown() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.holds > 2*w.first+spare
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
	w.mu.Lock()
	known := w.tiles
	w.mu.Unlock()
	if t.n != n || n >= len(known) {
		return fmt.Errorf("%w: the driver told of tile %d instead of %d", engine.ErrScene, t.n, n)
	}
	tile := known[n]
	p, err := readTile(w.r.Scratch, t.file, w.r.Settings.Form, tile.W, tile.H)
	if err != nil {
		return fmt.Errorf("%v: %w", tile, err)
	}
	// Blender waits when too many files are there.
	if err := os.Remove(filepath.Join(w.r.Scratch, t.file)); err != nil {
		return err
	}
	return w.emit(engine.Rendered{Tile: tile, Picture: p, Setup: t.setup, Took: t.took, Memory: t.peak})
}

func (w *work) process(program string, isolate bool) process {
	r, f := w.r, w.r.Settings.Form
	o := order{
		Do: "tiles", Bundle: r.Bundle, Scratch: r.Scratch, Threads: r.Threads,
		Width: r.Settings.Width, Height: r.Settings.Height, Samples: r.Settings.Samples,
		Float: f.Float(), Alpha: f.Alpha(), Depth: depth(f), Tiles: orderTiles(r.Tiles),
	}
	nice := 0
	if r.Foreign { // whoever lends the machine goes before
		nice = 19
	}
	return process{
		brake: r.Brake, meter: w.meter,
		nice: nice, program: program, scene: filepath.Join(r.Bundle, sceneFile), order: o, scratch: r.Scratch,
		read: append(installation(program), r.Bundle), threads: r.Threads, isolate: isolate,
		limits: sandbox.Limits{Memory: r.Memory, Disk: r.Disk, Processes: processes + 8*r.Threads, Files: r.Disk},
	}
}
