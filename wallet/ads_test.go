package wallet_test

import (
	"errors"
	"testing"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/keys"
)

func advertisement(title string) *types.Advertisement { return &types.Advertisement{Title: title} }

// advertise sends an advertisement.
func (p *person) advertise(title string) types.Hash {
	p.w.t.Helper()
	id, err := p.SendRecord(ctx, advertisement(title), wallet.RecordOptions{})
	if err != nil {
		p.w.t.Fatalf("%s: %v", title, err)
	}
	return id
}

// ancestry is the waiting transactions that one builds on.
func (w *world) ancestry(id types.Hash) map[types.Hash]bool {
	seen := make(map[types.Hash]bool)
	queue := []types.Hash{id}
	for len(queue) > 0 {
		tx := w.mgr.PoolTx(queue[0])
		queue = queue[1:]
		if tx == nil {
			continue
		}
		for _, in := range tx.Msg.TxIn {
			if h := in.PreviousOutPoint.Hash; w.mgr.PoolTx(h) != nil && !seen[h] {
				seen[h] = true
				queue = append(queue, h)
			}
		}
	}
	return seen
}

// A second advertisement does not build on a first that waits: with another coin
// at the identity's address it takes that, and with one elsewhere it moves that
// there first.
func TestAdvertisementsApart(t *testing.T) {
	w := newWorld(t, nil)
	a := w.author(coin, coin)
	w.pay(a.address(), coin)
	w.mine(1)
	a.sync()
	first, second, third := a.advertise("1"), a.advertise("2"), a.advertise("3")
	for _, id := range []types.Hash{second, third} {
		if up := w.ancestry(id); up[first] || up[second] {
			t.Errorf("%v builds on an advertisement", id)
		}
	}
	if n := len(w.ancestry(third)); n != 1 {
		t.Errorf("the third builds on %d, want its preparation", n)
	}
	// All of them can be in blocks at once, in any order.
	w.mineOnly(w.mgr.PoolTx(second))
	a.sync()
	a.advertise("4")
}

// When all coins come from a waiting advertisement, directly or not, the wallet
// says so before it quotes; one block later all is well. When there would not be
// enough anyway, it says that.
func TestAdvertisementWaitsForTheFirst(t *testing.T) {
	w := newWorld(t, nil)
	a := w.author(coin)
	first := a.advertise("“Old” bicycle\u202e")
	check := func(what string) {
		t.Helper()
		_, err := a.BuildRecord(advertisement("2"), wallet.RecordOptions{})
		var waits *wallet.AdWaitsError
		if !errors.As(err, &waits) || waits.Ad != first || !errors.Is(err, wallet.ErrAdWaits) || errors.Is(err, wallet.ErrFunds) {
			t.Errorf("%s: %v", what, err)
		}
		_, err = a.BuildRecord(advertisement("2"), wallet.RecordOptions{Whole: 2 * coin})
		wantErr(t, what+": too dear", err, wallet.ErrFunds)
	}
	check("direct")
	paid := a.send(ann.Address(), coin/10)
	if !w.ancestry(paid)[first] {
		t.Fatal("the payment found other coins")
	}
	check("through a payment")
	w.mine(1)
	a.sync()
	a.advertise("2")
}

