package wallet_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/btcsuite/btcd/txscript/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/keys"
)

// elsewhere is bob's account as a wallet without keys, and bob as its signer.
type elsewhere struct {
	*wallet.Wallet
	w     *world
	keys  *keys.Keystore
	store wallet.Store
	sizes []int
}

func (e *elsewhere) Address(b keys.Branch, index uint32) (types.Address, error) {
	return e.keys.Account().Address(b, index)
}

func (e *elsewhere) Witness() []int { return e.sizes }

func (e *elsewhere) MaxInputs() int { return 2 }

func (w *world) elsewhere(sizes ...int) *elsewhere {
	w.t.Helper()
	e := &elsewhere{w: w, keys: newKeys(w.t, bobWords), store: wallet.NewMemStore(), sizes: sizes}
	e.reopen()
	return e
}

func (e *elsewhere) reopen() {
	e.w.t.Helper()
	wl, err := wallet.OpenAccount(e.w, e, e.store, wallet.Options{Params: e.w.gen.Params,
		Clock: func() time.Time { return time.Unix(1_700_000_000, 0) }, Rand: rand.New(rand.NewPCG(1, 2))})
	if err != nil {
		e.w.t.Fatal(err)
	}
	e.Wallet = wl
}

// fund gives the account confirmed coins at its first address.
func (e *elsewhere) fund(amounts ...types.Amount) {
	e.w.t.Helper()
	for _, a := range amounts {
		e.w.pay(e.Identity(), a)
	}
	e.w.mine(1)
	e.sync()
}

func (e *elsewhere) sync() {
	e.w.t.Helper()
	if err := e.Sync(context.Background()); err != nil {
		e.w.t.Fatal(err)
	}
}

func (e *elsewhere) quote(to types.Address, amount types.Amount) *wallet.Quote {
	e.w.t.Helper()
	q, err := e.Quote(wallet.Request{Outputs: []wallet.Output{{Address: to, Amount: amount}}})
	if err != nil {
		e.w.t.Fatal(err)
	}
	return q
}

func (e *elsewhere) unsigned(q *wallet.Quote) *wallet.Unsigned {
	e.w.t.Helper()
	u, err := e.Unsigned(q)
	if err != nil {
		e.w.t.Fatal(err)
	}
	return u
}

// sign signs by the paths that the unsigned transaction names.
func (e *elsewhere) sign(u *wallet.Unsigned) *types.Tx {
	e.w.t.Helper()
	t := &types.Tx{Msg: u.Tx.Msg.Copy(), Payload: u.Tx.Payload}
	prevs := make(map[wire.OutPoint]*wire.TxOut)
	for _, in := range u.Inputs {
		prevs[in.OutPoint] = wire.NewTxOut(int64(in.Amount), in.Address.PkScript())
	}
	fetch := txscript.NewMultiPrevOutFetcher(prevs)
	hashes := txscript.NewTxSigHashes(t.Msg, fetch)
	for i, in := range u.Inputs {
		hash, err := txscript.CalcTaprootSignatureHash(hashes, txscript.SigHashDefault, t.Msg, i, fetch)
		if err != nil {
			e.w.t.Fatal(err)
		}
		key, err := e.keys.Key(in.Branch, in.Index)
		if err != nil {
			e.w.t.Fatal(err)
		}
		sig, err := key.Sign(types.Hash(hash))
		if err != nil {
			e.w.t.Fatal(err)
		}
		t.Msg.TxIn[i].Witness = wire.TxWitness{sig[:]}
	}
	return t
}

func TestSignedElsewhere(t *testing.T) {
	w := newWorld(t, nil)
	e := w.elsewhere(64)
	e.fund(types.Coin, 2*types.Coin)
	q := e.quote(ann.Address(), types.Coin+types.Coin/2)
	if _, err := e.SendQuote(context.Background(), q); !errors.Is(err, wallet.ErrSignedElsewhere) {
		t.Errorf("sending directly: %v", err)
	}
	u := e.unsigned(q)
	if len(u.Tx.Msg.TxIn) != len(u.Inputs) || len(u.Inputs) == 0 || u.Change < 0 || u.Fee != q.Fee {
		t.Fatalf("unsigned %+v for quote %+v", u, q)
	}
	change, ok := types.ScriptAddress(u.Tx.Msg.TxOut[u.Change].PkScript)
	if b, i, ours := e.Path(change); !ok || !ours || b != keys.Change || i != 0 {
		t.Errorf("change at %d/%d, ours %v", b, i, ours)
	}
	// The next proposal's change goes elsewhere.
	v := e.unsigned(e.quote(ann.Address(), types.Coin/4))
	if other, _ := types.ScriptAddress(v.Tx.Msg.TxOut[v.Change].PkScript); other == change {
		t.Error("two proposals share a change address")
	}
	wantErr(t, "unsigned", e.SendSigned(context.Background(), u.Tx, ""), wallet.ErrUnsigned)
	signed := e.sign(u)
	if signed.ID() != u.Tx.ID() {
		t.Fatal("the id changed by signing")
	}
	for range 2 {
		if err := e.SendSigned(context.Background(), signed, "rent"); err != nil {
			t.Fatal(err)
		}
	}
	if got := paid(t, w, signed.ID()); got != u.Fee || got != vsize(t, w, signed.ID()) {
		t.Errorf("it pays %v for %v bytes", got, vsize(t, w, signed.ID()))
	}
	entry, err := e.Transaction(signed.ID())
	if err != nil || entry.Label != "rent" || entry.Status != wallet.StatusPending || entry.Fee != u.Fee {
		t.Errorf("entry %+v, %v", entry, err)
	}
	e.reopen()
	w.mine(1)
	e.sync()
	if c, ok := e.Coin(u.Inputs[0].OutPoint); !ok || !c.Gone || c.SpentBy != signed.ID() {
		t.Errorf("spent coin %+v, %v", c, ok)
	}
	if err := e.SendSigned(context.Background(), signed, ""); err != nil {
		t.Errorf("a confirmed one: %v", err)
	}
}

