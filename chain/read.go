package chain

import (
	"fmt"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// View runs fn on the state after the tip, frozen: blocks that connect
// meanwhile do not show, and nobody waits. st and rows are good until fn
// returns.
func (m *Manager) View(fn func(st consensus.State, rows consensus.Rows) error) error {
	snap, err := m.store.Snapshot()
	if err != nil {
		return err
	}
	defer snap.Close()
	st, err := readState(snap)
	if err != nil {
		return err
	}
	return fn(st, stateRows{snap})
}

// HeaderState returns what a producer needs to see whether it leads a slot
// after the tip.
func (m *Manager) HeaderState() consensus.HeaderState {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.tree.tip().state
}

// Block returns a stored block, or fails with ErrUnknownBlock.
func (m *Manager) Block(hash types.Hash) (*types.Block, error) {
	b, err := readBlock(m.store, hash)
	if err == nil && b == nil {
		err = fmt.Errorf("block %v: %w", hash, ErrUnknownBlock)
	}
	return b, err
}

// BlockHash returns the best chain's block at height, or fails with
// ErrUnknownBlock above the tip.
func (m *Manager) BlockHash(height uint32) (types.Hash, error) {
	h, ok, err := readHash(m.store, height)
	if err == nil && !ok {
		err = fmt.Errorf("block at height %d: %w", height, ErrUnknownBlock)
	}
	return h, err
}

// BlockUpdate is a block with what it changes.
type BlockUpdate struct {
	Block  *types.Block
	Hash   types.Hash
	Height uint32
	Update *consensus.Update
}

// UpdatesSince gives the way from block pos to the tip: the blocks to take
// back, from pos down, when pos is not on the best chain, then up to max blocks
// to apply. The zero hash stands before genesis. A subscriber that keeps the
// hash of the last block it dealt with, together with what it made of it, is
// never out of step: it asks from there until both lists are empty.
//
// It fails with ErrUnknownBlock when pos was never connected here.
func (m *Manager) UpdatesSince(pos types.Hash, max int) (revert, apply []BlockUpdate, err error) {
	snap, err := m.store.Snapshot()
	if err != nil {
		return nil, nil, err
	}
	defer snap.Close()
	next := uint32(0)
	for pos != (types.Hash{}) {
		h, best, err := onBest(snap, pos)
		if err != nil {
			return nil, nil, err
		}
		if h == nil {
			return nil, nil, fmt.Errorf("block %v: %w", pos, ErrUnknownBlock)
		}
		if best {
			next = h.Height + 1
			break
		}
		if undo, err := snap.Get(hashKey(rowUndo, pos)); err != nil {
			return nil, nil, err
		} else if undo == nil {
			return nil, nil, fmt.Errorf("block %v was never connected: %w", pos, ErrUnknownBlock)
		}
		u, err := readUpdate(snap, pos)
		if err != nil {
			return nil, nil, err
		}
		revert = append(revert, u)
		pos = h.PrevHash
	}
	for ; len(apply) < max; next++ {
		hash, ok, err := readHash(snap, next)
		if err != nil {
			return nil, nil, err
		}
		if !ok {
			break
		}
		u, err := readUpdate(snap, hash)
		if err != nil {
			return nil, nil, err
		}
		apply = append(apply, u)
	}
	return revert, apply, nil
}

func readUpdate(r Reader, hash types.Hash) (BlockUpdate, error) {
	b, err := readBlock(r, hash)
	if err != nil {
		return BlockUpdate{}, err
	}
	if b == nil {
		return BlockUpdate{}, corrupt("block", fmt.Errorf("%v is missing", hash))
	}
	u, err := readUndo(r, hash)
	return BlockUpdate{Block: b, Hash: hash, Height: b.Header.Height, Update: u}, err
}
