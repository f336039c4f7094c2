package consensus_test

import (
	"testing"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// epochs is a world that moves by half epochs.
type epochs struct{ *world }

func newEpochs(t *testing.T) epochs {
	t.Helper()
	w := newWorld(t)
	w.KnowProducers(w.bob, w.carol)
	w.AuditEvery(10)
	return epochs{w}
}

// half makes a block, with txs, in the first or second half of an epoch.
func (e epochs) half(epoch uint64, second bool, txs ...*types.Tx) {
	slot := epoch * e.Params.EpochSlots
	if second {
		slot += e.Params.EpochSlots / 2
	}
	e.SkipTo(slot)
	e.Extend(txs...)
}

// both makes a block in each half, with txs in the first.
func (e epochs) both(epoch uint64, txs ...*types.Tx) {
	e.half(epoch, false, txs...)
	e.half(epoch, true)
}

// seat is what k holds in an epoch, which is the tip's or the one after it.
func (e epochs) seat(epoch uint64, k *chaintest.Key) consensus.Seat {
	hs, err := consensus.HeaderStateFromRows(e.Params, e.State, e.Rows)
	if err != nil {
		panic(err)
	}
	list, _, err := hs.Lottery(e.Params, max(epoch*e.Params.EpochSlots, e.State.Slot+1))
	if err != nil {
		panic(err)
	}
	s, _ := list.Find(k.Address())
	return s
}

// TestWeightGivesSeats: a score of epoch e gives seats from epoch e+2 to e+33,
// and only to those who were registered when they were scored. A registration
// lapses 32 epochs after its last weight.
func TestWeightGivesSeats(t *testing.T) {
	e := newEpochs(t)
	start := e.Params.Epoch(e.State.Slot) + 1
	e.half(start, false, e.Register(e.carol))
	score := map[types.Address]types.Amount{e.carol.Address(): 4 * types.Coin, e.alice.Address(): 4 * types.Coin}
	e.half(start, true, e.Score(e.alice, e.open, score))
	e.half(start+1, false, e.Register(e.alice)) // after the score
	if s := e.seat(start+1, e.carol); s.Count != 0 {
		t.Errorf("%d seats an epoch after the score: their draw was before it", s.Count)
	}
	e.half(start+1, true)
	e.half(start+2, false)
	carol, alice := e.seat(start+2, e.carol), e.seat(start+2, e.alice)
	// Carol has 4 of some 1,000 coins of weight.
	if carol.Count == 0 || carol.Count > 20 || alice.Count != 0 {
		t.Errorf("seats: carol %d, alice %d", carol.Count, alice.Count)
	}
	const lastWeight = 33
	for epoch := start + 2; epoch < start+lastWeight+33; epoch++ {
		e.half(epoch, true)
		p, err := consensus.ReadProducer(e.Rows, e.carol.Address())
		if registered := p != nil; err != nil || registered != (epoch < start+lastWeight+32) {
			t.Fatalf("epoch +%d: registered %v, %v", epoch-start, registered, err)
		}
		if s := e.seat(epoch, e.carol); epoch > start+lastWeight && s.Count != 0 {
			t.Fatalf("epoch +%d: %d seats from work too old", epoch-start, s.Count)
		}
	}
}

// TestKeyChange: a new VRF key counts for draws from the next epoch on, so it
// cannot be chosen when the seed is known.
func TestKeyChange(t *testing.T) {
	e := newEpochs(t)
	start := e.Params.Epoch(e.State.Slot) + 1
	e.both(start, e.Score(e.alice, e.open, e.bobScores(9*types.Coin)))
	e.both(start + 1)
	old := e.bob.VRFKey().Public()
	other := chaintest.NewKey("bob's new key").VRFKey()
	rec := &types.ProducerRegistration{VRFKey: other.Public()}
	rec.Proof, _ = other.Prove(e.Params.ID.ProducerAlpha(e.bob.Address()))
	e.both(start+2, e.Record(e.bob, rec))
	e.half(start+3, false)
	if s := e.seat(start+3, e.bob); s.Count == 0 || s.VRFKey != old {
		t.Errorf("drawn in the epoch of the change: %d seats, new key %v", s.Count, s.VRFKey == other.Public())
	}
	e.half(start+3, true)
	e.half(start+4, false)
	if s := e.seat(start+4, e.bob); s.Count == 0 || s.VRFKey != other.Public() {
		t.Errorf("drawn after it: %d seats, old key %v", s.Count, s.VRFKey == old)
	}
}

// TestBan: evidence in epoch E takes the weight of epochs E+2 … E+33, not
// sooner, and no longer.
func TestBan(t *testing.T) {
	t.Parallel()
	e := newEpochs(t)
	start := e.Params.Epoch(e.State.Slot) + 1
	post := e.Post(e.alice, 2000*types.Coin, 5000)
	e.half(start, false, post)
	work := func(epoch uint64) *types.Tx {
		return e.Score(e.alice, post.ID(), e.bobScores(types.Amount(epoch-start+1)*40*types.Coin))
	}
	e.half(start, true, work(start))
	e.both(start+1, work(start+1))
	a := e.Tip().Header
	a.Producer = e.bob.Address()
	b := a
	b.TxRoot[0] ^= 1
	a.Signature, _ = e.bob.Sign(a.SigHash(e.Params.ID))
	b.Signature, _ = e.bob.Sign(b.SigHash(e.Params.ID))
	banned := start + 2
	e.both(banned, e.Record(e.carol, &types.Equivocation{A: a, B: b}), work(banned))
	for epoch := banned + 1; epoch <= banned+35; epoch++ {
		e.half(epoch, false, work(epoch))
		has := e.seat(epoch, e.bob).Count > 0
		if want := epoch < banned+2 || epoch > banned+33; has != want {
			t.Errorf("epoch E+%d: seats %v, want %v", epoch-banned, has, want)
		}
		e.half(epoch, true)
	}
}

// TestSkippedMiddle: an epoch without a block in its second half draws no
// list: the one in force stays.
func TestSkippedMiddle(t *testing.T) {
	e := newEpochs(t)
	start := e.Params.Epoch(e.State.Slot) + 1
	e.half(start, false, e.Register(e.carol))
	e.half(start, true, e.Score(e.alice, e.open, map[types.Address]types.Amount{e.carol.Address(): 9 * types.Coin}))
	e.half(start+1, false) // no second half: carol's seats are not drawn
	before := e.Tip().Header.ProducersRoot
	e.half(start+2, false)
	if s := e.seat(start+2, e.carol); s.Count != 0 || e.Tip().Header.ProducersRoot != before {
		t.Errorf("%d seats, root changed: %v", s.Count, e.Tip().Header.ProducersRoot != before)
	}
	e.half(start+2, true)
	if e.Tip().Header.ProducersRoot == before {
		t.Error("the next list is not committed to in the second half")
	}
	e.SkipTo((start + 20) * e.Params.EpochSlots)
	e.Extend() // many epochs later, the list drawn last is in force
	if s := e.seat(start+20, e.carol); s.Count == 0 {
		t.Error("the drawn list is lost over skipped epochs")
	}
}
