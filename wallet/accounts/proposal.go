package accounts

import (
	"fmt"
	"slices"
	"time"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/cosign"
	"supercomputing/wallet/keys"
)

const (
	// expireAfter is how long a proposal can be signed, unless said otherwise.
	expireAfter = 14 * 24 * time.Hour
	// expireMost bounds what a proposer may ask for.
	expireMost = 60 * 24 * time.Hour
	// maxOpen bounds the open proposals of an account, and maxKept all of it.
	maxOpen = 64
	maxKept = 300
	// proposalVersion is of the rows whose packet is kept by cosign's Store.
	proposalVersion = 2
	// noProposer marks a proposal that came as a file.
	noProposer = 0xff
)

// State says where a proposal stands.
type State string

// The states. All but declined and expired follow from the chain.
const (
	StateOpen      State = "open"      // members sign
	StateSent      State = "sent"      // waits for a block
	StateConfirmed State = "confirmed" //
	StateDeclined  State = "declined"  // too many will not sign
	StateDead      State = "dead"      // its coins were spent otherwise, or no block could hold it
	StateExpired   State = "expired"   //
)

// MemberState says where a member stands to a proposal.
type MemberState string

// The states of a member.
const (
	MemberNone     MemberState = ""
	MemberAgreed   MemberState = "agreed"   // MuSig2: gave nonces
	MemberSigned   MemberState = "signed"   //
	MemberDeclined MemberState = "declined" //
	MemberRefused  MemberState = "refused"  // sent something false
)

// ProposalMember tells how a member stands to a proposal.
type ProposalMember struct {
	Member
	State MemberState
	Note  string    // why declined, or what was false
	Time  time.Time // of the newest that came from the member
}

// Output is one payment of a proposal.
type Output struct {
	Address types.Address
	Amount  types.Amount
	Change  bool // goes back to the account: its wallet derives the address
}

// Proposal is a transaction that members sign, and what it would do. Only Note
// is the proposer's own; whoever shows it cleans it as a stranger's text.
type Proposal struct {
	ID       types.Hash // the transaction's id
	Account  AccountID
	State    State
	Note     string
	Proposer int       // member, -1: came as a file
	Routine  RoutineID // of ours, and it does what that proposes; zero: of none
	Created  time.Time
	Expires  time.Time
	Outputs  []Output // without the commitment of a record
	Fee      types.Amount
	Bid      types.Amount
	Total    types.Amount // leaves the account
	VSize    int
	Record   types.Record // nil: none
	Payload  []byte
	Required int
	Signed   int
	Round    int
	Attempt  int
	Members  []ProposalMember
	Agreed   bool // we agreed to sign this transaction
	CanSign  bool
	Why      error // we cannot sign, or what keeps it; nil: nothing
	Height   uint32
	Warnings []Warning
	Inputs   []wallet.Input
}

// Warning is what a member should look at before signing.
type Warning string

// The warnings.
const (
	WarnHighFee  Warning = "the fee is high"
	WarnConflict Warning = "another open proposal spends the same coins"
	WarnOperator Warning = "the job would be run by an address that is no member's"
	WarnUnsure   Warning = "it spends change that waits for a block"
	WarnAll      Warning = "nothing comes back to the account"
	WarnMember   Warning = "the job would be run by another member than its proposer"
	WarnNobody   Warning = "the job names nobody to run it"
	WarnNew      Warning = "it pays an address that this account has not paid before"
	WarnAlike    Warning = "it pays an address that looks like one known here and is another"
	WarnExpires  Warning = "it expires within a day"
	WarnMembers  Warning = "compare the addresses with the members themselves: nothing proves that an address belongs to a member's key"
	// WarnUnreached is of an account: letters go to addresses, and a descriptor
	// has only keys.
	WarnUnreached Warning = "the address of a member is not known here, so proposals are neither sent to it nor taken from it"
	WarnStays     Warning = "it can still be sent with the signatures given, until one of its coins is spent otherwise"
)

// standing is what is stored about one member of a proposal.
type standing struct {
	state MemberState // declined or refused; the rest the packet tells
	note  string
	at    int64
}

