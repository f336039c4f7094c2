package messages

import (
	"context"
	"errors"
	"slices"
	"time"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/talk"
)

const (
	// maxLead bounds how far one message moves a conversation's number, so
	// that a hostile one cannot use the numbers up.
	maxLead = 1 << 20
	// plainTx is what the smallest transaction with a record weighs: one input,
	// commitment and change.
	plainTx = 154 // virtual bytes
)

// oldest bounds what a sender's clock may claim.
var oldest = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// arrival is one envelope that came, whichever way.
type arrival struct {
	from     types.Address
	envelope *envelope.Envelope
	raw      []byte
	way      history.Way
	received time.Time
	tx       types.Hash // over the chain, as are the following
	height   uint32
	fee      types.Amount
	extra    types.Amount // paid beyond what the network asks
	member   bool         // of an account of ours
}

// paidExtra is what a message's transaction paid beyond the network's own fee,
// supposing that it had to be no larger than it must. Who pays a minimum on
// top of the due fee is never below it.
func paidExtra(r *Record, rec types.Record) types.Amount {
	due := consensus.RecordFee(rec, false) + consensus.MinFeeRate*types.Amount(plainTx+len(r.Payload))
	return max(0, r.Fee-due)
}

// Deliver implements talk.Handler.
func (c *Center) Deliver(_ context.Context, from types.Address, raw []byte) error {
	e, err := envelope.Decode(raw)
	if err != nil {
		text := ""
		if errors.Is(err, envelope.ErrVersion) {
			text = "written by a newer version"
		}
		return &talk.Refusal{Reason: talk.ReasonInvalid, Text: text}
	}
	if from == c.opt.Self {
		return &talk.Refusal{Reason: talk.ReasonUnwanted}
	}
	a := &arrival{from: from, envelope: e, raw: raw, way: history.Direct, received: c.now(), member: isAccount(e) && c.member(from)}
	err = c.update(func(ch *change) error {
		return c.take(ch, a)
	})
	if err == nil && isAccount(e) {
		signal(c.accountNow)
	}
	return err
}

// member asks who knows the accounts. It is not called with mu held: the answer
// may wait for somebody who waits for us.
func (c *Center) member(a types.Address) bool { return c.opt.Member != nil && c.opt.Member(a) }

func isAccount(e *envelope.Envelope) bool {
	k := e.Body.Kind()
	return k == envelope.KindAccount || k == envelope.KindPart
}

// take enters what came into a change. A *talk.Refusal says that it is not
// wanted, and can come over direct connections only.
func (c *Center) take(ch *change, a *arrival) error {
	if isAccount(a.envelope) {
		return c.takeAccount(ch, a)
	}
	k := history.Key{Peer: a.from, ID: a.envelope.ID}
	if ch.has(k) {
		return c.again(ch, k, a)
	}
	m := &history.Message{Head: history.Head{
		Key: k, Kind: a.envelope.Body.Kind(), Lamport: number(ch, a),
		Received: a.received.UnixMilli(), Time: bounded(a.envelope.Clock(), a.received).UnixMilli(),
		Way: a.way, Status: history.Received, Unread: true, Height: a.height, Tx: a.tx, Fee: a.fee,
	}, Envelope: a.raw}
	keep, err := c.admit(ch, a, m)
	if err != nil || !keep {
		return err
	}
	ch.put(m)
	if p := ch.look(a.from); a.envelope.Contact != "" && a.envelope.Contact != p.Told && !m.Apart && !m.Filtered {
		ch.peer(a.from).Told = a.envelope.Contact
	}
	return nil
}

// number gives a message its place in the conversation: what its author says, as
// long as it does not run far ahead. An author who lost what was written
// directly, as after restoring a wallet from its words, counts from the start
// again; its messages come last all the same, since nobody would find them among
// those of last year. It shows in its clock: the message was written after one of
// the same author with a greater number.
func number(ch *change, a *arrival) uint64 {
	last, n := ch.lamport(a.from), a.envelope.Lamport
	if n > last {
		return min(n, last+maxLead)
	}
	var newest *history.Head // of the author
	if conv := ch.db.Conversation(a.from); conv != nil {
		for _, h := range slices.Backward(conv.Messages) {
			if !h.Mine {
				newest = h
				break
			}
		}
	}
	for k, m := range ch.messages {
		if k.Peer == a.from && !m.Mine && !m.Hidden && (newest == nil || m.Lamport > newest.Lamport) {
			newest = &m.Head
		}
	}
	if newest == nil || n >= newest.Lamport {
		return n
	}
	// The clocks are compared as the author tells them: ours may differ.
	m, err := ch.message(newest.Key)
	if err != nil {
		return n
	}
	if e, err := envelope.Decode(m.Envelope); err == nil && a.envelope.Time > e.Time {
		return last + 1
	}
	return n
}

