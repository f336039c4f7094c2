package messages_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"supercomputing/chain/types"
	"supercomputing/wallet/messages"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/talk"
)

// inbox is an account handler that remembers.
type inbox struct {
	mu   sync.Mutex
	got  []string
	fail int // that many calls fail first
}

func (i *inbox) handle(_ context.Context, _ types.Address, payload []byte) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.fail > 0 {
		i.fail--
		return errors.New("not now")
	}
	i.got = append(i.got, string(payload[:min(len(payload), 20)]))
	return nil
}

func (i *inbox) want(t *testing.T, want ...string) {
	t.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	if !slices.Equal(i.got, want) {
		t.Fatalf("handled %q, want %q", i.got, want)
	}
}

// listen lets a person hand account traffic to an inbox.
func (p *person) listen() *inbox {
	i := new(inbox)
	p.halt()
	p.open()
	p.attach(i)
	p.start()
	return i
}

func TestAccountTraffic(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		in := bob.listen()
		in.fail = 2
		send := func(s string) {
			t.Helper()
			if err := ann.SendAccount(context.Background(), bob.addr, []byte(s)); err != nil {
				t.Fatal(err)
			}
		}
		send("one")
		send("two")
		w.settle()
		time.Sleep(time.Minute) // the handler fails at first
		w.settle()
		in.want(t, "one", "two")
		bob.connect(false)
		for i := range 3 {
			send(fmt.Sprint("later ", i))
		}
		w.settle()
		ann.restart()
		w.settle()
		bob.connect(true)
		w.settle()
		in.want(t, "one", "two", "later 0", "later 1", "later 2")
		ann.want(bob)
		bob.want(ann)
		if got := bob.list(messages.ConversationsQuery{Requests: true}); got != "" {
			t.Fatal("account traffic shows as a conversation")
		}
		if err := ann.SendAccount(context.Background(), bob.addr, make([]byte, envelope.MaxAccount+1)); !errors.Is(err, messages.ErrInvalid) {
			t.Fatal(err)
		}
		if err := ann.SendAccount(context.Background(), ann.addr, []byte("x")); !errors.Is(err, messages.ErrNobody) {
			t.Fatal(err)
		}
	})
}

// allow sets what a letter to an offline member may cost over the chain.
func (p *person) allow(t *testing.T, most types.Amount) {
	t.Helper()
	s := history.DefaultSettings()
	s.AccountPrice = most
	if err := p.SetSettings(s); err != nil {
		t.Fatal(err)
	}
}

// Nothing is paid for account traffic that the owner did not agree to; what
// waits goes out when it does, also after a restart.
func TestAccountPriceAgreed(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		in := bob.listen()
		bob.connect(false)
		if err := ann.SendAccount(context.Background(), bob.addr, []byte("letter")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(24 * time.Hour)
		w.settle()
		if ann.payments() != 0 {
			t.Fatal("paid without being asked to")
		}
		ann.allow(t, coin)
		w.settle()
		time.Sleep(time.Minute)
		w.settle()
		if ann.payments() != 1 {
			t.Fatalf("%d payments", ann.payments())
		}
		w.mine(1)
		w.settle()
		in.want(t, "letter")
		ann.restart()
		if s, err := ann.Settings(); err != nil || s.AccountPrice != coin {
			t.Fatal(s, err)
		}
		s := history.DefaultSettings()
		for _, bad := range []types.Amount{-1, types.MaxAmount + 1} {
			if s.AccountPrice = bad; !errors.Is(ann.SetSettings(s), messages.ErrAmount) {
				t.Errorf("%v is a price", bad)
			}
		}
	})
}

// After a while account traffic goes over the chain in parts, when that is not
// too dear, and what comes directly afterwards does not overtake it.
func TestAccountOverTheChain(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann := w.person("ann", nil)
		ann.allow(t, coin)
		bob := w.person("bob", nil)
		in := bob.listen()
		bob.connect(false)
		big := bytes.Repeat([]byte("0123456789"), 2000)
		if err := ann.SendAccount(context.Background(), bob.addr, big); err != nil {
			t.Fatal(err)
		}
		w.settle()
		if ann.payments() != 0 {
			t.Fatal("paid at once")
		}
		time.Sleep(3 * time.Hour)
		w.settle()
		if ann.payments() != 20 {
			t.Fatalf("%d parts paid for", ann.payments())
		}
		if err := ann.SendAccount(context.Background(), bob.addr, []byte("after")); err != nil {
			t.Fatal(err)
		}
		w.mine(1)
		w.settle()
		in.want(t, "01234567890123456789")
		bob.connect(true)
		w.settle()
		in.want(t, "01234567890123456789", "after")
		ann.restart()
		time.Sleep(3 * time.Hour)
		w.settle()
		if ann.payments() != 20 {
			t.Fatalf("%d parts paid for", ann.payments())
		}
	})
}

