package node

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// text gives a conversation's texts, oldest first.
func (m *member) texts(ctx context.Context, with *member) (out []string, err error) {
	list, err := m.client.Messages(ctx, view.MessagesQuery{Address: with.ready.Identity})
	for _, msg := range slices.Backward(list) {
		out = append(out, msg.Text)
	}
	return out, err
}

// message finds a message by its text.
func (m *member) message(ctx context.Context, with *member, text string) (view.Message, error) {
	list, err := m.client.Messages(ctx, view.MessagesQuery{Address: with.ready.Identity})
	for _, msg := range list {
		if msg.Text == text {
			return msg, nil
		}
	}
	return view.Message{}, err
}

func (m *member) write(t *testing.T, to *member, req view.MessageRequest) view.Message {
	t.Helper()
	req.To = to.ready.Identity
	return must[view.Message](t)(m.client.SendMessage(t.Context(), req))
}

// pair founds a network with two members on it who know each other.
func pair(t *testing.T) (a, b *member, stopB func()) {
	t.Helper()
	if testing.Short() {
		t.Skip("real time: a block every three seconds")
	}
	dir := t.TempDir()
	a, b = newMember(t, filepath.Join(dir, "a")), newMember(t, filepath.Join(dir, "b"))
	foundWith(t, quick, a, b)
	a.start(t)
	b.cfg.Seeds = []string{a.ready.Gossip}
	stopB = b.start(t)
	a.know(t, "Bob", b)
	b.know(t, "Ann", a)
	b.await(t, "blocks", func(ctx context.Context) (bool, error) {
		s, err := b.client.Status(ctx)
		return s.Tip.Height >= 1 && s.Sync.State == view.SyncDone, err
	})
	return a, b, stopB
}

// know puts another member into the address book, with where it is reached.
func (m *member) know(t *testing.T, name string, other *member) {
	t.Helper()
	reach := ""
	other.await(t, "the port to be open", func(ctx context.Context) (bool, error) {
		s, err := other.client.Status(ctx)
		reach = s.Listen.Contact
		return reach != "", err
	})
	must[view.Contact](t)(m.client.PutContact(t.Context(), view.ContactRequest{Address: other.ready.Identity, Name: &name, Reach: &reach}))
}

// TestMessages writes between two real nodes: directly while both are there,
// with marks and a file; over the chain while one is not; and a request is paid
// once.
func TestMessages(t *testing.T) {
	t.Parallel()
	a, b, stopB := pair(t)
	ctx := t.Context()

	first := a.write(t, b, view.MessageRequest{Text: "hello"})
	if first.Status != view.MessageQueued || !first.Mine || first.Address != b.ready.Identity {
		t.Errorf("sent: %+v", first)
	}
	b.await(t, "the message", func(ctx context.Context) (bool, error) {
		s, err := b.client.Status(ctx)
		return s.Unread.Messages == 1, err
	})
	if err := b.client.MarkRead(ctx, view.ReadRequest{Address: a.ready.Identity}); err != nil {
		t.Fatal(err)
	}
	a.await(t, "the read mark", func(ctx context.Context) (bool, error) {
		m, err := a.message(ctx, b, "hello")
		return m.Status == view.MessageRead && m.Way == view.WayDirect && m.Fee == 0, err
	})
	if u := must[view.Status](t)(b.client.Status(ctx)).Unread; u.Messages != 0 {
		t.Errorf("after reading: %+v", u)
	}
	a.sendFile(t, b)
	a.payRequest(t, b)

	settings := must[view.MessageSettings](t)(b.client.MessageSettings(ctx))
	if settings.AccountPrice != 0 {
		t.Errorf("pays for letters without being asked to: %+v", settings)
	}
	settings.AccountPrice = types.Coin
	must[view.MessageSettings](t)(b.client.SetMessageSettings(ctx, settings))
	stopB()
	q := must[view.MessageQuote](t)(a.client.QuoteMessage(ctx, view.MessageRequest{To: b.ready.Identity, Text: "one", Way: view.WayChain}))
	if q.Way != view.WayChain || q.Records != 1 || q.Price <= 0 || !q.Affordable {
		t.Errorf("quote: %+v", q)
	}
	for _, text := range []string{"one", "two"} {
		a.write(t, b, view.MessageRequest{Text: text, Way: view.WayChain, MaxPrice: 2 * q.Price})
	}
	a.await(t, "both in blocks", func(ctx context.Context) (bool, error) {
		m, err := a.message(ctx, b, "two")
		return m.Status == view.MessageDelivered && m.Height > 0 && m.Fee == q.Price, err
	})
	a.write(t, b, view.MessageRequest{Text: "three", Way: view.WayDirect})
	b.start(t)
	a.know(t, "Bob", b) // its port is another one
	if got := must[view.MessageSettings](t)(b.client.MessageSettings(ctx)); got != settings {
		t.Errorf("settings after a restart: %+v, not %+v", got, settings)
	}
	want := []string{"hello", "the file", "rent, please", "one", "two", "three"}
	b.await(t, "all messages, in order, once", func(ctx context.Context) (bool, error) {
		got, err := b.texts(ctx, a)
		return slices.Equal(got, want), err
	})
	if got := must[[]string](t)(a.texts(ctx, b)); !slices.Equal(got, want) {
		t.Errorf("at their sender: %q", got)
	}
	if found := must[[]view.Message](t)(b.client.SearchMessages(ctx, view.MessageSearch{Text: "PLEASE"})); len(found) != 1 {
		t.Errorf("search: %+v", found)
	}
	list := must[[]view.Conversation](t)(b.client.Conversations(ctx, view.ConversationsQuery{}))
	if len(list) != 1 || list[0].Name != "Ann" || list[0].Count != len(want) || list[0].Last == nil || list[0].Last.Text != "three" {
		t.Errorf("conversations: %+v", list)
	}
}