// again notes where a message that is here already stands on the chain.
func (c *Center) again(ch *change, k history.Key, a *arrival) error {
	if a.way != history.Chain {
		return nil
	}
	head := ch.messages[k]
	if head == nil {
		h, err := ch.db.Find(k.Ref())
		if err != nil || h.Height == a.height && h.Tx == a.tx {
			return nil // deleted, or the same once more
		}
	}
	return ch.edit(k, func(m *history.Message) { m.Height, m.Tx, m.Fee = a.height, a.tx, a.fee })
}

// bounded is a sender's clock as it is shown: not after the message came, and
// not before there was anything to come.
func bounded(claimed, received time.Time) time.Time {
	if claimed.Before(oldest) {
		claimed = oldest
	}
	if claimed.After(received) {
		return received
	}
	return claimed
}

// admit decides what becomes of a message from a sender who may be a stranger
// or blocked.
func (c *Center) admit(ch *change, a *arrival, m *history.Message) (keep bool, err error) {
	p, conv := ch.look(a.from), ch.db.Conversation(a.from)
	if p.Blocked {
		// Who is blocked is not told: it is stored, out of sight, until there
		// is too much of it. A stranger hears what any stranger hears.
		if p.Stranger && a.way != history.Chain {
			if err := c.strangerFits(ch, conv, false); err != nil {
				return false, err
			}
		}
		m.Apart, m.Unread = true, false
		return conv == nil || conv.Apart < maxApart, nil
	}
	if p.Known() {
		return true, nil
	}
	if a.way == history.Chain {
		m.Filtered = a.extra < ch.db.Settings().MinFee
		return !m.Filtered || c.filteredFits(ch, &m.Head), nil
	}
	if err := c.strangerFits(ch, conv, true); err != nil {
		return false, err
	}
	return true, nil
}

// refuseStranger is what the settings say about strangers' direct connections.
func refuseStranger(s history.Settings) error {
	if !s.Strangers || s.MinFee > 0 {
		return &talk.Refusal{Reason: talk.ReasonStranger, MinFee: s.MinFee}
	}
	return nil
}

// Mark implements talk.Handler.
func (c *Center) Mark(from types.Address, kind talk.MarkKind, ids []talk.ID) {
	if kind != talk.MarkRead {
		return
	}
	err := c.update(func(ch *change) error {
		if p := ch.look(from); p.Blocked {
			return nil
		}
		for _, id := range ids {
			k := history.Key{Peer: from, Mine: true, ID: envelope.ID(id)}
			h, err := ch.db.Find(k.Ref())
			if err != nil || h.Hidden || h.Status == history.Read {
				continue
			}
			// Whatever we knew of its way: who read it has it.
			err = ch.edit(k, func(m *history.Message) {
				if m.Status, m.Problem = history.Read, ""; m.Way == history.Auto {
					m.Way = history.Direct
				}
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	c.warn("read marks were not stored", err)
}

// Reach implements talk.Handler. A peer that does not say leaves what it said
// before.
func (c *Center) Reach(from types.Address, contact string) {
	if contact == "" || types.CheckText(contact, types.MaxContact) != nil {
		return
	}
	member := c.member(from)
	err := c.update(func(ch *change) error {
		if p := ch.look(from); p.Told == contact || p.Blocked || !concerns(ch, from, member) {
			return nil
		}
		ch.peer(from).Told = contact
		ch.touch(from)
		return nil
	})
	c.warn("where a peer is reached was not stored", err)
}

// Online implements talk.Handler.
func (c *Center) Online(peer types.Address, online bool) {
	concerned, member := false, c.member(peer)
	err := c.update(func(ch *change) error {
		if concerned = concerns(ch, peer, member); !concerned {
			return nil
		}
		ch.peer(peer).LastSeen = c.now().Unix()
		ch.touch(peer)
		return nil
	})
	c.warn("when a peer was seen was not stored", err)
	if online && concerned {
		c.retryNow(peer)
	}
}

// warn logs what went wrong outside of any call.
func (c *Center) warn(what string, err error) {
	if err != nil && !locked(err) {
		c.opt.Log.Warn(what, "err", err)
	}
}

// concerns reports whether there is, or may be, something between us and an
// address. Of others nothing is noted: strangers who come and go would leave
// traces.
func concerns(ch *change, a types.Address, member bool) bool {
	p := ch.look(a)
	return p.Known() || ch.db.Conversation(a) != nil || member
}
