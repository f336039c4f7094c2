package gossip

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

var genesis = types.Header{Version: 1}

func seeds(ks ...int) func(*Options) {
	return func(o *Options) {
		for _, k := range ks {
			o.Seeds = append(o.Seeds, addrOf(k))
		}
	}
}

func (r *running) height() uint32 { return r.chain.Tip().Height }

// TestSync fetches a chain from several peers and sees that each gave a part.
func TestSync(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.net.SetDelay(10 * time.Millisecond)
		id := testParams().ID
		blocks := mineChain(id, genesis, 300)
		var full []*running
		for k := range 4 {
			full = append(full, w.start(k, newFakeChain(id, blocks...), nil))
		}
		n := w.start(9, newFakeChain(id), seeds(0, 1, 2, 3))
		w.until("synced", 5*time.Minute, func() bool { return n.height() == 300 })
		for k, f := range full {
			if f.Stats().BlocksOut < 30 {
				t.Errorf("peer %d gave %d blocks", k, f.Stats().BlocksOut)
			}
		}
		if s := n.Stats(); s.Stalls != 0 || s.BlocksIn != 300 || s.HeadersIn > 900 {
			t.Errorf("%d stalls, %d blocks, %d headers", s.Stalls, s.BlocksIn, s.HeadersIn)
		}
		// A new block, and then a reorganisation, reach everybody.
		full[0].chain.grow(mineChain(id, blocks[299].Header, 1)...)
		w.until("new block", 10*time.Second, func() bool { return n.height() == 301 && full[3].height() == 301 })
		side := []*types.Block{mine(id, &blocks[290].Header, 5000, nil)}
		side = append(side, mineChain(id, side[0].Header, 20)...)
		full[1].chain.grow(side...)
		w.until("reorganised", time.Minute, func() bool {
			return n.height() == side[20].Header.Height && full[2].chain.Tip() == full[1].chain.Tip()
		})
	})
}

// TestLongHeaders asks on when a headers message is full, from where it ended.
func TestLongHeaders(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		n := w.start(1, newFakeChain(testParams().ID), nil)
		s := w.dial("10.5.5.5", n, 5000)
		parent := genesis
		for _, count := range []int{maxHeaders, maxHeaders, 7} {
			ask := want[*getHeadersMsg](s)
			if ask.Locator[0] != parent.Hash() || ask.Locator[len(ask.Locator)-1] != genesis.Hash() {
				t.Fatalf("at height %d the locator starts elsewhere", parent.Height)
			}
			hs := make([]types.Header, count)
			for i := range hs {
				hs[i] = types.Header{Height: parent.Height + 1, PrevHash: parent.Hash(), Slot: parent.Slot + 1}
				parent = hs[i]
			}
			s.send(&headersMsg{true, hs})
		}
		want[*getBlocksMsg](s)
		if got := n.chain.BestHeader().Height; got != 2*maxHeaders+7 {
			t.Errorf("best header at %d", got)
		}
	})
}

// TestGossipOfBlocks passes a new block along a line of nodes.
func TestGossipOfBlocks(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.net.SetDelay(20 * time.Millisecond)
		id := testParams().ID
		var line []*running
		for k := range 6 {
			line = append(line, w.start(k, newFakeChain(id), func(o *Options) {
				o.AllowPrivate = false // nobody learns of others
				if k > 0 {
					o.Seeds = []string{addrOf(k - 1)}
				}
			}))
		}
		w.until("connected", time.Minute, func() bool {
			for k, n := range line {
				if k > 0 && k < 5 && len(n.Peers()) != 2 {
					return false
				}
			}
			return true
		})
		start := time.Now()
		line[0].chain.grow(mineChain(id, genesis, 1)...)
		w.until("arrived", 10*time.Second, func() bool { return line[5].height() == 1 })
		if took := time.Since(start); took > 500*time.Millisecond {
			t.Errorf("five hops took %v", took)
		}
	})
}

// TestSeatLists syncs headers that need a list every ten blocks.
func TestSeatLists(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := testParams().ID
		src := newFakeChain(id)
		parent := genesis
		for i := range 60 {
			b := mine(id, &parent, uint64(i)+1, func(b *types.Block) {
				l := testList(i/10 + 1)
				src.AddSeatList(l)
				b.Header.VRFProof[0], b.Header.ProducersRoot = needsList, l.Root(id)
			})
			src.grow(b)
			parent = b.Header
		}
		w.start(1, src, nil)
		n := w.start(2, newFakeChain(id), seeds(1))
		w.until("synced", time.Minute, func() bool { return n.height() == 60 })
		if len(n.chain.lists) != 6 {
			t.Errorf("%d lists", len(n.chain.lists))
		}
	})
}

