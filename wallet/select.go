package wallet

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// Weights of the parts of a transaction (BIP 141), for Taproot key spends with
// 64-byte signatures.
const (
	inputBase    = 41 * 4         // outpoint, empty script, sequence
	inputWeight  = inputBase + 66 // and one witness item
	outputWeight = types.OutputWeight
	// maxInputs keeps a transaction below types.MaxTxWeight with room for
	// many outputs.
	maxInputs = 1000
	// dust is the least an output may hold: Bitcoin's figure for Taproot,
	// three times what spending it costs at 1 unit per byte, and some.
	dust types.Amount = 330
	// bnbTries bounds the search for a combination without change.
	bnbTries = 100_000
	// farRate is the rate, in units per virtual byte, at which coins are
	// thought to be spent some day: inputs are waste while fees are above.
	farRate = consensus.MinFeeRate
)

// feeOf is the fee of some weight at a rate, rounded up.
func feeOf(weight int, rate types.Amount) types.Amount {
	return (types.Amount(weight)*rate + 3) / 4
}

// terms are what a selection has to meet. Amounts are in units.
type terms struct {
	target    types.Amount // outputs and all fees but those of the inputs to choose, without change
	rate      types.Amount // units per virtual byte
	changeFee types.Amount // of a change output
	minChange types.Amount // least change worth making
	maxInputs int
	tidy      bool // a changeless combination is not wanted
	more      int  // weight of an input beyond a key spend's
}

// inputFee is the fee of one input at a rate.
func (t *terms) inputFee(rate types.Amount) types.Amount { return feeOf(inputWeight+t.more, rate) }

// offer is a coin that can be chosen, less what spending it costs.
type offer struct {
	coin  *coin
	value types.Amount // effective: amount less the fee of its input
}

// selectCoins picks coins for terms: the changeless combination that
// branch-and-bound finds, or the less wasteful of a single random draw and
// largest first, as Bitcoin Core weighs them. It gives nil when the coins do
// not suffice or would be too many; available is what they come to.
func selectCoins(coins []*coin, t terms, rnd *rand.Rand) (picked []*coin, available types.Amount) {
	fee := t.inputFee(t.rate)
	var offers []offer
	for _, c := range coins {
		if c.amount > fee {
			offers = append(offers, offer{c, c.amount - fee})
			available += c.amount - fee
		}
	}
	slices.SortFunc(offers, func(a, b offer) int {
		if c := cmp.Compare(b.value, a.value); c != 0 {
			return c
		}
		return compareOutPoints(a.coin.op, b.coin.op)
	})
	if available < t.target {
		return nil, available
	}
	var best []offer
	var bestWaste types.Amount
	consider := func(o []offer) {
		if o == nil || len(o) > t.maxInputs {
			return
		}
		w := t.waste(o)
		if best == nil || w < bestWaste || w == bestWaste && len(o) < len(best) {
			best, bestWaste = o, w
		}
	}
	if !t.tidy {
		consider(branchAndBound(offers, t, available))
	}
	withChange := t.target + t.changeFee + t.minChange
	consider(accumulate(offers, withChange))
	drawn := slices.Clone(offers)
	rnd.Shuffle(len(drawn), func(i, j int) { drawn[i], drawn[j] = drawn[j], drawn[i] })
	consider(accumulate(drawn, withChange))
	if best == nil && !t.tidy {
		// Enough for the payment but not for change: the rest is fee.
		consider(accumulate(offers, t.target))
	}
	for _, o := range best {
		picked = append(picked, o.coin)
	}
	return picked, available
}

// accumulate takes offers in order until they reach sum; nil when they do not.
func accumulate(offers []offer, sum types.Amount) []offer {
	var have types.Amount
	for i, o := range offers {
		if have += o.value; have >= sum {
			return offers[:i+1]
		}
	}
	return nil
}

// changeCost is what making change costs: its output now, its input later.
func (t *terms) changeCost() types.Amount { return t.changeFee + t.inputFee(farRate) }

// waste is what a selection pays beyond the unavoidable: for inputs spent at
// today's rate instead of the far one, and for change or, without it, the
// excess given to the fee.
func (t *terms) waste(picked []offer) types.Amount {
	var sum types.Amount
	for _, o := range picked {
		sum += o.value
	}
	waste := types.Amount(len(picked)) * (t.inputFee(t.rate) - t.inputFee(farRate))
	excess := sum - t.target
	if excess >= t.changeFee+t.minChange {
		return waste + t.changeCost()
	}
	return waste + excess
}

// branchAndBound searches, depth first over offers sorted downwards, for the
// least wasteful set whose sum lies between the target and the target plus the
// cost of change (Murch, "An evaluation of coin selection strategies", 2016).
func branchAndBound(offers []offer, t terms, available types.Amount) []offer {
	limit := t.target + min(t.changeCost(), t.changeFee+t.minChange-1)
	var in, best []int
	var sum, bestWaste types.Amount
	extra := t.inputFee(t.rate) - t.inputFee(farRate)
	i := 0
	for range bnbTries {
		waste := types.Amount(len(in))*extra + sum - t.target
		back := false
		switch {
		case sum+available < t.target, sum > limit, best != nil && waste > bestWaste && extra >= 0:
			back = true
		case sum >= t.target:
			if best == nil || waste < bestWaste {
				best, bestWaste = slices.Clone(in), waste
			}
			back = true
		}
		if back {
			// Walk back to the last included offer and leave it out.
			if len(in) == 0 {
				break
			}
			last := in[len(in)-1]
			for i--; i > last; i-- {
				available += offers[i].value
			}
			sum -= offers[last].value
			in = in[:len(in)-1]
			i = last + 1
			continue
		}
		if i == len(offers) {
			break
		}
		available -= offers[i].value
		// After leaving an offer out, an equal one in its place gives
		// nothing new.
		if len(in) == 0 || in[len(in)-1] == i-1 || offers[i].value != offers[i-1].value {
			in = append(in, i)
			sum += offers[i].value
		}
		i++
	}
	if best == nil {
		return nil
	}
	out := make([]offer, len(best))
	for k, j := range best {
		out[k] = offers[j]
	}
	return out
}
