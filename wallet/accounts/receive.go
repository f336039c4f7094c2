package accounts

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"supercomputing/chain/types"
	"supercomputing/wallet/cosign"
	"supercomputing/wallet/safetext"
)

// maxSkip bounds how far ahead of ours a member's attempt may be, so that one
// message or file cannot use up all numbers.
const maxSkip = 64

// take acts on one decoded message. Called with mu held; the caller commits.
func (m *Manager) take(c *change, from types.Address, msg any, payload []byte) error {
	switch msg := msg.(type) {
	case *proposalMsg:
		return m.takeProposal(c, from, msg)
	case *contributionMsg:
		return m.takeAbout(c, from, msg.account, msg.txid, payload, func(a *account, p *proposal, member int) error {
			return m.takeContribution(c, a, p, member, msg, payload)
		})
	case *askMsg:
		return m.takeAsk(c, from, msg)
	case *declineMsg:
		return m.takeAbout(c, from, msg.account, msg.txid, payload, func(a *account, p *proposal, member int) error {
			return m.takeDecline(c, a, p, member, msg)
		})
	}
	return drop("%w: a part within a part", ErrPayload)
}

// sender gives the account and which of its members wrote.
func (m *Manager) sender(id AccountID, from types.Address) (*account, int, error) {
	a := m.accounts[id]
	if a == nil {
		return nil, 0, drop("%w", ErrNoAccount)
	}
	member := a.record.memberOf(from)
	if member < 0 || member == a.me {
		return nil, 0, drop("%w with that address", ErrMember)
	}
	return a, member, nil
}

// takeAbout finds the proposal that a message is about; a message that is
// faster than the proposal waits for it.
func (m *Manager) takeAbout(c *change, from types.Address, id AccountID, txid types.Hash, payload []byte, fn func(*account, *proposal, int) error) error {
	a, member, err := m.sender(id, from)
	if err != nil {
		return err
	}
	p := m.proposals[txid]
	if p == nil {
		c.park(from, txid, payload)
		return nil
	}
	if p.account != id {
		return drop("%w of that account", ErrNoProposal)
	}
	return fn(a, p.clone(), member)
}

func (m *Manager) takeProposal(c *change, from types.Address, msg *proposalMsg) error {
	a, member, err := m.sender(msg.account, from)
	if err != nil {
		return err
	}
	psbt, err := expand(msg.psbt, nil)
	if err != nil {
		return drop("%w", err)
	}
	about, err := cosign.Identify(string(psbt))
	if err != nil {
		return drop("%w", err)
	}
	if about.Inputs > (source{a.record.desc}).MaxInputs() {
		return drop("%w: %d inputs", ErrTooLarge, about.Inputs)
	}
	if about.Attempt > 1 { // a copy that is faster would part the members
		return drop("%w: a proposal begins with 1, not %d", cosign.ErrAttempt, about.Attempt)
	}
	packet, err := cosign.Decode(string(psbt), m.params.ID, a.record.desc)
	if err != nil {
		return drop("%w", err)
	}
	have := m.proposals[about.TxID]
	again := have != nil && m.again(a, have, msg)
	if have != nil && m.outlives(a, have, msg) {
		next := have.clone()
		_, next.expires = m.lifetime(msg)
		c.keep(next)
		return nil
	}
	if have != nil && !again && !m.corrects(a, packet, have) {
		return nil
	}
	open := 0
	for _, p := range m.proposals {
		if p.account == a.id && m.state(a, p) == StateOpen && int(p.proposer) == member {
			open++
		}
	}
	if open >= maxOpen/len(a.record.members)+1 {
		return drop("%w: open proposals of one member", ErrTooMany)
	}
	p, err := m.newProposal(a, packet, byte(member))
	if err != nil {
		return drop("%w", err)
	}
	if again {
		p.renew(have)
	}
	p.note, p.tag = cut(safetext.Clean(msg.note), maxNote), msg.tag
	p.created, p.expires = m.lifetime(msg)
	c.keep(p)
	c.prune(a)
	return m.replay(c, a, p)
}

// lifetime gives when a proposal was made and when it expires, as it says,
// within bounds: its maker's clock may be wrong, or its maker a liar.
func (m *Manager) lifetime(msg *proposalMsg) (created, expires int64) {
	now := m.clock()
	created = min(max(int64(min(msg.created, 1<<62)), now.Add(-expireMost).Unix()), now.Unix())
	return created, min(int64(min(msg.expires, 1<<62)), now.Add(expireMost).Unix())
}

// again reports whether a member proposes anew what expired or was declined.
// The same coins to the same address make the same transaction.
func (m *Manager) again(a *account, have *proposal, msg *proposalMsg) bool {
	created, expires := m.lifetime(msg)
	if have.account != a.id || expires <= m.clock().Unix() {
		return false
	}
	state := m.state(a, have)
	return state == StateExpired && expires > have.expires || state == StateDeclined && created > have.created
}

// outlives reports whether a member gives an open proposal longer than the copy
// that is here, to which we have not agreed yet: another member may have been
// faster with one that ends soon.
func (m *Manager) outlives(a *account, have *proposal, msg *proposalMsg) bool {
	_, expires := m.lifetime(msg)
	return have.account == a.id && m.state(a, have) == StateOpen && !have.consent && expires > have.expires
}

// renew takes over what members gave to the same transaction before. Script
// signatures hold for ever; consent to rounds that are still to come ends with
// the proposal that it was given to.
func (p *proposal) renew(old *proposal) {
	p.once = old.once
	if !old.packet.Account().MuSig2() {
		p.packet, p.consent = old.packet, old.consent
	}
}

