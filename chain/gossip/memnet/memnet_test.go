package memnet_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain/gossip/memnet"
)

func connect(t *testing.T, n *memnet.Network) (near, far net.Conn) {
	t.Helper()
	l, err := n.Listen("10.0.0.2:9")
	if err != nil {
		t.Fatal(err)
	}
	near, err = n.Dialer("10.0.0.1")(context.Background(), "10.0.0.2:9")
	if err != nil {
		t.Fatal(err)
	}
	far, err = l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return near, far
}

func TestDelayAndOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New()
		n.SetDelay(50 * time.Millisecond)
		near, far := connect(t, n)
		start := time.Now()
		want := bytes.Repeat([]byte("0123456789"), 100_000) // more than the window
		go func() {
			near.Write(want)
			near.Close()
		}()
		got, err := io.ReadAll(far)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
		if d := time.Since(start); d < 50*time.Millisecond {
			t.Errorf("arrived after %v", d)
		}
		if _, err := far.Write([]byte("x")); err == nil {
			t.Error("write to a closed reader worked")
		}
	})
}

func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := connect(t, memnet.New())
		near.SetReadDeadline(time.Now().Add(time.Second))
		if _, err := near.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("read: %v", err)
		}
		near.SetWriteDeadline(time.Now().Add(time.Second))
		if _, err := near.Write(make([]byte, 10<<20)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("write: %v", err)
		}
		far.Close()
	})
}

func TestDialErrors(t *testing.T) {
	n := memnet.New()
	dial := n.Dialer("10.0.0.1")
	if _, err := dial(context.Background(), "10.0.0.2:9"); !errors.Is(err, memnet.ErrRefused) {
		t.Errorf("no listener: %v", err)
	}
	near, far := connect(t, n)
	if _, err := n.Listen("10.0.0.2:9"); !errors.Is(err, memnet.ErrInUse) {
		t.Errorf("second listener: %v", err)
	}
	n.Partition(func(a, b netip.Addr) bool { return a != b })
	if _, err := dial(context.Background(), "10.0.0.2:9"); !errors.Is(err, memnet.ErrUnreachable) {
		t.Errorf("partition: %v", err)
	}
	for _, c := range []net.Conn{near, far} {
		if _, err := c.Read(make([]byte, 1)); err == nil {
			t.Error("connection outlived the partition")
		}
	}
	n.Partition(nil)
	if _, err := dial(context.Background(), "10.0.0.2:9"); err != nil {
		t.Errorf("healed: %v", err)
	}
}

func TestListenerClose(t *testing.T) {
	n := memnet.New()
	l, err := n.Listen("10.0.0.2:9")
	if err != nil {
		t.Fatal(err)
	}
	c, err := n.Dialer("10.0.0.1")(context.Background(), "10.0.0.2:9")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("accept: %v", err)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("connection not accepted stays open")
	}
	if _, err := n.Listen("10.0.0.2:9"); err != nil {
		t.Errorf("listen again: %v", err)
	}
}
