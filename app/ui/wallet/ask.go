package wallet

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// question is a dialog with one field and an action that uses it.
type question struct {
	title, text, field, hint, help, button string
	given                                  string
	rows                                   int  // more than 1: several lines
	need                                   bool // empty is refused
	danger                                 bool
	do                                     func(ctx context.Context, answer string) error
	done                                   func()
}

// ask asks a question. The dialog stays until the action is done; when it
// fails, it says why at the field.
func (p *Page) ask(q question) {
	env := p.env
	entry := kit.Entry(q.hint)
	if q.rows > 1 {
		entry = kit.MultiLine(q.hint, q.rows)
	}
	entry.SetText(q.given)
	field := kit.Field(q.field, entry).Help(q.help)
	var s *kit.Sheet
	var ok *kit.Button
	run := func() {
		answer := strings.TrimSpace(entry.Text)
		if q.need && answer == "" {
			field.SetError(env.T("wallet.ask.empty"))
			return
		}
		ok.SetBusy(true)
		page.Load(p.scope, func(ctx context.Context) (struct{}, error) { return struct{}{}, q.do(ctx, answer) }, func(_ struct{}, err error) {
			ok.SetBusy(false)
			if err != nil {
				if !s.Open() { // it was closed meanwhile: nobody would see it there
					env.Fail(err)
				}
				field.SetError(env.Text.Explain(err))
				s.Refresh()
				return
			}
			s.Close()
			if q.done != nil {
				q.done()
			}
		})
	}
	ok = kit.Primary(q.button, run)
	if q.danger {
		ok = kit.Danger(q.button, run)
	}
	if q.rows <= 1 {
		entry.OnSubmitted = func(string) { ok.Tapped(nil) }
	}
	cancel := kit.Secondary(env.T("wallet.cancel"), func() { s.Close() })
	s = env.Kit.Sheet(kit.SheetOptions{Title: q.title, Text: q.text, Content: kit.Form(field), Actions: []*kit.Button{cancel, ok}})
	env.FocusOn(entry)
}

// editLabel names an address or a transaction.
func (p *Page) editLabel(target, label string) {
	env := p.env
	p.ask(question{title: env.T("wallet.label.edit"), text: env.T("wallet.label.text"), field: env.T("wallet.label"), given: label, button: env.T("wallet.save"),
		do: func(ctx context.Context, s string) error {
			err := env.Backend.Label(ctx, view.LabelRequest{Target: target, Label: s})
			if err == nil {
				env.Post(func() { p.labelled(target, s) })
			}
			return err
		}})
}

// labelled shows a new label at once.
func (p *Page) labelled(target, label string) {
	if !p.scope.Alive() {
		return
	}
	p.book.moves.SetLabel(target, label)
	for i := range p.book.own {
		if p.book.own[i].Address == target {
			p.book.own[i].Label = label
		}
	}
	if e, ok := p.now.(eventer); ok {
		e.event(view.Event{Kind: view.EventWallet})
	}
	p.changed()
	p.env.Toast(look.Success, p.env.T("wallet.saved.label"))
}

// sure asks before something is done, and does it.
type sure struct {
	title, text, button string
	content             fyne.CanvasObject
	danger              bool
	do                  func(ctx context.Context) error
	done                func()
}

func (p *Page) sure(q sure) {
	env := p.env
	note := kit.Column()
	put(note)
	var s *kit.Sheet
	var ok *kit.Button
	run := func() {
		ok.SetBusy(true)
		page.Load(p.scope, func(ctx context.Context) (struct{}, error) { return struct{}{}, q.do(ctx) }, func(_ struct{}, err error) {
			ok.SetBusy(false)
			if err != nil {
				if !s.Open() {
					env.Fail(err)
				}
				put(note, env.Kit.FailureLine(err, nil))
				s.Refresh()
				return
			}
			s.Close()
			if q.done != nil {
				q.done()
			}
		})
	}
	ok = kit.Primary(q.button, run)
	if q.danger {
		ok = kit.Danger(q.button, run)
	}
	content := kit.Column()
	if q.content != nil {
		content.Add(q.content)
	}
	content.Add(note)
	cancel := kit.Secondary(env.T("wallet.cancel"), func() { s.Close() })
	s = env.Kit.Sheet(kit.SheetOptions{Title: q.title, Text: q.text, Content: content, Actions: []*kit.Button{cancel, ok}})
}
