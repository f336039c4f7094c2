package market

import (
	"bytes"
	"cmp"
	"maps"
	"math"
	"slices"

	"supercomputing/chain/types"
	"supercomputing/wallet"
)

// place is a record's place on its chain.
type place struct{ height, seq uint32 }

func (p place) compare(o place) int {
	return cmp.Or(cmp.Compare(p.height, o.height), cmp.Compare(p.seq, o.seq))
}

// mark is a block that was read.
type mark struct {
	height uint32
	hash   types.Hash
}

// ad is an advertisement in a block.
type ad struct {
	place
	tx     types.Hash
	author types.Address
	fee    types.Amount
	posted int64 // time of its block, unix seconds
	rec    types.Advertisement
}

// withdrawal says that an author took an advertisement back. It may come
// before the advertisement is in a block.
type withdrawal struct {
	ad     types.Hash
	author types.Address
}

// post is a public message that is kept.
type post struct {
	place
	tx     types.Hash
	author types.Address
	body   string
}

// channel is a subscription.
type channel struct {
	author  types.Address
	name    string
	muted   bool // it stays in the list, and its posts are no news
	scanned bool // older posts were read
}

// state is what a Market knows. It is plain data; the Market guards it, and
// every change but that of ads goes through commit.
type state struct {
	store wallet.Store

	trail []mark // blocks that were read, ascending; the last is the position
	saved uint32 // height of the stored position
	ads   []*ad  // ascending by height
	byTx  map[types.Hash]*ad
	ready bool // ads up to the position were read

	gone     map[withdrawal]place
	posts    []*post // ascending by place
	channels map[types.Address]*channel
	read     place // of the newest post that was read
	// readOnce are posts that were read and whose block was undone: they come
	// again at places which may lie behind read. The value is where they were.
	readOnce map[types.Hash]place
	hidden   map[types.Hash]struct{}
	sellers  map[types.Address]struct{} // hidden ones
}

// Ceilings of what is kept.
const (
	maxTrail    = 128    // marks
	maxGone     = 40_000 // withdrawals; AdBlocks advertisements can be shown
	maxPosts    = 500    // of one channel; older ones go
	maxReadOnce = 2000   // posts that were read before their block was undone
	MaxChannels = 200    // subscriptions
)

// wasRead reports whether a post was read.
func (s *state) wasRead(p *post) bool {
	_, once := s.readOnce[p.tx]
	return once || p.compare(s.read) <= 0
}

// at is the last block that was read.
func (s *state) at() (mark, bool) {
	if len(s.trail) == 0 {
		return mark{}, false
	}
	return s.trail[len(s.trail)-1], true
}

// addAds appends advertisements of newer blocks.
func (s *state) addAds(list []*ad) {
	for _, a := range list {
		if s.byTx[a.tx] == nil {
			s.ads = append(s.ads, a)
			s.byTx[a.tx] = a
		}
	}
}

// dropAds removes advertisements above a height, and those up to another.
func (s *state) dropAds(above uint32, upTo int64) {
	s.ads = slices.DeleteFunc(s.ads, func(a *ad) bool {
		out := a.height > above || int64(a.height) <= upTo
		if out {
			delete(s.byTx, a.tx)
		}
		return out
	})
}

// edit is a change of the stored part of a state. Memory changes once all rows
// are written. When a write fails midway nothing of it shows, and doing it again
// is safe; the position is the last row, so what is missing is read again.
type edit struct {
	s       *state
	changes []wallet.Change
	done    []func()
}

func (s *state) edit() *edit { return &edit{s: s} }

// row changes a row.
func (e *edit) row(key string, value []byte) {
	e.changes = append(e.changes, wallet.Change{Key: key, Value: value})
}

// then changes memory.
func (e *edit) then(fn func()) { e.done = append(e.done, fn) }

// maxBatch bounds the rows of one write.
const maxBatch = 1000

func (e *edit) commit() error {
	for c := range slices.Chunk(e.changes, maxBatch) {
		if err := e.s.store.Commit(c); err != nil {
			return err
		}
	}
	for _, fn := range e.done {
		fn()
	}
	return nil
}

