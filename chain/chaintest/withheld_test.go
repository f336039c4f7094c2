package chaintest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain"
	"supercomputing/chain/gossip/memnet"
	"supercomputing/chain/types"
)

// TestWithheldBlock spreads the header of a block that nobody hands out, as
// when its leader goes offline at the wrong moment. The next leader's block
// must reach everybody all the same, before another one stands on it.
func TestWithheldBlock(t *testing.T) {
	const count, producers = 10, 4
	synctest.Test(t, func(t *testing.T) {
		params, keys := manyProducers(producers, 5)
		w := &gossipNet{t: t, params: params, net: memnet.New(), keys: keys}
		w.net.SetDelay(40 * time.Millisecond)
		for i := range count {
			w.nodes = append(w.nodes, &gossipNode{id: i, store: chain.NewMemStore()})
			w.start(w.nodes[i])
		}
		defer w.stopAll()
		for w.nodes[0].m.Tip().Height < 2 || !w.agreed() {
			w.play(1)
		}
		last := producers - 1
		w.keys = keys[:last]
		var kept *types.Block
		for kept == nil {
			next := params.SlotAt(time.Now()) + 1
			time.Sleep(time.Until(params.SlotTime(next)))
			kept = produce(t, w.nodes[last].m, keys[last], next)
		}
		for _, n := range w.nodes {
			if err := n.m.AddHeaders([]types.Header{kept.Header}); err != nil {
				t.Fatal(err)
			}
		}
		for w.tips()[kept.Header.Height] == 0 {
			w.play(1)
		}
		if !w.agreed() {
			t.Fatalf("tips %v after a block was kept back at height %d", w.tips(), kept.Header.Height)
		}
	})
}
