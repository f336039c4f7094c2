package store_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"supercomputing/chain"
	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/store"
	"supercomputing/chain/types"
)

func open(t *testing.T, p *consensus.Params, s chain.Store) *chain.Manager {
	t.Helper()
	m, err := chain.Open(p, s, chain.Options{Clock: func() time.Time { return time.Unix(p.GenesisTime+1<<30, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func audit(t *testing.T, m *chain.Manager) {
	t.Helper()
	err := m.View(func(st consensus.State, rows consensus.Rows) error {
		s, err := consensus.Audit(m.Params(), st, rows)
		if err == nil && !s.OK() {
			return fmt.Errorf("height %d: %v", st.Height, s)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// forked makes two branches that overtake each other again and again, in the
// order in which a node hears of them.
func forked(t *testing.T) (p *consensus.Params, blocks []*types.Block) {
	ann, bob := chaintest.NewKey("ann"), chaintest.NewKey("bob")
	p = chaintest.Params([]string{"ann", "bob"}, nil)
	g := chaintest.New(t, p)
	g.AuditEvery(1 << 30)
	g.ExtendBy(10)
	fork := g.Clone(t)
	fork.SkipTo(g.State.Slot + 15)
	for _, a := range g.Blocks()[1:] {
		blocks = append(blocks, a.Block)
	}
	pay := func(g *chaintest.Generator) *types.Tx {
		return g.Tx(chaintest.Spec{From: ann, To: []consensus.Payment{{Address: bob.Address(), Amount: types.Coin}}})
	}
	blocks = append(blocks, g.Extend(pay(g)))
	for i := range 6 {
		next := fork
		if i%2 == 1 {
			next = g
		}
		blocks = append(blocks, next.Extend(), next.Extend(pay(next)))
	}
	return p, blocks
}

// Power is lost after every block in turn. What is left opens, adds up, and
// goes on to the same tip.
func TestManagerSurvivesCrashes(t *testing.T) {
	t.Parallel()
	p, blocks := forked(t)
	mem := vfs.NewCrashableMem()
	s, err := store.OpenFS("chain", mem, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	m := open(t, p, s)
	rng := rand.New(rand.NewPCG(5, 6))
	for i, b := range blocks {
		if err := m.AddBlock(b); err != nil {
			t.Fatal(err)
		}
		tip := m.Tip()
		crashed := mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: rng.IntN(101), RNG: rng})
		c, err := store.OpenFS("chain", crashed, nil)
		if err != nil {
			t.Fatalf("crash after block %d: %v", i, err)
		}
		again := open(t, p, c)
		if again.Tip() != tip {
			t.Fatalf("crash after block %d: tip at height %d, was %d", i, again.Tip().Height, tip.Height)
		}
		audit(t, again)
		if i%4 == 0 {
			// Blocks beside the chain may be lost: they come again.
			for _, b := range blocks {
				again.AddBlock(b)
			}
			if again.Tip().Hash != blocks[len(blocks)-1].Hash() {
				t.Fatalf("crash after block %d: ends at height %d", i, again.Tip().Height)
			}
			audit(t, again)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Memory and disk give the same tips all the way.
func TestManagersAgree(t *testing.T) {
	t.Parallel()
	p, blocks := forked(t)
	d, err := store.Open(filepath.Join(t.TempDir(), "chain"), nil)
	if err != nil {
		t.Fatal(err)
	}
	disk, mem := open(t, p, d), open(t, p, chain.NewMemStore())
	for i, b := range blocks {
		if err := disk.AddBlock(b); err != nil {
			t.Fatal(err)
		}
		if err := mem.AddBlock(b); err != nil {
			t.Fatal(err)
		}
		if disk.Tip() != mem.Tip() {
			t.Fatalf("block %d: tips differ", i)
		}
	}
	audit(t, disk)
	// The disk is gone under a running node: errors, no panic.
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := disk.View(func(consensus.State, consensus.Rows) error { return nil }); err == nil {
		t.Fatal("view of a closed store")
	}
	if _, _, err := disk.UpdatesSince(types.Hash{}, 5); err == nil {
		t.Fatal("updates of a closed store")
	}
	if _, _, err := disk.Template(1 << 30); err == nil {
		t.Fatal("template on a closed store")
	}
	if hs := disk.HeadersAfter(nil, 5); len(hs) != 0 {
		t.Fatal("headers of a closed store")
	}
}
