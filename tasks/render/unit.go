package render

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"time"

	"supercomputing/tasks"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/sandbox"
)

// unit is a lease under way.
type unit struct {
	id    uint64
	left  []engine.Tile // not acknowledged yet
	todo  []engine.Tile // neither on the shelf nor failed
	done  int           // on the shelf
	good  int           // rendered here
	bad   int           // failed here
	begun time.Time     // when the tile at work was; zero: none is
	taken bool          // by the requester
}

// errTaken says that the requester took a lease away.
var errTaken = errors.New("the requester took the lease away")

// pulse says of each unit how far it is.
func (w *worker) pulse() (out []alive) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, u := range w.units {
		m := alive{Lease: u.id, Done: u.done}
		if !u.begun.IsZero() {
			m.Spent = max(w.d.opt.Clock().Sub(u.begun), 0)
		}
		out = append(out, m)
	}
	return out
}

// letGo ends the work on a lease that was taken away, if it has begun. What is
// finished of it stays on the shelf.
func (w *worker) letGo(id uint64, why string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.units = slices.DeleteFunc(w.units, func(u *unit) bool {
		if u.id != id {
			return false
		}
		w.log.Info("lease taken away", "why", why)
		if u.taken = true; !u.begun.IsZero() {
			w.stop(errTaken)
		}
		return true
	})
}

// giveUp forgets tiles of a lease that were taken back, so that others have
// something to do. One that is finished is sent all the same: its lease may have
// been given up for this node's silence.
func (w *worker) giveUp(id uint64, tiles []engine.Tile) {
	w.mu.Lock()
	i := slices.IndexFunc(w.units, func(u *unit) bool { return u.id == id })
	if i < 0 {
		w.mu.Unlock()
		return
	}
	u, gone := w.units[i], false
	for _, t := range tiles {
		k := slices.Index(u.todo, t)
		if k < 0 {
			continue
		}
		if k == 0 && !u.begun.IsZero() {
			w.stop(errTaken)
		}
		u.todo = slices.Delete(u.todo, k, k+1)
		u.left = slices.DeleteFunc(u.left, func(o engine.Tile) bool { return o == t })
		gone = true
	}
	if len(u.left) == 0 {
		w.units = slices.Delete(w.units, i, i+1)
	}
	w.mu.Unlock()
	if gone {
		w.log.Info("tiles taken back", "lease", id)
		w.shelf.wake()
	}
}

// settled takes a tile out of the leases: the requester has it, or knows that it
// failed.
func (w *worker) settled(t engine.Tile) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.units = slices.DeleteFunc(w.units, func(u *unit) bool {
		u.left = slices.DeleteFunc(u.left, func(o engine.Tile) bool { return o == t })
		return len(u.left) == 0
	})
}

