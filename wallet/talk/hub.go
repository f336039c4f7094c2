package talk

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"supercomputing/chain/types"
)

// Options configure a Hub. Self and Handler are required; zero limits take the
// defaults.
type Options struct {
	// Self is this node's own address, by which both sides agree on the
	// connection to keep.
	Self types.Address
	// Dialer opens connections; nil means that only incoming ones are there.
	Dialer Dialer
	// Reach says where this node is reached, for hello: a host:port list, ""
	// not to say. Nil means "".
	Reach   func() string
	Handler Handler
	// Known tells whom this wallet knows: everybody else that dials is a
	// stranger, with less room and patience. Nil means that nobody is known.
	Known func(types.Address) bool
	Log   *slog.Logger

	MaxSessions  int // of all peers, default 128
	MaxStrangers int // of strangers among them, default 32

	// PeerRate is how many envelopes, marks and files a second one known peer
	// may send, in bursts of PeerBurst; default 20 and 60. Who sends more waits.
	PeerRate  rate.Limit
	PeerBurst int
	// StrangerRate and StrangerBurst are the same for one stranger; default 1
	// and 8. StrangersRate and StrangersBurst are for all strangers together;
	// default 10 and 50. Above that they hear ReasonBusy.
	StrangerRate, StrangersRate   rate.Limit
	StrangerBurst, StrangersBurst int

	// IdleTimeout is after how much silence a connection that either side can
	// open again is given up; default 5 minutes.
	IdleTimeout time.Duration
	// StrangerIdle is the same for strangers; default 30 seconds.
	StrangerIdle time.Duration
}

const (
	// pinnedIdle is the idle timeout of a connection that one of the sides could
	// not open again, being reached nowhere: while it lasts, both can write.
	pinnedIdle = 2 * time.Hour
	// maxPeers bounds the strangers remembered: those with a connection, a failed
	// dial or a bucket that is not full again.
	maxPeers = 4096
	// sweepInterval is how often the others are forgotten.
	sweepInterval = 30 * time.Second
	// maxDials is how many dials may be under way.
	maxDials = 16
)

func (o *Options) setDefaults() {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	orElse(&o.MaxSessions, 128)
	orElse(&o.MaxStrangers, 32)
	orElse(&o.PeerRate, 20)
	orElse(&o.PeerBurst, 60)
	orElse(&o.StrangerRate, 1)
	orElse(&o.StrangerBurst, 8)
	orElse(&o.StrangersRate, 10)
	orElse(&o.StrangersBurst, 50)
	orElse(&o.IdleTimeout, 5*time.Minute)
	orElse(&o.StrangerIdle, 30*time.Second)
}

func orElse[T int | rate.Limit | time.Duration](p *T, v T) {
	if *p <= 0 {
		*p = v
	}
}

// Hub holds the conversations of one wallet. It is safe for concurrent use.
type Hub struct {
	opt       Options
	strangers *rate.Limiter // what all strangers send
	dials     chan struct{} // taken by dials under way
	started   chan struct{} // closed when Run has begun
	wake      chan struct{} // holds one: changed has grown
	wg        sync.WaitGroup

	mu        sync.Mutex // guards what follows
	life      context.Context
	stopped   bool // nothing begins any more
	peers     map[types.Address]*peer
	sessions  int // with those that say hello
	unknown   int // of strangers among them
	changed   map[types.Address]bool
	reachTold string // the last contact of ours that was unfit, for the log
}

// New makes a hub. Nothing happens before Run.
func New(opt Options) *Hub {
	opt.setDefaults()
	return &Hub{
		opt: opt, strangers: rate.NewLimiter(opt.StrangersRate, opt.StrangersBurst),
		dials: make(chan struct{}, maxDials), started: make(chan struct{}), wake: make(chan struct{}, 1),
		peers: make(map[types.Address]*peer), changed: make(map[types.Address]bool),
	}
}

