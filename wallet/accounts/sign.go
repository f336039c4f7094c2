package accounts

import (
	"context"
	"errors"
	"fmt"

	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/cosign"
	"supercomputing/wallet/keys"
	"supercomputing/wallet/safetext"
)

// find gives a proposal with its account. Called with mu held.
func (m *Manager) find(id types.Hash) (*account, *proposal, error) {
	p := m.proposals[id]
	if p == nil {
		return nil, nil, ErrNoProposal
	}
	return m.accounts[p.account], p, nil
}

// Sign agrees to a proposal: shown is the transaction id that the person saw.
// A script account's signature is made at once; MuSig2's rounds go on by
// themselves from here, also over restarts, with no more asking.
func (m *Manager) Sign(ctx context.Context, id, shown types.Hash) (Proposal, error) {
	if err := m.agree(id, shown); err != nil {
		return Proposal{}, err
	}
	m.finishAll(ctx)
	m.flush(ctx)
	return m.Proposal(id)
}

func (m *Manager) agree(id, shown types.Hash) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, p, err := m.find(id)
	switch {
	case err != nil:
		return err
	case shown != p.id:
		return fmt.Errorf("%w: %v", ErrShown, p.id)
	case m.state(a, p) != StateOpen:
		return fmt.Errorf("%w: %s", ErrOver, m.state(a, p))
	}
	if err := m.check(a, p); err != nil {
		return err
	}
	next := p.clone()
	next.consent, next.restarter, next.begun = true, 0, nil
	next.members[a.me] = standing{at: m.clock().Unix()}
	c := m.begin()
	if err := m.advance(c, a, next); err != nil {
		return err // locked, for instance: nothing was agreed
	}
	c.keep(next)
	return c.commit()
}

// advance does what our consent allows now, and tells the members what came of
// it. The caller keeps p.
func (m *Manager) advance(c *change, a *account, p *proposal) error {
	before := p.packet.Status().Members[a.me]
	attempt := p.packet.Attempt()
	if !p.consent || before.Signed || m.state(a, p) != StateOpen || m.check(a, p) != nil {
		return nil
	}
	next, err := m.contribute(a, p.packet)
	if err != nil {
		return err
	}
	p.packet = next
	after := next.Status().Members[a.me]
	if after.Agreed != before.Agreed || after.Signed != before.Signed || next.Attempt() != attempt {
		c.tell(a, contribution(a, p))
	}
	return nil
}

func contribution(a *account, p *proposal) []byte {
	msg := contributionMsg{a.id, p.id, shrink(p.packet.Only(a.me).Slim(), p.base)}
	return msg.encode()
}

// contribute adds our nonces and signature as far as it goes. Nonces that are
// gone, since the program or the keystore was closed meanwhile, begin a new
// attempt: they can never be used again.
func (m *Manager) contribute(a *account, packet *cosign.Packet) (*cosign.Packet, error) {
	for range 2 {
		next, err := packet.AddNonces(a.key)
		if err == nil {
			packet = next
			next, err = packet.Sign(a.key)
			if errors.Is(err, cosign.ErrNoncesMissing) {
				return packet, nil
			}
		}
		if !errors.Is(err, keys.ErrNonceGone) && !errors.Is(err, keys.ErrNonceBound) {
			return next, err
		}
		if packet, err = packet.Restart(packet.Attempt() + 1); err != nil {
			return nil, err
		}
		m.keys.ForgetNonces(packet.TxID())
	}
	return nil, fmt.Errorf("accounts: %w, twice", keys.ErrNonceGone)
}

// Decline tells the members that we shall not sign. It reports ErrSigned when
// our signature of this attempt is out. One of an earlier attempt may be out
// too; no more are given then, and WarnStays says that the others may go on.
func (m *Manager) Decline(ctx context.Context, id types.Hash, reason string) (Proposal, error) {
	if err := m.decline(id, reason); err != nil {
		return Proposal{}, err
	}
	m.flush(ctx)
	return m.Proposal(id)
}

