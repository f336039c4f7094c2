package tasks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"
)

// Timings and limits of a session.
const (
	// HelloTimeout bounds the wait for the other side's hello.
	HelloTimeout = 15 * time.Second
	// PingInterval is the longest silence of a side that is well.
	PingInterval = 15 * time.Second
	// IdleTimeout is after how much silence the other side counts as gone.
	IdleTimeout = 45 * time.Second
	// CallTimeout bounds the wait for one answer or reply.
	CallTimeout = 2 * time.Minute

	writeTimeout = 30 * time.Second
	bodyTimeout  = 60 * time.Second // for the body after its header: 1 MiB at 18 kB/s
	frameRate    = 100              // frames a second from one peer, more have to wait
	frameBurst   = 200
	smallFrame   = 4096 // bodies up to this size do not count as memory
)

// role is the side of a session.
type role int

const (
	worker role = iota
	requester
)

// request is a call (or question) that this side has to answer. done must be
// called when it is answered.
type request struct {
	id   uint32
	msg  []byte
	done func()
}

type outcome struct {
	msg []byte
	err error
}

// asked is a request of ours that waits for its outcome. Its slot stays taken
// until the answer comes, also when the asker has given up: the other side
// counts it still.
type asked struct {
	outcome chan outcome // room for one
	timer   *time.Timer
}

// session is one side of an established session: hellos are exchanged. One
// goroutine reads (run); anybody may send.
type session struct {
	conn   net.Conn
	role   role
	budget *semaphore.Weighted // bytes of large bodies in memory, shared; may be nil

	requests chan request  // from the other side, for one goroutine to answer
	tickets  chan Ticket   // received, the newest only (worker); closed when no more can come
	slots    chan struct{} // taken by our own open requests
	done     chan struct{} // closed at the end

	turn chan struct{} // holds one: whose write it is

	mu     sync.Mutex // guards what follows
	open   map[uint32]asked
	lastID uint32
	served int   // requests of the other side not answered yet
	err    error // why it ended, set once
}

// ending is the cause of a context that ends a session with a bye.
type ending struct {
	why  reason
	text string
}

// Error implements error.
func (e ending) Error() string {
	if e.text == "" {
		return e.why.err().Error()
	}
	return fmt.Sprintf("%v: %s", e.why.err(), e.text)
}

// Unwrap makes an ending the error that the other side sees.
func (e ending) Unwrap() error { return e.why.err() }

func endingOf(ctx context.Context) ending {
	cause := context.Cause(ctx)
	var e ending
	switch {
	case errors.Is(cause, errPaused):
		// The place is given back, for others: nobody knows for how long. To this
		// side it is a pause all the same.
		return ending{reasonEnded, "it is paused"}
	case !errors.As(cause, &e):
		e.why = reasonLeaving
	}
	return e
}

func newSession(conn net.Conn, r role, budget *semaphore.Weighted) *session {
	ours := MaxCalls
	if r == requester {
		ours = 1
	}
	return &session{
		conn: conn, role: r, budget: budget,
		requests: make(chan request, MaxCalls),
		tickets:  make(chan Ticket, 1),
		slots:    make(chan struct{}, ours),
		done:     make(chan struct{}),
		turn:     make(chan struct{}, 1),
		open:     make(map[uint32]asked),
	}
}

// run reads frames until the session ends and returns why. When ctx is done it
// takes leave of the other side first, with the ending that is ctx's cause.
func (s *session) run(ctx context.Context) error {
	inner, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { s.keepAlive(inner) })
	stop := context.AfterFunc(ctx, func() {
		e := endingOf(ctx)
		var local error = ending{e.why, clip(e.text)}
		if cause := context.Cause(ctx); errors.Is(cause, errPaused) {
			local = cause
		}
		s.bye(e.why, e.text, local)
	})
	s.finish(s.read())
	close(s.tickets)
	s.conn.Close()
	cancel()
	stop()
	wg.Wait()
	s.drain()
	return s.ended()
}

func (s *session) keepAlive(ctx context.Context) {
	t := time.NewTicker(PingInterval)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			if s.send(frame{kind: framePing}) != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// read handles frames until the connection fails, the other side says bye or
// breaks the protocol. After this side's own bye it only reads on, so that the
// farewell is not lost in a reset connection.
func (s *session) read() error {
	limit := rate.NewLimiter(frameRate, frameBurst)
	for {
		if wait := limit.Reserve().Delay(); wait > 0 {
			time.Sleep(wait)
		}
		s.setReadDeadline(IdleTimeout)
		kind, size, err := readHeader(s.conn)
		if err != nil {
			return lost(err)
		}
		body, release, err := s.readBody(kind, size)
		if err != nil {
			return lost(err)
		}
		if s.ended() != nil && kind != frameTicket { // a promise still counts
			release()
			continue
		}
		if err := s.dispatch(frame{kind, body}, release); err != nil {
			release()
			return err
		}
	}
}

// setReadDeadline moves the deadline unless the end has set the last one.
func (s *session) setReadDeadline(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.conn.SetReadDeadline(time.Now().Add(d))
	}
}

// readBody waits for memory before it reads a large call, so that all nodes
// together cannot make the requester hold more than its budget.
func (s *session) readBody(kind frameType, size int) ([]byte, func(), error) {
	release := func() {}
	if s.budget != nil && kind == frameCall && size > smallFrame {
		ctx, cancel := context.WithTimeout(context.Background(), CallTimeout)
		defer cancel()
		if err := s.budget.Acquire(ctx, int64(size)); err != nil {
			return nil, nil, fmt.Errorf("no memory for a message of %d bytes: %w", size, err)
		}
		release = sync.OnceFunc(func() { s.budget.Release(int64(size)) })
	}
	s.setReadDeadline(bodyTimeout)
	body := make([]byte, size)
	if err := readFull(s.conn, body); err != nil {
		release()
		return nil, nil, err
	}
	return body, release, nil
}

