package consensus

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"supercomputing/chain/types"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readJSON(t testing.TB, name string, v any) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// RFC 9381, appendix B.4, examples 19 to 21.
func TestVRFVectors(t *testing.T) {
	var vectors []struct{ SK, PK, Alpha, Pi, Beta string }
	readJSON(t, "rfc9381.json", &vectors)
	if len(vectors) != 3 {
		t.Fatalf("%d vectors", len(vectors))
	}
	for i, v := range vectors {
		key := NewVRFKey([32]byte(unhex(t, v.SK)))
		public, alpha := key.Public(), unhex(t, v.Alpha)
		if hex.EncodeToString(public[:]) != v.PK {
			t.Errorf("%d: public key %x", i, public)
		}
		proof, out := key.Prove(alpha)
		if hex.EncodeToString(proof[:]) != v.Pi || hex.EncodeToString(out[:]) != v.Beta[:64] {
			t.Errorf("%d: proof %x, output %x", i, proof, out)
		}
		got, err := VRFVerify(public, alpha, [80]byte(unhex(t, v.Pi)))
		if err != nil || got != out {
			t.Errorf("%d: verify gives %x, %v", i, got, err)
		}
		if got, err := VRFProofOutput(proof); err != nil || got != out {
			t.Errorf("%d: output of the proof %x, %v", i, got, err)
		}
	}
}

func TestVRFRefuses(t *testing.T) {
	key, other := newTestKey("a").vrf, newTestKey("b").vrf
	alpha := SlotAlpha(types.Hash{1}, 2)
	proof, _ := key.Prove(alpha)
	for bit := range 80 * 8 {
		bad := proof
		bad[bit/8] ^= 1 << (bit % 8)
		if _, err := VRFVerify(key.Public(), alpha, bad); !errors.Is(err, ErrVRFProof) {
			t.Fatalf("bit %d flipped: %v", bit, err)
		}
	}
	if _, err := VRFVerify(other.Public(), alpha, proof); !errors.Is(err, ErrVRFProof) {
		t.Errorf("another key: %v", err)
	}
	if _, err := VRFVerify(key.Public(), SlotAlpha(types.Hash{1}, 3), proof); !errors.Is(err, ErrVRFProof) {
		t.Errorf("another slot: %v", err)
	}
}

// smallOrder are encodings of all points whose order divides 8, among them
// ones that are not canonical (RFC 9381 §5.6.1 lists them).
var smallOrder = []string{
	"0100000000000000000000000000000000000000000000000000000000000000",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0000000000000000000000000000000000000000000000000000000000000080",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"0100000000000000000000000000000000000000000000000000000000000080",
}

func TestVRFKeyValidation(t *testing.T) {
	if err := CheckVRFKey(newTestKey("a").vrf.Public()); err != nil {
		t.Errorf("a good key: %v", err)
	}
	for _, s := range append(smallOrder, "0200000000000000000000000000000000000000000000000000000000000000") {
		key := [32]byte(unhex(t, s))
		if err := CheckVRFKey(key); !errors.Is(err, ErrVRFKey) {
			t.Errorf("key %s: %v", s, err)
		}
		if _, err := VRFVerify(key, nil, [80]byte{}); err == nil {
			t.Errorf("key %s verifies a proof", s)
		}
	}
}

func TestVRFKeyIsSilent(t *testing.T) {
	seed := [32]byte{0xab, 0xcd, 0xef, 0xab, 0xcd}
	key := NewVRFKey(seed)
	for _, s := range []string{fmt.Sprint(key), fmt.Sprintf("%+v", key), fmt.Sprintf("%#v", key)} {
		if strings.Contains(s, "abcdefabcd") || strings.Contains(s, "171") {
			t.Errorf("a key prints its seed: %s", s)
		}
	}
}

func TestVRFOutputOrder(t *testing.T) {
	low, high := VRFOutput{0, 0xff}, VRFOutput{1}
	if !low.Less(high) || high.Less(low) || low.Less(low) {
		t.Error("outputs do not order as big-endian numbers")
	}
}

func TestSlotAlpha(t *testing.T) {
	got := hex.EncodeToString(SlotAlpha(types.Hash{0xaa}, 0x0102))
	if want := "aa" + strings.Repeat("00", 31) + "0000000000000102"; got != want {
		t.Errorf("alpha %s, want %s", got, want)
	}
}
