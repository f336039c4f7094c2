package gossip_test

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain"
	"supercomputing/chain/chaintest"
	"supercomputing/chain/gossip"
	"supercomputing/chain/gossip/memnet"
)

// site is a node with a real chain.
type site struct {
	*gossip.Node
	m    *chain.Manager
	stop func()
}

func openSite(t *testing.T, g *chaintest.Generator, opts gossip.Options) *site {
	t.Helper()
	m, err := chain.Open(g.Params, chain.NewMemStore(), chain.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	opts.Params, opts.AllowPrivate = g.Params, true
	s := &site{Node: gossip.New(m, opts), m: m}
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	for _, run := range []func(context.Context) error{m.Run, s.Run} {
		group.Go(func() {
			if err := run(ctx); err != nil {
				t.Errorf("Run: %v", err)
			}
		})
	}
	s.stop = sync.OnceFunc(func() { cancel(); group.Wait() })
	t.Cleanup(s.stop)
	return s
}

func waitFor(t *testing.T, what string, limit time.Duration, cond func() bool) {
	t.Helper()
	for start := time.Now(); !cond(); time.Sleep(20 * time.Millisecond) {
		if time.Since(start) > limit {
			t.Fatalf("%s: not within %v", what, limit)
		}
	}
}

// TestRealChain syncs managers over some epochs, so that seat lists are asked
// for, then passes on a transaction and the block that confirms it.
func TestRealChain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := chaintest.New(t, chaintest.Params([]string{"ann", "bob"}, nil))
		g.AuditEvery(1000)
		g.ExtendBy(45)
		ann, bob := chaintest.NewKey("ann"), chaintest.NewKey("bob")
		time.Sleep(time.Until(g.Params.SlotTime(g.Tip().Header.Slot + 1)))

		w := memnet.New()
		w.SetDelay(10 * time.Millisecond)
		var sites []*site
		for i := range 4 {
			host := fmt.Sprintf("10.0.0.%d", i+1)
			l, err := w.Listen(host + ":8000")
			if err != nil {
				t.Fatal(err)
			}
			s := openSite(t, g, gossip.Options{Listener: l, Dial: w.Dialer(host), Seeds: []string{"10.0.0.1:8000"}})
			sites = append(sites, s)
			if i == 0 {
				for _, b := range g.Blocks()[1:] {
					if err := s.m.AddBlock(b.Block); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		agreed := func() bool {
			for _, s := range sites {
				if s.m.Tip().Hash != g.State.Hash {
					return false
				}
			}
			return true
		}
		waitFor(t, "synced", time.Minute, agreed)

		post := g.Post(ann, chaintest.CoinAmount/10, 100)
		if err := sites[3].m.AddTx(post); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "transaction everywhere", 10*time.Second, func() bool {
			for _, s := range sites {
				if tx := s.m.PoolTx(post.ID()); tx == nil || string(tx.Payload) != string(post.Payload) {
					return false
				}
			}
			return true
		})
		b := g.Extend(post, g.Record(bob, chaintest.Registration(g.Params.ID, bob)))
		time.Sleep(time.Until(g.Params.SlotTime(b.Header.Slot)))
		if err := sites[1].m.AddBlock(b); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "block everywhere", 10*time.Second, agreed)
		for i, s := range sites {
			if s.m.Tip().Digest != sites[0].m.Tip().Digest || len(s.m.PoolTxs()) != 0 {
				t.Errorf("node %d differs", i)
			}
			if st := s.Stats(); st.BlocksBad+st.TxsBad+st.Malformed+st.Banned+st.Unrequested != 0 {
				t.Errorf("node %d counts mistakes: %+v", i, st)
			}
		}
	})
}

// realLimit bounds what takes moments of real time on an idle machine.
const realLimit = 3 * time.Minute

// TestOverTCP runs two nodes over the loopback interface, one without a
// listener, in real time.
func TestOverTCP(t *testing.T) {
	g := chaintest.New(t, chaintest.Params([]string{"ann"}, nil))
	g.ExtendBy(20)
	a := openSite(t, g, gossip.Options{Listen: "127.0.0.1:0"})
	for _, b := range g.Blocks()[1:] {
		if err := a.m.AddBlock(b.Block); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, "listening", realLimit, func() bool { return a.Addr() != nil })
	b := openSite(t, g, gossip.Options{})
	if err := b.Connect(a.Addr().String()); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "synced", realLimit, func() bool { return b.m.Tip().Hash == g.State.Hash })
	// Something else than a node knocks; the nodes go on.
	c, err := net.Dial("tcp", a.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(c, "GET / HTTP/1.0\r\n\r\n%s", make([]byte, 8000))
	c.SetReadDeadline(time.Now().Add(20 * time.Second))
	for err == nil {
		_, err = c.Read(make([]byte, 4096))
	}
	c.Close()
	if len(a.Peers()) != 1 || len(b.Peers()) != 1 {
		t.Errorf("%d and %d peers", len(a.Peers()), len(b.Peers()))
	}
	start := time.Now()
	a.stop()
	b.stop()
	if took := time.Since(start); took > 8*time.Second { // less than any limit of a connection
		t.Errorf("shutdown took %v", took)
	}
}
