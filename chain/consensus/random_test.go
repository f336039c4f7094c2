package consensus_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// TestRandomEconomy plays a long life with everything that records can do.
// The generator checks conservation, and the digest from scratch, after every
// block; every few blocks one is taken back and made again, and at the end the
// whole chain is taken back to genesis.
func TestRandomEconomy(t *testing.T) {
	t.Parallel()
	seeds, blocks, audits := []uint64{1, 2}, uint32(400), 1
	if chaintest.Race {
		seeds, blocks, audits = seeds[:1], 60, 10
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			e := newEconomy(t, seed)
			e.AuditEvery(audits)
			genesis := e.Rows.Clone()
			for e.State.Height < blocks {
				e.step()
			}
			if !chaintest.Race {
				e.mustHaveHappened()
			}
			e.backToGenesis(genesis)
		})
	}
}

// economy is a chain on which people act at random.
type economy struct {
	*chaintest.Generator
	t          *testing.T
	rng        *rand.Rand
	requesters []*chaintest.Key
	workers    []*chaintest.Key
	jobs       []ownedJob
	dapps      []types.Hash
	happened   map[string]int
	gaps       int
}

type ownedJob struct {
	id             types.Hash
	author, signer *chaintest.Key
}

func newEconomy(t *testing.T, seed uint64) *economy {
	t.Helper()
	var names []string
	e := &economy{t: t, rng: rand.New(rand.NewPCG(seed, seed)), happened: make(map[string]int), dapps: []types.Hash{chaintest.DappID()}}
	for i := range 3 {
		names = append(names, fmt.Sprint("requester ", i))
		e.requesters = append(e.requesters, chaintest.NewKey(names[len(names)-1]))
	}
	for i := range 5 {
		names = append(names, fmt.Sprint("worker ", i))
		e.workers = append(e.workers, chaintest.NewKey(names[len(names)-1]))
	}
	e.Generator = chaintest.New(t, chaintest.Params(names, func(p *consensus.Params) {
		p.BootstrapWeight = 10 * types.Coin // workers shall produce soon
	}))
	e.KnowProducers(e.workers...)
	return e
}

func pick[T any](e *economy, list []T) T { return list[e.rng.IntN(len(list))] }

// coins is a random amount up to most, often a small or a round one.
func (e *economy) amount(most types.Amount) types.Amount {
	switch e.rng.IntN(3) {
	case 0:
		return consensus.MinBid
	case 1:
		return types.Amount(1+e.rng.IntN(int(most/types.Coin))) * types.Coin
	}
	return consensus.MinBid + types.Amount(e.rng.Int64N(int64(most)))
}

// step makes one block.
func (e *economy) step() {
	e.t.Helper()
	if e.rng.IntN(25) == 0 { // nobody is there for a while
		epochs := uint64(e.rng.IntN(4))
		e.SkipTo(e.State.Slot + epochs*e.Params.EpochSlots + uint64(e.rng.IntN(40)))
		e.gaps++
	}
	var txs []*types.Tx
	for range e.rng.IntN(6) {
		if tx := e.act(); tx != nil {
			txs = append(txs, tx)
		}
	}
	valid := e.Valid(txs...)
	before, rows := e.State, (*chaintest.Rows)(nil)
	if e.State.Height%7 == 0 {
		rows = e.Rows.Clone()
	}
	b := e.Extend(valid...)
	if rows != nil {
		e.again(b, before, rows)
	}
	for _, tx := range valid {
		e.note(tx)
	}
	e.noteIncome()
	e.explain()
	e.Release()
}

// again takes the newest block back, checks that nothing of it is left, and
// connects it once more with the same result.
func (e *economy) again(b *types.Block, before consensus.State, rows *chaintest.Rows) {
	e.t.Helper()
	after := e.State
	e.Revert()
	if !e.Rows.Equal(rows) || e.State != before {
		e.t.Fatalf("height %d: taken back, the state is another than before", after.Height)
	}
	if err := e.Connect(b); err != nil {
		e.t.Fatalf("height %d: a second time: %v", after.Height, err)
	}
	if e.State != after {
		e.t.Fatalf("height %d: a second time it leads to another state", after.Height)
	}
}

