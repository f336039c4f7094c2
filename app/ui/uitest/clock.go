package uitest

import (
	"sync"
	"time"
)

// clock stands still until a test moves it.
type clock struct {
	mu     sync.Mutex
	now    time.Time
	timers []*timer
}

type timer struct {
	at time.Time
	fn func()
}

// Now is the clock's time.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// After runs fn when the clock was moved far enough.
func (c *clock) After(d time.Duration, fn func()) (stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &timer{at: c.now.Add(d), fn: fn}
	c.timers = append(c.timers, t)
	return func() { c.remove(t) }
}

func (c *clock) remove(t *timer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, x := range c.timers {
		if x == t {
			c.timers = append(c.timers[:i], c.timers[i+1:]...)
			return
		}
	}
}

// advance moves the clock and runs what is due, in the order of time.
func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	end := c.now.Add(d)
	c.mu.Unlock()
	for {
		t := c.due(end)
		if t == nil {
			break
		}
		t.fn()
	}
	c.mu.Lock()
	c.now = end
	c.mu.Unlock()
}

// due takes the next timer out that is due until end, and moves the clock there.
func (c *clock) due(end time.Time) *timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	best := -1
	for i, t := range c.timers {
		if !t.at.After(end) && (best < 0 || t.at.Before(c.timers[best].at)) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	t := c.timers[best]
	c.timers = append(c.timers[:best], c.timers[best+1:]...)
	if t.at.After(c.now) {
		c.now = t.at
	}
	return t
}

// Pending tells how many timers wait: none should, when nothing is shown.
func (u *UI) Pending() int {
	u.clock.mu.Lock()
	defer u.clock.mu.Unlock()
	return len(u.clock.timers)
}
