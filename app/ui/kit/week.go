package kit

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/look"
)

// WeekHours chooses hours of a week: a tap or Space changes one, dragging
// paints many, the arrow keys move.
type WeekHours struct {
	widget.BaseWidget
	fn       func([7]uint32)
	hours    [7]uint32 // a bit for each hour
	days     [7]string
	day, at  int // the cursor
	focused  bool
	painting bool
	paintOn  bool
}

// WeekGrid chooses hours of a week: a bit for each hour of each day, days as
// they are named. fn gets every change when it is finished.
func WeekGrid(hours [7]uint32, days [7]string, fn func([7]uint32)) *WeekHours {
	w := &WeekHours{hours: hours, days: days, fn: fn}
	w.ExtendBaseWidget(w)
	return w
}

// Set shows other hours, without telling fn.
func (w *WeekHours) Set(hours [7]uint32) { w.hours = hours; w.Refresh() }

// Hours is what is chosen.
func (w *WeekHours) Hours() [7]uint32 { return w.hours }

func (w *WeekHours) on(day, hour int) bool { return w.hours[day]>>hour&1 == 1 }

func (w *WeekHours) set(day, hour int, on bool) {
	bit := uint32(1) << hour
	if on {
		w.hours[day] |= bit
	} else {
		w.hours[day] &^= bit
	}
	w.Refresh()
}

func (w *WeekHours) tell() {
	if w.fn != nil {
		w.fn(w.hours)
	}
}

// weekMetrics is where the cells are.
type weekMetrics struct{ left, top, cell, row float32 }

func (w *WeekHours) metrics() weekMetrics {
	size := look.Size(look.SizeSmall)
	left := float32(0)
	for _, d := range w.days {
		left = max(left, fyne.MeasureText(d, size, fyne.TextStyle{}).Width)
	}
	m := weekMetrics{left: left + 10, top: size + 8}
	m.cell = max(1, (w.Size().Width-m.left)/24)
	m.row = max(18, size*1.7)
	return m
}

// cellAt is the hour at a place.
func (w *WeekHours) cellAt(p fyne.Position) (day, hour int, ok bool) {
	m := w.metrics()
	if p.X < m.left || p.Y < m.top {
		return 0, 0, false
	}
	day, hour = int((p.Y-m.top)/m.row), int((p.X-m.left)/m.cell)
	return day, hour, day < 7 && hour < 24
}

// Tapped implements fyne.Tappable: it changes an hour, or a whole day by its
// name.
func (w *WeekHours) Tapped(e *fyne.PointEvent) {
	m := w.metrics()
	if c := canvasOf(w); c != nil {
		c.Focus(w)
	}
	if e.Position.X < m.left && e.Position.Y >= m.top {
		if day := int((e.Position.Y - m.top) / m.row); day < 7 {
			const all = 1<<24 - 1
			if w.hours[day] == all {
				w.hours[day] = 0
			} else {
				w.hours[day] = all
			}
			w.Refresh()
			w.tell()
		}
		return
	}
	if day, hour, ok := w.cellAt(e.Position); ok {
		w.day, w.at = day, hour
		w.set(day, hour, !w.on(day, hour))
		w.tell()
	}
}

// Dragged implements fyne.Draggable: it paints with what the first hour becomes.
func (w *WeekHours) Dragged(e *fyne.DragEvent) {
	day, hour, ok := w.cellAt(e.Position)
	if !ok {
		return
	}
	if !w.painting {
		w.painting = true
		if d, h, ok := w.cellAt(e.Position.SubtractXY(e.Dragged.DX, e.Dragged.DY)); ok {
			w.paintOn = !w.on(d, h)
			w.set(d, h, w.paintOn)
		} else {
			w.paintOn = !w.on(day, hour)
		}
	}
	if w.on(day, hour) != w.paintOn {
		w.set(day, hour, w.paintOn)
	}
}

