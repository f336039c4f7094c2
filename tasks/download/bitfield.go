package download

import "math/bits"

// Bitfield says which pieces are held, in BEP 3's order: the high bit of the
// first byte is piece 0. The spare bits at the end are zero.
type Bitfield []byte

// NewBitfield is empty, for n pieces.
func NewBitfield(n int) Bitfield { return make(Bitfield, (n+7)/8) }

// FullBitfield has all n pieces.
func FullBitfield(n int) Bitfield {
	b := NewBitfield(n)
	for i := range n {
		b.Set(i)
	}
	return b
}

// Has reports whether piece i is held.
func (b Bitfield) Has(i int) bool {
	return i >= 0 && i/8 < len(b) && b[i/8]&(0x80>>(i%8)) != 0
}

// Set marks piece i.
func (b Bitfield) Set(i int) { b[i/8] |= 0x80 >> (i % 8) }

// Clear unmarks piece i.
func (b Bitfield) Clear(i int) { b[i/8] &^= 0x80 >> (i % 8) }

// Count is the number of pieces held.
func (b Bitfield) Count() int {
	n := 0
	for _, v := range b {
		n += bits.OnesCount8(v)
	}
	return n
}

// Clone copies b.
func (b Bitfield) Clone() Bitfield { return append(Bitfield(nil), b...) }

// fits reports whether b is a bitfield of exactly n pieces.
func (b Bitfield) fits(n int) bool {
	if len(b) != (n+7)/8 {
		return false
	}
	return n%8 == 0 || b[len(b)-1]<<(n%8) == 0
}

// HeldBytes is the size of the pieces of l in b.
func (l *Layout) HeldBytes(b Bitfield) int64 {
	n := int64(b.Count()) * l.PieceLength
	if last := l.Pieces() - 1; b.Has(last) {
		n -= l.PieceLength - l.PieceSize(last)
	}
	return n
}
