package download

import (
	"encoding/hex"
	"fmt"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
)

// The score formula. Of the first bid F, half pays delivery and half keeping:
//
//	delivery = F/2 · h / (size · replicas)
//	keeping  = (F − F/2) · h · t / (size · replicas · keep)
//
// h are the bytes that a node claims to hold and an audit has just confirmed
// (for keeping: now and at the audit before), t the time between two passed
// audits that lies within the keeping time. That begins when the first node is
// proven to hold everything. What is not paid for an interval without a passed
// audit is lapsed: it pays the deliveries to nodes that replace others, which
// the first half no longer covers.
//
// A raise R buys time at the same price: keep · R / (F − F/2) more. All
// quotients are floored, so the sum of all nodes never exceeds the bids.
type terms struct {
	Size     int64
	Replicas int
	Keep     time.Duration
	First    types.Amount // the bid of the post
	Bids     types.Amount // with all raises
}

func (t terms) deliveryPool() types.Amount { return t.First / 2 }
func (t terms) keepPool() types.Amount     { return t.First - t.First/2 }

// span is the keeping time that the bids buy.
func (t terms) span() time.Duration {
	const most = 1 << 20 // times the pool: far over MaxKeep, and safe to multiply
	raise := min(t.Bids-t.First, types.MaxAmount)
	if raise/t.keepPool() >= most {
		return t.Keep + MaxKeep
	}
	more := types.MulDiv(millis(t.Keep), uint64(raise), uint64(t.keepPool()))
	return t.Keep + time.Duration(min(more, millis(MaxKeep)))*time.Millisecond
}

func millis(d time.Duration) uint64 { return uint64(max(d/time.Millisecond, 0)) }

// share is pool · held / (size · replicas).
func (t terms) share(pool types.Amount, held int64) types.Amount {
	return pool.Part(uint64(held), uint64(t.Size)*uint64(t.Replicas))
}

// rent is what keeping held bytes for d is worth.
func (t terms) rent(held int64, d time.Duration) types.Amount {
	return t.share(t.keepPool(), held).Part(millis(d), millis(t.Keep))
}

// nodeID is a node's address, in hex as a key of JSON.
type nodeID types.Address

// MarshalText implements encoding.TextMarshaler.
func (n nodeID) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(n[:])), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (n *nodeID) UnmarshalText(b []byte) error {
	if len(b) != 2*len(n) {
		return fmt.Errorf("%w: node of %d characters", tasks.ErrState, len(b))
	}
	_, err := hex.Decode(n[:], b)
	return err
}

// account is what the requester knows of one node.
type account struct {
	Delivered types.Amount `json:"delivered"` // paid for delivery
	Kept      types.Amount `json:"kept"`      // paid for keeping
	Held      int64        `json:"held"`      // bytes at the last passed audit
	Since     time.Time    `json:"since"`     // up to when keeping is settled
	Audited   time.Time    `json:"audited,omitzero"`
	Grown     time.Time    `json:"grown,omitzero"` // when Held last grew, or it took its place
	Passed    int          `json:"passed"`         // audits
	Missed    int          `json:"missed"`         // in a row
	Seated    bool         `json:"seated"`
	Failed    string       `json:"failed,omitempty"` // why it is out for good
}

func (a *account) earned() types.Amount { return a.Delivered + a.Kept }

// book is a job's accounts. It is arithmetic over plain data: the clock comes
// in, amounts go out.
type book struct {
	Terms     terms               `json:"terms"`
	Started   time.Time           `json:"started,omitzero"` // of the keeping time
	Delivered types.Amount        `json:"delivered"`        // from the delivery half
	Lapsed    types.Amount        `json:"lapsed"`           // deliveries paid from lapsed keeping
	Kept      types.Amount        `json:"kept"`
	Accounts  map[nodeID]*account `json:"accounts"`
}

// end is when the keeping time is over, zero while it has not begun.
func (b *book) end() time.Time {
	if b.Started.IsZero() {
		return time.Time{}
	}
	return b.Started.Add(b.Terms.span())
}

// paid is the sum of all scores.
func (b *book) paid() types.Amount { return b.Delivered + b.Lapsed + b.Kept }

// within is the part of [from, to] that lies in the keeping time.
func (b *book) within(from, to time.Time) time.Duration {
	if b.Started.IsZero() {
		return 0
	}
	if from.Before(b.Started) {
		from = b.Started
	}
	if e := b.end(); to.After(e) {
		to = e
	}
	return max(to.Sub(from), 0)
}

// pass books a passed audit of a node that held bytes now, and returns what it
// has earned by it.
func (b *book) pass(a *account, now time.Time, held int64) types.Amount {
	before := b.paid()
	if held == b.Terms.Size && b.Started.IsZero() {
		b.Started = now
	}
	kept := b.Terms.rent(min(a.Held, held), b.within(a.Since, now))
	kept = min(kept, b.Terms.Bids-b.paid())
	a.Kept += kept
	b.Kept += kept
	if held > a.Held {
		a.Grown = now
	}
	a.Held, a.Since, a.Audited = held, now, now
	a.Passed, a.Missed = a.Passed+1, 0

	due := max(b.Terms.share(b.Terms.deliveryPool(), held)-a.Delivered, 0)
	first := min(due, b.Terms.deliveryPool()-b.Delivered)
	rest := min(due-first, b.spare(now), b.Terms.Bids-b.paid()-first)
	b.Delivered += first
	b.Lapsed += rest
	a.Delivered += first + rest
	return b.paid() - before
}

// spare is the keeping money of the time gone by that nobody has earned or can
// still earn by passing the next audit.
func (b *book) spare(now time.Time) types.Amount {
	budget := b.Terms.keepPool().Part(millis(b.within(b.Started, now)), millis(b.Terms.Keep))
	for _, a := range b.Accounts {
		if a.Seated {
			budget -= b.Terms.rent(a.Held, b.within(a.Since, now))
		}
	}
	return max(budget-b.Kept-b.Lapsed, 0)
}

// miss books an audit without an answer: its interval is not paid.
func (b *book) miss(a *account, now time.Time) {
	a.Since = now
	a.Missed++
}

// seated counts the nodes that have a place.
func (b *book) seated() int {
	n := 0
	for _, a := range b.Accounts {
		if a.Seated {
			n++
		}
	}
	return n
}
