// Package memnet is a network in memory for tests and simulations: listeners,
// dialling, delay and partitions, without a socket. Its connections buffer, as
// TCP's do and net.Pipe's do not, because both sides of a BIP 324 handshake
// write before they read. Everything blocks on channels and timers only, so it
// works inside a testing/synctest bubble.
package memnet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Errors of dialling.
var (
	ErrRefused     = errors.New("memnet: connection refused")
	ErrUnreachable = errors.New("memnet: host unreachable")
	ErrInUse       = errors.New("memnet: address in use")
)

// backlog is how many dialled connections wait to be accepted.
const backlog = 128

// Network joins hosts. The zero value is not usable; see New.
type Network struct {
	mu        sync.Mutex
	listeners map[netip.AddrPort]*listener
	conns     map[*conn]struct{} // dialling ends
	cut       func(a, b netip.Addr) bool
	delay     time.Duration
	nextPort  uint16
}

// New makes an empty network without delay.
func New() *Network {
	return &Network{
		listeners: make(map[netip.AddrPort]*listener),
		conns:     make(map[*conn]struct{}),
		nextPort:  40000,
	}
}

// SetDelay sets the one-way delay of connections made from now on.
func (n *Network) SetDelay(d time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.delay = d
}

// Partition breaks every connection between hosts for which cut is true and
// refuses new ones. A nil cut heals the network.
func (n *Network) Partition(cut func(a, b netip.Addr) bool) {
	n.mu.Lock()
	n.cut = cut
	var broken []*conn
	for c := range n.conns {
		if cut != nil && cut(c.local.Addr(), c.remote.Addr()) {
			broken = append(broken, c)
		}
	}
	n.mu.Unlock()
	for _, c := range broken {
		c.Close()
		c.peer.Close()
	}
}

// Listen binds addr, "ip:port".
func (n *Network) Listen(addr string) (net.Listener, error) {
	ap, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, fmt.Errorf("memnet: %w", err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, used := n.listeners[ap]; used {
		return nil, fmt.Errorf("%w: %v", ErrInUse, ap)
	}
	l := &listener{net: n, addr: ap, queue: make(chan *conn, backlog), done: make(chan struct{})}
	n.listeners[ap] = l
	return l, nil
}

// Dialer returns a dial function for a host with address from.
func (n *Network) Dialer(from string) func(context.Context, string) (net.Conn, error) {
	host := netip.MustParseAddr(from)
	return func(ctx context.Context, addr string) (net.Conn, error) { return n.dial(ctx, host, addr) }
}

func (n *Network) dial(ctx context.Context, host netip.Addr, addr string) (net.Conn, error) {
	to, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, fmt.Errorf("memnet: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	l := n.listeners[to]
	switch {
	case n.cut != nil && n.cut(host, to.Addr()):
		return nil, fmt.Errorf("%w: %v", ErrUnreachable, to)
	case l == nil:
		return nil, fmt.Errorf("%w: %v", ErrRefused, to)
	}
	n.nextPort++
	near, far := pipe(netip.AddrPortFrom(host, n.nextPort), to, n.delay)
	near.onClose = func() { n.forget(near) }
	select {
	case l.queue <- far:
	default:
		return nil, fmt.Errorf("%w: %v: backlog full", ErrRefused, to)
	}
	n.conns[near] = struct{}{}
	return near, nil
}

func (n *Network) forget(c *conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.conns, c)
}

type listener struct {
	net   *Network
	addr  netip.AddrPort
	queue chan *conn
	once  sync.Once
	done  chan struct{}
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.queue:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener. Connections not accepted yet are reset.
func (l *listener) Close() error {
	l.once.Do(func() {
		close(l.done)
		l.net.mu.Lock()
		delete(l.net.listeners, l.addr)
		l.net.mu.Unlock()
		for {
			select {
			case c := <-l.queue:
				c.Close()
			default:
				return
			}
		}
	})
	return nil
}

// Addr implements net.Listener.
func (l *listener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.addr) }
