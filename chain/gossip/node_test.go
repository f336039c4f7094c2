package gossip

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain"
	"supercomputing/chain/gossip/memnet"
	"supercomputing/chain/types"
)

// world is a network of nodes in memory, inside a synctest bubble.
type world struct {
	t   *testing.T
	net *memnet.Network
}

// running is a node that runs.
type running struct {
	*Node
	chain *fakeChain
	addr  string
	stop  func() error
}

func addrOf(k int) string { return fmt.Sprintf("10.0.%d.%d:8000", k/250, k%250+1) }

// start runs a node at addrOf(k) on c. change may alter its options.
func (w *world) start(k int, c *fakeChain, change func(*Options)) *running {
	w.t.Helper()
	ap := netip.MustParseAddrPort(addrOf(k))
	opts := Options{Params: testParams(), Dial: w.net.Dialer(ap.Addr().String()), AllowPrivate: true, Agent: fmt.Sprint("node ", k)}
	opts.Params.ID = c.id
	l, err := w.net.Listen(ap.String())
	if err != nil {
		w.t.Fatal(err)
	}
	opts.Listener = l
	if change != nil {
		change(&opts)
	}
	if opts.Listener == nil {
		l.Close()
	}
	n := New(c, opts)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	var result error
	stopped := false
	r := &running{Node: n, chain: c, addr: ap.String(), stop: func() error {
		cancel()
		if !stopped {
			result, stopped = <-done, true
		}
		return result
	}}
	w.t.Cleanup(func() { r.stop() })
	return r
}

// until waits for cond, polling each tenth of a (simulated) second.
func (w *world) until(what string, limit time.Duration, cond func() bool) {
	w.t.Helper()
	for start := time.Now(); !cond(); time.Sleep(100 * time.Millisecond) {
		if time.Since(start) > limit {
			w.t.Fatalf("%s: not within %v", what, limit)
		}
	}
}

// inWorld runs a test in a bubble whose nodes end before it does.
func inWorld(t *testing.T, f func(t *testing.T, w *world)) {
	synctest.Test(t, func(t *testing.T) { f(t, &world{t, memnet.New()}) })
}

// stranger is a peer whose every message a test decides.
type stranger struct {
	t *testing.T
	*wireConn
	version *versionMsg
}

// dial connects to a node as host and shakes hands, claiming height.
func (w *world) dial(host string, to *running, height uint32) *stranger {
	w.t.Helper()
	raw, err := w.net.Dialer(host)(context.Background(), to.addr)
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := w.shake(raw, to.id, true, &versionMsg{Protocol: 1, Network: to.id, Services: ServiceBlocks, Time: time.Now(), Nonce: 99, Height: height})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) shake(raw net.Conn, id types.NetworkID, initiator bool, v *versionMsg) (*stranger, error) {
	w.t.Cleanup(func() { raw.Close() })
	c, err := openWire(context.Background(), raw, id, initiator, make(gate, 1), meter(), time.Minute)
	if err != nil {
		return nil, err
	}
	s := &stranger{t: w.t, wireConn: c}
	s.send(v)
	m, err := c.expect(msgVersion)
	if err != nil {
		return nil, err
	}
	s.version = m.(*versionMsg)
	s.send(&verackMsg{})
	if _, err := c.expect(msgVerack); err != nil {
		return nil, err
	}
	raw.SetDeadline(time.Time{})
	return s, nil
}

func (s *stranger) send(ms ...message) {
	for _, m := range ms {
		s.writeFrame(encodeFrame(m))
	}
}

// next reads the next message that is not one of housekeeping.
func (s *stranger) next() (message, error) {
	for {
		t, body, err := s.readFrame(anySize)
		if err != nil {
			return nil, err
		}
		m, err := decodeMessage(t, body)
		if err != nil {
			return nil, err
		}
		switch m := m.(type) {
		case *pingMsg:
			s.send(&pongMsg{m.Nonce})
		case *getAddrMsg, *addrMsg, *invMsg:
		default:
			return m, nil
		}
	}
}

// want reads on until a message of type M.
func want[M message](s *stranger) M {
	s.t.Helper()
	for {
		m, err := s.next()
		if err != nil {
			var none M
			s.t.Fatalf("waiting for a %T: %v", none, err)
		}
		if got, ok := m.(M); ok {
			return got
		}
	}
}

