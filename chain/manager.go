package chain

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"time"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// Options are the parts of a Manager that tests and small devices change. The
// zero value is a node's.
type Options struct {
	Clock   func() time.Time // default time.Now
	Log     *slog.Logger     // default: silent
	Workers int              // goroutines that verify scripts; default GOMAXPROCS
	Pool    PoolLimits
}

func (o *Options) fill() {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	o.Pool.fill()
}

// Tip names a block and the state after it.
type Tip struct {
	Hash   types.Hash
	Height uint32
	Slot   uint64
	Digest types.Hash // of the state after the block; zero for a mere header
}

// Manager owns the best chain and the pool. All methods are safe for
// concurrent use.
type Manager struct {
	p        *consensus.Params
	store    Store
	opts     Options
	verified *verifiedSet
	lists    *listCache
	feed     *feed
	fatal    chan error // what ends Run

	// work is held by whoever changes anything, for the whole operation.
	work    sync.Mutex
	changed bool                 // guarded by work: subscribers must be told
	held    map[types.Hash]*held // guarded by work: blocks ahead of the clock
	base    *base                // guarded by work: pool candidates are tried on it
	drawn   *draw                // guarded by work: the last seat list drawn to check a header

	// mu guards what readers see. A writer holds work as well, and mu only
	// while it changes fields, so that readers never wait for validation; who
	// holds work may read without mu.
	mu    sync.RWMutex
	tree  *tree
	tip   Tip
	state consensus.State // after tip
	pool  *pool
	lent  []Snapshot // behind the newest templates
}

// Open continues the chain in store, which it does not own, and begins with
// genesis in an empty one. It fails with ErrWrongNetwork, ErrCorrupt or the
// store's own error.
func Open(p *consensus.Params, store Store, opts Options) (*Manager, error) {
	return OpenContext(context.Background(), p, store, opts)
}

// OpenContext is Open that ctx can stop while it rebuilds the indexes of a store
// that an older program wrote, which may take long. The rebuild goes on from
// there the next time.
func OpenContext(ctx context.Context, p *consensus.Params, store Store, opts Options) (*Manager, error) {
	opts.fill()
	m := &Manager{p: p, store: store, opts: opts, verified: newVerifiedSet(), lists: newListCache(p.ID),
		feed: newFeed(), fatal: make(chan error, 1), held: make(map[types.Hash]*held), tree: newTree(), pool: newPool(&opts.Pool, opts.Clock)}
	id, err := store.Get(keyNetwork)
	if err != nil {
		return nil, err
	}
	if id == nil {
		if err := m.begin(); err != nil {
			return nil, err
		}
	} else if string(id) != string(p.ID[:]) {
		return nil, fmt.Errorf("%w: it holds %x, network %q is %x", ErrWrongNetwork, id, p.Name, p.ID[:])
	}
	if err := m.reindex(ctx); err != nil {
		return nil, err
	}
	if err := m.load(); err != nil {
		return nil, err
	}
	return m, nil
}

// begin writes genesis.
func (m *Manager) begin() error {
	blk, st, u := consensus.Genesis(m.p)
	batch := &Batch{Durable: true}
	batch.Put(keyNetwork, m.p.ID[:])
	hash := blk.Hash()
	putBlock(batch, hash, blk)
	s := &step{n: &node{hash: hash, header: blk.Header}, block: blk, update: u}
	if err := m.putConnected(batch, make(dappSums), s); err != nil {
		return err
	}
	putIndexed(batch, hash)
	putRows(batch, u.Changes)
	batch.Put(keyTip, st.Append(nil))
	return m.store.Commit(batch)
}

// load rebuilds the tree in memory: the best chain's last headers with their
// header states, then what was stored beside it.
func (m *Manager) load() error {
	st, err := readState(m.store)
	if err != nil {
		return err
	}
	if err := m.loadLists(); err != nil {
		return err
	}
	if err := m.loadBest(st); err != nil {
		return err
	}
	m.setState(st)
	if err := m.loadLoose(); err != nil {
		return err
	}
	m.tree.prune()
	m.tree.review()
	return nil
}

