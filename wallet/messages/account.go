package messages

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/talk"
)

// Account traffic is what programs of shared accounts tell each other. It waits
// in an outbox until the other side has it, in order; over the chain, which is
// slow and paid, only when it has waited long, in parts. A receiver holds back
// what came before its predecessor, for a while.
const (
	maxOutbox  = 256 // messages to one member
	maxSenders = 256 // with messages or parts that wait
	maxTurn    = 64  // messages of one sender that are handled before the next one's
	holdFor    = 10 * time.Minute
	partsLife  = 14 * 24 * time.Hour
)

// queue is how much account traffic of one sender may wait here.
type queue struct {
	items  int // that wait for their handler
	size   int // bytes of them
	wholes int // that are incomplete: what the chain brings does not come again
}

// queueOf is the room of a sender; strangers have little, since what they tell
// concerns no account of ours.
func queueOf(known bool) queue {
	if known {
		return queue{items: 64, size: 4 << 20, wholes: 64}
	}
	return queue{items: 8, size: 256 << 10, wholes: 4}
}

// HandleAccount sets who takes account traffic. An error means "again later":
// the message and those behind it from the same sender wait, for some tries;
// then it is set aside, tried now and then, and the next ones go on. A message
// may come more than once. Set it before Run.
func (c *Center) HandleAccount(fn func(ctx context.Context, from types.Address, payload []byte) error) {
	c.handler = fn
}

// SendAccount stores a payload of at most envelope.MaxAccount bytes and
// delivers it, in order and at least once, when the other side can be reached.
func (c *Center) SendAccount(_ context.Context, to types.Address, payload []byte) error {
	if to == c.opt.Self || !to.OnCurve() {
		return fmt.Errorf("%w: %v", ErrNobody, to)
	}
	err := c.update(func(ch *change) error {
		if conv := ch.db.Conversation(to); conv != nil && len(conv.Hidden()) >= maxOutbox {
			return fmt.Errorf("%w: %d account messages wait for %v", ErrBusy, len(conv.Hidden()), to)
		}
		p := ch.peer(to)
		e := &envelope.Envelope{ID: newID(), Time: c.now().UnixMilli(), Body: &envelope.Account{After: p.Last, Payload: payload}}
		p.Last = e.ID
		return c.enqueue(ch, to, e, history.Auto, 0)
	})
	if err == nil {
		c.retryNow(to)
	}
	return err
}

// enqueue stores account traffic to send.
func (c *Center) enqueue(ch *change, to types.Address, e *envelope.Envelope, want history.Way, price types.Amount) error {
	n := ch.nextHidden(to)
	e.Lamport = n
	raw, err := envelope.Encode(e)
	if err != nil {
		return err
	}
	ch.put(&history.Message{Head: history.Head{
		Key: history.Key{Peer: to, Mine: true, ID: e.ID}, Kind: e.Body.Kind(), Lamport: n, Hidden: true,
		Time: e.Time, Received: c.now().UnixMilli(), Want: want, MaxPrice: price,
	}, Envelope: raw})
	return nil
}

// account delivers one message of account traffic.
func (r *run) account(ctx context.Context, m *history.Message) error {
	if m.Status == history.Sent {
		if left, err := r.partsOf(m.Key, false); err != nil {
			return err
		} else if left == 0 {
			return r.update(func(ch *change) error { ch.remove(m.Key, true); return nil })
		}
	}
	if !r.noAccount && r.noDirect == "" {
		err := r.deliver(ctx, m.Envelope)
		var no *talk.Refusal
		switch {
		case err == nil:
			r.moved = true
			_, err := r.partsOf(m.Key, true)
			return err
		case errors.As(err, &no):
		default:
			r.away()
		}
	}
	// What comes after it must not overtake it.
	r.noAccount, r.waits = true, true
	if m.Status != history.Queued || r.hub != nil && r.hub.Online(r.peer) ||
		r.now().Sub(time.UnixMilli(m.Received)) < r.opt.AccountWait {
		return nil
	}
	return r.split(m)
}

// partsOf counts the parts of an account message that are still to be sent.
// With drop they are taken out with the message itself, as far as they were not
// paid for.
func (r *run) partsOf(k history.Key, drop bool) (left int, err error) {
	err = r.update(func(ch *change) error {
		for i := range envelope.MaxParts {
			part := history.Key{Peer: k.Peer, Mine: true, ID: partID(k.ID, i)}
			h, err := ch.db.Find(part.Ref())
			if err != nil {
				continue
			}
			left++
			if drop && h.Status == history.Queued {
				ch.remove(part, true)
			}
		}
		if drop {
			ch.remove(k, true)
		}
		return nil
	})
	return left, err
}

