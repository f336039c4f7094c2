package talk

import (
	"context"
	"fmt"
	"io"
	"time"
)

// sending is a file on its way out. The session's lock guards it.
type sending struct {
	size     int64
	accepted bool
	have     int64         // stored at the other side
	sent     int64         // given to the writer
	wake     chan struct{} // holds one: accepted or have has changed
}

// fileEvent is what the other side sends of a file.
type fileEvent struct {
	frame
	refuse *Refusal // of an offer, decided already
}

// progressed handles accept and have.
func (s *session) progressed(f frame) error {
	offset, _, err := parseOffset(f.body)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.open[idOf(f.body)]
	switch {
	case r == nil || r.file == nil || r.file.accepted == (f.kind == frameAccept):
		return fmt.Errorf("%w: frame type %#02x for request %d", ErrProtocol, byte(f.kind), idOf(f.body))
	case f.kind == frameAccept && offset > r.file.size,
		f.kind == frameHave && (offset <= r.file.have || offset > r.file.sent):
		return fmt.Errorf("%w: offset %d of a file of %d bytes, %d sent", ErrProtocol, offset, r.file.size, r.file.sent)
	}
	if f.kind == frameAccept {
		r.file.accepted, r.file.sent = true, offset
	}
	r.file.have = offset
	s.useful = s.useful || f.kind == frameHave
	s.lastUse = time.Now()
	if s.err == nil {
		r.timer.Reset(answerTimeout)
	}
	select {
	case r.file.wake <- struct{}{}:
	default:
	}
	return nil
}

// plan says what of a file to send next, length 0 if the other side has to
// store some first, and how much that has.
func (s *session) plan(f *sending) (offset, length, have int64, accepted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.accepted {
		length = min(MaxChunk, f.size-f.sent)
		if f.sent+length-f.have > fileWindow {
			length = 0
		}
	}
	offset = f.sent
	f.sent += length // before it is sent: the other side's have may be fast
	return offset, length, f.have, f.accepted
}

// send sends an offered file and waits for the answer.
func (s *session) send(ctx context.Context, r *request, from io.ReaderAt, progress func(int64)) error {
	buf := make([]byte, MaxChunk)
	told := int64(-1)
	tell := func(have int64) {
		if progress != nil && have > told {
			told = have
			progress(have)
		}
	}
	for {
		offset, length, have, accepted := s.plan(r.file)
		if accepted {
			tell(have)
		}
		if length > 0 {
			if n, err := from.ReadAt(buf[:length], offset); int64(n) < length {
				s.cancel(r)
				return fmt.Errorf("%w: at %d: %w", ErrFile, offset, err)
			}
			if s.push(ctx, s.bulk, chunkFrame(r.id, offset, buf[:length])) != nil {
				s.cancel(r)
				return s.wait(ctx, r)
			}
			continue
		}
		select {
		case err := <-r.outcome:
			r.outcome <- err
		case <-s.done:
		case <-ctx.Done():
			s.cancel(r)
		case <-r.file.wake:
			continue
		}
		err := s.wait(ctx, r)
		if err == nil {
			tell(r.file.size)
		}
		return err
	}
}

// cancel tells the other side that no more of a file comes. Its answer settles
// the offer; until then no other begins here.
func (s *session) cancel(r *request) {
	s.urgent(func() {
		if _, ok := s.open[r.id]; ok {
			s.cancels = append(s.cancels, r.id)
		}
	})
}

// admitFile takes in an offer of the other side.
func (s *session) admitFile(f frame) error {
	if _, err := parseOffer(f.body); err != nil {
		return err
	}
	s.pause(s.p.limit)
	ev := fileEvent{frame: f}
	if s.stranger && !s.p.hub.strangers.Allow() {
		ev.refuse = &Refusal{Reason: ReasonBusy}
	}
	s.mu.Lock()
	over, late := s.receiving, s.heard
	if !over {
		s.receiving, s.incoming = true, idOf(f.body)
		s.busy++
	}
	s.mu.Unlock()
	switch {
	case over:
		return fmt.Errorf("%w: two files at once", ErrProtocol)
	case late:
		return fmt.Errorf("%w: an offer after retire", ErrProtocol)
	}
	return s.queue(ev)
}

