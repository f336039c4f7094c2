package chain_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain"
	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// poolManager is a manager at height 3 with small limits.
func poolManager(t *testing.T, limits chain.PoolLimits) (*chaintest.Generator, *chain.Manager, *clock) {
	t.Helper()
	g := newGen(t, nil)
	g.ExtendBy(3)
	c := newClock(g.Params)
	m, err := chain.Open(g.Params, chain.NewMemStore(), chain.Options{Clock: c.now, Pool: limits})
	if err != nil {
		t.Fatal(err)
	}
	add(t, m, blocks(g, 0)...)
	return g, m, c
}

func send(t *testing.T, m *chain.Manager, txs ...*types.Tx) {
	t.Helper()
	for _, tx := range txs {
		if err := m.AddTx(tx); err != nil {
			t.Fatal(err)
		}
	}
}

func wantPool(t *testing.T, m *chain.Manager, txs ...*types.Tx) {
	t.Helper()
	if n := len(m.PoolTxs()); n != len(txs) {
		t.Fatalf("%d transactions in the pool, want %d", n, len(txs))
	}
	for i, tx := range txs {
		if m.PoolTx(tx.ID()) == nil {
			t.Fatalf("transaction %d is not in the pool", i)
		}
	}
}

// coin gives the output of tx as a coin of key.
func coin(tx *types.Tx, index int) chaintest.Coin {
	a, _ := types.ScriptAddress(tx.Msg.TxOut[index].PkScript)
	return chaintest.Coin{
		UTXO: consensus.UTXO{Address: a, Amount: types.Amount(tx.Msg.TxOut[index].Value)},
		Out:  wire.OutPoint{Hash: tx.ID(), Index: uint32(index)},
	}
}

// from spends given coins of a key back to it.
func from(g *chaintest.Generator, key *chaintest.Key, tip types.Amount, rec types.Record, coins ...chaintest.Coin) *types.Tx {
	return g.Tx(chaintest.Spec{From: key, Tip: tip, Record: rec, Coins: coins})
}

func TestPoolRefuses(t *testing.T) {
	g, m, _ := poolManager(t, chain.PoolLimits{})
	coins := g.Coins(ann.Address())
	message := &types.Message{Public: true, Body: []byte("hello")}
	edit := func(f func(tx *types.Tx)) *types.Tx {
		tx := from(g, ann, 0, message, coins[0])
		f(tx)
		return tx
	}
	send(t, m, pay(g, bob, cid, types.Coin, 0))
	known := m.PoolTxs()[0].Tx
	for _, c := range []struct {
		name  string
		tx    *types.Tx
		want  error
		fault bool // the sender's
	}{
		{"known", known, chain.ErrKnown, false},
		{"spent or unknown input", from(g, ann, 0, nil, chaintest.Coin{UTXO: coins[0].UTXO, Out: wire.OutPoint{Index: 7}}), chain.ErrMissingInputs, false},
		{"bad signature", edit(func(tx *types.Tx) { tx.Msg.TxIn[0].Witness[0][9] ^= 1 }), consensus.ErrScript, true},
		{"payload missing", edit(func(tx *types.Tx) { tx.Payload = nil }), consensus.ErrPairing, true},
		{"another payload", edit(func(tx *types.Tx) {
			tx.Payload = types.Encode(&types.Message{Public: true, Body: []byte("other")})
		}), consensus.ErrPairing, true},
		{"garbage payload", edit(func(tx *types.Tx) { tx.Payload = []byte{0xff, 1} }), consensus.ErrPayload, true},
		{"payload without commitment", func() *types.Tx {
			tx := from(g, ann, 0, nil, coins[0])
			tx.Payload = types.Encode(message)
			return tx
		}(), consensus.ErrPairing, true},
		{"least fee", from(g, ann, -1, nil, coins[0]), consensus.ErrFee, false},
		{"unknown job", from(g, ann, 0, &types.Completion{Job: types.Hash{4}}, coins[0]), consensus.ErrUnknownJob, false},
		{"unknown dapp", from(g, ann, 0, &types.JobPost{Dapp: types.Hash{4}, Duration: 9, Bid: types.Coin}, coins[0]), consensus.ErrUnknownDapp, false},
		{"not final", g.Tx(chaintest.Spec{From: ann, Coins: coins[:1], Edit: func(m *wire.MsgTx) {
			m.LockTime = 1000
			m.TxIn[0].Sequence = 0
		}}), consensus.ErrLockTime, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := m.AddTx(c.tx)
			wantErr(t, err, c.want)
			if consensus.IsRule(err) != c.fault {
				t.Fatalf("%v: sender's fault: %v", err, !c.fault)
			}
			wantPool(t, m, known)
		})
	}
	// What was refused because of its payload or witness is not shut out.
	send(t, m, edit(func(*types.Tx) {}))
}

