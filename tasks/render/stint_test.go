package render

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/tasks/render/engine"
)

// slow makes an engine's tiles take a while.
func slow(each time.Duration) func(context.Context, engine.Tile) error {
	return func(ctx context.Context, _ engine.Tile) error {
		select {
		case <-time.After(each):
		case <-ctx.Done():
		}
		return nil
	}
}

// part of a frame, a quarter of it.
func corner(f int) engine.Tile {
	return engine.Tile{Frame: f, W: testSettings.Width / 2, H: testSettings.Height / 2}
}

// One process renders several leases, and never waits for the next one.
func TestStintLeases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, e, dir := newHub(), &paint{before: slow(20 * time.Second)}, t.TempDir()
		p := newPlay(t, h, 7)
		p.leases = []lease{unitOf(1, 1, 2), unitOf(2, 3), unitOf(3, 4, 5, 6), unitOf(4, 7)}
		start := time.Now()
		var asks []time.Duration
		p.answer = func(m any) message {
			switch m := m.(type) {
			case ask:
				asks = append(asks, time.Since(start))
				time.Sleep(time.Second) // far away
			case alive:
				if m.Spent > 20*time.Second {
					t.Errorf("lease %d: %v on a tile", m.Lease, m.Spent)
				}
			}
			return nil
		}
		d, _ := testDapp(t, h, e, nil)
		if err := d.Work(t.Context(), p.job, dir, p); err != nil {
			t.Fatal(err)
		}
		p.right(1, 2, 3, 4, 5, 6, 7)
		empty(t, dir)
		if e.runs != 1 || time.Since(start) != 141*time.Second {
			t.Errorf("%d processes, %v", e.runs, time.Since(start))
		}
		// As frames 2, 3, 6 and 7 begin.
		if want := []time.Duration{0, 21 * time.Second, 41 * time.Second, 101 * time.Second, 121 * time.Second}; !slices.Equal(asks, want) {
			t.Errorf("asked after %v", asks)
		}
	})
}

// A lease that is taken away before its turn costs the one at work nothing, and
// is not begun.
func TestStintTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, e, dir := newHub(), &paint{before: slow(time.Minute)}, t.TempDir()
		p := newPlay(t, h, 4)
		p.leases = []lease{unitOf(1, 1), unitOf(2, 2, 3), unitOf(3, 4)}
		p.answer = func(m any) message {
			if a, is := m.(alive); is && a.Lease == 2 {
				return stop{"others were faster"}
			}
			return nil
		}
		start := time.Now()
		d, _ := testDapp(t, h, e, nil)
		if err := d.Work(t.Context(), p.job, dir, p); err != nil {
			t.Fatal(err)
		}
		p.right(1, 4)
		if e.runs != 2 || time.Since(start) != 2*time.Minute {
			t.Errorf("%d processes, %v", e.runs, time.Since(start))
		}
	})
}

// A tile of a later lease that fails is told; the rest goes to another process.
func TestStintFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, dir := newHub(), t.TempDir()
		e := &paint{before: func(_ context.Context, tile engine.Tile) error {
			switch tile.Frame {
			case 3:
				return engine.ErrScene
			case 5: // an engine that has several tiles at work
				return &engine.TileError{Tile: whole(6), Err: engine.ErrLimit}
			}
			return nil
		}}
		p := newPlay(t, h, 6)
		p.leases = []lease{unitOf(1, 1), unitOf(2, 2, 3, 4), unitOf(3, 5, 6)}
		d, _ := testDapp(t, h, e, nil)
		p.answer = func(m any) message {
			if f, is := m.(failed); is && f.Tile.Frame == 6 {
				e.before = nil
			}
			return nil
		}
		if err := d.Work(t.Context(), p.job, dir, p); err != nil {
			t.Fatal(err)
		}
		p.right(1, 2, 4, 5)
		if e.runs != 3 || len(p.failed) != 2 || p.failed[0].Tile != whole(3) || p.failed[1].Tile != whole(6) || p.failed[1].Text != engine.ErrLimit.Error() {
			t.Errorf("%d processes, told %+v", e.runs, p.failed)
		}
	})
}

