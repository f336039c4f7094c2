package secp

import (
	"encoding/binary"
	"math/bits"
)

// fe is an element of secp256k1's field, the integers modulo
// p = 2^256 - fold, in four words, least significant first.
//
// Any value below 2^256 stands for its residue, so the at most fold values
// from p up have two forms; isZero, isOdd, equal and bytes know that. There is
// nothing else to keep track of: every operation takes any form and gives one,
// and arguments may be the receiver.
//
// Why not btcec.FieldVal: it is made for 32-bit machines and takes four
// times as long, and callers must count the magnitude of every value.
type fe [4]uint64

// fold is what 2^256 is modulo p.
const fold = 0x1000003d1

var (
	feOne   = fe{1}
	feSeven = fe{7}
)

// setBytes sets z to the big-endian b and reports whether b is below p.
func (z *fe) setBytes(b *[32]byte) bool {
	for i := range z {
		z[i] = binary.BigEndian.Uint64(b[24-8*i:])
	}
	return *z == z.canonical()
}

// bytes gives the residue, big-endian.
func (z *fe) bytes() (b [32]byte) {
	r := z.canonical()
	for i, w := range r {
		binary.BigEndian.PutUint64(b[24-8*i:], w)
	}
	return b
}

// canonical gives the form below p. Since 2p > 2^256, one subtraction of p does,
// and z-p is z+fold without the carry out.
func (z *fe) canonical() fe {
	var r fe
	var c uint64
	r[0], c = bits.Add64(z[0], fold, 0)
	r[1], c = bits.Add64(z[1], 0, c)
	r[2], c = bits.Add64(z[2], 0, c)
	r[3], c = bits.Add64(z[3], 0, c)
	if c == 0 {
		return *z
	}
	return r
}

func (z *fe) isZero() bool {
	return z[0]|z[1]|z[2]|z[3] == 0 || z[0] == 1<<64-fold && z[1]&z[2]&z[3] == 1<<64-1
}

func (z *fe) isOdd() bool {
	r := z.canonical()
	return r[0]&1 == 1
}

func (z *fe) equal(x *fe) bool {
	var d fe
	d.sub(z, x)
	return d.isZero()
}

// add sets z to x+y. A carry out is worth fold. Adding that can carry once
// more, but then leaves less than fold, so the second time it cannot.
func (z *fe) add(x, y *fe) {
	r0, c := bits.Add64(x[0], y[0], 0)
	r1, c := bits.Add64(x[1], y[1], c)
	r2, c := bits.Add64(x[2], y[2], c)
	r3, c := bits.Add64(x[3], y[3], c)
	r0, c = bits.Add64(r0, fold&-c, 0)
	r1, c = bits.Add64(r1, 0, c)
	r2, c = bits.Add64(r2, 0, c)
	r3, c = bits.Add64(r3, 0, c)
	z[0], z[1], z[2], z[3] = r0+fold&-c, r1, r2, r3
}

// sub sets z to x-y. A borrow took 2^256, fold too much; the second time, as
// in add, is the last.
func (z *fe) sub(x, y *fe) {
	r0, c := bits.Sub64(x[0], y[0], 0)
	r1, c := bits.Sub64(x[1], y[1], c)
	r2, c := bits.Sub64(x[2], y[2], c)
	r3, c := bits.Sub64(x[3], y[3], c)
	r0, c = bits.Sub64(r0, fold&-c, 0)
	r1, c = bits.Sub64(r1, 0, c)
	r2, c = bits.Sub64(r2, 0, c)
	r3, c = bits.Sub64(r3, 0, c)
	z[0], z[1], z[2], z[3] = r0-fold&-c, r1, r2, r3
}

func (z *fe) neg(x *fe) { z.sub(&fe{}, x) }