func TestReplaceByFee(t *testing.T) {
	g, m, _ := poolManager(t, chain.PoolLimits{Replacements: 5})
	coins := g.Coins(ann.Address())
	first := from(g, ann, 1000, nil, coins[0])
	child := from(g, ann, 5000, nil, coin(first, 0))
	send(t, m, first, child)
	size := types.Amount(first.VSize())

	both := chaintest.Spec{From: ann, Coins: coins[:2], Tip: 6100 + 2*size}
	for _, c := range []struct {
		name string
		tx   *types.Tx
		want error
	}{
		{"the same fee", from(g, ann, 1000, nil, coins[0]), chain.ErrKnown},
		{"a lower fee", from(g, ann, 900, nil, coins[0]), chain.ErrFeeTooLow},
		{"more than its own, not its child's", from(g, ann, 5000, nil, coins[0]), chain.ErrFeeTooLow},
		{"without paying for its own relay", from(g, ann, 6000, nil, coins[0]), chain.ErrFeeTooLow},
		{"building on what it replaces", from(g, ann, 50000, nil, coins[0], coin(first, 0)), chain.ErrMissingInputs},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantErr(t, m.AddTx(c.tx), c.want)
			wantPool(t, m, first, child)
		})
	}
	bump := g.Tx(both)
	send(t, m, bump)
	wantPool(t, m, bump)

	// Many small ones may not be swept out by one: the limit is 5.
	fan := g.Tx(chaintest.Spec{From: bob, Tip: 100, To: outputs(bob, 6)})
	send(t, m, fan)
	for i := range 6 {
		send(t, m, from(g, bob, 0, nil, coin(fan, i)))
	}
	g.Release()
	wantErr(t, m.AddTx(from(g, bob, types.Coin, nil, spentBy(fan, g)...)), chain.ErrPoolFull)
}

func outputs(key *chaintest.Key, n int) (out []consensus.Payment) {
	for range n {
		out = append(out, consensus.Payment{Address: key.Address(), Amount: types.Coin})
	}
	return out
}

// spentBy finds the generator's coins that tx spends.
func spentBy(tx *types.Tx, g *chaintest.Generator) (out []chaintest.Coin) {
	for _, in := range tx.Msg.TxIn {
		for _, key := range []*chaintest.Key{ann, bob, cid} {
			for _, c := range g.Coins(key.Address()) {
				if c.Out == in.PreviousOutPoint {
					out = append(out, c)
				}
			}
		}
	}
	return out
}

// A bid is raised before it is mined by posting the job anew.
func TestBidIsReplaced(t *testing.T) {
	g, m, _ := poolManager(t, chain.PoolLimits{})
	coins := g.Coins(ann.Address())
	job := func(bid types.Amount) types.Record {
		return &types.JobPost{Dapp: chaintest.DappID(), Duration: 100, Bid: bid}
	}
	low := from(g, ann, 0, job(types.Coin), coins[0])
	raise := from(g, ann, 0, &types.BidRaise{Job: low.ID(), Added: types.Coin / 10}, coins[1])
	send(t, m, low, raise)                                                                // the raise of a job that waits itself
	wantErr(t, m.AddTx(from(g, ann, 0, job(3*types.Coin), coins[0])), chain.ErrFeeTooLow) // its relay is not paid for
	high := from(g, ann, 1000, job(2*types.Coin), coins[0])
	send(t, m, high)
	wantPool(t, m, high) // the raise went with its job
	e := m.PoolTxs()[0]
	if e.Fee != 2*types.Coin+e.Net || e.Net != types.Amount(e.VSize)+1000 || e.Author != ann.Address() {
		t.Fatalf("entry %+v", e)
	}
	lower := from(g, ann, 3000, job(types.Coin/2), coins[0])
	send(t, m, lower)
	wantPool(t, m, lower)
	back := from(g, ann, 6000, nil, coins[0])
	send(t, m, back) // a bid is not lost as long as no block carries it
	wantPool(t, m, back)
}

