package chain

import (
	"context"
	"errors"
	"time"

	"supercomputing/chain/types"
)

// Run does what time brings: it adds held blocks when they are due, drops
// expired transactions, and tries again what a full disk kept from connecting.
// It takes back the pool that the last clean stop saved, and saves it when ctx
// is done. It returns an error only when the store can not go on.
func (m *Manager) Run(ctx context.Context) error {
	if err := m.write(m.restorePool); errors.Is(err, ErrDiskFull) {
		m.opts.Log.Warn("saved pool", "err", err)
	} else if err != nil {
		return err
	}
	tick := time.NewTicker(time.Duration(m.p.SlotSeconds) * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return m.write(m.savePool)
		case err := <-m.fatal:
			return err
		case <-tick.C:
			if err := m.write(m.tick); err != nil {
				m.opts.Log.Warn("chain", "err", err)
			}
		}
	}
}

func (m *Manager) tick() error {
	m.releaseHeld()
	m.publish(func() {
		if m.pool.expire() > 0 {
			m.changed = true
		}
	})
	return m.advance()
}

// noteFatal remembers an error after which the store can not go on.
func (m *Manager) noteFatal(err error) {
	if errors.Is(err, ErrFailed) || errors.Is(err, ErrCorrupt) {
		select {
		case m.fatal <- err:
		default:
		}
	}
}

// savePool stores the pool. Wallets broadcast their own transactions again in
// any case, so it need not be on the disk when the machine crashes.
func (m *Manager) savePool() error {
	batch := &Batch{}
	for i, t := range m.pool.all() {
		key := types.AppendUint32([]byte{rowPool}, uint32(i))
		batch.Put(key, t.Tx.Append(types.AppendUint64(nil, uint64(t.Time.Unix()))))
	}
	return m.store.Commit(batch)
}

func (m *Manager) restorePool() error {
	batch := &Batch{}
	type saved struct {
		tx *types.Tx
		at time.Time
	}
	var list []saved
	err := m.store.Scan([]byte{rowPool}, []byte{rowPool + 1}, func(key, value []byte) (bool, error) {
		batch.Delete(append([]byte(nil), key...))
		r := types.NewReader(value)
		at := time.Unix(int64(r.Uint64()), 0)
		tx := types.ReadTx(r)
		if err := r.Done(); err != nil {
			// Worth no more than what it holds: the chain is whole.
			m.opts.Log.Warn("a saved transaction does not read", "err", err)
			return true, nil
		}
		list = append(list, saved{tx, at})
		return true, nil
	})
	if err != nil || len(batch.Ops) == 0 {
		return err
	}
	var l line
	for _, s := range list {
		if err := m.readmit(m.pool, &l, s.tx, s.at, true); err != nil {
			return err
		}
	}
	m.changed = true
	return m.store.Commit(batch)
}
