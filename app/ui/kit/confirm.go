package kit

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/look"
)

// ConfirmOptions spell out what is about to be done.
type ConfirmOptions struct {
	Title  string
	Text   string
	Facts  []Fact
	Extra  fyne.CanvasObject // under the facts; may be nil
	Tone   look.Tone         // look.Danger for what cannot be undone
	Action string            // what the button says
	Do     func()
	Cancel func() // may be nil
}

// Confirm asks before something is done.
func (k *Kit) Confirm(o ConfirmOptions) *Sheet {
	var s *Sheet
	did := false
	do := func() {
		if did { // two taps are one answer
			return
		}
		did = true
		s.Close()
		o.Do()
	}
	act := Primary(o.Action, do)
	if o.Tone == look.Danger {
		act = Danger(o.Action, do)
	}
	body := Column()
	if len(o.Facts) > 0 {
		body.Add(Facts(o.Facts...))
	}
	if o.Extra != nil {
		body.Add(o.Extra)
	}
	so := SheetOptions{
		Title: o.Title, Text: o.Text,
		Actions: []*Button{Secondary(k.Text.T("kit.cancel"), func() { s.Close() }), act},
		Closed: func() {
			if !did && o.Cancel != nil {
				o.Cancel()
			}
		},
	}
	if len(body.Objects) > 0 {
		so.Content = body
	}
	s = k.Sheet(so)
	return s
}

// Step is one step of a wizard.
type Step struct {
	Title string
	Text  string
	// Content makes the step's content, each time the step is entered.
	Content func() fyne.CanvasObject
	// Next is called when the person wants to go on; the step calls done(nil)
	// to go on, or done(err) to stay and show err. nil: goes on at once.
	Next func(done func(error))
	// Action is what the button says; "" is "Continue".
	Action string
	// Skip leaves the step out; asked when it would be entered. May be nil.
	Skip func() bool
}

// WizardOptions describe a wizard.
type WizardOptions struct {
	Steps    []Step
	Finished func() // after the last step
	Cancel   func() // nil: there is no such button
}

// Wizard leads through steps, one at a time.
type Wizard struct {
	composite
	kit    *Kit
	o      WizardOptions
	at     int
	count  *Text
	title  *Text
	sub    *Text
	bar    *ProgressBar
	body   *fyne.Container
	fail   *fyne.Container
	cancel *Button
	back   *Button
	next   *Button
	busy   bool
}

// Wizard makes a wizard that stands at its first step.
func (k *Kit) Wizard(o WizardOptions) *Wizard {
	w := &Wizard{kit: k, o: o, at: -1, count: Small(""), title: Title("").Wrap(), sub: Muted("").Wrap(), bar: Bar(), body: Stack(), fail: Stack()}
	w.back = Secondary(k.Text.T("kit.back"), w.Back)
	w.next = Primary(k.Text.T("kit.continue"), w.Next)
	buttons := Row(w.back, w.next)
	var foot fyne.CanvasObject = Right(buttons)
	if o.Cancel != nil {
		w.cancel = Ghost(k.Text.T("kit.cancel"), o.Cancel)
		foot = Row(w.cancel, Spacer(), buttons)
	}
	head := ColumnGap(6, w.count, w.title, w.sub, PadXY(0, 6, w.bar))
	w.content = ColumnGap(20, head, w.body, w.fail, foot)
	w.ExtendBaseWidget(w)
	w.Go(w.find(0, 1))
	return w
}

// find is the first step from i in a direction that is not left out.
func (w *Wizard) find(i, dir int) int {
	for ; i >= 0 && i < len(w.o.Steps); i += dir {
		if skip := w.o.Steps[i].Skip; skip == nil || !skip() {
			return i
		}
	}
	return i
}

// At is the step that is shown.
func (w *Wizard) At() int { return w.at }

// Go shows a step.
func (w *Wizard) Go(i int) {
	if i < 0 || i >= len(w.o.Steps) {
		return
	}
	w.at = i
	st := w.o.Steps[i]
	w.count.Set(w.kit.Text.T("kit.step", "n", i+1, "of", len(w.o.Steps)))
	w.title.Set(st.Title)
	w.sub.Set(st.Text)
	show(w.sub, st.Text != "")
	w.bar.Set(float64(i+1) / float64(len(w.o.Steps)))
	w.body.Objects = []fyne.CanvasObject{st.Content()}
	w.SetError(nil)
	label := st.Action
	if label == "" {
		label = w.kit.Text.T("kit.continue")
	}
	w.next.SetLabel(label)
	show(w.back, w.find(i-1, -1) >= 0)
	w.body.Refresh()
	w.Refresh()
}

// SetReady lets the person go on or not.
func (w *Wizard) SetReady(ready bool) {
	if ready && !w.busy {
		w.next.Enable()
	} else {
		w.next.Disable()
	}
}

// SetError shows what is wrong with the step; nil that nothing is.
func (w *Wizard) SetError(err error) {
	w.fail.Objects = nil
	if err != nil {
		w.fail.Objects = []fyne.CanvasObject{w.kit.FailureLine(err, nil)}
	}
	show(w.fail, err != nil)
	w.fail.Refresh()
	w.Refresh()
}

// Next goes on as the button does.
func (w *Wizard) Next() {
	if w.busy || w.next.Disabled() {
		return
	}
	st := w.o.Steps[w.at]
	if st.Next == nil {
		w.advance()
		return
	}
	w.setBusy(true)
	st.Next(func(err error) {
		w.setBusy(false)
		w.SetError(err)
		if err == nil {
			w.advance()
		}
	})
}

func (w *Wizard) setBusy(b bool) {
	w.busy = b
	w.next.SetBusy(b)
	w.back.SetBusy(b)
}

func (w *Wizard) advance() {
	i := w.find(w.at+1, 1)
	if i < len(w.o.Steps) {
		w.Go(i)
	} else if w.o.Finished != nil {
		w.o.Finished()
	}
}

// Back goes to the step before.
func (w *Wizard) Back() {
	if i := w.find(w.at-1, -1); i >= 0 && !w.busy {
		w.next.Enable()
		w.Go(i)
	}
}
