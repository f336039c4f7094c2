package node

import (
	"path/filepath"
	"testing"
	"time"

	"supercomputing/chain"
	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/miner"
	"supercomputing/wallet"
	"supercomputing/wallet/keys"
)

// TestRegistrar: a registration that waits for a block is not paid for again.
func TestRegistrar(t *testing.T) {
	ann := chaintest.NewKey("ann")
	g := chaintest.New(t, chaintest.Params([]string{ann.Name}, nil))
	late := time.Unix(g.Params.GenesisTime+1<<30, 0)
	m, err := chain.Open(g.Params, chain.NewMemStore(), chain.Options{Clock: func() time.Time { return late }})
	if err != nil {
		t.Fatal(err)
	}
	words, err := keys.NewWords(12)
	if err != nil {
		t.Fatal(err)
	}
	ks, err := keys.Create(filepath.Join(t.TempDir(), "keystore"), words, "", 1, []byte(testPass),
		keys.Options{Argon2: keys.LightArgon2(), Weak: true})
	if err != nil {
		t.Fatal(err)
	}
	id, err := ks.Identity()
	if err != nil {
		t.Fatal(err)
	}
	mk, err := newMinerKeys(id)
	if err != nil {
		t.Fatal(err)
	}
	w, err := wallet.Open(walletChain{m}, ks, wallet.NewMemStore(), wallet.Options{Params: g.Params})
	if err != nil {
		t.Fatal(err)
	}
	block := func(txs ...*types.Tx) {
		t.Helper()
		if err := m.AddBlock(g.Extend(txs...)); err != nil {
			t.Fatal(err)
		}
		if err := w.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	fund := consensus.Payment{Address: w.Identity(), Amount: types.Coin}
	block(g.Tx(chaintest.Spec{From: ann, To: []consensus.Payment{fund, fund}}))
	for i := range 3 {
		if err := (registrar{w}).RegisterProducer(t.Context(), miner.Registration(g.Params.ID, mk)); err != nil {
			t.Fatalf("registration %d: %v", i, err)
		}
		if n := len(m.PoolTxs()); n != 1 {
			t.Fatalf("%d registrations wait", n)
		}
	}
}
