package render

import (
	"slices"

	"supercomputing/chain/types"
	"supercomputing/tasks"
)

// listPrice is what an hour of one core costs when no other job tells: the power
// that it takes and a margin. It only begins the market; see Suggest.
const listPrice = types.Coin / 50

// leastPart is the least equal part of a suggested bid for each node: the chain
// records no score below types.MinScore, and nodes' parts are not equal. One that
// does a quarter of an equal part is paid.
const leastPart = 4 * types.MinScore

// Quote is what a bid for rendering means now.
type Quote struct {
	Minimum   types.Amount `json:"minimum"`   // what the chain accepts
	Suggested types.Amount `json:"suggested"` // the going price
	First     types.Amount `json:"first"`     // what ranks before all open jobs
	Open      int          `json:"open"`      // jobs of this dapp
	Rank      int          `json:"rank"`      // of the suggested bid, 1 is best
}

// Suggest prices coreSeconds of rendering, checks not counted, which so many
// nodes do and of which the part repeats is done twice (PlannedRepeats). The going
// price is the median of what the open jobs of this dapp pay for each core second
// that they ask for; with fewer than three of them, the list price, which is for
// repeats too. For short work it is never so low that a node which does a part of
// its share would get nothing (see leastPart); so other short jobs tell no price.
func (d *Dapp) Suggest(coreSeconds, repeats float64, nodes int, open []tasks.Job) Quote {
	price := float64(listed(coreSeconds * (1 + repeats)))
	var rates []float64 // of the list price without repeats
	q := Quote{Minimum: MinBid}
	for _, j := range open {
		if j.Post.Dapp != d.opt.ID {
			continue
		}
		q.Open++
		q.First = max(q.First, j.Remaining()+1)
		if s, _, err := JobSpec(j.Post); err == nil && listed(float64(s.CoreSeconds)) >= MinBid {
			rates = append(rates, float64(j.Bids)/float64(listed(float64(s.CoreSeconds))))
		}
	}
	if len(rates) >= 3 {
		slices.Sort(rates)
		price = float64(listed(coreSeconds)) * min(max(rates[len(rates)/2], 0.1), 100)
	}
	least := max(MinBid, types.Amount(min(max(nodes, 1), types.MaxScoreEntries))*leastPart)
	q.Suggested = roundUp(max(types.Amount(min(price, float64(types.MaxAmount/2))), least))
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
