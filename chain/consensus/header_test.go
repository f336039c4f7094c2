package consensus

import (
	"errors"
	"testing"

	"supercomputing/chain/types"
)

// headerChain makes headers whose bodies nobody looks at.
type headerChain struct {
	t     testing.TB
	p     *Params
	hs    HeaderState
	keys  map[types.Address]testKey
	lists map[types.Hash]*SeatList
}

// bootWeights are the weights that every draw of the test chain uses.
func bootWeights(p *Params) []Weight {
	var out []Weight
	for _, b := range p.Bootstrap {
		out = append(out, Weight{b.Address, b.VRFKey, b.Share})
	}
	if out[1].Address.Less(out[0].Address) {
		out[0], out[1] = out[1], out[0]
	}
	return out
}

func newHeaderChain(t testing.TB) *headerChain {
	p := testParams()
	c := &headerChain{t: t, p: p, keys: make(map[types.Address]testKey), lists: make(map[types.Hash]*SeatList)}
	for _, label := range []string{"a", "b"} {
		k := newTestKey(label)
		c.keys[k.address()] = k
	}
	genesis := types.Header{Version: types.BlockVersion}
	c.hs = GenesisHeaderState(p, &genesis, c.draw(genesisClock(p).Seed))
	return c
}

func (c *headerChain) draw(seed types.Hash) *SeatList {
	l, err := DrawSeats(c.p, bootWeights(c.p), seed)
	if err != nil {
		c.t.Fatal(err)
	}
	c.lists[l.Root(c.p.ID)] = l
	return l
}

func (c *headerChain) list(root types.Hash) *SeatList { return c.lists[root] }

// header makes the header of the first led slot from slot on.
func (c *headerChain) header(slot uint64) types.Header {
	for ; ; slot++ {
		for a, k := range c.keys {
			if proof, ok := CheckLeader(c.p, c.hs, slot, a, k.vrf); ok {
				return c.unsigned(slot, k, proof)
			}
		}
	}
}

func (c *headerChain) unsigned(slot uint64, k testKey, proof [80]byte) types.Header {
	h := types.Header{
		Version: types.BlockVersion, Height: c.hs.Height + 1, PrevHash: c.hs.Hash,
		Slot: slot, Producer: k.address(), VRFProof: proof, StateDigest: types.Hash{byte(slot)},
	}
	st, drawn, err := c.hs.at(c.p, slot)
	if err != nil {
		c.t.Fatal(err)
	}
	if root, fixed := st.wantRoot(drawn); fixed {
		h.ProducersRoot = root
	} else {
		h.ProducersRoot = c.draw(st.Clock.NextSeed).Root(c.p.ID)
	}
	c.sign(&h)
	return h
}

func (c *headerChain) sign(h *types.Header) {
	h.Signature = c.keys[h.Producer].sign(c.t, h.SigHash(c.p.ID))
}

// extend adds the header of the first led slot from slot on.
func (c *headerChain) extend(slot uint64) types.Header {
	c.t.Helper()
	h := c.header(slot)
	hs, err := c.hs.Next(c.p, &h, c.list)
	if err != nil {
		c.t.Fatalf("slot %d: %v", h.Slot, err)
	}
	c.hs = hs
	return h
}

func TestHeaderChain(t *testing.T) {
	t.Parallel()
	c := newHeaderChain(t)
	blocks, seeds := 0, make(map[types.Hash]bool)
	for c.hs.Slot < 5*c.p.EpochSlots {
		before := c.hs
		h := c.extend(c.hs.Slot + 1)
		blocks++
		seeds[c.hs.Clock.Seed] = true
		if c.hs.Hash != h.Hash() || c.hs.Height != h.Height || c.hs.Slot != h.Slot {
			t.Fatal("the state does not name its header")
		}
		if second := c.p.SecondHalf(h.Slot); second == (c.hs.NextSeats == nil) || second == (c.hs.Clock.NextSeed == types.Hash{}) {
			t.Fatalf("slot %d: next list %v, next seed %v", h.Slot, c.hs.NextSeats, c.hs.Clock.NextSeed)
		}
		if c.p.Epoch(h.Slot) > c.p.Epoch(before.Slot) {
			if c.hs.Seats != before.NextSeats || c.hs.Clock.Seed != before.Clock.NextSeed {
				t.Fatal("the drawn list or seed did not come into force")
			}
		}
	}
	if len(seeds) != 6 {
		t.Errorf("%d seeds in 6 epochs", len(seeds))
	}
	// A third of the slots are led on average; two producers can share one.
	if slots := int(c.hs.Slot); blocks < slots/5 || blocks > slots/2 {
		t.Errorf("%d blocks in %d slots", blocks, slots)
	}
}

