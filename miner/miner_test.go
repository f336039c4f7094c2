package miner_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/miner"
)

// TestLoneProducer: the bootstrap producer begins a chain by itself, and fills
// every slot it leads and no other.
func TestLoneProducer(t *testing.T) {
	bubble(t, "bootstrap", func(r *rig) {
		r.start()
		r.wait(100)
		blocks := r.chain.g.Blocks()
		if len(blocks) < 20 {
			t.Fatalf("%d blocks in 100 slots of which a third are led", len(blocks))
		}
		// An independent chain with the same producer must find the same slots.
		other := chaintest.New(t, r.chain.g.Params)
		other.SkipTo(blocks[1].Block.Header.Slot)
		for _, b := range blocks[1:] {
			if slot, _, _ := other.Lead(); slot != b.Block.Header.Slot {
				t.Fatalf("height %d is in slot %d, slot %d was led first", b.Block.Header.Height, b.Block.Header.Slot, slot)
			}
			if err := other.Connect(b.Block); err != nil {
				t.Fatal(err)
			}
		}
		if first := blocks[1].Block.Header.Slot; first < 2 || first > 20 {
			t.Errorf("the first block is in slot %d", first)
		}
		s := r.miner.Status()
		if s.Blocks != len(blocks)-1 || s.LastBlock != r.chain.g.State.Hash || s.Seats != consensus.SeatCount || !s.Registered || s.Waiting != "" {
			t.Errorf("status %+v", s)
		}
		if r.chain.views != 100 {
			t.Errorf("the chain was looked at %d times in 100 slots", r.chain.views)
		}
	})
}

// TestHolds: no block is made while one would do harm, the reason is shown,
// and blocks are made as soon as it is gone.
func TestHolds(t *testing.T) {
	cases := []struct {
		name, key, reason string
		hold              func(c *testChain)
		release           func(c *testChain) // nil: blocks never come
	}{
		{"still syncing", "bootstrap", "height 0 of 10",
			func(c *testChain) { c.sync = miner.Sync{Height: 10, Peers: 3} },
			func(c *testChain) { c.sync.Height = 2 }},
		{"no peers and no bootstrap producer", "worker", "no peers", func(*testChain) {}, nil},
		{"no seats", "worker", "no seats", func(c *testChain) { c.sync.Peers = 1 }, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, c.key, func(r *rig) {
				c.hold(r.chain)
				r.start()
				r.wait(25)
				if r.height() != 0 {
					t.Fatal("a block was made")
				}
				if s := r.miner.Status(); !strings.Contains(s.Waiting, c.reason) {
					t.Errorf("status says %q", s.Waiting)
				}
				if c.release == nil {
					return
				}
				r.chain.do(func() { c.release(r.chain) })
				r.wait(40)
				if r.height() == 0 {
					t.Error("no block was made afterwards")
				}
			})
		})
	}
}

// TestWithheldBlocks: headers whose blocks nobody hands out do not stop a
// producer, whether there are few of them or many.
func TestWithheldBlocks(t *testing.T) {
	for _, ahead := range []uint32{1, 6, 1000} {
		bubble(t, "bootstrap", func(r *rig) {
			r.chain.sync = miner.Sync{Height: ahead, Peers: 3}
			r.start()
			r.wait(25)
			if made := r.height() > 0; made != (ahead <= 6) {
				t.Errorf("%d headers ahead: made blocks at once: %v", ahead, made)
			}
			r.wait(40)
			if r.height() == 0 {
				t.Errorf("%d headers ahead: still no blocks after a minute", ahead)
			}
		})
	}
}

// TestLongSync: as long as blocks keep coming, however slowly, a node that is
// far behind makes none of its own.
func TestLongSync(t *testing.T) {
	bubble(t, "bootstrap", func(r *rig) {
		r.chain.sync = miner.Sync{Height: 1000, Peers: 3}
		r.wait(200)
		r.start()
		for range 6 {
			r.wait(25)
			r.chain.do(func() { r.chain.g.Extend() })
		}
		if len(r.keys.signed) != 0 {
			t.Errorf("%d blocks were signed during sync", len(r.keys.signed))
		}
	})
}

// TestNeverTwice: a producer that is started again, on a chain that lost its
// last blocks, with its clock set back, signs no slot a second time.
func TestNeverTwice(t *testing.T) {
	bubble(t, "bootstrap", func(r *rig) {
		r.start()
		r.wait(30)
		r.stop()
		height := r.height()
		last := r.chain.g.State.Slot
		for r.height() > 0 {
			r.chain.g.Revert()
		}
		before := len(r.keys.signed)
		back := 30 * time.Second
		r.opts.Clock = func() time.Time { return time.Now().Add(-back) }
		r.start()
		r.wait(int(last))
		if r.height() != 0 || len(r.keys.signed) != before {
			t.Fatalf("%d blocks were signed for slots up to %d, which were signed for before", r.height(), last)
		}
		if s := r.miner.Status(); !strings.Contains(s.Waiting, "signed for") {
			t.Errorf("status says %q", s.Waiting)
		}
		r.wait(60)
		if r.height() == 0 {
			t.Error("no blocks after the last signed slot")
		}
		if first := r.chain.g.Blocks()[1].Block.Header.Slot; first <= last {
			t.Errorf("slot %d was signed for again, after %d blocks up to slot %d", first, height, last)
		}
	})
}

