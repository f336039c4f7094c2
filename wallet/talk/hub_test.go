package talk

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain/types"
)

// One connection carries envelopes and marks both ways, also to a side that is
// reached nowhere, and the handlers hear what they should.
func TestBothWays(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a, b := w.person("a:1", nil), w.person("b:1", func(o *Options) { o.Reach = nil })
		if err := a.sendTo(b, "hello"); err != nil {
			t.Fatal(err)
		}
		if err := b.Hub.Deliver(t.Context(), a.addr, "", []byte("hello yourself")); err != nil {
			t.Fatal(err)
		}
		ids := make([]ID, 3*MaxMarks+1)
		for i := range ids {
			ids[i] = ID{byte(i), 1}
		}
		if err := b.Hub.Mark(t.Context(), a.addr, "", MarkRead, ids); err != nil {
			t.Fatal(err)
		}
		if err := a.Ping(t.Context(), b.addr, ""); err != nil {
			t.Fatal(err)
		}
		large := strings.Repeat("x", MaxEnvelope)
		if err := a.sendTo(b, large); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if !slices.Equal(b.received(), []string{"hello", large}) || !slices.Equal(a.received(), []string{"hello yourself"}) || !slices.Equal(a.marks, ids) {
			t.Fatalf("%d, %q, %d marks", len(b.received()), a.received(), len(a.marks))
		}
		if a.dials != 1 || b.dials != 0 || !a.Hub.Online(b.addr) || !b.Hub.Online(a.addr) {
			t.Fatalf("dials %d and %d", a.dials, b.dials)
		}
		if !slices.Equal(a.reaches, []string{""}) || !slices.Equal(b.reaches, []string{"a:1"}) {
			t.Fatalf("reaches %q, %q", a.reaches, b.reaches)
		}
		a.breakAll()
		synctest.Wait()
		if !slices.Equal(a.presence, []bool{true, false}) || !slices.Equal(b.presence, []bool{true, false}) {
			t.Fatalf("presence %v, %v", a.presence, b.presence)
		}
	})
}

func TestBadCalls(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a, b := w.person("a:1", nil), w.person("b:1", nil)
		ctx := t.Context()
		for name, tc := range map[string]struct {
			err  error
			want error
		}{
			"empty":         {a.sendTo(b, ""), ErrTooLarge},
			"too large":     {a.sendTo(b, strings.Repeat("x", MaxEnvelope+1)), ErrTooLarge},
			"to oneself":    {a.sendTo(a, "x"), ErrSelf},
			"mark nothing":  {a.Hub.Mark(ctx, b.addr, b.name, MarkRead, nil), ErrTooLarge},
			"negative file": {a.SendFile(ctx, b.addr, b.name, ID{}, nil, -1, [32]byte{}, nil), ErrTooLarge},
			"large file":    {a.SendFile(ctx, b.addr, b.name, ID{}, nil, MaxFile+1, [32]byte{}, nil), ErrTooLarge},
			"no contact":    {a.Ping(ctx, b.addr, ""), ErrOffline},
			"not running":   {New(Options{Self: b.addr, Handler: b, Dialer: b}).Ping(ctx, a.addr, a.name), ErrNotRunning},
			"no handler":    {New(Options{Self: b.addr}).Run(ctx), ErrOptions},
			"no address":    {New(Options{Handler: b}).Run(ctx), ErrOptions},
			"run twice":     {a.Run(ctx), ErrOptions},
		} {
			if !errors.Is(tc.err, tc.want) {
				t.Errorf("%s: %v, want %v", name, tc.err, tc.want)
			}
		}
		x, y := net.Pipe()
		defer y.Close()
		if err := a.Accept(ctx, a.addr, x); !errors.Is(err, ErrSelf) {
			t.Error(err)
		}
		if a.dials > 0 {
			t.Errorf("%d dials", a.dials)
		}
	})
}

