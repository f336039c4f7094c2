package wallet

import (
	"errors"
	"fmt"

	"supercomputing/chain/types"
)

// A block has room for one advertisement, and takes the best-paying. So one that
// builds on another that waits can never be in a block with it, and nodes refuse
// it; and whatever else builds on one waits as long as it does. The wallet builds
// advertisements on coins apart from waiting ones alone, and everything else as
// long as there are any.

// AdWaitsError says that the coins for an advertisement are there, but come from
// another one that still waits. It matches ErrAdWaits.
type AdWaitsError struct {
	Ad    types.Hash // the one that has to get into a block first
	Title string     // as its author wrote it
}

// Error implements error.
func (e *AdWaitsError) Error() string {
	return fmt.Sprintf("your advertisement %q has to get into a block first: the coins that would pay for another are its change", e.Title)
}

// Unwrap gives ErrAdWaits.
func (e *AdWaitsError) Unwrap() error { return ErrAdWaits }

// carriesAd reports whether a payload is an advertisement.
func carriesAd(payload []byte) bool {
	return len(payload) > 0 && types.Kind(payload[0]) == types.KindAdvertisement
}

// adBefore gives a waiting advertisement that a coin comes from, itself or
// through others that wait; nil when there is none.
func (s *state) adBefore(c *coin) (ad *tx) {
	s.behind(c, func(t *tx) bool {
		if t.tx != nil && carriesAd(t.tx.Payload) {
			ad = t
		}
		return ad == nil
	})
	return ad
}

// apart gives the coins that come from no waiting advertisement, in order, and
// the others.
func (s *state) apart(coins []*coin) (free, behind []*coin) {
	for _, c := range coins {
		if s.adBefore(c) == nil {
			free = append(free, c)
		} else {
			behind = append(behind, c)
		}
	}
	return free, behind
}

// adWaits says so when an advertisement lacks just the coins that come from
// another one.
func (w *Wallet) adWaits(err error, behind []*coin) error {
	var short *FundsError
	switch {
	case len(behind) == 0:
		return err
	case errors.As(err, &short):
		if short.Available+sumCoins(behind) < short.Needed {
			return err
		}
	case !errors.Is(err, ErrNoAuthorCoin) || w.authorCoin(behind, 0) == nil:
		return err
	}
	ad := w.state.adBefore(behind[0])
	out := &AdWaitsError{Ad: ad.id}
	if rec, err := types.DecodeRecord(ad.tx.Payload); err == nil {
		out.Title = rec.(*types.Advertisement).Title
	}
	return out
}
