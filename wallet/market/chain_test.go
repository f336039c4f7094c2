package market

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"supercomputing/chain"
	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/keys"
)

// realChain adapts a chain.Manager to Chain and to wallet.Chain, as app/node
// does.
type realChain struct {
	t *testing.T
	*chain.Manager
	gen *chaintest.Generator
}

func (c *realChain) Tip() (types.Hash, uint32) {
	tip := c.Manager.Tip()
	return tip.Hash, tip.Height
}

func (c *realChain) BlockTime(height uint32) time.Time {
	hash, err := c.BlockHash(height)
	if err != nil {
		return time.Time{}
	}
	b, err := c.Block(hash)
	if err != nil {
		return time.Time{}
	}
	return c.gen.Params.SlotTime(b.Header.Slot)
}

func (c *realChain) Records(v types.VirtualChain, from uint32, max int) (out []Record, err error) {
	list, err := c.Manager.Records(v, from, max)
	for _, r := range list {
		out = append(out, Record{Height: r.Height, Seq: r.Seq, Tx: r.Tx, Author: r.Author, Fee: r.Fee, Payload: r.Payload})
	}
	return out, err
}

func (c *realChain) Confirmed(tx types.Hash) (uint32, bool) {
	_, pos, err := c.Transaction(tx)
	return pos.Height, err == nil
}

func (c *realChain) WaitingAds() (out []Waiting) {
	for _, e := range c.Manager.WaitingAds() {
		rec, err := types.DecodeRecord(e.Tx.Payload)
		if err != nil {
			c.t.Fatal(err)
		}
		out = append(out, Waiting{Tx: e.ID, Author: e.Author, Fee: e.Fee, VSize: e.VSize, Time: e.Time, Record: rec.(*types.Advertisement)})
	}
	return out
}

// walletChain is the same for the wallet.
type walletChain struct{ *realChain }

func (c walletChain) UpdatesSince(pos types.Hash, max int) (revert, apply []wallet.Block, err error) {
	r, a, err := c.Manager.UpdatesSince(pos, max)
	conv := func(us []chain.BlockUpdate) (out []wallet.Block) {
		for _, u := range us {
			out = append(out, wallet.Block{Block: u.Block, Hash: u.Hash, Update: u.Update})
		}
		return out
	}
	return conv(r), conv(a), err
}

func (c walletChain) PoolSince(seq uint64) (added []wallet.PoolTx, removed []types.Hash, next uint64) {
	entries, removed, next := c.Manager.PoolSince(seq)
	for _, e := range entries {
		added = append(added, wallet.PoolTx{Tx: e.Tx, Fee: e.Fee})
	}
	return added, removed, next
}

