package messages_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"supercomputing/chain/types"
	"supercomputing/wallet/messages"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/talk"
)

// quote asks how a text would travel, and how long the answer took.
func (p *person) quote(to *person, way history.Way) (messages.Quote, time.Duration) {
	p.w.t.Helper()
	start := time.Now()
	q, err := p.Center.Quote(context.Background(), messages.Draft{To: to.addr, Body: text("x"), Way: way, MaxPrice: coin})
	if err != nil {
		p.w.t.Fatal(err)
	}
	return q, time.Since(start)
}

func (p *person) set(fn func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fn()
}

func (p *person) reach(o *person, at string) {
	p.w.t.Helper()
	if _, err := p.PutContact(messages.ContactChange{Address: o.addr, Name: &o.name, Reach: &at}); err != nil {
		p.w.t.Fatal(err)
	}
}

// A quote connects before it says that the other side is away, and says why.
func TestQuoteDials(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		ann.reach(bob, "bob:1")
		w.settle()
		ann.set(func() { ann.lazy = true })
		if q, _ := ann.quote(bob, history.Chain); q.Online || !ann.lazy || q.Way != history.Chain {
			t.Fatalf("dialled for the chain: %+v", q)
		}
		if q, _ := ann.quote(bob, history.Auto); !q.Online || q.Way != history.Direct || len(q.Notes) != 0 {
			t.Fatalf("not dialled: %+v", q)
		}
		bob.connect(false)
		ann.set(func() { ann.dialling = time.Minute })
		q, took := ann.quote(bob, history.Auto)
		if q.Online || q.Way != history.Chain || took > 3*time.Second || ann.dials != 1 {
			t.Fatalf("%+v after %v and %d dials", q, took, ann.dials)
		}
		if len(q.Notes) != 1 || !strings.Contains(q.Notes[0], "bob does not answer at bob:1") {
			t.Fatalf("%q", q.Notes)
		}
		ann.set(func() { ann.dialling = 0 })
		// Whom nobody told where to find is another matter.
		ann.reach(bob, "")
		q, took = ann.quote(bob, history.Direct)
		if took != 0 || len(q.Notes) != 1 || !strings.Contains(q.Notes[0], "nobody told this node where bob is reached") {
			t.Fatalf("%q after %v", q.Notes, took)
		}
		m := ann.write(bob, "x", way(history.Direct, 0))
		w.settle()
		if got := ann.status(m, history.Queued); !strings.Contains(got.Problem, "nobody told") {
			t.Fatal(got.Problem)
		}
		ann.reach(bob, "bob:2")
		w.settle()
		time.Sleep(time.Minute)
		if got := ann.status(m, history.Queued); !strings.Contains(got.Problem, "does not answer at bob:2") {
			t.Fatal(got.Problem)
		}
	})
}

// What was entered by hand counts more than what a peer told, that more than
// what it published.
func TestWhereAPeerIsReached(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		published := "ad:1"
		ann := w.person("ann", func(o *messages.Options) {
			o.Published = func(types.Address) string { return published }
		})
		bob := w.person("bob", nil)
		at := func(want string) {
			t.Helper()
			if got := ann.ContactOf(bob.addr); got != want {
				t.Fatalf("%q, want %q", got, want)
			}
		}
		at("ad:1")
		if published = "rubbish; rm"; true {
			at("")
		}
		published = "ad:1"
		if err := ann.Introduce(bob.addr, "member:1"); err != nil {
			t.Fatal(err)
		}
		at("member:1")
		bob.write(ann, "x")
		w.settle()
		at("bob:1")
		ann.reach(bob, "hand:1")
		at("hand:1")
		bob.connect(false)
		ann.write(bob, "y", way(history.Direct, 0))
		w.settle()
		if ann.at != "hand:1" {
			t.Fatalf("dialled at %q", ann.at)
		}
	})
}

// Who is away is dialled every few seconds at first and every minute later, and
// gets what waits within seconds of coming back, although nobody tells.
func TestRedial(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		ann.reach(bob, "bob:1")
		bob.connect(false)
		ann.write(bob, "x", way(history.Direct, 0))
		dials := func(in time.Duration) int {
			was := ann.dialled()
			time.Sleep(in)
			w.settle()
			return ann.dialled() - was
		}
		if n := dials(time.Minute); n < 10 || n > 14 {
			t.Fatalf("%d dials in the first minute", n)
		}
		dials(5 * time.Minute)
		if n := dials(time.Hour); n < 55 || n > 65 {
			t.Fatalf("%d dials in an hour", n)
		}
		bob.set(func() { bob.online = true }) // silently
		time.Sleep(61 * time.Second)
		bob.want(ann, "x")
		bob.connect(false)
		ann.write(bob, "y", way(history.Direct, 0))
		time.Sleep(20 * time.Second)
		bob.set(func() { bob.online = true })
		time.Sleep(6 * time.Second)
		bob.want(ann, "x", "y")
	})
}

// A connection that is dead without anybody having noticed costs neither time
// nor coins.
func TestDeadConnectionIsDialledAgain(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		first := true
		bob.set(func() {
			bob.refuse = func([]byte) error {
				if first {
					first = false
					return talk.ErrUnknown
				}
				return nil
			}
		})
		m := ann.write(bob, "x", way(history.Auto, coin))
		w.settle()
		if got := ann.status(m, history.Delivered); got.Way != history.Direct || ann.payments() != 0 || first {
			t.Fatalf("%+v", got)
		}
		if !errors.Is(talk.ErrUnknown, talk.ErrOffline) {
			t.Fatal("not what the hub says")
		}
	})
}
