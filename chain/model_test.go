package chain_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"supercomputing/chain"
	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// branch is a block of a random tree with the generator that stands on it.
type branch struct {
	block  *types.Block
	parent *branch
	g      *chaintest.Generator
	bad    bool // it, or one below it, is invalid
}

// randomTree grows branches from random blocks, some of them invalid.
func randomTree(t *testing.T, rng *rand.Rand, n int) (g *chaintest.Generator, all []*branch) {
	g = newGen(t, twoProducers)
	g.KnowProducers(bob)
	all = []*branch{{block: g.Tip(), g: g}}
	seen := make(map[types.Hash]bool)
	for len(all) <= n {
		from := all[len(all)-1-min(len(all)-1, rng.IntN(4))]
		if from.bad {
			continue
		}
		next := &branch{parent: from, g: from.g.Clone(t)}
		next.g.Release()
		next.g.SkipTo(from.g.State.Slot + 1 + uint64(rng.IntN(6)))
		if rng.IntN(12) == 0 {
			next.bad, next.block = true, badSpend(next.g)
		} else {
			var txs []*types.Tx
			if rng.IntN(2) == 0 {
				txs = append(txs, pay(next.g, cid, ann, types.Coin, types.Amount(rng.IntN(100))))
			}
			next.block = next.g.Extend(txs...)
		}
		if hash := next.block.Hash(); !seen[hash] { // else the same block came out again
			seen[hash] = true
			all = append(all, next)
		}
	}
	return g, all
}

// list gives the seat list that b's header names, also when b is invalid and
// was never applied.
func (b *branch) list(t *testing.T, root types.Hash) *consensus.SeatList {
	t.Helper()
	g := b.parent.g
	res, err := consensus.Validate(g.Params, g.State, g.Rows, b.block)
	if err != nil {
		t.Fatal(err)
	}
	l := listIn(g.Params, res.Update, root)
	if l == nil {
		t.Fatal("the header names a list that the block does not draw")
	}
	return l
}

// model is fork choice as PROTOCOL §4 tells it, over blocks that were given.
type model struct {
	p     *consensus.Params
	tip   *branch
	given map[*branch]bool
}

func (m *model) whole(b *branch) bool {
	for ; b.parent != nil; b = b.parent {
		if !m.given[b] || b.bad {
			return false
		}
	}
	return true
}

// better compares two valid, whole branches.
func (m *model) better(a, b *branch) bool {
	ha, hb := &a.block.Header, &b.block.Header
	if ha.Height != hb.Height {
		return ha.Height > hb.Height
	}
	if ha.Slot != hb.Slot || b.parent == nil {
		return false
	}
	x, y := consensus.TieHash(m.p, ha), consensus.TieHash(m.p, hb)
	return bytes.Compare(x[:], y[:]) < 0
}

// Random trees in random order, with restarts: the tip is always one that the
// model allows, its state adds up, and memory is in order.
func TestRandomTreesAgainstModel(t *testing.T) {
	t.Parallel()
	seeds := uint64(4)
	if chaintest.Race {
		seeds = 1
	}
	for seed := range seeds {
		rng := rand.New(rand.NewPCG(seed, 99))
		g, all := randomTree(t, rng, 24)
		store, c := chain.NewMemStore(), newClock(g.Params)
		m := open(t, g.Params, store, c)
		ref := &model{p: g.Params, tip: all[0], given: map[*branch]bool{all[0]: true}}
		waiting := append([]*branch(nil), all[1:]...)
		for steps := 0; len(waiting) > 0 && steps < 2000; steps++ {
			i := rng.IntN(min(len(waiting), 6))
			b := waiting[i]
			err := m.AddBlock(b.block)
			var need *consensus.NeedListError
			if errors.As(err, &need) { // beside the best chain, as from a peer
				m.AddSeatList(b.list(t, need.Root))
				err = m.AddBlock(b.block)
			}
			if err == nil || b.bad && consensus.IsRule(err) {
				ref.given[b] = true
				waiting = append(waiting[:i], waiting[i+1:]...)
			}
			checkAgainst(t, m, ref, all)
			if rng.IntN(25) == 0 {
				m = open(t, g.Params, store, c)
				checkAgainst(t, m, ref, all)
			}
		}
		if len(waiting) > 0 {
			t.Fatalf("seed %d: %d blocks were never taken", seed, len(waiting))
		}
		audit(t, m)
	}
}

