package consensus

import (
	"bytes"
	"math"
	"math/big"
	"os"
	"testing"
)

// Regenerating the shipped tables leaves no difference.
func TestThresholdFiles(t *testing.T) {
	for _, f := range [][2]uint32{{1, 15}, {1, 3}} {
		want, err := os.ReadFile(ThresholdFile(f[0], f[1]))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(ComputeThresholds(f[0], f[1]), want) {
			t.Errorf("%s is not what its program makes", ThresholdFile(f[0], f[1]))
		}
	}
}

// Proof of single entries against the definition alone: with y = 2²⁵⁶ - T[m]
// and x = 2²⁵⁶·(1-f)^(m/1001), y is ⌈x⌉ when y-1 < x ≤ y.
func TestThresholdExact(t *testing.T) {
	for _, f := range [][2]uint32{{1, 15}, {1, 3}, {127, 128}, {2047, 2048}, {1, 65536}, {65535, 65536}, {3, 7}, {1, 2}} {
		b := ComputeThresholds(f[0], f[1])
		a, d := big.NewInt(int64(f[1]-f[0])), big.NewInt(int64(f[1]))
		for _, m := range []int{1, 2, 77, 91, 143, 500, 715, 858, 1000, 1001} {
			y := new(big.Int).Lsh(big.NewInt(1), 256)
			y.Sub(y, new(big.Int).SetBytes(b[(m-1)*32:m*32]))
			below := new(big.Int).Sub(y, big.NewInt(1))
			if powerBelow(y, a, d, m) || !powerBelow(below, a, d, m) {
				t.Errorf("f = %d/%d: T[%d] is not exact", f[0], f[1], m)
			}
		}
	}
}

// 1-f = 2⁻⁷ makes x a whole power of two for every 143rd m: the case in which
// bounds alone can never decide.
func TestThresholdWholeRoot(t *testing.T) {
	b := ComputeThresholds(127, 128)
	want := new(big.Int).Lsh(big.NewInt(1), 256)
	want.Sub(want, new(big.Int).Lsh(big.NewInt(1), 256-3))
	if got := new(big.Int).SetBytes(b[(3*143-1)*32 : 3*143*32]); got.Cmp(want) != 0 {
		t.Errorf("T[429] = %x, want %x", got, want)
	}
}

func TestThresholdShape(t *testing.T) {
	p := testParams()
	if p.Threshold(0) != (VRFOutput{}) {
		t.Error("a producer without seats can lead")
	}
	for m := uint16(1); m <= SeatCount; m++ {
		if !p.Threshold(m - 1).Less(p.Threshold(m)) {
			t.Fatalf("T[%d] is not above T[%d]", m, m-1)
		}
		// Splitting seats among many names gains nothing: the chance is that
		// of m independent single seats.
		got := float64(uint64From(p.Threshold(m))) / math.MaxUint64
		if want := 1 - math.Pow(2.0/3, float64(m)/SeatCount); math.Abs(got-want) > 1e-12 {
			t.Fatalf("T[%d] is a chance of %v, want %v", m, got, want)
		}
	}
	all := p.Threshold(SeatCount)
	if Leads(p, SeatCount, all) {
		t.Error("an output equal to the threshold leads")
	}
	all[31]--
	if !Leads(p, SeatCount, all) || Leads(p, SeatCount-1, all) {
		t.Error("an output just below the threshold of all seats")
	}
}

func uint64From(o VRFOutput) uint64 { return new(big.Int).SetBytes(o[:8]).Uint64() }
