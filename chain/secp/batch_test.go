package secp

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
)

// signed is a key, a message and a signature.
type signed struct {
	key, msg [32]byte
	sig      [64]byte
}

func sign(tb testing.TB, key, msg uint64) (s signed) {
	tb.Helper()
	seed := sha256.Sum256(binary.BigEndian.AppendUint64(nil, key))
	priv, pub := btcec.PrivKeyFromBytes(seed[:])
	s.key = [32]byte(schnorr.SerializePubKey(pub))
	s.msg = sha256.Sum256(binary.BigEndian.AppendUint64([]byte("message"), msg))
	sig, err := schnorr.Sign(priv, s.msg[:])
	if err != nil {
		tb.Fatal(err)
	}
	copy(s.sig[:], sig.Serialize())
	return s
}

// single is btcd's verdict.
func (s *signed) single() bool {
	key, err := schnorr.ParsePubKey(s.key[:])
	if err != nil {
		return false
	}
	sig, err := schnorr.ParseSignature(s.sig[:])
	return err == nil && sig.Verify(s.msg[:], key)
}

func verify(all ...signed) bool {
	var b Batch
	for i := range all {
		b.Add(&all[i].key, &all[i].msg, &all[i].sig)
	}
	return b.Verify()
}

// some gives n good signatures by as many keys.
func some(tb testing.TB, n int) (all []signed) {
	for i := range n {
		all = append(all, sign(tb, uint64(i), uint64(i)))
	}
	return all
}

func TestBatch(t *testing.T) {
	all := some(t, 40)
	for _, n := range []int{0, 1, 2, 3, 40} {
		if !verify(all[:n]...) {
			t.Errorf("%d good ones are refused", n)
		}
	}
	again := slices.Concat(all, all[:5], all[3:4])
	if !verify(again...) {
		t.Error("with some twice")
	}
	var one []signed
	for i := range 10 {
		one = append(one, sign(t, 7, uint64(i)))
	}
	if !verify(slices.Concat(one, all)...) {
		t.Error("many by one key")
	}
	var b Batch
	for i := range one {
		b.Add(&one[i].key, &one[i].msg, &one[i].sig)
	}
	if len(b.lifted) != 1 || len(b.entries) != len(one) {
		t.Errorf("%d keys lifted for %d signatures by one", len(b.lifted), len(b.entries))
	}
	if !b.Verify() || !b.Verify() {
		t.Error("verified twice")
	}
	bad := all[0]
	bad.msg[0] ^= 1
	if b.Add(&bad.key, &bad.msg, &bad.sig); b.Verify() {
		t.Error("a bad one after a good batch")
	}
}