// A refusal arrives as it was said, but for what must not be told and what must
// not be shown.
func TestRefusals(t *testing.T) {
	cases := []struct {
		name string
		says error
		want Refusal
	}{
		{"stranger", &Refusal{Reason: ReasonStranger, MinFee: 500, Text: "go away"}, Refusal{ReasonStranger, 500, ""}},
		{"blocked looks the same", &Refusal{Reason: ReasonBlocked, MinFee: 500, Text: "you are blocked"}, Refusal{ReasonStranger, 500, ""}},
		{"full", &Refusal{Reason: ReasonFull, Text: "no room"}, Refusal{ReasonFull, 0, "no room"}},
		{"wrapped", errors.Join(errTest, &Refusal{Reason: ReasonInvalid}), Refusal{Reason: ReasonInvalid}},
		{"no reason", &Refusal{}, Refusal{Reason: ReasonUnwanted}},
		{"unknown reason", &Refusal{Reason: 77}, Refusal{Reason: ReasonUnwanted}},
		{"our own trouble stays here", errors.New("disk of /home/alice is full"), Refusal{Reason: ReasonTrouble}},
		{"a hostile text", &Refusal{Reason: ReasonFull, MinFee: -1, Text: "\x1b[2Ja\u202eb\u200bc\n" + strings.Repeat("é", 500)}, Refusal{ReasonFull, 0, "[2Ja b c " + strings.Repeat("é", 123)}},
	}
	bubble(t, func(t *testing.T, w *world) {
		a, b := w.person("a:1", nil), w.person("b:1", nil)
		for _, tc := range cases {
			b.set(func() {
				b.deliver = func(context.Context, []byte) error { return tc.says }
				b.receive = func(ID, int64) (FileSink, error) { return nil, tc.says }
			})
			for way, err := range map[string]error{"envelope": a.sendTo(b, "x"), "file": a.sendFile(t.Context(), b, ID{1}, content(5), nil)} {
				var r *Refusal
				if !errors.As(err, &r) || *r != tc.want || errors.Is(err, ErrOffline) {
					t.Errorf("%s, %s: %v", tc.name, way, err)
				}
			}
		}
		if len(b.received()) > 0 || a.dials != 1 {
			t.Fatalf("%q, %d dials", b.received(), a.dials)
		}
		if !(&Refusal{Reason: ReasonBusy}).Temporary() || (&Refusal{Reason: ReasonStranger}).Temporary() {
			t.Error("Temporary")
		}
	})
}

// What a hostile peer writes into a refusal is cleaned on this side as well.
func TestHostileRefusal(t *testing.T) {
	body := append(refusedFrame(1, &Refusal{Reason: 200, MinFee: 5}).body, "a\x00\u2066b\xff\u2028c"...)
	r, err := parseRefused(body)
	if err != nil || r.Reason != ReasonUnwanted || r.MinFee != 5 || r.Text != "a  b? c" {
		t.Fatalf("%+v, %v", r, err)
	}
	body[5] = 0xff // more than all money
	if _, err := parseRefused(body); !errors.Is(err, ErrProtocol) {
		t.Fatal(err)
	}
}

// Both dial at once and write at once: the connection of the smaller address is
// kept, and nothing is lost, doubled or overtaken, round after round.
func TestSimultaneousDial(t *testing.T) {
	for _, delay := range []time.Duration{time.Millisecond, 3 * time.Millisecond, 5 * time.Millisecond} {
		bubble(t, func(t *testing.T, w *world) {
			fast := func(o *Options) { o.PeerRate, o.PeerBurst = 1e6, 1e6 }
			a, b := w.person("a:1", fast), w.person("b:1", fast)
			for _, p := range []*person{a, b} {
				p.deliver = func(context.Context, []byte) error { time.Sleep(time.Millisecond); return nil }
			}
			a.wrap = func(c, _ net.Conn) net.Conn { time.Sleep(3 * time.Millisecond); return c }
			b.wrap = func(c, _ net.Conn) net.Conn { time.Sleep(delay); return c }
			const n = 60
			var wg sync.WaitGroup
			send := func(from, to *person, prefix string) {
				for _, text := range numbered(n, prefix) {
					if err := from.sendTo(to, text); err != nil {
						t.Errorf("%s: %v", text, err)
					}
				}
			}
			wg.Go(func() { send(a, b, "a") })
			wg.Go(func() { send(b, a, "b") })
			wg.Wait()
			time.Sleep(10 * time.Second)
			if !slices.Equal(b.received(), numbered(n, "a")) || !slices.Equal(a.received(), numbered(n, "b")) {
				t.Fatalf("delay %v: got %q and %q", delay, b.received(), a.received())
			}
			as, bs := a.sessionsWith(b), b.sessionsWith(a)
			if len(as) != 1 || len(bs) != 1 || !as[0].dialled || bs[0].dialled {
				t.Fatalf("delay %v: %d and %d sessions", delay, len(as), len(bs))
			}
			if a.dials != 1 || b.dials != 1 {
				t.Fatalf("delay %v: they did not dial at once: %d, %d", delay, a.dials, b.dials)
			}
		})
	}
}

