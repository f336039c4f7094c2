package talk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"supercomputing/chain/types"
)

const (
	// maxPerPeer bounds the connections of one peer, which are one but for
	// moments and for wallets that run twice.
	maxPerPeer = 4
	// probeTimeout is how long an older connection may take to show that it
	// lives before a newer one is kept instead.
	probeTimeout = 5 * time.Second
	// shortLife is how long a connection of ours has to last, or else to be of
	// use, not to count as one that failed.
	shortLife = 10 * time.Second
	// maxHangups is how many of those in a row are too many.
	maxHangups = 3
)

// peer is the other side of a conversation, connected or not.
type peer struct {
	hub   *Hub
	addr  types.Address
	limit *rate.Limiter // what it may send, over all connections

	turn   chan struct{} // holds one: whose request goes out next
	last   *session      // of the last request; belongs to the turn
	files  chan struct{} // holds one: whose file goes out
	inTurn chan struct{} // holds one: whose envelope is handled

	refs int // who uses the peer; the hub's lock guards it

	mu       sync.Mutex    // guards what follows
	sessions []*session    // running, oldest first
	changed  chan struct{} // closed and made anew when there is one more
	dialing  *dialing
	hangups  int    // connections of ours in a row that were over at once
	failures int    // dials in a row
	failedAt string // contact; "" means any
	failedBy error
	retryAt  time.Time
	written  bool // we have written to it: no stranger any more
	incoming *incoming
}

// incoming is a file that is being taken.
type incoming struct {
	stop, done chan struct{}
	stopped    bool
}

func newPeer(h *Hub, a types.Address) *peer {
	return &peer{
		hub: h, addr: a, limit: rate.NewLimiter(h.opt.PeerRate, h.opt.PeerBurst),
		turn: make(chan struct{}, 1), files: make(chan struct{}, 1), inTurn: make(chan struct{}, 1),
		changed: make(chan struct{}),
	}
}

func (p *peer) online() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.sessions) > 0
}

// trusted reports whether we have written to the peer since we know of it.
func (p *peer) trusted() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.written
}

// forgettable reports whether nothing about the peer matters any more.
func (p *peer) forgettable(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.sessions) == 0 && p.dialing == nil && !now.Before(p.retryAt) && p.limit.TokensAt(now) >= float64(p.limit.Burst())
}

// runSession serves a session that was added until it ends.
func (p *peer) runSession(ctx, life context.Context, s *session) error {
	err := s.run(ctx, life)
	p.hub.opt.Log.Debug("conversation ended", "peer", p.addr, "dialled", s.dialled, "err", err)
	return err
}

// add makes a session one of the peer's. Several are sorted out by one side.
func (p *peer) add(s *session) {
	o := &p.hub.opt
	p.mu.Lock()
	if s.stranger {
		p.limit.SetLimit(o.StrangerRate)
		p.limit.SetBurst(o.StrangerBurst)
	} else {
		p.limit.SetLimit(o.PeerRate)
		p.limit.SetBurst(o.PeerBurst)
	}
	p.sessions = append(p.sessions, s)
	if p.hangups == 0 || !s.dialled {
		p.failures, p.retryAt = 0, time.Time{}
	}
	close(p.changed)
	p.changed = make(chan struct{})
	running := slices.DeleteFunc(slices.Clone(p.sessions), func(s *session) bool { return s.ended() != nil })
	p.mu.Unlock()
	if len(running) > maxPerPeer {
		running[0].leave(byeBusy, ErrBusy)
	}
	if len(running) > 1 {
		sort := p.dropDead
		if bytes.Compare(o.Self[:], p.addr[:]) < 0 {
			sort = p.keepOne
		}
		if _, done, err := p.hub.begin(); err == nil {
			go func() { defer done(); sort(s) }()
		}
	}
	p.hub.presence(p.addr)
}

// taken notes that the peer has taken something of ours: it is worth dialling.
func (p *peer) taken() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hangups, p.failures, p.retryAt = 0, 0, time.Time{}
}

// judge counts a connection of ours that was over at once, and over which the
// peer took nothing. The third in a row is like a dial that failed, wherever the
// peer says to be reached next: that it comes online is a reason to write to it
// again, so who only says hello could else have us dial without end.
func (p *peer) judge(s *session) {
	s.mu.Lock()
	useful := s.useful
	s.mu.Unlock()
	if useful || time.Since(s.begun) >= shortLife || p.online() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hangups++; p.hangups >= maxHangups {
		p.failedLocked("", fmt.Errorf("%w: it hangs up at once", ErrOffline))
	}
}

func (p *peer) failedLocked(contact string, err error) {
	p.failures++
	p.retryAt = time.Now().Add(min(maxBackoff, firstBackoff<<min(p.failures-1, 10)))
	p.failedAt, p.failedBy = contact, err
}

func (p *peer) remove(s *session) {
	p.mu.Lock()
	p.sessions = slices.DeleteFunc(p.sessions, func(x *session) bool { return x == s })
	p.mu.Unlock()
	p.hub.presence(p.addr)
}

