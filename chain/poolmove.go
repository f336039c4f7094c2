package chain

import (
	"time"

	"supercomputing/chain/types"
)

// poolMoved brings the pool in line with a new tip. The caller holds work. A
// local failure costs entries, never the move, which is committed.
func (m *Manager) poolMoved(undone, done []step) {
	if len(undone) > 0 {
		m.rebuildPool(undone)
		return
	}
	if len(m.pool.byID) == 0 {
		return
	}
	m.publish(func() {
		for _, s := range done {
			for _, tx := range s.block.Txs[1:] {
				if t := m.pool.byID[tx.TxHash()]; t != nil {
					m.pool.remove(t)
				}
				for _, in := range tx.TxIn {
					if t := m.pool.spent[in.PreviousOutPoint]; t != nil {
						m.pool.removeTree(t)
					}
				}
			}
		}
	})
	m.recheck()
}

// recheck drops records that the new state refuses: their job was closed or
// their registration made by another. A transaction without such a record
// stays valid while its inputs last, because maturity and lock times only
// move one way.
func (m *Manager) recheck() {
	var gone []*poolTx
	var l line
	for _, t := range m.pool.lines() {
		parents := sorted(t.parents)
		needed := depends(t.kind)
		if !needed && !(len(parents) == 1 && parents[0] == l.end) {
			continue
		}
		behind := ancestors(t)
		delete(behind, t)
		_, _, err := m.try(&l, parents, behind, t.Tx)
		if err == nil {
			l.end = t
		} else if needed {
			m.opts.Log.Debug("dropped from the pool", "tx", t.ID, "err", err)
			gone = append(gone, t)
		}
	}
	m.publish(func() {
		for _, t := range gone {
			m.pool.removeTree(t)
		}
	})
}

// depends reports whether blocks can make a record of kind k invalid.
func depends(k types.Kind) bool {
	switch k {
	case 0, types.KindAdvertisement, types.KindMessage, types.KindDappRegistration:
		return false
	}
	return true
}

// rebuildPool fills the pool anew after a reorganisation: first what was in
// blocks that are gone, then what waited, each tried on the new state. The log
// keeps only what really changed.
func (m *Manager) rebuildPool(undone []step) {
	old := m.pool
	fresh := newPool(&m.opts.Pool, m.opts.Clock)
	fresh.floor, fresh.floorAt = old.floor, old.floorAt
	var l line
	for i := len(undone) - 1; i >= 0; i-- { // undone descends
		txs, err := undone[i].block.Transactions()
		if err != nil {
			continue // it was connected once, so it pairs
		}
		for _, tx := range txs[1:] {
			m.refill(fresh, &l, tx, m.opts.Clock())
		}
	}
	for _, t := range old.lines() {
		m.refill(fresh, &l, t.Tx, t.Time)
	}
	fresh.log = old.log
	m.publish(func() {
		for _, t := range old.all() {
			if fresh.byID[t.ID] == nil {
				fresh.log.add(t.ID, false)
			}
		}
		for _, t := range fresh.all() {
			if o := old.byID[t.ID]; o != nil {
				t.PoolEntry = o.PoolEntry
			} else {
				fresh.log.add(t.ID, true)
			}
		}
		m.pool = fresh
	})
}

func (m *Manager) refill(p *pool, l *line, tx *types.Tx, at time.Time) {
	if err := m.readmit(p, l, tx, at, false); err != nil {
		m.opts.Log.Error("refilling the pool", "err", err)
	}
}
