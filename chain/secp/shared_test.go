package secp

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
)

func bytesOf(v *big.Int) (b [32]byte) {
	v.FillBytes(b[:])
	return b
}

// sharedX is btcec's answer for one point.
func sharedX(secret, point [32]byte) (x [32]byte, ok bool) {
	pub, err := btcec.ParsePubKey(append([]byte{2}, point[:]...))
	var k btcec.ModNScalar
	k.SetBytes(&secret)
	if err != nil || k.IsZero() {
		return x, false
	}
	var p, r btcec.JacobianPoint
	pub.AsJacobian(&p)
	btcec.ScalarMultNonConst(&k, &p, &r)
	r.ToAffine()
	return *r.X.Bytes(), true
}

// somePoints gives n x coordinates of points, from their factors.
func somePoints(n int) (out [][32]byte) {
	for i := range n {
		seed := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("point"), uint64(i)))
		p, _ := times(new(big.Int).SetBytes(seed[:]))
		out = append(out, p.x.bytes())
	}
	return out
}

// oddPoints are the edges of the field, most of small or large x, on the
// curve and off it, the generator, and its multiples that edge scalars meet.
func oddPoints() (out [][32]byte) {
	for x := range int64(40) {
		out = append(out, bytesOf(big.NewInt(x)), bytesOf(new(big.Int).Sub(prime, big.NewInt(x))), bytesOf(new(big.Int).Sub(two256, big.NewInt(x+1))))
	}
	for _, k := range []int64{1, 2, 3, 4, 15, 16, 31, 32} {
		p, _ := times(big.NewInt(k))
		out = append(out, p.x.bytes())
	}
	return out
}

// edgeScalars are those whose digits or halves are extreme, or meet the
// exceptions of adding points.
func edgeScalars() (out []*big.Int) {
	l := (&lambda).big()
	var near []int64
	for _, d := range []int64{0, 1, 2, 3, 4, 15, 16, 30, 31, 32, 33} {
		near = append(near, d, -d)
	}
	for _, d := range near {
		for _, base := range []*big.Int{new(big.Int), l, new(big.Int).Mul(l, l), new(big.Int).Rsh(order, 1), new(big.Int).Lsh(big.NewInt(1), 128), new(big.Int).Lsh(l, 128)} {
			out = append(out, new(big.Int).Mod(new(big.Int).Add(base, big.NewInt(d)), order))
		}
		for e := int64(-33); e <= 33; e += 11 {
			v := new(big.Int).Mul(l, big.NewInt(d))
			out = append(out, v.Mod(v.Add(v, big.NewInt(e)), order))
		}
	}
	for i := 4; i < 256; i += 3 {
		out = append(out, new(big.Int).Mod(new(big.Int).Lsh(big.NewInt(1), uint(i)), order))
	}
	return out
}

func (k *scalar) big() *big.Int { f := fe(*k); return f.big() }

func checkShared(t *testing.T, secret [32]byte, points [][32]byte) {
	t.Helper()
	out, ok := SharedX(&secret, points)
	if len(out) != len(points) || len(ok) != len(points) {
		t.Fatalf("%d points, %d results", len(points), len(out))
	}
	for i, p := range points {
		if want, on := sharedX(secret, p); out[i] != want || ok[i] != on {
			t.Fatalf("%x times %x: %x, %v, want %x, %v", secret, p, out[i], ok[i], want, on)
		}
	}
}

func TestSharedX(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	var few, many [][32]byte
	few = append(somePoints(1), [32]byte{}, bytesOf(big.NewInt(1)), bytesOf(big.NewInt(5)), generator.x.bytes())
	for _, k := range edgeScalars() {
		checkShared(t, bytesOf(k), few)
	}
	for _, k := range []*big.Int{order, new(big.Int).Add(order, big.NewInt(1)), new(big.Int).Sub(two256, big.NewInt(1))} {
		checkShared(t, bytesOf(k), few) // taken modulo the order
	}
	many = append(somePoints(chunk+40), oddPoints()...)
	many = append(many, many[:5]...)
	for range 3 {
		f := randomFe(r)
		checkShared(t, f.bytes(), many)
	}
	for _, n := range []int{0, 1, 2, chunk - 1, chunk, chunk + 1} {
		checkShared(t, [32]byte{5: 7, 31: 1}, many[:n])
	}
	off := make([][32]byte, 300) // none is on the curve
	for i := range off {
		off[i] = [32]byte{31: 5}
	}
	checkShared(t, [32]byte{1}, off)
}

