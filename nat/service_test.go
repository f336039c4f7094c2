package nat

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"supercomputing/nat/wire"
)

// What a listener offers is agreed on; what it does not offer is refused with
// its own error, also by a listener that knows no services.
func TestServices(t *testing.T) {
	cases := []struct {
		name    string
		offered []Service
		asked   Service
		got     Service
		want    error
	}{
		{"work by default", nil, "", ServiceWork, nil},
		{"work by name", nil, ServiceWork, ServiceWork, nil},
		{"talk beside work", []Service{ServiceWork, ServiceTalk}, ServiceTalk, ServiceTalk, nil},
		{"work beside talk", []Service{ServiceTalk, ServiceWork}, "", ServiceWork, nil},
		{"talk at an old node", nil, ServiceTalk, "", ErrService},
		{"work where only talk is", []Service{ServiceTalk}, "", "", ErrService},
		{"unheard of", []Service{ServiceWork, ServiceTalk}, "scc-news/1", "", ErrService},
		{"a name too long", nil, Service(strings.Repeat("x", 256)), "", ErrService},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			a, b := newKeys(t, testNet), newKeys(t, testNet)
			l, err := Listen(t.Context(), "127.0.0.1:0", ListenOptions{Keys: b, Services: tc.offered})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			seen, done := make(chan Service, 1), make(chan error, 1)
			go func() {
				done <- l.Serve(ctx, func(_ context.Context, c *Conn) { seen <- c.Service(); io.Copy(c, c) })
			}()
			defer func() { cancel(); <-done }()
			d := NewDirect(DirectOptions{Keys: a, Service: tc.asked, AllowAddr: LoopbackOnly})
			conn, err := d.Dial(t.Context(), b.Address(), l.Addr().String())
			if !errors.Is(err, tc.want) || errors.Is(err, ErrHandshake) {
				t.Fatalf("got %v, want %v", err, tc.want)
			}
			if err != nil {
				return
			}
			defer conn.Close()
			echo(t, conn)
			if got := conn.(*Conn).Service(); got != tc.got {
				t.Fatalf("dialler agreed on %q", got)
			}
			if got := <-seen; got != tc.got {
				t.Fatalf("listener agreed on %q", got)
			}
		})
	}
}

func TestServiceNames(t *testing.T) {
	k := newKeys(t, testNet)
	ours, theirs := net.Pipe()
	defer theirs.Close()
	if _, err := k.Server(t.Context(), ours, nil, ServiceWork, ""); !errors.Is(err, ErrService) {
		t.Fatalf("an empty name: %v", err)
	}
	if _, err := theirs.Read(make([]byte, 1)); err == nil {
		t.Fatal("the raw connection stayed open")
	}
	if ServiceWork != "scc/1" {
		t.Fatal("nodes in service know work as scc/1")
	}
}

// A server that agrees on nothing, as TLS allows, is no peer.
func TestServerWithoutService(t *testing.T) {
	a, b := newKeys(t, testNet), newKeys(t, testNet)
	cert, err := b.certificate()
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := net.Pipe()
	go func() {
		c := tls.Server(theirs, &tls.Config{Certificates: []tls.Certificate{*cert}, SessionTicketsDisabled: true})
		c.SetDeadline(time.Now().Add(10 * time.Second))
		if c.Handshake() == nil {
			c.Write([]byte{wire.Ready})
		}
		theirs.Close()
	}()
	if _, err := a.Client(t.Context(), ours, b.Address(), ServiceTalk); !errors.Is(err, ErrHandshake) || errors.Is(err, ErrService) {
		t.Fatalf("got %v", err)
	}
}
