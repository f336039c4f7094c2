package descriptor

import (
	"bytes"
	"slices"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/txscript/v2"

	"supercomputing/chain/types"
)

// Script gives the output script of any tr() or rawtr() descriptor of public
// keys, an account's or not, with or without a checksum: of the path-th
// descriptor of a multipath, at an index where there is a wildcard.
func Script(text string, path int, index uint32) ([]byte, error) {
	body, err := stripChecksum(text, false)
	if err != nil {
		return nil, err
	}
	o, err := parseOutput(body)
	if err != nil {
		return nil, err
	}
	if path < 0 || path >= o.paths || index >= hardened {
		return nil, fail(-1, ErrPath, "%d/%d", path, index)
	}
	key, err := o.key.derive(path, index)
	if err != nil {
		return nil, err
	}
	if o.raw {
		return types.Address(schnorr.SerializePubKey(key)).PkScript(), nil
	}
	var root []byte
	if o.tree != nil {
		n, err := o.tree.node(path, index)
		if err != nil {
			return nil, err
		}
		hash := n.TapHash()
		root = hash[:]
	}
	return outputKey(key, root).PkScript(), nil
}

// outputKey is BIP 341's Taproot tweak; no root: BIP 86's.
func outputKey(internal *btcec.PublicKey, root []byte) types.Address {
	return types.Address(schnorr.SerializePubKey(txscript.ComputeTaprootOutputKey(internal, root)))
}

func (t *tree) node(path int, index uint32) (txscript.TapNode, error) {
	if t.left != nil {
		left, err := t.left.node(path, index)
		if err != nil {
			return nil, err
		}
		right, err := t.right.node(path, index)
		if err != nil {
			return nil, err
		}
		return txscript.NewTapBranch(left, right), nil
	}
	var keys [][32]byte
	for _, k := range t.keys {
		pub, err := k.derive(path, index)
		if err != nil {
			return nil, err
		}
		keys = append(keys, [32]byte(schnorr.SerializePubKey(pub)))
	}
	script, err := leafScript(t.multi, t.sorted, t.required, keys)
	if err != nil {
		return nil, fail(t.pos, ErrUnsupported, "%v", err)
	}
	return txscript.NewBaseTapLeaf(script), nil
}

// leafScript is pk's script (BIP 386) or multi_a's (BIP 387).
func leafScript(multi, sorted bool, required int, keys [][32]byte) ([]byte, error) {
	b := txscript.NewScriptBuilder()
	if !multi {
		return b.AddData(keys[0][:]).AddOp(txscript.OP_CHECKSIG).Script()
	}
	if sorted {
		keys = slices.Clone(keys)
		slices.SortFunc(keys, func(a, b [32]byte) int { return bytes.Compare(a[:], b[:]) })
	}
	for i, k := range keys {
		op := byte(txscript.OP_CHECKSIGADD)
		if i == 0 {
			op = txscript.OP_CHECKSIG
		}
		b.AddData(k[:]).AddOp(op)
	}
	return b.AddInt64(int64(required)).AddOp(txscript.OP_NUMEQUAL).Script()
}

// tapTweak is the x-only tweak of a Taproot key without scripts (BIP 86).
func tapTweak(internal *btcec.PublicKey) [32]byte {
	return *chainhash.TaggedHash(chainhash.TagTapTweak, schnorr.SerializePubKey(internal))
}
