package tasks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/semaphore"
)

var errTest = errors.New("a test's error")

// pair makes two sessions over a pipe and runs them; the returned function ends
// both and gives their reasons.
func pair(t *testing.T) (w, r *session, end func() (error, error)) {
	t.Helper()
	a, b := net.Pipe()
	w, r = newSession(a, worker, nil), newSession(b, requester, semaphore.NewWeighted(4+MaxMessage))
	werr, rerr := make(chan error, 1), make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { werr <- w.run(ctx) }()
	go func() { rerr <- r.run(context.Background()) }()
	return w, r, func() (error, error) { cancel(); return <-werr, <-rerr }
}

func echoing(s *session) {
	for {
		select {
		case q := <-s.requests:
			if bytes.HasPrefix(q.msg, []byte("bad")) {
				s.answer(q, nil, fmt.Errorf("no %s\x1b[31m", q.msg))
				continue
			}
			s.answer(q, q.msg, nil)
		case <-s.done:
			return
		}
	}
}

func TestSessionBothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, r, end := pair(t)
		go echoing(w)
		go echoing(r)
		var wg sync.WaitGroup
		for i := range 20 {
			for _, s := range []*session{w, r} {
				wg.Go(func() {
					msg := bytes.Repeat([]byte{byte(i)}, i*50_000)
					got, err := s.ask(t.Context(), msg)
					if err != nil || !bytes.Equal(got, msg) {
						t.Errorf("%d bytes, %v", len(got), err)
					}
				})
			}
		}
		wg.Wait()
		if _, err := w.ask(t.Context(), []byte("bad thing")); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "no bad thing") || strings.Contains(err.Error(), "\x1b") {
			t.Fatalf("refusal %v", err)
		}
		if _, err := w.ask(t.Context(), make([]byte, MaxMessage+1)); !errors.Is(err, ErrTooLarge) {
			t.Fatalf("large: %v", err)
		}
		if _, err := w.ask(t.Context(), make([]byte, MaxMessage)); err != nil {
			t.Fatalf("largest: %v", err)
		}
		werr, rerr := end()
		if !errors.Is(werr, ErrLeaving) || !errors.Is(rerr, ErrLeaving) {
			t.Fatalf("%v, %v", werr, rerr)
		}
	})
}

// A quiet session lives; a dead one is noticed.
func TestSessionKeepAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, r, end := pair(t)
		time.Sleep(10 * time.Hour)
		if w.ended() != nil || r.ended() != nil {
			t.Fatalf("%v, %v", w.ended(), r.ended())
		}
		end()
	})
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		defer b.Close()
		go func() { // reads, and says nothing
			for readFull(b, make([]byte, 1)) == nil {
			}
		}()
		start := time.Now()
		err := newSession(a, worker, nil).run(context.Background())
		if !errors.Is(err, ErrUnreachable) || time.Since(start) != IdleTimeout {
			t.Fatalf("%v after %v", err, time.Since(start))
		}
	})
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		defer b.Close()
		err := newSession(a, worker, nil).run(context.Background()) // nobody reads
		if !errors.Is(err, ErrUnreachable) {
			t.Fatal(err)
		}
	})
}

func TestSessionCallTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, end := pair(t) // nobody answers
		start := time.Now()
		_, err := w.ask(t.Context(), []byte("hello?"))
		if !errors.Is(err, ErrUnreachable) || time.Since(start) != CallTimeout {
			t.Fatalf("%v after %v", err, time.Since(start))
		}
		end()
	})
}

// An asker that gives up does not make its side break the limit on requests.
func TestSessionAskerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, r, end := pair(t)
		for range MaxCalls {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if _, err := w.ask(ctx, []byte("x")); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			cancel()
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := w.ask(ctx, []byte("one more")); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		if err := r.ended(); err != nil {
			t.Fatalf("the requester hung up: %v", err)
		}
		go echoing(r)
		if _, err := w.ask(t.Context(), []byte("now")); err != nil {
			t.Fatal(err)
		}
		end()
	})
}

