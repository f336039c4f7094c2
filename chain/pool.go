package chain

import (
	"math"
	"math/bits"
	"slices"
	"time"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// PoolLimits bound the pool. Zero fields take the defaults.
type PoolLimits struct {
	MaxBytes     int           // of all entries; 64 MiB
	SenderCount  int           // entries of one author; 500
	SenderBytes  int           // bytes of one author's entries; 2 MiB
	Ads          int           // advertisements, the best-paying, and as many that others build on; 8
	Ancestors    int           // unconfirmed ancestors of an entry; 25
	Replacements int           // entries that one replacement may push out; 100
	Expiry       time.Duration // 72 h
}

func (l *PoolLimits) fill() {
	set := func(v *int, def int) {
		if *v <= 0 {
			*v = def
		}
	}
	set(&l.MaxBytes, 64<<20)
	set(&l.SenderCount, 500)
	set(&l.SenderBytes, 2<<20)
	set(&l.Ads, 8)
	set(&l.Ancestors, 25)
	set(&l.Replacements, 100)
	if l.Expiry <= 0 {
		l.Expiry = 72 * time.Hour
	}
}

// PoolEntry is a transaction that waits for a block. It never changes.
type PoolEntry struct {
	Tx     *types.Tx
	ID     types.Hash
	Fee    types.Amount // inputs less outputs: bid and record fee included
	Net    types.Amount // what it pays for space: Fee less what its record must pay
	VSize  int          // bytes the fee is due for, payload included
	Author types.Address
	Time   time.Time // of arrival
}

// poolTx is an entry with its place among the others.
type poolTx struct {
	*PoolEntry
	kind    types.Kind // of its record, 0 without one
	size    int        // bytes it counts for
	seq     uint64     // ascends in the pool, so parents come before children
	parents map[*poolTx]struct{}
	kids    map[*poolTx]struct{}
	rank    int // place by seq; sortByRate's own
}

// entryOverhead is what an entry costs beside its bytes, roughly.
const entryOverhead = 512

// sender counts what one author has in the pool.
type sender struct{ count, bytes int }

// pool is the set of waiting transactions. It is plain data; the Manager
// guards it.
type pool struct {
	limits  *PoolLimits
	clock   func() time.Time
	byID    map[types.Hash]*poolTx
	spent   map[wire.OutPoint]*poolTx
	senders map[types.Address]*sender
	ads     []*poolTx
	bytes   int
	seq     uint64
	log     *poolLog
	cache   orderCache

	floor   float64 // units per vbyte asked for since the pool was last full
	floorAt time.Time
}

// floorHalfLife is how fast the asked fee rate falls after the pool was full.
const floorHalfLife = time.Hour

func newPool(limits *PoolLimits, clock func() time.Time) *pool {
	return &pool{limits: limits, clock: clock, byID: make(map[types.Hash]*poolTx),
		spent: make(map[wire.OutPoint]*poolTx), senders: make(map[types.Address]*sender), log: newPoolLog()}
}

// insert adds t, whose conflicts are gone. Nothing in the pool builds on it
// yet: when blocks are taken back the pool is filled anew, parents first.
func (p *pool) insert(t *poolTx, parents []*poolTx) {
	p.seq++
	t.seq = p.seq
	t.parents, t.kids = make(map[*poolTx]struct{}), make(map[*poolTx]struct{})
	for _, q := range parents {
		t.parents[q] = struct{}{}
		q.kids[t] = struct{}{}
	}
	p.byID[t.ID] = t
	for _, in := range t.Tx.Msg.TxIn {
		p.spent[in.PreviousOutPoint] = t
	}
	s := p.senders[t.Author]
	if s == nil {
		s = new(sender)
		p.senders[t.Author] = s
	}
	s.count++
	s.bytes += t.size
	if t.kind == types.KindAdvertisement {
		p.ads = append(p.ads, t)
	}
	p.bytes += t.size
	p.log.add(t.ID, true)
}

// remove takes t alone out; its children stay, as after its confirmation.
func (p *pool) remove(t *poolTx) {
	if p.byID[t.ID] != t {
		return
	}
	for q := range t.parents {
		delete(q.kids, t)
	}
	for q := range t.kids {
		delete(q.parents, t)
	}
	delete(p.byID, t.ID)
	for _, in := range t.Tx.Msg.TxIn {
		delete(p.spent, in.PreviousOutPoint)
	}
	if s := p.senders[t.Author]; s.count == 1 {
		delete(p.senders, t.Author)
	} else {
		s.count--
		s.bytes -= t.size
	}
	p.ads = slices.DeleteFunc(p.ads, func(a *poolTx) bool { return a == t })
	p.bytes -= t.size
	p.log.add(t.ID, false)
}

// removeTree takes t out with all that builds on it.
func (p *pool) removeTree(t *poolTx) {
	for q := range descendants(t) {
		p.remove(q)
	}
}

// parents lists the entries tx builds on: whose outputs it spends, whose job
// it raises or completes, whose dapp it posts a job for. Without the latter
// two a record would be judged before what it speaks of.
func (p *pool) parents(tx *types.Tx, rec types.Record) []*poolTx {
	seen := make(map[*poolTx]struct{})
	note := func(id types.Hash) {
		if q := p.byID[id]; q != nil {
			seen[q] = struct{}{}
		}
	}
	for _, in := range tx.Msg.TxIn {
		note(in.PreviousOutPoint.Hash)
	}
	switch r := rec.(type) {
	case *types.BidRaise:
		note(r.Job)
	case *types.Completion:
		note(r.Job)
	case *types.ScoreReport:
		note(r.Job)
	case *types.JobPost:
		note(r.Dapp)
	}
	return sorted(seen)
}

// conflicts lists the entries that spend an input of tx.
func (p *pool) conflicts(tx *types.Tx) []*poolTx {
	seen := make(map[*poolTx]struct{})
	for _, in := range tx.Msg.TxIn {
		if q := p.spent[in.PreviousOutPoint]; q != nil {
			seen[q] = struct{}{}
		}
	}
	return sorted(seen)
}

// ancestors gives roots and all they build on.
func ancestors(roots ...*poolTx) map[*poolTx]struct{} {
	return closure(roots, func(t *poolTx) map[*poolTx]struct{} { return t.parents })
}

// descendants gives roots and all that builds on them.
func descendants(roots ...*poolTx) map[*poolTx]struct{} {
	return closure(roots, func(t *poolTx) map[*poolTx]struct{} { return t.kids })
}

func closure(roots []*poolTx, step func(*poolTx) map[*poolTx]struct{}) map[*poolTx]struct{} {
	seen := make(map[*poolTx]struct{})
	roots = slices.Clone(roots)
	for len(roots) > 0 {
		t := roots[len(roots)-1]
		roots = roots[:len(roots)-1]
		if _, ok := seen[t]; ok {
			continue
		}
		seen[t] = struct{}{}
		for q := range step(t) {
			roots = append(roots, q)
		}
	}
	return seen
}

// sorted lists a set, parents before children.
func sorted(set map[*poolTx]struct{}) []*poolTx {
	out := make([]*poolTx, 0, len(set))
	for t := range set {
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b *poolTx) int { return cmpUint(a.seq, b.seq) })
	return out
}

