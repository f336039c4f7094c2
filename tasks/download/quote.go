package download

import (
	"slices"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
)

// Going prices when no other job is open: a line's and a disk's cost with a
// margin, in coin units. They only begin the market; see Suggest.
const (
	priceDelivered types.Amount = types.Coin / 200  // per GiB and replica
	priceKept      types.Amount = types.Coin / 2000 // per GiB, replica and day
)

// Quote is what a bid buys now.
type Quote struct {
	Minimum   types.Amount `json:"minimum"`   // what the chain accepts
	Suggested types.Amount `json:"suggested"` // the going price
	First     types.Amount `json:"first"`     // what ranks before all open jobs
	Open      int          `json:"open"`      // jobs of this dapp
	Rank      int          `json:"rank"`      // of the suggested bid, 1 is best
}

// Suggest prices the delivery of size bytes to replicas nodes and their
// keeping. The going price is the median of the open jobs of this dapp, per
// unit of work; with fewer than three of them, the list price.
func (d *Dapp) Suggest(size int64, keep time.Duration, replicas int, open []tasks.Job) Quote {
	list := listPrice(size, keep, replicas)
	var rates []float64 // of list price
	q := Quote{Minimum: MinBid}
	for _, j := range open {
		if j.Post.Dapp != d.id {
			continue
		}
		q.Open++
		q.First = max(q.First, j.Remaining()+1)
		if s, _, err := jobSpec(j.Post); err == nil {
			rates = append(rates, float64(j.Bids)/float64(max(listPrice(s.Size, s.Keep, s.Replicas), MinBid)))
		}
	}
	rate := 1.0
	if len(rates) >= 3 {
		slices.Sort(rates)
		rate = min(max(rates[len(rates)/2], 0.1), 100)
	}
	q.Suggested = roundUp(max(types.Amount(min(float64(list)*rate, float64(types.MaxAmount/2))), MinBid))
	q.First = max(q.First, q.Suggested)
	q.Rank = q.RankOf(q.Suggested, d.id, open)
	return q
}

// Span is how long a job's content is kept for the bids, from when the first
// node holds all of it.
func Span(post types.JobPost, bids types.Amount) (time.Duration, error) {
	spec, _, err := jobSpec(post)
	if err != nil || post.Bid < MinBid {
		return 0, err
	}
	return terms{Keep: spec.Keep, First: post.Bid, Bids: max(bids, post.Bid)}.span(), nil
}

// RankOf tells the place a bid would take among the open jobs of a dapp.
func (q Quote) RankOf(bid types.Amount, dapp types.Hash, open []tasks.Job) int {
	rank := 1
	for _, j := range open {
		if j.Post.Dapp == dapp && j.Remaining() >= bid {
			rank++
		}
	}
	return rank
}

func listPrice(size int64, keep time.Duration, replicas int) types.Amount {
	gib := float64(size) / (1 << 30) * float64(replicas)
	days := keep.Hours() / 24
	return types.Amount(min(gib*(float64(priceDelivered)+days*float64(priceKept)), float64(types.MaxAmount/2)))
}

// roundUp leaves two leading decimals, as a person would name the price.
func roundUp(a types.Amount) types.Amount {
	step := types.Amount(1)
	for a/step >= 100 {
		step *= 10
	}
	return (a + step - 1) / step * step
}
