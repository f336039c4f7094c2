package render

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/sandbox"
)

// stint is what a worker renders while it holds the machine's slot: the lease
// that it has asked for, and those that it gets while the engine is at work.
// Starting a program and loading the scene can take as long as a tile, so one
// program goes on for as long as there is work and nobody waits for the machine.
type stint struct {
	w *worker

	limits Limits        // that the program runs with
	time   time.Duration // that a tile may take
	err    error         // why no more leases are asked for; more's, and work's after it

	// w.mu guards what follows, and the units.
	units []*unit       // with tiles to do, in order
	out   []engine.Tile // that the engine was handed and has not rendered
	idle  chan struct{} // closed while out is empty
}

func newStint(w *worker, u *unit) *stint { return &stint{w: w, units: []*unit{u}} }

// work renders leases until there is none. Tiles that fail are told and left
// out; then, and when a lease is taken away, the rest goes to a new process.
func (s *stint) work(ctx context.Context) error {
	for s.begin() {
		if err := s.w.d.goOn(ctx); err != nil {
			return err
		}
		err := s.run(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil && !errors.Is(err, errTaken) {
			if err := s.blame(ctx, err); err != nil {
				return err
			}
		}
	}
	return s.err
}

// begin hands what is to be done to a new process; false: nothing is.
func (s *stint) begin() bool {
	w := s.w
	w.mu.Lock()
	defer w.mu.Unlock()
	s.units = slices.DeleteFunc(s.units, func(u *unit) bool { return u.taken || len(u.todo) == 0 })
	s.out, s.time, s.idle = nil, 0, make(chan struct{})
	for _, u := range s.units {
		s.hand(u)
		s.time = max(s.time, w.timeLimit(u.todo))
	}
	return len(s.out) > 0
}

// hand adds a unit's tiles to what the engine has, and returns those that it had
// not: a requester may take away a lease and hand its tiles out anew before we
// hear of the first.
func (s *stint) hand(u *unit) (tiles []engine.Tile) {
	for _, t := range u.todo {
		if !slices.Contains(s.out, t) {
			tiles = append(tiles, t)
		}
	}
	s.out = append(s.out, tiles...)
	return tiles
}

func (w *worker) timeLimit(tiles []engine.Tile) (most time.Duration) {
	for _, t := range tiles {
		most = max(most, w.spec.timeLimit(t, w.d.leastTime))
	}
	return most
}

// run is one process.
func (s *stint) run(ctx context.Context) error {
	w := s.w
	scratch := filepath.Join(w.dir, scratchDir)
	if err := emptyDir(scratch); err != nil {
		return fmt.Errorf("%w: %w", errDisk, err)
	}
	defer os.RemoveAll(scratch)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s.limits = w.d.Limits()
	w.mu.Lock()
	w.stop = cancel
	tiles := slices.Clone(s.out)
	s.mark()
	w.mu.Unlock()
	err := w.engine.Render(ctx, engine.Request{
		Bundle: filepath.Join(w.dir, bundleDir), Scratch: scratch, Settings: w.spec.Settings, Tiles: tiles,
		Threads: s.limits.Cores, Memory: s.limits.Memory, Disk: w.spec.scratch(), Time: s.time,
		Foreign: true, Allowed: w.d.opt.Allowed, More: s.more, Brake: w.d.brake,
	}, s.emit)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, u := range s.units {
		u.begun = time.Time{}
	}
	if err == nil && len(s.out) > 0 {
		err = fmt.Errorf("the engine left out %v", s.out[0])
	}
	return err
}

// mark notes that the next tile has begun. A lease that was taken away ends the
// process here, not while a tile of another one is rendered.
func (s *stint) mark() {
	if len(s.out) == 0 {
		close(s.idle)
		return
	}
	u := s.holder(s.out[0])
	if u == nil { // it was taken back
		s.w.stop(errTaken)
		return
	}
	if u.begun = s.w.d.opt.Clock(); u.taken {
		s.w.stop(errTaken)
	}
	if p, _ := s.w.d.held(); p.Held && !sandbox.Stops {
		s.w.stop(errTaken) // held programs end here, between tiles; the rest goes to a new one
	}
}

// holder is the first unit with a tile to do, nil when it was taken back.
func (s *stint) holder(t engine.Tile) *unit {
	if i := slices.IndexFunc(s.units, func(u *unit) bool { return slices.Contains(u.todo, t) }); i >= 0 {
		return s.units[i]
	}
	return nil
}

// emit keeps a rendered tile.
func (s *stint) emit(r engine.Rendered) error {
	w := s.w
	w.mu.Lock()
	asked := slices.Contains(s.out, r.Tile)
	w.mu.Unlock()
	if !asked {
		return fmt.Errorf("the engine rendered %v, which it was not asked for", r.Tile)
	}
	if err := w.keep(r); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, u := range s.settle(r.Tile) {
		u.done++
		u.good++
		if err := w.trust.rendered(u.good, nil); err != nil {
			return err
		}
	}
	s.mark()
	return nil
}

// settle takes a tile out of what is to be done, and returns the units that had
// it.
func (s *stint) settle(t engine.Tile) (had []*unit) {
	is := func(o engine.Tile) bool { return o == t }
	s.out = slices.DeleteFunc(s.out, is)
	for _, u := range s.units {
		if slices.Contains(u.todo, t) {
			u.begun, u.todo = time.Time{}, slices.DeleteFunc(u.todo, is)
			had = append(had, u)
		}
	}
	s.units = slices.DeleteFunc(s.units, func(u *unit) bool { return len(u.todo) == 0 })
	return had
}

// more is engine.Request.More. A lease whose tiles may take longer than this
// process's waits for the next one.
func (s *stint) more(ctx context.Context) []engine.Tile {
	w := s.w
	u, err := s.ask(ctx)
	if u == nil {
		if ctx.Err() == nil { // else the process is ended: it is no one's failure
			s.err = err
		}
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	s.units = append(s.units, u)
	if w.timeLimit(u.todo) > s.time {
		return nil
	}
	waits := len(s.out) == 0
	tiles := s.hand(u)
	if waits {
		s.idle = make(chan struct{})
		s.mark()
	}
	return tiles
}

// ask asks for a further lease until there is one, or the engine has nothing
// left to do. Then it ends: an idle program would keep memory and machine.
func (s *stint) ask(ctx context.Context) (*unit, error) {
	w := s.w
	w.mu.Lock()
	idle := s.idle
	w.mu.Unlock()
	for s.err == nil && !w.d.slot.awaited() && w.d.Limits() == s.limits {
		var again <-chan time.Time
		room, news := w.room()
		if pace, changed := w.d.held(); pace.Held {
			room, news = false, changed
		}
		if room {
			u, pause, err := w.next(ctx)
			if u != nil || err != nil {
				return u, err
			}
			again, news = time.After(pause), nil
		}
		select {
		case <-news:
		case <-again:
		case <-idle:
			return nil, nil
		case <-ctx.Done():
			return nil, nil
		}
	}
	return nil, s.err
}

// blame tells the requester that the engine failed, and at which tile: the first
// that it was at, unless it says so. What is this machine's trouble takes
// all tiles back, to be tried again later.
func (s *stint) blame(ctx context.Context, err error) error {
	w := s.w
	r := reasonOf(err)
	w.mu.Lock()
	if len(s.out) == 0 { // it had done all, and then failed
		w.mu.Unlock()
		return fmt.Errorf("%v: %w", r, err)
	}
	t := s.out[0]
	var which *engine.TileError
	if errors.As(err, &which) && slices.Contains(s.out, which.Tile) {
		t, err = which.Tile, which.Err
	}
	u := s.holder(t)
	if u == nil { // it was taken back meanwhile; the others go to a new process
		s.settle(t)
		w.mu.Unlock()
		return nil
	}
	u.bad++
	tell := []engine.Tile{t}
	mine := r != reasonScene && r != reasonLimit
	switch {
	case mine:
		tell = nil
		for _, u := range s.units {
			tell = append(tell, u.todo...)
		}
	case u.good == 0 && u.bad == maxFailures:
		tell = slices.Clone(u.todo)
	}
	w.mu.Unlock()
	for _, t := range tell {
		if err := w.tellFailed(ctx, failed{Tile: t, Reason: r, Text: err.Error()}); err != nil {
			return err
		}
		w.mu.Lock()
		s.settle(t)
		w.mu.Unlock()
	}
	if mine {
		return fmt.Errorf("%v: %w", r, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(u.todo) > 0 {
		return nil
	}
	return w.trust.rendered(u.good, err)
}
