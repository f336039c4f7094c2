package page

import (
	"context"
	"time"

	"supercomputing/app/ui/kit"
)

// Action describes a long action to the person who waits for it.
type Action struct {
	Title string // "Sending 5 SCC"
	Text  string // what happens; may be empty
	Fixed bool   // it cannot be cancelled once begun
	Quiet bool   // no dialog: the page shows that it is busy
}

// patience is how long an action may take before a dialog shows it.
const patience = 300 * time.Millisecond

// Say tells how far an action is: words, and a part of 1 (negative: unknown).
type Say func(s string, part float64)

// Do runs an action away from the UI thread. While it takes long, a dialog
// shows how far it is and lets it be cancelled. done gets the result on the UI
// thread; when the person cancelled, err is context.Canceled.
func Do[T any](s *Scope, a Action, run func(ctx context.Context, say Say) (T, error), done func(T, error)) {
	ctx, cancel := context.WithCancel(s.ctx)
	d := &doing{s: s, a: a, cancel: cancel}
	if !a.Quiet {
		s.After(patience, d.show)
	}
	s.env.spawn(func() {
		v, err := run(ctx, d.say)
		s.env.Post(func() {
			d.end()
			if s.Alive() {
				done(v, err)
			}
		})
	})
}

// doing is an action under way, as its dialog shows it.
type doing struct {
	s      *Scope
	a      Action
	cancel context.CancelFunc
	over   bool
	sheet  *kit.Sheet
	words  *kit.Text
	bar    *kit.ProgressBar
}

func (d *doing) show() {
	if d.over {
		return
	}
	env := d.s.env
	d.words, d.bar = kit.Small(d.a.Text).Wrap(), kit.Bar()
	o := kit.SheetOptions{
		Title:   d.a.Title,
		Content: kit.Column(d.words, d.bar),
		Keep:    true,
	}
	if !d.a.Fixed {
		var b *kit.Button
		b = kit.Secondary(env.T("kit.cancel"), func() { b.Disable(); d.cancel() })
		o.Actions = []*kit.Button{b}
	}
	d.sheet = env.Kit.Sheet(o)
}

func (d *doing) say(s string, part float64) {
	d.s.Post(func() {
		if d.over || d.sheet == nil {
			d.a.Text = s
			return
		}
		d.words.Set(s)
		d.bar.Set(max(0, part))
	})
}

func (d *doing) end() {
	d.over = true
	d.cancel()
	if d.sheet != nil {
		d.sheet.Close()
	}
}
