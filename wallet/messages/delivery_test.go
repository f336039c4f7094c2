package messages_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/keys"
	"supercomputing/wallet/messages"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/talk"
)

func TestDirect(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		sub := bob.Subscribe()
		defer sub.Close()
		one := ann.write(bob, "hello\r\n\tbob")
		w.settle()
		one = ann.status(one, history.Delivered)
		if one.Way != history.Direct {
			t.Fatalf("way %d", one.Way)
		}
		<-sub.C
		if got := sub.Changed(); len(got) == 0 {
			t.Fatal("nobody is told")
		}
		bob.want(ann, "hello\n    bob")
		if bob.list(messages.ConversationsQuery{Requests: true}) != "ann" || bob.list(messages.ConversationsQuery{}) != "" {
			t.Fatal("a stranger's conversation is no request")
		}
		bob.write(ann, "hello ann")
		w.settle()
		ann.want(bob, "hello\n    bob", "hello ann")
		if bob.list(messages.ConversationsQuery{}) != "ann" {
			t.Fatal("an answered conversation is still a request")
		}
		if m, _, _ := bob.Unread(); m != 1 {
			t.Fatalf("%d unread", m)
		}
		if err := bob.MarkRead(ann.addr, nil); err != nil {
			t.Fatal(err)
		}
		w.settle()
		ann.status(one, history.Read)
		if m, _, _ := bob.Unread(); m != 0 {
			t.Fatalf("%d unread", m)
		}
	})
}

// Waiting messages arrive in order when the other side comes online, once, also
// when the program was restarted meanwhile.
func TestWaits(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		bob.connect(false)
		var sent []messages.Message
		var want []string
		for i := range 5 {
			want = append(want, fmt.Sprint("message ", i))
			sent = append(sent, ann.write(bob, want[i]))
		}
		w.settle()
		if m := ann.status(sent[0], history.Queued); m.Problem == "" {
			t.Fatal("it does not say why it waits")
		}
		ann.restart()
		w.settle()
		bob.connect(true)
		w.settle()
		bob.want(ann, want...)
		for _, m := range sent {
			ann.status(m, history.Delivered)
		}
		if ann.payments() != 0 {
			t.Fatal("something was paid for")
		}
	})
}

// Without any sign of the other side it is tried again after a while.
func TestRetriesByItself(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		bob.mu.Lock()
		bob.online = false
		bob.mu.Unlock()
		ann.write(bob, "x")
		w.settle()
		bob.mu.Lock()
		bob.online = true
		bob.mu.Unlock()
		time.Sleep(time.Hour)
		w.settle()
		bob.want(ann, "x")
	})
}

func TestOverTheChain(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		bob.halt()
		m := ann.write(bob, "while you were away", way(history.Auto, coin))
		dear := ann.write(bob, "too dear", way(history.Auto, 1))
		w.settle()
		if got := ann.status(m, history.Sent); got.Way != history.Chain || got.Fee == 0 || got.Tx == (types.Hash{}) {
			t.Fatalf("%+v", got)
		}
		if got := ann.status(dear, history.Queued); !strings.Contains(got.Problem, "cost") {
			t.Fatalf("%q", got.Problem)
		}
		w.mine(1)
		w.settle()
		if got := ann.status(m, history.Delivered); got.Height == 0 {
			t.Fatalf("%+v", got)
		}
		bob.start()
		w.settle()
		bob.want(ann, "while you were away", "too dear")
		ann.status(dear, history.Delivered)
		// The same again by the other way changes nothing.
		for _, raw := range [][]byte{encode(t, m, 1)} {
			if err := bob.Center.Deliver(context.Background(), ann.addr, raw); err != nil {
				t.Fatal(err)
			}
		}
		bob.want(ann, "while you were away", "too dear")
	})
}

