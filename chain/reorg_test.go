package chain_test

import (
	"bytes"
	"testing"

	"supercomputing/chain"
	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

func TestForkChoice(t *testing.T) {
	g := newGen(t, nil)
	g.ExtendBy(10)
	late := g.Clone(t)
	late.SkipTo(g.State.Slot + 20)
	g.ExtendBy(3)
	late.ExtendBy(5)
	ours, theirs := blocks(g, 10), blocks(late, 10)

	for _, c := range []struct {
		name string
		add  []*types.Block
		want *types.Block
	}{
		{"fewer blocks lose", []*types.Block{ours[0], ours[1], theirs[0]}, ours[1]},
		{"equal: the first seen stays", []*types.Block{ours[0], ours[1], theirs[0], theirs[1]}, ours[1]},
		{"equal the other way round", []*types.Block{theirs[0], theirs[1], ours[0], ours[1]}, theirs[1]},
		{"more blocks win", []*types.Block{ours[0], theirs[0], theirs[1]}, theirs[1]},
		{"and win back", []*types.Block{ours[0], theirs[0], theirs[1], ours[1], ours[2]}, ours[2]},
		{"a parent that comes late", []*types.Block{ours[0], theirs[0], ours[1], theirs[2]}, ours[1]},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, _ := newManager(t, g)
			add(t, m, blocks(g, 0)[:10]...)
			for _, b := range c.add {
				if err := m.AddBlock(b); err != nil && c.name != "a parent that comes late" {
					t.Fatal(err)
				}
			}
			if m.Tip().Hash != c.want.Hash() {
				t.Fatalf("tip at height %d", m.Tip().Height)
			}
			audit(t, m)
		})
	}
}

// sameSlot makes two children of g's tip by two leaders of one slot, the one
// with the lower tie hash first.
func sameSlot(t *testing.T, g *chaintest.Generator) (low, high *types.Block) {
	boot := chaintest.Bootstrap()
	for first := g.State.Slot + 1; ; {
		a, proofA := lead(t, g, boot, first)
		b, proofB := lead(t, g, bob, first)
		if a != b {
			first = max(a, b)
			continue
		}
		low, high = buildAt(t, g, boot, a, proofA), buildAt(t, g, bob, a, proofB)
		x, y := consensus.TieHash(g.Params, &low.Header), consensus.TieHash(g.Params, &high.Header)
		if bytes.Compare(x[:], y[:]) > 0 {
			low, high = high, low
		}
		return low, high
	}
}

func TestSameSlotTie(t *testing.T) {
	g := newGen(t, twoProducers)
	g.KnowProducers(bob)
	g.ExtendBy(4)
	low, high := sameSlot(t, g)
	for _, order := range [][]*types.Block{{low, high}, {high, low}} {
		m, _ := newManager(t, g)
		add(t, m, blocks(g, 0)...)
		add(t, m, order...)
		if m.Tip().Hash != low.Hash() {
			t.Fatal("the higher tie hash won")
		}
		audit(t, m)
	}
	// One more block outweighs the tie.
	if err := g.Connect(high); err != nil {
		t.Fatal(err)
	}
	g.Extend()
	m, _ := newManager(t, g)
	add(t, m, blocks(g, 0)[:4]...)
	add(t, m, low)
	add(t, m, blocks(g, 4)...)
	wantTip(t, m, g)
}

func TestReorganisationDepth(t *testing.T) {
	t.Parallel()
	oneGoroutine(t)
	g := newGen(t, nil)
	g.ExtendBy(3)
	fork := g.Clone(t)
	fork.SkipTo(g.State.Slot + 10)
	fork.Extend(pay(fork, ann, bob, types.Coin, 0))
	fork.ExtendBy(146)

	m, _ := newManager(t, g)
	ours, theirs := blocks(longChain(), 0)[:3+145], blocks(fork, 3)
	if ours[2].Hash() != g.Tip().Hash() {
		t.Fatal("the generator does not repeat itself")
	}
	add(t, m, ours[:3+144]...)
	add(t, m, theirs[:145]...)
	if m.Tip().Hash != theirs[144].Hash() {
		t.Fatal("144 blocks were not reorganised")
	}
	audit(t, m)
	add(t, m, theirs[145:]...)
	wantTip(t, m, fork)

	m, _ = newManager(t, g)
	add(t, m, ours...) // 145 above the fork
	wantErr(t, m.AddBlock(theirs[0]), chain.ErrDeepFork)

	// A branch that began in time is dropped when it falls too deep, and its
	// blocks with it.
	m, _ = newManager(t, g)
	add(t, m, ours[:10]...)
	add(t, m, theirs[:6]...)
	if m.Tip().Hash != ours[9].Hash() {
		t.Fatal("wrong tip")
	}
	add(t, m, ours[10:]...)
	wantErr(t, m.AddBlock(theirs[6]), chain.ErrOrphan)
	if best := m.BestHeader(); best.Hash != ours[147].Hash() {
		t.Fatal("a dropped branch still leads")
	}
	add(t, m, blocks(longChain(), 0)[148])
	_, err := m.Block(theirs[3].Hash())
	wantErr(t, err, chain.ErrUnknownBlock)
}

// badSpend makes a block that is valid but for a signature.
func badSpend(g *chaintest.Generator) *types.Block {
	tx := pay(g, ann, bob, types.Coin, 0)
	tx.Msg.TxIn[0].Witness[0][3] ^= 1
	return g.Build(tx)
}