func (p *pool) all() []*poolTx {
	out := make([]*poolTx, 0, len(p.byID))
	for _, t := range p.byID {
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b *poolTx) int { return cmpUint(a.seq, b.seq) })
	return out
}

func cmpUint(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// trim makes room when the pool is over its size: the worst-paying entries go,
// with what builds on them, until a twentieth is free, and the asked fee rate
// rises above theirs.
func (p *pool) trim() {
	if p.bytes <= p.limits.MaxBytes {
		return
	}
	type scored struct {
		t *poolTx
		r rate
	}
	list := make([]scored, 0, len(p.byID))
	for _, t := range p.all() {
		// What is built on it may pay for it.
		r := rate{t.Net, t.VSize}
		if len(t.kids) > 0 {
			sum := rate{}
			for q := range descendants(t) {
				sum = sum.plus(rate{q.Net, q.VSize})
			}
			if r.less(sum) {
				r = sum
			}
		}
		list = append(list, scored{t, r})
	}
	slices.SortStableFunc(list, func(a, b scored) int { return a.r.cmp(b.r) })
	for _, s := range list {
		if p.bytes <= p.limits.MaxBytes/20*19 {
			break
		}
		if p.byID[s.t.ID] != s.t {
			continue
		}
		p.removeTree(s.t)
		p.floor = max(p.asked(), s.r.perVByte()+float64(consensus.MinFeeRate))
		p.floorAt = p.clock()
	}
}

// asked is the fee rate asked for now, in units per vbyte. It halves every
// hour after the pool was full, down to the least that is valid.
func (p *pool) asked() float64 {
	age := p.clock().Sub(p.floorAt).Hours() / floorHalfLife.Hours()
	return max(float64(consensus.MinFeeRate), p.floor*math.Exp2(-max(0, age)))
}

// expire removes what has waited too long.
func (p *pool) expire() (n int) {
	limit := p.clock().Add(-p.limits.Expiry)
	for _, t := range p.all() {
		if t.Time.Before(limit) && p.byID[t.ID] == t {
			p.removeTree(t)
			n++
		}
	}
	return n
}

// rate is a fee over a size, compared exactly.
type rate struct {
	fee  types.Amount
	size int
}

func (r rate) plus(o rate) rate { return rate{r.fee + o.fee, r.size + o.size} }

func (r rate) cmp(o rate) int {
	ah, al := bits.Mul64(uint64(r.fee), uint64(o.size))
	bh, bl := bits.Mul64(uint64(o.fee), uint64(r.size))
	if c := cmpUint(ah, bh); c != 0 {
		return c
	}
	return cmpUint(al, bl)
}

func (r rate) less(o rate) bool { return r.cmp(o) < 0 }

func (r rate) perVByte() float64 { return float64(r.fee) / float64(r.size) }
