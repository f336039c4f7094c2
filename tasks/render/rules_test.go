package render

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
	"supercomputing/tasks/journal"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
)

func rulesPlan(frames int) Plan {
	return Plan{
		Scene: "/s.paint", Engine: "paint", Version: "1.2.3", Frames: []Range{{1, frames, 1}}, Output: "/out", Format: PNG,
		Settings: engine.Settings{Width: 40, Height: 30, Form: picture.RGB8}, Checks: ChecksUsual, Rows: 1, Cols: 1,
		FrameSeconds: 30, Repeats: 0.4, Build: paintBuild,
	}
}

func TestShares(t *testing.T) {
	last := 1.0
	for trust := 0.0; trust < 40; trust++ {
		p := repeatShare(trust)
		if p > last || p < leastRepeats || ownShare(trust) < leastOwn {
			t.Errorf("trust %v: repeats %v, own %v", trust, p, ownShare(trust))
		}
		last = p
	}
	if repeatShare(0) != 0.8 || repeatShare(-5) != 0.8 || repeatShare(100) != leastRepeats {
		t.Error("unknown nodes are repeated mostly, proven ones hardly")
	}
	if historyTrust(0) != 0 || historyTrust(types.Coin/10) != 1 || historyTrust(types.MaxAmount) != historyWorth {
		t.Error("history:", historyTrust(0), historyTrust(types.Coin/10), historyTrust(types.MaxAmount))
	}
	for _, c := range []struct {
		tiles, nodes int
		trust        float64
		checks       Checks
		from, to     float64
	}{
		{100, 4, 0, ChecksUsual, 0.2, 0.6},
		{10000, 4, 0, ChecksUsual, 0.03, 0.09},
		{4, 4, 0, ChecksUsual, 0.8, 1},
		{1000, 4, 30, ChecksUsual, 0.03, 0.06},
		{100, 4, 0, ChecksAll, 1, 1},
		{100, 4, 0, ChecksOff, 0, 0},
		{0, 0, 0, ChecksUsual, 0, 0},
	} {
		if got := PlannedRepeats(c.tiles, c.nodes, c.trust, c.checks); got < c.from || got > c.to {
			t.Errorf("%+v: %v", c, got)
		}
	}
	for trust := 0.0; trust < 50; trust++ {
		if tiles, after := forceAt(trust); tiles < forceTiles || after < forceAfter || after > forceMost {
			t.Error(trust, tiles, after)
		}
	}
}

// balance checks what must hold for the accounts at any time.
func balance(s *state) error {
	paid, held := types.Amount(0), types.Amount(0)
	byNode := make(map[nodeID]types.Amount)
	for _, f := range s.Frames {
		for _, t := range f.Tiles {
			seen := make(map[nodeID]bool)
			for i, c := range t.Claims {
				if seen[c.Node] && !c.Node.own() {
					return fmt.Errorf("%v has two claims of a node", t.Tile)
				}
				seen[c.Node] = true
				if !c.Paid {
					byNode[c.Node] += c.Pay
				}
				if c.Void && !c.Paid && c.Pay != 0 {
					return fmt.Errorf("%v: claim %d is void and held for", t.Tile, i)
				}
			}
			if k := t.kept(); k != nil && k.Void {
				return fmt.Errorf("%v keeps a picture that is not believed", t.Tile)
			}
			if t.Check != nil && t.kept() == nil {
				return fmt.Errorf("%v: a check of nothing", t.Tile)
			}
		}
	}
	for n, a := range s.Nodes {
		if a.Held < 0 || a.Paid < 0 || a.Share < 0 || a.Held != byNode[n] {
			return fmt.Errorf("node %.4s: held %v, claims %v, paid %v, share %v", types.Address(n), a.Held, byNode[n], a.Paid, a.Share)
		}
		paid, held = paid+a.Paid+a.Share, held+a.Held
	}
	if paid != s.Paid || held != s.Held || paid+held > s.Terms.Bids {
		return fmt.Errorf("paid %v (%v), held %v (%v), bids %v", paid, s.Paid, held, s.Held, s.Terms.Bids)
	}
	return nil
}

