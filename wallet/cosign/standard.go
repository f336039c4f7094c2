package cosign

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/wire/v2"
)

// Standard reads the transaction of a PSBT. plain says that it has none of our
// own fields: another program made it, or left them out.
func Standard(text string) (tx *wire.MsgTx, plain bool, err error) {
	r, err := readRaw(text)
	if err != nil {
		return nil, false, err
	}
	return r.tx, !r.ours(), nil
}

func readRaw(text string) (*raw, error) {
	b, err := unarmor(text)
	if err != nil {
		return nil, err
	}
	return parseRaw(b)
}

// ours reports whether a global field is one of ours.
func (p *raw) ours() bool {
	return slices.ContainsFunc(p.global, func(f field) bool {
		if f.key[0] != globalProprietary {
			return false
		}
		_, mine, err := proprietary(f.key)
		return mine || err != nil
	})
}

// DecodeFor is Decode for a PSBT about a transaction that is known already. A
// program that signs or finalises may have left out our own fields, paths and
// amounts (BIP 174 has finalisers do so); what is missing is taken from what is
// known, and what is there is checked as always. ErrTransaction says that it is
// about another transaction.
func DecodeFor(text string, known *Packet) (*Packet, error) {
	r, err := readRaw(text)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(stripped(r.tx), stripped(known.tx)) {
		return nil, fmt.Errorf("%w: it differs from the proposal's", ErrTransaction)
	}
	slim := known.Only(-1).raw(true)
	if !r.ours() {
		r.global = append(r.global, slim.global...)
	}
	for i := range r.inputs {
		r.inputs[i] = fill(r.inputs[i], slim.inputs[i])
	}
	for i := range r.outputs {
		r.outputs[i] = fill(r.outputs[i], slim.outputs[i])
	}
	return Decode(string(r.encode()), known.network, known.account)
}

// fill adds the fields that are missing.
func fill(have, from []field) []field {
	for _, f := range from {
		if !slices.ContainsFunc(have, func(h field) bool { return bytes.Equal(h.key, f.key) }) {
			have = append(have, f)
		}
	}
	return have
}
