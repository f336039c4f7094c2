package chain_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"supercomputing/chain"
	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

var errDisk = errors.New("the disk is broken")

// faulty is a store whose calls fail from a count on, and whose commits can be
// made to wait.
type faulty struct {
	*chain.MemStore
	left atomic.Int64 // calls until failure; negative: never
	gate chan struct{}
	in   chan struct{}
}

func newFaulty() *faulty {
	f := &faulty{MemStore: chain.NewMemStore()}
	f.left.Store(-1)
	return f
}

func (f *faulty) fail() error {
	for {
		n := f.left.Load()
		if n < 0 {
			return nil
		}
		if n == 0 {
			return errDisk
		}
		if f.left.CompareAndSwap(n, n-1) {
			return nil
		}
	}
}

func (f *faulty) Get(key []byte) ([]byte, error) {
	if err := f.fail(); err != nil {
		return nil, err
	}
	return f.MemStore.Get(key)
}

func (f *faulty) Scan(from, to []byte, fn func(key, value []byte) (bool, error)) error {
	if err := f.fail(); err != nil {
		return err
	}
	return f.MemStore.Scan(from, to, fn)
}

func (f *faulty) Commit(b *chain.Batch) error {
	if f.gate != nil {
		f.in <- struct{}{}
		<-f.gate
	}
	if err := f.fail(); err != nil {
		return err
	}
	return f.MemStore.Commit(b)
}

// The disk fails at each call in turn, in the middle of a reorganisation. The
// error is returned, no block is blamed, and once the disk works again the
// same block goes in.
func TestReorganisationOnFailingDisk(t *testing.T) {
	g := newGen(t, nil)
	g.ExtendBy(4)
	fork := g.Clone(t)
	fork.SkipTo(g.State.Slot + 8)
	g.Extend(pay(g, ann, bob, types.Coin, 0))
	g.Extend()
	fork.ExtendBy(3)

	store := newFaulty()
	m := open(t, g.Params, store, newClock(g.Params))
	add(t, m, blocks(g, 0)...)
	branch := blocks(fork, 4)
	add(t, m, branch[:2]...)
	before := m.Tip()
	failures := 0
	for calls := int64(0); ; calls++ {
		store.left.Store(calls)
		err := m.AddBlock(branch[2])
		store.left.Store(-1)
		if ierr := errors.Is(err, errDisk); ierr {
			failures++
			if m.Tip() != before {
				t.Fatalf("call %d failed and the tip moved", calls)
			}
			if consensus.IsRule(err) {
				t.Fatalf("call %d: a broken disk is no broken rule", calls)
			}
			continue
		}
		if err != nil && !errors.Is(err, chain.ErrKnown) {
			t.Fatalf("call %d: %v", calls, err)
		}
		break
	}
	if failures < 10 {
		t.Fatalf("only %d failures tried", failures)
	}
	wantTip(t, m, fork)
	audit(t, m)
	if err := m.CheckInvariants(); err != nil {
		t.Fatal(err)
	}
}

func TestOpenOnFailingDisk(t *testing.T) {
	g := newGen(t, nil)
	g.ExtendBy(5)
	fork := g.Clone(t)
	fork.SkipTo(g.State.Slot + 9)
	g.ExtendBy(2)
	fork.Extend()
	store, c := newFaulty(), newClock(g.Params)
	m := open(t, g.Params, store, c)
	add(t, m, blocks(g, 0)...)
	add(t, m, fork.Tip())
	for calls := int64(0); ; calls++ {
		store.left.Store(calls)
		_, err := chain.Open(g.Params, store, chain.Options{Clock: c.now})
		store.left.Store(-1)
		if err == nil {
			if calls < 10 {
				t.Fatalf("only %d calls", calls)
			}
			break
		}
		wantErr(t, err, errDisk)
	}
	wantTip(t, open(t, g.Params, store, c), g)
}

func TestPoolOnFailingDisk(t *testing.T) {
	g := newGen(t, nil)
	store := newFaulty()
	m := open(t, g.Params, store, newClock(g.Params))
	tx := pay(g, ann, bob, types.Coin, 0)
	for calls := int64(0); ; calls++ {
		store.left.Store(calls)
		err := m.AddTx(tx)
		store.left.Store(-1)
		if err == nil {
			break
		}
		wantErr(t, err, errDisk)
		if err := m.CheckInvariants(); err != nil {
			t.Fatal(err)
		}
	}
	wantPool(t, m, tx)
}