func checkAgainst(t *testing.T, m *chain.Manager, ref *model, all []*branch) {
	t.Helper()
	var now *branch
	for _, b := range all {
		if b.block.Hash() == m.Tip().Hash {
			now = b
		}
	}
	if !ref.whole(now) {
		t.Fatalf("tip at height %d is not valid and whole", m.Tip().Height)
	}
	for _, b := range all {
		if ref.given[b] && ref.whole(b) && ref.better(b, now) {
			t.Fatalf("tip at height %d, a better one is at %d", m.Tip().Height, b.block.Header.Height)
		}
	}
	// What was first seen stays: the tip only changes for a better one.
	if now != ref.tip && !ref.better(now, ref.tip) {
		t.Fatalf("tip moved at height %d without need", m.Tip().Height)
	}
	ref.tip = now
	if got := m.Tip().Digest; got != now.g.State.Digest() {
		t.Fatal("digest differs from the generator's")
	}
	if err := m.CheckInvariants(); err != nil {
		t.Fatal(err)
	}
}

// Random pool traffic among blocks and reorganisations: limits hold, links are
// right, and what the template takes makes a valid block.
func TestRandomPoolTraffic(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		rng := rand.New(rand.NewPCG(seed, 77))
		g := newGen(t, nil)
		g.ExtendBy(2)
		limits := chain.PoolLimits{MaxBytes: 20_000, SenderCount: 9, Ads: 2, Ancestors: 4, Replacements: 6}
		m, err := chain.Open(g.Params, chain.NewMemStore(), chain.Options{Clock: newClock(g.Params).now, Pool: limits})
		if err != nil {
			t.Fatal(err)
		}
		add(t, m, blocks(g, 0)...)
		var jobs []types.Hash
		for range 25 {
			for range rng.IntN(6) {
				tx := randomTx(g, m, rng, jobs)
				if tx == nil {
					continue
				}
				if m.AddTx(tx) == nil && tx.Payload != nil && types.Kind(tx.Payload[0]) == types.KindJobPost {
					jobs = append(jobs, tx.ID())
				}
				if err := m.CheckInvariants(); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
			}
			switch rng.IntN(4) {
			case 0:
				mine(t, m, g)
			case 1:
				g = overtake(t, m, g, 1+rng.IntN(2))
			}
			g.Release()
			if err := m.CheckInvariants(); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			wantTip(t, m, g)
		}
		audit(t, m)
	}
}

// randomTx spends a random coin, confirmed or waiting, often one that is spent
// in the pool already.
func randomTx(g *chaintest.Generator, m *chain.Manager, rng *rand.Rand, jobs []types.Hash) *types.Tx {
	key := []*chaintest.Key{ann, bob, cid}[rng.IntN(3)]
	coins := g.Coins(key.Address())
	if len(coins) > 3 {
		coins = coins[:3]
	}
	for _, e := range m.PoolTxs() {
		for i, out := range e.Tx.Msg.TxOut {
			if a, ok := types.ScriptAddress(out.PkScript); ok && a == key.Address() && out.Value > int64(2*types.Coin) {
				coins = append(coins, coin(e.Tx, i))
			}
		}
	}
	if len(coins) == 0 {
		return nil
	}
	var rec types.Record
	switch rng.IntN(8) {
	case 0:
		rec = &types.Advertisement{Title: "t", Category: "c"}
	case 1:
		rec = &types.JobPost{Dapp: chaintest.DappID(), Duration: uint32(2 + rng.IntN(5)), Bid: types.Coin / 50}
	case 2:
		rec = &types.Message{Public: true, Body: make([]byte, 1+rng.IntN(500))}
	case 3, 4:
		if len(jobs) > 0 {
			job := jobs[rng.IntN(len(jobs))]
			if rng.IntN(2) == 0 {
				rec = &types.Completion{Job: job}
			} else {
				rec = &types.BidRaise{Job: job, Added: types.Coin / 100}
			}
		}
	}
	return from(g, key, types.Amount(rng.IntN(3000)), rec, coins[rng.IntN(len(coins))])
}

// mine makes a block of the manager's own template.
func mine(t *testing.T, m *chain.Manager, g *chaintest.Generator) {
	t.Helper()
	slot, key, proof := g.Lead()
	b, taken, err := m.Template(slot)
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
	if err := g.Connect(blk); err != nil {
		t.Fatal(err)
	}
	for _, e := range taken {
		if m.PoolTx(e.ID) != nil {
			t.Fatalf("%v was mined and still waits", e.ID)
		}
	}
}

// overtake replaces the last n blocks by n+1 empty ones.
func overtake(t *testing.T, m *chain.Manager, g *chaintest.Generator, n int) *chaintest.Generator {
	t.Helper()
	fork := g.Clone(t)
	for range min(n, int(g.State.Height)-2) {
		fork.Revert()
	}
	above := int(fork.State.Height)
	fork.SkipTo(g.State.Slot + 1)
	for fork.State.Height <= g.State.Height {
		fork.Extend()
	}
	add(t, m, blocks(fork, above)...)
	return fork
}
