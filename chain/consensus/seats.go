package consensus

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"sort"

	"supercomputing/chain/types"
)

// Seat is what one producer holds of an epoch's SeatCount seats.
type Seat struct {
	Address types.Address
	VRFKey  [32]byte
	Count   uint16
}

// SeatList is an epoch's producers, strictly ascending by address; the counts
// add up to SeatCount. Whoever holds one must not change it.
type SeatList struct {
	Seats []Seat
}

// seatSize is a seat's encoded size: address, VRF key, count.
const seatSize = 32 + 32 + 2

// Errors of seat lists.
var (
	ErrSeatList = errors.New("malformed seat list")
	ErrNoWeight = errors.New("no weight to draw seats from")
)

// Find returns the seat of a, and whether it has one.
func (l *SeatList) Find(a types.Address) (Seat, bool) {
	i := sort.Search(len(l.Seats), func(i int) bool { return !l.Seats[i].Address.Less(a) })
	if i == len(l.Seats) || l.Seats[i].Address != a {
		return Seat{}, false
	}
	return l.Seats[i], true
}

func (s *Seat) append(b []byte) []byte {
	b = append(append(b, s.Address[:]...), s.VRFKey[:]...)
	return binary.BigEndian.AppendUint16(b, s.Count)
}

// Root is the Merkle root over the seats, one leaf each, that headers carry as
// ProducersRoot (PROTOCOL §3). It takes about a millisecond.
func (l *SeatList) Root(n types.NetworkID) types.Hash {
	leaves := make([][]byte, len(l.Seats))
	for i := range l.Seats {
		leaves[i] = l.Seats[i].append(nil)
	}
	return n.MerkleRoot(leaves)
}

// Append appends the list: a count and the seats.
func (l *SeatList) Append(b []byte) []byte {
	b = types.AppendVarInt(b, uint64(len(l.Seats)))
	for i := range l.Seats {
		b = l.Seats[i].append(b)
	}
	return b
}

// DecodeSeatList reads exactly one list. Errors wrap ErrSeatList. That the
// VRF keys are keys was checked when they were registered; a list is believed
// because of its root.
func DecodeSeatList(b []byte) (*SeatList, error) {
	r := types.NewReader(b)
	n := int(r.VarInt(SeatCount))
	if r.Err() == nil && r.Len() != n*seatSize {
		return nil, fmt.Errorf("%w: %d bytes for %d seats", ErrSeatList, r.Len(), n)
	}
	l := &SeatList{Seats: make([]Seat, n)}
	total := 0
	for i := range l.Seats {
		s := &l.Seats[i]
		s.Address = r.Address()
		r.Copy(s.VRFKey[:])
		s.Count = uint16(r.Byte())<<8 | uint16(r.Byte())
		if s.Count == 0 || i > 0 && !l.Seats[i-1].Address.Less(s.Address) {
			return nil, fmt.Errorf("%w: seat %d is empty or out of order", ErrSeatList, i)
		}
		total += int(s.Count)
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSeatList, err)
	}
	if total != SeatCount {
		return nil, fmt.Errorf("%w: %d seats", ErrSeatList, total)
	}
	return l, nil
}

// Weight is an address' weight in a draw, with the VRF key it draws for.
type Weight struct {
	Address types.Address
	VRFKey  [32]byte
	Weight  uint64
}

// DrawSeats draws SeatCount seats with replacement (PROTOCOL §4): seat j goes
// to the address that holds the point H("seat" ‖ seed ‖ j) mod total of the
// cumulative weights, H the tagged hash of the network read as a big-endian
// number and j a 32-bit integer. Weights must ascend strictly by address. It
// fails with ErrNoWeight when their sum is zero or does not fit 64 bits.
func DrawSeats(p *Params, weights []Weight, seed types.Hash) (*SeatList, error) {
	upto := make([]uint64, len(weights)) // sum of the weights up to and with i
	total := uint64(0)
	for i := range weights {
		if i > 0 && !weights[i-1].Address.Less(weights[i].Address) {
			panic("consensus: weights out of order")
		}
		sum, carry := bits.Add64(total, weights[i].Weight, 0)
		if carry != 0 {
			return nil, fmt.Errorf("%w: the sum does not fit 64 bits", ErrNoWeight)
		}
		total, upto[i] = sum, sum
	}
	if total == 0 {
		return nil, ErrNoWeight
	}
	counts := make(map[int]uint16)
	for j := uint32(0); j < SeatCount; j++ {
		point := modulo(p.ID.TaggedHash("seat", seed[:], types.AppendUint32(nil, j)), total)
		counts[sort.Search(len(upto), func(i int) bool { return point < upto[i] })]++
	}
	l := &SeatList{Seats: make([]Seat, 0, len(counts))}
	for i := range weights {
		if n := counts[i]; n > 0 {
			l.Seats = append(l.Seats, Seat{weights[i].Address, weights[i].VRFKey, n})
		}
	}
	return l, nil
}

// modulo is h mod m, h read as a big-endian number. With 2⁻¹⁹² the draw is as
// good as even.
func modulo(h types.Hash, m uint64) uint64 {
	rem := uint64(0)
	for i := 0; i < len(h); i += 8 {
		_, rem = bits.Div64(rem, binary.BigEndian.Uint64(h[i:]), m)
	}
	return rem
}