// encode gives the envelope of a message again, from what is shown of it.
func encode(t *testing.T, m messages.Message, lamport uint64) []byte {
	t.Helper()
	raw, err := envelope.Encode(&envelope.Envelope{ID: m.ID, Lamport: lamport, Time: m.Time.UnixMilli(), Body: m.Body})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestQuote(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		ctx := context.Background()
		quote := func(body envelope.Body, change ...func(*messages.Draft)) messages.Quote {
			t.Helper()
			d := messages.Draft{To: bob.addr, Body: body}
			for _, fn := range change {
				fn(&d)
			}
			q, err := ann.Center.Quote(ctx, d)
			if err != nil {
				t.Fatal(err)
			}
			return q
		}
		if q := quote(text("x")); !q.Online || q.Way != history.Direct || q.Records != 1 || q.Price == 0 || !q.Affordable {
			t.Fatalf("%+v", q)
		}
		if q := quote(text("x"), way(history.Chain, 0)); q.Way != history.Chain {
			t.Fatalf("%+v", q)
		}
		bob.connect(false)
		if q := quote(text("x")); q.Online || q.Way != history.Auto || len(q.Notes) == 0 {
			t.Fatalf("%+v", q)
		}
		if q := quote(text("x"), way(history.Auto, coin)); q.Way != history.Chain {
			t.Fatalf("%+v", q)
		}
		long := strings.Repeat("x", envelope.MaxChainText+1)
		if q := quote(text(long), way(history.Auto, coin)); q.Records != 0 || q.Way != history.Auto || len(q.Notes) == 0 {
			t.Fatalf("%+v", q)
		}
	})
}

func TestDraftsRefused(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		on := true
		eve := w.person("eve", nil)
		if _, err := ann.PutContact(messages.ContactChange{Address: eve.addr, Blocked: &on}); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			d    messages.Draft
			want error
		}{
			"nothing":        {messages.Draft{To: bob.addr}, messages.ErrInvalid},
			"no text":        {messages.Draft{To: bob.addr, Body: text("")}, messages.ErrInvalid},
			"control":        {messages.Draft{To: bob.addr, Body: text("\x1b")}, messages.ErrInvalid},
			"too long":       {messages.Draft{To: bob.addr, Body: text(strings.Repeat("x", envelope.MaxText+1))}, messages.ErrInvalid},
			"long on chain":  {messages.Draft{To: bob.addr, Body: text(strings.Repeat("x", 1025)), Way: history.Chain}, messages.ErrTooLong},
			"no key":         {messages.Draft{To: types.Address{}, Body: text("x")}, messages.ErrNobody},
			"negative price": {messages.Draft{To: bob.addr, Body: text("x"), MaxPrice: -1}, messages.ErrAmount},
			"unknown way":    {messages.Draft{To: bob.addr, Body: text("x"), Way: 9}, messages.ErrInvalid},
			"account":        {messages.Draft{To: bob.addr, Body: &envelope.Account{Payload: []byte("x")}}, messages.ErrInvalid},
			"blocked":        {messages.Draft{To: eve.addr, Body: text("x")}, messages.ErrBlocked},
			"relative path":  {messages.Draft{To: bob.addr, File: "x"}, messages.ErrInvalid},
		} {
			if _, err := ann.Center.Send(context.Background(), c.d); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		ann.want(bob)
	})
}

// Paying fails: automatic messages wait, ordered ones fail and say why; what
// the wallet stored although it reported a failure is not paid for again.
func TestPaymentFails(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		bob.halt()
		ann.sendErr = errors.New("not enough coins")
		auto := ann.write(bob, "auto", way(history.Auto, coin))
		ordered := ann.write(bob, "ordered", way(history.Chain, 0))
		w.settle()
		if m := ann.status(auto, history.Queued); !strings.Contains(m.Problem, "not enough") {
			t.Fatal(m.Problem)
		}
		if m := ann.status(ordered, history.Failed); !strings.Contains(m.Problem, "not enough") {
			t.Fatal(m.Problem)
		}
		ann.mu.Lock()
		ann.sendLate = true
		ann.mu.Unlock()
		if _, err := ann.Retry(messages.Retry{Ref: ordered.Ref, Way: history.Chain}); err != nil {
			t.Fatal(err)
		}
		w.mine(1)
		w.settle()
		w.mine(1)
		w.settle()
		ann.status(auto, history.Delivered)
		ann.status(ordered, history.Delivered)
		if ann.payments() != 2 {
			t.Fatalf("paid %d times", ann.payments())
		}
		if _, err := ann.Retry(messages.Retry{Ref: auto.Ref}); !errors.Is(err, messages.ErrDone) {
			t.Fatal(err)
		}
	})
}

