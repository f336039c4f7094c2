package consensus

import (
	"errors"
	"fmt"

	"supercomputing/chain/types"
)

// maxEpochGap bounds how many epochs a block may skip, nearly 2,900 years at
// a day each: the seeds of skipped epochs are computed one after the other, so
// a header must not be able to ask for any number of them.
const maxEpochGap = 1 << 20

// ErrNeedList says that a header commits to a seat list that is not known: a
// *NeedListError tells which. The header is valid as far as it can be checked
// without the list.
var ErrNeedList = errors.New("seat list needed")

// NeedListError is ErrNeedList with the root of the list.
type NeedListError struct{ Root types.Hash }

// Error implements error.
func (e *NeedListError) Error() string { return fmt.Sprintf("%v: root %v", ErrNeedList, e.Root) }

// Unwrap lets errors.Is find ErrNeedList.
func (e *NeedListError) Unwrap() error { return ErrNeedList }

// HeaderState is what a follower knows after a header, and all it needs to
// check the next one: everything but the state's digest and the block's body.
// It is a value; the lists it points to never change.
type HeaderState struct {
	Hash   types.Hash
	Height uint32
	Slot   uint64
	Clock  Clock // of the epoch of Slot

	Seats     *SeatList // in force
	SeatsRoot types.Hash
	NextSeats *SeatList // drawn for the next epoch; nil in an epoch's first half
	NextRoot  types.Hash
}

// GenesisHeaderState is the state after the genesis header, with epoch 0's
// seats.
func GenesisHeaderState(p *Params, genesis *types.Header, seats *SeatList) HeaderState {
	return HeaderState{Hash: genesis.Hash(), Clock: genesisClock(p), Seats: seats, SeatsRoot: seats.Root(p.ID)}
}

// at gives hs as it stands before a block in slot: the epoch's transitions up
// to there have run, hash, height and slot are still the parent's. drawn tells
// that this block's transitions draw the next epoch's list, which only its
// header names.
func (hs HeaderState) at(p *Params, slot uint64) (out HeaderState, drawn bool, err error) {
	if slot <= hs.Slot {
		return hs, false, rule(ErrSlot, "slot %d after slot %d", slot, hs.Slot)
	}
	epoch, second := p.Epoch(hs.Slot), p.SecondHalf(hs.Slot)
	last := p.Epoch(slot)
	if last-epoch > maxEpochGap {
		return hs, false, rule(ErrSlot, "%d epochs skipped", last-epoch)
	}
	for epoch < last || !second && p.SecondHalf(slot) {
		if !second {
			hs.Clock.Middle(p)
			// A middle that no block of its own half can carry draws no list.
			drawn, second = epoch == last, true
			continue
		}
		hs.Clock.Roll()
		if hs.NextSeats != nil {
			hs.Seats, hs.SeatsRoot = hs.NextSeats, hs.NextRoot
			hs.NextSeats, hs.NextRoot = nil, types.Hash{}
		}
		epoch, second = epoch+1, false
	}
	return hs, drawn, nil
}

