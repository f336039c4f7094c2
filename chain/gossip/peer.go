package gossip

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"supercomputing/chain/types"
)

const (
	pingEvery  = 30 * time.Second
	idleLimit  = 90 * time.Second // without a byte from the peer
	rejectWait = time.Second      // for the last words of a connection
	knownSize  = 4096             // hashes remembered per peer, to send nothing twice
	// messageRate bounds messages per second from one peer: small ones cost
	// more than their bytes.
	messageRate  = 2000
	messageBurst = 8000
	addrRate     = 1 // relayed addresses per second taken from one peer
	addrBurst    = maxAddrs + 200
	// refusedRate bounds the transactions per second that one peer has us check
	// for nothing. Being refused is no offence, so it has to cost something.
	refusedRate  = 50
	refusedBurst = 500
)

// peer is one connection after its handshake.
type peer struct {
	node      *Node
	wire      *wireConn
	addr      netip.AddrPort // remote end of the connection
	listen    netip.AddrPort // where the peer accepts, zero if nowhere known
	inbound   bool
	manual    bool   // asked for with Connect
	extra     bool   // began as a feeler
	target    string // what was dialled; empty when inbound
	version   versionMsg
	offset    time.Duration // the peer's clock less ours
	connected time.Time
	key       string // see banKey
	out       *outbox
	messages  *rate.Limiter
	addrs     *rate.Limiter
	refused   *rate.Limiter // transactions it sent that were not taken
	cancel    context.CancelCauseFunc

	height    atomic.Uint32 // of its best header known here
	lastBlock atomic.Int64  // Unix nanoseconds: last block it delivered
	lastTx    atomic.Int64  // last new transaction
	ping      atomic.Int64  // nanoseconds, last measured

	mu          sync.Mutex
	wantHeaders int                     // open getheaders
	wantList    map[types.Hash]struct{} // open getlist
	wantBlocks  map[types.Hash]struct{} // open getblocks
	wantTxs     map[types.Hash]struct{} // open gettx
	backlog     []types.Hash            // transactions it offered, not asked for yet
	wantAddrs   bool
	gaveAddrs   bool
	known       *recent // headers and transactions both sides have
	pending     *pendingHeaders
	pingNonce   uint64
	pingAt      time.Time
}

// drop ends the connection; the first reason given is the one kept.
func (p *peer) drop(reason error) { p.cancel(reason) }

// send queues m; a peer that does not keep up is dropped.
func (p *peer) send(m message) {
	if err := p.out.push(m); err != nil {
		p.drop(err)
	}
}

// run serves the connection until it ends and returns why. Ending ctx, which
// cancel does, closes the connection and so ends both goroutines.
func (p *peer) run(ctx context.Context) error {
	var g errgroup.Group
	g.Go(func() error {
		err := p.readLoop(ctx)
		p.lastWords(ctx, err)
		p.cancel(err)
		return nil
	})
	g.Go(func() error {
		// After last words the reader, which asked for them, says why.
		if err := p.writeLoop(ctx); !errors.Is(err, errFlushed) {
			p.cancel(err)
		}
		return nil
	})
	g.Wait()
	return context.Cause(ctx)
}

// lastWords tells the peer why it is dropped, if it is for what it did.
func (p *peer) lastWords(ctx context.Context, err error) {
	var o *offence
	if !errors.As(err, &o) {
		return
	}
	p.out.end(&rejectMsg{Code: rejectMisuse, Reason: clip(o.err.Error())})
	timer := time.NewTimer(rejectWait)
	defer timer.Stop()
	select {
	case <-p.out.done:
	case <-ctx.Done():
	case <-timer.C:
	}
}

// clip fits text into a reject message.
func clip(s string) string {
	if len(s) > maxReason {
		s = s[:maxReason]
	}
	clean := make([]byte, 0, len(s))
	for _, c := range []byte(s) {
		if c < 0x20 || c >= 0x7f {
			c = '?'
		}
		clean = append(clean, c)
	}
	return string(clean)
}

