package download

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/anacrolix/torrent/iplist"
)

// reach says which addresses this process may exchange packets with. All
// sockets of the engine go through it, so a local network stays local whatever
// a peer, a magnet link or a DHT node suggests.
type reach struct{ loopback bool }

// allows reports whether a peer may be at ip. On the public network loopback
// is refused, so that no job can point nodes at their own services.
func (r reach) allows(ip netip.Addr) bool {
	ip = ip.Unmap()
	if r.loopback {
		return ip.IsLoopback()
	}
	return ip.IsValid() && !ip.IsLoopback() && !ip.IsUnspecified() && !ip.IsMulticast() && !ip.IsLinkLocalUnicast()
}

// parse reads "address:port" without looking up names.
func (r reach) parse(s string) (netip.AddrPort, error) {
	a, err := netip.ParseAddrPort(s)
	if err != nil {
		return a, fmt.Errorf("%w: %q", ErrAddress, s)
	}
	a = netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
	return a, r.check(a)
}

func (r reach) check(a netip.AddrPort) error {
	if a.Port() == 0 || !r.allows(a.Addr()) {
		return fmt.Errorf("%w: %v is out of reach of this network", ErrAddress, a)
	}
	return nil
}

// filter keeps the addresses that may be dialled.
func (r reach) filter(in []netip.AddrPort) (out []netip.AddrPort) {
	for _, a := range in {
		if r.check(a) == nil {
			out = append(out, a)
		}
	}
	return out
}

// Lookup and NumRanges implement iplist.Ranger: found means blocked.
func (r reach) Lookup(ip net.IP) (iplist.Range, bool) {
	a, ok := netip.AddrFromSlice(ip)
	return iplist.Range{First: ip, Last: ip, Description: "out of reach"}, !ok || !r.allows(a)
}

// NumRanges implements iplist.Ranger.
func (r reach) NumRanges() int { return 1 }

// dialer connects to peers within reach.
type dialer struct {
	reach    reach
	throttle throttle
}

// Dial implements torrent.Dialer.
func (d dialer) Dial(ctx context.Context, addr string) (net.Conn, error) {
	a, err := d.reach.parse(addr)
	if err != nil {
		return nil, err
	}
	nd := net.Dialer{KeepAlive: -1} // BitTorrent has its own
	c, err := nd.DialContext(ctx, "tcp", a.String())
	if err != nil {
		return nil, err
	}
	return d.throttle.wrap(c), nil
}

// DialerNetwork implements torrent.Dialer.
func (d dialer) DialerNetwork() string { return "tcp4" }

// listener closes connections from out of reach before anything reads them.
type listener struct {
	net.Listener
	reach    reach
	throttle throttle
}

// Accept implements net.Listener.
func (l listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if a, err := netip.ParseAddrPort(c.RemoteAddr().String()); err == nil && l.reach.allows(a.Addr()) {
			return l.throttle.wrap(c), nil
		}
		c.Close()
	}
}

// packetConn drops datagrams from and to out of reach.
type packetConn struct {
	net.PacketConn
	reach reach
}

// ReadFrom implements net.PacketConn.
func (p packetConn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := p.PacketConn.ReadFrom(b)
		if err != nil {
			return n, from, err
		}
		if u, ok := from.(*net.UDPAddr); ok && p.reach.allows(u.AddrPort().Addr()) {
			return n, from, nil
		}
	}
}

// WriteTo implements net.PacketConn.
func (p packetConn) WriteTo(b []byte, to net.Addr) (int, error) {
	u, ok := to.(*net.UDPAddr)
	if !ok || !p.reach.allows(u.AddrPort().Addr()) {
		return 0, fmt.Errorf("%w: %v is out of reach of this network", ErrAddress, to)
	}
	return p.PacketConn.WriteTo(b, to)
}

// listen opens the engine's sockets: TCP for peers, and UDP on the same port
// for the DHT, since the port a node announces there is the one it is seen to
// speak from. With port 0 it tries until both are free.
func listen(addr string, reach reach, dht bool) (net.Listener, net.PacketConn, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, nil, fmt.Errorf("listen address %q: %w", addr, err)
	}
	for attempt := 0; ; attempt++ {
		l, err := net.Listen("tcp4", addr)
		if err != nil {
			return nil, nil, portError(addr, err)
		}
		if !dht {
			return l, nil, nil
		}
		_, same, _ := net.SplitHostPort(l.Addr().String())
		pc, err := net.ListenPacket("udp4", net.JoinHostPort(host, same))
		if err == nil {
			return l, packetConn{pc, reach}, nil
		}
		l.Close()
		if port != "0" || attempt == 20 {
			return nil, nil, portError(addr, err)
		}
	}
}

func portError(addr string, err error) error {
	if errors.Is(err, errAddrInUse) {
		return fmt.Errorf("%w: %s", ErrPortInUse, addr)
	}
	return fmt.Errorf("listen for BitTorrent: %w", err)
}
