package chain

import (
	"supercomputing/chain/types"
)

// maxPoolLog is how many changes of the pool are remembered.
const maxPoolLog = 1 << 16

// poolLog is the newest changes of the pool, numbered from 1 on.
type poolLog struct {
	first  uint64 // number of events[0]
	events []poolEvent
}

type poolEvent struct {
	id    types.Hash
	added bool
}

func newPoolLog() *poolLog { return &poolLog{first: 1} }

func (l *poolLog) next() uint64 { return l.first + uint64(len(l.events)) }

func (l *poolLog) add(id types.Hash, added bool) {
	if len(l.events) >= 2*maxPoolLog {
		l.first += maxPoolLog
		l.events = append([]poolEvent(nil), l.events[maxPoolLog:]...)
	}
	l.events = append(l.events, poolEvent{id, added})
}

// PoolSince gives what entered and left the pool since a number that an
// earlier call returned as next; 0 gives the whole pool. Parents come before
// children. What came and went in between is left out. The numbers belong to
// this Manager: after a restart begin with 0.
//
// A reader so far behind that the log does not reach back gets the whole pool
// again, with all departures still known.
func (m *Manager) PoolSince(seq uint64) (added []*PoolEntry, removed []types.Hash, next uint64) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	l := m.pool.log
	if seq == 0 || seq > l.next() {
		return entries(m.pool.all()), nil, l.next()
	}
	events := l.events
	if seq >= l.first {
		events = events[seq-l.first:]
	}
	// By each id's first event one can tell whether the reader has it.
	had := make(map[types.Hash]bool)
	fresh := make(map[*poolTx]struct{})
	for _, e := range events {
		if _, ok := had[e.id]; !ok {
			had[e.id] = !e.added
		}
	}
	for _, e := range events {
		t := m.pool.byID[e.id]
		if t != nil {
			fresh[t] = struct{}{}
		} else if had[e.id] {
			had[e.id] = false // once
			removed = append(removed, e.id)
		}
	}
	if seq < l.first {
		return entries(m.pool.all()), removed, l.next()
	}
	return entries(sorted(fresh)), removed, l.next()
}

func entries(list []*poolTx) []*PoolEntry {
	out := make([]*PoolEntry, len(list))
	for i, t := range list {
		out[i] = t.PoolEntry
	}
	return out
}

// PoolTx returns the waiting transaction with an id, nil when there is none.
func (m *Manager) PoolTx(id types.Hash) *types.Tx {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if t := m.pool.byID[id]; t != nil {
		return t.Tx
	}
	return nil
}