// wantEnd reads until the node closes the connection and returns its reason.
func (s *stranger) wantEnd() string {
	s.t.Helper()
	reason := ""
	for {
		s.raw.SetReadDeadline(time.Now().Add(5 * time.Minute))
		m, err := s.next()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			s.t.Fatal("connection stays open")
		}
		if err != nil {
			return reason
		}
		if r, ok := m.(*rejectMsg); ok {
			reason = r.Reason
		}
	}
}

func TestConnectAndShutdown(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := testParams().ID
		a := w.start(1, newFakeChain(id), nil)
		b := w.start(2, newFakeChain(id), func(o *Options) { o.Listener = nil })
		if err := b.Connect(a.addr); err != nil {
			t.Fatal(err)
		}
		w.until("connected", time.Minute, func() bool { return len(a.Peers()) == 1 && len(b.Peers()) == 1 })
		w.until("pinged", time.Minute, func() bool { return a.Peers()[0].BytesIn > 0 })
		p := a.Peers()[0]
		if !p.Inbound || p.Agent != "node 2" || p.Listen != "" || b.Peers()[0].Listen != a.addr {
			t.Errorf("peers: %+v and %+v", p, b.Peers()[0])
		}
		if b.Addr() != nil || a.Addr().String() != a.addr {
			t.Errorf("addresses: %v and %v", a.Addr(), b.Addr())
		}
		start := time.Now()
		for _, n := range []*running{a, b} {
			if err := n.stop(); err != nil {
				t.Errorf("Run: %v", err)
			}
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("shutdown took %v", took)
		}
		if err := a.Run(context.Background()); !errors.Is(err, ErrRunning) {
			t.Errorf("second Run: %v", err)
		}
	})
}

func TestConnectErrors(t *testing.T) {
	n := New(newFakeChain(testParams().ID), Options{Params: testParams()})
	for _, addr := range []string{"", "host", ":80", "host:0", "host:99999", "host:http"} {
		if err := n.Connect(addr); !errors.Is(err, ErrAddress) {
			t.Errorf("%q: %v", addr, err)
		}
	}
	for i := range maxManual + 1 {
		err := n.Connect(fmt.Sprintf("host%d:80", i))
		if full := errors.Is(err, ErrFull); full != (i == maxManual) {
			t.Errorf("address %d: %v", i, err)
		}
	}
}

func TestListenInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	n := New(newFakeChain(testParams().ID), Options{Params: testParams(), Listen: l.Addr().String()})
	if err := n.Run(context.Background()); !errors.Is(err, ErrListen) {
		t.Errorf("got %v", err)
	}
}

// TestChainFailure stops the node when its disk fails, and says so.
func TestChainFailure(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := testParams().ID
		full := errors.New("disk is full")
		a := w.start(1, newFakeChain(id, mineChain(id, types.Header{Version: 1}, 3)...), nil)
		c := newFakeChain(id)
		c.blockErr = full
		n := New(c, Options{Params: testParams(), Dial: w.net.Dialer("10.9.9.9"), Seeds: []string{a.addr}})
		if err := n.Run(context.Background()); !errors.Is(err, full) {
			t.Errorf("Run: %v", err)
		}
	})
}

// TestFullDisk tries a block again when there is room, without a new start.
func TestFullDisk(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := testParams().ID
		w.start(1, newFakeChain(id, mineChain(id, types.Header{Version: 1}, 3)...), nil)
		c := newFakeChain(id)
		c.blockErr = chain.ErrDiskFull
		n := w.start(2, c, seeds(1))
		time.Sleep(time.Minute)
		c.mu.Lock()
		c.blockErr = nil
		c.mu.Unlock()
		w.until("synced", time.Minute, func() bool { return n.height() == 3 })
	})
}

