package gossip

import (
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain/types"
)

// coin is a transaction every test chain can spend.
var coin = types.Hash{0xc0}

func txChain(id types.NetworkID) *fakeChain {
	c := newFakeChain(id)
	c.outputs[coin] = true
	return c
}

func TestTransactionsTravel(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.net.SetDelay(10 * time.Millisecond)
		id := testParams().ID
		var line []*running
		for k := range 4 {
			line = append(line, w.start(k, txChain(id), func(o *Options) {
				o.AllowPrivate = false
				if k > 0 {
					o.Seeds = []string{addrOf(k - 1)}
				}
			}))
		}
		early := pay(coin, 2, []byte("a job that was posted before there were peers"))
		if err := line[0].chain.AddTx(early); err != nil {
			t.Fatal(err)
		}
		last := line[3].chain
		w.until("early transaction arrived", time.Minute, func() bool { return last.PoolTx(early.ID()) != nil })
		late := pay(early.ID(), 2, make([]byte, types.MaxPayload))
		start := time.Now()
		if err := line[0].chain.AddTx(late); err != nil {
			t.Fatal(err)
		}
		w.until("late transaction arrived", time.Minute, func() bool { return last.PoolTx(late.ID()) != nil })
		if took := time.Since(start); took > time.Second {
			t.Errorf("three hops took %v", took)
		}
		for _, tx := range []*types.Tx{early, late} {
			if got := last.PoolTx(tx.ID()); string(got.Payload) != string(tx.Payload) {
				t.Error("the payload was lost")
			}
		}
		// Each node fetched each transaction once.
		for k, n := range line {
			if s := n.Stats(); s.TxsOut > 2 || k > 0 && s.TxsIn != 2 {
				t.Errorf("node %d: %d in, %d out", k, s.TxsIn, s.TxsOut)
			}
		}
	})
}

// TestManyTransactions greets a peer with more than it may ask for at once.
func TestManyTransactions(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := testParams().ID
		a := w.start(1, txChain(id), nil)
		parent := coin
		for range 3 * maxPeerTxs {
			tx := pay(parent, 2, nil)
			if err := a.chain.AddTx(tx); err != nil {
				t.Fatal(err)
			}
			parent = tx.ID()
		}
		b := w.start(2, txChain(id), seeds(1))
		w.until("all arrived", time.Minute, func() bool { return len(b.chain.PoolTxs()) == 3*maxPeerTxs })
	})
}

// TestOrphans announces a child before its parents.
func TestOrphans(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		n := w.start(1, txChain(testParams().ID), nil)
		s := w.dial("10.5.5.5", n, 0)
		a := pay(coin, 2, nil)
		b := pay(a.ID(), 2, []byte("b"))
		c := pay(b.ID(), 2, []byte("c"))
		byID := map[types.Hash]*types.Tx{a.ID(): a, b.ID(): b, c.ID(): c}
		s.send(&invMsg{[]types.Hash{c.ID()}})
		for range 3 {
			for _, id := range want[*getTxMsg](s).IDs {
				s.send(&txMsg{byID[id]})
			}
		}
		w.until("all in the pool", 10*time.Second, func() bool { return len(n.chain.PoolTxs()) == 3 })
		if len(n.relay.orphans.txs) != 0 || n.relay.orphans.size != 0 {
			t.Error("orphans left over")
		}
	})
}

// TestRefusedFlood: a peer whose transactions are all refused, which is no
// offence, has them checked ever more slowly, and in the end all the same.
func TestRefusedFlood(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		n := w.start(1, txChain(testParams().ID), nil)
		s := w.dial("10.5.5.5", n, 0)
		const count = refusedBurst + 2*maxPeerTxs
		offered := make(map[types.Hash]*types.Tx)
		var ids []types.Hash
		for i := range count {
			tx := pay(types.Hash{0xee, byte(i), byte(i >> 8)}, 2, nil)
			offered[tx.ID()] = tx
			ids = append(ids, tx.ID())
		}
		for len(ids) > 0 {
			k := min(len(ids), maxInv)
			s.send(&invMsg{ids[:k]})
			ids = ids[k:]
		}
		start := time.Now()
		for len(offered) > 0 {
			for _, id := range want[*getTxMsg](s).IDs {
				if tx := offered[id]; tx != nil {
					s.send(&txMsg{tx})
				} else {
					s.send(&notFoundMsg{msgGetTx, []types.Hash{id}})
				}
				delete(offered, id)
			}
		}
		if took := time.Since(start); took < 3*time.Second || took > time.Minute {
			t.Errorf("%d refused transactions were asked for within %v", count, took)
		}
	})
}

