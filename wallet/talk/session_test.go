package talk

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain/types"
)

// exchange writes a frame and reads the next one of a kind, answering no pings.
func exchange(t *testing.T, c net.Conn, f frame, want frameType) frame {
	t.Helper()
	if err := writeFrame(c, f); err != nil {
		t.Fatal(err)
	}
	return await(t, c, want)
}

func await(t *testing.T, c net.Conn, want frameType) frame {
	t.Helper()
	for {
		f, err := readFrame(c)
		if err != nil {
			t.Fatalf("waiting for %#02x: %v", byte(want), err)
		}
		if f.kind == want {
			return f
		}
		if f.kind != framePing && f.kind != framePong && f.kind != frameHave {
			t.Fatalf("%#02x % x instead of %#02x", byte(f.kind), f.body, byte(want))
		}
	}
}

// Whatever breaks the protocol ends the connection with a bye that says so, and
// costs nothing else.
func TestProtocolBreaches(t *testing.T) {
	deliver := func(id uint32) frame { return numberedFrame(frameDeliver, id, deliverBody([]byte("x"))) }
	offered := numberedFrame(frameOffer, 1, offer{ID{1}, 3 * MaxChunk, [32]byte{}}.body())
	cases := map[string][]frame{
		"hello again":              {hello{Version, ""}.frame()},
		"answer to nothing":        {idFrame(frameDone, 1)},
		"refusal of nothing":       {refusedFrame(1, &Refusal{Reason: ReasonFull})},
		"malformed refusal":        {{frameRefused, append([]byte{0, 0, 0, 1, 2, 0xff}, make([]byte, 7)...)}},
		"accept of nothing":        {offsetFrame(frameAccept, 1, 0)},
		"have of nothing":          {offsetFrame(frameHave, 1, 0)},
		"offset out of the world":  {offsetFrame(frameHave, 1, MaxFile+1)},
		"chunk of nothing":         {chunkFrame(1, 0, []byte("x"))},
		"cancel of nothing":        {idFrame(frameCancel, 1)},
		"mark and a bit":           {{frameMark, append(markBody(MarkRead, []ID{{1}}), 1)}},
		"unknown frame":            {{0x55, []byte{1}}},
		"too large for its kind":   {{framePing, make([]byte, 5)}},
		"more envelopes than open": {deliver(1), deliver(2), deliver(3), deliver(4), deliver(5), deliver(6)},
		"too large a file":         {numberedFrame(frameOffer, 1, offer{size: MaxFile + 1}.body())},
		"two files":                {offered, numberedFrame(frameOffer, 2, offer{ID{2}, 5, [32]byte{}}.body())},
		"chunk at another offset":  {offered, chunkFrame(1, 1, content(MaxChunk))},
		"chunk of another size":    {offered, chunkFrame(1, 0, content(MaxChunk-1))},
		"chunk of another offer":   {offered, chunkFrame(2, 0, content(MaxChunk))},
		"deliver after retire":     {frame{kind: frameRetire}, deliver(1)},
		"offer after retire":       {frame{kind: frameRetire}, offered},
	}
	for name, frames := range cases {
		bubble(t, func(t *testing.T, w *world) {
			b := w.person("b:1", nil)
			b.deliver = func(ctx context.Context, _ []byte) error { // a slow disk
				select {
				case <-time.After(20 * time.Second):
				case <-ctx.Done():
				}
				return nil
			}
			b.receive = func(ID, int64) (FileSink, error) { return &memory{}, nil }
			c := w.raw(types.Address{200}, b)
			defer c.Close()
			if strings.HasSuffix(name, "after retire") {
				// Something of ours must be owed, or the connection ends in order.
				frames = append([]frame{deliver(77)}, frames...)
			}
			go func() {
				for _, f := range frames {
					if writeFrame(c, f) != nil {
						return
					}
				}
			}()
			for {
				f, err := readFrame(c)
				if err != nil {
					t.Fatalf("%s: no bye: %v", name, err)
				}
				if f.kind == frameBye {
					if why := byeReason(f.body[0]); why != byeProtocol {
						t.Fatalf("%s: bye %d", name, why)
					}
					break
				}
			}
			c.Close()
			synctest.Wait()
			if b.Hub.Online(types.Address{200}) {
				t.Fatalf("%s: still there", name)
			}
		})
	}
}

