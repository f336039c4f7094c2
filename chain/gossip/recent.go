package gossip

import "supercomputing/chain/types"

// recent remembers at least the last size hashes and at most twice as many: two
// generations, the older forgotten when the newer is full. Its owner locks.
type recent struct {
	size     int
	new, old map[types.Hash]struct{}
}

func newRecent(size int) *recent {
	return &recent{size: size, new: make(map[types.Hash]struct{})}
}

// add remembers h and reports whether it was new.
func (r *recent) add(h types.Hash) bool {
	if r.has(h) {
		return false
	}
	if len(r.new) >= r.size {
		r.old, r.new = r.new, make(map[types.Hash]struct{})
	}
	r.new[h] = struct{}{}
	return true
}

func (r *recent) has(h types.Hash) bool {
	if _, ok := r.new[h]; ok {
		return true
	}
	_, ok := r.old[h]
	return ok
}
