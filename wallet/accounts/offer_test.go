package accounts

import (
	"testing"

	"supercomputing/chain/types"
)

// What all signed and the node refuses is offered again with each new block,
// and not in between: offering it is a change that would wake us again at once.
func TestRefusedTransactionIsOfferedAgain(t *testing.T) {
	w := newWorld(t, nil)
	id, ps := w.team(2, 2, 10*types.Coin)
	d := ps[0].propose(id, types.Coin)
	w.settle()
	w.closed = true
	for _, p := range ps {
		p.sign(d.ID)
	}
	w.settle()
	first := w.offered
	if first == 0 {
		t.Fatal("it was never offered")
	}
	w.settle()
	for _, p := range ps {
		for range 10 {
			p.Tick(t.Context())
		}
	}
	if w.offered != first {
		t.Errorf("offered %d times without a new block, then %d", first, w.offered)
	}
	if got := ps[0].see(d.ID); got.State != StateOpen || got.Why == nil {
		t.Errorf("refused: %s, %v", got.State, got.Why)
	}
	w.mine(1)
	w.settle()
	if w.offered == first {
		t.Error("a new block changed nothing")
	}
	w.closed = false
	w.mine(1)
	w.settle()
	w.mine(1)
	w.settle()
	w.wantState(d.ID, StateConfirmed)
}
