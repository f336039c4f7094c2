package secp

import (
	"bytes"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
)

var (
	two256 = new(big.Int).Lsh(big.NewInt(1), 256)
	prime  = btcec.S256().P
	order  = btcec.S256().N
)

func (z *fe) big() *big.Int {
	v := new(big.Int)
	for i := 3; i >= 0; i-- {
		v.Lsh(v, 64).Or(v, new(big.Int).SetUint64(z[i]))
	}
	return v
}

func words(v *big.Int) (w [4]uint64) {
	for i := range w {
		w[i] = new(big.Int).And(new(big.Int).Rsh(v, uint(64*i)), new(big.Int).SetUint64(1<<64-1)).Uint64()
	}
	return w
}

// edges are values around 0, p and 2^256, and those with long runs of ones,
// where carries go far.
func edges() (all []fe) {
	for d := int64(-4); d <= 4; d++ {
		for _, base := range []*big.Int{new(big.Int), prime, two256, big.NewInt(fold), new(big.Int).Rsh(prime, 1)} {
			v := new(big.Int).Add(base, big.NewInt(d))
			if v.Sign() >= 0 && v.Cmp(two256) < 0 {
				all = append(all, words(v))
			}
		}
	}
	for i := range 4 {
		one, rest := fe{}, fe{1<<64 - 1, 1<<64 - 1, 1<<64 - 1, 1<<64 - 1}
		one[i], rest[i] = 1<<64-1, 0
		all = append(all, one, rest)
	}
	return all
}

func randomFe(r *rand.Rand) (z fe) {
	for i := range z {
		z[i] = r.Uint64()
		switch r.IntN(8) { // long runs
		case 0:
			z[i] = 0
		case 1:
			z[i] = 1<<64 - 1
		}
	}
	return z
}

// checkFe compares each operation with arithmetic on integers.
func checkFe(t *testing.T, x, y fe) {
	t.Helper()
	bx, by := x.big(), y.big()
	want := func(name string, got fe, v *big.Int) {
		t.Helper()
		if new(big.Int).Mod(got.big(), prime).Cmp(v.Mod(v, prime)) != 0 {
			t.Fatalf("%s of %x and %x: %x, want %x", name, bx, by, got.big(), v)
		}
		b := got.bytes()
		if !bytes.Equal(b[:], v.FillBytes(make([]byte, 32))) || got.isZero() != (v.Sign() == 0) || got.isOdd() != (v.Bit(0) == 1) {
			t.Fatalf("%x: bytes %x, zero %v, odd %v", v, b, got.isZero(), got.isOdd())
		}
	}
	var z fe
	want("value", x, new(big.Int).Set(bx))
	z.add(&x, &y)
	want("sum", z, new(big.Int).Add(bx, by))
	z.sub(&x, &y)
	want("difference", z, new(big.Int).Sub(bx, by))
	z.neg(&x)
	want("negative", z, new(big.Int).Neg(bx))
	z.mul(&x, &y)
	want("product", z, new(big.Int).Mul(bx, by))
	z.square(&x)
	want("square", z, new(big.Int).Mul(bx, bx))
	same := new(big.Int).Mod(new(big.Int).Sub(bx, by), prime).Sign() == 0
	if x.equal(&y) != same {
		t.Fatalf("%x = %x: %v", bx, by, !same)
	}
	// The receiver may be an argument.
	for name, f := range map[string]func(z, x, y *fe){"add": (*fe).add, "sub": (*fe).sub, "mul": (*fe).mul} {
		var apart fe
		f(&apart, &x, &y)
		first, second := x, y
		f(&first, &first, &y)
		f(&second, &x, &second)
		if first != apart || second != apart {
			t.Fatalf("%s of %x and %x in place: %x, %x, want %x", name, bx, by, first, second, apart)
		}
	}
}

func checkSqrt(t *testing.T, x fe) {
	t.Helper()
	var root, back fe
	exists := new(big.Int).ModSqrt(new(big.Int).Mod(x.big(), prime), prime) != nil
	if got := root.sqrt(&x); got != exists {
		t.Fatalf("a root of %x: %v", x.big(), got)
	}
	if back.square(&root); exists && !back.equal(&x) {
		t.Fatalf("root of %x: %x", x.big(), root.big())
	}
	in := x
	if in.sqrt(&in) != exists || in != root {
		t.Fatalf("root of %x in place", x.big())
	}
}

func TestFieldEdges(t *testing.T) {
	all := edges()
	for _, x := range all {
		checkSqrt(t, x)
		for _, y := range all {
			checkFe(t, x, y)
		}
	}
}

func TestFieldRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 20_000 {
		checkFe(t, randomFe(r), randomFe(r))
		if i < 300 {
			checkSqrt(t, randomFe(r))
		}
	}
}

func TestFieldSetBytes(t *testing.T) {
	for _, x := range edges() {
		b := [32]byte(x.big().FillBytes(make([]byte, 32)))
		var z fe
		if ok := z.setBytes(&b); ok != (x.big().Cmp(prime) < 0) || z != x {
			t.Errorf("%x: %x, %v", b, z.big(), ok)
		}
	}
}

func FuzzField(f *testing.F) {
	f.Add(make([]byte, 64))
	f.Add(bytes.Repeat([]byte{0xff}, 64))
	f.Add(append(prime.Bytes(), order.Bytes()...))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) != 64 {
			return
		}
		x, y := fe(words(new(big.Int).SetBytes(b[:32]))), fe(words(new(big.Int).SetBytes(b[32:])))
		checkFe(t, x, y)
		checkSqrt(t, x)
	})
}

func BenchmarkField(b *testing.B) {
	x, y := generator.x, generator.y
	b.Run("mul", func(b *testing.B) {
		for b.Loop() {
			x.mul(&x, &y)
		}
	})
	b.Run("square", func(b *testing.B) {
		for b.Loop() {
			x.square(&x)
		}
	})
	b.Run("sqrt", func(b *testing.B) {
		var z fe
		for b.Loop() {
			z.sqrt(&x)
		}
	})
	b.Run("FieldVal.Mul", func(b *testing.B) {
		var v, w btcec.FieldVal
		xb, yb := x.bytes(), y.bytes()
		v.SetBytes(&xb)
		w.SetBytes(&yb)
		for b.Loop() {
			v.Mul(&w)
		}
	})
}
