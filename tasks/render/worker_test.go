package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
)

// play is a requester that follows a script: it is the worker's
// tasks.Requester and answers messages itself.
type play struct {
	t      *testing.T
	job    tasks.Job
	bundle Bundle
	scene  []byte

	// answer, when given, is asked first; nil leaves the answer to the usual.
	answer func(m any) message

	mu     sync.Mutex // guards what follows
	leases []lease    // to hand out
	known  bool       // hello was said
	got    map[engine.Tile][]byte
	hashes map[engine.Tile][32]byte
	failed []failed
	heard  []any
	earned types.Amount
	rate   types.Amount // for a tile
}

// newPlay makes a job of frames 1 to n over a published scene.
func newPlay(t *testing.T, h *hub, n int) *play {
	t.Helper()
	p := &play{t: t, scene: fmt.Appendf(nil, "a scene of %d frames", n), known: false, got: make(map[engine.Tile][]byte), hashes: make(map[engine.Tile][32]byte), rate: types.MinScore}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "scene"), p.scene, 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if p.bundle, err = h.swarm(9).Publish(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	spec, err := Spec{
		Engine: "paint", Series: "1.2", Name: "scene", Frames: []Range{{1, n, 1}}, Settings: testSettings,
		BundleSize: p.bundle.Size, PieceLength: p.bundle.PieceLength, CoreSeconds: uint32(n),
	}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	p.job = tasks.Job{ID: types.Hash{1}, Bids: types.Coin, Post: types.JobPost{Spec: spec, InfoHash: p.bundle.InfoHash[:], Bid: types.Coin}}
	return p
}

// whole is the whole frame f as a tile.
func whole(f int) engine.Tile {
	return engine.Tile{Frame: f, W: testSettings.Width, H: testSettings.Height}
}

func unitOf(id uint64, frames ...int) lease {
	l := lease{ID: id, Left: time.Minute}
	for _, f := range frames {
		l.Tiles = append(l.Tiles, whole(f))
	}
	return l
}

func (p *play) Handle(func(context.Context, []byte) ([]byte, error)) {}

func (p *play) Earned() types.Amount {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.earned
}

func (p *play) Call(ctx context.Context, msg []byte) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	m, err := decodeMessage(msg)
	if err != nil {
		p.t.Error("the node sent garbage:", err)
		return nil, err
	}
	p.mu.Lock()
	p.heard = append(p.heard, m)
	p.mu.Unlock()
	if p.answer != nil {
		if a := p.answer(m); a != nil {
			if r, is := a.(raw); is && r == nil {
				return nil, fmt.Errorf("%w: no", tasks.ErrRefused)
			}
			return a.encode(), nil
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.usual(m)
	if a == nil {
		return nil, fmt.Errorf("%w: who are you?", tasks.ErrRefused)
	}
	return a.encode(), nil
}

// raw is an answer of any bytes; nil stands for an error.
type raw []byte

func (r raw) encode() []byte { return r }

func (p *play) usual(m any) message {
	if _, is := m.(hello); is {
		p.known = true
		return welcome{InfoSize: uint32(len(p.bundle.Info))}
	}
	if !p.known {
		return nil
	}
	switch m := m.(type) {
	case infoRequest:
		rest := p.bundle.Info[m.Offset:]
		return infoPart{uint32(len(p.bundle.Info)), rest[:min(len(rest), 40)]}
	case ask:
		for i, l := range p.leases {
			if !slices.Contains(m.Held, l.ID) {
				p.leases = slices.Delete(p.leases, i, i+1)
				return l
			}
		}
		return over{"all is done"}
	case result:
		p.hashes[m.Tile] = m.Hash
		delete(p.got, m.Tile)
		return proceed{0}
	case part:
		if m.Offset != int64(len(p.got[m.Tile])) {
			return proceed{int64(len(p.got[m.Tile]))}
		}
		p.got[m.Tile] = append(p.got[m.Tile], m.Data...)
		if pic, err := picture.Decode(p.got[m.Tile], testSettings.Form, m.Tile.W, m.Tile.H); err == nil && pic.Hash() == p.hashes[m.Tile] {
			p.earned += p.rate
			return enough{}
		}
		return proceed{int64(len(p.got[m.Tile]))}
	case failed:
		p.failed = append(p.failed, m)
		return ok{}
	}
	return ok{}
}

// right checks that the frames came as they should.
func (p *play) right(frames ...int) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.got) != len(frames) {
		p.t.Errorf("%d tiles came, want %d", len(p.got), len(frames))
	}
	for _, f := range frames {
		pic, err := picture.Decode(p.got[whole(f)], testSettings.Form, testSettings.Width, testSettings.Height)
		if err != nil || !bytes.Equal(pic.Pix, painted(p.scene, whole(f), testSettings).Pix) {
			p.t.Errorf("frame %d is not right: %v", f, err)
		}
	}
}

