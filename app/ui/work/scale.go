package work

import (
	"math"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// scale maps the places of a slider, from 0 to 1, to bids, by equal factors: a
// bid of 0.02 can be chosen as finely as one of 200.
type scale struct {
	least, most types.Amount
}

// scaleFor spans what is worth bidding: from the least that is taken to well
// over the going price, over what would be first, and over what was typed.
func scaleFor(b *view.OrderBook, bid types.Amount) scale {
	s := scale{least: max(b.Least, 1)}
	s.most = max(times(s.least, 100), times(b.Suggested, 10), times(bid, 2))
	if len(b.Bids) > 0 {
		s.most = max(s.most, times(b.Bids[0].Remaining, 2))
	}
	s.most = roundUp(s.most)
	return s
}

// times multiplies, up to what an amount can be.
func times(a, n types.Amount) types.Amount {
	if a > types.MaxAmount/n {
		return types.MaxAmount
	}
	return a * n
}

// at is the bid at a place of the slider, in three digits.
func (s scale) at(place float64) types.Amount {
	place = max(0, min(1, place))
	a := float64(s.least) * math.Pow(float64(s.most)/float64(s.least), place)
	return max(s.least, min(s.most, digits(a, math.Round)))
}

// place is where a bid lies on the slider.
func (s scale) place(a types.Amount) float64 {
	if a <= s.least || s.most <= s.least {
		return 0
	}
	return min(1, math.Log(float64(a)/float64(s.least))/math.Log(float64(s.most)/float64(s.least)))
}

// digits cuts an amount to three digits.
func digits(a float64, round func(float64) float64) types.Amount {
	if a < 1 {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(a))-2)
	return types.Amount(math.Round(round(a/max(unit, 1)) * max(unit, 1)))
}

// roundUp is the next amount of three digits, a itself when it is one.
func roundUp(a types.Amount) types.Amount {
	return max(a, digits(float64(a), math.Ceil))
}

// firstPlace is a bid that would rank first, in few digits: older bids of the
// same amount stand before a new one. A book without bids gives the least.
func firstPlace(b *view.OrderBook) types.Amount {
	if len(b.Bids) == 0 {
		return max(b.Least, 1)
	}
	return max(b.Least, roundUp(b.Bids[0].Remaining+1))
}

// without is the book without one job, whose own bid is to be raised.
func without(b view.OrderBook, job string) view.OrderBook {
	kept := make([]view.BookBid, 0, len(b.Bids))
	for _, o := range b.Bids {
		if o.Job != job {
			kept = append(kept, o)
		}
	}
	b.Bids = kept
	return b
}

// The kinds of start that a rank has.
const (
	startNow     = iota // in the next block
	startLater          // after a time that is known
	startAfter          // when jobs before it end
	startUnknown        // no node is known that does such work
)

// start is when a job of a rank is likely to be worked on.
type start struct {
	kind    int
	seconds int64
	ahead   int // jobs before it
}

func startOf(b *view.OrderBook, rank int) start {
	d, ok := b.Start(rank)
	sec := int64(d.Seconds())
	switch {
	case b.Nodes == 0:
		return start{kind: startUnknown}
	case ok && sec <= 2*max(b.BlockSeconds, 1):
		return start{kind: startNow, seconds: max(sec, b.BlockSeconds)}
	case ok:
		return start{kind: startLater, seconds: sec}
	case rank > 1:
		return start{kind: startAfter, ahead: rank - 1}
	}
	return start{kind: startUnknown}
}
