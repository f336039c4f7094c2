package cosign

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/btcsuite/btcd/address/v2"
	"github.com/btcsuite/btcd/txscript/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
	"supercomputing/wallet/descriptor"
)

// spot is an address of the account with all that the PSBT's fields say of it.
type spot struct {
	branch, index uint32
	address       types.Address
	leaf          *descriptor.Leaf      // of a script account
	aggregate     *descriptor.Aggregate // of a MuSig2 account
}

func newSpot(d *descriptor.Descriptor, branch, index uint32) (s spot, err error) {
	s.branch, s.index = branch, index
	if d.MuSig2() {
		if s.aggregate, err = d.Aggregate(branch, index); err == nil {
			s.address = types.Address(s.aggregate.Output[1:])
		}
		return s, err
	}
	if s.leaf, err = d.Leaf(branch, index); err == nil {
		s.address = s.leaf.Output
	}
	return s, err
}

// derivation is the value of a Taproot derivation field (BIP 371): leaf
// hashes, fingerprint, path.
func derivation(leaf *[32]byte, fingerprint [4]byte, path ...uint32) []byte {
	b := []byte{0}
	if leaf != nil {
		b = append([]byte{1}, leaf[:]...)
	}
	b = append(b, fingerprint[:]...)
	for _, index := range path {
		b = binary.LittleEndian.AppendUint32(b, index)
	}
	return b
}

// derivations are the derivation fields of a spot, those that Decode needs to
// find the path first.
func (s *spot) derivations(d *descriptor.Descriptor, kind byte) (fields []field) {
	if a := s.aggregate; a != nil {
		var fingerprint [4]byte
		copy(fingerprint[:], address.Hash160(a.Plain[:]))
		fields = append(fields, pair(kind, a.Internal[:], derivation(nil, fingerprint, s.branch, s.index)))
		for _, k := range d.Keys() {
			public := k.Public()
			fields = append(fields, pair(kind, public[1:], derivation(nil, k.Fingerprint(), k.Path()...)))
		}
		return fields
	}
	for i, k := range d.Keys() {
		path := append(k.Path(), s.branch, s.index)
		fields = append(fields, pair(kind, s.leaf.Keys[i][:], derivation(&s.leaf.Hash, k.Fingerprint(), path...)))
	}
	return fields
}

// path reads branch and index out of a derivation field's value. It is a
// proposal only: the fields are compared with those that it makes.
func path(d *descriptor.Descriptor, fields []field, kind byte) (branch, index uint32, ok bool) {
	for _, f := range fields {
		if f.key[0] != kind {
			continue
		}
		v := f.value
		want := 1 + 4 + 4*2 // MuSig2: from the aggregate
		if !d.MuSig2() {
			want = 1 + 32 + 4 + 4*5
		}
		if len(v) == want {
			at := len(v) - 8
			return binary.LittleEndian.Uint32(v[at:]), binary.LittleEndian.Uint32(v[at+4:]), true
		}
	}
	return 0, 0, false
}

func participants(a *descriptor.Aggregate) (b []byte) {
	for _, p := range a.Participants {
		b = append(b, p[:]...)
	}
	return b
}

// inputFields are all fields of an input that depend on the account alone.
func (s *spot) inputFields(d *descriptor.Descriptor, amount types.Amount) []field {
	fields := append(s.derivations(d, inTapDerivation), utxoField(amount, s.address))
	if a := s.aggregate; a != nil {
		return append(fields, pair(inTapInternalKey, nil, a.Internal[:]), pair(inMuSigParticipants, a.Plain[:], participants(a)))
	}
	l := s.leaf
	return append(fields, pair(inTapInternalKey, nil, l.Internal[:]), pair(inTapMerkleRoot, nil, l.Hash[:]),
		pair(inTapLeafScript, l.Control, append(bytes.Clone(l.Script), byte(txscript.BaseLeafVersion))))
}

func utxoField(amount types.Amount, a types.Address) field {
	b := binary.LittleEndian.AppendUint64(nil, uint64(amount))
	return pair(inWitnessUTXO, nil, types.AppendBytes(b, a.PkScript()))
}

// outputFields are all fields of an output that goes back to the account.
func (s *spot) outputFields(d *descriptor.Descriptor) []field {
	fields := s.derivations(d, outTapDerivation)
	if a := s.aggregate; a != nil {
		return append(fields, pair(outTapInternalKey, nil, a.Internal[:]), pair(outMuSigParticipants, a.Plain[:], participants(a)))
	}
	l := s.leaf
	tree := types.AppendBytes([]byte{0, byte(txscript.BaseLeafVersion)}, l.Script)
	return append(fields, pair(outTapInternalKey, nil, l.Internal[:]), pair(outTapTree, nil, tree))
}

// xpubFields are the global fields that name the members' keys.
func xpubFields(d *descriptor.Descriptor) (fields []field) {
	for _, k := range d.Keys() {
		extended := k.Extended()
		fields = append(fields, pair(globalXpub, extended[:], derivation(nil, k.Fingerprint(), k.Path()...)[1:]))
	}
	return fields
}

// expect holds the fields that may be there, by key.
type expect map[string][]byte

func expected(fields []field) expect {
	e := make(expect, len(fields))
	for _, f := range fields {
		e[string(f.key)] = f.value
	}
	return e
}

// check refuses a field that is not exactly what it should be. Fields may be
// missing: other programs leave some out.
func (e expect) check(f field) error {
	want, ok := e[string(f.key)]
	if !ok {
		return fmt.Errorf("%w: type %#x", ErrField, f.key[0])
	}
	if !bytes.Equal(want, f.value) {
		return fmt.Errorf("%w: type %#x is not what the account makes it", ErrField, f.key[0])
	}
	return nil
}

// checkPrevious checks a whole previous transaction, which some programs add
// although Taproot does not need it.
func checkPrevious(f field, op wire.OutPoint, s Input) error {
	t, err := types.DecodeTx(append(bytes.Clone(f.value), 0))
	if err != nil {
		return fmt.Errorf("%w: previous transaction: %v", ErrFormat, err)
	}
	if t.Msg.TxHash() != op.Hash || uint64(op.Index) >= uint64(len(t.Msg.TxOut)) {
		return fmt.Errorf("%w: another previous transaction", ErrInput)
	}
	out := t.Msg.TxOut[op.Index]
	if out.Value != int64(s.Amount) || !bytes.Equal(out.PkScript, s.Address.PkScript()) {
		return fmt.Errorf("%w: the previous transaction says otherwise", ErrInput)
	}
	return nil
}
