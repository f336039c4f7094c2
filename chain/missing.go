package chain

import (
	"cmp"
	"slices"

	"supercomputing/chain/types"
)

// MissingBlocks lists up to max blocks that are not stored yet: those of the
// best header chain in the order in which they will connect, then, of each
// other branch that is better than the tip, the first ones. A header does not
// show that its block can be had: whoever asked for the best chain's blocks
// alone would wait for ever when a leader keeps one back.
func (m *Manager) MissingBlocks(max int) []types.Hash {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.tree.missing(max)
}

func (t *tree) missing(max int) []types.Hash {
	path := t.path(t.lead)
	first := slices.IndexFunc(path, func(n *node) bool { return n.stored == 0 })
	if first < 0 {
		return nil // the tip, or about to be
	}
	rivals := t.rivals(path[first], len(path))
	room := max
	if len(rivals) > 0 {
		room -= max / 4
	}
	out := t.lacking(nil, path[first:], room)
	for depth := 0; depth < maxBlocksAhead && len(out) < max; depth++ {
		for _, branch := range rivals {
			if depth < len(branch) {
				out = t.lacking(out, branch[depth:depth+1], max)
			}
		}
	}
	return out
}

// lacking appends the hashes of those of path that are not stored, as long as
// there are fewer than max and they are not too far ahead.
func (t *tree) lacking(out []types.Hash, path []*node, max int) []types.Hash {
	for _, n := range path {
		if len(out) >= max || n.height() > t.tip().height()+maxBlocksAhead {
			break
		}
		if n.stored == 0 {
			out = append(out, n.hash)
		}
	}
	return out
}

// rivals finds the branches beside the best header chain that are better than
// the tip, each from the first block it lacks up, the best first. lead is the
// first block that the best header chain lacks, ahead that chain's length. Of
// the headers that one leader signed for one slot one counts: it can make any
// number of them.
func (t *tree) rivals(lead *node, ahead int) [][]*node {
	if len(t.nodes) == len(t.best)+ahead {
		return nil
	}
	type rival struct{ first, top *node }
	var list []rival
	for _, n := range t.nodes {
		if n.best || n == lead || n.stored > 0 || n.bad != nil || !n.parent.joined {
			continue
		}
		if top := t.top(n); top.better(t.tip()) {
			list = append(list, rival{n, top})
		}
	}
	slices.SortFunc(list, func(a, b rival) int {
		return cmp.Or(cmp.Compare(b.top.height(), a.top.height()), cmp.Compare(a.first.seq, b.first.seq))
	})
	type turn struct {
		producer types.Address
		slot     uint64
	}
	seen := map[turn]bool{{lead.header.Producer, lead.header.Slot}: true}
	var out [][]*node
	for _, r := range list {
		who := turn{r.first.header.Producer, r.first.header.Slot}
		if seen[who] {
			continue
		}
		seen[who] = true
		branch := []*node{r.top}
		for n := r.top; n != r.first; n = n.parent {
			branch = append(branch, n.parent)
		}
		slices.Reverse(branch)
		out = append(out, branch)
	}
	return out
}

// top is the best node from n up, the first seen among equals.
func (t *tree) top(n *node) *node {
	best := n
	for todo := []*node{n}; len(todo) > 0; {
		n := todo[len(todo)-1]
		todo = append(todo[:len(todo)-1], n.kids...)
		if n.height() > best.height() || n.height() == best.height() && n.seq < best.seq {
			best = n
		}
	}
	return best
}
