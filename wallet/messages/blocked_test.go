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
		off := false
		if _, err := bob.PutContact(messages.ContactChange{Address: ann.addr, Blocked: &off}); err != nil {
			t.Fatal(err)
		}
		if err := bob.block(ann); err != nil {
			t.Fatal(err)
		}
		same("a contact", nil)
	})
}
