package accounts

import (
	"time"

	"supercomputing/chain/types"
	"supercomputing/wallet/cosign"
)

// askEvery is how often a member is answered: an answer is many messages.
const askEvery = 10 * time.Minute

// ask asks all other members for what is open. Who just took the account up
// dropped what came before, as a stranger's.
func (c *change) ask(a *account) {
	msg := askMsg{a.id}
	c.tell(a, msg.encode())
}

// takeAsk answers a member who asks what is open.
func (m *Manager) takeAsk(c *change, from types.Address, msg *askMsg) error {
	a, member, err := m.sender(msg.account, from)
	if err != nil {
		return err
	}
	now, key := m.clock(), string(a.id[:])+string(from[:])
	if last, ok := m.asked[key]; ok && now.Sub(last).Abs() < askEvery {
		return drop("%w: asked again", ErrTooMany)
	}
	m.catchUp(c, a, member)
	for _, p := range m.proposals {
		if p.account == a.id && m.state(a, p) == StateOpen && p.packet.Status().MuSig2 && p.packet.Status().Members[member].Agreed {
			if err := m.lost(c, a, p.clone(), member); err != nil {
				m.log.Info("a proposal does not begin anew yet", "proposal", p.id, "err", err)
			}
		}
	}
	c.then = append(c.then, func() { m.asked[key] = now })
	return nil
}

// catchUp sends a member what we proposed and gave that is still open.
func (m *Manager) catchUp(c *change, a *account, member int) {
	to := a.record.members[member].address
	for _, p := range m.proposals {
		if p.account != a.id || m.state(a, p) != StateOpen {
			continue
		}
		if int(p.proposer) == a.me {
			c.send(to, p.letter())
		}
		if mine := p.packet.Status().Members[a.me]; mine.Agreed || mine.Signed {
			c.send(to, contribution(a, p))
		} else if s := p.members[a.me]; s.state == MemberDeclined {
			msg := declineMsg{a.id, p.id, s.note}
			c.send(to, msg.encode())
		}
	}
}

// letter is a proposal as members get it: at its first attempt.
func (p *proposal) letter() []byte {
	psbt := p.base
	tx, old := p.packet.Tx(), p.packet
	if first, err := cosign.New(tx.Msg, old.Inputs(), tx.Payload, old.Network(), old.Account(), old.Change()...); err == nil {
		psbt = first.Slim()
	}
	msg := proposalMsg{p.account, p.tag, uint64(p.created), uint64(p.expires), p.note, shrink(psbt, nil)}
	return msg.encode()
}

// lost begins an attempt anew for a member who asks what is open: it gave
// nonces and knows nothing of them any more, so it would give others.
func (m *Manager) lost(c *change, a *account, p *proposal, member int) (err error) {
	p.noteSigned(a)
	if p.packet, err = p.packet.Restart(p.packet.Attempt() + 1); err != nil {
		return err
	}
	m.keys.ForgetNonces(p.id)
	p.began(member, m.clock())
	err = m.advance(c, a, p)
	c.keep(p)
	return err
}