// fileFrame takes in a chunk or a cancel. Those of the offer that was answered
// last were under way; others do not exist.
func (s *session) fileFrame(f frame) error {
	id := idOf(f.body)
	s.mu.Lock()
	current, past := s.receiving && id == s.incoming, s.hasPast && id == s.past
	if current {
		s.lastUse = time.Now()
	}
	s.mu.Unlock()
	switch {
	case current:
		return s.queue(fileEvent{frame: f})
	case past:
		return nil
	}
	return fmt.Errorf("%w: a chunk of offer %d, which is not open", ErrProtocol, id)
}

func (s *session) queue(ev fileEvent) error {
	select {
	case s.files <- ev:
		return nil
	default:
		return fmt.Errorf("%w: more of a file than the window", ErrProtocol)
	}
}

// receive takes files, one after another.
func (s *session) receive() {
	for {
		select {
		case <-s.done:
			return
		case ev := <-s.files:
			if ev.kind != frameOffer {
				continue // of an offer that was answered
			}
			answer := s.take(ev)
			s.mu.Lock()
			s.receiving, s.past, s.hasPast = false, idOf(ev.body), true
			s.mu.Unlock()
			s.owe(answer)
		}
	}
}

// take takes one file and gives the answer to its offer.
func (s *session) take(ev fileEvent) frame {
	id := idOf(ev.body)
	if ev.refuse != nil {
		return refusedFrame(id, ev.refuse)
	}
	o, err := parseOffer(ev.body)
	if err == nil {
		err = s.store(id, o)
	}
	if err != nil {
		return refusedFrame(id, s.p.refusal("file", err))
	}
	return idFrame(frameDone, id)
}

// store writes one file to its sink. An error of the peer's ends the session
// besides.
func (s *session) store(id uint32, o offer) error {
	stop, end, ok := s.p.beginFile(s)
	if !ok {
		return errEnded
	}
	defer end()
	sink, err := s.p.hub.opt.Handler.ReceiveFile(s.p.addr, o.message, o.size)
	if err != nil {
		return err
	}
	defer sink.Close()
	offset := sink.Offset()
	if offset < 0 || offset > o.size {
		return fmt.Errorf("a sink at %d for a file of %d bytes", offset, o.size)
	}
	if err := s.push(context.Background(), s.out, offsetFrame(frameAccept, id, offset)); err != nil {
		return err
	}
	for offset < o.size {
		data, err := s.chunk(id, offset, o.size, stop)
		if err != nil {
			return err
		}
		if _, err := sink.Write(data); err != nil {
			return err
		}
		offset += int64(len(data))
		if err := s.push(context.Background(), s.out, offsetFrame(frameHave, id, offset)); err != nil {
			return err
		}
	}
	return sink.Commit(o.sum)
}

// chunk waits for the part of a file at offset.
func (s *session) chunk(id uint32, offset, size int64, stop <-chan struct{}) ([]byte, error) {
	stalled := time.NewTimer(answerTimeout)
	defer stalled.Stop()
	for {
		select {
		case <-s.done:
			return nil, errEnded
		case <-stop: // the same peer begins anew on another connection
			return nil, &Refusal{Reason: ReasonCancelled}
		case <-stalled.C:
			return nil, &Refusal{Reason: ReasonCancelled}
		case ev := <-s.files:
			if idOf(ev.body) != id {
				continue // of the offer before
			}
			if ev.kind == frameCancel {
				return nil, &Refusal{Reason: ReasonCancelled}
			}
			at, data, err := parseOffset(ev.body)
			if err != nil || at != offset || int64(len(data)) != min(MaxChunk, size-offset) {
				err := fmt.Errorf("%w: %d bytes at %d of a file of %d, stored %d", ErrProtocol, len(data), at, size, offset)
				s.leave(byeProtocol, err)
				return nil, err
			}
			return data, nil
		}
	}
}
