package cosign

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
	"supercomputing/wallet/descriptor"
)

// Encode writes the packet as base64, as files and messages carry PSBTs.
func (p *Packet) Encode() string { return base64.StdEncoding.EncodeToString(p.Bytes()) }

// Bytes writes the packet with all that helps other programs: scripts, keys,
// derivations.
func (p *Packet) Bytes() []byte { return p.raw(false).encode() }

// Slim writes the packet with only what Decode needs, for messages: about a
// tenth of Bytes' size when there are many members.
func (p *Packet) Slim() []byte { return p.raw(true).encode() }

func (p *Packet) raw(slim bool) *raw {
	id := p.account.ID()
	ready := p.ready() == nil // else without what makes it useful, so that it is refused
	r := &raw{tx: p.tx, global: []field{own(ownNetwork, p.network[:]), own(ownAccount, id[:])}}
	if p.payload != nil {
		r.global = append(r.global, own(ownPayload, p.payload))
	}
	if p.account.MuSig2() {
		r.global = append(r.global, own(ownAttempt, types.AppendUint32(nil, p.attempt)))
	}
	if !slim {
		r.global = append(r.global, xpubFields(p.account)...)
	}
	for i := range p.inputs {
		in := &p.inputs[i]
		if !ready {
			r.inputs = append(r.inputs, nil)
			continue
		}
		fields := []field{utxoField(in.Amount, in.Address), in.spot.derivations(p.account, inTapDerivation)[0]}
		if !slim {
			fields = in.spot.inputFields(p.account, in.Amount)
		}
		r.inputs = append(r.inputs, append(fields, p.givenFields(i)...))
	}
	for i := range p.tx.TxOut {
		var fields []field
		if s, ok := p.spots[i]; ok {
			if fields = s.derivations(p.account, outTapDerivation)[:1]; !slim {
				fields = s.outputFields(p.account)
			}
		}
		r.outputs = append(r.outputs, fields)
	}
	return r
}

// musigKey is the key data of nonces and partial signatures: the participant
// and the key that signs. BIP 373's vectors show that this is the output key
// where the aggregate is below the internal key.
func (p *Packet) musigKey(input, member int) []byte {
	a := p.inputs[input].spot.aggregate
	return append(bytes.Clone(a.Participants[member][:]), a.Output[:]...)
}

func (p *Packet) givenFields(input int) (fields []field) {
	g := &p.given[input]
	for m, n := range g.nonces {
		if n != nil {
			fields = append(fields, pair(inMuSigPubNonce, p.musigKey(input, m), n[:]))
		}
	}
	for m, s := range g.partials {
		if s != nil {
			fields = append(fields, pair(inMuSigPartialSig, p.musigKey(input, m), s[:]))
		}
	}
	for m, s := range g.sigs {
		if l := p.inputs[input].spot.leaf; s != nil {
			fields = append(fields, pair(inTapScriptSig, append(bytes.Clone(l.Keys[m][:]), l.Hash[:]...), s[:]))
		}
	}
	if sig := p.signature(input); sig != nil {
		fields = append(fields, pair(inTapKeySig, nil, sig[:]))
	}
	return fields
}

// Outline is what a PSBT says of itself. Nothing of it is checked: it serves
// to find the account to decode it with.
type Outline struct {
	Network types.NetworkID
	Account [32]byte // Descriptor.ID
	TxID    types.Hash
	Attempt uint32 // 0: none
	Inputs  int    // how many: what Decode costs grows with them
}

// Identify reads an outline from base64 or from the bytes of a file.
func Identify(text string) (o Outline, err error) {
	b, err := unarmor(text)
	if err != nil {
		return o, err
	}
	r, err := parseRaw(b)
	if err != nil {
		return o, err
	}
	g, _, err := r.readGlobals()
	if err != nil {
		return o, err
	}
	return Outline{g.network, g.account, r.tx.TxHash(), g.attempt, len(r.inputs)}, nil
}

