package render

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
)

// The prices. With P the pixels of all frames and ρ the planned share of
// repeats, a tile of p pixels is worth
//
//	bids · p / (P · (1 + ρ))
//
// to the node that delivers it, and the same to one that repeats it, as long as
// enough is left to pay all that nobody has delivered yet. So primary work is
// always covered. When repeats, or tiles rendered again because a liar's were
// thrown away, have used up more than was planned, repeats become the
// requester's own work, and a tile's worth falls to its share of what is left.
// In the end what is left goes to the nodes in proportion to what they earned:
// no part of a bid comes back to the requester anyway. The chain records nothing
// below types.MinScore, so who would end a little below is given that first.
//
// Quotients are floored, so all amounts together never exceed the bids.
type terms struct {
	Bids    types.Amount
	Pixels  int64 // of all frames
	Repeats int64 // planned, in thousandths of the primary work
}

// worth is what rendering px pixels is worth.
func (t terms) worth(px int64) types.Amount {
	return t.Bids.Part(uint64(px)*1000, uint64(max(t.Pixels, 1))*uint64(1000+t.Repeats))
}

// primary is what a tile of px pixels gets when left of the bids is neither paid
// nor held, and waiting pixels, those of the tile included, are not delivered.
func (t terms) primary(px, waiting int64, left types.Amount) types.Amount {
	return min(t.worth(px), max(left, 0).Part(uint64(px), uint64(max(waiting, px, 1))))
}

// covers tells whether px pixels can be repeated for pay, when waiting pixels are
// not delivered and drawn pixels of repeats are promised already.
func (t terms) covers(px, waiting, drawn int64, left types.Amount) bool {
	return left-t.worth(waiting)-t.worth(drawn) >= t.worth(px)
}

// nodeID is a node's address, in hex as a key of JSON. The zero one stands for
// the requester itself.
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

// own reports whether it is the requester.
func (n nodeID) own() bool { return n == nodeID{} }

// account is what the requester knows of one node in one job.
type account struct {
	Build string  `json:"b,omitempty"` // of its engine, at its last hello
	Cores int     `json:"c,omitempty"`
	Trust float64 `json:"t,omitempty"` // that it brought along: its history

	Seq     int          `json:"q,omitempty"` // number of its last delivery
	Covered int          `json:"v,omitempty"` // deliveries up to this one are covered by passed checks
	Held    types.Amount `json:"h,omitempty"` // reserved for what is delivered and not paid
	Paid    types.Amount `json:"p,omitempty"`
	Repaid  types.Amount `json:"r,omitempty"` // of Paid, for repeats of others' tiles
	Share   types.Amount `json:"s,omitempty"` // of what was left in the end
	Repeats int          `json:"n,omitempty"` // of others' tiles that it delivered

	Passed  int       `json:"ok,omitempty"`  // checks
	Own     int       `json:"own,omitempty"` // of these, by the requester's own rendering
	Strikes int       `json:"x,omitempty"`
	Caught  string    `json:"caught,omitempty"` // why it is out for good, and loses its standing
	Barred  string    `json:"barred,omitempty"` // why it gets nothing more in this job
	Doubted bool      `json:"doubt,omitempty"`  // it is out for pictures not exactly right, and loses its trust
	Gone    bool      `json:"gone,omitempty"`   // it has lost its place
	Garbled int       `json:"bad,omitempty"`    // tiles in a row that it sent broken each time
	Failing int       `json:"fails,omitempty"`  // tiles in a row that it could not render
	Lapsed  int       `json:"late,omitempty"`   // leases in a row that it let run out
	Rests   time.Time `json:"rest,omitzero"`    // until when it is handed nothing for that
	Speed   float64   `json:"speed,omitempty"`  // pixels a second, by its own times

	waiting []*tile // with deliveries of it that are not paid
}

// earned is its whole score.
func (a *account) earned() types.Amount { return a.Paid + a.Share }

// out tells whether the node gets nothing more to do.
func (a *account) out() bool { return a.Caught != "" || a.Barred != "" }

// trust is what all its checks are worth.
func (a *account) trust() float64 { return a.Trust + float64(a.Passed) }

// measured takes in what a tile took.
func (a *account) measured(px int64, took time.Duration) {
	if took <= 0 {
		return
	}
	speed := float64(px) / took.Seconds()
	if a.Speed > 0 {
		speed = 0.7*a.Speed + 0.3*speed
	}
	a.Speed = speed
}

// left is the part of the bids that is neither paid nor held.
func (s *state) left() types.Amount { return s.Terms.Bids - s.Paid - s.Held }

// hold reserves what a delivery is worth.
func (s *state) hold(n nodeID, a types.Amount) types.Amount {
	a = max(min(a, s.left()), 0)
	s.touchNode(n).Held += a
	s.Held += a
	return a
}

// free gives up what was held for a delivery that is not paid.
func (s *state) free(n nodeID, c *claim) {
	if c.Paid || n.own() {
		return
	}
	s.touchNode(n).Held -= c.Pay
	s.Held -= c.Pay
	c.Pay = 0
}

// pay makes what is held for a delivery the node's.
func (s *state) pay(n nodeID, c *claim) {
	if c.Paid || n.own() {
		return
	}
	a := s.touchNode(n)
	a.Held -= c.Pay
	a.Paid += c.Pay
	if c.Repeat {
		a.Repaid += c.Pay
	}
	s.Held -= c.Pay
	s.Paid += c.Pay
	c.Paid = true
}

// leastLifted is the part of the least score of the chain that a node must have
// earned to be given the rest of it: more for less would make names of their own
// worth more than work.
const leastLifted = types.MinScore / 4

// share divides what is left among the nodes in proportion to what they have
// been paid, so that as many of them as can be are recorded. It is done once, when
// nothing is held any more.
func (s *state) share() {
	if s.Shared || s.Held != 0 || s.left() <= 0 {
		s.Shared = true
		return
	}
	s.lift()
	left, total := s.left(), types.Amount(0)
	for _, a := range s.Nodes {
		if a.Caught == "" {
			total += a.Paid
		}
	}
	for id, a := range s.Nodes {
		if a.Caught == "" && total > 0 && a.Paid > 0 {
			part := left.Part(uint64(a.Paid), uint64(total))
			s.touchNode(id).Share += part
			s.Paid += part
		}
	}
	s.Shared = true
}

// lift gives nodes that would not be recorded what they lack, those first that
// lack least.
func (s *state) lift() {
	var low []nodeID
	for id, a := range s.Nodes {
		if a.Caught == "" && a.Paid >= leastLifted && a.Paid < types.MinScore {
			low = append(low, id)
		}
	}
	slices.SortFunc(low, func(a, b nodeID) int {
		return cmp.Or(cmp.Compare(s.Nodes[b].Paid, s.Nodes[a].Paid), bytes.Compare(a[:], b[:]))
	})
	for _, id := range low {
		a := s.Nodes[id]
		lacks := types.MinScore - a.Paid
		if lacks > s.left() {
			return
		}
		s.touchNode(id).Share = lacks
		s.Paid += lacks
	}
}
