package wallet_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/keys"
)

func jobPost(bid types.Amount) *types.JobPost {
	return &types.JobPost{Dapp: chaintest.DappID(), Spec: []byte("spec"), Contact: "127.0.0.1:1", Duration: 1000, Bid: bid}
}

// author opens alice's wallet with coins at its identity.
func (w *world) author(amounts ...types.Amount) *person {
	w.t.Helper()
	a := w.open(aliceWords, nil)
	for _, x := range amounts {
		w.pay(a.Identity(), x)
	}
	w.mine(1)
	a.sync()
	return a
}

// wantRecord checks the form of a record's transaction in the pool: the author
// signs input 0 with 64 bytes, the commitment is output 0, change returns to
// the author, and the fee is exact.
func (p *person) wantRecord(what string, id types.Hash, rate, extra types.Amount) *types.Tx {
	p.w.t.Helper()
	tx := p.w.mgr.PoolTx(id)
	if tx == nil {
		p.w.t.Fatalf("%s: not in the pool", what)
	}
	required, err := consensus.RequiredFee(tx)
	if err != nil {
		p.w.t.Fatal(err)
	}
	size := types.Amount(tx.VSize())
	if want := required + (rate-1)*size + extra; paid(p.w.t, p.w, id) != want {
		p.w.t.Errorf("%s: pays %d, want exactly %d", what, paid(p.w.t, p.w, id), want)
	}
	if _, i, ok := types.FindCommitment(tx.Msg); !ok || i != 0 {
		p.w.t.Errorf("%s: commitment at output %d", what, i)
	}
	if len(tx.Msg.TxOut) != 2 || string(tx.Msg.TxOut[1].PkScript) != string(p.Identity().PkScript()) {
		p.w.t.Errorf("%s: no change at the identity", what)
	}
	for _, in := range tx.Msg.TxIn {
		if len(in.Witness) != 1 || len(in.Witness[0]) != 64 || in.Sequence != wire.MaxTxInSequenceNum-2 {
			p.w.t.Errorf("%s: input %+v", what, in)
		}
	}
	for _, e := range p.w.mgr.PoolTxs() {
		if e.ID == id && e.Author != p.Identity() {
			p.w.t.Errorf("%s: author %v", what, e.Author)
		}
	}
	return tx
}

func TestRecordsOfEveryKind(t *testing.T) {
	w := newWorld(t, nil)
	a := w.author(100 * coin)
	id, err := a.keys.Identity()
	if err != nil {
		t.Fatal(err)
	}
	secret, err := id.VRFSecret()
	if err != nil {
		t.Fatal(err)
	}
	vrf := consensus.NewVRFKey(secret)
	producer := &types.ProducerRegistration{VRFKey: vrf.Public()}
	producer.Proof, _ = vrf.Prove(w.gen.Params.ID.ProducerAlpha(a.Identity()))

	job, err := a.SendRecord(ctx, jobPost(coin), wallet.RecordOptions{Label: "first job"})
	if err != nil {
		t.Fatal(err)
	}
	a.wantRecord("job post", job, 1, 0)
	w.mine(1)
	a.sync()
	node := ann.Address()
	for _, c := range []struct {
		rec wallet.Kind
		r   types.Record
		bid types.Amount
		job types.Hash
	}{
		{"bid raise", &types.BidRaise{Job: job, Added: coin / 2}, coin / 2, job},
		{"score report", &types.ScoreReport{Job: job, Entries: []types.ScoreEntry{{Address: node, Cumulative: coin / 4}}}, 0, job},
		{"advertisement", &types.Advertisement{Title: "t", Text: "x", Category: "c", Price: 3}, 0, types.Hash{}},
		{"dapp registration", &types.DappRegistration{Name: "d", Version: "1"}, 0, types.Hash{}},
		{"producer registration", producer, 0, types.Hash{}},
		{"message", &types.Message{Public: true, Body: []byte("hello")}, 0, types.Hash{}},
		{"completion", &types.Completion{Job: job}, 0, job},
	} {
		before := a.Balance().Total
		id, err := a.SendRecord(ctx, c.r, wallet.RecordOptions{Rate: 3, Extra: 77})
		if err != nil {
			t.Fatalf("%s: %v", c.rec, err)
		}
		a.wantRecord(string(c.rec), id, 3, 77)
		e := a.entry(id)
		if e.Kind != c.rec || e.Bid != c.bid || e.Job != c.job || e.Fee != paid(t, w, id)-c.bid || e.Amount != -paid(t, w, id) || e.Incoming || len(e.Parties) != 0 {
			t.Errorf("%s: entry %+v", c.rec, e)
		}
		if a.Balance().Total != before-paid(t, w, id) {
			t.Errorf("%s: balance %v after %v", c.rec, a.Balance().Total, before)
		}
		w.mine(1)
		a.sync()
		if e := a.entry(id); e.Status != wallet.StatusConfirmed {
			t.Errorf("%s: %+v", c.rec, e)
		}
	}
	if e := a.entry(job); e.Label != "first job" || e.Job != job || e.Bid != coin {
		t.Errorf("%+v", e)
	}
}