func TestHeaderRules(t *testing.T) {
	t.Parallel()
	c := newHeaderChain(t)
	for c.hs.Slot < 70 { // into the first half of epoch 1
		c.extend(c.hs.Slot + 1)
	}
	stranger := newTestKey("stranger")
	c.keys[stranger.address()] = stranger
	good := c.header(c.hs.Slot + 1)
	if c.p.SecondHalf(good.Slot) {
		t.Fatal("the case block is not in the first half")
	}
	for _, tc := range []struct {
		name string
		kind ErrorKind
		edit func(h *types.Header)
	}{
		{"version", ErrVersion, func(h *types.Header) { h.Version++ }},
		{"parent", ErrPrevHash, func(h *types.Header) { h.PrevHash[0] ^= 1 }},
		{"height too low", ErrHeight, func(h *types.Header) { h.Height-- }},
		{"height too high", ErrHeight, func(h *types.Header) { h.Height++ }},
		{"slot of the parent", ErrSlot, func(h *types.Header) { h.Slot = c.hs.Slot }},
		{"slot before the parent", ErrSlot, func(h *types.Header) { h.Slot = c.hs.Slot - 1 }},
		{"slot at the end of time", ErrSlot, func(h *types.Header) { h.Slot = 1<<64 - 1 }},
		{"root", ErrProducersRoot, func(h *types.Header) { h.ProducersRoot[3] ^= 1 }},
		{"no root", ErrProducersRoot, func(h *types.Header) { h.ProducersRoot = types.Hash{} }},
		{"stranger", ErrNotSeated, func(h *types.Header) { h.Producer = stranger.address() }},
		{"no producer", ErrNotSeated, func(h *types.Header) { h.Producer = types.Address{} }},
		{"proof", ErrVRF, func(h *types.Header) { h.VRFProof[70] ^= 1 }},
		{"proof of the other producer", ErrVRF, func(h *types.Header) {
			for a, k := range c.keys {
				if a != h.Producer && a != stranger.address() {
					h.VRFProof, _ = k.vrf.Prove(SlotAlpha(c.hs.Clock.Seed, h.Slot))
				}
			}
		}},
		{"proof with another seed", ErrVRF, func(h *types.Header) {
			h.VRFProof, _ = c.keys[h.Producer].vrf.Prove(SlotAlpha(types.Hash{}, h.Slot))
		}},
		{"no leader", ErrNotLeader, func(h *types.Header) {
			k := c.keys[h.Producer]
			for ; ; h.Slot++ {
				if _, ok := CheckLeader(c.p, c.hs, h.Slot, h.Producer, k.vrf); !ok {
					h.VRFProof, _ = k.vrf.Prove(SlotAlpha(c.hs.Clock.Seed, h.Slot))
					return
				}
			}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := good
			tc.edit(&h)
			if h.Producer != (types.Address{}) {
				c.sign(&h) // so that the signature is not what fails
			}
			hs, err := c.hs.Next(c.p, &h, c.list)
			if !errors.Is(err, tc.kind) || !IsRule(err) {
				t.Fatalf("got %v, want %v", err, tc.kind)
			}
			if hs != c.hs {
				t.Error("a refused header moved the state")
			}
		})
	}
	for name, edit := range map[string]func(h *types.Header){
		"no signature":       func(h *types.Header) { h.Signature = [64]byte{} },
		"altered after":      func(h *types.Header) { h.StateDigest[0] ^= 1 },
		"another's":          func(h *types.Header) { h.Signature = stranger.sign(t, h.SigHash(c.p.ID)) },
		"on another network": func(h *types.Header) { h.Signature = c.keys[h.Producer].sign(t, h.SigHash(types.NetworkID{1})) },
	} {
		h := good
		edit(&h)
		if _, err := c.hs.Next(c.p, &h, c.list); !errors.Is(err, ErrHeaderSig) {
			t.Errorf("signature %s: %v", name, err)
		}
	}
	if _, err := c.hs.Next(c.p, &good, c.list); err != nil {
		t.Errorf("the unspoilt header: %v", err)
	}
}