// render takes leases until the requester has no more. It holds the machine's
// slot before it asks, so that no lease waits here for another job.
func (w *worker) render(ctx context.Context) error {
	idle := w.d.opt.Clock()
	for {
		if err := w.roomForMore(ctx); err != nil {
			return err
		}
		if p, _ := w.d.held(); p.Held {
			if err := w.d.goOn(ctx); err != nil {
				return err
			}
			idle = w.d.opt.Clock()
		}
		release, err := w.d.slot.acquire(ctx, false)
		if err != nil {
			return err
		}
		pause, err := w.turn(ctx)
		release()
		switch {
		case errors.Is(err, tasks.ErrEnded):
			return err
		case errors.Is(err, errWrong):
			pause = wrongPause
		case err != nil:
			return err
		}
		now := w.d.opt.Clock()
		if pause == 0 {
			idle = now
		} else if now.Sub(idle) > idleTime {
			return fmt.Errorf("%w for %v", errIdle, idleTime)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// errIdle gives the place in this machine to another job for a while.
var errIdle = errors.New("the requester had no work")

const (
	wrongPause  = 5 * time.Second
	longestWait = 2 * time.Minute // that a requester can ask for
)

// roomForMore waits until fewer leases are open than a node may hold.
func (w *worker) roomForMore(ctx context.Context) error {
	for {
		room, news := w.room()
		if room {
			return nil
		}
		select {
		case <-news:
		case <-time.After(idleTime): // it takes nothing of what is done here
			if p, _ := w.d.held(); p.Held {
				continue // or was not offered it
			}
			return fmt.Errorf("%w for %v", errIdle, idleTime)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// room tells whether another lease may be open, and what is closed when that
// may have changed.
func (w *worker) room() (bool, <-chan struct{}) {
	_, _, news := w.shelf.state()
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.units) < maxLeases, news
}

// turn asks for a lease and renders it, or returns how long to pause.
func (w *worker) turn(ctx context.Context) (pause time.Duration, err error) {
	u, pause, err := w.next(ctx)
	if u == nil {
		return pause, err
	}
	return 0, newStint(w, u).work(ctx)
}

// next asks for a lease. Where there is nothing to render now, it returns how
// long to pause.
func (w *worker) next(ctx context.Context) (u *unit, pause time.Duration, err error) {
	answer, err := w.call(ctx, w.question())
	if err != nil {
		return nil, 0, err
	}
	switch a := answer.(type) {
	case lease:
		w.d.opt.Swarm.AddPeers(w.ih, a.Peers)
		if u, err = w.accept(a); err != nil || len(u.todo) > 0 {
			return u, 0, err
		}
		return nil, time.Second, nil // all on the shelf: it is for upload to go on
	case wait:
		w.d.opt.Swarm.AddPeers(w.ih, a.Peers)
		return nil, min(max(a.For, time.Second), longestWait), nil
	case refused:
		return nil, min(max(a.Again, wrongPause), longestWait), nil
	case over:
		return nil, 0, fmt.Errorf("%w: %s", errOver, a.Why)
	}
	return nil, 0, w.wronged(fmt.Errorf("%w: %T in answer to ask", ErrMessage, answer))
}

func (w *worker) question() ask {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := ask{Have: uint64(w.have), Addrs: w.addrs()}
	for _, u := range w.units {
		m.Held = append(m.Held, u.id)
	}
	return m
}

// accept checks a lease and makes it a unit. The tiles that an earlier run has
// rendered are not rendered again.
func (w *worker) accept(l lease) (*unit, error) {
	if len(l.Tiles) == 0 {
		return nil, w.wronged(fmt.Errorf("%w: an empty lease", ErrMessage))
	}
	u := &unit{id: l.ID, left: slices.Clone(l.Tiles)}
	seen := make(map[engine.Tile]bool)
	for _, t := range l.Tiles {
		if err := w.checkTile(t); err != nil {
			return nil, w.wronged(err)
		}
		if seen[t] {
			return nil, w.wronged(fmt.Errorf("%w: %v twice in a lease", ErrMessage, t))
		}
		seen[t] = true
		if !w.shelf.has(t) {
			u.todo = append(u.todo, t)
		}
	}
	u.done = len(l.Tiles) - len(u.todo)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.units = append(slices.DeleteFunc(w.units, func(o *unit) bool { return o.id == l.ID }), u)
	return u, nil
}

// tellFailed tells the requester that a tile failed.
func (w *worker) tellFailed(ctx context.Context, m failed) error {
	w.log.Info("tile failed", "tile", m.Tile.String(), "why", m.Text)
	m.Text = discreet(m.Text, w.dir)
	if _, err := w.call(ctx, m); err != nil && !(errors.Is(err, errWrong) && !errors.Is(err, tasks.ErrEnded)) {
		return err
	}
	w.settled(m.Tile)
	return nil
}

// keep puts a rendered tile on the shelf.
func (w *worker) keep(r engine.Rendered) error {
	p := r.Picture
	if p == nil || p.Form != w.spec.Settings.Form || p.W != r.Tile.W || p.H != r.Tile.H {
		return fmt.Errorf("the engine made another picture than %v", r.Tile)
	}
	ctx, cancel := context.WithTimeout(context.Background(), probeTime)
	defer cancel()
	if b, err := w.engine.Build(ctx); err != nil || b.ID != w.build.ID {
		return errors.Join(errBuildGone, err)
	}
	err := w.shelf.put(parcel{Tile: r.Tile, Hash: p.Hash(), Build: w.build.ID, Took: r.Took, Setup: r.Setup, At: w.d.opt.Clock()}, p.Encode())
	if err != nil {
		return fmt.Errorf("%w: %w", errDisk, err)
	}
	return nil
}

// errBuildGone says that the engine was replaced while it was at work: what it has
// rendered is not what the requester was told. This node presents itself anew.
var errBuildGone = errors.New("the engine was replaced")

// errDisk says that a rendered tile could not be kept.
var errDisk = errors.New("a full or failing disk")

// reasonOf tells what a failed rendering says, and of whom.
func reasonOf(err error) reason {
	switch {
	case errors.Is(err, errDisk), errors.Is(err, syscall.ENOSPC):
		return reasonDisk
	case errors.Is(err, engine.ErrSandbox):
		return reasonSandbox
	case errors.Is(err, engine.ErrLimit):
		return reasonLimit
	case errors.Is(err, engine.ErrScene), errors.Is(err, engine.ErrBundle), errors.Is(err, engine.ErrIncomplete):
		return reasonScene
	}
	return reasonOther
}

// emptyDir makes dir an empty folder. A program that a scene has taken over may
// have filled it, when this process was killed.
func emptyDir(dir string) error {
	if err := removeDir(dir); err != nil {
		return err
	}
	return os.MkdirAll(dir, 0o700)
}

// removeDir removes a folder that a program may have filled: with modes that
// forbid it, with folders too deep for a path.
func removeDir(dir string) error {
	info, err := os.Lstat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		if err := sandbox.Clean(dir); err != nil {
			return err
		}
	}
	return os.Remove(dir)
}