// Next checks header h as the child of hs and returns the state after it. It
// checks all that headers and seat lists can show: version, height, parent,
// slot, that the producer is seated, leads the slot and signed, and the seat
// list's root (PROTOCOL §3, §4). It knows no clock: that the slot has come is
// the caller's to check, before.
//
// lists returns the list with a root, nil when it is not known; it is asked
// once an epoch. When it is not known Next fails with ErrNeedList, after all
// other checks, so that only a seated producer can cause a request for a list.
func (hs HeaderState) Next(p *Params, h *types.Header, lists func(root types.Hash) *SeatList) (HeaderState, error) {
	switch {
	case h.Version != types.BlockVersion:
		return hs, rule(ErrVersion, "version %d", h.Version)
	case h.PrevHash != hs.Hash:
		return hs, rule(ErrPrevHash, "parent %v, tip %v", h.PrevHash, hs.Hash)
	case h.Height != hs.Height+1:
		return hs, rule(ErrHeight, "height %d after %d", h.Height, hs.Height)
	}
	st, drawn, err := hs.at(p, h.Slot)
	if err != nil {
		return hs, err
	}
	if want, fixed := st.wantRoot(drawn); fixed && h.ProducersRoot != want {
		return hs, rule(ErrProducersRoot, "%v, it is %v", h.ProducersRoot, want)
	}
	seat, ok := st.Seats.Find(h.Producer)
	if !ok {
		return hs, rule(ErrNotSeated, "producer %v in slot %d", h.Producer, h.Slot)
	}
	out, err := VRFVerify(seat.VRFKey, SlotAlpha(st.Clock.Seed, h.Slot), h.VRFProof)
	if err != nil {
		return hs, rule(ErrVRF, "slot %d", h.Slot)
	}
	if !Leads(p, seat.Count, out) {
		return hs, rule(ErrNotLeader, "%d seats, slot %d", seat.Count, h.Slot)
	}
	if !VerifySchnorr(h.Producer, h.SigHash(p.ID), h.Signature) {
		return hs, rule(ErrHeaderSig, "producer %v", h.Producer)
	}
	if drawn {
		if err := st.takeDrawn(h.ProducersRoot, lists); err != nil {
			return hs, err
		}
	}
	st.Hash, st.Height, st.Slot = h.Hash(), h.Height, h.Slot
	if !p.SecondHalf(h.Slot) {
		st.Clock.Record(p, out)
	}
	return st, nil
}

// wantRoot is the seat list root that a header must carry: in the first half
// of an epoch of the list in force, in the second of the next epoch's. It is
// not fixed for the block that draws that list.
func (hs *HeaderState) wantRoot(drawn bool) (root types.Hash, fixed bool) {
	switch {
	case drawn:
		return root, false
	case hs.NextSeats != nil:
		return hs.NextRoot, true
	}
	return hs.SeatsRoot, true
}

// takeDrawn sets the next epoch's list. Without any weight nothing is drawn,
// and the header repeats the root in force.
func (hs *HeaderState) takeDrawn(root types.Hash, lists func(types.Hash) *SeatList) error {
	if root == hs.SeatsRoot {
		hs.NextSeats, hs.NextRoot = hs.Seats, root
		return nil
	}
	if lists != nil {
		hs.NextSeats = lists(root)
	}
	if hs.NextSeats == nil {
		return &NeedListError{Root: root}
	}
	hs.NextRoot = root
	return nil
}

// Lottery gives what decides who leads a slot after hs: the seats in force and
// the seed of the slot's epoch.
func (hs HeaderState) Lottery(p *Params, slot uint64) (seats *SeatList, seed types.Hash, err error) {
	st, _, err := hs.at(p, slot)
	return st.Seats, st.Clock.Seed, err
}

// CheckLeader reports whether the producer addr leads slot after hs, and its
// proof. The answer is no when its VRF key is another than the drawn one.
func CheckLeader(p *Params, hs HeaderState, slot uint64, addr types.Address, key *VRFKey) (proof [80]byte, ok bool) {
	seats, seed, err := hs.Lottery(p, slot)
	if err != nil {
		return proof, false
	}
	seat, ok := seats.Find(addr)
	if !ok || seat.VRFKey != key.Public() {
		return proof, false
	}
	proof, out := key.Prove(SlotAlpha(seed, slot))
	return proof, Leads(p, seat.Count, out)
}

// TieHash decides between two tips of the same slot and height: the lower one
// wins, compared as bytes (PROTOCOL §4). Call it for checked headers only.
func TieHash(p *Params, h *types.Header) types.Hash {
	out, err := VRFProofOutput(h.VRFProof)
	if err != nil {
		panic("consensus: tie between headers that were not checked")
	}
	return p.ID.TaggedHash("tie", out[:])
}
