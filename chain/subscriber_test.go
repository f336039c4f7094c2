package chain_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain"
	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// follower is a subscriber as a wallet is one: it keeps its own state and the
// block it belongs to, and pulls the rest.
type follower struct {
	m    *chain.Manager
	rows *chaintest.Rows
	pos  types.Hash
}

func (f *follower) pull(max int) error {
	for {
		revert, apply, err := f.m.UpdatesSince(f.pos, max)
		if err != nil {
			return err
		}
		if len(revert)+len(apply) == 0 {
			return nil
		}
		for _, u := range revert {
			if u.Hash != f.pos {
				return fmt.Errorf("asked to take back %v at %v", u.Hash, f.pos)
			}
			f.rows.Revert(u.Update)
			f.pos = u.Block.Header.PrevHash
		}
		for _, u := range apply {
			if u.Block.Header.PrevHash != f.pos {
				return fmt.Errorf("asked to apply %v at %v", u.Hash, f.pos)
			}
			f.rows.Apply(u.Update)
			f.pos = u.Hash
		}
	}
}

// check compares the follower's rows with the chain's digest.
func (f *follower) check(t *testing.T) {
	t.Helper()
	err := f.m.View(func(st consensus.State, _ consensus.Rows) error {
		if st.Hash != f.pos {
			t.Fatalf("follower at %v, tip %v", f.pos, st.Hash)
		}
		s, err := consensus.Audit(f.m.Params(), st, f.rows)
		if err == nil && !s.OK() {
			t.Fatalf("follower's state: %v", s)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSubscriberSurvivesReorganisations(t *testing.T) {
	t.Parallel()
	g := newGen(t, nil)
	g.ExtendBy(8)
	store, c := chain.NewMemStore(), newClock(g.Params)
	m := open(t, g.Params, store, c)
	add(t, m, blocks(g, 0)...)
	f := &follower{m: m, rows: chaintest.NewRows()}
	if err := f.pull(3); err != nil {
		t.Fatal(err)
	}
	f.check(t)
	rng := rand.New(rand.NewPCG(7, 8))
	for round := range 12 {
		// A branch from a few blocks below that overtakes the tip.
		fork := g.Clone(t)
		for range rng.IntN(5) {
			fork.Revert()
		}
		fork.Release()
		fork.SkipTo(g.State.Slot + 1)
		above := int(fork.State.Height)
		for fork.State.Height <= g.State.Height {
			fork.Extend(pay(fork, ann, bob, types.Coin, 0))
		}
		add(t, m, blocks(fork, above)...)
		wantTip(t, m, fork)
		if rng.IntN(2) == 0 { // now and then it misses some
			if err := f.pull(1 + rng.IntN(4)); err != nil {
				t.Fatal(err)
			}
			f.check(t)
		}
		if round%4 == 3 {
			m = open(t, g.Params, store, c)
			f.m = m
		}
		g = fork
	}
	if err := f.pull(100); err != nil {
		t.Fatal(err)
	}
	f.check(t)
	_, _, err := m.UpdatesSince(types.Hash{1}, 1)
	wantErr(t, err, chain.ErrUnknownBlock)
}

func TestUpdatesOfBlockNeverConnected(t *testing.T) {
	g := newGen(t, nil)
	fork := g.Clone(t)
	fork.SkipTo(50)
	g.ExtendBy(2)
	fork.Extend()
	m, _ := newManager(t, g)
	add(t, m, blocks(g, 0)...)
	add(t, m, fork.Tip())
	_, _, err := m.UpdatesSince(fork.Tip().Hash(), 1)
	wantErr(t, err, chain.ErrUnknownBlock)
}

func TestViewIsFrozen(t *testing.T) {
	g := newGen(t, nil)
	m, _ := newManager(t, g)
	err := m.View(func(st consensus.State, rows consensus.Rows) error {
		add(t, m, g.Extend(pay(g, ann, bob, types.Coin, 0)))
		s, err := consensus.Audit(g.Params, st, rows)
		if err == nil && (!s.OK() || st.Height != 0) {
			t.Fatalf("the view moved: height %d, %v", st.Height, s)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	wantTip(t, m, g)
}

func TestRecordsAndTransactions(t *testing.T) {
	g := newGen(t, nil)
	m, _ := newManager(t, g)
	say := func(text string) *types.Tx {
		return g.Record(ann, &types.Message{Public: true, Body: []byte(text)})
	}
	one, two := say("one"), say("two")
	g.Extend(one, two)
	fork := g.Clone(t)
	job := g.Post(bob, types.Coin, 9)
	g.Extend(job)
	three := say("three")
	g.Extend(three)
	add(t, m, blocks(g, 0)...)

	recs, err := m.Records(types.ChainMessages, 0, 10)
	if err != nil || len(recs) != 3 {
		t.Fatalf("%d records, %v", len(recs), err)
	}
	for i, want := range []*types.Tx{one, two, three} {
		r := recs[i]
		if r.Tx != want.ID() || r.Author != ann.Address() || r.Kind != types.KindMessage || string(r.Payload) != string(want.Payload) {
			t.Fatalf("record %d: %+v", i, r)
		}
	}
	if recs[1].Seq != 1 || recs[1].Height != 1 || recs[2].Height != 3 {
		t.Fatalf("positions: %+v", recs)
	}
	if recs, err = m.Records(types.ChainMessages, 0, 1); err != nil || len(recs) != 2 {
		t.Fatalf("a page is whole blocks: %d, %v", len(recs), err)
	}
	if recs, err = m.Records(types.ChainMessages, 2, 10); err != nil || len(recs) != 1 {
		t.Fatalf("from height 2: %d, %v", len(recs), err)
	}
	if recs, err = m.Records(types.ChainWork, 0, 10); err != nil || len(recs) != 1 || recs[0].Author != bob.Address() {
		t.Fatalf("work: %+v, %v", recs, err)
	}
	tx, pos, err := m.Transaction(job.ID())
	if err != nil || pos.Height != 2 || pos.Index != 1 || string(tx.Payload) != string(job.Payload) {
		t.Fatalf("job at %+v, %v", pos, err)
	}

	// A reorganisation takes them out of the indexes.
	fork.SkipTo(g.State.Slot + 1)
	fork.ExtendBy(3)
	add(t, m, blocks(fork, 1)...)
	wantTip(t, m, fork)
	if recs, err = m.Records(types.ChainMessages, 0, 10); err != nil || len(recs) != 2 {
		t.Fatalf("after the reorganisation: %d, %v", len(recs), err)
	}
	_, _, err = m.Transaction(job.ID())
	wantErr(t, err, chain.ErrUnknownTx)
}

func TestSubscribe(t *testing.T) {
	g := newGen(t, nil)
	m, _ := newManager(t, g)
	ch, cancel := m.Subscribe()
	signalled := func() bool {
		select {
		case <-ch:
			return true
		default:
			return false
		}
	}
	if signalled() {
		t.Fatal("signal without change")
	}
	g.ExtendBy(3)
	add(t, m, blocks(g, 0)...)
	if !signalled() || signalled() {
		t.Fatal("three changes are one signal")
	}
	send(t, m, pay(g, ann, bob, types.Coin, 0))
	if !signalled() {
		t.Fatal("no signal for the pool")
	}
	if err := m.AddBlock(g.Tip()); err == nil || signalled() {
		t.Fatal("signal for nothing")
	}
	cancel()
	add(t, m, g.Extend())
	if signalled() {
		t.Fatal("signal after cancel")
	}
}

// Run adds a held block by itself when its slot comes.
func TestRunReleasesHeldBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGen(t, nil) // genesis is when the bubble's clock starts
		g.SkipTo(100)
		g.Extend()
		m, err := chain.Open(g.Params, chain.NewMemStore(), chain.Options{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- m.Run(ctx) }()
		wantErr(t, m.AddBlock(g.Tip()), chain.ErrFuture)
		due := g.Params.SlotTime(g.State.Slot - 1)
		time.Sleep(time.Until(due) - time.Second/2)
		synctest.Wait()
		if m.Tip().Height != 0 {
			t.Fatal("too early")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		wantTip(t, m, g)
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	})
}

// Everything at once; the race detector watches.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	g := newGen(t, nil)
	g.ExtendBy(10)
	fork := g.Clone(t)
	fork.SkipTo(g.State.Slot + 30)
	var txs []*types.Tx
	for range 6 {
		txs = append(txs, pay(g, ann, bob, types.Coin, 0), pay(g, bob, cid, types.Coin, 0))
	}
	g.ExtendBy(15)
	fork.ExtendBy(20)
	m, _ := newManager(t, g)
	all := append(blocks(g, 0), blocks(fork, 10)...)

	done := make(chan struct{})
	var readers, writers sync.WaitGroup
	for range 2 {
		writers.Go(func() {
			for _, b := range all {
				m.AddBlock(b)
			}
		})
	}
	writers.Go(func() {
		for _, tx := range txs {
			m.AddTx(tx)
		}
	})
	read := func(f func()) {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					f()
				}
			}
		})
	}
	f := &follower{m: m, rows: chaintest.NewRows()}
	read(func() {
		if err := f.pull(4); err != nil {
			t.Error(err)
		}
	})
	read(func() {
		m.HeadersAfter(m.Locator(), 50)
		m.MissingBlocks(5)
		m.BestHeader()
		m.Header(m.Tip().Hash)
	})
	seq := uint64(0)
	read(func() {
		_, _, seq = m.PoolSince(seq)
		m.PoolTxs()
		m.FeeRate(2)
		if _, _, err := m.Template(m.Tip().Slot + 1000); err != nil {
			t.Error(err)
		}
	})
	read(func() {
		_, cancel := m.Subscribe()
		cancel()
		err := m.View(func(st consensus.State, rows consensus.Rows) error {
			_, err := consensus.ReadPools(rows)
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	writers.Wait()
	close(done)
	readers.Wait()
	wantTip(t, m, fork)
	if err := f.pull(100); err != nil {
		t.Fatal(err)
	}
	f.check(t)
	audit(t, m)
}
