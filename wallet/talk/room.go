package talk

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"supercomputing/chain/types"
)

// Who has room here, and for how long.

// evictAfter is how long a connection was of no use before it makes room for
// another.
const evictAfter = 30 * time.Second

// peer finds or makes a peer and keeps it until release is called. Only for
// strangers is there a bound.
func (h *Hub) peer(a types.Address, stranger bool) (p *peer, release func(), err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p = h.peers[a]
	if p == nil {
		if stranger && len(h.peers) >= maxPeers {
			return nil, nil, fmt.Errorf("%w: %d peers remembered", ErrBusy, len(h.peers))
		}
		p = newPeer(h, a)
		h.peers[a] = p
	}
	p.refs++
	return p, func() {
		h.mu.Lock()
		p.refs--
		h.mu.Unlock()
	}, nil
}

// enter counts a connection in, or says why not. One with somebody we know
// takes the place of the one that has been of no use for longest.
func (h *Hub) enter(stranger bool) (leave func(), err error) {
	h.mu.Lock()
	full := h.sessions >= h.opt.MaxSessions
	if full && !stranger {
		h.mu.Unlock()
		full = !h.makeRoom() // the old one is about to end, so there are more for a moment
		h.mu.Lock()
	}
	defer h.mu.Unlock()
	if full || stranger && h.unknown >= h.opt.MaxStrangers {
		return nil, fmt.Errorf("%w: %d here, %d with strangers", ErrBusy, h.sessions, h.unknown)
	}
	h.sessions++
	if stranger {
		h.unknown++
	}
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.sessions--
		if stranger {
			h.unknown--
		}
	}, nil
}

// makeRoom retires the session that has been unused for longest.
func (h *Hub) makeRoom() bool {
	h.mu.Lock()
	peers := slices.Collect(maps.Values(h.peers))
	h.mu.Unlock()
	var oldest *session
	var since time.Time
	for _, p := range peers {
		for _, s := range p.live() {
			if at, idle := s.unused(); idle && (oldest == nil || at.Before(since)) {
				oldest, since = s, at
			}
		}
	}
	if oldest == nil || time.Since(since) < evictAfter {
		return false
	}
	oldest.retire()
	return true
}

// idleFor is the idle timeout of a connection with a peer that is reached
// somewhere, or nowhere.
func (h *Hub) idleFor(stranger bool, reach string) time.Duration {
	switch {
	case stranger:
		return h.opt.StrangerIdle
	case reach == "" || h.reach() == "":
		return max(pinnedIdle, h.opt.IdleTimeout)
	}
	return h.opt.IdleTimeout
}
