package gossip

import (
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/btcsuite/btcd/addrmgr"
	"golang.org/x/sync/errgroup"

	"supercomputing/chain/types"
)

const (
	upkeepEvery = time.Second
	saveEvery   = 5 * time.Minute
	// maxKeyAgreements bounds the handshakes computed at one time.
	maxKeyAgreements = 2
	// maxHandshaking bounds inbound connections without a finished handshake.
	maxHandshaking = 32
	// maxShakingHost is the part of these one routable host may take.
	maxShakingHost = 4
)

// Node is one participant of the network. Make it with New, start it with Run.
type Node struct {
	chain Chain
	opts  Options
	id    types.NetworkID
	nonce uint64
	log   *slog.Logger
	book  *book
	bans  *bans
	gate  gate
	wake  chan struct{} // capacity 1: the dial loop has something to do
	sync  *syncer
	relay *relay
	count counters

	mu          sync.Mutex
	running     bool
	listener    net.Listener
	peers       map[*peer]struct{}
	dialling    map[string]bool // targets of dials under way
	manual      map[string]*manualPeer
	own         map[string]bool    // targets that led to this very node
	handshaking map[netip.Addr]int // inbound connections by host
	group       *errgroup.Group
}

// New makes a node on chain; it starts nothing.
func New(c Chain, opts Options) *Node {
	opts = opts.withDefaults()
	var seed [8]byte
	crand.Read(seed[:])
	n := &Node{
		chain: c, opts: opts, id: opts.Params.ID,
		nonce: binary.BigEndian.Uint64(seed[:]),
		log:   opts.Log,
		bans:  newBans(),
		gate:  make(gate, maxKeyAgreements),
		wake:  make(chan struct{}, 1),

		listener: opts.Listener,
		peers:    make(map[*peer]struct{}),
		dialling: make(map[string]bool),
		manual:   make(map[string]*manualPeer),
		own:      make(map[string]bool),

		handshaking: make(map[netip.Addr]int),
	}
	n.book = newBook(addrmgr.New(opts.DataDir, net.LookupIP), opts.AllowPrivate)
	n.sync = newSyncer(n)
	n.relay = newRelay(n)
	return n
}

// Run serves the network until ctx ends, and returns when every goroutine and
// connection is gone: nil when ctx ended, ErrListen when the address cannot be
// had, and the chain's own error when this machine fails to store a block.
func (n *Node) Run(ctx context.Context) error {
	if err := n.start(); err != nil {
		return err
	}
	defer n.stop()
	g, gctx := errgroup.WithContext(ctx)
	n.mu.Lock()
	n.group = g
	l := n.listener
	n.mu.Unlock()
	if l != nil {
		closing := context.AfterFunc(gctx, func() { l.Close() })
		defer closing()
		g.Go(func() error { return n.acceptLoop(gctx, l) })
	}
	g.Go(func() error { return n.dialLoop(gctx) })
	g.Go(func() error { return n.sync.run(gctx) })
	g.Go(func() error { return n.sync.importLoop(gctx) })
	g.Go(func() error { return n.announceLoop(gctx) })
	g.Go(func() error { return n.upkeep(gctx) })
	err := g.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (n *Node) start() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.running {
		return ErrRunning
	}
	if n.listener == nil && n.opts.Listen != "" {
		l, err := net.Listen("tcp", n.opts.Listen)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrListen, err)
		}
		n.listener = l
	}
	n.running = true
	if n.opts.DataDir != "" {
		n.book.manager.Start()
		s, err := loadState(n.opts.DataDir)
		if err != nil {
			n.log.Warn("stored peers are lost", "err", err)
		}
		n.book.restore(s.Addresses)
		n.bans.restore(s.Bans)
	}
	return nil
}

