package talk

import (
	"context"
	"fmt"
	"time"
)

// How a session writes, keeps the time and comes to its end.

// write sends frames until the session ends, and the farewell then.
func (s *session) write() {
	for {
		f, ok := s.next()
		if !ok {
			break
		}
		s.setDeadline(s.conn.SetWriteDeadline, writeTimeout)
		if _, err := s.conn.Write(f.append(nil)); err != nil {
			s.close(lost(err))
			return
		}
		s.mu.Lock()
		s.lastSent = time.Now()
		s.mu.Unlock()
		if f.kind == frameRetire {
			s.settleDown()
		}
	}
	s.mu.Lock()
	farewell, why := s.farewell, s.why
	s.mu.Unlock()
	if !farewell {
		return
	}
	if _, err := s.conn.Write(byeFrame(why).append(nil)); err != nil {
		s.conn.Close()
	}
}

// next waits for a frame to write: urgent ones first, chunks of files last.
func (s *session) next() (frame, bool) {
	for {
		select {
		case <-s.done:
			return frame{}, false
		default:
		}
		if f, ok := s.takeUrgent(); ok {
			return f, true
		}
		select {
		case f := <-s.out:
			return f, true
		default:
		}
		select {
		case <-s.done:
			return frame{}, false
		case <-s.wake:
		case f := <-s.out:
			return f, true
		case f := <-s.bulk:
			return f, true
		}
	}
}

// urgent changes what the reader wants written, which must not wait for the
// writer: of each kind only the newest counts, so it needs no queue.
func (s *session) urgent(change func()) {
	if change != nil {
		s.mu.Lock()
		change()
		s.mu.Unlock()
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *session) takeUrgent() (frame, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.pong != nil:
		f := idFrame(framePong, *s.pong)
		s.pong = nil
		return f, true
	case s.pingDue:
		s.pingDue = false
		return idFrame(framePing, s.pings), true
	case len(s.cancels) > 0:
		f := idFrame(frameCancel, s.cancels[0])
		s.cancels = s.cancels[1:]
		return f, true
	case s.retireDue && s.unsent == 0:
		s.retireDue = false
		return frame{kind: frameRetire}, true
	}
	return frame{}, false
}

// push hands a frame to the writer. An error means that it was not sent.
func (s *session) push(ctx context.Context, queue chan frame, f frame) error {
	select {
	case queue <- f:
		return nil
	case <-s.done:
		return errRetired
	case <-ctx.Done():
		return offline(ctx)
	}
}

// offline is the error of a caller that has no time left.
func offline(ctx context.Context) error { return fmt.Errorf("%w: %w", ErrOffline, context.Cause(ctx)) }

// tend pings, and gives the session up when it is of no use any more.
func (s *session) tend() {
	t := time.NewTicker(pingInterval / 2)
	defer t.Stop()
	for {
		select {
		case <-s.done:
			return
		case <-t.C:
		}
		now := time.Now()
		s.mu.Lock()
		quiet := now.Sub(s.lastUse)
		idle := len(s.open) == 0 && s.busy == 0 && quiet >= s.idle
		stuck := s.retiring && quiet >= retireGrace
		if now.Sub(s.lastSent) >= pingInterval && !s.pingDue {
			s.pings++
			s.pingDue = true
		}
		s.mu.Unlock()
		switch {
		case stuck:
			s.leave(byeRetired, errEnded)
		case idle:
			s.retire()
		}
		s.urgent(nil)
	}
}

// probe reports whether the other side answers a ping in time.
func (s *session) probe(timeout time.Duration) bool {
	answered := make(chan struct{})
	s.urgent(func() {
		s.pings++
		s.pingDue = true
		s.probes = append(s.probes, answered)
	})
	t := time.NewTimer(timeout)
	defer t.Stop()
	select {
	case <-answered:
		return true
	case <-s.done:
		return false
	case <-t.C:
		return false
	}
}

func (s *session) ponged(number uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if number != s.pings {
		return
	}
	for _, c := range s.probes {
		close(c)
	}
	s.probes = nil
}

// retire begins nothing new here; what is open on both sides comes to its end.
func (s *session) retire() {
	s.urgent(func() {
		if !s.retiring && s.err == nil {
			s.retiring, s.retireDue = true, true
			s.lastUse = time.Now() // retireGrace runs from here
		}
	})
}

// settleDown ends the session when both sides have retired it and nothing is
// open or owed.
func (s *session) settleDown() {
	s.mu.Lock()
	over := s.retiring && !s.retireDue && s.heard && len(s.open) == 0 && s.busy == 0
	s.mu.Unlock()
	if over {
		s.leave(byeRetired, errEnded)
	}
}

// unused reports whether nothing is open or owed, and since when.
func (s *session) unused() (since time.Time, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lastUse, len(s.open) == 0 && s.busy == 0
}

// usable reports whether requests may begin here.
func (s *session) usable() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err == nil && !s.retiring
}

// leave ends the session with a bye. A writer that is stuck gives up at the
// deadline; what was sent so far then ends in the middle of a frame, and the
// connection just breaks.
func (s *session) leave(why byeReason, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return
	}
	s.conn.SetDeadline(time.Now().Add(byeTimeout))
	s.farewell, s.why = true, why
	s.endLocked(err)
}

// close ends the session for err, without a word.
func (s *session) close(err error) {
	s.finish(err)
	s.conn.Close()
}

// finish sets the reason of the end; the first one stays.
func (s *session) finish(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.endLocked(err)
	}
}

func (s *session) endLocked(err error) {
	s.err = err
	for _, r := range s.open {
		r.timer.Stop()
	}
	close(s.done)
}

// ended gives the reason of the end, nil before it.
func (s *session) ended() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}
