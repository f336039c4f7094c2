package memnet

import (
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// window is how many bytes one direction buffers before a write blocks.
const window = 256 << 10

// Pipe makes a connected pair without a network: the first end is at a, the
// second at b. Bytes arrive after delay.
func Pipe(a, b netip.AddrPort, delay time.Duration) (net.Conn, net.Conn) {
	return pipe(a, b, delay)
}

func pipe(a, b netip.AddrPort, delay time.Duration) (*conn, *conn) {
	ab, ba := newStream(delay), newStream(delay)
	near := &conn{local: a, remote: b, in: ba, out: ab}
	far := &conn{local: b, remote: a, in: ab, out: ba}
	near.peer, far.peer = far, near
	return near, far
}

// conn is one end of a connection; it implements net.Conn.
type conn struct {
	local, remote netip.AddrPort
	in, out       *stream
	peer          *conn
	onClose       func()
	once          sync.Once
}

func (c *conn) Read(p []byte) (int, error)         { return c.in.read(p) }
func (c *conn) Write(p []byte) (int, error)        { return c.out.write(p) }
func (c *conn) LocalAddr() net.Addr                { return net.TCPAddrFromAddrPort(c.local) }
func (c *conn) RemoteAddr() net.Addr               { return net.TCPAddrFromAddrPort(c.remote) }
func (c *conn) SetReadDeadline(t time.Time) error  { return c.in.setDeadline(&c.in.readBy, t) }
func (c *conn) SetWriteDeadline(t time.Time) error { return c.out.setDeadline(&c.out.writeBy, t) }

func (c *conn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// Close ends both directions. The other end still reads what was sent before.
func (c *conn) Close() error {
	c.once.Do(func() {
		c.out.close(false)
		c.in.close(true)
		if c.onClose != nil {
			c.onClose()
		}
	})
	return nil
}

// chunk is a write under way: its bytes count as arrived at the time due.
type chunk struct {
	b   []byte
	due time.Time
}

// stream is one direction of a connection.
type stream struct {
	delay time.Duration

	mu      sync.Mutex
	chunks  []chunk
	size    int
	eof     bool // the writer closed: reads drain, then end
	gone    bool // the reader closed: writes fail, reads end at once
	readBy  time.Time
	writeBy time.Time
	changed chan struct{} // closed and replaced at every change
}

func newStream(delay time.Duration) *stream {
	return &stream{delay: delay, changed: make(chan struct{})}
}

// wake tells every waiter to look again. The caller holds mu.
func (s *stream) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// wait blocks until a change, until t unless t is zero, with mu released.
func (s *stream) wait(t time.Time) {
	changed := s.changed
	s.mu.Unlock()
	defer s.mu.Lock()
	if t.IsZero() {
		<-changed
		return
	}
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	}
}

func past(t time.Time) bool { return !t.IsZero() && !time.Now().Before(t) }

// sooner returns the earlier of two times, a zero time standing for never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.gone:
			return 0, net.ErrClosed
		case past(s.readBy):
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case len(s.chunks) > 0 && (s.delay == 0 || past(s.chunks[0].due)):
			return s.take(p), nil
		case len(s.chunks) == 0 && s.eof:
			return 0, io.EOF
		}
		until := s.readBy
		if len(s.chunks) > 0 {
			until = sooner(until, s.chunks[0].due)
		}
		s.wait(until)
	}
}

func (s *stream) take(p []byte) int {
	n := copy(p, s.chunks[0].b)
	if s.chunks[0].b = s.chunks[0].b[n:]; len(s.chunks[0].b) == 0 {
		s.chunks = s.chunks[1:]
	}
	s.size -= n
	s.wake()
	return n
}

func (s *stream) write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sent := 0
	for {
		switch {
		case s.eof:
			return sent, net.ErrClosed
		case s.gone:
			return sent, io.ErrClosedPipe
		case past(s.writeBy):
			return sent, os.ErrDeadlineExceeded
		case sent == len(p):
			return sent, nil
		}
		room := min(window-s.size, len(p)-sent)
		if room <= 0 {
			s.wait(s.writeBy)
			continue
		}
		s.chunks = append(s.chunks, chunk{append([]byte(nil), p[sent:sent+room]...), time.Now().Add(s.delay)})
		s.size += room
		sent += room
		s.wake()
	}
}

func (s *stream) close(byReader bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if byReader {
		s.gone, s.chunks, s.size = true, nil, 0
	} else {
		s.eof = true
	}
	s.wake()
}

func (s *stream) setDeadline(field *time.Time, t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	*field = t
	s.wake()
	return nil
}
