package nat

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"

	"supercomputing/chain/types"
	"supercomputing/nat/wire"
)

type key struct{ priv *btcec.PrivateKey }

func (k key) Address() types.Address {
	return types.Address(schnorr.SerializePubKey(k.priv.PubKey()))
}

func (k key) Sign(hash [32]byte) (out [64]byte, err error) {
	sig, err := schnorr.Sign(k.priv, hash[:])
	if err == nil {
		copy(out[:], sig.Serialize())
	}
	return out, err
}

var testNet = types.NetworkID{1}

func newKeys(t testing.TB, network types.NetworkID) *Keys {
	t.Helper()
	p, err := btcec.NewPrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	return NewKeys(key{p}, network)
}

// startServer serves echo on loopback and returns the contact.
func startServer(t *testing.T, opt ListenOptions) (*Listener, string) {
	t.Helper()
	opt.AllowAddr = LoopbackOnly
	l, err := Listen(t.Context(), "127.0.0.1:0", opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- l.Serve(ctx, func(_ context.Context, c *Conn) { io.Copy(c, c) })
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return l, l.Addr().String()
}

func dialer(k *Keys) *Direct { return NewDirect(DirectOptions{Keys: k, AllowAddr: LoopbackOnly}) }

func TestLoopback(t *testing.T) {
	a, b := newKeys(t, testNet), newKeys(t, testNet)
	l, contact := startServer(t, ListenOptions{Keys: b})
	conn, err := dialer(a).Dial(t.Context(), b.Address(), contact)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := conn.(*Conn).PeerAddress(); got != b.Address() {
		t.Fatalf("peer %v", got)
	}
	if v := conn.(*Conn).ConnectionState().Version; v != tls.VersionTLS13 {
		t.Fatalf("TLS version %x", v)
	}
	echo(t, conn)
	if s := l.Stats(); s.Accepted != 1 || s.Open != 1 || s.Pending != 0 {
		t.Fatalf("stats %+v", s)
	}
}

func echo(t *testing.T, conn net.Conn) {
	t.Helper()
	if _, err := conn.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 5)
	if _, err := io.ReadFull(conn, b); err != nil || string(b) != "hello" {
		t.Fatalf("%q, %v", b, err)
	}
}

func TestListenerSeesTheDialer(t *testing.T) {
	a, b := newKeys(t, testNet), newKeys(t, testNet)
	l, err := Listen(t.Context(), "127.0.0.1:0", ListenOptions{Keys: b})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	seen := make(chan types.Address, 1)
	done := make(chan error, 1)
	go func() {
		done <- l.Serve(ctx, func(ctx context.Context, c *Conn) {
			seen <- c.PeerAddress()
			<-ctx.Done() // a handler that waits for the end is let go
		})
	}()
	conn, err := dialer(a).Dial(t.Context(), b.Address(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := <-seen; got != a.Address() {
		t.Fatalf("listener saw %v, want %v", got, a.Address())
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Fatal("the connection outlived the listener")
	}
}

func TestDialErrors(t *testing.T) {
	a, b, c := newKeys(t, testNet), newKeys(t, testNet), newKeys(t, testNet)
	_, contact := startServer(t, ListenOptions{Keys: b})
	_, foreign := startServer(t, ListenOptions{Keys: newKeys(t, types.NetworkID{2})})
	plain := plainServer(t, []byte("220 mail.example ESMTP\r\n"))
	closed := closedPort(t)
	cases := []struct {
		name, contact string
		to            *Keys
		want          error
	}{
		{"wrong peer", contact, c, ErrWrongPeer},
		{"other network", foreign, b, wire.ErrSignature},
		{"not TLS", plain, b, ErrHandshake},
		{"nobody there", closed, b, ErrUnreachable},
		{"rubbish contact", "what", b, ErrContact},
		{"not loopback", "192.0.2.1:9", b, ErrNotAllowed},
		{"a name under a policy", "example.org:9", b, ErrNotAllowed},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			conn, err := dialer(a).Dial(t.Context(), tc.to.Address(), tc.contact)
			if !errors.Is(err, tc.want) {
				t.Fatalf("got %v, want %v", err, tc.want)
			}
			if conn != nil {
				t.Fatal("a connection beside an error")
			}
		})
	}
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := dialer(a).Dial(ctx, b.Address(), contact); err == nil {
			t.Fatal("dialled without time")
		}
	})
}