// act makes one transaction of somebody, which need not be valid.
func (e *economy) act() *types.Tx {
	requester, worker := pick(e, e.requesters), pick(e, e.workers)
	switch e.rng.IntN(14) {
	case 0, 1, 2:
		return e.post(requester)
	case 3:
		return e.post(chaintest.FundKey())
	case 4:
		return e.record(worker, chaintest.Registration(e.Params.ID, worker))
	case 5:
		if e.rng.IntN(5) == 0 {
			return e.record(worker, &types.DappRegistration{Name: worker.Name, Version: "1"})
		}
		return e.record(requester, &types.Message{Body: []byte("hello")})
	case 6:
		return e.record(requester, &types.Advertisement{Title: "for sale"})
	case 7:
		if len(e.Coins(requester.Address())) == 0 {
			return nil
		}
		return e.Tx(chaintest.Spec{From: requester, Tip: types.Amount(e.rng.IntN(1e6)),
			To: []consensus.Payment{{Address: worker.Address(), Amount: e.amount(3 * types.Coin)}}})
	}
	if len(e.jobs) == 0 {
		return nil
	}
	return e.onJob(e.jobs[max(0, len(e.jobs)-1-e.rng.IntN(12))], worker)
}

func (e *economy) onJob(job ownedJob, worker *chaintest.Key) *types.Tx {
	switch e.rng.IntN(8) {
	case 0:
		return e.record(job.author, &types.BidRaise{Job: job.id, Added: e.amount(5 * types.Coin)})
	case 1:
		by := job.author
		if e.rng.IntN(2) == 0 {
			by = job.signer
		}
		return e.record(by, &types.Completion{Job: job.id})
	case 2, 3, 4:
		if len(e.Coins(job.signer.Address())) == 0 {
			return nil
		}
		scores := make(map[types.Address]types.Amount)
		for range 1 + e.rng.IntN(3) {
			scores[pick(e, e.workers).Address()] = e.amount(8 * types.Coin)
		}
		return e.Score(job.signer, job.id, scores)
	}
	if e.rng.IntN(4) == 0 && job.signer != job.author {
		worker = job.author // reports with tickets like anyone else
	}
	if len(e.Coins(worker.Address())) == 0 {
		return nil
	}
	return e.TicketScore(worker, job.signer, job.id, e.amount(12*types.Coin))
}

func (e *economy) post(key *chaintest.Key) *types.Tx {
	post := &types.JobPost{Dapp: pick(e, e.dapps), Duration: uint32(1 + e.rng.IntN(40)), Bid: e.amount(20 * types.Coin)}
	if e.rng.IntN(2) == 0 {
		post.Operator = pick(e, append(e.requesters, e.workers...)).Address()
	}
	return e.record(key, post)
}

// record makes key's record unless key has nothing to spend.
func (e *economy) record(key *chaintest.Key, rec types.Record) *types.Tx {
	if len(e.Coins(key.Address())) == 0 {
		return nil
	}
	return e.Record(key, rec)
}

// note remembers what a transaction on the chain made possible.
func (e *economy) note(tx *types.Tx) {
	if tx.Payload == nil {
		e.happened["payment"]++
		return
	}
	kind := types.Kind(tx.Payload[0])
	e.happened[kind.String()]++
	switch kind {
	case types.KindJobPost:
		job, err := consensus.ReadJob(e.Rows, tx.ID())
		if err != nil || job == nil {
			e.t.Fatalf("the posted job is missing: %v", err)
		}
		e.jobs = append(e.jobs, ownedJob{tx.ID(), e.key(job.Author), e.key(job.Signer())})
		if job.Signer() != job.Author {
			e.happened["operated job"]++
		}
	case types.KindDappRegistration:
		e.dapps = append(e.dapps, tx.ID())
	}
}

