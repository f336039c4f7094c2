package chaintest_test

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain"
	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/gossip"
	"supercomputing/chain/gossip/memnet"
	"supercomputing/chain/types"
)

// TestGossipNetwork joins real managers by real gossip: encrypted connections
// in memory with delay, cut apart, some nodes restarted meanwhile. It ends on
// one tip and one digest, with the transactions of both parts in the chain.
func TestGossipNetwork(t *testing.T) {
	const count, producers = 50, 4
	synctest.Test(t, func(t *testing.T) {
		params, keys := manyProducers(producers, 5)
		w := &gossipNet{t: t, params: params, net: memnet.New(), keys: keys}
		w.net.SetDelay(40 * time.Millisecond)
		for i := range count {
			w.nodes = append(w.nodes, &gossipNode{id: i, store: chain.NewMemStore()})
			w.start(w.nodes[i])
		}
		defer w.stopAll()
		txs := simPayments(t, params)
		w.play(8)
		w.addTx(10, txs[0])
		w.net.Partition(func(a, b netip.Addr) bool { return part(a) != part(b) })
		w.stop(w.nodes[7])
		w.stop(w.nodes[8])
		w.play(4)
		w.addTx(11, txs[1])
		w.addTx(12, txs[2])
		w.start(w.nodes[7])
		w.play(12)
		if w.agreed() {
			t.Error("the partition had no effect")
		}
		w.net.Partition(nil)
		w.start(w.nodes[8])
		for slots := 0; !w.agreed() || !w.mined(txs[:3]); slots++ {
			if slots > 60 {
				t.Fatalf("no agreement %d slots after the partition: %v, transactions on the chain: %v", slots, w.tips(), w.mined(txs[:3]))
			}
			w.play(1)
		}
		w.audit()
	})
}

// part is the side of the partition that a host is on.
func part(a netip.Addr) bool { return a.As4()[3]%2 == 0 }

type gossipNet struct {
	t      *testing.T
	params *consensus.Params
	net    *memnet.Network
	keys   []*chaintest.Key // of the first nodes
	nodes  []*gossipNode
}

// gossipNode is one node; m is nil while it is switched off.
type gossipNode struct {
	id    int
	store *chain.MemStore
	m     *chain.Manager
	stop  func()
}

func gossipAddr(id int) string { return fmt.Sprintf("10.0.0.%d:8000", id+1) }

func (w *gossipNet) start(n *gossipNode) {
	w.t.Helper()
	m, err := chain.Open(w.params, n.store, chain.Options{Workers: 1})
	if err != nil {
		w.t.Fatal(err)
	}
	addr := gossipAddr(n.id)
	l, err := w.net.Listen(addr)
	if err != nil {
		w.t.Fatal(err)
	}
	// As in life: a few seeds that all know, and an address from a friend.
	seeds := []string{gossipAddr(1), gossipAddr(5), gossipAddr(max(0, n.id-3))}
	node := gossip.New(m, gossip.Options{
		Params: w.params, Listener: l, Dial: w.net.Dialer(netip.MustParseAddrPort(addr).Addr().String()),
		Seeds: seeds, AllowPrivate: true, MaxOutbound: 3,
	})
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	for _, run := range []func(context.Context) error{m.Run, node.Run} {
		group.Go(func() {
			if err := run(ctx); err != nil {
				w.t.Errorf("node %d: %v", n.id, err)
			}
		})
	}
	n.m = m
	n.stop = func() { cancel(); group.Wait() }
}

func (w *gossipNet) stop(n *gossipNode) {
	n.stop()
	n.m, n.stop = nil, nil
}

func (w *gossipNet) stopAll() {
	for _, n := range w.nodes {
		if n.m != nil {
			w.stop(n)
		}
	}
}

// play lets slots go by and producers produce.
func (w *gossipNet) play(slots int) {
	w.t.Helper()
	for range slots {
		next := w.params.SlotAt(time.Now()) + 1
		time.Sleep(time.Until(w.params.SlotTime(next)))
		for i, key := range w.keys {
			m := w.nodes[i].m
			if m == nil {
				continue
			}
			if b := produce(w.t, m, key, next); b != nil {
				if err := m.AddBlock(b); err != nil {
					w.t.Fatalf("node %d: own block: %v", i, err)
				}
			}
		}
	}
	time.Sleep(time.Duration(w.params.SlotSeconds) * time.Second * 9 / 10)
}

func (w *gossipNet) addTx(id int, tx *types.Tx) {
	w.t.Helper()
	if err := w.nodes[id].m.AddTx(tx); err != nil {
		w.t.Fatalf("node %d: %v", id, err)
	}
}

func (w *gossipNet) agreed() bool {
	for _, n := range w.nodes {
		if n.m == nil || n.m.Tip() != w.nodes[0].m.Tip() {
			return false
		}
	}
	return true
}

// mined tells whether node 0 has all txs on its chain.
func (w *gossipNet) mined(txs []*types.Tx) bool {
	for _, tx := range txs {
		if _, _, err := w.nodes[0].m.Transaction(tx.ID()); err != nil {
			return false
		}
	}
	return true
}

// tips counts the nodes by height.
func (w *gossipNet) tips() map[uint32]int {
	out := make(map[uint32]int)
	for _, n := range w.nodes {
		if n.m != nil {
			out[n.m.Tip().Height]++
		}
	}
	return out
}

// audit checks the state that all nodes ended with.
func (w *gossipNet) audit() {
	w.t.Helper()
	err := w.nodes[0].m.View(func(st consensus.State, rows consensus.Rows) error {
		s, err := consensus.Audit(w.params, st, rows)
		if err == nil && !s.OK() {
			w.t.Error(s)
		}
		return err
	})
	if err != nil {
		w.t.Error(err)
	}
	tip := w.nodes[0].m.Tip()
	w.t.Logf("height %d, digest %v on %d nodes", tip.Height, tip.Digest, len(w.nodes))
}