func TestPoolLimits(t *testing.T) {
	t.Run("ancestors", func(t *testing.T) {
		g, m, _ := poolManager(t, chain.PoolLimits{Ancestors: 3})
		tx := pay(g, ann, ann, types.Coin, 0)
		send(t, m, tx)
		for range 3 {
			tx = from(g, ann, 0, nil, coin(tx, 0))
			send(t, m, tx)
		}
		wantErr(t, m.AddTx(from(g, ann, 0, nil, coin(tx, 0))), chain.ErrPoolFull)
	})
	t.Run("one sender", func(t *testing.T) {
		g, m, _ := poolManager(t, chain.PoolLimits{SenderCount: 2})
		send(t, m, pay(g, ann, bob, types.Coin, 0), pay(g, ann, bob, types.Coin, 0))
		coins := spentBy(m.PoolTxs()[0].Tx, g)
		wantErr(t, m.AddTx(pay(g, ann, bob, types.Coin, 9000)), chain.ErrPoolFull)
		send(t, m, pay(g, bob, ann, types.Coin, 0))
		g.Release()
		_ = coins
		// Replacing one's own is no third.
		send(t, m, from(g, ann, 9000, nil, spentBy(m.PoolTxs()[1].Tx, g)...))
	})
	t.Run("one sender's bytes", func(t *testing.T) {
		g, m, _ := poolManager(t, chain.PoolLimits{SenderBytes: 1500})
		send(t, m, pay(g, ann, bob, types.Coin, 0))
		wantErr(t, m.AddTx(from(g, ann, 0, &types.Message{Public: true, Body: make([]byte, 1000)}, g.Coins(ann.Address())[0])), chain.ErrPoolFull)
	})
	t.Run("size", func(t *testing.T) {
		g, m, c := poolManager(t, chain.PoolLimits{MaxBytes: 4000})
		var kept []*types.Tx
		for i, key := range []*chaintest.Key{ann, bob, cid, ann, bob, cid} {
			tx := pay(g, key, key, types.Coin, types.Amount(1000*(i+1)))
			if i > 1 {
				kept = append(kept, tx)
			}
			send(t, m, tx)
		}
		if n := len(m.PoolTxs()); n > 5 || n < 4 {
			t.Fatalf("%d transactions of some 700 bytes in 4,000", n)
		}
		if m.PoolTx(kept[len(kept)-1].ID()) == nil {
			t.Fatal("the best-paying was pushed out")
		}
		rate := m.FeeRate(1)
		if rate <= consensus.MinFeeRate {
			t.Fatalf("the pool was full and asks for %d", rate)
		}
		wantErr(t, m.AddTx(pay(g, ann, bob, types.Coin, 0)), chain.ErrFeeTooLow)
		c.add(48 * time.Hour)
		if rate := m.FeeRate(1); rate != consensus.MinFeeRate {
			t.Fatalf("two days later it asks for %d", rate)
		}
	})
	t.Run("advertisements", func(t *testing.T) {
		g, m, _ := poolManager(t, chain.PoolLimits{Ads: 2})
		ad := func(tip types.Amount) *types.Tx {
			return from(g, ann, tip, &types.Advertisement{Title: "t", Category: "c"}, g.Coins(ann.Address())[0])
		}
		low, mid, high := ad(0), ad(100), ad(200)
		send(t, m, mid, high)
		wantErr(t, m.AddTx(low), chain.ErrFeeTooLow)
		best := ad(300)
		send(t, m, best)
		wantPool(t, m, high, best)
		_, taken, err := m.Template(g.State.Slot + 1)
		if err != nil || len(taken) != 1 || taken[0].ID != best.ID() {
			t.Fatalf("template has %d, %v", len(taken), err)
		}
	})
	t.Run("expiry", func(t *testing.T) {
		g, m, c := poolManager(t, chain.PoolLimits{Expiry: time.Hour})
		old := pay(g, ann, bob, types.Coin, 0)
		send(t, m, old)
		c.add(time.Hour / 2)
		young := pay(g, ann, bob, types.Coin, 0)
		send(t, m, young)
		c.add(time.Hour/2 + time.Minute)
		tick(t, m, func() bool { return m.PoolTx(old.ID()) == nil })
		wantPool(t, m, young)
	})
}

