package work

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
)

// step is one page of a wizard.
type step struct {
	title  string
	object fyne.CanvasObject
	next   string                // label of the button that leads on
	enter  func()                // it is shown; may be nil
	leave  func(onwards func())  // checks what was filled in, then calls onwards
	ready  func() bool           // leads on are possible; nil: always
	focus  func() fyne.Focusable // first field; may be nil
}

// wizard leads through steps. Going back keeps what was filled in.
type wizard struct {
	env     *page.Env
	scope   *page.Scope
	steps   []*step
	at      int
	count   *kit.Text
	heading *kit.Text
	bar     *kit.ProgressBar
	body    *fyne.Container
	problem *fyne.Container
	goBack  *kit.Button
	goOn    *kit.Button
	cancel  *kit.Button
	root    *kit.Scroller
	checks  bool // what was filled in is looked at, or paid: nothing else may begin
	close   func()
}

// newWizard makes a wizard; close is what the cross and Esc at the first step do.
func newWizard(env *page.Env, scope *page.Scope, title string, close func()) *wizard {
	w := &wizard{env: env, scope: scope, close: close, count: kit.Small(""), heading: kit.Heading("").Wrap(), bar: kit.Bar(),
		body: kit.Stack(), problem: kit.Stack()}
	w.goBack = kit.Secondary(env.T("work.back"), w.backwards).Icon("arrow_back")
	w.goOn = kit.Primary("", w.onwards)
	w.cancel = kit.Ghost(env.T("work.cancel"), close)
	foot := kit.Row(w.cancel, kit.Spacer(), w.goBack, w.goOn)
	if env.Narrow {
		foot = kit.ColumnGap(8, w.goOn, kit.Row(w.cancel, kit.Spacer(), w.goBack))
	}
	head := kit.Column(kit.Tight(w.count, w.heading), w.bar)
	panel := kit.Panel(kit.Loose(head, w.body, w.problem, foot))
	w.problem.Hide()
	header := kit.Header(title, "")
	w.root = kit.PageBody(kit.MaxWidth(820, kit.Loose(header, panel)))
	return w
}

// begin shows the first step.
func (w *wizard) begin(steps ...*step) {
	w.steps = steps
	w.show(0)
}

func (w *wizard) step() *step { return w.steps[w.at] }

// show goes to a step.
func (w *wizard) show(i int) {
	w.at = i
	s := w.step()
	w.fail(nil)
	w.count.Set(w.env.T("work.step", "n", i+1, "of", len(w.steps)))
	w.heading.Set(s.title)
	w.bar.Set(float64(i+1) / float64(len(w.steps)))
	w.body.Objects = []fyne.CanvasObject{s.object}
	w.goOn.SetLabel(s.next)
	if i == 0 {
		w.goBack.Hide()
	} else {
		w.goBack.Show()
	}
	w.refresh()
	w.root.ScrollToTop()
	if s.enter != nil {
		s.enter()
	}
	w.update()
	w.focus()
}

// focus puts the focus into the first field. Where there is none, nothing keeps
// it: a key that is held down must not act in the field of the step before.
func (w *wizard) focus() {
	if w.env.Canvas == nil {
		return
	}
	if s := w.step(); s.focus != nil {
		if f := s.focus(); f != nil {
			w.env.Canvas.Focus(f)
			return
		}
	}
	w.env.Canvas.Unfocus()
}

// update lets the button lead on or not.
func (w *wizard) update() {
	if s := w.step(); !w.checks && (s.ready == nil || s.ready()) {
		w.goOn.Enable()
	} else {
		w.goOn.Disable()
	}
}

// refresh lays out anew, after texts changed.
func (w *wizard) refresh() { w.root.Refresh() }

func (w *wizard) onwards() {
	s := w.step()
	if w.checks || w.goOn.Disabled() {
		return
	}
	w.fail(nil)
	on := func() {
		if w.at+1 < len(w.steps) {
			w.show(w.at + 1)
		}
	}
	if s.leave == nil {
		on()
		return
	}
	s.leave(on)
}

func (w *wizard) backwards() {
	if w.at > 0 && !w.checks {
		w.show(w.at - 1)
	}
}

// busy shows that the step is being checked, or paid.
func (w *wizard) busy(on bool) {
	w.checks = on
	w.goOn.SetBusy(on)
	w.goBack.SetBusy(on)
	w.cancel.SetBusy(on)
	if !on {
		w.update()
	}
}

// fail shows what went wrong at this step, nil that nothing did.
func (w *wizard) fail(err error) {
	if err == nil {
		if w.problem.Visible() {
			w.problem.Hide()
			w.refresh()
		}
		return
	}
	w.problem.Objects = []fyne.CanvasObject{w.env.Kit.FailureLine(err, nil)}
	w.problem.Show()
	w.refresh()
}

// ask closes the wizard, after a question when there is something to lose.
func (w *wizard) ask(empty bool, discard func()) {
	if w.checks {
		return
	}
	if empty {
		discard()
		return
	}
	w.env.Kit.Confirm(kit.ConfirmOptions{
		Title: w.env.T("work.discard.title"), Text: w.env.T("work.discard.text"),
		Action: w.env.T("work.discard.yes"), Tone: look.Danger, Do: discard,
	})
}

// note is a quiet line with an icon, for what a person should know.
func note(tone look.Tone, s string) fyne.CanvasObject { return kit.Hint(tone, "", s, nil) }

// notes are such lines below each other.
func notes(list []string) fyne.CanvasObject {
	c := kit.Tight()
	for _, n := range list {
		c.Add(note(look.Info, n))
	}
	return c
}

// dropArea is where a file is dropped or chosen. The shell takes what is
// dropped on the window and opens the wizard with it.
func dropArea(env *page.Env, icon, words string, choose ...fyne.CanvasObject) fyne.CanvasObject {
	buttons := kit.Center(kit.Row(choose...))
	if env.Narrow {
		buttons = kit.ColumnGap(8, choose...)
	}
	back := kit.Surface(look.Page, look.Size(look.RadiusCard)).Bordered(look.Border, 1)
	return kit.Stack(back, kit.Pad(20, kit.Column(kit.Center(kit.Icon(icon, look.Primary).Sized(32)),
		kit.Muted(words).Wrap().Align(fyne.TextAlignCenter), buttons)))
}
