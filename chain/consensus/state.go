package consensus

import (
	"fmt"

	"supercomputing/chain/types"
)

// State is what a block adds to besides the rows: the O(1) summary of the
// chain after that block.
type State struct {
	Hash    types.Hash
	Height  uint32
	Slot    uint64
	Lattice LtHash // over all rows
}

// Digest is the state digest that the next header carries.
func (s *State) Digest() types.Hash { return s.Lattice.Digest() }

// Append appends the stored form of s.
func (s *State) Append(b []byte) []byte {
	b = types.AppendUint32(append(b, s.Hash[:]...), s.Height)
	return append(types.AppendUint64(b, s.Slot), s.Lattice[:]...)
}

// DecodeState reads what Append wrote.
func DecodeState(b []byte) (s State, err error) {
	r := types.NewReader(b)
	s.Hash, s.Height, s.Slot = r.Hash(), r.Uint32(), r.Uint64()
	r.Copy(s.Lattice[:])
	if err := r.Done(); err != nil {
		return s, fmt.Errorf("%w: state: %v", ErrCorrupt, err)
	}
	return s, nil
}

// Revert gives the state before the block that made u; parent is the header
// of that block's parent.
func (s State) Revert(u *Update, parent *types.Header) State {
	s.Lattice.Revert(u.Changes)
	s.Hash, s.Height, s.Slot = parent.Hash(), parent.Height, parent.Slot
	return s
}

// apply gives the state after a block.
func (s State) apply(u *Update, h *types.Header) State {
	s.Lattice.Update(u.Changes)
	s.Hash, s.Height, s.Slot = h.Hash(), h.Height, h.Slot
	return s
}