// A store that is found corrupt, or failed for good, ends Run.
func TestRunEndsWithTheStore(t *testing.T) {
	for _, fatal := range []error{chain.ErrFailed, chain.ErrCorrupt} {
		g := newGen(t, nil)
		g.Extend()
		m := open(t, g.Params, &failing{chain.NewMemStore(), fatal}, newClock(g.Params))
		ended := make(chan error, 1)
		go func() { ended <- m.Run(context.Background()) }()
		wantErr(t, m.AddBlock(g.Tip()), fatal)
		wantErr(t, <-ended, fatal)
	}
}

// failing commits only genesis.
type failing struct {
	*chain.MemStore
	err error
}

func (f *failing) Commit(b *chain.Batch) error {
	if v, _ := f.Get([]byte("mnetwork")); v != nil {
		return f.err
	}
	return f.MemStore.Commit(b)
}

func TestCorruptRows(t *testing.T) {
	g := newGen(t, nil)
	g.ExtendBy(4)
	hash := g.Blocks()[3].Block.Hash()
	tip := g.State.Hash
	key := func(row byte, h types.Hash) []byte { return append([]byte{row}, h[:]...) }
	payout := append(key('c', types.Hash(g.Params.Foundation)), 0, 0, 0, 2, 0, 0, 0, 1)
	for _, c := range []struct {
		name string
		key  []byte
		use  func(m *chain.Manager) error
	}{
		{"tip", []byte("mtip"), func(m *chain.Manager) error { return m.View(nil) }},
		{"header", key('h', hash), func(m *chain.Manager) error {
			_, _, err := m.UpdatesSince(hash, 1)
			return err
		}},
		{"block", append(key('b', hash), 0), func(m *chain.Manager) error {
			_, err := m.Block(hash)
			return err
		}},
		{"side block", append(key('b', hash), 4), func(m *chain.Manager) error {
			_, err := m.Block(hash)
			return err
		}},
		{"undo data", key('u', hash), func(m *chain.Manager) error {
			_, _, err := m.UpdatesSince(types.Hash{}, 10)
			return err
		}},
		{"height index", []byte{'i', 0, 0, 0, 2}, func(m *chain.Manager) error {
			_, err := m.BlockHash(2)
			return err
		}},
		{"transaction index", key('t', g.Tip().Txs[0].TxHash()), func(m *chain.Manager) error {
			_, _, err := m.Transaction(g.Tip().Txs[0].TxHash())
			return err
		}},
		{"record index", append([]byte{'r', byte(types.ChainWork)}, make([]byte, 8)...), func(m *chain.Manager) error {
			_, err := m.Records(types.ChainWork, 0, 9)
			return err
		}},
		{"payouts", payout, func(m *chain.Manager) error {
			_, err := m.Payouts(g.Params.Foundation, 0)
			return err
		}},
		{"dapp index", append(key('d', chaintest.DappID()), make([]byte, 8)...), func(m *chain.Manager) error {
			_, err := m.DappEpochs(chaintest.DappID(), 0)
			return err
		}},
		{"earnings", append(key('e', hash), make([]byte, 8)...), func(m *chain.Manager) error {
			_, err := m.Earnings(types.Address(hash), 0, 9)
			return err
		}},
		{"base shares", append(key('a', hash), make([]byte, 12)...), func(m *chain.Manager) error {
			_, err := m.BaseShares(types.Address(hash), 0)
			return err
		}},
		{"jobs of an address", append(key('k', hash), make([]byte, 35)...), func(m *chain.Manager) error {
			_, err := m.JobsOf(types.Address(hash), 0)
			return err
		}},
		{"tip header at open", key('h', tip), nil},
		{"undo data at open", key('u', tip), nil},
		{"tip at open", []byte("mtip"), nil},
		{"block beside the chain at open", append([]byte{'o', 0, 0, 0, 1}, hash[:]...), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			store, clk := chain.NewMemStore(), newClock(g.Params)
			m := open(t, g.Params, store, clk)
			add(t, m, blocks(g, 0)...)
			b := &chain.Batch{}
			b.Put(c.key, []byte{0xff, 1})
			if err := store.Commit(b); err != nil {
				t.Fatal(err)
			}
			if c.use == nil {
				_, err := chain.Open(g.Params, store, chain.Options{Clock: clk.now})
				wantErr(t, err, chain.ErrCorrupt)
				return
			}
			wantErr(t, c.use(m), chain.ErrCorrupt)
		})
	}
}

