package cosign

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr/musig2"

	"supercomputing/chain/types"
	"supercomputing/wallet/descriptor"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// vectors is BIP 327's files; testdata is package keys'.
type vectors struct {
	Pubkeys, Pnonces, Tweaks, Psigs, Msgs []string
	Msg                                   string
	Valid                                 []vector `json:"valid_test_cases"`
	Fail                                  []vector `json:"verify_fail_test_cases"`
	VerifyErrors                          []vector `json:"verify_error_test_cases"`
	Errors                                []vector `json:"error_test_cases"`
}

type vector struct {
	Keys     []int  `json:"key_indices"`
	Nonces   []int  `json:"nonce_indices"`
	Msg      int    `json:"msg_index"`
	Tweaks   []int  `json:"tweak_indices"`
	XOnly    []bool `json:"is_xonly"`
	Signer   int    `json:"signer_index"`
	Psigs    []int  `json:"psig_indices"`
	Sig      string
	Expected string
	Comment  string
}

func load(t *testing.T, name string) (f vectors) {
	t.Helper()
	data, err := os.ReadFile("../keys/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// round makes a vector's session and takes in its nonces.
func (f *vectors) round(t *testing.T, v vector) (*round, error) {
	t.Helper()
	msg := f.Msg
	if msg == "" {
		msg = f.Msgs[v.Msg]
	}
	a := &descriptor.Aggregate{}
	var pubs []*btcec.PublicKey
	var tweaks []musig2.KeyTweakDesc
	for _, k := range v.Keys {
		b := unhex(t, f.Pubkeys[k])
		pub, err := btcec.ParsePubKey(b)
		if err != nil {
			return nil, err
		}
		pubs, a.Participants = append(pubs, pub), append(a.Participants, [33]byte(b))
	}
	for i, k := range v.Tweaks {
		tweak := descriptor.Tweak{Value: [32]byte(unhex(t, f.Tweaks[k])), XOnly: v.XOnly[i]}
		a.Tweaks = append(a.Tweaks, tweak)
		tweaks = append(tweaks, musig2.KeyTweakDesc{Tweak: tweak.Value, IsXOnly: tweak.XOnly})
	}
	aggregate, _, _, err := musig2.AggregateKeys(pubs, false, musig2.WithKeyTweaks(tweaks...))
	if err != nil {
		return nil, err
	}
	a.Output = [33]byte(aggregate.FinalKey.SerializeCompressed())
	s, err := newSession(a, types.Hash(unhex(t, msg)))
	if err != nil {
		t.Fatal(err)
	}
	var nonces []*[66]byte
	for _, k := range v.Nonces {
		n := unhex(t, f.Pnonces[k])
		if len(n) != 66 {
			return nil, ErrFormat // as form says
		}
		nonces = append(nonces, (*[66]byte)(n))
	}
	return s.begin(nonces)
}

// TestBIP327Verify verifies BIP 327's partial signatures, and refuses its
// false ones.
func TestBIP327Verify(t *testing.T) {
	for _, name := range []string{"bip327_sign_verify.json", "bip327_tweak.json"} {
		f := load(t, name)
		for _, v := range f.Valid {
			r, err := f.round(t, v)
			if err != nil {
				t.Fatal(err)
			}
			good := [32]byte(unhex(t, v.Expected))
			if !r.verify(v.Signer, &good) {
				t.Errorf("%s: a valid signature is refused (%s)", name, v.Comment)
			}
			for _, i := range []int{0, 1, 15, 31} {
				bad := good
				bad[i] ^= 1
				if r.verify(v.Signer, &bad) {
					t.Fatalf("%s: byte %d changed is accepted", name, i)
				}
			}
			if r.verify((v.Signer+1)%len(v.Keys), &good) {
				t.Errorf("%s: another's signature is accepted", name)
			}
		}
		for _, v := range f.Fail {
			r, err := f.round(t, v)
			if err != nil {
				t.Fatal(err)
			}
			if bad := [32]byte(unhex(t, v.Sig)); r.verify(v.Signer, &bad) {
				t.Errorf("%s: accepted: %s", name, v.Comment)
			}
		}
		for _, v := range f.VerifyErrors {
			if _, err := f.round(t, v); err == nil {
				t.Errorf("%s: accepted: %s", name, v.Comment)
			}
		}
	}
}

// TestBIP327Aggregate puts BIP 327's partial signatures together.
func TestBIP327Aggregate(t *testing.T) {
	f := load(t, "bip327_sig_agg.json")
	for i, v := range f.Valid {
		r, err := f.round(t, v)
		if err != nil {
			t.Fatal(err)
		}
		var partials []*[32]byte
		for m, k := range v.Psigs {
			p := (*[32]byte)(unhex(t, f.Psigs[k]))
			if !r.verify(m, p) {
				t.Errorf("case %d: member %d is refused", i, m)
			}
			partials = append(partials, p)
		}
		sig := r.join(partials)
		if got := hex.EncodeToString(sig[:]); !strings.EqualFold(got, v.Expected) {
			t.Errorf("case %d: %s, want %s", i, got, v.Expected)
		}
		if !verifySchnorr(r.output, r.musig.Message, &sig) {
			t.Errorf("case %d: the signature does not verify", i)
		}
	}
	for _, v := range f.Errors {
		r, err := f.round(t, v)
		if err != nil {
			t.Fatal(err)
		}
		ok := true
		for m, k := range v.Psigs {
			ok = ok && r.verify(m, (*[32]byte)(unhex(t, f.Psigs[k])))
		}
		if ok {
			t.Errorf("accepted: %s", v.Comment)
		}
	}
}

// TestSessionAgreesWithBtcec compares our verification with btcec's, which
// aggregates for every signature.
func TestSessionAgreesWithBtcec(t *testing.T) {
	d, ws := account(t, 0, 4)
	p := propose(t, d, 2, nil)
	var err error
	for _, w := range ws {
		if p, err = p.AddNonces(w.account); err != nil {
			t.Fatal(err)
		}
	}
	for m, w := range ws {
		if p, err = p.Sign(w.account); err != nil {
			t.Fatal(err)
		}
		for i := range p.inputs {
			s := p.inputs[i].session
			var nonces [][66]byte
			for _, n := range p.given[i].nonces {
				nonces = append(nonces, *n)
			}
			all, err := musig2.AggregateNonces(nonces)
			if err != nil {
				t.Fatal(err)
			}
			var pubs []*btcec.PublicKey
			for _, k := range s.musig.Participants {
				pub, err := btcec.ParsePubKey(k[:])
				if err != nil {
					t.Fatal(err)
				}
				pubs = append(pubs, pub)
			}
			var tweaks []musig2.KeyTweakDesc
			for _, tw := range s.musig.Tweaks {
				tweaks = append(tweaks, musig2.KeyTweakDesc{Tweak: tw.Value, IsXOnly: tw.XOnly})
			}
			var sig musig2.PartialSignature
			if err := sig.Decode(bytes.NewReader(p.given[i].partials[m][:])); err != nil {
				t.Fatal(err)
			}
			if !sig.Verify(nonces[m], all, pubs, pubs[m], s.musig.Message, musig2.WithTweaks(tweaks...)) {
				t.Errorf("btcec refuses what we accept: input %d, member %d", i, m)
			}
		}
	}
}

func TestSessionNeedsAllNonces(t *testing.T) {
	f := load(t, "bip327_sign_verify.json")
	r, err := f.round(t, f.Valid[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.session.begin([]*[66]byte{r.nonces[0], nil, r.nonces[2]}); !errors.Is(err, ErrNoncesMissing) {
		t.Error(err)
	}
}
