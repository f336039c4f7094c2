// Package cosign signs a transaction of a shared account together with its
// other members: PSBTs (BIP 174) with the fields for Taproot (BIP 371) and
// MuSig2 (BIP 373), and everything that has to be checked about them. It is
// functions of values: it knows no network, clock or disk, and whatever it is
// given may have been made by somebody hostile. Private keys and secret nonces
// stay in package keys.
//
// A Packet never changes: every step gives a new one. Whatever is in a Packet
// has been verified, signatures too.
package cosign

import (
	"bytes"
	"fmt"
	"slices"
	"sync"

	"github.com/btcsuite/btcd/txscript/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
	"supercomputing/wallet/descriptor"
)

const (
	// MaxInputs bounds the inputs of one transaction, as the wallet does.
	MaxInputs = 1000
	// MaxAttempt bounds how often MuSig2 can begin anew: more often than any
	// member can make others do it.
	MaxAttempt = 1<<31 - 1

	txVersion = 2
)

// Input is a coin of the account that the transaction spends.
type Input struct {
	Amount        types.Amount
	Address       types.Address
	Branch, Index uint32 // the address' path in the account
}

// Change says that an output goes back to the account.
type Change struct {
	Output        int
	Branch, Index uint32
}

// proposal is what never changes between the packets of one transaction.
type proposal struct {
	network types.NetworkID
	account *descriptor.Descriptor
	tx      *wire.MsgTx // without witness
	id      types.Hash
	payload []byte
	inputs  []input
	change  []Change
	spots   map[int]spot // by output: of change
	later   later
}

// later is whether the inputs' spots, hashes and sessions, and spots, are still
// to be computed: see ready.
type later struct {
	sync.Once
	pending bool
	err     error
}

// input is an Input with what signing it takes.
type input struct {
	Input
	spot    spot
	hash    types.Hash // what is signed: BIP 341, SIGHASH_DEFAULT
	session *session   // of MuSig2
}

// Packet is a proposal with what its members gave so far.
type Packet struct {
	*proposal
	attempt uint32 // of MuSig2, from 1
	given   []given
}

// given is what the members gave for one input, by member; nil: nothing yet.
type given struct {
	nonces   []*[66]byte // MuSig2
	partials []*[32]byte // MuSig2; only when all nonces are there
	final    *[64]byte   // MuSig2: the signature itself
	sigs     []*[64]byte // by script
}

func (g given) clone() given {
	return given{slices.Clone(g.nonces), slices.Clone(g.partials), g.final, slices.Clone(g.sigs)}
}

// New begins a proposal from an unsigned transaction and the coins that its
// inputs spend, in their order. A payload must be the one that the
// transaction's first output commits to; such a transaction spends a coin at
// the account's first address with input 0, which makes the account its
// author. Change names outputs that go back to the account.
func New(tx *wire.MsgTx, inputs []Input, payload []byte, network types.NetworkID, d *descriptor.Descriptor, change ...Change) (*Packet, error) {
	p := &proposal{network: network, account: d, tx: tx.Copy(), id: tx.TxHash(), payload: bytes.Clone(payload)}
	if err := p.checkForm(inputs); err != nil {
		return nil, err
	}
	if err := p.checkOutputs(); err != nil {
		return nil, err
	}
	for i, in := range inputs {
		s, err := newSpot(d, in.Branch, in.Index)
		if err != nil {
			return nil, fmt.Errorf("%w: input %d: %v", ErrInput, i, err)
		}
		if s.address != in.Address {
			return nil, fmt.Errorf("%w: input %d is not at the address of its path", ErrInput, i)
		}
		p.inputs = append(p.inputs, input{Input: in, spot: s})
	}
	if err := p.checkAmounts(); err != nil {
		return nil, err
	}
	if err := p.checkRecord(); err != nil {
		return nil, err
	}
	if err := p.addChange(change); err != nil {
		return nil, err
	}
	if err := p.prepare(); err != nil {
		return nil, err
	}
	return (&Packet{proposal: p}).blank(1), nil
}

// blank is the packet without anything given, of an attempt.
func (p *Packet) blank(attempt uint32) *Packet {
	n := len(p.account.Keys())
	fresh := &Packet{proposal: p.proposal, attempt: attempt}
	for range p.inputs {
		g := given{sigs: make([]*[64]byte, n)}
		if p.account.MuSig2() {
			g = given{nonces: make([]*[66]byte, n), partials: make([]*[32]byte, n)}
		}
		fresh.given = append(fresh.given, g)
	}
	return fresh
}

func (p *Packet) clone() *Packet {
	c := &Packet{proposal: p.proposal, attempt: p.attempt}
	for _, g := range p.given {
		c.given = append(c.given, g.clone())
	}
	return c
}

