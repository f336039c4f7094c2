package render

import (
	"testing"
	"time"

	"supercomputing/chain/types"
)

// A check that nobody can make is dropped at the end. What waited for it and is
// covered by a later one is paid then: nothing else would ever pay it, and the
// job would not end.
func TestSettleDroppedCheck(t *testing.T) {
	now := time.Unix(1e9, 0)
	s := newState(rulesPlan(3), types.Coin, now)
	n := nodeID{1}
	s.touchNode(n).Build, s.touchNode(n).Own = paintBuild, 1
	e := surroundings{now, func() float64 { return 0.99 }, func(*tile) bool { return false }}
	for _, f := range s.Frames {
		tl := f.Tiles[0]
		tl.Asked, tl.held = []nodeID{n}, []nodeID{n}
		s.accept(tl, delivery{n, paintBuild, pixelHash{1}, time.Second, 0, true}, true, e)
	}
	first, last := s.Frames[0].Tiles[0], s.Frames[2].Tiles[0]
	first.held = nil
	s.order(first, false, 1, now)
	s.order(last, true, 3, now)
	s.judge(last, verdict{build: paintBuild, first: pixelHash{1}, second: pixelHash{1}, alike: []bool{true}, wrong: []bool{false}}, now)
	if len(s.Nodes[n].waiting) != 1 || s.settle(now) {
		t.Fatalf("waiting %d", len(s.Nodes[n].waiting))
	}
	s.Spent = 1 << 40 // nothing more is affordable here
	e.now = now.Add(2 * checkPatience)
	s.fallBack(true, e)
	if first.Check != nil {
		t.Fatal("the check was not dropped")
	}
	s.force(true, e)
	if !s.settle(e.now) || len(s.Nodes[n].waiting) != 0 || s.Nodes[n].Held != 0 {
		t.Errorf("not settled: %+v", s.Nodes[n])
	}
}

// A node with a strike and nothing left but repeats of others' tiles: one of
// these is rendered here, and then it is paid. Else the job would not end.
func TestSettleAfterStrike(t *testing.T) {
	now := time.Unix(1e9, 0)
	s := newState(rulesPlan(2), types.Coin, now)
	n, other := nodeID{1}, nodeID{2}
	e := surroundings{now, func() float64 { return 0.99 }, func(*tile) bool { return false }}
	deliver := func(tl *tile, n nodeID, h byte) {
		s.touchNode(n).Build = paintBuild
		tl.Asked, tl.held = append(tl.Asked, n), []nodeID{n}
		s.accept(tl, delivery{n, paintBuild, pixelHash{h}, time.Second, 0, true}, tl.kept() == nil || tl.kept().Hash == pixelHash{h}, e)
		tl.held = nil
	}
	right := verdict{build: paintBuild, first: pixelHash{1}, second: pixelHash{1}, alike: []bool{true, true}, wrong: []bool{false, false}}
	a, b := s.Frames[0].Tiles[0], s.Frames[1].Tiles[0]
	deliver(a, other, 1)
	s.judge(a, right, now)
	deliver(a, n, 1)
	deliver(b, n, 2)
	if s.judge(b, right, now) { // a flipped bit
		s.keepOwn(b, paintBuild, pixelHash{1}, time.Second, now)
	}
	for range 5 {
		if s.settle(e.now) {
			return
		}
		e.now = e.now.Add(time.Minute)
		s.force(true, e)
		for _, tl := range []*tile{a, b} {
			if tl.Check != nil && tl.Check.Own {
				s.judge(tl, right, e.now)
			}
		}
	}
	t.Errorf("not settled: %+v", s.Nodes[n])
}