// Parts whose whole arrived directly meanwhile are not paid for again.
func TestPartsNotNeeded(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann := w.person("ann", nil)
		ann.allow(t, coin)
		bob := w.person("bob", nil)
		in := bob.listen()
		bob.connect(false)
		if err := ann.SendAccount(context.Background(), bob.addr, []byte("one")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Hour)
		w.settle()
		bob.connect(true)
		w.settle()
		in.want(t, "one")
		w.mu.Lock()
		w.pool = nil
		w.mu.Unlock()
		for range 3 {
			w.mine(1)
			time.Sleep(3 * time.Hour)
			w.settle()
		}
		in.want(t, "one")
		if ann.payments() != 1 {
			t.Fatalf("paid %d times", ann.payments())
		}
	})
}

// A disk that dies at any commit loses no account message and brings none out
// of order.
func TestAccountCrashes(t *testing.T) {
	for n := range 10 {
		simulate(t, func(t *testing.T, w *world) {
			ann := w.person("ann", nil)
			ann.allow(t, coin)
			bob := w.person("bob", nil)
			in := bob.listen()
			bob.connect(false)
			w.settle()
			for _, s := range []string{"one", "two"} {
				if err := ann.SendAccount(context.Background(), bob.addr, []byte(s)); err != nil {
					t.Fatal(err)
				}
			}
			w.settle()
			ann.disk.revive(n)
			bob.disk.revive(n)
			time.Sleep(3 * time.Hour)
			w.settle()
			w.mine(1)
			w.settle()
			ann.restart()
			bob.restart()
			bob.halt()
			bob.open()
			bob.attach(in)
			bob.start()
			time.Sleep(3 * time.Hour)
			w.mine(1)
			time.Sleep(3 * time.Hour)
			w.settle()
			in.mu.Lock()
			got := slices.Compact(slices.Clone(in.got))
			in.mu.Unlock()
			if !slices.Equal(got, []string{"one", "two"}) {
				t.Fatalf("after %d commits: handled %q", n, got)
			}
		})
	}
}

// One that overtook its predecessor waits for it, but not for ever.
func TestAccountOrder(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		in := bob.listen()
		deliver := func(id, after byte, s string) error {
			raw, err := envelope.Encode(&envelope.Envelope{ID: envelope.ID{id}, Body: &envelope.Account{After: envelope.ID{after}, Payload: []byte(s)}})
			if err != nil {
				t.Fatal(err)
			}
			return bob.Center.Deliver(context.Background(), ann.addr, raw)
		}
		for _, err := range []error{deliver(3, 2, "three"), deliver(2, 1, "two"), deliver(1, 0, "one"), deliver(2, 1, "two")} {
			if err != nil {
				t.Fatal(err)
			}
		}
		w.settle()
		in.want(t, "one", "two", "three")
		if err := deliver(9, 8, "nine"); err != nil {
			t.Fatal(err)
		}
		w.settle()
		in.want(t, "one", "two", "three")
		time.Sleep(time.Hour)
		w.settle()
		in.want(t, "one", "two", "three", "nine")
		// A handler that never takes anything fills no disk.
		in.fail = 1 << 30
		var last error
		for i := range 200 {
			if last = deliver(byte(20+i), 0, "x"); last != nil {
				break
			}
		}
		var no *talk.Refusal
		if !errors.As(last, &no) || no.Reason != talk.ReasonFull {
			t.Fatal(last)
		}
	})
}

func (p *person) attach(i *inbox) { p.HandleAccount(i.handle) }

