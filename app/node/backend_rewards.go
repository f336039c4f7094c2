package node

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sort"

	"supercomputing/app/view"
	"supercomputing/chain"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

const (
	// maxRewardEpochs bounds how far back rewards are told at once.
	maxRewardEpochs = 1000
	// maxRewardRows bounds each list of single events in an answer.
	maxRewardRows = 10_000
)

// Rewards implements view.Dapps: what an address earned, and from which job,
// block or pool each part came.
func (n *Node) Rewards(ctx context.Context, q view.RewardsQuery) (view.Rewards, error) {
	r := rewards{n: n, epochs: make(map[uint64]*rewardSums), all: newRewardSums()}
	if err := r.ask(q); err != nil {
		return view.Rewards{}, err
	}
	for _, step := range []func() error{r.standing, r.work, r.shares, r.payouts} {
		if err := errors.Join(ctx.Err(), step()); err != nil {
			return view.Rewards{}, explain(err)
		}
	}
	return r.finish(), nil
}

// rewards gathers one answer.
type rewards struct {
	n       *Node
	address types.Address
	job     types.Hash // zero: all
	first   uint64     // epoch
	from    uint32     // height of the first block of it
	v       view.Rewards
	epochs  map[uint64]*rewardSums
	all     *rewardSums
}

// rewardSums adds up an epoch, or all of them.
type rewardSums struct {
	view.RewardEpoch
	dapps map[types.Hash]*view.RewardDapp
	jobs  map[types.Hash]bool
}

func newRewardSums() *rewardSums {
	return &rewardSums{dapps: make(map[types.Hash]*view.RewardDapp), jobs: make(map[types.Hash]bool)}
}

// add counts one recorded score.
func (s *rewardSums) add(e *chain.Earning, dapp string) {
	s.Score += e.Score
	s.Credited += e.Credited
	if e.Registered {
		s.Registered += e.Score
	}
	d := s.dapps[e.Dapp]
	if d == nil {
		d = &view.RewardDapp{Dapp: e.Dapp.String(), Name: dapp}
		s.dapps[e.Dapp] = d
	}
	d.Score += e.Score
	d.Credited += e.Credited
	if !s.jobs[e.Job] {
		s.jobs[e.Job] = true
		d.Jobs++
	}
}

// byDapp lists the dapps, the ones that brought most first.
func (s *rewardSums) byDapp() []view.RewardDapp {
	out := []view.RewardDapp{}
	for _, d := range s.dapps {
		out = append(out, *d)
	}
	slices.SortFunc(out, func(a, b view.RewardDapp) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Dapp, b.Dapp))
	})
	return out
}

func (r *rewards) ask(q view.RewardsQuery) (err error) {
	n := r.n
	if q.Address == "" {
		if err := n.needWallet(); err != nil {
			return err
		}
		r.address = n.wallet.Identity()
	} else if r.address, err = n.parseAddress(q.Address); err != nil {
		return err
	}
	if q.Job != "" {
		if r.job, err = jobID(q.Job); err != nil {
			return err
		}
	}
	count := q.Epochs
	if count <= 0 {
		count = incomeEpochs
	}
	r.first = n.firstEpoch(min(count, maxRewardEpochs))
	r.v = view.Rewards{Address: n.addressText(r.address), SeatsOf: consensus.SeatCount, ByEpoch: []view.RewardEpoch{}, ByDapp: []view.RewardDapp{},
		Work: []view.RewardWork{}, Payouts: []view.RewardPayout{}}
	r.from, err = n.heightAt(r.first * n.params.EpochSlots)
	return explain(err)
}

// heightAt is the height of the first block of the best chain at a slot or
// after it, one above the tip when there is none.
func (n *Node) heightAt(slot uint64) (uint32, error) {
	var failed error
	h := sort.Search(int(n.chain.Tip().Height)+1, func(i int) bool {
		s, err := blocks{n.chain}.Slot(uint32(i))
		if err != nil {
			failed = err
			return true
		}
		return s >= slot
	})
	return uint32(h), failed
}

// standing is the address in the state now.
func (r *rewards) standing() error {
	return r.n.chain.View(func(st consensus.State, rows consensus.Rows) (err error) {
		r.v.Height, r.v.Epoch = st.Height, r.n.params.Epoch(st.Slot)
		if r.v.Credit, err = consensus.ReadCredit(rows, r.address); err != nil {
			return err
		}
		p, err := consensus.ReadProducer(rows, r.address)
		if err != nil {
			return err
		}
		r.v.Producer = p != nil
		var d view.AddressDetail
		if err := r.n.addressScores(st, rows, r.address, &d); err != nil {
			return err
		}
		r.v.Weight = d.Weight
		hs, err := consensus.HeaderStateFromRows(r.n.params, st, rows)
		if err != nil {
			return err
		}
		r.v.Seats = r.n.seats(hs, st, r.address)
		return nil
	})
}