// TestStallingPeer has one peer that offers everything and gives nothing.
func TestStallingPeer(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := testParams().ID
		blocks := mineChain(id, genesis, 100)
		n := w.start(1, newFakeChain(id), nil)
		s := w.dial("10.5.5.5", n, 100)
		var hs []types.Header
		for _, b := range blocks {
			hs = append(hs, b.Header)
		}
		want[*getHeadersMsg](s)
		s.send(&headersMsg{true, hs})
		want[*getBlocksMsg](s)
		ended := make(chan string)
		go func() { ended <- s.wantEnd() }()
		w.start(2, newFakeChain(id, blocks...), nil)
		n.Connect(addrOf(2))
		w.until("synced", time.Minute, func() bool { return n.height() == 100 })
		if st := n.Stats(); st.Stalls == 0 {
			t.Error("no stall counted")
		}
		if n.bans.score("10.5.5.5", time.Now()) == 0 {
			t.Error("no points for stalling")
		}
		s.raw.Close()
		<-ended
	})
}

// TestSilentHeaders asks another peer when one does not answer getheaders, and
// drops it in the end.
func TestSilentHeaders(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := testParams().ID
		n := w.start(1, newFakeChain(id), nil)
		s := w.dial("10.5.5.5", n, 5)
		want[*getHeadersMsg](s)
		done := make(chan string)
		go func() { done <- s.wantEnd() }()
		w.start(2, newFakeChain(id, mineChain(id, genesis, 5)...), nil)
		n.Connect(addrOf(2))
		w.until("synced", time.Minute, func() bool { return n.height() == 5 })
		s.raw.Close()
		<-done
	})
}

// TestLyingPeers sends things that cannot be true. Each costs the peer its
// connection and the host a ban; the node goes on.
func TestLyingPeers(t *testing.T) {
	id := testParams().ID
	good := mineChain(id, genesis, 3)
	headersOf := func(bs ...*types.Block) (out []types.Header) {
		for _, b := range bs {
			out = append(out, b.Header)
		}
		return out
	}
	// serve answers getheaders with hs and getblocks with b.
	serve := func(s *stranger, hs []types.Header, b *types.Block) {
		want[*getHeadersMsg](s)
		s.send(&headersMsg{true, hs})
		if b != nil {
			want[*getBlocksMsg](s)
			s.send(&blockMsg{b})
		}
	}
	bodyless := &types.Block{Header: good[0].Header, Txs: mine(id, &genesis, 77, nil).Txs}
	sideless := &types.Block{Header: good[0].Header, Txs: good[0].Txs}
	sideless.Sides[types.ChainWork] = types.SideBlock{{1}}
	unsigned := &types.Block{Header: good[0].Header, Txs: good[0].Txs}
	unsigned.Header.Signature[5]++
	rotten := mine(id, &genesis, 1, func(b *types.Block) { b.Txs[0].Version = badBlock })
	proofless := mine(id, &genesis, 1, func(b *types.Block) { b.Header.VRFProof[0] = badProof })
	stranded := mine(id, &types.Header{Height: 5}, 9, nil)
	for _, c := range []struct {
		name   string
		act    func(s *stranger)
		banned bool
	}{
		{"header against a rule", func(s *stranger) { serve(s, headersOf(proofless), nil) }, true},
		{"headers that are no chain", func(s *stranger) { serve(s, headersOf(good[0], good[2]), nil) }, true},
		{"headers from nowhere", func(s *stranger) { serve(s, headersOf(stranded), nil) }, false},
		{"transactions of another block", func(s *stranger) { serve(s, headersOf(good...), bodyless) }, true},
		{"payload of another block", func(s *stranger) { serve(s, headersOf(good...), sideless) }, true},
		{"signature broken", func(s *stranger) { serve(s, headersOf(good...), unsigned) }, true},
		{"block against a rule", func(s *stranger) { serve(s, headersOf(rotten), rotten) }, true},
		{"another block than asked for", func(s *stranger) { serve(s, headersOf(good...), mine(id, &genesis, 50, nil)) }, false},
		{"block nobody asked for", func(s *stranger) { s.send(&blockMsg{good[0]}) }, false},
		{"transaction nobody asked for", func(s *stranger) { s.send(&txMsg{pay(types.Hash{1}, 2, nil)}) }, false},
		{"list nobody asked for", func(s *stranger) { s.send(&listMsg{testList(1)}) }, false},
		{"headers nobody asked for", func(s *stranger) {
			want[*getHeadersMsg](s)
			s.send(&headersMsg{true, nil}, &headersMsg{true, nil})
		}, false},
		{"addresses nobody asked for", func(s *stranger) { s.send(&addrMsg{true, nil}) }, false},
		{"notfound nobody asked for", func(s *stranger) { s.send(&notFoundMsg{msgGetTx, make([]types.Hash, 1)}) }, false},
		{"pong without ping", func(s *stranger) { s.send(&pongMsg{12345}) }, false},
		{"empty announcement", func(s *stranger) { s.send(&headersMsg{false, nil}) }, true},
		{"getaddr twice", func(s *stranger) { s.send(&getAddrMsg{}, &getAddrMsg{}) }, false},
		{"unknown message", func(s *stranger) { s.writeFrame([]byte{99, 0, 0, 0, 0}) }, true},
		{"message over its limit", func(s *stranger) { s.writeFrame([]byte{byte(msgPing), 0, 0, 1, 0}) }, true},
		{"too many requests", func(s *stranger) {
			for range 2 * maxServeTxs / maxGetTx {
				s.send(&getTxMsg{make([]types.Hash, maxGetTx)})
			}
			for range 200 {
				s.send(&getBlocksMsg{make([]types.Hash, maxGetBlocks)})
			}
		}, false},
		{"body that does not decode", func(s *stranger) { s.writeFrame([]byte{byte(msgInv), 0, 0, 0, 1, 7}) }, true},
		{"ciphertext that is none", func(s *stranger) { s.raw.Write(make([]byte, 5000)) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				n := w.start(1, newFakeChain(id), nil)
				s := w.dial("10.5.5.5", n, 3)
				c.act(s)
				s.wantEnd()
				synctest.Wait()
				if got := n.bans.banned("10.5.5.5", time.Now()); got != c.banned {
					t.Errorf("banned: %v, score %d", got, n.bans.score("10.5.5.5", time.Now()))
				}
				if c.banned {
					raw, err := w.net.Dialer("10.5.5.5")(t.Context(), n.addr)
					if err == nil {
						_, err = raw.Read(make([]byte, 1))
						raw.Close()
					}
					if err == nil {
						t.Error("a banned host comes in")
					}
				}
				// The node goes on: an honest peer still works.
				n.Connect(addrOf(2))
				w.start(2, newFakeChain(id, good...), nil)
				w.until("synced with another peer", 2*time.Minute, func() bool { return n.height() == 3 })
			})
		})
	}
}

