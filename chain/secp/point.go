package secp

// affine is a point of the curve y^2 = x^3 + 7 other than infinity.
type affine struct{ x, y fe }

// generator is the curve's base point.
var generator = affine{
	fe{0x59f2815b16f81798, 0x029bfcdb2dce28d9, 0x55a06295ce870b07, 0x79be667ef9dcbbac},
	fe{0x9c47d08ffb10d4b8, 0xfd17b448a6855419, 0x5da4fbfc0e1108a8, 0x483ada7726a3c465},
}

// lift sets p to the point with coordinate x and even y (BIP 340's lift_x) and
// reports whether there is one.
func (p *affine) lift(x *[32]byte) bool {
	if !p.x.setBytes(x) {
		return false
	}
	var t fe
	t.square(&p.x)
	t.mul(&t, &p.x)
	t.add(&t, &feSeven)
	if !p.y.sqrt(&t) {
		return false
	}
	if p.y.isOdd() {
		p.y.neg(&p.y)
	}
	return true
}

// jacobian is the point (x/z^2, y/z^3), or infinity if z is 0. The zero value
// is infinity.
type jacobian struct{ x, y, z fe }

func (p *jacobian) infinite() bool { return p.z.isZero() }

// double sets p to 2p: with L = 3/2*x^2, S = y^2 and T = x*S it is
// (L^2-2T, L*(T-x')-S^2, y*z), which is what libsecp256k1 computes. Infinity
// stays what it is; no point has order 2, as the group's order is odd.
func (p *jacobian) double() {
	var l, s, t, u fe
	l.square(&p.x)
	u.add(&l, &l)
	l.add(&l, &u)
	l.half(&l)
	s.square(&p.y)
	t.mul(&p.x, &s)
	p.z.mul(&p.y, &p.z)
	p.x.square(&l)
	p.x.sub(&p.x, &t)
	p.x.sub(&p.x, &t)
	t.sub(&t, &p.x)
	p.y.mul(&l, &t)
	s.square(&s)
	p.y.sub(&p.y, &s)
}

// addAffine sets p to p+q.
func (p *jacobian) addAffine(q *affine) {
	if p.infinite() {
		p.x, p.y, p.z = q.x, q.y, feOne
		return
	}
	var zz, u, s fe
	zz.square(&p.z)
	u.mul(&q.x, &zz)
	zz.mul(&zz, &p.z)
	s.mul(&q.y, &zz)
	p.finish(&u, &s)
}

// add sets p to p+q: both are brought to the common denominator, then as with
// an affine point.
func (p *jacobian) add(q *jacobian) {
	if q.infinite() {
		return
	}
	if p.infinite() {
		*p = *q
		return
	}
	var pz, qz, u, s fe
	pz.square(&p.z)
	u.mul(&q.x, &pz)
	pz.mul(&pz, &p.z)
	s.mul(&q.y, &pz)
	qz.square(&q.z)
	p.x.mul(&p.x, &qz)
	qz.mul(&qz, &q.z)
	p.y.mul(&p.y, &qz)
	p.z.mul(&p.z, &q.z)
	p.finish(&u, &s)
}

// finish adds to p, not infinite, the point that is (u, s) over p's own z. If
// it is p, the chord is the tangent; if it is -p, the sum is infinity.
func (p *jacobian) finish(u, s *fe) {
	var h, r, hh, hhh, v, t fe
	h.sub(u, &p.x)
	r.sub(s, &p.y)
	if h.isZero() {
		if r.isZero() {
			p.double()
		} else {
			*p = jacobian{}
		}
		return
	}
	hh.square(&h)
	hhh.mul(&hh, &h)
	v.mul(&p.x, &hh)
	p.x.square(&r)
	p.x.sub(&p.x, &hhh)
	t.add(&v, &v)
	p.x.sub(&p.x, &t)
	v.sub(&v, &p.x)
	v.mul(&v, &r)
	hhh.mul(&hhh, &p.y)
	p.y.sub(&v, &hhh)
	p.z.mul(&p.z, &h)
}