// Both sides of an exchange come to the same.
func TestSharedXCommutes(t *testing.T) {
	if _, ok := PublicX(new([32]byte)); ok {
		t.Error("a secret of 0 has a public half")
	}
	for i := range 20 {
		a, b := sha256.Sum256([]byte{byte(i), 1}), sha256.Sum256([]byte{byte(i), 2})
		pa, _ := times(new(big.Int).SetBytes(a[:]))
		pb, _ := times(new(big.Int).SetBytes(b[:]))
		if pub, ok := PublicX(&a); !ok || pub != pa.x.bytes() {
			t.Fatalf("public half %x, %v", pub, ok)
		}
		x, _ := SharedX(&a, [][32]byte{pb.x.bytes()})
		y, _ := SharedX(&b, [][32]byte{pa.x.bytes()})
		if x[0] != y[0] || x[0] == [32]byte{} {
			t.Fatalf("%x and %x", x, y)
		}
	}
}

func TestEndomorphism(t *testing.T) {
	l, b := (&lambda).big(), (&beta).big()
	one, three := big.NewInt(1), big.NewInt(3)
	if l.Cmp(one) == 0 || new(big.Int).Exp(l, three, order).Cmp(one) != 0 || b.Cmp(one) == 0 || new(big.Int).Exp(b, three, prime).Cmp(one) != 0 {
		t.Fatal("not cube roots of one")
	}
	if p, _ := times(l); !p.y.equal(&generator.y) {
		t.Error("lambda changes y")
	} else {
		var x fe
		if x.mul(&generator.x, &beta); !x.equal(&p.x) {
			t.Error("beta is the other root")
		}
	}
	two := new(big.Int).Lsh(one, 1)
	if new(big.Int).Mod(two.Mul(two, (&oneHalf).big()), order).Cmp(one) != 0 {
		t.Error("half")
	}
	v := new(big.Int).Sub(new(big.Int).Lsh(one, 129), one)
	v.Mul(v, new(big.Int).Add(l, one)).Mod(v, order)
	w := new(big.Int).Lsh((&halfBias).big(), 1)
	if w.Mod(w, order).Cmp(v) != 0 {
		t.Error("bias")
	}
	// The vectors of the lattice, and what is derived from them.
	b1 := new(big.Int).Sub(new(big.Int), (&minusB1).big())
	b2 := new(big.Int).Sub(order, (&minusB2).big())
	for i, b := range []*big.Int{b1, b2} {
		a := new(big.Int).Mul(b, l)
		a.Mod(a.Neg(a), order)
		if a.BitLen() > 129 {
			t.Errorf("vector %d is long: %x", i+1, a)
		}
	}
	for i, c := range []struct {
		b   *big.Int
		got *scalar
	}{{b2, &split1}, {new(big.Int).Neg(b1), &split2}} {
		want := new(big.Int).Lsh(c.b, 385)
		want.Div(want, order).Add(want, one).Rsh(want, 1)
		if want.Cmp(c.got.big()) != 0 {
			t.Errorf("split%d: %x, want %x", i+1, c.got.big(), want)
		}
	}
}

func signedInt(s *btcec.ModNScalar) *big.Int {
	b := s.Bytes()
	v := new(big.Int).SetBytes(b[:])
	if v.Cmp(new(big.Int).Rsh(order, 1)) > 0 {
		v.Sub(v, order)
	}
	return v
}

