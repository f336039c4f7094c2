package chain_test

import (
	"slices"
	"testing"

	"supercomputing/chain"
	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// A block that is stored again after the tree forgot it must not be deleted
// together with what the tree forgot.
func TestForgottenBlockComesAgain(t *testing.T) {
	g := newGen(t, nil)
	g.ExtendBy(8)
	all := blocks(g, 0)
	store, c := chain.NewMemStore(), newClock(g.Params)
	m := open(t, g.Params, store, c)
	if err := addHeaders(m, g, headers(all)); err != nil {
		t.Fatal(err)
	}
	add(t, m, all[0], all[5], all[6])

	m = open(t, g.Params, store, c) // without the headers between
	if err := addHeaders(m, g, headers(all)); err != nil {
		t.Fatal(err)
	}
	add(t, m, all[5]) // again, before anything connects
	add(t, m, all[1:5]...)
	add(t, m, all[6:]...)
	wantTip(t, m, g)
	audit(t, m)
	for _, b := range all {
		if _, err := m.Block(b.Hash()); err != nil {
			t.Fatal(err)
		}
	}
	wantTip(t, open(t, g.Params, store, c), g)
}

// The body of a block that is too early is checked like any other: a wrong one
// must not take the place of the right one.
func TestHeldBodyIsChecked(t *testing.T) {
	g := newGen(t, nil)
	g.ExtendBy(5)
	m, c := newManager(t, g)
	bs := blocks(g, 0)
	add(t, m, bs[:4]...)
	c.at(g.Params, bs[4].Header.Slot-2)
	wrong := *bs[4]
	wrong.Txs = bs[3].Txs
	wantErr(t, m.AddBlock(&wrong), consensus.ErrTxRoot)
	wantErr(t, m.AddBlock(bs[4]), chain.ErrFuture)
	c.at(g.Params, bs[4].Header.Slot)
	wantErr(t, m.AddBlock(bs[0]), chain.ErrKnown)
	wantTip(t, m, g)
}

// A block of the far future costs nothing to refuse: the seeds up to its epoch
// are not computed before anybody's proof or signature was seen.
func TestFarFutureIsNotExamined(t *testing.T) {
	g := newGen(t, nil)
	g.ExtendBy(2)
	m, c := newManager(t, g)
	bs := blocks(g, 0)
	add(t, m, bs[0])
	c.at(g.Params, bs[1].Header.Slot)
	far := *bs[1]
	far.Header.Slot += 1 << 20 * g.Params.EpochSlots
	wantErr(t, m.AddBlock(&far), chain.ErrFuture)
	if m.Held() != 0 {
		t.Fatal("held")
	}
}

// A wrong ticket is its sender's fault: a thousand of them take a tenth of a
// second to check, and the job they speak of cannot have another author.
func TestWrongTicketIsTheSendersFault(t *testing.T) {
	g := newGen(t, nil)
	post := g.Post(ann, types.Coin, 100)
	g.Extend(post)
	m, _ := newManager(t, g)
	add(t, m, blocks(g, 0)...)
	bad := g.TicketScore(bob, cid, post.ID(), types.Coin)
	err := m.AddTx(bad)
	wantErr(t, err, consensus.ErrTicket)
	if !consensus.IsRule(err) {
		t.Fatal(err)
	}
}

// beforeMiddle extends g up to the last block of an epoch's first half.
func beforeMiddle(g *chaintest.Generator) {
	for {
		if slot, _, _ := g.Lead(); g.Params.SecondHalf(slot) {
			return
		}
		g.Extend()
	}
}

// The header that names a new seat list is checked against the list that the
// state draws there, even if the one it names is known.
func TestInventedSeatList(t *testing.T) {
	g := newGen(t, nil)
	beforeMiddle(g)
	m, _ := newManager(t, g)
	add(t, m, blocks(g, 0)...)
	invented := &consensus.SeatList{Seats: []consensus.Seat{
		{Address: bob.Address(), VRFKey: bob.VRFKey().Public(), Count: consensus.SeatCount}}}
	m.AddSeatList(invented)
	next := g.Build()
	bad := g.MutateHeader(next, func(h *types.Header) { h.ProducersRoot = invented.Root(g.Params.ID) })
	wantErr(t, m.AddHeaders([]types.Header{bad.Header}), consensus.ErrProducersRoot)
	if best := m.BestHeader(); best.Hash != g.State.Hash {
		t.Fatal("followed")
	}
	add(t, m, next)
}

// A leader that keeps its block back after its header went around must not
// stop the chain: what others make in its stead is downloaded too.
func TestWithheldBlock(t *testing.T) {
	g := newGen(t, twoProducers)
	g.KnowProducers(bob)
	g.ExtendBy(4)
	rival := g.Clone(t)
	g.ExtendBy(6)
	rival.SkipTo(g.State.Slot + 1)
	rival.ExtendBy(3)
	kept, others := blocks(g, 4), blocks(rival, 4)
	m, _ := newManager(t, g)
	add(t, m, blocks(g, 0)[:4]...)
	if err := addHeaders(m, g, headers(kept)); err != nil {
		t.Fatal(err)
	}
	if err := addHeaders(m, rival, headers(others)); err != nil {
		t.Fatal(err)
	}
	// A hundred more headers by the same leader for the same slot change nothing.
	for i := range 100 {
		h := rival.MutateHeader(others[0], func(h *types.Header) { h.TxRoot[0] ^= byte(i + 1) })
		if err := m.AddHeaders([]types.Header{h.Header}); err != nil {
			t.Fatal(err)
		}
	}
	want := append(headers(kept), headers(others)...)
	for {
		missing := m.MissingBlocks(100)
		if len(missing) != len(want) {
			t.Fatalf("%d blocks missing, want %d", len(missing), len(want))
		}
		for i := range want {
			if missing[i] != want[i].Hash() {
				t.Fatalf("missing block %d is another", i)
			}
		}
		if len(want) == len(kept) {
			break
		}
		next := others[len(others)-(len(want)-len(kept))]
		add(t, m, next)
		want = slices.Delete(want, len(kept), len(kept)+1)
	}
	wantTip(t, m, rival)
	if missing := m.MissingBlocks(4); len(missing) != 4 {
		t.Fatalf("%d of 4 blocks", len(missing))
	}
	add(t, m, kept...)
	wantTip(t, m, g)
}

// However long the header chain whose blocks are kept back, there is room to
// ask for others.
func TestWithheldLongChain(t *testing.T) {
	g := newGen(t, nil)
	g.ExtendBy(2)
	rival := g.Clone(t)
	g.ExtendBy(40)
	rival.SkipTo(g.Blocks()[3].Block.Header.Slot + 1)
	rival.ExtendBy(9)
	m, _ := newManager(t, g)
	add(t, m, blocks(g, 0)[:2]...)
	if err := addHeaders(m, g, headers(blocks(g, 2))); err != nil {
		t.Fatal(err)
	}
	if err := addHeaders(m, rival, headers(blocks(rival, 2))); err != nil {
		t.Fatal(err)
	}
	missing := m.MissingBlocks(16)
	if len(missing) != 16 || missing[0] != blocks(g, 2)[0].Hash() || missing[12] != blocks(rival, 2)[0].Hash() {
		t.Fatalf("%d blocks missing", len(missing))
	}
	add(t, m, blocks(rival, 2)...)
	wantTip(t, m, rival)
}