func (r *rewards) epoch(e uint64) *rewardSums {
	v := r.epochs[e]
	if v == nil {
		v = newRewardSums()
		v.Epoch, v.Start = e, r.n.params.SlotTime(e*r.n.params.EpochSlots).UTC()
		r.epochs[e] = v
	}
	return v
}

// work adds the recorded scores, each with its job.
func (r *rewards) work() error {
	const step = 1000
	for from := r.from; ; {
		list, err := r.n.chain.Earnings(r.address, from, step)
		if err != nil || len(list) == 0 {
			return err
		}
		for i := range list {
			if e := &list[i]; r.job == (types.Hash{}) || e.Job == r.job {
				r.earned(e)
			}
		}
		from = list[len(list)-1].Height + 1
	}
}

func (r *rewards) earned(e *chain.Earning) {
	dapp := r.n.dappName(e.Dapp)
	r.epoch(e.Epoch).add(e, dapp)
	r.all.add(e, dapp)
	r.v.Work = append(r.v.Work, view.RewardWork{Height: e.Height, Epoch: e.Epoch, Time: blocks{r.n.chain}.BlockTime(e.Height).UTC(), TxID: e.Tx.String(), Job: e.Job.String(),
		JobName: r.n.nameOfJob(e.Job), Dapp: dapp, Payer: r.n.addressText(e.Payer), Score: e.Score, Credited: e.Credited})
	if len(r.v.Work) > maxRewardRows {
		r.v.Work = r.v.Work[1:]
	}
}

// nameOfJob is what a job's post calls its content, "" when that cannot be told.
func (n *Node) nameOfJob(id types.Hash) string {
	if n.market == nil {
		return ""
	}
	post, err := n.market.ledger.post(id)
	if err != nil {
		return ""
	}
	return n.market.jobName(*post)
}

// shares adds what settlements gave of the base pool. It comes by score, not
// by job.
func (r *rewards) shares() error {
	if r.job != (types.Hash{}) {
		return nil
	}
	for from := r.from; ; {
		list, err := r.n.chain.BaseShares(r.address, from)
		for _, s := range list {
			r.v.BaseShare += s.Amount
			r.epoch(max(s.Epoch, r.first)).BaseShare += s.Amount
		}
		if err != nil || len(list) < chain.MaxListed {
			return err
		}
		from = list[len(list)-1].Height + 1
	}
}

// payouts adds what coinbases paid.
func (r *rewards) payouts() error {
	if r.job != (types.Hash{}) {
		return nil
	}
	for from := r.from; ; {
		list, err := r.n.chain.Payouts(r.address, from)
		if err != nil {
			return err
		}
		for i := range list {
			if err := r.paid(&list[i]); err != nil {
				return err
			}
		}
		if len(list) < chain.MaxListed {
			return nil
		}
		from = list[len(list)-1].Height + 1
	}
}

func (r *rewards) paid(p *chain.Payout) error {
	slot, err := blocks{r.n.chain}.Slot(p.Height)
	if err != nil {
		return err
	}
	r.v.Paid += p.Amount
	r.epoch(r.n.params.Epoch(slot)).Paid += p.Amount
	r.v.Payouts = append(r.v.Payouts, view.RewardPayout{Height: p.Height, Time: r.n.params.SlotTime(slot).UTC(), Block: p.Block.String(),
		Amount: p.Amount, Role: p.Role.String()})
	if len(r.v.Payouts) > maxRewardRows {
		r.v.Payouts = r.v.Payouts[1:]
	}
	return nil
}

// finish puts the newest first.
func (r *rewards) finish() view.Rewards {
	r.v.Scores, r.v.Credited, r.v.ByDapp = r.all.Score, r.all.Credited, r.all.byDapp()
	for _, e := range slices.Backward(slices.Sorted(maps.Keys(r.epochs))) {
		sums := r.epochs[e]
		sums.ByDapp = sums.byDapp()
		r.v.ByEpoch = append(r.v.ByEpoch, sums.RewardEpoch)
	}
	slices.Reverse(r.v.Work)
	slices.Reverse(r.v.Payouts)
	return r.v
}