// A peer that fills the window and more without waiting is cut off, with no
// more of the file in memory than the window.
func TestFileFlood(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		b := w.person("b:1", nil)
		b.receive = func(ID, int64) (FileSink, error) {
			return &memory{after: func(int) { time.Sleep(50 * time.Second) }}, nil
		}
		c := w.raw(types.Address{200}, b)
		defer c.Close()
		exchange(t, c, numberedFrame(frameOffer, 1, offer{ID{1}, MaxFile, [32]byte{}}.body()), frameAccept)
		go func() {
			for at := int64(0); writeFrame(c, chunkFrame(1, at, content(MaxChunk))) == nil; at += MaxChunk {
			}
		}()
		for {
			f, err := readFrame(c)
			if err != nil {
				t.Fatal(err)
			}
			if f.kind == frameBye {
				return
			}
		}
	})
}

// Hellos that never come, come slowly, or say something else.
func TestHello(t *testing.T) {
	type result struct {
		err   error
		after time.Duration
	}
	try := func(t *testing.T, b *person, dialler func(net.Conn)) result {
		x, y := net.Pipe()
		go func() { dialler(y); y.Close() }()
		start := time.Now()
		err := b.Accept(t.Context(), types.Address{200}, x)
		return result{err, time.Since(start)}
	}
	bubble(t, func(t *testing.T, w *world) {
		b := w.person("b:1", nil)
		wait := make(chan struct{})
		defer close(wait)
		silent := try(t, b, func(net.Conn) { <-wait })
		slow := try(t, b, func(c net.Conn) {
			for _, x := range (hello{Version, "a:1"}).frame().append(nil) {
				time.Sleep(2 * time.Second)
				if _, err := c.Write([]byte{x}); err != nil {
					return
				}
			}
		})
		for name, r := range map[string]result{"silent": silent, "slow": slow} {
			if !errors.Is(r.err, ErrOffline) || r.after != helloTimeout {
				t.Errorf("%s: %v after %v", name, r.err, r.after)
			}
		}
		if r := try(t, b, func(c net.Conn) { writeFrame(c, idFrame(framePing, 1)) }); !errors.Is(r.err, ErrProtocol) {
			t.Error(r.err)
		}
		if r := try(t, b, func(c net.Conn) { writeFrame(c, hello{Version, "\x00"}.frame()) }); !errors.Is(r.err, ErrProtocol) {
			t.Error(r.err)
		}
		r := try(t, b, func(c net.Conn) {
			writeFrame(c, hello{Version + 1, "something new"}.frame())
			if f, err := readFrame(c); err != nil || f.kind != frameBye || byeReason(f.body[0]) != byeVersion {
				t.Errorf("%v, %v", f, err)
			}
		})
		if !errors.Is(r.err, ErrVersion) {
			t.Error(r.err)
		}
		// Bytes that dribble in later do not hold a session, either.
		c := w.raw(types.Address{200}, b)
		defer c.Close()
		c.Write([]byte{0, 0, 0})
		time.Sleep(idleTimeout + time.Second)
		if n, _, _ := b.counts(); n != 0 || b.Hub.Online(types.Address{200}) {
			t.Error("half a header held the session")
		}
	})
}

