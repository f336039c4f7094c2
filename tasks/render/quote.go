package render

import (
	"slices"

	"supercomputing/chain/types"
	"supercomputing/tasks"
)

// listPrice is what an hour of one core costs when no other job tells: the power
// that it takes and a margin. It only begins the market; see Suggest.
const listPrice = types.Coin / 50

// Quote is what a bid for rendering means now.
type Quote struct {
	Minimum   types.Amount `json:"minimum"`   // what the chain accepts
	Suggested types.Amount `json:"suggested"` // the going price
	First     types.Amount `json:"first"`     // what ranks before all open jobs
	Open      int          `json:"open"`      // jobs of this dapp
	Rank      int          `json:"rank"`      // of the suggested bid, 1 is best
}

// Suggest prices coreSeconds of rendering, repeats for checking included
// (1 + PlannedRepeats times the frames). The going price is the median of the
// open jobs of this dapp for each core second that they ask for; with fewer than
// three of them, the list price.
func (d *Dapp) Suggest(coreSeconds float64, open []tasks.Job) Quote {
	list := listed(coreSeconds)
	var rates []float64 // of the list price
	q := Quote{Minimum: MinBid}
	for _, j := range open {
		if j.Post.Dapp != d.opt.ID {
			continue
		}
		q.Open++
		q.First = max(q.First, j.Remaining()+1)
		if s, _, err := JobSpec(j.Post); err == nil {
			rates = append(rates, float64(j.Bids)/float64(max(listed(float64(s.CoreSeconds)), MinBid)))
		}
	}
	rate := 1.0
	if len(rates) >= 3 {
		slices.Sort(rates)
		rate = min(max(rates[len(rates)/2], 0.1), 100)
	}
	q.Suggested = roundUp(max(types.Amount(min(float64(list)*rate, float64(types.MaxAmount/2))), MinBid))
	q.First = max(q.First, q.Suggested)
	q.Rank = q.RankOf(q.Suggested, d.opt.ID, open)
	return q
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

func listed(coreSeconds float64) types.Amount {
	return types.Amount(min(max(coreSeconds, 0)/3600*float64(listPrice), float64(types.MaxAmount/2)))
}

// roundUp leaves two leading decimals, as a person would name the price.
func roundUp(a types.Amount) types.Amount {
	step := types.Amount(1)
	for a/step >= 100 {
		step *= 10
	}
	return (a + step - 1) / step * step
}
