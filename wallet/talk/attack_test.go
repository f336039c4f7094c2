package talk

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"

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
		if a.Hub.Online(evil) {
			t.Error("still online")
		}
	})
}
