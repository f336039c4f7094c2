package wallet_test

import (
	"testing"
	"time"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
)

// Income is what the history calls income, and nothing else.
func TestIncome(t *testing.T) {
	id := identityOf(t, newKeys(t, aliceWords))
	w := newWorld(t, func(p *consensus.Params) { // each block pays her, and so did genesis
		p.Foundation = id
		p.Allocations = append(p.Allocations, consensus.Allocation{Address: id, Amount: 7 * coin, Label: "genesis"})
	})
	p := w.open(aliceWords, nil)
	w.mine(3)
	p.sync()
	var want types.Amount
	var newest time.Time
	for _, e := range p.History(wallet.Query{Kind: wallet.KindIncome}) {
		for _, o := range e.Parties {
			want += o.Amount
		}
		if e.Time.After(newest) {
			newest = e.Time
		}
	}
	var got types.Amount
	for _, in := range p.Income(time.Time{}) {
		got += in.Amount
		if in.Source == "" {
			t.Errorf("from nowhere: %+v", in)
		}
	}
	if got != want || got == 0 {
		t.Errorf("income %v, the history says %v", got, want)
	}
	if late := p.Income(newest.Add(time.Second)); len(late) != 0 {
		t.Errorf("of the future: %+v", late)
	}
}