// live gives the sessions on which requests may begin, oldest first.
func (p *peer) live() []*session {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.sessions), func(s *session) bool { return !s.usable() })
}

// best picks the session for the next request, nil if there is none. On the
// side that decides it is the one that is kept; on the other the newest, which
// is replaced as soon as it is retired.
func (p *peer) best() *session {
	all := p.live()
	if len(all) == 0 {
		return nil
	}
	if bytes.Compare(p.hub.opt.Self[:], p.addr[:]) < 0 {
		return kept(all)
	}
	return all[len(all)-1]
}

// kept is the newest that this side dialled, else the newest.
func kept(all []*session) *session {
	for _, s := range slices.Backward(all) {
		if s.dialled {
			return s
		}
	}
	return all[len(all)-1]
}

// keepOne retires all sessions but one. Both sides may have dialled at once, or
// the other has dialled again because the older one is dead without our
// knowing: an older one has to prove that it lives. Only the side with the
// smaller address does this, so that the two never give up different ones.
func (p *peer) keepOne(newest *session) {
	for {
		all := p.live()
		if len(all) < 2 {
			return
		}
		keep := kept(all)
		if keep != newest && !keep.probe(probeTimeout) {
			keep.close(ErrOffline)
			continue
		}
		for _, s := range all {
			if s != keep {
				s.retire()
			}
		}
		return
	}
}

// dropDead closes connections that do not live any more, now that the peer has
// made a newer one: what is under way on them is tried again at once. Which of
// those that live is kept is the other side's to say.
func (p *peer) dropDead(newest *session) {
	var wg sync.WaitGroup
	for _, s := range p.live() {
		if s != newest {
			wg.Go(func() {
				if !s.probe(probeTimeout) {
					s.close(fmt.Errorf("%w: it does not answer, and the other side has dialled again", ErrOffline))
				}
			})
		}
	}
	wg.Wait()
}

// greet tells the handler where the peer is reached. It reports false when the
// session ended before.
func (p *peer) greet(s *session) bool {
	select {
	case p.inTurn <- struct{}{}:
	case <-s.done:
		return false
	}
	defer func() { <-p.inTurn }()
	p.hub.opt.Handler.Reach(p.addr, s.reach)
	return true
}

// handle gives an envelope or a mark to the handler, after those that came
// before on whatever connection, and returns the answer.
func (p *peer) handle(life context.Context, s *session, in inbound) (frame, bool) {
	id := idOf(in.body)
	if in.refuse != nil {
		return refusedFrame(id, in.refuse), true
	}
	select {
	case p.inTurn <- struct{}{}:
	case <-s.done:
		return frame{}, false
	}
	defer func() { <-p.inTurn }()
	if in.kind == frameMark {
		kind, ids, _ := parseMark(in.body) // it was parsed when it came
		p.hub.opt.Handler.Mark(p.addr, kind, ids)
		return idFrame(frameDone, id), true
	}
	if err := p.hub.opt.Handler.Deliver(life, p.addr, in.body[4:]); err != nil {
		if life.Err() != nil {
			return frame{}, false // we are leaving, which is no answer
		}
		return refusedFrame(id, p.refusal("envelope", err)), true
	}
	return idFrame(frameDone, id), true
}

// refusal is what the peer hears of a handler's error.
func (p *peer) refusal(what string, err error) *Refusal {
	var r *Refusal
	if !errors.As(err, &r) || r == nil {
		if !errors.Is(err, errEnded) && !errors.Is(err, errRetired) && !errors.Is(err, ErrProtocol) {
			p.hub.opt.Log.Warn("could not take what a correspondent sent", "peer", p.addr, "what", what, "err", err)
		}
		return &Refusal{Reason: ReasonTrouble}
	}
	out := &Refusal{Reason: r.Reason, MinFee: min(max(r.MinFee, 0), types.MaxAmount), Text: plainText([]byte(r.Text))}
	switch out.Reason {
	case ReasonBlocked, ReasonStranger:
		// Letter for letter the same, so that neither tells which it was.
		out.Reason, out.Text = ReasonStranger, ""
	case ReasonFull, ReasonInvalid, ReasonBusy, ReasonTrouble, ReasonCancelled:
	default:
		out.Reason = ReasonUnwanted
	}
	return out
}

// beginFile waits until no other connection of the peer takes a file, which it
// stops: the peer that begins anew has given that one up. end must be called.
func (p *peer) beginFile(s *session) (stop <-chan struct{}, end func(), ok bool) {
	own := &incoming{stop: make(chan struct{}), done: make(chan struct{})}
	for {
		p.mu.Lock()
		other := p.incoming
		if other == nil {
			p.incoming = own
			p.mu.Unlock()
			return own.stop, func() {
				p.mu.Lock()
				p.incoming = nil
				p.mu.Unlock()
				close(own.done)
			}, true
		}
		if !other.stopped {
			other.stopped = true
			close(other.stop)
		}
		p.mu.Unlock()
		select {
		case <-other.done:
		case <-s.done:
			return nil, nil, false
		}
	}
}
