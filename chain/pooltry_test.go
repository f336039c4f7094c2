package chain

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
)

// randomPool fills a pool with entries that build on up to most random others.
func randomPool(rnd *rand.Rand, n, most int) *pool {
	p := newPool(new(PoolLimits), time.Now)
	var all []*poolTx
	for i := range n {
		e := &PoolEntry{Tx: &types.Tx{Msg: wire.NewMsgTx(2)}, ID: types.Hash{byte(i), byte(i >> 8)},
			Net: types.Amount(rnd.IntN(1000)), VSize: 100 + rnd.IntN(4)}
		parents := make(map[*poolTx]struct{})
		for range min(i, rnd.IntN(most+1)) {
			parents[all[rnd.IntN(i)]] = struct{}{}
		}
		t := &poolTx{PoolEntry: e}
		p.insert(t, sorted(parents))
		all = append(all, t)
	}
	return p
}

// greedy is the order of blocks, worked out step by step from its definition.
func greedy(p *pool) (out []*poolTx) {
	left := p.all()
	for len(left) > 0 {
		var best []*poolTx
		var most rate
		for _, t := range left {
			var sum rate
			need := slices.DeleteFunc(sorted(ancestors(t)), func(q *poolTx) bool { return slices.Contains(out, q) })
			for _, q := range need {
				sum = sum.plus(rate{q.Net, q.VSize})
			}
			if best == nil || most.less(sum) {
				best, most = need, sum
			}
		}
		out = append(out, best...)
		left = slices.DeleteFunc(left, func(q *poolTx) bool { return slices.Contains(best, q) })
	}
	return out
}

func TestOrderIsGreedy(t *testing.T) {
	for seed := range uint64(30) {
		p := randomPool(rand.New(rand.NewPCG(seed, 1)), 60, int(seed%4))
		if got, want := p.order(), greedy(p); !slices.Equal(got, want) {
			t.Fatalf("seed %d: another order", seed)
		}
	}
}

// TestLines checks that a pool is gone through parents first, and that what
// builds on one entry alone mostly follows it at once, where its builder serves.
func TestLines(t *testing.T) {
	for seed := range uint64(30) {
		p := randomPool(rand.New(rand.NewPCG(seed, 2)), 200, int(seed%4))
		place := make(map[*poolTx]int)
		got := p.lines()
		for i, e := range got {
			place[e] = i
		}
		if len(place) != 200 || len(got) != 200 {
			t.Fatalf("seed %d: %d entries in %d places", seed, len(place), len(got))
		}
		for i, e := range got {
			for q := range e.parents {
				if place[q] >= i {
					t.Fatalf("seed %d: a child before its parent", seed)
				}
			}
			if next := e.onlyChild(); next != nil && place[next] != i+1 {
				t.Fatalf("seed %d: a line is torn", seed)
			}
		}
	}
}
