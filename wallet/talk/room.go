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
// another; a stranger's makes room for another stranger's sooner, so that a few
// who say nothing do not keep all others out. Nor do a few who say something
// now and then: a stranger that is in the middle of something makes room, too,
// after strangerTurn. It can come back and go on, as files are resumed.
const (
	evictAfter         = 30 * time.Second
	evictStrangerAfter = 10 * time.Second
	strangerTurn       = 2 * time.Minute
)

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

// enter counts a connection in, or says why not. It may take the place of the
// one that has been of no use for longest: a stranger's of another stranger's,
// one with somebody we know of any.
func (h *Hub) enter(stranger bool) (leave func(), err error) {
	h.mu.Lock()
	full := h.sessions >= h.opt.MaxSessions
	if fixed := full && stranger; !fixed && (full || stranger && h.unknown >= h.opt.MaxStrangers) {
		h.mu.Unlock()
		full = !h.makeRoom(stranger) // the old one is about to end, so there are more for a moment
		h.mu.Lock()
	}
	defer h.mu.Unlock()
	if full {
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

// makeRoom gives up the session that has been unused for longest, of strangers
// only if it is for a stranger. Those go at once: to hold on to a retired one
// costs nothing.
func (h *Hub) makeRoom(stranger bool) bool {
	h.mu.Lock()
	peers := slices.Collect(maps.Values(h.peers))
	h.mu.Unlock()
	var oldest, first *session
	var since time.Time
	for _, p := range peers {
		for _, s := range p.live() {
			if at, idle := s.unused(); idle && (s.stranger || !stranger) && (oldest == nil || at.Before(since)) {
				oldest, since = s, at
			}
			if s.stranger && (first == nil || s.begun.Before(first.begun)) {
				first = s
			}
		}
	}
	if useful := oldest == nil || time.Since(since) < evictStrangerAfter; stranger && useful && first != nil && time.Since(first.begun) >= strangerTurn {
		oldest, since = first, first.begun
	}
	switch {
	case oldest == nil:
		return false
	case stranger && time.Since(since) >= evictStrangerAfter:
		oldest.leave(byeBusy, ErrBusy)
		return true
	case !stranger && time.Since(since) >= evictAfter:
		oldest.retire()
		return true
	}
	return false
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