// TestHandshakeFlood opens connections that say nothing. One host may not take
// all the room there is, and none is held for longer than a handshake may last.
func TestHandshakeFlood(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		n := w.start(1, newFakeChain(testParams().ID), nil)
		open := func(host string, count int) {
			for range count {
				c, err := w.net.Dialer(host)(context.Background(), n.addr)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { c.Close() })
			}
			synctest.Wait()
		}
		shaking := func() (total int) {
			n.mu.Lock()
			defer n.mu.Unlock()
			for _, c := range n.handshaking {
				total += c
			}
			return total
		}
		open("1.2.3.4", 20)
		if got := shaking(); got != maxShakingHost {
			t.Errorf("%d handshakes of one host", got)
		}
		for i := range 20 {
			open(fmt.Sprintf("1.2.4.%d", i), 4)
		}
		if got := shaking(); got != maxHandshaking {
			t.Errorf("%d handshakes", got)
		}
		time.Sleep(handshakeLimit + time.Second)
		if got := shaking(); got != 0 {
			t.Errorf("%d handshakes after their time", got)
		}
		w.dial("10.5.5.5", n, 0)
	})
}

func TestVersionRefused(t *testing.T) {
	id := testParams().ID
	twin := id // the same four first bytes, so that the handshake works
	twin[31]++
	for _, c := range []struct {
		name string
		v    func(n *running) versionMsg
		want error
	}{
		{"another network", func(n *running) versionMsg { return versionMsg{Protocol: 1, Network: twin} }, ErrNetwork},
		{"old protocol", func(n *running) versionMsg { return versionMsg{Network: id} }, ErrProtocol},
		{"itself", func(n *running) versionMsg { return versionMsg{Protocol: 1, Network: id, Nonce: n.nonce} }, ErrSelf},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				n := w.start(1, newFakeChain(id), nil)
				raw, err := w.net.Dialer("10.0.9.9")(context.Background(), n.addr)
				if err != nil {
					t.Fatal(err)
				}
				v := c.v(n)
				v.Time = time.Now()
				if _, err := w.shake(raw, id, true, &v); !errors.Is(err, c.want) || !errors.Is(err, ErrRejected) {
					t.Errorf("got %v", err)
				}
				synctest.Wait() // the answer goes out before the books are done
				if s := n.Stats(); s.BadHandshakes != 1 || len(n.Peers()) != 0 {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

// TestWrongOrder sends something else than version, and version twice.
func TestWrongOrder(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		n := w.start(1, newFakeChain(testParams().ID), nil)
		raw, _ := w.net.Dialer("10.0.9.9")(context.Background(), n.addr)
		c, err := openWire(context.Background(), raw, n.id, true, nil, meter(), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		c.writeFrame(encodeFrame(&pingMsg{1}))
		if _, err := io.Copy(io.Discard, raw); err != nil {
			t.Error(err)
		}
		s := w.dial("10.0.9.8", n, 0)
		s.send(&versionMsg{Protocol: 1, Network: n.id, Time: time.Now()})
		if reason := s.wantEnd(); reason == "" {
			t.Error("no reason given")
		}
		synctest.Wait()
		if n.bans.score("10.0.9.8", time.Now()) < pointsUnasked-1 {
			t.Error("no points")
		}
	})
}

// TestSelf gives a node its own address.
func TestSelf(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		n := w.start(1, newFakeChain(testParams().ID), func(o *Options) { o.Seeds = []string{addrOf(1)} })
		n.Connect(n.addr)
		w.until("noticed", time.Minute, func() bool { return n.book.isSelf(netip.MustParseAddrPort(n.addr)) })
		time.Sleep(10 * time.Minute)
		if d := n.Stats().Dialled; d > 3 {
			t.Errorf("dialled itself %d times", d)
		}
	})
}

// TestDuplicates has two nodes dial each other at the same moment, many times:
// one connection stays.
func TestDuplicates(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.net.SetDelay(20 * time.Millisecond)
		id := testParams().ID
		a := w.start(1, newFakeChain(id), func(o *Options) { o.Seeds = []string{addrOf(2)} })
		b := w.start(2, newFakeChain(id), func(o *Options) { o.Seeds = []string{addrOf(1)} })
		a.Connect(b.addr)
		time.Sleep(time.Minute)
		if len(a.Peers()) != 1 || len(b.Peers()) != 1 {
			t.Errorf("%d and %d peers", len(a.Peers()), len(b.Peers()))
		}
		if a.Peers()[0].Inbound == b.Peers()[0].Inbound {
			t.Error("they keep different connections")
		}
		if up := time.Since(a.Peers()[0].Connected); up < 50*time.Second {
			t.Errorf("connected for %v only", up)
		}
	})
}

