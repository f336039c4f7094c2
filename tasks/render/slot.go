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
type slot struct {
	mu      sync.Mutex // guards what follows
	taken   bool
	own     []chan struct{} // who waits, oldest first; closed when it is their turn
	foreign []chan struct{}
}

// acquire waits for the slot and returns what gives it back, which must be
// called once. It fails with ctx's cause.
func (s *slot) acquire(ctx context.Context, own bool) (release func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	s.mu.Lock()
	if !s.taken {
		s.taken = true
		s.mu.Unlock()
		return s.releaser(), nil
	}
	queue := &s.foreign
	if own {
		queue = &s.own
	}
	turn := make(chan struct{})
	*queue = append(*queue, turn)
	s.mu.Unlock()
	select {
	case <-turn:
		return s.releaser(), nil
	case <-ctx.Done():
		if !s.leave(queue, turn) {
			s.release() // our turn came just then
		}
		return nil, context.Cause(ctx)
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
func (s *slot) leave(queue *[]chan struct{}, turn chan struct{}) bool {
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
	for _, queue := range []*[]chan struct{}{&s.own, &s.foreign} {
		if len(*queue) > 0 {
			close((*queue)[0])
			*queue = slices.Delete(*queue, 0, 1)
			return
		}
	}
	s.taken = false
}
