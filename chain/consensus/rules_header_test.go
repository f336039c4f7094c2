package consensus_test

import (
	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

var headerCases = []ruleCase{
	{"version", consensus.ErrVersion, func(w *world) error {
		return w.header(func(h *types.Header) { h.Version++ })
	}},
	{"height too high", consensus.ErrHeight, func(w *world) error {
		return w.header(func(h *types.Header) { h.Height++ })
	}},
	{"height of the parent", consensus.ErrHeight, func(w *world) error {
		return w.header(func(h *types.Header) { h.Height-- })
	}},
	{"unknown parent", consensus.ErrPrevHash, func(w *world) error {
		return w.header(func(h *types.Header) { h.PrevHash[0] ^= 1 })
	}},
	{"parent's parent as parent", consensus.ErrPrevHash, func(w *world) error {
		return w.header(func(h *types.Header) { h.PrevHash = w.Tip().Header.PrevHash })
	}},
	{"slot of the parent", consensus.ErrSlot, func(w *world) error {
		return w.header(func(h *types.Header) { h.Slot = w.State.Slot })
	}},
	{"slot before the parent", consensus.ErrSlot, func(w *world) error {
		return w.header(func(h *types.Header) { h.Slot = w.State.Slot - 1 })
	}},
	{"no seat", consensus.ErrNotSeated, func(w *world) error {
		w.KnowProducers(w.alice)
		return w.header(func(h *types.Header) {
			h.Producer = w.alice.Address()
			h.VRFProof, _ = w.alice.VRFKey().Prove([]byte("any"))
		})
	}},
	{"VRF proof changed", consensus.ErrVRF, func(w *world) error {
		return w.header(func(h *types.Header) { h.VRFProof[40] ^= 1 })
	}},
	{"VRF proof of another slot", consensus.ErrVRF, func(w *world) error {
		return w.header(func(h *types.Header) { h.VRFProof = w.Tip().Header.VRFProof })
	}},
	{"VRF proof of another key", consensus.ErrVRF, func(w *world) error {
		b := w.Build()
		return w.check(w.MutateHeader(b, func(h *types.Header) {
			h.VRFProof, _ = w.bob.VRFKey().Prove(slotAlpha(w, h.Slot))
		}))
	}},
	{"slot that the producer does not lead", consensus.ErrNotLeader, func(w *world) error {
		slot := notLed(w)
		return w.header(func(h *types.Header) {
			h.Slot = slot
			h.VRFProof, _ = chaintest.Bootstrap().VRFKey().Prove(slotAlpha(w, slot))
		})
	}},
	{"header signature changed", consensus.ErrHeaderSig, func(w *world) error {
		b := w.Build()
		b.Header.Signature[63] ^= 1
		return w.check(b)
	}},
	{"header signed by another", consensus.ErrHeaderSig, func(w *world) error {
		b := w.Build()
		b.Header.Signature, _ = w.alice.Sign(b.Header.SigHash(w.Params.ID))
		return w.check(b)
	}},
	{"header signed for another network", consensus.ErrHeaderSig, func(w *world) error {
		b := w.Build()
		other := w.Params.ID
		other[0] ^= 1
		b.Header.Signature, _ = chaintest.Bootstrap().Sign(b.Header.SigHash(other))
		return w.check(b)
	}},
	{"seat list root", consensus.ErrProducersRoot, func(w *world) error {
		return w.header(func(h *types.Header) { h.ProducersRoot[0] ^= 1 })
	}},
	{"state digest", consensus.ErrStateDigest, func(w *world) error {
		return w.header(func(h *types.Header) { h.StateDigest[0] ^= 1 })
	}},
	{"state digest of the parent", consensus.ErrStateDigest, func(w *world) error {
		return w.header(func(h *types.Header) { h.StateDigest = w.Tip().Header.StateDigest })
	}},
	{"transaction root", consensus.ErrTxRoot, func(w *world) error {
		return w.header(func(h *types.Header) { h.TxRoot[0] ^= 1 })
	}},
	{"side root", consensus.ErrSideRoot, func(w *world) error {
		return w.header(func(h *types.Header) { h.SideRoot[0] ^= 1 })
	}},
}

// slotAlpha is what a block's producer proves its VRF over.
func slotAlpha(w *world, slot uint64) []byte {
	hs, err := consensus.HeaderStateFromRows(w.Params, w.State, w.Rows)
	if err != nil {
		panic(err)
	}
	_, seed, err := hs.Lottery(w.Params, slot)
	if err != nil {
		panic(err)
	}
	return consensus.SlotAlpha(seed, slot)
}

// notLed is a slot after the tip, in its half of the epoch, that the bootstrap
// producer does not lead.
func notLed(w *world) uint64 {
	hs, err := consensus.HeaderStateFromRows(w.Params, w.State, w.Rows)
	if err != nil {
		panic(err)
	}
	key := chaintest.Bootstrap()
	for slot := w.State.Slot + 1; ; slot++ {
		if _, ok := consensus.CheckLeader(w.Params, hs, slot, key.Address(), key.VRFKey()); !ok {
			return slot
		}
	}
}
