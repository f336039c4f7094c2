package talk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"supercomputing/chain/types"
)

const (
	// dialTimeout bounds a dial and its hello.
	dialTimeout = 30 * time.Second
	// firstBackoff and maxBackoff bound the time in which a peer that could not
	// be reached is not dialled again.
	firstBackoff = 5 * time.Second
	maxBackoff   = 5 * time.Minute
	// maxTries is how many sessions a request may lose before it was sent, by
	// their being retired meanwhile.
	maxTries = 4
)

// dialing is a dial under way; err is set before done is closed.
type dialing struct {
	done chan struct{}
	err  error
}

// Deliver sends an envelope, over the connection there is or a new one to the
// contact ("" when it is not known). nil means that the other side has stored
// it. It returns a *Refusal of the other side, ErrOffline when there is no way
// to it now, and ErrUnknown, which is an ErrOffline, when it may have arrived.
// What one goroutine delivers to one peer arrives in order.
func (h *Hub) Deliver(ctx context.Context, to types.Address, contact string, envelope []byte) error {
	if len(envelope) == 0 || len(envelope) > MaxEnvelope {
		return fmt.Errorf("%w: envelope of %d bytes, at most %d", ErrTooLarge, len(envelope), MaxEnvelope)
	}
	return h.ask(ctx, to, contact, frameDeliver, deliverBody(envelope))
}

// Mark tells the peer something about messages, as Deliver does. nil means that
// it has heard it.
func (h *Hub) Mark(ctx context.Context, to types.Address, contact string, kind MarkKind, ids []ID) error {
	if len(ids) == 0 {
		return fmt.Errorf("%w: a mark on nothing", ErrTooLarge)
	}
	for len(ids) > 0 {
		n := min(len(ids), MaxMarks)
		if err := h.ask(ctx, to, contact, frameMark, markBody(kind, ids[:n])); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

// Ping opens a connection to the peer if there is none. It dials also when a
// dial has just failed: who calls it has a schedule of its own. A peer that hangs
// up at once again and again is left alone all the same, since its coming online
// is a reason to call.
func (h *Hub) Ping(ctx context.Context, to types.Address, contact string) error {
	p, release, err := h.toPeer(to)
	if err != nil {
		return err
	}
	defer release()
	_, err = p.session(ctx, contact, true)
	return err
}

// SendFile sends a file of size bytes, 0 to MaxFile, with this SHA-256, from
// where the other side has it. nil means that it is stored there, whole; an
// error is one of Deliver's, or ErrFile. progress, which may be nil, hears how
// much the other side has. When ctx is done the transfer is given up; what
// arrived may serve the next one.
func (h *Hub) SendFile(ctx context.Context, to types.Address, contact string, id ID, r io.ReaderAt, size int64, sum [32]byte, progress func(int64)) error {
	if size < 0 || size > MaxFile {
		return fmt.Errorf("%w: file of %d bytes, at most %d", ErrTooLarge, size, MaxFile)
	}
	p, release, err := h.toPeer(to)
	if err != nil {
		return err
	}
	defer release()
	select {
	case p.files <- struct{}{}:
	case <-ctx.Done():
		return offline(ctx)
	}
	defer func() { <-p.files }()
	file := &sending{size: size, wake: make(chan struct{}, 1)}
	s, req, err := p.begin(ctx, contact, frameOffer, offer{id, size, sum}.body(), file)
	if err != nil {
		return err
	}
	return s.send(ctx, req, r, progress)
}

// toPeer is the peer of a call.
func (h *Hub) toPeer(to types.Address) (*peer, func(), error) {
	if to == h.opt.Self {
		return nil, nil, ErrSelf
	}
	return h.peer(to, false)
}

// ask sends an envelope or a mark and waits for its answer.
func (h *Hub) ask(ctx context.Context, to types.Address, contact string, kind frameType, body []byte) error {
	p, release, err := h.toPeer(to)
	if err != nil {
		return err
	}
	defer release()
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return offline(ctx)
	}
	s, r, err := p.begin(ctx, contact, kind, body, nil)
	<-p.turn
	if err != nil {
		return err
	}
	return s.wait(ctx, r)
}

// begin sends a request on the best session. Envelopes and marks wait until
// those sent before on another session are answered, so that none overtakes
// another; the turn is the caller's then.
func (p *peer) begin(ctx context.Context, contact string, kind frameType, body []byte, file *sending) (*session, *request, error) {
	for range maxTries {
		s, err := p.session(ctx, contact, false)
		if err != nil {
			return nil, nil, err
		}
		if file == nil && p.last != s {
			if err := p.last.drained(ctx); err != nil {
				return nil, nil, err
			}
			p.last = s
		}
		r, err := s.request(ctx, kind, body, file)
		if err == nil {
			p.mu.Lock()
			p.written = true
			p.mu.Unlock()
			return s, r, nil
		}
		if !errors.Is(err, errRetired) {
			return nil, nil, err
		}
	}
	return nil, nil, fmt.Errorf("%w: connections end as soon as they begin", ErrOffline)
}

// drained waits until all our envelopes and marks are answered, or cannot be
// any more. Nobody may begin one meanwhile.
func (s *session) drained(ctx context.Context) error {
	if s == nil {
		return nil
	}
	taken := 0
	defer func() {
		for ; taken > 0; taken-- {
			<-s.slots
		}
	}()
	for taken < maxOpen {
		select {
		case s.slots <- struct{}{}:
			taken++
		case <-s.done:
			return nil
		case <-ctx.Done():
			return offline(ctx)
		}
	}
	return nil
}

// session gives a session on which requests may begin, dialling if there is
// none. force dials also when a dial has just failed.
func (p *peer) session(ctx context.Context, contact string, force bool) (*session, error) {
	for range maxTries {
		p.mu.Lock()
		changed := p.changed
		p.mu.Unlock()
		if s := p.best(); s != nil {
			return s, nil
		}
		d, err := p.dial(contact, force)
		if err != nil {
			return nil, err
		}
		force = false
		select {
		case <-changed:
		case <-d.done:
			if d.err != nil && p.best() == nil {
				return nil, d.err
			}
		case <-ctx.Done():
			return nil, offline(ctx)
		}
	}
	return nil, fmt.Errorf("%w: connections end as soon as they begin", ErrOffline)
}

// dial starts a dial, or joins the one under way, unless one has just failed.
// It goes on when whoever wanted it has left: the next one may want it, too.
func (p *peer) dial(contact string, force bool) (*dialing, error) {
	life, done, err := p.hub.begin()
	if err != nil {
		return nil, err
	}
	_, release, _ := p.hub.peer(p.addr, false) // refused to strangers only
	d, fresh, err := p.wantDial(contact, force)
	if !fresh {
		release()
		done()
		return d, err
	}
	go func() {
		defer done()
		defer release()
		p.connect(life, d, contact)
	}()
	return d, nil
}

// wantDial gives the dial to wait for; a fresh one is the caller's to carry out.
func (p *peer) wantDial(contact string, force bool) (d *dialing, fresh bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.dialing != nil:
		return p.dialing, false, nil
	case contact == "" || p.hub.opt.Dialer == nil:
		return nil, false, fmt.Errorf("%w: where it is reached is not known", ErrOffline)
	case (!force || p.hangups >= maxHangups) && (p.failedAt == "" || contact == p.failedAt) && time.Now().Before(p.retryAt):
		return nil, false, p.failedBy
	}
	p.dialing = &dialing{done: make(chan struct{})}
	return p.dialing, true, nil
}

