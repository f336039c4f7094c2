package tasks

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"sort"

	"supercomputing/chain/types"
)

// Board shows the open jobs in the order in which nodes are offered work. It
// keeps nothing: each answer is read from the chain.
type Board struct {
	ledger Ledger
	dapps  map[types.Hash]Dapp
	self   types.Address
}

// NewBoard makes a board for a machine that can do the given kinds of work.
func NewBoard(ledger Ledger, self types.Address, dapps []Dapp) *Board {
	return &Board{ledger: ledger, dapps: dappsByID(dapps), self: self}
}

func dappsByID(dapps []Dapp) map[types.Hash]Dapp {
	m := make(map[types.Hash]Dapp, len(dapps))
	for _, d := range dapps {
		m[d.ID()] = d
	}
	return m
}

// Entry is one line of the board.
type Entry struct {
	Job      Job
	Standing Standing
	Rank     int    // from 1; 0 while it waits for a block
	Dapp     string // its name, empty when this program does not have it
	Own      bool
	WhyNot   string // why this machine cannot take it now, empty when it can
}

// Entries lists the open jobs, best first; jobs that wait for a block come
// last.
func (b *Board) Entries() ([]Entry, error) {
	jobs, err := b.ranked()
	if err != nil {
		return nil, err
	}
	out := make([]Entry, len(jobs))
	for i, j := range jobs {
		out[i] = Entry{Job: j.Job, Standing: j.Standing, Own: b.own(j.Job)}
		if j.Standing == Open {
			out[i].Rank = i + 1
		}
		out[i].Dapp, out[i].WhyNot = b.check(j)
	}
	return out, nil
}

// own tells whether a job is this machine's to run, or was posted with its key.
func (b *Board) own(j Job) bool { return j.Signer() == b.self || j.Author == b.self }

func (b *Board) check(j JobState) (name, why string) {
	dapp := b.dapps[j.Post.Dapp]
	if dapp != nil {
		name = dapp.Name()
	}
	switch {
	case j.Standing == Waiting:
		return name, "it waits for a block"
	case b.own(j.Job):
		return name, "it is your own job"
	case dapp == nil:
		return name, "this program does not know its dapp"
	case j.Remaining() < types.MinScore:
		return name, "its bids are used up"
	}
	if err := dapp.Check(j.Job); err != nil {
		return name, clip(err.Error())
	}
	return name, ""
}

// ranked sorts by remaining bid, then height, then id (PROTOCOL §5).
func (b *Board) ranked() ([]JobState, error) {
	jobs, err := b.ledger.OpenJobs()
	if err != nil {
		return nil, fmt.Errorf("read the job board: %w", err)
	}
	jobs = slices.DeleteFunc(slices.Clone(jobs), func(j JobState) bool { return j.Standing == Ended })
	slices.SortFunc(jobs, func(x, y JobState) int {
		return cmp.Or(
			cmp.Compare(standingOrder(x), standingOrder(y)),
			cmp.Compare(y.Remaining(), x.Remaining()),
			cmp.Compare(x.Height, y.Height),
			bytes.Compare(x.ID[:], y.ID[:]))
	})
	return jobs, nil
}

func standingOrder(j JobState) int {
	if j.Standing == Open {
		return 0
	}
	return 1
}

// Quote tells what open jobs of one dapp pay now, before a bid is chosen.
type Quote struct {
	Open    int            // open and waiting jobs
	Nodes   int            // different nodes that they have scored so far
	Bids    []types.Amount // what remains of each job's bids, best first
	Low     types.Amount   // the least, median and greatest of Bids
	Median  types.Amount
	High    types.Amount
	Scored  types.Amount // paid out by those jobs so far
	allBids []types.Amount
}

// Quote reads the going price of a dapp.
func (b *Board) Quote(dapp types.Hash) (Quote, error) {
	jobs, err := b.ranked()
	if err != nil {
		return Quote{}, err
	}
	var q Quote
	nodes := make(map[types.Address]bool)
	for _, j := range jobs {
		q.allBids = append(q.allBids, j.Remaining())
		if j.Post.Dapp != dapp {
			continue
		}
		scores, err := b.ledger.Scores(j.ID)
		if err != nil {
			return Quote{}, fmt.Errorf("read scores: %w", err)
		}
		for a := range scores {
			nodes[a] = true
		}
		q.Bids = append(q.Bids, j.Remaining())
		q.Scored += j.Scored
	}
	// Waiting jobs count: they are the competition of the next block.
	descending(q.Bids)
	descending(q.allBids)
	q.Open, q.Nodes = len(q.Bids), len(nodes)
	if q.Open > 0 {
		q.High, q.Median, q.Low = q.Bids[0], q.Bids[q.Open/2], q.Bids[q.Open-1]
	}
	return q, nil
}

func descending(bids []types.Amount) {
	slices.SortFunc(bids, func(x, y types.Amount) int { return cmp.Compare(y, x) })
}

// Rank tells at which place, from 1, a new bid would stand among all open
// jobs, and among those of the quote's dapp. A new job stands behind older ones
// with the same bid.
func (q Quote) Rank(bid types.Amount) (all, ofDapp int) {
	place := func(bids []types.Amount) int {
		return 1 + sort.Search(len(bids), func(i int) bool { return bids[i] < bid })
	}
	return place(q.allBids), place(q.Bids)
}

// WhyIdle puts into words why none of the entries is work for this machine:
// the most frequent reason, and what the best job that it concerns pays. It is
// empty when there is work.
func WhyIdle(entries []Entry) string {
	type group struct {
		count int
		best  types.Amount
	}
	groups := make(map[string]group)
	for _, e := range entries {
		if e.WhyNot == "" {
			return ""
		}
		g := groups[e.WhyNot]
		groups[e.WhyNot] = group{g.count + 1, max(g.best, e.Job.Remaining())}
	}
	if len(groups) == 0 {
		return "there are no open jobs"
	}
	why, top := "", group{}
	for w, g := range groups {
		if g.count > top.count || g.count == top.count && (g.best > top.best || g.best == top.best && w < why) {
			why, top = w, g
		}
	}
	s := fmt.Sprintf("%d of %d open jobs: %s", top.count, len(entries), why)
	if len(entries) == 1 {
		s = fmt.Sprintf("the only open job: %s", why)
	}
	return fmt.Sprintf("%s (the best of them has %v left to pay)", s, top.best)
}
