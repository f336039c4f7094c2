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