// connect dials, says hello and serves the session.
func (p *peer) connect(life context.Context, d *dialing, contact string) {
	leave, err := p.hub.enter(false)
	if err == nil {
		defer leave()
		var s *session
		if s, err = p.open(life, contact); err == nil {
			p.add(s) // before those who wait hear of it
			p.dialled(d, contact, nil)
			p.runSession(life, life, s)
			p.judge(s)
			return
		}
	}
	p.hub.opt.Log.Debug("no connection", "peer", p.addr, "err", err)
	p.dialled(d, contact, err)
}

// dialled settles a dial.
func (p *peer) dialled(d *dialing, contact string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dialing = nil
	if err != nil {
		if !errors.Is(err, ErrOffline) {
			err = fmt.Errorf("%w: %w", ErrOffline, err)
		}
		p.failedLocked(contact, err)
	}
	d.err = err
	close(d.done)
}

// open makes a session.
func (p *peer) open(life context.Context, contact string) (*session, error) {
	ctx, cancel := context.WithTimeout(life, dialTimeout)
	defer cancel()
	select {
	case p.hub.dials <- struct{}{}:
	case <-ctx.Done():
		return nil, offline(ctx)
	}
	defer func() { <-p.hub.dials }()
	conn, err := p.hub.opt.Dialer.Dial(ctx, p.addr, contact)
	if err != nil {
		return nil, err
	}
	theirs, err := sayHello(ctx, conn, hello{Version, p.hub.reach()})
	if err != nil {
		conn.Close()
		return nil, err
	}
	return newSession(p, conn, true, false, theirs.reach), nil
}
