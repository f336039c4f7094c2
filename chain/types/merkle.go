package types

// MerkleRoot is the root over the leaves: tagged leaf and node hashes, an odd
// node is promoted (PROTOCOL §10). The tags keep a leaf from being passed off
// as a node; promotion, unlike Bitcoin's duplication, gives each list its own
// root (CVE-2012-2459). No leaves give the zero hash.
func (n NetworkID) MerkleRoot(leaves [][]byte) Hash {
	if len(leaves) == 0 {
		return Hash{}
	}
	level := n.leafLevel(leaves)
	for len(level) > 1 {
		level = n.nextLevel(level)
	}
	return level[0]
}

func (n NetworkID) leafLevel(leaves [][]byte) []Hash {
	level := make([]Hash, len(leaves))
	for i, l := range leaves {
		level[i] = n.TaggedHash("leaf", l)
	}
	return level
}

// nextLevel hashes a level's pairs, in place.
func (n NetworkID) nextLevel(level []Hash) []Hash {
	next := level[:0]
	for i := 0; i < len(level); i += 2 {
		if i+1 == len(level) {
			next = append(next, level[i])
			break
		}
		next = append(next, n.TaggedHash("node", level[i][:], level[i+1][:]))
	}
	return next
}

// MerkleProof is the path from leaf Index of Count leaves to a root.
type MerkleProof struct {
	Index, Count int
	Path         []Hash
}

// MerkleProof makes the proof for leaf i. It panics when i is out of range.
func (n NetworkID) MerkleProof(leaves [][]byte, i int) MerkleProof {
	p := MerkleProof{Index: i, Count: len(leaves)}
	for level := n.leafLevel(leaves); len(level) > 1; level, i = n.nextLevel(level), i/2 {
		if sib := i ^ 1; sib < len(level) {
			p.Path = append(p.Path, level[sib])
		}
	}
	return p
}

// VerifyMerkle reports whether p leads from leaf to root.
func (n NetworkID) VerifyMerkle(root Hash, leaf []byte, p MerkleProof) bool {
	if p.Index < 0 || p.Index >= p.Count {
		return false
	}
	h, path := n.TaggedHash("leaf", leaf), p.Path
	for i, count := p.Index, p.Count; count > 1; i, count = i/2, (count+1)/2 {
		if i^1 >= count {
			continue
		}
		if len(path) == 0 {
			return false
		}
		if i&1 == 0 {
			h = n.TaggedHash("node", h[:], path[0][:])
		} else {
			h = n.TaggedHash("node", path[0][:], h[:])
		}
		path = path[1:]
	}
	return len(path) == 0 && h == root
}