// Envelopes on their way when the connection is given up for another arrive
// once, in order, while the receiver is slow.
func TestNothingIsLostWhenRetired(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a, b := w.person("a:1", nil), w.person("b:1", nil)
		a.deliver = func(context.Context, []byte) error { time.Sleep(time.Second); return nil }
		if err := b.sendTo(a, "b0"); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for _, text := range numbered(12, "b")[1:] {
			wg.Go(func() {
				if err := b.sendTo(a, text); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait() // one after another into the queue
		}
		a.peers[b.addr].live()[0].retire()
		wg.Wait()
		if !slices.Equal(a.received(), numbered(12, "b")) || b.dials != 2 {
			t.Fatalf("%q, %d dials", a.received(), b.dials)
		}
	})
}

// An older connection that is dead does not win over the one with which the
// peer has come back.
func TestDeadConnectionIsReplaced(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a, b := w.person("a:1", nil), w.person("b:1", nil)
		x, y := net.Pipe()
		go func() { // answers hello, then reads and says nothing
			readFrame(y)
			writeFrame(y, hello{Version, "b:1"}.frame())
			io.Copy(io.Discard, y)
		}()
		a.wrap = func(net.Conn, net.Conn) net.Conn { return x }
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if err := a.Ping(ctx, b.addr, b.name); err != nil {
			t.Fatal(err)
		}
		a.breakAll() // b's end of the connection that a does not use
		time.Sleep(time.Second)
		if err := b.sendTo(a, "back again"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(probeTimeout + time.Second)
		if got := a.sessionsWith(b); len(got) != 1 || got[0].dialled {
			t.Fatalf("%d sessions", len(got))
		}
		if err := a.Hub.Deliver(ctx, b.addr, "", []byte("good")); err != nil {
			t.Fatal(err)
		}
		y.Close()
	})
}

// Whoever does not say which connection is kept waits no longer for a dead one
// either, once the peer has come back.
func TestDeadConnectionKeepsNobodyWaiting(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a, b := w.person("a:1", nil), w.person("b:1", nil)
		x, y := net.Pipe()
		go func() {
			readFrame(y)
			writeFrame(y, hello{Version, "a:1"}.frame())
			io.Copy(io.Discard, y)
		}()
		b.wrap = func(net.Conn, net.Conn) net.Conn { return x }
		if err := b.Ping(t.Context(), a.addr, a.name); err != nil {
			t.Fatal(err)
		}
		b.breakAll() // a's end of the connection that b does not use
		lost := make(chan error, 1)
		go func() { lost <- b.sendTo(a, "lost") }()
		time.Sleep(time.Second)
		if err := a.Ping(t.Context(), b.addr, b.name); err != nil {
			t.Fatal(err)
		}
		time.Sleep(probeTimeout + time.Second)
		select {
		case err := <-lost:
			if !errors.Is(err, ErrUnknown) {
				t.Fatal(err)
			}
		default:
			t.Fatal("it is still waited for")
		}
		if err := b.sendTo(a, "again"); err != nil || !slices.Equal(a.received(), []string{"again"}) {
			t.Fatalf("%v, %q", err, a.received())
		}
		y.Close()
	})
}

// A connection that breaks before the answer leaves the sender in doubt, and
// the next try goes through.
func TestBrokenDeliveryIsUnknown(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a, b := w.person("a:1", nil), w.person("b:1", nil)
		var calls atomic.Int32
		b.deliver = func(context.Context, []byte) error {
			if calls.Add(1) == 1 {
				a.breakAll()
			}
			return nil
		}
		err := a.sendTo(b, "x")
		if !errors.Is(err, ErrUnknown) || !errors.Is(err, ErrOffline) {
			t.Fatal(err)
		}
		if err := a.sendTo(b, "x"); err != nil {
			t.Fatal(err)
		}
		if got := b.received(); len(got) != 2 { // stored twice: the handler knows its ids
			t.Fatalf("%q", got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		b.set(func() { b.deliver = func(context.Context, []byte) error { time.Sleep(3 * time.Second); return nil } })
		if err := a.Hub.Deliver(ctx, b.addr, b.name, []byte("y")); !errors.Is(err, ErrUnknown) || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		if err := a.sendTo(b, "z"); err != nil || !slices.Equal(b.received(), []string{"x", "x", "y", "z"}) {
			t.Fatalf("%v, %q", err, b.received())
		}
	})
}