// TestAddresses starts nodes that know one seed only: they find each other.
func TestAddresses(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := testParams().ID
		var nodes []*running
		for k := range 6 {
			nodes = append(nodes, w.start(k, newFakeChain(id), func(o *Options) { o.Seeds = []string{addrOf(0)} }))
		}
		hidden := w.start(7, newFakeChain(id), func(o *Options) {
			o.Listener = nil
			o.Seeds = []string{addrOf(0)}
		})
		nodes = append(nodes, hidden)
		w.until("everyone meets everyone", 3*time.Minute, func() bool {
			for _, n := range nodes {
				if len(n.Peers()) != len(nodes)-1 && n != hidden {
					return false
				}
			}
			return len(hidden.Peers()) == 6
		})
		for _, n := range nodes {
			for _, p := range n.Peers() {
				if p.Inbound && n == hidden {
					t.Error("the hidden node was dialled")
				}
			}
		}
	})
}

// TestSeedsBesideBook starts a node whose book is full of addresses that do not
// answer, as after a long pause: it is with its seed at once all the same, and
// others learn of the seed from it.
func TestSeedsBesideBook(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id, dir := testParams().ID, t.TempDir()
		var s storedState
		for k := range 500 {
			ap := netip.MustParseAddrPort(addrOf(1000 + k))
			s.Addresses = append(s.Addresses, storedAddr{Addr: ap, Seen: time.Now(), Good: time.Now()})
		}
		if err := saveState(dir, s); err != nil {
			t.Fatal(err)
		}
		w.start(0, newFakeChain(id), nil)
		n := w.start(1, newFakeChain(id), func(o *Options) {
			o.DataDir, o.Seeds, o.MaxOutbound = dir, []string{addrOf(0)}, 2
			dial := o.Dial
			o.Dial = func(ctx context.Context, addr string) (net.Conn, error) {
				if addr != addrOf(0) {
					<-ctx.Done()
					return nil, ctx.Err()
				}
				return dial(ctx, addr)
			}
		})
		w.until("connected to the seed", 5*time.Second, func() bool { return len(n.Peers()) == 1 })
		found := false
		for _, a := range n.book.sample(2000, time.Now()) {
			found = found || a.Addr.String() == addrOf(0)
		}
		if !found {
			t.Error("the seed is not passed on")
		}
	})
}

// TestRestart stops a node and starts it anew from its directory: it finds its
// peers without a seed, and its bans hold.
func TestRestart(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id, dir := testParams().ID, t.TempDir()
		for k := 2; k < 5; k++ {
			w.start(k, newFakeChain(id), func(o *Options) { o.Seeds = []string{addrOf(2)} })
		}
		first := w.start(1, newFakeChain(id), func(o *Options) {
			o.Seeds = []string{addrOf(2)}
			o.DataDir = dir
		})
		w.until("connected", time.Minute, func() bool { return len(first.Peers()) == 3 })
		first.bans.add("10.7.7.7", banScore, time.Now())
		first.stop()
		second := w.start(1, newFakeChain(id), func(o *Options) { o.DataDir = dir })
		w.until("connected again", time.Minute, func() bool { return len(second.Peers()) == 3 })
		if !second.bans.banned("10.7.7.7", time.Now()) {
			t.Error("the ban is forgotten")
		}
		second.stop()
		if err := os.WriteFile(filepath.Join(dir, stateFile), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		third := w.start(1, newFakeChain(id), func(o *Options) { o.DataDir, o.Seeds = dir, []string{addrOf(2)} })
		w.until("connected with a damaged file", time.Minute, func() bool { return len(third.Peers()) == 3 })
	})
}

// TestPartition cuts the network in two and heals it.
func TestPartition(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := testParams().ID
		a := w.start(1, newFakeChain(id), nil)
		b := w.start(2, newFakeChain(id), func(o *Options) { o.Seeds = []string{addrOf(1)} })
		w.until("connected", time.Minute, func() bool { return len(a.Peers()) == 1 })
		w.net.Partition(func(x, y netip.Addr) bool { return x != y })
		w.until("cut", time.Minute, func() bool { return len(a.Peers())+len(b.Peers()) == 0 })
		time.Sleep(5 * time.Minute)
		w.net.Partition(nil)
		w.until("healed", 10*time.Minute, func() bool { return len(a.Peers()) == 1 && len(b.Peers()) == 1 })
	})
}

