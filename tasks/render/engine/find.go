package engine

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// forget is how long a failure to find an engine is remembered: a program that
// was installed meanwhile is found soon, and one that crashes is not started
// with every question.
const forget = time.Minute

// Usable is an engine and whether this machine can render with it.
type Usable struct {
	Name  string
	Build Build // zero if Err is not nil
	Err   error // why not
}

// Finder knows the engines of this program and which of them are usable here.
// Its methods may be called from many goroutines.
type Finder struct {
	engines []Engine

	mu     sync.Mutex
	failed map[string]failure // by name
}

type failure struct {
	err error
	at  time.Time
}

// NewFinder makes a finder over engines, in the order in which they are shown.
// It starts nothing.
func NewFinder(engines ...Engine) *Finder {
	return &Finder{engines: engines, failed: make(map[string]failure)}
}

// Engines lists all engines, usable or not.
func (f *Finder) Engines() []Engine { return append([]Engine(nil), f.engines...) }

// Engine finds an engine by its name in jobs. It fails with ErrMissing when
// this program knows none of that name.
func (f *Finder) Engine(name string) (Engine, error) {
	for _, e := range f.engines {
		if e.Name() == name {
			return e, nil
		}
	}
	return nil, fmt.Errorf("%w: no engine is called %q", ErrMissing, name)
}

// Usable tells of every engine whether it can be used. The first call may take
// seconds, as engines render a picture to probe themselves.
func (f *Finder) Usable(ctx context.Context) []Usable {
	out := make([]Usable, 0, len(f.engines))
	for _, e := range f.engines {
		b, err := f.Build(ctx, e)
		out = append(out, Usable{Name: e.Name(), Build: b, Err: err})
	}
	return out
}

// Build is the engine's Build, except that a failure is kept for a minute.
func (f *Finder) Build(ctx context.Context, e Engine) (Build, error) {
	f.mu.Lock()
	last, known := f.failed[e.Name()]
	f.mu.Unlock()
	if known && time.Since(last.at) < forget {
		return Build{}, last.err
	}
	b, err := e.Build(ctx)
	if err != nil && ctx.Err() != nil {
		return Build{}, err // says nothing of the engine
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.failed[e.Name()] = failure{err, time.Now()}
		return Build{}, err
	}
	delete(f.failed, e.Name())
	return b, nil
}
