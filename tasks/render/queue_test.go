package render

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks/render/engine"
)

// painterOf takes so long for a tile.
func painterOf(each time.Duration) *paint {
	return &paint{took: each, before: func(ctx context.Context, _ engine.Tile) error {
		select {
		case <-time.After(each):
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}}
}

// Nodes that come one after another end together: the first that asks does not
// keep what the others could do. All of it over the real sessions and workers.
func TestTogether(t *testing.T) {
	const each = 20 * time.Second
	for _, c := range []struct {
		name   string
		frames int
		nodes  []time.Duration // for a tile
	}{
		{"24 frames", 24, []time.Duration{each, each, each, each}},
		{"60 frames", 60, []time.Duration{each, each, each, each}},
		{"one slow", 24, []time.Duration{4 * each, each, each, each}},
		{"one slow, last", 60, []time.Duration{each, each, each, 4 * each}},
		{"alone", 24, []time.Duration{each}},
		{"one frame", 1, []time.Duration{each, each, each, each}},
		{"24 short frames", 24, []time.Duration{each / 3, each / 3, each / 3, each / 3}},
		{"short frames, one slow", 24, []time.Duration{each / 3, each / 3, each / 3, each}},
		{"two short frames", 2, []time.Duration{each / 3, each / 3, each / 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				m := newMarket(t, time.Second, painter(), nil)
				dir := t.TempDir()
				p := Plan{
					Scene: paintFile(t, dir), Engine: "paint", Frames: []Range{{1, c.frames, 1}}, Settings: testSettings, Format: PNG,
					Output: dir + "/frames", Checks: ChecksOff, FrameSeconds: c.nodes[0].Seconds(), SetupSeconds: 0.1, Rows: 1, Cols: 1,
				}
				id := m.post(p, types.Coin)
				var engines []*paint
				var joined []time.Time
				for i, took := range c.nodes {
					if i > 0 {
						time.Sleep(time.Duration(1+i) * time.Second)
					}
					engines, joined = append(engines, painterOf(took)), append(joined, time.Now())
					m.node(byte(i+2), engines[i])
				}
				var said []time.Time // when the end was expected, once a tile was there of each
				m.until("all frames", 2*time.Hour, func() bool {
					s := m.detail(id)
					if s.Left > 0 && len(s.Nodes) == len(c.nodes) && !slices.ContainsFunc(s.Nodes, func(n NodeView) bool { return n.Tiles == 0 }) {
						said = append(said, s.Expected)
					}
					return s.Left == 0 && len(s.Frames) > 0
				})
				end, rate, done := time.Now(), 0.0, 0.0
				for _, at := range said {
					if off := at.Sub(end).Abs(); off > c.nodes[0]+end.Sub(joined[0])/10 {
						t.Errorf("the end was expected %v off", off)
					}
				}
				for i, took := range c.nodes {
					rate += 1 / took.Seconds()
					done += joined[i].Sub(joined[0]).Seconds() / took.Seconds()
				}
				ideal := max(seconds((float64(c.frames)+done)/rate), slices.Min(c.nodes))
				took := end.Sub(joined[0])
				twice, seen := 0, make(map[engine.Tile]bool)
				for _, e := range engines {
					for _, k := range e.tiles() {
						if seen[k] {
							twice++
						}
						seen[k] = true
					}
				}
				t.Logf("%v, ideal %v, %d twice", took, ideal, twice)
				if took > ideal*110/100+2*time.Second { // to log in and to get the scene
					t.Errorf("it took %v, ideal are %v\n%s", took, ideal, fmt.Sprint(m.detail(id).Log))
				}
			})
		})
	}
}

func paintFile(t *testing.T, dir string) string {
	t.Helper()
	scene := filepath.Join(dir, "scene.txt")
	if err := os.WriteFile(scene, []byte(paintScene), 0o600); err != nil {
		t.Fatal(err)
	}
	return scene
}

