package accounts

import (
	"fmt"
	"slices"
	"time"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

const (
	// maxRate, in units per virtual byte, is beyond any market: a proposal over
	// it is a mistake or a bribe to the producer. It is the wallet's own limit.
	maxRate = 100_000
	// highFee warns when the fee is over 1/highFee of what is paid.
	highFee = 20
	// highRate warns whatever is paid, in units per virtual byte.
	highRate = 1000
	// soon warns before a proposal expires.
	soon = 24 * time.Hour
	// alikeEnds is how many letters at either end people compare at most.
	alikeEnds = 3
)

// check says why this node would not sign a proposal, by its own view of the
// chain: nil when it would. Form, network and account were checked when it
// came (cosign.Decode). Called with mu held.
func (m *Manager) check(a *account, p *proposal) error {
	if err := m.checkCoins(a, p); err != nil {
		return err
	}
	tx := p.packet.Tx()
	for _, c := range p.packet.Change() {
		to, ok := types.ScriptAddress(tx.Msg.TxOut[c.Output].PkScript)
		if !ok || !a.wallet.Found(to) {
			return fmt.Errorf("%w: number %d of branch %d", ErrFarChange, c.Index, c.Branch)
		}
	}
	var rec types.Record
	if tx.Payload != nil {
		var err error
		if rec, err = types.DecodeRecord(tx.Payload); err != nil {
			return fmt.Errorf("%w: %w", ErrRecord, err)
		}
		if p.packet.Inputs()[0].Address != a.address() {
			return ErrAuthor
		}
	}
	fee, size := p.packet.Fee()-m.extra(a, rec), types.Amount(sizeOf(a, tx))
	_, slot := rec.(*types.Advertisement) // bids for its place by the fee
	if fee < size*consensus.MinFeeRate || fee > size*maxRate && !slot {
		return fmt.Errorf("%w: %v for %d bytes", ErrFee, fee, size)
	}
	return nil
}

// checkCoins checks that the coins are the account's as this node knows it, and
// unspent. The amounts matter: the fee that is shown depends on them.
func (m *Manager) checkCoins(a *account, p *proposal) error {
	tx := p.packet.Tx()
	for i, in := range p.packet.Inputs() {
		op := tx.Msg.TxIn[i].PreviousOutPoint
		c, ok := a.wallet.Coin(op)
		switch {
		case !ok:
			return fmt.Errorf("%w (yet): %v", ErrUnknownCoin, op)
		case c.Amount != in.Amount || c.Address != in.Address:
			return fmt.Errorf("%w as it is described: %v holds %v", ErrUnknownCoin, op, c.Amount)
		case c.SpentBy != (types.Hash{}) && c.SpentBy != p.id:
			return fmt.Errorf("%w: %v by %v", ErrCoinSpent, op, c.SpentBy)
		case !c.Mature || !c.Trusted:
			return fmt.Errorf("%w: %v", ErrImmature, op)
		}
	}
	return nil
}

// warnings lists what to look at before signing.
func (m *Manager) warnings(a *account, p *proposal, d *Proposal) (out []Warning) {
	var paid types.Amount
	back := false
	for _, o := range d.Outputs {
		if o.Change {
			back = true
		} else {
			paid += o.Amount
		}
	}
	if fee := d.Fee - m.extra(a, d.Record) + d.Bid; fee > types.Amount(d.VSize)*highRate || fee > types.Amount(d.VSize)*50 && fee > paid/highFee {
		out = append(out, WarnHighFee)
	}
	if !back {
		out = append(out, WarnAll)
	}
	if job, ok := d.Record.(*types.JobPost); ok {
		switch member := a.record.memberOf(job.Operator); {
		case job.Operator.IsZero():
			out = append(out, WarnNobody)
		case member < 0:
			out = append(out, WarnOperator)
		case member != d.Proposer:
			out = append(out, WarnMember)
		}
	}
	out = append(out, m.strange(a, d)...)
	if d.Expires.Sub(m.clock()) < soon {
		out = append(out, WarnExpires)
	}
	for _, in := range d.Inputs {
		if c, ok := a.wallet.Coin(in.OutPoint); ok && !c.Confirmed {
			out = append(out, WarnUnsure)
			break
		}
	}
	if m.rival(a, p) != nil {
		out = append(out, WarnConflict)
	}
	return out
}

// strange warns of addresses that a proposal pays. A routine's is known: it was
// set up here.
func (m *Manager) strange(a *account, d *Proposal) (out []Warning) {
	known := a.wallet.Paid()
	for _, c := range a.record.members {
		known[c.address] = true
	}
	for _, o := range d.Outputs {
		if o.Change || known[o.Address] || d.Routine != (RoutineID{}) {
			continue
		}
		out = append(out, WarnNew)
		for k := range known {
			if alike(m.prefix, k, o.Address) {
				out = append(out, WarnAlike)
				break
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// alike reports whether two addresses are the same at both ends, as those are
// that somebody made to be taken for each other.
func alike(prefix string, a, b types.Address) bool {
	x, y := types.EncodeAddress(prefix, a), types.EncodeAddress(prefix, b)
	head := len(prefix) + 2 + alikeEnds // "1" and the version stand between
	return x[:head] == y[:head] && x[len(x)-alikeEnds:] == y[len(y)-alikeEnds:]
}

// rival gives another open proposal that spends a coin of p, or nil.
func (m *Manager) rival(a *account, p *proposal) *proposal {
	mine := make(map[wire.OutPoint]bool, len(p.spends))
	for _, op := range p.spends {
		mine[op] = true
	}
	for _, o := range m.proposals {
		if o.account != p.account || o.id == p.id || m.state(a, o) != StateOpen {
			continue
		}
		if slices.ContainsFunc(o.spends, func(op wire.OutPoint) bool { return mine[op] }) {
			return o
		}
	}
	return nil
}
