package secp

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
)

// times is k*G by btcd, as affine coordinates; ok is false for infinity.
func times(k *big.Int) (p affine, ok bool) {
	var s btcec.ModNScalar
	s.SetByteSlice(new(big.Int).Mod(k, order).FillBytes(make([]byte, 32)))
	var j btcec.JacobianPoint
	btcec.ScalarBaseMultNonConst(&s, &j)
	if s.IsZero() {
		return p, false
	}
	j.ToAffine()
	p.x.setBytes(j.X.Bytes())
	p.y.setBytes(j.Y.Bytes())
	return p, true
}

// is reports whether p is k*G.
func (p *jacobian) is(k *big.Int) bool {
	want, finite := times(k)
	if !finite || p.infinite() {
		return !finite && p.infinite()
	}
	var zz, t fe
	zz.square(&p.z)
	t.mul(&want.x, &zz)
	if !t.equal(&p.x) {
		return false
	}
	t.mul(&want.y, timesZ(&zz, &p.z))
	return t.equal(&p.y)
}

func timesZ(zz, z *fe) *fe {
	var cube fe
	cube.mul(zz, z)
	return &cube
}

// stretched is k*G with z other than 1, or infinity.
func stretched(k *big.Int, z fe) (p jacobian) {
	a, ok := times(k)
	if !ok {
		return jacobian{x: z, y: z} // infinity with leftovers
	}
	var zz fe
	zz.square(&z)
	p.x.mul(&a.x, &zz)
	p.y.mul(&a.y, timesZ(&zz, &z))
	p.z = z
	return p
}

func TestPointArithmetic(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var ks []*big.Int
	for _, k := range []int64{0, 1, 2, 3, 7} {
		ks = append(ks, big.NewInt(k), new(big.Int).Sub(order, big.NewInt(k)))
	}
	for range 6 {
		f := randomFe(r)
		ks = append(ks, f.big())
	}
	for _, k := range ks {
		p := stretched(k, randomFe(r))
		if !p.is(k) {
			t.Fatalf("%x is not itself", k)
		}
		if p.double(); !p.is(new(big.Int).Lsh(k, 1)) {
			t.Errorf("twice %x", k)
		}
		for _, l := range ks {
			sum := new(big.Int).Add(k, l)
			p, q := stretched(k, randomFe(r)), stretched(l, randomFe(r))
			if p.add(&q); !p.is(sum) {
				t.Errorf("%x + %x", k, l)
			}
			if a, ok := times(l); ok {
				p := stretched(k, randomFe(r))
				if p.addAffine(&a); !p.is(sum) {
					t.Errorf("%x + affine %x", k, l)
				}
			}
		}
	}
	var same jacobian
	same.addAffine(&generator)
	if same.add(&same); !same.is(big.NewInt(2)) {
		t.Error("p.add(p)")
	}
}

func TestLift(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	on := 0
	check := func(x [32]byte) {
		t.Helper()
		var p affine
		ok := p.lift(&x)
		key, err := btcec.ParsePubKey(append([]byte{2}, x[:]...))
		if ok != (err == nil) {
			t.Fatalf("%x: on the curve: %v, %v", x, ok, err)
		}
		if ok {
			on++
			if y := p.y.bytes(); p.x.bytes() != x || new(big.Int).SetBytes(y[:]).Cmp(key.Y()) != 0 {
				t.Fatalf("%x: y %x", x, y)
			}
		}
	}
	for _, e := range edges() {
		check([32]byte(e.big().FillBytes(make([]byte, 32))))
	}
	for range 500 {
		f := randomFe(r)
		check([32]byte(f.big().FillBytes(make([]byte, 32))))
	}
	if on < 100 {
		t.Errorf("only %d on the curve", on)
	}
	if g, _ := times(big.NewInt(1)); g != generator {
		t.Error("the generator is another")
	}
}

// multiexpCase gives n points k*G with factors, and the sum as a factor of G.
func multiexpCase(r *rand.Rand, n, long int) (points []affine, factors []scalar, sum *big.Int) {
	sum = new(big.Int)
	for i := range n {
		k := big.NewInt(1 + r.Int64N(1<<40))
		if i > 0 && r.IntN(4) == 0 {
			k = big.NewInt(5) // a point that comes again, perhaps negated
		}
		if r.IntN(2) == 0 {
			k.Sub(order, k)
		}
		p, _ := times(k)
		f := randomFe(r)
		if r.IntN(6) == 0 {
			f = fe{uint64(r.IntN(3))}
		}
		if i >= long {
			f[2], f[3] = 0, 0
		}
		points, factors = append(points, p), append(factors, scalar(f))
		sum.Add(sum, k.Mul(k, f.big()))
	}
	return points, factors, sum
}

func TestMultiexp(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for w := 2; w <= maxWidth; w++ {
		for _, n := range []int{0, 1, 2, 3, 30} {
			for _, long := range []int{0, n / 2, n} {
				points, factors, sum := multiexpCase(r, n, long)
				if got := multiexpWidth(points, factors, long, w); !got.is(sum) {
					t.Errorf("width %d, %d points, %d long: wrong sum", w, n, long)
				}
			}
		}
	}
	for _, n := range []int{50, 200, 700} {
		points, factors, sum := multiexpCase(r, n, n/3)
		if got := multiexp(points, factors, n/3); !got.is(sum) {
			t.Errorf("%d points: wrong sum", n)
		}
		// With the negative of the sum there is nothing left.
		minus := scalar(words(new(big.Int).Mod(new(big.Int).Neg(sum), order)))
		points, factors = append([]affine{generator}, points...), append([]scalar{minus}, factors...)
		if got := multiexp(points, factors, n/3+1); !got.infinite() {
			t.Errorf("%d points: the sum and its negative leave something", n)
		}
	}
}

// Factors at the ends of what digits can hold.
func TestDigits(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	all := append(edges(), randomFe(r), randomFe(r), randomFe(r))
	for w := 2; w <= maxWidth; w++ {
		places := longBits/w + 1
		for _, f := range all {
			for _, bits := range []int{shortBits, longBits} {
				k := scalar(f)
				if bits == shortBits {
					k[2], k[3] = 0, 0
				}
				out := make([]int16, 2*places)
				k.digits(out[1:], w, places, 2)
				sum := new(big.Int)
				for i := places - 1; i >= 0; i-- {
					d := out[2*i+1]
					if d > 1<<(w-1) || d < -1<<(w-1) || bits == shortBits && i > shortBits/w && d != 0 || out[2*i] != 0 {
						t.Fatalf("width %d, %x: digit %d at %d", w, k, d, i)
					}
					sum.Lsh(sum, uint(w)).Add(sum, big.NewInt(int64(d)))
				}
				if z := fe(k); sum.Cmp(z.big()) != 0 {
					t.Fatalf("width %d: digits of %x make %x", w, k, sum)
				}
			}
		}
	}
}
