package consensus

import (
	"embed"
	"fmt"
	"math"
	"math/big"
)

//go:generate go run ./internal/genthreshold

// thresholdTable holds T[0] … T[1001] of PROTOCOL §10 as 32-byte big-endian
// numbers: a holder of m seats leads a slot when its VRF output is below T[m].
type thresholdTable [SeatCount + 1][32]byte

// thresholdFiles are the shipped tables, one for each leader chance of a
// built-in network, T[1] … T[1001] in order.
//
//go:embed threshold_1_15.bin threshold_1_3.bin
var thresholdFiles embed.FS

// ThresholdFile names the shipped table of a leader chance.
func ThresholdFile(num, den uint32) string { return fmt.Sprintf("threshold_%d_%d.bin", num, den) }

// thresholdsFor loads the shipped table of f = num/den, or computes it for a
// network file with a chance of its own (some tenths of a second).
func thresholdsFor(num, den uint32) (*thresholdTable, error) {
	b, err := thresholdFiles.ReadFile(ThresholdFile(num, den))
	if err != nil {
		b = ComputeThresholds(num, den)
	}
	t := new(thresholdTable)
	if len(b) != SeatCount*32 {
		return nil, fmt.Errorf("threshold table of %d bytes", len(b))
	}
	for m := 1; m <= SeatCount; m++ {
		copy(t[m][:], b[(m-1)*32:])
	}
	return t, nil
}

// Threshold is T[m] of the network: below it, the VRF output of a holder of m
// seats wins a slot. It panics when p was not prepared or m exceeds SeatCount.
func (p *Params) Threshold(m uint16) VRFOutput { return p.thresholds[m] }

// Leads reports whether a holder of m seats leads the slot that out was
// evaluated for.
func Leads(p *Params, m uint16, out VRFOutput) bool { return out.Less(p.Threshold(m)) }

// rootBits is the precision of the root of 1-f. An error of one unit in the
// last place grows at most 1001-fold over the powers, so 256 + 64 bits would
// do; the rest makes the exact comparison in ceilPower rare.
const rootBits = 512

// ComputeThresholds gives T[1] … T[1001] for f = num/den, 0 < f < 1:
// T[m] = ⌊2²⁵⁶·(1 − (1−f)^(m/1001))⌋, exactly. With x = 2²⁵⁶·(1−f)^(m/1001)
// that is 2²⁵⁶ − ⌈x⌉. The powers of the 1001st root are enclosed between a
// lower and an upper bound; where both have the same ceiling, ⌈x⌉ is certain.
// Where they have not, an integer lies between them, and it is compared with x
// exactly, as 1001st powers of integers.
func ComputeThresholds(num, den uint32) []byte {
	a, d := big.NewInt(int64(den)-int64(num)), big.NewInt(int64(den))
	low := root(a, d)
	high := new(big.Int).Add(low, big.NewInt(1))
	one := new(big.Int).Lsh(big.NewInt(1), rootBits)
	lo, hi := new(big.Int).Set(one), new(big.Int).Set(one)
	two256 := new(big.Int).Lsh(big.NewInt(1), 256)
	out := make([]byte, SeatCount*32)
	for m := 1; m <= SeatCount; m++ {
		lo.Rsh(lo.Mul(lo, low), rootBits)
		hi = ceilShift(hi.Mul(hi, high), rootBits)
		c, top := ceilShift(lo, rootBits-256), ceilShift(hi, rootBits-256)
		for c.Cmp(top) < 0 && powerBelow(c, a, d, m) {
			c.Add(c, big.NewInt(1))
		}
		c.Sub(two256, c).FillBytes(out[(m-1)*32 : m*32])
	}
	return out
}

// ceilShift returns ⌈x / 2ⁿ⌉ for x ≥ 0 and leaves x alone.
func ceilShift(x *big.Int, n uint) *big.Int {
	y := new(big.Int).Lsh(big.NewInt(1), n)
	y.Add(y.Sub(y, big.NewInt(1)), x)
	return y.Rsh(y, n)
}

// powerBelow reports y < x = 2²⁵⁶·(a/d)^(m/1001), as y¹⁰⁰¹·d^m < 2^(256·1001)·a^m.
func powerBelow(y, a, d *big.Int, m int) bool {
	e := big.NewInt(int64(m))
	left := new(big.Int).Exp(y, big.NewInt(SeatCount), nil)
	left.Mul(left, new(big.Int).Exp(d, e, nil))
	right := new(big.Int).Lsh(new(big.Int).Exp(a, e, nil), 256*SeatCount)
	return left.Cmp(right) < 0
}

// root returns ⌊2^rootBits · (a/d)^(1/1001)⌋ by Newton's method on integers,
// which descends to the floor of the root from any start above it.
func root(a, d *big.Int) *big.Int {
	n := new(big.Int).Lsh(a, rootBits*SeatCount)
	n.Div(n, d) // ⌊root of ⌊n⌋⌋ = ⌊root of n⌋
	f, _ := new(big.Rat).SetFrac(a, d).Float64()
	start := new(big.Float).SetPrec(64).SetFloat64(math.Pow(f, 1.0/SeatCount) * (1 + 1e-12))
	x, _ := start.SetMantExp(start, rootBits).Int(nil)
	k, k1 := big.NewInt(SeatCount), big.NewInt(SeatCount-1)
	for {
		y := new(big.Int).Exp(x, k1, nil)
		y.Div(n, y)
		y.Add(y, new(big.Int).Mul(x, k1)).Div(y, k)
		if y.Cmp(x) >= 0 {
			return x
		}
		x = y
	}
}