// TestBigBlocks keeps waiting blocks within their budget: each block is large
// and the first is late.
func TestBigBlocks(t *testing.T) {
	s := newSyncer(New(newFakeChain(testParams().ID), Options{Params: testParams()}))
	const size = types.MaxBlockSize
	p := &peer{}
	for i := range planSize {
		s.plan = append(s.plan, types.Hash{byte(i), 1})
	}
	for i := planSize - 1; i >= 0; i-- {
		s.arrived(&arrival{hash: s.plan[i], size: size, from: p})
		if s.readySize > maxReadyBytes {
			t.Fatalf("%d bytes wait", s.readySize)
		}
	}
	for i := range maxReadyBytes / size {
		if s.ready[s.plan[i]] == nil {
			t.Errorf("block %d made room for a later one", i)
		}
	}
	if s.readySize != len(s.ready)*size {
		t.Errorf("%d bytes counted for %d blocks", s.readySize, len(s.ready))
	}
}

// TestSlowReader asks for a lot and reads nothing.
func TestSlowReader(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := testParams().ID
		parent := genesis
		c := newFakeChain(id)
		for i := range 10 {
			b := mine(id, &parent, uint64(i)+1, func(b *types.Block) {
				b.Txs[0].TxOut[0] = wire.NewTxOut(1, make([]byte, 500_000))
			})
			c.grow(b)
			parent = b.Header
		}
		n := w.start(1, c, nil)
		s := w.dial("10.5.5.5", n, 0)
		for h := uint32(1); h <= 10; h++ {
			hash, _ := c.BlockHash(h)
			s.send(&getBlocksMsg{[]types.Hash{hash}})
		}
		w.until("dropped", 2*time.Minute, func() bool { return len(n.Peers()) == 0 })
	})
}

func TestRuleErrorsOnly(t *testing.T) {
	n := New(newFakeChain(testParams().ID), Options{Params: testParams()})
	var out outcome
	if err := n.judgeHeaders(&peer{}, false, &consensus.RuleError{Kind: consensus.ErrVRF}, &out); err == nil {
		t.Error("a broken rule is no offence")
	}
}