func (m *Manager) decline(id types.Hash, reason string) error {
	reason = cut(safetext.Clean(reason), maxReason)
	if types.CheckText(reason, maxReason) != nil {
		return fmt.Errorf("%w: the reason", ErrName)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	a, p, err := m.find(id)
	if err != nil {
		return err
	}
	switch state := m.state(a, p); {
	case state != StateOpen:
		return fmt.Errorf("%w: %s", ErrOver, state)
	case p.packet.Status().Members[a.me].Signed:
		return ErrSigned
	}
	next := p.clone()
	next.consent, next.restarter = false, 0
	next.members[a.me] = standing{MemberDeclined, reason, m.clock().Unix()}
	m.keys.ForgetNonces(id)
	c := m.begin()
	c.keep(next)
	msg := declineMsg{a.id, id, reason}
	c.tell(a, msg.encode())
	return c.commit()
}

// Restart begins MuSig2's rounds anew, with fresh nonces, for the transaction
// that we agreed to.
func (m *Manager) Restart(ctx context.Context, id types.Hash) (Proposal, error) {
	if err := m.restart(id); err != nil {
		return Proposal{}, err
	}
	m.flush(ctx)
	return m.Proposal(id)
}

func (m *Manager) restart(id types.Hash) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, p, err := m.find(id)
	switch {
	case err != nil:
		return err
	case !a.record.desc.MuSig2():
		return ErrNotMuSig2
	case m.state(a, p) != StateOpen:
		return ErrOver
	case !p.consent:
		return ErrNotAgreed
	}
	next := p.clone()
	next.noteSigned(a)
	if next.packet, err = p.packet.Restart(p.packet.Attempt() + 1); err != nil {
		return err
	}
	m.keys.ForgetNonces(id)
	next.problem = nil
	for i := range next.members {
		if next.members[i].state == MemberRefused {
			next.members[i] = standing{}
		}
	}
	c := m.begin()
	if next.packet, err = m.contribute(a, next.packet); err != nil {
		return err
	}
	c.tell(a, contribution(a, next))
	c.keep(next)
	return c.commit()
}

// Forget removes a proposal that is over, or one of ours that nobody else has
// signed: then the others are told that we decline it.
func (m *Manager) Forget(ctx context.Context, id types.Hash) error {
	m.mu.Lock()
	err := m.forget(id)
	m.mu.Unlock()
	m.flush(ctx)
	return err
}

func (m *Manager) forget(id types.Hash) error {
	a, p, err := m.find(id)
	if err != nil {
		return err
	}
	c := m.begin()
	if m.state(a, p) == StateOpen || m.state(a, p) == StateSent {
		alone := int(p.proposer) == a.me && m.state(a, p) == StateOpen
		for i, s := range p.packet.Status().Members {
			alone = alone && !s.Signed && (i == a.me || !s.Agreed)
		}
		if !alone {
			return ErrOpen
		}
		msg := declineMsg{a.id, id, "withdrawn"}
		c.tell(a, msg.encode())
	}
	c.forget(p)
	return c.commit()
}

// finishAll goes on with what can go on, and posts what all have signed.
func (m *Manager) finishAll(ctx context.Context) {
	type ready struct {
		id     types.Hash
		wallet *wallet.Wallet
		tx     *types.Tx
		label  string
	}
	var done []ready
	m.mu.Lock()
	for _, p := range m.proposals {
		a := m.accounts[p.account]
		state := m.state(a, p)
		if state != StateOpen {
			if p.consent && state != StateSent {
				m.keys.ForgetNonces(p.id)
			}
			continue
		}
		if err := m.goOn(a, p); err != nil && !errors.Is(err, keys.ErrLocked) {
			m.log.Warn("a proposal does not go on", "proposal", p.id, "err", err)
		}
		p = m.proposals[p.id]
		// What the node refused is offered again when there is a new block, or
		// some time has passed: offering it is a change of the wallet itself.
		if p.problem != nil && p.offered == a.wallet.Position().Hash && m.clock().Before(p.again) {
			continue
		}
		if tx, err := p.packet.Finalise(); err == nil {
			done = append(done, ready{p.id, a.wallet, tx, p.note})
		}
	}
	for id := range m.accounts {
		m.hold(id)
	}
	m.mu.Unlock()
	for _, r := range done {
		err := r.wallet.SendSigned(ctx, r.tx, oneLine(r.label))
		if err != nil {
			m.log.Warn("a signed proposal could not be sent yet", "proposal", r.id, "err", err)
		}
		m.mu.Lock()
		if p := m.proposals[r.id]; p != nil {
			p.problem, p.offered, p.again = err, r.wallet.Position().Hash, m.clock().Add(tickEvery)
		}
		for ch := range m.subs {
			signal(ch)
		}
		m.mu.Unlock()
	}
}

// oneLine makes a wallet's label of a note.
func oneLine(note string) string { return cut(safetext.CleanLine(note), 200) }

// goOn advances one proposal, if there is anything to do.
func (m *Manager) goOn(a *account, p *proposal) error {
	next := p.clone()
	c := m.begin()
	if err := m.advance(c, a, next); err != nil {
		return err
	}
	if next.packet == p.packet || len(c.rows) == 0 && !changed(p.packet, next.packet, a.me) {
		return nil
	}
	c.keep(next)
	return c.commit()
}

// changed reports whether a member gave more in b than in a.
func changed(a, b *cosign.Packet, member int) bool {
	x, y := a.Status().Members[member], b.Status().Members[member]
	return x.Agreed != y.Agreed || x.Signed != y.Signed || a.Attempt() != b.Attempt()
}
