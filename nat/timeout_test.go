package nat

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/nat/wire"
)

// A stranger that connects and says nothing is gone after HandshakeTimeout.
func TestSilentDialerTimesOut(t *testing.T) {
	k := newKeys(t, testNet)
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		start := time.Now()
		_, err := k.Server(context.Background(), ours, nil)
		if !errors.Is(err, ErrHandshake) || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
		if took := time.Since(start); took != HandshakeTimeout {
			t.Fatalf("after %v", took)
		}
		if _, err := theirs.Write([]byte("x")); err == nil {
			t.Fatal("the connection is still open")
		}
	})
}

// A listener that authenticates and then never greets does not hold the dialer.
func TestMissingGreetingTimesOut(t *testing.T) {
	a, b := newKeys(t, testNet), newKeys(t, testNet)
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		cert, err := b.certificate()
		if err != nil {
			t.Fatal(err)
		}
		go tls.Server(theirs, &tls.Config{Certificates: []tls.Certificate{*cert}, NextProtos: []string{wire.ALPN}, SessionTicketsDisabled: true}).Handshake()
		start := time.Now()
		_, err = a.Client(context.Background(), ours, b.Address(), ServiceWork)
		if !errors.Is(err, ErrHandshake) || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
		if took := time.Since(start); took != HandshakeTimeout {
			t.Fatalf("after %v", took)
		}
	})
}