// A witness of a script path is counted as large as it will be.
func TestWitnessSizes(t *testing.T) {
	w := newWorld(t, nil)
	sizes := []int{64, 0, 64, 104, 33} // 2 of 3
	e := w.elsewhere(sizes...)
	e.fund(types.Coin, types.Coin, types.Coin)
	for _, amount := range []types.Amount{types.Coin / 2, 3 * types.Coin / 2} {
		q := e.quote(ann.Address(), amount)
		u := e.unsigned(q)
		full := &types.Tx{Msg: u.Tx.Msg.Copy()}
		for _, in := range full.Msg.TxIn {
			for _, n := range sizes {
				in.Witness = append(in.Witness, make([]byte, n))
			}
		}
		if got := types.Amount(full.VSize()) * q.Rate; u.VSize != full.VSize() || u.Fee != got {
			t.Errorf("%d inputs: fee %v for %d bytes, want %v for %d", len(u.Inputs), u.Fee, u.VSize, got, full.VSize())
		}
	}
}

func TestHold(t *testing.T) {
	w := newWorld(t, nil)
	e := w.elsewhere(64)
	e.fund(types.Coin, 3*types.Coin)
	u := e.unsigned(e.quote(ann.Address(), 2*types.Coin))
	e.Hold([]wire.OutPoint{u.Inputs[0].OutPoint})
	if b := e.Balance(); b.Held != 3*types.Coin || b.Spendable != types.Coin || b.Total != 4*types.Coin {
		t.Errorf("balance %+v", b)
	}
	_, err := e.Quote(wallet.Request{Outputs: []wallet.Output{{Address: ann.Address(), Amount: 2 * types.Coin}}})
	var funds *wallet.FundsError
	if !errors.As(err, &funds) || funds.Held != 3*types.Coin {
		t.Errorf("quote from held coins: %v", err)
	}
	_, err = e.Quote(wallet.Request{Outputs: []wallet.Output{{Address: ann.Address(), Amount: types.Coin}}, Coins: []wire.OutPoint{u.Inputs[0].OutPoint}})
	wantErr(t, "quote from a held coin", err, wallet.ErrHeld)
	// What holds the coin may still be sent.
	if err := e.SendSigned(context.Background(), e.sign(u), ""); err != nil {
		t.Fatal(err)
	}
	e.Hold(nil)
	if b := e.Balance(); b.Held != 0 {
		t.Errorf("balance %+v", b)
	}
}

func TestRecordsElsewhere(t *testing.T) {
	w := newWorld(t, nil)
	e := w.elsewhere(64)
	post := &types.Message{Public: true, Body: []byte("news")}
	_, err := e.BuildRecord(post, wallet.RecordOptions{})
	wantErr(t, "without any coin", err, wallet.ErrNoAuthorCoin)
	w.pay(mustAddress(t, e), types.Coin)
	w.mine(1)
	e.sync()
	_, err = e.BuildRecord(post, wallet.RecordOptions{})
	wantErr(t, "without the author's coin", err, wallet.ErrNoAuthorCoin)
	e.fund(types.Coin)
	q, err := e.BuildRecord(post, wallet.RecordOptions{})
	if err != nil {
		t.Fatal(err)
	}
	u := e.unsigned(q)
	if a, _ := types.ScriptAddress(u.Tx.Msg.TxOut[u.Change].PkScript); a != e.Identity() || u.Inputs[0].Address != e.Identity() {
		t.Errorf("record from %v, change to %v", u.Inputs[0].Address, a)
	}
	e.Hold([]wire.OutPoint{u.Inputs[0].OutPoint})
	_, err = e.BuildRecord(post, wallet.RecordOptions{})
	wantErr(t, "with the author's coin held", err, wallet.ErrHeld)
	if err := e.SendSigned(context.Background(), e.sign(u), ""); err != nil {
		t.Fatal(err)
	}
	w.mine(1)
	e.sync()
	if entry, err := e.Transaction(u.Tx.ID()); err != nil || entry.Status != wallet.StatusConfirmed || entry.Kind != wallet.Kind("message") {
		t.Errorf("entry %+v, %v", entry, err)
	}
}

