package gossip

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"time"

	"supercomputing/chain/types"
)

type hash = types.Hash

// maxPerHost bounds inbound connections from one address, where addresses are
// worth something: on private networks and loopback they are not.
const maxPerHost = 4

// register makes p a peer, or says why it is not to be one.
func (n *Node) register(p *peer) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	sameHost := 0
	for q := range n.peers {
		if q.inbound && q.addr.Addr() == p.addr.Addr() {
			sameHost++
		}
		if q.version.Nonce != p.version.Nonce || q.addr.Addr() != p.addr.Addr() {
			continue
		}
		if !n.prefer(p, q) {
			return ErrDuplicate
		}
		q.drop(ErrDuplicate)
	}
	if p.inbound {
		if routable(p.addr) && sameHost >= maxPerHost {
			return ErrFull
		}
		if n.inbound() >= n.opts.MaxInbound && !n.evict() {
			return ErrFull
		}
	}
	n.peers[p] = struct{}{}
	return nil
}

// prefer decides between two connections with one node: the one that stands
// stays, except that when both dialled at the same moment both keep the one
// that the node with the greater nonce dialled. Otherwise each might keep the
// connection the other closes. The caller holds mu.
func (n *Node) prefer(p, old *peer) bool {
	if p.inbound == old.inbound || time.Since(old.connected) > handshakeLimit {
		return false
	}
	return p.inbound == (p.version.Nonce > n.nonce)
}

// inbound counts inbound peers that are not on their way out. The caller holds
// mu.
func (n *Node) inbound() int {
	c := 0
	for p := range n.peers {
		if p.inbound {
			c++
		}
	}
	return c
}

func (n *Node) unregister(ctx context.Context, p *peer) {
	n.mu.Lock()
	delete(n.peers, p)
	n.mu.Unlock()
	n.count.bytesIn.Add(p.wire.io.bytesIn.Load())
	n.count.bytesOut.Add(p.wire.io.bytesOut.Load())
	n.sync.call(ctx, func() { n.sync.left(p) })
	n.relay.gone(p)
	n.wakeDialler()
}

// evict drops the inbound peer that is least worth keeping, and reports whether
// there was one. Kept are peers an attacker cannot easily imitate: those that
// lately gave us blocks or transactions, the nearest, and the longest
// connected half. Of the rest the youngest of the most crowded neighbourhood
// goes. The caller holds mu.
func (n *Node) evict() bool {
	var in []*peer
	for p := range n.peers {
		if p.inbound {
			in = append(in, p)
		}
	}
	keep := func(count int, better func(a, b *peer) int) {
		slices.SortFunc(in, func(a, b *peer) int { return cmp.Or(better(a, b), a.connected.Compare(b.connected)) })
		in = in[min(count, len(in)):]
	}
	keep(4, func(a, b *peer) int { return cmp.Compare(b.lastBlock.Load(), a.lastBlock.Load()) })
	keep(4, func(a, b *peer) int { return cmp.Compare(b.lastTx.Load(), a.lastTx.Load()) })
	keep(8, func(a, b *peer) int { return cmp.Compare(pingRank(a), pingRank(b)) })
	keep(len(in)/2, func(a, b *peer) int { return a.connected.Compare(b.connected) })
	if len(in) == 0 {
		return false
	}
	crowd := make(map[string]int)
	for _, p := range in {
		crowd[hostGroup(p.addr)]++
	}
	worst := slices.MaxFunc(in, func(a, b *peer) int {
		return cmp.Or(cmp.Compare(crowd[hostGroup(a.addr)], crowd[hostGroup(b.addr)]), a.connected.Compare(b.connected))
	})
	delete(n.peers, worst)
	worst.drop(errEvicted)
	n.count.evicted.Add(1)
	return true
}

func pingRank(p *peer) int64 {
	if v := p.ping.Load(); v > 0 {
		return v
	}
	return int64(time.Hour)
}

// hostGroup is group without the port, for inbound peers.
func hostGroup(ap netip.AddrPort) string {
	if routable(ap) {
		return group(ap)
	}
	return ap.Addr().String()
}

// greet starts a registered peer: it enters the address book and the sync
// loop, is asked for addresses and told of our transactions.
func (n *Node) greet(ctx context.Context, p *peer) {
	now := n.opts.Clock()
	p.wire.io.lastRead.CompareAndSwap(0, time.Now().UnixNano())
	n.log.Info("peer connected", "peer", p.addr, "inbound", p.inbound, "agent", p.version.Agent, "height", p.version.Height)
	if p.inbound {
		if a := (peerAddr{Addr: p.listen, Seen: now, Services: p.version.Services}); usable(a.Addr) && n.book.add([]peerAddr{a}, p.addr, now) > 0 {
			n.relayAddrs(p, []peerAddr{a})
		}
	} else {
		n.book.good(p.listen, p.version.Services, now)
		p.mu.Lock()
		p.wantAddrs = true
		p.mu.Unlock()
		p.send(&getAddrMsg{})
	}
	n.relay.greet(p)
	n.sync.joined(ctx, p)
}
