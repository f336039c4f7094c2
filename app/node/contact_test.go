package node

import (
	"bytes"
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"supercomputing/app/config"
	"supercomputing/app/view"
	"supercomputing/nat"
)

// Conversations are offered only where they are switched on, and then the port
// opens without a job.
func TestContactServices(t *testing.T) {
	s := config.Default()
	s.Listen.Contact = "127.0.0.1:0"
	for _, listen := range []bool{true, false} {
		s.Messages.Listen = listen
		c := newContact(s, nil, true, nil)
		if got := slices.Contains(c.services(), nat.ServiceTalk); got != listen || !slices.Contains(c.services(), nat.ServiceWork) {
			t.Errorf("listen %v: services %v", listen, c.services())
		}
		if at, err := c.reachedAt(); err == nil || c.address() != "" {
			t.Errorf("a closed port is reached at %q", at)
		}
		n := &Node{contact: c}
		if n.toldReach() != "" {
			t.Error("a closed port is told")
		}
		c.told = "198.51.100.7:7403"
		if got := n.toldReach(); (got != "") != listen {
			t.Errorf("listen %v: told %q", listen, got)
		}
	}
}

// TestWithoutListening: a wallet that does not listen for messages writes and
// is answered over the connection that it opened itself.
func TestWithoutListening(t *testing.T) {
	t.Parallel()
	ms := newMembers(t, "a", "b")
	a, b := ms[0], ms[1]
	b.cfg.Messages.Listen = false
	foundWith(t, quick, a, b)
	a.start(t)
	b.start(t)
	b.know(t, "Ann", a)
	if _, err := a.client.PutContact(t.Context(), view.ContactRequest{Address: b.ready.Identity}); err != nil {
		t.Fatal(err)
	}
	b.write(t, a, view.MessageRequest{Text: "hello"})
	a.await(t, "the message", func(ctx context.Context) (bool, error) {
		m, err := a.message(ctx, b, "hello")
		return m.Text != "", err
	})
	a.write(t, b, view.MessageRequest{Text: "good day"})
	b.await(t, "the answer", func(ctx context.Context) (bool, error) {
		m, err := b.message(ctx, a, "good day")
		return m.Status == view.MessageReceived && m.Way == view.WayDirect, err
	})
	for _, c := range must[[]view.Contact](t)(a.client.Contacts(t.Context())) {
		if c.Address == b.ready.Identity && c.Reach != "" {
			t.Errorf("told where it is reached: %+v", c)
		}
	}
}

// TestLargeFile sends a file beyond what comes with a message: it is offered as
// a magnet link, fetched, and offered no more when its message is deleted.
func TestLargeFile(t *testing.T) {
	t.Parallel()
	ms := newMembers(t, "a", "b")
	a, b := ms[0], ms[1]
	foundWith(t, quick, a, b)
	a.start(t)
	b.start(t)
	a.know(t, "Bob", b)
	ctx := t.Context()
	content := make([]byte, 11<<20)
	rand.Read(content)
	path := filepath.Join(t.TempDir(), "film.mkv")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	sent := a.write(t, b, view.MessageRequest{Text: "watch this", File: path})
	if sent.Card == nil || sent.Card.Kind != view.CardMagnet || sent.Card.Size != int64(len(content)) {
		t.Fatalf("sent: %+v", sent.Card)
	}
	var msg view.Message
	b.await(t, "the link", func(ctx context.Context) (bool, error) {
		var err error
		msg, err = b.message(ctx, a, "watch this")
		return msg.Card != nil, err
	})
	to := filepath.Join(t.TempDir(), "saved.mkv")
	if m := must[view.Message](t)(b.client.SaveFile(ctx, view.SaveFileRequest{ID: msg.ID, Path: to})); m.Card.State == "open" {
		t.Errorf("asked for: %+v", m.Card)
	}
	b.await(t, "the file", func(ctx context.Context) (bool, error) {
		m, err := b.message(ctx, a, "watch this")
		if m.Card.State == "failed" {
			t.Fatalf("fetching failed: %s", m.Problem)
		}
		return m.Card.State == "saved", err
	})
	if got, err := os.ReadFile(to); err != nil || !bytes.Equal(got, content) {
		t.Errorf("saved %d bytes, %v", len(got), err)
	}
	if err := a.client.DeleteMessage(ctx, sent.ID); err != nil {
		t.Fatal(err)
	}
	if list := must[[]view.Message](t)(a.client.Messages(ctx, view.MessagesQuery{Address: b.ready.Identity})); len(list) != 0 {
		t.Errorf("after deleting: %+v", list)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the file that was offered: %v", err)
	}
}