// A peer that was not reached is left alone for a while, longer each time,
// unless it is asked for by hand, at another place, or comes by itself.
func TestBackoff(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a, b := w.person("a:1", nil), w.person("b:1", nil)
		a.refuse = errTest
		dialled := func(want int, err error) {
			t.Helper()
			if !errors.Is(err, ErrOffline) || !errors.Is(err, errTest) || a.dials != want {
				t.Fatalf("%v after %d dials, want %d", err, a.dials, want)
			}
		}
		dialled(1, a.sendTo(b, "x"))
		dialled(1, a.sendTo(b, "x"))
		time.Sleep(firstBackoff)
		dialled(2, a.sendTo(b, "x"))
		time.Sleep(firstBackoff)
		dialled(2, a.sendTo(b, "x"))
		dialled(3, a.Ping(t.Context(), b.addr, b.name))
		dialled(4, a.Hub.Deliver(t.Context(), b.addr, "elsewhere:1", []byte("x")))
		for range 20 {
			a.Ping(t.Context(), b.addr, b.name)
		}
		n := a.dials
		time.Sleep(maxBackoff)
		dialled(n+1, a.sendTo(b, "x"))
		a.set(func() { a.refuse = nil })
		if err := b.sendTo(a, "here I am"); err != nil {
			t.Fatal(err)
		}
		b.breakAll()
		synctest.Wait()
		if err := a.sendTo(b, "there you are"); err != nil {
			t.Fatal(err)
		}
	})
}

// Many that want the same peer share one dial, and one that gives up does not
// take it from the others.
func TestOneDialForAll(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a, b := w.person("a:1", nil), w.person("b:1", nil)
		a.wrap = func(c, _ net.Conn) net.Conn { time.Sleep(3 * time.Second); return c }
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := a.Ping(ctx, b.addr, b.name); !errors.Is(err, ErrOffline) || !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		})
		for range 10 {
			wg.Go(func() {
				if err := a.Ping(t.Context(), b.addr, b.name); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if a.dials != 1 {
			t.Fatalf("%d dials", a.dials)
		}
	})
}

// Connections that nobody uses are given up in order, unless one side could not
// open them again; nothing that is remembered stays for ever.
func TestIdle(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a, b := w.person("a:1", nil), w.person("b:1", nil)
		hidden := w.person("c:1", func(o *Options) { o.Reach = func() string { return "not a contact!" } })
		if a.sendTo(b, "x") != nil || hidden.sendTo(b, "y") != nil {
			t.Fatal("not delivered")
		}
		time.Sleep(4 * time.Minute)
		if !a.Hub.Online(b.addr) {
			t.Fatal("gone too early")
		}
		time.Sleep(2 * time.Minute)
		if a.Hub.Online(b.addr) || b.Hub.Online(a.addr) {
			t.Fatal("idle, and still there")
		}
		if err := b.Hub.Deliver(t.Context(), hidden.addr, "", []byte("z")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Hour)
		for _, p := range []*person{a, b, hidden} {
			if sessions, strangers, peers := p.counts(); sessions+strangers+peers != 0 {
				t.Fatalf("%s remembers %d peers, %d sessions", p.name, peers, sessions)
			}
		}
	})
}

// A hub that stops tells its peers, who see it at once.
func TestStop(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a, b := w.person("a:1", nil), w.person("b:1", nil)
		b.deliver = func(ctx context.Context, _ []byte) error { <-ctx.Done(); return ctx.Err() }
		answer := make(chan error, 1)
		go func() { answer <- a.sendTo(b, "x") }()
		synctest.Wait()
		b.stop()
		if err := <-answer; !errors.Is(err, ErrUnknown) {
			t.Fatal(err)
		}
		if err := <-b.ended; err != nil {
			t.Fatal(err)
		}
		b.ended <- nil
		synctest.Wait()
		if a.Hub.Online(b.addr) || !slices.Equal(b.presence, []bool{true, false}) {
			t.Fatalf("presence %v", b.presence)
		}
		if err := b.sendTo(a, "y"); !errors.Is(err, ErrNotRunning) {
			t.Fatal(err)
		}
		x, y := net.Pipe()
		defer y.Close()
		if err := b.Accept(t.Context(), types.Address{9}, x); !errors.Is(err, ErrNotRunning) {
			t.Fatal(err)
		}
	})
}
