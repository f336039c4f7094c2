package gossip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// acceptPause follows a failure to accept that may pass, such as too many open
// files.
const acceptPause = 100 * time.Millisecond

// acceptLoop takes inbound connections.
func (n *Node) acceptLoop(ctx context.Context, l net.Listener) error {
	for {
		raw, err := l.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				raw.Close()
			}
			return ctx.Err()
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("%w: %w", ErrListen, err)
		case err != nil:
			n.log.Warn("cannot accept a peer", "err", err)
			if !pause(ctx, acceptPause) {
				return ctx.Err()
			}
			continue
		}
		n.accept(ctx, raw)
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// accept serves raw in a goroutine of its own, unless its host is banned or too
// many strangers shake hands already.
func (n *Node) accept(ctx context.Context, raw net.Conn) {
	n.count.accepted.Add(1)
	from := addrPort(raw.RemoteAddr())
	if !n.admit(from) {
		n.count.refused.Add(1)
		raw.Close()
		return
	}
	n.group.Go(func() error {
		_, err := n.serve(ctx, raw, roleInbound, "", func() { n.admitted(from.Addr()) })
		switch {
		case errors.Is(err, ErrFull), errors.Is(err, ErrDuplicate):
			n.count.refused.Add(1)
		case errors.Is(err, ErrHandshake) && ctx.Err() == nil:
			n.penalize(banKey(from), pointsHandshake, err)
		}
		return nil
	})
}

// admit counts a connection as shaking hands, if it may.
func (n *Node) admit(from netip.AddrPort) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	total := 0
	for _, c := range n.handshaking {
		total += c
	}
	mine := n.handshaking[from.Addr()]
	if total >= maxHandshaking || routable(from) && mine >= maxShakingHost || n.bans.banned(banKey(from), n.opts.Clock()) {
		return false
	}
	n.handshaking[from.Addr()] = mine + 1
	return true
}

// admitted ends the handshake of a connection from host.
func (n *Node) admitted(host netip.Addr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.handshaking[host]--; n.handshaking[host] == 0 {
		delete(n.handshaking, host)
	}
}
