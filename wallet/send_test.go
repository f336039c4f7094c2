package wallet_test

import (
	"context"
	"errors"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/keys"
)

const coin = types.Coin

var ctx = context.Background()

func TestSendAndReceive(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(10*coin, 5*coin)
	b := w.open(bobWords, nil)
	b.sync()
	a.wantBalance("funded", wallet.Balance{Confirmed: 15 * coin})

	to := b.address()
	id := a.send(to, 3*coin)
	fee := paid(t, w, id)
	if fee != vsize(t, w, id) {
		t.Errorf("fee %d for %d vbytes at rate 1", fee, vsize(t, w, id))
	}
	got := a.Balance()
	if got.Total != 12*coin-fee || got.PendingOut != 3*coin+fee {
		t.Errorf("after sending: %+v, fee %v", got, fee)
	}
	a.sync() // hears of its own transaction
	if a.Balance() != got {
		t.Errorf("the pool changed the balance: %+v", a.Balance())
	}

	b.sync()
	b.wantBalance("incoming", wallet.Balance{PendingIn: 3 * coin})
	e := b.entry(id)
	if e.Kind != wallet.KindReceived || e.Status != wallet.StatusPending || e.Amount != 3*coin || e.Fee != 0 || !e.Incoming {
		t.Errorf("incoming entry %+v", e)
	}

	w.mine(1)
	a.sync()
	b.sync()
	a.wantBalance("confirmed", wallet.Balance{Confirmed: 12*coin - fee})
	b.wantBalance("confirmed", wallet.Balance{Confirmed: 3 * coin})
	e = a.entry(id)
	if e.Kind != wallet.KindSent || e.Status != wallet.StatusConfirmed || e.Amount != -3*coin-fee || e.Fee != fee ||
		e.Confirmations != 1 || len(e.Parties) != 1 || e.Parties[0].Address != to || e.Parties[0].Amount != 3*coin {
		t.Errorf("sent entry %+v", e)
	}
	w.mine(3)
	b.sync()
	if e := b.entry(id); e.Confirmations != 4 || e.Height != 2 {
		t.Errorf("received entry %+v", e)
	}
}

// A chain of payments that spend each other's change before any block.
func TestSpendOwnChange(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(10 * coin)
	for range 5 {
		a.send(ann.Address(), coin)
	}
	if n := len(w.mgr.PoolTxs()); n != 5 {
		t.Fatalf("%d transactions in the pool", n)
	}
	b := a.Balance()
	if b.Change == 0 || b.Confirmed != 0 || b.Reserved != 10*coin || b.PendingIn != 0 {
		t.Errorf("%+v", b)
	}
	w.mine(1)
	a.sync()
	a.wantBalance("confirmed", wallet.Balance{Confirmed: b.Total})
	for _, e := range a.History(wallet.Query{Kind: wallet.KindSent}) {
		if e.Status != wallet.StatusConfirmed || len(e.Parties) != 1 || e.Parties[0].Amount != coin {
			t.Errorf("%+v", e)
		}
	}
}

// What others send cannot be spent before it is in a block: they could take it
// back.
func TestForeignPendingIsNotSpent(t *testing.T) {
	w := newWorld(t, nil)
	a := w.open(aliceWords, nil)
	w.pay(a.address(), 5*coin)
	a.sync()
	a.wantBalance("incoming", wallet.Balance{PendingIn: 5 * coin})
	_, err := a.Send(ctx, wallet.Request{Outputs: []wallet.Output{{Address: ann.Address(), Amount: coin}}})
	var fe *wallet.FundsError
	if !errors.As(err, &fe) {
		t.Fatalf("got %v", err)
	}
	if fe.Pending != 5*coin || fe.Available != 0 || fe.Needed <= coin {
		t.Errorf("%+v", fe)
	}
}

