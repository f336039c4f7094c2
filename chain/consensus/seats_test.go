package consensus

import (
	"encoding/binary"
	"errors"
	"math"
	"math/big"
	"slices"
	"testing"

	"supercomputing/chain/types"
)

func testWeights(n int, weight func(i int) uint64) []Weight {
	out := make([]Weight, n)
	for i := range out {
		binary.BigEndian.PutUint32(out[i].Address[:], uint32(i))
		out[i].VRFKey[0] = byte(i)
		out[i].Weight = weight(i)
	}
	return out
}

// The definition of PROTOCOL §4, in big integers and with a linear search.
func slowDraw(p *Params, weights []Weight, seed types.Hash) map[types.Address]uint16 {
	total := new(big.Int)
	for _, w := range weights {
		total.Add(total, new(big.Int).SetUint64(w.Weight))
	}
	counts := make(map[types.Address]uint16)
	for j := range uint32(1001) {
		h := p.ID.TaggedHash("seat", seed[:], binary.BigEndian.AppendUint32(nil, j))
		point := new(big.Int).SetBytes(h[:])
		point.Mod(point, total)
		for _, w := range weights {
			if point.Sub(point, new(big.Int).SetUint64(w.Weight)).Sign() < 0 {
				counts[w.Address]++
				break
			}
		}
	}
	return counts
}

func TestDrawSeats(t *testing.T) {
	p := testParams()
	for name, weights := range map[string][]Weight{
		"one":     testWeights(1, func(int) uint64 { return 7 }),
		"even":    testWeights(10, func(int) uint64 { return 1 }),
		"zeros":   testWeights(9, func(i int) uint64 { return uint64(i % 3) }),
		"many":    testWeights(5000, func(i int) uint64 { return uint64(i) }),
		"largest": testWeights(3, func(i int) uint64 { return math.MaxUint64 / 3 }),
	} {
		seed := types.Hash{byte(len(name))}
		l, err := DrawSeats(p, weights, seed)
		if err != nil {
			t.Fatal(err)
		}
		want, total := slowDraw(p, weights, seed), 0
		for i, s := range l.Seats {
			total += int(s.Count)
			if want[s.Address] != s.Count || s.Count == 0 {
				t.Errorf("%s: %v has %d seats, want %d", name, s.Address, s.Count, want[s.Address])
			}
			if i > 0 && !l.Seats[i-1].Address.Less(s.Address) {
				t.Errorf("%s: seats are not ascending", name)
			}
			at := slices.IndexFunc(weights, func(w Weight) bool { return w.Address == s.Address })
			if s.VRFKey != weights[at].VRFKey {
				t.Errorf("%s: %v has another's VRF key", name, s.Address)
			}
		}
		if total != SeatCount || len(want) != len(l.Seats) {
			t.Errorf("%s: %d seats of %d holders, want %d holders", name, total, len(l.Seats), len(want))
		}
	}
}

func TestDrawSeatsFollowsWeight(t *testing.T) {
	p := testParams()
	weights := testWeights(4, func(i int) uint64 { return []uint64{1, 10, 100, 889}[i] })
	var sums [4]int
	for e := range 50 {
		l, err := DrawSeats(p, weights, types.Hash{byte(e)})
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range weights {
			s, _ := l.Find(w.Address)
			sums[i] += int(s.Count)
		}
	}
	for i, w := range weights {
		want := 50 * SeatCount * float64(w.Weight) / 1000
		if sigma := math.Sqrt(want); math.Abs(float64(sums[i])-want) > 5*sigma {
			t.Errorf("weight %d got %d seats in 50 draws, expected about %.0f", w.Weight, sums[i], want)
		}
	}
}

func TestDrawSeatsFails(t *testing.T) {
	p := testParams()
	for name, weights := range map[string][]Weight{
		"nobody":   nil,
		"nothing":  testWeights(3, func(int) uint64 { return 0 }),
		"overflow": testWeights(2, func(int) uint64 { return 1 << 63 }),
	} {
		if _, err := DrawSeats(p, weights, types.Hash{}); !errors.Is(err, ErrNoWeight) {
			t.Errorf("%s: %v", name, err)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("weights out of order were drawn from")
		}
	}()
	w := testWeights(2, func(int) uint64 { return 1 })
	DrawSeats(p, []Weight{w[1], w[0]}, types.Hash{})
}

