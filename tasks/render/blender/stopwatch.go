package blender

import (
	"strings"
	"sync"
	"time"

	"supercomputing/tasks/sandbox"
)

// stopwatch measures tiles by what Blender prints: its setup ends with the
// first line that tells of samples. It stands while Blender is held.
type stopwatch struct {
	meter *sandbox.Meter // may be nil

	mu      sync.Mutex
	start   time.Time     // of the tile under way
	held    time.Duration // by the meter then
	pixels  bool          // its samples have begun
	sampled time.Duration
}

// line looks at a line of Blender's own.
func (s *stopwatch) line(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.pixels && strings.HasPrefix(text, "Fra:") && strings.Contains(text, "| Sample ") {
		s.pixels, s.sampled = true, s.sinceLocked(time.Now())
	}
}

// wait begins a tile anew: until now Blender had none.
func (s *stopwatch) wait() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.beginLocked(time.Now())
}

// lap ends a tile: its setup (0 if Blender did not tell) and all of its time.
func (s *stopwatch) lap() (setup, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	setup, took = s.sampled, s.sinceLocked(now)
	s.beginLocked(now)
	return setup, took
}

func (s *stopwatch) beginLocked(now time.Time) {
	s.start, s.held, s.pixels, s.sampled = now, s.meter.Held(), false, 0
}

func (s *stopwatch) sinceLocked(now time.Time) time.Duration {
	return max(now.Sub(s.start)-(s.meter.Held()-s.held), 0)
}
