package chain

import (
	"errors"
	"sync"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// maxOffered bounds the seat lists kept in memory, some 66 kB each.
const maxOffered = 64

// listCache holds seat lists by root, the newest ones. Lists of the best chain
// are stored; those that peers offer are believed because of their root and
// only kept here.
type listCache struct {
	id types.NetworkID

	mu    sync.Mutex
	lists map[types.Hash]*consensus.SeatList // guarded by mu
	order []types.Hash                       // guarded by mu, oldest first
}

func newListCache(id types.NetworkID) *listCache {
	return &listCache{id: id, lists: make(map[types.Hash]*consensus.SeatList)}
}

func (c *listCache) get(root types.Hash) *consensus.SeatList {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lists[root]
}

func (c *listCache) add(root types.Hash, l *consensus.SeatList) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lists[root] != nil {
		return
	}
	if len(c.order) == maxOffered {
		delete(c.lists, c.order[0])
		c.order = c.order[1:]
	}
	c.lists[root] = l
	c.order = append(c.order, root)
}

// AddSeatList takes a list that AddHeaders or AddBlock asked for with
// consensus.ErrNeedList. The manager keeps it, so it must not change.
func (m *Manager) AddSeatList(l *consensus.SeatList) { m.lists.add(l.Root(m.p.ID), l) }

// SeatList returns the list with a root, nil when it is neither the best
// chain's nor lately offered.
func (m *Manager) SeatList(root types.Hash) *consensus.SeatList {
	if l := m.lists.get(root); l != nil {
		return l
	}
	v, err := m.store.Get(hashKey(rowSeats, root))
	if v == nil || err != nil {
		return nil
	}
	l, err := consensus.DecodeSeatList(v)
	if err != nil {
		m.opts.Log.Error("stored seat list", "root", root, "err", err)
		return nil
	}
	return l
}

// loadLists takes the lists of the stored state into the cache.
func (m *Manager) loadLists() error {
	_, err := m.takeLists(stateRows{m.store})
	return err
}

// takeLists adds all lists in rows to the cache and returns their roots.
func (m *Manager) takeLists(rows consensus.Rows) (roots []types.Hash, err error) {
	err = rows.Scan(consensus.TableSeats, nil, func(_, value []byte) (bool, error) {
		l, err := consensus.DecodeSeatList(value)
		if err != nil {
			return false, corrupt("seat list", err)
		}
		root := l.Root(m.p.ID)
		m.lists.add(root, l)
		roots = append(roots, root)
		return true, nil
	})
	return roots, err
}

// putLists stores the lists that an update drew.
func (m *Manager) putLists(batch *Batch, u *consensus.Update) error {
	for i := range u.Changes {
		c := &u.Changes[i]
		if c.Table != consensus.TableSeats || c.New == nil {
			continue
		}
		l, err := consensus.DecodeSeatList(c.New)
		if err != nil {
			return corrupt("seat list", err)
		}
		root := l.Root(m.p.ID)
		m.lists.add(root, l)
		batch.Put(hashKey(rowSeats, root), c.New)
	}
	return nil
}

// draw is the list that a block in the second half of epoch draws on parent.
type draw struct {
	parent types.Hash
	epoch  uint64
	root   types.Hash
	list   *consensus.SeatList
}

// next checks a header as the child of parent. The header that first names a
// new seat list is checked against the list that the state itself draws there,
// when the state at its parent is at hand, so that no leader can name a list
// of its own; else the list must be asked for.
func (m *Manager) next(parent *node, h *types.Header) (consensus.HeaderState, error) {
	hs, err := parent.state.Next(m.p, h, m.SeatList)
	if err != nil && !errors.Is(err, consensus.ErrNeedList) || !parent.best || !m.draws(&parent.header, h) {
		return hs, err
	}
	d, failure := m.drawOn(parent, h.Slot)
	switch {
	case failure != nil:
		return hs, failure
	case h.ProducersRoot != d.root:
		return hs, broken(consensus.ErrProducersRoot, "%v, the list drawn there is %v", h.ProducersRoot, d.root)
	case err == nil:
		return hs, nil
	}
	return parent.state.Next(m.p, h, func(types.Hash) *consensus.SeatList { return d.list })
}

// draws reports whether h is the first header in the second half of its epoch.
func (m *Manager) draws(parent, h *types.Header) bool {
	return m.p.SecondHalf(h.Slot) && (!m.p.SecondHalf(parent.Slot) || m.p.Epoch(parent.Slot) != m.p.Epoch(h.Slot))
}

// drawOn draws on a block of the best chain. It keeps the last draw, because a
// leader can sign any number of headers. The caller holds work.
func (m *Manager) drawOn(parent *node, slot uint64) (*draw, error) {
	epoch := m.p.Epoch(slot)
	if d := m.drawn; d != nil && d.parent == parent.hash && d.epoch == epoch {
		return d, nil
	}
	rows, st, err := m.rowsAt(parent)
	if err != nil {
		return nil, err
	}
	b, err := consensus.NewBuilder(m.p, st, rows, slot)
	if err != nil {
		return nil, err
	}
	roots, err := m.takeLists(b.Rows())
	if err != nil {
		return nil, err
	}
	root := roots[len(roots)-1] // the next epoch's; the one in force if none was drawn
	m.drawn = &draw{parent.hash, epoch, root, m.SeatList(root)}
	return m.drawn, nil
}

// rowsAt gives the state after a block of the best chain. The caller holds
// work.
func (m *Manager) rowsAt(n *node) (*consensus.Overlay, consensus.State, error) {
	ov, st := consensus.NewOverlay(stateRows{m.store}), m.state
	for at := m.tree.tip(); at != n; at = at.parent {
		var err error
		if st, err = m.revert(ov, st, &at.header); err != nil {
			return nil, st, err
		}
	}
	return ov, st, nil
}
