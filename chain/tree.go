package chain

import (
	"bytes"
	"cmp"
	"slices"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// Bounds of the header tree.
const (
	// keepNodes is how far below the tip the best chain's nodes stay in
	// memory. Forks start at most MaxReorg below the tip, so twice that leaves
	// room for a reorganisation to a branch that is not longer yet.
	keepNodes = 2 * consensus.MaxReorg
	// maxSideNodes bounds headers outside the best chain and the best header
	// chain. A seat holder can sign any number of them for a slot it leads.
	maxSideNodes = 4096
	// maxHeadersAhead bounds how far the best header chain runs ahead of the
	// blocks, in headers; a node takes about a kilobyte.
	maxHeadersAhead = 50_000
)

// node is one header of the tree.
type node struct {
	hash   types.Hash
	header types.Header
	state  consensus.HeaderState // after the header: checks its children
	tie    types.Hash            // decides between tips of one slot
	seq    uint64                // order of arrival
	parent *node                 // nil at the bottom of the tree
	kids   []*node

	best      bool  // on the best chain
	stored    int   // size of the stored block in bytes, 1 when not known, 0 when only the header is
	joined    bool  // stored, and so are all blocks below it
	connected bool  // was on the best chain once: its undo data is stored
	bad       error // the rule that this block or one below it breaks
}

func (n *node) height() uint32 { return n.header.Height }

// better is fork choice (PROTOCOL §4): more blocks win; of two tips of the
// same slot the lower tie hash does, so that a slot with two leaders does not
// split the network; else b, which was there first, stays. A leader's two
// blocks for one slot tie too: they have the same VRF output.
func (n *node) better(b *node) bool {
	if n.height() != b.height() {
		return n.height() > b.height()
	}
	return n.header.Slot == b.header.Slot && bytes.Compare(n.tie[:], b.tie[:]) < 0
}

// tree is every header that can still matter: the best chain's last ones, what
// forks off from them, and what is ahead of them. It is plain data; the
// Manager guards it.
type tree struct {
	nodes map[types.Hash]*node
	best  []*node // the best chain's last nodes, ascending; the last is the tip
	lead  *node   // tip of the best header chain; better than the tip, or the tip
	ready *node   // tip of the best chain of stored blocks that is better than the tip, or nil
	seq   uint64
	loose int // bytes of stored blocks outside the best chain
	// removed collects nodes with stored blocks that left the tree and were
	// never connected, until their rows are deleted.
	removed []*node
}

func newTree() *tree { return &tree{nodes: make(map[types.Hash]*node)} }

func (t *tree) tip() *node { return t.best[len(t.best)-1] }

// at returns the best chain's node at height, nil when it is not in memory.
func (t *tree) at(height uint32) *node {
	low := t.best[0].height()
	if height < low || height > t.tip().height() {
		return nil
	}
	return t.best[height-low]
}

// extendBest adds a node of the stored best chain, at Open.
func (t *tree) extendBest(n *node) {
	n.best, n.joined, n.connected, n.stored = true, true, true, 1
	t.insert(n)
	t.best = append(t.best, n)
	t.lead = n
}

func (t *tree) insert(n *node) {
	t.seq++
	n.seq = t.seq
	t.nodes[n.hash] = n
	if n.parent != nil {
		n.parent.kids = append(n.parent.kids, n)
	}
}

// add adds a checked header. When there are too many, the lowest leaf that is
// on neither chain gives way.
func (t *tree) add(n *node) {
	t.insert(n)
	if n.better(t.lead) {
		t.lead = n
	}
	ahead := int(t.lead.height()) - int(t.tip().height())
	if len(t.nodes) > len(t.best)+max(ahead, 0)+maxSideNodes {
		t.evict(n)
	}
}

// evict removes the lowest leaf, but not keep.
func (t *tree) evict(keep *node) {
	var worst *node
	for _, n := range t.nodes {
		if n.best || n == t.lead || n == t.ready || n == keep || len(n.kids) > 0 {
			continue
		}
		if worst == nil || n.height() < worst.height() || n.height() == worst.height() && n.seq < worst.seq {
			worst = n
		}
	}
	if worst != nil {
		worst.parent.kids = slices.DeleteFunc(worst.parent.kids, func(k *node) bool { return k == worst })
		t.drop(worst)
	}
}

// drop forgets n and all above it.
func (t *tree) drop(n *node) {
	for _, k := range n.kids {
		t.drop(k)
	}
	delete(t.nodes, n.hash)
	if n.stored > 0 && !n.best {
		t.loose -= n.stored
		t.removed = append(t.removed, n)
	}
	n.parent, n.kids = nil, nil
}

// setStored notes that n's block is stored and joins what can be joined now.
func (t *tree) setStored(n *node, size int) {
	n.stored = size
	t.loose += size
	t.join(n)
}

func (t *tree) join(n *node) {
	if n.stored == 0 || n.joined || n.parent == nil || !n.parent.joined {
		return
	}
	n.joined = true
	if n.bad == nil && n.better(t.tip()) && (t.ready == nil || n.better(t.ready)) {
		t.ready = n
	}
	for _, k := range n.kids {
		t.join(k)
	}
}

// setBad marks n and all above it.
func (t *tree) setBad(n *node, err error) {
	t.markBad(n, err)
	t.review()
}

func (t *tree) markBad(n *node, err error) {
	n.bad = err
	for _, k := range n.kids {
		t.markBad(k, err)
	}
}

// review chooses lead and ready anew where they no longer hold.
func (t *tree) review() {
	holds := func(n *node) bool {
		return n != nil && t.nodes[n.hash] == n && n.bad == nil && !n.best && n.better(t.tip())
	}
	if !holds(t.lead) {
		t.lead = t.choose(func(n *node) bool { return n.bad == nil })
	}
	if !holds(t.ready) {
		t.ready = t.choose(func(n *node) bool { return n.joined && n.bad == nil })
		if t.ready == t.tip() {
			t.ready = nil
		}
	}
}

// choose is the best of the nodes that are ok, the first seen among equals,
// and the tip when none is better.
func (t *tree) choose(ok func(*node) bool) *node {
	best := t.tip()
	var list []*node
	for _, n := range t.nodes {
		if !n.best && ok(n) && n.better(best) {
			list = append(list, n)
		}
	}
	slices.SortFunc(list, func(a, b *node) int { return cmp.Compare(a.seq, b.seq) })
	for _, n := range list {
		if n.better(best) {
			best = n
		}
	}
	return best
}

// fork is the best chain's last node that is n or below it.
func (t *tree) fork(n *node) *node {
	for !n.best {
		n = n.parent
	}
	return n
}

// path lists the nodes above the best chain up to n, ascending.
func (t *tree) path(n *node) []*node {
	var out []*node
	for ; !n.best; n = n.parent {
		out = append(out, n)
	}
	slices.Reverse(out)
	return out
}

// move makes the last of path the tip; path starts above fork. Then it forgets
// what can no longer become the best chain: branches that leave it more than
// MaxReorg below the tip, and nodes far below.
func (t *tree) move(fork *node, path []*node) {
	for t.tip() != fork {
		n := t.tip()
		t.best = t.best[:len(t.best)-1]
		n.best = false
		t.loose += n.stored
	}
	for _, n := range path {
		t.loose -= n.stored
		n.stored = max(1, n.stored)
		n.best, n.joined, n.connected = true, true, true
		t.best = append(t.best, n)
	}
	for _, n := range path {
		for _, k := range n.kids {
			t.join(k)
		}
	}
	t.prune()
	t.review()
}

func (t *tree) prune() {
	tip := t.tip().height()
	for i, n := range t.best {
		if n.height()+consensus.MaxReorg >= tip {
			break
		}
		if len(n.kids) < 2 && (len(n.kids) == 0 || n.kids[0].best) {
			continue
		}
		for _, k := range n.kids {
			if !k.best {
				t.drop(k)
			}
		}
		n.kids = []*node{t.best[i+1]}
	}
	if len(t.best) > keepNodes+1 {
		cut := len(t.best) - keepNodes - 1
		for _, n := range t.best[:cut] {
			delete(t.nodes, n.hash)
			n.kids = nil
		}
		t.best = append([]*node(nil), t.best[cut:]...)
		t.best[0].parent = nil
	}
}