// A transaction that was given up fails its message; sent again it is paid for
// again.
func TestGivenUp(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		bob.halt()
		m := ann.write(bob, "x", way(history.Chain, 0))
		w.settle()
		w.mu.Lock()
		w.pool = nil
		w.mu.Unlock()
		w.mine(1)
		w.settle()
		ann.status(m, history.Failed)
		if _, err := ann.Retry(messages.Retry{Ref: m.Ref, Way: history.Chain}); err != nil {
			t.Fatal(err)
		}
		w.settle()
		w.mine(1)
		w.settle()
		ann.status(m, history.Delivered)
		bob.start()
		w.settle()
		bob.want(ann, "x")
	})
}

// The sender's disk dies after each number of commits while messages go both
// ways. Whatever happens, each arrives once and is paid for at most once.
func TestSenderCrashes(t *testing.T) {
	for n := 1; ; n++ {
		finished := false
		simulate(t, func(t *testing.T, w *world) {
			ann, bob := w.person("ann", nil), w.person("bob", nil)
			bob.halt()
			w.settle()
			ann.disk.revive(n)
			made := ann.disk.commits()
			var want []string
			for _, d := range []messages.Draft{
				{To: bob.addr, Body: text("paid"), Way: history.Chain},
				{To: bob.addr, Body: text("waits")},
				{To: bob.addr, Body: text("perhaps"), MaxPrice: coin},
			} {
				if _, err := ann.Center.Send(context.Background(), d); err == nil {
					want = append(want, d.Body.Words())
				} else if !errors.Is(err, errDied) {
					t.Fatal(err)
				}
				w.settle()
			}
			w.mine(1)
			w.settle()
			finished = ann.disk.commits()-made < n
			ann.restart()
			w.settle()
			for range 3 {
				w.mine(1)
				time.Sleep(time.Minute)
				w.settle()
			}
			bob.start()
			time.Sleep(time.Hour)
			w.settle()
			bob.want(ann, want...)
			all, err := ann.Messages(bob.addr, nil, 0)
			if err != nil || len(all) != len(want) {
				t.Fatalf("%d messages, %v", len(all), err)
			}
			for _, m := range all {
				if m.Status != history.Delivered {
					t.Fatalf("after %d commits: %q is %d: %s", n, m.Text, m.Status, m.Problem)
				}
			}
			if ann.payments() > 2 {
				t.Fatalf("after %d commits: paid %d times", n, ann.payments())
			}
		})
		if finished {
			if n < 8 {
				t.Fatalf("only %d commits were tried", n)
			}
			return
		}
	}
}

// The receiver's disk dies: what was not stored was not taken, and comes again.
func TestReceiverCrashes(t *testing.T) {
	for n := range 12 {
		simulate(t, func(t *testing.T, w *world) {
			ann, bob := w.person("ann", nil), w.person("bob", nil)
			bob.connect(false)
			ann.write(bob, "paid", way(history.Chain, 0))
			ann.write(bob, "one")
			ann.write(bob, "two")
			w.settle()
			bob.disk.revive(n)
			w.mine(1)
			w.settle()
			bob.connect(true)
			w.settle()
			bob.restart()
			time.Sleep(time.Hour)
			w.settle()
			bob.want(ann, "paid", "one", "two")
		})
	}
}

func TestReorganisation(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		bob.connect(false)
		w.mine(30)
		m := ann.write(bob, "one", way(history.Chain, 0))
		w.settle()
		w.mine(15)
		w.settle()
		bob.want(ann, "one")
		ann.status(m, history.Delivered)
		w.undo(20)
		w.held = true
		w.mine(2)
		w.settle()
		ann.status(m, history.Sent)
		bob.want(ann, "one") // it was read already
		w.held = false
		two := ann.write(bob, "two", way(history.Chain, 0))
		w.settle()
		w.mine(40)
		w.settle()
		bob.want(ann, "one", "two")
		ann.status(m, history.Delivered)
		ann.status(two, history.Delivered)
		if p := bob.Progress(); p.Height != p.Tip || p.Scanning {
			t.Fatalf("%+v", p)
		}
	})
}

