package wallet

import (
	"math/rand/v2"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
)

func coinsOf(amounts ...types.Amount) (out []*coin) {
	for i, a := range amounts {
		out = append(out, &coin{op: wire.OutPoint{Index: uint32(i)}, amount: a, tx: &tx{status: confirmed}})
	}
	return out
}

func sameAmounts(coins []*coin, want []types.Amount) bool {
	left := make(map[types.Amount]int)
	for _, a := range want {
		left[a]++
	}
	for _, c := range coins {
		left[c.amount]--
	}
	for _, n := range left {
		if n != 0 {
			return false
		}
	}
	return true
}

func TestSelectCoins(t *testing.T) {
	const in = 58 // fee of an input at rate 1
	for _, c := range []struct {
		name   string
		coins  []types.Amount
		target types.Amount
		rate   types.Amount
		tidy   bool
		max    int
		want   []types.Amount // nil: none; empty: any set that suffices
	}{
		{"nothing there", nil, 1000, 1, false, 10, nil},
		{"too little", []types.Amount{500, 500}, 1000, 1, false, 10, nil},
		{"inputs cost too", []types.Amount{1000}, 1000, 1, false, 10, nil},
		{"exact", []types.Amount{5000, 1000 + in, 3000}, 1000, 1, false, 10, []types.Amount{1000 + in}},
		{"exact pair", []types.Amount{50_000, 700 + in, 300 + in, 20_000}, 1000, 1, false, 10, []types.Amount{700 + in, 300 + in}},
		{"a little over is better than change", []types.Amount{50_000, 1050 + in}, 1000, 1, false, 10, []types.Amount{1050 + in}},
		{"too far over for no change", []types.Amount{50_000, 1300 + in}, 1000, 1, false, 10, []types.Amount{50_000}},
		{"tidy wants change", []types.Amount{50_000, 1000 + in}, 1000, 1, true, 10, []types.Amount{50_000}},
		{"only without change", []types.Amount{1300 + in}, 1000, 1, false, 10, []types.Amount{1300 + in}},
		{"tidy and impossible", []types.Amount{1300 + in}, 1000, 1, true, 10, nil},
		{"dust is left alone", []types.Amount{10, 20, in, 1000 + in}, 1000, 1, false, 10, []types.Amount{1000 + in}},
		{"dear inputs: fewest", []types.Amount{3000, 3000, 3000, 3000, 100_000}, 5000, 50, false, 10, []types.Amount{100_000}},
		{"not too many inputs", []types.Amount{1000, 1000, 1000, 1000}, 2500, 1, false, 2, nil},
		{"equal coins", []types.Amount{400 + in, 400 + in, 400 + in, 400 + in, 400 + in}, 1200, 1, false, 10, []types.Amount{400 + in, 400 + in, 400 + in}},
	} {
		terms := terms{target: c.target, rate: c.rate, changeFee: feeOf(outputWeight, c.rate), minChange: max(dust, feeOf(inputWeight, c.rate)),
			maxInputs: c.max, tidy: c.tidy}
		for seed := range uint64(10) {
			picked, _ := selectCoins(coinsOf(c.coins...), terms, rand.New(rand.NewPCG(seed, 0)))
			if c.want == nil && picked != nil || c.want != nil && !sameAmounts(picked, c.want) {
				var got []types.Amount
				for _, p := range picked {
					got = append(got, p.amount)
				}
				t.Errorf("%s: picked %d, want %d", c.name, got, c.want)
				break
			}
		}
	}
}

// Whatever the coins: what is picked suffices, no coin twice, and when nothing
// is picked nothing would have sufficed.
func TestSelectCoinsAlwaysSuffices(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 7))
	for range 500 {
		var amounts []types.Amount
		for range rnd.IntN(60) {
			amounts = append(amounts, types.Amount(rnd.Int64N(1_000_000)))
		}
		rate := types.Amount(1 + rnd.IntN(100))
		terms := terms{target: types.Amount(1 + rnd.Int64N(5_000_000)), rate: rate, changeFee: feeOf(outputWeight, rate),
			minChange: max(dust, feeOf(inputWeight, rate)), maxInputs: maxInputs, tidy: rnd.IntN(4) == 0}
		picked, available := selectCoins(coinsOf(amounts...), terms, rnd)
		need := terms.target
		if terms.tidy {
			need += terms.changeFee + terms.minChange
		}
		if (picked == nil) != (available < need) {
			t.Fatalf("picked %d coins with %d available of %d needed", len(picked), available, need)
		}
		sum, seen := types.Amount(0), make(map[wire.OutPoint]bool)
		for _, c := range picked {
			sum += c.amount - feeOf(inputWeight, rate)
			if seen[c.op] {
				t.Fatal("a coin twice")
			}
			seen[c.op] = true
		}
		if picked != nil && sum < need {
			t.Fatalf("picked %d of %d needed", sum, need)
		}
	}
}

// The search is bounded: many coins without a solution take no longer.
func TestBranchAndBoundIsBounded(t *testing.T) {
	var amounts []types.Amount
	for i := range 2000 {
		amounts = append(amounts, types.Amount(100_000+2*i))
	}
	terms := terms{target: 123_456_789, rate: 1, changeFee: 43, minChange: dust, maxInputs: maxInputs * 3}
	if picked, _ := selectCoins(coinsOf(amounts...), terms, rand.New(rand.NewPCG(1, 1))); picked == nil {
		t.Error("nothing picked")
	}
}

func BenchmarkSelectCoins(b *testing.B) {
	rnd := rand.New(rand.NewPCG(1, 1))
	var amounts []types.Amount
	for range 5000 {
		amounts = append(amounts, types.Amount(10_000+rnd.Int64N(10_000_000)))
	}
	coins := coinsOf(amounts...)
	for b.Loop() {
		selectCoins(coins, terms{target: 50_000_000, rate: 5, changeFee: 215, minChange: dust, maxInputs: maxInputs}, rnd)
	}
}