func TestQuote(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(10*coin, 5*coin)
	r := wallet.Request{Outputs: []wallet.Output{{Address: ann.Address(), Amount: 7 * coin, Label: "Ann"}}, Rate: 9, Label: "rent"}
	q, err := a.Quote(r)
	if err != nil {
		t.Fatal(err)
	}
	before := a.Balance()
	if len(q.Inputs) != 1 || q.Inputs[0].Amount != 10*coin || q.Fee != 9*types.Amount(q.VSize) || q.Change != 3*coin-q.Fee || q.Total != 7*coin+q.Fee {
		t.Errorf("%+v", q)
	}
	if a.Balance() != before {
		t.Error("asking for a quote changed the balance")
	}
	id, err := a.SendQuote(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	if paid(t, w, id) != q.Fee || int(vsize(t, w, id)) != q.VSize {
		t.Errorf("sent for %v, quoted %v", paid(t, w, id), q.Fee)
	}
	e := a.entry(id)
	if e.Label != "rent" || e.Parties[0].Label != "Ann" {
		t.Errorf("labels: %+v", e)
	}
	_, err = a.SendQuote(ctx, q)
	wantErr(t, "quote sent twice", err, wallet.ErrStaleQuote)

	q, err = a.Quote(wallet.Request{Outputs: []wallet.Output{{Address: ann.Address(), Amount: 4 * coin}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Freeze(q.Inputs[0].OutPoint, true); err != nil {
		t.Fatal(err)
	}
	_, err = a.SendQuote(ctx, q)
	wantErr(t, "frozen since", err, wallet.ErrStaleQuote)
	_, err = a.SendQuote(ctx, &wallet.Quote{})
	wantErr(t, "empty quote", err, wallet.ErrStaleQuote)
}

func TestSendRefuses(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(10 * coin)
	out := func(amount types.Amount) []wallet.Output {
		return []wallet.Output{{Address: ann.Address(), Amount: amount}}
	}
	offCurve := types.Address{31: 5}
	for _, c := range []struct {
		name string
		r    wallet.Request
		want error
	}{
		{"nothing", wallet.Request{}, wallet.ErrNoOutputs},
		{"too many outputs", wallet.Request{Outputs: make([]wallet.Output, 5000)}, wallet.ErrNoOutputs},
		{"negative", wallet.Request{Outputs: out(-1)}, wallet.ErrAmount},
		{"beyond all coins", wallet.Request{Outputs: out(types.MaxAmount + 1)}, wallet.ErrAmount},
		{"sum beyond all coins", wallet.Request{Outputs: append(out(types.MaxAmount), out(types.MaxAmount)...)}, wallet.ErrAmount},
		{"dust", wallet.Request{Outputs: out(329)}, wallet.ErrDust},
		{"zero", wallet.Request{Outputs: out(0)}, wallet.ErrDust},
		{"no address", wallet.Request{Outputs: []wallet.Output{{Amount: coin}}}, wallet.ErrBadAddress},
		{"off the curve", wallet.Request{Outputs: []wallet.Output{{Address: offCurve, Amount: coin}}}, wallet.ErrBadAddress},
		{"negative rate", wallet.Request{Outputs: out(coin), Rate: -1}, wallet.ErrFeeRate},
		{"absurd rate", wallet.Request{Outputs: out(coin), Rate: 1e6}, wallet.ErrFeeRate},
		{"too much", wallet.Request{Outputs: out(11 * coin)}, wallet.ErrFunds},
		{"no room for the fee", wallet.Request{Outputs: out(10 * coin)}, wallet.ErrFunds},
		{"unknown coin", wallet.Request{Outputs: out(coin), Coins: []wire.OutPoint{{}}}, wallet.ErrUnknownCoin},
		{"no coins chosen", wallet.Request{Outputs: out(coin), Coins: []wire.OutPoint{}}, wallet.ErrFunds},
		{"label with control characters", wallet.Request{Outputs: out(coin), Label: "a\x1b[2J"}, wallet.ErrLabel},
		{"label of two lines", wallet.Request{Outputs: out(coin), Label: "a\nb"}, wallet.ErrLabel},
		{"everything, but named", wallet.Request{Outputs: out(coin), All: true}, wallet.ErrAmount},
	} {
		_, err := a.Send(ctx, c.r)
		wantErr(t, c.name, err, c.want)
	}
	a.keys.Lock()
	_, err := a.Send(ctx, wallet.Request{Outputs: out(coin)})
	wantErr(t, "locked", err, keys.ErrLocked)
	if _, err := a.Quote(wallet.Request{Outputs: out(coin)}); err != nil {
		t.Errorf("a quote needs no passphrase: %v", err)
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	_, err = a.Send(done, wallet.Request{Outputs: out(coin)})
	wantErr(t, "cancelled", err, context.Canceled)
	a.wantBalance("nothing was sent", wallet.Balance{Confirmed: 10 * coin})
	if len(w.mgr.PoolTxs()) != 0 {
		t.Error("something reached the pool")
	}
}

func TestFundsErrorTellsWhatIsMissing(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(2*coin, 3*coin)
	w.pay(a.address(), coin)
	a.sync()
	for _, c := range a.Coins() {
		if c.Amount == 3*coin {
			if err := a.Freeze(c.OutPoint, true); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, err := a.Quote(wallet.Request{Outputs: []wallet.Output{{Address: ann.Address(), Amount: 4 * coin}}})
	var fe *wallet.FundsError
	if !errors.As(err, &fe) {
		t.Fatal(err)
	}
	if fe.Frozen != 3*coin || fe.Pending != coin || fe.Available >= 2*coin || fe.Available < 2*coin-100 || fe.Needed < 4*coin {
		t.Errorf("%+v", fe)
	}
	a.wantBalance("with a frozen coin", wallet.Balance{Confirmed: 5 * coin, Frozen: 3 * coin, PendingIn: coin})
}

func TestSendAll(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(2*coin, 3*coin, coin)
	id, err := a.Send(ctx, wallet.Request{All: true, Rate: 2, Outputs: []wallet.Output{
		{Address: ann.Address()}, {Address: fund.Address(), Amount: coin}}})
	if err != nil {
		t.Fatal(err)
	}
	fee := paid(t, w, id)
	if fee != 2*vsize(t, w, id) {
		t.Errorf("fee %d", fee)
	}
	if got := types.Amount(w.mgr.PoolTx(id).Msg.TxOut[0].Value); got != 5*coin-fee {
		t.Errorf("the rest is %v", got)
	}
	a.wantBalance("empty", wallet.Balance{Reserved: 6 * coin, PendingOut: 6 * coin})
	_, err = a.Send(ctx, wallet.Request{All: true, Outputs: []wallet.Output{{Address: ann.Address()}}})
	wantErr(t, "all of nothing", err, wallet.ErrFunds)
}

func TestChosenCoins(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(2*coin, 3*coin, 7*coin)
	var small wallet.Coin
	for _, c := range a.Coins() {
		if c.Amount == 2*coin {
			small = c
		}
	}
	r := wallet.Request{Outputs: []wallet.Output{{Address: ann.Address(), Amount: coin}}, Coins: []wire.OutPoint{small.OutPoint, small.OutPoint}}
	q, err := a.Quote(r)
	if err != nil {
		t.Fatal(err)
	}
	if len(q.Inputs) != 1 || q.Inputs[0].OutPoint != small.OutPoint {
		t.Errorf("inputs %+v", q.Inputs)
	}
	r.Outputs[0].Amount = 2 * coin
	_, err = a.Quote(r)
	wantErr(t, "more than the chosen coins", err, wallet.ErrFunds)
}

// The node's refusal leaves everything as it was.
func TestRefusedByNode(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(10 * coin)
	no := errors.New("no room")
	w.set(func() { w.refuse = func(*types.Tx) error { return no } })
	_, err := a.Send(ctx, wallet.Request{Outputs: []wallet.Output{{Address: ann.Address(), Amount: coin}}, Label: "x"})
	wantErr(t, "refused", err, wallet.ErrRejected)
	wantErr(t, "refused", err, no)
	a.wantBalance("refused", wallet.Balance{Confirmed: 10 * coin})
	if n := len(a.History(wallet.Query{Kind: wallet.KindSent})); n != 0 {
		t.Errorf("%d entries of what was not sent", n)
	}
	// "Already known" is a refusal that means success.
	w.set(func() {
		w.refuse = func(tx *types.Tx) error {
			if err := w.mgr.AddTx(tx); err != nil {
				return err
			}
			return errors.New("already known")
		}
	})
	if _, err := a.Send(ctx, wallet.Request{Outputs: []wallet.Output{{Address: ann.Address(), Amount: coin}}}); err != nil {
		t.Error(err)
	}
}

// Two sends at once must not choose the same coin.
func TestConcurrentSends(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(coin, coin, coin, coin, coin, coin)
	errs := make(chan error)
	for range 6 {
		go func() {
			_, err := a.Send(ctx, wallet.Request{Outputs: []wallet.Output{{Address: ann.Address(), Amount: coin / 2}}})
			errs <- err
		}()
	}
	go func() {
		for range 5 {
			if err := a.Sync(ctx); err != nil {
				t.Error(err)
			}
			a.Balance()
			a.History(wallet.Query{})
		}
		errs <- nil
	}()
	for range 7 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	w.mine(1)
	a.sync()
	if n := len(a.History(wallet.Query{Kind: wallet.KindSent})); n != 6 {
		t.Errorf("%d payments", n)
	}
}

// Payments leave the identity one coin, so that a record needs no preparation.
func TestSendSparesTheAuthorsCoin(t *testing.T) {
	w := newWorld(t, nil)
	a := w.open(aliceWords, nil)
	w.pay(a.Identity(), coin)
	w.pay(a.Identity(), 2*coin)
	w.mine(1)
	a.sync()
	a.send(ann.Address(), coin+coin/2)
	identity := 0
	for _, c := range a.Coins() {
		if c.Identity {
			identity++
		}
	}
	if identity != 1 {
		t.Errorf("%d coins at the identity", identity)
	}
	a.send(ann.Address(), coin) // but not when the money is needed
}

func TestManySmallCoins(t *testing.T) {
	if raceOn {
		t.Skip("hundreds of signatures, one goroutine")
	}
	w := newWorld(t, nil)
	a := w.open(aliceWords, nil)
	to := a.address()
	for range 3 {
		var outs []consensus.Payment
		for range 400 {
			outs = append(outs, consensus.Payment{Address: to, Amount: 10_000})
		}
		w.payMany(outs)
	}
	w.mine(1)
	a.sync()
	a.wantBalance("many", wallet.Balance{Confirmed: 12_000_000})
	_, err := a.Quote(wallet.Request{Outputs: []wallet.Output{{Address: ann.Address(), Amount: 10_500_000}}})
	wantErr(t, "over a thousand inputs", err, wallet.ErrTooManyInputs)
	q, err := a.Quote(wallet.Request{All: true, Outputs: []wallet.Output{{Address: a.Identity()}}})
	if err != nil || len(q.Inputs) != 1000 || q.Total != q.Fee {
		t.Errorf("gathering: %v, %d inputs, total %v", err, len(q.Inputs), q.Total)
	}
	// 256 inputs: the count takes three bytes instead of one.
	id := a.send(ann.Address(), 2_540_000)
	if paid(t, w, id) < vsize(t, w, id) || paid(t, w, id) > vsize(t, w, id)+500 {
		t.Errorf("fee %d for %d vbytes", paid(t, w, id), vsize(t, w, id))
	}
}
