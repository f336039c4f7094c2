package history

import (
	"slices"
	"testing"

	"supercomputing/chain/types"
)

// Both sides of a conversation put its messages in one order, also those that
// they wrote at the same time.
func TestBothSidesOrderAlike(t *testing.T) {
	a, b := types.Address{1}, types.Address{2}
	type written struct {
		by      types.Address
		lamport uint64
		time    int64
		id      byte
	}
	talk := []written{ // in the order that both shall see
		{b, 1, 5000, 9},
		{a, 1, 5001, 1},
		{a, 1, 5001, 2},
		{b, 1, 5001, 0},
		{a, 2, 4000, 7},
	}
	for _, self := range []types.Address{a, b} {
		peer := a
		if self == a {
			peer = b
		}
		var heads []*Head
		for _, w := range slices.Backward(talk) {
			h := &Head{Lamport: w.lamport, Time: w.time}
			h.Mine, h.Peer, h.ID[0] = w.by == self, peer, w.id
			heads = append(heads, h)
		}
		slices.SortFunc(heads, func(x, y *Head) int { return x.Compare(y, self) })
		for i, h := range heads {
			if h.ID[0] != talk[i].id || h.Time != talk[i].time {
				t.Errorf("for %x, place %d: message %d", self[:1], i, h.ID[0])
			}
		}
	}
}
