package chain

import (
	"fmt"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// Bounds of one commit, from where it makes the chain better: a run of blocks
// that were waiting costs one write to the disk, not one each.
const (
	maxRun      = 32
	maxRunBytes = 32 << 20
)

// step is a block on its way onto, or off, the best chain.
type step struct {
	n      *node
	block  *types.Block
	update *consensus.Update
}

// advance connects the best stored blocks until the tip is the best. Only
// local failures come back; invalid blocks are marked.
func (m *Manager) advance() error {
	for m.tree.ready != nil {
		if err := m.connect(m.tree.ready, nil); err != nil {
			return err
		}
	}
	return nil
}

// connect moves the best chain towards target, which is better than the tip.
// last is target's block if it is not stored yet. The whole move is validated
// over the stored rows and then committed at once; when a block breaks a rule
// it is marked, and what comes before it is kept only if it is better than
// what we have.
func (m *Manager) connect(target *node, last *types.Block) error {
	tip, fork, path := m.tree.tip(), m.tree.fork(target), m.tree.path(target)
	ov, st, err := m.rowsAt(fork)
	if err != nil {
		return err
	}
	var done []step
	size := 0
	for _, n := range path {
		if n := len(done); n > 0 && done[n-1].n.better(tip) && (n >= maxRun || size > maxRunBytes) {
			break // the rest follows in another commit
		}
		s := step{n: n, block: last}
		if n != target || last == nil {
			if s.block, err = m.stored(n.hash); err != nil {
				return err
			}
		}
		res, err := m.validate(st, ov, s.block)
		if consensus.IsRule(err) {
			m.opts.Log.Warn("invalid block", "hash", n.hash, "height", n.height(), "err", err)
			m.publish(func() { m.tree.setBad(n, err) })
			m.changed = true
			break
		}
		if err != nil {
			return err
		}
		ov.Apply(res.Update)
		st, s.update = res.State, res.Update
		done = append(done, s)
		size += n.stored
	}
	if len(done) == 0 || !done[len(done)-1].n.better(tip) {
		return nil
	}
	return m.commit(fork, done, ov, st)
}

// stored reads a block that must be there.
func (m *Manager) stored(hash types.Hash) (*types.Block, error) {
	b, err := readBlock(m.store, hash)
	if err == nil && b == nil {
		err = corrupt("block", fmt.Errorf("%v is missing", hash))
	}
	return b, err
}

// commit writes the move and everything that follows from it in one batch, and
// only then changes what is in memory.
func (m *Manager) commit(fork *node, done []step, ov *consensus.Overlay, st consensus.State) error {
	batch := &Batch{Durable: true}
	m.dropRemoved(batch) // first: what follows may store one of them again
	sums := make(dappSums)
	var undone []step
	for n := m.tree.tip(); n != fork; n = n.parent {
		s := step{n: n}
		if err := m.dropConnected(batch, sums, &s); err != nil {
			return err
		}
		undone = append(undone, s)
		batch.Put(looseKey(n.height(), n.hash), types.AppendUint32(nil, uint32(max(1, n.stored))))
	}
	for _, s := range done {
		if s.n.stored == 0 {
			putBlock(batch, s.n.hash, s.block)
		} else {
			batch.Delete(looseKey(s.n.height(), s.n.hash))
		}
		if err := m.putConnected(batch, sums, &s); err != nil {
			return err
		}
	}
	if err := sums.put(batch, m.store); err != nil {
		return err
	}
	putIndexed(batch, st.Hash)
	putRows(batch, ov.Changes())
	batch.Put(keyTip, st.Append(nil))
	if err := m.store.Commit(batch); err != nil {
		return err
	}
	m.moved(fork, undone, done, st)
	return nil
}

// dropRemoved deletes the blocks that left the tree. One may have come back
// and been stored again meanwhile: its rows stay.
func (m *Manager) dropRemoved(batch *Batch) {
	for _, n := range m.tree.removed {
		if now := m.tree.nodes[n.hash]; now != nil && now.stored > 0 {
			continue
		}
		batch.Delete(looseKey(n.height(), n.hash))
		if !n.connected {
			deleteBlock(batch, n.hash)
		}
	}
}

// moved makes the committed move visible.
func (m *Manager) moved(fork *node, undone, done []step, st consensus.State) {
	path := make([]*node, len(done))
	for i, s := range done {
		path[i] = s.n
	}
	m.publish(func() {
		m.tree.removed = nil
		m.tree.move(fork, path)
		m.setState(st)
	})
	m.changed = true
	tip := m.tree.tip()
	m.opts.Log.Info("new tip", "height", tip.height(), "hash", tip.hash, "slot", tip.header.Slot, "blocks", len(done), "reverted", len(undone))
	m.poolMoved(undone, done)
}

func putRows(batch *Batch, changes []consensus.Change) {
	for i := range changes {
		c := &changes[i]
		if c.New == nil {
			batch.Delete(stateKey(c.Table, c.Key))
		} else {
			batch.Put(stateKey(c.Table, c.Key), c.New)
		}
	}
}

// putConnected adds what a connected block brings besides state rows: its undo
// data, its place in the indexes, and the seat list it drew.
func (m *Manager) putConnected(batch *Batch, sums dappSums, s *step) error {
	batch.Put(hashKey(rowUndo, s.n.hash), appendUpdate(nil, s.update))
	batch.Put(heightKey(s.n.height()), s.n.hash[:])
	putTxs(batch, s.block)
	e, err := m.stepAdditions(s)
	if err != nil {
		return err
	}
	for _, op := range e.rows {
		batch.Put(op.Key, op.Value)
	}
	sums.add(e, 1)
	return m.putLists(batch, s.update)
}

// dropConnected takes a block out of the indexes, and reads what of it the move
// needs.
func (m *Manager) dropConnected(batch *Batch, sums dappSums, s *step) error {
	u, err := readUpdate(m.store, s.n.hash)
	if err != nil {
		return err
	}
	s.block, s.update = u.Block, u.Update
	dropTxs(batch, s.block)
	e, err := m.stepAdditions(s)
	if err != nil {
		return err
	}
	for _, op := range e.rows {
		batch.Delete(op.Key)
	}
	sums.add(e, -1)
	return nil
}

func (m *Manager) stepAdditions(s *step) (*additions, error) {
	var parent *types.Header
	if s.n.parent != nil {
		parent = &s.n.parent.header
	}
	return m.blockAdditions(parent, s.block, s.update)
}
