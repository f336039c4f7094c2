package render

import (
	"testing"

	"supercomputing/chain/types"
)

// What is left goes first to those whom the chain would not record.
func TestShareLiftsToTheLeastScore(t *testing.T) {
	const m = types.MinScore
	for name, c := range map[string]struct {
		bids       types.Amount
		paid, want []types.Amount // by node; negative: caught
	}{
		"five nodes for the least bid": {10 * m, []types.Amount{3 * m, m / 2, m / 3, 2 * m, m}, []types.Amount{3*m + 3*m/4, m + m/10, m, 2*m + m/2, m + m/4}},
		"all have enough":              {12 * m, []types.Amount{2 * m, 4 * m}, []types.Amount{4 * m, 8 * m}},
		"too little work":              {4 * m, []types.Amount{3 * m, m / 5}, []types.Amount{3 * m, m / 5}},
		"too little is left":           {12 * m / 5, []types.Amount{m, m * 9 / 10, m / 3}, []types.Amount{m, m, m / 3}},
		"caught":                       {5 * m, []types.Amount{2 * m, -m / 2}, []types.Amount{4 * m, m / 2}},
		"nobody":                       {5 * m, nil, nil},
	} {
		s := &state{Nodes: make(map[nodeID]*account)}
		s.Terms.Bids = c.bids
		s.begin()
		for i, p := range c.paid {
			a := s.touchNode(nodeID{byte(i + 1)})
			if a.Paid = p; p < 0 {
				a.Paid, a.Caught = -p, "lied"
			}
			s.Paid += a.Paid
		}
		s.share()
		sum := types.Amount(0)
		for i, want := range c.want {
			a := s.Nodes[nodeID{byte(i + 1)}]
			sum += a.earned()
			if a.earned() < want {
				t.Errorf("%s: node %d has %v, at least %v is its", name, i, a.earned(), want)
			}
			if a.Caught != "" && a.Share != 0 {
				t.Errorf("%s: a caught node has a share", name)
			}
		}
		if sum > c.bids || sum != s.Paid || c.paid != nil && c.bids-sum > types.Amount(len(c.paid)) {
			t.Errorf("%s: %v of %v, booked %v", name, sum, c.bids, s.Paid)
		}
		before := s.Paid
		if s.share(); s.Paid != before {
			t.Errorf("%s: shared twice", name)
		}
	}
}
