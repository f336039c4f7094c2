package node

import (
	"context"
	"sync"
	"time"

	"supercomputing/app/view"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/sandbox"
)

// strangers tells why their scenes cannot be sandboxed on this machine. To know
// it a program has to be run, so the answer is kept for a while.
type strangers struct {
	mu sync.Mutex
	// guarded by mu:
	err error
	at  time.Time
}

const (
	strangersLife = time.Minute
	strangersTime = 20 * time.Second // that finding out may take
)

func (s *strangers) refused() error {
	s.mu.Lock()
	err, fresh := s.err, !s.at.IsZero() && time.Since(s.at) < strangersLife
	s.mu.Unlock()
	if fresh {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), strangersTime)
	defer cancel()
	err = sandbox.Available(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err, s.at = err, time.Now()
	return err
}

// looks finds out which rendering programs work here. That takes seconds, for
// each renders a picture to probe itself: one goroutine does it, and others see
// what it found last.
type looks struct {
	dapp interface {
		Usable(context.Context) []engine.Usable
	}
	refused func() error // why strangers' scenes are refused
	kick    chan struct{}
	first   chan struct{} // closed after the first look

	mu   sync.Mutex
	seen []view.RenderEngine // guarded by mu
}

func newLooks(d interface {
	Usable(context.Context) []engine.Usable
}, refused func() error) *looks {
	return &looks{dapp: d, refused: refused, kick: make(chan struct{}, 1), first: make(chan struct{}), seen: []view.RenderEngine{}}
}

// ask has the engines looked at soon.
func (l *looks) ask() {
	select {
	case l.kick <- struct{}{}:
	default:
	}
}

// run looks whenever it is asked to, until ctx is done.
func (l *looks) run(ctx context.Context) error {
	for first := l.first; ; first = nil {
		select {
		case <-l.kick:
		case <-ctx.Done():
			return nil
		}
		seen := showEngines(l.dapp.Usable(ctx), l.refused())
		if ctx.Err() != nil {
			return nil
		}
		l.mu.Lock()
		l.seen = seen
		l.mu.Unlock()
		if first != nil {
			close(first)
		}
	}
}

// lookPatience is how long a first look is waited for.
const lookPatience = 10 * time.Second

// engines lists what was seen last, and has the engines looked at again.
func (l *looks) engines(ctx context.Context) []view.RenderEngine {
	l.ask()
	ctx, cancel := context.WithTimeout(ctx, lookPatience)
	defer cancel()
	select {
	case <-l.first:
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seen
}

// showEngines puts into words what can be rendered with. refused says why
// strangers' scenes are not, nil when they are.
func showEngines(all []engine.Usable, refused error) []view.RenderEngine {
	out := []view.RenderEngine{}
	for _, u := range all {
		v := view.RenderEngine{Name: u.Name, Version: u.Build.Version, Usable: u.Err == nil && refused == nil}
		switch {
		case u.Err != nil:
			v.Why = u.Err.Error()
		case refused != nil:
			v.Why = "scenes of others are not rendered: " + refused.Error()
		}
		out = append(out, v)
	}
	return out
}
