package cosign

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
	"supercomputing/wallet/descriptor"
)

const storeVersion = 1

// Store writes the packet for Restore: nothing that follows from something
// else.
//
//	version u8 ‖ attempt u32 ‖ transaction ‖ payload
//	each input: amount u64 ‖ address 32 ‖ branch u32 ‖ index u32
//	count ‖ each change: output u32 ‖ branch u32 ‖ index u32
//	each input: each member: nonce ‖ partial signature ‖ signature, then the final one; each with its length, 0: not given
func (p *Packet) Store() []byte {
	b := types.AppendUint32([]byte{storeVersion}, p.attempt)
	b = types.AppendBytes(types.AppendBytes(b, stripped(p.tx)), p.payload)
	for _, in := range p.inputs {
		b = append(types.AppendUint64(b, uint64(in.Amount)), in.Address[:]...)
		b = types.AppendUint32(types.AppendUint32(b, in.Branch), in.Index)
	}
	b = types.AppendVarInt(b, uint64(len(p.change)))
	for _, c := range p.change {
		b = types.AppendUint32(types.AppendUint32(types.AppendUint32(b, uint32(c.Output)), c.Branch), c.Index)
	}
	for _, g := range p.given {
		for m := range p.account.Keys() {
			b = types.AppendBytes(b, value(g.nonces, m, func(v *[66]byte) []byte { return v[:] }))
			b = types.AppendBytes(b, value(g.partials, m, func(v *[32]byte) []byte { return v[:] }))
			b = types.AppendBytes(b, value(g.sigs, m, func(v *[64]byte) []byte { return v[:] }))
		}
		b = types.AppendBytes(b, value([]*[64]byte{g.final}, 0, func(v *[64]byte) []byte { return v[:] }))
	}
	return b
}

func value[T any](all []*T, i int, bytes func(*T) []byte) []byte {
	if i >= len(all) || all[i] == nil {
		return nil
	}
	return bytes(all[i])
}

// Restore reads what Store wrote, and only that: bytes that were kept where
// nobody else writes. What was verified before it was stored is not verified
// again, and what follows from the account is computed only when it is needed:
// with many inputs and members that is thousands of times the rest.
func Restore(b []byte, network types.NetworkID, d *descriptor.Descriptor) (*Packet, error) {
	r := types.NewReader(b)
	if v := r.Byte(); v != storeVersion {
		return nil, fmt.Errorf("%w: stored in version %d", ErrFormat, v)
	}
	attempt := r.Uint32()
	tx, err := readTx(r.Bytes(len(b)))
	if err != nil {
		return nil, err
	}
	p := &proposal{network: network, account: d, tx: tx, id: tx.TxHash()}
	if payload := r.Bytes(len(b)); len(payload) > 0 {
		p.payload = payload
	}
	for range tx.TxIn {
		in := Input{Amount: types.Amount(r.Uint64()), Address: r.Address()}
		in.Branch, in.Index = r.Uint32(), r.Uint32()
		p.inputs = append(p.inputs, input{Input: in})
	}
	for range r.VarInt(uint64(len(tx.TxOut))) {
		p.change = append(p.change, Change{int(r.Uint32()), r.Uint32(), r.Uint32()})
	}
	p.later.pending = true
	packet := (&Packet{proposal: p}).blank(attempt)
	for i := range packet.given {
		packet.given[i].restore(r, len(d.Keys()))
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("%w: stored: %v", ErrFormat, err)
	}
	return packet, nil
}

func readTx(b []byte) (*wire.MsgTx, error) {
	tx, rest := new(wire.MsgTx), bytes.NewReader(b)
	if err := tx.DeserializeNoWitness(rest); err != nil || rest.Len() > 0 {
		return nil, fmt.Errorf("%w: stored transaction: %v", ErrFormat, err)
	}
	return tx, nil
}

func (g *given) restore(r *types.Reader, members int) {
	for m := range members {
		restoreValue(r, g.nonces, m, 66, func(b []byte) *[66]byte { return (*[66]byte)(b) })
		restoreValue(r, g.partials, m, 32, func(b []byte) *[32]byte { return (*[32]byte)(b) })
		restoreValue(r, g.sigs, m, 64, func(b []byte) *[64]byte { return (*[64]byte)(b) })
	}
	final := make([]*[64]byte, 1)
	restoreValue(r, final, 0, 64, func(b []byte) *[64]byte { return (*[64]byte)(b) })
	g.final = final[0]
}

func restoreValue[T any](r *types.Reader, all []*T, i, size int, of func([]byte) *T) {
	b := r.Bytes(size)
	switch {
	case len(b) == 0:
	case len(b) != size || i >= len(all):
		r.Fail(fmt.Errorf("a value of %d bytes", len(b)))
	default:
		all[i] = of(slices.Clone(b))
	}
}

// ready computes what Restore left out: addresses' keys and scripts, and what
// signatures sign.
func (p *proposal) ready() error {
	p.later.Do(func() {
		if p.later.pending {
			p.later.err = p.derive()
		}
	})
	return p.later.err
}

func (p *proposal) derive() error {
	for i := range p.inputs {
		in := &p.inputs[i]
		s, err := newSpot(p.account, in.Branch, in.Index)
		if err != nil || s.address != in.Address {
			return fmt.Errorf("%w: input %d is not at the address of its path", ErrInput, i)
		}
		in.spot = s
	}
	p.spots = make(map[int]spot)
	for _, c := range p.change {
		s, err := newSpot(p.account, c.Branch, c.Index)
		if err != nil || c.Output < 0 || c.Output >= len(p.tx.TxOut) || !bytes.Equal(s.address.PkScript(), p.tx.TxOut[c.Output].PkScript) {
			return fmt.Errorf("%w: output %d does not go back to the account", ErrTransaction, c.Output)
		}
		p.spots[c.Output] = s
	}
	return p.prepare()
}
