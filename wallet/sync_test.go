package wallet_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/keys"
)

func TestReorganisationAndBack(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(10 * coin)
	id := a.send(ann.Address(), coin)
	sent := w.mgr.PoolTx(id)
	w.mine(1)
	in := w.pay(a.address(), 2*coin)
	w.mine(1)
	a.sync()
	before := a.Balance()
	height := a.Position().Height

	w.fork(2) // both blocks are replaced by empty ones
	a.sync()
	if a.Position().Height != height+1 || a.Position().Hash != w.gen.State.Hash {
		t.Errorf("at height %d", a.Position().Height)
	}
	for _, tx := range []types.Hash{id, in.ID()} {
		if e := a.entry(tx); e.Status != wallet.StatusPending || e.Height != 0 || e.Confirmations != 0 {
			t.Errorf("after the reorganisation: %+v", e)
		}
	}
	if b := a.Balance(); b.PendingIn != 2*coin || b.Reserved != 10*coin || b.Confirmed != 0 {
		t.Errorf("after the reorganisation: %+v", b)
	}
	w.fork(1, sent, in)
	a.sync()
	if a.Balance() != before {
		t.Errorf("confirmed again: %+v, want %+v", a.Balance(), before)
	}
}

// Random histories with forks of every depth: the wallet that followed and one
// restored from the words at the end see the same.
func TestReorganisationsMatchRestore(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(10*coin, 20*coin, 5*coin)
	depths := []int{1, 3, 7, 20}
	if raceOn {
		depths = depths[:3]
	}
	for i, depth := range depths {
		for j := range 3 {
			w.pay(a.address(), types.Amount(j+1)*coin)
			a.send(ann.Address(), coin/2)
			if j != i%3 {
				a.sync()
			}
			w.mine(1 + i)
		}
		w.mine(max(0, depth-3*(1+i)))
		w.fork(min(depth, int(w.gen.State.Height)-1))
		a.sync()
		w.mine(2) // the pool has the reverted transactions again
		a.sync()
		fresh := w.open(aliceWords, nil)
		fresh.sync()
		a.wantSame("restored", fresh)
		a.wantCoins()
		a.reopen()
		a.wantSame("reopened", fresh)
	}
}

// A payment to the wallet is double-spent by a block.
func TestIncomingDoubleSpent(t *testing.T) {
	w := newWorld(t, nil)
	a := w.open(aliceWords, nil)
	coins := w.gen.Coins(ann.Address())[:1]
	good := w.gen.Tx(chaintest.Spec{From: ann, Coins: coins, To: []consensus.Payment{{Address: a.address(), Amount: 3 * coin}}})
	evil := w.gen.Tx(chaintest.Spec{From: ann, Coins: coins, To: []consensus.Payment{{Address: fund.Address(), Amount: 3 * coin}}})
	if err := w.mgr.AddTx(good); err != nil {
		t.Fatal(err)
	}
	a.sync()
	a.wantBalance("incoming", wallet.Balance{PendingIn: 3 * coin})
	w.mineOnly(evil)
	a.sync()
	a.wantBalance("double-spent", wallet.Balance{})
	if e := a.entry(good.ID()); e.Status != wallet.StatusConflicted || e.ReplacedBy != evil.ID() {
		t.Errorf("%+v", e)
	}
	if _, err := a.Transaction(evil.ID()); !errors.Is(err, wallet.ErrUnknownTx) {
		t.Errorf("a stranger's transaction is in the history: %v", err)
	}
	// The block is taken back and the payment confirms after all.
	w.fork(1, good)
	a.sync()
	a.wantBalance("confirmed after all", wallet.Balance{Confirmed: 3 * coin})
}

// The sender replaces a payment in the pool.
func TestIncomingReplaced(t *testing.T) {
	w := newWorld(t, nil)
	a := w.open(aliceWords, nil)
	coins := w.gen.Coins(ann.Address())[:1]
	to := a.address()
	first := w.gen.Tx(chaintest.Spec{From: ann, Coins: coins, To: []consensus.Payment{{Address: to, Amount: 3 * coin}}})
	second := w.gen.Tx(chaintest.Spec{From: ann, Coins: coins, Tip: 10_000, To: []consensus.Payment{{Address: to, Amount: 2 * coin}}})
	third := w.gen.Tx(chaintest.Spec{From: ann, Coins: coins, Tip: 50_000, To: []consensus.Payment{{Address: fund.Address(), Amount: 2 * coin}}})
	for i, tx := range []*types.Tx{first, second, third} {
		if err := w.mgr.AddTx(tx); err != nil {
			t.Fatal(err)
		}
		a.sync()
		a.wantBalance("replaced", wallet.Balance{PendingIn: []types.Amount{3 * coin, 2 * coin, 0}[i]})
	}
	if e := a.entry(first.ID()); e.Status != wallet.StatusReplaced || e.ReplacedBy != second.ID() {
		t.Errorf("%+v", e)
	}
	w.mine(1)
	a.sync()
	a.wantBalance("to somebody else", wallet.Balance{})
}