func (n *Node) stop() {
	if n.opts.DataDir != "" {
		n.save()
		n.book.manager.Stop()
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listener != nil {
		n.listener.Close()
	}
}

func (n *Node) save() {
	s := storedState{Addresses: n.book.privateList(), Bans: n.bans.list(n.opts.Clock())}
	if err := saveState(n.opts.DataDir, s); err != nil {
		n.log.Warn("peers are not stored", "err", err)
	}
}

// Addr is where the node accepts peers, nil while or when it does not.
func (n *Node) Addr() net.Addr {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listener == nil {
		return nil
	}
	return n.listener.Addr()
}

// port is the port peers are told to connect to, 0 for none.
func (n *Node) port() uint16 {
	a := n.Addr()
	if a == nil {
		return 0
	}
	return addrPort(a).Port()
}

// addrPort reads the text of a network address; zero when it is no IP's.
func addrPort(a net.Addr) netip.AddrPort {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// upkeep pings peers, repeats requests for transactions and stores addresses.
func (n *Node) upkeep(ctx context.Context) error {
	tick := time.NewTicker(upkeepEvery)
	defer tick.Stop()
	saved := time.Now()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		now := time.Now()
		for _, p := range n.peerList() {
			p.tick(now, uint64(now.UnixNano()))
		}
		n.relay.tick(now)
		if n.opts.DataDir != "" && now.Sub(saved) >= saveEvery {
			n.save()
			saved = now
		}
	}
}

// PeerInfo describes a connected peer.
type PeerInfo struct {
	Addr      string        // remote end
	Listen    string        // where it accepts peers, empty if it does not
	Inbound   bool          // it connected to us
	Agent     string        // what it calls itself
	Protocol  uint32        // version it speaks
	Height    uint32        // of its best block, as far as known
	Connected time.Time     // since
	Ping      time.Duration // zero: not measured yet
	Offset    time.Duration // its clock less ours
	Score     int           // misbehaviour points, 100 ban
	BytesIn   uint64
	BytesOut  uint64
}

// Peers lists the connected peers, longest connected first.
func (n *Node) Peers() []PeerInfo {
	now := n.opts.Clock()
	var out []PeerInfo
	for _, p := range n.peerList() {
		info := PeerInfo{
			Addr: p.addr.String(), Inbound: p.inbound,
			Agent: p.version.Agent, Protocol: p.version.Protocol, Height: p.height.Load(),
			Connected: p.connected, Ping: time.Duration(p.ping.Load()), Offset: p.offset,
			Score:   n.bans.score(p.key, now),
			BytesIn: p.wire.io.bytesIn.Load(), BytesOut: p.wire.io.bytesOut.Load(),
		}
		if p.listen.IsValid() {
			info.Listen = p.listen.String()
		}
		out = append(out, info)
	}
	slices.SortFunc(out, func(a, b PeerInfo) int { return a.Connected.Compare(b.Connected) })
	return out
}

// peerList copies the registered peers.
func (n *Node) peerList() []*peer {
	n.mu.Lock()
	defer n.mu.Unlock()
	out := make([]*peer, 0, len(n.peers))
	for p := range n.peers {
		out = append(out, p)
	}
	return out
}

// punish gives points to a peer and drops it when that bans it.
func (n *Node) punish(p *peer, points int, why error) {
	n.log.Debug("peer misbehaves", "peer", p.addr, "points", points, "err", why)
	if n.penalize(p.key, points, why) {
		p.drop(&offence{0, why})
	}
}

// penalize gives points to a host and reports whether it is banned now.
func (n *Node) penalize(key string, points int, why error) bool {
	if points == 0 || !n.bans.add(key, points, n.opts.Clock()) {
		return false
	}
	n.count.banned.Add(1)
	n.log.Info("peer banned", "host", key, "for", banTime, "err", why)
	return true
}

// tally counts why a connection ended and gives its host the points for it.
func (n *Node) tally(key string, err error) {
	switch {
	case errors.Is(err, ErrOversized), errors.Is(err, types.ErrTooLarge):
		n.count.oversized.Add(1)
	case errors.Is(err, types.ErrMalformed), errors.Is(err, ErrOrder):
		n.count.malformed.Add(1)
	case errors.Is(err, ErrUnrequested):
		n.count.unrequested.Add(1)
	case errors.Is(err, errOverasking):
		n.count.overasking.Add(1)
	case errors.Is(err, errSlowReader):
		n.count.slowReaders.Add(1)
	}
	var o *offence
	if errors.As(err, &o) {
		n.penalize(key, o.points, err)
	}
}
