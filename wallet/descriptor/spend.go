package descriptor

import (
	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/btcec/v2/schnorr/musig2"
	"github.com/btcsuite/btcd/txscript/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
)

// prepare derives what all addresses share: both branches of every key, or of
// the aggregate.
func (d *Descriptor) prepare() error {
	var nodes []node
	if d.kind == muSig {
		var pubs []*btcec.PublicKey
		for _, k := range d.keys {
			pubs = append(pubs, k.node.pub)
		}
		a, _, _, err := musig2.AggregateKeys(pubs, false)
		if err != nil {
			return fail(-1, ErrKey, "%v", err)
		}
		d.plain = [33]byte(a.FinalKey.SerializeCompressed())
		nodes = []node{{a.FinalKey, syntheticChain}}
	} else {
		for _, k := range d.keys {
			nodes = append(nodes, k.node)
		}
	}
	for branch := range d.branches {
		for _, n := range nodes {
			below, tweak, err := n.child(uint32(branch))
			if err != nil {
				return err
			}
			d.branches[branch] = append(d.branches[branch], below)
			d.tweaks[branch] = tweak // of MuSig2, where there is one node
		}
	}
	return nil
}

func checkPath(branch, index uint32) error {
	if branch > 1 || index >= hardened {
		return fail(-1, ErrPath, "%d/%d", branch, index)
	}
	return nil
}

// Tweak changes an aggregate key (BIP 327).
type Tweak struct {
	Value [32]byte
	XOnly bool
}

// Aggregate is how MuSig2 spends one address.
type Aggregate struct {
	Participants [][33]byte // the members' keys, by number, in the order of aggregation
	Plain        [33]byte   // their aggregate (BIP 327), compressed
	Internal     [32]byte   // derived from it (BIP 328): the internal key
	Output       [33]byte   // tweaked by Taproot (BIP 86), compressed: the address and its parity
	Tweaks       []Tweak    // from Plain to Output
}

// Aggregate gives the keys and tweaks behind an address of a MuSig2 account;
// ErrUnsupported for other accounts.
func (d *Descriptor) Aggregate(branch, index uint32) (*Aggregate, error) {
	if d.kind != muSig {
		return nil, fail(-1, ErrUnsupported, "the account signs by script")
	}
	if err := checkPath(branch, index); err != nil {
		return nil, err
	}
	leaf, second, err := d.branches[branch][0].child(index)
	if err != nil {
		return nil, err
	}
	a := &Aggregate{Plain: d.plain, Internal: [32]byte(schnorr.SerializePubKey(leaf.pub))}
	for _, k := range d.keys {
		a.Participants = append(a.Participants, k.Public())
	}
	a.Tweaks = []Tweak{{Value: d.tweaks[branch]}, {Value: second}, {Value: tapTweak(leaf.pub), XOnly: true}}
	a.Output = [33]byte(txscript.ComputeTaprootKeyNoScript(leaf.pub).SerializeCompressed())
	return a, nil
}

// Leaf is how a script account spends one address.
type Leaf struct {
	Keys     [][32]byte // x-only, by member
	Script   []byte     // multi_a's, of leaf version 0xc0
	Hash     [32]byte   // of the leaf (BIP 341), the Merkle root too
	Internal [32]byte   // NUMS
	Control  []byte     // the control block
	Output   types.Address
}

// Leaf gives the script behind an address of a script account; ErrUnsupported
// for MuSig2 accounts.
func (d *Descriptor) Leaf(branch, index uint32) (*Leaf, error) {
	if d.kind == muSig {
		return nil, fail(-1, ErrUnsupported, "the account signs by MuSig2")
	}
	if err := checkPath(branch, index); err != nil {
		return nil, err
	}
	l := &Leaf{Internal: [32]byte(mustHex(numsHex))}
	for _, n := range d.branches[branch] {
		child, _, err := n.child(index)
		if err != nil {
			return nil, err
		}
		l.Keys = append(l.Keys, [32]byte(schnorr.SerializePubKey(child.pub)))
	}
	var err error
	if l.Script, err = leafScript(true, d.kind == sortedMulti, d.required, l.Keys); err != nil {
		return nil, fail(-1, ErrUnsupported, "%v", err)
	}
	l.Hash = txscript.NewBaseTapLeaf(l.Script).TapHash()
	internal, err := schnorr.ParsePubKey(l.Internal[:])
	if err != nil {
		return nil, fail(-1, ErrKey, "%v", err)
	}
	output := txscript.ComputeTaprootOutputKey(internal, l.Hash[:])
	l.Output = types.Address(schnorr.SerializePubKey(output))
	block := txscript.ControlBlock{
		InternalKey: internal, OutputKeyYIsOdd: output.SerializeCompressed()[0] == 3, LeafVersion: txscript.BaseLeafVersion,
	}
	if l.Control, err = block.ToBytes(); err != nil {
		return nil, fail(-1, ErrKey, "%v", err)
	}
	return l, nil
}

// BlankWitness is a witness of the size that spending takes, with zeros for
// signatures, to reckon fees with.
func (d *Descriptor) BlankWitness() wire.TxWitness {
	if d.kind == muSig {
		return wire.TxWitness{make([]byte, schnorr.SignatureSize)}
	}
	var w wire.TxWitness
	for i := range d.keys {
		if i < d.required {
			w = append(w, make([]byte, schnorr.SignatureSize))
		} else {
			w = append(w, nil)
		}
	}
	script := len(d.keys)*34 + 2 // a push and an opcode a key; the count of signatures and NUMEQUAL
	return append(w, make([]byte, script), make([]byte, 33))
}