// Another device with the same words spends a coin that this one spends too.
func TestOwnPaymentConflicts(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(10 * coin)
	b := w.open(aliceWords, nil)
	b.sync()
	lost := a.send(ann.Address(), coin)
	lostTx := w.mgr.PoolTx(lost)
	child := a.send(ann.Address(), coin) // spends the first one's change
	q, err := b.Quote(wallet.Request{Outputs: []wallet.Output{{Address: fund.Address(), Amount: 2 * coin}}, Rate: 50})
	if err != nil {
		t.Fatal(err)
	}
	id, err := b.SendQuote(ctx, q) // replaces both
	if err != nil {
		t.Fatal(err)
	}
	a.sync()
	for _, tx := range []types.Hash{lost, child} {
		if e := a.entry(tx); e.Status != wallet.StatusReplaced || e.ReplacedBy != id {
			t.Errorf("%+v", e)
		}
	}
	if a.Balance().Total != b.Balance().Total {
		t.Errorf("%+v, want %+v", a.Balance(), b.Balance())
	}
	w.mineOnly(lostTx) // but a producer had the first one
	a.sync()
	b.sync()
	if e := a.entry(lost); e.Status != wallet.StatusConfirmed {
		t.Errorf("%+v", e)
	}
	if e := a.entry(id); e.Status != wallet.StatusConflicted || e.ReplacedBy != lost {
		t.Errorf("%+v", e)
	}
	if a.Balance() != b.Balance() {
		t.Errorf("%+v, want %+v", a.Balance(), b.Balance())
	}
}

func TestImmatureIncome(t *testing.T) {
	id := identityOf(t, newKeys(t, aliceWords))
	w := newWorld(t, func(p *consensus.Params) {
		p.Foundation = id
		p.Allocations = append(p.Allocations, consensus.Allocation{Address: id, Amount: 7 * coin, Label: "genesis"})
	})
	a := w.open(aliceWords, nil)
	a.sync()
	a.wantBalance("genesis need not mature", wallet.Balance{Confirmed: 7 * coin})
	if h := a.History(wallet.Query{}); len(h) != 1 || h[0].Kind != wallet.KindGenesis || !h[0].Mature || h[0].Amount != 7*coin {
		t.Errorf("%+v", h)
	}
	w.mine(1)
	a.sync()
	part := coin / 10 // of the block coin, no fees
	a.wantBalance("one block", wallet.Balance{Confirmed: 7 * coin, Immature: part})
	h := a.History(wallet.Query{Kind: wallet.KindIncome})
	if len(h) != 1 || h[0].Amount != part || h[0].Mature || len(h[0].Parties) != 1 || h[0].Parties[0].Source != "foundation" {
		t.Fatalf("%+v", h)
	}
	w.mine(2)
	a.sync()
	a.wantBalance("maturity is 4", wallet.Balance{Confirmed: 7 * coin, Immature: 3 * part})
	w.mine(1)
	a.sync()
	a.wantBalance("the first matures for the next block", wallet.Balance{Confirmed: 7*coin + part, Immature: 3 * part})
	// It really can be spent now.
	if _, err := a.Send(ctx, wallet.Request{All: true, Outputs: []wallet.Output{{Address: ann.Address()}}}); err != nil {
		t.Error(err)
	}
	// And a reorganisation takes income away.
	w.fork(3)
	a.sync()
	b := w.open(aliceWords, nil)
	b.sync()
	a.wantSame("after a reorganisation of coinbases", b)
}

