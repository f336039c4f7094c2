package talk

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Timings and rates of a session.
const (
	helloTimeout  = 10 * time.Second
	pingInterval  = 20 * time.Second // the longest silence of a side that is well
	idleTimeout   = 60 * time.Second // after that much silence the other side counts as gone
	answerTimeout = 60 * time.Second // for one answer, or one step of a file
	writeTimeout  = 30 * time.Second // for one frame
	bodyTimeout   = 30 * time.Second // for the body after its header: 128 KiB at 5 kB/s
	byeTimeout    = 2 * time.Second  // a farewell: writing it, and the wait for the other side to hang up
	retireGrace   = 60 * time.Second // without any progress of what a retired session still owes

	frameRate  = 400 // frames a second from one session, more have to wait: 12 MiB/s of a file
	frameBurst = 800
)

// session is one side of an established connection: hellos are exchanged. Five
// goroutines serve it: one reads and never waits for anything but the network
// and the peer's rate, one writes, one answers envelopes and marks in their
// order, one takes files, one watches the time.
type session struct {
	p        *peer
	conn     net.Conn
	dialled  bool   // by this side
	stranger bool   // the other side is nobody we know
	reach    string // as the other side told
	idle     time.Duration
	begun    time.Time

	out    chan frame    // requests and answers for the writer
	bulk   chan frame    // chunks, written when nothing else waits
	wake   chan struct{} // holds one: urgent frames wait for the writer
	inbox  chan inbound  // envelopes and marks to answer
	files  chan fileEvent
	slots  chan struct{} // taken by our open envelopes and marks
	offers chan struct{} // taken by our open offer
	done   chan struct{} // closed at the end

	mu        sync.Mutex // guards what follows
	err       error      // why it ended, set once
	farewell  bool       // the writer says bye, why is the reason
	why       byeReason
	open      map[uint32]*request
	lastID    uint32
	unsent    int // registered requests that the writer has not taken
	served    int // requests of the other side not answered yet
	busy      int // the same and offers, until the answer is with the writer
	pong      *uint32
	pings     uint32          // number of our newest
	pingDue   bool            // our newest ping waits for the writer
	probes    []chan struct{} // closed by the pong of our newest ping
	cancels   []uint32        // offers to cancel
	retiring  bool            // we begin nothing new
	retireDue bool            // … and have still to say so
	heard     bool            // the other side begins nothing new
	incoming  uint32          // the other side's open offer
	receiving bool            // … if there is one
	past      uint32          // its last offer, answered
	hasPast   bool
	useful    bool // the other side has taken something
	lastUse   time.Time
	lastSent  time.Time
}

// inbound is an envelope or a mark to answer.
type inbound struct {
	frame
	refuse *Refusal // decided already
}

// request is one of ours, open until its answer comes, also when whoever asked
// has given up: the other side counts it still.
type request struct {
	id      uint32
	slot    chan struct{}
	outcome chan error // room for one
	timer   *time.Timer
	file    *sending // of an offer
}

func newSession(p *peer, conn net.Conn, dialled, stranger bool, reach string) *session {
	now := time.Now()
	return &session{
		p: p, conn: conn, dialled: dialled, stranger: stranger, reach: reach, idle: p.hub.idleFor(stranger, reach), begun: now,
		out: make(chan frame), bulk: make(chan frame), wake: make(chan struct{}, 1),
		inbox: make(chan inbound, maxOpen),
		files: make(chan fileEvent, fileWindow/MaxChunk+2), // chunks, and an offer or a cancel around them
		slots: make(chan struct{}, maxOpen), offers: make(chan struct{}, 1),
		done: make(chan struct{}), open: make(map[uint32]*request),
		lastUse: now, lastSent: now,
	}
}

