package gossip

import (
	"context"
	"errors"
	"fmt"
	"net"
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
	key := banKey(addrPort(raw.RemoteAddr()))
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.handshaking >= maxHandshaking || n.bans.banned(key, n.opts.Clock()) {
		n.count.refused.Add(1)
		raw.Close()
		return
	}
	n.handshaking++
	n.group.Go(func() error {
		_, err := n.serve(ctx, raw, roleInbound, "", func() {
			n.mu.Lock()
			n.handshaking--
			n.mu.Unlock()
		})
		switch {
		case errors.Is(err, ErrFull), errors.Is(err, ErrDuplicate):
			n.count.refused.Add(1)
		case errors.Is(err, ErrHandshake) && ctx.Err() == nil:
			n.penalize(key, pointsHandshake, err)
		}
		return nil
	})
}
