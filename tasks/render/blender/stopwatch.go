package blender

import (
	"strings"
	"sync"
	"time"
)

// stopwatch measures tiles by what Blender prints: its setup ends with the
// first line that tells of samples.
type stopwatch struct {
	mu      sync.Mutex
	start   time.Time // of the tile under way
	pixels  bool      // its samples have begun
	sampled time.Duration
}

// line looks at a line of Blender's own.
func (s *stopwatch) line(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.pixels && strings.HasPrefix(text, "Fra:") && strings.Contains(text, "| Sample ") {
		s.pixels, s.sampled = true, time.Since(s.start)
	}
}

// wait begins a tile anew: until now Blender had none.
func (s *stopwatch) wait() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.start, s.pixels, s.sampled = time.Now(), false, 0
}

// lap ends a tile: its setup (0 if Blender did not tell) and all of its time.
func (s *stopwatch) lap() (setup, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	setup, took = s.sampled, now.Sub(s.start)
	s.start, s.pixels, s.sampled = now, false, 0
	return setup, took
}
