package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/look"
)

// FieldBox is a labelled input with help or an error under it.
type FieldBox struct {
	composite
	label, help, problem *Text
	input                fyne.CanvasObject
	edge                 *SurfaceBox // around an input that is wrong
}

// Field labels an input.
func Field(label string, input fyne.CanvasObject) *FieldBox {
	f := &FieldBox{label: Body(label).Bold().Wrap(), help: Small("").Wrap(), problem: Small("").Tone(look.Danger).Wrap(), input: input}
	f.help.Hide()
	f.problem.Hide()
	show(f.label, label != "")
	f.edge = Surface(look.Clear, look.Size(look.RadiusBox)).Bordered(look.Bad, 2)
	f.edge.Hide()
	f.content = ColumnGap(6, f.label, Stack(input, f.edge), f.help, f.problem)
	f.ExtendBaseWidget(f)
	return f
}

// Help puts a line under the input. It returns f.
func (f *FieldBox) Help(s string) *FieldBox {
	f.help.Set(s)
	show(f.help, s != "" && !f.problem.Visible())
	f.Refresh()
	return f
}

// SetError says what is wrong with the input, "" that nothing is.
func (f *FieldBox) SetError(s string) {
	f.problem.Set(s)
	show(f.problem, s != "")
	show(f.help, s == "" && f.help.s != "")
	if _, line := f.input.(*EntryBox); line {
		show(f.edge, s != "")
	}
	f.Refresh()
}

// Error is what SetError said.
func (f *FieldBox) Error() string { return f.problem.s }

// Label is the field's label.
func (f *FieldBox) Label() string { return f.label.s }

// Input is what the field labels.
func (f *FieldBox) Input() fyne.CanvasObject { return f.input }

// Form puts fields below each other.
func Form(o ...fyne.CanvasObject) *fyne.Container { return ColumnGap(16, o...) }

// EntryBox is a line to type into.
type EntryBox struct {
	widget.Entry
	sends bool // see EnterSends
	shift bool // the key is held down
}

// EnterSends makes Enter submit a text of several lines, and Shift+Enter begin
// a new line, as in conversations. It returns e.
func (e *EntryBox) EnterSends() *EntryBox { e.sends = true; return e }

// KeyDown implements desktop.Keyable.
func (e *EntryBox) KeyDown(k *fyne.KeyEvent) {
	e.shift = e.shift || k.Name == desktop.KeyShiftLeft || k.Name == desktop.KeyShiftRight
	e.Entry.KeyDown(k)
}

// KeyUp implements desktop.Keyable.
func (e *EntryBox) KeyUp(k *fyne.KeyEvent) {
	e.shift = e.shift && k.Name != desktop.KeyShiftLeft && k.Name != desktop.KeyShiftRight
	e.Entry.KeyUp(k)
}

// FocusLost implements fyne.Focusable.
func (e *EntryBox) FocusLost() {
	e.shift = false
	e.Entry.FocusLost()
}

// Entry is a line to type into.
func Entry(placeholder string) *EntryBox {
	e := &EntryBox{}
	e.PlaceHolder = placeholder
	e.ExtendBaseWidget(e)
	return e
}

// MultiLine is a text to type, so many rows high.
func MultiLine(placeholder string, rows int) *EntryBox {
	e := &EntryBox{}
	e.PlaceHolder, e.MultiLine, e.Wrapping = placeholder, true, fyne.TextWrapWord
	e.SetMinRowsVisible(rows)
	e.ExtendBaseWidget(e)
	return e
}

// Search is a line to search with; fn gets every change.
func Search(placeholder string, fn func(string)) *EntryBox {
	e := Entry(placeholder)
	e.SetIcon(look.Icon("search", look.Muted))
	e.OnChanged = fn
	return e
}

// TypedKey implements fyne.Focusable: Esc goes to whoever listens, and so does
// Enter where it does nothing here.
func (e *EntryBox) TypedKey(k *fyne.KeyEvent) {
	enter := k.Name == fyne.KeyReturn || k.Name == fyne.KeyEnter
	if k.Name == fyne.KeyEscape || functionKey(k.Name) || enter && !e.MultiLine && e.OnSubmitted == nil {
		passKey(e, k)
		return
	}
	if enter && e.sends && e.MultiLine {
		if e.shift {
			e.TypedRune('\n')
		} else if e.OnSubmitted != nil {
			e.OnSubmitted(e.Text)
		}
		return
	}
	e.Entry.TypedKey(k)
}

// TypedShortcut implements fyne.Shortcutable: what is not about editing is the
// window's, as it is while no field has the focus.
func (e *EntryBox) TypedShortcut(s fyne.Shortcut) {
	e.Entry.TypedShortcut(s)
	custom, ok := s.(*desktop.CustomShortcut)
	if !ok || custom.Modifier == fyne.KeyModifierShortcutDefault && editingKey(custom.KeyName) {
		return
	}
	if c, ok := canvasOf(e).(fyne.Shortcutable); ok {
		c.TypedShortcut(s)
	}
}

func editingKey(k fyne.KeyName) bool {
	switch k {
	case fyne.KeyLeft, fyne.KeyRight, fyne.KeyUp, fyne.KeyDown, fyne.KeyHome, fyne.KeyEnd, fyne.KeyBackspace, fyne.KeyDelete:
		return true
	}
	return false
}

func functionKey(k fyne.KeyName) bool {
	switch k {
	case fyne.KeyF1, fyne.KeyF2, fyne.KeyF3, fyne.KeyF4, fyne.KeyF5, fyne.KeyF6, fyne.KeyF7, fyne.KeyF8, fyne.KeyF9, fyne.KeyF10, fyne.KeyF11, fyne.KeyF12:
		return true
	}
	return false
}
