package cosign

import (
	"fmt"

	"github.com/btcsuite/btcd/txscript/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
)

// Finalise gives the signed transaction, run through the script engine;
// ErrIncomplete while signatures are missing.
func (p *Packet) Finalise() (*types.Tx, error) {
	for i := range p.inputs {
		if !p.enough(i) {
			return nil, fmt.Errorf("%w: input %d", ErrIncomplete, i)
		}
	}
	if err := p.ready(); err != nil {
		return nil, err
	}
	t := p.Tx()
	for i := range p.inputs {
		t.Msg.TxIn[i].Witness = p.witness(i)
	}
	fetch := p.previous()
	hashes := txscript.NewTxSigHashes(t.Msg, fetch)
	for i, in := range p.inputs {
		vm, err := txscript.NewEngine(in.Address.PkScript(), t.Msg, i, txscript.StandardVerifyFlags, nil, hashes, int64(in.Amount), fetch)
		if err == nil {
			err = vm.Execute()
		}
		if err != nil {
			return nil, fmt.Errorf("%w: input %d: %v", ErrSignature, i, err)
		}
	}
	return t, nil
}

// witness is an input's witness: the signature, or for scripts as many
// signatures as are required, script and control block.
func (p *Packet) witness(i int) wire.TxWitness {
	if sig := p.signature(i); sig != nil {
		return wire.TxWitness{sig[:]}
	}
	g, l := &p.given[i], p.inputs[i].spot.leaf
	if l == nil {
		return nil // enough said that there is a signature
	}
	// Script counts signatures and wants exactly the number required.
	left := p.account.Required()
	var w wire.TxWitness
	for _, m := range p.witnessOrder(i) {
		if sig := g.sigs[m]; sig != nil && left > 0 {
			w = append(w, sig[:])
			left--
		} else {
			w = append(w, []byte{})
		}
	}
	return append(w, l.Script, l.Control)
}