// tick runs the manager until done.
func tick(t *testing.T, m *chain.Manager, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	ch, stop := m.Subscribe()
	defer stop()
	go func() { ended <- m.Run(ctx) }()
	for !done() {
		select {
		case <-ch:
		case err := <-ended:
			t.Fatalf("Run ended: %v", err)
		case <-time.After(20 * time.Second):
			t.Fatal("nothing happened")
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

func TestPoolFollowsTheChain(t *testing.T) {
	g, m, _ := poolManager(t, chain.PoolLimits{})
	job := g.Post(ann, types.Coin, 50)
	add(t, m, g.Extend(job))
	mined, left := pay(g, ann, bob, types.Coin, 0), pay(g, bob, ann, types.Coin, 0)
	double := pay(g, cid, bob, types.Coin, 0)
	childOfDouble := from(g, bob, 0, nil, coin(double, 0))
	raise := g.Record(ann, &types.BidRaise{Job: job.ID(), Added: types.Coin})
	childOfMined := from(g, bob, 0, nil, coin(mined, 0))
	send(t, m, mined, left, double, childOfDouble, raise, childOfMined)

	g.Release()
	other := from(g, cid, 50, nil, spentBy(double, g)...)
	done := from(g, ann, 0, &types.Completion{Job: job.ID()}, unspent(g, ann, mined, raise)[0])
	fork := g.Clone(t)
	add(t, m, g.Extend(mined, other, done))
	// Gone: the mined one, what other double-spends with its child, and the
	// raise of the job that is now closed.
	wantPool(t, m, left, childOfMined)
	wantErr(t, m.AddTx(mined), chain.ErrKnown)
	wantErr(t, m.AddTx(raise), consensus.ErrJobClosed)

	// A branch without that block: what it held waits again.
	fork.SkipTo(g.State.Slot + 5)
	fork.ExtendBy(2)
	add(t, m, blocks(fork, 4)...)
	wantTip(t, m, fork)
	wantPool(t, m, left, mined, childOfMined, other, done)
	audit(t, m)
}

// unspent lists coins of key that txs do not spend.
func unspent(g *chaintest.Generator, key *chaintest.Key, txs ...*types.Tx) (out []chaintest.Coin) {
	spent := make(map[wire.OutPoint]bool)
	for _, tx := range txs {
		for _, in := range tx.Msg.TxIn {
			spent[in.PreviousOutPoint] = true
		}
	}
	for _, c := range g.Coins(key.Address()) {
		if !spent[c.Out] {
			out = append(out, c)
		}
	}
	return out
}

func TestTemplateOrder(t *testing.T) {
	g, m, _ := poolManager(t, chain.PoolLimits{})
	poor := pay(g, ann, ann, types.Coin, 0)
	rich := from(g, ann, 40000, nil, coin(poor, 0)) // pays for its parent
	mid := pay(g, bob, ann, types.Coin, 9000)
	low := pay(g, cid, ann, types.Coin, 500)
	send(t, m, poor, low, mid, rich)
	b, taken, err := m.Template(g.State.Slot + 1)
	if err != nil {
		t.Fatal(err)
	}
	want := []*types.Tx{poor, rich, mid, low}
	order := m.PoolTxs()
	for i, tx := range want {
		if len(taken) != 4 || taken[i].ID != tx.ID() || order[i].ID != tx.ID() {
			t.Fatalf("position %d of %d is wrong", i, len(taken))
		}
	}
	blk, err := b.Block(bob.Address(), [80]byte{})
	if err != nil || len(blk.Txs) != 5 {
		t.Fatalf("block with %d transactions, %v", len(blk.Txs), err)
	}
	if _, _, err := m.Template(g.State.Slot); !errors.Is(err, consensus.ErrSlot) {
		t.Fatalf("template for a slot that is over: %v", err)
	}
}

// Records that exclude each other, and side blocks that are full, cost only
// their own place.
func TestTemplateLeavesOutWhatDoesNotFit(t *testing.T) {
	g, m, _ := poolManager(t, chain.PoolLimits{})
	job := g.Post(ann, types.Coin, 50)
	add(t, m, g.Extend(job))
	done := g.Record(ann, &types.Completion{Job: job.ID()})
	again := from(g, ann, 100, &types.Completion{Job: job.ID()}, unspent(g, ann, done)[0])
	send(t, m, done, again)
	_, taken, err := m.Template(g.State.Slot + 1)
	if err != nil || len(taken) != 1 || taken[0].ID != again.ID() {
		t.Fatalf("%d taken, %v", len(taken), err)
	}
}

func TestTemplateIsMined(t *testing.T) {
	g, m, _ := poolManager(t, chain.PoolLimits{})
	send(t, m, pay(g, ann, bob, types.Coin, 10), g.Post(bob, types.Coin, 20),
		g.Record(cid, &types.Message{Public: true, Body: []byte("hi")}))
	slot, key, proof := g.Lead()
	b, _, err := m.Template(slot)
	if err != nil {
		t.Fatal(err)
	}
	blk, err := b.Block(key.Address(), proof)
	if err != nil {
		t.Fatal(err)
	}
	if blk.Header.Signature, err = key.Sign(blk.Header.SigHash(g.Params.ID)); err != nil {
		t.Fatal(err)
	}
	add(t, m, blk)
	wantPool(t, m)
	if err := g.Connect(blk); err != nil {
		t.Fatal(err)
	}
	wantTip(t, m, g)
	audit(t, m)
}

func TestFeeRate(t *testing.T) {
	g, m, _ := poolManager(t, chain.PoolLimits{})
	if r := m.FeeRate(1); r != consensus.MinFeeRate {
		t.Fatalf("an empty pool asks for %d", r)
	}
	// Fill more than one block with wide transactions.
	for i := range 12 {
		key := []*chaintest.Key{ann, bob, cid}[i%3]
		out := make([]consensus.Payment, 2200)
		for j := range out {
			out[j] = consensus.Payment{Address: key.Address(), Amount: 1000}
		}
		send(t, m, g.Tx(chaintest.Spec{From: key, To: out, Tip: types.Amount(100_000 * (i + 1))}))
	}
	one, many := m.FeeRate(1), m.FeeRate(10)
	if one <= consensus.MinFeeRate || many != consensus.MinFeeRate {
		t.Fatalf("rates %d and %d", one, many)
	}
	b, taken, err := m.Template(g.State.Slot + 1)
	if err != nil || len(taken) >= 12 || b.Weight() > types.MaxBlockWeight {
		t.Fatalf("%d taken, weight %d, %v", len(taken), b.Weight(), err)
	}
}

func TestPoolSince(t *testing.T) {
	g, m, _ := poolManager(t, chain.PoolLimits{})
	a, b := pay(g, ann, bob, types.Coin, 0), pay(g, bob, ann, types.Coin, 0)
	send(t, m, a)
	added, removed, seq := m.PoolSince(0)
	if len(added) != 1 || added[0].ID != a.ID() || removed != nil {
		t.Fatal("first look")
	}
	if added, removed, next := m.PoolSince(seq); len(added)+len(removed) != 0 || next != seq {
		t.Fatal("nothing happened, and something is told")
	}
	send(t, m, b)
	child := from(g, ann, 0, nil, coin(b, 0))
	send(t, m, child)
	add(t, m, g.Extend(a))
	added, removed, next := m.PoolSince(seq)
	if len(added) != 2 || added[0].ID != b.ID() || added[1].ID != child.ID() || len(removed) != 1 || removed[0] != a.ID() {
		t.Fatalf("%d added, %d removed", len(added), len(removed))
	}
	// What came and went in between is not told.
	short := pay(g, cid, ann, types.Coin, 0)
	send(t, m, short)
	add(t, m, g.Extend(short))
	if added, removed, _ := m.PoolSince(next); len(added)+len(removed) != 0 {
		t.Fatalf("%d added, %d removed", len(added), len(removed))
	}
	// A number of another run starts over.
	if added, _, _ := m.PoolSince(1 << 40); len(added) != 2 {
		t.Fatalf("%d added", len(added))
	}
}

func TestPoolSurvivesRestart(t *testing.T) {
	g := newGen(t, nil)
	store, c := chain.NewMemStore(), newClock(g.Params)
	m := open(t, g.Params, store, c)
	parent := pay(g, ann, ann, types.Coin, 0)
	child := from(g, ann, 0, nil, coin(parent, 0))
	record := g.Record(bob, &types.Message{Public: true, Body: []byte("hi")})
	send(t, m, parent, child, record)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.Run(ctx); err != nil {
		t.Fatal(err)
	}
	// Rubbish among what was saved costs nothing else, and is gone afterwards.
	rubbish := &chain.Batch{}
	rubbish.Put([]byte{'p', 0, 0, 0, 0, 1}, []byte{0xff, 1})
	rubbish.Put([]byte{'p', 0xff, 0xff, 0xff, 0xff}, nil)
	if err := store.Commit(rubbish); err != nil {
		t.Fatal(err)
	}
	m = open(t, g.Params, store, c)
	wantPool(t, m)
	if err := m.Run(ctx); err != nil {
		t.Fatal(err)
	}
	wantPool(t, m, parent, child, record)
	if v, err := store.Get([]byte{'p', 0, 0, 0, 0, 1}); v != nil || err != nil {
		t.Fatalf("rubbish stays: %x, %v", v, err)
	}
	if p := m.PoolTx(record.ID()).Payload; fmt.Sprint(p) != fmt.Sprint(record.Payload) {
		t.Fatal("payload lost")
	}
}