// run serves the session until it ends and returns why; nil when it was given
// up in order. When ctx is done it takes leave first. life is for the handler,
// whose storing a broken connection does not interrupt.
func (s *session) run(ctx, life context.Context) error {
	var wg sync.WaitGroup
	stop := context.AfterFunc(ctx, func() { s.leave(byeLeaving, errLeaving) })
	wg.Go(s.write)
	wg.Go(s.tend)
	wg.Go(func() { s.serve(life) })
	wg.Go(s.receive)
	s.finish(s.read())
	s.conn.Close()
	s.p.remove(s) // a handler that takes its time keeps nobody online
	stop()
	wg.Wait()
	if err := s.ended(); !errors.Is(err, errEnded) && !errors.Is(err, errLeaving) {
		return err
	}
	return nil
}

// read handles frames until the connection fails or the other side says bye.
// After this side's own bye it only reads on, so that the farewell is not lost
// in a reset connection; leave has set the last deadline then.
func (s *session) read() error {
	limit := rate.NewLimiter(frameRate, frameBurst)
	for {
		s.pause(limit)
		s.setDeadline(s.conn.SetReadDeadline, idleTimeout)
		kind, size, err := readHeader(s.conn)
		if errors.Is(err, ErrProtocol) {
			s.leave(byeProtocol, err)
			io.Copy(io.Discard, s.conn)
			return err
		}
		var f frame
		if err == nil {
			s.setDeadline(s.conn.SetReadDeadline, bodyTimeout)
			f, err = readBody(s.conn, kind, size)
		}
		if err != nil {
			return lost(err)
		}
		if f.kind == frameBye {
			return byeReason(f.body[0]).err()
		}
		if s.ended() != nil {
			continue
		}
		if err := s.dispatch(f); err != nil {
			s.leave(byeProtocol, err)
		}
	}
}

// lost makes a connection's failure an ErrOffline.
func lost(err error) error {
	if errors.Is(err, ErrProtocol) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrOffline, err)
}

// pause waits until the peer's bucket has one for the next frame. Nothing is
// read meanwhile, so a peer that sends too fast waits, too.
func (s *session) pause(l *rate.Limiter) {
	wait := l.Reserve().Delay()
	if wait <= 0 {
		return
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.done:
	}
}

// setDeadline moves a deadline unless the end has set the last one.
func (s *session) setDeadline(set func(time.Time) error, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		set(time.Now().Add(d))
	}
}

// dispatch handles one frame. It never waits for this side's own work: whoever
// does it has room for as much as the protocol allows.
func (s *session) dispatch(f frame) error {
	switch f.kind {
	case framePing:
		s.urgent(func() { n := idOf(f.body); s.pong = &n })
	case framePong:
		s.ponged(idOf(f.body))
	case frameRetire:
		s.retire()
		s.mu.Lock()
		s.heard = true
		s.mu.Unlock()
		s.settleDown()
	case frameDeliver, frameMark:
		return s.admit(f)
	case frameDone, frameRefused:
		return s.answered(f)
	case frameOffer:
		return s.admitFile(f)
	case frameAccept, frameHave:
		return s.progressed(f)
	case frameChunk, frameCancel:
		return s.fileFrame(f)
	default:
		return fmt.Errorf("%w: frame type %#02x at this point", ErrProtocol, byte(f.kind))
	}
	return nil
}

// admit takes in an envelope or a mark of the other side.
func (s *session) admit(f frame) error {
	if f.kind == frameMark {
		if _, _, err := parseMark(f.body); err != nil {
			return err
		}
	}
	s.pause(s.p.limit)
	in := inbound{frame: f}
	if s.stranger && !s.p.hub.strangers.Allow() {
		in.refuse = &Refusal{Reason: ReasonBusy}
	}
	s.mu.Lock()
	s.served++
	s.busy++
	over, late := s.served > maxOpen, s.heard
	s.mu.Unlock()
	switch {
	case over:
		return fmt.Errorf("%w: more than %d requests at once", ErrProtocol, maxOpen)
	case late:
		return fmt.Errorf("%w: a request after retire", ErrProtocol)
	}
	s.inbox <- in
	return nil
}

