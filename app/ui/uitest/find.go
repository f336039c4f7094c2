package uitest

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/kit"
)

// children are what an object consists of.
func children(o fyne.CanvasObject) []fyne.CanvasObject {
	switch x := o.(type) {
	case *fyne.Container:
		return x.Objects
	case fyne.Widget:
		return test.WidgetRenderer(x).Objects()
	}
	return nil
}

// Walk calls fn for o and all that is visible inside, outermost first, until
// fn says false for a part.
func Walk(o fyne.CanvasObject, fn func(o fyne.CanvasObject) bool) {
	if o == nil || !o.Visible() || !fn(o) {
		return
	}
	for _, child := range children(o) {
		Walk(child, fn)
	}
}

// All finds the visible objects of a type inside o.
func All[T any](o fyne.CanvasObject) []T {
	var found []T
	Walk(o, func(o fyne.CanvasObject) bool {
		if x, ok := o.(T); ok {
			found = append(found, x)
		}
		return true
	})
	return found
}

// Find finds the first visible object of a type inside o.
func Find[T any](o fyne.CanvasObject) (found T, ok bool) {
	if all := All[T](o); len(all) > 0 {
		return all[0], true
	}
	return found, false
}

// Texts lists the visible texts inside o, whole where they are cut on screen.
func Texts(o fyne.CanvasObject) []string {
	var out []string
	add := func(s string) {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	Walk(o, func(o fyne.CanvasObject) bool {
		switch x := o.(type) {
		case *kit.Text:
			add(x.Text())
			return false
		case *canvas.Text:
			add(x.Text)
		}
		return true
	})
	return out
}

// Root is what takes taps: the topmost dialog or menu, else the content.
func (u *UI) Root() fyne.CanvasObject {
	if top := u.Window.Canvas().Overlays().Top(); top != nil {
		return top
	}
	return u.Window.Canvas().Content()
}

// Texts lists the texts on the screen: of the topmost dialog, else the page.
func (u *UI) Texts() []string { return Texts(u.Root()) }

// Has tells whether a text is on the screen, alone or in another.
func (u *UI) Has(s string) bool {
	for _, t := range u.Texts() {
		if strings.Contains(strings.ReplaceAll(t, "\u00a0", " "), strings.ReplaceAll(s, "\u00a0", " ")) {
			return true
		}
	}
	return false
}

// MustHave fails the test unless all texts are on the screen.
func (u *UI) MustHave(all ...string) {
	u.t.Helper()
	for _, s := range all {
		if !u.Has(s) {
			u.t.Errorf("%q is not on the screen: %q", s, u.Texts())
		}
	}
}

// label is what an object that can be tapped says it does.
func label(o fyne.CanvasObject) string {
	switch x := o.(type) {
	case interface{ Label() string }:
		if s := x.Label(); s != "" {
			return s
		}
	case *widget.Button:
		return x.Text
	case *widget.Check:
		return x.Text
	}
	return strings.Join(Texts(o), " ")
}

// Tappable finds what a tap on a label would hit: nil when there is nothing.
func (u *UI) Tappable(name string) fyne.Tappable {
	var exact, inside fyne.Tappable
	Walk(u.Root(), func(o fyne.CanvasObject) bool {
		t, ok := o.(fyne.Tappable)
		if !ok {
			return true
		}
		if l := label(o); l == name && exact == nil {
			exact = t
		}
		for _, s := range Texts(o) {
			if s == name {
				inside = t // the innermost that has it
			}
		}
		return true
	})
	if exact != nil {
		return exact
	}
	return inside
}

// Tap taps what has a label, which must be there and enabled.
func (u *UI) Tap(name string) {
	u.t.Helper()
	o := u.Tappable(name)
	if o == nil {
		u.t.Fatalf("nothing to tap is called %q: %q", name, u.Texts())
	}
	if d, ok := o.(fyne.Disableable); ok && d.Disabled() {
		u.t.Fatalf("%q is disabled", name)
	}
	o.Tapped(&fyne.PointEvent{Position: fyne.NewPos(1, 1)})
	u.Drain()
	u.Settle()
}

// Enabled tells whether what has a label can be tapped.
func (u *UI) Enabled(name string) bool {
	o := u.Tappable(name)
	if o == nil {
		return false
	}
	d, ok := o.(fyne.Disableable)
	return !ok || !d.Disabled()
}

// Entry finds what can be typed into by the label of its field, or its
// placeholder.
func (u *UI) Entry(name string) *widget.Entry {
	u.t.Helper()
	for _, f := range All[*kit.FieldBox](u.Root()) {
		if f.Label() == name {
			if e := entryIn(f); e != nil {
				return e
			}
		}
	}
	var found *widget.Entry
	Walk(u.Root(), func(o fyne.CanvasObject) bool {
		if e := entryOf(o); e != nil && e.PlaceHolder == name && found == nil {
			found = e
		}
		return true
	})
	if found == nil {
		u.t.Fatalf("nothing to type into is called %q: %q", name, u.Texts())
	}
	return found
}

func entryIn(o fyne.CanvasObject) (found *widget.Entry) {
	Walk(o, func(o fyne.CanvasObject) bool {
		if e := entryOf(o); e != nil && found == nil {
			found = e
		}
		return found == nil
	})
	return found
}

func entryOf(o fyne.CanvasObject) *widget.Entry {
	switch e := o.(type) {
	case *kit.EntryBox:
		return &e.Entry
	case *widget.Entry:
		return e
	}
	return nil
}

// Type puts text into a field in place of what is there.
func (u *UI) Type(name, s string) {
	u.t.Helper()
	e := u.Entry(name)
	if e.Disabled() {
		u.t.Fatalf("%q is disabled", name)
	}
	e.SetText("")
	test.Type(e, s)
	u.Drain()
	u.Settle()
}

// Submit presses Enter in a field.
func (u *UI) Submit(name string) {
	u.t.Helper()
	if e := u.Entry(name); e.OnSubmitted != nil {
		e.OnSubmitted(e.Text)
	} else {
		u.Key(fyne.KeyReturn)
	}
	u.Drain()
	u.Settle()
}

// Choose chooses an option of the selection in a field.
func (u *UI) Choose(field, option string) {
	u.t.Helper()
	for _, f := range All[*kit.FieldBox](u.Root()) {
		s, ok := Find[*kit.SelectBox](f)
		if f.Label() != field || !ok {
			continue
		}
		for i, o := range s.Options() {
			if o == option {
				s.Choose(i)
				u.Drain()
				u.Settle()
				return
			}
		}
		u.t.Fatalf("%q is not among %q", option, s.Options())
	}
	u.t.Fatalf("no selection is called %q: %q", field, u.Texts())
}

// Key presses a key: the focused object gets it, else the window.
func (u *UI) Key(name fyne.KeyName) {
	c := u.Window.Canvas()
	e := &fyne.KeyEvent{Name: name}
	if f := c.Focused(); f != nil {
		f.TypedKey(e)
	} else if fn := c.OnTypedKey(); fn != nil {
		fn(e)
	}
	u.Drain()
	u.Settle()
}