// TestHealing cuts a network in two parts whose nodes have all the peers they
// want. They must find each other again afterwards all the same.
func TestHealing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := testParams().ID
		odd := func(a netip.Addr) bool { return a.As4()[3]%2 == 1 }
		var nodes []*running
		for k := range 12 {
			nodes = append(nodes, w.start(k, newFakeChain(id), func(o *Options) {
				o.Seeds, o.MaxOutbound = []string{addrOf(0), addrOf(1)}, 2
			}))
		}
		time.Sleep(2 * time.Minute)
		w.net.Partition(func(a, b netip.Addr) bool { return odd(a) != odd(b) })
		time.Sleep(2 * time.Minute)
		nodes[0].chain.grow(mineChain(id, genesis, 3)...)
		side := mine(id, &genesis, 50, nil)
		nodes[1].chain.grow(append([]*types.Block{side}, mineChain(id, side.Header, 4)...)...)
		time.Sleep(20 * time.Second)
		if nodes[2].height() == nodes[3].height() {
			t.Error("the cut had no effect")
		}
		w.net.Partition(nil)
		w.until("one tip", 3*time.Minute, func() bool {
			for _, n := range nodes {
				if n.height() != 5 {
					return false
				}
			}
			return true
		})
		const maxExtra = 2 // feelers that come or go at this moment
		for _, n := range nodes {
			out := 0
			for _, p := range n.Peers() {
				if !p.Inbound {
					out++
				}
			}
			if out > 2+maxExtra {
				t.Errorf("%d outbound peers", out)
			}
		}
	})
}

// TestSilentPeer drops a peer that went away without a word.
func TestSilentPeer(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		n := w.start(1, newFakeChain(testParams().ID), nil)
		s := w.dial("10.0.9.9", n, 0)
		go io.Copy(io.Discard, s.raw)
		w.until("dropped", 3*time.Minute, func() bool { return len(n.Peers()) == 0 })
	})
}

// TestInboundLimit fills a node with strangers: one more evicts the youngest,
// and never those that brought something.
func TestInboundLimit(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		const most = 40
		n := w.start(1, newFakeChain(testParams().ID), func(o *Options) { o.MaxInbound = most })
		var all []*stranger
		for i := range most {
			time.Sleep(time.Second)
			raw, _ := w.net.Dialer(fmt.Sprintf("10.1.0.%d", i+1))(context.Background(), n.addr)
			s, err := w.shake(raw, n.id, true, &versionMsg{Protocol: 1, Network: n.id, Time: time.Now(), Nonce: uint64(i) + 1})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, s)
			go func() {
				for {
					if _, err := s.next(); err != nil {
						return
					}
				}
			}()
		}
		synctest.Wait()
		for _, p := range n.peerList() {
			if p.addr.Addr() == netip.MustParseAddr("10.1.0.40") {
				p.lastBlock.Store(1)
			}
		}
		w.dial("10.2.0.1", n, 0)
		synctest.Wait()
		if got, s := len(n.Peers()), n.Stats(); got != most || s.Evicted != 1 {
			t.Errorf("%d peers, %d evicted", got, s.Evicted)
		}
		for _, p := range n.peerList() {
			if p.addr.Addr() == netip.MustParseAddr("10.1.0.39") {
				t.Error("the youngest without merit stays")
			}
		}
	})
}

// TestClockOffset compares a node's clock with its peers'.
func TestClockOffset(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := testParams().ID
		for k := range 3 {
			w.start(k, newFakeChain(id), nil)
		}
		late := w.start(9, newFakeChain(id), func(o *Options) {
			o.Seeds = []string{addrOf(0), addrOf(1), addrOf(2)}
			o.Clock = func() time.Time { return time.Now().Add(-time.Minute) }
		})
		if _, off := late.ClockOffset(); off {
			t.Error("warns without peers")
		}
		w.until("connected", time.Minute, func() bool { return len(late.Peers()) == 3 })
		if d, off := late.ClockOffset(); !off || d < 59*time.Second || d > 61*time.Second {
			t.Errorf("offset %v, warning %v", d, off)
		}
	})
}
