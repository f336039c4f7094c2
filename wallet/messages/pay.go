package messages

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/seal"
)

// Paying for the chain must happen once. The sealed record is stored with the
// message before the wallet hears of it, and whenever a queued message has one
// the wallet is asked first whether a transaction carries it. So a crash at any
// point between the two ends in the same record, which has been paid for or has
// not; and should it be twice after all, the receiver shows the message once.

// label is the transaction's in the wallet. It names nobody: the wallet's data
// is not encrypted.
const label = "message"

// onChainRaw says why an encoded message cannot go over the chain, or nil.
func onChainRaw(m *history.Message) error {
	e, err := envelope.Decode(m.Envelope)
	if err != nil {
		return err
	}
	return onChain(e.Body)
}

// resolve finds out what became of a record that was about to be paid for.
// done says that it was.
func (r *run) resolve(m *history.Message) (done bool, err error) {
	if m.Record == nil {
		return false, nil
	}
	p, err := r.opt.Payer.Find(m.Record)
	if err != nil {
		return true, err
	}
	switch p.State {
	case PaymentWaiting, PaymentConfirmed:
		return true, r.paid(m, p)
	case PaymentGone:
		m.Record = nil // stored when another one is
	}
	return false, nil
}

// paid notes where the transaction of a message stands.
func (r *run) paid(m *history.Message, p Payment) error {
	r.moved = true
	if p.State == PaymentConfirmed && m.Hidden {
		return r.update(func(ch *change) error { ch.remove(m.Key, true); return nil })
	}
	return r.edit(m.Key, func(m *history.Message) {
		if m.Status != history.Queued && m.Status != history.Sent {
			return
		}
		m.Way, m.Tx, m.Fee, m.Problem = history.Chain, p.Tx, p.Fee, ""
		if m.Status = history.Sent; p.State == PaymentConfirmed {
			m.Status, m.Height = history.Delivered, p.Height
		}
	})
}

// follow looks after a message that waits for a block.
func (r *run) follow(m *history.Message) error {
	if m.Record == nil {
		return nil // known from the chain only; scanning tells
	}
	p, err := r.opt.Payer.Find(m.Record)
	if err != nil {
		return err
	}
	switch {
	case p.State == PaymentConfirmed, p.State == PaymentWaiting && (p.Tx != m.Tx || p.Fee != m.Fee):
		return r.paid(m, p)
	case p.State == PaymentWaiting:
		return nil
	case m.Hidden:
		return r.anew(m)
	case p.State == PaymentGone:
		return r.fail(m, "its transaction was given up, or its coins were spent otherwise")
	}
	return r.fail(m, "the wallet does not know its transaction any more")
}

// anew lets a part whose transaction was given up go out anew, unless its whole
// has arrived by the other way meanwhile.
func (r *run) anew(m *history.Message) error {
	e, err := envelope.Decode(m.Envelope)
	if err != nil {
		return err
	}
	part, ok := e.Body.(*envelope.Part)
	r.waits = true
	return r.update(func(ch *change) error {
		if ok && !ch.has(history.Key{Peer: m.Peer, Mine: true, ID: part.Whole}) {
			ch.remove(m.Key, true)
			return nil
		}
		return ch.edit(m.Key, func(m *history.Message) { m.Status, m.Record = history.Queued, nil })
	})
}

// record gives the sealed record of a message, made now when there is none.
func (r *run) record(m *history.Message) (types.Record, error) {
	if m.Record != nil {
		return types.DecodeRecord(m.Record)
	}
	e, err := envelope.Decode(m.Envelope)
	if err != nil {
		return nil, err
	}
	if err := onChain(e.Body); err != nil {
		return nil, err
	}
	plain := m.Envelope
	if len(plain) > seal.MaxPlain {
		e.Contact = ""
		if plain, err = envelope.Encode(e); err != nil {
			return nil, err
		}
	}
	own, err := r.opt.Keys.Purpose(purposeOutgoing)
	if err != nil {
		return nil, err
	}
	return seal.Seal(rand.Reader, r.opt.Network, r.opt.Self, r.peer, own, plain)
}

// overChain pays for a message when its price is within what was allowed.
func (r *run) overChain(ctx context.Context, m *history.Message) error {
	if r.noChain && m.Hidden {
		r.waits = true
		return nil
	}
	give := r.hold // automatic ones wait for the other side, or for coins
	if m.Want == history.Chain {
		give = r.fail
	}
	rec, err := r.record(m)
	if locked(err) {
		return err
	}
	if err != nil {
		if m.Want == history.Auto && r.noDirect != "" {
			return r.hold(m, r.noDirect)
		}
		return give(m, cutProblem(err.Error()))
	}
	extra := m.Extra
	if m.Want == history.Auto {
		extra = max(extra, r.known.Least)
	}
	fee, affordable, err := r.opt.Payer.Quote(rec, m.Rate, extra)
	switch {
	case locked(err):
		return err
	case err != nil:
		return r.cannotPay(m, give, err.Error())
	case m.MaxPrice > 0 && fee > m.MaxPrice:
		return give(m, fmt.Sprintf("over the chain it would cost %v, more than the %v allowed", fee, m.MaxPrice))
	case !affordable: // now; blocks bring coins and change
		return r.cannotPay(m, r.hold, fmt.Sprintf("over the chain it costs %v, more than can be spent now", fee))
	}
	return r.pay(ctx, m, rec, extra, fee, give)
}

func (r *run) cannotPay(m *history.Message, give func(*history.Message, string) error, why string) error {
	r.noChain = true
	return give(m, cutProblem(why))
}

// pay stores the record, and only then hands it to the wallet.
func (r *run) pay(ctx context.Context, m *history.Message, rec types.Record, extra, fee types.Amount, give func(*history.Message, string) error) error {
	payload, gone := types.Encode(rec), false
	err := r.update(func(ch *change) error {
		h, err := ch.db.Find(m.Ref())
		if gone = err != nil || h.Status != history.Queued; gone {
			return nil
		}
		return ch.edit(m.Key, func(m *history.Message) { m.Record = payload })
	})
	if err != nil || gone {
		return err
	}
	m.Record = payload
	tx, err := r.opt.Payer.Send(ctx, rec, m.Rate, extra, m.MaxPrice, label)
	if err == nil {
		return r.paid(m, Payment{State: PaymentWaiting, Tx: tx, Fee: fee})
	}
	// The wallet may have stored it before it failed.
	failed, why := err, err.Error()
	p, err := r.opt.Payer.Find(payload)
	switch {
	case err != nil:
		return err
	case p.State == PaymentWaiting || p.State == PaymentConfirmed:
		return r.paid(m, p)
	case ctx.Err() != nil:
		return nil
	case errors.Is(failed, wallet.ErrFeeTooHigh): // since the quote; others may cost less
		return give(m, cutProblem(why))
	}
	return r.cannotPay(m, give, why)
}
