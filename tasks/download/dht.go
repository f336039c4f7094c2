package download

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/anacrolix/dht/v2"
	"github.com/anacrolix/dht/v2/krpc"
	peer_store "github.com/anacrolix/dht/v2/peer-store"
	"github.com/anacrolix/log"
	"github.com/anacrolix/torrent"
	"github.com/anacrolix/torrent/metainfo"
)

// Ceilings of what strangers may leave with our DHT node (BEP 5).
const (
	maxStoredHashes = 4096
	maxStoredPeers  = 64 // per info-hash
	peerLifetime    = 45 * time.Minute
)

// peerStore keeps the peers that others announced to us. The library's own
// keeps one per IP address, which on loopback is one in all, and forgets none.
type peerStore struct {
	now func() time.Time

	mu    sync.Mutex
	peers map[metainfo.Hash]map[netip.AddrPort]time.Time
}

// AddPeer implements peer_store.Interface.
func (s *peerStore) AddPeer(ih peer_store.InfoHash, na krpc.NodeAddr) {
	ip, ok := netip.AddrFromSlice(na.IP)
	if !ok || na.Port <= 0 || na.Port > 0xffff {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.peers[ih]
	if m == nil {
		if len(s.peers) >= maxStoredHashes {
			s.expire()
		}
		if len(s.peers) >= maxStoredHashes {
			return
		}
		m = make(map[netip.AddrPort]time.Time)
		s.peers[ih] = m
	}
	a := netip.AddrPortFrom(ip.Unmap(), uint16(na.Port))
	if _, known := m[a]; !known && len(m) >= maxStoredPeers {
		for old := range m { // any one: map order is random enough
			delete(m, old)
			break
		}
	}
	m[a] = s.now()
}

func (s *peerStore) expire() {
	for ih, m := range s.peers {
		for a, seen := range m {
			if s.now().Sub(seen) > peerLifetime {
				delete(m, a)
			}
		}
		if len(m) == 0 {
			delete(s.peers, ih)
		}
	}
}

// GetPeers implements peer_store.Interface.
func (s *peerStore) GetPeers(ih peer_store.InfoHash) (out []krpc.NodeAddr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for a, seen := range s.peers[ih] {
		if s.now().Sub(seen) <= peerLifetime {
			out = append(out, krpc.NodeAddr{IP: a.Addr().AsSlice(), Port: int(a.Port())})
		}
	}
	return out
}

// configureDHT replaces what the library leaves out or does not bound.
func (e *Engine) configureDHT(c *dht.ServerConfig) {
	c.PeerStore = &peerStore{now: e.opts.Clock, peers: make(map[metainfo.Hash]map[netip.AddrPort]time.Time)}
	c.NoSecurity = e.opts.LoopbackOnly
	c.Logger = c.Logger.FilterLevel(log.Critical) // it calls an empty routing table an error
	c.DefaultWant = []krpc.Want{krpc.WantNodes}
}

// startingNodes are the DHT nodes to begin with: those of the settings and, on
// the public network, the well-known ones.
func (e *Engine) startingNodes(network string) dht.StartingNodesGetter {
	return func() ([]dht.Addr, error) {
		var out []dht.Addr
		for _, s := range e.opts.DHTNodes {
			if a, err := e.reach.parse(s); err == nil {
				out = append(out, dht.NewAddr(net.UDPAddrFromAddrPort(a)))
			}
		}
		if e.opts.LoopbackOnly {
			return out, nil
		}
		known, err := dht.GlobalBootstrapAddrs(network)
		return append(out, known...), err
	}
}

// announce tells the DHT that we have part of a torrent: soon after it was
// added, when our routing table may still be empty, and then seldom.
func (e *Engine) announce(ctx context.Context, t *torrent.Torrent) {
	waits := []time.Duration{0, 2 * time.Second, 4 * time.Second, 10 * time.Second, 30 * time.Second, 2 * time.Minute}
	for i := 0; ; i++ {
		wait := 15 * time.Minute
		if i < len(waits) {
			wait = waits[i]
		}
		select {
		case <-ctx.Done():
			return
		case <-t.Closed():
			return
		case <-time.After(wait):
		}
		done, stop, err := t.AnnounceToDht(e.dht)
		if err != nil {
			e.log.Debug("DHT announce", "info_hash", t.InfoHash().HexString(), "err", err)
			continue
		}
		select {
		case <-ctx.Done():
		case <-t.Closed():
		case <-done:
		case <-time.After(time.Minute):
		}
		stop()
	}
}