// The draw is pinned: another implementation must find the same seats.
func TestDrawSeatsPinned(t *testing.T) {
	l, err := DrawSeats(testParams(), testWeights(3, func(i int) uint64 { return uint64(i + 1) }), types.Hash{42})
	if err != nil {
		t.Fatal(err)
	}
	var got []uint16
	for _, s := range l.Seats {
		got = append(got, s.Count)
	}
	if want := []uint16{169, 328, 504}; !slices.Equal(got, want) {
		t.Errorf("seats %v, want %v", got, want)
	}
}

func testSeatList(counts ...uint16) *SeatList {
	l := new(SeatList)
	for i, n := range counts {
		l.Seats = append(l.Seats, Seat{types.Address{byte(i + 1)}, [32]byte{byte(i)}, n})
	}
	return l
}

func TestSeatListRoundTrip(t *testing.T) {
	n := testParams().ID
	lists := []*SeatList{testSeatList(1001), testSeatList(1, 1000), testSeatList(500, 1, 500)}
	roots := make(map[types.Hash]bool)
	for _, l := range lists {
		got, err := DecodeSeatList(l.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Seats, l.Seats) {
			t.Errorf("got %v, want %v", got, l)
		}
		roots[l.Root(n)] = true
	}
	if len(roots) != len(lists) {
		t.Error("different lists have one root")
	}
	// A light client proves one seat with a short path.
	l := lists[2]
	leaves := [][]byte{l.Seats[0].append(nil), l.Seats[1].append(nil), l.Seats[2].append(nil)}
	if len(leaves[0]) != seatSize || !n.VerifyMerkle(l.Root(n), leaves[1], n.MerkleProof(leaves, 1)) {
		t.Error("a seat's Merkle proof does not verify")
	}
}

func TestSeatListRefuses(t *testing.T) {
	good := testSeatList(400, 600, 1).Append(nil)
	edit := func(f func(l *SeatList)) []byte {
		l := testSeatList(400, 600, 1)
		f(l)
		return l.Append(nil)
	}
	many := new(SeatList)
	for i := range 1002 {
		many.Seats = append(many.Seats, Seat{Address: types.Address{byte(i >> 8), byte(i)}, Count: 1})
	}
	for name, b := range map[string][]byte{
		"nothing":       nil,
		"no seats":      {0},
		"cut":           good[:len(good)-1],
		"trailing":      append(slices.Clone(good), 0),
		"long varint":   append([]byte{0xfd, 3, 0}, good[1:]...),
		"order":         edit(func(l *SeatList) { l.Seats[0], l.Seats[1] = l.Seats[1], l.Seats[0] }),
		"twice":         edit(func(l *SeatList) { l.Seats[1].Address = l.Seats[0].Address }),
		"empty seat":    edit(func(l *SeatList) { l.Seats[2].Count, l.Seats[1].Count = 0, 601 }),
		"too few":       edit(func(l *SeatList) { l.Seats[0].Count-- }),
		"too many":      edit(func(l *SeatList) { l.Seats[0].Count++ }),
		"sum wraps":     edit(func(l *SeatList) { l.Seats[0].Count, l.Seats[1].Count, l.Seats[2].Count = 65535, 1001, 1 }),
		"too long":      many.Append(nil),
		"huge count":    {0xfe, 0xff, 0xff, 0xff, 0xff},
		"count 65 seat": {65},
	} {
		if _, err := DecodeSeatList(b); !errors.Is(err, ErrSeatList) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSeatListFind(t *testing.T) {
	l := testSeatList(400, 600, 1)
	for i := range 5 {
		s, ok := l.Find(types.Address{byte(i)})
		if want := i >= 1 && i <= 3; ok != want || ok && s != l.Seats[i-1] {
			t.Errorf("address %d: %v, %v", i, s, ok)
		}
	}
}

func FuzzDecodeSeatList(f *testing.F) {
	f.Add(testSeatList(1001).Append(nil))
	f.Add(testSeatList(1, 1000).Append(nil))
	f.Add([]byte{0xfd, 0xe9, 0x03})
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := DecodeSeatList(b)
		if err != nil {
			return
		}
		if !slices.Equal(l.Append(nil), b) {
			t.Fatal("a list has two encodings")
		}
	})
}

func BenchmarkDrawSeats(b *testing.B) {
	p, weights := testParams(), testWeights(100_000, func(i int) uint64 { return uint64(i) })
	for b.Loop() {
		if _, err := DrawSeats(p, weights, types.Hash{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSeatListRoot(b *testing.B) {
	p, weights := testParams(), testWeights(100_000, func(i int) uint64 { return 1 })
	l, err := DrawSeats(p, weights, types.Hash{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		l.Root(p.ID)
	}
}