// Other records and payments come from coins apart from a waiting advertisement
// as long as there are any, at the price of a preparatory payment.
func TestRecordsApartFromAdvertisements(t *testing.T) {
	w := newWorld(t, nil)
	a := w.author(4 * coin)
	w.pay(a.address(), 2*coin)
	w.mine(1)
	a.sync()
	ad := a.advertise("cheap")
	job, err := a.SendRecord(ctx, jobPost(coin), wallet.RecordOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if up := w.ancestry(job); up[ad] || len(up) != 1 {
		t.Errorf("the job builds on %v", up)
	}
	// The preparation's change and the job's own are apart from it, too.
	if w.ancestry(a.send(ann.Address(), coin/10))[ad] {
		t.Error("the payment waits behind the advertisement")
	}
	raised, err := a.RaiseFee(ctx, ad, coin)
	if err != nil || len(w.mgr.PoolTx(raised).Msg.TxIn) != 1 {
		t.Errorf("raised: %v", err)
	}
	// What only the advertisement's change can pay is paid from that.
	late, err := a.SendRecord(ctx, jobPost(2*coin), wallet.RecordOptions{})
	if err != nil || !w.ancestry(late)[raised] {
		t.Errorf("the last resort: %v", err)
	}
	w.mine(1)
}

// A payment rather spends the coin that is kept for records than to wait behind
// an advertisement.
func TestPaymentApartFromAdvertisements(t *testing.T) {
	w := newWorld(t, nil)
	a := w.author(2*coin, coin/2)
	ad, err := a.SendRecord(ctx, advertisement("x"), wallet.RecordOptions{Whole: coin})
	if err != nil {
		t.Fatal(err)
	}
	if small := a.send(ann.Address(), coin/4); w.ancestry(small)[ad] {
		t.Error("the payment waits behind the advertisement")
	}
	if big := a.send(ann.Address(), 3*coin/4); !w.ancestry(big)[ad] {
		t.Error("the payment found other coins")
	}
}

// A waiting advertisement is taken back for the little that a payment to oneself
// costs; what it offered above the flat fee is paid all the same.
func TestCancel(t *testing.T) {
	for _, c := range []struct {
		name  string
		whole types.Amount
		coins []types.Amount
	}{{"least", 0, []types.Amount{coin}}, {"offered much", coin / 2, []types.Amount{coin}}, {"needs a coin", 0, []types.Amount{consensus.AdFee + 1000, coin}}} {
		w := newWorld(t, nil)
		a := w.author(c.coins...)
		total := a.Balance().Total
		ad, err := a.SendRecord(ctx, advertisement("x"), wallet.RecordOptions{Whole: c.whole, Label: "advertisement"})
		if err != nil {
			t.Fatal(err)
		}
		offered := paid(t, w, ad) - consensus.AdFee
		q, err := a.QuoteCancel(ad)
		if err != nil || q <= offered || q > offered+200 {
			t.Fatalf("%s: %v above %v, %v", c.name, q, offered, err)
		}
		_, err = a.Cancel(ctx, ad, q-1, "x")
		wantErr(t, c.name, err, wallet.ErrFeeTooHigh)
		id, err := a.Cancel(ctx, ad, q, "taken back")
		if err != nil {
			t.Fatal(err)
		}
		tx := w.mgr.PoolTx(id)
		if tx.Payload != nil || len(tx.Msg.TxOut) != 1 || paid(t, w, id) != q || len(w.mgr.WaitingAds()) != 0 {
			t.Errorf("%s: %+v", c.name, tx.Msg)
		}
		if e := a.entry(id); e.Kind != wallet.KindSelf || e.Label != "taken back" || a.entry(ad).ReplacedBy != id {
			t.Errorf("%s: %+v", c.name, e)
		}
		w.mine(1)
		a.sync()
		if got := a.Balance().Total; got != total-q {
			t.Errorf("%s: %v left of %v", c.name, got, total)
		}
		a.advertise("again") // its coin is at the identity's address still
	}
}

func TestCancelRefused(t *testing.T) {
	w := newWorld(t, nil)
	a := w.author(coin)
	ad := a.advertise("x")
	child := a.send(ann.Address(), coin/10)
	_, err := a.QuoteCancel(ad)
	wantErr(t, "built on", err, wallet.ErrHasChildren)
	_, err = a.Cancel(ctx, ad, 0, "")
	wantErr(t, "built on", err, wallet.ErrHasChildren)
	_, err = a.QuoteCancel(types.Hash{1})
	wantErr(t, "unknown", err, wallet.ErrUnknownTx)
	a.keys.Lock()
	_, err = a.Cancel(ctx, child, 0, "")
	wantErr(t, "locked", err, keys.ErrLocked)
	if a.entry(child).Status != wallet.StatusPending {
		t.Error("a failed cancellation changed the wallet")
	}
}