// Decode reads a PSBT, from base64 or from the bytes of a file, of an account
// on a network, and verifies everything in it: the transaction, that all
// inputs are the account's, every field, every nonce and signature. What a
// member gave that is false is named in a *MemberError.
func Decode(text string, network types.NetworkID, d *descriptor.Descriptor) (*Packet, error) {
	b, err := unarmor(text)
	if err != nil {
		return nil, err
	}
	r, err := parseRaw(b)
	if err != nil {
		return nil, err
	}
	g, xpubs, err := r.readGlobals()
	if err != nil {
		return nil, err
	}
	if g.network != network {
		return nil, fmt.Errorf("%w: %x…, not %x…", ErrNetwork, g.network[:4], network[:4])
	}
	if g.account != d.ID() {
		return nil, ErrAccount
	}
	if (g.attempt != 0) != d.MuSig2() {
		return nil, fmt.Errorf("%w: %d", ErrAttempt, g.attempt)
	}
	known := expected(xpubFields(d))
	for _, f := range xpubs {
		if err := known.check(f); err != nil {
			return nil, err
		}
	}
	if len(r.inputs) > MaxInputs {
		return nil, fmt.Errorf("%w: %d inputs", ErrTooLarge, len(r.inputs))
	}
	inputs, err := r.coins(d)
	if err != nil {
		return nil, err
	}
	change, err := r.change(d)
	if err != nil {
		return nil, err
	}
	p, err := New(r.tx, inputs, g.payload, network, d, change...)
	if err != nil {
		return nil, err
	}
	p = p.blank(max(g.attempt, 1))
	for i, fields := range r.inputs {
		if err := p.readInput(i, fields); err != nil {
			return nil, err
		}
	}
	for i, fields := range r.outputs {
		if err := p.readOutput(i, fields); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// coins reads from the fields which coins of the account the inputs spend.
func (r *raw) coins(d *descriptor.Descriptor) (inputs []Input, err error) {
	for i, fields := range r.inputs {
		at := slices.IndexFunc(fields, func(f field) bool { return len(f.key) == 1 && f.key[0] == inWitnessUTXO })
		if at < 0 {
			return nil, fmt.Errorf("%w: input %d does not say what it spends", ErrInput, i)
		}
		in, err := readUTXO(fields[at].value)
		if err != nil {
			return nil, fmt.Errorf("%w: input %d: %v", ErrInput, i, err)
		}
		var ok bool
		if in.Branch, in.Index, ok = path(d, fields, inTapDerivation); !ok {
			return nil, fmt.Errorf("%w: input %d does not say at which path", ErrInput, i)
		}
		inputs = append(inputs, in)
	}
	return inputs, nil
}

func readUTXO(b []byte) (in Input, err error) {
	if len(b) < 8 {
		return in, ErrFormat
	}
	r := types.NewReader(b[8:])
	script := r.Bytes(len(b))
	if err := r.Done(); err != nil {
		return in, err
	}
	for i := 7; i >= 0; i-- {
		in.Amount = in.Amount<<8 | types.Amount(b[i])
	}
	a, ok := types.ScriptAddress(script)
	if !ok {
		return in, fmt.Errorf("not a Taproot output")
	}
	in.Address = a
	return in, nil
}

// change reads which outputs are said to go back to the account; New checks.
func (r *raw) change(d *descriptor.Descriptor) (all []Change, err error) {
	for i, fields := range r.outputs {
		if branch, index, ok := path(d, fields, outTapDerivation); ok {
			all = append(all, Change{i, branch, index})
		}
	}
	return all, nil
}

// readInput checks an input's fields and takes in what members gave.
func (p *Packet) readInput(i int, fields []field) error {
	known := expected(p.inputs[i].spot.inputFields(p.account, p.inputs[i].Amount))
	givenKeys := p.givenKeys(i)
	for _, f := range fields {
		if err := p.readField(i, f, known, givenKeys); err != nil {
			return fmt.Errorf("input %d: %w", i, err)
		}
	}
	return p.verifyInput(i)
}

// slot tells where a value that a member gave goes.
type slot struct {
	kind   byte
	member int
}

// givenKeys are the keys of all fields that members may give for an input.
func (p *Packet) givenKeys(i int) map[string]slot {
	known := make(map[string]slot)
	s := &p.inputs[i].spot
	for m := range p.account.Keys() {
		if s.aggregate != nil {
			known[string(pair(inMuSigPubNonce, p.musigKey(i, m), nil).key)] = slot{inMuSigPubNonce, m}
			known[string(pair(inMuSigPartialSig, p.musigKey(i, m), nil).key)] = slot{inMuSigPartialSig, m}
			continue
		}
		data := append(bytes.Clone(s.leaf.Keys[m][:]), s.leaf.Hash[:]...)
		known[string(pair(inTapScriptSig, data, nil).key)] = slot{inTapScriptSig, m}
	}
	if s.aggregate != nil {
		known[string([]byte{inTapKeySig})] = slot{inTapKeySig, 0}
	}
	return known
}

func (p *Packet) readField(i int, f field, known expect, slots map[string]slot) error {
	if err := form(false, f); err != nil {
		return err
	}
	switch f.key[0] {
	case globalProprietary: // the same type in all maps
		if _, mine, err := proprietary(f.key); err != nil || mine {
			return fmt.Errorf("%w: proprietary", ErrField)
		}
		return nil
	case inSighashType:
		if !bytes.Equal(f.value, make([]byte, 4)) {
			return fmt.Errorf("%w: type %x", ErrSighash, f.value)
		}
		return nil
	case inNonWitnessUTXO:
		return checkPrevious(f, p.tx.TxIn[i].PreviousOutPoint, p.inputs[i].Input)
	case inFinalScriptWitness:
		return p.readWitness(i, f.value)
	}
	s, ok := slots[string(f.key)]
	if !ok {
		return known.check(f)
	}
	if len(f.value) == 65 {
		return fmt.Errorf("%w: a signature with a type of its own", ErrSighash)
	}
	p.put(i, s, f.value)
	return nil
}

// put sets a value that form has checked the length of.
func (p *Packet) put(i int, s slot, value []byte) {
	g := &p.given[i]
	switch s.kind {
	case inMuSigPubNonce:
		g.nonces[s.member] = (*[66]byte)(value)
	case inMuSigPartialSig:
		g.partials[s.member] = (*[32]byte)(value)
	case inTapScriptSig:
		g.sigs[s.member] = (*[64]byte)(value)
	case inTapKeySig:
		g.final = (*[64]byte)(value)
	}
}

// readWitness takes the signatures back out of a final witness, which programs
// make that finalise by themselves.
func (p *Packet) readWitness(i int, b []byte) error {
	r := types.NewReader(b)
	var w wire.TxWitness
	for range r.VarInt(64) {
		w = append(w, r.Bytes(len(b)))
	}
	if err := r.Done(); err != nil {
		return fmt.Errorf("%w: final witness: %v", ErrFormat, err)
	}
	s := &p.inputs[i].spot
	if s.aggregate != nil && len(w) == 1 && len(w[0]) == 64 {
		p.given[i].final = (*[64]byte)(w[0])
		return nil
	}
	if s.leaf != nil && len(w) == len(s.leaf.Keys)+2 && bytes.Equal(w[len(w)-2], s.leaf.Script) && bytes.Equal(w[len(w)-1], s.leaf.Control) {
		for at, m := range p.witnessOrder(i) {
			if len(w[at]) == 64 {
				p.given[i].sigs[m] = (*[64]byte)(w[at])
			} else if len(w[at]) != 0 {
				return fmt.Errorf("%w: final witness", ErrSighash)
			}
		}
		return nil
	}
	return fmt.Errorf("%w: a final witness that the account does not make", ErrField)
}

func (p *Packet) readOutput(i int, fields []field) error {
	var known expect
	if s, ok := p.spots[i]; ok {
		known = expected(s.outputFields(p.account))
	}
	for _, f := range fields {
		if f.key[0] == globalProprietary {
			if _, mine, err := proprietary(f.key); err != nil || mine {
				return fmt.Errorf("output %d: %w: proprietary", i, ErrField)
			}
			continue
		}
		if err := form(true, f); err != nil {
			return fmt.Errorf("output %d: %w", i, err)
		}
		if err := known.check(f); err != nil {
			return fmt.Errorf("output %d: %w", i, err)
		}
	}
	return nil
}