func count[T any](p *play) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.heard {
		if _, is := m.(T); is {
			n++
		}
	}
	return n
}

func empty(t *testing.T, dir string) {
	t.Helper()
	for _, d := range []string{bundleDir, shelfDir, scratchDir, infoFile} {
		if _, err := os.Lstat(filepath.Join(dir, d)); err == nil {
			t.Errorf("%s is left", d)
		}
	}
}

func TestWorkerJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, e, dir := newHub(), &paint{took: time.Second}, t.TempDir()
		p := newPlay(t, h, 6)
		p.leases = []lease{unitOf(1, 1, 2), unitOf(2, 3), unitOf(3, 4, 5, 6)}
		d, c := testDapp(t, h, e, nil)
		if err := d.Check(p.job); err != nil {
			t.Fatal(err)
		}
		if err := d.Work(t.Context(), p.job, dir, p); err != nil {
			t.Fatal(err)
		}
		p.right(1, 2, 3, 4, 5, 6)
		empty(t, dir)
		if len(e.tiles()) != 6 || c.fetches != 1 || len(c.dirs) != 0 {
			t.Errorf("rendered %v, %d fetches, still held %v", e.tiles(), c.fetches, c.dirs)
		}
		r := e.requests[0]
		if !r.Foreign || r.Threads != 1 || r.Memory != 1<<30 || r.Disk == 0 || r.Time != leastTime+timeFactor*time.Second {
			t.Errorf("asked the engine for %+v", r)
		}
	})
}

// A pause in the middle of a unit, as a kill does it: what was finished is not
// rendered again, and the scene not fetched again.
func TestWorkerRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, dir := newHub(), t.TempDir()
		pause := errors.New("pause")
		ctx, cancel := context.WithCancelCause(t.Context())
		e := &paint{before: func(ctx context.Context, tile engine.Tile) error {
			if tile.Frame == 3 {
				cancel(pause)
				<-ctx.Done()
			}
			return nil
		}}
		p := newPlay(t, h, 3)
		p.leases = []lease{unitOf(1, 1, 2, 3)}
		p.answer = func(m any) message { // nothing gets through before the pause
			switch m.(type) {
			case result:
				return refused{Again: time.Hour, Why: "disk full"}
			}
			return nil
		}
		d, c := testDapp(t, h, e, nil)
		if err := d.Work(ctx, p.job, dir, p); !errors.Is(err, pause) {
			t.Fatal(err)
		}
		if n := len(e.tiles()); n != 2 {
			t.Fatalf("%d tiles before the pause", n)
		}
		e.before = nil
		var asked atomic.Bool
		p.answer = func(m any) message { // what this requester had already it would not hand out
			switch m.(type) {
			case ask:
				asked.Store(true)
			case result:
				if !asked.Load() {
					return refused{Again: time.Second, Why: "busy"}
				}
			}
			return nil
		}
		p.known = false                        // the requester was restarted too
		p.leases = []lease{unitOf(1, 1, 2, 3)} // it hands an open lease out again
		if err := d.Work(t.Context(), p.job, dir, p); err != nil {
			t.Fatal(err)
		}
		p.right(1, 2, 3)
		empty(t, dir)
		if n := len(e.tiles()); n != 3 || c.fetches != 1 {
			t.Errorf("%d tiles rendered, the scene fetched %d times", n, c.fetches)
		}
	})
}