func mustAddress(t testing.TB, e *elsewhere) types.Address {
	t.Helper()
	a, err := e.NewAddress("")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A transaction takes no more inputs than its signers can handle.
func TestMaxInputs(t *testing.T) {
	w := newWorld(t, nil)
	e := w.elsewhere(64)
	e.fund(types.Coin, types.Coin, types.Coin)
	_, err := e.Quote(wallet.Request{Outputs: []wallet.Output{{Address: ann.Address(), Amount: 5 * types.Coin / 2}}})
	wantErr(t, "three inputs", err, wallet.ErrTooManyInputs)
	q, err := e.Quote(wallet.Request{Outputs: []wallet.Output{{Address: ann.Address()}}, All: true})
	if err != nil || len(q.Inputs) != 2 {
		t.Errorf("everything: %v, %v", q, err)
	}
}

// What the node refuses is forgotten, and a coin spent otherwise is named.
func TestSignedRefused(t *testing.T) {
	w := newWorld(t, nil)
	e := w.elsewhere(64)
	e.fund(types.Coin)
	u, v := e.unsigned(e.quote(ann.Address(), types.Coin/2)), e.unsigned(e.quote(ann.Address(), types.Coin/3))
	bad := e.sign(u)
	bad.Msg.TxIn[0].Witness[0][5] ^= 1
	wantErr(t, "a false signature", e.SendSigned(context.Background(), bad, "x"), wallet.ErrRejected)
	if _, err := e.Transaction(u.Tx.ID()); !errors.Is(err, wallet.ErrUnknownTx) {
		t.Errorf("the refused transaction is still known: %v", err)
	}
	if b := e.Balance(); b.Spendable != types.Coin {
		t.Errorf("balance %+v", b)
	}
	if err := e.SendSigned(context.Background(), e.sign(u), ""); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "a spent coin", e.SendSigned(context.Background(), e.sign(v), ""), wallet.ErrSpent)
	foreign := w.gen.Tx(chaintest.Spec{From: ann, To: []consensus.Payment{{Address: e.Identity(), Amount: types.Coin}}})
	wantErr(t, "a foreign coin", e.SendSigned(context.Background(), foreign, ""), wallet.ErrUnknownCoin)
	if _, err := wallet.Open(w, newKeys(t, aliceWords), e.store, wallet.Options{Params: w.gen.Params}); !errors.Is(err, wallet.ErrOtherWallet) {
		t.Errorf("another's store: %v", err)
	}
}

// A crash between storing and posting loses nothing: it is offered again.
func TestSignedOfferedAgain(t *testing.T) {
	w := newWorld(t, nil)
	e := w.elsewhere(64)
	e.fund(types.Coin)
	signed := e.sign(e.unsigned(e.quote(ann.Address(), types.Coin/2)))
	crash := errors.New("crash")
	w.set(func() { w.refuse = func(*types.Tx) error { panic(crash) } })
	func() {
		defer func() { recover() }()
		e.SendSigned(context.Background(), signed, "")
	}()
	w.set(func() { w.refuse = nil })
	e.reopen()
	e.sync()
	if w.mgr.PoolTx(signed.ID()) == nil {
		t.Error("the transaction was not offered again")
	}
}

// Found says what a restore comes to, Paid whom the account paid.
func TestFoundAndPaid(t *testing.T) {
	w := newWorld(t, nil)
	e := w.elsewhere(64)
	e.fund(types.Coin)
	at := func(i uint32) types.Address {
		a, err := e.Address(keys.Receive, i)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for range 10 {
		if _, err := e.NewAddress(""); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, watched := e.Path(at(25)); !watched || !e.Found(at(20)) || e.Found(at(25)) || e.Found(fund.Address()) {
		t.Errorf("watched %v, found %v, %v, %v", watched, e.Found(at(20)), e.Found(at(25)), e.Found(fund.Address()))
	}
	if len(e.Paid()) != 0 {
		t.Errorf("paid %v", e.Paid())
	}
	if err := e.SendSigned(context.Background(), e.sign(e.unsigned(e.quote(fund.Address(), types.Coin/2))), ""); err != nil {
		t.Fatal(err)
	}
	if paid := e.Paid(); len(paid) != 1 || !paid[fund.Address()] {
		t.Errorf("paid %v", paid)
	}
}