func plainServer(t *testing.T, greeting []byte) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Write(greeting)
			c.Close()
		}
	}()
	return l.Addr().String()
}

func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// A dead place, an impostor and the peer in one contact: the peer is found.
func TestRaceFindsThePeer(t *testing.T) {
	a, b := newKeys(t, testNet), newKeys(t, testNet)
	_, good := startServer(t, ListenOptions{Keys: b})
	_, impostor := startServer(t, ListenOptions{Keys: newKeys(t, testNet)})
	silent, err := net.Listen("tcp", "127.0.0.1:0") // connects, never answers
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	contact := closedPort(t) + "," + silent.Addr().String() + "," + impostor + "," + good
	conn, err := dialer(a).Dial(t.Context(), b.Address(), contact)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	echo(t, conn)
}

// Names are looked up by the given resolver, and the policy sees the result.
func TestResolve(t *testing.T) {
	a, b := newKeys(t, testNet), newKeys(t, testNet)
	_, contact := startServer(t, ListenOptions{Keys: b})
	_, port, _ := net.SplitHostPort(contact)
	answers := map[string][]netip.Addr{
		"here.example":  {netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("127.0.0.1")},
		"there.example": {netip.MustParseAddr("192.0.2.1")},
		"any.example":   {netip.MustParseAddr("0.0.0.0")},
	}
	d := NewDirect(DirectOptions{Keys: a, AllowAddr: LoopbackOnly,
		Resolve: func(_ context.Context, host string) ([]netip.Addr, error) { return answers[host], nil }})
	conn, err := d.Dial(t.Context(), b.Address(), "here.example:"+port)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	for _, name := range []string{"there.example", "any.example"} {
		if _, err := d.Dial(t.Context(), b.Address(), name+":"+port); !errors.Is(err, ErrNotAllowed) {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

// On a public network a contact leads to other machines only, also by way of a
// name.
func TestOtherMachines(t *testing.T) {
	dialled := 0
	d := NewDirect(DirectOptions{Keys: newKeys(t, testNet), AllowAddr: OtherMachines,
		Resolve: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("::ffff:127.0.0.1"), netip.MustParseAddr("fe80::1")}, nil
		},
		Connect: func(context.Context, netip.AddrPort) (net.Conn, error) { dialled++; return nil, net.ErrClosed }})
	for _, contact := range []string{"127.0.0.1:22", "[::1]:22", "[::ffff:127.0.0.1]:22", "169.254.169.254:80", "inside.example:80"} {
		if _, err := d.Dial(t.Context(), types.Address{1}, contact); !errors.Is(err, ErrNotAllowed) || dialled > 0 {
			t.Errorf("%s: %v, dialled %d", contact, err, dialled)
		}
	}
	if _, err := d.Dial(t.Context(), types.Address{1}, "192.168.1.2:80,203.0.113.1:80"); errors.Is(err, ErrNotAllowed) || dialled != 2 {
		t.Errorf("elsewhere: %v, dialled %d", err, dialled)
	}
}

// A dialer whose certificate is not accepted learns it from Dial, not later.
func TestForeignDialerIsRefused(t *testing.T) {
	b := newKeys(t, testNet)
	l, contact := startServer(t, ListenOptions{Keys: b})
	foreign := newKeys(t, types.NetworkID{9})
	raw, err := net.Dial("tcp", contact)
	if err != nil {
		t.Fatal(err)
	}
	// The dialer itself trusts everybody, as a hostile one would.
	cert, err := foreign.certificate()
	if err != nil {
		t.Fatal(err)
	}
	c := tls.Client(raw, &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{*cert}, NextProtos: []string{wire.ALPN}})
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	if err := c.Handshake(); err == nil {
		if _, err = c.Read(make([]byte, 1)); err == nil {
			t.Fatal("greeted as a peer")
		}
	}
	awaitStats(t, l, func(s Stats) bool { return s.Failed == 1 && s.Pending == 0 })
}

// awaitStats polls a condition that a server goroutine is about to make true.
func awaitStats(t *testing.T, l *Listener, ok func(Stats) bool) {
	t.Helper()
	deadline := time.Now().Add(3 * time.Minute)
	for !ok(l.Stats()) {
		if time.Now().After(deadline) {
			t.Fatalf("stats %+v", l.Stats())
		}
		time.Sleep(time.Millisecond)
	}
}