func TestHeaderSecondHalf(t *testing.T) {
	c := newHeaderChain(t)
	for c.hs.Slot < 70 {
		c.extend(c.hs.Slot + 1)
	}
	h := c.header(90) // draws epoch 2's list
	_, err := c.hs.Next(c.p, &h, func(types.Hash) *SeatList { return nil })
	var need *NeedListError
	if !errors.Is(err, ErrNeedList) || !errors.As(err, &need) || need.Root != h.ProducersRoot || IsRule(err) {
		t.Fatalf("unknown list: %v", err)
	}
	if _, err := c.hs.Next(c.p, &h, nil); !errors.Is(err, ErrNeedList) {
		t.Errorf("without lists: %v", err)
	}
	// Nobody but a seated producer may ask for a list.
	bad := h
	bad.Signature[0] ^= 1
	_, err = c.hs.Next(c.p, &bad, func(types.Hash) *SeatList {
		t.Error("asked for a list before the signature was checked")
		return nil
	})
	if !errors.Is(err, ErrHeaderSig) {
		t.Errorf("bad signature: %v", err)
	}
	first := c.extend(90)
	h = c.header(c.hs.Slot + 1)
	if h.ProducersRoot != first.ProducersRoot || !c.p.SecondHalf(h.Slot) {
		t.Fatal("the second half does not repeat its root")
	}
	// Once the next list is committed to, nobody can replace it.
	h.ProducersRoot = c.hs.SeatsRoot
	c.sign(&h)
	if _, err := c.hs.Next(c.p, &h, c.list); !errors.Is(err, ErrProducersRoot) {
		t.Errorf("another root in the second half: %v", err)
	}
}

// The draw can find nobody: then the block that would draw repeats the root.
func TestHeaderNothingDrawn(t *testing.T) {
	c := newHeaderChain(t)
	h := c.header(30)
	h.ProducersRoot = c.hs.SeatsRoot
	c.sign(&h)
	hs, err := c.hs.Next(c.p, &h, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.hs = hs
	seats := c.hs.Seats
	c.extend(60)
	if c.hs.Seats != seats || c.hs.SeatsRoot != h.ProducersRoot {
		t.Error("the list in force did not stay")
	}
}

// Skipped ends and middles (PROTOCOL §10), against the rule in plain steps.
func TestHeaderSkips(t *testing.T) {
	for _, tc := range []struct {
		name     string
		from, to uint64 // slots with blocks; from 0: genesis alone
		draws    bool   // the next list is drawn in to
		keeps    bool   // the list in force stays
		seeds    int    // how often the seed advances
	}{
		{"none", 5, 20, false, true, 0},
		{"middle", 5, 40, true, true, 0},
		{"genesis to middle", 0, 40, true, true, 0},
		{"within the second half", 35, 50, false, true, 0},
		{"end", 40, 65, false, false, 1},
		{"skipped middle", 5, 65, false, true, 1},
		{"skipped middle, then middle", 5, 100, true, true, 1},
		{"end, then middle", 40, 100, true, false, 1},
		{"end and a whole epoch", 40, 130, false, false, 2},
		{"many epochs", 5, 600, false, true, 10},
		{"many epochs after the draw", 40, 635, true, false, 10},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newHeaderChain(t)
			if tc.from > 0 {
				c.extend(tc.from)
			}
			before := c.hs
			h := c.extend(tc.to)
			if h.Slot > tc.to+20 || c.p.SecondHalf(h.Slot) != c.p.SecondHalf(tc.to) {
				t.Fatalf("unlucky slot %d for %d", h.Slot, tc.to)
			}
			if drawn := c.hs.NextSeats != nil && c.hs.NextSeats != before.NextSeats; drawn != tc.draws {
				t.Errorf("drawn: %v", drawn)
			}
			want := before.NextSeats
			if tc.keeps {
				want = before.Seats
			}
			if c.hs.Seats != want {
				t.Error("wrong list in force")
			}
			seed, run := before.Clock.Seed, before.Clock.Run
			for range tc.seeds {
				seed = c.p.ID.TaggedHash("seed", run[:])
				run = seed
			}
			if c.hs.Clock.Seed != seed {
				t.Error("wrong seed")
			}
			out, err := VRFProofOutput(h.VRFProof)
			if err != nil {
				t.Fatal(err)
			}
			if !c.p.SecondHalf(h.Slot) {
				run = c.p.ID.TaggedHash("run", run[:], out[:])
			}
			if c.hs.Clock.Run != run {
				t.Error("wrong running hash")
			}
		})
	}
}

