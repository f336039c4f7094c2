package talk_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"

	"supercomputing/chain/types"
	"supercomputing/nat"
	"supercomputing/wallet/talk"
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

// node is a wallet with a port of its own on loopback.
type node struct {
	*talk.Hub
	addr    types.Address
	contact string

	mu    sync.Mutex
	got   []string
	marks int
	file  bytes.Buffer
	whole bool
	from  []types.Address
}

func (n *node) Deliver(_ context.Context, from types.Address, envelope []byte) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.got, n.from = append(n.got, string(envelope)), append(n.from, from)
	return nil
}

func (n *node) Mark(types.Address, talk.MarkKind, []talk.ID) { n.mu.Lock(); n.marks++; n.mu.Unlock() }
func (n *node) Reach(types.Address, string)                  {}
func (n *node) Online(types.Address, bool)                   {}
func (n *node) ReceiveFile(types.Address, talk.ID, int64) (talk.FileSink, error) {
	return n, nil
}
func (n *node) Offset() int64               { return int64(n.file.Len()) }
func (n *node) Write(p []byte) (int, error) { return n.file.Write(p) }
func (n *node) Close() error                { return nil }
func (n *node) Commit(sum [32]byte) error {
	n.whole = sha256.Sum256(n.file.Bytes()) == sum
	return nil
}

func (n *node) received() []string { n.mu.Lock(); defer n.mu.Unlock(); return slices.Clone(n.got) }

// start runs a node with a listener for the given services.
func start(t *testing.T, services ...nat.Service) *node {
	t.Helper()
	priv, err := btcec.NewPrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	keys := nat.NewKeys(key{priv}, types.NetworkID{1})
	l, err := nat.Listen(t.Context(), "127.0.0.1:0", nat.ListenOptions{Keys: keys, Services: services, AllowAddr: nat.LoopbackOnly})
	if err != nil {
		t.Fatal(err)
	}
	n := &node{addr: keys.Address(), contact: l.Addr().String()}
	n.Hub = talk.New(talk.Options{Self: n.addr, Handler: n, Log: slog.New(slog.DiscardHandler),
		Reach:  func() string { return n.contact },
		Known:  func(types.Address) bool { return true },
		Dialer: nat.NewDirect(nat.DirectOptions{Keys: keys, Service: nat.ServiceTalk, AllowAddr: nat.LoopbackOnly})})
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := n.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	wg.Go(func() {
		err := l.Serve(ctx, func(ctx context.Context, c *nat.Conn) {
			if c.Service() == nat.ServiceTalk {
				n.Accept(ctx, c.PeerAddress(), c)
			}
		})
		if err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	<-n.Ready()
	return n
}

func TestOverTCP(t *testing.T) {
	a, b := start(t, nat.ServiceWork, nat.ServiceTalk), start(t, nat.ServiceTalk)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	if err := a.Hub.Deliver(ctx, b.addr, b.contact, []byte("over TCP")); err != nil {
		t.Fatal(err)
	}
	if err := b.Hub.Deliver(ctx, a.addr, "", bytes.Repeat([]byte("x"), talk.MaxEnvelope)); err != nil {
		t.Fatal(err)
	}
	if err := a.Hub.Mark(ctx, b.addr, "", talk.MarkRead, make([]talk.ID, 100)); err != nil || b.marks != 2 {
		t.Fatal(err, b.marks)
	}
	if got := b.received(); !slices.Equal(got, []string{"over TCP"}) || b.from[0] != a.addr {
		t.Fatalf("%q", got)
	}
	data := bytes.Repeat([]byte("0123456789abcde\n"), talk.MaxFile/16)
	if err := b.SendFile(ctx, a.addr, "", talk.ID{1}, bytes.NewReader(data), talk.MaxFile, sha256.Sum256(data), nil); err != nil || !a.whole {
		t.Fatal(err)
	}
}

// A node that offers only work is no place for a conversation, and says so.
func TestNodeWithoutTalk(t *testing.T) {
	a, old := start(t, nat.ServiceTalk), start(t)
	if err := a.Ping(t.Context(), old.addr, old.contact); !errors.Is(err, talk.ErrOffline) || !errors.Is(err, nat.ErrService) {
		t.Fatal(err)
	}
	if err := a.Ping(t.Context(), old.addr, a.contact); !errors.Is(err, nat.ErrWrongPeer) {
		t.Fatal(err)
	}
	if err := a.Ping(t.Context(), old.addr, "rubbish"); !errors.Is(err, nat.ErrContact) {
		t.Fatal(err)
	}
}

// Both dial at once, many times over, on real connections: everything arrives
// once and in order.
func TestSimultaneousDialOverTCP(t *testing.T) {
	for range 5 {
		a, b := start(t, nat.ServiceTalk), start(t, nat.ServiceTalk)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
		var wg sync.WaitGroup
		send := func(from, to *node) (sent []string) {
			for i := range 30 {
				text := fmt.Sprint(i)
				sent = append(sent, text)
				if err := from.Hub.Deliver(ctx, to.addr, to.contact, []byte(text)); err != nil {
					t.Error(err)
				}
			}
			return sent
		}
		var want []string
		wg.Go(func() { want = send(a, b) })
		wg.Go(func() { send(b, a) })
		wg.Wait()
		cancel()
		if !slices.Equal(a.received(), want) || !slices.Equal(b.received(), want) {
			t.Fatalf("%q, %q", a.received(), b.received())
		}
	}
}

// limited is a connection that breaks after so many bytes were written.
type limited struct {
	net.Conn
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		l.Conn.Close()
		return 0, io.ErrClosedPipe
	}
	return l.Conn.Write(p)
}

type limitedDialer struct {
	talk.Dialer
	left int
}

func (d limitedDialer) Dial(ctx context.Context, to types.Address, contact string) (net.Conn, error) {
	c, err := d.Dialer.Dial(ctx, to, contact)
	if err != nil {
		return nil, err
	}
	return &limited{c, d.left}, nil
}

// A file over connections that break again and again arrives by trying again.
func TestFileOverBreakingTCP(t *testing.T) {
	b := start(t, nat.ServiceTalk)
	priv, err := btcec.NewPrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	keys := nat.NewKeys(key{priv}, types.NetworkID{1})
	h := talk.New(talk.Options{Self: keys.Address(), Handler: &node{},
		Dialer: limitedDialer{nat.NewDirect(nat.DirectOptions{Keys: keys, Service: nat.ServiceTalk, AllowAddr: nat.LoopbackOnly}), 800_000}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	defer func() { cancel(); <-done }()
	<-h.Ready()
	data := bytes.Repeat([]byte("0123456789abcde\n"), 3_000_000/16)
	tries := 0
	for {
		tries++
		err := h.SendFile(ctx, b.addr, b.contact, talk.ID{1}, bytes.NewReader(data), int64(len(data)), sha256.Sum256(data), nil)
		if err == nil {
			break
		}
		if !errors.Is(err, talk.ErrUnknown) || tries > 20 {
			t.Fatalf("try %d: %v", tries, err)
		}
	}
	if !b.whole || tries < 4 {
		t.Fatalf("whole %v after %d tries", b.whole, tries)
	}
}
