package chain

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"testing"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

func sampleUpdate() *consensus.Update {
	return &consensus.Update{
		Changes: []consensus.Change{
			{Table: consensus.TableUTXO, Key: []byte("inserted"), New: []byte("new")},
			{Table: consensus.TableUTXO, Key: []byte("removed"), Old: []byte("old")},
			{Table: consensus.TableEvidence, Key: []byte("empty to empty"), Old: []byte{}, New: []byte{}},
			{Table: consensus.TableScalar, Key: []byte("changed"), Old: []byte("old"), New: []byte("new")},
		},
		Income: consensus.Income{
			Producer: 1, Foundation: 2, DappFund: 3, Fees: 4, Bids: 5, FundBids: 6, Reserve: 7,
			Developers: []consensus.Payment{{Dapp: types.Hash{1}, Address: types.Address{2}, Amount: 3}},
			Credits:    []consensus.Payment{{Address: types.Address{4}, Amount: 5}, {Address: types.Address{6}, Amount: 7}},
		},
	}
}

func TestUpdateCodec(t *testing.T) {
	for _, u := range []*consensus.Update{{}, sampleUpdate()} {
		b := appendUpdate(nil, u)
		got, err := decodeUpdate(b)
		if err != nil || !reflect.DeepEqual(got, u) {
			t.Fatalf("%+v, %v", got, err)
		}
		for n := range b {
			if _, err := decodeUpdate(b[:n]); err == nil {
				t.Fatalf("decoded %d of %d bytes", n, len(b))
			}
		}
		if _, err := decodeUpdate(append(b, 0)); err == nil {
			t.Fatal("decoded a trailing byte")
		}
	}
}

func FuzzDecodeUpdate(f *testing.F) {
	f.Add(appendUpdate(nil, sampleUpdate()))
	f.Add(appendUpdate(nil, &consensus.Update{}))
	f.Add([]byte{1, 1, 1, 'k', 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		u, err := decodeUpdate(b)
		if err == nil && !bytes.Equal(appendUpdate(nil, u), b) {
			t.Fatal("decodes to something else")
		}
	})
}

func FuzzDecodeSide(f *testing.F) {
	f.Add(appendSide(nil, types.SideBlock{{1, 2}, {3}}))
	f.Add([]byte{0})
	f.Add([]byte{0xfd, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		side, err := decodeSide(b, types.ChainWork)
		if err == nil && !bytes.Equal(appendSide(nil, side), b) {
			t.Fatal("decodes to something else")
		}
	})
}

func TestAfter(t *testing.T) {
	for _, c := range []struct{ prefix, want string }{
		{"a", "b"}, {"ab\xff", "ac"}, {"\x00\xff\xff", "\x01"},
	} {
		if got := after([]byte(c.prefix)); string(got) != c.want {
			t.Errorf("after %q comes %q", c.prefix, got)
		}
	}
}

func TestRateCompares(t *testing.T) {
	big := types.MaxAmount
	for _, c := range []struct {
		a, b rate
		want int
	}{
		{rate{1, 2}, rate{2, 4}, 0},
		{rate{1, 2}, rate{1, 3}, 1},
		{rate{big - 1, 400_000}, rate{big, 400_000}, -1},
		{rate{0, 1}, rate{1, 1 << 30}, -1},
	} {
		if got := c.a.cmp(c.b); got != c.want {
			t.Errorf("%v against %v: %d", c.a, c.b, got)
		}
	}
}

// grow adds a header-only child.
func grow(t *tree, parent *node, slot uint64, tie byte) *node {
	n := &node{parent: parent, tie: types.Hash{tie}}
	n.header.Height, n.header.Slot = parent.height()+1, slot
	n.hash = types.Hash{byte(t.seq), byte(t.seq >> 8), byte(t.seq >> 16), 1}
	t.add(n)
	return n
}

func plainTree(blocks int) *tree {
	t := newTree()
	root := &node{}
	t.extendBest(root)
	for range blocks {
		n := grow(t, t.tip(), t.tip().header.Slot+1, 0)
		t.move(t.tip(), []*node{n})
	}
	return t
}

func TestTreeIsBounded(t *testing.T) {
	tr := plainTree(100)
	old := grow(tr, tr.at(90), 200, 0)
	for i := range maxSideNodes + 500 {
		grow(tr, tr.at(uint32(95+i%5)), uint64(200+i), 0)
	}
	if n := len(tr.nodes) - len(tr.best); n > maxSideNodes+1 {
		t.Fatalf("%d side nodes", n)
	}
	if tr.nodes[old.hash] != nil {
		t.Fatal("the lowest leaf stayed")
	}
	// The best header chain is not pushed out, however long.
	lead := tr.tip()
	var first *node
	for i := range 500 {
		lead = grow(tr, lead, uint64(10_000+i), 0)
		if first == nil {
			first = lead
		}
	}
	for i := range 300 {
		grow(tr, tr.at(99), uint64(20_000+i), 0)
	}
	if tr.lead != lead || tr.nodes[first.hash] == nil || len(tr.path(lead)) != 500 {
		t.Fatal("the best header chain was pushed out")
	}
}

