package chain

import (
	"errors"
	"fmt"
	"time"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// AddTx checks a transaction as if it were in the next block, behind those it
// builds on, and takes it into the pool. It may replace entries that spend the
// same outputs when it pays more than all of them, both in whole and per
// virtual byte (after BIP 125, with every transaction replaceable).
func (m *Manager) AddTx(tx *types.Tx) error {
	return m.write(func() error {
		c, err := m.examine(m.pool, new(line), tx)
		if err != nil {
			return err
		}
		m.publish(func() { err = c.enter(m.pool) })
		m.changed = true
		return err
	})
}

// candidate is a valid transaction on its way into the pool.
type candidate struct {
	t       *poolTx
	parents []*poolTx
	evict   map[*poolTx]struct{} // conflicts and what builds on them
}

// examine does all the checks, the costly ones last. What it takes becomes the
// end of l. The caller holds work.
func (m *Manager) examine(p *pool, l *line, tx *types.Tx) (*candidate, error) {
	id := tx.ID()
	if p.byID[id] != nil {
		return nil, fmt.Errorf("transaction %v: %w", id, ErrKnown)
	}
	if v, err := m.store.Get(hashKey(rowTx, id)); err != nil {
		return nil, err
	} else if v != nil {
		return nil, fmt.Errorf("transaction %v: %w on the chain", id, ErrKnown)
	}
	var rec types.Record
	if tx.Payload != nil {
		var err error
		if rec, err = types.DecodeRecord(tx.Payload); err != nil {
			return nil, fmt.Errorf("transaction %v: %w", id, broken(consensus.ErrPayload, "%v", err))
		}
	}
	c := &candidate{parents: p.parents(tx, rec)}
	conflicts := p.conflicts(tx)
	behind := ancestors(c.parents...)
	if err := fitOneAd(rec, behind); err != nil {
		return nil, fmt.Errorf("transaction %v: %w", id, err)
	}
	if len(behind) > p.limits.Ancestors {
		return nil, fmt.Errorf("transaction %v: %w: %d unconfirmed ancestors, at most %d", id, ErrPoolFull, len(behind), p.limits.Ancestors)
	}
	c.evict = descendants(conflicts...)
	for t := range c.evict {
		if _, ok := behind[t]; ok {
			return nil, fmt.Errorf("transaction %v: %w: it builds on what it would replace", id, ErrMissingInputs)
		}
	}
	spend, fee, err := m.try(l, c.parents, behind, tx)
	if err != nil {
		return nil, txError(id, err)
	}
	author, _ := types.ScriptAddress(spend.Prevs[0].PkScript)
	e := &PoolEntry{Tx: tx, ID: id, Fee: fee, Net: fee, VSize: tx.VSize(), Author: author, Time: p.clock()}
	c.t = &poolTx{PoolEntry: e, size: len(tx.Append(nil)) + entryOverhead}
	if rec != nil {
		c.t.kind = rec.Kind()
		e.Net -= consensus.RecordFee(rec, author == m.p.FundKey)
	}
	if err := c.afford(p, conflicts); err != nil {
		return nil, fmt.Errorf("transaction %v: %w", id, err)
	}
	if err := c.fit(p, behind); err != nil {
		return nil, fmt.Errorf("transaction %v: %w", id, err)
	}
	if err := verifySpend(&spend, m.verified); err != nil {
		return nil, txError(id, err)
	}
	l.end = c.t
	return c, nil
}

// afford checks the fee against the pool's floor and against what the
// candidate would replace.
func (c *candidate) afford(p *pool, conflicts []*poolTx) error {
	e := c.t.PoolEntry
	if asked := p.asked(); float64(e.Net) < asked*float64(e.VSize) {
		return fmt.Errorf("%w: it pays %d units for %d vbytes, the pool asks for %.2f each", ErrFeeTooLow, e.Net, e.VSize, asked)
	}
	if len(conflicts) == 0 {
		return nil
	}
	if n := len(c.evict); n > p.limits.Replacements {
		return fmt.Errorf("%w: it would replace %d transactions, at most %d", ErrPoolFull, n, p.limits.Replacements)
	}
	// Net of what records pay besides: that pays for the way through the
	// network, and an author may raise a bid, lower it or take it back as long
	// as no block carries it.
	need := consensus.MinFeeRate * types.Amount(e.VSize) // for its own way through the network
	for t := range c.evict {
		need += t.Net
	}
	if e.Net < need {
		return fmt.Errorf("%w: it pays %v for its size, to replace %d transactions it must pay %v", ErrFeeTooLow, e.Net, len(c.evict), need)
	}
	own := rate{e.Net, e.VSize}
	for _, t := range conflicts {
		if !(rate{t.Net, t.VSize}).less(own) {
			return fmt.Errorf("%w: its rate is not above that of %v, which it would replace", ErrFeeTooLow, t.ID)
		}
	}
	return nil
}

// fit checks the sender's share, and makes an advertisement push out cheaper
// ones.
func (c *candidate) fit(p *pool, behind map[*poolTx]struct{}) error {
	s := sender{1, c.t.size}
	if have := p.senders[c.t.Author]; have != nil {
		s.count += have.count
		s.bytes += have.bytes
	}
	for t := range c.evict {
		if t.Author == c.t.Author {
			s.count--
			s.bytes -= t.size
		}
	}
	if s.count > p.limits.SenderCount || s.bytes > p.limits.SenderBytes {
		return fmt.Errorf("%w: its sender would have %d transactions of %d bytes here, at most %d of %d",
			ErrPoolFull, s.count, s.bytes, p.limits.SenderCount, p.limits.SenderBytes)
	}
	if err := c.fitTail(behind); err != nil || c.t.kind != types.KindAdvertisement {
		return err
	}
	return c.fitAd(p, behind)
}

// enter makes the change. It fails when the pool is full of better ones.
func (c *candidate) enter(p *pool) error {
	for t := range c.evict {
		p.remove(t)
	}
	p.insert(c.t, c.parents)
	p.trim()
	if p.byID[c.t.ID] == nil {
		return fmt.Errorf("transaction %v: %w: it is among the worst-paying", c.t.ID, ErrPoolFull)
	}
	return nil
}

// readmit tries to put a transaction back that was in the pool or in a block
// before; what does not fit any more is left out. live says that readers see p.
func (m *Manager) readmit(p *pool, l *line, tx *types.Tx, at time.Time, live bool) error {
	c, err := m.examine(p, l, tx)
	if err == nil {
		c.t.Time = at
		if live {
			m.publish(func() { err = c.enter(p) })
		} else {
			err = c.enter(p)
		}
	}
	if err != nil && !consensus.IsRule(err) && !isPolicy(err) {
		return err
	}
	return nil
}

// isPolicy reports whether err is the pool's own refusal.
func isPolicy(err error) bool {
	for _, e := range []error{ErrKnown, ErrRejected, ErrFeeTooLow, ErrPoolFull} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