// Many records in a row before any block, each spending the last one's change.
func TestRecordsChainUnconfirmed(t *testing.T) {
	w := newWorld(t, nil)
	a := w.author(coin)
	for range 10 {
		id, err := a.SendRecord(ctx, &types.Message{Public: true, Body: []byte("x")}, wallet.RecordOptions{})
		if err != nil {
			t.Fatal(err)
		}
		a.wantRecord("message", id, 1, 0)
	}
	w.mine(1)
	a.sync()
	if n := len(a.History(wallet.Query{Kind: "message"})); n != 10 {
		t.Errorf("%d messages", n)
	}
}

// More records in a row than nodes let build on one another: the next ones begin
// with another coin, and when there is none the wallet says what it waits for.
func TestRecordsBeyondTheChainLimit(t *testing.T) {
	w := newWorld(t, nil)
	a := w.author(coin)
	w.pay(a.address(), coin)
	w.mine(1)
	a.sync()
	send := func() error {
		_, err := a.SendRecord(ctx, &types.Message{Public: true, Body: []byte("x")}, wallet.RecordOptions{})
		return err
	}
	for i := range 40 {
		if err := send(); err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
	}
	var err error
	for range 30 {
		if err = send(); err != nil {
			break
		}
	}
	var short *wallet.FundsError
	if !errors.As(err, &short) || short.Waiting == 0 || a.Balance().Spendable > coin/10 {
		t.Errorf("at the limit: %v", err)
	}
	for _, h := range a.History(wallet.Query{}) {
		if h.Status == wallet.StatusConflicted {
			t.Errorf("a record failed: %+v", h)
		}
	}
	w.mine(1)
	a.sync()
	if err := send(); err != nil {
		t.Errorf("after a block: %v", err)
	}
	// A reorganisation takes all of it back. The last one is too deep for the
	// pool then; the wallet offers it again after the next block.
	w.fork(1)
	for range 2 {
		a.sync()
		w.mine(1)
	}
	a.sync()
	if b := a.Balance(); b.Change != 0 || b.Reserved != 0 || b.Waiting != 0 {
		t.Errorf("%+v", b)
	}
}