// key is the key of somebody who is part of this.
func (e *economy) key(a types.Address) *chaintest.Key {
	e.t.Helper()
	for _, k := range append(append([]*chaintest.Key{chaintest.FundKey()}, e.requesters...), e.workers...) {
		if k.Address() == a {
			return k
		}
	}
	e.t.Fatalf("nobody has the key of %v", a)
	return nil
}

// explain checks that every block's scores and credits can be told from what
// it changed, and counts what made them.
func (e *economy) explain() {
	e.t.Helper()
	ex := explain(e.t, e.Generator)
	several := make(map[types.Address]map[int]bool)
	for _, x := range ex.Earned {
		if several[x.Address] == nil {
			several[x.Address] = make(map[int]bool)
		}
		several[x.Address][x.Tx] = true
		if len(several[x.Address]) > 1 {
			e.happened["two reports of one address"]++
		}
		if x.Registered {
			e.happened["registered score"]++
		}
	}
	credited := make(map[types.Address]types.Amount)
	for _, x := range ex.Earned {
		credited[x.Address] += x.Credit
	}
	for _, s := range ex.Shares {
		e.happened["base share"]++
		credited[s.Address] += s.Amount
	}
	for _, p := range e.Update().Income.Credits {
		credited[p.Address] -= p.Amount
	}
	for _, c := range e.Update().Of(consensus.TableCredit) {
		before, after := amountOf(e.t, c.Old), amountOf(e.t, c.New)
		if credited[types.Address(c.Key)] != after-before {
			e.t.Fatalf("height %d: credit from %v to %v, explained %v", e.State.Height, before, after, credited[types.Address(c.Key)])
		}
	}
}

func amountOf(t *testing.T, row []byte) types.Amount {
	t.Helper()
	if row == nil {
		return 0
	}
	r := types.NewReader(row)
	a := r.Amount()
	if err := r.Done(); err != nil {
		t.Fatal(err)
	}
	return a
}

// noteIncome counts what a block did besides its transactions.
func (e *economy) noteIncome() {
	u := e.Update()
	for what, amount := range map[string]types.Amount{
		"bids": u.Income.Bids, "fund bids": u.Income.FundBids, "reserve": u.Income.Reserve,
		"credits paid": types.Amount(len(u.Income.Credits)), "developers paid": types.Amount(len(u.Income.Developers)),
	} {
		if amount > 0 {
			e.happened[what]++
		}
	}
	for _, c := range u.Changes {
		if c.Table == consensus.TableJob && c.New == nil {
			e.happened["job swept"]++
		}
	}
	if e.Tip().Header.Producer != chaintest.Bootstrap().Address() {
		e.happened["block by a worker"]++
	}
}

func (e *economy) mustHaveHappened() {
	e.t.Helper()
	for _, what := range []string{"payment", "job post", "bid raise", "completion", "score report", "advertisement", "message",
		"dapp registration", "producer registration", "bids", "fund bids", "reserve", "credits paid", "developers paid",
		"job swept", "block by a worker", "operated job", "two reports of one address", "registered score", "base share"} {
		if e.happened[what] < 2 {
			e.t.Errorf("%q happened %d times", what, e.happened[what])
		}
	}
	if e.gaps < 5 || e.Params.Epoch(e.State.Slot) < 25 {
		e.t.Errorf("%d gaps, %d epochs", e.gaps, e.Params.Epoch(e.State.Slot))
	}
}

// backToGenesis takes every block back. Each header holds the digest of the
// state before its block, so all states on the way are checked.
func (e *economy) backToGenesis(genesis *chaintest.Rows) {
	e.t.Helper()
	for e.State.Height > 0 {
		b := e.Revert()
		if d := e.State.Digest(); d != b.Header.StateDigest {
			e.t.Fatalf("back at height %d the digest is %v, it was %v", e.State.Height, d, b.Header.StateDigest)
		}
	}
	if !e.Rows.Equal(genesis) {
		e.t.Error("back at genesis the rows are others")
	}
}
