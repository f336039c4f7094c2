package page

import (
	"context"
	"time"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
)

// Action describes a long action to the person who waits for it.
type Action struct {
	Title string // "Sending 5 SCC"
	Text  string // what happens; may be empty
	Fixed bool   // it cannot be cancelled once begun, and goes on when the page is left
	Lasts bool   // it can be cancelled, but goes on when the page is left: what pays must come to its end
	Quiet bool   // no dialog: the page shows that it is busy
	Done  string // told in a notice when it went well after its page was left; may be empty
}

// patience is how long an action may take before a dialog shows it.
const patience = 300 * time.Millisecond

// Say tells how far an action is: words, and a part of 1 (negative: unknown).
type Say func(s string, part float64)

// Do runs an action away from the UI thread. While it takes long, a dialog
// shows how far it is and lets it be cancelled. done gets the result on the UI
// thread; when the person cancelled, err is context.Canceled. When the page was
// left meanwhile, a notice tells how an action ended that went on.
func Do[T any](s *Scope, a Action, run func(ctx context.Context, say Say) (T, error), done func(T, error)) {
	base := s.ctx
	if a.Fixed || a.Lasts {
		base = context.WithoutCancel(base)
	}
	ctx, cancel := context.WithCancel(base)
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
				return
			}
			a.left(s.env, err)
		})
	})
}

// left tells how an action ended whose page is gone.
func (a Action) left(env *Env, err error) {
	switch {
	case !a.Fixed && !a.Lasts, Cancelled(err):
	case err != nil:
		env.Fail(err)
	case a.Done != "":
		env.Toast(look.Success, a.Done)
	}
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
