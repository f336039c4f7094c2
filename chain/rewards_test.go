package chain_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"supercomputing/chain"
	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// trade is a chain on which jobs are posted, run and scored at random.
type trade struct {
	*chaintest.Generator
	rng   *rand.Rand
	keys  []*chaintest.Key
	jobs  []tradeJob
	dapps []types.Hash
}

type tradeJob struct {
	id             types.Hash
	author, signer *chaintest.Key
}

func newTrade(tb testing.TB, seed uint64) *trade {
	var names []string
	for i := range 6 {
		names = append(names, fmt.Sprint("trader ", i))
	}
	t := &trade{rng: rand.New(rand.NewPCG(seed, 5)), dapps: []types.Hash{chaintest.DappID()}}
	for _, n := range names {
		t.keys = append(t.keys, chaintest.NewKey(n))
	}
	t.Generator = chaintest.New(tb, chaintest.Params(names, func(p *consensus.Params) { p.BootstrapWeight = 5 * types.Coin }))
	t.AuditEvery(1 << 30)
	t.KnowProducers(t.keys...)
	return t
}

// fork is a copy that goes another way.
func (t *trade) fork(tb testing.TB) *trade {
	c := *t
	c.Generator = t.Clone(tb)
	c.jobs = append([]tradeJob(nil), t.jobs...)
	return &c
}

// grow adds n blocks.
func (t *trade) grow(n int) *trade {
	for range n {
		if t.rng.IntN(20) == 0 {
			t.SkipTo(t.State.Slot + uint64(t.rng.IntN(100)))
		}
		var txs []*types.Tx
		for range t.rng.IntN(7) {
			if tx := t.act(); tx != nil {
				txs = append(txs, tx)
			}
		}
		t.Extend(t.Valid(txs...)...)
		t.Release()
	}
	return t
}

func (t *trade) key() *chaintest.Key { return t.keys[t.rng.IntN(len(t.keys))] }

func (t *trade) act() *types.Tx {
	who := t.key()
	if len(t.Coins(who.Address())) == 0 {
		return nil
	}
	switch t.rng.IntN(10) {
	case 0, 1:
		return t.post(who)
	case 2:
		return t.post(chaintest.FundKey())
	case 3:
		return t.Register(who)
	case 4:
		if len(t.dapps) > 4 {
			return t.Record(who, &types.Message{Public: true, Body: []byte("hi")})
		}
		tx := t.Record(who, &types.DappRegistration{Name: "d"})
		t.dapps = append(t.dapps, tx.ID())
		return tx
	}
	if len(t.jobs) == 0 {
		return nil
	}
	j := t.jobs[max(0, len(t.jobs)-1-t.rng.IntN(8))]
	cumulative := types.Amount(t.rng.Int64N(int64(6 * types.Coin)))
	switch t.rng.IntN(8) {
	case 0:
		return t.by(j.author, &types.BidRaise{Job: j.id, Added: cumulative})
	case 1:
		return t.by(j.signer, &types.Completion{Job: j.id})
	case 2, 3, 4:
		scores := make(map[types.Address]types.Amount)
		for range 4 {
			scores[t.key().Address()] = cumulative + types.Amount(t.rng.Int64N(int64(types.Coin)))
		}
		if len(t.Coins(j.signer.Address())) == 0 {
			return nil
		}
		return t.Score(j.signer, j.id, scores)
	}
	return t.TicketScore(who, j.signer, j.id, cumulative)
}

func (t *trade) by(key *chaintest.Key, rec types.Record) *types.Tx {
	if len(t.Coins(key.Address())) == 0 {
		return nil
	}
	return t.Record(key, rec)
}

