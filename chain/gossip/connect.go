package gossip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"golang.org/x/time/rate"
)

// Errors of the version exchange.
var (
	// ErrNetwork: the peer is on another network.
	ErrNetwork = errors.New("peer is on another network")
	// ErrProtocol: the peer's protocol version is too old.
	ErrProtocol = errors.New("peer speaks an old protocol version")
	// ErrSelf: the node dialled itself.
	ErrSelf = errors.New("connected to itself")
	// ErrDuplicate: the same node is connected already.
	ErrDuplicate = errors.New("connected to this peer already")
	// ErrFull: no room for another peer.
	ErrFull = errors.New("no room for another peer")
	// ErrRejected: the peer ended the connection and said why.
	ErrRejected = errors.New("peer refuses")

	errEvicted = errors.New("made room for another peer")
	errFeeler  = errors.New("address tried")
)

// handshakeLimit bounds the time from connection to verack.
const handshakeLimit = 15 * time.Second

// role is why a connection exists.
type role int

const (
	roleInbound role = iota
	roleOutbound
	roleManual // asked for with Connect
	roleFeeler // to see whether an address is a node, and follows our chain
)

// serve runs a connection from handshake to end and closes raw. It returns how
// long raw was a peer, zero if it never became one, and why it ended. settle
// is called once, when the connection is a peer or will not be one.
func (n *Node) serve(parent context.Context, raw net.Conn, r role, target string, settle func()) (time.Duration, error) {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	defer stop()
	defer raw.Close()

	p := n.newPeer(raw, r, target, cancel)
	err := n.enter(ctx, p, r)
	settle()
	if err != nil {
		return 0, err
	}
	defer n.unregister(parent, p)
	n.greet(ctx, p)
	err = p.run(ctx)
	n.tally(p.key, err)
	n.log.Debug("peer gone", "peer", p.addr, "err", err)
	return time.Since(p.connected), err
}

// enter makes p a peer, or says why it is none.
func (n *Node) enter(ctx context.Context, p *peer, r role) error {
	if err := n.handshake(ctx, p); err != nil {
		return err
	}
	if r == roleFeeler && !n.strange(p) {
		return errFeeler
	}
	err := n.register(p)
	if err == nil && r == roleFeeler {
		n.makeRoom(p)
	}
	if err != nil {
		p.wire.raw.SetWriteDeadline(time.Now().Add(rejectWait))
		p.wire.writeFrame(encodeFrame(&rejectMsg{Code: codeOf(err), Reason: clip(err.Error())}))
	}
	return err
}

// strange reports whether p stands on another tip. Peers fill up within the
// part of the network that can be reached; when parts that were cut off from
// each other meet again, nobody would dial across if feelers did not notice the
// other chain and stay. It makes no difference whose chain is the better one:
// the other part needs the connection then.
func (n *Node) strange(p *peer) bool { return p.version.Best != n.chain.Tip().Hash }

// makeRoom drops the youngest other peer of our own choice when p, a feeler
// that stays, is one too many.
func (n *Node) makeRoom(p *peer) {
	n.mu.Lock()
	defer n.mu.Unlock()
	chosen := 0
	var youngest *peer
	for q := range n.peers {
		if q.inbound || q.manual {
			continue
		}
		chosen++
		if q != p && (youngest == nil || q.connected.After(youngest.connected)) {
			youngest = q
		}
	}
	if chosen > n.opts.MaxOutbound && youngest != nil {
		youngest.drop(errEvicted)
		n.count.evicted.Add(1)
	}
}

func (n *Node) newPeer(raw net.Conn, r role, target string, cancel context.CancelCauseFunc) *peer {
	p := &peer{
		node: n, inbound: r == roleInbound, manual: r == roleManual, extra: r == roleFeeler, target: target,
		addr: addrPort(raw.RemoteAddr()), cancel: cancel, out: newOutbox(),
		messages:   rate.NewLimiter(messageRate, messageBurst),
		addrs:      rate.NewLimiter(addrRate, addrBurst),
		refused:    rate.NewLimiter(refusedRate, refusedBurst),
		wantList:   make(map[hash]struct{}),
		wantBlocks: make(map[hash]struct{}),
		wantTxs:    make(map[hash]struct{}),
		known:      newRecent(knownSize),
		wire: &wireConn{raw: raw, io: &meteredConn{
			read: rate.NewLimiter(rate.Limit(n.opts.ReadRate), max(n.opts.ReadRate, 2*maxPacket)),
			send: rate.NewLimiter(rate.Limit(n.opts.SendRate), max(n.opts.SendRate, 2*maxPacket)),
		}},
	}
	p.key = banKey(p.addr)
	if !p.inbound {
		p.listen = p.addr
	}
	return p
}

