// Package nat opens connections between nodes, named by wallet address, and
// proves to each side who the other is (mutual TLS 1.3 bound to the wallet
// keys, package wire). For now the way is direct TCP to the contact that the
// peer has published; callers see only Dialer, so that other ways (punching,
// relays) come in behind it.
package nat

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"supercomputing/chain/types"
)

// Dialer opens an authenticated connection to the owner of an address.
type Dialer interface {
	Dial(ctx context.Context, to types.Address, contact string) (net.Conn, error)
}

// Timings of a dial.
const (
	// DialTimeout bounds a whole dial, all ways together.
	DialTimeout = 20 * time.Second
	// RaceDelay is the head start of each way before the next is tried beside
	// it ("Connection Attempt Delay", RFC 8305 §5).
	RaceDelay = 250 * time.Millisecond
	// maxWays bounds the IP addresses tried for one contact: names may resolve
	// to many.
	maxWays = 8
)

// keepAlive finds out within about a minute that a peer is gone.
func keepAlive() net.KeepAliveConfig {
	return net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 10 * time.Second, Count: 3}
}

// LoopbackOnly is a policy for AllowAddr under which nothing leaves this
// machine, as on the local network.
func LoopbackOnly(ip netip.Addr) error {
	if !ip.IsLoopback() {
		return fmt.Errorf("%w: %v is not this machine", ErrNotAllowed, ip)
	}
	return nil
}

// OtherMachines is a policy for AllowAddr under which contacts, which strangers
// write, cannot point this node at services of its own machine or link.
func OtherMachines(ip netip.Addr) error {
	if ip.IsLoopback() || ip.IsLinkLocalUnicast() {
		return fmt.Errorf("%w: %v is no other machine's on a public network", ErrNotAllowed, ip)
	}
	return nil
}

// LookUp resolves host names by DNS, for Resolve.
func LookUp(ctx context.Context, host string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}

// DirectOptions configure a Direct dialer. Keys is required.
type DirectOptions struct {
	Keys *Keys
	// Service is what the connections are for; "" means ServiceWork.
	Service Service
	// AllowAddr, when set, may refuse an IP address before anything is sent.
	AllowAddr func(netip.Addr) error
	// Resolve looks up host names. Nil means DNS, or, when AllowAddr is set,
	// that names are refused: the query itself would leave the machine.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	// Connect opens a TCP connection; nil means the operating system's.
	Connect func(ctx context.Context, to netip.AddrPort) (net.Conn, error)
}

// Direct dials by TCP at the contact itself. It is safe for concurrent use.
type Direct struct{ opt DirectOptions }

// NewDirect makes a direct dialer.
func NewDirect(opt DirectOptions) *Direct {
	if opt.Service == "" {
		opt.Service = ServiceWork
	}
	if opt.Connect == nil {
		opt.Connect = func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
			d := net.Dialer{KeepAliveConfig: keepAlive()}
			return d.DialContext(ctx, "tcp", to.String())
		}
	}
	return &Direct{opt: opt}
}

// Dial tries the contact's places in their order, each with a short head start,
// and returns the first connection on which `to` authenticated. The error joins
// what happened at each place.
func (d *Direct) Dial(ctx context.Context, to types.Address, contact string) (net.Conn, error) {
	endpoints, err := ParseContact(contact)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, DialTimeout)
	defer cancel()
	ways, err := d.ways(ctx, endpoints)
	if len(ways) == 0 {
		return nil, err
	}
	conn, raceErr := d.race(ctx, to, ways)
	if conn == nil {
		return nil, errors.Join(err, raceErr)
	}
	return conn, nil
}

// ways resolves names and drops what the policy forbids; the error tells what
// was dropped.
func (d *Direct) ways(ctx context.Context, endpoints []Endpoint) (ways []netip.AddrPort, err error) {
	var dropped []error
	seen := make(map[netip.AddrPort]bool)
	for _, e := range endpoints {
		ips, err := d.lookup(ctx, e)
		if err != nil {
			dropped = append(dropped, err)
		}
		for _, ip := range ips {
			way := netip.AddrPortFrom(ip.Unmap(), e.Port)
			if err := d.allow(way.Addr()); err != nil {
				dropped = append(dropped, fmt.Errorf("%v: %w", e, err))
			} else if !seen[way] && len(ways) < maxWays {
				seen[way] = true
				ways = append(ways, way)
			}
		}
	}
	return ways, errors.Join(dropped...)
}

func (d *Direct) allow(ip netip.Addr) error {
	if ip.IsUnspecified() || ip.IsMulticast() {
		return fmt.Errorf("%w: %v is no address of one machine", ErrNotAllowed, ip)
	}
	if d.opt.AllowAddr == nil {
		return nil
	}
	if err := d.opt.AllowAddr(ip); err != nil {
		if errors.Is(err, ErrNotAllowed) {
			return err
		}
		return fmt.Errorf("%w: %w", ErrNotAllowed, err)
	}
	return nil
}

func (d *Direct) lookup(ctx context.Context, e Endpoint) ([]netip.Addr, error) {
	if e.Name == "" {
		return []netip.Addr{e.IP}, nil
	}
	resolve := d.opt.Resolve
	if resolve == nil {
		if d.opt.AllowAddr != nil {
			return nil, fmt.Errorf("%w: %v: host names are not looked up here", ErrNotAllowed, e)
		}
		resolve = LookUp
	}
	ips, err := resolve(ctx, e.Name)
	if err != nil {
		return nil, fmt.Errorf("%w: %v: %w", ErrUnreachable, e, err)
	}
	return ips, nil
}

type attempt struct {
	way  netip.AddrPort
	conn *Conn
	err  error
}

// race starts the ways one after another, the next when RaceDelay is over or
// one has failed, and returns when one has won or all have failed. Losers are
// closed.
func (d *Direct) race(ctx context.Context, to types.Address, ways []netip.AddrPort) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	results := make(chan attempt)
	running, next := 0, 0
	start := func() {
		way := ways[next]
		next++
		running++
		go func() {
			conn, err := d.try(ctx, to, way)
			results <- attempt{way, conn, err}
		}()
	}
	// Whoever is still running after the end is drained, so nothing leaks.
	defer func() {
		cancel()
		for ; running > 0; running-- {
			if a := <-results; a.conn != nil {
				a.conn.Close()
			}
		}
	}()
	start()
	timer := time.NewTimer(RaceDelay)
	defer timer.Stop()
	var failures []error
	for running > 0 || next < len(ways) {
		if running == 0 {
			start()
			timer.Reset(RaceDelay)
		}
		select {
		case a := <-results:
			running--
			if a.err == nil {
				return a.conn, nil
			}
			failures = append(failures, fmt.Errorf("%v: %w", a.way, a.err))
		case <-timer.C:
			if next < len(ways) {
				start()
				timer.Reset(RaceDelay)
			}
		}
	}
	return nil, errors.Join(failures...)
}

func (d *Direct) try(ctx context.Context, to types.Address, way netip.AddrPort) (*Conn, error) {
	raw, err := d.opt.Connect(ctx, way)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return d.opt.Keys.Client(ctx, raw, to, d.opt.Service)
}