// Run serves until ctx is done; it ends all conversations then, and returns nil
// when their goroutines are gone. It runs once.
func (h *Hub) Run(ctx context.Context) error {
	if h.opt.Handler == nil || h.opt.Self.IsZero() {
		return fmt.Errorf("%w: Handler and Self are required", ErrOptions)
	}
	h.mu.Lock()
	if h.life != nil {
		h.mu.Unlock()
		return fmt.Errorf("%w: Run was called before", ErrOptions)
	}
	h.life = ctx
	h.mu.Unlock()
	close(h.started)
	online := make(map[types.Address]bool)
	sweep := time.NewTicker(sweepInterval)
	defer sweep.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-h.wake:
			h.tellOnline(online)
		case <-sweep.C:
			h.sweep()
		}
	}
	h.mu.Lock()
	h.stopped = true
	h.mu.Unlock()
	h.wg.Wait()
	h.tellOnline(online)
	return nil
}

// Ready is closed when Run has begun; calls before fail with ErrNotRunning.
func (h *Hub) Ready() <-chan struct{} { return h.started }

// tellOnline tells the handler whose presence has changed. One goroutine does,
// from what holds now, so that no two reports overtake each other.
func (h *Hub) tellOnline(told map[types.Address]bool) {
	h.mu.Lock()
	changed := h.changed
	h.changed = make(map[types.Address]bool)
	h.mu.Unlock()
	for a := range changed {
		now := h.Online(a)
		if now == told[a] {
			continue
		}
		if now {
			told[a] = true
		} else {
			delete(told, a)
		}
		h.opt.Handler.Online(a, now)
	}
}

// presence notes that a peer's presence may have changed.
func (h *Hub) presence(a types.Address) {
	h.mu.Lock()
	h.changed[a] = true
	h.mu.Unlock()
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// sweep forgets peers of whom there is nothing to remember.
func (h *Hub) sweep() {
	now := time.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	for a, p := range h.peers {
		if p.refs == 0 && p.forgettable(now) {
			delete(h.peers, a)
		}
	}
}

// Online reports whether there is a connection with a peer now.
func (h *Hub) Online(to types.Address) bool {
	h.mu.Lock()
	p := h.peers[to]
	h.mu.Unlock()
	return p != nil && p.online()
}

// begin counts a goroutine of the hub in and gives the hub's life; done must be
// called at its end.
func (h *Hub) begin() (life context.Context, done func(), err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.life == nil || h.stopped || h.life.Err() != nil {
		return nil, nil, ErrNotRunning
	}
	h.wg.Add(1)
	return h.life, h.wg.Done, nil
}

// reach is what this side's hello says.
func (h *Hub) reach() string {
	if h.opt.Reach == nil {
		return ""
	}
	s := h.opt.Reach()
	if validReach(s) {
		return s
	}
	h.mu.Lock()
	first := h.reachTold != s
	h.reachTold = s
	h.mu.Unlock()
	if first {
		h.opt.Log.Warn("our own contact is unfit to be told to correspondents", "bytes", len(s))
	}
	return ""
}

// Accept serves an incoming connection, whose other end is proven to be from's
// owner, until it ends, and closes it. Before Run it waits. nil means that it
// ended in order.
func (h *Hub) Accept(ctx context.Context, from types.Address, conn net.Conn) error {
	defer conn.Close()
	select {
	case <-h.started:
	case <-ctx.Done():
		return offline(ctx)
	}
	if from == h.opt.Self || from.IsZero() {
		return ErrSelf
	}
	life, done, err := h.begin()
	if err != nil {
		return err
	}
	defer done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(life, cancel)()
	stranger := h.opt.Known == nil || !h.opt.Known(from)
	p, release, err := h.peer(from, stranger)
	if err != nil {
		return turnAway(ctx, conn, err)
	}
	defer release()
	stranger = stranger && !p.trusted()
	leave, err := h.enter(stranger)
	if err != nil {
		return turnAway(ctx, conn, err)
	}
	defer leave()
	theirs, err := answerHello(ctx, conn, hello{Version, h.reach()})
	if err != nil {
		return err
	}
	s := newSession(p, conn, false, stranger, theirs.reach)
	p.add(s)
	return p.runSession(ctx, life, s)
}