func checkRecode(t *testing.T, k *big.Int) {
	t.Helper()
	s := scalar(words(k))
	n := s.modN()
	k1, k2 := split(&n)
	i1, i2, l := signedInt(&k1), signedInt(&k2), (&lambda).big()
	if i1.BitLen() > 128 || i2.BitLen() > 128 {
		t.Fatalf("%x splits into %x and %x", k, i1, i2)
	}
	sum := new(big.Int).Mul(i2, l)
	if sum.Add(sum, i1).Sub(sum, k).Mod(sum, order).Sign() != 0 {
		t.Fatalf("the halves of %x do not make it", k)
	}
	d, e := recode(&n)
	sum.SetInt64(0)
	for i := windows - 1; i >= 0; i-- {
		if d[i] >= 1<<digitBits || e[i] >= 1<<digitBits {
			t.Fatal("a digit is too large")
		}
		sum.Lsh(sum, digitBits)
		sum.Add(sum, big.NewInt(2*int64(d[i])-31))
		sum.Add(sum, new(big.Int).Mul(l, big.NewInt(2*int64(e[i])-31)))
	}
	if sum.Sub(sum, k).Mod(sum, order).Sign() != 0 {
		t.Fatalf("the digits of %x do not make it", k)
	}
}

func TestRecode(t *testing.T) {
	for _, k := range edgeScalars() {
		checkRecode(t, k)
	}
	r := rand.New(rand.NewPCG(23, 24))
	for range 3000 {
		f := randomFe(r)
		checkRecode(t, new(big.Int).Mod(f.big(), order))
	}
}

func TestPick(t *testing.T) {
	var w work
	w.tables, w.twice, w.inverses, w.scratch = make([][tableSize]affine, 1), make([]affine, 1), make([]fe, 1), make([]fe, 1)
	w.tables[0][0] = generator
	w.multiples(1)
	for digit := range byte(1 << digitBits) {
		var q affine
		q.pick(&w.tables[0], digit)
		k := big.NewInt(2*int64(digit) - 31)
		var j jacobian
		if j.addAffine(&q); !j.is(k.Mod(k, order)) {
			t.Errorf("digit %d", digit)
		}
	}
}

func TestInverse(t *testing.T) {
	r := rand.New(rand.NewPCG(25, 26))
	all := edges()
	for range 50 {
		all = append(all, randomFe(r))
	}
	var some []fe
	for _, x := range all {
		var h, z, one fe
		h.half(&x)
		if h.add(&h, &h); !h.equal(&x) {
			t.Fatalf("half of %x", x.big())
		}
		z.inverse(&x)
		if x.isZero() {
			if !z.isZero() {
				t.Errorf("1/0 is %x", z.big())
			}
			continue
		}
		some = append(some, x)
		if one.mul(&z, &x); !one.equal(&feOne) {
			t.Fatalf("1/%x is %x", x.big(), z.big())
		}
	}
	for n := 0; n <= len(some); n += 7 {
		got := append([]fe(nil), some[:n]...)
		invertAll(got, make([]fe, n))
		for i := range got {
			var one fe
			if one.mul(&got[i], &some[i]); !one.equal(&feOne) {
				t.Fatalf("%d of %d", i, n)
			}
		}
	}
}

func FuzzSharedX(f *testing.F) {
	pair := func(k *big.Int, points ...[32]byte) {
		b := k.FillBytes(make([]byte, 32))
		for _, p := range points {
			b = append(b, p[:]...)
		}
		f.Add(b)
	}
	g := generator.x.bytes()
	pair(new(big.Int), [32]byte{})
	pair(big.NewInt(1), g)
	pair(new(big.Int).Sub(order, big.NewInt(1)), g)
	pair((&lambda).big(), g, [32]byte{31: 5}, g)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 64 || len(b) > 32*20 {
			return
		}
		secret := [32]byte(b)
		var points [][32]byte
		for b = b[32:]; len(b) >= 32; b = b[32:] {
			points = append(points, [32]byte(b))
		}
		checkShared(t, secret, points)
	})
}

func BenchmarkSharedX(b *testing.B) {
	points := somePoints(4096)
	secret := sha256.Sum256([]byte("secret"))
	for _, n := range []int{1, 16, 256, 4096} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				SharedX(&secret, points[:n])
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/point")
		})
	}
	b.Run("btcec", func(b *testing.B) {
		for b.Loop() {
			sharedX(secret, points[0])
		}
	})
}