// While a block is being committed, which may take as long as the disk likes,
// readers go on and see the state before it.
func TestReadersDoNotWaitForWriters(t *testing.T) {
	g := newGen(t, nil)
	g.ExtendBy(2)
	store := newFaulty()
	m := open(t, g.Params, store, newClock(g.Params))
	add(t, m, blocks(g, 0)[0])
	send(t, m, pay(g, ann, bob, types.Coin, 0))
	before := m.Tip()

	store.gate, store.in = make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() { done <- m.AddBlock(g.Tip()) }()
	<-store.in // the writer stands in Commit
	if m.Tip() != before || len(m.PoolTxs()) != 1 || m.FeeRate(1) == 0 {
		t.Fatal("readers see half a move")
	}
	m.Locator()
	m.MissingBlocks(9)
	m.PoolSince(0)
	if _, _, err := m.Template(before.Slot + 1); err != nil {
		t.Fatal(err)
	}
	err := m.View(func(st consensus.State, _ consensus.Rows) error {
		if st.Hash != before.Hash {
			t.Fatal("the view is ahead")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	close(store.gate)
	if err := <-done; err == nil {
		wantTip(t, m, g)
	} else {
		t.Fatal(err)
	}
}

// Of too many held blocks those farthest off go.
func TestHeldBlocksAreBounded(t *testing.T) {
	g := newGen(t, nil)
	g.ExtendBy(2)
	m, c := newManager(t, g)
	add(t, m, blocks(g, 0)...)
	c.at(g.Params, g.State.Slot)
	var future []*types.Block
	first := g.State.Slot + 5
	for range chain.MaxHeld + 4 {
		slot, proof := lead(t, g, chaintest.Bootstrap(), first)
		future = append(future, buildAt(t, g, chaintest.Bootstrap(), slot, proof))
		first = slot + 1
	}
	for i := len(future) - 1; i >= 0; i-- {
		wantErr(t, m.AddBlock(future[i]), chain.ErrFuture)
	}
	if n := m.Held(); n != chain.MaxHeld {
		t.Fatalf("%d blocks held", n)
	}
	c.at(g.Params, future[0].Header.Slot)
	wantErr(t, m.AddBlock(blocks(g, 0)[0]), chain.ErrKnown)
	if m.Tip().Hash != future[0].Hash() {
		t.Fatal("the earliest was not kept")
	}
}

// A node that knows more blocks than it keeps headers of in memory.
func TestReopenLongChain(t *testing.T) {
	t.Parallel()
	oneGoroutine(t)
	g := longChain().Clone(t)
	store, c := chain.NewMemStore(), newClock(g.Params)
	m := open(t, g.Params, store, c)
	add(t, m, blocks(g, 0)...)
	if err := m.CheckInvariants(); err != nil {
		t.Fatal(err)
	}
	m = open(t, g.Params, store, c)
	wantTip(t, m, g)
	if err := m.CheckInvariants(); err != nil {
		t.Fatal(err)
	}
	old := g.Blocks()[3].Block
	wantErr(t, m.AddBlock(old), chain.ErrKnown)
	if err := m.AddHeaders([]types.Header{old.Header}); err != nil {
		t.Fatalf("an old header: %v", err)
	}
	deep := old.Header
	deep.Slot++
	wantErr(t, m.AddHeaders([]types.Header{deep}), chain.ErrDeepFork)
	if h, err := m.Header(old.Hash()); err != nil || h != old.Header {
		t.Fatal(err)
	}
	loc := m.Locator()
	if loc[0] != g.State.Hash || loc[len(loc)-1] != g.Blocks()[0].Block.Hash() || len(loc) > 40 {
		t.Fatalf("locator of %d", len(loc))
	}
	add(t, m, g.Extend())
	wantTip(t, m, g)
}
