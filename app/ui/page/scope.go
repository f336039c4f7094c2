package page

import (
	"context"
	"errors"
	"time"
)

// Scope is the life of a page, or of a part of it: what is started in it ends
// with it, and nothing is shown after it. It is used on the UI thread only.
type Scope struct {
	env    *Env
	ctx    context.Context
	cancel context.CancelFunc
	asked  map[string]*asked
}

// asked is the newest question under a key.
type asked struct{ cancel context.CancelFunc }

// NewScope begins a scope.
func NewScope(env *Env) *Scope {
	ctx, cancel := context.WithCancel(context.Background())
	return &Scope{env: env, ctx: ctx, cancel: cancel, asked: make(map[string]*asked)}
}

// Env is what the scope was made with.
func (s *Scope) Env() *Env { return s.env }

// Context ends with the scope.
func (s *Scope) Context() context.Context { return s.ctx }

// Alive tells whether the scope has not been closed.
func (s *Scope) Alive() bool { return s.ctx.Err() == nil }

// Close ends what the scope started. Nothing of it is shown afterwards.
func (s *Scope) Close() { s.cancel() }

// Child begins a scope that ends with s, or before.
func (s *Scope) Child() *Scope {
	ctx, cancel := context.WithCancel(s.ctx)
	return &Scope{env: s.env, ctx: ctx, cancel: cancel, asked: make(map[string]*asked)}
}

// Load asks for something away from the UI thread and shows the answer on it,
// unless the scope was closed meanwhile.
func Load[T any](s *Scope, ask func(context.Context) (T, error), show func(T, error)) {
	load(s, s.ctx, func() bool { return true }, ask, show)
}

// LoadKey is Load where a later question under the same key takes the place of
// an earlier one, whose answer is dropped.
func LoadKey[T any](s *Scope, key string, ask func(context.Context) (T, error), show func(T, error)) {
	if before := s.asked[key]; before != nil {
		before.cancel()
	}
	ctx, cancel := context.WithCancel(s.ctx)
	mine := &asked{cancel: cancel}
	s.asked[key] = mine
	newest := func() bool {
		defer cancel()
		return s.asked[key] == mine
	}
	load(s, ctx, newest, ask, show)
}

func load[T any](s *Scope, ctx context.Context, wanted func() bool, ask func(context.Context) (T, error), show func(T, error)) {
	s.env.spawn(func() {
		v, err := ask(ctx)
		s.env.Post(func() {
			if wanted() && s.Alive() {
				show(v, err)
			}
		})
	})
}

// Every runs fn on the UI thread each d until the scope ends.
func (s *Scope) Every(d time.Duration, fn func()) {
	s.After(d, func() {
		fn()
		s.Every(d, fn)
	})
}

// After runs fn on the UI thread once, d from now, unless the scope ended.
func (s *Scope) After(d time.Duration, fn func()) {
	if !s.Alive() {
		return
	}
	done := func() bool { return false }
	stop := s.env.after(d, func() {
		done()
		s.guard(fn)()
	})
	done = context.AfterFunc(s.ctx, stop)
}

// Post runs fn on the UI thread later, unless the scope ended. It may be
// called from anywhere.
func (s *Scope) Post(fn func()) { s.env.Post(s.guard(fn)) }

func (s *Scope) guard(fn func()) func() {
	return func() {
		if s.Alive() {
			fn()
		}
	}
}

// Coalesce runs a function at most once in a while, however often it is asked
// to: at once for the first, and once more for all that came meanwhile.
type Coalesce struct {
	s       *Scope
	gap     time.Duration
	fn      func()
	waiting bool // until the gap is over
	again   bool
}

// NewCoalesce makes one.
func NewCoalesce(s *Scope, gap time.Duration, fn func()) *Coalesce {
	return &Coalesce{s: s, gap: gap, fn: fn}
}

// Ask asks for a run. It is called on the UI thread.
func (c *Coalesce) Ask() {
	if c.waiting {
		c.again = true
		return
	}
	if !c.s.Alive() {
		return
	}
	c.waiting = true
	c.fn()
	c.s.After(c.gap, c.over)
}

func (c *Coalesce) over() {
	c.waiting = false
	if c.again {
		c.again = false
		c.Ask()
	}
}

// Cancelled tells whether an action ended because it was told to.
func Cancelled(err error) bool { return errors.Is(err, context.Canceled) }