// The dialling side meets the same.
func TestDialledHello(t *testing.T) {
	cases := map[string]struct {
		answer func(net.Conn)
		want   error
	}{
		"busy":            {func(c net.Conn) { readFrame(c); writeFrame(c, byeFrame(byeBusy)) }, ErrBusy},
		"another version": {func(c net.Conn) { readFrame(c); writeFrame(c, hello{9, ""}.frame()) }, ErrVersion},
		"rubbish":         {func(c net.Conn) { readFrame(c); c.Write([]byte("HTTP/1.1 400 Bad Request")) }, ErrProtocol},
		"silence":         {func(c net.Conn) { io.Copy(io.Discard, c) }, ErrOffline},
		"hung up":         {func(c net.Conn) { c.Close() }, ErrOffline},
	}
	for name, tc := range cases {
		bubble(t, func(t *testing.T, w *world) {
			a, b := w.person("a:1", nil), w.person("b:1", nil)
			a.wrap = func(c, other net.Conn) net.Conn {
				c.Close()
				x, y := net.Pipe()
				go func() { tc.answer(y); y.Close() }()
				return x
			}
			if err := a.sendTo(b, "x"); !errors.Is(err, tc.want) || !errors.Is(err, ErrOffline) || errors.Is(err, ErrUnknown) {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

// A peer that stops reading loses its connection, and what waits for it an
// answer; other peers notice nothing.
func TestPeerThatStopsReading(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a, b := w.person("a:1", nil), w.person("b:1", nil)
		c := w.raw(types.Address{200}, a)
		defer c.Close()
		var wg sync.WaitGroup
		start := time.Now()
		for range 10 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				if err := a.Hub.Deliver(ctx, types.Address{200}, "", []byte("x")); !errors.Is(err, ErrOffline) {
					t.Error(err)
				}
			})
		}
		if err := a.sendTo(b, "meanwhile"); err != nil || time.Since(start) != 0 {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		wg.Wait()
		synctest.Wait()
		if time.Since(start) > writeTimeout+byeTimeout || a.Hub.Online(types.Address{200}) {
			t.Errorf("after %v", time.Since(start))
		}
	})
	bubble(t, func(t *testing.T, w *world) { // reads, and never answers
		a := w.person("a:1", nil)
		c := w.raw(types.Address{200}, a)
		defer c.Close()
		go func() {
			for n := uint32(0); ; n++ { // alive all the same
				time.Sleep(10 * time.Second)
				if writeFrame(c, idFrame(framePing, n)) != nil {
					return
				}
			}
		}()
		go io.Copy(io.Discard, c)
		start := time.Now()
		if err := a.Hub.Deliver(t.Context(), types.Address{200}, "", []byte("x")); !errors.Is(err, ErrUnknown) || time.Since(start) != answerTimeout {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		c.Close()
		time.Sleep(time.Minute) // the pings end
	})
}

// Who sends too fast waits; nothing is lost for it. A stranger waits longer
// than a contact, and one of whom we have written to is no stranger.
func TestRates(t *testing.T) {
	for name, tc := range map[string]struct {
		known       bool
		n           int
		least, most time.Duration
	}{
		"contact":  {true, 160, 4 * time.Second, 7 * time.Second},
		"stranger": {false, 28, 15 * time.Second, 25 * time.Second},
	} {
		bubble(t, func(t *testing.T, w *world) {
			a := w.person("a:1", nil)
			b := w.person("b:1", func(o *Options) { o.Known = func(types.Address) bool { return tc.known } })
			start := time.Now()
			for i := range tc.n {
				if err := a.sendTo(b, fmt.Sprint(i)); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
			if took := time.Since(start); took < tc.least || took > tc.most || len(b.received()) != tc.n {
				t.Fatalf("%s: %d in %v", name, len(b.received()), took)
			}
		})
	}
}

// A reconnect does not fill a stranger's bucket.
func TestRateOutlivesTheConnection(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a := w.person("a:1", nil)
		b := w.person("b:1", func(o *Options) { o.Known = nil })
		start := time.Now()
		for i := range 20 {
			if err := a.sendTo(b, fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			}
			a.breakAll()
			synctest.Wait()
		}
		if took := time.Since(start); took < 10*time.Second {
			t.Fatalf("20 in %v", took)
		}
	})
}

// All strangers together are bounded, in what they send and in connections,
// and contacts come through beside them.
func TestStrangers(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		friend := w.person("f:1", nil)
		b := w.person("b:1", func(o *Options) {
			o.Known = func(a types.Address) bool { return a == friend.addr }
			o.MaxStrangers, o.StrangersBurst, o.StrangersRate = 8, 10, 1
		})
		var conns []net.Conn
		busy := 0
		for i := range 8 {
			c := w.raw(types.Address{200, byte(i)}, b)
			defer c.Close()
			conns = append(conns, c)
			for n := range 2 {
				if err := writeFrame(c, numberedFrame(frameDeliver, uint32(n), deliverBody([]byte("x")))); err != nil {
					t.Fatal(err)
				}
				f, err := readFrame(c)
				if err != nil {
					t.Fatal(err)
				}
				if f.kind == frameRefused {
					if r, _ := parseRefused(f.body); r.Reason != ReasonBusy {
						t.Fatal(r)
					}
					busy++
				}
			}
		}
		if busy != 6 {
			t.Fatalf("%d of 16 refused", busy)
		}
		x, y := net.Pipe()
		go func() {
			writeFrame(x, hello{Version, ""}.frame())
			if f, err := readFrame(x); err != nil || f.kind != frameBye || byeReason(f.body[0]) != byeBusy {
				t.Errorf("%v, %v", f, err)
			}
			x.Close()
		}()
		if err := b.Accept(t.Context(), types.Address{201}, y); !errors.Is(err, ErrBusy) {
			t.Fatal(err)
		}
		if err := friend.sendTo(b, "hello"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(evictStrangerAfter)
		late := w.raw(types.Address{202}, b)
		defer late.Close()
		conns = append(conns, late)
		// Strangers who say nothing lose their place soon.
		for _, c := range conns {
			go func() {
				for {
					f, err := readFrame(c)
					if err != nil {
						return
					}
					if f.kind == frameRetire {
						writeFrame(c, f)
					}
				}
			}()
		}
		time.Sleep(time.Minute)
		if sessions, strangers, _ := b.counts(); strangers != 0 || sessions != 1 {
			t.Fatalf("%d strangers, %d connections", strangers, sessions)
		}
	})
}