func (p *peer) readLoop(ctx context.Context) error {
	for {
		t, body, err := p.wire.readFrame(p.ceiling)
		if err != nil {
			return offenceOf(err)
		}
		p.node.count.messagesIn.Add(1)
		if err := p.messages.Wait(ctx); err != nil {
			return err
		}
		m, err := decodeMessage(t, body)
		if err != nil {
			return offenceOf(err)
		}
		if err := p.node.handle(ctx, p, m, len(body)); err != nil {
			return offenceOf(err)
		}
	}
}

// ceiling says how large a body of type t may be at this moment: answers that
// nobody asked for have no room at all.
func (p *peer) ceiling(t msgType) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	wanted := true
	switch t {
	case msgHeaders:
		if p.wantHeaders == 0 {
			return 1 + 1 + maxHeadersPush*types.HeaderSize, nil
		}
	case msgAddr:
		if !p.wantAddrs {
			return 1 + 1 + maxAddrPush*addressSize, nil
		}
	case msgList:
		wanted = len(p.wantList) > 0
	case msgBlock:
		wanted = len(p.wantBlocks) > 0
	case msgTx:
		wanted = len(p.wantTxs) > 0
	case msgVersion, msgVerack:
		return 0, fmt.Errorf("%w: %v after the handshake", ErrOrder, t)
	}
	if !t.known() {
		return 0, fmt.Errorf("%w: unknown message type %d", types.ErrMalformed, byte(t))
	}
	if !wanted {
		return 0, fmt.Errorf("%w: %v", ErrUnrequested, t)
	}
	return t.limit(), nil
}

func (p *peer) writeLoop(ctx context.Context) error {
	for {
		frame, q, ok, err := p.out.next()
		switch {
		case err != nil:
			return err
		case !ok:
			select {
			case <-p.out.signal:
			case <-ctx.Done():
				return ctx.Err()
			}
			continue
		case frame == nil:
			m, err := p.node.answer(p, q)
			if err != nil {
				return err
			}
			frame = encodeFrame(m)
		}
		if err := p.wire.writeFrame(frame); err != nil {
			return err
		}
	}
}

// offence is misbehaviour that ends the connection.
type offence struct {
	points int
	err    error
}

func (o *offence) Error() string { return o.err.Error() }
func (o *offence) Unwrap() error { return o.err }

// offenceOf makes an offence of errors that are the peer's fault, and leaves
// others alone.
func offenceOf(err error) error {
	var o *offence
	switch {
	case errors.As(err, &o):
		return err
	case errors.Is(err, errPacket):
		return &offence{pointsGarbled, err}
	case errors.Is(err, ErrOversized), errors.Is(err, types.ErrMalformed):
		return &offence{pointsMalformed, err}
	case errors.Is(err, ErrUnrequested), errors.Is(err, ErrOrder):
		return &offence{pointsUnasked, err}
	case errors.Is(err, errOverasking):
		return &offence{pointsOverasking, err}
	}
	return err
}

// markKnown notes that the peer has h, and reports whether that is news.
func (p *peer) markKnown(h types.Hash) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.known.add(h)
}

// tick sends a ping when one is due and drops a peer that fell silent.
func (p *peer) tick(now time.Time, nonce uint64) {
	last := time.Unix(0, p.wire.io.lastRead.Load())
	if now.Sub(last) > idleLimit {
		p.drop(fmt.Errorf("%w: nothing for %v", errSilent, idleLimit))
		return
	}
	p.mu.Lock()
	due := now.Sub(p.pingAt) >= pingEvery
	if due {
		p.pingAt, p.pingNonce = now, nonce
	}
	p.mu.Unlock()
	if due {
		p.send(&pingMsg{nonce})
	}
}

var errSilent = errors.New("peer is silent")

// raise sets the peer's height if it is news.
func (p *peer) raise(height uint32) {
	for {
		old := p.height.Load()
		if height <= old || p.height.CompareAndSwap(old, height) {
			return
		}
	}
}
