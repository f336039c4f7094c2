package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/look"
)

// rowBox is a row with what shows that it can be tapped.
type rowBox[R fyne.CanvasObject] struct {
	widget.BaseWidget
	rows    *Rows[R]
	row     R
	i       int
	key     string
	back    *SurfaceBox
	line    *SurfaceBox
	content *fyne.Container
	hovered bool
}

func newRowBox[R fyne.CanvasObject](r *Rows[R]) *rowBox[R] {
	b := &rowBox[R]{rows: r, row: r.o.Make(), back: Surface(look.Clear, 0), line: Surface(look.Border, 0)}
	b.content = container(lineLayout{}, b.back, b.row, b.line)
	show(b.line, !r.o.Plain)
	b.ExtendBaseWidget(b)
	return b
}

// fill shows the i-th row.
func (b *rowBox[R]) fill(i int) {
	b.i, b.key, b.hovered = i, b.rows.key(i), false
	b.rows.o.Fill(i, b.row)
	show(b.line, !b.rows.o.Plain && i < b.rows.heights.n-1)
	b.paint()
}

// paint shows whether the row is chosen, pointed at or has the keyboard.
func (b *rowBox[R]) paint() {
	fill := look.Clear
	switch {
	case b.i == b.rows.selected:
		fill = look.AccentSoft
	case b.hovered && b.rows.o.Tapped != nil:
		fill = look.Hover
	}
	b.back.SetFill(fill)
	if b.rows.focused && b.i == b.rows.cursor {
		b.back.SetBorder(theme.ColorNameFocus, 2)
	} else {
		b.back.SetBorder("", 0)
	}
}

// MouseIn implements desktop.Hoverable.
func (b *rowBox[R]) MouseIn(*desktop.MouseEvent) { b.hovered = true; b.paint() }

// MouseMoved implements desktop.Hoverable.
func (b *rowBox[R]) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (b *rowBox[R]) MouseOut() { b.hovered = false; b.paint() }

// Tapped implements fyne.Tappable.
func (b *rowBox[R]) Tapped(*fyne.PointEvent) {
	if b.rows.o.Tapped == nil && !b.rows.o.Keep {
		return
	}
	if c := canvasOf(b); c != nil {
		c.Focus(b.rows)
	}
	b.rows.tapped(b.i)
}

// Cursor implements desktop.Cursorable.
func (b *rowBox[R]) Cursor() desktop.Cursor {
	if b.rows.o.Tapped == nil {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// CreateRenderer implements fyne.Widget.
func (b *rowBox[R]) CreateRenderer() fyne.WidgetRenderer {
	return &boxRenderer{objects: []fyne.CanvasObject{b.content}, content: b.content, refresh: b.paint}
}

// lineLayout fills its room with background and row, and puts a hairline at
// the lower edge.
type lineLayout struct{}

func (lineLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	place(o[0], 0, 0, size.Width, size.Height)
	place(o[1], 0, 0, size.Width, size.Height)
	place(o[2], 0, size.Height-1, size.Width, 1)
}

func (lineLayout) MinSize(o []fyne.CanvasObject) fyne.Size { return o[1].MinSize() }

// FocusGained implements fyne.Focusable.
func (r *Rows[R]) FocusGained() { r.setFocused(true) }

// FocusLost implements fyne.Focusable.
func (r *Rows[R]) FocusLost() { r.setFocused(false) }

func (r *Rows[R]) setFocused(b bool) {
	r.focused = b
	for _, box := range r.shown {
		box.paint()
	}
}

// TypedRune implements fyne.Focusable.
func (r *Rows[R]) TypedRune(c rune) {
	if c != ' ' {
		passRune(r, c)
	}
}

// TypedKey implements fyne.Focusable.
func (r *Rows[R]) TypedKey(e *fyne.KeyEvent) {
	page := max(1, r.heights.at(r.scroll.Offset.Y+r.Size().Height)-r.heights.at(r.scroll.Offset.Y)-1)
	switch e.Name {
	case fyne.KeyUp:
		r.moveTo(r.cursor - 1)
	case fyne.KeyDown:
		r.moveTo(r.cursor + 1)
	case fyne.KeyPageUp:
		r.moveTo(r.cursor - page)
	case fyne.KeyPageDown:
		r.moveTo(r.cursor + page)
	case fyne.KeyHome:
		r.moveTo(0)
	case fyne.KeyEnd:
		r.moveTo(r.heights.n - 1)
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		r.tapped(r.cursor)
	default:
		passKey(r, e)
	}
}

// moveTo moves the keyboard's row.
func (r *Rows[R]) moveTo(i int) {
	r.cursor = max(0, min(r.heights.n-1, i))
	r.ScrollTo(r.cursor)
	for _, box := range r.shown {
		box.paint()
	}
}