func TestHeaderGapBound(t *testing.T) {
	t.Parallel()
	c := newHeaderChain(t)
	last := maxEpochGap*c.p.EpochSlots + c.p.EpochSlots - 1
	if _, _, err := c.hs.at(c.p, last+1); !errors.Is(err, ErrSlot) {
		t.Errorf("a gap beyond the bound: %v", err)
	}
	if testing.Short() {
		return
	}
	if _, _, err := c.hs.at(c.p, last); err != nil {
		t.Errorf("the longest gap: %v", err)
	}
}

func TestCheckLeader(t *testing.T) {
	c := newHeaderChain(t)
	h := c.header(1)
	k, other := c.keys[h.Producer], newTestKey("other")
	proof, ok := CheckLeader(c.p, c.hs, h.Slot, h.Producer, k.vrf)
	if !ok || proof != h.VRFProof {
		t.Error("the leader does not lead")
	}
	if _, ok := CheckLeader(c.p, c.hs, h.Slot, h.Producer, other.vrf); ok {
		t.Error("leads with a key that was not drawn")
	}
	if _, ok := CheckLeader(c.p, c.hs, h.Slot, other.address(), k.vrf); ok {
		t.Error("leads without a seat")
	}
	if _, ok := CheckLeader(c.p, c.hs, 0, h.Producer, k.vrf); ok {
		t.Error("leads a slot that is over")
	}
	if seats, seed, err := c.hs.Lottery(c.p, h.Slot); err != nil || seats != c.hs.Seats || seed != c.hs.Clock.Seed {
		t.Error("the lottery is not the one in force")
	}
}

func TestTieHash(t *testing.T) {
	c := newHeaderChain(t)
	h := c.extend(1)
	out, err := VRFProofOutput(h.VRFProof)
	if err != nil {
		t.Fatal(err)
	}
	if TieHash(c.p, &h) != c.p.ID.TaggedHash("tie", out[:]) {
		t.Error("the tie hash is not H(tie ‖ output)")
	}
}

func TestClockRoundTrip(t *testing.T) {
	c := Clock{types.Hash{1}, types.Hash{2}, types.Hash{3}}
	b := c.Append(nil)
	got, err := DecodeClock(b)
	if err != nil || got != c {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range [][]byte{nil, b[:95], append(b, 0)} {
		if _, err := DecodeClock(bad); !errors.Is(err, types.ErrMalformed) {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
}

func BenchmarkHeaderNext(b *testing.B) {
	c := newHeaderChain(b)
	h := c.header(1)
	for b.Loop() {
		if _, err := c.hs.Next(c.p, &h, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "headers/s")
}