// TestOnChain posts, loses the auction, raises, wins, withdraws and publishes on
// a real chain, with a real wallet.
func TestOnChain(t *testing.T) {
	annKey := chaintest.NewKey("market ann")
	gen := chaintest.New(t, testParams())
	gen.AuditEvery(1 << 30)
	mgr, err := chain.Open(gen.Params, chain.NewMemStore(), chain.Options{Clock: func() time.Time { return time.Unix(gen.Params.GenesisTime+1<<30, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	c := &realChain{t, mgr, gen}
	words, _ := keys.ParseWords("legal winner thank year wave sausage worth useful legal winner thank yellow")
	ks, err := keys.Create(filepath.Join(t.TempDir(), "keystore"), words, "", 1, []byte("pass"), keys.Options{Argon2: keys.LightArgon2(), Weak: true})
	if err != nil {
		t.Fatal(err)
	}
	id, err := ks.Identity()
	if err != nil {
		t.Fatal(err)
	}
	wl, err := wallet.Open(walletChain{c}, ks, wallet.NewMemStore(), wallet.Options{Params: gen.Params, Rand: rand.New(rand.NewPCG(1, 2))})
	if err != nil {
		t.Fatal(err)
	}
	m, err := Open(Options{Params: gen.Params, Self: id.Address(), Chain: c, Payer: wl, Store: wallet.NewMemStore(),
		Clock: func() time.Time { return gen.Params.SlotTime(gen.Tip().Header.Slot) }})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	sync := func() {
		t.Helper()
		if err := errors.Join(wl.Sync(ctx), m.Sync(ctx)); err != nil {
			t.Fatal(err)
		}
	}
	mine := func() { // what Template would: the best advertisement, and the rest
		t.Helper()
		ad := false
		var txs []*types.Tx
		for _, e := range append(mgr.WaitingAds(), mgr.PoolTxs()...) {
			isAd := len(e.Tx.Payload) > 0 && types.Kind(e.Tx.Payload[0]) == types.KindAdvertisement
			if !isAd || !ad {
				txs = append(txs, e.Tx)
			}
			ad = ad || isAd
		}
		if err := mgr.AddBlock(gen.Extend(txs...)); err != nil {
			t.Fatal(err)
		}
		sync()
	}
	pay := func(s chaintest.Spec) types.Hash {
		t.Helper()
		s.From = annKey
		tx := gen.Tx(s)
		if err := mgr.AddTx(tx); err != nil {
			t.Fatal(err)
		}
		return tx.ID()
	}

	if q, err := m.Quote(Request{Title: "Mine"}); err != nil || q.Affordable {
		t.Fatalf("without coins: %+v, %v", q, err)
	}
	pay(chaintest.Spec{To: []consensus.Payment{{Address: id.Address(), Amount: 5 * types.Coin}}})
	mine()
	other := pay(chaintest.Spec{Record: &types.Advertisement{Title: "Other"}, Tip: 777})
	price := m.Price()
	if len(price.Waiting) != 1 || price.ToWin != price.Waiting[0].Fee+1 {
		t.Fatalf("%+v", price)
	}
	q, err := m.Quote(Request{Title: "Mine", Languages: []string{"en"}})
	if err != nil || q.Rank != 2 || q.Fee != q.Least || !q.Affordable || len(q.Notes) != 1 {
		t.Fatalf("%+v, %v", q, err)
	}
	if _, err := m.Post(ctx, Request{Title: "Mine", Languages: []string{"en"}, Most: q.Fee + q.Preparation - 1}); !errors.Is(err, wallet.ErrFeeTooHigh) {
		t.Errorf("posted beyond the bound: %v", err)
	}
	l, err := m.Post(ctx, Request{Title: "Mine", Languages: []string{"en"}, Fee: q.Fee, Most: q.Fee + q.Preparation})
	if err != nil || l.State != StateWaiting || l.Fee != q.Fee || l.Seller != id.Address() {
		t.Fatalf("%+v, %v", l, err)
	}
	if _, err := m.Raise(ctx, l.ID, l.Fee+1, 0); !errors.Is(err, ErrFee) {
		t.Errorf("a raise that nodes refuse: %v", err)
	}
	if _, err := m.Raise(ctx, l.ID, 0, price.ToWin-1); !errors.Is(err, wallet.ErrFeeTooHigh) {
		t.Errorf("raised beyond the bound: %v", err)
	}
	again, err := m.Raise(ctx, l.ID, 0, l.Fee+price.ToWin)
	if err != nil || again.ID == l.ID || again.Fee < price.ToWin || mgr.WaitingAds()[0].ID != again.ID {
		t.Fatalf("%+v, %v", again, err)
	}
	// All coins come from it, so another one has to wait.
	if _, err = m.Quote(Request{Title: "Mine"}); !errors.Is(err, wallet.ErrAdWaits) {
		t.Errorf("a second one: %v", err)
	}
	mine()
	// The quote's fee is what is paid, to the unit.
	if q, err = m.Quote(Request{Title: "Mine", Fee: again.Fee + 5}); err != nil || q.Fee != again.Fee+5 || q.Rank != 1 {
		t.Errorf("%+v, %v", q, err)
	}
	list, err := m.Listings(Query{})
	if err != nil || len(list) != 1 || list[0].ID != again.ID || list[0].Fee != again.Fee || !list[0].Mine {
		t.Fatalf("%+v, %v", list, err)
	}
	if f, ok := m.Featured(); !ok || f.ID != again.ID {
		t.Errorf("%+v", f)
	}
	mine()
	if list, _ = m.Listings(Query{}); len(list) != 2 || list[0].ID != other {
		t.Fatalf("%+v", list)
	}
	if _, err := m.Withdraw(ctx, other, 0); !errors.Is(err, ErrNotMine) {
		t.Error(err)
	}
	if _, err := m.Withdraw(ctx, again.ID, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Withdraw(ctx, again.ID, 0); !errors.Is(err, ErrWithdrawn) {
		t.Error(err)
	}
	if _, err := m.Publish(ctx, "Hello\nall", 0); err != nil {
		t.Fatal(err)
	}
	mine()
	if l, _ := m.Listing(again.ID); l.State != StateWithdrawn {
		t.Errorf("%+v", l)
	}
	if n, err := m.News(NewsQuery{}); err != nil || len(n) != 1 || n[0].Title != "Hello" || !n[0].Mine {
		t.Errorf("%+v, %v", n, err)
	}

	// A longer branch without the last block takes post and withdrawal back.
	slot := gen.Tip().Header.Slot
	gen.Revert()
	gen.Release()
	gen.SkipTo(slot + 1)
	for range 2 {
		if err := mgr.AddBlock(gen.Extend()); err != nil {
			t.Fatal(err)
		}
	}
	// As after a restart; the withdrawal waits in the pool again, and the wallet
	// knows of it.
	if m, err = Open(m.opt); err != nil {
		t.Fatal(err)
	}
	sync()
	if l, _ := m.Listing(again.ID); l.State != StateWithdrawn {
		t.Errorf("%+v", l)
	}
	if n, _ := m.News(NewsQuery{}); len(n) != 0 {
		t.Errorf("%+v", n)
	}
	if _, err := m.Withdraw(ctx, again.ID, 0); !errors.Is(err, ErrWithdrawn) {
		t.Errorf("withdrawn twice: %v", err)
	}
	mine()
	if l, _ := m.Listing(again.ID); l.State != StateWithdrawn {
		t.Errorf("%+v", l)
	}

	// One that waits is taken back for little; one that something builds on is not.
	if l, err = m.Post(ctx, Request{Title: "Too soon"}); err != nil {
		t.Fatal(err)
	}
	wq, err := m.QuoteWithdraw(l.ID)
	if err != nil || wq.Fee >= l.Fee/1000 || wq.Instead != l.Fee || !wq.Affordable || len(wq.Notes) != 1 {
		t.Errorf("%+v, %v", wq, err)
	}
	if _, err := m.Withdraw(ctx, l.ID, wq.Fee-1); !errors.Is(err, wallet.ErrFeeTooHigh) {
		t.Errorf("withdrawn beyond the bound: %v", err)
	}
	balance := wl.Balance().Total
	back, err := m.Withdraw(ctx, l.ID, wq.Fee)
	if err != nil || wl.Balance().Total != balance+l.Fee-wq.Fee || len(mgr.WaitingAds()) != 0 {
		t.Fatalf("%v, %v after %v", err, wl.Balance().Total, balance)
	}
	if tx := mgr.PoolTx(back); tx == nil || tx.Payload != nil {
		t.Errorf("%+v", tx)
	}
	if _, err := m.Listing(l.ID); !errors.Is(err, ErrUnknown) {
		t.Errorf("taken back: %v", err)
	}
	mine()
	if l, err = m.Post(ctx, Request{Title: "Built on", Fee: types.Coin}); err != nil {
		t.Fatal(err)
	}
	if wq, err = m.QuoteWithdraw(l.ID); err != nil || wq.Fee < l.Fee-consensus.AdFee || wq.Fee >= l.Fee || len(wq.Notes) != 2 {
		t.Errorf("%+v, %v", wq, err)
	}
	if _, err := m.Publish(ctx, "on it", 0); err != nil {
		t.Fatal(err)
	}
	if wq, err = m.QuoteWithdraw(l.ID); err != nil || wq.Instead != 0 || wq.Fee < consensus.MessageFee || len(wq.Notes) != 1 {
		t.Errorf("%+v, %v", wq, err)
	}
	if _, err := m.Withdraw(ctx, l.ID, wq.Fee); err != nil {
		t.Fatal(err)
	}
	if m, err = Open(m.opt); err != nil {
		t.Fatal(err)
	}
	sync()
	if l, err := m.Listing(l.ID); err != nil || l.State != StateWithdrawn || l.Height != 0 {
		t.Errorf("after a restart: %+v, %v", l, err)
	}
}
