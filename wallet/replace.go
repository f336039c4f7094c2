package wallet

import (
	"context"
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// Bump replaces an own waiting transaction by one that pays a higher rate, in
// units per virtual byte, 0 for today's estimate, with the same payments and
// record; it pays more than the old one in any case (BIP 125). It returns the
// new id: of a job post, that is the job's new id too.
func (w *Wallet) Bump(ctx context.Context, id types.Hash, rate types.Amount) (types.Hash, error) {
	return w.replace(ctx, id, rate, 0, func(old *types.Tx) ([]byte, error) { return old.Payload, nil })
}

// RaiseFee replaces an own waiting transaction by one with the same payments and
// record that pays whole in all, or fails with ErrFeeTooLow when nodes would not
// take that in its place. It returns the new id.
func (w *Wallet) RaiseFee(ctx context.Context, id types.Hash, whole types.Amount) (types.Hash, error) {
	if whole <= 0 || whole > types.MaxAmount {
		return types.Hash{}, fmt.Errorf("%w: a fee of %v", ErrAmount, whole)
	}
	return w.replace(ctx, id, consensus.MinFeeRate, whole, func(old *types.Tx) ([]byte, error) { return old.Payload, nil })
}

// RaisePending raises the bid of a job post that waits for a block, by
// replacing it. The job id is the transaction's, so it changes: the new one is
// returned, and who knows the old one must be told. A post that is in a block
// already takes a types.BidRaise record instead.
func (w *Wallet) RaisePending(ctx context.Context, job types.Hash, bid types.Amount) (types.Hash, error) {
	return w.replace(ctx, job, 0, 0, func(old *types.Tx) ([]byte, error) {
		rec, err := decodePayload(old.Payload)
		if err != nil {
			return nil, err
		}
		post, ok := rec.(*types.JobPost)
		if !ok {
			return nil, ErrNotJob
		}
		if bid <= post.Bid || bid > types.MaxAmount {
			return nil, fmt.Errorf("%w: the bid is %v already", ErrFeeTooLow, post.Bid)
		}
		raised := *post
		raised.Bid = bid
		return types.Encode(&raised), nil
	})
}

func decodePayload(payload []byte) (types.Record, error) {
	if payload == nil {
		return nil, ErrNotJob
	}
	return types.DecodeRecord(payload)
}

// Cancel replaces an own waiting transaction, with its record and payments, by
// a payment of its coins to oneself, which pays most at most, 0 for no bound, and
// gets a label. It has to outbid what the old one pays for space, and all that
// that offered above what its record must pay: nodes take nothing for less.
// ErrHasChildren, ErrNotOurs and ErrNotPending say that it cannot be done. It
// returns the new id.
func (w *Wallet) Cancel(ctx context.Context, id types.Hash, most types.Amount, label string) (types.Hash, error) {
	if err := checkLabel(label); err != nil {
		return types.Hash{}, err
	}
	rate, err := w.rate(0, 0)
	if err != nil {
		return types.Hash{}, err
	}
	return w.replaceBy(ctx, id, label, func(old *tx) (*draft, error) {
		d, err := w.cancelling(old, rate)
		if err == nil && most > 0 && d.fee > most {
			return nil, fmt.Errorf("%w: %v, at most %v allowed", ErrFeeTooHigh, d.fee, most)
		}
		return d, err
	})
}

// QuoteCancel tells what Cancel would pay in all.
func (w *Wallet) QuoteCancel(id types.Hash) (types.Amount, error) {
	rate, err := w.rate(0, 0)
	if err != nil {
		return 0, err
	}
	w.sending.Lock()
	defer w.sending.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	old, err := w.replaceable(id)
	if err != nil {
		return 0, err
	}
	d, err := w.cancelling(old, rate)
	if err != nil {
		return 0, err
	}
	return d.fee, nil
}

// cancelling builds what takes everything of a transaction back.
func (w *Wallet) cancelling(old *tx, rate types.Amount) (*draft, error) {
	p, err := w.replacementPlan(old, nil, rate)
	if err != nil {
		return nil, err
	}
	p.outputs, p.change, p.tidy = nil, w.identity, true
	d, err := w.build(p)
	if err == nil && d.change < 0 {
		return nil, &FundsError{Needed: p.fee(d.vsize) + dust, Available: sumCoins(d.inputs)}
	}
	return d, err
}

func (w *Wallet) replace(ctx context.Context, id types.Hash, rate, whole types.Amount, edit func(*types.Tx) ([]byte, error)) (types.Hash, error) {
	rate, err := w.rate(rate, 0)
	if err != nil {
		return types.Hash{}, err
	}
	return w.replaceBy(ctx, id, "", func(old *tx) (*draft, error) {
		payload, err := edit(old.tx)
		if err != nil {
			return nil, err
		}
		p, err := w.replacementPlan(old, payload, rate)
		if err != nil {
			return nil, err
		}
		p.whole = whole
		d, err := w.build(p)
		if err == nil && whole > 0 && p.least(d.vsize) > whole {
			return nil, fmt.Errorf("%w: in all %v, at least %v", ErrFeeTooLow, whole, p.least(d.vsize))
		}
		return d, err
	})
}

// replaceBy makes, stores and sends what takes a waiting transaction's place. An
// empty label stands for that one's.
func (w *Wallet) replaceBy(ctx context.Context, id types.Hash, label string, by func(old *tx) (*draft, error)) (types.Hash, error) {
	if err := ctx.Err(); err != nil {
		return types.Hash{}, err
	}
	w.sending.Lock()
	defer w.sending.Unlock()
	t, err := w.commitReplacement(id, label, by)
	if err != nil {
		return types.Hash{}, err
	}
	err = w.post([]*types.Tx{t}, func(s *state) {
		if old := s.txs[id]; old != nil && old.status == replaced {
			s.put(old, pending, types.Hash{})
		}
	})
	if err != nil {
		return types.Hash{}, err
	}
	return t.ID(), nil
}

// commitReplacement builds, signs and stores what takes a waiting
// transaction's place, in one change.
func (w *Wallet) commitReplacement(id types.Hash, label string, by func(old *tx) (*draft, error)) (t *types.Tx, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	old, err := w.replaceable(id)
	if err != nil {
		return nil, err
	}
	d, err := by(old)
	if err != nil {
		return nil, err
	}
	if err := w.unlocked(); err != nil {
		return nil, err
	}
	if label == "" {
		label = w.state.labels[txLabel(id)]
	}
	err = w.update(func(s *state) error {
		s.put(old, replaced, types.Hash{})
		if t, err = w.finish(s, d, nil); err != nil {
			return err
		}
		old.by = t.ID()
		if label != "" {
			s.setLabel(txLabel(t.ID()), label)
		}
		return nil
	})
	return t, err
}

// replaceable gives an own waiting transaction that nothing of ours builds on.
func (w *Wallet) replaceable(id types.Hash) (*tx, error) {
	t := w.state.txs[id]
	switch {
	case t == nil:
		return nil, ErrUnknownTx
	case t.status != pending:
		return nil, ErrNotPending
	case !t.local:
		return nil, ErrNotOurs
	case len(w.state.children(t)) > 0:
		return nil, ErrHasChildren
	}
	return t, nil
}

// replacementPlan keeps all inputs and payments of the old transaction; change
// pays the difference, further coins what change cannot.
func (w *Wallet) replacementPlan(old *tx, payload []byte, rate types.Amount) (p plan, err error) {
	p = plan{payload: payload, spend: w.spend, rate: rate, old: old, oldNet: old.fee - w.extra(old.tx.Payload), extra: w.extra(payload)}
	for _, in := range old.tx.Msg.TxIn {
		c := w.state.coins[in.PreviousOutPoint]
		if c == nil {
			return p, ErrNotOurs
		}
		p.fixed = append(p.fixed, c)
	}
	if p.pool, err = w.candidates(nil); err != nil {
		return p, err
	}
	// Coins that the old transaction made go with it.
	p.pool = slices.DeleteFunc(p.pool, func(c *coin) bool {
		return c.tx == old || carriesAd(payload) && w.state.adBefore(c) != nil
	})
	for i, o := range old.tx.Msg.TxOut {
		switch _, commitment := types.ParseCommitment(o.PkScript); {
		case uint32(i) == old.change, commitment && payload == nil:
		case commitment:
			p.outputs = append(p.outputs, w.params.ID.Commit(payload))
		default:
			p.outputs = append(p.outputs, wire.NewTxOut(o.Value, o.PkScript))
		}
	}
	if payload != nil {
		p.change, p.tidy = w.identity, true
		return p, nil
	}
	p.change, _, err = w.state.freshChange()
	return p, err
}

// Abandon gives up an own transaction that no node waits to mine, and what
// builds on it; its coins are free again. One that nodes have could still be
// mined: ErrInPool.
func (w *Wallet) Abandon(id types.Hash) error {
	w.sending.Lock()
	defer w.sending.Unlock()
	inPool := w.chain.PoolTx(id) != nil
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.state.txs[id]
	switch {
	case t == nil:
		return ErrUnknownTx
	case t.status != pending:
		return ErrNotPending
	case inPool:
		return ErrInPool
	}
	return w.update(func(s *state) error {
		s.put(t, abandoned, types.Hash{})
		return nil
	})
}