// corrects reports whether a packet says what is true about the coins of a
// proposal, which has it false. Amounts are not in the transaction's id, so
// another member can be first with a false copy, on which nobody could sign and
// everybody's contributions would look false.
func (m *Manager) corrects(a *account, packet *cosign.Packet, have *proposal) bool {
	return have.account == a.id && !have.consent && cosign.Check(packet, have.packet) != nil &&
		m.checkCoins(a, have) != nil && m.checkCoins(a, &proposal{id: have.id, packet: packet}) == nil
}

// replay acts on what came before the proposal did.
func (m *Manager) replay(c *change, a *account, p *proposal) error {
	for _, key := range m.waiting(p.id) {
		from := types.Address([]byte(key[1:33]))
		member := a.record.memberOf(from)
		msg, err := decodePayload(m.parked[key].payload)
		if err != nil || member < 0 {
			c.unpark(key)
			continue
		}
		next := p.clone()
		switch msg := msg.(type) {
		case *contributionMsg:
			var wait bool
			if wait, err = m.combine(next, member, msg); wait {
				continue
			}
			m.blame(next, member, err)
		case *declineMsg:
			setDeclined(next, member, msg.reason, m.clock())
		}
		c.unpark(key)
		*p = *next
	}
	if err := m.advance(c, a, p); err != nil {
		m.log.Info("a proposal does not go on yet", "proposal", p.id, "err", err)
	}
	c.keep(p)
	return nil
}

// takeContribution adds what a member gave. A partial signature that is faster
// than another member's nonces waits for them.
func (m *Manager) takeContribution(c *change, a *account, p *proposal, member int, msg *contributionMsg, payload []byte) error {
	wait, err := m.combine(p, member, msg)
	if wait {
		c.park(a.record.members[member].address, p.id, payload)
	}
	m.blame(p, member, err)
	c.keep(p)
	return m.replay(c, a, p)
}

// combine adds a member's contribution to p; wait says that part of it has to
// be looked at again when other members' nonces are here. The error is the
// member's fault.
func (m *Manager) combine(p *proposal, member int, msg *contributionMsg) (wait bool, err error) {
	psbt, err := expand(msg.psbt, p.base)
	if err != nil {
		return false, err
	}
	about, err := cosign.Identify(string(psbt))
	if err != nil {
		return false, err
	}
	if about.TxID != p.id { // before it costs anything
		return false, fmt.Errorf("%w: it differs from the proposal's", cosign.ErrTransaction)
	}
	given, err := cosign.Decode(string(psbt), m.params.ID, p.packet.Account())
	if err != nil {
		return false, err
	}
	packet := p.packet
	if given.Attempt() > packet.Attempt() {
		if given.Attempt() > packet.Attempt()+maxSkip {
			return false, fmt.Errorf("%w: %d after %d", cosign.ErrAttempt, given.Attempt(), packet.Attempt())
		}
		if p.begins(member, m.clock()) >= maxFollow {
			return false, nil
		}
		if packet, err = packet.Restart(given.Attempt()); err != nil {
			return false, err
		}
	}
	next, err := cosign.CombineFrom(packet, given, member)
	if errors.Is(err, cosign.ErrStale) {
		return false, nil // a newer attempt of somebody was faster
	}
	if err != nil {
		return false, err
	}
	if next.Attempt() != p.packet.Attempt() {
		m.keys.ForgetNonces(p.id)
		p.noteSigned(m.accounts[p.account])
		p.began(member, m.clock())
	}
	if changed(p.packet, next, member) {
		p.members[member] = standing{at: m.clock().Unix()}
	}
	p.packet = next
	return given.Status().Members[member].Signed && !next.Status().Members[member].Signed, nil
}

// blame notes who sent something false, and what. What was there stays.
func (m *Manager) blame(p *proposal, member int, err error) {
	if err == nil {
		return
	}
	if errors.Is(err, cosign.ErrDisagree) {
		// The one who sent this is not the one who gave two nonces.
		p.problem = err
		m.log.Warn("members hold different nonces", "proposal", p.id, "from", member, "err", err)
		return
	}
	p.members[member] = standing{MemberRefused, cut(safetext.Clean(err.Error()), maxReason), m.clock().Unix()}
	m.log.Warn("a member sent something false", "proposal", p.id, "member", member, "err", err)
}

func (m *Manager) takeDecline(c *change, a *account, p *proposal, member int, msg *declineMsg) error {
	if p.packet.Status().Members[member].Signed && !a.record.desc.MuSig2() {
		return drop("%w, so it cannot be declined", ErrSigned)
	}
	setDeclined(p, member, msg.reason, m.clock())
	c.keep(p)
	return nil
}

func setDeclined(p *proposal, member int, reason string, now time.Time) {
	p.members[member] = standing{MemberDeclined, cut(safetext.Clean(reason), maxReason), now.Unix()}
}

// prune removes proposals that are over, beyond maxKept: the oldest of whoever
// has most of them, so that a member who floods loses its own.
func (c *change) prune(a *account) {
	var over [noProposer + 1][]*proposal
	count := 0
	for _, p := range c.m.proposals {
		if p.account != a.id {
			continue
		}
		count++
		if s := c.m.state(a, p); s != StateOpen && s != StateSent {
			over[p.proposer] = append(over[p.proposer], p)
		}
	}
	most := slices.MaxFunc(over[:], func(a, b []*proposal) int { return len(a) - len(b) })
	if count >= maxKept && len(most) > 0 {
		c.forget(slices.MinFunc(most, func(a, b *proposal) int { return cmp.Compare(a.created, b.created) }))
	}
}
