package accounts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/cosign"
	"supercomputing/wallet/keys"
	"supercomputing/wallet/safetext"
)

// Request asks for a proposal: payments, or one record, or a job that this node
// makes and runs for the account.
type Request struct {
	Account AccountID
	Outputs []wallet.Output
	All     bool            // everything to the first output
	Coins   []wire.OutPoint // from these only; nil: any
	Record  types.Record    // a post, a listing, a registration, a raise, a completion
	Extra   types.Amount    // paid on top for the record
	Whole   types.Amount    // fee to pay in all for the record; 0: by size and Extra
	Job     []byte          // a spec for JobMaker
	Rate    types.Amount    // units per virtual byte; 0: estimated
	Note    string          // for the members

	tag tag
}

// Propose makes a transaction for the members to sign and sends it to them. It
// does not sign it. For a record the account's first address must hold a coin:
// wallet.ErrNoAuthorCoin says that a payment to it has to be proposed first.
func (m *Manager) Propose(ctx context.Context, r Request) (Proposal, error) {
	kinds := 0
	for _, has := range []bool{len(r.Outputs) > 0, r.Record != nil, r.Job != nil} {
		if has {
			kinds++
		}
	}
	r.Note = safetext.Clean(r.Note)
	switch {
	case kinds != 1:
		return Proposal{}, ErrNothing
	case types.CheckText(r.Note, maxNote) != nil:
		return Proposal{}, fmt.Errorf("%w: a note of %d bytes, at most %d", ErrName, len(r.Note), maxNote)
	}
	var adopt func(types.Hash) error
	if r.Job != nil {
		post, fn, err := m.makeJob(ctx, r.Job)
		if err != nil {
			return Proposal{}, err
		}
		r.Record, adopt = post, fn
	}
	id, err := m.propose(r)
	if err != nil {
		return Proposal{}, err
	}
	if adopt != nil {
		if err := adopt(id); err != nil {
			return Proposal{}, errors.Join(fmt.Errorf("accounts: the job was proposed, but this node could not take it up: %w", err), m.Forget(ctx, id))
		}
	}
	m.flush(ctx)
	return m.Proposal(id)
}

func (m *Manager) makeJob(ctx context.Context, spec []byte) (*types.JobPost, func(types.Hash) error, error) {
	if m.jobs == nil {
		return nil, nil, ErrNoJobs
	}
	post, adopt, err := m.jobs.Make(ctx, spec)
	if err != nil {
		return nil, nil, fmt.Errorf("accounts: %w", err)
	}
	own := *post
	own.Operator = m.self
	return &own, adopt, nil
}

// propose quotes and stores in one go, so that no other proposal takes the
// same coins in between.
func (m *Manager) propose(r Request) (id types.Hash, err error) {
	m.proposing.Lock()
	defer m.proposing.Unlock()
	m.mu.Lock()
	a, err := m.lookup(r.Account)
	if err == nil {
		err = m.roomFor(a)
	}
	m.hold(r.Account) // what expired meanwhile is free
	m.mu.Unlock()
	if err != nil {
		return id, err
	}
	var q *wallet.Quote
	if r.Record != nil {
		q, err = a.wallet.BuildRecord(r.Record, wallet.RecordOptions{Rate: r.Rate, Extra: r.Extra, Whole: r.Whole})
	} else {
		q, err = a.wallet.Quote(wallet.Request{Outputs: r.Outputs, All: r.All, Coins: r.Coins, Rate: r.Rate})
	}
	if err != nil {
		return id, err
	}
	u, err := a.wallet.Unsigned(q)
	if err != nil {
		return id, err
	}
	packet, err := m.pack(a, u)
	if err != nil {
		return id, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return packet.TxID(), m.enter(a, packet, r)
}

// roomFor is called with mu held.
func (m *Manager) roomFor(a *account) error {
	open := 0
	for _, p := range m.proposals {
		if p.account == a.id && m.state(a, p) == StateOpen {
			open++
		}
	}
	if open >= maxOpen {
		return fmt.Errorf("%w: %d open proposals", ErrTooMany, open)
	}
	if len(m.outbox) > maxOutbox {
		return fmt.Errorf("%w: %d messages wait to be sent", ErrTooMany, len(m.outbox))
	}
	return nil
}

// pack makes the PSBT of an unsigned transaction.
func (m *Manager) pack(a *account, u *wallet.Unsigned) (*cosign.Packet, error) {
	inputs := make([]cosign.Input, len(u.Inputs))
	for i, in := range u.Inputs {
		inputs[i] = cosign.Input{Amount: in.Amount, Address: in.Address, Branch: uint32(in.Branch), Index: in.Index}
	}
	var change []cosign.Change
	for i, o := range u.Tx.Msg.TxOut {
		to, ok := types.ScriptAddress(o.PkScript)
		if !ok {
			continue
		}
		b, index, ours := a.wallet.Path(to)
		if ours && (i == u.Change || b == keys.Change) {
			change = append(change, cosign.Change{Output: i, Branch: uint32(b), Index: index})
		}
	}
	p, err := cosign.New(u.Tx.Msg, inputs, u.Tx.Payload, m.params.ID, a.record.desc, change...)
	if err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	return p, nil
}

// enter stores our own proposal and tells the members.
func (m *Manager) enter(a *account, packet *cosign.Packet, r Request) error {
	p, err := m.newProposal(a, packet, byte(a.me))
	if err != nil {
		return err
	}
	if have := m.proposals[p.id]; have != nil { // the same coins to the same address
		if m.state(a, have) == StateOpen && have.members[a.me].state != MemberDeclined {
			return fmt.Errorf("%w, and does the same", ErrOpen)
		}
		p.renew(have)
	}
	p.note, p.tag = r.Note, r.tag
	c := m.begin()
	c.keep(p)
	c.prune(a)
	c.tell(a, p.letter())
	return c.commit()
}

// Proposal tells what a proposal would do and who has signed.
func (m *Manager) Proposal(id types.Hash) (Proposal, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, p, err := m.find(id)
	if err != nil {
		return Proposal{}, err
	}
	return m.describe(a, p), nil
}

// Proposals lists the proposals of an account, or of all for the zero id,
// newest first.
func (m *Manager) Proposals(of AccountID) []Proposal {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := []Proposal{}
	for _, p := range m.proposals {
		if of == (AccountID{}) || p.account == of {
			out = append(out, m.describe(m.accounts[p.account], p))
		}
	}
	slices.SortFunc(out, func(a, b Proposal) int {
		if c := b.Created.Compare(a.Created); c != 0 {
			return c
		}
		return compareIDs(AccountID(a.ID), AccountID(b.ID))
	})
	return out
}

// Export gives a proposal as PSBT with all that members gave so far, in base64.
func (m *Manager) Export(id types.Hash) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, p, err := m.find(id)
	if err != nil {
		return "", err
	}
	return p.packet.Encode(), nil
}