// split lets an account message go over the chain, when that costs no more
// than was allowed.
func (r *run) split(m *history.Message) error {
	s, err := r.Settings()
	if err != nil || s.AccountPrice == 0 {
		return err
	}
	e, err := envelope.Decode(m.Envelope)
	if err != nil {
		return err
	}
	body, ok := e.Body.(*envelope.Account)
	if !ok {
		return fmt.Errorf("%w: kind %d in place of account traffic", ErrInvalid, e.Body.Kind())
	}
	parts, err := envelope.Split(e.ID, body, envelope.MaxPart)
	if err != nil {
		return err
	}
	rec := &types.Message{Body: make([]byte, types.MaxMessageBody)}
	fee, _, err := r.opt.Payer.Quote(rec, 0, 0)
	if err != nil {
		return nil // the price is not known now
	}
	if fee*types.Amount(len(parts)) > s.AccountPrice {
		return nil
	}
	r.moved = true                                    // the parts go in the next pass, soon
	most := s.AccountPrice / types.Amount(len(parts)) // all together pay no more than was allowed
	return r.update(func(ch *change) error {
		for i, p := range parts {
			part := &envelope.Envelope{ID: partID(e.ID, i), Time: e.Time, Body: p}
			if err := r.enqueue(ch, r.peer, part, history.Chain, most); err != nil {
				return err
			}
		}
		return ch.edit(m.Key, func(m *history.Message) { m.Status, m.Way = history.Sent, history.Chain })
	})
}

// takeAccount stores account traffic for its handler.
func (c *Center) takeAccount(ch *change, a *arrival) error {
	p := ch.look(a.from)
	known, inbox := p.Known() && !p.Stranger || a.member, ch.db.Inbox()
	if !known {
		if err := refuseStranger(ch.db.Settings()); err != nil {
			return err
		}
	}
	if p.Blocked {
		return nil // as if it were taken
	}
	if !known && len(inbox[a.from]) == 0 && len(ch.db.Parts(a.from)) == 0 && len(inbox)+len(ch.db.PartSenders()) >= maxSenders {
		return &talk.Refusal{Reason: talk.ReasonFull}
	}
	most := queueOf(known)
	if part, ok := a.envelope.Body.(*envelope.Part); ok {
		return c.takePart(ch, a, part, &p, most.wholes)
	}
	id := a.envelope.ID
	if !c.fresh(ch, a.from, id, &p) {
		return nil
	}
	size, body := 0, a.envelope.Body.(*envelope.Account)
	for _, i := range inbox[a.from] {
		size += i.Size
	}
	if len(inbox[a.from]) >= most.items || size+len(body.Payload) > most.size {
		return &talk.Refusal{Reason: talk.ReasonFull}
	}
	ch.items[history.Key{Peer: a.from, ID: id}] = true
	ch.batch.PutItem(ch.db, history.Item{Peer: a.from, ID: id, After: body.After, Received: c.now().Unix()}, body.Payload)
	return nil
}

// fresh reports whether an account message is neither here nor handled.
func (c *Center) fresh(ch *change, from types.Address, id envelope.ID, p *history.Peer) bool {
	return !slices.Contains(p.Handled, id) && !ch.items[history.Key{Peer: from, ID: id}] &&
		!slices.ContainsFunc(ch.db.Inbox()[from], func(i *history.Item) bool { return i.ID == id })
}

func (c *Center) takePart(ch *change, a *arrival, part *envelope.Part, p *history.Peer, wholes int) error {
	if !c.fresh(ch, a.from, part.Whole, p) {
		return nil
	}
	have := ch.db.Parts(a.from)[part.Whole]
	if have == nil && len(ch.db.Parts(a.from)) >= wholes {
		return &talk.Refusal{Reason: talk.ReasonFull}
	}
	name := string(a.from[:]) + string(part.Whole[:]) + string(rune(part.Index))
	for _, o := range have {
		if o.Index == part.Index || o.Count != part.Count {
			return nil
		}
	}
	if ch.parts[name] {
		return nil
	}
	ch.parts[name] = true
	ch.batch.PutPart(history.Part{
		Peer: a.from, Whole: part.Whole, Index: part.Index, Count: part.Count, After: part.After, Received: c.now().Unix(),
	}, part.Data)
	return nil
}

// assemble puts parts together that are complete, and forgets those that never
// will be.
func (c *Center) assemble() error {
	return c.update(func(ch *change) error {
		old := c.now().Add(-partsLife).Unix()
		for _, from := range ch.db.PartSenders() {
			for id, parts := range ch.db.Parts(from) {
				if len(parts) == parts[0].Count {
					err := c.join(ch, from, id, parts)
					if errors.Is(err, wallet.ErrDamaged) { // it stays, and stops no other
						c.opt.Log.Warn("an account message cannot be put together", "from", from, "err", err)
					} else if err != nil {
						return err
					}
				} else if parts[0].Received < old {
					c.opt.Log.Info("an account message was never completed", "from", from)
					ch.batch.RemoveParts(parts)
				}
			}
		}
		return nil
	})
}

func (c *Center) join(ch *change, from types.Address, id envelope.ID, parts []*history.Part) error {
	parts = slices.SortedFunc(slices.Values(parts), func(a, b *history.Part) int { return a.Index - b.Index })
	var payload []byte
	for _, p := range parts {
		data, err := ch.db.Data(p)
		if err != nil {
			return err
		}
		payload = append(payload, data...)
	}
	ch.batch.RemoveParts(parts)
	if p := ch.look(from); len(payload) <= envelope.MaxAccount && c.fresh(ch, from, id, &p) {
		ch.batch.PutItem(ch.db, history.Item{Peer: from, ID: id, After: parts[0].After, Received: c.now().Unix()}, payload)
	}
	return nil
}
