package demo

import (
	"errors"
	"fmt"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// Result is what a demo came to. Its JSON, with the one part that belongs to
// what was played, is the demo's machine-readable end.
type Result struct {
	OneTip    bool         `json:"one_tip"`
	Tip       string       `json:"tip"`
	Height    uint32       `json:"height"`
	Digest    string       `json:"digest"`
	Conserved bool         `json:"conserved"`
	Left      types.Amount `json:"left"`  // genesis and block coins
	Right     types.Amount `json:"right"` // all there is
	*Downloaded
	*Rendered
	Bid     types.Amount `json:"bid"`
	Job     string       `json:"job"`
	Payouts []Payout     `json:"payouts"`
	Kills   int          `json:"kills,omitempty"`
	Seconds float64      `json:"seconds"`

	in, out []move      // what went into the blocks, what their coinbases paid
	left    []view.Term // what the state holds of it
}

// Payout is what one contributing node earned.
type Payout struct {
	Address string       `json:"address"`
	Score   types.Amount `json:"score"`
	Coins   types.Amount `json:"coins"` // paid by coinbases
}

// ErrFailed says that the demo ran and did not show what it must.
var ErrFailed = errors.New("the demo did not come out right")

// Check says why a result is not what the demo promises.
func (r *Result) Check() error {
	switch {
	case !r.OneTip:
		return fmt.Errorf("%w: the nodes are not on one tip", ErrFailed)
	case !r.Conserved:
		return fmt.Errorf("%w: coins are not conserved: %v on the left, %v on the right", ErrFailed, r.Left, r.Right)
	case sum(r.in) != sum(r.out)+r.kept():
		return fmt.Errorf("%w: %v went into the blocks and %v came out", ErrFailed, sum(r.in), sum(r.out)+r.kept())
	}
	var err error
	switch {
	case r.Downloaded != nil:
		err = r.Downloaded.check()
	case r.Rendered != nil:
		err = r.Rendered.check()
	default:
		err = fmt.Errorf("%w: nothing was played", ErrFailed)
	}
	if err != nil {
		return err
	}
	return r.checkPayouts()
}

// checkPayouts holds the payments against the bid.
func (r *Result) checkPayouts() error {
	var scored types.Amount
	for _, p := range r.Payouts {
		if scored += p.Score; scored > r.Bid {
			return fmt.Errorf("%w: scores come to more than the bid of %v", ErrFailed, r.Bid)
		}
		if p.Score == 0 || p.Coins == 0 {
			return fmt.Errorf("%w: node %s has score %v and was paid %v", ErrFailed, short(p.Address), p.Score, p.Coins)
		}
	}
	return nil
}

// kept is what the state holds of the coins that went into the blocks.
func (r *Result) kept() (total types.Amount) {
	for _, t := range r.left {
		total += t.Amount
	}
	return total
}
