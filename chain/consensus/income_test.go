package consensus_test

import (
	"testing"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// TestSplit: who gets what of the block coin, fees and bids, to the unit.
func TestSplit(t *testing.T) {
	base := newWorld(t)
	fund := chaintest.FundKey()
	cases := []struct {
		name                  string
		txs                   func(w *world) []*types.Tx
		fees, bids, fundBids  types.Amount // fees over the least
		producer, foundation  types.Amount // of coin and bids alone
		developer, dappFund   types.Amount
		reserve, held, ofFund types.Amount // changes
	}{
		{name: "empty block", txs: func(*world) []*types.Tx { return nil },
			producer: 1e7, foundation: 1e7, dappFund: 2e7},
		{name: "bid of ten coins", txs: func(w *world) []*types.Tx { return []*types.Tx{w.Post(w.alice, 10e8, 10)} },
			bids: 10e8, producer: 1e7, foundation: 1e7 + 1e8, developer: 2e8, dappFund: 2e7, reserve: 1e8, held: 6e8},
		// 1,000,009: tenth 100,000, fifth 200,001, six tenths 600,005, rest 100,003.
		{name: "bid that does not divide", txs: func(w *world) []*types.Tx { return []*types.Tx{w.Post(w.alice, 1_000_009, 10)} },
			bids: 1_000_009, producer: 1e7, foundation: 1e7 + 100_003, developer: 200_001, dappFund: 2e7, reserve: 100_000, held: 600_005},
		{name: "two bids, floored each", txs: func(w *world) []*types.Tx {
			return []*types.Tx{w.Post(w.alice, 1_000_009, 10), w.Record(w.alice, &types.BidRaise{Job: w.open, Added: 1_000_009})}
		}, bids: 2_000_018, producer: 1e7, foundation: 1e7 + 200_006, developer: 400_002, dappFund: 2e7, reserve: 200_000, held: 1_200_010},
		{name: "fund bid", txs: func(w *world) []*types.Tx { return []*types.Tx{w.Post(fund, 10e8, 10)} },
			fundBids: 10e8, producer: 1e7, foundation: 1e7, dappFund: 2e7, held: 10e8, ofFund: -10e8},
		{name: "advertisement", txs: func(w *world) []*types.Tx {
			return []*types.Tx{w.Record(w.alice, &types.Advertisement{Title: "bicycle"})}
		}, fees: consensus.AdFee, producer: 1e7, foundation: 1e7, dappFund: 2e7},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := base.clone(t)
			before, heldBefore := pools(w), held(w)
			txs := c.txs(w)
			fees := c.fees
			for _, tx := range txs {
				fees += types.Amount(tx.VSize()) * consensus.MinFeeRate
			}
			w.Extend(txs...)
			in, after := w.Update().Income, pools(w)
			take := before.Reserve / 512 // R = A: the worker is registered
			whole := consensus.BlockReward + fees
			coinFees := func(num uint64) types.Amount { return whole.Part(num, 10) - consensus.BlockReward.Part(num, 10) }
			check := func(what string, got, want types.Amount) {
				t.Helper()
				if got != want {
					t.Errorf("%s: %d units, want %d", what, got, want)
				}
			}
			check("fees", in.Fees, fees)
			check("bids", in.Bids, c.bids)
			check("fund bids", in.FundBids, c.fundBids)
			check("taken from the reserve", in.Reserve, take)
			check("producer", in.Producer, c.producer+coinFees(1)+take)
			rest := fees - coinFees(1) - coinFees(2) - coinFees(6)
			check("foundation", in.Foundation, c.foundation+rest)
			check("dapp fund", in.DappFund, c.dappFund+coinFees(2))
			var developers types.Amount
			for _, d := range in.Developers {
				developers += d.Amount
			}
			check("developers", developers, c.developer)
			check("base pool", after.Base-before.Base, 6e7+coinFees(6))
			check("reserve", after.Reserve-before.Reserve, c.reserve-take)
			check("held with jobs", held(w)-heldBefore, c.held)
			check("compute fund", after.Fund-before.Fund, c.ofFund)
		})
	}
}

func pools(w *world) consensus.Pools {
	p, err := consensus.ReadPools(w.Rows)
	if err != nil {
		panic(err)
	}
	return p
}

// held sums what all jobs hold.
func held(w *world) (sum types.Amount) { return w.Audit().Held }

