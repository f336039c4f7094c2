package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
)

// talking is a node with conversations that grow: each step is a list of
// messages that are there once its event was told.
type talking struct {
	viewtest.Fake
	conversations []view.Conversation // without those that must stay out
	messages      map[string][]view.Message
	steps         []view.Event
	ready         chan struct{} // closed when the stream knows what was there
	looked        int
}

func (n *talking) Conversations(_ context.Context, q view.ConversationsQuery) ([]view.Conversation, error) {
	var out []view.Conversation
	for _, c := range n.conversations {
		if c.Request == q.Requests {
			if list := n.messages[c.Address]; n.looked >= 2 && len(list) > 0 {
				c.Last = &list[0]
			}
			out = append(out, c)
		}
	}
	if n.looked++; n.looked == 2 {
		close(n.ready)
	}
	return out, nil
}

func (n *talking) Messages(_ context.Context, q view.MessagesQuery) ([]view.Message, error) {
	return n.messages[q.Address], nil
}

func (n *talking) Watch(ctx context.Context, fn func(view.Event) error) error {
	<-n.ready
	for _, e := range n.steps {
		if err := fn(e); err != nil {
			return err
		}
	}
	<-ctx.Done()
	return ctx.Err()
}

// until cancels when a text was written.
type until struct {
	io.Writer
	text   string
	cancel func()
	all    strings.Builder
}

func (u *until) Write(b []byte) (int, error) {
	u.all.Write(b)
	if strings.Contains(u.all.String(), u.text) {
		u.cancel()
	}
	return len(b), nil
}

func newTalking() *talking {
	at := func(minute int) time.Time { return testTime.Add(time.Duration(minute) * time.Minute) }
	message := func(who string, i, minute int) view.Message {
		return view.Message{ID: fmt.Sprintf("%s-%d", who, i), Address: who, Text: fmt.Sprintf("text %d of %s", i, who), Time: at(minute), Received: at(minute), Status: view.MessageReceived}
	}
	old := message("alice", 1, 0)
	return &talking{
		ready:         make(chan struct{}),
		conversations: []view.Conversation{{Address: "alice", Name: "Alice", Last: &old}, {Address: "stranger", Request: true}},
		messages: map[string][]view.Message{
			"alice":    {message("alice", 3, 2), message("alice", 2, 1), old, message("alice", 0, -1)},
			"stranger": {message("stranger", 1, 3)},
			"blocked":  {message("blocked", 1, 3)},
		},
		steps: []view.Event{
			{Kind: view.EventTip}, {Kind: view.EventMessage, Address: "blocked"}, {Kind: view.EventMessage, Address: "alice"},
			{Kind: view.EventMessage, Address: "alice"}, {Kind: view.EventMessage},
		},
	}
}

func followMessages(t *testing.T, args ...string) string {
	t.Helper()
	w, n := newWorld(t), newTalking()
	ctx, cancel := context.WithCancel(t.Context())
	out := &until{text: "stranger-1", cancel: cancel}
	w.env.out = out
	w.env.connect = func(string, string) (view.Backend, error) { return n, nil }
	if code := execute(ctx, w.env, append([]string{"message", "follow"}, args...)); code != exitInterrupted {
		t.Errorf("exit %d: %s", code, w.err.String())
	}
	return out.all.String()
}

// What is new comes once and in order; what was there, and what was blocked,
// does not.
func TestMessageFollow(t *testing.T) {
	got := followMessages(t)
	want := `2026-11-21 12:01:00  Alice  alice-2
    text 2 of alice
2026-11-21 12:02:00  Alice  alice-3
    text 3 of alice
2026-11-21 12:03:00  stranger stranger  stranger-1
`
	if !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s", got)
	}
}

func TestMessageFollowJSON(t *testing.T) {
	var ids []string
	for line := range strings.Lines(followMessages(t, "--json")) {
		var m view.Message
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		ids = append(ids, m.ID)
	}
	if got := strings.Join(ids, " "); got != "alice-2 alice-3 stranger-1" {
		t.Error(got)
	}
}

// broken is a node whose events end at once, some of the times.
type broken struct {
	*talking
	ends int // so many times
}

func (n *broken) Watch(ctx context.Context, fn func(view.Event) error) error {
	<-n.ready
	if n.ends--; n.ends >= 0 {
		return view.Errorf(view.CodeUnavailable, "the node's event stream ended")
	}
	return n.talking.Watch(ctx, fn)
}

// The end of the node's events is told once, and they are asked for again, less
// and less often; what came in between is printed, once.
func TestMessageFollowAgain(t *testing.T) {
	w, n := newWorld(t), &broken{newTalking(), 3}
	n.steps = nil
	ctx, cancel := context.WithCancel(t.Context())
	out := &until{text: "stranger-1", cancel: cancel}
	w.env.out = out
	var pauses []time.Duration
	w.env.pause = func(_ context.Context, d time.Duration) { pauses = append(pauses, d) }
	w.env.connect = func(string, string) (view.Backend, error) { return n, nil }
	if code := execute(ctx, w.env, []string{"message", "follow"}); code != exitInterrupted {
		t.Errorf("exit %d: %s", code, w.err.String())
	}
	if got := strings.Count(w.err.String(), "trying again"); got != 1 {
		t.Errorf("told %d times: %s", got, w.err.String())
	}
	if got := strings.Count(out.all.String(), "text "); got != 3 {
		t.Errorf("printed\n%s", out.all.String())
	}
	if len(pauses) == 0 || pauses[0] != followPause {
		t.Errorf("pauses: %v", pauses)
	}
}

// The pauses grow, to a limit, while the node does not answer at all.
func TestMessageFollowPauses(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	if err := w.fake.Answer("Conversations", []view.Conversation{}); err != nil {
		t.Fatal(err)
	}
	w.fake.Fail("Watch", view.Errorf(view.CodeUnavailable, "the node's event stream ended"))
	var pauses []time.Duration
	w.env.pause = func(_ context.Context, d time.Duration) {
		w.fake.Fail("Conversations", view.Errorf(view.CodeNotRunning, "the node is not running"))
		if pauses = append(pauses, d); len(pauses) == 8 {
			cancel()
		}
	}
	if code := execute(ctx, w.env, []string{"message", "follow"}); code != exitInterrupted || strings.Count(w.err.String(), "trying again") != 1 {
		t.Errorf("exit %d: %s", code, w.err.String())
	}
	if got := fmt.Sprint(pauses); got != "[1s 2s 4s 8s 16s 30s 30s 30s]" {
		t.Error(got)
	}
}

// What a stranger sent for too little stays out also beside what was paid for.
func TestMessageFollowFiltered(t *testing.T) {
	w, n := newWorld(t), newTalking()
	cheap := n.messages["stranger"][0]
	cheap.ID, cheap.Filtered = "stranger-0", true
	n.messages["stranger"] = append(n.messages["stranger"], cheap)
	ctx, cancel := context.WithCancel(t.Context())
	out := &until{text: "stranger-1", cancel: cancel}
	w.env.out = out
	w.env.connect = func(string, string) (view.Backend, error) { return n, nil }
	execute(ctx, w.env, []string{"message", "follow"})
	if got := out.all.String(); strings.Contains(got, "stranger-0") || !strings.Contains(got, "stranger-1") {
		t.Error(got)
	}
}

// A node that does not answer in the first place ends the command.
func TestMessageFollowFails(t *testing.T) {
	w := newWorld(t)
	w.fake.Fail("Conversations", errors.New("broken"))
	if code := execute(t.Context(), w.env, []string{"message", "follow"}); code != exitFailure {
		t.Errorf("exit %d", code)
	}
}
