package market

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
)

// An advertisement that waits is taken back by a payment to oneself in its place:
// it is never shown, and its flat fee is not paid. One in a block is over when a
// public message says so (PROTOCOL §7).

// The labels of withdrawals in the wallet.
const (
	takenBackLabel  = "advertisement taken back"
	withdrawalLabel = "withdrawal of an advertisement"
)

// WithdrawQuote is what a withdrawal costs.
type WithdrawQuote struct {
	Fee types.Amount // in all
	// Instead is what the advertisement would have paid, when it waits and is
	// taken back before it is shown; else 0.
	Instead    types.Amount
	Affordable bool
	Notes      []string // what to know before, in words
}

// QuoteWithdraw tells what the withdrawal of our advertisement costs.
func (m *Market) QuoteWithdraw(id types.Hash) (WithdrawQuote, error) {
	a, err := m.withdrawable(id)
	if err != nil {
		return WithdrawQuote{}, err
	}
	q := WithdrawQuote{Affordable: true, Notes: []string{}}
	if a.height == 0 {
		q.Fee, err = m.opt.Payer.QuoteCancel(id)
		if q.Instead = a.fee; err == nil {
			q.Notes = append(q.Notes, "it was not shown yet and never will be: a payment to yourself takes its place")
			if above := a.fee - consensus.AdFee; above > consensus.MessageFee {
				q.Notes = append(q.Notes, fmt.Sprintf("the %v that it offered above the network's flat fee is paid all the same: nodes take nothing in its place for less", above))
			}
			return q, nil
		}
		if !inTheWay(err) {
			return q, err
		}
		q.Instead = 0
		q.Notes = append(q.Notes, fmt.Sprintf("it cannot be taken back (%v): the %v for it is paid, and it may be shown for a moment", err, a.fee))
	}
	rec := withdrawalRecord(id)
	built, err := m.opt.Payer.BuildRecord(rec, wallet.RecordOptions{})
	switch {
	case errors.Is(err, wallet.ErrFunds):
		q.Fee, q.Affordable = m.least(rec), false
	case err != nil:
		return q, err
	default:
		q.Fee = built.Fee
	}
	return q, nil
}

// inTheWay reports whether a waiting advertisement stands although the wallet
// would replace it: later transactions build on it, there is no coin to do it
// with, or another copy of the wallet made it.
func inTheWay(err error) bool {
	for _, e := range []error{wallet.ErrHasChildren, wallet.ErrNotOurs, wallet.ErrUnknownTx, wallet.ErrNotPending, wallet.ErrFunds} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func withdrawalRecord(id types.Hash) *types.Message {
	return &types.Message{Public: true, Body: append(withdrawalPost[:], id[:]...)}
}

// withdrawable finds an advertisement of ours that is not over.
func (m *Market) withdrawable(id types.Hash) (*ad, error) {
	a, err := m.find(id)
	if err != nil {
		return nil, err
	}
	if a.author != m.opt.Self {
		return nil, ErrNotMine
	}
	_, tip := m.opt.Chain.Tip()
	m.mu.Lock()
	defer m.mu.Unlock()
	switch m.stateOf(a, tip) {
	case StateOver:
		return nil, ErrOver
	case StateWithdrawn:
		return nil, ErrWithdrawn
	}
	return a, nil
}

// Withdraw takes our waiting advertisement back, or tells everybody that our
// shown one is over, and gives the transaction that does so. wallet.ErrFeeTooHigh
// says that it costs more than most, which may be 0 for no bound.
func (m *Market) Withdraw(ctx context.Context, id types.Hash, most types.Amount) (types.Hash, error) {
	m.leaving.Lock()
	defer m.leaving.Unlock()
	a, err := m.withdrawable(id)
	if err != nil {
		return types.Hash{}, err
	}
	if a.height == 0 {
		tx, err := m.opt.Payer.Cancel(ctx, id, most, takenBackLabel)
		if err == nil {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.signal()
			return tx, nil
		}
		if !inTheWay(err) {
			return types.Hash{}, err
		}
	}
	rec := withdrawalRecord(id)
	// After a crash the wallet knows better than we do.
	e, err := m.opt.Payer.FindRecord(types.Encode(rec))
	tx := e.TxID
	if err != nil || e.Status != wallet.StatusPending {
		tx, err = m.opt.Payer.SendRecord(ctx, rec, wallet.RecordOptions{Most: most, Label: withdrawalLabel})
		if err != nil {
			return types.Hash{}, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.withdrawing[id] = struct{}{}
	m.signal()
	return tx, nil
}

// lookForWithdrawals asks the wallet which of our advertisements it withdraws
// just now: only it knows after a restart, and when one came to nothing.
func (m *Market) lookForWithdrawals() {
	m.leaving.Lock()
	defer m.leaving.Unlock()
	going := make(map[types.Hash]struct{})
	for _, id := range m.ownOpen() {
		e, err := m.opt.Payer.FindRecord(types.Encode(withdrawalRecord(id)))
		// One that is in a block may not have been read yet.
		if err == nil && (e.Status == wallet.StatusPending || e.Status == wallet.StatusConfirmed) {
			going[id] = struct{}{}
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !maps.Equal(going, m.withdrawing) {
		m.withdrawing = going
		m.signal()
	}
}

// ownOpen lists our advertisements, waiting and shown, that no block withdraws.
func (m *Market) ownOpen() (ids []types.Hash) {
	waiting := m.waiting()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, list := range [][]*ad{waiting, m.state.ads} {
		for _, a := range list {
			if _, gone := m.state.gone[withdrawal{a.tx, a.author}]; a.author == m.opt.Self && !gone {
				ids = append(ids, a.tx)
			}
		}
	}
	return ids
}