// serve answers the other side's envelopes and marks, one after another.
func (s *session) serve(life context.Context) {
	if !s.p.greet(s) {
		return
	}
	for {
		select {
		case <-s.done:
			return
		case in := <-s.inbox:
			answer, ok := s.p.handle(life, s, in)
			if !ok {
				return
			}
			s.mu.Lock()
			s.served-- // before the answer, after which the next may come
			s.mu.Unlock()
			s.owe(answer)
		}
	}
}

// owe sends the answer to a request that counted as busy.
func (s *session) owe(answer frame) {
	if s.push(context.Background(), s.out, answer) != nil {
		return
	}
	s.mu.Lock()
	s.busy--
	s.lastUse = time.Now()
	s.mu.Unlock()
	s.settleDown()
}

// request sends a request whose body begins with room for its id, and returns
// while the answer is still to come. An error means that it was not sent;
// errRetired, that another session has to carry it.
func (s *session) request(ctx context.Context, kind frameType, body []byte, file *sending) (*request, error) {
	r := &request{slot: s.slots, outcome: make(chan error, 1), file: file}
	if file != nil {
		r.slot = s.offers
	}
	select {
	case r.slot <- struct{}{}:
	case <-s.done:
		return nil, errRetired
	case <-ctx.Done():
		return nil, offline(ctx)
	}
	if err := s.register(r); err != nil {
		<-r.slot
		return nil, err
	}
	binary.BigEndian.PutUint32(body, r.id)
	err := s.push(ctx, s.out, frame{kind, body})
	s.mu.Lock()
	s.unsent--
	if _, open := s.open[r.id]; err != nil && open { // a peer that guesses ids may have answered, which gave the slot back
		delete(s.open, r.id)
		r.timer.Stop()
		<-r.slot
	}
	s.mu.Unlock()
	s.urgent(nil) // a retire may wait for this
	if err != nil {
		s.settleDown()
		return nil, err
	}
	return r, nil
}

func (s *session) register(r *request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.retiring || s.err != nil {
		return errRetired
	}
	s.lastID++
	r.id = s.lastID
	r.timer = time.AfterFunc(answerTimeout, func() {
		s.close(fmt.Errorf("%w: no answer for %v", ErrOffline, answerTimeout))
	})
	s.open[r.id] = r
	s.unsent++
	s.lastUse = time.Now()
	return nil
}

// wait waits for a request's answer.
func (s *session) wait(ctx context.Context, r *request) error {
	select {
	case err := <-r.outcome:
		return err
	case <-s.done:
	case <-ctx.Done():
	}
	select { // both may have come
	case err := <-r.outcome:
		return err
	default:
	}
	if err := s.ended(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	return fmt.Errorf("%w: %w", ErrUnknown, context.Cause(ctx))
}

// answered settles a request of ours.
func (s *session) answered(f frame) error {
	var outcome error
	if f.kind == frameRefused {
		r, err := parseRefused(f.body)
		if err != nil {
			return err
		}
		outcome = r
	}
	s.mu.Lock()
	r, ok := s.open[idOf(f.body)]
	if ok && r.file != nil && outcome == nil && (!r.file.accepted || r.file.sent < r.file.size) {
		s.mu.Unlock()
		return fmt.Errorf("%w: a file is done before it was sent", ErrProtocol)
	}
	delete(s.open, idOf(f.body))
	s.lastUse = time.Now()
	useful := ok && outcome == nil
	s.useful = s.useful || useful
	s.mu.Unlock()
	if useful {
		s.p.taken()
	}
	if !ok {
		return fmt.Errorf("%w: an answer to request %d, which is not open", ErrProtocol, idOf(f.body))
	}
	r.timer.Stop()
	r.outcome <- outcome
	<-r.slot
	s.settleDown()
	return nil
}