// The requester forgets us at any message, as one that starts again does.
func TestWorkerForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, e, dir := newHub(), &paint{}, t.TempDir()
		p := newPlay(t, h, 3)
		p.leases = []lease{unitOf(1, 1), unitOf(2, 2), unitOf(3, 3)}
		calls := 0
		p.answer = func(m any) message {
			if calls++; calls%3 == 0 {
				p.mu.Lock()
				p.known = false
				p.mu.Unlock()
			}
			return nil
		}
		d, _ := testDapp(t, h, e, nil)
		if err := d.Work(t.Context(), p.job, dir, p); err != nil {
			t.Fatal(err)
		}
		p.right(1, 2, 3)
		if count[hello](p) < 3 {
			t.Error("said hello", count[hello](p), "times")
		}
	})
}

// Uploads in odd steps: resumed in the middle, begun anew, refused for a while,
// not wanted.
func TestWorkerUploads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, e, dir := newHub(), &paint{}, t.TempDir()
		p := newPlay(t, h, 4)
		p.leases = []lease{unitOf(1, 1, 2, 3, 4)}
		step := make(map[engine.Tile]int)
		start := time.Now()
		p.answer = func(m any) message {
			switch m := m.(type) {
			case result:
				step[m.Tile]++
				switch {
				case m.Tile.Frame == 2 && step[m.Tile] < 3:
					return refused{Again: time.Minute, Why: "the disk is full"}
				case m.Tile.Frame == 3:
					return enough{}
				case m.Tile.Frame == 4:
					return refused{Why: "not wanted"}
				}
			case part:
				if step[m.Tile]++; m.Tile.Frame == 1 && step[m.Tile] == 2 {
					p.mu.Lock()
					defer p.mu.Unlock()
					p.got[m.Tile] = append(p.got[m.Tile], m.Data[:100]...)
					return proceed{100} // the rest was lost
				}
			}
			return nil
		}
		d, _ := testDapp(t, h, e, nil)
		if err := d.Work(t.Context(), p.job, dir, p); err != nil {
			t.Fatal(err)
		}
		p.right(1, 2)
		if since := time.Since(start); since < 2*time.Minute || since > 5*time.Minute {
			t.Error("waited for", since)
		}
		empty(t, dir)
	})
}

// With two leases open and nothing taken, no third is asked for; the engine
// does not run ahead of the line.
func TestWorkerBacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, e, dir := newHub(), &paint{}, t.TempDir()
		p := newPlay(t, h, 9)
		for i := range 9 {
			p.leases = append(p.leases, unitOf(uint64(i), i+1))
		}
		var taken atomic.Bool
		p.answer = func(m any) message {
			if _, is := m.(result); is && !taken.Load() {
				return refused{Again: time.Second}
			}
			return nil
		}
		d, _ := testDapp(t, h, e, nil)
		done := make(chan error)
		go func() { done <- d.Work(t.Context(), p.job, dir, p) }()
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := len(e.tiles()); n != maxLeases {
			t.Errorf("%d tiles rendered while none was taken", n)
		}
		if count[alive](p) < 5 {
			t.Error("no sign of life while uploads wait:", count[alive](p))
		}
		taken.Store(true)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		p.right(1, 2, 3, 4, 5, 6, 7, 8, 9)
	})
}

