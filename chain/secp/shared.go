package secp

import "github.com/btcsuite/btcd/btcec/v2"

// chunk is how many points are worked on together: enough that their common
// inversions cost little, few enough that their tables (1 KiB each) stay in a
// processor's second cache.
const chunk = 256

// SharedX is x-only Diffie-Hellman: for each x coordinate the one of scalar
// times the point that has it. Either of the two points with this x will do,
// since theirs are negatives too. The scalar is a secret, big-endian, taken
// modulo the order; ok is false where x is on no point of the curve, and
// everywhere if the scalar is 0.
//
// The points come from strangers, and a stranger who can time this function
// must not learn the scalar from it. So the work is the same for every scalar:
// its digits are never 0, tables are read whole, and the field's operations
// have no branches. What depends on a value are the exceptions of adding
// points. They are met when a sum of upper digits happens to be that of the
// next one or its negative, which is a property of the scalar alone, as every
// point has the same prime order: a random scalar has it with 2^-120, and no
// choice of points brings it about. Go's compiler promises none of this, so
// the claim is one about the code, checked by reading it.
func SharedX(secret *[32]byte, points [][32]byte) (out [][32]byte, ok []bool) {
	out, ok = make([][32]byte, len(points)), make([]bool, len(points))
	var k btcec.ModNScalar
	k.SetBytes(secret)
	if k.IsZero() || len(points) == 0 {
		return out, ok
	}
	d, e := recode(&k)
	k.Zero()
	w := newWork(min(chunk, len(points)))
	for at := 0; at < len(points); at += chunk {
		end := min(at+chunk, len(points))
		w.run(&d, &e, points[at:end], out[at:end], ok[at:end])
	}
	clear(d[:])
	clear(e[:])
	return out, ok
}

// PublicX is the x coordinate of scalar times the generator: what others need
// for SharedX with its owner. It is false for a scalar of 0.
func PublicX(secret *[32]byte) (x [32]byte, ok bool) {
	out, good := SharedX(secret, [][32]byte{generator.x.bytes()})
	return out[0], good[0]
}

// tableSize is how many odd multiples of a point a digit may ask for.
const tableSize = 1 << (digitBits - 1)

// work is the memory for one chunk, used again for the next.
type work struct {
	tables   [][tableSize]affine // P, 3P, 5P … of each point
	twice    []affine
	sums     []jacobian
	inverses []fe
	scratch  []fe
	index    []int // of each point among the caller's
}

func newWork(n int) *work {
	return &work{
		tables: make([][tableSize]affine, n), twice: make([]affine, n), sums: make([]jacobian, n),
		inverses: make([]fe, n), scratch: make([]fe, n), index: make([]int, 0, n),
	}
}

// run does one chunk.
func (w *work) run(d, e *halfDigits, points, out [][32]byte, ok []bool) {
	w.index = w.index[:0]
	for i := range points {
		if w.tables[len(w.index)][0].lift(&points[i]) {
			w.index = append(w.index, i)
		}
	}
	n := len(w.index)
	w.multiples(n)
	for i := range n {
		w.sums[i] = times2(d, e, &w.tables[i])
		w.inverses[i].square(&w.sums[i].z)
	}
	invertAll(w.inverses[:n], w.scratch[:n])
	for i, at := range w.index {
		var x fe
		x.mul(&w.sums[i].x, &w.inverses[i])
		out[at], ok[at] = x.bytes(), true
	}
}

// multiples fills the tables of the first n points, whose first entries are
// set. Points are added in affine coordinates, all of one step with one
// inversion. No denominator is 0: the points' order is prime and large, so
// there is none of order 2, and odd multiples are neither 2P nor -2P.
func (w *work) multiples(n int) {
	inv := w.inverses[:n]
	for i := range inv {
		y := &w.tables[i][0].y
		inv[i].add(y, y)
	}
	invertAll(inv, w.scratch[:n])
	for i := range inv {
		p := &w.tables[i][0]
		var slope, t fe
		t.square(&p.x)
		slope.add(&t, &t)
		slope.add(&slope, &t)
		slope.mul(&slope, &inv[i])
		w.twice[i].chord(&slope, p, &p.x)
	}
	for j := 1; j < tableSize; j++ {
		for i := range inv {
			inv[i].sub(&w.twice[i].x, &w.tables[i][j-1].x)
		}
		invertAll(inv, w.scratch[:n])
		for i := range inv {
			p, q := &w.tables[i][j-1], &w.twice[i]
			var slope fe
			slope.sub(&q.y, &p.y)
			slope.mul(&slope, &inv[i])
			w.tables[i][j].chord(&slope, p, &q.x)
		}
	}
}

// chord sets r to the sum of p and a point at x, whose line has this slope.
func (r *affine) chord(slope *fe, p *affine, x *fe) {
	var t fe
	t.square(slope)
	t.sub(&t, &p.x)
	t.sub(&t, x)
	var y fe
	y.sub(&p.x, &t)
	y.mul(&y, slope)
	r.y.sub(&y, &p.y)
	r.x = t
}

// times2 is the factor with digits d and e (see recode) times the point of table.
func times2(d, e *halfDigits, table *[tableSize]affine) (sum jacobian) {
	for i := windows - 1; i >= 0; i-- {
		if i < windows-1 {
			for range digitBits {
				sum.double()
			}
		}
		var q affine
		q.pick(table, d[i])
		sum.addAffine(&q)
		q.pick(table, e[i])
		q.x.mul(&q.x, &beta)
		sum.addAffine(&q)
	}
	return sum
}

// pick sets q to 2*digit - 31 times the table's point. It reads all of the
// table. A digit with its top bit clear is negative: that of its complement,
// negated.
func (q *affine) pick(table *[tableSize]affine, digit byte) {
	minus := uint64(digit>>(digitBits-1)) - 1 // all ones if negative
	want := (uint64(digit) ^ minus) & (tableSize - 1)
	var x, y fe
	for i := range table {
		mask := -(((uint64(i) ^ want) - 1) >> 63) // all ones where equal
		p := &table[i]
		x[0] |= p.x[0] & mask
		x[1] |= p.x[1] & mask
		x[2] |= p.x[2] & mask
		x[3] |= p.x[3] & mask
		y[0] |= p.y[0] & mask
		y[1] |= p.y[1] & mask
		y[2] |= p.y[2] & mask
		y[3] |= p.y[3] & mask
	}
	var neg fe
	neg.neg(&y)
	for i := range y {
		y[i] ^= (y[i] ^ neg[i]) & minus
	}
	q.x, q.y = x, y
}
