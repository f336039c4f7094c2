package consensus

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/txscript/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
)

// BIP 340's test-vectors.csv, as far as messages have 32 bytes: all others we
// sign and check do.
func TestBIP340Vectors(t *testing.T) {
	f, err := os.Open("testdata/bip340.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) != 16 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		secret, aux := unhex(t, row[1]), unhex(t, row[3])
		pub, msg := types.Address(unhex(t, row[2])), types.Hash(unhex(t, row[4]))
		sig := [64]byte(unhex(t, row[5]))
		if got, want := VerifySchnorr(pub, msg, sig), row[6] == "TRUE"; got != want {
			t.Errorf("vector %s (%s): verifies: %v", row[0], row[7], got)
		}
		if len(secret) == 0 {
			continue
		}
		priv, _ := btcec.PrivKeyFromBytes(secret)
		got, err := schnorr.Sign(priv, msg[:], schnorr.CustomNonce([32]byte(aux)))
		if err != nil || !bytes.Equal(got.Serialize(), sig[:]) {
			t.Errorf("vector %s: signature %x, %v", row[0], got.Serialize(), err)
		}
		if a := types.Address(schnorr.SerializePubKey(priv.PubKey())); a != pub || !a.OnCurve() {
			t.Errorf("vector %s: public key %v", row[0], a)
		}
	}
}

type bip341Vectors struct {
	ScriptPubKey []struct {
		InternalPubkey, MerkleRoot, Tweak, TweakedPubkey, Bip350Address string
		Leaves                                                          []struct {
			Script      string
			LeafVersion byte
		}
		ControlBlocks []string
	}
	KeyPathSpending struct {
		RawUnsignedTx string
		UtxosSpent    []struct {
			ScriptPubKey string
			AmountSats   int64
		}
		InputSpending []struct {
			TxinIndex                                         int
			HashType                                          byte
			InternalPrivkey, TweakedPrivkey, SigHash, Witness string
		}
	}
}

// The wallet test vectors of BIP 341: output keys and control blocks.
func TestBIP341Outputs(t *testing.T) {
	var v bip341Vectors
	readJSON(t, "bip341.json", &v)
	if len(v.ScriptPubKey) != 7 {
		t.Fatalf("%d vectors", len(v.ScriptPubKey))
	}
	for i, s := range v.ScriptPubKey {
		internal, err := schnorr.ParsePubKey(unhex(t, s.InternalPubkey))
		if err != nil {
			t.Fatal(err)
		}
		out := schnorr.SerializePubKey(txscript.ComputeTaprootOutputKey(internal, unhex(t, s.MerkleRoot)))
		if hex.EncodeToString(out) != s.TweakedPubkey {
			t.Errorf("%d: output key %x", i, out)
		}
		a, err := types.DecodeAddress("bc", s.Bip350Address)
		if err != nil || a != types.Address(out) || types.EncodeAddress("bc", a) != s.Bip350Address {
			t.Errorf("%d: address %v, %v", i, a, err)
		}
		for j, leaf := range s.Leaves {
			w := wire.TxWitness{unhex(t, leaf.Script), unhex(t, s.ControlBlocks[j])}
			err := spendOne(a, w).input(0)
			// Without a signature a known leaf that wants one fails, but in
			// its script, after the control block.
			wants := leaf.LeafVersion == 192 && leaf.Script[len(leaf.Script)-2:] == "ac"
			if wants != (err != nil) || wants && txscript.IsErrorCode(err, txscript.ErrTaprootMerkleProofInvalid) {
				t.Errorf("%d: leaf %d: %v", i, j, err)
			}
			w[0][len(w[0])-1] ^= 1
			if err := spendOne(a, w).input(0); !txscript.IsErrorCode(err, txscript.ErrTaprootMerkleProofInvalid) {
				t.Errorf("%d: leaf %d with another script: %v", i, j, err)
			}
		}
	}
}

func spendOne(a types.Address, w wire.TxWitness) *scriptCheck {
	m := wire.NewMsgTx(2)
	m.AddTxIn(wire.NewTxIn(&wire.OutPoint{}, nil, w))
	return newScriptCheck(m, []*wire.TxOut{wire.NewTxOut(1, a.PkScript())})
}