// Told to wait, the node asks again while it renders, and ends the process when
// there is nothing to render: not before, and no machine is held meanwhile.
func TestStintWait(t *testing.T) {
	for _, c := range []struct {
		name  string
		after time.Duration // until there is more
		runs  int
	}{
		{"while it renders", 30 * time.Second, 1},
		{"after that", 90 * time.Second, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, e, dir := newHub(), &paint{before: slow(time.Minute)}, t.TempDir()
				p := newPlay(t, h, 2)
				p.leases = []lease{unitOf(1, 1), unitOf(2, 2)}
				start := time.Now()
				p.answer = func(m any) message {
					if a, is := m.(ask); is && (len(a.Held) > 0 || time.Since(start) > time.Second) && time.Since(start) < c.after {
						return wait{For: 7 * time.Second, Why: "others are at it"}
					}
					return nil
				}
				d, _ := testDapp(t, h, e, nil)
				time.AfterFunc(75*time.Second, func() {
					release, err := d.slot.acquire(t.Context(), true)
					if free := time.Since(start) == 75*time.Second; err != nil || free != (c.runs > 1) {
						t.Error(c.name, "the machine is held or not:", free, err)
					}
					release()
				})
				if err := d.Work(t.Context(), p.job, dir, p); err != nil {
					t.Fatal(err)
				}
				p.right(1, 2)
				if e.runs != c.runs {
					t.Errorf("%d processes", e.runs)
				}
			})
		})
	}
}

// What the process at work is not set up for goes to another: other limits of
// the machine, tiles that may take longer.
func TestStintAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, dir := newHub(), t.TempDir()
		e := &paint{}
		p := newPlay(t, h, 4)
		p.leases = []lease{{ID: 1, Left: time.Minute, Tiles: []engine.Tile{corner(4)}}, unitOf(2, 1), unitOf(3, 2), unitOf(4, 3)}
		d, _ := testDapp(t, h, e, nil)
		e.before = func(_ context.Context, tile engine.Tile) error {
			if tile == whole(2) {
				return d.SetLimits(2, 2<<30, 0)
			}
			time.Sleep(time.Second)
			return nil
		}
		p.answer = func(m any) message {
			if a, is := m.(ask); is && len(a.Held) > 0 {
				time.Sleep(time.Second / 2)
			}
			return nil
		}
		d.Work(t.Context(), p.job, dir, p)
		if len(e.requests) < 2 || e.requests[0].Time >= e.requests[1].Time || e.requests[0].Tiles[0] != corner(4) || e.requests[1].Tiles[0] != whole(1) {
			t.Fatalf("asked for %+v", e.requests)
		}
		if last := e.requests[len(e.requests)-1]; last.Threads != 2 || last.Memory != 2<<30 || len(e.tiles()) != 4 {
			t.Errorf("at last asked for %+v", last)
		}
	})
}

// The requester took a lease away and handed its tile out anew before the node
// heard of the first: it is rendered once.
func TestStintTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, dir := newHub(), t.TempDir()
		e := &paint{before: slow(time.Minute)}
		p := newPlay(t, h, 2)
		p.leases = []lease{unitOf(1, 1), unitOf(2, 1, 2)}
		d, _ := testDapp(t, h, e, nil)
		if err := d.Work(t.Context(), p.job, dir, p); err != nil {
			t.Fatal(err)
		}
		p.right(1, 2)
		if got := e.tiles(); len(got) != 2 || e.runs != 1 {
			t.Errorf("rendered %v in %d processes", got, e.runs)
		}
	})
}

// A pause while leases wait keeps what is finished and leaves nothing running.
func TestStintPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, e, dir := newHub(), &paint{before: slow(time.Minute)}, t.TempDir()
		p := newPlay(t, h, 3)
		p.leases = []lease{unitOf(1, 1), unitOf(2, 2), unitOf(3, 3)}
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		d, _ := testDapp(t, h, e, nil)
		if err := d.Work(ctx, p.job, dir, p); err != context.DeadlineExceeded {
			t.Fatal(err)
		}
		if e.at != 0 || len(e.tiles()) != 1 {
			t.Errorf("%d processes run, rendered %v", e.at, e.tiles())
		}
		p.leases = append(p.leases, unitOf(2, 2), unitOf(3, 3)) // handed out again
		if err := d.Work(t.Context(), p.job, dir, p); err != nil {
			t.Fatal(err)
		}
		p.right(1, 2, 3)
	})
}
