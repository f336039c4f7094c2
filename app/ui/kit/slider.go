package kit

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/look"
)

// SliderOptions describe a slider.
type SliderOptions struct {
	Min, Max, Step, Value float64
	Low, High             string                 // words at its ends; may be empty
	Format                func(v float64) string // the value above it; nil: none
	Changed               func(v float64)        // while it moves
	Ended                 func(v float64)        // when it was let go
}

// SliderBox is a slider with its value above it and words at its ends.
type SliderBox struct {
	composite
	track *sliderTrack
	value *Text
	o     SliderOptions
}

// Slider makes a slider.
func Slider(o SliderOptions) *SliderBox {
	s := &SliderBox{o: o, value: Heading("").Wrap()}
	s.track = &sliderTrack{s: s, value: o.Value}
	s.track.ExtendBaseWidget(s.track)
	s.content = ColumnGap(4, s.value, s.track)
	if o.Low != "" || o.High != "" {
		s.content.(*fyne.Container).Add(Between(Small(o.Low), Small(o.High)))
	}
	s.ExtendBaseWidget(s)
	s.show()
	return s
}

func (s *SliderBox) show() {
	if s.o.Format != nil {
		s.value.Set(s.o.Format(s.track.value))
	}
	show(s.value, s.o.Format != nil)
}

// Value is where the slider stands.
func (s *SliderBox) Value() float64 { return s.track.value }

// Set moves the slider, without telling anybody.
func (s *SliderBox) Set(v float64) {
	s.track.value = s.fit(v)
	s.track.Refresh()
	s.show()
}

// SetRange changes the ends and the value, without telling anybody.
func (s *SliderBox) SetRange(low, high, v float64) {
	s.o.Min, s.o.Max = low, high
	s.Set(v)
}

// Drag moves the slider as a person would.
func (s *SliderBox) Drag(v float64) {
	s.move(v)
	s.ended()
}

// fit puts v onto a step between the ends.
func (s *SliderBox) fit(v float64) float64 {
	if s.o.Step > 0 {
		v = s.o.Min + math.Round((v-s.o.Min)/s.o.Step)*s.o.Step
	}
	return max(s.o.Min, min(s.o.Max, v))
}

func (s *SliderBox) move(v float64) {
	before := s.track.value
	s.Set(v)
	if s.track.value != before && s.o.Changed != nil {
		s.o.Changed(s.track.value)
	}
}

func (s *SliderBox) ended() {
	if s.o.Ended != nil {
		s.o.Ended(s.track.value)
	}
}

// sliderTrack is the line with the knob.
type sliderTrack struct {
	widget.BaseWidget
	s       *SliderBox
	value   float64
	focused bool
	hovered bool
}

// knobSize is the knob's width.
const knobSize = 18

func (t *sliderTrack) part() float32 {
	if t.s.o.Max <= t.s.o.Min {
		return 0
	}
	return float32((t.value - t.s.o.Min) / (t.s.o.Max - t.s.o.Min))
}

func (t *sliderTrack) valueAt(x float32) float64 {
	part := (x - knobSize/2) / max(1, t.Size().Width-knobSize)
	return t.s.o.Min + float64(max(0, min(1, part)))*(t.s.o.Max-t.s.o.Min)
}

// Tapped implements fyne.Tappable.
func (t *sliderTrack) Tapped(e *fyne.PointEvent) {
	if c := canvasOf(t); c != nil {
		c.Focus(t)
	}
	t.s.move(t.valueAt(e.Position.X))
	t.s.ended()
}

// Dragged implements fyne.Draggable.
func (t *sliderTrack) Dragged(e *fyne.DragEvent) { t.s.move(t.valueAt(e.Position.X)) }

// DragEnd implements fyne.Draggable.
func (t *sliderTrack) DragEnd() { t.s.ended() }

// MouseIn implements desktop.Hoverable.
func (t *sliderTrack) MouseIn(*desktop.MouseEvent) { t.hovered = true; t.Refresh() }

// MouseMoved implements desktop.Hoverable.
func (t *sliderTrack) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (t *sliderTrack) MouseOut() { t.hovered = false; t.Refresh() }

// Cursor implements desktop.Cursorable.
func (t *sliderTrack) Cursor() desktop.Cursor { return desktop.PointerCursor }

// FocusGained implements fyne.Focusable.
func (t *sliderTrack) FocusGained() { t.focused = true; t.Refresh() }

// FocusLost implements fyne.Focusable.
func (t *sliderTrack) FocusLost() { t.focused = false; t.Refresh() }

// TypedRune implements fyne.Focusable.
func (t *sliderTrack) TypedRune(r rune) { passRune(t, r) }

// TypedKey implements fyne.Focusable.
func (t *sliderTrack) TypedKey(e *fyne.KeyEvent) {
	step := t.s.o.Step
	if step <= 0 {
		step = (t.s.o.Max - t.s.o.Min) / 100
	}
	v := t.value
	switch e.Name {
	case fyne.KeyLeft, fyne.KeyDown:
		v -= step
	case fyne.KeyRight, fyne.KeyUp:
		v += step
	case fyne.KeyPageDown:
		v -= 10 * step
	case fyne.KeyPageUp:
		v += 10 * step
	case fyne.KeyHome:
		v = t.s.o.Min
	case fyne.KeyEnd:
		v = t.s.o.Max
	default:
		passKey(t, e)
		return
	}
	t.s.Drag(v)
}

// CreateRenderer implements fyne.Widget.
func (t *sliderTrack) CreateRenderer() fyne.WidgetRenderer {
	r := &sliderRenderer{t: t, track: canvas.NewRectangle(nil), fill: canvas.NewRectangle(nil), halo: canvas.NewCircle(nil), knob: canvas.NewCircle(nil)}
	r.paint()
	return r
}

type sliderRenderer struct {
	t           *sliderTrack
	track, fill *canvas.Rectangle
	halo, knob  *canvas.Circle
}

func (r *sliderRenderer) Destroy()           {}
func (r *sliderRenderer) MinSize() fyne.Size { return fyne.NewSize(100, 32) }
func (r *sliderRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.track, r.fill, r.halo, r.knob}
}

func (r *sliderRenderer) Layout(size fyne.Size) {
	x := knobSize/2 + (size.Width-knobSize)*r.t.part()
	y := size.Height / 2
	place(r.track, 0, y-2, size.Width, 4)
	place(r.fill, 0, y-2, x, 4)
	place(r.halo, x-knobSize, y-knobSize, 2*knobSize, 2*knobSize)
	place(r.knob, x-knobSize/2, y-knobSize/2, knobSize, knobSize)
}

func (r *sliderRenderer) Refresh() {
	r.paint()
	r.Layout(r.t.Size())
	canvas.Refresh(r.t)
}

func (r *sliderRenderer) paint() {
	r.track.FillColor, r.track.CornerRadius = look.Color(look.Track), 2
	r.fill.FillColor, r.fill.CornerRadius = look.Color(look.Accent), 2
	r.knob.FillColor, r.knob.StrokeColor, r.knob.StrokeWidth = look.Color(look.Card), look.Color(look.Accent), 3
	halo := look.Clear
	switch {
	case r.t.focused:
		halo = theme.ColorNameFocus
	case r.t.hovered:
		halo = look.Hover
	}
	r.halo.FillColor = look.Color(halo)
}