// mul sets z to x*y: the eight words of the product, row by row, then reduce.
func (z *fe) mul(x, y *fe) {
	x0, x1, x2, x3 := x[0], x[1], x[2], x[3]
	var c uint64

	h0, r0 := bits.Mul64(x0, y[0])
	h1, l1 := bits.Mul64(x1, y[0])
	h2, l2 := bits.Mul64(x2, y[0])
	h3, l3 := bits.Mul64(x3, y[0])
	r1, c := bits.Add64(h0, l1, 0)
	r2, c := bits.Add64(h1, l2, c)
	r3, c := bits.Add64(h2, l3, c)
	r4 := h3 + c

	var l0 uint64
	h0, l0 = bits.Mul64(x0, y[1])
	h1, l1 = bits.Mul64(x1, y[1])
	h2, l2 = bits.Mul64(x2, y[1])
	h3, l3 = bits.Mul64(x3, y[1])
	l1, c = bits.Add64(h0, l1, 0)
	l2, c = bits.Add64(h1, l2, c)
	l3, c = bits.Add64(h2, l3, c)
	h3 += c
	r1, c = bits.Add64(r1, l0, 0)
	r2, c = bits.Add64(r2, l1, c)
	r3, c = bits.Add64(r3, l2, c)
	r4, c = bits.Add64(r4, l3, c)
	r5 := h3 + c

	h0, l0 = bits.Mul64(x0, y[2])
	h1, l1 = bits.Mul64(x1, y[2])
	h2, l2 = bits.Mul64(x2, y[2])
	h3, l3 = bits.Mul64(x3, y[2])
	l1, c = bits.Add64(h0, l1, 0)
	l2, c = bits.Add64(h1, l2, c)
	l3, c = bits.Add64(h2, l3, c)
	h3 += c
	r2, c = bits.Add64(r2, l0, 0)
	r3, c = bits.Add64(r3, l1, c)
	r4, c = bits.Add64(r4, l2, c)
	r5, c = bits.Add64(r5, l3, c)
	r6 := h3 + c

	h0, l0 = bits.Mul64(x0, y[3])
	h1, l1 = bits.Mul64(x1, y[3])
	h2, l2 = bits.Mul64(x2, y[3])
	h3, l3 = bits.Mul64(x3, y[3])
	l1, c = bits.Add64(h0, l1, 0)
	l2, c = bits.Add64(h1, l2, c)
	l3, c = bits.Add64(h2, l3, c)
	h3 += c
	r3, c = bits.Add64(r3, l0, 0)
	r4, c = bits.Add64(r4, l1, c)
	r5, c = bits.Add64(r5, l2, c)
	r6, c = bits.Add64(r6, l3, c)
	r7 := h3 + c

	z.reduce(r0, r1, r2, r3, r4, r5, r6, r7)
}

// square sets z to x*x: products of different words count twice.
func (z *fe) square(x *fe) {
	x0, x1, x2, x3 := x[0], x[1], x[2], x[3]
	var c uint64

	// x0*(x1,x2,x3), x1*(x2,x3), x2*x3 at words 1 to 6.
	h01, r1 := bits.Mul64(x0, x1)
	h02, l02 := bits.Mul64(x0, x2)
	h03, l03 := bits.Mul64(x0, x3)
	h12, l12 := bits.Mul64(x1, x2)
	h13, l13 := bits.Mul64(x1, x3)
	h23, l23 := bits.Mul64(x2, x3)
	r2, c := bits.Add64(h01, l02, 0)
	r3, c := bits.Add64(h02, l03, c)
	r4, c := bits.Add64(h03, l13, c)
	r5, c := bits.Add64(h13, l23, c)
	r6 := h23 + c
	r3, c = bits.Add64(r3, l12, 0)
	r4, c = bits.Add64(r4, h12, c)
	r5, c = bits.Add64(r5, 0, c)
	r6 += c

	r7 := r6 >> 63
	r6 = r6<<1 | r5>>63
	r5 = r5<<1 | r4>>63
	r4 = r4<<1 | r3>>63
	r3 = r3<<1 | r2>>63
	r2 = r2<<1 | r1>>63
	r1 <<= 1

	h0, r0 := bits.Mul64(x0, x0)
	h1, l1 := bits.Mul64(x1, x1)
	h2, l2 := bits.Mul64(x2, x2)
	h3, l3 := bits.Mul64(x3, x3)
	r1, c = bits.Add64(r1, h0, 0)
	r2, c = bits.Add64(r2, l1, c)
	r3, c = bits.Add64(r3, h1, c)
	r4, c = bits.Add64(r4, l2, c)
	r5, c = bits.Add64(r5, h2, c)
	r6, c = bits.Add64(r6, l3, c)
	r7 += h3 + c

	z.reduce(r0, r1, r2, r3, r4, r5, r6, r7)
}