// What a lying peer may send to a requester, and how the session ends.
func TestSessionRefusesProtocolErrors(t *testing.T) {
	raw := func(kind frameType, body []byte) []byte { return frame{kind, body}.append(nil) }
	var flood []byte
	for i := range MaxCalls + 1 {
		flood = append(flood, messageFrame(frameCall, uint32(i+1), nil).append(nil)...)
	}
	cases := []struct {
		name string
		send []byte
		want error
	}{
		{"oversized length", []byte{0xff, 0xff, 0xff, 0xff, byte(frameCall)}, ErrProtocol},
		{"just over", []byte{0, 0x10, 0, 6, byte(frameCall)}, ErrProtocol},
		{"empty frame", []byte{0, 0, 0, 0, 0}, ErrProtocol},
		{"unknown type", raw(0x77, nil), ErrProtocol},
		{"second hello", (&hello{}).frame().append(nil), ErrProtocol},
		{"ticket from a worker", ticketFrame(Ticket{}).append(nil), ErrProtocol},
		{"answer never asked for", messageFrame(frameReply, 3, nil).append(nil), ErrProtocol},
		{"question to a requester", messageFrame(frameQuestion, 3, nil).append(nil), ErrProtocol},
		{"error never asked for", messageFrame(frameError, 0, []byte("x")).append(nil), ErrProtocol},
		{"short call", raw(frameCall, []byte{1, 2, 3}), ErrProtocol},
		{"ping with a body", raw(framePing, []byte{1}), ErrProtocol},
		{"long error text", raw(frameError, make([]byte, 4+MaxText+1)), ErrProtocol},
		{"too many calls", flood, ErrProtocol},
		{"bye", byeFrame(reasonEnded, "done").append(nil), ErrEnded},
		{"bye for an unknown reason", byeFrame(99, "").append(nil), ErrProtocol},
		{"half a frame", raw(frameCall, make([]byte, 100))[:50], ErrUnreachable},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := net.Pipe()
				s := newSession(b, requester, semaphore.NewWeighted(4+MaxMessage))
				result := make(chan error, 1)
				go func() { result <- s.run(context.Background()) }()
				go func() { // also a liar reads
					for readFull(a, make([]byte, 1)) == nil {
					}
				}()
				a.SetWriteDeadline(time.Now().Add(time.Minute))
				a.Write(c.send)
				if c.want == ErrUnreachable {
					a.Close()
				}
				if err := <-result; !errors.Is(err, c.want) {
					t.Fatalf("got %v, want %v", err, c.want)
				}
				a.Close()
			})
		})
	}
}

// Large messages wait for memory; it is all given back at the end.
func TestSessionMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := semaphore.NewWeighted(4 + MaxMessage)
		var sessions []*session
		var ends []func()
		for range 3 {
			a, b := net.Pipe()
			w, r := newSession(a, worker, nil), newSession(b, requester, memory)
			ctx, cancel := context.WithCancel(context.Background())
			var wg sync.WaitGroup
			wg.Go(func() { w.run(ctx) })
			wg.Go(func() { r.run(ctx) })
			sessions = append(sessions, w, r)
			ends = append(ends, func() { cancel(); wg.Wait() })
		}
		var wg sync.WaitGroup
		for i := 0; i < len(sessions); i += 2 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				sessions[i].ask(ctx, make([]byte, MaxMessage))
			})
		}
		wg.Wait()
		waiting := 0
		for i := 1; i < len(sessions); i += 2 {
			waiting += len(sessions[i].requests)
		}
		if waiting != 1 {
			t.Fatalf("%d large messages are in memory", waiting)
		}
		for _, end := range ends {
			end()
		}
		if !memory.TryAcquire(4 + MaxMessage) {
			t.Fatal("memory was not given back")
		}
	})
}