// A record that comes too late drags down what builds on it. The wallet does not
// build more on that, gives it up after some blocks, and can go on.
func TestRecordTooLate(t *testing.T) {
	w := newWorld(t, nil)
	a := w.author(10 * coin)
	post := jobPost(coin)
	post.Duration = 4
	job, err := a.SendRecord(ctx, post, wallet.RecordOptions{})
	if err != nil {
		t.Fatal(err)
	}
	w.mine(1)
	a.sync()
	late, err := a.SendRecord(ctx, &types.Completion{Job: job}, wallet.RecordOptions{})
	if err != nil {
		t.Fatal(err)
	}
	message := &types.Message{Public: true, Body: []byte("x")}
	behind, err := a.SendRecord(ctx, message, wallet.RecordOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for w.mgr.PoolTx(late) != nil {
		w.mineOnly()
	}
	a.sync()
	_, err = a.SendRecord(ctx, message, wallet.RecordOptions{})
	wantErr(t, "nothing to build on", err, wallet.ErrFunds)
	for range 5 {
		w.mineOnly()
		a.sync()
	}
	for _, id := range []types.Hash{late, behind} {
		if s := a.entry(id).Status; s != wallet.StatusAbandoned {
			t.Errorf("%v is %v", id, s)
		}
	}
	if _, err = a.SendRecord(ctx, message, wallet.RecordOptions{}); err != nil {
		t.Error(err)
	}
}

// Records sent at the same time build on one another; none must reach the node
// before the one it builds on.
func TestConcurrentRecords(t *testing.T) {
	w := newWorld(t, nil)
	a := w.author(coin)
	w.set(func() {
		w.refuse = func(*types.Tx) error {
			for range rand.IntN(200) {
				runtime.Gosched()
			}
			return nil
		}
	})
	errs := make(chan error)
	for range 20 {
		go func() {
			_, err := a.SendRecord(ctx, &types.Message{Public: true, Body: []byte("x")}, wallet.RecordOptions{})
			errs <- err
		}()
	}
	for range 20 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if n := len(w.mgr.PoolTxs()); n != 20 {
		t.Errorf("%d records wait", n)
	}
}

// Without a coin at the identity a payment to it comes first, and the record
// spends it unconfirmed.
func TestRecordPreparesTheAuthorsCoin(t *testing.T) {
	for _, c := range []struct {
		name  string
		coins []types.Amount
	}{
		{"one coin", []types.Amount{10 * coin}},
		{"several", []types.Amount{coin / 2, coin / 2, coin / 2}},
		{"barely enough", []types.Amount{coin + 1000}},
	} {
		w := newWorld(t, nil)
		a := w.funded(c.coins...)
		q, err := a.BuildRecord(jobPost(coin), wallet.RecordOptions{Rate: 1})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if q.Preparation == 0 || q.Bid != coin || q.Total != q.Fee+coin || len(q.Inputs) == 0 {
			t.Errorf("%s: %+v", c.name, q)
		}
		before := a.Balance().Total
		id, err := a.SendQuote(ctx, q)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		a.wantRecord(c.name, id, 1, 0)
		if got := before - a.Balance().Total; got != q.Total {
			t.Errorf("%s: cost %v, quoted %v", c.name, got, q.Total)
		}
		if n := len(w.mgr.PoolTxs()); n != 2 {
			t.Errorf("%s: %d transactions", c.name, n)
		}
		w.mine(1)
		a.sync()
		if q, err := a.BuildRecord(&types.Completion{Job: id}, wallet.RecordOptions{}); err != nil || q.Preparation != 0 {
			t.Errorf("%s: the author's coin is gone: %v", c.name, err)
		}
		fresh := w.open(aliceWords, nil)
		fresh.sync()
		a.wantSame(c.name, fresh)
	}
}

// When the node takes the preparation and refuses the record, the preparation
// stands and the record is forgotten.
func TestRecordRefusedAfterPreparation(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(10 * coin)
	no := errors.New("no")
	w.set(func() {
		w.refuse = func(tx *types.Tx) error {
			if tx.Payload != nil {
				return no
			}
			return nil
		}
	})
	_, err := a.SendRecord(ctx, jobPost(coin), wallet.RecordOptions{})
	wantErr(t, "refused", err, wallet.ErrRejected)
	wantErr(t, "refused", err, no)
	h := a.History(wallet.Query{})
	if len(h) != 2 || h[0].Kind != wallet.KindSelf || h[0].Amount != -h[0].Fee {
		t.Errorf("%+v", h)
	}
	w.set(func() { w.refuse = nil })
	if _, err := a.SendRecord(ctx, jobPost(coin), wallet.RecordOptions{}); err != nil {
		t.Error(err)
	}
	if n := len(w.mgr.PoolTxs()); n != 2 {
		t.Errorf("%d transactions, one more preparation than needed", n)
	}
}

func TestRecordUsesOtherCoinsToo(t *testing.T) {
	w := newWorld(t, nil)
	a := w.author(coin / 2)
	w.pay(a.address(), 3*coin)
	w.mine(1)
	a.sync()
	id, err := a.SendRecord(ctx, jobPost(2*coin), wallet.RecordOptions{})
	if err != nil {
		t.Fatal(err)
	}
	tx := a.wantRecord("job post", id, 1, 0)
	if len(tx.Msg.TxIn) != 2 {
		t.Errorf("%d inputs", len(tx.Msg.TxIn))
	}
}

func TestRecordRefuses(t *testing.T) {
	w := newWorld(t, nil)
	a := w.author(coin)
	for _, c := range []struct {
		name string
		rec  types.Record
		o    wallet.RecordOptions
		want error
	}{
		{"bid too small", jobPost(consensus.MinBid - 1), wallet.RecordOptions{}, wallet.ErrRecord},
		{"raise too small", &types.BidRaise{Added: 1}, wallet.RecordOptions{}, wallet.ErrRecord},
		{"bid too large", jobPost(types.MaxAmount + 1), wallet.RecordOptions{}, wallet.ErrRecord},
		{"text with control characters", &types.Advertisement{Title: "a\x00"}, wallet.RecordOptions{}, wallet.ErrRecord},
		{"text too long", &types.Advertisement{Title: string(make([]byte, 5000))}, wallet.RecordOptions{}, wallet.ErrRecord},
		{"no entries", &types.ScoreReport{}, wallet.RecordOptions{}, wallet.ErrRecord},
		{"too dear", jobPost(2 * coin), wallet.RecordOptions{}, wallet.ErrFunds},
		{"negative extra fee", jobPost(coin / 2), wallet.RecordOptions{Extra: -1}, wallet.ErrAmount},
		{"negative bound", jobPost(coin / 2), wallet.RecordOptions{Most: -1}, wallet.ErrAmount},
		{"rate", jobPost(coin / 2), wallet.RecordOptions{Rate: -1}, wallet.ErrFeeRate},
		{"label", jobPost(coin / 2), wallet.RecordOptions{Label: "\x7f"}, wallet.ErrLabel},
		{"unknown dapp", &types.JobPost{Duration: 1, Bid: coin / 2}, wallet.RecordOptions{}, consensus.ErrUnknownDapp},
		{"job that is not there", &types.Completion{}, wallet.RecordOptions{}, wallet.ErrRejected},
	} {
		_, err := a.SendRecord(ctx, c.rec, c.o)
		wantErr(t, c.name, err, c.want)
	}
	a.keys.Lock()
	_, err := a.SendRecord(ctx, jobPost(coin/2), wallet.RecordOptions{})
	wantErr(t, "locked", err, keys.ErrLocked)
	a.wantBalance("nothing was sent", wallet.Balance{Confirmed: coin})
	empty := w.open(bobWords, nil)
	empty.sync()
	_, err = empty.SendRecord(ctx, jobPost(coin), wallet.RecordOptions{})
	wantErr(t, "empty wallet", err, wallet.ErrFunds)
}

// No record costs more than the caller allowed, a preparatory payment included
// and the bid not.
func TestRecordMost(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(w *world) *person
	}{
		{"author", func(w *world) *person { return w.author(2 * coin) }},
		{"prepared", func(w *world) *person { return w.funded(2 * coin) }},
	} {
		a := c.make(newWorld(t, nil))
		q, err := a.BuildRecord(jobPost(coin), wallet.RecordOptions{Rate: 2, Extra: 50})
		if err != nil || (q.Preparation > 0) != (c.name == "prepared") {
			t.Fatalf("%s: %+v, %v", c.name, q, err)
		}
		o := wallet.RecordOptions{Rate: 2, Extra: 50, Most: q.Fee - 1}
		_, err = a.BuildRecord(jobPost(coin), o)
		wantErr(t, c.name, err, wallet.ErrFeeTooHigh)
		_, err = a.SendRecord(ctx, jobPost(coin), o)
		wantErr(t, c.name, err, wallet.ErrFeeTooHigh)
		a.wantBalance("nothing was sent", wallet.Balance{Confirmed: 2 * coin})
		o.Most = q.Fee
		if _, err := a.SendRecord(ctx, jobPost(coin), o); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// Exactly enough without change: the little that is left goes to the fee
// instead of failing.
func TestRecordWithoutChange(t *testing.T) {
	w := newWorld(t, nil)
	a := w.author(coin/2 + 400)
	id, err := a.SendRecord(ctx, jobPost(coin/2), wallet.RecordOptions{Rate: 1})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(w.mgr.PoolTx(id).Msg.TxOut); n != 1 || paid(t, w, id) != coin/2+400 {
		t.Errorf("%d outputs, fee %v", n, paid(t, w, id))
	}
}

func TestBump(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(10*coin, 5*coin)
	id, err := a.Send(ctx, wallet.Request{Outputs: []wallet.Output{{Address: ann.Address(), Amount: 3 * coin}}, Label: "rent"})
	if err != nil {
		t.Fatal(err)
	}
	bumped, err := a.Bump(ctx, id, 20)
	if err != nil {
		t.Fatal(err)
	}
	if paid(t, w, bumped) != 20*vsize(t, w, bumped) || w.mgr.PoolTx(id) != nil {
		t.Errorf("fee %d for %d vbytes", paid(t, w, bumped), vsize(t, w, bumped))
	}
	old, e := a.entry(id), a.entry(bumped)
	if old.Status != wallet.StatusReplaced || old.ReplacedBy != bumped || e.Status != wallet.StatusPending || e.Label != "rent" || e.Parties[0].Amount != 3*coin {
		t.Errorf("%+v\n%+v", old, e)
	}
	a.sync()
	w.mine(1)
	a.sync()
	a.wantBalance("bumped", wallet.Balance{Confirmed: 12*coin - e.Fee})
	_, err = a.Bump(ctx, bumped, 30)
	wantErr(t, "confirmed", err, wallet.ErrNotPending)
	_, err = a.Bump(ctx, id, 30)
	wantErr(t, "replaced", err, wallet.ErrNotPending)
	_, err = a.Bump(ctx, types.Hash{1}, 30)
	wantErr(t, "unknown", err, wallet.ErrUnknownTx)
	in := w.pay(a.address(), coin)
	a.sync()
	_, err = a.Bump(ctx, in.ID(), 30)
	wantErr(t, "foreign", err, wallet.ErrNotOurs)
}

// A bump whose change cannot pay takes in further coins; the old one may be
// mined all the same.
func TestBumpAddsCoins(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(coin, 2*coin)
	var one wallet.Coin
	for _, c := range a.Coins() {
		if c.Amount == coin {
			one = c
		}
	}
	id, err := a.Send(ctx, wallet.Request{Outputs: []wallet.Output{{Address: ann.Address(), Amount: coin - 1000}}, Coins: []wire.OutPoint{one.OutPoint}})
	if err != nil {
		t.Fatal(err)
	}
	old := w.mgr.PoolTx(id)
	bumped, err := a.Bump(ctx, id, 50)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(w.mgr.PoolTx(bumped).Msg.TxIn); n != 2 {
		t.Errorf("%d inputs", n)
	}
	w.mineOnly(old)
	a.sync()
	if e := a.entry(bumped); e.Status != wallet.StatusConflicted || e.ReplacedBy != id {
		t.Errorf("%+v", e)
	}
	a.wantBalance("the old one was mined", wallet.Balance{Confirmed: 2*coin + 1000 - a.entry(id).Fee - 0})
}

func TestBumpRefused(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(10 * coin)
	id := a.send(ann.Address(), coin)
	before := a.Balance()
	no := errors.New("no")
	w.set(func() { w.refuse = func(*types.Tx) error { return no } })
	_, err := a.Bump(ctx, id, 20)
	wantErr(t, "refused", err, no)
	if a.Balance() != before || a.entry(id).Status != wallet.StatusPending || len(a.History(wallet.Query{Kind: wallet.KindSent})) != 1 {
		t.Errorf("a refused bump changed the wallet: %+v", a.Balance())
	}
	w.set(func() { w.refuse = nil })
	child := a.send(ann.Address(), coin)
	_, err = a.Bump(ctx, id, 20)
	wantErr(t, "with a child", err, wallet.ErrHasChildren)
	_, err = a.Bump(ctx, child, -1)
	wantErr(t, "rate", err, wallet.ErrFeeRate)
	if _, err = a.Bump(ctx, child, 1); err != nil {
		t.Errorf("a bump pays what the pool asks for at least: %v", err)
	}
	a.keys.Lock()
	_, err = a.Bump(ctx, id, 20)
	if err == nil {
		t.Error("bumped while locked")
	}
}

func TestRaisePending(t *testing.T) {
	w := newWorld(t, nil)
	a := w.author(10 * coin)
	job, err := a.SendRecord(ctx, jobPost(coin), wallet.RecordOptions{Label: "job"})
	if err != nil {
		t.Fatal(err)
	}
	raised, err := a.RaisePending(ctx, job, 2*coin)
	if err != nil {
		t.Fatal(err)
	}
	a.wantRecord("raised", raised, 2, 0) // it pays for the relay of both
	e := a.entry(raised)
	if raised == job || e.Bid != 2*coin || e.Job != raised || e.Label != "job" || a.entry(job).ReplacedBy != raised {
		t.Errorf("%+v", e)
	}
	_, err = a.RaisePending(ctx, raised, 2*coin)
	wantErr(t, "no raise", err, wallet.ErrFeeTooLow)
	_, err = a.RaisePending(ctx, raised, 20*coin)
	wantErr(t, "too dear", err, wallet.ErrFunds)
	_, err = a.RaisePending(ctx, job, 3*coin)
	wantErr(t, "replaced", err, wallet.ErrNotPending)
	bumped, err := a.Bump(ctx, raised, 9)
	if err != nil {
		t.Fatal(err)
	}
	a.wantRecord("bumped", bumped, 9, 0)
	if e := a.entry(bumped); e.Bid != 2*coin || e.Job != bumped {
		t.Errorf("%+v", e)
	}
	plain := a.send(ann.Address(), coin)
	_, err = a.RaisePending(ctx, plain, 3*coin)
	wantErr(t, "a payment", err, wallet.ErrNotJob)
	w.mine(1)
	a.sync()
	_, err = a.RaisePending(ctx, bumped, 3*coin)
	wantErr(t, "mined", err, wallet.ErrNotPending)
	done, cancel := context.WithCancel(ctx)
	cancel()
	_, err = a.RaisePending(done, bumped, 3*coin)
	wantErr(t, "cancelled", err, context.Canceled)
}

func TestAbandon(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(10 * coin)
	parent := a.send(ann.Address(), coin)
	child := a.send(ann.Address(), coin)
	wantErr(t, "in the pool", a.Abandon(parent), wallet.ErrInPool)
	wantErr(t, "unknown", a.Abandon(types.Hash{}), wallet.ErrUnknownTx)
	txs := []*types.Tx{w.mgr.PoolTx(parent), w.mgr.PoolTx(child)}
	empty := newWorld(t, nil)
	for _, b := range w.gen.Blocks()[1:] {
		empty.add(b.Block)
	}
	w.mgr = empty.mgr // the node lost its pool
	if err := a.Abandon(parent); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "twice", a.Abandon(parent), wallet.ErrNotPending)
	a.wantBalance("abandoned", wallet.Balance{Confirmed: 10 * coin})
	for _, id := range []types.Hash{parent, child} {
		if e := a.entry(id); e.Status != wallet.StatusAbandoned {
			t.Errorf("%+v", e)
		}
	}
	// Somebody still had them.
	w.mineOnly(txs...)
	a.sync()
	for _, id := range []types.Hash{parent, child} {
		if e := a.entry(id); e.Status != wallet.StatusConfirmed {
			t.Errorf("%+v", e)
		}
	}
}