func TestInvalidBranchKeepsTheOldChain(t *testing.T) {
	g := newGen(t, nil)
	g.ExtendBy(5)
	fork := g.Clone(t)
	fork.SkipTo(g.State.Slot + 20)
	g.ExtendBy(3)
	fork.ExtendBy(2)
	bad := badSpend(fork)
	// Children of the bad block, made by someone who did not check.
	res, err := consensus.Validate(fork.Params, fork.State, fork.Rows, bad)
	if err != nil {
		t.Fatal(err)
	}
	fork.Rows.Apply(res.Update)
	fork.State = res.State
	after := fork.Build()

	m, _ := newManager(t, g)
	add(t, m, blocks(g, 0)...)
	add(t, m, blocks(fork, 5)...)
	add(t, m, bad) // beside the chain, not looked at yet
	wantErr(t, m.AddBlock(after), chain.ErrBadBranch)
	wantTip(t, m, g)
	audit(t, m)
	if m.BestHeader().Hash != g.State.Hash {
		t.Fatal("an invalid branch still leads")
	}
	err = m.AddBlock(after)
	wantErr(t, err, chain.ErrBadBranch)
	if consensus.IsRule(err) {
		t.Fatal("the sender of a child is blamed for its parent")
	}
	g.Extend()
	add(t, m, g.Tip())
	wantTip(t, m, g)
}

func TestInvalidBlockAtTheTip(t *testing.T) {
	g := newGen(t, nil)
	g.ExtendBy(5)
	m, _ := newManager(t, g)
	add(t, m, blocks(g, 0)...)
	wantErr(t, m.AddBlock(badSpend(g)), consensus.ErrScript)
	wantTip(t, m, g)
	g.Release()
	add(t, m, g.Extend(pay(g, ann, bob, types.Coin, 0)))
	wantTip(t, m, g)
}

// The valid beginning of a branch is used when it is better by itself.
func TestValidPrefixOfInvalidBranch(t *testing.T) {
	g := newGen(t, nil)
	g.ExtendBy(5)
	fork := g.Clone(t)
	fork.SkipTo(g.State.Slot + 20)
	g.ExtendBy(2)
	fork.ExtendBy(3)
	bad := badSpend(fork)
	m, _ := newManager(t, g)
	add(t, m, blocks(g, 0)...)
	if err := m.AddHeaders(append(headers(blocks(fork, 5)), bad.Header)); err != nil {
		t.Fatal(err)
	}
	add(t, m, bad, blocks(fork, 5)[2], blocks(fork, 5)[1])
	add(t, m, blocks(fork, 5)[0])
	wantTip(t, m, fork)
	audit(t, m)
}

// A wrong body under a right header must not keep the right body out.
func TestWrongBodyDoesNotPoison(t *testing.T) {
	g := newGen(t, nil)
	g.ExtendBy(3)
	m, _ := newManager(t, g)
	bs := blocks(g, 0)
	add(t, m, bs[:2]...)
	for _, c := range []struct {
		name   string
		change func(b *types.Block)
		want   error
	}{
		{"no transactions", func(b *types.Block) { b.Txs = nil }, consensus.ErrNoCoinbase},
		{"another transaction", func(b *types.Block) { b.Txs = bs[1].Txs }, consensus.ErrTxRoot},
		{"a payload", func(b *types.Block) { b.Sides[0] = types.SideBlock{{1}} }, consensus.ErrSideRoot},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := *bs[2]
			c.change(&b)
			wantErr(t, m.AddBlock(&b), c.want)
		})
	}
	// The hash leaves the signature out: a spoilt one is not kept.
	b := *bs[2]
	if err := m.AddHeaders(headers(bs[2:])); err != nil {
		t.Fatal(err)
	}
	b.Header.Signature[0] ^= 1
	add(t, m, &b)
	wantTip(t, m, g)
	if stored, err := m.Block(bs[2].Hash()); err != nil || stored.Header != bs[2].Header {
		t.Fatalf("stored with a bad signature: %v", err)
	}
}

func TestFutureBlocksAreHeld(t *testing.T) {
	g := newGen(t, nil)
	g.ExtendBy(6)
	m, c := newManager(t, g)
	bs := blocks(g, 0)
	add(t, m, bs[:4]...)
	held := bs[4]
	c.at(g.Params, held.Header.Slot-2)
	wantErr(t, m.AddBlock(held), chain.ErrFuture)
	wantErr(t, m.AddBlock(held), chain.ErrFuture)
	wantErr(t, m.AddBlock(bs[5]), chain.ErrOrphan)
	if m.Tip().Height != 4 {
		t.Fatal("connected too early")
	}
	// Not for free: its header must be good.
	bad := *bs[4]
	bad.Header.Signature[1] ^= 1
	bad.Header.SideRoot[0] ^= 1
	wantErr(t, m.AddBlock(&bad), consensus.ErrHeaderSig)

	c.at(g.Params, held.Header.Slot-1) // one slot early is allowed
	c2 := bs[5].Header.Slot
	if err := m.AddBlock(bs[5]); err != nil && c2 <= held.Header.Slot {
		t.Fatal(err)
	}
	if m.Tip().Height < 5 {
		t.Fatal("not connected when due")
	}
	c.at(g.Params, c2)
	if err := m.AddBlock(bs[5]); err != nil {
		wantErr(t, err, chain.ErrKnown)
	}
	wantTip(t, m, g)
}

func TestTooFarAhead(t *testing.T) {
	t.Parallel()
	g := longChain()
	m, _ := newManager(t, g)
	all := blocks(g, 0)
	if err := m.AddHeaders(headers(all)); err != nil {
		t.Fatal(err)
	}
	if n := len(m.MissingBlocks(1000)); n != 256 {
		t.Fatalf("%d blocks asked for at once", n)
	}
	wantErr(t, m.AddBlock(all[258]), chain.ErrAhead)
	add(t, m, all[:3]...)
	add(t, m, all[258])
}
