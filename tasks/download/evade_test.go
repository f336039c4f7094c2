package download

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
)

// clocked gives the requester's side a clock that a test moves.
func (s *swarm) clocked() (forward func(time.Duration)) {
	at := time.Now()
	s.d.opts.Clock = func() time.Time { return at }
	s.svc.loaded = at
	return func(d time.Duration) { at = at.Add(d) }
}

// TestHangUpIsAMiss is about a node that ends the session whenever it is asked
// for a block that it does not have, to be asked for another.
func TestHangUpIsAMiss(t *testing.T) {
	s := newSwarm(t, 100<<10, time.Hour, 1, 0)
	for i, cause := range []error{tasks.ErrUnreachable, tasks.ErrEvicted} {
		n := newClaimer(t, s, byte(1+i))
		n.report(t)
		hangUp := func(why error) error {
			ctx, cancel := context.WithCancelCause(t.Context())
			_, _, err := s.svc.Audit(ctx, n.node, func(context.Context, []byte) ([]byte, error) {
				cancel(fmt.Errorf("%w: test", why))
				return nil, context.Cause(ctx)
			})
			return err
		}
		for range 2 * maxMissed { // our own stop says nothing about the node
			if err := hangUp(tasks.ErrLeaving); !errors.Is(err, tasks.ErrLeaving) {
				t.Fatal(err)
			}
		}
		for i := range maxMissed {
			err := hangUp(cause)
			if last := i == maxMissed-1; errors.Is(err, tasks.ErrUnreachable) == last || errors.Is(err, ErrFailed) != last {
				t.Errorf("%v: audit %d: %v", cause, i, err)
			}
			// Leaving in between does not help.
			s.svc.Release(n.node)
			if err := s.svc.Admit(n.node); (err != nil) != (i == maxMissed-1) {
				t.Errorf("%v: admitted again after audit %d: %v", cause, i, err)
			}
			n.report2()
		}
		s.svc.Release(n.node)
	}
}

// report2 reports without a look at the answer.
func (c *claimer) report2() {
	c.s.svc.Answer(context.Background(), c.node, report{Have: c.have}.encode())
}

// TestNoRentWithoutClaim is about a node that drops the content after an audit,
// claims nothing for a long time, and fetches it again for the next one.
func TestNoRentWithoutClaim(t *testing.T) {
	for _, silent := range []bool{false, true} {
		s := newSwarm(t, 100<<10, time.Hour, 2, 0)
		forward := s.clocked()
		n := newClaimer(t, s, 1)
		n.report(t)
		if earned, err := n.audit(t, n.answer); earned == 0 || err != nil {
			t.Fatal(earned, err)
		}
		if silent { // since we were started again
			again, err := s.d.Serve(s.job, s.svc.dir)
			if err != nil {
				t.Fatal(err)
			}
			s.svc = again.(*service)
			if err := s.svc.Admit(n.node); err != nil {
				t.Fatal(err)
			}
		} else {
			full := n.have
			n.have = NewBitfield(s.p.Pieces)
			n.report(t)
			n.have = full
		}
		for range 50 {
			if earned, err := n.audit(t, n.answer); earned != 0 || err != nil {
				t.Fatal(earned, err)
			}
			forward(time.Minute)
		}
		n.report(t)
		earned, err := n.audit(t, n.answer)
		if most := s.svc.book.Terms.rent(s.p.Size, 2*time.Minute); err != nil || earned > most {
			t.Errorf("silent %v: earned %v, %v; two minutes are worth %v", silent, earned, err, most)
		}
	}
}

// TestAbsentSinceRestart: a node that did not come back after our restart is not
// paid for its absence.
func TestAbsentSinceRestart(t *testing.T) {
	s := newSwarm(t, 100<<10, 10*time.Hour, 2, 0)
	forward := s.clocked()
	n := newClaimer(t, s, 1)
	n.report(t)
	if _, err := n.audit(t, n.answer); err != nil {
		t.Fatal(err)
	}
	again, err := s.d.Serve(s.job, s.svc.dir)
	if err != nil {
		t.Fatal(err)
	}
	s.svc = again.(*service)
	for range 50 {
		forward(10 * time.Minute)
		s.svc.settle(s.d.opts.Clock())
	}
	if err := s.svc.Admit(n.node); err != nil {
		t.Fatal(err)
	}
	n.report(t)
	if earned, err := n.audit(t, n.answer); err != nil || earned != 0 {
		t.Errorf("earned %v, %v", earned, err)
	}
}

// TestIdlersMakeWay: strangers that take all places and fetch nothing do not
// keep others out for ever; who holds everything keeps its place.
func TestIdlersMakeWay(t *testing.T) {
	s := newSwarm(t, 100<<10, 100*time.Hour, 3, 0)
	forward := s.clocked()
	holder, idler, mute := newClaimer(t, s, 1), newClaimer(t, s, 2), newClaimer(t, s, 3)
	holder.report(t)
	if _, err := holder.audit(t, holder.answer); err != nil {
		t.Fatal(err)
	}
	idler.have = NewBitfield(s.p.Pieces)
	idler.report(t)
	mute.report(t)
	later := func(id byte) error { return s.svc.Admit(types.Address{id}) }
	if err := later(4); !errors.Is(err, ErrNoSeat) {
		t.Fatal(err)
	}
	forward(s.svc.stall() + time.Second)
	for id := range byte(2) {
		if err := later(4 + id); err != nil {
			t.Fatal(err)
		}
	}
	if err := later(6); !errors.Is(err, ErrNoSeat) {
		t.Error("the holder lost its place:", err)
	}
	if _, err := idler.audit(t, idler.answer); !errors.Is(err, ErrFailed) {
		t.Error("the idler may stay:", err)
	}
	if _, err := holder.audit(t, holder.answer); err != nil {
		t.Error("the holder:", err)
	}
}
