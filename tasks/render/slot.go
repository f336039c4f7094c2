package render

import (
	"context"
	"slices"
	"sync"
)

// slot lets one engine process at a time run on this machine: two would take
// each other's cores and memory, and neither's times would mean anything. The
// requester's own checks go before others' work, so that a node that
// contributes can still check what it pays for.
//
// While others' work is held, the slot that it has is lent to own programs, one
// at a time: a held program takes no processor, and may stand for minutes.
type slot struct {
	changed func() // called when a guest comes or goes, unless nil

	mu      sync.Mutex // guards what follows
	taken   bool
	ours    bool      // by an own program
	lent    bool      // what others' work has
	guest   bool      // an own program runs on what was lent
	own     []*waiter // who waits, oldest first
	foreign []*waiter
}

// acquire waits for the slot and returns what gives it back, which must be
// called once. It fails with ctx's cause.
func (s *slot) acquire(ctx context.Context, own bool) (release func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	s.mu.Lock()
	if !s.taken {
		s.taken, s.ours = true, own
		s.mu.Unlock()
		return s.releaser(), nil
	}
	if own && s.borrowLocked() {
		s.mu.Unlock()
		s.tell()
		return sync.OnceFunc(s.giveBack), nil
	}
	queue := &s.foreign
	if own {
		queue = &s.own
	}
	turn := &waiter{ready: make(chan struct{})}
	*queue = append(*queue, turn)
	s.mu.Unlock()
	select {
	case <-turn.ready:
		return s.releaserOf(turn), nil
	case <-ctx.Done():
		if !s.leave(queue, turn) {
			s.releaserOf(turn)() // our turn came just then
		}
		return nil, context.Cause(ctx)
	}
}

// waiter is one that waits for the slot.
type waiter struct {
	ready chan struct{} // closed when it is its turn
	guest bool          // on what was lent; written before ready is closed
}

func (s *slot) releaserOf(w *waiter) func() {
	if w.guest {
		return sync.OnceFunc(s.giveBack)
	}
	return s.releaser()
}

// borrowLocked takes what was lent, if it is there.
func (s *slot) borrowLocked() bool {
	if !s.taken || s.ours || !s.lent || s.guest {
		return false
	}
	s.guest = true
	return true
}

// lend lends what others' work has to own programs, or no longer does.
func (s *slot) lend(lent bool) {
	s.mu.Lock()
	s.lent = lent
	came := s.inviteLocked()
	s.mu.Unlock()
	if came {
		s.tell()
	}
}

// inviteLocked lets an own program that waits in, if something is lent.
func (s *slot) inviteLocked() bool {
	if len(s.own) == 0 || !s.borrowLocked() {
		return false
	}
	w := s.own[0]
	s.own = slices.Delete(s.own, 0, 1)
	w.guest = true
	close(w.ready)
	return true
}

// giveBack ends a guest's time. Where the lender has left meanwhile, the guest
// has become the owner.
func (s *slot) giveBack() {
	s.mu.Lock()
	was := s.guest
	if was {
		s.guest = false
		s.inviteLocked()
	}
	s.mu.Unlock()
	if !was {
		s.release()
	}
	s.tell()
}

// guests tells whether an own program has the place of a held one.
func (s *slot) guests() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.guest
}

func (s *slot) tell() {
	if s.changed != nil {
		s.changed()
	}
}

// awaited tells whether others wait for the slot.
func (s *slot) awaited() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.own)+len(s.foreign) > 0
}

func (s *slot) releaser() func() { return sync.OnceFunc(s.release) }

// leave takes a waiter out of its queue; false: it is no longer there.
func (s *slot) leave(queue *[]*waiter, turn *waiter) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(*queue, turn)
	if i < 0 {
		return false
	}
	*queue = slices.Delete(*queue, i, i+1)
	return true
}

// release hands the slot to who waits, or frees it.
func (s *slot) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.guest {
		s.guest, s.ours = false, true
		return
	}
	for _, queue := range []*[]*waiter{&s.own, &s.foreign} {
		if len(*queue) > 0 {
			s.ours = queue == &s.own
			close((*queue)[0].ready)
			*queue = slices.Delete(*queue, 0, 1)
			return
		}
	}
	s.taken, s.ours = false, false
}