// Addresses beyond the gap are found as long as no gap is too long, also
// several in one block.
func TestRestoreFindsHistory(t *testing.T) {
	w := newWorld(t, nil)
	a := w.open(aliceWords, nil)
	at := func(index uint32) types.Address {
		x, err := a.keys.Account().Address(keys.Receive, index)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	// Two in one block, the far one first: the second is watched only once
	// the first is seen.
	w.pay(at(39), coin)
	w.pay(at(20), coin)
	w.mine(1)
	a.sync()
	last := at(50)
	w.pay(last, coin)
	w.pay(at(71), coin) // beyond the gap
	w.mine(1)
	a.sync()
	b := w.open(aliceWords, nil)
	b.sync()
	a.wantSame("restored", b)
	if b.Balance().Confirmed != 3*coin {
		t.Errorf("%+v", b.Balance())
	}
	next := b.address()
	if b.Owns(last) == false || a.Owns(next) == false {
		t.Error("restored wallet hands out other addresses")
	}
	for _, info := range b.Addresses() {
		if info.Address == next && info.Index != 51 {
			t.Errorf("next address has index %d", info.Index)
		}
	}
}

func TestGapLimit(t *testing.T) {
	w := newWorld(t, nil)
	a := w.open(aliceWords, nil)
	a.sync()
	var last types.Address
	n := 0
	for ; ; n++ {
		x, err := a.NewAddress("")
		if err != nil {
			wantErr(t, "beyond the gap", err, wallet.ErrGap)
			break
		}
		last = x
	}
	if n != 20 {
		t.Errorf("%d addresses before the gap limit", n)
	}
	w.pay(last, coin)
	a.sync()
	if _, err := a.NewAddress("more"); err != nil {
		t.Error(err)
	}
}

func TestUnknownPositionScansAgain(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(10*coin, coin)
	a.send(ann.Address(), coin/2)
	w.mine(1)
	a.sync()
	if err := a.LabelAddress(ann.Address(), "Ann"); err != nil {
		t.Fatal(err)
	}
	waiting := a.send(ann.Address(), 2*coin)
	want := a.Balance()
	w.set(func() { w.lost = true })
	w.mine(0)
	calls := 0
	w.set(func() { w.broken = errors.New("disk") })
	if err := a.Sync(ctx); err == nil {
		t.Error("a failing chain went unnoticed")
	}
	w.set(func() { w.broken = nil })
	done := make(chan struct{})
	go func() { // the chain knows blocks again once the wallet starts over
		defer close(done)
		for a.Position().Hash != (types.Hash{}) {
			time.Sleep(time.Millisecond)
		}
		w.set(func() { w.lost = false })
	}()
	for a.Sync(ctx) != nil {
		calls++
	}
	<-done
	if a.Balance() != want {
		t.Errorf("after scanning again: %+v, want %+v", a.Balance(), want)
	}
	if e := a.entry(waiting); e.Status != wallet.StatusPending || e.Parties[0].Label != "Ann" {
		t.Errorf("%+v", e)
	}
	if err := a.Rescan(ctx); err != nil {
		t.Fatal(err)
	}
	if a.Balance() != want {
		t.Errorf("after Rescan: %+v, want %+v", a.Balance(), want)
	}
}

// Own transactions are offered again: at the start, and at each new tip while
// the pool lacks them, for two weeks.
func TestOffersAgain(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(10 * coin)
	parent := a.send(ann.Address(), coin)
	child := a.send(ann.Address(), coin)
	// The node forgets its pool.
	m := newWorld(t, nil)
	for _, b := range w.gen.Blocks()[1:] {
		m.add(b.Block)
	}
	w.mgr = m.mgr
	if w.mgr.PoolTx(parent) != nil {
		t.Fatal("the pool was kept")
	}
	a.reopen()
	a.sync()
	if w.mgr.PoolTx(parent) == nil || w.mgr.PoolTx(child) == nil {
		t.Error("not offered again at the start")
	}
	w.set(func() { w.offers = 0 })
	a.sync()
	if w.offers != 0 {
		t.Errorf("offered %d times without need", w.offers)
	}
	w.mineOnly()
	a.sync()
	if w.offers != 0 {
		t.Errorf("offered %d times although in the pool", w.offers)
	}
}

// narrow is a store that takes few changes at a time.
type narrow struct {
	wallet.Store
	most int
}

func (n narrow) Commit(changes []wallet.Change) error {
	if len(changes) > n.most {
		return wallet.ErrBatch
	}
	return n.Store.Commit(changes)
}

// Blocks that bring more than one write holds, by many small payments of
// somebody's, must not keep the wallet from following.
func TestMoreThanOneWrite(t *testing.T) {
	w := newWorld(t, nil)
	a := w.open(aliceWords, narrow{wallet.NewMemStore(), 6})
	to := a.address()
	for range 5 {
		w.pay(to, coin)
		w.pay(to, coin)
		w.mine(1)
	}
	a.sync()
	if b := a.Balance(); b.Confirmed != 10*coin {
		t.Errorf("%+v", b)
	}
	w.fork(4)
	a.sync()
	a.reopen()
	a.sync()
	if b := a.Balance(); b.Confirmed != 2*coin || b.PendingIn != 8*coin {
		t.Errorf("after the reorganisation: %+v", b)
	}
}

func TestRunFollows(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(coin)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	changed, unsubscribe := a.Subscribe()
	defer unsubscribe()
	go func() { done <- a.Run(ctx) }()
	w.pay(a.address(), 2*coin)
	for a.Balance().PendingIn != 2*coin {
		<-changed
	}
	w.mine(1)
	for a.Balance().Confirmed != 3*coin {
		<-changed
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Run ended with %v", err)
	}
}

func TestClosed(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(coin)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	w.mine(1)
	wantErr(t, "sync", a.Sync(ctx), wallet.ErrClosed)
	_, err := a.NewAddress("")
	wantErr(t, "new address", err, wallet.ErrClosed)
}

func TestOtherWalletsStore(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(coin)
	_, err := wallet.Open(w, newKeys(t, bobWords), a.store, wallet.Options{Params: w.gen.Params})
	wantErr(t, "other words", err, wallet.ErrOtherWallet)
	other := newWorld(t, func(p *consensus.Params) { p.Name = "other" })
	_, err = wallet.Open(w, a.keys, a.store, wallet.Options{Params: other.gen.Params})
	wantErr(t, "other network", err, wallet.ErrOtherWallet)
}