// BIP 340's vectors for messages of 32 bytes: the valid ones together and each
// among others, every invalid one alone and at each place among valid ones.
func TestBIP340Vectors(t *testing.T) {
	f, err := os.Open("../consensus/testdata/bip340.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) != 16 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	var good, bad []signed
	for _, row := range rows[1:] {
		var s signed
		fill := func(dst []byte, text string) {
			if n, err := hex.Decode(dst, []byte(text)); err != nil || n != len(dst) {
				t.Fatalf("vector %s: %d bytes, %v", row[0], n, err)
			}
		}
		fill(s.key[:], row[2])
		fill(s.msg[:], row[4])
		fill(s.sig[:], row[5])
		if row[6] == "TRUE" {
			good = append(good, s)
		} else {
			bad = append(bad, s)
		}
	}
	if len(good) != 5 || len(bad) != 10 || !verify(good...) {
		t.Fatalf("%d valid and %d invalid vectors", len(good), len(bad))
	}
	more := some(t, 6)
	for i, s := range good {
		if !verify(s) || !verify(slices.Concat(more, good[i:i+1])...) {
			t.Errorf("valid vector %d", i)
		}
	}
	for i, s := range bad {
		if verify(s) {
			t.Errorf("invalid vector %d alone", i)
		}
		for at := range len(more) + 1 {
			if verify(slices.Insert(slices.Clone(more), at, s)...) {
				t.Errorf("invalid vector %d at %d", i, at)
			}
		}
	}
}

// TestMalformed has what Add refuses: it is known without the others.
func TestMalformed(t *testing.T) {
	good := sign(t, 1, 1)
	put := func(at int, v *big.Int) func(s *signed) {
		return func(s *signed) { v.FillBytes(s.sig[at : at+32]) }
	}
	plus := func(v *big.Int, d int64) *big.Int { return new(big.Int).Add(v, big.NewInt(d)) }
	for name, edit := range map[string]func(s *signed){
		"r = p":             put(0, prime),
		"r = p+1":           put(0, plus(prime, 1)), // x = 1 is on the curve
		"r = 2^256-1":       put(0, plus(two256, -1)),
		"r off the curve":   put(0, big.NewInt(5)),
		"r = 0":             put(0, big.NewInt(0)),
		"s = n":             put(32, order),
		"s = n+1":           put(32, plus(order, 1)),
		"s = 2^256-1":       put(32, plus(two256, -1)),
		"key off the curve": func(s *signed) { s.key = [32]byte{31: 5} },
		"key = p+1":         func(s *signed) { plus(prime, 1).FillBytes(s.key[:]) },
		"key = 0":           func(s *signed) { s.key = [32]byte{} },
	} {
		s := good
		edit(&s)
		var b Batch
		if b.Add(&s.key, &s.msg, &s.sig) {
			t.Errorf("%s: added", name)
		}
		if b.Add(&good.key, &good.msg, &good.sig); b.Verify() || s.single() {
			t.Errorf("%s: verified", name)
		}
	}
	// In range, only wrong.
	for name, edit := range map[string]func(s *signed){
		"r = 1":   put(0, big.NewInt(1)),
		"s = 0":   put(32, big.NewInt(0)),
		"s = 1":   put(32, big.NewInt(1)),
		"s = n-1": put(32, plus(order, -1)),
	} {
		s := good
		edit(&s)
		if verify(s) || verify(good, s) {
			t.Errorf("%s: verified", name)
		}
	}
}

// forgeOddR makes a signature whose R has odd y: for everything but the sign of R
// it is right.
func forgeOddR(t *testing.T) signed {
	t.Helper()
	d := big.NewInt(987654321)
	p, _ := times(d)
	if p.y.isOdd() {
		d.Sub(order, d)
		p, _ = times(d)
	}
	for k := big.NewInt(1000); ; k.Add(k, big.NewInt(1)) {
		r, _ := times(k)
		if !r.y.isOdd() {
			continue
		}
		s := signed{key: p.x.bytes(), msg: [32]byte{1, 2, 3}}
		rx := r.x.bytes()
		c := tagged(&challengeTag, &rx, &s.key, &s.msg)
		v := new(big.Int).SetBytes(c[:])
		v.Mul(v, d).Add(v, k).Mod(v, order)
		copy(s.sig[:], rx[:])
		v.FillBytes(s.sig[32:])
		return s
	}
}

// Two wrongs that make a right where all factors are the same, or known.
func TestWrongsThatCancel(t *testing.T) {
	a, b := sign(t, 1, 1), sign(t, 2, 2)
	shift := func(s signed, d int64) signed {
		v := new(big.Int).SetBytes(s.sig[32:])
		v.Add(v, big.NewInt(d)).Mod(v, order).FillBytes(s.sig[32:])
		return s
	}
	if verify(shift(a, 1), shift(b, -1)) || verify(shift(b, -1), shift(a, 1)) || verify(a, shift(a, 1), shift(a, -1)) {
		t.Error("two wrong s cancel")
	}
	if verify(shift(a, 1)) {
		t.Error("one wrong s")
	}
	odd := forgeOddR(t)
	if verify(odd) || odd.single() || verify(odd, odd) || verify(a, odd, b) {
		t.Error("R with odd y")
	}
	swapped := []signed{a, b}
	copy(swapped[0].sig[32:], b.sig[32:])
	copy(swapped[1].sig[32:], a.sig[32:])
	if verify(swapped...) {
		t.Error("s exchanged")
	}
	copy(swapped[0].sig[:32], b.sig[:32])
	copy(swapped[1].sig[:32], a.sig[:32])
	if verify(swapped...) {
		t.Error("signatures exchanged")
	}
	// The factors that a's and b's batch has, used in a batch that needs them.
	var batch Batch
	for _, s := range []signed{a, b} {
		batch.Add(&s.key, &s.msg, &s.sig)
	}
	seed := batch.seed()
	f := factor(&seed, 1)
	fb := f.Bytes()
	d := new(big.Int).SetBytes(fb[:])
	wrongA := a
	v := new(big.Int).SetBytes(a.sig[32:])
	v.Sub(v, d).Mod(v, order).FillBytes(wrongA.sig[32:])
	if verify(wrongA, shift(b, 1)) {
		t.Error("the factors do not depend on s")
	}
}

// Every bit of every member draws other factors.
func TestSeed(t *testing.T) {
	all := some(t, 3)
	seed := func(all []signed) [32]byte {
		var b Batch
		for i := range all {
			b.Add(&all[i].key, &all[i].msg, &all[i].sig)
		}
		return b.seed()
	}
	first := seed(all)
	if first != seed(all) {
		t.Error("not the same twice")
	}
	if first == seed([]signed{all[1], all[0], all[2]}) || first == seed(all[:2]) {
		t.Error("the seed is not of the whole batch in its order")
	}
	for i := range all {
		for bit := range 8 * 128 {
			other := slices.Clone(all)
			flip(&other[i], bit)
			var b Batch
			if s := &other[i]; b.Add(&s.key, &s.msg, &s.sig) && seed(other) == first {
				t.Fatalf("bit %d of %d is not in the seed", bit, i)
			}
		}
	}
	one := factor(&first, 0)
	if b := one.Bytes(); b != [32]byte{31: 1} {
		t.Error("the first factor is not 1")
	}
	seen := make(map[[32]byte]bool)
	for i := 1; i < 100; i++ {
		f := factor(&first, i)
		b := f.Bytes()
		if [16]byte(b[:]) != [16]byte{} || seen[b] {
			t.Fatalf("factor %d is %x", i, b)
		}
		seen[b] = true
	}
}

// flip changes one of the 1,024 bits of s.
func flip(s *signed, bit int) {
	at, mask := bit/8, byte(1)<<(bit%8)
	switch {
	case at < 32:
		s.key[at] ^= mask
	case at < 64:
		s.msg[at-32] ^= mask
	default:
		s.sig[at-64] ^= mask
	}
}

func TestOneFlippedBit(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	all := some(t, 24)
	for range 300 {
		some := slices.Clone(all[:1+r.IntN(len(all))])
		flip(&some[r.IntN(len(some))], r.IntN(1024))
		if verify(some...) {
			t.Fatal("a flipped bit is accepted")
		}
	}
}

// FuzzBatch compares with single verification. Each four bytes of the script
// take a signature and may damage it.
func FuzzBatch(f *testing.F) {
	all := some(f, 8)
	f.Add([]byte{0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0})
	f.Add([]byte{3, 1, 0, 9})
	f.Add([]byte{3, 1, 3, 255, 3, 0, 0, 0, 4, 2, 5, 0})
	f.Add([]byte{5, 3, 6, 1, 6, 3, 5, 1})
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 4*40 {
			return
		}
		var batch []signed
		want := true
		for ; len(script) >= 4; script = script[4:] {
			s := all[int(script[0])%len(all)]
			switch other := &all[int(script[2])%len(all)]; script[1] % 5 {
			case 1:
				flip(&s, (int(script[2])<<8|int(script[3]))&1023)
			case 2:
				s.key = other.key
			case 3:
				copy(s.sig[32:], other.sig[32:])
			case 4:
				s.sig[script[2]%64] = script[3]
			}
			batch = append(batch, s)
			want = want && s.single()
		}
		if verify(batch...) != want {
			t.Fatalf("the batch says %v, one by one says %v", !want, want)
		}
	})
}

func BenchmarkBatchVerify(b *testing.B) {
	all := some(b, 4096)
	b.Run("single", func(b *testing.B) {
		for b.Loop() {
			if !all[0].single() {
				b.Fatal("refused")
			}
		}
	})
	for _, n := range []int{1, 2, 4, 16, 64, 256, 1024, 4096} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				if !verify(all[:n]...) {
					b.Fatal("refused")
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/signature")
		})
	}
}