// DragEnd implements fyne.Draggable.
func (w *WeekHours) DragEnd() {
	if w.painting {
		w.painting = false
		w.tell()
	}
}

// Cursor implements desktop.Cursorable.
func (w *WeekHours) Cursor() desktop.Cursor { return desktop.PointerCursor }

// FocusGained implements fyne.Focusable.
func (w *WeekHours) FocusGained() { w.focused = true; w.Refresh() }

// FocusLost implements fyne.Focusable.
func (w *WeekHours) FocusLost() { w.focused = false; w.Refresh() }

// TypedRune implements fyne.Focusable.
func (w *WeekHours) TypedRune(r rune) {
	if r != ' ' {
		passRune(w, r)
	}
}

// TypedKey implements fyne.Focusable.
func (w *WeekHours) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyLeft:
		w.at = (w.at + 23) % 24
	case fyne.KeyRight:
		w.at = (w.at + 1) % 24
	case fyne.KeyUp:
		w.day = (w.day + 6) % 7
	case fyne.KeyDown:
		w.day = (w.day + 1) % 7
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		w.set(w.day, w.at, !w.on(w.day, w.at))
		w.tell()
	default:
		passKey(w, e)
		return
	}
	w.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (w *WeekHours) CreateRenderer() fyne.WidgetRenderer {
	r := &weekRenderer{w: w}
	for range 7 {
		r.days = append(r.days, canvas.NewText("", nil))
		for range 24 {
			r.cells = append(r.cells, canvas.NewRectangle(nil))
		}
	}
	for hour := 0; hour < 24; hour += 6 {
		r.hours = append(r.hours, canvas.NewText(fmt.Sprintf("%02d", hour), nil))
	}
	for _, o := range r.days {
		r.objects = append(r.objects, o)
	}
	for _, o := range r.hours {
		r.objects = append(r.objects, o)
	}
	for _, o := range r.cells {
		r.objects = append(r.objects, o)
	}
	r.paint()
	return r
}

type weekRenderer struct {
	w           *WeekHours
	days, hours []*canvas.Text
	cells       []*canvas.Rectangle
	objects     []fyne.CanvasObject
}

func (r *weekRenderer) Destroy()                     {}
func (r *weekRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *weekRenderer) MinSize() fyne.Size {
	m := r.w.metrics()
	return fyne.NewSize(m.left+24*8, m.top+7*m.row)
}

func (r *weekRenderer) Layout(fyne.Size) {
	m := r.w.metrics()
	for d, t := range r.days {
		s := t.MinSize()
		place(t, 0, m.top+float32(d)*m.row+(m.row-s.Height)/2, m.left, s.Height)
	}
	for i, t := range r.hours {
		s := t.MinSize()
		place(t, m.left+float32(i*6)*m.cell, 0, s.Width, s.Height)
	}
	for i, c := range r.cells {
		place(c, m.left+float32(i%24)*m.cell, m.top+float32(i/24)*m.row, m.cell-2, m.row-2)
	}
}

func (r *weekRenderer) Refresh() {
	r.paint()
	r.Layout(r.w.Size())
	canvas.Refresh(r.w)
}

func (r *weekRenderer) paint() {
	size := look.Size(look.SizeSmall)
	for d, t := range r.days {
		t.Text, t.TextSize, t.Color = r.w.days[d], size, look.Color(look.MutedText)
	}
	for _, t := range r.hours {
		t.TextSize, t.Color = size-1, look.Color(look.Faint)
	}
	for i, c := range r.cells {
		c.FillColor, c.CornerRadius = look.Color(look.Track), 3
		if r.w.on(i/24, i%24) {
			c.FillColor = look.Color(look.Accent)
		}
		c.StrokeColor, c.StrokeWidth = nil, 0
		if r.w.focused && i == r.w.day*24+r.w.at {
			c.StrokeColor, c.StrokeWidth = look.Color(theme.ColorNameForeground), 2
		}
	}
}