// When there is no room, who is known takes the place of the connection that is
// unused for longest; a stranger, and one that comes while all are in use, does
// not.
func TestMakingRoom(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		stranger := w.person("s:1", nil)
		b := w.person("b:1", func(o *Options) {
			o.MaxSessions = 3
			o.Known = func(a types.Address) bool { return a != stranger.addr }
		})
		var all []*person
		for i := range 5 {
			p := w.person(fmt.Sprintf("p%d:1", i), nil)
			all = append(all, p)
			err := p.sendTo(b, "x")
			if fits := i != 3; fits != (err == nil) || !fits && !errors.Is(err, ErrBusy) {
				t.Fatalf("%d: %v", i, err)
			}
			if i < 3 {
				time.Sleep(5 * time.Second)
			}
			if i == 3 {
				if err := all[0].sendTo(b, "still in use"); err != nil {
					t.Fatal(err)
				}
				time.Sleep(25 * time.Second)
			}
		}
		time.Sleep(time.Second)
		for i, online := range []bool{true, false, true, false, true} {
			if all[i].Hub.Online(b.addr) != online {
				t.Errorf("%d: online %v", i, !online)
			}
		}
		time.Sleep(2 * time.Minute)
		if err := stranger.sendTo(b, "x"); !errors.Is(err, ErrBusy) {
			t.Fatal(err)
		}
		if err := b.sendTo(all[1], "room for one's own"); err != nil {
			t.Fatal(err)
		}
	})
}

// A wallet that runs many times holds few connections.
func TestManyConnectionsOfOnePeer(t *testing.T) {
	for _, from := range []types.Address{{0x00, 1}, {200}} { // on either side of the choice
		bubble(t, func(t *testing.T, w *world) {
			b := w.person("b:1", nil)
			for range 10 {
				c := w.raw(from, b)
				defer c.Close()
				go io.Copy(io.Discard, c)
			}
			time.Sleep(byeTimeout + time.Second)
			if n := len(b.sessionsWith(&person{addr: from})); n > maxPerPeer {
				t.Fatalf("%d connections", n)
			}
		})
	}
}

// Pings are answered, with the newest's number; a flood of them costs one
// answer at a time.
func TestPings(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		b := w.person("b:1", nil)
		c := w.raw(types.Address{200}, b)
		defer c.Close()
		if f := exchange(t, c, idFrame(framePing, 5), framePong); idOf(f.body) != 5 {
			t.Fatal(f)
		}
		for n := range uint32(300) { // nobody reads the answers
			if err := writeFrame(c, idFrame(framePing, n)); err != nil {
				t.Fatal(err)
			}
		}
		f := await(t, c, framePong)
		for idOf(f.body) != 299 {
			f = await(t, c, framePong)
		}
	})
}

// Whatever a peer says after its hello ends without a panic and leaves nothing
// behind.
func FuzzSession(f *testing.F) {
	var all []byte
	for _, s := range seeds()[1:] {
		f.Add(s)
		all = append(all, s...)
	}
	f.Add(all)
	data := content(5) // small, or the fuzzer minimises for ever
	b := numberedFrame(frameOffer, 1, offer{ID{1}, int64(len(data)), sha256.Sum256(data)}.body()).append(nil)
	f.Add(idFrame(frameCancel, 1).append(b))
	f.Add(frame{kind: frameRetire}.append(chunkFrame(1, 0, data).append(b)))
	f.Fuzz(func(t *testing.T, data []byte) {
		bubble(t, func(t *testing.T, w *world) {
			b := w.person("b:1", nil)
			b.receive = func(ID, int64) (FileSink, error) { return &memory{}, nil }
			c := w.raw(types.Address{200}, b)
			go io.Copy(io.Discard, c)
			go b.Hub.Deliver(t.Context(), types.Address{200}, "", []byte("x"))
			c.Write(data)
			synctest.Wait()
			c.Close()
			if n, _, _ := b.counts(); n != 0 {
				t.Fatalf("%d sessions", n)
			}
		})
	})
}
