package chain_test

import (
	"slices"
	"strings"
	"testing"

	"supercomputing/chain"
	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// adKeys are people with a coin each of their own.
func adKeys(t *testing.T, g *chaintest.Generator, n int) (keys []*chaintest.Key) {
	t.Helper()
	for i := range n {
		keys = append(keys, chaintest.NewKey("advertiser "+string(rune('a'+i))))
		g.Extend(pay(g, ann, keys[i], 10*types.Coin, 0))
	}
	return keys
}

// ad advertises from a key's one coin. A tip counts thousands of units, which is
// more than the virtual bytes of a short one.
func ad(g *chaintest.Generator, key *chaintest.Key, tip types.Amount, text string) *types.Tx {
	g.Release() // its one coin, also for a second try
	return from(g, key, 1000*tip, &types.Advertisement{Title: "t", Text: text}, g.Coins(key.Address())[0])
}

// change is what a transaction gives back to its author.
func change(tx *types.Tx) chaintest.Coin { return coin(tx, len(tx.Msg.TxOut)-1) }

func waitingAds(m *chain.Manager) (ids []types.Hash) {
	for _, e := range m.WaitingAds() {
		ids = append(ids, e.ID)
	}
	return ids
}

func ids(txs ...*types.Tx) (out []types.Hash) {
	for _, tx := range txs {
		out = append(out, tx.ID())
	}
	return out
}

// The list is the order of the blocks: by whole fee, not by rate, and by
// arrival.
func TestWaitingAds(t *testing.T) {
	g, m, _ := poolManager(t, chain.PoolLimits{})
	keys := adKeys(t, g, 4)
	add(t, m, blocks(g, int(m.Tip().Height))...)
	short := ad(g, keys[0], 1, "")
	long := ad(g, keys[1], 0, strings.Repeat("x", 2000)) // more in all, less for each byte
	late := ad(g, keys[2], 1, "")
	best := ad(g, keys[3], 9000, "")
	send(t, m, short, long, late, best, pay(g, bob, cid, types.Coin, 10_000))
	want := ids(best, long, short, late)
	for len(want) > 0 {
		if got := waitingAds(m); !slices.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
		_, taken, err := m.Template(g.State.Slot + 1)
		check(t, err)
		if taken[0].ID != want[0] {
			t.Fatalf("the block takes %v", taken[0].ID)
		}
		mine(t, m, g)
		want = want[1:]
	}
	if len(m.WaitingAds()) != 0 {
		t.Fatal("there are more")
	}
}

// Pushing another out costs the way of both: without a step, a few coins could
// raise each other by a unit for ever and let all nodes carry it for nothing.
func TestAdPaysForPushingOut(t *testing.T) {
	g, m, _ := poolManager(t, chain.PoolLimits{Ads: 1})
	keys := adKeys(t, g, 3)
	add(t, m, blocks(g, int(m.Tip().Height))...)
	first := ad(g, keys[0], 1, "")
	send(t, m, first)
	coin := func(i int) chaintest.Coin { g.Release(); return g.Coins(keys[i].Address())[0] }
	offer := func(i int, tip types.Amount) *types.Tx {
		return from(g, keys[i], tip, &types.Advertisement{Title: "t"}, coin(i))
	}
	step := types.Amount(offer(1, 0).VSize())
	wantErr(t, m.AddTx(offer(1, 1000+step-1)), chain.ErrFeeTooLow)
	next := offer(1, 1000+step)
	send(t, m, next)
	if got, want := waitingAds(m), ids(next); !slices.Equal(got, want) {
		t.Fatalf("%v, want %v", got, want)
	}
}

// An advertisement that somebody has spent the change of is not pushed out: the
// payment would go with it.
func TestAdWithPaymentIsSpared(t *testing.T) {
	g, m, _ := poolManager(t, chain.PoolLimits{Ads: 2})
	keys := adKeys(t, g, 9)
	add(t, m, blocks(g, int(m.Tip().Height))...)
	paying := func(i int, tip types.Amount) (a, child *types.Tx) {
		a = ad(g, keys[i], tip, "")
		return a, from(g, keys[i], 0, nil, change(a))
	}
	low, payment := paying(0, 0)
	send(t, m, low, payment)
	a, b, c := ad(g, keys[1], 10, ""), ad(g, keys[2], 20, ""), ad(g, keys[3], 30, "")
	send(t, m, a, b, c) // a goes
	if got, want := waitingAds(m), ids(c, b, low); !slices.Equal(got, want) || m.PoolTx(payment.ID()) == nil {
		t.Fatalf("%v, want %v", got, want)
	}
	// Two are spared, those that pay best: a third is like any other.
	second, paid2 := paying(4, 5)
	wantErr(t, m.AddTx(second), chain.ErrFeeTooLow) // nothing builds on it yet
	second, paid2 = paying(4, 40)
	third, paid3 := paying(5, 50)
	send(t, m, second, paid2, third, paid3)
	if got, want := waitingAds(m), ids(third, second, c, low); !slices.Equal(got, want) {
		t.Fatalf("%v, want %v", got, want)
	}
	d := ad(g, keys[6], 60, "")
	send(t, m, d)
	if got, want := waitingAds(m), ids(d, third, second, c); !slices.Equal(got, want) || m.PoolTx(payment.ID()) != nil {
		t.Fatalf("%v, want %v", got, want)
	}
	check(t, m.CheckInvariants())
	// One that was spared and is no longer makes way with the next.
	g.Release()
	replaced := from(g, keys[4], 4_000_000, &types.Advertisement{Title: "anew"}, g.Coins(keys[4].Address())[0])
	send(t, m, replaced)
	if m.PoolTx(paid2.ID()) != nil {
		t.Fatal("a payment without the coin it spends")
	}
	if got, want := waitingAds(m), ids(replaced, d, third); !slices.Equal(got, want) {
		t.Fatalf("%v, want %v", got, want)
	}
	check(t, m.CheckInvariants())
	mine(t, m, g)
	if m.PoolTx(replaced.ID()) != nil {
		t.Fatal("the best was not taken")
	}
}

// heavy spends one coin into many outputs back to its owner; half of it is change.
func heavy(g *chaintest.Generator, key *chaintest.Key, c chaintest.Coin, outputs int) *types.Tx {
	to := make([]consensus.Payment, outputs)
	for i := range to {
		to[i] = consensus.Payment{Address: key.Address(), Amount: c.Amount / types.Amount(2*outputs)}
	}
	return g.Tx(chaintest.Spec{From: key, Coins: []chaintest.Coin{c}, To: to})
}

// The price of the one place must not buy the rest of the block.
func TestAdWithHeavyAncestors(t *testing.T) {
	g, m, _ := poolManager(t, chain.PoolLimits{})
	keys := adKeys(t, g, 2)
	add(t, m, blocks(g, int(m.Tip().Height))...)
	g.Release()
	a := heavy(g, keys[0], g.Coins(keys[0].Address())[0], 2000)
	b := heavy(g, keys[0], change(a), 400)
	send(t, m, a, b)
	if w := a.Weight() + b.Weight(); a.Weight() > types.MaxTxWeight || w < types.MaxTxWeight {
		t.Fatalf("weights %d and %d", a.Weight(), b.Weight())
	}
	record := &types.Advertisement{Title: "t"}
	wantErr(t, m.AddTx(from(g, keys[0], 9000, record, change(b))), chain.ErrPoolFull)
	var light []chaintest.Coin // of one transaction alone
	for i := range 50 {
		light = append(light, coin(a, i))
	}
	send(t, m, from(g, keys[0], 9000, record, light...))
	check(t, m.CheckInvariants())
}

// What builds on a waiting advertisement falls with it, so it is bounded.
func TestAdTail(t *testing.T) {
	g, m, _ := poolManager(t, chain.PoolLimits{})
	keys := adKeys(t, g, 2)
	add(t, m, blocks(g, int(m.Tip().Height))...)
	a := ad(g, keys[0], 100, "")
	fan := heavy(g, keys[0], change(a), 60)
	send(t, m, a, fan)
	var last *types.Tx
	for i := range 24 {
		last = from(g, keys[0], 0, nil, coin(fan, i+1))
		send(t, m, last)
	}
	wantErr(t, m.AddTx(from(g, keys[0], 0, nil, coin(fan, 30))), chain.ErrPoolFull)
	send(t, m, from(g, keys[0], 9000, nil, coin(fan, 24))) // one that replaces another counts once
	if m.PoolTx(last.ID()) != nil {
		t.Fatal("not replaced")
	}
	mine(t, m, g) // the advertisement is in a block: no more bounds
	send(t, m, from(g, keys[0], 0, nil, coin(fan, 30)))
	check(t, m.CheckInvariants())

	// By size, too.
	b := ad(g, keys[1], 100, "")
	send(t, m, b)
	c := change(b)
	for i := range 3 {
		big := heavy(g, keys[1], c, 2200)
		if i == 2 {
			wantErr(t, m.AddTx(big), chain.ErrPoolFull)
			return
		}
		send(t, m, big)
		c = change(big)
	}
}

// An advertisement that builds on a waiting one, directly or not, can be in no
// block with it: the pool says so, and takes it once that one is in a block.
func TestAdOnAd(t *testing.T) {
	g, m, _ := poolManager(t, chain.PoolLimits{})
	key := adKeys(t, g, 1)[0]
	add(t, m, blocks(g, int(m.Tip().Height))...)
	first := ad(g, key, 0, "1")
	plain := from(g, key, 1000, nil, change(first))
	direct := from(g, key, 1000, &types.Advertisement{Title: "2"}, change(first))
	through := from(g, key, 1000, &types.Advertisement{Title: "3"}, change(plain))
	send(t, m, first)
	wantErr(t, m.AddTx(direct), chain.ErrPoolFull)
	send(t, m, plain)
	wantErr(t, m.AddTx(through), chain.ErrPoolFull)
	mine(t, m, g)
	send(t, m, through)
}