// proposal is what is stored of one. It is copied to be changed, so what is in
// Manager.proposals always is what the store holds.
type proposal struct {
	id       types.Hash
	account  AccountID
	packet   *cosign.Packet
	spends   []wire.OutPoint // the packet's inputs
	base     []byte          // the packet as it was proposed: dictionary of contributions
	proposer byte
	tag      tag
	note     string
	created  int64
	expires  int64
	consent  bool // ours, to this transaction
	once     bool // our signature was given, perhaps for an attempt that is over
	members  []standing
	// restarter is 1 + the member for whom our consent was taken back; 0: none.
	restarter int
	begun     []begun    // of late; not stored, as are the next three
	problem   error      // of sending
	offered   types.Hash // the chain's tip when it was refused
	again     time.Time  // when to offer it again without a new block
}

func (p *proposal) clone() *proposal {
	c := *p
	c.members = slices.Clone(p.members)
	return &c
}

func (p *proposal) encode() []byte {
	b := append([]byte{proposalVersion}, p.account[:]...)
	b = p.tag.append(append(b, p.proposer, p.flags()))
	b = types.AppendUint64(types.AppendUint64(b, uint64(p.created)), uint64(p.expires))
	b = types.AppendVarInt(types.AppendBytes(b, []byte(p.note)), uint64(len(p.members)))
	for _, s := range p.members {
		b = types.AppendBytes(b, []byte(s.state))
		b = types.AppendUint64(types.AppendBytes(b, []byte(s.note)), uint64(s.at))
	}
	b = types.AppendBytes(b, shrink(p.base, nil))
	return types.AppendBytes(b, p.packet.Store())
}

// flags are bits: our consent, our signature once given; from the fourth on the
// restarter.
func (p *proposal) flags() byte {
	return flag(p.consent) | flag(p.once)<<1 | byte(p.restarter)<<4
}