// Failing tiles are told with their reason, and cost the others nothing.
func TestWorkerFailures(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want reason
	}{
		{"scene", engine.ErrScene, reasonScene},
		{"limit", fmt.Errorf("memory: %w", engine.ErrLimit), reasonLimit},
	} {
		synctest.Test(t, func(t *testing.T) {
			h, dir := newHub(), t.TempDir()
			e := &paint{before: func(_ context.Context, tile engine.Tile) error {
				if tile.Frame == 2 {
					return c.err
				}
				return nil
			}}
			p := newPlay(t, h, 3)
			p.leases = []lease{unitOf(1, 1, 2, 3)}
			d, _ := testDapp(t, h, e, nil)
			if err := d.Work(t.Context(), p.job, dir, p); err != nil {
				t.Fatal(c.name, err)
			}
			p.right(1, 3)
			if len(p.failed) != 1 || p.failed[0].Tile != whole(2) || p.failed[0].Reason != c.want || p.failed[0].Text == "" {
				t.Errorf("%s: told %+v", c.name, p.failed)
			}
		})
	}
}

// A scene of which nothing can be rendered costs a few tries, and the node's
// own trouble none of the job's.
func TestWorkerHopeless(t *testing.T) {
	for _, c := range []struct {
		name   string
		err    error
		want   error
		tries  int
		reason reason
	}{
		{"bomb", engine.ErrLimit, tasks.ErrEnded, maxUseless * maxFailures, reasonLimit},
		{"no sandbox", engine.ErrSandbox, engine.ErrSandbox, 1, reasonSandbox},
		{"crash", errors.New("crash"), nil, 1, reasonOther},
	} {
		synctest.Test(t, func(t *testing.T) {
			h, dir := newHub(), t.TempDir()
			e := &paint{before: func(context.Context, engine.Tile) error { return c.err }}
			p := newPlay(t, h, 64)
			id := uint64(0)
			p.answer = func(m any) message {
				if _, is := m.(ask); is {
					id++
					return unitOf(id, 1, 2, 3, 4, 5, 6)
				}
				return nil
			}
			d, _ := testDapp(t, h, e, nil)
			err := d.Work(t.Context(), p.job, dir, p)
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("%s: %v", c.name, err)
			}
			if e.runs != c.tries || len(p.failed) == 0 || p.failed[0].Reason != c.reason {
				t.Errorf("%s: %d tries, told %+v", c.name, e.runs, p.failed)
			}
			if errors.Is(err, tasks.ErrEnded) {
				empty(t, dir)
			}
		})
	}
}

// A scene that is no bundle of its engine: the requester is told why, the
// engine never runs.
func TestWorkerBadBundle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, dir := newHub(), t.TempDir()
		e := &paint{bundle: fmt.Errorf("%w: a link in it", engine.ErrBundle)}
		p := newPlay(t, h, 3)
		p.leases = []lease{unitOf(1, 1, 2)}
		d, _ := testDapp(t, h, e, nil)
		err := d.Work(t.Context(), p.job, dir, p)
		if !errors.Is(err, tasks.ErrEnded) || !errors.Is(err, engine.ErrBundle) {
			t.Error(err)
		}
		if e.runs != 0 || len(p.failed) != 2 || p.failed[0].Reason != reasonScene {
			t.Errorf("%d runs, told %+v", e.runs, p.failed)
		}
		empty(t, dir)
	})
}

// A lease taken away in the middle ends the engine's run, not the job.
func TestWorkerStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, dir := newHub(), t.TempDir()
		e := &paint{before: func(ctx context.Context, tile engine.Tile) error {
			if tile.Frame == 2 {
				<-ctx.Done()
			}
			return nil
		}}
		p := newPlay(t, h, 3)
		p.leases = []lease{unitOf(1, 1, 2), unitOf(2, 3)}
		p.answer = func(m any) message {
			if a, is := m.(alive); is && a.Lease == 1 && a.Spent > 15*time.Second {
				return stop{"too slow"}
			}
			return nil
		}
		d, _ := testDapp(t, h, e, nil)
		if err := d.Work(t.Context(), p.job, dir, p); err != nil {
			t.Fatal(err)
		}
		p.right(1, 3)
		if e.at != 0 {
			t.Error("an engine still runs")
		}
	})
}

