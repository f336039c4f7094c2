package consensus

import (
	"encoding/binary"

	"lukechampine.com/blake3"
	"lukechampine.com/blake3/guts"

	"supercomputing/chain/types"
)

// LtHash is the homomorphic hash of a set of state rows (PROTOCOL §3, §10;
// Bellare and Micciancio's LtHash with 1,024 lanes of 16 bits): the lane-wise
// sum, modulo 2¹⁶, of the elements' BLAKE3 outputs of 2,048 bytes. Lanes are
// little-endian. Inserting or deleting a row costs one hash, whatever the size
// of the state, and the order of changes does not matter. The zero value is
// the hash of the empty state.
//
// It is a set hash only as long as no row is counted twice: 65,536 copies of
// one row add up to nothing, so who builds a state from a peer's rows must
// refuse repeated keys.
type LtHash [ltHashSize]byte

const ltHashSize = 2048

// Insert adds the row (key, value) of table t.
func (l *LtHash) Insert(t Table, key, value []byte) {
	var s lattice
	l.add(s.element(t, key, value))
}

// Delete takes away a row that was inserted before.
func (l *LtHash) Delete(t Table, key, value []byte) {
	var s lattice
	l.sub(s.element(t, key, value))
}

// Update applies changes of rows: old values go, new values come.
func (l *LtHash) Update(changes []Change) {
	var s lattice
	for i := range changes {
		c := &changes[i]
		if c.Old != nil {
			l.sub(s.element(c.Table, c.Key, c.Old))
		}
		if c.New != nil {
			l.add(s.element(c.Table, c.Key, c.New))
		}
	}
}

// Revert undoes Update.
func (l *LtHash) Revert(changes []Change) {
	var s lattice
	for i := range changes {
		c := &changes[i]
		if c.New != nil {
			l.sub(s.element(c.Table, c.Key, c.New))
		}
		if c.Old != nil {
			l.add(s.element(c.Table, c.Key, c.Old))
		}
	}
}

// Merge adds all rows of another set. Parts of a state can so be hashed apart.
func (l *LtHash) Merge(other *LtHash) { l.add(other) }

// Digest is the 32-byte form that headers carry.
func (l *LtHash) Digest() types.Hash { return blake3.Sum256(l[:]) }

// high marks the top bit of each of four lanes in a word.
const high = 0x8000_8000_8000_8000

// add adds lane by lane, four lanes to a word: without their top bits lanes
// cannot carry into each other, and a top bit is the sum of both and the carry.
func (l *LtHash) add(o *LtHash) {
	for i := 0; i < ltHashSize; i += 8 {
		a, b := binary.LittleEndian.Uint64(l[i:]), binary.LittleEndian.Uint64(o[i:])
		binary.LittleEndian.PutUint64(l[i:], ((a&^high)+(b&^high))^((a^b)&high))
	}
}

// sub subtracts lane by lane; set top bits keep the borrows within lanes.
func (l *LtHash) sub(o *LtHash) {
	for i := 0; i < ltHashSize; i += 8 {
		a, b := binary.LittleEndian.Uint64(l[i:]), binary.LittleEndian.Uint64(o[i:])
		binary.LittleEndian.PutUint64(l[i:], ((a|high)-(b&^high))^((a^^b)&high))
	}
}

// lattice is the working space for one row at a time: an assembly routine
// takes it, so it lives on the heap, once for all rows of an update.
type lattice struct {
	in  [guts.ChunkSize]byte
	out LtHash
}

// element gives the 2,048-byte BLAKE3 output of a row: table tag, varint key
// length, key, value. Rows of up to one BLAKE3 chunk, nearly all, take a
// shorter way to the same bytes, in two thirds of the time of a Hasher.
func (s *lattice) element(t Table, key, value []byte) *LtHash {
	b := append(s.in[:0], byte(t))
	b = types.AppendBytes(b, key)
	b = append(b, value...)
	if len(b) > guts.ChunkSize {
		h := blake3.New(ltHashSize, nil)
		h.Write(b)
		h.Sum(s.out[:0])
		return &s.out
	}
	node := guts.CompressChunk(b, &guts.IV, 0, 0)
	node.Flags |= guts.FlagRoot
	const step = guts.MaxSIMD * guts.BlockSize
	for i := 0; i < ltHashSize; i += step {
		guts.CompressBlocks((*[step]byte)(s.out[i:]), node)
		node.Counter += guts.MaxSIMD
	}
	return &s.out
}
