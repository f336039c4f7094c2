package messages_test

import (
	"errors"
	"testing"

	"supercomputing/wallet/messages"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/talk"
)

// What was read while its sender was away is told when it comes back, also
// after both sides were restarted.
func TestReadMarksAreKept(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		bob.befriend(ann)
		first, second := ann.write(bob, "one"), ann.write(bob, "two")
		w.settle()
		ann.status(second, history.Delivered)
		ann.connect(false)
		if err := bob.MarkRead(ann.addr, nil); err != nil {
			t.Fatal(err)
		}
		w.settle()
		ann.status(first, history.Delivered)
		bob.restart()
		ann.restart()
		w.settle()
		ann.status(first, history.Read)
		ann.status(second, history.Read)
		ann.restart()
		w.settle()
		ann.status(second, history.Read)
	})
}

// Marks that wait are not told once the settings or a block say so.
func TestReadMarksAreDropped(t *testing.T) {
	for name, stop := range map[string]func(bob, ann *person) error{
		"setting": func(bob, _ *person) error {
			s := history.DefaultSettings()
			s.ReadMarks = false
			return bob.SetSettings(s)
		},
		"blocked": func(bob, ann *person) error { return bob.block(ann) },
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, w *world) {
				ann, bob := w.person("ann", nil), w.person("bob", nil)
				bob.befriend(ann)
				m := ann.write(bob, "one")
				w.settle()
				ann.connect(false)
				if err := errors.Join(bob.MarkRead(ann.addr, nil), stop(bob, ann)); err != nil {
					t.Fatal(err)
				}
				ann.connect(true)
				w.settle()
				ann.status(m, history.Delivered)
			})
		})
	}
}

// A read mark proves that a message arrived, though the answer to it was lost.
func TestReadMarkOfUndelivered(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		bob.connect(false)
		m := ann.write(bob, "one")
		w.settle()
		ann.Mark(bob.addr, talk.MarkRead, []talk.ID{talk.ID(m.ID)})
		if got := ann.status(m, history.Read); got.Way != history.Direct || got.Problem != "" {
			t.Fatalf("%+v", got)
		}
		bob.connect(true)
		w.settle()
		ann.status(m, history.Read)
		bob.want(ann)
	})
}

// Reading up to a message leaves what came unseen, also what was put before it.
func TestMarkReadUpTo(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		bob.befriend(ann)
		unread := func(want int) {
			t.Helper()
			w.settle()
			if n, _, err := bob.Unread(); err != nil || n != want {
				t.Fatalf("%d unread, want %d, %v", n, want, err)
			}
		}
		over := ann.write(bob, "over the chain", way(history.Chain, 0))
		ann.write(bob, "one")
		ann.write(bob, "two")
		unread(2)
		list, err := bob.Messages(ann.addr, nil, 1)
		if err != nil || list[0].Text != "two" {
			t.Fatal(list, err)
		}
		shown := list[0].Ref
		late := ann.write(bob, "three")
		w.mine(1) // brings what was written first
		unread(4)
		if err := bob.MarkRead(ann.addr, &shown); err != nil {
			t.Fatal(err)
		}
		unread(2)
		w.settle()
		ann.status(late, history.Delivered)
		ann.status(over, history.Delivered)
		if _, err := bob.Messages(ann.addr, nil, 0); err != nil {
			t.Fatal(err)
		}
		if err := bob.MarkRead(ann.addr, &shown); err != nil {
			t.Fatal(err)
		}
		unread(1)
		ann.status(over, history.Read)
		eve := w.person("eve", nil)
		none := history.Ref{1}
		for _, ref := range []*history.Ref{&none, &shown} {
			if err := bob.MarkRead(eve.addr, ref); !errors.Is(err, messages.ErrUnknown) {
				t.Error(err)
			}
		}
		if err := bob.MarkRead(ann.addr, nil); err != nil {
			t.Fatal(err)
		}
		unread(0)
	})
}
