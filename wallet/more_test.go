package wallet_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain"
	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
)

// forgetPool replaces the node by one that has the blocks and no pool.
func (w *world) forgetPool() {
	w.t.Helper()
	late := time.Unix(w.gen.Params.GenesisTime+1<<30, 0)
	m, err := chain.Open(w.gen.Params, chain.NewMemStore(), chain.Options{Clock: func() time.Time { return late }})
	if err != nil {
		w.t.Fatal(err)
	}
	w.mgr = m
	for _, b := range w.gen.Blocks()[1:] {
		w.add(b.Block)
	}
}

// A foreign payment that left the pool while the wallet was not running is no
// longer shown; one that is still there is.
func TestForgottenForeignPayments(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(10 * coin)
	gone := w.pay(a.address(), coin)
	stays := w.pay(a.address(), 2*coin)
	a.sync()
	a.wantBalance("both wait", wallet.Balance{Confirmed: 10 * coin, PendingIn: 3 * coin})
	w.forgetPool()
	if err := w.mgr.AddTx(stays); err != nil {
		t.Fatal(err)
	}
	a.reopen()
	a.wantBalance("as stored", wallet.Balance{Confirmed: 10 * coin, PendingIn: 3 * coin})
	a.sync()
	a.wantBalance("one is left", wallet.Balance{Confirmed: 10 * coin, PendingIn: 2 * coin})
	_, err := a.Transaction(gone.ID())
	wantErr(t, "the one that left", err, wallet.ErrUnknownTx)
}

// A payment that the sender's own conflict pushes out of the pool disappears,
// with nothing left to confuse the balance.
func TestForeignPaymentLeavesThePool(t *testing.T) {
	w := newWorld(t, nil)
	a := w.open(aliceWords, nil)
	coins := w.gen.Coins(ann.Address())[:1]
	parent := w.gen.Tx(chaintest.Spec{From: ann, Coins: coins, To: []consensus.Payment{{Address: ann.Address(), Amount: 50 * coin}}})
	if err := w.mgr.AddTx(parent); err != nil {
		t.Fatal(err)
	}
	out := chaintest.Coin{UTXO: consensus.UTXO{Address: ann.Address(), Amount: 50 * coin}, Out: outpoint(parent.ID(), 0)}
	child := w.gen.Tx(chaintest.Spec{From: ann, Coins: []chaintest.Coin{out}, To: []consensus.Payment{{Address: a.address(), Amount: coin}}})
	if err := w.mgr.AddTx(child); err != nil {
		t.Fatal(err)
	}
	a.sync()
	a.wantBalance("incoming", wallet.Balance{PendingIn: coin})
	// The parent, of which the wallet knows nothing, is replaced.
	other := w.gen.Tx(chaintest.Spec{From: ann, Coins: coins, Tip: 100_000, To: []consensus.Payment{{Address: fund.Address(), Amount: coin}}})
	if err := w.mgr.AddTx(other); err != nil {
		t.Fatal(err)
	}
	a.sync()
	a.wantBalance("gone", wallet.Balance{})
	if n := len(a.History(wallet.Query{})); n != 0 {
		t.Errorf("%d entries", n)
	}
}

// Offering ends after two weeks; the user decides then.
func TestOfferingEnds(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(10 * coin)
	id := a.send(ann.Address(), coin)
	for _, c := range []struct {
		after time.Duration
		want  bool
	}{{13 * 24 * time.Hour, true}, {2 * 24 * time.Hour, false}} {
		a.now = a.now.Add(c.after)
		w.forgetPool()
		a.reopen()
		a.sync()
		if got := w.mgr.PoolTx(id) != nil; got != c.want {
			t.Errorf("after %v more: offered %v", c.after, got)
		}
	}
	if e := a.entry(id); e.Status != wallet.StatusPending {
		t.Errorf("%+v", e)
	}
	if err := a.Abandon(id); err != nil {
		t.Error(err)
	}
}

// The node may refuse what is offered again; the wallet keeps it.
func TestOfferRefused(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(10 * coin)
	id := a.send(ann.Address(), coin)
	w.forgetPool()
	w.set(func() { w.refuse = func(*types.Tx) error { return errors.New("full") } })
	a.reopen()
	a.sync()
	if e := a.entry(id); e.Status != wallet.StatusPending {
		t.Errorf("%+v", e)
	}
	w.set(func() { w.refuse = nil })
	w.mineOnly()
	a.sync()
	if w.mgr.PoolTx(id) == nil {
		t.Error("not offered at the next tip")
	}
}

// Run tries again after a failure, also when nothing new comes in.
func TestRunTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		a := w.open(aliceWords, nil)
		w.pay(a.Identity(), coin)
		w.mine(1)
		w.set(func() { w.broken = errors.New("disk") })
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error)
		go func() { done <- a.Run(ctx) }()
		time.Sleep(35 * time.Second)
		synctest.Wait()
		a.wantBalance("while the chain fails", wallet.Balance{})
		w.set(func() { w.broken = nil })
		time.Sleep(15 * time.Second)
		synctest.Wait()
		a.wantBalance("afterwards", wallet.Balance{Confirmed: coin})
		cancel()
		wantErr(t, "Run", <-done, context.Canceled)
	})
}