// ImportPSBT takes a PSBT: what others signed of a proposal that is here, or a
// new proposal. A PSBT of another network, of no account here, or with other
// outputs than the open proposal that spends the same coins is refused.
func (m *Manager) ImportPSBT(ctx context.Context, text string) (Proposal, error) {
	id, err := m.importPSBT(text)
	if err != nil {
		return Proposal{}, err
	}
	m.finishAll(ctx)
	m.flush(ctx)
	return m.Proposal(id)
}

func (m *Manager) importPSBT(text string) (id types.Hash, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, packet, err := m.readPSBT(text)
	if err != nil {
		return id, err
	}
	c := m.begin()
	p := m.proposals[packet.TxID()]
	if p == nil {
		if p, err = m.fromFile(a, packet); err != nil {
			return id, err
		}
		c.prune(a)
	} else {
		p = p.clone()
	}
	if err := m.combineFile(a, p, packet); err != nil {
		return id, err
	}
	c.keep(p)
	if err := m.replay(c, a, p); err != nil {
		return id, err
	}
	return p.id, c.commit()
}

// fromFile begins a proposal from a file.
func (m *Manager) fromFile(a *account, packet *cosign.Packet) (*proposal, error) {
	if err := m.roomFor(a); err != nil {
		return nil, err
	}
	if packet.Attempt() > maxSkip {
		return nil, fmt.Errorf("accounts: %w: %d at first", cosign.ErrAttempt, packet.Attempt())
	}
	p, err := m.newProposal(a, packet, noProposer)
	if err != nil {
		return nil, err
	}
	if other := m.rival(a, p); other != nil && sameCoins(p, other) {
		return nil, fmt.Errorf("%w: %v", ErrChanged, other.id)
	}
	return p, nil
}

func sameCoins(a, b *proposal) bool {
	sorted := func(p *proposal) (ops []string) {
		for _, op := range p.spends {
			ops = append(ops, op.String())
		}
		slices.Sort(ops)
		return ops
	}
	return slices.Equal(sorted(a), sorted(b))
}

// combineFile adds what all members gave in a file.
func (m *Manager) combineFile(a *account, p *proposal, packet *cosign.Packet) error {
	mine := p.packet
	if packet.Attempt() > mine.Attempt()+maxSkip {
		return fmt.Errorf("accounts: %w: %d after %d", cosign.ErrAttempt, packet.Attempt(), mine.Attempt())
	}
	if packet.Attempt() > mine.Attempt() {
		again, err := mine.Restart(packet.Attempt())
		if err != nil {
			return fmt.Errorf("accounts: %w", err)
		}
		m.keys.ForgetNonces(p.id)
		p.noteSigned(a)
		mine = again
	}
	next, err := cosign.Combine(mine, packet)
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	for i := range p.members {
		if changed(p.packet, next, i) {
			p.members[i] = standing{at: m.clock().Unix()}
		}
	}
	p.packet = next
	return nil
}

// period gives the epoch of a moment.
func (m *Manager) epochAt(t time.Time) uint64 { return m.params.Epoch(m.params.SlotAt(t)) }
