package messages_test

import (
	"errors"
	"testing"

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
		if err := bob.MarkRead(ann.addr); err != nil {
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
				if err := errors.Join(bob.MarkRead(ann.addr), stop(bob, ann)); err != nil {
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