// Both sides order a conversation alike, whichever way and order messages took.
func TestOrder(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		ann.write(bob, "a1")
		w.settle()
		bob.connect(false)
		ann.write(bob, "a2", way(history.Chain, 0))
		ann.write(bob, "a3")
		bob.write(ann, "b1")
		bob.write(ann, "b2", way(history.Chain, 0))
		w.settle()
		bob.connect(true) // a3 and b1 overtake what the chain carries
		w.settle()
		w.mine(1)
		w.settle()
		got, other := ann.conversation(bob), bob.conversation(ann)
		if len(got) != 5 || fmt.Sprint(got) != fmt.Sprint(other) {
			t.Fatalf("%q and %q", got, other)
		}
	})
}

// A wallet restored from its words has both sides of what the chain carried,
// and answers to addresses that are handed out later are found from then on.
func TestRestored(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		ann.connect(false)
		ann.write(bob, "question", way(history.Chain, 0))
		w.settle()
		w.mine(1)
		w.settle()
		bob.write(ann, "answer", way(history.Chain, 0))
		w.settle()
		w.mine(1)
		w.settle()
		ann.halt()
		ann.disk = &disk{MemStore: wallet.NewMemStore(), left: -1}
		ann.open()
		ann.start()
		w.settle()
		ann.want(bob, "question", "answer")
		if ann.list(messages.ConversationsQuery{}) != "bob" {
			t.Fatal("who we wrote to is a stranger")
		}
		all, err := ann.Messages(bob.addr, nil, 0)
		if err != nil || !all[1].Mine || all[1].Status != history.Delivered || all[1].Fee == 0 {
			t.Fatalf("%+v, %v", all, err)
		}
	})
}

// What another author copies from the chain cannot be read under its name.
func TestForged(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob, eve := w.person("ann", nil), w.person("bob", nil), w.person("eve", nil)
		bob.connect(false)
		ann.write(bob, "secret", way(history.Chain, 0))
		w.settle()
		w.mu.Lock()
		copied := w.pool[0]
		copied.Author, copied.Tx = eve.addr, types.Hash{66}
		w.pool = append(w.pool, copied, messages.Record{Author: eve.addr, Tx: types.Hash{67}, Payload: []byte("junk")})
		w.mu.Unlock()
		w.mine(1)
		w.settle()
		bob.want(ann, "secret")
		bob.want(eve)
		ann.want(eve)
	})
}

// Hostile numbers and clocks move a conversation only so far.
func TestHostileNumbers(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		for i, e := range []*envelope.Envelope{
			{ID: envelope.ID{1}, Lamport: envelope.MaxLamport, Time: 1 << 60, Body: text("future")},
			{ID: envelope.ID{2}, Lamport: 0, Time: -1 << 60, Body: text("past")},
		} {
			raw, err := envelope.Encode(e)
			if err != nil {
				t.Fatal(err)
			}
			if err := ann.Center.Deliver(context.Background(), bob.addr, raw); err != nil {
				t.Fatal(i, err)
			}
		}
		all, err := ann.Messages(bob.addr, nil, 0)
		if err != nil || len(all) != 2 {
			t.Fatal(all, err)
		}
		for _, m := range all {
			if m.Time.After(m.Received) || m.Time.Year() < 2000 {
				t.Fatalf("%q of %v, received %v", m.Text, m.Time, m.Received)
			}
		}
		ann.write(bob, "still")
		w.settle()
		if got := bob.conversation(ann); len(got) != 1 {
			t.Fatal(got)
		}
		for _, raw := range [][]byte{nil, {1}, make([]byte, envelope.Max+1)} {
			var no *talk.Refusal
			if err := ann.Center.Deliver(context.Background(), bob.addr, raw); !errors.As(err, &no) || no.Reason != talk.ReasonInvalid {
				t.Fatal(err)
			}
		}
	})
}

