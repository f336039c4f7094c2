package chain

import (
	"context"
	"fmt"
	"time"

	"supercomputing/chain/types"
)

// indexVersion names the form of the rows that blockAdditions makes. A store
// with another one, or with blocks that it lacks, is brought up to date when it
// is opened.
const indexVersion = 1

// indexRows lists the row letters that blockAdditions fills.
var indexRows = [...]byte{rowRecord, rowEarning, rowShare, rowPayout, rowDapp, rowJob, rowJobOf}

// Bounds of one commit of a rebuild.
const (
	rebuildBlocks = 512
	rebuildBytes  = 8 << 20
	rebuildClear  = 20_000 // rows
)

// rebuildReport is how often a rebuild tells the log how far it is.
const rebuildReport = 5 * time.Second

// putIndexed notes that the indexes hold the best chain up to a block; the zero
// hash means that they hold nothing. It belongs to every batch that changes
// them, so a rebuild that was stopped goes on where its last batch ended.
func putIndexed(batch *Batch, hash types.Hash) {
	batch.Put(keyIndex, append(types.AppendUint32(nil, indexVersion), hash[:]...))
}

// firstUnindexed is the height of the first block that the indexes lack, 0
// when they are of no use.
func firstUnindexed(r Reader) (uint32, error) {
	v, err := r.Get(keyIndex)
	if v == nil || err != nil {
		return 0, err
	}
	k := types.NewReader(v)
	version, hash := k.Uint32(), k.Hash()
	if k.Done() != nil || version != indexVersion || hash == (types.Hash{}) {
		return 0, nil // another program's, whatever it means
	}
	h, best, err := onBest(r, hash)
	if h == nil || !best || err != nil {
		return 0, err
	}
	return h.Height + 1, nil
}

// reindex brings the indexes up to the tip. It can be stopped at any point, by
// ctx or by a crash.
func (m *Manager) reindex(ctx context.Context) error {
	st, err := readState(m.store)
	if err != nil {
		return err
	}
	next, err := firstUnindexed(m.store)
	if err != nil || next == st.Height+1 {
		return err
	}
	log := m.opts.Log.With("tip", st.Height)
	log.Info("rebuilding the index of the chain", "from", next)
	if next == 0 {
		if err := m.clearIndex(ctx); err != nil {
			return fmt.Errorf("clear the old index: %w", err)
		}
	}
	told := m.opts.Clock()
	for next <= st.Height {
		if next, err = m.reindexSome(ctx, next, st.Height); err != nil {
			return fmt.Errorf("rebuild the index of the chain: %w", err)
		}
		if now := m.opts.Clock(); now.Sub(told) >= rebuildReport {
			told = now
			log.Info("rebuilding the index of the chain", "height", next)
		}
	}
	log.Info("the index of the chain is rebuilt")
	return nil
}

// clearIndex removes the rows of an index that is of no use.
func (m *Manager) clearIndex(ctx context.Context) error {
	for _, row := range indexRows {
		from := []byte{row} // rows before it are gone
		for done := false; !done; {
			if err := ctx.Err(); err != nil {
				return err
			}
			batch := new(Batch)
			putIndexed(batch, types.Hash{})
			err := m.store.Scan(from, []byte{row + 1}, func(key, _ []byte) (bool, error) {
				from = append([]byte(nil), key...)
				batch.Delete(from)
				return len(batch.Ops) <= rebuildClear, nil
			})
			if err != nil {
				return err
			}
			done = len(batch.Ops) <= rebuildClear
			if err := m.store.Commit(batch); err != nil {
				return err
			}
		}
	}
	return nil
}

// reindexSome enters blocks from height from on, as many as one commit may
// hold, and returns the height of the next.
func (m *Manager) reindexSome(ctx context.Context, from, tip uint32) (uint32, error) {
	batch, sums := new(Batch), make(dappSums)
	var parent *types.Header
	height := from
	for ; height <= tip && height-from < rebuildBlocks && batch.Size() < rebuildBytes; height++ {
		if err := ctx.Err(); err != nil {
			return from, err
		}
		if height > 0 && parent == nil {
			hash, _, err := readHash(m.store, height-1)
			if err != nil {
				return from, err
			}
			if parent, err = readHeader(m.store, hash); err != nil {
				return from, err
			}
		}
		hash, _, err := readHash(m.store, height)
		if err != nil {
			return from, err
		}
		u, err := readUpdate(m.store, hash)
		if err != nil {
			return from, err
		}
		e, err := m.blockAdditions(parent, u.Block, u.Update)
		if err != nil {
			return from, fmt.Errorf("height %d: %w", height, err)
		}
		for _, op := range e.rows {
			batch.Put(op.Key, op.Value)
		}
		sums.add(e, 1)
		putIndexed(batch, hash)
		parent = &u.Block.Header
	}
	batch.Durable = height > tip
	if err := sums.put(batch, m.store); err != nil {
		return from, err
	}
	return height, m.store.Commit(batch)
}
