package node

import (
	"context"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// Address implements view.Explorer. The balance is summed over all unspent
// outputs, since the state has no index by address.
func (n *Node) Address(ctx context.Context, address string) (view.AddressDetail, error) {
	a, err := n.parseAddress(address)
	if err != nil {
		return view.AddressDetail{}, err
	}
	v := view.AddressDetail{Address: address, Scores: []view.EpochScore{}}
	for _, b := range n.params.Bootstrap {
		v.Bootstrap = v.Bootstrap || b.Address == a
	}
	err = n.chain.View(func(st consensus.State, rows consensus.Rows) error {
		v.Height = st.Height
		if err := sumOutputs(ctx, rows, a, &v); err != nil {
			return err
		}
		if v.Credit, err = consensus.ReadCredit(rows, a); err != nil {
			return err
		}
		p, err := consensus.ReadProducer(rows, a)
		if err != nil {
			return err
		}
		v.Producer = p != nil
		if err := n.addressScores(st, rows, a, &v); err != nil {
			return err
		}
		hs, err := consensus.HeaderStateFromRows(n.params, st, rows)
		if err != nil {
			return err
		}
		v.Seats = n.seats(hs, st, a)
		return nil
	})
	if err == nil {
		n.ownAddress(a, &v)
	}
	return v, explain(err)
}

func sumOutputs(ctx context.Context, rows consensus.Rows, a types.Address, v *view.AddressDetail) error {
	return rows.Scan(consensus.TableUTXO, nil, func(_, value []byte) (bool, error) {
		u, err := consensus.DecodeUTXO(value)
		if err == nil && u.Address == a {
			v.Balance += u.Amount
			v.Outputs++
		}
		if err == nil {
			err = ctx.Err()
		}
		return true, err
	})
}

// seats counts an address' seats in the slot after the tip's.
func (n *Node) seats(hs consensus.HeaderState, st consensus.State, a types.Address) int {
	list, _, err := hs.Lottery(n.params, st.Slot+1)
	if err != nil || list == nil {
		return 0
	}
	s, _ := list.Find(a)
	return int(s.Count)
}

// scoreEpochs is for how many epochs the state keeps registered scores.
const scoreEpochs = 32

// addressScores lists an address' scores, newest first, and its weight for the
// next draw (PROTOCOL §4). The score of an epoch that is settled is known only
// as far as it was registered.
func (n *Node) addressScores(st consensus.State, rows consensus.Rows, a types.Address, v *view.AddressDetail) error {
	now := n.params.Epoch(st.Slot)
	for age := range uint64(scoreEpochs + 1) {
		if age > now {
			break
		}
		epoch := now - age
		score, err := consensus.ReadScore(rows, epoch, a)
		if err != nil {
			return err
		}
		work, err := consensus.ReadWork(rows, epoch, a)
		if err != nil {
			return err
		}
		if s := max(score, work); s > 0 {
			v.Scores = append(v.Scores, view.EpochScore{Epoch: epoch, Score: s})
		}
		if age > 0 {
			v.Weight += work >> ((age - 1) / 8)
		}
	}
	return nil
}

// ownAddress adds what the wallet knows.
func (n *Node) ownAddress(a types.Address, v *view.AddressDetail) {
	if n.wallet == nil || !n.wallet.Owns(a) {
		return
	}
	v.OwnAddress = true
	for _, info := range n.wallet.Addresses() {
		if info.Address == a {
			v.Label = info.Label
		}
	}
}

// Totals implements view.Explorer.
func (n *Node) Totals(context.Context) (view.Totals, error) {
	var v view.Totals
	err := n.chain.View(func(st consensus.State, rows consensus.Rows) error {
		pools, err := consensus.ReadPools(rows)
		if err != nil {
			return err
		}
		v = view.Totals{Height: st.Height, Epoch: n.params.Epoch(st.Slot), Fund: pools.Fund, Reserve: pools.Reserve, BasePool: pools.Base,
			Issued:       n.params.GenesisSupply() + types.Amount(st.Height)*consensus.BlockReward,
			FundReleased: n.params.FundAvailable(pools, st.Height)}
		return rows.Scan(consensus.TableJob, nil, func(_, value []byte) (bool, error) {
			j, err := consensus.DecodeJob(value)
			if err == nil && !j.Ended {
				v.OpenJobs++
				v.OpenBids += j.Bids - j.Scored
			}
			return true, err
		})
	})
	return v, explain(err)
}

// Audit implements view.Explorer.
func (n *Node) Audit(context.Context) (view.Audit, error) {
	start := time.Now()
	var v view.Audit
	err := n.chain.View(func(st consensus.State, rows consensus.Rows) error {
		s, err := consensus.Audit(n.params, st, rows)
		if err != nil {
			return err
		}
		v = view.Audit{Height: st.Height, Hash: st.Hash.String(), Digest: st.Digest().String(), DigestOK: s.DigestOK,
			Left: s.Left(), Right: s.Right(), Conserved: s.Left() == s.Right(), Terms: []view.Term{
				{Name: "unspent outputs", Amount: s.Unspent}, {Name: "compute fund", Amount: s.Fund}, {Name: "held with jobs", Amount: s.Held},
				{Name: "producers' reserve", Amount: s.Reserve}, {Name: "base pool", Amount: s.Base},
				{Name: "being settled", Amount: s.Settling}, {Name: "credits", Amount: s.Credits}}}
		return nil
	})
	v.Took = time.Since(start)
	return v, explain(err)
}