// loadBest walks down from the tip, taking each block's changes back over the
// stored rows, because a header state is read from the rows of its time. From
// the bottom it follows the headers up again, as it did when they were new.
func (m *Manager) loadBest(st consensus.State) error {
	ov := consensus.NewOverlay(stateRows{m.store})
	var up []*types.Header // descending
	for {
		h, err := readHeader(m.store, st.Hash)
		if err != nil {
			return err
		}
		if h == nil || h.Height != st.Height {
			return corrupt("best chain", fmt.Errorf("no header of block %v", st.Hash))
		}
		if st.Height == 0 || len(up) == keepNodes {
			hs, err := consensus.HeaderStateFromRows(m.p, st, ov)
			if err != nil {
				return err
			}
			m.tree.extendBest(m.newNode(st.Hash, h, hs, nil))
			break
		}
		up = append(up, h)
		if st, err = m.revert(ov, st, h); err != nil {
			return err
		}
	}
	for _, h := range slices.Backward(up) {
		parent := m.tree.tip()
		hs, err := parent.state.Next(m.p, h, m.SeatList)
		if err != nil {
			return corrupt("best chain", err)
		}
		m.tree.extendBest(m.newNode(hs.Hash, h, hs, parent))
	}
	return nil
}

// revert takes the block with header h, which led to st, back.
func (m *Manager) revert(ov *consensus.Overlay, st consensus.State, h *types.Header) (consensus.State, error) {
	u, err := readUndo(m.store, st.Hash)
	if err != nil {
		return st, err
	}
	parent, err := readHeader(m.store, h.PrevHash)
	if err != nil {
		return st, err
	}
	if parent == nil {
		return st, corrupt("best chain", fmt.Errorf("no header of block %v", h.PrevHash))
	}
	ov.Revert(u)
	return st.Revert(u, parent), nil
}

func (m *Manager) newNode(hash types.Hash, h *types.Header, hs consensus.HeaderState, parent *node) *node {
	n := &node{hash: hash, header: *h, state: hs, parent: parent}
	if h.Height > 0 { // genesis has no proof, and no rival
		n.tie = consensus.TieHash(m.p, h)
	}
	return n
}

// loadLoose brings back stored blocks beside the best chain. What no longer
// fits is forgotten with the next commit.
func (m *Manager) loadLoose() error {
	from, to := []byte{rowLoose}, []byte{rowLoose + 1}
	return m.store.Scan(from, to, func(key, value []byte) (bool, error) {
		r := types.NewReader(key[1:])
		height, hash := r.Uint32(), r.Hash()
		size := types.NewReader(value)
		n := &node{hash: hash, stored: max(1, int(size.Uint32()))}
		if r.Done() != nil || size.Done() != nil {
			return false, corrupt("loose block", types.ErrMalformed)
		}
		h, err := readHeader(m.store, hash)
		if err != nil {
			return false, err
		}
		undo, err := m.store.Get(hashKey(rowUndo, hash))
		if err != nil {
			return false, err
		}
		n.connected = undo != nil
		n.header.Height = height
		if h != nil {
			if parent := m.tree.nodes[h.PrevHash]; parent != nil {
				if hs, err := parent.state.Next(m.p, h, m.SeatList); err == nil {
					keep := m.newNode(hash, h, hs, parent)
					keep.connected = n.connected
					m.tree.add(keep)
					m.tree.setStored(keep, n.stored)
					return true, nil
				}
			}
		}
		m.tree.removed = append(m.tree.removed, n)
		return true, nil
	})
}

// setState publishes the state after the tip.
func (m *Manager) setState(st consensus.State) {
	m.state = st
	m.tip = Tip{Hash: st.Hash, Height: st.Height, Slot: st.Slot, Digest: st.Digest()}
}

// write runs f as the only writer and then tells subscribers.
func (m *Manager) write(f func() error) error {
	m.work.Lock()
	err := f()
	m.noteFatal(err)
	tell := m.changed
	m.changed = false
	m.work.Unlock()
	if tell {
		m.feed.notify()
	}
	return err
}

// publish runs f while readers are kept out.
func (m *Manager) publish(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

// Params returns the network's parameters.
func (m *Manager) Params() *consensus.Params { return m.p }

// Tip returns the last block of the best chain.
func (m *Manager) Tip() Tip {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.tip
}

func (m *Manager) now() uint64 { return m.p.SlotAt(m.opts.Clock()) }