// All parts of an account message together cost no more than was allowed, also
// when the price rises on the way.
func TestAccountPrice(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		const most = coin / 100
		ann := w.person("ann", nil)
		ann.allow(t, most)
		bob := w.person("bob", nil)
		bob.connect(false)
		ann.setPoor(true) // the parts are made, and wait
		if err := ann.SendAccount(context.Background(), bob.addr, bytes.Repeat([]byte("x"), 4000)); err != nil {
			t.Fatal(err)
		}
		w.settle()
		time.Sleep(3 * time.Hour)
		w.settle()
		ann.setFactor(40)
		ann.setPoor(false)
		for range 10 {
			w.mine(1)
			time.Sleep(time.Hour)
			w.settle()
		}
		if spent := ann.spent(); spent > most {
			t.Fatalf("%v paid, at most %v allowed", spent, types.Amount(most))
		}
		ann.setFactor(1)
		time.Sleep(time.Hour)
		w.settle()
		if ann.payments() != 4 || ann.spent() > most {
			t.Fatalf("%d parts, %v", ann.payments(), ann.spent())
		}
	})
}

// A price that rises between the quote and the payment is not paid, and keeps
// no other message waiting.
func TestPriceRises(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		bob.connect(false)
		fee, _, err := ann.Quote(&types.Message{Body: make([]byte, types.MaxMessageBody)}, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		ann.setRise(50)
		for _, d := range []messages.Draft{
			{To: bob.addr, Body: text("bounded"), Way: history.Chain, MaxPrice: fee},
			{To: bob.addr, Body: text("whatever it costs"), Way: history.Chain},
		} {
			if _, err := ann.Center.Send(context.Background(), d); err != nil {
				t.Fatal(err)
			}
		}
		w.settle()
		all, err := ann.Messages(bob.addr, nil, 0)
		if err != nil || len(all) != 2 {
			t.Fatal(all, err)
		}
		for _, m := range all {
			if want := map[string]history.Status{"bounded": history.Failed, "whatever it costs": history.Sent}[m.Text]; m.Status != want {
				t.Errorf("%q is %d: %s", m.Text, m.Status, m.Problem)
			}
		}
		if ann.payments() != 1 {
			t.Errorf("paid %d times", ann.payments())
		}
	})
}

// Who knows the accounts may call back, and ask for names meanwhile.
func TestMemberCallsBack(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann := w.person("ann", nil)
		var bob *person
		bob = w.person("bob", func(o *messages.Options) {
			o.Member = func(a types.Address) bool { return bob != nil && bob.ContactName(a) == "" }
		})
		in := bob.listen()
		s := history.DefaultSettings()
		if s.Strangers = false; bob.SetSettings(s) != nil {
			t.Fatal("settings")
		}
		if err := ann.SendAccount(context.Background(), bob.addr, []byte("hello")); err != nil {
			t.Fatal(err)
		}
		w.settle()
		in.want(t, "hello")
	})
}

// Account traffic of strangers does not get round the settings, and has little
// room.
func TestStrangersTraffic(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		in := bob.listen()
		in.fail = 1 << 30
		deliver := func(n int, size int) error {
			raw, err := envelope.Encode(&envelope.Envelope{ID: envelope.ID{byte(n), byte(n >> 8), 1}, Body: &envelope.Account{Payload: make([]byte, size)}})
			if err != nil {
				t.Fatal(err)
			}
			return bob.Center.Deliver(context.Background(), ann.addr, raw)
		}
		taken := 0
		for n := range 100 {
			if deliver(n, envelope.MaxAccount) == nil {
				taken++
			}
		}
		if taken > 4 {
			t.Fatalf("%d messages of 64 KiB are kept of a stranger", taken)
		}
		if err := bob.SetSettings(history.Settings{Strangers: true, MinFee: coin}); err != nil {
			t.Fatal(err)
		}
		if err := deliver(500, 1); !refused(err, talk.ReasonStranger) {
			t.Fatal(err)
		}
		bob.befriend(ann)
		if err := deliver(501, 1); err != nil {
			t.Fatal(err)
		}
	})
}

// A message that waits for one before it, which never comes, is not held for
// years when the clock was set back.
func TestClockSetBack(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		var ahead atomic.Int64
		ann := w.person("ann", nil)
		bob := w.person("bob", func(o *messages.Options) {
			o.Clock = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		})
		in := bob.listen()
		ahead.Store(int64(10_000 * time.Hour))
		raw, err := envelope.Encode(&envelope.Envelope{ID: envelope.ID{1}, Body: &envelope.Account{After: envelope.ID{9}, Payload: []byte("held")}})
		if err != nil {
			t.Fatal(err)
		}
		if err := bob.Center.Deliver(context.Background(), ann.addr, raw); err != nil {
			t.Fatal(err)
		}
		w.settle()
		in.want(t)
		ahead.Store(0)
		time.Sleep(time.Hour)
		w.settle()
		in.want(t, "held")
	})
}
