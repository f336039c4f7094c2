package keys

import (
	"encoding/hex"
	"errors"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/btcutil/v2/hdkeychain"
	"github.com/btcsuite/btcd/chaincfg/v2"

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

func TestBIP32Vectors(t *testing.T) {
	var file struct {
		Vectors []struct {
			Name, Seed, Xpub, Xprv string
			Path                   []uint32
		}
	}
	loadVectors(t, "bip32.json", &file)
	for _, v := range file.Vectors {
		key, err := hdkeychain.NewMaster(unhex(t, v.Seed), &chaincfg.MainNetParams)
		if err != nil {
			t.Fatal(err)
		}
		for _, index := range v.Path {
			const hard = hdkeychain.HardenedKeyStart
			if key, err = derive(key, index&^hard, index&hard != 0); err != nil {
				t.Fatal(err)
			}
		}
		if got := key.String(); got != v.Xprv {
			t.Errorf("%s: private key %s", v.Name, got)
		}
		pub, err := key.Neuter()
		if err != nil {
			t.Fatal(err)
		}
		if got := pub.String(); v.Xpub != "" && got != v.Xpub {
			t.Errorf("%s: public key %s", v.Name, got)
		}
	}
}

func TestBIP86Vectors(t *testing.T) {
	var file struct {
		Words   string
		Coin    uint32
		Xpub    string `json:"account_xpub"`
		Vectors []struct {
			Branch           Branch
			Index            uint32
			Output, Address  string
			Internal, Unused string
		}
	}
	loadVectors(t, "bip86.json", &file)
	private, err := deriveAccount(mustWords(t, file.Words).Seed(""), file.Coin, 0)
	if err != nil {
		t.Fatal(err)
	}
	public, err := private.Account()
	if err != nil {
		t.Fatal(err)
	}
	if public.Encode() != file.Xpub {
		t.Errorf("account %s", public.Encode())
	}
	for _, v := range file.Vectors {
		a, err := public.Address(v.Branch, v.Index)
		if err != nil {
			t.Fatal(err)
		}
		if a.String() != v.Output || types.EncodeAddress("bc", a) != v.Address {
			t.Errorf("%d/%d: %v, want %s", v.Branch, v.Index, a, v.Output)
		}
		key, err := private.Key(v.Branch, v.Index)
		if err != nil {
			t.Fatal(err)
		}
		if key.Address() != a {
			t.Errorf("%d/%d: private and public derivation differ", v.Branch, v.Index)
		}
		checkSignature(t, a, key.Sign)
	}
}

func checkSignature(t *testing.T, a types.Address, sign func(types.Hash) ([64]byte, error)) {
	t.Helper()
	hash := types.Hash{1, 2, 3}
	sig, err := sign(hash)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := schnorr.ParseSignature(sig[:])
	if err != nil {
		t.Fatal(err)
	}
	pub, err := schnorr.ParsePubKey(a[:])
	if err != nil {
		t.Fatal(err)
	}
	if !parsed.Verify(hash[:], pub) {
		t.Error("the address does not verify the signature")
	}
	hash[0]++
	if parsed.Verify(hash[:], pub) {
		t.Error("the signature verifies another hash")
	}
}

func TestDeriveRefusesPaths(t *testing.T) {
	seed := mustWords(t, abandon).Seed("")
	private, err := deriveAccount(seed, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	public, err := private.Account()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		branch Branch
		index  uint32
	}{{2, 0}, {^Branch(0), 0}, {Receive, 1 << 31}, {Change, ^uint32(0)}} {
		if _, err := private.Key(c.branch, c.index); !errors.Is(err, ErrPath) {
			t.Errorf("key %v: %v", c, err)
		}
		if _, err := public.Address(c.branch, c.index); !errors.Is(err, ErrPath) {
			t.Errorf("address %v: %v", c, err)
		}
	}
	for _, bad := range [][2]uint32{{1 << 31, 0}, {0, 1 << 31}} {
		if _, err := deriveAccount(seed, bad[0], bad[1]); !errors.Is(err, ErrPath) {
			t.Errorf("account %v: %v", bad, err)
		}
	}
	if _, err := deriveAccount(seed[:8], 1, 0); err == nil {
		t.Error("a seed of 8 bytes was accepted")
	}
}

func TestParseAccountRefuses(t *testing.T) {
	master, err := hdkeychain.NewMaster(mustWords(t, abandon).Seed(""), &chaincfg.MainNetParams)
	if err != nil {
		t.Fatal(err)
	}
	shallow, err := master.Neuter()
	if err != nil {
		t.Fatal(err)
	}
	private, err := deriveAccount(mustWords(t, abandon).Seed(""), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty": "", "nonsense": "xpub", "too long": string(make([]byte, 1<<20)),
		"master": shallow.String(), "private key": private.key.String(),
	} {
		if _, err := ParseAccount(text); !errors.Is(err, ErrAccount) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

const vrfPin = "2a773f9a85fcba05a4832e1bac1fd074f4cf5a732a2b14e476783491f268e8b1"

func TestVRFSecret(t *testing.T) {
	seed := mustWords(t, abandon).Seed("")
	a, err := deriveVRF(seed, 1)
	if err != nil {
		t.Fatal(err)
	}
	b, err := deriveVRF(seed, 2)
	if err != nil {
		t.Fatal(err)
	}
	if a == b || a == [32]byte{} {
		t.Error("networks share a VRF secret")
	}
	// Pinned: a changed derivation would orphan every producer registration.
	if got := hex.EncodeToString(a[:]); got != vrfPin {
		t.Errorf("VRF secret of the test words is now %s", got)
	}
}