func (p *proposal) checkForm(inputs []Input) error {
	m := p.tx
	if m.Version != txVersion {
		return fmt.Errorf("%w: version %d", ErrTransaction, m.Version)
	}
	if len(m.TxIn) == 0 || len(m.TxOut) == 0 {
		return fmt.Errorf("%w: %d inputs, %d outputs", ErrTransaction, len(m.TxIn), len(m.TxOut))
	}
	if weight := p.weight(); len(m.TxIn) > MaxInputs || weight > types.MaxTxWeight {
		return fmt.Errorf("%w: %d inputs, weight %d when it is signed", ErrTooLarge, len(m.TxIn), weight)
	}
	if len(inputs) != len(m.TxIn) {
		return fmt.Errorf("%w: %d coins for %d inputs", ErrInput, len(inputs), len(m.TxIn))
	}
	seen := make(map[wire.OutPoint]bool)
	for i, in := range m.TxIn {
		if len(in.SignatureScript) > 0 || len(in.Witness) > 0 {
			return fmt.Errorf("%w: input %d is signed already", ErrTransaction, i)
		}
		if seen[in.PreviousOutPoint] {
			return fmt.Errorf("%w: input %d spends a coin twice", ErrTransaction, i)
		}
		// What can be posted only later outlives the proposal: members would
		// take it for dead.
		if n := in.Sequence; m.LockTime != 0 || n&wire.SequenceLockTimeDisabled == 0 && n&wire.SequenceLockTimeMask != 0 {
			return fmt.Errorf("%w: it could be posted only after some time", ErrTransaction)
		}
		seen[in.PreviousOutPoint] = true
	}
	return nil
}

// weight is the transaction's when it is signed: what nobody could post should
// not be signed first.
func (p *proposal) weight() int {
	m := p.tx.Copy()
	blank := p.account.BlankWitness()
	for _, in := range m.TxIn {
		in.Witness = blank
	}
	return types.TxWeight(m)
}

// checkOutputs allows what the chain allows: addresses, and one commitment.
func (p *proposal) checkOutputs() error {
	for i, out := range p.tx.TxOut {
		if out.Value < 0 || types.Amount(out.Value) > types.MaxAmount {
			return fmt.Errorf("%w: output %d pays %d", ErrTransaction, i, out.Value)
		}
		_, commitment := types.ParseCommitment(out.PkScript)
		if _, ok := types.ScriptAddress(out.PkScript); !ok && !(commitment && i == 0 && out.Value == 0) {
			return fmt.Errorf("%w: output %d is neither an address nor the record's commitment in front", ErrTransaction, i)
		}
	}
	return nil
}

func (p *proposal) checkAmounts() error {
	var in, out types.Amount
	for i, c := range p.inputs {
		if c.Amount <= 0 || c.Amount > types.MaxAmount {
			return fmt.Errorf("%w: input %d holds %d", ErrInput, i, int64(c.Amount))
		}
		// Checked every time: ten amounts as large as can be overflow.
		if in += c.Amount; in > types.MaxAmount {
			return fmt.Errorf("%w: inputs that hold more than there can be", ErrInput)
		}
	}
	for _, o := range p.tx.TxOut {
		if out += types.Amount(o.Value); out > in {
			return fmt.Errorf("%w: its inputs hold %v, its outputs more", ErrTransaction, in)
		}
	}
	return nil
}

// checkRecord checks that the payload is the record that the transaction
// commits to, and that the account is its author (PROTOCOL §2).
func (p *proposal) checkRecord() error {
	c, _, ok := types.FindCommitment(p.tx)
	if !ok {
		if p.payload != nil {
			return fmt.Errorf("%w: a record that the transaction does not carry", ErrRecord)
		}
		return nil
	}
	if len(p.payload) == 0 || len(p.payload) > types.MaxPayload {
		return fmt.Errorf("%w: the transaction carries a record that is not here", ErrRecord)
	}
	if c.Hash != p.network.PayloadHash(p.payload) || c.Kind != types.Kind(p.payload[0]) {
		return fmt.Errorf("%w: not the record that the transaction carries on this network", ErrRecord)
	}
	rec, err := types.DecodeRecord(p.payload)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrRecord, err)
	}
	if _, ok := rec.Kind().Chain(); !ok {
		return fmt.Errorf("%w: no transaction carries a %v", ErrRecord, rec.Kind())
	}
	if in := p.inputs[0]; in.Branch != 0 || in.Index != 0 {
		return fmt.Errorf("%w: its author would be another address than the account's first", ErrRecord)
	}
	return nil
}