// TestTxFallback has the first peer that offers a transaction fail in some way:
// the second is asked.
func TestTxFallback(t *testing.T) {
	tx := pay(coin, 2, []byte("good"))
	forged := &types.Tx{Msg: tx.Msg, Payload: []byte{badProof}} // same id
	for _, c := range []struct {
		name string
		act  func(s *stranger)
	}{
		{"silent", func(s *stranger) {}},
		{"gone", func(s *stranger) { s.raw.Close() }},
		{"notfound", func(s *stranger) { s.send(&notFoundMsg{msgGetTx, []types.Hash{tx.ID()}}) }},
		{"another payload", func(s *stranger) { s.send(&txMsg{forged}) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				n := w.start(1, txChain(testParams().ID), nil)
				first, second := w.dial("10.5.5.5", n, 0), w.dial("10.5.5.6", n, 0)
				first.send(&invMsg{[]types.Hash{tx.ID()}})
				want[*getTxMsg](first)
				second.send(&invMsg{[]types.Hash{tx.ID()}})
				synctest.Wait()
				c.act(first)
				want[*getTxMsg](second)
				second.send(&txMsg{tx})
				synctest.Wait()
				if n.chain.PoolTx(tx.ID()) == nil {
					t.Error("the transaction did not get in")
				}
				if len(n.relay.wanted) != 0 {
					t.Error("still wanted")
				}
			})
		})
	}
}

// TestBadTransactions bans a peer after some that can never have been valid.
func TestBadTransactions(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		n := w.start(1, txChain(testParams().ID), nil)
		s := w.dial("10.5.5.5", n, 0)
		for i := range 5 {
			tx := pay(coin, badTx, []byte{byte(i)})
			tx.Msg.LockTime = uint32(i)
			s.send(&invMsg{[]types.Hash{tx.ID()}})
			if _, err := s.next(); err != nil {
				break
			}
			s.send(&txMsg{tx})
		}
		s.wantEnd()
		synctest.Wait()
		if !n.bans.banned("10.5.5.5", time.Now()) {
			t.Error("not banned")
		}
		if st := n.Stats(); st.TxsBad < 4 || st.Banned != 1 {
			t.Errorf("%d bad, %d banned", st.TxsBad, st.Banned)
		}
	})
}

// TestNoTransactionsWhileBehind asks for none that it could not judge.
func TestNoTransactionsWhileBehind(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := testParams().ID
		c := txChain(id)
		for _, b := range mineChain(id, genesis, lagBlocks+1) {
			if err := c.AddHeaders([]types.Header{b.Header}); err != nil {
				t.Fatal(err)
			}
		}
		n := w.start(1, c, nil)
		s := w.dial("10.5.5.5", n, 0)
		s.send(&invMsg{[]types.Hash{{1}}}, &getListMsg{})
		want[*notFoundMsg](s)
		if len(n.relay.wanted) != 0 {
			t.Error("asked for a transaction")
		}
	})
}

func TestOrphanLimits(t *testing.T) {
	o, now := newOrphans(), time.Unix(1000, 0)
	mk := func(i int, payload int) *types.Tx {
		tx := pay(types.Hash{byte(i), byte(i >> 8)}, 2, make([]byte, payload))
		return tx
	}
	p := &peer{}
	for i := range maxPeerOrphans + 5 {
		tx := mk(i, 0)
		if got := o.add(p, tx, tx.ID(), now); got != (i < maxPeerOrphans) {
			t.Errorf("orphan %d of one peer kept: %v", i, got)
		}
	}
	for i := range 3 * maxOrphans {
		tx := mk(1000+i, types.MaxPayload)
		o.add(&peer{key: string(rune(i))}, tx, tx.ID(), now.Add(time.Duration(i)))
		if len(o.txs) > maxOrphans || o.size > maxOrphanBytes {
			t.Fatalf("%d orphans of %d bytes", len(o.txs), o.size)
		}
	}
	last := mk(1000+3*maxOrphans-1, types.MaxPayload)
	if !o.has(last.ID()) || o.add(p, last, last.ID(), now) {
		t.Error("the newest orphan is gone, or kept twice")
	}
	o.expire(now.Add(orphanLimit + time.Hour))
	if len(o.txs) != 0 || o.size != 0 {
		t.Errorf("%d orphans of %d bytes after their time", len(o.txs), o.size)
	}
}

// TestWantedBounds offers far more than is asked for.
func TestWantedBounds(t *testing.T) {
	n := New(txChain(testParams().ID), Options{Params: testParams()})
	p := n.newPeer(mustPipe(), roleInbound, "", func(error) {})
	for i := range 20 {
		ids := make([]types.Hash, maxInv)
		for j := range ids {
			ids[j] = types.Hash{byte(i), byte(j), byte(j >> 8), 1}
		}
		n.relay.offered(p, ids)
	}
	if len(p.wantTxs) != maxPeerTxs || len(p.backlog) > maxGreeting || len(n.relay.wanted) != maxPeerTxs {
		t.Errorf("%d asked, %d wait, %d wanted", len(p.wantTxs), len(p.backlog), len(n.relay.wanted))
	}
	n.relay.gone(p)
	if len(n.relay.wanted) != 0 {
		t.Error("wanted from a peer that is gone")
	}
}
