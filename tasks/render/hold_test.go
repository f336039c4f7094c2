package render

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
	"supercomputing/tasks/render/engine"
)

// heldPainter takes so long for a tile, and stands still while the brake of the
// node that it is for holds it, as the sandbox's programs do.
func heldPainter(each time.Duration, node **contributor) *paint {
	return &paint{took: each, before: func(ctx context.Context, _ engine.Tile) error {
		for left := each; left > 0; {
			pace, news := (*node).dapp.brake.Pace()
			var done <-chan time.Time
			began := time.Now()
			if !pace.Held {
				done = time.After(left)
			}
			select {
			case <-done:
				left = 0
			case <-news:
				if !pace.Held {
					left -= time.Since(began)
				}
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		return nil
	}}
}

// hold holds a node's work as the program does, or lets it go on.
func (c *contributor) hold(why string, p Pace) {
	p.Held = why != ""
	c.dapp.SetPace(p)
	c.runner.SetLimits(tasks.Limits{Jobs: 1, Hold: why})
}

func (m *market) heldJob(frames int, each time.Duration) (id types.Hash) {
	dir := m.t.TempDir()
	return m.post(Plan{
		Scene: paintFile(m.t.(*testing.T), dir), Engine: "paint", Frames: []Range{{1, frames, 1}}, Settings: testSettings, Format: PNG,
		Output: dir + "/frames", Checks: ChecksOff, FrameSeconds: each.Seconds(), Rows: 1, Cols: 1,
	}, types.Coin)
}

// unaccused fails when the log accuses anybody.
func (m *market) unaccused(id types.Hash) {
	m.t.Helper()
	for _, l := range m.detail(id).Log {
		for _, bad := range []string{"in time", "not heard of", "gets nothing more", "differs", "broken"} {
			if strings.Contains(l.Text, bad) {
				m.t.Errorf("the log says: %s", l.Text)
			}
		}
	}
}

// A short pause keeps the lease: no tile is rendered twice, none is lost, each is
// paid once, and nobody is accused.
func TestShortHold(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const each = 20 * time.Second
		m := newMarket(t, time.Second, painter(), nil)
		var n *contributor
		e := heldPainter(each, &n)
		id := m.heldJob(12, each)
		n = m.node(2, e)
		m.until("some frames", 5*time.Minute, func() bool { return len(e.tiles()) == 3 })
		n.hold("the processor is hot", Pace{})
		synctest.Wait()
		was := len(e.tiles())
		time.Sleep(4 * time.Minute)
		synctest.Wait()
		if now := len(e.tiles()); now != was || n.runner.Status().Jobs[0].State != "paused" {
			t.Fatalf("%d tiles while it was held, %+v", now-was, n.runner.Status().Jobs[0])
		}
		n.hold("", Pace{})
		m.completed(id, time.Hour)
		if len(e.tiles()) != 12 || e.runs != 1 {
			t.Errorf("%d tiles of 12 were rendered, by %d processes", len(e.tiles()), e.runs)
		}
		if got := sum(m.scores(id)); got > types.Coin || got < types.Coin*99/100 {
			t.Errorf("paid %v", got)
		}
		m.unaccused(id)
		if s := m.detail(id); len(s.Nodes) != 1 || s.Nodes[0].Tiles != 12 {
			t.Errorf("%+v", s.Nodes)
		}
	})
}

// A long pause hands the lease back: others go on, and so does the node later.
// What it had finished is not lost, and nothing is paid twice.
func TestLongHold(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const each = 20 * time.Second
		m := newMarket(t, time.Second, painter(), nil)
		var a, b *contributor
		ea, eb := heldPainter(each, &a), heldPainter(each, &b)
		id := m.heldJob(120, each)
		a, b = m.node(2, ea), m.node(3, eb)
		m.until("both work", 5*time.Minute, func() bool { return len(ea.tiles()) > 1 && len(eb.tiles()) > 1 })
		a.hold("you said not now", Pace{})
		was := len(ea.tiles())
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if now := len(ea.tiles()); now > was || a.runner.Status().Jobs[0].Connected {
			t.Fatalf("%d tiles while it was held, %+v", now-was, a.runner.Status().Jobs[0])
		}
		m.logged(id, "left")
		a.hold("", Pace{})
		m.until("it goes on", 5*time.Minute, func() bool { return len(ea.tiles()) > was })
		m.completed(id, 2*time.Hour)
		m.unaccused(id)
		seen := make(map[engine.Tile]int)
		for _, k := range append(ea.tiles(), eb.tiles()...) {
			seen[k]++
		}
		if len(seen) != 120 {
			t.Errorf("%d of 120 tiles", len(seen))
		}
		if got := sum(m.scores(id)); got > types.Coin {
			t.Errorf("paid %v of a bid of a coin", got)
		}
		var tiles int
		for _, n := range m.detail(id).Nodes {
			tiles += n.Tiles
		}
		if tiles != 120 {
			t.Errorf("%d tiles are booked", tiles)
		}
	})
}

// On a metered connection not even finished pictures are sent.
func TestQuietHold(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := newMarket(t, time.Second, painter(), nil)
		var n *contributor
		var mu sync.Mutex
		sent := 0
		e := heldPainter(20*time.Second, &n)
		id := m.heldJob(6, 20*time.Second)
		n = m.node(2, e, func(msg []byte) []byte {
			if v, err := decodeMessage(msg); err == nil {
				mu.Lock()
				switch v.(type) {
				case part, result, ask:
					sent++
				}
				mu.Unlock()
			}
			return msg
		})
		m.until("a frame", 5*time.Minute, func() bool { return len(e.tiles()) == 1 })
		n.hold("the connection is metered", Pace{Quiet: true})
		time.Sleep(5 * time.Second) // what was on its way
		mu.Lock()
		was := sent
		mu.Unlock()
		time.Sleep(3 * time.Minute)
		mu.Lock()
		if sent != was {
			t.Errorf("%d messages with pictures", sent-was)
		}
		mu.Unlock()
		n.hold("", Pace{})
		m.completed(id, time.Hour)
		m.unaccused(id)
	})
}