func (t *trade) post(author *chaintest.Key) *types.Tx {
	p := &types.JobPost{Dapp: t.dapps[t.rng.IntN(len(t.dapps))], Duration: uint32(5 + t.rng.IntN(30)), Bid: types.Coin / 10 * types.Amount(1+t.rng.IntN(90))}
	signer := author
	if t.rng.IntN(2) == 0 {
		signer = t.key()
		p.Operator = signer.Address()
	}
	tx := t.by(author, p)
	if tx != nil {
		t.jobs = append(t.jobs, tradeJob{tx.ID(), author, signer})
	}
	return tx
}

// addFork adds a generator's blocks above height, with the seat lists that a
// node asks for beside its best chain.
func addFork(tb testing.TB, m *chain.Manager, g *chaintest.Generator, above int) {
	tb.Helper()
	for _, b := range blocks(g, above) {
		err := m.AddBlock(b)
		var need *consensus.NeedListError
		if errors.As(err, &need) {
			for _, a := range g.Blocks() {
				if l := listIn(g.Params, a.Update, need.Root); l != nil {
					m.AddSeatList(l)
				}
			}
			err = m.AddBlock(b)
		}
		check(tb, err)
	}
}

// everybody lists all addresses that can earn or be paid.
func (t *trade) everybody() []types.Address {
	out := []types.Address{chaintest.Foundation().Address(), t.Params.DappFund, chaintest.Developer().Address(), chaintest.Bootstrap().Address()}
	for _, k := range t.keys {
		out = append(out, k.Address())
	}
	return out
}

// books are sums over the index, by what they should equal.
type books struct {
	credit map[types.Address]types.Amount // credited + base - paid
	score  map[string]types.Amount        // job ‖ address
	total  map[uint64]types.Amount        // by epoch
	work   map[string]types.Amount        // epoch ‖ address, registered
	dapp   map[string]types.Amount        // dapp ‖ epoch
	paid   map[uint32]map[chain.Role]types.Amount
	count  map[string]int
}

func (t *trade) books(tb testing.TB, m *chain.Manager) *books {
	tb.Helper()
	b := &books{make(map[types.Address]types.Amount), make(map[string]types.Amount), make(map[uint64]types.Amount), make(map[string]types.Amount),
		make(map[string]types.Amount), make(map[uint32]map[chain.Role]types.Amount), make(map[string]int)}
	for _, a := range t.everybody() {
		for _, e := range allEarnings(tb, m, a) {
			b.count["earning"]++
			b.credit[a] += e.Credited
			b.score[string(e.Job[:])+string(a[:])] += e.Score
			b.total[e.Epoch] += e.Score
			b.dapp[fmt.Sprint(e.Dapp, e.Epoch)] += e.Score
			if e.Registered {
				b.count["registered"]++
				b.work[fmt.Sprint(e.Epoch, a)] += e.Score
			}
			if blk := t.Blocks()[e.Height].Block; t.Params.Epoch(blk.Header.Slot) != e.Epoch {
				tb.Fatalf("a score of epoch %d in a block of another", e.Epoch)
			}
			if tx, pos, err := m.Transaction(e.Tx); err != nil || pos.Height != e.Height || types.Kind(tx.Payload[0]) != types.KindScoreReport {
				tb.Fatalf("report %v: %v", e.Tx, err)
			}
		}
		shares, err := m.BaseShares(a, 0)
		check(tb, err)
		for _, s := range shares {
			b.count["share"]++
			b.credit[a] += s.Amount
		}
		payouts, err := m.Payouts(a, 0)
		check(tb, err)
		for _, p := range payouts {
			if p.Role == chain.RoleCredit {
				b.count["payout"]++
				b.credit[a] -= p.Amount
			}
			if p.Block != t.Blocks()[p.Height].Block.Hash() {
				tb.Fatalf("payout of block %v", p.Block)
			}
			if b.paid[p.Height] == nil {
				b.paid[p.Height] = make(map[chain.Role]types.Amount)
			}
			b.paid[p.Height][p.Role] += p.Amount
		}
	}
	return b
}