// The wallet test vectors of BIP 341: key path spends with all hash types.
func TestBIP341KeyPath(t *testing.T) {
	var v bip341Vectors
	readJSON(t, "bip341.json", &v)
	k := v.KeyPathSpending
	m := new(wire.MsgTx)
	if err := m.Deserialize(bytes.NewReader(unhex(t, k.RawUnsignedTx))); err != nil {
		t.Fatal(err)
	}
	var prevs []*wire.TxOut
	for _, u := range k.UtxosSpent {
		prevs = append(prevs, wire.NewTxOut(u.AmountSats, unhex(t, u.ScriptPubKey)))
	}
	c := newScriptCheck(m, prevs)
	for _, in := range k.InputSpending {
		i := in.TxinIndex
		hash, err := txscript.CalcTaprootSignatureHash(c.hashes, txscript.SigHashType(in.HashType), m, i, c.fetch)
		if err != nil || hex.EncodeToString(hash) != in.SigHash {
			t.Errorf("input %d: signature hash %x, %v", i, hash, err)
		}
		if got := bip341Hash(m, prevs, i, in.HashType, nil, nil); hex.EncodeToString(got[:]) != in.SigHash {
			t.Errorf("input %d: the tests' own signature hash %x", i, got[:])
		}
		m.TxIn[i].Witness = wire.TxWitness{unhex(t, in.Witness)}
		if err := c.input(i); err != nil {
			t.Errorf("input %d: %v", i, err)
		}
		priv, _ := btcec.PrivKeyFromBytes(unhex(t, in.TweakedPrivkey))
		sig, err := schnorr.Sign(priv, hash, schnorr.CustomNonce([32]byte{}))
		if err != nil || hex.EncodeToString(sig.Serialize()) != in.Witness[:128] {
			t.Errorf("input %d: signature %x, %v", i, sig.Serialize(), err)
		}
		for _, at := range []int{0, 40, 63} {
			bad := unhex(t, in.Witness)
			bad[at] ^= 1
			m.TxIn[i].Witness = wire.TxWitness{bad}
			if err := c.input(i); err == nil {
				t.Errorf("input %d: byte %d altered and still valid", i, at)
			}
		}
	}
}

// A selection of Bitcoin Core's script assets for Taproot, one spend of each
// kind with its valid and its invalid witness.
func TestTapscriptAssets(t *testing.T) {
	t.Parallel()
	f, err := os.Open("testdata/tapscript.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	type witness struct {
		ScriptSig string
		Witness   []string
	}
	cases := 0
	r := bufio.NewReader(z)
	for {
		line, err := r.ReadBytes('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		var v struct {
			Comment, Tx      string
			Prevouts         []string
			Index            int
			Success, Failure *witness
		}
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		cases++
		m := new(wire.MsgTx)
		if err := m.Deserialize(bytes.NewReader(unhex(t, v.Tx))); err != nil {
			t.Fatal(err)
		}
		var prevs []*wire.TxOut
		for _, p := range v.Prevouts {
			out := new(wire.TxOut)
			if err := wire.ReadTxOut(bytes.NewReader(unhex(t, p)), 0, 0, out); err != nil {
				t.Fatal(err)
			}
			prevs = append(prevs, out)
		}
		check := func(w *witness) error {
			in := m.TxIn[v.Index]
			in.SignatureScript, in.Witness = unhex(t, w.ScriptSig), nil
			for _, e := range w.Witness {
				in.Witness = append(in.Witness, unhex(t, e))
			}
			return newScriptCheck(m, prevs).input(v.Index)
		}
		if v.Success != nil {
			if err := check(v.Success); err != nil {
				t.Errorf("%s: valid spend: %v", v.Comment, err)
			}
		}
		if v.Failure != nil {
			if err := check(v.Failure); err == nil {
				t.Errorf("%s: invalid spend succeeds", v.Comment)
			}
		}
	}
	if cases < 100 {
		t.Errorf("only %d cases", cases)
	}
}
