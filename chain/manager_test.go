package chain_test

import (
	"errors"
	"testing"

	"supercomputing/chain"
	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

func TestOpenBeginsWithGenesis(t *testing.T) {
	g := newGen(t, nil)
	m, _ := newManager(t, g)
	wantTip(t, m, g)
	audit(t, m)
	if h, err := m.BlockHash(0); err != nil || h != g.State.Hash {
		t.Fatalf("block 0 is %v, %v", h, err)
	}
	b, err := m.Block(g.State.Hash)
	if err != nil || b.Hash() != g.State.Hash {
		t.Fatalf("genesis: %v", err)
	}
	_, err = m.BlockHash(1)
	wantErr(t, err, chain.ErrUnknownBlock)
	_, err = m.Block(types.Hash{1})
	wantErr(t, err, chain.ErrUnknownBlock)
	_, err = m.Header(types.Hash{1})
	wantErr(t, err, chain.ErrUnknownBlock)
}

func TestOpenRefusesAnotherNetwork(t *testing.T) {
	g := newGen(t, nil)
	store := chain.NewMemStore()
	open(t, g.Params, store, newClock(g.Params))
	other := chaintest.Params(people, func(p *consensus.Params) { p.GenesisTime++ })
	_, err := chain.Open(other, store, chain.Options{})
	wantErr(t, err, chain.ErrWrongNetwork)
}

func TestFollowAndReopen(t *testing.T) {
	t.Parallel()
	g := newGen(t, nil)
	store, c := chain.NewMemStore(), newClock(g.Params)
	m := open(t, g.Params, store, c)
	for i := range 70 { // over several epochs
		var txs []*types.Tx
		if i%7 == 0 {
			txs = append(txs, pay(g, ann, bob, types.Coin, 0))
		}
		add(t, m, g.Extend(txs...))
		wantTip(t, m, g)
	}
	audit(t, m)
	wantErr(t, m.AddBlock(g.Tip()), chain.ErrKnown)

	m = open(t, g.Params, store, c)
	wantTip(t, m, g)
	for range 40 {
		add(t, m, g.Extend())
	}
	wantTip(t, m, g)
	audit(t, m)
}

// What Open rebuilds from undo data must be what following made.
func TestReopenedManagerReorganises(t *testing.T) {
	t.Parallel()
	g := newGen(t, nil)
	store, c := chain.NewMemStore(), newClock(g.Params)
	m := open(t, g.Params, store, c)
	g.ExtendBy(30)
	fork := g.Clone(t)
	fork.SkipTo(g.State.Slot + 40)
	g.ExtendBy(20)
	fork.ExtendBy(25)
	add(t, m, blocks(g, 0)...)
	add(t, m, blocks(fork, 30)[:20]...) // beside: not better
	wantTip(t, m, g)
	m = open(t, g.Params, store, c)
	add(t, m, blocks(fork, 30)[20:]...)
	wantTip(t, m, fork)
	audit(t, m)
}

func TestHeadersFirstOutOfOrder(t *testing.T) {
	t.Parallel()
	g := newGen(t, nil)
	g.ExtendBy(60)
	m, _ := newManager(t, g)
	all := blocks(g, 0)
	if err := addHeaders(m, g, headers(all)); err != nil {
		t.Fatal(err)
	}
	if best := m.BestHeader(); best.Hash != g.State.Hash || best.Height != 60 {
		t.Fatalf("best header %+v", best)
	}
	missing := m.MissingBlocks(100)
	if len(missing) != 60 || missing[0] != all[0].Hash() {
		t.Fatalf("%d blocks missing", len(missing))
	}
	for i := len(all) - 1; i > 0; i-- {
		add(t, m, all[i])
	}
	if m.Tip().Height != 0 {
		t.Fatal("connected without the first block")
	}
	if missing := m.MissingBlocks(100); len(missing) != 1 || missing[0] != all[0].Hash() {
		t.Fatalf("missing: %v", missing)
	}
	add(t, m, all[0])
	wantTip(t, m, g)
	audit(t, m)
	if m.MissingBlocks(10) != nil {
		t.Fatal("blocks missing at the tip")
	}
}

// addHeaders follows headers as gossip does: it hands in the seat lists that
// are asked for.
func addHeaders(m *chain.Manager, g *chaintest.Generator, hs []types.Header) error {
	for {
		err := m.AddHeaders(hs)
		var need *consensus.NeedListError
		if !errors.As(err, &need) {
			return err
		}
		l := drawn(g, need.Root)
		if l == nil {
			return err
		}
		m.AddSeatList(l)
	}
}

// drawn finds a list among those that the generator's blocks drew.
func drawn(g *chaintest.Generator, root types.Hash) *consensus.SeatList {
	for _, a := range g.Blocks() {
		if l := listIn(g.Params, a.Update, root); l != nil {
			return l
		}
	}
	return nil
}

func listIn(p *consensus.Params, u *consensus.Update, root types.Hash) *consensus.SeatList {
	for _, c := range u.Changes {
		if c.Table != consensus.TableSeats || c.New == nil {
			continue
		}
		if l, err := consensus.DecodeSeatList(c.New); err == nil && l.Root(p.ID) == root {
			return l
		}
	}
	return nil
}

func TestHeadersNeedSeatLists(t *testing.T) {
	t.Parallel()
	// With one producer every list is the same, and never asked for.
	g := newGen(t, twoProducers)
	g.KnowProducers(bob)
	for g.Params.Epoch(g.State.Slot) < 2 {
		g.Extend()
	}
	m, _ := newManager(t, g)
	err := m.AddHeaders(headers(blocks(g, 0)))
	var need *consensus.NeedListError
	if !errors.As(err, &need) {
		t.Fatalf("got %v", err)
	}
	if m.SeatList(need.Root) != nil {
		t.Fatal("has the list it asks for")
	}
	if err := addHeaders(m, g, headers(blocks(g, 0))); err != nil {
		t.Fatal(err)
	}
	if m.BestHeader().Hash != g.State.Hash {
		t.Fatal("headers missing")
	}
	if m.SeatList(need.Root) == nil {
		t.Fatal("list forgotten")
	}

	// With blocks nobody needs to be asked, and the lists can be served.
	m, _ = newManager(t, g)
	add(t, m, blocks(g, 0)...)
	wantTip(t, m, g)
	if l := m.SeatList(need.Root); l == nil || l.Root(g.Params.ID) != need.Root {
		t.Fatal("list not served")
	}
}

// twoProducers shares the seats between the bootstrap key and bob.
func twoProducers(p *consensus.Params) {
	p.Bootstrap = append(p.Bootstrap, consensus.Bootstrap{Address: bob.Address(), VRFKey: bob.VRFKey().Public(), Share: 1})
}

func TestHeaderErrors(t *testing.T) {
	g := newGen(t, nil)
	g.ExtendBy(5)
	bs := blocks(g, 0)
	for _, c := range []struct {
		name   string
		change func(h *types.Header)
		want   error
	}{
		{"unknown parent", func(h *types.Header) { h.PrevHash[0]++ }, chain.ErrOrphan},
		{"signature", func(h *types.Header) { h.Signature[5]++ }, consensus.ErrHeaderSig},
		{"height", func(h *types.Header) { h.Height++ }, consensus.ErrHeight},
		{"slot", func(h *types.Header) { h.Slot = 0 }, consensus.ErrSlot},
		{"future", func(h *types.Header) { h.Slot = 1 << 40 }, chain.ErrFuture},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, _ := newManager(t, g)
			add(t, m, bs[:3]...)
			h := bs[3].Header
			c.change(&h)
			wantErr(t, m.AddHeaders([]types.Header{h}), c.want)
			add(t, m, bs[3]) // the good one is not shut out
		})
	}
}

