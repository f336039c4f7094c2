package chain

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// Bounds of stored and held blocks.
const (
	// maxBlocksAhead is how far above the tip blocks of the best header chain
	// are taken: how many can be downloaded out of order.
	maxBlocksAhead = 256
	// maxLoose bounds the bytes of stored blocks that are on neither the best
	// chain nor the best header chain.
	maxLoose = 512 << 20
	// maxHeld bounds the blocks held until they are due, and maxHeldEpochs how
	// far ahead they may be: not even a wrong clock is off by more.
	maxHeld       = 16
	maxHeldEpochs = 2
)

// AddBlock takes a block whose parent's header is known, in any order. It
// connects what can be connected and reorganises to a better chain. nil means
// that the block was stored, and valid if it was connected; ErrKnown that it
// was there. Broken rules of this very block come back as RuleErrors.
func (m *Manager) AddBlock(b *types.Block) error {
	return m.write(func() error {
		m.releaseHeld()
		return m.addBlock(b)
	})
}

// addBlock is AddBlock for who holds work.
func (m *Manager) addBlock(b *types.Block) error {
	hash := b.Hash()
	n, err := m.addHeader(&b.Header)
	if errors.Is(err, ErrFuture) {
		return m.hold(hash, b, err)
	}
	if err != nil {
		return err
	}
	if n == nil || n.stored > 0 {
		// A local failure may have kept it from connecting: try again.
		if err := m.advance(); err != nil {
			return err
		}
		return fmt.Errorf("block %v: %w", hash, ErrKnown)
	}
	if b, err = m.admit(n, b); err != nil {
		return fmt.Errorf("block %v: %w", hash, err)
	}
	return m.take(n, b)
}

// admit checks that the body is the header's, before anything is concluded
// from it: whoever sends a wrong body must not make the right one invalid.
func (m *Manager) admit(n *node, b *types.Block) (*types.Block, error) {
	if len(b.Txs) == 0 {
		return nil, broken(consensus.ErrNoCoinbase, "no transactions")
	}
	if root := m.p.ID.TxRoot(b.Txs); root != n.header.TxRoot {
		return nil, broken(consensus.ErrTxRoot, "%v, the header says %v", root, n.header.TxRoot)
	}
	if root := m.p.ID.SideRoot(&b.Sides); root != n.header.SideRoot {
		return nil, broken(consensus.ErrSideRoot, "%v, the header says %v", root, n.header.SideRoot)
	}
	if b.Header != n.header {
		// The hash leaves the signature out; the one we checked is kept.
		b = &types.Block{Header: n.header, Txs: b.Txs, Sides: b.Sides}
	}
	return b, nil
}

// take stores the block, connected if that makes the best chain better, loose
// otherwise.
func (m *Manager) take(n *node, b *types.Block) error {
	size := len(b.Append(nil))
	if n.parent.joined && n.parent == m.tree.tip() {
		// The common case is spared a second write.
		if err := m.connect(n, b); err != nil {
			return err
		}
		if n.bad != nil {
			return fmt.Errorf("block %v: %w", n.hash, n.bad)
		}
		m.publish(func() { n.stored = size })
		return m.advance()
	}
	lead := m.tree.lead
	for lead.height() > n.height() {
		lead = lead.parent
	}
	if lead == n {
		if n.height() > m.tree.tip().height()+maxBlocksAhead {
			return fmt.Errorf("block %v at height %d: %w", n.hash, n.height(), ErrAhead)
		}
	} else if m.tree.loose+size > maxLoose {
		return fmt.Errorf("block %v: %w", n.hash, ErrBusy)
	}
	batch := &Batch{}
	putBlock(batch, n.hash, b)
	batch.Put(looseKey(n.height(), n.hash), types.AppendUint32(nil, uint32(size)))
	if err := m.store.Commit(batch); err != nil {
		return err
	}
	m.publish(func() { m.tree.setStored(n, size) })
	if err := m.advance(); err != nil {
		return err
	}
	return m.verdict(n)
}

// verdict tells what became of n: nil unless it, or one below it, is invalid.
func (m *Manager) verdict(n *node) error {
	switch {
	case n.bad == nil:
		return nil
	case n.parent != nil && n.parent.bad == nil:
		return fmt.Errorf("block %v: %w", n.hash, n.bad)
	}
	return fmt.Errorf("block %v: %w: %v", n.hash, ErrBadBranch, n.bad)
}

// held is a block whose slot has not come.
type held struct {
	block *types.Block
	slot  uint64
}

// hold keeps a block with a good header until it is due. Of too many the
// latest goes.
func (m *Manager) hold(hash types.Hash, b *types.Block, future error) error {
	if m.held[hash] != nil {
		return future
	}
	if b.Header.Slot-m.now() > maxHeldEpochs*m.p.EpochSlots {
		return future // to check it would cost all the seeds up to there
	}
	parent, err := m.parent(hash, &b.Header)
	if err != nil {
		return err
	}
	n, err := m.checkHeader(hash, &b.Header, parent)
	if err != nil {
		return err
	}
	if b, err = m.admit(n, b); err != nil {
		return fmt.Errorf("block %v: %w", hash, err)
	}
	m.held[hash] = &held{b, b.Header.Slot}
	if len(m.held) > maxHeld {
		delete(m.held, m.heldOrder()[maxHeld])
	}
	return future
}

// heldOrder lists held blocks by slot.
func (m *Manager) heldOrder() []types.Hash {
	list := make([]types.Hash, 0, len(m.held))
	for h := range m.held {
		list = append(list, h)
	}
	slices.SortFunc(list, func(a, b types.Hash) int {
		return cmp.Or(cmp.Compare(m.held[a].slot, m.held[b].slot), slices.Compare(a[:], b[:]))
	})
	return list
}

// releaseHeld adds the held blocks that are due.
func (m *Manager) releaseHeld() {
	now := m.now()
	for _, hash := range m.heldOrder() {
		h := m.held[hash]
		if h.slot > now+1 {
			return
		}
		delete(m.held, hash)
		if err := m.addBlock(h.block); err != nil {
			m.opts.Log.Info("held block", "err", err)
		}
	}
}