func (p *proposal) setFlags(b byte) {
	p.consent, p.once, p.restarter = b&1 != 0, b&2 != 0, int(b>>4)
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

func (m *Manager) decodeProposal(value []byte) (*proposal, error) {
	r := types.NewReader(value)
	version := r.Byte()
	if version != rowVersion && version != proposalVersion {
		return nil, fmt.Errorf("%w: proposal of version %d", ErrStored, version)
	}
	p := &proposal{account: AccountID(r.Hash()), proposer: r.Byte()}
	p.setFlags(r.Byte())
	p.tag = readTag(r)
	p.created, p.expires, p.note = int64(r.Uint64()), int64(r.Uint64()), r.Text(maxNote)
	for range r.VarInt(16) {
		p.members = append(p.members, standing{MemberState(r.Text(16)), r.Text(maxReason), int64(r.Uint64())})
	}
	base, packet := r.Bytes(maxPacket), r.Bytes(maxPacket)
	err := r.Done()
	a := m.accounts[p.account]
	if err != nil || a == nil || len(p.members) != len(a.record.members) {
		return nil, fmt.Errorf("%w: proposal: %v", ErrStored, err)
	}
	if p.base, err = expand(base, nil); err != nil {
		return nil, fmt.Errorf("%w: proposal: %v", ErrStored, err)
	}
	if version == rowVersion { // a PSBT, verified again
		if packet, err = expand(packet, p.base); err == nil {
			p.packet, err = cosign.Decode(string(packet), m.params.ID, a.record.desc)
		}
	} else { // it was verified before we sealed it
		p.packet, err = cosign.Restore(packet, m.params.ID, a.record.desc)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: proposal: %v", ErrStored, err)
	}
	p.id, p.spends = p.packet.TxID(), spends(p.packet)
	p.noteSigned(a)
	return p, nil
}

// newProposal begins a proposal from a packet, whatever was given in it left
// out.
func (m *Manager) newProposal(a *account, packet *cosign.Packet, proposer byte) (*proposal, error) {
	blank, tx := packet.Only(-1), packet.Tx()
	// What members compress with must be the same for all, whoever was first
	// with which copy: without what a copy may tell or leave out.
	bare, err := cosign.New(tx.Msg, packet.Inputs(), tx.Payload, m.params.ID, a.record.desc)
	if err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	base := bare.Slim()
	if size := len(base) + len(blank.Inputs())*len(a.record.members)*420; size > maxPacket {
		return nil, fmt.Errorf("%w: about %d bytes of PSBT", ErrTooLarge, size)
	}
	now := m.clock()
	return &proposal{id: packet.TxID(), account: a.id, packet: blank, spends: spends(packet), base: base, proposer: proposer,
		created: now.Unix(), expires: now.Add(expireAfter).Unix(), members: make([]standing, len(a.record.members))}, nil
}

func spends(p *cosign.Packet) (ops []wire.OutPoint) {
	for _, in := range p.Tx().Msg.TxIn {
		ops = append(ops, in.PreviousOutPoint)
	}
	return ops
}

// noteSigned remembers a signature of ours: later attempts begin without it,
// but whoever has it keeps it.
func (p *proposal) noteSigned(a *account) {
	p.once = p.once || p.packet.Status().Members[a.me].Signed
}

// stays reports whether signatures that are out may still become a transaction
// without us: a script's hold for ever, and of MuSig2 our partial one of any
// attempt does while the others remember their nonces.
func (p *proposal) stays(st *cosign.Status) bool {
	if st.MuSig2 {
		return p.once
	}
	return st.Signed > 0
}

// keep stores a changed proposal.
func (c *change) keep(p *proposal) {
	if a := c.m.accounts[p.account]; a != nil {
		p.noteSigned(a)
	}
	c.hold[p.account] = true
	c.put(rowProposal, p.id[:], p.encode(), func() { c.m.proposals[p.id] = p })
}

func (c *change) forget(p *proposal) {
	c.hold[p.account] = true
	for _, key := range c.m.waiting(p.id) {
		c.unpark(key)
	}
	c.put(rowProposal, p.id[:], nil, func() {
		delete(c.m.proposals, p.id)
		c.m.keys.ForgetNonces(p.id)
	})
}

// hold keeps the coins of an account's open proposals from being proposed
// again. Called with mu held, or before anybody else knows the manager.
func (m *Manager) hold(id AccountID) {
	a := m.accounts[id]
	if a == nil {
		return
	}
	var coins []wire.OutPoint
	for _, p := range m.proposals {
		if p.account == id && m.state(a, p) == StateOpen && m.holds(a, p) {
			coins = append(coins, p.spends...)
		}
	}
	a.wallet.Hold(coins)
}

// holds reports whether an open proposal keeps its coins from others: what we
// declined or could not sign does not, or one member could hold everything.
func (m *Manager) holds(a *account, p *proposal) bool {
	if p.consent || p.packet.Status().Members[a.me].Signed {
		return true
	}
	return p.members[a.me].state != MemberDeclined && m.check(a, p) == nil
}

// state is where a proposal stands. Called with mu held.
func (m *Manager) state(a *account, p *proposal) State {
	if e, err := a.wallet.Transaction(p.id); err == nil {
		switch e.Status {
		case wallet.StatusConfirmed:
			return StateConfirmed
		case wallet.StatusPending:
			return StateSent
		case wallet.StatusAbandoned, wallet.StatusConflicted:
			return StateDead
		}
	}
	for _, op := range p.spends {
		if c, ok := a.wallet.Coin(op); ok && c.Gone && c.SpentBy != p.id {
			return StateDead
		}
	}
	declined := 0
	for _, s := range p.members {
		if s.state == MemberDeclined {
			declined++
		}
	}
	switch {
	case declined > len(p.members)-a.record.desc.Required():
		return StateDeclined
	case m.clock().Unix() >= p.expires:
		return StateExpired
	}
	return StateOpen
}

// members tells how each stands.
func (p *proposal) memberList(a *account, st *cosign.Status) (out []ProposalMember) {
	for i, member := range a.members() {
		s := p.members[i]
		pm := ProposalMember{Member: member, State: s.state, Note: s.note}
		if s.at > 0 {
			pm.Time = time.Unix(s.at, 0)
		}
		if s.state == MemberNone && st.Members[i].Agreed {
			pm.State = MemberAgreed
		}
		if st.Members[i].Signed {
			pm.State = MemberSigned
		}
		out = append(out, pm)
	}
	return out
}

func (a *account) members() (out []Member) {
	for i, k := range a.record.desc.Keys() {
		c := a.record.members[i]
		out = append(out, Member{Key: k.String(), Fingerprint: k.Fingerprint(), Address: c.address, Name: c.name, Me: i == a.me})
	}
	return out
}

// describe computes all there is to tell of a proposal. Called with mu held.
func (m *Manager) describe(a *account, p *proposal) Proposal {
	st := p.packet.Status()
	tx := p.packet.Tx()
	d := Proposal{
		ID: p.id, Account: p.account, State: m.state(a, p), Note: p.note, Proposer: int(p.proposer),
		Created: time.Unix(p.created, 0), Expires: time.Unix(p.expires, 0), Required: st.Required, Signed: st.Signed,
		Members: p.memberList(a, &st), Agreed: p.consent, Payload: tx.Payload, VSize: sizeOf(a, tx),
	}
	if p.proposer == noProposer {
		d.Proposer = -1
	}
	if r := m.routines[p.tag.routine]; r != nil && r.does(a, p) {
		d.Routine = r.ID
	}
	if st.MuSig2 {
		d.Round, d.Attempt = min(st.Round, 2), int(st.Attempt)
	}
	if e, err := a.wallet.Transaction(p.id); err == nil {
		d.Height = e.Height
	}
	m.describeMoney(a, p, tx, &d)
	why := m.check(a, p)
	mine := st.Members[a.me]
	d.CanSign = d.State == StateOpen && why == nil && !mine.Signed && !p.consent
	switch {
	case d.State != StateOpen:
	case why != nil:
		d.Why = why
	case p.restarted(a) != nil:
		d.Why = p.restarted(a)
	default:
		d.Why = p.problem
	}
	switch {
	case d.State == StateOpen:
		d.Warnings = m.warnings(a, p, &d)
	case d.State != StateSent && d.State != StateConfirmed && d.State != StateDead && p.stays(&st):
		d.Warnings = []Warning{WarnStays}
	}
	return d
}

func sizeOf(a *account, tx *types.Tx) int {
	for _, in := range tx.Msg.TxIn {
		in.Witness = a.record.desc.BlankWitness()
	}
	return tx.VSize()
}

func (m *Manager) describeMoney(a *account, p *proposal, tx *types.Tx, d *Proposal) {
	for i, in := range p.packet.Inputs() {
		d.Inputs = append(d.Inputs, wallet.Input{OutPoint: tx.Msg.TxIn[i].PreviousOutPoint, Amount: in.Amount, Address: in.Address,
			Branch: keys.Branch(in.Branch), Index: in.Index})
	}
	d.Fee = p.packet.Fee()
	if tx.Payload != nil {
		d.Record, _ = types.DecodeRecord(tx.Payload)
	}
	if d.Record != nil && a.address() != m.params.FundKey {
		switch r := d.Record.(type) {
		case *types.JobPost:
			d.Bid = r.Bid
		case *types.BidRaise:
			d.Bid = r.Added
		}
	}
	d.Fee -= d.Bid
	d.Total = d.Fee + d.Bid
	for _, o := range tx.Msg.TxOut {
		to, ok := types.ScriptAddress(o.PkScript)
		if !ok {
			continue // the commitment
		}
		ours := a.wallet.Found(to) // further away it would look lost, and is shown as paid
		d.Outputs = append(d.Outputs, Output{to, types.Amount(o.Value), ours})
		if !ours {
			d.Total += types.Amount(o.Value)
		}
	}
}

func (a *account) address() types.Address { return a.wallet.Identity() }

// extra is what a record pays besides the fee by size.
func (m *Manager) extra(a *account, rec types.Record) types.Amount {
	if rec == nil {
		return 0
	}
	return consensus.RecordFee(rec, a.address() == m.params.FundKey)
}