// reduce folds the upper four words of a product into the lower. They are
// worth fold each, which gives a fifth word below 2^34; that is folded as
// well, and so is the carry of it, which leaves less than 2^68.
func (z *fe) reduce(r0, r1, r2, r3, r4, r5, r6, r7 uint64) {
	h0, l0 := bits.Mul64(r4, fold)
	h1, l1 := bits.Mul64(r5, fold)
	h2, l2 := bits.Mul64(r6, fold)
	h3, l3 := bits.Mul64(r7, fold)
	l1, c := bits.Add64(h0, l1, 0)
	l2, c = bits.Add64(h1, l2, c)
	l3, c = bits.Add64(h2, l3, c)
	h3 += c
	r0, c = bits.Add64(r0, l0, 0)
	r1, c = bits.Add64(r1, l1, c)
	r2, c = bits.Add64(r2, l2, c)
	r3, c = bits.Add64(r3, l3, c)
	h3, l3 = bits.Mul64(h3+c, fold)
	r0, c = bits.Add64(r0, l3, 0)
	r1, c = bits.Add64(r1, h3, c)
	r2, c = bits.Add64(r2, 0, c)
	r3, c = bits.Add64(r3, 0, c)
	z[0], c = bits.Add64(r0, fold&-c, 0)
	z[1], c = bits.Add64(r1, 0, c)
	z[2], z[3] = r2+c, r3
}

func (z *fe) squareTimes(x *fe, n int) {
	*z = *x
	for range n {
		z.square(z)
	}
}

// half sets z to x/2: of x and x+p one is even, and p's low word is odd.
func (z *fe) half(x *fe) {
	odd := -(x[0] & 1)
	r0, c := bits.Add64(x[0], (1<<64-fold)&odd, 0)
	r1, c := bits.Add64(x[1], odd, c)
	r2, c := bits.Add64(x[2], odd, c)
	r3, c := bits.Add64(x[3], odd, c)
	z[0], z[1], z[2], z[3] = r0>>1|r1<<63, r1>>1|r2<<63, r2>>1|r3<<63, r3>>1|c<<63
}

// ones gives x to the powers whose exponents are 2, 22 and 223 ones in binary:
// p's upper bits are such runs (libsecp256k1's chain).
func (x *fe) ones() (x2, x22, x223 fe) {
	var x3, x6, x9, x11, x44, x88, x176, x220 fe
	run := func(out, in *fe, n int, by *fe) { // in shifted by n ones, by in the gap
		out.squareTimes(in, n)
		out.mul(out, by)
	}
	run(&x2, x, 1, x)
	run(&x3, &x2, 1, x)
	run(&x6, &x3, 3, &x3)
	run(&x9, &x6, 3, &x3)
	run(&x11, &x9, 2, &x2)
	run(&x22, &x11, 11, &x11)
	run(&x44, &x22, 22, &x22)
	run(&x88, &x44, 44, &x44)
	run(&x176, &x88, 88, &x88)
	run(&x220, &x176, 44, &x44)
	run(&x223, &x220, 3, &x3)
	return x2, x22, x223
}

// sqrt sets z to a square root of x and reports whether there is one. As p is
// 3 modulo 4 the candidate is x^((p+1)/4).
func (z *fe) sqrt(x *fe) bool {
	a := *x
	x2, x22, t := a.ones()
	t.squareTimes(&t, 23)
	t.mul(&t, &x22)
	t.squareTimes(&t, 6)
	t.mul(&t, &x2)
	z.squareTimes(&t, 2)
	t.square(z)
	return t.equal(&a)
}

// inverse sets z to 1/x, or 0 if x is 0: x^(p-2), by Fermat.
func (z *fe) inverse(x *fe) {
	a := *x
	x2, x22, t := a.ones()
	for _, step := range [...]struct {
		n  int
		by *fe
	}{{23, &x22}, {5, &a}, {3, &x2}, {2, &a}} {
		t.squareTimes(&t, step.n)
		t.mul(&t, step.by)
	}
	*z = t
}

// invertAll sets every element of z, none of which may be 0, to its inverse,
// with one inversion and three products each (Montgomery's trick). Scratch has
// the length of z.
func invertAll(z, scratch []fe) {
	if len(z) == 0 {
		return
	}
	run := feOne
	for i := range z {
		scratch[i] = run // product of all before i
		run.mul(&run, &z[i])
	}
	run.inverse(&run)
	for i := len(z) - 1; i >= 0; i-- {
		var t fe
		t.mul(&run, &scratch[i])
		run.mul(&run, &z[i])
		z[i] = t
	}
}
