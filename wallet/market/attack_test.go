package market

import (
	"testing"

	"supercomputing/chain/types"
)

// Another branch that comes while blocks are read leaves nothing of the first,
// though both go on from the last block that was read before.
func TestBranchWhileReading(t *testing.T) {
	w := newWorld(t)
	if _, err := w.Subscribe(ann, "Ann"); err != nil {
		t.Fatal(err)
	}
	w.chain.addEmpty(3)
	w.sync()
	w.chain.add(selling("lost", 5), saying(ann, "lost"))
	w.chain.during = func() {
		w.chain.cut(1)
		w.chain.add(selling("found", 5), saying(ann, "found"))
	}
	w.sync()
	w.wantTitles(Query{}, "found")
	w.wantNews(NewsQuery{}, "found")
}

// However many made-up withdrawals there are, one of an advertisement that is
// shown counts.
func TestFloodOfWithdrawals(t *testing.T) {
	w := newWorld(t)
	ids := w.chain.add(selling("bike", 5), selling("boat", 5))
	w.sync()
	for i := range maxGone {
		w.state.gone[withdrawal{types.Hash{31: 1, 0: byte(i), 1: byte(i >> 8), 2: byte(i >> 16)}, bob}] = place{1, uint32(i)}
	}
	w.chain.add(withdrawing(bob, ids[0]), withdrawing(ann, types.Hash{7}))
	w.chain.add(withdrawing(ann, ids[1]))
	w.sync()
	w.wantTitles(Query{}, "bike")
	if n := len(w.state.gone); n != maxGone+1 {
		t.Fatalf("%d withdrawals are kept", n)
	}
}