// putPosts keeps posts, which ascend; those that are known stay as they are.
func (e *edit) putPosts(list []*post) {
	for _, p := range list {
		e.row(postKey(p.place), p.encode())
	}
	e.then(func() {
		for _, p := range list {
			i, known := slices.BinarySearchFunc(e.s.posts, p, func(a, b *post) int { return a.compare(b.place) })
			if !known {
				e.s.posts = slices.Insert(e.s.posts, i, p)
			}
		}
	})
}

// dropPosts removes posts.
func (e *edit) dropPosts(which func(*post) bool) {
	out := make(map[*post]struct{})
	for _, p := range e.s.posts {
		if which(p) {
			e.row(postKey(p.place), nil)
			out[p] = struct{}{}
		}
	}
	e.then(func() {
		e.s.posts = slices.DeleteFunc(e.s.posts, func(p *post) bool { _, ok := out[p]; return ok })
	})
}

// unread takes the mark of what was read back to a height, and notes which of
// the posts above it were.
func (e *edit) unread(fork int64) {
	end := place{uint32(max(fork, 0)), math.MaxUint32}
	if fork < 0 {
		end = place{}
	}
	if e.s.read.compare(end) <= 0 {
		return
	}
	// The oldest are not to come any more when there are too many.
	if over := len(e.s.readOnce) - maxReadOnce; over > 0 {
		old := slices.SortedFunc(maps.Keys(e.s.readOnce), func(a, b types.Hash) int { return e.s.readOnce[a].compare(e.s.readOnce[b]) })
		gone := make(map[types.Hash]bool)
		for _, tx := range old[:over] {
			gone[tx] = true
		}
		e.forgetReadOnce(func(tx types.Hash) bool { return gone[tx] })
	}
	for _, p := range e.s.posts {
		if int64(p.height) > fork && e.s.wasRead(p) {
			e.row(readOnceKey(p.tx), p.place.encode())
			e.then(func() { e.s.readOnce[p.tx] = p.place })
		}
	}
	e.row(readKey, end.encode())
	e.then(func() { e.s.read = end })
}

// forgetReadOnce drops notes of unread.
func (e *edit) forgetReadOnce(which func(types.Hash) bool) {
	for tx := range e.s.readOnce {
		if which(tx) {
			e.row(readOnceKey(tx), nil)
			e.then(func() { delete(e.s.readOnce, tx) })
		}
	}
}

// putGone keeps a withdrawal. Beyond the ceiling, which only a flood of made-up
// ones reaches, only those are taken that their author's shown advertisement is
// known of (real).
func (e *edit) putGone(w withdrawal, at place, real bool) {
	if _, known := e.s.gone[w]; known || !real && len(e.s.gone) >= maxGone {
		return
	}
	e.row(goneKey(at), w.encode())
	e.then(func() { e.s.gone[w] = at })
}

// dropGone removes withdrawals by their place.
func (e *edit) dropGone(which func(place) bool) {
	for w, at := range e.s.gone {
		if which(at) {
			e.row(goneKey(at), nil)
			e.then(func() { delete(e.s.gone, w) })
		}
	}
}

// putTrail makes another position the current one; stored says that it shall
// survive a restart. It is the last of an edit.
func (e *edit) putTrail(trail []mark, stored bool) {
	if over := len(trail) - maxTrail; over > 0 {
		trail = trail[over:]
	}
	if stored {
		e.row(atKey, encodeTrail(trail))
	}
	e.then(func() {
		e.s.trail = trail
		if stored {
			e.s.saved = 0
			if at, ok := e.s.at(); ok {
				e.s.saved = at.height
			}
		}
	})
}

// sortedChannels lists the subscriptions, the official one first, then by name.
func (s *state) sortedChannels(official types.Address) []*channel {
	return slices.SortedFunc(maps.Values(s.channels), func(a, b *channel) int {
		if (a.author == official) != (b.author == official) {
			return map[bool]int{true: -1, false: 1}[a.author == official]
		}
		return cmp.Or(cmp.Compare(a.name, b.name), bytes.Compare(a.author[:], b.author[:]))
	})
}