// Requesters that break the rules are given up, soon and without work.
func TestWorkerLies(t *testing.T) {
	tile := func(change func(*engine.Tile)) func(any) message {
		return func(m any) message {
			if _, is := m.(ask); !is {
				return nil
			}
			l := unitOf(1, 1)
			change(&l.Tiles[0])
			return l
		}
	}
	on := func(kind any, a message) func(any) message {
		return func(m any) message {
			if fmt.Sprintf("%T", m) == fmt.Sprintf("%T", kind) {
				return a
			}
			return nil
		}
	}
	work := func(a func(m any) message) func(any) message {
		return func(m any) message {
			if _, is := m.(ask); is {
				return unitOf(1, 1)
			}
			return a(m)
		}
	}
	for _, c := range []struct {
		name   string
		answer func(any) message
		runs   int // of the engine, at most
	}{
		{"a frame that is not asked for", tile(func(t *engine.Tile) { t.Frame = 4 }), 0},
		{"a frame before the first", tile(func(t *engine.Tile) { t.Frame = 0 }), 0},
		{"a tile past the right side", tile(func(t *engine.Tile) { t.X = 1 }), 0},
		{"a tile past the bottom", tile(func(t *engine.Tile) { t.H++ }), 0},
		{"a huge tile", tile(func(t *engine.Tile) { t.W, t.H = MaxSide, MaxSide }), 0},
		{"a tile of nothing", tile(func(t *engine.Tile) { t.W = 0 }), 0},
		{"an empty lease", on(ask{}, lease{ID: 1}), 0},
		{"a tile twice", on(ask{}, unitOf(1, 1, 1)), 0},
		{"garbage", on(ask{}, raw("garbage")), 0},
		{"nothing", on(ask{}, raw{}), 0},
		{"the wrong kind", on(ask{}, ok{}), 0},
		{"refusing all", on(ask{}, raw(nil)), 0},
		{"a hello answered with a lease", on(hello{}, unitOf(1, 1)), 0},
		{"another description", on(infoRequest{}, infoPart{3, []byte("abc")}), 0},
		{"a description without end", on(infoRequest{}, infoPart{1 << 20, nil}), 0},
		{"bytes that are not there", work(on(result{}, proceed{1 << 30})), 1},
		{"the same bytes for ever", work(func(m any) message {
			switch m.(type) {
			case result, part:
				return proceed{0}
			}
			return nil
		}), 1},
		{"a picture answered with a lease", work(on(result{}, unitOf(2, 1))), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, e, dir := newHub(), &paint{}, t.TempDir()
				p := newPlay(t, h, 3)
				p.answer = c.answer
				d, _ := testDapp(t, h, e, nil)
				start := time.Now()
				var err error
				for range 2 * maxWrongs { // the runner tries again
					if err = d.Work(t.Context(), p.job, dir, p); errors.Is(err, tasks.ErrEnded) {
						break
					}
				}
				if !errors.Is(err, errWrong) {
					t.Error(err)
				}
				if e.runs > c.runs || time.Since(start) > 10*time.Minute || len(p.heard) > 200 {
					t.Errorf("%d runs, %v, %d messages", e.runs, time.Since(start), len(p.heard))
				}
			})
		})
	}
}

// A requester that takes pictures and pays nothing has a bounded number of
// them.
func TestWorkerNeverPaid(t *testing.T) {
	for _, c := range []struct {
		name string
		rate types.Amount
		bids types.Amount
		ends bool
	}{
		{"never", 0, types.Coin, true},
		{"paid", types.MinScore, types.Coin, false},
		{"not worth a step", 0, types.MinScore, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, dir := newHub(), t.TempDir()
				e := &paint{took: 5 * time.Minute}
				const n = 40
				p := newPlay(t, h, n)
				p.rate, p.job.Bids = c.rate, c.bids
				for i := range n {
					p.leases = append(p.leases, unitOf(uint64(i), i+1))
				}
				d, _ := testDapp(t, h, e, nil)
				err := d.Work(t.Context(), p.job, dir, p)
				if errors.Is(err, tasks.ErrEnded) != c.ends || err != nil && !c.ends {
					t.Error(err)
				}
				if did := len(e.tiles()); c.ends && did > 12 || !c.ends && did != n {
					t.Error(did, "tiles")
				}
			})
		})
	}
}

