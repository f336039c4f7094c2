package chaintest_test

import (
	"testing"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// simPayments are the payer's transactions, all valid from genesis on.
func simPayments(t *testing.T, p *consensus.Params) (txs []*types.Tx) {
	t.Helper()
	g := chaintest.New(t, p)
	payer := chaintest.NewKey("payer")
	for range chaintest.CoinsEach / 2 {
		txs = append(txs, g.Post(payer, types.Coin, 1000))
		txs = append(txs, g.Tx(chaintest.Spec{From: payer,
			To: []consensus.Payment{{Address: chaintest.Bootstrap().Address(), Amount: types.Coin}}}))
	}
	return txs
}
