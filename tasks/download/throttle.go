package download

import (
	"net"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// throttle shares one upload and one download rate among all peer connections.
// The client library has limiters of its own, but a connection that it delays
// for a very short time often misses its wake-up and then stands still until
// the next keep-alive; with a few peers at a low rate the whole swarm stops.
type throttle struct{ up, down *rate.Limiter }

func newThrottle(up, down int64) throttle {
	t := throttle{rate.NewLimiter(rate.Inf, 1), rate.NewLimiter(rate.Inf, 1)}
	t.set(up, down)
	return t
}

// set changes the rates in bytes per second, 0 for none.
func (t throttle) set(up, down int64) {
	setLimiter(t.up, up)
	setLimiter(t.down, down)
}

// grain is how many bytes pass at a time, so that connections take turns.
const grain = 16 << 10

// setLimiter allows bursts of an eighth of a second, at least of some grains.
func setLimiter(l *rate.Limiter, n int64) {
	if n <= 0 {
		l.SetLimit(rate.Inf)
		return
	}
	l.SetBurst(int(min(max(n/8, 4*grain), 1<<20)))
	l.SetLimit(rate.Limit(n))
}

// conn is a peer connection under the throttle.
type conn struct {
	net.Conn
	throttle throttle
	once     sync.Once
	closed   chan struct{}
}

func (t throttle) wrap(c net.Conn) net.Conn {
	return &conn{Conn: c, throttle: t, closed: make(chan struct{})}
}

// Read implements net.Conn.
func (c *conn) Read(b []byte) (int, error) {
	if c.throttle.down.Limit() != rate.Inf {
		b = b[:min(len(b), grain)]
	}
	n, err := c.Conn.Read(b)
	if e := c.wait(c.throttle.down, n); err == nil {
		err = e
	}
	return n, err
}

// Write implements net.Conn.
func (c *conn) Write(b []byte) (int, error) {
	done := 0
	for done < len(b) {
		part := b[done:]
		if c.throttle.up.Limit() != rate.Inf {
			part = part[:min(len(part), grain)]
			if err := c.wait(c.throttle.up, len(part)); err != nil {
				return done, err
			}
		}
		n, err := c.Conn.Write(part)
		done += n
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// wait holds the connection back until n bytes may pass.
func (c *conn) wait(l *rate.Limiter, n int) error {
	if n == 0 || l.Limit() == rate.Inf {
		return nil
	}
	r := l.ReserveN(time.Now(), n)
	d := r.Delay()
	if !r.OK() || d <= 0 { // more than a burst only when the rate just changed
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-c.closed:
		return net.ErrClosed
	}
}

// Close implements net.Conn.
func (c *conn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}
