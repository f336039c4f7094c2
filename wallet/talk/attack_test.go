package talk

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain/types"
)

// mute is a peer that is dialled, says hello and does no more.
func (w *world) mute(a *person, addr types.Address, contact string) (conn net.Conn, call func(text string) <-chan error) {
	w.t.Helper()
	here, there := net.Pipe()
	ready, first := make(chan struct{}), true
	a.Hub.opt.Dialer = dialFunc(func(context.Context, types.Address, string) (net.Conn, error) {
		if !first {
			return nil, errTest
		}
		first = false
		go func() {
			defer close(ready)
			if f, err := readFrame(here); err != nil || f.kind != frameHello {
				w.t.Errorf("%v, %v", f, err)
				return
			}
			writeFrame(here, hello{Version, ""}.frame())
		}()
		return there, nil
	})
	call = func(text string) <-chan error {
		out := make(chan error, 1)
		go func() { out <- a.Hub.Deliver(context.Background(), addr, contact, []byte(text)) }()
		synctest.Wait()
		return out
	}
	go a.Ping(context.Background(), addr, contact)
	<-ready
	synctest.Wait()
	return here, call
}

type dialFunc func(context.Context, types.Address, string) (net.Conn, error)

func (f dialFunc) Dial(ctx context.Context, to types.Address, contact string) (net.Conn, error) {
	return f(ctx, to, contact)
}

// Who answers a request that it cannot have read, and breaks the connection
// then, must not stop the hub: the request has its place back once, not twice.
func TestAnswerBeforeRequest(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a := w.person("a:1", nil)
		evil := types.Address{200}
		conn, call := w.mute(a, evil, "evil:1")
		first, second := call("stuck in the writer"), call("behind it")
		for _, id := range []uint32{1, 2} {
			if err := writeFrame(conn, idFrame(frameDone, id)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		conn.Close()
		<-first // as the peer says; it lies to itself
		if err := <-second; !errors.Is(err, ErrOffline) {
			t.Errorf("what was never written: %v", err)
		}
		synctest.Wait() // until the session is taken off the list
		if a.Hub.Online(evil) {
			t.Error("still online")
		}
	})
}

// Strangers who say something now and then do not keep all others out.
func TestBusyStrangersTakeTurns(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		b := w.person("b:1", func(o *Options) { o.Known, o.MaxStrangers = nil, 2 })
		var conns []net.Conn
		chatter := func(i byte) {
			c := w.raw(types.Address{100 + i}, b)
			conns = append(conns, c)
			go io.Copy(io.Discard, c)
			go func() {
				mark := numberedFrame(frameMark, 1, markBody(MarkRead, []ID{{1}}))
				for writeFrame(c, mark) == nil {
					time.Sleep(5 * time.Second)
				}
			}()
		}
		chatter(1)
		time.Sleep(time.Second)
		chatter(2)
		late := func() error {
			a, c := net.Pipe()
			defer a.Close()
			go b.Accept(context.Background(), types.Address{99}, c)
			a.SetDeadline(time.Now().Add(time.Minute))
			_, err := sayHello(context.Background(), a, hello{Version, ""})
			synctest.Wait()
			return err
		}
		time.Sleep(time.Minute)
		if err := late(); !errors.Is(err, ErrBusy) {
			t.Errorf("before their turn is over: %v", err)
		}
		time.Sleep(time.Minute)
		if err := late(); err != nil {
			t.Errorf("after it: %v", err)
		}
		time.Sleep(2 * byeTimeout)
		if b.Hub.Online(types.Address{101}) || !b.Hub.Online(types.Address{102}) {
			t.Error("not the first has made room")
		}
		for _, c := range conns {
			c.Close()
		}
		time.Sleep(10 * time.Second) // their writers see it
	})
}

// Who says hello and hangs up, time and again, is not dialled without end, also
// when it says each time to be reached elsewhere.
func TestHangingUpIsAFailure(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		a := w.person("a:1", nil)
		evil, dials := types.Address{200}, 0
		a.Hub.opt.Dialer = dialFunc(func(context.Context, types.Address, string) (net.Conn, error) {
			here, there := net.Pipe()
			dials++
			go func() {
				defer here.Close()
				readFrame(here)
				writeFrame(here, hello{Version, ""}.frame())
				time.Sleep(100 * time.Millisecond)
				writeFrame(here, byeFrame(byeRetired))
			}()
			return there, nil
		})
		start := time.Now()
		for time.Since(start) < 10*time.Minute {
			contact := "evil:" + time.Since(start).String()
			if err := a.Hub.Deliver(t.Context(), evil, contact, []byte("x")); !errors.Is(err, ErrOffline) {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond) // as long as it takes to hear that it is online
		}
		if dials > 20 {
			t.Errorf("dialled %d times in ten minutes", dials)
		}
	})
}