// handshake encrypts the connection and exchanges versions.
func (n *Node) handshake(ctx context.Context, p *peer) error {
	raw := p.wire.raw
	wire, err := openWire(ctx, raw, n.id, !p.inbound, n.gate, p.wire.io, handshakeLimit)
	if err == nil {
		p.wire = wire
		err = n.exchange(p)
	}
	if err != nil {
		n.count.badHandshakes.Add(1)
		n.count.bytesIn.Add(p.wire.io.bytesIn.Load())
		n.count.bytesOut.Add(p.wire.io.bytesOut.Load())
		n.log.Debug("handshake failed", "peer", p.addr, "inbound", p.inbound, "err", err)
		return err
	}
	n.count.handshakes.Add(1)
	p.connected = time.Now()
	return raw.SetDeadline(time.Time{})
}

// exchange sends and checks versions, then veracks. The deadline of openWire
// still holds.
func (n *Node) exchange(p *peer) error {
	tip := n.chain.Tip()
	ours := &versionMsg{
		Protocol: protocolVersion, Network: n.id, Services: ServiceBlocks, Time: n.opts.Clock(),
		Nonce: n.nonce, Height: tip.Height, Best: tip.Hash, Port: n.port(), Agent: n.opts.Agent,
	}
	if err := p.wire.writeFrame(encodeFrame(ours)); err != nil {
		return fmt.Errorf("%w: %w", ErrHandshake, err)
	}
	m, err := p.wire.expect(msgVersion)
	if err != nil {
		return err
	}
	p.version = *m.(*versionMsg)
	if err := n.checkVersion(&p.version); err != nil {
		p.wire.writeFrame(encodeFrame(&rejectMsg{Code: codeOf(err), Reason: clip(err.Error())}))
		return err
	}
	p.offset = p.version.Time.Sub(n.opts.Clock())
	p.height.Store(p.version.Height)
	if p.inbound && p.version.Port != 0 && p.addr.IsValid() {
		p.listen = netip.AddrPortFrom(p.addr.Addr(), p.version.Port)
	}
	if err := p.wire.writeFrame(encodeFrame(&verackMsg{})); err != nil {
		return fmt.Errorf("%w: %w", ErrHandshake, err)
	}
	_, err = p.wire.expect(msgVerack)
	return err
}

func (n *Node) checkVersion(v *versionMsg) error {
	switch {
	case v.Network != n.id:
		return fmt.Errorf("%w: %x, this is %x", ErrNetwork, v.Network[:8], n.id[:8])
	case v.Protocol < minProtocol:
		return fmt.Errorf("%w: %d, at least %d is needed", ErrProtocol, v.Protocol, minProtocol)
	case v.Nonce == n.nonce:
		return ErrSelf
	}
	return nil
}

// expect reads a message of type t, or the peer's reason to refuse us.
func (c *wireConn) expect(t msgType) (message, error) {
	got, body, err := c.readFrame(func(got msgType) (int, error) {
		if got != t && got != msgReject {
			return 0, fmt.Errorf("%w: %v instead of %v", ErrOrder, got, t)
		}
		return got.limit(), nil
	})
	if err != nil {
		return nil, fmt.Errorf("%w: waiting for %v: %w", ErrHandshake, t, err)
	}
	m, err := decodeMessage(got, body)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHandshake, err)
	}
	if r, ok := m.(*rejectMsg); ok {
		return nil, fmt.Errorf("%w: %w", ErrRejected, r.err())
	}
	return m, nil
}

// codeOf names err for the peer.
func codeOf(err error) rejectCode {
	switch {
	case errors.Is(err, ErrNetwork):
		return rejectNetwork
	case errors.Is(err, ErrProtocol):
		return rejectProtocol
	case errors.Is(err, ErrSelf):
		return rejectSelf
	case errors.Is(err, ErrDuplicate):
		return rejectDuplicate
	case errors.Is(err, ErrFull):
		return rejectFull
	}
	return rejectMisuse
}

// err turns a reject message back into the error it was made from.
func (m *rejectMsg) err() error {
	for _, e := range []error{ErrNetwork, ErrProtocol, ErrSelf, ErrDuplicate, ErrFull} {
		if codeOf(e) == m.Code {
			return fmt.Errorf("%w: %q", e, m.Reason)
		}
	}
	return fmt.Errorf("%q", m.Reason)
}
