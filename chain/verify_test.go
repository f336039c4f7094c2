package chain_test

import (
	"fmt"
	"testing"

	"supercomputing/chain"
	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// One wrong signature anywhere in a block is found by any number of workers,
// also when the pool knew the transaction with a right one, and what was
// verified beside it does not count as such for a wrong one later.
func TestOneWrongSignatureInABlock(t *testing.T) {
	const n = 24
	g := newGen(t, nil)
	keys := make([]*chaintest.Key, n)
	out := make([]consensus.Payment, n)
	for i := range out {
		keys[i] = chaintest.NewKey(fmt.Sprint("owner ", i%(n/2)))
		out[i] = consensus.Payment{Address: keys[i].Address(), Amount: types.Coin}
	}
	fan := g.Tx(chaintest.Spec{From: ann, To: out})
	g.Extend(fan)
	txs := make([]*types.Tx, n)
	for i := range txs {
		txs[i] = from(g, keys[i], types.Coin/100, nil, coin(fan, i))
	}
	good := g.Build(txs...)
	for _, workers := range []int{1, 2, 3, 2 * n} {
		m, err := chain.Open(g.Params, chain.NewMemStore(), chain.Options{Clock: newClock(g.Params).now, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		add(t, m, blocks(g, 0)...)
		for _, tx := range txs[:n/3] {
			if err := m.AddTx(tx); err != nil {
				t.Fatal(err)
			}
		}
		for i := 1; i <= n; i += 5 {
			bad := g.Mutate(good, func(b *types.Block) { b.Txs[i].TxIn[0].Witness[0][40] ^= 1 })
			wantErr(t, m.AddBlock(bad), consensus.ErrScript)
			off := g.Mutate(good, func(b *types.Block) { clear(b.Txs[i].TxIn[0].Witness[0]) })
			wantErr(t, m.AddBlock(off), consensus.ErrScript)
		}
		if err := m.AddBlock(good); err != nil {
			t.Errorf("%d workers: %v", workers, err)
		}
	}
}
