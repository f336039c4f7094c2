package cosign

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/btcutil/v2/hdkeychain"
	"github.com/btcsuite/btcd/chaincfg/v2"
	"github.com/btcsuite/btcd/txscript/v2"

	"supercomputing/chain/types"
	"supercomputing/wallet/descriptor"
)

type psbtVectors struct {
	Valid, Invalid []struct{ Case, Data, Hex string }
}

func loadPSBT(t *testing.T, name string) (f psbtVectors) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// elsewhere are the fields of BIP 174 for older outputs, which Decode refuses
// as a whole.
var elsewhere = []byte{0x02, 0x04, 0x05, 0x06, 0x07}

// wellFormed checks a PSBT's form apart from any account.
func wellFormed(b []byte) error {
	r, err := parseRaw(b)
	if err != nil {
		return err
	}
	for _, in := range r.inputs {
		for _, f := range in {
			if err := form(false, f); err != nil {
				return err
			}
		}
	}
	for _, out := range r.outputs {
		for _, f := range out {
			if err := form(true, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// TestBIP174And371Vectors reads the published PSBTs of other programs: the
// valid ones are read and written back to the same fields; the invalid ones
// are refused by their form or for a field that has no place here.
func TestBIP174And371Vectors(t *testing.T) {
	f := loadPSBT(t, "bip174_bip371.json")
	d, _ := account(t, 1, 2)
	for _, v := range f.Valid {
		b, err := unarmor(v.Data)
		if err != nil {
			t.Fatal(err)
		}
		if err := wellFormed(b); err != nil {
			t.Errorf("%s: %v", v.Case, err)
			continue
		}
		r := must(parseRaw(b))(t)
		again := must(parseRaw(r.encode()))(t)
		if !bytes.Equal(again.encode(), r.encode()) || len(r.encode()) != len(b) {
			t.Errorf("%s: it does not survive a round trip", v.Case)
		}
		if _, err := Decode(v.Data, testNetwork, d); err == nil {
			t.Errorf("%s: taken for one of ours", v.Case)
		}
		for i := range b {
			if err := wellFormed(b[:i]); err == nil {
				t.Errorf("%s: cut off at %d", v.Case, i)
			}
		}
		if err := wellFormed(append(slices.Clone(b), 0)); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: with a byte behind: %v", v.Case, err)
		}
	}
	for _, v := range f.Invalid {
		if _, err := Decode(v.Data, testNetwork, d); err == nil {
			t.Errorf("%s: accepted", v.Case)
		}
		b, err := unarmor(v.Data)
		if err != nil {
			continue
		}
		if wellFormed(b) != nil {
			continue
		}
		r := must(parseRaw(b))(t)
		refused := len(r.global) > 0 && r.global[0].key[0] != globalXpub
		for _, fields := range append(r.inputs, r.outputs...) {
			refused = refused || slices.ContainsFunc(fields, func(f field) bool {
				return slices.Contains(elsewhere, f.key[0]) || f.key[0] <= 2
			})
		}
		if !refused {
			t.Errorf("%s: nothing here refuses it", v.Case)
		}
	}
}

// TestBIP373Vectors verifies BIP 373's PSBTs with our code: the aggregate key,
// BIP 328's derivation, the tweaks, the key data of every field, all partial
// signatures, and the finished one.
func TestBIP373Vectors(t *testing.T) {
	for _, v := range loadPSBT(t, "bip373.json").Valid {
		b := unhex(t, v.Hex)
		if err := wellFormed(b); err != nil {
			t.Fatal(err)
		}
		r := must(parseRaw(b))(t)
		get := func(kind byte) (all []field) {
			for _, f := range r.inputs[0] {
				if f.key[0] == kind {
					all = append(all, f)
				}
			}
			return all
		}
		in := must(readUTXO(get(inWitnessUTXO)[0].value))(t)
		a := vectorAggregate(t, get(inMuSigParticipants)[0], get(inTapInternalKey), get(inTapDerivation), in.Address)
		fetch := txscript.NewCannedPrevOutputFetcher(in.Address.PkScript(), int64(in.Amount))
		hash, err := txscript.CalcTaprootSignatureHash(txscript.NewTxSigHashes(r.tx, fetch), txscript.SigHashDefault, r.tx, 0, fetch)
		if err != nil {
			t.Fatal(err)
		}
		s, err := newSession(a, types.Hash(hash))
		if err != nil {
			t.Fatalf("%s: %v", v.Case, err)
		}
		p := &Packet{proposal: &proposal{inputs: []input{{spot: spot{aggregate: a}}}}}
		var nonces []*[66]byte
		var partials []*[32]byte
		for m := range a.Participants {
			for _, f := range get(inMuSigPubNonce) {
				if bytes.Equal(f.key[1:], p.musigKey(0, m)) {
					nonces = append(nonces, (*[66]byte)(f.value))
				}
			}
			for _, f := range get(inMuSigPartialSig) {
				if bytes.Equal(f.key[1:], p.musigKey(0, m)) {
					partials = append(partials, (*[32]byte)(f.value))
				}
			}
		}
		if len(nonces) != 3 || len(partials) != 3 {
			t.Fatalf("%s: %d nonces and %d signatures under the keys that we expect", v.Case, len(nonces), len(partials))
		}
		round := must(s.begin(nonces))(t)
		for m, partial := range partials {
			if !round.verify(m, partial) {
				t.Errorf("%s: participant %d's partial signature", v.Case, m)
			}
		}
		sig := round.join(partials)
		if !verifySchnorr([32]byte(in.Address), types.Hash(hash), &sig) {
			t.Errorf("%s: the finished signature does not verify", v.Case)
		}
		if final := get(inTapKeySig); len(final) > 0 && !bytes.Equal(final[0].value, sig[:]) {
			t.Errorf("%s: another finished signature than published", v.Case)
		}
		invalidBIP373(t, r)
	}
}

// vectorAggregate finds the tweaks from the aggregate to the output key.
func vectorAggregate(t *testing.T, participants field, internal, derivations []field, out types.Address) *descriptor.Aggregate {
	t.Helper()
	a := &descriptor.Aggregate{Plain: [33]byte(participants.key[1:])}
	for b := participants.value; len(b) > 0; b = b[33:] {
		a.Participants = append(a.Participants, [33]byte(b[:33]))
	}
	key, err := btcec.ParsePubKey(a.Plain[:])
	if err != nil {
		t.Fatal(err)
	}
	if len(internal) > 0 {
		if !bytes.Equal(internal[0].value, a.Plain[1:]) {
			key = vectorDerive(t, a, key, internal[0].value, derivations)
		}
		tweak := txscript.ComputeTaprootKeyNoScript(key)
		a.Tweaks = append(a.Tweaks, descriptor.Tweak{Value: tapTweak(key), XOnly: true})
		key = tweak
	}
	a.Output = [33]byte(key.SerializeCompressed())
	if !bytes.Equal(a.Output[1:], out[:]) {
		t.Fatalf("output key %x, want %x", a.Output, out)
	}
	return a
}

func tapTweak(key *btcec.PublicKey) [32]byte {
	return taggedHash("TapTweak", schnorr.SerializePubKey(key))
}

// vectorDerive goes BIP 328's way to the internal key, with the plain tweaks.
func vectorDerive(t *testing.T, a *descriptor.Aggregate, key *btcec.PublicKey, internal []byte, derivations []field) *btcec.PublicKey {
	t.Helper()
	at := slices.IndexFunc(derivations, func(f field) bool { return bytes.Equal(f.key[1:], internal) })
	path := derivations[at].value[5:]
	node := hdkeychain.NewExtendedKey(chaincfg.MainNetParams.HDPublicKeyID[:], key.SerializeCompressed(),
		unhex(t, "868087ca02a6f974c4598924c36b57762d32cb45717167e300622c7167e38965"), make([]byte, 4), 0, 0, false)
	for ; len(path) > 0; path = path[4:] {
		index := uint32(path[0]) | uint32(path[1])<<8 | uint32(path[2])<<16 | uint32(path[3])<<24
		parent, err := node.ECPubKey()
		if err != nil {
			t.Fatal(err)
		}
		sum := hmacSHA512(node.ChainCode(), append(parent.SerializeCompressed(), byte(index>>24), byte(index>>16), byte(index>>8), byte(index)))
		a.Tweaks = append(a.Tweaks, descriptor.Tweak{Value: [32]byte(sum[:32])})
		if node, err = node.Derive(index); err != nil {
			t.Fatal(err)
		}
	}
	pub, err := node.ECPubKey()
	if err != nil {
		t.Fatal(err)
	}
	return pub
}

// invalidBIP373 makes BIP 373's invalid cases from a valid one, as they are
// made there: x-only keys for compressed ones, values a byte too short.
func invalidBIP373(t *testing.T, r *raw) {
	t.Helper()
	for i, f := range r.inputs[0] {
		var bad []field
		switch f.key[0] {
		case inMuSigParticipants:
			bad = []field{{slices.Delete(slices.Clone(f.key), 1, 2), f.value}, {f.key, slices.Delete(slices.Clone(f.value), 33, 34)}}
		case inMuSigPubNonce, inMuSigPartialSig:
			bad = []field{{slices.Delete(slices.Clone(f.key), 1, 2), f.value}, {slices.Delete(slices.Clone(f.key), 34, 35), f.value}, {f.key, f.value[1:]}}
		}
		for _, b := range bad {
			c := *r
			c.inputs = [][]field{slices.Clone(r.inputs[0])}
			c.inputs[0][i] = b
			if err := wellFormed(c.encode()); !errors.Is(err, ErrFormat) {
				t.Errorf("a field %x of a wrong length: %v", b.key, err)
			}
		}
	}
}

func TestArmor(t *testing.T) {
	d, _ := account(t, 1, 2)
	p := propose(t, d, 1, nil)
	text := p.Encode()
	for name, good := range map[string]string{
		"base64": text, "bytes": string(p.Bytes()), "broken lines": " " + text[:64] + "\r\n" + text[64:] + "\n",
	} {
		if _, err := Decode(good, testNetwork, d); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		o, err := Identify(good)
		if err != nil || o != (Outline{testNetwork, d.ID(), p.TxID(), 0, len(p.inputs)}) {
			t.Errorf("%s: %+v, %v", name, o, err)
		}
	}
	for name, bad := range map[string]string{
		"empty": "", "nonsense": "hello", "hex": fmt.Sprintf("%x", p.Bytes()), "another magic": base64.StdEncoding.EncodeToString([]byte("psbx\xff")),
		"no padding": text[:len(text)-len(text)%4-1],
	} {
		if _, err := Decode(bad, testNetwork, d); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Decode(string(make([]byte, MaxSize*2)), testNetwork, d); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	if _, err := parseRaw(make([]byte, MaxSize+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
}