func TestErrorsReadWell(t *testing.T) {
	e := &wallet.FundsError{Needed: 3 * coin, Available: coin, Pending: coin / 2, Frozen: coin / 4}
	for _, part := range []string{"3 needed", "1 available", "0.5 waiting", "0.25 frozen"} {
		if !strings.Contains(e.Error(), part) {
			t.Errorf("%q lacks %q", e, part)
		}
	}
	if strings.Contains(e.Error(), "mature") {
		t.Errorf("%q names what is not there", e)
	}
}

// Estimates come from the node, within the limits.
func TestFeeRateIsTheNodes(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(10 * coin)
	for _, c := range []struct{ node, want types.Amount }{{1, 1}, {0, 1}, {-5, 1}, {17, 17}, {1 << 40, 100_000}} {
		w.set(func() { w.rate = c.node })
		q, err := a.Quote(wallet.Request{Outputs: []wallet.Output{{Address: ann.Address(), Amount: coin / 10}}})
		if err != nil {
			t.Fatal(err)
		}
		if q.Rate != c.want || q.Fee < c.want*types.Amount(q.VSize) {
			t.Errorf("node says %d: rate %d, fee %d for %d vbytes", c.node, q.Rate, q.Fee, q.VSize)
		}
	}
}

// Whatever is asked for: the fee is what the rate says, or, without change, at
// most the price of change more; and the node takes it.
func TestFeesAreExact(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(coin, 2*coin, 3*coin, coin/10, coin/100, coin/1000, 5000, 700)
	for _, rate := range []types.Amount{1, 2, 7, 33, 250} {
		for _, amount := range []types.Amount{330, 1000, coin / 1000, coin / 100, coin, coin + coin/10, 4 * coin, 6 * coin} {
			q, err := a.Quote(wallet.Request{Rate: rate, Outputs: []wallet.Output{{Address: ann.Address(), Amount: amount}}})
			if err != nil {
				t.Fatalf("%v at %d: %v", amount, rate, err)
			}
			least := rate * types.Amount(q.VSize)
			if q.Change > 0 && q.Fee != least || q.Fee < least || q.Change == 0 && q.Fee > least+rate*101+400 {
				t.Errorf("%v at %d: fee %d for %d vbytes, change %v", amount, rate, q.Fee, q.VSize, q.Change)
			}
			if q.Change != 0 && q.Change < max(330, 58*rate) {
				t.Errorf("%v at %d: change of %v costs more than it is worth", amount, rate, q.Change)
			}
			var in types.Amount
			for _, c := range q.Inputs {
				in += c.Amount
			}
			if in != amount+q.Change+q.Fee || q.Total != amount+q.Fee {
				t.Errorf("%v at %d: does not add up: %+v", amount, rate, q)
			}
		}
	}
}

// All records keep their exact fees at any rate, from any coins.
func TestRecordFeesAreExact(t *testing.T) {
	for _, coins := range [][]types.Amount{{10 * coin}, {coin / 2, coin / 2, coin / 2, coin / 4}} {
		w := newWorld(t, nil)
		a := w.author(coins...)
		for _, rate := range []types.Amount{1, 4, 50} {
			for _, extra := range []types.Amount{0, 1, 12345} {
				id, err := a.SendRecord(ctx, jobPost(coin/50), wallet.RecordOptions{Rate: rate, Extra: extra})
				if err != nil {
					t.Fatal(err)
				}
				a.wantRecord("job post", id, rate, extra)
			}
		}
		w.mine(1)
		a.sync()
		a.wantCoins()
	}
}

// The fund key's jobs take their bids from the compute fund.
func TestFundKeysRecords(t *testing.T) {
	id := identityOf(t, newKeys(t, aliceWords))
	w := newWorld(t, func(p *consensus.Params) { p.FundKey = id })
	a := w.author(coin / 100)
	w.mine(10) // until something is released
	a.sync()
	job, err := a.SendRecord(ctx, jobPost(5*coin), wallet.RecordOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if paid(t, w, job) != vsize(t, w, job) {
		t.Errorf("pays %d for %d vbytes", paid(t, w, job), vsize(t, w, job))
	}
	if e := a.entry(job); e.Bid != 0 || e.Fee != paid(t, w, job) || e.Job != job {
		t.Errorf("%+v", e)
	}
}

// A damaged journal is reported, repaired, and followed by the chain.
func TestDamagedStoreIsRebuilt(t *testing.T) {
	w := newWorld(t, nil)
	dir := t.TempDir()
	journal, err := wallet.OpenJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	a := w.open(aliceWords, journal)
	w.pay(a.address(), 10*coin)
	w.mine(1)
	a.sync()
	a.send(ann.Address(), coin)
	w.mine(3)
	a.sync()
	want := a.Balance()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	flip(t, dir, 300)
	_, err = wallet.OpenJournal(dir)
	wantErr(t, "damaged", err, wallet.ErrDamaged)
	if err := wallet.RepairJournal(dir); err != nil {
		t.Fatal(err)
	}
	if journal, err = wallet.OpenJournal(dir); err != nil {
		t.Fatal(err)
	}
	a.store = journal
	a.reopen()
	a.sync()
	if a.Balance() != want {
		t.Errorf("%+v, want %+v", a.Balance(), want)
	}
	a.wantCoins()
}

func flip(t *testing.T, dir string, at int) {
	t.Helper()
	path := filepath.Join(dir, "wallet.journal")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[at] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
