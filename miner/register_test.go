package miner_test

import (
	"encoding/hex"
	"testing"
	"time"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/miner"
)

func hexOf(b []byte) string { return hex.EncodeToString(b) }

// TestRegisters: an unregistered producer asks the wallet once, with a record
// that the chain accepts, and not again while that waits for its block.
func TestRegisters(t *testing.T) {
	bubble(t, "worker", func(r *rig) {
		reg := &registrar{}
		r.opts.Registrar = reg
		r.chain.sync.Peers = 1
		r.start()
		r.wait(100)
		if len(reg.recs) != 1 {
			t.Fatalf("%d registrations in 100 slots", len(reg.recs))
		}
		r.chain.do(func() { r.chain.g.Extend(r.chain.g.Record(r.keys.Key, reg.recs[0])) })
		r.wait(1000)
		if len(reg.recs) != 1 || !r.miner.Status().Registered {
			t.Errorf("%d registrations, status %+v", len(reg.recs), r.miner.Status())
		}
	})
}

// TestRegistersAgainAfterLapse: a registration lapses after 32 epochs without
// weight, and is then renewed.
func TestRegistersAgainAfterLapse(t *testing.T) {
	bubble(t, "worker", func(r *rig) {
		reg := &registrar{}
		r.opts.Registrar = reg
		r.chain.sync.Peers = 1
		g := r.chain.g
		g.Extend(g.Register(r.keys.Key))
		r.start()
		r.wait(100)
		if len(reg.recs) != 0 {
			t.Fatal("a registered producer was registered again")
		}
		r.chain.do(func() {
			for range 40 { // a block in the second half of each epoch draws seats
				epoch := g.Params.Epoch(g.State.Slot) + 1
				g.SkipTo(epoch*g.Params.EpochSlots + g.Params.EpochSlots/2)
				g.Extend()
			}
			if p, err := consensus.ReadProducer(g.Rows, r.keys.Address()); p != nil || err != nil {
				t.Fatal("the registration has not lapsed", p, err)
			}
		})
		r.wait(5)
		if len(reg.recs) != 1 {
			t.Errorf("%d registrations after the lapse", len(reg.recs))
		}
	})
}

// TestRegistersOnNewKey: a registration with another VRF key wins no slots.
func TestRegistersOnNewKey(t *testing.T) {
	bubble(t, "worker", func(r *rig) {
		reg := &registrar{}
		r.opts.Registrar = reg
		r.chain.sync.Peers = 1
		g := r.chain.g
		other := miner.Registration(g.Params.ID, rekeyed{r.keys.Key})
		g.Extend(g.Record(r.keys.Key, other))
		r.start()
		r.wait(5)
		if len(reg.recs) != 1 || reg.recs[0].VRFKey != r.keys.VRFKey().Public() {
			t.Errorf("%d registrations", len(reg.recs))
		}
	})
}

// rekeyed is a key with another's VRF key.
type rekeyed struct{ *chaintest.Key }

func (rekeyed) VRFKey() *consensus.VRFKey { return chaintest.NewKey("other").VRFKey() }

// TestRegistersLater: without coins registering fails; it is tried again, but
// not in every slot.
func TestRegistersLater(t *testing.T) {
	bubble(t, "worker", func(r *rig) {
		reg := &registrar{err: errRefused}
		r.opts.Registrar = reg
		r.chain.sync.Peers = 1
		r.start()
		r.wait(100)
		if n := len(reg.recs); n < 3 || n > 5 {
			t.Fatalf("%d tries in 100 slots", n)
		}
		if gap := reg.at[1].Sub(reg.at[0]); gap < 10*time.Second {
			t.Errorf("tried again after %v", gap)
		}
	})
}

// TestDoesNotRegister: not while the chain is being read, since the key may be
// registered in a block still to come, and never when switched off.
func TestDoesNotRegister(t *testing.T) {
	bubble(t, "worker", func(r *rig) {
		reg := &registrar{}
		r.opts.Registrar = reg
		r.chain.sync = miner.Sync{Height: 50, Peers: 1}
		r.start()
		r.wait(25)
		if len(reg.recs) != 0 {
			t.Error("registered while syncing")
		}
		r.stop()
		r.opts.Registrar = nil
		r.chain.sync.Height = 0
		r.start()
		r.wait(50)
	})
}
