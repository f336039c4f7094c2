package accounts

import (
	"context"
	"testing"
	"time"

	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/cosign"
)

// A proposal's row of the first version, with a PSBT in it, still opens.
func TestOlderProposalRow(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(2, 0, types.Coin)
	a := people[0]
	d := a.propose(id, types.Coin/2)
	a.sign(d.ID)
	p := a.proposals[d.ID]
	row, stored := p.encode(), types.AppendBytes(nil, p.packet.Store())
	row = types.AppendBytes(row[:len(row)-len(stored)], shrink(p.packet.Slim(), p.base))
	row[0] = rowVersion
	got, err := a.decodeProposal(row)
	if err != nil || got.id != d.ID || !got.consent || got.packet.Encode() != p.packet.Encode() {
		t.Errorf("%+v, %v", got, err)
	}
}

// Opening verifies nothing again: 300 large proposals would take more than a
// minute, and take a fraction of a second.
func TestOpeningVerifiesNothing(t *testing.T) {
	alone(t)
	const coins = 60
	w := newWorld(t, nil)
	id, people := w.team(2, 0)
	amounts := make([]types.Amount, coins)
	for i := range amounts {
		amounts[i] = types.Coin / 100
	}
	a := people[0]
	w.pay(a.account(id).Address, amounts...)
	w.mine(1)
	d, err := a.Propose(context.Background(), Request{Account: id, All: true, Outputs: []wallet.Output{{Address: ben.Address()}}})
	if err != nil {
		t.Fatal(err)
	}
	a.sign(d.ID)
	p := a.proposals[d.ID]
	row := p.encode()
	fastest := func(fn func()) time.Duration {
		best := time.Hour
		for range 5 {
			start := time.Now()
			fn()
			best = min(best, time.Since(start))
		}
		return best
	}
	open := fastest(func() {
		if _, err := a.decodeProposal(row); err != nil {
			t.Fatal(err)
		}
	})
	verify := fastest(func() {
		if _, err := cosign.Decode(p.packet.Encode(), a.params.ID, p.packet.Account()); err != nil {
			t.Fatal(err)
		}
	})
	if 10*open > verify {
		t.Errorf("opening takes %v, verifying %v", open, verify)
	}
}
