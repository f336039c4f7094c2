package messages_test

import (
	"context"
	"errors"
	"testing"

	"supercomputing/wallet/messages"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/talk"
)

// A stranger that hears a refusal hears the same when it was blocked, whatever
// it sends, so that it cannot tell.
func TestBlockedStrangerCannotTell(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		set := func(s history.Settings) {
			t.Helper()
			if err := bob.SetSettings(s); err != nil {
				t.Fatal(err)
			}
		}
		asks := func(id byte, b envelope.Body) error {
			e := &envelope.Envelope{ID: envelope.ID{id}, Time: 1, Body: b}
			raw, err := envelope.Encode(e)
			if err != nil {
				t.Fatal(err)
			}
			return bob.Center.Deliver(context.Background(), ann.addr, raw)
		}
		same := func(when string, want error) {
			t.Helper()
			var is, no *talk.Refusal
			wanted := errors.As(want, &no)
			for id, b := range map[byte]envelope.Body{2: text("psst"), 3: &envelope.Account{Payload: []byte("x")}} {
				if err := asks(id, b); errors.As(err, &is) != wanted || wanted && *is != *no {
					t.Errorf("%s: a message of kind %d gets %v, want %v", when, b.Kind(), err, want)
				}
			}
			if wanted {
				if _, err := bob.ReceiveFile(ann.addr, talk.ID{9}, 100); !errors.As(err, &is) || is.Reason != talk.ReasonUnwanted {
					t.Errorf("%s: a file gets %v", when, err)
				}
			}
		}
		dear := history.DefaultSettings()
		dear.MinFee = coin
		set(dear)
		refused := asks(1, text("hello"))
		var no *talk.Refusal
		if !errors.As(refused, &no) || no.MinFee != coin {
			t.Fatal(refused)
		}
		if err := bob.block(ann); err != nil {
			t.Fatal(err)
		}
		same("blocked", refused)
		bob.restart()
		same("after a restart", refused)
		set(history.DefaultSettings())
		same("strangers are welcome again", nil)
		if got := bob.list(messages.ConversationsQuery{Blocked: true}); got != "ann" {
			t.Errorf("%q is kept apart", got)
		}
		// One that was in the address book before was always heard.
		set(dear)
		bob.unblock(ann)
		bob.befriend(ann)
		if err := bob.block(ann); err != nil {
			t.Fatal(err)
		}
		same("a contact", nil)
	})
}

func (p *person) unblock(o *person) {
	p.w.t.Helper()
	off := false
	if _, err := p.PutContact(messages.ContactChange{Address: o.addr, Blocked: &off}); err != nil {
		p.w.t.Fatal(err)
	}
}

// Unblocking restores what was before: a stranger is a stranger, and what it
// wrote meanwhile stays apart.
func TestUnblocking(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		requests, blocked := messages.ConversationsQuery{Requests: true}, messages.ConversationsQuery{Blocked: true}
		ann.write(bob, "before")
		w.settle()
		if err := bob.block(ann); err != nil {
			t.Fatal(err)
		}
		if all, _ := bob.Contacts(); len(all) != 1 || !all[0].Blocked {
			t.Fatalf("who is blocked is not listed: %+v", all)
		}
		ann.write(bob, "meanwhile")
		w.settle()
		bob.restart()
		bob.want(ann, "before", "meanwhile")
		bob.unblock(ann)
		if all, _ := bob.Contacts(); len(all) != 0 {
			t.Fatalf("an entry is left: %+v", all)
		}
		if bob.list(requests) != "ann" || bob.list(messages.ConversationsQuery{}) != "" || bob.list(blocked) != "ann" || bob.Known(ann.addr) {
			t.Fatal("a stranger's conversation is no request any more")
		}
		bob.want(ann, "before")
		if got, err := bob.MessagesApart(ann.addr, nil, 10); err != nil || len(got) != 1 || got[0].Text != "meanwhile" || !got[0].Apart {
			t.Fatalf("%+v, %v", got, err)
		}
		if got, _ := bob.Search(context.Background(), "meanwhile", nil, 0); len(got) != 0 {
			t.Fatal("what is apart is found")
		}
		s := history.DefaultSettings()
		s.MinFee = coin
		if err := bob.SetSettings(s); err != nil {
			t.Fatal(err)
		}
		m := ann.write(bob, "after", way(history.Direct, 0))
		w.settle()
		ann.status(m, history.Failed)
		// A contact is one again, with its name.
		bob.befriend(ann)
		if err := bob.block(ann); err != nil {
			t.Fatal(err)
		}
		bob.unblock(ann)
		if all, _ := bob.Contacts(); len(all) != 1 || all[0].Name != "ann" || all[0].Blocked {
			t.Fatalf("%+v", all)
		}
		bob.want(ann, "before")
		// Who was named while it was blocked is a contact.
		if err := bob.DeleteContact(ann.addr); err != nil {
			t.Fatal(err)
		}
		if err := bob.block(ann); err != nil {
			t.Fatal(err)
		}
		bob.befriend(ann)
		bob.unblock(ann)
		if all, _ := bob.Contacts(); len(all) != 1 {
			t.Fatalf("%+v", all)
		}
	})
}

// Of a stranger who paid too little and then enough only the latter shows.
func TestEachMessageIsFilteredByItself(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		s := history.DefaultSettings()
		s.MinFee = coin / 10
		if err := bob.SetSettings(s); err != nil {
			t.Fatal(err)
		}
		ann.write(bob, "dear", way(history.Chain, 0), func(d *messages.Draft) { d.Extra = coin })
		ann.write(bob, "cheap", way(history.Chain, 0))
		w.settle()
		w.mine(1)
		w.settle()
		list, err := bob.Conversations(messages.ConversationsQuery{Requests: true})
		if err != nil || len(list) != 1 || list[0].Last.Text != "dear" || list[0].Unread != 1 {
			t.Fatalf("%+v, %v", list, err)
		}
		all, _ := bob.Messages(ann.addr, nil, 10)
		if len(all) != 2 || !all[0].Filtered || all[1].Filtered {
			t.Fatalf("%+v", all)
		}
	})
}

// Text is stored and given as it was sent; how it is shown is the display's.
func TestTextIsPlain(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		const said = "see שלום and\nمرحبا 1, 2"
		ann.write(bob, said)
		w.settle()
		ann.want(bob, said)
		bob.want(ann, said)
	})
}