func allEarnings(tb testing.TB, m *chain.Manager, a types.Address) (all []chain.Earning) {
	tb.Helper()
	for from := uint32(0); ; {
		some, err := m.Earnings(a, from, 3)
		check(tb, err)
		if len(some) == 0 {
			return all
		}
		all = append(all, some...)
		from = some[len(some)-1].Height + 1
	}
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// verify compares the index of m with the generator's rows and updates.
func (t *trade) verify(tb testing.TB, m *chain.Manager) *books {
	tb.Helper()
	b := t.books(tb, m)
	for _, a := range t.everybody() {
		credit, err := consensus.ReadCredit(t.Rows, a)
		check(tb, err)
		if b.credit[a] != credit {
			tb.Fatalf("%v is owed %v, the index says %v", a, credit, b.credit[a])
		}
	}
	scan := func(table consensus.Table, fn func(key, value []byte)) {
		check(tb, t.Rows.Scan(table, nil, func(key, value []byte) (bool, error) {
			fn(key, value)
			return true, nil
		}))
	}
	scan(consensus.TableJobScore, func(key, value []byte) {
		if got, want := b.score[string(key)], amount(tb, value); got != want {
			tb.Fatalf("job score %v, the index says %v", want, got)
		}
	})
	scan(consensus.TableTotal, func(key, value []byte) {
		r := types.NewReader(key)
		epoch := r.Uint64()
		total, err := consensus.ReadEpochTotal(t.Rows, epoch)
		check(tb, err)
		if b.total[epoch] != total.All {
			tb.Fatalf("epoch %d scored %v, the index says %v", epoch, total.All, b.total[epoch])
		}
	})
	scan(consensus.TableWork, func(key, value []byte) {
		r := types.NewReader(key)
		at := fmt.Sprint(r.Uint64(), r.Address())
		if got, want := b.work[at], amount(tb, value); got != want {
			tb.Fatalf("registered score %v, the index says %v", want, got)
		}
		delete(b.work, at)
	})
	t.verifyPaid(tb, b)
	t.verifyDapps(tb, m, b)
	t.verifyRecords(tb, m)
	return b
}

func amount(tb testing.TB, row []byte) types.Amount {
	tb.Helper()
	r := types.NewReader(row)
	a := r.Amount()
	check(tb, r.Done())
	return a
}

// verifyPaid compares with what every coinbase paid.
func (t *trade) verifyPaid(tb testing.TB, b *books) {
	tb.Helper()
	for h, applied := range t.Blocks()[1:] {
		in := applied.Update.Income
		want := map[chain.Role]types.Amount{chain.RoleProducer: in.Producer, chain.RoleFoundation: in.Foundation, chain.RoleDappFund: in.DappFund}
		for _, d := range in.Developers {
			want[chain.RoleDeveloper] += d.Amount
		}
		for _, c := range in.Credits {
			want[chain.RoleCredit] += c.Amount
		}
		maps.DeleteFunc(want, func(_ chain.Role, a types.Amount) bool { return a == 0 })
		if got := b.paid[uint32(h+1)]; !maps.Equal(got, want) {
			tb.Fatalf("height %d paid %v, the index says %v", h+1, want, got)
		}
	}
}

func (t *trade) verifyDapps(tb testing.TB, m *chain.Manager, b *books) {
	tb.Helper()
	var bids, incomes, wantBids, wantIncomes types.Amount
	jobs, wantJobs := 0, 0
	for _, applied := range t.Blocks() {
		in := applied.Update.Income
		wantBids += in.Bids + in.FundBids
		for _, d := range in.Developers {
			wantIncomes += d.Amount
		}
		for _, p := range applied.Block.Sides[types.ChainWork] {
			if types.Kind(p[0]) == types.KindJobPost {
				wantJobs++
			}
		}
	}
	for _, id := range t.dapps {
		epochs, err := m.DappEpochs(id, 0)
		check(tb, err)
		for _, e := range epochs {
			jobs, bids, incomes = jobs+e.Jobs, bids+e.Bids, incomes+e.Income
			if want := b.dapp[fmt.Sprint(id, e.Epoch)]; want != e.Scores {
				tb.Fatalf("dapp's score of epoch %d: %v, by its earnings %v", e.Epoch, e.Scores, want)
			}
		}
	}
	if jobs != wantJobs || bids != wantBids || incomes != wantIncomes {
		tb.Fatalf("dapps had %d jobs, bids of %v, income of %v; the index says %d, %v, %v", wantJobs, wantBids, wantIncomes, jobs, bids, incomes)
	}
}

// verifyRecords checks that the fees of all transactions with and without a
// record come to what the blocks took.
func (t *trade) verifyRecords(tb testing.TB, m *chain.Manager) {
	tb.Helper()
	fees := make(map[uint32]types.Amount)
	for c := range types.VirtualChain(types.NumChains) {
		recs, err := m.Records(c, 0, 1<<30)
		check(tb, err)
		for _, r := range recs {
			fees[r.Height] += r.Fee
		}
	}
	for h, applied := range t.Blocks() {
		in := applied.Update.Income
		if want := in.Fees + in.Bids; fees[uint32(h)] != want { // a trade has records only
			tb.Fatalf("height %d took %v, its records paid %v", h, want, fees[uint32(h)])
		}
	}
}

// indexRows lists all rows of the index.
func indexRows(tb testing.TB, s chain.Store) map[string]string {
	tb.Helper()
	out := make(map[string]string)
	check(tb, s.Scan([]byte{0}, []byte{0xff}, func(key, value []byte) (bool, error) {
		switch key[0] {
		case 'r', 'e', 'a', 'c', 'd', 'j', 'k', 't':
			out[string(key)] = string(value)
		case 'm':
			if string(key) == "mindex" {
				out[string(key)] = string(value)
			}
		}
		return true, nil
	}))
	return out
}

func sameIndex(tb testing.TB, got, want map[string]string) {
	tb.Helper()
	for k, v := range want {
		if got[k] != v {
			tb.Fatalf("row %s: %s, want %s", hex.EncodeToString([]byte(k)), hex.EncodeToString([]byte(got[k])), hex.EncodeToString([]byte(v)))
		}
	}
	if len(got) != len(want) {
		tb.Fatalf("%d rows, want %d", len(got), len(want))
	}
}

// At random, over epochs and reorganisations: what the index says of every
// address, epoch, job and dapp sums to the rows of the state.
func TestIndexSums(t *testing.T) {
	t.Parallel()
	seeds, n, depths := []uint64{1, 2}, 130, []int{1, 7, 20}
	if chaintest.Race {
		seeds, n, depths = seeds[:1], 22, depths[:2]
	}
	for _, seed := range seeds {
		g := newTrade(t, seed).grow(n)
		m, _ := newManager(t, g.Generator)
		add(t, m, blocks(g.Generator, 0)...)
		wantTip(t, m, g.Generator)
		g.verify(t, m)
		for _, depth := range depths {
			fork := g.fork(t)
			for range depth {
				fork.Revert()
			}
			fork.SkipTo(g.State.Slot + 1)
			above := int(fork.State.Height)
			fork.grow(depth + 3)
			addFork(t, m, fork.Generator, above)
			wantTip(t, m, fork.Generator)
			g = fork
			g.verify(t, m)
		}
		b := g.grow(20)
		add(t, m, blocks(g.Generator, int(m.Tip().Height))...)
		if counts := b.verify(t, m).count; !chaintest.Race && (counts["earning"] < 50 || counts["registered"] < 10 || counts["share"] < 5 || counts["payout"] < 5) {
			t.Fatalf("too little happened: %v", counts)
		}
		// A node that never saw the blocks that were taken back has the same.
		straight := chain.NewMemStore()
		add(t, open(t, g.Params, straight, newClock(g.Params)), blocks(g.Generator, 0)...)
		all := chain.NewMemStore()
		other := open(t, g.Params, all, newClock(g.Params))
		bs := blocks(g.Generator, 0)
		for len(bs) > 0 { // the first of each run comes last, so the run is one commit
			n := 1
			if rest := len(bs); rest > 1 && other.AddHeaders(headers(bs[:min(8, rest)])) == nil {
				n = min(8, rest)
			}
			for i := n - 1; i >= 0; i-- {
				check(t, other.AddBlock(bs[i]))
			}
			bs = bs[n:]
		}
		wantTip(t, other, g.Generator)
		sameIndex(t, indexRows(t, all), indexRows(t, straight))
	}
}

// Two reports in one block for one address of one job, with a raise between
// them: each is told what it added.
func TestEarningsOfOneBlock(t *testing.T) {
	g := newGen(t, nil)
	m, _ := newManager(t, g)
	post := g.Record(ann, &types.JobPost{Dapp: chaintest.DappID(), Operator: bob.Address(), Duration: 100, Bid: 10 * types.Coin})
	g.Extend(post)
	first := g.Score(bob, post.ID(), map[types.Address]types.Amount{cid.Address(): 4 * types.Coin, ann.Address(): types.Coin / 10_000})
	raise := g.Record(ann, &types.BidRaise{Job: post.ID(), Added: 10 * types.Coin})
	second := g.TicketScore(cid, bob, post.ID(), 9*types.Coin)
	again := g.TicketScore(cid, bob, post.ID(), 9*types.Coin)
	register := g.Register(cid)
	third := g.TicketScore(cid, bob, post.ID(), 12*types.Coin)
	g.Extend(first, raise, second, again, register, third)
	add(t, m, blocks(g, 0)...)
	got, err := m.Earnings(cid.Address(), 0, 1)
	check(t, err)
	base := chain.Earning{Height: 2, Epoch: 0, Job: post.ID(), Dapp: chaintest.DappID(), Payer: ann.Address()}
	want := []chain.Earning{base, base, base}
	want[0].Tx, want[0].Score, want[0].Credited = first.ID(), 4*types.Coin, 24*types.Coin/10
	// 3.6 were held for the 6 left; the raise brought 6 for 10.
	want[1].Tx, want[1].Score, want[1].Credited = second.ID(), 5*types.Coin, 3*types.Coin
	want[2].Tx, want[2].Score, want[2].Credited, want[2].Registered = third.ID(), 3*types.Coin, 18*types.Coin/10, true
	if len(got) != 3 {
		t.Fatalf("%d earnings: %+v", len(got), got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("earning %d: %+v, want %+v", i, got[i], want[i])
		}
	}
	if none, err := m.Earnings(cid.Address(), 3, 9); err != nil || len(none) != 0 {
		t.Errorf("%v, %v after the last block", none, err)
	}
	if none, err := m.Earnings(ann.Address(), 0, 9); err != nil || len(none) != 0 {
		t.Errorf("%v, %v for less than the smallest step", none, err)
	}
	for who, n := range map[*chaintest.Key]int{ann: 1, bob: 1, cid: 0} {
		if jobs, err := m.JobsOf(who.Address(), 0); err != nil || len(jobs) != n || n > 0 && jobs[0] != (chain.JobRef{Height: 1, Job: post.ID()}) {
			t.Errorf("jobs of %s: %v, %v", who.Name, jobs, err)
		}
	}
	recs, err := m.Records(types.ChainScores, 0, 9)
	check(t, err)
	if len(recs) != 4 || recs[0].Author != bob.Address() || recs[0].Fee != types.Amount(first.VSize())*consensus.MinFeeRate {
		t.Fatalf("%+v", recs)
	}
	work, err := m.Records(types.ChainWork, 0, 9)
	check(t, err)
	if len(work) != 3 || work[1].Fee != types.Amount(raise.VSize())*consensus.MinFeeRate+10*types.Coin {
		t.Fatalf("%+v", work)
	}
}

// A record whose coin was made in the same block has its author and fee.
func TestRecordOfCoinOfSameBlock(t *testing.T) {
	g := newGen(t, nil)
	m, _ := newManager(t, g)
	gift := pay(g, ann, bob, 20*types.Coin, 0)
	note := from(g, bob, 17, &types.Message{Public: true, Body: []byte("x")}, coin(gift, 0))
	g.Extend(gift, note)
	add(t, m, g.Tip())
	recs, err := m.Records(types.ChainMessages, 0, 9)
	check(t, err)
	if len(recs) != 1 || recs[0].Author != bob.Address() || recs[0].Fee != consensus.MessageFee+types.Amount(note.VSize())+17 {
		t.Fatalf("%+v", recs)
	}
}

// paged reads a list in steps; a step ends with a whole block.
func paged[T comparable](t *testing.T, most int, height func(T) uint64, list func(from uint64, max int) ([]T, error)) (all []T, steps int) {
	t.Helper()
	for from := uint64(0); ; steps++ {
		got, err := list(from, most)
		check(t, err)
		if len(got) == 0 {
			return all, steps
		}
		for i := most; i < len(got); i++ {
			if height(got[i]) != height(got[most-1]) {
				t.Fatalf("%d in one step, at most %d and the rest of a block", len(got), most)
			}
		}
		all, from = append(all, got...), height(got[len(got)-1])+1
	}
}

// Whoever is paid in every block has more rows than one answer may hold.
func TestListsAreBounded(t *testing.T) {
	t.Parallel()
	g := newTrade(t, 3).grow(40)
	m, _ := newManager(t, g.Generator)
	add(t, m, blocks(g.Generator, 0)...)
	rows, pages := 0, 0
	note := func(name string, whole, parts int, steps int, same bool) {
		if !same {
			t.Errorf("%s: %d in steps, %d at once", name, parts, whole)
		}
		rows, pages = rows+whole, pages+steps
	}
	for _, a := range []types.Address{g.Params.Foundation, g.keys[0].Address(), g.keys[1].Address(), g.keys[2].Address()} {
		payouts, err := m.Payouts(a, 0)
		check(t, err)
		p, n := paged(t, 3, func(p chain.Payout) uint64 { return uint64(p.Height) }, func(from uint64, max int) ([]chain.Payout, error) {
			return m.PayoutsMax(a, uint32(from), max)
		})
		note("payouts", len(payouts), len(p), n, slices.Equal(p, payouts))
		shares, err := m.BaseShares(a, 0)
		check(t, err)
		s, n := paged(t, 1, func(s chain.BaseShare) uint64 { return uint64(s.Height) }, func(from uint64, max int) ([]chain.BaseShare, error) {
			return m.BaseSharesMax(a, uint32(from), max)
		})
		note("shares", len(shares), len(s), n, slices.Equal(s, shares))
		jobs, err := m.JobsOf(a, 0)
		check(t, err)
		j, n := paged(t, 1, func(j chain.JobRef) uint64 { return uint64(j.Height) }, func(from uint64, max int) ([]chain.JobRef, error) {
			return m.JobsMax(a, uint32(from), max)
		})
		note("jobs", len(jobs), len(j), n, slices.Equal(j, jobs))
	}
	epochs, err := m.DappEpochs(g.dapps[0], 0)
	check(t, err)
	e, n := paged(t, 1, func(e chain.DappEpoch) uint64 { return e.Epoch }, func(from uint64, max int) ([]chain.DappEpoch, error) {
		return m.DappEpochsMax(g.dapps[0], from, max)
	})
	note("epochs", len(epochs), len(e), n, slices.Equal(e, epochs))
	if rows < 50 || pages < 20 {
		t.Fatalf("%d rows in %d steps", rows, pages)
	}
}