// sendFile sends a file that comes with its message, and saves it there.
func (m *member) sendFile(t *testing.T, to *member) {
	t.Helper()
	ctx := t.Context()
	content := make([]byte, 1<<20)
	rand.Read(content)
	path := filepath.Join(t.TempDir(), "photo.jpg")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{keystorePath(m.dir), "photo.jpg", m.dir} {
		if _, err := m.client.SendMessage(ctx, view.MessageRequest{To: to.ready.Identity, File: bad}); !errors.Is(err, view.ErrInvalid) {
			t.Errorf("sent %s: %v", bad, err)
		}
	}
	m.write(t, to, view.MessageRequest{Text: "the file", File: path})
	var msg view.Message
	to.await(t, "the file", func(ctx context.Context) (bool, error) {
		var err error
		msg, err = to.message(ctx, m, "the file")
		return msg.Card != nil && msg.Card.Kind == view.CardFile && msg.Card.State == "here", err
	})
	for _, bad := range []string{to.dir, filepath.Join(to.dir, "new"), "relative", path} {
		if _, err := to.client.SaveFile(ctx, view.SaveFileRequest{ID: msg.ID, Path: bad}); err == nil {
			t.Errorf("saved to %s", bad)
		}
	}
	saved := must[view.Message](t)(to.client.SaveFile(ctx, view.SaveFileRequest{ID: msg.ID, Path: t.TempDir()}))
	got, err := os.ReadFile(saved.Card.Path)
	if err != nil || !bytes.Equal(got, content) || filepath.Base(saved.Card.Path) != "photo.jpg" {
		t.Errorf("saved %+v: %d bytes, %v", saved.Card, len(got), err)
	}
}

// payRequest asks for a payment and is paid exactly that, once.
func (m *member) payRequest(t *testing.T, payer *member) {
	t.Helper()
	ctx := t.Context()
	m.write(t, payer, view.MessageRequest{Text: "rent, please", Payment: &view.PaymentCard{Amount: 3 * types.Coin, Title: "rent"}})
	var msg view.Message
	payer.await(t, "the request", func(ctx context.Context) (bool, error) {
		var err error
		msg, err = payer.message(ctx, m, "rent, please")
		return msg.Card != nil && msg.Card.Kind == view.CardPayment, err
	})
	if c := msg.Card; c.Amount != 3*types.Coin || c.Address != m.ready.Identity || c.State != "open" || c.Title != "rent" {
		t.Fatalf("card: %+v", c)
	}
	right := view.PayCardRequest{ID: msg.ID, Address: msg.Card.Address, Amount: msg.Card.Amount}
	for _, change := range []func(*view.PayCardRequest){
		func(r *view.PayCardRequest) { r.Amount++ },
		func(r *view.PayCardRequest) { r.Address = payer.ready.Identity },
	} {
		wrong := right
		change(&wrong)
		if _, err := payer.client.PayCard(ctx, wrong); !errors.Is(err, view.ErrConflict) {
			t.Errorf("paid %+v: %v", wrong, err)
		}
	}
	errs := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := payer.client.PayCard(ctx, right)
			errs <- err
		}()
	}
	one, two := <-errs, <-errs
	if (one == nil) == (two == nil) || !errors.Is(errors.Join(one, two), view.ErrConflict) {
		t.Errorf("paid twice: %v, %v", one, two)
	}
	if msg = must[view.Message](t)(payer.message(ctx, m, "rent, please")); msg.Card.State != "paid" || msg.Card.TxID == "" {
		t.Errorf("after paying: %+v", msg.Card)
	}
	moved := must[[]view.Movement](t)(payer.client.History(ctx, view.Page{}))
	if !slices.ContainsFunc(moved, func(v view.Movement) bool { return v.TxID == msg.Card.TxID && v.Label == "rent, Ann" }) {
		t.Errorf("the payment is not called by what it was for: %+v", moved)
	}
	self := payer.ready.Identity
	if _, err := payer.client.PutContact(ctx, view.ContactRequest{Address: self, Name: &self}); !errors.Is(err, view.ErrInvalid) || !strings.Contains(err.Error(), "your own address") {
		t.Errorf("our own address as a contact: %v", err)
	}
	m.await(t, "the coins", func(ctx context.Context) (bool, error) {
		tx, err := m.client.Tx(ctx, msg.Card.TxID)
		if errors.Is(err, view.ErrNotFound) {
			return false, nil
		}
		return tx.Confirmations > 0 && slices.ContainsFunc(tx.Outputs, func(o view.TxOutput) bool {
			return o.Address == m.ready.Identity && o.Amount == 3*types.Coin
		}), err
	})
}
