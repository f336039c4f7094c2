package chain

import (
	"container/heap"
	"math"
	"slices"
	"sync"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// orderCache keeps the last order. Readers that share the Manager's lock fill
// it, so it has its own.
type orderCache struct {
	mu   sync.Mutex
	at   uint64    // number of the pool's next event; 0: empty
	list []*poolTx // never changed
}

// order lists the pool as blocks take it: always the transaction whose package
// (itself and what it still needs before it) pays most per virtual byte, its
// ancestors first. The caller must not change the list.
func (p *pool) order() []*poolTx {
	p.cache.mu.Lock()
	defer p.cache.mu.Unlock()
	if next := p.log.next(); p.cache.at != next {
		p.cache.at, p.cache.list = next, p.sortByRate()
	}
	return p.cache.list
}

func (p *pool) sortByRate() []*poolTx {
	all := p.all()
	packs := make([]pack, len(all)) // by rank
	for i, t := range all {
		t.rank, packs[i].t = i, t
	}
	w := walk{seen: make([]int, len(all))}
	queue := make(packHeap, len(all))
	for i := range packs {
		k := &packs[i]
		for _, q := range w.from(k.t, (*poolTx).above) {
			k.rate = k.rate.plus(rate{q.Net, q.VSize})
		}
		queue[i] = *k
	}
	heap.Init(&queue)
	out := make([]*poolTx, 0, len(all))
	for len(queue) > 0 {
		k := heap.Pop(&queue).(pack)
		if now := &packs[k.t.rank]; now.taken || now.rate != k.rate {
			continue // an older state of it
		}
		first := len(out)
		for _, q := range w.from(k.t, (*poolTx).above) {
			if !packs[q.rank].taken {
				packs[q.rank].taken = true
				out = append(out, q)
			}
		}
		slices.SortFunc(out[first:], func(a, b *poolTx) int { return a.rank - b.rank })
		// What builds on these needs less before it now.
		var less []*pack
		for _, q := range out[first:] {
			for _, d := range w.from(q, (*poolTx).below) {
				kd := &packs[d.rank]
				if kd.taken {
					continue
				}
				kd.rate = rate{kd.rate.fee - q.Net, kd.rate.size - q.VSize}
				if !kd.changed {
					kd.changed = true
					less = append(less, kd)
				}
			}
		}
		for _, kd := range less {
			kd.changed = false
			heap.Push(&queue, *kd)
		}
	}
	return out
}

// pack is a transaction with the sum over what it needs that is not taken yet.
type pack struct {
	t       *poolTx
	rate    rate
	taken   bool
	changed bool
}

func (t *poolTx) above() map[*poolTx]struct{} { return t.parents }
func (t *poolTx) below() map[*poolTx]struct{} { return t.kids }

// walk goes through the entries around one another as closure does, many times
// over one pool: it knows by their ranks where it has been and needs no memory
// for each time.
type walk struct {
	seen []int // by rank: number of the last time
	time int
	list []*poolTx
}

// from gives t and all that step leads to. The list is good until the next call.
func (w *walk) from(t *poolTx, step func(*poolTx) map[*poolTx]struct{}) []*poolTx {
	w.time++
	w.seen[t.rank] = w.time
	w.list = append(w.list[:0], t)
	for i := 0; i < len(w.list); i++ {
		for q := range step(w.list[i]) {
			if w.seen[q.rank] != w.time {
				w.seen[q.rank] = w.time
				w.list = append(w.list, q)
			}
		}
	}
	return w.list
}

type packHeap []pack

func (h packHeap) Len() int { return len(h) }
func (h packHeap) Less(i, j int) bool {
	if c := h[i].rate.cmp(h[j].rate); c != 0 {
		return c > 0
	}
	return h[i].t.seq < h[j].t.seq
}
func (h packHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *packHeap) Push(x any)   { *h = append(*h, x.(pack)) }
func (h *packHeap) Pop() any {
	last := len(*h) - 1
	k := (*h)[last]
	*h = (*h)[:last]
	return k
}

// PoolTxs lists the pool in the order in which blocks take it.
func (m *Manager) PoolTxs() []*PoolEntry {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return entries(m.pool.order())
}

// FeeRate estimates what to pay, in units per virtual byte beside what the
// record costs, to be in one of the next blocks: a little more than what would
// still wait after them.
func (m *Manager) FeeRate(blocks int) types.Amount {
	m.mu.RLock()
	defer m.mu.RUnlock()
	least := types.Amount(math.Ceil(m.pool.asked()))
	room := max(1, blocks) * (types.MaxBlockWeight - types.CoinbaseReserve)
	for _, t := range m.pool.order() {
		if room -= t.Tx.Weight(); room < 0 {
			return max(least, types.Amount(rate{t.Net, t.VSize}.perVByte())+1)
		}
	}
	return least
}

// lentSnapshots is how many of the newest templates stay usable.
const lentSnapshots = 4

// Template starts the next block at slot and fills it: the advertisement that
// pays most, then the pool in order. What does not fit, or is not valid beside
// the others, is left for later blocks. The builder stays good until a few
// templates later.
func (m *Manager) Template(slot uint64) (*consensus.Builder, []*PoolEntry, error) {
	snap, err := m.store.Snapshot()
	if err != nil {
		return nil, nil, err
	}
	b, taken, err := m.fill(snap, slot)
	if err != nil {
		snap.Close()
		return nil, nil, err
	}
	m.publish(func() {
		if m.lent = append(m.lent, snap); len(m.lent) > lentSnapshots {
			m.lent[0].Close()
			m.lent = m.lent[1:]
		}
	})
	return b, taken, nil
}

func (m *Manager) fill(snap Snapshot, slot uint64) (*consensus.Builder, []*PoolEntry, error) {
	st, err := readState(snap)
	if err != nil {
		return nil, nil, err
	}
	b, err := consensus.NewBuilder(m.p, st, stateRows{snap}, slot)
	if err != nil {
		return nil, nil, err
	}
	m.mu.RLock()
	order := m.pool.order()
	ads := m.pool.adOrder()
	f := &filler{b: b, state: make(map[*poolTx]bool, len(order)), needs: make(map[*poolTx][]*poolTx)}
	for _, t := range order {
		if len(t.parents) > 0 {
			f.needs[t] = sorted(ancestors(t))
		}
	}
	m.mu.RUnlock()

	for _, t := range ads {
		if err := f.add(t); err != nil {
			return nil, nil, err
		}
		if f.state[t] {
			break
		}
	}
	for _, t := range order {
		if f.full() {
			break
		}
		if t.kind != types.KindAdvertisement {
			if err := f.add(t); err != nil {
				return nil, nil, err
			}
		}
	}
	return b, f.taken, nil
}

// filler puts pool entries into a block.
type filler struct {
	b      *consensus.Builder
	needs  map[*poolTx][]*poolTx
	state  map[*poolTx]bool // tried: true when it is in
	taken  []*PoolEntry
	misses int // since the last that fitted
}

// full tells when to give up: little room is left and many did not fit it.
func (f *filler) full() bool {
	return f.misses > 500 && f.b.Weight() > types.MaxBlockWeight/20*19
}

// add takes t in behind what it needs. Only failures of this machine are
// errors.
func (f *filler) add(t *poolTx) error {
	for _, q := range f.needs[t] {
		if _, tried := f.state[q]; q != t && !tried {
			if err := f.one(q); err != nil {
				return err
			}
		}
		if q != t && !f.state[q] {
			f.state[t] = false
			return nil
		}
	}
	if _, tried := f.state[t]; tried {
		return nil
	}
	return f.one(t)
}

func (f *filler) one(t *poolTx) error {
	f.state[t] = false
	if chain, ok := t.kind.Chain(); ok && f.b.SideBytes(chain)+len(t.Tx.Payload) > chain.MaxBytes() {
		return nil
	}
	_, _, err := f.b.Add(t.Tx)
	if consensus.IsRule(err) {
		f.misses++
		return nil
	}
	if err != nil {
		return err
	}
	f.state[t], f.misses = true, 0
	f.taken = append(f.taken, t.PoolEntry)
	return nil
}