func (p *proposal) addChange(change []Change) error {
	p.spots = make(map[int]spot)
	for _, c := range change {
		if c.Output < 0 || c.Output >= len(p.tx.TxOut) {
			return fmt.Errorf("%w: no output %d", ErrTransaction, c.Output)
		}
		s, err := newSpot(p.account, c.Branch, c.Index)
		if err != nil {
			return fmt.Errorf("%w: output %d: %v", ErrTransaction, c.Output, err)
		}
		if !bytes.Equal(s.address.PkScript(), p.tx.TxOut[c.Output].PkScript) {
			return fmt.Errorf("%w: output %d does not go back to the account", ErrTransaction, c.Output)
		}
		if _, twice := p.spots[c.Output]; twice {
			return fmt.Errorf("%w: change %d", ErrDuplicate, c.Output)
		}
		p.spots[c.Output] = s
		p.change = append(p.change, c)
	}
	slices.SortFunc(p.change, func(a, b Change) int { return a.Output - b.Output })
	return nil
}

// prepare computes what every input's signatures sign.
func (p *proposal) prepare() error {
	fetch := p.previous()
	hashes := txscript.NewTxSigHashes(p.tx, fetch)
	for i := range p.inputs {
		in := &p.inputs[i]
		var hash []byte
		var err error
		if in.spot.leaf != nil {
			hash, err = txscript.CalcTapscriptSignaturehash(hashes, txscript.SigHashDefault, p.tx, i, fetch, txscript.NewBaseTapLeaf(in.spot.leaf.Script))
		} else {
			hash, err = txscript.CalcTaprootSignatureHash(hashes, txscript.SigHashDefault, p.tx, i, fetch)
		}
		if err != nil {
			return fmt.Errorf("%w: %v", ErrTransaction, err)
		}
		in.hash = types.Hash(hash)
		if in.spot.aggregate != nil {
			if in.session, err = newSession(in.spot.aggregate, in.hash); err != nil {
				return fmt.Errorf("%w: %v", ErrInput, err)
			}
		}
	}
	return nil
}

func (p *proposal) previous() *txscript.MultiPrevOutFetcher {
	fetch := txscript.NewMultiPrevOutFetcher(nil)
	for i, in := range p.inputs {
		fetch.AddPrevOut(p.tx.TxIn[i].PreviousOutPoint, wire.NewTxOut(int64(in.Amount), in.Address.PkScript()))
	}
	return fetch
}

// TxID is the transaction's id, which signing does not change.
func (p *Packet) TxID() types.Hash { return p.id }

// Tx is a copy of the unsigned transaction with its payload.
func (p *Packet) Tx() *types.Tx {
	return &types.Tx{Msg: p.tx.Copy(), Payload: bytes.Clone(p.payload)}
}

// Inputs are the coins that it spends.
func (p *Packet) Inputs() []Input {
	var all []Input
	for _, in := range p.inputs {
		all = append(all, in.Input)
	}
	return all
}

// Change are the outputs that were checked to go back to the account, by
// output. Others may too: only paths that were told are found.
func (p *Packet) Change() []Change { return slices.Clone(p.change) }

// Fee is what the inputs hold less what the outputs pay: the network's fee and
// a record's bid. Signatures cover the inputs' amounts, so a lie here spends
// nothing, but may mislead who reads it: compare them with the chain.
func (p *Packet) Fee() (fee types.Amount) {
	for _, in := range p.inputs {
		fee += in.Amount
	}
	for _, out := range p.tx.TxOut {
		fee -= types.Amount(out.Value)
	}
	return fee
}

// Account is the account that spends.
func (p *Packet) Account() *descriptor.Descriptor { return p.account }

// Network is the network that it is for.
func (p *Packet) Network() types.NetworkID { return p.network }

// Attempt is MuSig2's attempt, from 1.
func (p *Packet) Attempt() uint32 { return p.attempt }

// Check reports how p is not the same proposal as other: ErrNetwork,
// ErrAccount, ErrTransaction when a byte of the transaction differs, ErrInput,
// ErrRecord.
func Check(p, other *Packet) error {
	switch {
	case p.network != other.network:
		return ErrNetwork
	case p.account.ID() != other.account.ID():
		return ErrAccount
	case !bytes.Equal(stripped(p.tx), stripped(other.tx)):
		return fmt.Errorf("%w: it differs from the proposal's", ErrTransaction)
	case !slices.Equal(p.Inputs(), other.Inputs()):
		return fmt.Errorf("%w: amounts or addresses differ from the proposal's", ErrInput)
	case !bytes.Equal(p.payload, other.payload):
		return fmt.Errorf("%w: it differs from the proposal's", ErrRecord)
	}
	return nil
}

// member names a member in an error.
func (p *Packet) member(member, input int, err error) error {
	return &MemberError{Member: member, Fingerprint: p.account.Keys()[member].Fingerprint(), Input: input, Err: err}
}
