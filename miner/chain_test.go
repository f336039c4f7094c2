package miner_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/miner"
)

// testChain is a chain of one tip on the real consensus code.
type testChain struct {
	mu       sync.Mutex
	g        *chaintest.Generator
	sync     miner.Sync
	views    int    // calls of View
	refuse   error  // what AddBlock answers
	template func() // runs before a template is made
}

func (c *testChain) Params() *consensus.Params { return c.g.Params }

func (c *testChain) View(fn func(consensus.State, consensus.Rows) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.views++
	return fn(c.g.State, c.g.Rows)
}

func (c *testChain) Template(slot uint64) (*consensus.Builder, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.template != nil {
		c.template()
	}
	return consensus.NewBuilder(c.g.Params, c.g.State, c.g.Rows, slot)
}

func (c *testChain) AddBlock(b *types.Block) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse != nil {
		return c.refuse
	}
	return c.g.Connect(b)
}

func (c *testChain) Sync() miner.Sync {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sync
}

// do changes the chain between two slots.
func (c *testChain) do(fn func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fn()
}

// countingKeys notes for which hashes a signature was given.
type countingKeys struct {
	*chaintest.Key
	mu     sync.Mutex
	signed []types.Hash
}

func (k *countingKeys) Sign(h types.Hash) ([64]byte, error) {
	k.mu.Lock()
	k.signed = append(k.signed, h)
	k.mu.Unlock()
	return k.Key.Sign(h)
}

// registrar counts registrations and answers err.
type registrar struct {
	mu   sync.Mutex
	recs []*types.ProducerRegistration
	at   []time.Time
	err  error
}

func (r *registrar) RegisterProducer(_ context.Context, rec *types.ProducerRegistration) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.recs, r.at = append(r.recs, rec), append(r.at, time.Now())
	return r.err
}

// rig is a miner with everything around it, inside a synctest bubble, whose
// clock begins at the network's genesis.
type rig struct {
	t     *testing.T
	chain *testChain
	keys  *countingKeys
	opts  miner.Options
	miner *miner.Miner
	stop  func()
}

// bubble runs fn in a bubble with a rig for the key of that name, which makes
// no blocks before start.
func bubble(t *testing.T, name string, fn func(r *rig)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		g := chaintest.New(t, chaintest.Params([]string{"worker"}, nil))
		g.AuditEvery(20)
		r := &rig{t: t, chain: &testChain{g: g}, keys: &countingKeys{Key: chaintest.NewKey(name)}, opts: miner.Options{Dir: dir}}
		fn(r)
		if r.stop != nil {
			r.stop()
		}
	})
}

func (r *rig) start() {
	r.t.Helper()
	m, err := miner.New(r.chain, r.keys, r.opts)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error)
	go func() { done <- m.Run(ctx) }()
	r.miner = m
	r.stop = func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("Run: %v", err)
		}
		r.stop = nil
	}
}

// wait lets n slots go by. What the test read before is ordered before all
// that the miner does in them, because it takes the chain's lock in each.
func (r *rig) wait(n int) {
	r.chain.do(func() {})
	time.Sleep(time.Duration(n) * time.Duration(r.chain.g.Params.SlotSeconds) * time.Second)
	synctest.Wait()
}

func (r *rig) height() (h uint32) {
	r.chain.do(func() { h = r.chain.g.State.Height })
	return h
}

var errRefused = errors.New("refused")
