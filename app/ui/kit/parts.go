package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/look"
)

// Part is a part of a whole.
type Part struct {
	Label string              // what it is
	Text  string              // its value in words
	Value float64             // its share is Value of the sum
	Color fyne.ThemeColorName // "": the next of the series
}

func (p Part) color(i int) fyne.ThemeColorName {
	if p.Color == "" {
		return look.Series(i)
	}
	return p.Color
}

// SegmentBar is a thin bar of parts beside each other.
type SegmentBar struct {
	widget.BaseWidget
	parts  []Part
	height float32
}

// Segments makes an empty bar of parts.
func Segments() *SegmentBar {
	b := &SegmentBar{height: barHeight}
	b.ExtendBaseWidget(b)
	return b
}

// Set shows other parts.
func (b *SegmentBar) Set(parts []Part) {
	b.parts = parts
	b.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (b *SegmentBar) CreateRenderer() fyne.WidgetRenderer {
	r := &segmentRenderer{b: b}
	r.paint()
	return r
}

type segmentRenderer struct {
	b       *SegmentBar
	objects []fyne.CanvasObject
}

func (r *segmentRenderer) Destroy()                     {}
func (r *segmentRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *segmentRenderer) MinSize() fyne.Size           { return fyne.NewSize(40, r.b.height) }

func (r *segmentRenderer) Refresh() {
	r.paint()
	r.Layout(r.b.Size())
	canvas.Refresh(r.b)
}

func (r *segmentRenderer) paint() {
	parts := r.b.parts
	if len(parts) == 0 {
		parts = []Part{{Value: 1, Color: look.Track}}
	}
	for len(r.objects) < len(parts) {
		r.objects = append(r.objects, canvas.NewRectangle(nil))
	}
	r.objects = r.objects[:len(parts)]
	for i, p := range parts {
		box := r.objects[i].(*canvas.Rectangle)
		box.FillColor, box.CornerRadius = look.Color(p.color(i)), min(4, r.b.height/2)
	}
}

// segmentGap is between the parts of a bar.
const segmentGap = 2

func (r *segmentRenderer) Layout(size fyne.Size) {
	sum, shown := float64(0), 0
	for _, p := range r.b.parts {
		if p.Value > 0 {
			sum += p.Value
			shown++
		}
	}
	room := size.Width - segmentGap*float32(max(0, shown-1))
	x, y := float32(0), (size.Height-r.b.height)/2
	for i, o := range r.objects {
		w := size.Width
		if len(r.b.parts) > 0 {
			w = 0
			if r.b.parts[i].Value > 0 && sum > 0 {
				w = room * float32(r.b.parts[i].Value/sum)
			}
		}
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(w, r.b.height))
		show(o, w > 0)
		if w > 0 {
			x += w + segmentGap
		}
	}
}

// SplitBox shows the parts of a whole as a bar with a legend.
type SplitBox struct {
	composite
	bar    *SegmentBar
	legend *fyne.Container
}

// SplitBar shows the parts of a whole as a bar with a legend.
func SplitBar() *SplitBox {
	s := &SplitBox{bar: Segments(), legend: ColumnGap(6)}
	s.bar.height = 14
	s.content = ColumnGap(12, s.bar, s.legend)
	s.ExtendBaseWidget(s)
	return s
}

// Set shows other parts.
func (s *SplitBox) Set(parts []Part) {
	s.bar.Set(parts)
	s.legend.Objects = legend(parts)
	s.legend.Refresh()
	s.Refresh()
}

func legend(parts []Part) []fyne.CanvasObject {
	var rows []fyne.CanvasObject
	for i, p := range parts {
		if p.Label == "" {
			continue
		}
		dot := MinSize(10, 10, Surface(p.color(i), 3))
		// The value keeps its place at the right, whatever room there is: the label wraps.
		rows = append(rows, Row(dot, Grow(Muted(p.Label).Wrap()), Body(p.Text).Align(fyne.TextAlignTrailing)))
	}
	return rows
}
