package messages_test

import (
	"context"
	"net"
	"path/filepath"
	"testing"
	"time"

	"supercomputing/chain/types"
	"supercomputing/wallet/messages"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/talk"
)

// wire connects people through real hubs, over pipes.
type wire struct {
	ctx  context.Context
	self types.Address
	hubs map[types.Address]*talk.Hub
	down map[types.Address]bool
}

func (d wire) Dial(_ context.Context, to types.Address, contact string) (net.Conn, error) {
	hub := d.hubs[to]
	if hub == nil || d.down[to] || d.down[d.self] || contact == "" {
		return nil, talk.ErrOffline
	}
	a, b := net.Pipe()
	go hub.Accept(d.ctx, d.self, b)
	return a, nil
}

// Two Centers over two real hubs: texts, marks, files and refusals.
func TestWithHubs(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ctx, cancel := context.WithCancel(t.Context())
		hubs, down := make(map[types.Address]*talk.Hub), make(map[types.Address]bool)
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		done := make(chan struct{}, 2)
		for _, p := range []*person{ann, bob} {
			p.halt()
			p.open()
			hub := talk.New(talk.Options{
				Self: p.addr, Dialer: wire{ctx, p.addr, hubs, down}, Reach: p.Reached, Handler: p.Center, Known: p.Known,
			})
			hubs[p.addr] = hub
			p.SetDirect(hub)
			go func() { hub.Run(ctx); done <- struct{}{} }()
			p.start()
		}
		defer func() { cancel(); <-done; <-done }()
		for _, c := range []struct{ from, to *person }{{ann, bob}, {bob, ann}} {
			reach := c.to.name + ":1"
			if _, err := c.from.PutContact(messages.ContactChange{Address: c.to.addr, Reach: &reach}); err != nil {
				t.Fatal(err)
			}
		}
		w.settle()
		one := ann.write(bob, "hello")
		w.settle()
		time.Sleep(time.Minute)
		w.settle()
		ann.status(one, history.Delivered)
		if err := bob.MarkRead(ann.addr, nil); err != nil {
			t.Fatal(err)
		}
		path, _ := ann.random("photo.jpg", 200_000)
		file := ann.sendFile(bob, path)
		w.settle()
		bob.write(ann, "and back")
		w.settle()
		time.Sleep(time.Minute)
		w.settle()
		ann.status(one, history.Read)
		if m := ann.status(file, history.Delivered); m.Card.Have != 200_000 {
			t.Fatalf("%+v %q", m.Card, m.Problem)
		}
		bob.want(ann, "hello", "see", "and back")
		got, _ := bob.Messages(ann.addr, nil, 2)
		if _, err := bob.SaveFile(got[1].Ref, filepath.Join(bob.dir, "saved")); err != nil {
			t.Fatal(err)
		}
		// Strangers with a price.
		eve := w.person("eve", nil)
		eve.halt()
		eve.open()
		hub := talk.New(talk.Options{Self: eve.addr, Dialer: wire{ctx, eve.addr, hubs, down}, Handler: eve.Center})
		eve.SetDirect(hub)
		ended := make(chan struct{})
		go func() { hub.Run(ctx); close(ended) }()
		defer func() { cancel(); <-ended }()
		eve.start()
		s, _ := bob.Settings()
		s.MinFee = coin
		if err := bob.SetSettings(s); err != nil {
			t.Fatal(err)
		}
		reach := "bob:1"
		if _, err := eve.PutContact(messages.ContactChange{Address: bob.addr, Reach: &reach}); err != nil {
			t.Fatal(err)
		}
		w.settle()
		m := eve.write(bob, "buy this", way(history.Direct, 0))
		w.settle()
		time.Sleep(time.Minute)
		w.settle()
		eve.status(m, history.Failed)
		if q, err := eve.Center.Quote(ctx, messages.Draft{To: bob.addr, Body: text("x")}); err != nil || q.LeastExtra != coin {
			t.Fatalf("%+v, %v", q, err)
		}
	})
}