// TestScores: what a report records and credits.
func TestScores(t *testing.T) {
	const coin = types.Coin
	// One long epoch: a settlement in between would pay the credits out.
	w := newWorldOn(t, func(p *consensus.Params) { p.EpochSlots = 6000 })
	post := w.Post(w.alice, 10*coin, 100) // holds 6
	w.Extend(post)
	job := post.ID()
	steps := []struct {
		name                         string
		tx                           func() *types.Tx
		bob, carol, scored           types.Amount // recorded
		bobCredit, carolCredit, held types.Amount // of this job
	}{
		{"first score", func() *types.Tx { return w.Score(w.alice, job, w.bobScores(coin)) }, coin, 0, coin, 6e7, 0, 54e7},
		{"the same again", func() *types.Tx { return w.Score(w.alice, job, w.bobScores(coin)) }, coin, 0, coin, 6e7, 0, 54e7},
		{"an older one", func() *types.Tx { return w.Score(w.alice, job, w.bobScores(coin/2)) }, coin, 0, coin, 6e7, 0, 54e7},
		{"below the least step", func() *types.Tx { return w.Score(w.alice, job, w.bobScores(coin+types.MinScore-1)) }, coin, 0, coin, 6e7, 0, 54e7},
		{"the least step, by ticket", func() *types.Tx { return w.TicketScore(w.bob, w.alice, job, coin+types.MinScore) },
			coin + types.MinScore, 0, coin + types.MinScore, 6e7 + 6e4, 0, 54e7 - 6e4},
		{"two nodes, more than is left", func() *types.Tx {
			return w.Score(w.alice, job, map[types.Address]types.Amount{w.bob.Address(): 4 * coin, w.carol.Address(): 9 * coin})
		}, 4 * coin, 6 * coin, 10 * coin, 24e7, 36e7, 0},
		{"nothing is left", func() *types.Tx { return w.Score(w.alice, job, w.bobScores(9*coin)) }, 4 * coin, 6 * coin, 10 * coin, 24e7, 36e7, 0},
	}
	if w.carol.Address().Less(w.bob.Address()) {
		t.Fatal("the case with more than is left counts on bob's entry being first")
	}
	bob0, carol0 := credit(w, w.bob), credit(w, w.carol)
	for _, s := range steps {
		w.Extend(s.tx())
		j := w.job(job)
		bob, carol := jobScore(w, job, w.bob), jobScore(w, job, w.carol)
		if bob != s.bob || carol != s.carol || j.Scored != s.scored {
			t.Errorf("%s: recorded %d and %d, %d in all", s.name, bob, carol, j.Scored)
		}
		if b, c := credit(w, w.bob)-bob0, credit(w, w.carol)-carol0; b != s.bobCredit || c != s.carolCredit || j.Held != s.held {
			t.Errorf("%s: credits %d and %d, %d held", s.name, b, c, j.Held)
		}
	}
}

func credit(w *world, k *chaintest.Key) types.Amount {
	a, err := consensus.ReadCredit(w.Rows, k.Address())
	if err != nil {
		panic(err)
	}
	return a
}

func jobScore(w *world, job types.Hash, k *chaintest.Key) types.Amount {
	a, err := consensus.ReadJobScore(w.Rows, job, k.Address())
	if err != nil {
		panic(err)
	}
	return a
}

// TestJobLife: to the block, when a job is open, in grace and gone.
func TestJobLife(t *testing.T) {
	t.Parallel()
	const coin = types.Coin
	w := newWorld(t)
	w.AuditEvery(40)
	post := w.Post(w.alice, 10*coin, 5)
	w.Extend(post)
	job, posted := post.ID(), w.State.Height

	w.ExtendBy(2)
	w.Extend(w.Record(w.alice, &types.BidRaise{Job: job, Added: coin})) // 5 blocks from here
	end := posted + 3 + 5
	if j := w.job(job); j.End != end || j.Bids != 11*coin {
		t.Fatalf("after the raise: %+v", j)
	}
	report := func(sum types.Amount) *types.Tx { return w.Score(w.alice, job, w.bobScores(sum)) }
	w.ExtendBy(int(end-w.State.Height) - 1)
	w.Extend(report(coin)) // in the last open block
	if w.State.Height != end || w.job(job).Scored != coin {
		t.Fatalf("height %d: %+v", w.State.Height, w.job(job))
	}
	if len(w.Valid(report(2*coin))) != 0 {
		t.Error("a report without tickets was taken after the end")
	}
	ticket := func(sum types.Amount) *types.Tx { return w.TicketScore(w.bob, w.alice, job, sum) }
	w.Extend(ticket(2 * coin))
	if j := w.job(job); !j.Ended || j.Scored != 2*coin {
		t.Fatalf("in grace: %+v", j)
	}
	w.ExtendBy(int(end+consensus.ScoreGrace-w.State.Height) - 1)
	w.Extend(ticket(3 * coin)) // in the last block of the grace
	left, base := w.job(job).Held, pools(w).Base
	before := w.Rows.Clone()
	w.Extend()
	if w.job(job) != nil || jobScore(w, job, w.bob) != 0 {
		t.Error("the job was not swept")
	}
	income := w.Update().Income
	grown := pools(w).Base - base
	if min := left + 6e7; left == 0 || grown < min-1 { // its part of the coin too; an epoch's end may take some
		t.Errorf("the base pool grew by %d, the job held %d, income %+v", grown, left, income)
	}
	w.Revert()
	if !w.Rows.Equal(before) {
		t.Error("the sweep does not revert")
	}
}

