package messages_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"supercomputing/wallet"
	"supercomputing/wallet/messages"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
)

// Somebody who lost all that was written directly starts counting anew. What it
// writes then is seen last, not above what was written years ago, and the order
// is the same on both sides from there on.
func TestCorrespondentStartsAnew(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		for range 3 {
			ann.write(bob, "old")
			bob.write(ann, "old")
			w.settle()
			time.Sleep(time.Minute)
		}
		ann.halt()
		ann.disk = &disk{MemStore: wallet.NewMemStore(), left: -1}
		ann.open()
		ann.start()
		time.Sleep(time.Hour)
		for _, s := range []string{"it is me", "are you there?"} {
			ann.write(bob, s)
			w.settle()
			time.Sleep(time.Second)
		}
		bob.write(ann, "welcome back")
		w.settle()
		time.Sleep(time.Second)
		ann.write(bob, "thanks")
		w.settle()
		ann.want(bob, "it is me", "are you there?", "welcome back", "thanks")
		if got := bob.conversation(ann); !slices.Equal(got[6:], ann.conversation(bob)) {
			t.Fatalf("%q", got)
		}
	})
}

// What the chain carried slowly still stands where it was written.
func TestLateMessageKeepsItsPlace(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		bob.connect(false)
		ann.write(bob, "first", way(history.Chain, 0))
		w.settle()
		time.Sleep(time.Minute)
		bob.connect(true)
		ann.write(bob, "second")
		w.settle()
		time.Sleep(time.Minute)
		w.mine(1)
		w.settle()
		bob.want(ann, "first", "second")
	})
}

// A conversation that something came to is among the first, wherever in it the
// message stands.
func TestLateMessageIsSeen(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob, eve := w.person("ann", nil), w.person("bob", nil), w.person("eve", nil)
		deliver := func(from *person, id byte, lamport uint64, at time.Time) {
			raw, err := envelope.Encode(&envelope.Envelope{ID: envelope.ID{id}, Lamport: lamport, Time: at.UnixMilli(), Body: text("x")})
			if err == nil {
				err = bob.Center.Deliver(context.Background(), from.addr, raw)
			}
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		before := time.Now()
		time.Sleep(time.Minute)
		deliver(ann, 1, 10, time.Now())
		deliver(eve, 1, 10, time.Now())
		deliver(ann, 2, 5, before)
		if got := bob.list(messages.ConversationsQuery{Requests: true}); got != "ann eve" {
			t.Fatal(got)
		}
	})
}