func TestDialersWithoutCertificateOrALPN(t *testing.T) {
	b := newKeys(t, testNet)
	l, contact := startServer(t, ListenOptions{Keys: b})
	for i, cfg := range []*tls.Config{
		{InsecureSkipVerify: true, NextProtos: []string{wire.ALPN}},
		{InsecureSkipVerify: true},
		{InsecureSkipVerify: true, NextProtos: []string{wire.ALPN}, MaxVersion: tls.VersionTLS12},
	} {
		raw, err := net.Dial("tcp", contact)
		if err != nil {
			t.Fatal(err)
		}
		raw.SetDeadline(time.Now().Add(10 * time.Second))
		c := tls.Client(raw, cfg)
		if err := c.Handshake(); err == nil {
			if _, err = c.Read(make([]byte, 1)); err == nil {
				t.Errorf("case %d was greeted", i)
			}
		}
		raw.Close()
	}
	awaitStats(t, l, func(s Stats) bool { return s.Failed == 3 })
}

func TestLimits(t *testing.T) {
	t.Run("in handshake", func(t *testing.T) {
		l, contact := startServer(t, ListenOptions{Keys: newKeys(t, testNet), MaxPending: 10, MaxPendingPerIP: 2})
		var held []net.Conn
		for range 5 {
			c, err := net.Dial("tcp", contact)
			if err != nil {
				t.Fatal(err)
			}
			held = append(held, c)
		}
		awaitStats(t, l, func(s Stats) bool { return s.Refused == 3 && s.Pending == 2 })
		for _, c := range held {
			c.Close()
		}
		awaitStats(t, l, func(s Stats) bool { return s.Pending == 0 && s.Failed == 2 })
	})
	t.Run("of one peer", func(t *testing.T) {
		a, b := newKeys(t, testNet), newKeys(t, testNet)
		l, contact := startServer(t, ListenOptions{Keys: b, MaxConnsPerPeer: 1})
		first, err := dialer(a).Dial(t.Context(), b.Address(), contact)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dialer(a).Dial(t.Context(), b.Address(), contact); !errors.Is(err, ErrFull) {
			t.Fatalf("second connection: %v", err)
		}
		other, err := dialer(newKeys(t, testNet)).Dial(t.Context(), b.Address(), contact)
		if err != nil {
			t.Fatalf("another peer: %v", err)
		}
		other.Close()
		first.Close()
		awaitStats(t, l, func(s Stats) bool { return s.Open == 0 })
		again, err := dialer(a).Dial(t.Context(), b.Address(), contact)
		if err != nil {
			t.Fatalf("after the first was closed: %v", err)
		}
		again.Close()
	})
}

func TestListenAddress(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", "[::]:0"} {
		if _, err := Listen(t.Context(), address, ListenOptions{Keys: newKeys(t, testNet), AllowAddr: LoopbackOnly}); !errors.Is(err, ErrNotAllowed) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := Listen(t.Context(), "localhost", ListenOptions{}); !errors.Is(err, ErrContact) {
		t.Errorf("no port: %v", err)
	}
}

// The certificate is made anew in time, without a restart, and stays when it
// is fresh.
func TestCertificateIsRenewed(t *testing.T) {
	k := newKeys(t, testNet)
	now := time.Now()
	k.now = func() time.Time { return now }
	get := func() string {
		c, err := k.certificate()
		if err != nil {
			t.Fatal(err)
		}
		return string(c.Certificate[0])
	}
	first := get()
	now = now.Add(wire.Lifetime/2 - time.Minute)
	if get() != first {
		t.Fatal("renewed while fresh")
	}
	now = now.Add(2 * time.Minute)
	if get() == first {
		t.Fatal("not renewed")
	}
	second := get()
	now = now.Add(-3 * wire.Lifetime) // the clock was set back
	if get() == second {
		t.Fatal("kept a certificate from the future")
	}
}

// Many dials at once share one Keys and one Listener.
func TestConcurrentDials(t *testing.T) {
	b := newKeys(t, testNet)
	_, contact := startServer(t, ListenOptions{Keys: b})
	a := newKeys(t, testNet)
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			conn, err := dialer(a).Dial(t.Context(), b.Address(), contact)
			if err != nil {
				t.Error(err)
				return
			}
			conn.Close()
		})
	}
	wg.Wait()
}