// TestClockJumps: a clock set back makes the loop wait, one set forward makes
// it go on, and neither makes it spin.
func TestClockJumps(t *testing.T) {
	bubble(t, "bootstrap", func(r *rig) {
		offset := make(chan time.Duration, 1)
		offset <- 0
		r.opts.Clock = func() time.Time {
			d := <-offset
			offset <- d
			return time.Now().Add(d)
		}
		set := func(d time.Duration) { <-offset; offset <- d }
		r.start()
		r.wait(50)
		set(-100 * time.Second)
		r.chain.do(func() { r.chain.views = 0 })
		height := r.height()
		r.wait(100)
		if r.height() != height || r.chain.views > 1 {
			t.Errorf("%d blocks and %d looks while the clock was back", r.height()-height, r.chain.views)
		}
		r.wait(50)
		if r.height() == height {
			t.Error("no blocks after the clock had caught up")
		}
		height = r.height()
		set(1000 * time.Second)
		r.wait(30)
		tip := r.chain.g.State
		if tip.Height == height || tip.Slot < 1200 {
			t.Errorf("height %d, slot %d after the clock went forward", tip.Height, tip.Slot)
		}
	})
}

// TestSleep: after the computer slept nothing is made in the slots in which the
// peers are only being heard again.
func TestSleep(t *testing.T) {
	bubble(t, "bootstrap", func(r *rig) {
		var asleep atomic.Int64
		r.opts.Clock = func() time.Time { return time.Now().Add(time.Duration(asleep.Load())) }
		r.start()
		r.wait(20)
		for range 10 {
			before := r.height()
			asleep.Add(int64(100 * time.Second))
			woke := r.chain.g.Params.SlotAt(r.opts.Clock())
			r.wait(30)
			blocks := r.chain.g.Blocks()[before+1:]
			if len(blocks) == 0 {
				t.Fatal("no blocks after waking up")
			}
			if first := blocks[0].Block.Header.Slot; first < woke+2 {
				t.Errorf("a block for slot %d, awake since %d", first, woke)
			}
		}
	})
}

// TestLateStart: a slot in which the program starts is not used, and neither
// is the next: peers may be about to bring better blocks.
func TestLateStart(t *testing.T) {
	bubble(t, "bootstrap", func(r *rig) {
		r.wait(20)
		r.start()
		r.wait(60)
		if first := r.chain.g.Blocks()[1].Block.Header.Slot; first < 22 {
			t.Errorf("slot %d was used by a program that started in slot 20", first)
		}
	})
}

// TestSurvivesErrors: whatever fails in a slot, later slots are tried, and
// nothing is signed for a block that cannot be recorded.
func TestSurvivesErrors(t *testing.T) {
	bubble(t, "bootstrap", func(r *rig) {
		r.chain.refuse = errRefused
		r.start()
		r.wait(20)
		if s := r.miner.Status(); s.Blocks != 0 || len(r.keys.signed) == 0 {
			t.Errorf("status %+v, %d signatures", s, len(r.keys.signed))
		}
		r.chain.do(func() { r.chain.refuse = nil })
		r.wait(20)
		height := r.height()
		if height == 0 {
			t.Fatal("no blocks after AddBlock worked again")
		}
		// The record of signed slots cannot be written any more.
		files, err := filepath.Glob(filepath.Join(r.opts.Dir, "signed-*.txt"))
		if err != nil || len(files) != 1 {
			t.Fatal(files, err)
		}
		if err := os.MkdirAll(filepath.Join(files[0]+".new", "x"), 0o700); err != nil {
			t.Fatal(err)
		}
		signed := len(r.keys.signed)
		r.wait(30)
		if len(r.keys.signed) != signed || r.height() != height {
			t.Error("a block was signed without a record")
		}
		if err := os.RemoveAll(files[0] + ".new"); err != nil {
			t.Fatal(err)
		}
		r.wait(30)
		if r.height() == height {
			t.Error("no blocks after the disk worked again")
		}
	})
}

// TestTipMoves: when the tip changes between the draw and the template, the
// block is made on the new tip, under one signature.
func TestTipMoves(t *testing.T) {
	bubble(t, "bootstrap", func(r *rig) {
		var moved *types.Block
		r.chain.template = func() {
			if moved != nil {
				return
			}
			// Genesis is in slot 0; this block comes in late, for slot 1 … 3.
			b := r.chain.g.Build()
			if b.Header.Slot < r.chain.g.Params.SlotAt(time.Now()) {
				moved = b
				if err := r.chain.g.Connect(b); err != nil {
					t.Error(err)
				}
			}
		}
		r.wait(3)
		r.start()
		r.wait(40)
		if moved == nil {
			t.Fatal("the tip did not move")
		}
		blocks := r.chain.g.Blocks()
		if blocks[1].Block != moved || len(blocks)-2 != len(r.keys.signed) {
			t.Errorf("%d blocks, %d signatures", len(blocks)-1, len(r.keys.signed))
		}
		if r.miner.Status().Blocks != len(r.keys.signed) {
			t.Errorf("a signature was wasted: %+v", r.miner.Status())
		}
	})
}

func TestNewRefusesDamagedRecord(t *testing.T) {
	g := chaintest.New(t, chaintest.Params(nil, nil))
	dir := t.TempDir()
	chain := &testChain{g: g}
	a := chaintest.Bootstrap().Address()
	name := filepath.Join(dir, "signed-"+hexOf(g.Params.ID[:4])+"-"+hexOf(a[:8])+".txt")
	if err := os.WriteFile(name, []byte("signed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := miner.New(chain, chaintest.Bootstrap(), miner.Options{Dir: dir}); err == nil {
		t.Error("a damaged record was taken")
	}
}
