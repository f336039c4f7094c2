package secp

import (
	"encoding/binary"
	"math/bits"

	"github.com/btcsuite/btcd/btcec/v2"
)

// The curve has an endomorphism that costs one product: (beta*x, y) is lambda
// times (x, y), both being cube roots of 1. A factor k splits into halves with
// k = k1 + k2*lambda of 128 bits each (Gallant, Lambert and Vanstone, 2001), and
// both halves share their doublings.
var (
	beta   = fe{0xc1396c28719501ee, 0x9cf0497512f58995, 0x6e64479eac3434e9, 0x7ae96a2b657c0710}
	lambda = scalar{0xdf02967c1b23bd72, 0x122e22ea20816678, 0xa5261c028812645a, 0x5363ad4cc05c30e0}

	// (a1, b1) and (a2, b2) with a + b*lambda = 0 are short; split1 and split2
	// are b2 and -b1 over the order, times 2^384 (libsecp256k1's numbers).
	minusB1 = scalar{0x6f547fa90abfe4c3, 0xe4437ed6010e8828}
	minusB2 = scalar{0xd765cda83db1562c, 0x8a280ac50774346d, 0xfffffffffffffffe, 0xffffffffffffffff}
	split1  = scalar{0xe893209a45dbb031, 0x3daa8a1471e8ca7f, 0xe86c90e49284eb15, 0x3086d221a7d46bcd}
	split2  = scalar{0x1571b4ae8ac47f71, 0x221208ac9df506c6, 0x6f547fa90abfe4c4, 0xe4437ed6010e8828}

	oneHalf  = scalar{0xdfe92f46681b20a1, 0x5d576e7357a4501d, 0xffffffffffffffff, 0x7fffffffffffffff}
	halfBias = scalar{0x3aca9034d766ed0d, 0x09a4e2976b016510, 0x615eeb5fbe08c6b5, 0xd274453ee58981a7} // (1+lambda)*(2^129-1)/2
)

// modN gives k, which is below 2^256, modulo the order.
func (k *scalar) modN() (s btcec.ModNScalar) {
	var b [32]byte
	for i, w := range k {
		binary.BigEndian.PutUint64(b[24-8*i:], w)
	}
	s.SetBytes(&b)
	clear(b[:])
	return s
}

// split gives k1 and k2, modulo the order. As integers of either sign they are
// below 2^128 in size.
func split(k *btcec.ModNScalar) (k1, k2 btcec.ModNScalar) {
	w := scalars([]btcec.ModNScalar{*k})[0]
	c1, c2 := w.mulShift(&split1), w.mulShift(&split2)
	m1, m2, l := minusB1.modN(), minusB2.modN(), lambda.modN()
	s1, s2 := c1.modN(), c2.modN()
	k2.Mul2(&s1, &m1).Add(s2.Mul(&m2))
	k1.Mul2(&k2, &l).Negate().Add(k)
	return k1, k2
}

// mulShift is k*m / 2^384, to the nearest.
func (k *scalar) mulShift(m *scalar) scalar {
	var p [8]uint64
	for i := range k {
		var carry uint64
		for j := range m {
			hi, lo := bits.Mul64(k[i], m[j])
			var c uint64
			lo, c = bits.Add64(lo, carry, 0)
			hi += c
			p[i+j], c = bits.Add64(p[i+j], lo, 0)
			carry = hi + c
		}
		p[i+4] = carry
	}
	lo, c := bits.Add64(p[6], p[5]>>63, 0)
	return scalar{lo, p[7] + c}
}

// A factor of many points is cut into windows digits for each of its halves.
// All digits are odd, between -(2^digitBits-1) and 2^digitBits-1, so none is
// skipped: the operations are the same whatever the factor is.
const (
	digitBits = 5
	windows   = 26 // 130 bits
)

// digits of a half, lowest first. A digit is kept as its five bits: read as
// +1 and -1 for one and zero they make the odd number 2*digit - 31.
type halfDigits [windows]byte

// recode gives digits d and e with
//
//	k = sum of (2*d[i]-31)*32^i + lambda * sum of (2*e[i]-31)*32^i.
//
// For an integer v of 130 bits the digits that are its bits make 2v - (2^130-1).
// With s = (k + (1+lambda)*(2^129-1))/2 split into s1 and s2, the numbers
// v = s1 + 2^128 and w = s2 + 2^128 are what is wanted: 2v - (2^130-1) is
// 2*s1 - (2^129-1), and the same with lambda (libsecp256k1's ecmult_const).
func recode(k *btcec.ModNScalar) (d, e halfDigits) {
	half, bias := oneHalf.modN(), halfBias.modN()
	var s btcec.ModNScalar
	s.Mul2(k, &half).Add(&bias)
	s1, s2 := split(&s)
	top := (&scalar{0, 0, 1}).modN()
	for i, v := range scalars([]btcec.ModNScalar{*s1.Add(&top), *s2.Add(&top)}) {
		out := &d
		if i == 1 {
			out = &e
		}
		for j := range out {
			out[j] = byte(v.bits(j*digitBits, digitBits))
		}
	}
	s.Zero()
	s1.Zero()
	s2.Zero()
	return d, e
}
