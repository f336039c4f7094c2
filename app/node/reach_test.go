package node

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"supercomputing/app/view"
)

// TestWaitingMessagesComeSoon writes to a node that nobody told about: it is
// found by the job that it posted, asked before any price is, and gets what
// waits within seconds of coming back after its process was killed, although it
// does not know the writer and so does not call.
func TestWaitingMessagesComeSoon(t *testing.T) {
	if testing.Short() {
		t.Skip("real time")
	}
	t.Parallel()
	ms := newMembers(t, "a", "b")
	a, b := ms[0], ms[1]
	foundWith(t, quick, a, b)
	a.start(t)
	b.cfg.Seeds = []string{a.ready.Gossip}
	kill := b.startProcess(t)
	ctx := t.Context()
	l := must[view.Status](t)(b.client.Status(ctx)).Listen
	b.cfg.Listen.Contact, b.cfg.Listen.Gossip = l.Contact, l.Gossip

	quote := func() view.MessageQuote {
		t.Helper()
		return must[view.MessageQuote](t)(a.client.QuoteMessage(ctx, view.MessageRequest{To: b.ready.Identity, Text: "x"}))
	}
	if q := quote(); q.Online || len(q.Notes) == 0 || !strings.Contains(q.Notes[0], "nobody told") {
		t.Errorf("nobody told where it is reached: %+v", q)
	}
	b.await(t, "blocks", func(ctx context.Context) (bool, error) {
		s, err := b.client.Status(ctx)
		return s.Tip.Height >= 1 && s.Sync.State == view.SyncDone, err
	})
	b.publish(t)
	a.await(t, "the job's contact", func(ctx context.Context) (bool, error) {
		q, err := a.client.QuoteMessage(ctx, view.MessageRequest{To: b.ready.Identity, Text: "x"})
		return q.Online && q.Way == view.WayDirect, err
	})
	for _, text := range []string{"one", "two"} {
		kill()
		// The connection is still there as far as the writer has noticed.
		a.write(t, b, view.MessageRequest{Text: text})
		a.await(t, "the reason", func(ctx context.Context) (bool, error) {
			m, err := a.message(ctx, b, text)
			return strings.Contains(m.Problem, "does not answer at "+l.Contact), err
		})
		kill = b.startProcess(t)
		began := time.Now()
		b.await(t, "what waited", func(ctx context.Context) (bool, error) {
			m, err := b.message(ctx, a, text)
			return m.ID != "", err
		})
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%q came after %v", text, took)
		}
	}
	if list := must[[]view.Conversation](t)(b.client.Conversations(ctx, view.ConversationsQuery{Requests: true})); len(list) != 1 {
		t.Errorf("a stranger's messages: %+v", list)
	}
	b.blockAndUnblock(t, a)
}

// blockAndUnblock leaves a stranger as it was.
func (m *member) blockAndUnblock(t *testing.T, stranger *member) {
	t.Helper()
	ctx := t.Context()
	at := stranger.ready.Identity
	for _, on := range []bool{true, false} {
		must[view.Contact](t)(m.client.PutContact(ctx, view.ContactRequest{Address: at, Blocked: &on}))
		if on {
			stranger.write(t, m, view.MessageRequest{Text: "meanwhile"})
			m.await(t, "what a blocked one writes", func(ctx context.Context) (bool, error) {
				got, err := m.message(ctx, stranger, "meanwhile")
				return got.Blocked, err
			})
		}
	}
	if list := must[[]view.Contact](t)(m.client.Contacts(ctx)); len(list) != 0 {
		t.Errorf("an entry is left: %+v", list)
	}
	if got := must[view.Message](t)(m.message(ctx, stranger, "meanwhile")); got.ID != "" {
		t.Errorf("it shows: %+v", got)
	}
	apart := must[[]view.Message](t)(m.client.Messages(ctx, view.MessagesQuery{Address: at, Blocked: true}))
	if len(apart) != 1 || apart[0].Text != "meanwhile" {
		t.Errorf("apart: %+v", apart)
	}
	bill, like := "Bill", "BiIl"
	must[view.Contact](t)(m.client.PutContact(ctx, view.ContactRequest{Address: at, Name: &bill}))
	other := must[view.AddressInfo](t)(stranger.client.NewAddress(ctx, "")).Address
	_, err := m.client.PutContact(ctx, view.ContactRequest{Address: other, Name: &like})
	if !errors.Is(err, view.ErrConflict) || !strings.Contains(err.Error(), "“Bill”") && !strings.Contains(err.Error(), `"Bill"`) {
		t.Errorf("a name like another's: %v", err)
	}
}
