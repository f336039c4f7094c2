package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/look"
)

// Press makes anything a button: it takes taps, the mouse, the focus and the
// keys Space and Enter. Widgets that act are made of it.
type Press struct {
	widget.BaseWidget
	OnTapped func()
	Pointer  desktop.Cursor

	content  fyne.CanvasObject
	label    string // what it does, for tests and screen readers
	back     *SurfaceBox
	over     *SurfaceBox
	rest     fyne.ThemeColorName // fill when nothing happens
	key      func(*fyne.KeyEvent) bool
	hover    func(bool)
	disabled bool
	hovered  bool
	pressed  bool
	focused  bool
}

// Tap makes content a button without a look of its own.
func Tap(content fyne.CanvasObject, fn func()) *Press {
	return newPress(content, look.Clear, look.Size(look.RadiusBox), fn)
}

func newPress(content fyne.CanvasObject, rest fyne.ThemeColorName, radius float32, fn func()) *Press {
	p := &Press{OnTapped: fn, Pointer: desktop.PointerCursor}
	p.init(content, rest, radius)
	p.ExtendBaseWidget(p)
	return p
}

// init sets p up inside another widget, which extends it itself.
func (p *Press) init(content fyne.CanvasObject, rest fyne.ThemeColorName, radius float32) {
	p.content, p.rest = content, rest
	p.back, p.over = Surface(rest, radius), Surface(look.Clear, radius)
}

// SetLabel names what a tap does, for tests and screen readers.
func (p *Press) SetLabel(s string) *Press { p.label = s; return p }

// Label is what a tap does: the label, or the texts inside.
func (p *Press) Label() string { return p.label }

// HeightFor implements Flowing.
func (p *Press) HeightFor(width float32) float32 { return HeightFor(p.content, width) }

func (p *Press) wish() float32 { return wish(p.content) }

// Enable and Disable implement fyne.Disableable.
func (p *Press) Enable() { p.setDisabled(false) }

// Disable makes taps do nothing.
func (p *Press) Disable() { p.setDisabled(true) }

// Disabled implements fyne.Disableable.
func (p *Press) Disabled() bool { return p.disabled }

func (p *Press) setDisabled(b bool) {
	if p.disabled != b {
		p.disabled = b
		p.Refresh()
	}
}

// Tapped implements fyne.Tappable.
func (p *Press) Tapped(*fyne.PointEvent) {
	if !p.disabled && p.OnTapped != nil {
		p.OnTapped()
	}
}

// Cursor implements desktop.Cursorable.
func (p *Press) Cursor() desktop.Cursor {
	switch {
	case p.disabled:
		return desktop.DefaultCursor
	case p.Pointer == nil: // the toolkit dies of a cursor that is none
		return desktop.PointerCursor
	}
	return p.Pointer
}

// MouseIn implements desktop.Hoverable.
func (p *Press) MouseIn(*desktop.MouseEvent) { p.setHovered(true) }

// MouseMoved implements desktop.Hoverable.
func (p *Press) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (p *Press) MouseOut() { p.setHovered(false) }

func (p *Press) setHovered(b bool) {
	p.hovered = b
	p.paint()
	if p.hover != nil {
		p.hover(b)
	}
}

// MouseDown implements desktop.Mouseable.
func (p *Press) MouseDown(*desktop.MouseEvent) { p.pressed = true; p.paint() }

// MouseUp implements desktop.Mouseable.
func (p *Press) MouseUp(*desktop.MouseEvent) { p.pressed = false; p.paint() }

// FocusGained implements fyne.Focusable.
func (p *Press) FocusGained() { p.focused = true; p.paint() }

// FocusLost implements fyne.Focusable.
func (p *Press) FocusLost() { p.focused = false; p.paint() }

// TypedRune implements fyne.Focusable.
func (p *Press) TypedRune(r rune) { passRune(p, r) }

// TypedKey implements fyne.Focusable.
func (p *Press) TypedKey(e *fyne.KeyEvent) {
	if p.key != nil && p.key(e) {
		return
	}
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		p.Tapped(nil)
	default:
		passKey(p, e)
	}
}

// paint shows hover, press and focus.
func (p *Press) paint() {
	p.back.SetFill(p.rest)
	over := look.Clear
	switch {
	case p.disabled:
	case p.pressed:
		over = theme.ColorNamePressed
	case p.hovered:
		over = look.Hover
	}
	p.over.SetFill(over)
	if p.focused && !p.disabled {
		p.over.SetBorder(theme.ColorNameFocus, 2)
	} else {
		p.over.SetBorder("", 0)
	}
}

// CreateRenderer implements fyne.Widget.
func (p *Press) CreateRenderer() fyne.WidgetRenderer {
	p.paint()
	return &boxRenderer{objects: []fyne.CanvasObject{p.back, p.content, p.over}, content: p.content, refresh: p.paint}
}

// passKey gives a key that a widget has no use for to whoever listens at its
// canvas: the window's shortcuts, or an open dialog.
func passKey(o fyne.CanvasObject, e *fyne.KeyEvent) {
	if c := canvasOf(o); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(e)
	}
}

func passRune(o fyne.CanvasObject, r rune) {
	if c := canvasOf(o); c != nil && c.OnTypedRune() != nil {
		c.OnTypedRune()(r)
	}
}

func canvasOf(o fyne.CanvasObject) fyne.Canvas {
	return fyne.CurrentApp().Driver().CanvasForObject(o)
}

// boxRenderer draws objects over each other; the content decides the size.
type boxRenderer struct {
	objects []fyne.CanvasObject
	content fyne.CanvasObject
	refresh func()
}

func (r *boxRenderer) Destroy()                     {}
func (r *boxRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *boxRenderer) MinSize() fyne.Size           { return r.content.MinSize() }

func (r *boxRenderer) Layout(size fyne.Size) {
	for _, o := range r.objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(size)
	}
}

func (r *boxRenderer) Refresh() {
	if r.refresh != nil {
		r.refresh()
	}
	for _, o := range r.objects {
		canvas.Refresh(o)
	}
}