func TestTreeForgets(t *testing.T) {
	tr := plainTree(400)
	if len(tr.best) != keepNodes+1 || len(tr.nodes) != len(tr.best) {
		t.Fatalf("%d of %d nodes kept", len(tr.best), len(tr.nodes))
	}
	if tr.at(50) != nil || tr.at(401) != nil || tr.at(400) != tr.tip() {
		t.Fatal("at")
	}
	if tr.best[0].parent != nil {
		t.Fatal("the bottom holds on to what is below")
	}
	side := grow(tr, tr.at(300), 1000, 0)
	tr.setStored(side, 77)
	child := grow(tr, side, 1001, 0)
	if tr.loose != 77 || !side.joined || child.joined {
		t.Fatalf("%d loose bytes", tr.loose)
	}
	for range 300 - (400 - consensus.MaxReorg) + 1 {
		n := grow(tr, tr.tip(), tr.tip().header.Slot+1, 0)
		tr.move(tr.tip(), []*node{n})
	}
	if tr.nodes[side.hash] != nil || tr.nodes[child.hash] != nil || tr.loose != 0 {
		t.Fatal("a branch too deep to matter stayed")
	}
	if len(tr.removed) != 1 || tr.removed[0] != side {
		t.Fatal("its block is not given up")
	}
}

// Whatever is added and stored in whatever order, lead and ready are what a
// full search finds.
func TestTreeChoosesAsFullSearch(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for range 200 {
		tr := plainTree(3)
		all := []*node{tr.at(1), tr.at(2), tr.at(3)}
		for range 40 {
			n := all[rng.IntN(len(all))]
			switch rng.IntN(5) {
			case 0, 1:
				if n.bad != nil {
					continue
				}
				all = append(all, grow(tr, n, n.header.Slot+1+uint64(rng.IntN(2)), byte(rng.IntN(9))))
			case 2, 3:
				if n.stored == 0 {
					tr.setStored(n, 1)
				}
			case 4:
				if !n.best && rng.IntN(4) == 0 {
					tr.setBad(n, consensus.ErrScript)
				}
			}
			check := func(got *node, ok func(*node) bool) {
				for _, o := range tr.nodes {
					if !o.best && ok(o) && o.better(tr.tip()) && o.better(got) && o.height() > got.height() {
						t.Fatalf("height %d chosen, %d is there", got.height(), o.height())
					}
				}
			}
			check(tr.lead, func(o *node) bool { return o.bad == nil })
			got := tr.ready
			if got == nil {
				got = tr.tip()
			}
			check(got, func(o *node) bool { return o.joined && o.bad == nil })
			if got.bad != nil || tr.lead.bad != nil {
				t.Fatal("a bad chain was chosen")
			}
		}
	}
}

func TestVerifiedSetIsBounded(t *testing.T) {
	v := newVerifiedSet()
	id := func(i int) types.Hash { return types.Hash{byte(i), byte(i >> 8), byte(i >> 16)} }
	for i := range 3 * verifiedGeneration {
		v.add(id(i))
	}
	if len(v.cur)+len(v.prev) > 2*verifiedGeneration {
		t.Fatalf("%d kept", len(v.cur)+len(v.prev))
	}
	if v.has(id(0)) || !v.has(id(3*verifiedGeneration-1)) {
		t.Fatal("wrong generation kept")
	}
}

func TestPoolLogIsBounded(t *testing.T) {
	l := newPoolLog()
	for range 5 * maxPoolLog {
		l.add(types.Hash{}, true)
	}
	if len(l.events) > 2*maxPoolLog || l.next() != 5*maxPoolLog+1 {
		t.Fatalf("%d events, next %d", len(l.events), l.next())
	}
}

func TestListCacheIsBounded(t *testing.T) {
	c := newListCache(types.NetworkID{})
	l := &consensus.SeatList{}
	for i := range maxOffered + 5 {
		c.add(types.Hash{byte(i)}, l)
		c.add(types.Hash{byte(i)}, l)
	}
	if len(c.lists) != maxOffered || c.get(types.Hash{4}) != nil || c.get(types.Hash{maxOffered}) == nil {
		t.Fatal("wrong lists kept")
	}
}
