// Package secp is arithmetic on secp256k1 for many points at once. Batch
// verifies many BIP 340 signatures of 32-byte messages together: it says only
// whether all of them are good, and who has to know which one is not verifies
// them one by one. SharedX is the Diffie-Hellman of one secret with many
// points. The package makes no signatures.
//
// Nothing here runs in constant time. What Batch reads is public; what SharedX
// takes is not, and its comment says how that is dealt with.
package secp

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/btcsuite/btcd/btcec/v2"
)

// Batch gathers signatures. The zero value is an empty batch, which is good.
type Batch struct {
	entries []entry
	keys    map[[32]byte]int // key to its index in lifted
	lifted  []affine
	bad     bool // a key or signature is malformed
}

// entry is one signature: s*G = R + e*P.
type entry struct {
	r    affine
	s, e btcec.ModNScalar
	key  int      // P, in Batch.lifted
	sum  [32]byte // of key, message and signature
}

// Len is how many signatures were added.
func (b *Batch) Len() int { return len(b.entries) }

// Add adds a signature. One that is malformed (BIP 340: key or R not on the
// curve, r >= p or s >= n) makes the batch bad; then the result is false.
func (b *Batch) Add(key, msg *[32]byte, sig *[64]byte) bool {
	var e entry
	rx, s := [32]byte(sig[:32]), [32]byte(sig[32:])
	index, known := b.lift(key)
	if !known || e.s.SetBytes(&s) != 0 || !e.r.lift(&rx) {
		b.bad = true
		return false
	}
	e.key = index
	c := tagged(&challengeTag, &rx, key, msg)
	e.e.SetBytes(&c)
	e.sum = tagged(&entryTag, key, msg, &rx, &s)
	b.entries = append(b.entries, e)
	return true
}

// lift gives the index of a key's point. Keys come again, as the inputs of a
// transaction are often one owner's, and then cost nothing more.
func (b *Batch) lift(key *[32]byte) (int, bool) {
	if i, ok := b.keys[*key]; ok {
		return i, true
	}
	var p affine
	if !p.lift(key) {
		return 0, false
	}
	if b.keys == nil {
		b.keys = make(map[[32]byte]int)
	}
	b.keys[*key] = len(b.lifted)
	b.lifted = append(b.lifted, p)
	return len(b.lifted) - 1, true
}

// Verify reports whether all signatures of the batch are good. It is BIP 340's
// batch verification: with factors a,
//
//	(sum of a*s)*G - sum of a*R - sum of (a*e)*P
//
// is infinity if every signature is good. If one is not, at most one value of
// its factor makes it so, whatever the others are.
//
// The factors are drawn from a hash of all keys, messages and signatures,
// never from a random source: the result must be the same on every node, every
// time. Who makes signatures learns the factors only when the whole batch is
// fixed, and changing anything in it draws all of them again, so one try at a
// bad batch succeeds with 1 in 2^128 — the effort that breaks a key as well.
// That is why 128 bits are enough, and why a factor of 0 needs no exception.
// The first factor is 1, as in the BIP: only the ratios matter.
func (b *Batch) Verify() bool {
	if b.bad {
		return false
	}
	if len(b.entries) == 0 {
		return true
	}
	seed := b.seed()
	long := len(b.lifted) + 1 // G and the keys, whose factors have 256 bits
	factors := make([]btcec.ModNScalar, long, long+len(b.entries))
	points := append(make([]affine, 0, cap(factors)), generator)
	points = append(points, b.lifted...)
	for i := range b.entries {
		e := &b.entries[i]
		a := factor(&seed, i)
		var t btcec.ModNScalar
		factors[0].Add(t.Mul2(&a, &e.s))
		factors[1+e.key].Add(t.Mul2(&a, &e.e))
		factors = append(factors, a)
		points = append(points, e.r)
	}
	factors[0].Negate()
	sum := multiexp(points, scalars(factors), long)
	return sum.infinite()
}

// seed is the hash of the whole batch. Entries have one length, so their
// hashes in a row stand for them.
func (b *Batch) seed() [32]byte {
	h := sha256.New()
	h.Write(seedTag[:])
	for i := range b.entries {
		h.Write(b.entries[i].sum[:])
	}
	return [32]byte(h.Sum(nil))
}

// factor is the i-th number drawn from seed, of 128 bits.
func factor(seed *[32]byte, i int) (a btcec.ModNScalar) {
	if i == 0 {
		a.SetInt(1)
		return a
	}
	var in [40]byte
	copy(in[:], seed[:])
	binary.BigEndian.PutUint64(in[32:], uint64(i))
	out := sha256.Sum256(in[:])
	a.SetByteSlice(out[:shortBits/8])
	return a
}

// scalars converts to the form that multiexp cuts into digits.
func scalars(in []btcec.ModNScalar) []scalar {
	out := make([]scalar, len(in))
	for i := range in {
		b := in[i].Bytes()
		for j := range out[i] {
			out[i][j] = binary.BigEndian.Uint64(b[24-8*j:])
		}
	}
	return out
}

// Tags of BIP 340's tagged hashes, as the block that goes before the content.
var (
	challengeTag = tag("BIP0340/challenge")
	entryTag     = tag("supercomputing/batch/signature")
	seedTag      = tag("supercomputing/batch")
)

func tag(name string) [64]byte {
	h := sha256.Sum256([]byte(name))
	return [64]byte(append(h[:], h[:]...))
}

// tagged hashes up to four values of 32 bytes under a tag.
func tagged(tag *[64]byte, parts ...*[32]byte) [32]byte {
	var buf [64 + 4*32]byte
	b := append(buf[:0], tag[:]...)
	for _, p := range parts {
		b = append(b, p[:]...)
	}
	return sha256.Sum256(b)
}
