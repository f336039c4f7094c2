package engine

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// named is an engine that only has a name and a build.
type named struct {
	Engine
	name  string
	err   error
	asked int
}

func (n *named) Name() string { return n.name }

func (n *named) Build(ctx context.Context) (Build, error) {
	n.asked++
	if ctx.Err() != nil {
		return Build{}, ctx.Err()
	}
	return Build{Engine: n.name, Version: "1.2.3"}, n.err
}

func TestFinder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := &named{name: "a"}, &named{name: "b", err: ErrMissing}
		f := NewFinder(a, b)
		for range 3 {
			u := f.Usable(t.Context())
			if len(u) != 2 || u[0].Name != "a" || u[0].Err != nil || u[0].Build.Series() != "1.2" || !errors.Is(u[1].Err, ErrMissing) {
				t.Errorf("%+v", u)
			}
		}
		if b.asked != 1 {
			t.Errorf("a missing engine was looked for %d times", b.asked)
		}
		b.err = nil
		time.Sleep(2 * forget)
		if u := f.Usable(t.Context()); u[1].Err != nil || b.asked != 2 {
			t.Errorf("%+v", u[1])
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if u := f.Usable(ended); u[0].Err == nil {
			t.Errorf("%+v", u[0])
		}
		if u := f.Usable(t.Context()); u[0].Err != nil {
			t.Errorf("the end of a question is remembered: %v", u[0].Err)
		}
		if e, err := f.Engine("b"); e != b || err != nil {
			t.Error(e, err)
		}
		if _, err := f.Engine("c"); !errors.Is(err, ErrMissing) {
			t.Error(err)
		}
		if len(f.Engines()) != 2 {
			t.Error(f.Engines())
		}
	})
}

func TestSeries(t *testing.T) {
	for version, want := range map[string]string{"3.4.1": "3.4", "3.7.0.10": "3.7", "4": "4", "": ""} {
		if got := Series(version); got != want {
			t.Errorf("%q: %q", version, got)
		}
	}
}

func TestProcessor(t *testing.T) {
	if got := Processor(); len(got) == 0 || got[0] == "" {
		t.Error(got)
	}
	for text, want := range map[string]string{
		"processor : 0\nflags\t: fpu sse4_2 avx ht avx2\nflags : fma\n":                       "avx avx2 sse4_2",
		"Features : fp asimd sve\n":                                                           "asimd sve",
		"processor\t: 0\nflags\t\t: fpu avx2 sse4_1 mmx avx\n\nprocessor : 1\nflags : none\n": "avx avx2 sse4_1",
		"Features : asimd fp\n":                                                               "asimd",
		"":                                                                                    "",
	} {
		if got := strings.Join(features(strings.NewReader(text)), " "); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
