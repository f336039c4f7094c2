package wallet

import (
	"context"
	"errors"
	"slices"
	"time"

	"supercomputing/chain/types"
)

const (
	// pullBlocks is how many blocks are taken in, and stored, at a time.
	pullBlocks = 100
	// offerFor is how long the wallet's own transactions are offered to the
	// node again when its pool has lost them.
	offerFor = 14 * 24 * time.Hour
	// giveUpAfter is at how many tips in a row the node must have found an own
	// transaction unfit before the wallet gives it up: no reorganisation but a
	// rare one brings it back then, and its coins are wanted.
	giveUpAfter = 6
)

// Sync takes in everything that happened since the wallet's position: blocks,
// then the pool, until both stand still. Run calls it; tests and commands that
// need an answer now may call it too.
func (w *Wallet) Sync(ctx context.Context) error {
	w.syncing.Lock()
	defer w.syncing.Unlock()
	for {
		// The pool is read before the blocks: what left it because of a
		// block is then known as confirmed when its leaving is looked at.
		added, removed, next := w.chain.PoolSince(w.poolSeq)
		moved, err := w.pull(ctx)
		if err != nil {
			return err
		}
		if moved && w.poolSeq == 0 {
			continue // started over, or far behind: the pool as it is now
		}
		if err := w.takePool(added, removed); err != nil {
			return err
		}
		quiet := next == w.poolSeq
		w.poolSeq = next
		if !moved && quiet {
			break
		}
	}
	return w.offer()
}

// pull follows the chain to its tip and reports whether it moved.
func (w *Wallet) pull(ctx context.Context) (moved bool, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return moved, err
		}
		revert, apply, err := w.chain.UpdatesSince(w.Position().Hash, pullBlocks)
		if errors.Is(err, ErrUnknownPosition) && w.Position().Hash != (types.Hash{}) {
			w.log.Warn("the chain does not know the wallet's last block; scanning from genesis", "err", err)
			err = w.restart()
			moved = true
			if err == nil {
				continue
			}
		}
		if err != nil {
			return moved, err
		}
		if len(revert)+len(apply) == 0 {
			return moved, nil
		}
		if err = w.follow(revert, apply); errors.Is(err, ErrBatch) {
			err = w.followSlowly(revert, apply)
		}
		if err != nil {
			return moved, err
		}
		moved = true
	}
}

// followSlowly is follow with a change for each block, for blocks full of
// payments to this wallet.
func (w *Wallet) followSlowly(revert, apply []Block) error {
	for i := range revert {
		if err := w.follow(revert[i:i+1], nil); err != nil {
			return err
		}
	}
	for i := range apply {
		if err := w.follow(nil, apply[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

// follow reverts and applies blocks in one change: a crash finds the wallet
// before a reorganisation or after it.
func (w *Wallet) follow(revert, apply []Block) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.update(func(s *state) error {
		for i := range revert {
			b := &revert[i]
			if err := s.disconnect(b, w.params.SlotTime(b.Block.Header.Slot)); err != nil {
				return err
			}
		}
		for i := range apply {
			b := &apply[i]
			if err := s.connect(b, w.params.SlotTime(b.Block.Header.Slot), w.clock()); err != nil {
				return err
			}
		}
		return nil
	})
}

// Rescan forgets what the chain told and follows it from genesis again, for
// instance after a repaired store. Labels and waiting payments stay.
func (w *Wallet) Rescan(ctx context.Context) error {
	w.syncing.Lock()
	err := w.restart()
	w.syncing.Unlock()
	if err != nil {
		return err
	}
	return w.Sync(ctx)
}

// restart is called with syncing held.
func (w *Wallet) restart() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.poolSeq = 0
	return w.update(func(s *state) error {
		s.restart()
		return nil
	})
}

// takePool takes in what entered the pool and forgets what left it.
func (w *Wallet) takePool(added []PoolTx, removed []types.Hash) error {
	// Added and removed in one go, or removed and added again: only the pool
	// itself knows which came last.
	gone := make(map[types.Hash]bool)
	for _, id := range removed {
		gone[id] = w.chain.PoolTx(id) == nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.update(func(s *state) error {
		if w.poolSeq == 0 {
			s.poolReset(added)
		}
		for i := range added {
			if err := s.poolAdd(&added[i], w.clock()); err != nil {
				return err
			}
		}
		for id := range gone {
			if gone[id] {
				s.poolRemove(id)
			}
		}
		return nil
	})
}

// offer gives the wallet's own waiting transactions to the node again, parents
// first, once per tip: the node may have restarted, or thrown them out while
// fees were high. Called with syncing held.
func (w *Wallet) offer() error {
	w.mu.Lock()
	if w.offered == w.state.pos.Hash {
		w.mu.Unlock()
		return nil
	}
	w.offered = w.state.pos.Hash
	var own []*tx
	for _, t := range w.state.pending {
		if t.local && w.clock().Sub(unix(t.firstSeen)) < offerFor {
			own = append(own, t)
		}
	}
	slices.SortFunc(own, func(a, b *tx) int { return int(a.order) - int(b.order) })
	w.mu.Unlock()
	var hopeless []types.Hash
	unfit := make(map[types.Hash]int)
	for _, t := range own {
		err := w.offerOne(t.id, t.tx)
		if err != nil {
			// Not fatal and not final: it may conflict with what a
			// later block takes back, or the pool may be full.
			w.log.Debug("node did not take an own transaction again", "tx", t.id, "err", err)
		}
		if errors.Is(err, ErrUnfit) {
			if unfit[t.id] = w.unfit[t.id] + 1; unfit[t.id] >= giveUpAfter {
				hopeless = append(hopeless, t.id)
			}
		}
	}
	w.unfit = unfit
	return w.giveUp(hopeless)
}

// giveUp frees the coins of own transactions that came too late, such as the
// report on a job that is closed by now, and of what builds on them.
func (w *Wallet) giveUp(ids []types.Hash) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.update(func(s *state) error {
		for _, id := range ids {
			if t := s.pending[id]; t != nil {
				w.log.Warn("gave up a transaction that no block can hold any more", "tx", id)
				s.put(t, abandoned, types.Hash{})
			}
		}
		return nil
	})
}

// offerOne offers a transaction, unless it stopped waiting meanwhile: one that
// its owner just gave up must not come back.
func (w *Wallet) offerOne(id types.Hash, t *types.Tx) error {
	w.sending.Lock()
	defer w.sending.Unlock()
	w.mu.Lock()
	_, waits := w.state.pending[id]
	w.mu.Unlock()
	if !waits || w.chain.PoolTx(id) != nil {
		return nil
	}
	return w.chain.AddTx(t)
}
