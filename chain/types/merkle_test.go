package types

import "testing"

func merkleLeaves(n int) [][]byte {
	leaves := make([][]byte, n)
	for i := range leaves {
		leaves[i] = []byte{byte(i), byte(i >> 8)}
	}
	return leaves
}

// The definition, recursively: a tree of n leaves has the largest power of two
// below n at the left (what promoting odd nodes comes to).
func slowRoot(n NetworkID, leaves [][]byte) Hash {
	if len(leaves) == 1 {
		return n.TaggedHash("leaf", leaves[0])
	}
	k := 1
	for k*2 < len(leaves) {
		k *= 2
	}
	l, r := slowRoot(n, leaves[:k]), slowRoot(n, leaves[k:])
	return n.TaggedHash("node", l[:], r[:])
}

func TestMerkle(t *testing.T) {
	n := NetworkID{5}
	if n.MerkleRoot(nil) != (Hash{}) {
		t.Error("no leaves have a root")
	}
	for count := 1; count <= 70; count++ {
		leaves := merkleLeaves(count)
		root := n.MerkleRoot(leaves)
		if root != slowRoot(n, leaves) {
			t.Fatalf("%d leaves: wrong root", count)
		}
		for i := range leaves {
			p := n.MerkleProof(leaves, i)
			if !n.VerifyMerkle(root, leaves[i], p) {
				t.Fatalf("%d leaves: proof of leaf %d does not verify", count, i)
			}
			if len(p.Path) > 7 {
				t.Errorf("%d leaves: a path of %d", count, len(p.Path))
			}
		}
	}
}

func TestMerkleProofRefuses(t *testing.T) {
	n := NetworkID{5}
	for _, count := range []int{1, 2, 3, 5, 8, 13} {
		leaves := merkleLeaves(count)
		root := n.MerkleRoot(leaves)
		for i := range leaves {
			good := n.MerkleProof(leaves, i)
			bad := map[string]MerkleProof{
				"negative":   {-1, count, good.Path},
				"beyond":     {count, count, good.Path},
				"no leaves":  {0, 0, good.Path},
				"longer":     {i, count, append(append([]Hash(nil), good.Path...), Hash{})},
				"other root": {i, count, append([]Hash(nil), good.Path...)},
			}
			if len(good.Path) > 0 {
				bad["shorter"] = MerkleProof{i, count, good.Path[1:]}
				p := append([]Hash(nil), good.Path...)
				p[len(p)-1][0] ^= 1
				bad["altered"] = MerkleProof{i, count, p}
				bad["sibling"] = MerkleProof{i ^ 1, count, good.Path}
			}
			for name, p := range bad {
				r := root
				if name == "other root" {
					r[0] ^= 1
				}
				if n.VerifyMerkle(r, leaves[i], p) {
					t.Errorf("%d leaves, leaf %d: %s proof verifies", count, i, name)
				}
			}
			if n.VerifyMerkle(root, []byte("other"), good) || (NetworkID{}).VerifyMerkle(root, leaves[i], good) {
				t.Errorf("%d leaves, leaf %d: proves another leaf or network", count, i)
			}
		}
	}
}

// CVE-2012-2459: repeating the last leaf must not give the same root; and an
// inner node must not pass for a leaf.
func TestMerkleAmbiguity(t *testing.T) {
	n := NetworkID{5}
	for _, count := range []int{1, 3, 5, 6, 7} {
		leaves := merkleLeaves(count)
		if n.MerkleRoot(leaves) == n.MerkleRoot(append(leaves, leaves[count-1])) {
			t.Errorf("%d leaves and one repeated have one root", count)
		}
	}
	l := merkleLeaves(4)
	a, b := n.TaggedHash("leaf", l[0]), n.TaggedHash("leaf", l[1])
	c, d := n.TaggedHash("leaf", l[2]), n.TaggedHash("leaf", l[3])
	if n.MerkleRoot(l) == n.MerkleRoot([][]byte{append(a[:], b[:]...), append(c[:], d[:]...)}) {
		t.Error("two inner nodes pass for leaves")
	}
}

func FuzzVerifyMerkle(f *testing.F) {
	f.Add(uint8(5), uint8(2), []byte("x"))
	f.Add(uint8(1), uint8(0), []byte{})
	f.Fuzz(func(t *testing.T, count, index uint8, path []byte) {
		n := NetworkID{5}
		leaves := merkleLeaves(int(count))
		p := MerkleProof{Index: int(index), Count: int(count)}
		for len(path) >= 32 {
			p.Path, path = append(p.Path, Hash(path[:32])), path[32:]
		}
		if n.VerifyMerkle(n.MerkleRoot(leaves), []byte("no leaf"), p) {
			t.Fatal("a made-up proof verifies")
		}
	})
}