// A killed node is missed within seconds: what it holds goes to others, and the
// log names it and the frames.
func TestMissed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := newMarket(t, time.Second, painter(), nil)
		const each = time.Minute
		p := Plan{
			Scene: paintFile(t, t.TempDir()), Engine: "paint", Frames: []Range{{1, 40, 1}}, Settings: testSettings, Format: PNG,
			Output: t.TempDir() + "/frames", Checks: ChecksOff, FrameSeconds: 10, Rows: 1, Cols: 1,
		}
		id := m.post(p, types.Coin)
		var nodes []*contributor
		for i := range byte(3) {
			nodes = append(nodes, m.node(i+2, painterOf(each)))
		}
		dead := nodes[0].key.Address()
		held := func() (n int) {
			for _, f := range m.detail(id).Frames {
				for _, k := range f.Tiles {
					if k.State == TileLeased && k.Node == dead.String() {
						n++
					}
				}
			}
			return n
		}
		m.until("all are at work", time.Minute, func() bool { return m.detail(id).Crew.Rendering == 3 })
		if held() < 2 {
			t.Fatal("nothing waits at the node")
		}
		nodes[0].stop()
		m.until("it is seen", 3*time.Second, func() bool { return m.detail(id).Crew == Crew{Rendering: 2, Lost: 1} })
		began := time.Now()
		m.until("its frames are free", time.Minute, func() bool { return held() == 0 })
		if took := time.Since(began); took > awayPatience+3*time.Second {
			t.Errorf("it took %v", took)
		}
		m.logged(id, "is not heard of any more, in the middle of frame", "it is lost, and frames")
		nodes[0].start()
		m.until("it is back", time.Hour, func() bool { // connected first, heard then
			d := m.detail(id)
			return d.Crew.Lost == 0 && slices.ContainsFunc(d.Log, func(l LogLine) bool { return strings.Contains(l.Text, "is heard of again") })
		})
		m.completed(id, 3*time.Hour)
		for _, n := range m.detail(id).Nodes {
			if n.State != NodeDone {
				t.Errorf("after the end: %+v", n)
			}
		}
	})
}

// Others that are idle need not wait for that: they are handed at once what a lost
// node had not begun, and then what it was at; it may bring that all the same.
func TestMissedAtOnce(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 2, func(p *Plan) { p.Nodes, p.Checks = 1, ChecksOff })
		svc := m.serve()
		lost, idle := m.actor(1, time.Minute), m.actor(2, time.Minute)
		for _, a := range []*actor{lost, idle} {
			if err := a.login(); err != nil {
				t.Fatal(err)
			}
			svc.Connected(a.addr, true)
		}
		var held []uint64
		for range 2 {
			l := must(lost.say(ask{Have: 1 << 40, Held: held})).(lease)
			held = append(held, l.ID)
		}
		svc.Connected(lost.addr, false)
		if c := m.state().Crew; c != (Crew{Fetching: 1, Lost: 1}) {
			t.Errorf("%+v", c)
		}
		first := must(idle.say(ask{Have: 1 << 40})).(lease)
		if err := idle.unit(first); err != nil {
			t.Fatal(err)
		}
		if first.Tiles[0].Frame != 2 || !strings.Contains(m.logs(), "frame 2, which it had not begun, goes to") {
			t.Errorf("%v\n%s", first.Tiles, m.logs())
		}
		svc.Connected(lost.addr, true)
		if err := lost.upload(whole(1), painted([]byte("a scene"), engine.Tile{Frame: 1, W: 32, H: 18}, m.plan.Settings)); err != nil {
			t.Fatal(err)
		}
		m.stop()
	})
}

// What a node is told of tiles taken back, and that it is not taken what it was at.
func TestTakenBack(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 40, func(p *Plan) { p.Checks, p.FrameSeconds = ChecksOff, 20 })
		m.serve()
		full, idle := m.actor(1, time.Minute), m.actor(2, time.Minute)
		for _, a := range []*actor{full, idle} {
			if err := a.login(); err != nil {
				t.Fatal(err)
			}
		}
		l := must(full.say(ask{Have: 1 << 40})).(lease)
		s := m.service().s
		m.service().change(func() {
			for _, f := range s.Frames[len(l.Tiles):] {
				s.touchTile(f.Tiles[0]).Failed = "gone"
			}
		})
		if _, is := must(full.say(alive{l.ID, 1, 0})).(ok); !is { // the first waits to be sent
			t.Error("something was taken back")
		}
		var got []engine.Tile
		for range len(l.Tiles) - 2 {
			x := must(idle.say(ask{Have: 1 << 40})).(lease)
			got = append(got, x.Tiles...)
			if err := idle.upload(x.Tiles[0], painted([]byte("a scene"), x.Tiles[0], m.plan.Settings)); err != nil {
				t.Fatal(err)
			}
		}
		if a, is := must(full.say(alive{l.ID, 1, 0})).(less); !is || !slices.Equal(a.Tiles, got) || slices.Contains(got, l.Tiles[0]) || slices.Contains(got, l.Tiles[1]) {
			t.Errorf("%+v, handed over %v of %v", a, got, l.Tiles)
		}
		m.stop()
	})
}