// A requester that has no work gets no place for ever.
func TestWorkerIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, e, dir := newHub(), &paint{}, t.TempDir()
		p := newPlay(t, h, 3)
		p.answer = func(m any) message {
			if _, is := m.(ask); is {
				return wait{For: maxWaiting * time.Second, Why: "all is leased"}
			}
			return nil
		}
		d, _ := testDapp(t, h, e, nil)
		start := time.Now()
		if err := d.Work(t.Context(), p.job, dir, p); !errors.Is(err, errIdle) {
			t.Error(err)
		}
		if since := time.Since(start); since < idleTime || since > idleTime+2*longestWait {
			t.Error(since)
		}
		if _, err := os.Stat(filepath.Join(dir, bundleDir, "scene")); err != nil {
			t.Error("the scene is gone:", err)
		}
	})
}

// Two jobs on one machine: one engine at a time.
func TestWorkerOneEngine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		e := &paint{before: func(context.Context, engine.Tile) error { time.Sleep(time.Second); return nil }}
		d, _ := testDapp(t, h, e, nil)
		var wg sync.WaitGroup
		for i := range 2 {
			p := newPlay(t, h, 4+i) // two scenes: the end of a job removes its own
			p.job.ID = types.Hash{byte(i)}
			for f := range 4 {
				p.leases = append(p.leases, unitOf(uint64(f), f+1))
			}
			dir := t.TempDir()
			wg.Go(func() {
				if err := d.Work(t.Context(), p.job, dir, p); err != nil {
					t.Error(err)
				}
				p.right(1, 2, 3, 4)
			})
		}
		wg.Wait()
		if e.most != 1 {
			t.Error(e.most, "engines at once")
		}
	})
}

// The end of the job in the middle of everything removes all files.
func TestWorkerEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, dir := newHub(), t.TempDir()
		ctx, cancel := context.WithCancelCause(t.Context())
		e := &paint{before: func(ctx context.Context, tile engine.Tile) error {
			if tile.Frame == 2 {
				cancel(fmt.Errorf("completed: %w", tasks.ErrEnded))
				<-ctx.Done()
			}
			return nil
		}}
		p := newPlay(t, h, 3)
		p.leases = []lease{unitOf(1, 1, 2, 3)}
		d, c := testDapp(t, h, e, nil)
		if err := d.Work(ctx, p.job, dir, p); err != nil {
			t.Fatal(err)
		}
		empty(t, dir)
		if len(c.dirs) != 0 {
			t.Error("the scene is still seeded")
		}
	})
}

// While the scene comes slowly, the answers of ask name others who have it.
func TestWorkerFetches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, e, dir := newHub(), &paint{}, t.TempDir()
		p := newPlay(t, h, 1)
		p.leases = []lease{unitOf(1, 1)}
		d, c := testDapp(t, h, e, nil)
		c.stalled = make(chan struct{})
		p.answer = func(m any) message {
			if a, is := m.(ask); is && a.Have == 0 {
				return wait{For: time.Minute, Peers: h.swarm(7).Addrs()}
			}
			return nil
		}
		time.AfterFunc(time.Minute, func() { close(c.stalled) })
		if err := d.Work(t.Context(), p.job, dir, p); err != nil {
			t.Fatal(err)
		}
		p.right(1)
		if !slices.Contains(c.peers, h.swarm(7).Addrs()[0]) {
			t.Error("peers", c.peers)
		}
	})
}
