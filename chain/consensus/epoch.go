package consensus

import (
	"encoding/binary"
	"fmt"

	"supercomputing/chain/types"
)

// transitions runs what lies between the parent's slot and this block's: for
// each half of an epoch that is over, in order, its middle or its end
// (PROTOCOL §10). It runs before the block's transactions.
func (b *Builder) transitions() error {
	c, err := readClock(b.view)
	if err != nil {
		return err
	}
	epoch, second := b.p.Epoch(b.parent.Slot), b.p.SecondHalf(b.parent.Slot)
	for epoch < b.epoch || !second && b.p.SecondHalf(b.slot) {
		if !second {
			c.Middle(b.p)
			// A middle that no block of its own half can carry draws no list.
			if epoch == b.epoch {
				if err := b.draw(epoch, c.NextSeed); err != nil {
					return err
				}
			}
			second = true
			continue
		}
		if err := b.endEpoch(epoch); err != nil {
			return err
		}
		if err := b.rollSeats(); err != nil {
			return err
		}
		c.Roll()
		epoch, second = epoch+1, false
	}
	if err := b.forget(); err != nil {
		return err
	}
	return c.put(b.view)
}

// draw draws the seats of epoch+1. Without any weight the list in force stays.
func (b *Builder) draw(epoch uint64, seed types.Hash) error {
	weights, shares, err := b.drawWeights(epoch)
	if err != nil {
		return err
	}
	if err := b.markActive(epoch, weights); err != nil {
		return err
	}
	if _, ok := totalWeight(weights); !ok {
		return nil
	}
	list, err := DrawSeats(b.p, weights, seed)
	if err != nil {
		return err
	}
	if err := shares.put(b.view, seatsNext); err != nil {
		return err
	}
	return b.view.Put(TableSeats, []byte{seatsNext}, list.Append(nil))
}

// Keys of TableSeats and of the shares that belong to a list.
const (
	seatsInForce byte = 0
	seatsNext    byte = 1
)

// rollSeats puts the next epoch's list in force, if one was drawn.
func (b *Builder) rollSeats() error {
	list, err := b.view.Get(TableSeats, []byte{seatsNext})
	if err != nil || list == nil {
		return err
	}
	if err := b.view.Put(TableSeats, []byte{seatsInForce}, list); err != nil {
		return err
	}
	if err := b.view.Delete(TableSeats, []byte{seatsNext}); err != nil {
		return err
	}
	shares, err := readShares(b.view, seatsNext)
	if err != nil {
		return err
	}
	if err := shares.put(b.view, seatsInForce); err != nil {
		return err
	}
	return b.view.Delete(TableScalar, sharesKey(seatsNext))
}

// readClock reads the clock of the state's epoch.
func readClock(rows Rows) (Clock, error) {
	v, err := rows.Get(TableScalar, rowSchedule)
	if err != nil {
		return Clock{}, err
	}
	c, err := DecodeClock(v)
	if err != nil {
		return Clock{}, fmt.Errorf("%w: clock: %v", ErrCorrupt, err)
	}
	return c, nil
}

func (c *Clock) put(o *Overlay) error { return o.Put(TableScalar, rowSchedule, c.Append(nil)) }

// recordOutput takes the block's VRF output into the next epoch's seed.
func (b *Builder) recordOutput(proof [80]byte) error {
	if b.p.SecondHalf(b.slot) {
		return nil
	}
	out, err := VRFProofOutput(proof)
	if err != nil {
		return rule(ErrVRF, "slot %d: %v", b.slot, err)
	}
	c, err := readClock(b.view)
	if err != nil {
		return err
	}
	c.Record(b.p, out)
	return c.put(b.view)
}

// HeaderStateFromRows gives the header state that goes with a full state.
func HeaderStateFromRows(p *Params, st State, rows Rows) (HeaderState, error) {
	hs := HeaderState{Hash: st.Hash, Height: st.Height, Slot: st.Slot}
	var err error
	if hs.Clock, err = readClock(rows); err != nil {
		return hs, err
	}
	if hs.Seats, err = readSeats(rows, seatsInForce); err != nil {
		return hs, err
	}
	if hs.Seats == nil {
		return hs, fmt.Errorf("%w: no seat list in force", ErrCorrupt)
	}
	hs.SeatsRoot = hs.Seats.Root(p.ID)
	if hs.NextSeats, err = readSeats(rows, seatsNext); err != nil || hs.NextSeats == nil {
		return hs, err
	}
	hs.NextRoot = hs.NextSeats.Root(p.ID)
	return hs, nil
}

func readSeats(rows Rows, which byte) (*SeatList, error) {
	v, err := rows.Get(TableSeats, []byte{which})
	if v == nil || err != nil {
		return nil, err
	}
	l, err := DecodeSeatList(v)
	if err != nil {
		return nil, fmt.Errorf("%w: seat list: %v", ErrCorrupt, err)
	}
	return l, nil
}

// committedList is the list whose root the header carries: in the first half
// of an epoch that epoch's, in the second half the next one's if it was drawn.
func (b *Builder) committedList() (*SeatList, error) {
	if b.p.SecondHalf(b.slot) {
		if l, err := readSeats(b.view, seatsNext); l != nil || err != nil {
			return l, err
		}
	}
	l, err := readSeats(b.view, seatsInForce)
	if err == nil && l == nil {
		err = fmt.Errorf("%w: no seat list in force", ErrCorrupt)
	}
	return l, err
}

// forget removes scores, totals and evidence that no rule will read again, a
// bounded number of rows a block.
func (b *Builder) forget() error {
	if b.epoch <= workEpochs {
		return nil
	}
	old := b.epoch - workEpochs
	for _, t := range []Table{TableWork, TableTotal, TableEvidence} {
		limit := old
		if t == TableEvidence {
			limit = old * b.p.EpochSlots
		}
		var keys [][]byte
		err := b.view.Scan(t, nil, func(key, _ []byte) (bool, error) {
			if binary.BigEndian.Uint64(key) >= limit || len(keys) == cleanRows {
				return false, nil
			}
			keys = append(keys, append([]byte(nil), key...))
			return true, nil
		})
		if err != nil {
			return err
		}
		for _, key := range keys {
			if err := b.view.Delete(t, key); err != nil {
				return err
			}
		}
	}
	return nil
}