func TestCheckpoint(t *testing.T) {
	g := newGen(t, nil)
	g.ExtendBy(5)
	p := *g.Params
	p.Checkpoints = []consensus.Checkpoint{{Height: 3, Hash: types.Hash{9}}}
	m := open(t, &p, chain.NewMemStore(), newClock(&p))
	bs := blocks(g, 0)
	add(t, m, bs[:2]...)
	wantErr(t, m.AddBlock(bs[2]), chain.ErrCheckpoint)
}

func TestLocatorFindsTheFork(t *testing.T) {
	t.Parallel()
	g := newGen(t, nil)
	g.ExtendBy(40)
	fork := g.Clone(t)
	fork.SkipTo(g.State.Slot + 30)
	g.ExtendBy(20)
	fork.ExtendBy(10)
	a, _ := newManager(t, g)
	add(t, a, blocks(g, 0)...)
	b, _ := newManager(t, g)
	add(t, b, blocks(fork, 0)...)

	hs := a.HeadersAfter(b.Locator(), 2000)
	if len(hs) == 0 || hs[0].Height > 41 || hs[len(hs)-1].Hash() != a.Tip().Hash {
		t.Fatalf("%d headers", len(hs))
	}
	if err := b.AddHeaders(hs); err != nil {
		t.Fatal(err)
	}
	for _, hash := range b.MissingBlocks(100) {
		blk, err := a.Block(hash)
		if err != nil {
			t.Fatal(err)
		}
		add(t, b, blk)
	}
	wantTip(t, b, g)
	if hs := a.HeadersAfter(b.Locator(), 5); len(hs) != 0 {
		t.Fatalf("%d headers after the tip", len(hs))
	}
	if hs := a.HeadersAfter(nil, 7); len(hs) != 7 || hs[0].Height != 1 {
		t.Fatalf("%d headers after genesis", len(hs))
	}
}
