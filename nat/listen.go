package nat

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"supercomputing/chain/types"
)

// ListenOptions configure a Listener. Keys is required; zero limits take the
// defaults.
type ListenOptions struct {
	Keys *Keys
	// Services are what connections may be for; none means ServiceWork alone.
	// A handler sees which one it is by Conn.Service.
	Services []Service
	// AllowAddr, when set, may refuse a peer's IP address at once.
	AllowAddr func(netip.Addr) error
	Log       *slog.Logger

	MaxPending      int // connections in handshake, default 64
	MaxPendingPerIP int // the same from one IP address, default 16
	MaxConns        int // authenticated connections, default 512
	MaxConnsPerPeer int // the same of one address, default 16
}

// Listener authenticates incoming connections. Strangers cost little: they are
// bounded in count, per IP address and in time until they have proven an
// address, and counted per address afterwards.
type Listener struct {
	opt ListenOptions
	l   net.Listener

	mu      sync.Mutex // guards what follows
	pending int
	perIP   map[netip.Addr]int
	conns   int
	perPeer map[types.Address]int
	stats   Stats
}

// Stats counts what a listener has seen since it was made.
type Stats struct {
	Accepted uint64 // authenticated connections
	Refused  uint64 // over a limit or against the policy
	Failed   uint64 // handshakes that did not succeed
	Pending  int    // in handshake now
	Open     int    // authenticated and open now
}

// NewListener authenticates what arrives at l, which it owns from now on.
func NewListener(l net.Listener, opt ListenOptions) *Listener {
	def := func(p *int, v int) {
		if *p <= 0 {
			*p = v
		}
	}
	def(&opt.MaxPending, 64)
	def(&opt.MaxPendingPerIP, 16)
	def(&opt.MaxConns, 512)
	def(&opt.MaxConnsPerPeer, 16)
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	return &Listener{opt: opt, l: l, perIP: make(map[netip.Addr]int), perPeer: make(map[types.Address]int)}
}

// Listen opens a TCP port. The address is host:port with an IP address as host.
// With a policy in AllowAddr, the port is opened only on an address that the
// policy allows.
func Listen(ctx context.Context, address string, opt ListenOptions) (*Listener, error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("%w: listen address: %w", ErrContact, err)
	}
	if opt.AllowAddr != nil {
		if err := opt.AllowAddr(at.Addr()); err != nil {
			return nil, fmt.Errorf("listen at %v: %w", at, err)
		}
	}
	cfg := net.ListenConfig{KeepAliveConfig: keepAlive()}
	l, err := cfg.Listen(ctx, "tcp", at.String())
	if err != nil {
		return nil, fmt.Errorf("listen at %v: %w", at, err)
	}
	return NewListener(l, opt), nil
}

// Addr is the local address.
func (l *Listener) Addr() net.Addr { return l.l.Addr() }

// Stats returns the counts so far.
func (l *Listener) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.stats
	s.Pending, s.Open = l.pending, l.conns
	return s
}

// Serve calls handle, each time in a goroutine of its own, with every
// connection that authenticates, and closes the connection when handle returns.
// It returns nil when ctx is done, after all handlers have returned: their ctx
// is done too, and their connections are closed.
func (l *Listener) Serve(ctx context.Context, handle func(ctx context.Context, c *Conn)) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { l.l.Close() })
	defer stop()
	defer l.l.Close()
	for wait := time.Duration(0); ; {
		raw, err := l.l.Accept()
		if ctx.Err() != nil {
			if err == nil {
				raw.Close()
			}
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return ErrClosed
		}
		if err != nil {
			// Out of file descriptors, or a connection gone before it was
			// accepted: both pass, if nobody spins meanwhile.
			wait = min(max(2*wait, 5*time.Millisecond), time.Second)
			l.opt.Log.Warn("accept failed", "error", err, "wait", wait)
			select {
			case <-time.After(wait):
			case <-ctx.Done():
			}
			continue
		}
		wait = 0
		ip, err := l.enter(raw)
		if err != nil {
			l.opt.Log.Debug("connection refused", "from", raw.RemoteAddr(), "error", err)
			raw.Close()
			continue
		}
		wg.Go(func() { l.serve(ctx, raw, ip, handle) })
	}
}

// enter counts a raw connection in, or says why not.
func (l *Listener) enter(raw net.Conn) (netip.Addr, error) {
	var ip netip.Addr // invalid for in-memory connections; they count as one IP
	if at, err := netip.ParseAddrPort(raw.RemoteAddr().String()); err == nil {
		ip = at.Addr().Unmap().WithZone("")
		if l.opt.AllowAddr != nil {
			if err := l.opt.AllowAddr(ip); err != nil {
				l.count(func(s *Stats) { s.Refused++ })
				return ip, err
			}
		}
	} else if l.opt.AllowAddr != nil && raw.RemoteAddr().Network() != "pipe" {
		l.count(func(s *Stats) { s.Refused++ })
		return ip, fmt.Errorf("%w: %v", ErrNotAllowed, raw.RemoteAddr())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pending >= l.opt.MaxPending || l.perIP[ip] >= l.opt.MaxPendingPerIP {
		l.stats.Refused++
		return ip, fmt.Errorf("%w: %d in handshake, %d of them from there", ErrFull, l.pending, l.perIP[ip])
	}
	l.pending++
	l.perIP[ip]++
	return ip, nil
}

func (l *Listener) count(fn func(*Stats)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fn(&l.stats)
}

func (l *Listener) serve(ctx context.Context, raw net.Conn, ip netip.Addr, handle func(context.Context, *Conn)) {
	var admitted types.Address // set once counted, also when greeting it fails
	conn, err := l.opt.Keys.Server(ctx, raw, func(peer types.Address) bool {
		ok := l.admit(peer)
		if ok {
			admitted = peer
		}
		return ok
	}, l.opt.Services...)
	l.leavePending(ip, err)
	if !admitted.IsZero() {
		defer l.leave(admitted)
	}
	if err != nil {
		l.opt.Log.Debug("handshake failed", "from", raw.RemoteAddr(), "error", err)
		return
	}
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	defer stop()
	defer conn.Close()
	handle(ctx, conn)
}

func (l *Listener) leavePending(ip netip.Addr, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending--
	if l.perIP[ip]--; l.perIP[ip] == 0 {
		delete(l.perIP, ip)
	}
	switch {
	case err == nil:
		l.stats.Accepted++
	case errors.Is(err, ErrFull):
		l.stats.Refused++
	default:
		l.stats.Failed++
	}
}

// admit counts an authenticated peer in.
func (l *Listener) admit(peer types.Address) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conns >= l.opt.MaxConns || l.perPeer[peer] >= l.opt.MaxConnsPerPeer {
		return false
	}
	l.conns++
	l.perPeer[peer]++
	return true
}

func (l *Listener) leave(peer types.Address) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns--
	if l.perPeer[peer]--; l.perPeer[peer] == 0 {
		delete(l.perPeer, peer)
	}
}
