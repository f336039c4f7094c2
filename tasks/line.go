package tasks

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"supercomputing/chain/types"
)

// Backoff of dialling an author.
const (
	firstDial = time.Second
	lastDial  = 5 * time.Minute
	// steady is how long a session must have lasted to start over with it.
	steady = time.Minute
)

// line is the worker's Requester: it keeps one session with a job's author
// open, over any number of connections.
type line struct {
	w      *workJob
	placed chan struct{} // closed at the first hello of the author
	first  sync.Once

	handlerSet chan struct{}
	handleOnce sync.Once

	mu      sync.Mutex // guards what follows
	handler func(context.Context, []byte) ([]byte, error)
	session *session
	next    chan struct{} // closed when session changes
	final   error         // the requester ended the job for this node
}

func newLine(w *workJob) *line {
	return &line{w: w, placed: make(chan struct{}), handlerSet: make(chan struct{}), next: make(chan struct{})}
}

// Handle implements Requester.
func (l *line) Handle(h func(context.Context, []byte) ([]byte, error)) {
	l.mu.Lock()
	l.handler = h
	l.mu.Unlock()
	l.handleOnce.Do(func() { close(l.handlerSet) })
}

// Earned implements Requester.
func (l *line) Earned() types.Amount { return l.w.ticket().Cumulative }

// Call implements Requester.
func (l *line) Call(ctx context.Context, msg []byte) ([]byte, error) {
	for {
		s, err := l.current(ctx)
		if err != nil {
			return nil, err
		}
		answer, err := s.ask(ctx, msg)
		if err == nil || ctx.Err() != nil || errors.Is(err, ErrRefused) || errors.Is(err, ErrTooLarge) {
			return answer, err
		}
		l.replace(s, nil) // it has ended; the message goes over the next one
	}
}

// current waits for an open session.
func (l *line) current(ctx context.Context) (*session, error) {
	for {
		l.mu.Lock()
		s, next, final := l.session, l.next, l.final
		l.mu.Unlock()
		if final != nil {
			return nil, final
		}
		if s != nil {
			return s, nil
		}
		select {
		case <-next:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// replace changes the session if it still is old, and wakes those who wait.
func (l *line) replace(old, s *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.session == old && s != old {
		l.session = s
		close(l.next)
		l.next = make(chan struct{})
	}
}

func (l *line) end(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.final = err
	close(l.next)
	l.next = make(chan struct{})
}

// run keeps the session until ctx is done. What ends the job for this node it
// gives to stop, and so does it give up when no place is got in time.
func (l *line) run(ctx context.Context, stop context.CancelCauseFunc) {
	deadline := time.Now().Add(l.w.r.opt.PlaceWait)
	for wait := firstDial; ; wait = min(2*wait, lastDial) {
		start := time.Now()
		err := l.once(ctx)
		l.replace(l.live(), nil)
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, ErrEnded) || errors.Is(err, ErrDropped) {
			final := err
			if !errors.Is(err, ErrEnded) {
				final = fmt.Errorf("%w: %w", ErrEnded, err)
			}
			l.end(final)
			stop(final)
			return
		}
		if time.Since(start) > steady {
			wait = firstDial
		}
		if pause := leastPause(err); pause > wait {
			wait = pause
		}
		if !l.isPlaced() && (time.Now().Add(wait).After(deadline) || leastPause(err) > 0) {
			stop(err)
			return
		}
		l.w.unreachable(err.Error())
		select {
		case <-time.After(wait + rand.N(wait/4+1)): // spread, after an author's restart
		case <-ctx.Done():
			return
		}
	}
}

// leastPause is how long to leave a requester alone that has answered so.
func leastPause(err error) time.Duration {
	switch {
	case errors.Is(err, ErrNoPlace), errors.Is(err, ErrBidsUsed), errors.Is(err, ErrVersion):
		return time.Minute
	case errors.Is(err, ErrEvicted):
		// Another process with the same key works on the job. Logging in again
		// would only evict it in turn.
		return 2 * time.Minute
	case errors.Is(err, ErrProtocol), errors.Is(err, ErrTicket):
		return time.Minute
	}
	return 0
}

func (l *line) isPlaced() bool {
	select {
	case <-l.placed:
		return true
	default:
		return false
	}
}

func (l *line) live() *session {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.session
}

// once dials, logs in and serves one session until it ends.
func (l *line) once(ctx context.Context) error {
	l.w.mu.Lock()
	job := l.w.st.Job
	l.w.mu.Unlock()
	conn, err := l.w.r.opt.Dialer.Dial(ctx, job.Signer(), job.Post.Contact)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	err = l.login(conn, job)
	if !stop() || err != nil {
		conn.Close()
		if err == nil {
			err = context.Cause(ctx)
		}
		return err
	}
	return l.serve(ctx, newSession(conn, worker, nil))
}

// login exchanges hellos.
func (l *line) login(conn net.Conn, job Job) error {
	t := l.w.ticket()
	h := hello{
		version: Version, network: l.w.r.opt.Network, job: l.w.id, dapp: job.Post.Dapp,
		held: t.Cumulative, signature: t.Signature,
	}
	conn.SetWriteDeadline(time.Now().Add(HelloTimeout))
	if _, err := conn.Write(h.frame().append(nil)); err != nil {
		return lost(err)
	}
	reply, err := receiveHello(conn)
	switch {
	case err != nil:
		return err
	case reply.version != Version:
		return fmt.Errorf("%w: %d", ErrVersion, reply.version)
	case reply.network != h.network || reply.job != h.job || reply.dapp != h.dapp:
		return fmt.Errorf("%w: the requester answers for another job", ErrProtocol)
	}
	return nil
}

func (l *line) serve(ctx context.Context, s *session) error {
	l.w.contact(true, "")
	defer l.w.contact(false, "")
	l.first.Do(func() { close(l.placed) })
	sctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { l.takeTickets(s, end) })
	wg.Go(func() { l.answerQuestions(sctx, s) })
	l.replace(l.live(), s)
	return s.run(sctx)
}

// takeTickets keeps the tickets of a session, those sent around a bye too. A
// bad one ends it: who signs wrong promises is not worked for.
func (l *line) takeTickets(s *session, end context.CancelCauseFunc) {
	for t := range s.tickets {
		l.takeTicket(t, end)
	}
}

func (l *line) takeTicket(t Ticket, end context.CancelCauseFunc) {
	err := l.w.acceptTicket(t)
	if err == nil {
		return
	}
	l.w.r.opt.Log.Warn("ticket not kept", "job", l.w.id, "error", err)
	if errors.Is(err, ErrTicket) {
		end(ending{reasonProtocol, err.Error()})
		return
	}
	end(ending{reasonLeaving, "cannot store tickets"}) // sent again at the next login
}

func (l *line) answerQuestions(ctx context.Context, s *session) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-s.done:
			cancel()
		case <-stop:
		}
	}()
	select {
	case <-l.handlerSet:
	case <-ctx.Done():
		return
	}
	for {
		select {
		case r := <-s.requests:
			l.mu.Lock()
			h := l.handler
			l.mu.Unlock()
			answer, err := h(ctx, r.msg)
			if err != nil && ctx.Err() != nil {
				r.done()
				return // we are leaving: that is no answer, least of all a refusal
			}
			s.answer(r, answer, err)
		case <-ctx.Done():
			return
		}
	}
}
