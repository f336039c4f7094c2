package types

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"testing"
)

func TestAmountText(t *testing.T) {
	for _, c := range []struct {
		a    Amount
		text string
	}{
		{0, "0"}, {1, "0.00000001"}, {10, "0.0000001"}, {Coin, "1"}, {Coin + Coin/2, "1.5"}, {100 * Coin, "100"},
		{Coin / 100, "0.01"}, {123456789, "1.23456789"}, {MaxAmount, "10000000000"}, {MaxAmount - 1, "9999999999.99999999"},
	} {
		if got := c.a.String(); got != c.text {
			t.Errorf("%d units print as %q, want %q", int64(c.a), got, c.text)
		}
		if got, err := ParseAmount(c.text); err != nil || got != c.a {
			t.Errorf("%q reads as %d, %v", c.text, int64(got), err)
		}
	}
	for a, want := range map[Amount]string{-1: "-0.00000001", -150000000: "-1.5", math.MinInt64: "-92233720368.54775808"} {
		if got := a.String(); got != want {
			t.Errorf("%d units print as %q, want %q", int64(a), got, want)
		}
	}
}

func TestParseAmountForms(t *testing.T) {
	for text, want := range map[string]Amount{".5": Coin / 2, "5.": 5 * Coin, "007": 7 * Coin, "1.50": Coin * 3 / 2, "0.00000000": 0} {
		if got, err := ParseAmount(text); err != nil || got != want {
			t.Errorf("%q reads as %v, %v", text, got, err)
		}
	}
	for _, bad := range []string{
		"", ".", "-1", "+1", "1e3", "1,5", " 1", "1 ", "1.2.3", "0x10", "1_000", "0.000000001", "1.000000000",
		"10000000000.00000001", "99999999999", "100000000000000000000000", "١", "NaN", "inf",
	} {
		if got, err := ParseAmount(bad); !errors.Is(err, ErrAmount) {
			t.Errorf("%q reads as %v, %v", bad, got, err)
		}
	}
}

func TestAmountJSON(t *testing.T) {
	b, err := json.Marshal(Coin / 4)
	if err != nil || string(b) != `"0.25"` {
		t.Errorf("%s, %v", b, err)
	}
	var a Amount
	if err := json.Unmarshal(b, &a); err != nil || a != Coin/4 {
		t.Errorf("%v, %v", a, err)
	}
	if err := json.Unmarshal([]byte(`"x"`), &a); !errors.Is(err, ErrAmount) || a != Coin/4 {
		t.Errorf("bad text: %v, %v", a, err)
	}
}

func FuzzParseAmount(f *testing.F) {
	for _, s := range []string{"0", "1.5", ".00000001", "10000000000", "-1", "1e5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAmount(s)
		if err != nil {
			return
		}
		if a < 0 || a > MaxAmount {
			t.Fatalf("%q reads as %d", s, int64(a))
		}
		if again, err := ParseAmount(a.String()); err != nil || again != a {
			t.Fatalf("%q reads as %v and again as %v, %v", s, a, again, err)
		}
	})
}

func TestMulDiv(t *testing.T) {
	for _, c := range [][3]uint64{{0, 5, 3}, {7, 3, 2}, {math.MaxUint64, math.MaxUint64, math.MaxUint64}, {math.MaxUint64, 3, 4}, {1 << 63, 1 << 62, 1 << 63}, {uint64(MaxAmount), 60, 100}} {
		want := new(big.Int).Mul(new(big.Int).SetUint64(c[0]), new(big.Int).SetUint64(c[1]))
		want.Div(want, new(big.Int).SetUint64(c[2]))
		if got := MulDiv(c[0], c[1], c[2]); got != want.Uint64() {
			t.Errorf("%d·%d/%d = %d, want %d", c[0], c[1], c[2], got, want)
		}
	}
	if got := MaxAmount.Part(1, 3); got != 333333333333333333 {
		t.Errorf("a third of the most is %d", got)
	}
	for _, c := range [][3]uint64{{1, 1, 0}, {math.MaxUint64, 2, 1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v did not panic", c)
				}
			}()
			MulDiv(c[0], c[1], c[2])
		}()
	}
}

// Nothing hashed for one purpose, or for one network, serves another.
func TestTaggedHash(t *testing.T) {
	a, b := NetworkID{1}, NetworkID{2}
	hashes := []Hash{
		a.TaggedHash("x", []byte("yz")), b.TaggedHash("x", []byte("yz")),
		a.TaggedHash("y", []byte("yz")), a.TaggedHash("x", []byte("y")), a.TaggedHash("x"),
		a.TicketHash(Hash{1}, Address{2}, 3), a.TicketHash(Hash{1}, Address{2}, 4), a.TicketHash(Hash{2}, Address{2}, 3),
		b.TicketHash(Hash{1}, Address{2}, 3), a.PayloadHash([]byte{1}), b.PayloadHash([]byte{1}), a.PayloadHash([]byte{2}),
	}
	seen := make(map[Hash]int)
	for i, h := range hashes {
		if other, ok := seen[h]; ok {
			t.Errorf("hashes %d and %d are equal", other, i)
		}
		seen[h] = i
	}
	if a.TaggedHash("x", []byte("yz")) != a.TaggedHash("x", []byte("y"), []byte("z")) {
		t.Error("parts are not simply joined")
	}
}
