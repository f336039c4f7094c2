package chain

import (
	"fmt"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// MaxHeaders is the most headers HeadersAfter returns.
const MaxHeaders = 2000

// AddHeaders checks headers, each the child of one that is known, and adds
// them to the tree. It stops at the first that fails; those before it stay.
// The manager asks for their blocks with MissingBlocks.
func (m *Manager) AddHeaders(hs []types.Header) error {
	return m.write(func() error {
		for i := range hs {
			if _, err := m.addHeader(&hs[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// addHeader finds or adds one header. The caller holds work.
func (m *Manager) addHeader(h *types.Header) (*node, error) {
	hash := h.Hash()
	if n := m.tree.nodes[hash]; n != nil {
		if n.bad != nil {
			return n, fmt.Errorf("header %v: %w: %v", hash, ErrBadBranch, n.bad)
		}
		return n, nil
	}
	parent, err := m.parent(hash, h)
	if parent == nil || err != nil {
		return nil, err
	}
	if h.Height > m.tree.tip().height()+maxHeadersAhead {
		return nil, fmt.Errorf("header %v at height %d: %w", hash, h.Height, ErrAhead)
	}
	if now := m.now(); h.Slot > now+1 {
		return nil, fmt.Errorf("header %v: %w: slot %d, now %d", hash, ErrFuture, h.Slot, now)
	}
	n, err := m.checkHeader(hash, h, parent)
	if err != nil {
		return nil, err
	}
	m.publish(func() { m.tree.add(n) })
	m.changed = true
	return n, nil
}

// parent finds what h stands on. It returns nil without an error when h itself
// is an old block of the best chain.
func (m *Manager) parent(hash types.Hash, h *types.Header) (*node, error) {
	parent := m.tree.nodes[h.PrevHash]
	if parent == nil {
		_, old, err := onBest(m.store, hash)
		if old || err != nil {
			return nil, err
		}
		if _, deep, err := onBest(m.store, h.PrevHash); err != nil {
			return nil, err
		} else if deep {
			return nil, fmt.Errorf("header %v: %w", hash, ErrDeepFork)
		}
		return nil, fmt.Errorf("header %v: %w: %v", hash, ErrOrphan, h.PrevHash)
	}
	if parent.bad != nil {
		return nil, fmt.Errorf("header %v: %w: %v", hash, ErrBadBranch, parent.bad)
	}
	// Branches that leave the best chain too deep are pruned already, so this
	// need not walk down from a parent that is on none.
	if parent.best && parent.height()+consensus.MaxReorg < m.tree.tip().height() {
		return nil, fmt.Errorf("header %v: %w: at height %d", hash, ErrDeepFork, parent.height())
	}
	return parent, nil
}

func (m *Manager) checkHeader(hash types.Hash, h *types.Header, parent *node) (*node, error) {
	hs, err := m.next(parent, h)
	if err != nil {
		return nil, fmt.Errorf("header %v: %w", hash, err)
	}
	for _, c := range m.p.Checkpoints {
		if c.Height == h.Height && c.Hash != hash {
			return nil, fmt.Errorf("header %v: %w at height %d", hash, ErrCheckpoint, c.Height)
		}
	}
	return m.newNode(hash, h, hs, parent), nil
}

// BestHeader returns the tip of the best known header chain. Its blocks may be
// missing still; the digest is then zero.
func (m *Manager) BestHeader() Tip {
	m.mu.RLock()
	defer m.mu.RUnlock()
	lead := m.tree.lead
	if lead.best {
		return m.tip
	}
	return Tip{Hash: lead.hash, Height: lead.height(), Slot: lead.header.Slot}
}

// Locator lists hashes of the best header chain from its tip down, dense at
// first, then ever sparser, genesis last: what a peer needs to find where its
// chain leaves ours.
func (m *Manager) Locator() []types.Hash {
	var out []types.Hash
	m.mu.RLock()
	n, step := m.tree.lead, 1
	height := int64(n.height())
	for want := height; n != nil; n = n.parent {
		height = int64(n.height())
		if height > want {
			continue
		}
		out = append(out, n.hash)
		if len(out) > 10 {
			step *= 2
		}
		want = height - int64(step)
		if want < 0 {
			break
		}
	}
	m.mu.RUnlock()
	for height > 0 {
		height = max(0, height-int64(step))
		step *= 2
		h, ok, err := readHash(m.store, uint32(height))
		if !ok || err != nil {
			break
		}
		out = append(out, h)
	}
	return out
}

// HeadersAfter returns up to max headers of the best chain that follow the
// first block of the locator that is on it, or genesis when none is.
func (m *Manager) HeadersAfter(locator []types.Hash, max int) []types.Header {
	snap, err := m.store.Snapshot()
	if err != nil {
		return nil
	}
	defer snap.Close()
	height := uint32(0)
	for _, hash := range locator {
		if h, ok, err := onBest(snap, hash); err != nil {
			return nil
		} else if ok {
			height = h.Height
			break
		}
	}
	var out []types.Header
	for i := 0; i < min(max, MaxHeaders); i++ {
		height++
		hash, ok, err := readHash(snap, height)
		if !ok || err != nil {
			break
		}
		h, err := readHeader(snap, hash)
		if h == nil || err != nil {
			break
		}
		out = append(out, *h)
	}
	return out
}

// Header returns a known header: of a stored block, or one whose block is
// still missing.
func (m *Manager) Header(hash types.Hash) (types.Header, error) {
	m.mu.RLock()
	n := m.tree.nodes[hash]
	m.mu.RUnlock()
	if n != nil {
		return n.header, nil
	}
	h, err := readHeader(m.store, hash)
	if err != nil {
		return types.Header{}, err
	}
	if h == nil {
		return types.Header{}, fmt.Errorf("header %v: %w", hash, ErrUnknownBlock)
	}
	return *h, nil
}