// lost makes a connection's failure an ErrUnreachable.
func lost(err error) error {
	if errors.Is(err, ErrProtocol) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

// dispatch handles one frame. It never blocks: whoever answers requests has
// room for as many as the protocol allows.
func (s *session) dispatch(f frame, release func()) error {
	asks, answers := frameQuestion, frameAnswer
	if s.role == requester {
		asks, answers = frameCall, frameReply
	}
	switch f.kind {
	case framePing:
	case asks:
		id, msg := parseMessage(f.body)
		return s.accept(id, msg, release)
	case answers:
		id, msg := parseMessage(f.body)
		return s.settle(id, outcome{msg: msg})
	case frameError:
		id, text := parseMessage(f.body)
		return s.settle(id, outcome{err: fmt.Errorf("%w: %s", ErrRefused, foreignText(text))})
	case frameTicket:
		if s.role != worker {
			return fmt.Errorf("%w: a ticket from a worker", ErrProtocol)
		}
		t, err := parseTicket(f.body)
		if err != nil {
			return err
		}
		select { // only the newest matters
		case <-s.tickets:
		default:
		}
		s.tickets <- t
	case frameBye:
		return parseBye(f.body)
	default:
		return fmt.Errorf("%w: frame type %#02x at this point", ErrProtocol, byte(f.kind))
	}
	return nil
}

func (s *session) accept(id uint32, msg []byte, release func()) error {
	most := MaxCalls
	if s.role == worker {
		most = 1
	}
	s.mu.Lock()
	s.served++
	over := s.served > most
	s.mu.Unlock()
	if over {
		return fmt.Errorf("%w: more than %d requests at once", ErrProtocol, most)
	}
	s.requests <- request{id, msg, release}
	return nil
}

func (s *session) settle(id uint32, o outcome) error {
	s.mu.Lock()
	a, ok := s.open[id]
	delete(s.open, id)
	s.mu.Unlock()
	if !ok {
		return fmt.Errorf("%w: answer to request %d, which is not open", ErrProtocol, id)
	}
	a.timer.Stop()
	<-s.slots
	a.outcome <- o
	return nil
}

// ask sends a request and waits for its answer, at most CallTimeout.
func (s *session) ask(ctx context.Context, msg []byte) ([]byte, error) {
	if len(msg) > MaxMessage {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(msg), MaxMessage)
	}
	select {
	case s.slots <- struct{}{}:
	case <-s.done:
		return nil, s.ended()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	kind := frameCall
	if s.role == requester {
		kind = frameQuestion
	}
	id, answer := s.register()
	if err := s.send(messageFrame(kind, id, msg)); err != nil {
		return nil, err
	}
	select {
	case o := <-answer:
		return o.msg, o.err
	case <-s.done:
		return nil, s.ended()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (s *session) register() (uint32, <-chan outcome) {
	a := asked{
		outcome: make(chan outcome, 1),
		timer: time.AfterFunc(CallTimeout, func() {
			s.close(fmt.Errorf("%w: no answer for %v", ErrUnreachable, CallTimeout))
		}),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastID++
	s.open[s.lastID] = a
	if s.err != nil {
		a.timer.Stop()
	}
	return s.lastID, a.outcome
}

// answer sends the answer to a request, or the error in its place.
func (s *session) answer(r request, msg []byte, err error) error {
	defer r.done()
	if err == nil && len(msg) > MaxMessage {
		err = fmt.Errorf("%w: answer of %d bytes", ErrTooLarge, len(msg))
	}
	kind := frameReply
	if s.role == requester {
		kind = frameAnswer
	}
	f := messageFrame(kind, r.id, msg)
	if err != nil {
		f = messageFrame(frameError, r.id, []byte(clip(err.Error())))
	}
	s.mu.Lock()
	s.served--
	s.mu.Unlock()
	return s.send(f)
}

func (s *session) send(f frame) error {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	if err := s.ended(); err != nil {
		return err
	}
	s.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := s.conn.Write(f.append(nil)); err != nil {
		err = lost(err)
		s.close(err)
		return err
	}
	return nil
}

// bye tells the other side why this one ends the session, and ends it for the
// local reason, which is the error that the other side will see, or a pause.
func (s *session) bye(why reason, text string, local error) {
	if !s.finish(local) {
		return
	}
	// A writer that is stuck gives up; what was sent so far then ends in the
	// middle of a frame, and the connection just breaks.
	s.conn.SetDeadline(time.Now().Add(byeTimeout))
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	if _, err := s.conn.Write(byeFrame(why, text).append(nil)); err != nil {
		s.conn.Close()
	}
}

// byeTimeout bounds a farewell: the writing, and the wait for the other side
// to hang up.
const byeTimeout = 2 * time.Second

// close ends the session for err, without a word.
func (s *session) close(err error) {
	s.finish(err)
	s.conn.Close()
}

// finish sets the reason of the end; the first one stays.
func (s *session) finish(err error) (first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return false
	}
	s.err = err
	for _, a := range s.open {
		a.timer.Stop()
	}
	close(s.done)
	return true
}

// ended gives the reason of the end, nil before it.
func (s *session) ended() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// drain gives back the memory of requests that nobody will answer.
func (s *session) drain() {
	for {
		select {
		case r := <-s.requests:
			r.done()
		default:
			return
		}
	}
}

func readFull(r io.Reader, b []byte) error {
	_, err := io.ReadFull(r, b)
	return err
}