// Somebody who is there and busy is asked again rather than paid for, and what
// cannot be paid for now is when a block brings coins.
func TestPatience(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		bob.mu.Lock()
		bob.refuse = func([]byte) error { return &talk.Refusal{Reason: talk.ReasonBusy} }
		bob.mu.Unlock()
		m := ann.write(bob, "one", way(history.Auto, coin))
		w.settle()
		if m = ann.status(m, history.Queued); m.Problem == "" || ann.payments() != 0 {
			t.Fatalf("%q, paid %d times", m.Problem, ann.payments())
		}
		bob.mu.Lock()
		bob.refuse = func([]byte) error { return &talk.Refusal{Reason: talk.ReasonInvalid} }
		bob.mu.Unlock()
		time.Sleep(time.Hour)
		w.settle()
		ann.status(m, history.Failed)
		bob.halt()
		ann.mu.Lock()
		ann.poor = true
		ann.mu.Unlock()
		n := ann.write(bob, "two", way(history.Chain, 0))
		w.settle()
		ann.status(n, history.Queued)
		ann.mu.Lock()
		ann.poor = false
		ann.mu.Unlock()
		w.mine(1)
		w.settle()
		ann.status(n, history.Sent)
	})
}

// Addresses that are handed out later are scanned for from then on.
func TestLaterAddress(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		second, err := bob.ks.Account().Address(keys.Receive, 1)
		if err != nil {
			t.Fatal(err)
		}
		to := func(s string) {
			t.Helper()
			d := messages.Draft{To: second, Body: text(s), Way: history.Chain}
			if _, err := ann.Center.Send(context.Background(), d); err != nil {
				t.Fatal(err)
			}
			w.settle()
			w.mine(1)
			w.settle()
		}
		to("before")
		bob.mu.Lock()
		bob.index = 1
		bob.mu.Unlock()
		to("after")
		bob.want(ann, "after")
	})
}

// However many are dialled who do not answer, who is there gets what is written
// at once.
func TestSilentOnesKeepNobodyWaiting(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		ann.mu.Lock()
		ann.dialling = 2 * time.Minute
		ann.mu.Unlock()
		for i := range 40 {
			nobody := chaintest.NewKey(fmt.Sprint("nobody ", i)).Address()
			if _, err := ann.Center.Send(context.Background(), messages.Draft{To: nobody, Body: text("hello?")}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second)
		m := ann.write(bob, "hello")
		time.Sleep(time.Second)
		w.settle()
		ann.status(m, history.Delivered)
		time.Sleep(10 * time.Minute) // the others get their turn, too
		w.settle()
		list, err := ann.Conversations(messages.ConversationsQuery{})
		if err != nil || len(list) != 41 {
			t.Fatal(len(list), err)
		}
		for _, k := range list {
			if k.Last.Status == history.Queued && k.Last.Problem == "" {
				t.Fatal("a message was never tried")
			}
		}
	})
}

// Who is written to again while it is dialled in vain goes to the end of the
// queue, instead of being dialled again at once.
func TestWritingAgainKeepsNobodyWaiting(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann := w.person("ann", nil)
		ann.mu.Lock()
		ann.dialling = 2 * time.Minute
		ann.mu.Unlock()
		for range 10 {
			for i := range 17 { // one more than there are workers
				nobody := chaintest.NewKey(fmt.Sprint("nobody ", i)).Address()
				if _, err := ann.Center.Send(context.Background(), messages.Draft{To: nobody, Body: text("hello?")}); err != nil {
					t.Fatal(err)
				}
				w.settle()
			}
			time.Sleep(time.Minute)
			w.settle()
		}
		list, err := ann.Conversations(messages.ConversationsQuery{})
		if err != nil || len(list) != 17 {
			t.Fatal(len(list), err)
		}
		for _, k := range list {
			all, err := ann.Messages(k.Peer, nil, 0)
			if err != nil || all[len(all)-1].Problem == "" {
				t.Fatalf("the first message to %v was never tried, %v", k.Peer, err)
			}
		}
	})
}

// Other people's transactions make us dial nobody.
func TestPoolDialsNobody(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		bob.connect(false)
		ann.write(bob, "too dear", way(history.Auto, 1))
		w.settle()
		before := ann.dialled()
		for range 100 {
			w.signal()
			w.settle()
		}
		if n := ann.dialled() - before; n != 0 {
			t.Fatalf("dialled %d times", n)
		}
		w.mine(1)
		w.settle()
		if ann.dialled() == before {
			t.Fatal("a block changes nothing")
		}
	})
}
