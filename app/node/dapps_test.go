package node

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain"
	"supercomputing/chain/chaintest"
	"supercomputing/chain/types"
)

// A registered dapp is listed once it is in a block, with what the jobs of
// others bring its developer: a fifth of their bids.
func TestRegisteredDapp(t *testing.T) {
	dev, payer := chaintest.NewKey("dapp dev"), chaintest.NewKey("dapp payer")
	gen := chaintest.New(t, chaintest.Params([]string{dev.Name, payer.Name}, nil))
	mgr, err := chain.Open(gen.Params, chain.NewMemStore(), chain.Options{Clock: func() time.Time { return time.Unix(gen.Params.GenesisTime+1<<30, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	n := &Node{params: gen.Params, chain: mgr}
	mine := func(txs ...*types.Tx) {
		t.Helper()
		if err := mgr.AddBlock(gen.Extend(txs...)); err != nil {
			t.Fatal(err)
		}
	}
	builtin := len(gen.Params.Dapps)

	reg := gen.Record(dev, &types.DappRegistration{Name: "weather", Version: "1.0", Manifest: types.Hash{7}})
	mine(reg)
	list, err := n.Dapps(context.Background())
	if err != nil || len(list) != builtin+1 {
		t.Fatalf("%+v, %v", list, err)
	}
	d := list[builtin]
	if d.ID != reg.ID().String() || d.Name != "weather" || d.Version != "1.0" || d.Developer != n.addressText(dev.Address()) || d.Builtin ||
		d.Supported || d.Height != 1 || d.Jobs != 0 || d.Income != 0 {
		t.Errorf("%+v", d)
	}

	bid := 10 * types.Coin
	mine(gen.Record(payer, &types.JobPost{Dapp: reg.ID(), Contact: "127.0.0.1:1", Duration: 100, Bid: bid}))
	got, err := n.Dapp(context.Background(), "weather")
	if err != nil || got.Jobs != 1 || got.Bids != bid || got.Income != bid/5 || len(got.ByEpoch) != 1 || got.ByEpoch[0].Income != bid/5 {
		t.Errorf("%+v, %v", got, err)
	}
	paid, err := mgr.Payouts(dev.Address(), 0)
	if err != nil || len(paid) != 1 || paid[0].Role != chain.RoleDeveloper || paid[0].Amount != bid/5 || paid[0].Height != 2 {
		t.Errorf("%+v, %v", paid, err)
	}
}

// What “dapp register” sends is listed as one's own after a block, on a real
// node.
func TestRegisterDapp(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("real time: a block every three seconds")
	}
	m := newMember(t, filepath.Join(t.TempDir(), "a"))
	foundWith(t, quick, m)
	m.start(t)
	manifest := filepath.Join(t.TempDir(), "weather.json")
	if err := os.WriteFile(manifest, []byte(`{"what":"weather"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	req := view.DappRequest{Name: "weather", Version: "1.0", Manifest: manifest}
	q := must[view.DappQuote](t)(m.client.QuoteDapp(t.Context(), req))
	sent := must[view.Sent](t)(m.client.RegisterDapp(t.Context(), req))
	if !q.Affordable || q.Price != sent.Fee {
		t.Errorf("%+v, %+v", q, sent)
	}
	m.await(t, "the dapp", func(ctx context.Context) (bool, error) {
		list, err := m.client.Dapps(ctx)
		for _, d := range list {
			if d.ID == sent.TxID {
				if !d.Mine || d.Name != "weather" || d.Height == 0 || d.Manifest != q.ManifestHash || d.Developer != m.ready.Identity {
					t.Errorf("%+v", d)
				}
				return true, nil
			}
		}
		return false, err
	})
}
