package chain_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"supercomputing/chain"
	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// people own coins on the test network from genesis on.
var people = []string{"ann", "bob", "cid"}

var (
	ann = chaintest.NewKey("ann")
	bob = chaintest.NewKey("bob")
	cid = chaintest.NewKey("cid")
)

// newGen starts a generator whose own audits are left to this package's tests.
func newGen(tb testing.TB, change func(*consensus.Params)) *chaintest.Generator {
	g := chaintest.New(tb, chaintest.Params(people, change))
	g.AuditEvery(1 << 30)
	return g
}

// longChain is a chain of 300 empty blocks, made once for the tests that need
// a long one; they work on clones.
var longChain = sync.OnceValue(func() *chaintest.Generator {
	g := newGen(panics{}, nil)
	g.ExtendBy(300)
	return g
})

// panics is a testing.TB for what outlives a test.
type panics struct{ testing.TB }

func (panics) Helper()                      {}
func (panics) Fatal(args ...any)            { panic(fmt.Sprint(args...)) }
func (panics) Fatalf(f string, args ...any) { panic(fmt.Sprintf(f, args...)) }

// clock is a settable clock, far in the future of test chains unless a test
// says otherwise.
type clock struct{ unix atomic.Int64 }

func newClock(p *consensus.Params) *clock {
	c := new(clock)
	c.unix.Store(p.GenesisTime + 1<<30)
	return c
}

func (c *clock) now() time.Time { return time.Unix(c.unix.Load(), 0) }

// at sets the clock to the beginning of a slot.
func (c *clock) at(p *consensus.Params, slot uint64) { c.unix.Store(p.SlotTime(slot).Unix()) }

func (c *clock) add(d time.Duration) { c.unix.Add(int64(d / time.Second)) }

func open(tb testing.TB, p *consensus.Params, s chain.Store, c *clock) *chain.Manager {
	tb.Helper()
	m, err := chain.Open(p, s, chain.Options{Clock: c.now})
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func newManager(tb testing.TB, g *chaintest.Generator) (*chain.Manager, *clock) {
	tb.Helper()
	c := newClock(g.Params)
	return open(tb, g.Params, chain.NewMemStore(), c), c
}

// blocks lists the generator's blocks above height.
func blocks(g *chaintest.Generator, above int) []*types.Block {
	var out []*types.Block
	for _, a := range g.Blocks()[above+1:] {
		out = append(out, a.Block)
	}
	return out
}

func headers(bs []*types.Block) []types.Header {
	out := make([]types.Header, len(bs))
	for i, b := range bs {
		out[i] = b.Header
	}
	return out
}

func add(tb testing.TB, m *chain.Manager, bs ...*types.Block) {
	tb.Helper()
	for _, b := range bs {
		if err := m.AddBlock(b); err != nil {
			tb.Fatalf("block at height %d: %v", b.Header.Height, err)
		}
	}
}

func wantErr(tb testing.TB, err error, want error) {
	tb.Helper()
	if !errors.Is(err, want) {
		tb.Fatalf("got error %v, want %v", err, want)
	}
}

// wantTip checks that the manager stands where the generator does, and that
// its stored state is exactly the generator's.
func wantTip(tb testing.TB, m *chain.Manager, g *chaintest.Generator) {
	tb.Helper()
	tip := m.Tip()
	if tip.Hash != g.State.Hash || tip.Height != g.State.Height || tip.Digest != g.State.Digest() {
		tb.Fatalf("tip %v at height %d, want %v at %d", tip.Hash, tip.Height, g.State.Hash, g.State.Height)
	}
}

// audit recomputes the digest and the conservation sum from the stored rows.
func audit(tb testing.TB, m *chain.Manager) {
	tb.Helper()
	err := m.View(func(st consensus.State, rows consensus.Rows) error {
		s, err := consensus.Audit(m.Params(), st, rows)
		if err == nil && !s.OK() {
			tb.Fatalf("audit at height %d: %v", st.Height, s)
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// lead finds the first slot from first on that key leads after g's tip.
func lead(tb testing.TB, g *chaintest.Generator, key *chaintest.Key, first uint64) (uint64, [80]byte) {
	tb.Helper()
	hs, err := consensus.HeaderStateFromRows(g.Params, g.State, g.Rows)
	if err != nil {
		tb.Fatal(err)
	}
	for slot := max(first, g.State.Slot+1); slot < first+1000; slot++ {
		if proof, ok := consensus.CheckLeader(g.Params, hs, slot, key.Address(), key.VRFKey()); ok {
			return slot, proof
		}
	}
	tb.Fatal("no slot to lead")
	return 0, [80]byte{}
}

// buildAt makes a signed block of key at a slot that it leads.
func buildAt(tb testing.TB, g *chaintest.Generator, key *chaintest.Key, slot uint64, proof [80]byte, txs ...*types.Tx) *types.Block {
	tb.Helper()
	builder := g.Builder(slot)
	for _, tx := range txs {
		if _, _, err := builder.Add(tx); err != nil {
			tb.Fatal(err)
		}
	}
	b, err := builder.Block(key.Address(), proof)
	if err != nil {
		tb.Fatal(err)
	}
	if b.Header.Signature, err = key.Sign(b.Header.SigHash(g.Params.ID)); err != nil {
		tb.Fatal(err)
	}
	return b
}

// pay makes a payment from one person to another.
func pay(g *chaintest.Generator, from, to *chaintest.Key, amount, tip types.Amount) *types.Tx {
	return g.Tx(chaintest.Spec{From: from, To: []consensus.Payment{{Address: to.Address(), Amount: amount}}, Tip: tip})
}

// oneGoroutine leaves a long test that runs nothing beside another out under the
// race detector, which has nothing to find there; "make test" runs it without.
func oneGoroutine(t *testing.T) {
	t.Helper()
	if chaintest.Race {
		t.Skip("runs without the race detector")
	}
}