// Random sequences of all that can happen: the accounts always balance, never
// exceed the bids, every primary delivery is worth something, and a journal
// replayed gives the same state at any point.
func TestRandomSequences(t *testing.T) {
	for seed := range uint64(24) {
		rng := rand.New(rand.NewPCG(seed, 1))
		p := rulesPlan(4 + rng.IntN(20))
		p.Checks = []Checks{ChecksUsual, ChecksUsual, ChecksAll, ChecksOff}[rng.IntN(4)]
		p.Repeats = float64(rng.IntN(3)) / 3
		p.Rows, p.Cols = 1, 1+rng.IntN(2)
		if rng.IntN(3) == 0 {
			p.Build = ""
		}
		now := time.Unix(1e9, 0)
		s := newState(p, MinBid*types.Amount(1+rng.IntN(1000)), now)
		copied := new(state)
		for _, l := range s.snapshot() {
			replayLine(t, copied, l)
		}
		nodes := make([]nodeID, 2+rng.IntN(5))
		for i := range nodes {
			nodes[i] = nodeID{byte(i + 1)}
			s.touchNode(nodes[i]).Build = paintBuild
		}
		step := func(f func()) {
			s.begin()
			for _, n := range nodes {
				s.touchNode(n)
			}
			f()
			if rng.IntN(6) == 0 { // the disk refuses
				before := marshal(copied)
				s.rollback()
				if now := marshal(s); before != now {
					t.Fatalf("seed %d: rolled back to another state:\n%s\n%s", seed, before, now)
				}
			} else {
				replayLine(t, copied, s.changed())
				s.dirty = dirty{}
			}
			if err := balance(s); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		s.begin()
		for _, n := range nodes {
			s.touchNode(n)
		}
		replayLine(t, copied, s.changed())
		s.dirty = dirty{}
		e := surroundings{chance: rng.Float64, able: func(*tile) bool { return rng.IntN(2) == 0 }}
		for range 400 {
			now = now.Add(time.Duration(rng.IntN(60)) * time.Second)
			e.now = now
			n := nodes[rng.IntN(len(nodes))]
			step(func() { randomStep(s, rng, n, e) })
		}
		s.index()
		copied.index()
		if a, b := marshal(s), marshal(copied); a != b {
			t.Fatalf("seed %d: replayed\n%s\nis not\n%s", seed, b, a)
		}
		step(func() { s.waive(now); s.close(now, true) })
		if err := balance(s); err != nil {
			t.Fatalf("seed %d at the end: %v", seed, err)
		}
	}
}

func marshal(s *state) string {
	l := line{Rest: &s.rest, Frames: s.Frames, Nodes: s.Nodes, Leases: s.Leases}
	b, err := json.Marshal(l)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func replayLine(t *testing.T, s *state, l any) {
	t.Helper()
	b, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	var again line
	if err := json.Unmarshal(b, &again); err != nil {
		t.Fatal(err)
	}
	if string(b) == "null" {
		return
	}
	if err := s.replay(&again); err != nil {
		t.Fatal(err)
	}
}

func randomStep(s *state, rng *rand.Rand, n nodeID, e surroundings) {
	if s.Settled {
		return // then nothing changes any more
	}
	a := s.Nodes[n]
	switch rng.IntN(12) {
	case 0, 1, 2:
		if !a.out() && len(s.leasesOf(n)) < maxLeases {
			s.take(n, len(s.Nodes), e.now)
		}
	case 3, 4, 5, 6:
		for _, id := range s.leasesOf(n) {
			g := s.Leases[id]
			t := s.byTile[g.Tiles[rng.IntN(len(g.Tiles))]]
			h := pixelHash{1}
			if rng.IntN(8) == 0 {
				h = pixelHash{byte(2 + rng.IntN(3))}
			}
			if st := s.offered(n, a.Build, t.Tile, h); st == stanceUpload || st == stanceAccept {
				before := a.Held + a.Paid
				first := t.kept() == nil && s.left() > s.Terms.worth(t.pixels())/10
				s.accept(t, delivery{n, a.Build, h, time.Second, 0, st == stanceUpload}, t.kept() == nil || t.kept().Hash == h, e)
				if first && s.Nodes[n].Held+s.Nodes[n].Paid <= before {
					panic("a primary delivery is worth nothing")
				}
			}
			return
		}
	case 7:
		s.expire(e.now)
		s.recut(len(s.Nodes), e.now)
	case 8:
		s.force(s.over(), e)
		s.fallBack(s.over(), e)
	case 9, 10:
		for _, f := range s.Frames {
			for _, t := range f.Tiles {
				if t.kept() == nil || !t.Dispute && (t.Check == nil || !t.Check.Own) {
					continue
				}
				if s.ownEngine == "" {
					classes := make([]int, len(t.Claims))
					for i, c := range t.Claims {
						classes[i] = int(c.Hash[0])
					}
					s.majority(t, classes, e.now)
					return
				}
				v := verdict{build: paintBuild, first: pixelHash{1}, second: pixelHash{1}, alike: make([]bool, len(t.Claims)), wrong: make([]bool, len(t.Claims))}
				for i, c := range t.Claims {
					v.alike[i], v.wrong[i] = c.Hash[0] <= 2, c.Hash[0] > 3
				}
				if s.judge(t, v, e.now) {
					s.keepOwn(t, paintBuild, v.first, time.Second, e.now)
				}
				return
			}
		}
	case 11:
		switch rng.IntN(8) {
		case 0:
			s.catch(n, "a test", e.now)
		case 1:
			s.dropLeases(n)
		case 2:
			s.Terms.Bids += MinBid
		case 3:
			for _, id := range s.leasesOf(n) {
				s.fail(n, s.byTile[s.Leases[id].Tiles[0]], reasonScene, "a test", e.now)
				return
			}
		case 4:
			s.settle(e.now)
		case 5:
			for _, f := range s.Frames {
				if t := f.Tiles[0]; t.kept() != nil && rng.IntN(5) == 0 {
					s.lose(t)
					return
				}
			}
		}
	}
}

// What own renderings tell of a claim: who is paid, who gets a strike, who is
// caught. Nobody of an equal build is caught unless this machine rendered the
// tile alike twice.
func TestJudge(t *testing.T) {
	const alike, unlike, wrong = 0, 1, 2
	other := strings.Repeat("ab", buildLen)
	cases := map[string]struct {
		build         string
		hash          byte
		first, second byte
		like          byte // alike, unlike or wrong
		strikes       int  // before
		want          string
	}{
		"the same":                           {paintBuild, 1, 1, 1, alike, 0, "paid"},
		"another picture, same build":        {paintBuild, 2, 1, 1, wrong, 0, "caught"},
		"other noise, same build":            {paintBuild, 2, 1, 1, unlike, 0, "strike"},
		"other noise, a second time":         {paintBuild, 2, 1, 1, unlike, 1, "caught"},
		"a flipped bit, same build":          {paintBuild, 2, 1, 1, alike, 0, "strike"},
		"a second flipped bit":               {paintBuild, 2, 1, 1, alike, 1, "dismissed"},
		"alike, other build":                 {other, 2, 1, 1, alike, 0, "paid"},
		"unlike, other build":                {other, 2, 1, 1, unlike, 0, "strike"},
		"unlike too often, other build":      {other, 2, 1, 1, unlike, 2, "barred"},
		"another picture, other build":       {other, 2, 1, 1, wrong, 0, "caught"},
		"not reproducible, alike":            {paintBuild, 2, 1, 3, alike, 0, "paid"},
		"not reproducible, unlike":           {paintBuild, 2, 1, 3, unlike, 0, "strike"},
		"not reproducible, wrong":            {paintBuild, 2, 1, 3, wrong, 0, "strike"},
		"not reproducible, unlike too often": {paintBuild, 2, 1, 3, unlike, 2, "barred"},
		"not reproducible, other build":      {other, 2, 1, 3, wrong, 0, "strike"},
	}
	for name, c := range cases {
		now := time.Unix(1e9, 0)
		s := newState(rulesPlan(3), types.Coin, now)
		n := nodeID{1}
		s.touchNode(n).Build, s.touchNode(n).Strikes = c.build, c.strikes
		e := surroundings{now, func() float64 { return 0.99 }, func(*tile) bool { return true }}
		_, g := s.take(n, 1, now)
		tl := s.byTile[g.Tiles[0]]
		s.accept(tl, delivery{n, c.build, pixelHash{c.hash}, time.Second, 0, true}, true, e)
		if tl.Check == nil || !tl.Check.Own {
			t.Fatalf("%s: the first delivery is not checked here", name)
		}
		replaced := s.judge(tl, verdict{paintBuild, pixelHash{c.first}, pixelHash{c.second}, []bool{c.like == alike}, []bool{c.like == wrong}}, now)
		a, got := s.Nodes[n], "strike"
		switch {
		case a.Caught != "":
			got = "caught"
		case a.Doubted:
			got = "dismissed"
		case a.Barred != "":
			got = "barred"
		case a.Paid > 0:
			got = "paid"
		}
		if got != c.want || replaced == (got == "paid") || a.Held != 0 {
			t.Errorf("%s: %s, replaced %v, %+v", name, got, replaced, a)
		}
		if err := balance(s); replaced {
			s.keepOwn(tl, paintBuild, pixelHash{c.first}, 0, now)
			err = balance(s)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A caught node's pictures go, unless somebody else vouches for them.
func TestExpel(t *testing.T) {
	now := time.Unix(1e9, 0)
	s := newState(rulesPlan(3), types.Coin, now)
	liar, honest := nodeID{1}, nodeID{2}
	e := surroundings{now, func() float64 { return 0.99 }, func(*tile) bool { return true }}
	for _, n := range []nodeID{liar, honest} {
		s.touchNode(n).Build, s.touchNode(n).Own = paintBuild, 1
	}
	var ts []*tile
	for i, f := range s.Frames {
		tl := f.Tiles[0]
		ts = append(ts, tl)
		tl.Asked, tl.held = []nodeID{liar, honest}, []nodeID{liar, honest}
		s.accept(tl, delivery{liar, paintBuild, pixelHash{9}, time.Second, 0, true}, true, e)
		switch i {
		case 1: // another node agrees
			s.accept(tl, delivery{honest, paintBuild, pixelHash{9}, time.Second, 0, false}, true, e)
		case 2: // this machine agrees
			s.judge(tl, verdict{paintBuild, pixelHash{9}, pixelHash{9}, []bool{true}, []bool{false}}, now)
		}
	}
	paid := s.Nodes[liar].Paid
	s.catch(liar, "a test", now)
	if ts[0].kept() != nil || ts[1].kept() == nil || ts[1].kept().Node != honest || !ts[1].kept().File || ts[2].kept() == nil {
		t.Errorf("%+v\n%+v\n%+v", ts[0], ts[1], ts[2])
	}
	if a := s.Nodes[liar]; a.Held != 0 || a.Paid != paid {
		t.Errorf("%+v", a)
	}
	if err := balance(s); err != nil {
		t.Error(err)
	}
	s.catch(honest, "a test", now) // then nobody is left who vouches for it
	if ts[1].kept() != nil || ts[2].kept() == nil {
		t.Error("two that vouched for each other")
	}
}

// Two that agree outvote one; two that differ decide nothing.
func TestMajority(t *testing.T) {
	for classes, want := range map[[3]int][3]bool{
		{1, 1, 2}:  {true, true, false},
		{1, 2, 2}:  {false, true, true},
		{1, 2, 1}:  {true, false, true},
		{1, 2, 3}:  {true, true, true},
		{-1, 1, 2}: {true, true, true},
	} {
		p := rulesPlan(1)
		p.Build = ""
		now := time.Unix(1e9, 0)
		s := newState(p, types.Coin, now)
		tl := s.Frames[0].Tiles[0]
		e := surroundings{now, func() float64 { return 0.99 }, func(*tile) bool { return true }}
		for i := range 3 {
			n := nodeID{byte(i + 1)}
			s.touchNode(n).Build = paintBuild
			tl.Asked, tl.held = append(tl.Asked, n), append(tl.held, n)
			s.accept(tl, delivery{n, paintBuild, pixelHash{byte(i + 1)}, time.Second, 0, true}, i == 0, e)
		}
		decided := s.majority(tl, classes[:], now)
		for i, c := range tl.Claims {
			if c.Void == want[i] || decided && c.Paid != want[i] {
				t.Errorf("%v: claim %d is %+v", classes, i, c)
			}
		}
		if decided == tl.Dispute || tl.kept().Void {
			t.Errorf("%v: decided %v, %+v", classes, decided, tl)
		}
	}
}

// Units are sized by speed and shrink near the end; two nodes never get the same
// tile but as a repeat or a double.
func TestUnits(t *testing.T) {
	now := time.Unix(1e9, 0)
	s := newState(rulesPlan(100), types.Coin, now)
	slow, fast := nodeID{1}, nodeID{2}
	px := float64(40 * 30)
	s.touchNode(slow).Speed, s.touchNode(fast).Speed = px/60, px/5
	_, a := s.take(slow, 2, now)
	_, b := s.take(fast, 2, now)
	if len(a.Tiles) != 1 || len(b.Tiles) != 18 || a.Tiles[0].Frame != 1 || b.Tiles[0].Frame != 2 {
		t.Errorf("slow %d, fast %d tiles", len(a.Tiles), len(b.Tiles))
	}
	if a.Until.Sub(now) != 3*time.Minute {
		t.Error("deadline", a.Until.Sub(now))
	}
	s = newState(rulesPlan(8), types.Coin, now)
	s.touchNode(fast).Speed = px / 1
	if _, g := s.take(fast, 2, now); len(g.Tiles) != 2 {
		t.Errorf("%d of 8 tiles for one of two nodes", len(g.Tiles))
	}
	for range 20 {
		s.take(fast, 1, now)
	}
	if _, g := s.take(fast, 1, now); g != nil {
		t.Error("a node's own tile was doubled")
	}
	s.touchNode(slow).Speed = px
	_, b = s.take(slow, 2, now)
	if b == nil || len(b.Tiles) != 1 || b.Tiles[0].Frame == 1 {
		t.Errorf("the tile at work was doubled before those that wait: %+v", b)
	}
	s = newState(rulesPlan(2), types.Coin, now)
	s.touchNode(fast).Speed, s.touchNode(slow).Speed = px, px
	s.take(fast, 1, now)
	_, last := s.take(fast, 1, now)
	for i, want := range []int{last.Tiles[0].Frame, 1} {
		id, g := s.take(slow, 2, now)
		if g == nil || len(g.Tiles) != 1 || g.Tiles[0].Frame != want {
			t.Fatalf("doubled %d: %+v, want frame %d", i, g, want)
		}
		s.dropLease(id)
		s.byTile[g.Tiles[0]].Fails = []failure{{Node: slow}} // not this one again
	}
}

func TestRegrid(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		rows, cols  int
		took, setup time.Duration
		frames      int
		r, c        int
	}{
		{1, 1, 60 * s, s, 100, 1, 1},
		{1, 1, 100 * s, s, 100, 1, 1},
		{1, 1, 0, 0, 100, 1, 1},
		{2, 2, 3 * s, 2 * s, 100, 1, 1},
		// Near the end of a job of short frames there are fewer than nodes.
		{1, 1, 5 * s, s / 5, 8, 1, 1},
		{1, 1, 5 * s, s / 5, 3, 1, 1},
		{1, 1, 5 * s, s / 5, 1, 1, 1},
		{1, 1, 59 * s, s, 1, 1, 1},
		{1, 1, 170 * s, s, 4, 1, 1}, // one for each node
		{1, 1, 70 * s, s, 2, 2, 4},
		{2, 2, 20 * s, s, 2, 2, 2},
	} {
		if rows, cols := regrid(c.rows, c.cols, c.took, c.setup, c.frames, 4); rows != c.r || cols != c.c {
			t.Errorf("%+v: %d×%d", c, rows, cols)
		}
	}
	if r, c := regrid(1, 1, 900*s, s, 100, 4); r*c < 6 {
		t.Errorf("tiles of 15 minutes: %d×%d", r, c)
	}
}

// The last frames of a job stay whole like the others, unless they take long.
func TestRecut(t *testing.T) {
	now := time.Unix(1e9, 0)
	for _, c := range []struct {
		frames, begun int
		each          float64 // seconds of a frame
		tiles         int     // of each frame that is not begun
	}{
		{48, 45, 5, 1},
		{48, 46, 59, 1},
		{48, 46, 120, 6},
		{48, 10, 170, 1},
		{48, 10, 400, 4},
	} {
		s := newState(rulesPlan(c.frames), types.Coin, now)
		s.Plan.Rows, s.Plan.Cols = 1, 1
		s.Plan.Settings.Width, s.Plan.Settings.Height = 320, 180
		for i, f := range s.Frames {
			f.cut(s.Plan.Settings, 1, 1)
			if i < c.begun {
				f.Tiles[0].Asked = []nodeID{{1}}
			}
		}
		s.Timed = timed{N: 8, Took: 8 * c.each, Setup: 0.8}
		s.recut(3, now)
		for i, f := range s.Frames {
			if want := c.tiles; i >= c.begun && len(f.Tiles) != want || i < c.begun && len(f.Tiles) != 1 {
				t.Fatalf("%+v: frame %d has %d tiles", c, f.Frame, len(f.Tiles))
			}
		}
	}
}

func TestPlanRefused(t *testing.T) {
	for name, corrupt := range map[string]func(*Plan){
		"no frames":      func(p *Plan) { p.Frames = nil },
		"relative":       func(p *Plan) { p.Output = "out" },
		"format":         func(p *Plan) { p.Format = "gif" },
		"form":           func(p *Plan) { p.Format = EXR },
		"checks":         func(p *Plan) { p.Checks = "some" },
		"video, no rate": func(p *Plan) { p.Video = true },
		"no grid":        func(p *Plan) { p.Rows = 0 },
		"whole only":     func(p *Plan) { p.WholeOnly, p.Cols = true, 2 },
		"too many tiles": func(p *Plan) { p.Frames, p.Rows, p.Cols = []Range{{1, MaxFrames, 1}}, 2, 2 },
		"no pixels":      func(p *Plan) { p.Settings.Width = 0 },
		"no number":      func(p *Plan) { p.FrameSeconds = -1 },
	} {
		p := rulesPlan(3)
		if err := p.check(); err != nil {
			t.Fatal(err)
		}
		corrupt(&p)
		if err := p.check(); !errors.Is(err, ErrPlan) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A journal cut anywhere at its end, as a crash leaves it, opens as an earlier
// state; and pictures that it does not know do no harm.
func TestStoreTornEnd(t *testing.T) {
	dir := t.TempDir()
	st, s, err := openStore(dir)
	if err != nil || s != nil {
		t.Fatal(s, err)
	}
	now := time.Unix(1e9, 0)
	s = newState(rulesPlan(6), types.Coin, now)
	if err := st.journal.Rewrite(s.snapshot()...); err != nil {
		t.Fatal(err)
	}
	first := st.journal.Size()
	n := nodeID{3}
	for range 4 {
		s.begin()
		s.touchNode(n).Build = paintBuild
		s.take(n, 1, now)
		s.log(now, n, "took some")
		if err := st.commit(s); err != nil {
			t.Fatal(err)
		}
	}
	st.close()
	raw, err := os.ReadFile(filepath.Join(dir, journalFile))
	if err != nil {
		t.Fatal(err)
	}
	for size := first; size <= int64(len(raw)); size += 37 {
		other := t.TempDir()
		if err := os.WriteFile(filepath.Join(other, journalFile), raw[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		st, got, err := openStore(other)
		if err != nil || got == nil || got.Lease > s.Lease || len(got.Log) != int(got.Lease) {
			t.Fatalf("cut to %d bytes: %v", size, err)
		}
		st.close()
	}
	if _, err := journal.Open(filepath.Join(dir, journalFile), func([]byte) error { return nil }); err != nil {
		t.Error(err)
	}
	raw[first/2] ^= 1
	os.WriteFile(filepath.Join(dir, journalFile), raw, 0o600)
	if _, _, err := openStore(dir); !errors.Is(err, tasks.ErrState) {
		t.Error("damage in the middle:", err)
	}
}

func TestUploadResume(t *testing.T) {
	st, _, err := openStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	pic := painted([]byte("x"), whole(1), testSettings)
	data := pic.Encode()
	m := result{Tile: whole(1), Hash: pic.Hash(), Length: int64(len(data)), Took: time.Second}
	n := nodeID{4}
	u, err := st.receive(n, m)
	if err != nil || u.offset != 0 {
		t.Fatal(u, err)
	}
	if err := u.write(data[:100]); err != nil {
		t.Fatal(err)
	}
	again, err := st.receive(n, m) // as after a restart
	if err != nil || again.offset != 100 || again.Took != 1000 {
		t.Fatalf("%+v, %v", again, err)
	}
	if err := again.write(data[100:]); err != nil {
		t.Fatal(err)
	}
	if got, _, err := again.read(testSettings.Form); err != nil || got.Hash() != pic.Hash() {
		t.Error(err)
	}
	again.restart()
	if err := again.write(slices.Repeat([]byte{7}, len(data))); err != nil {
		t.Fatal(err)
	}
	if _, _, err := again.read(testSettings.Form); !errors.Is(err, errWrongBytes) {
		t.Error("garbage:", err)
	}
	other := m
	other.Hash[0]++
	if u, err := st.receive(n, other); err != nil || u.offset != 0 {
		t.Error("another picture continues the old one:", u, err)
	}
	if _, err := st.resume(nodeID{5}, whole(1)); err == nil {
		t.Error("resumed nothing")
	}
}

func TestStanding(t *testing.T) {
	dir, now := t.TempDir(), time.Unix(1e9, 0)
	s := must(openStanding(dir))
	good, bad := types.Address{1}, types.Address{2}
	s.passed(good, 5, now)
	s.passed(bad, 50, now)
	if trust, _ := s.of(bad); trust != mostStanding {
		t.Error("standing has no ceiling:", trust)
	}
	if err := s.caught(bad, "it lied", now); err != nil {
		t.Fatal(err)
	}
	s = must(openStanding(dir))
	if trust, caught := s.of(good); trust != 5 || caught != "" {
		t.Error(trust, caught)
	}
	if trust, caught := s.of(bad); trust != 0 || caught != "it lied" {
		t.Error(trust, caught)
	}
	for i := range maxStanding + 10 {
		s.passed(types.Address{9, byte(i), byte(i >> 8), byte(i >> 16)}, 1, now.Add(time.Duration(i)*time.Second))
	}
	if _, caught := s.of(bad); caught == "" || len(s.nodes) > maxStanding {
		t.Error("strangers pushed out a bad name:", len(s.nodes))
	}
}

func TestPrepare(t *testing.T) {
	m := newStage(t, 3, nil)
	spec, ih, err := JobSpec(m.job.Post)
	if err != nil || spec.Engine != "paint" || spec.Series != "1.2" || spec.Name != "film.paint" || spec.CoreSeconds != 60 || len(spec.Hints) != 1 {
		t.Fatal(spec, err)
	}
	p := must(m.dapp.req.plan(ih, spec))
	if err := (&paint{}).CheckBundle(p.Folder); err != nil {
		t.Error(err)
	}
	second, err := m.dapp.Prepare(t.Context(), m.plan)
	if err != nil || reflect.DeepEqual(second.InfoHash, m.job.Post.InfoHash) {
		t.Error("the same scene is the same bundle:", err)
	}
	if err := m.dapp.Forget(second); err != nil {
		t.Error(err)
	}
	if err := m.dapp.Forget(second); err != nil {
		t.Error("forgotten twice:", err)
	}
	forged := m.job
	spec.Settings.Samples++
	forged.Post.Spec = must(spec.Encode())
	if _, err := m.dapp.Serve(forged, t.TempDir()); !errors.Is(err, ErrPlan) {
		t.Error("another job's plan:", err)
	}
	if _, err := m.dapp.Serve(tasks.Job{Post: second}, t.TempDir()); err == nil {
		t.Error("a job without a plan is served")
	}
	bad := m.plan
	bad.Engine = "crayon"
	if _, err := m.dapp.Prepare(t.Context(), bad); !errors.Is(err, ErrNoEngine) {
		t.Error(err)
	}
	bad = m.plan
	bad.Scene = "/nowhere"
	if _, err := m.dapp.Prepare(t.Context(), bad); err == nil {
		t.Error("packed nothing")
	}
	if es, _ := os.ReadDir(filepath.Join(m.dapp.opt.Dir, bundlesDir)); len(es) != 1 {
		t.Errorf("%d bundles are left", len(es))
	}
}

func TestSuggest(t *testing.T) {
	m := newStage(t, 3, nil)
	q := m.dapp.Suggest(3600*100, 0, 4, nil)
	if q.Suggested != 100*listPrice || q.Rank != 1 || q.First != q.Suggested || q.Open != 0 {
		t.Errorf("%+v", q)
	}
	if q := m.dapp.Suggest(3600*100, 0.5, 4, nil); q.Suggested != 150*listPrice {
		t.Errorf("%+v", q)
	}
	for nodes, want := range map[int]types.Amount{0: MinBid, 1: MinBid, 4: 4 * leastPart, 25: types.Coin / 10} {
		if q := m.dapp.Suggest(1, 0.5, nodes, nil); q.Suggested != want || q.Suggested/types.Amount(max(nodes, 1)) < types.MinScore {
			t.Errorf("%d nodes: %+v", nodes, q)
		}
	}
	var open []tasks.Job
	for i := range 3 {
		j := m.job
		spec, _, _ := JobSpec(j.Post)
		spec.CoreSeconds = 3600 * 100
		j.Post.Spec = must(spec.Encode())
		j.Bids = types.Amount(i+1) * 100 * listPrice
		open = append(open, j)
	}
	// Repeats are in the bids of others: prices do not rise by them at each job.
	for _, repeats := range []float64{0, 0.5} {
		if q := m.dapp.Suggest(3600*100, repeats, 4, open); q.Suggested != 200*listPrice || q.Rank != 3 || q.First != 300*listPrice+1 || q.Open != 3 {
			t.Errorf("%+v", q)
		}
	}
	for i := range open { // short ones pay the least there is
		spec, _, _ := JobSpec(open[i].Post)
		spec.CoreSeconds = 70
		open[i].Post.Spec, open[i].Bids = must(spec.Encode()), 4*leastPart
	}
	if q := m.dapp.Suggest(3600*100, 0, 4, open); q.Suggested != 100*listPrice {
		t.Errorf("short jobs made the price of a long one: %+v", q)
	}
}