// A node does not begin what was taken back, and ends what it has just begun.
func TestStintTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, e, dir := newHub(), &paint{before: slow(time.Minute)}, t.TempDir()
		p := newPlay(t, h, 5)
		p.leases = []lease{unitOf(1, 1, 2, 3), unitOf(2, 4, 5)}
		p.answer = func(m any) message {
			switch a, is := m.(alive); {
			case is && a.Lease == 1:
				return less{[]engine.Tile{whole(3), whole(9)}}
			case is && a.Lease == 2 && a.Spent > 0:
				return less{[]engine.Tile{whole(4)}}
			}
			return nil
		}
		start := time.Now()
		d, _ := testDapp(t, h, e, nil)
		if err := d.Work(t.Context(), p.job, dir, p); err != nil {
			t.Fatal(err)
		}
		p.right(1, 2, 5)
		if took := time.Since(start); took > 3*time.Minute+2*beatInterval {
			t.Errorf("it took %v, rendered %v", took, e.tiles())
		}
	})
}

// What a job's State says of nodes adds up, and its words are true.
func TestReceiptAddsUp(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 24, func(p *Plan) { p.Checks = ChecksAll })
		svc := m.serve()
		if note := svc.Progress().Note; !strings.HasPrefix(note, "waiting for nodes; 24 tiles") {
			t.Error(note)
		}
		wg := m.crowd(m.actor(1, 10*time.Second), m.actor(2, 10*time.Second))
		time.Sleep(35 * time.Second)
		if p := svc.Progress(); !strings.HasPrefix(p.Note, "2 nodes render; ") || p.Detail.(State).Expected.IsZero() {
			t.Error(p.Note)
		}
		paid := m.await(time.Hour)
		wg.Wait()
		repeats, tiles := 0, 0
		for _, n := range m.state().Nodes {
			repeats, tiles = repeats+n.Repeats, tiles+n.Tiles
			if n.TilePay+n.RepeatPay+n.Share != n.Earned || n.RepeatPay == 0 || n.TilePay == 0 || n.State != NodeDone {
				t.Errorf("%+v", n)
			}
		}
		if v := m.state(); repeats != v.Checks.Repeated || tiles != 24 || v.Left+v.Checking != 0 || total(paid) < testBid-10 {
			t.Errorf("%d repeats, %d tiles, %+v", repeats, tiles, v.Checks)
		}
	})
}

func TestNotes(t *testing.T) {
	for want, c := range map[string]Crew{
		"waiting for nodes":                       {},
		"waiting for nodes, 1 node is lost":       {Lost: 1},
		"1 node renders, 2 nodes wait for work":   {Rendering: 1, Waiting: 2},
		"4 nodes get the scene, 3 nodes are lost": {Fetching: 4, Lost: 3},
		"2 nodes render, 1 node gets the scene":   {Rendering: 2, Fetching: 1},
	} {
		if got := c.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Ended while its frames are all there and still checked: nothing is shared either.
func TestJobCancelledChecking(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 2, nil)
		m.own.before = func(ctx context.Context, _ engine.Tile) error { <-ctx.Done(); return ctx.Err() }
		svc := m.serve()
		a := m.actor(1, 10*time.Second)
		a.quit = func(n int) bool { return n == 2 }
		m.crowd(a).Wait()
		time.Sleep(5 * time.Second) // the frames are written
		if note := svc.Progress().Note; note != "1 tile is still checked" {
			t.Error(note)
		}
		if paid, want := svc.Settle(), 2*svc.s.Terms.worth(32*18); paid[a.addr] != want {
			t.Error(paid, want)
		}
		m.stop()
	})
}