// TestSettling: an epoch's end gives each its part of P, pays what reached a
// tenth of a coin, keeps the rest as credit, and takes as many blocks as the
// number of addresses needs.
func TestSettling(t *testing.T) {
	const coin, nodes = types.Coin, types.MaxSettleOutputs + 150
	w := newWorld(t)
	w.AuditEvery(1000)
	if chaintest.Race {
		t.Skip("thousands of outputs, in one goroutine")
	}
	epoch := w.Params.Epoch(w.State.Slot) + 1
	w.SkipTo(epoch * w.Params.EpochSlots)
	// The last node earns too little to be paid.
	post := w.Post(w.alice, nodes*coin/5, 100)
	w.Extend(post)
	var reports []*types.Tx
	for from := 0; from < nodes; from += types.MaxScoreEntries {
		scores := make(map[types.Address]types.Amount)
		for i := from; i < min(nodes, from+types.MaxScoreEntries); i++ {
			scores[nodeAddress(i)] = coin / 5
			if i == nodes-1 {
				scores[nodeAddress(i)] = coin / 20
			}
		}
		reports = append(reports, w.Score(w.alice, post.ID(), scores))
	}
	w.Extend(reports...)
	w.Extend() // gather a base pool
	if w.Params.Epoch(w.State.Slot) != epoch {
		t.Fatal("the reports are not in the epoch")
	}
	total, err := consensus.ReadEpochTotal(w.Rows, epoch)
	if err != nil {
		t.Fatal(err)
	}
	poolBefore := pools(w).Base
	want := min(poolBefore, total.Shared/20)
	w.SkipTo((epoch + 1) * w.Params.EpochSlots)
	w.Extend()
	first := w.Update().Income.Credits
	shares := explain(t, w.Generator).Shares
	w.Extend()
	second := w.Update().Income.Credits
	shares = append(shares, explain(t, w.Generator).Shares...)
	w.Extend()
	if third := w.Update().Income.Credits; len(third) != 0 {
		t.Errorf("%d credits in a third block", len(third))
	}
	if len(first) < types.MaxSettleOutputs-1 || len(first)+len(second) < nodes-1 || len(first) > types.MaxSettleOutputs {
		t.Errorf("%d and %d credits paid for %d addresses", len(first), len(second), nodes)
	}
	seen := make(map[types.Address]bool)
	var last types.Address
	for _, p := range append(first, second...) {
		if seen[p.Address] || !last.Less(p.Address) || p.Amount < consensus.MinPayout {
			t.Fatalf("%v is paid %v out of order, twice or too little", p.Address, p.Amount)
		}
		seen[p.Address], last = true, p.Address
	}
	some := coin / 5
	share := want.Part(uint64(some), uint64(total.Shared)) + some.Part(6, 10)
	for _, p := range first[:10] {
		if p.Amount-share > 1 || share-p.Amount > 1 {
			t.Errorf("paid %d, want %d", p.Amount, share)
		}
	}
	given := types.Amount(0)
	for _, s := range shares {
		given += s.Amount
	}
	if len(shares) != nodes || given > want || want-given >= nodes || len(explain(t, w.Generator).Shares) != 0 {
		t.Errorf("%d shares of %v explained, %d nodes got %v", len(shares), given, nodes, want)
	}
	poor := nodeAddress(nodes - 1)
	if got, err := consensus.ReadCredit(w.Rows, poor); err != nil || got < 3e6 || got >= consensus.MinPayout || seen[poor] {
		t.Errorf("the one below a tenth of a coin has credit %v, paid %v: %v", got, seen[poor], err)
	}
	w.Audit()
	for w.Params.Epoch(w.State.Slot) > epoch {
		w.Revert()
	}
	if pools(w).Base != poolBefore {
		t.Error("settling does not revert")
	}
	w.Audit()
}

func nodeAddress(i int) (a types.Address) {
	copy(a[:], []byte{byte(i >> 8), byte(i), 1})
	return a
}
