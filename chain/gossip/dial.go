package gossip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"
)

const (
	dialEvery   = time.Second      // while peers are missing
	dialLimit   = 10 * time.Second // for a connection
	feelerEvery = 30 * time.Second // when no peer is missing
	maxManual   = 64
	maxDialling = 16
	// provenAfter is how long a connection lasts before its end no longer
	// counts as a failure that lengthens the pause.
	provenAfter = time.Minute
)

var errBanned = errors.New("host is banned")

// manualPeer is an address given to Connect, tried until the node stops.
type manualPeer struct {
	fails int
	next  time.Time
}

// Connect keeps a connection to addr, "host:port", beside those the node
// chooses itself. It returns at once; ErrAddress when addr cannot be dialled.
func (n *Node) Connect(addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || host == "" {
		return fmt.Errorf("%w: %q", ErrAddress, addr)
	}
	if p, err := strconv.ParseUint(port, 10, 16); err != nil || p == 0 {
		return fmt.Errorf("%w: port of %q", ErrAddress, addr)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.manual[addr] == nil {
		if len(n.manual) >= maxManual {
			return fmt.Errorf("%w: %d addresses are tried already", ErrFull, maxManual)
		}
		n.manual[addr] = &manualPeer{}
	}
	n.wakeDialler()
	return nil
}

func (n *Node) wakeDialler() {
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// dialLoop keeps MaxOutbound peers and those asked for with Connect.
func (n *Node) dialLoop(ctx context.Context) error {
	tick := time.NewTicker(dialEvery)
	defer tick.Stop()
	seeds := n.newSeeds()
	feeler := time.Now()
	for {
		now := time.Now()
		n.dialManual(ctx, now)
		full := n.dialMissing(ctx, seeds, now)
		if full && now.Sub(feeler) >= feelerEvery {
			feeler = now
			if ap, ok := n.book.pickAny(n.opts.Clock(), n.fresh); ok {
				n.dial(ctx, ap.String(), roleFeeler)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		case <-n.wake:
		}
	}
}

func (n *Node) dialManual(ctx context.Context, now time.Time) {
	n.mu.Lock()
	var due []string
	for addr, m := range n.manual {
		if !n.own[addr] && !m.next.After(now) && !n.dialling[addr] && !n.connectedTo(addr) {
			due = append(due, addr)
		}
	}
	n.mu.Unlock()
	for _, addr := range due {
		n.dial(ctx, addr, roleManual)
	}
}

// connectedTo reports whether a peer is known to be at addr. The caller holds
// mu.
func (n *Node) connectedTo(addr string) bool {
	ap, err := netip.ParseAddrPort(addr)
	for p := range n.peers {
		if p.target == addr || err == nil && (p.listen == ap || p.addr == ap) {
			return true
		}
	}
	return false
}

// dialMissing dials for outbound peers that are missing and reports whether
// none is.
func (n *Node) dialMissing(ctx context.Context, seeds *seedList, now time.Time) bool {
	for {
		missing, busy := n.missing()
		if missing <= 0 || busy {
			return missing <= 0
		}
		addr, ok := n.candidate(seeds, now)
		if !ok {
			return false
		}
		n.dial(ctx, addr, roleOutbound)
	}
}

// candidate chooses whom to dial next. The operator's seeds take turns with the
// book: a book full of addresses that are gone, or of one part of the network
// alone, must not keep a node from those it was told of. The network's seeds,
// which everybody knows, are left alone while the book has somebody.
func (n *Node) candidate(seeds *seedList, now time.Time) (addr string, ok bool) {
	if seeds.turn = !seeds.turn; seeds.turn {
		if addr, ok = seeds.own.next(now, n); ok {
			return addr, true
		}
	}
	if ap, ok := n.book.pick(n.opts.Clock(), n.fresh); ok {
		return ap.String(), true
	}
	if addr, ok = seeds.own.next(now, n); ok {
		return addr, true
	}
	return seeds.network.next(now, n)
}

// missing counts the outbound peers still wanted, dials under way counted as
// peers; busy says that no further dial may start now.
func (n *Node) missing() (count int, busy bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	have := len(n.dialling)
	for p := range n.peers {
		if !p.inbound && !p.manual && !p.extra {
			have++
		}
	}
	return n.opts.MaxOutbound - have, len(n.dialling) >= maxDialling
}

// fresh reports whether ap is worth a dial: not banned, not connected, and no
// neighbour of an outbound peer.
func (n *Node) fresh(ap netip.AddrPort) bool {
	if n.bans.banned(banKey(ap), n.opts.Clock()) {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.dialling[ap.String()] || n.connectedTo(ap.String()) {
		return false
	}
	for p := range n.peers {
		if !p.inbound && routable(ap) && group(p.addr) == group(ap) {
			return false
		}
	}
	return true
}

// dial starts a goroutine that connects to addr and serves the connection.
func (n *Node) dial(ctx context.Context, addr string, r role) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.dialling[addr] {
		return
	}
	n.dialling[addr] = true
	n.group.Go(func() error {
		settle := sync.OnceFunc(func() { n.settled(addr) })
		lived, err := n.dialAndServe(ctx, addr, r, settle)
		settle()
		if ctx.Err() == nil {
			n.dialled(addr, r, lived, err)
		}
		return nil
	})
}

// dialAndServe connects to addr; for the rest see serve.
func (n *Node) dialAndServe(ctx context.Context, addr string, r role, settle func()) (time.Duration, error) {
	dctx, cancel := context.WithTimeout(ctx, dialLimit)
	raw, err := n.opts.Dial(dctx, addr)
	cancel()
	if err != nil {
		return 0, err
	}
	n.count.dialled.Add(1)
	if ap := addrPort(raw.RemoteAddr()); n.bans.banned(banKey(ap), n.opts.Clock()) {
		raw.Close()
		n.count.refused.Add(1)
		return 0, errBanned
	}
	return n.serve(ctx, raw, r, addr, settle)
}

// settled ends the time in which a dial counts as under way.
func (n *Node) settled(addr string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.dialling, addr)
}

// dialled notes how a dial, or the connection it led to, ended.
func (n *Node) dialled(addr string, r role, lived time.Duration, err error) {
	defer n.wakeDialler()
	if ap, perr := netip.ParseAddrPort(addr); perr == nil {
		n.noteDial(ap, lived, err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if errors.Is(err, ErrSelf) && len(n.own) < maxPrivate {
		n.own[addr] = true
	}
	m := n.manual[addr]
	if m == nil || r != roleManual {
		return
	}
	if lived >= provenAfter {
		m.fails = 0
	}
	m.next = time.Now().Add(retryDelay(m.fails))
	m.fails++
	n.log.Info("connection ended", "addr", addr, "err", err)
}

// noteDial tells the address book.
func (n *Node) noteDial(ap netip.AddrPort, lived time.Duration, err error) {
	now := n.opts.Clock()
	switch {
	case errors.Is(err, ErrSelf):
		n.book.markSelf(ap)
	case errors.Is(err, errFeeler):
		n.book.good(ap, ServiceBlocks, now)
	default:
		n.book.ended(ap, lived, now)
	}
}

// seedList is whom to ask when nobody is known: own are the operator's.
type seedList struct {
	own, network rota
	turn         bool // own's, before the address book's
}

func (n *Node) newSeeds() *seedList {
	return &seedList{own: newRota(n.opts.Seeds), network: newRota(n.opts.Params.SeedPeers)}
}

// rota goes through addresses in turn.
type rota struct {
	addrs []string
	at    int
	tries map[string]backoff
}

func newRota(addrs []string) rota {
	r := rota{addrs: slices.Clone(addrs), tries: make(map[string]backoff)}
	shuffle(r.addrs)
	return r
}

// next gives a seed that is due and that is neither connected nor this node.
func (r *rota) next(now time.Time, n *Node) (string, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for range r.addrs {
		addr := r.addrs[r.at%len(r.addrs)]
		r.at++
		b := r.tries[addr]
		if b.next.After(now) || n.own[addr] || n.dialling[addr] || n.connectedTo(addr) {
			continue
		}
		// Seeds are retried often: without one a new node has nobody.
		r.tries[addr] = backoff{b.fails + 1, now.Add(min(retryDelay(b.fails), time.Minute))}
		return addr, true
	}
	return "", false
}
