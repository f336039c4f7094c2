package types

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

// generator is the x coordinate of secp256k1's generator: a valid key.
const generator = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"

func mustHex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func testAddress() Address { return Address(mustHex(generator)) }

// The test vectors of BIP 350. Of the addresses it calls valid, only those are
// ours that have version 1, 32 bytes and a key on the curve.
func TestBIP350Vectors(t *testing.T) {
	var v struct {
		Valid               []struct{ Address, Script string }
		Invalid             []struct{ Address, Reason string }
		Bech32m, NotBech32m []string
	}
	b, err := os.ReadFile("testdata/bip350.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Valid) != 8 || len(v.Invalid) != 15 || len(v.Bech32m) != 7 {
		t.Fatalf("%d, %d and %d vectors", len(v.Valid), len(v.Invalid), len(v.Bech32m))
	}
	ours := 0
	for _, c := range v.Valid {
		prefix := strings.ToLower(c.Address[:2])
		a, err := DecodeAddress(prefix, c.Address)
		want, taproot := ScriptAddress(mustHex(c.Script))
		if taproot && want.OnCurve() {
			ours++
			if err != nil || a != want || EncodeAddress(prefix, a) != strings.ToLower(c.Address) {
				t.Errorf("%s: %v, %v", c.Address, a, err)
			}
			continue
		}
		if !errors.Is(err, ErrAddress) {
			t.Errorf("%s is not Taproot or off the curve: %v", c.Address, err)
		}
	}
	if ours == 0 {
		t.Error("no vector was valid")
	}
	for _, c := range v.Invalid {
		for _, prefix := range []string{"bc", "tb"} {
			if _, err := DecodeAddress(prefix, c.Address); !errors.Is(err, ErrAddress) {
				t.Errorf("%s (%s): %v", c.Address, c.Reason, err)
			}
		}
	}
	// Bech32m strings that are no addresses: with their own prefix, too.
	for _, s := range append(v.Bech32m, v.NotBech32m...) {
		prefix := strings.ToLower(s[:max(0, strings.LastIndexByte(s, '1'))])
		if _, err := DecodeAddress(prefix, s); !errors.Is(err, ErrAddress) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestAddressRoundTrip(t *testing.T) {
	a := testAddress()
	for _, prefix := range []string{"sc", "tsc", "lsc", "abcdefghijklmnop"} {
		s := EncodeAddress(prefix, a)
		if !strings.HasPrefix(s, prefix+"1p") {
			t.Errorf("address %s", s)
		}
		for _, text := range []string{s, strings.ToUpper(s)} {
			if got, err := DecodeAddress(prefix, text); err != nil || got != a {
				t.Errorf("%s: %v, %v", text, got, err)
			}
		}
		if _, err := DecodeAddress("other", s); !errors.Is(err, ErrAddress) {
			t.Errorf("%s is taken for another network's: %v", s, err)
		}
	}
}

// Every mistyped character is noticed, and so are two swapped ones.
func TestAddressTypos(t *testing.T) {
	s := EncodeAddress("tsc", testAddress())
	for i := range s {
		for _, c := range []byte("qpzry9x8gf2tvdw0s3jn54khce6mua7lb1io ") {
			typo := s[:i] + string(c) + s[i+1:]
			if typo == s {
				continue
			}
			if _, err := DecodeAddress("tsc", typo); !errors.Is(err, ErrAddress) {
				t.Errorf("%s: %v", typo, err)
			}
		}
		if i > 0 && s[i] != s[i-1] {
			swapped := s[:i-1] + s[i:i+1] + s[i-1:i] + s[i+1:]
			if _, err := DecodeAddress("tsc", swapped); !errors.Is(err, ErrAddress) {
				t.Errorf("%s: %v", swapped, err)
			}
		}
	}
	for _, bad := range []string{"", "tsc", "tsc1", s[:len(s)-1], s + "q", " " + s, s + "\n", strings.Repeat("q", 91)} {
		if _, err := DecodeAddress("tsc", bad); !errors.Is(err, ErrAddress) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestAddressOnCurve(t *testing.T) {
	off := Address{31: 5}
	if off.OnCurve() || (Address{}).OnCurve() || !testAddress().OnCurve() {
		t.Error("OnCurve is wrong")
	}
	// The field's size and above are no coordinates (BIP 340).
	if Address(mustHex("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f")).OnCurve() {
		t.Error("a coordinate above the field is on the curve")
	}
	if _, err := DecodeAddress("tsc", EncodeAddress("tsc", off)); !errors.Is(err, ErrAddress) {
		t.Errorf("coins could be sent where nobody can spend them: %v", err)
	}
	if !(Address{}).IsZero() || off.IsZero() {
		t.Error("IsZero is wrong")
	}
}

func TestScriptAddress(t *testing.T) {
	a := testAddress()
	script := a.PkScript()
	if hex.EncodeToString(script) != "5120"+generator {
		t.Errorf("script %x", script)
	}
	if got, ok := ScriptAddress(script); !ok || got != a {
		t.Errorf("got %v, %v", got, ok)
	}
	for _, bad := range []string{"", "5120", "5220" + generator, "5121" + generator, "5120" + generator + "00", "0020" + generator, "51204e73"} {
		if _, ok := ScriptAddress(mustHex(bad)); ok {
			t.Errorf("%s passes for Taproot", bad)
		}
	}
}

func TestAddressLess(t *testing.T) {
	a, b := Address{0, 0xff}, Address{1}
	if !a.Less(b) || b.Less(a) || a.Less(a) {
		t.Error("addresses do not order by their bytes")
	}
}

func FuzzDecodeAddress(f *testing.F) {
	f.Add(EncodeAddress("tsc", testAddress()))
	f.Add(strings.ToUpper(EncodeAddress("tsc", testAddress())))
	f.Add("tsc1")
	f.Add("tsc1pw5dgrnzv")
	f.Fuzz(func(t *testing.T, s string) {
		a, err := DecodeAddress("tsc", s)
		if err != nil {
			return
		}
		if EncodeAddress("tsc", a) != strings.ToLower(s) || !a.OnCurve() {
			t.Fatalf("%q decodes to %v", s, a)
		}
	})
}
