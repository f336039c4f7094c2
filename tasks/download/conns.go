package download

import (
	"net/netip"
	"sync"

	"github.com/anacrolix/torrent"
	pp "github.com/anacrolix/torrent/peer_protocol"
)

// connTable remembers at which port the far end of a connection listens
// (BEP 10's "p"), for an incoming connection's own port says nothing: without
// it we would dial peers again that we are connected to.
type connTable struct {
	mu    sync.Mutex
	ports map[*torrent.PeerConn]uint16
}

const (
	blockLength = 16 << 10 // what clients ask for at a time (BEP 3)
	// maxRequests is how many blocks we ask a peer for at once: enough for
	// 40 MiB/s over 100 ms, little enough that a slow source's answers are not
	// spread over many unfinished pieces.
	maxRequests = 256
)

func (t *connTable) shake(c *torrent.PeerConn, m *pp.ExtendedHandshakeMessage) {
	m.Reqq = min(m.Reqq, maxRequests) // 0 stays: the client's default is as much
	if m.Port <= 0 || m.Port > 0xffff {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ports == nil {
		t.ports = make(map[*torrent.PeerConn]uint16)
	}
	t.ports[c] = uint16(m.Port)
}

func (t *connTable) closed(c *torrent.PeerConn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.ports, c)
}

// dialled gives the address at which the far end of c is dialled, as far as
// known, else the address it speaks from.
func (t *connTable) dialled(c *torrent.PeerConn) netip.AddrPort {
	if c.RemoteAddr == nil {
		return netip.AddrPort{}
	}
	a, err := netip.ParseAddrPort(c.RemoteAddr.String())
	if err != nil {
		return netip.AddrPort{}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if p, ok := t.ports[c]; ok {
		return netip.AddrPortFrom(a.Addr().Unmap(), p)
	}
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
