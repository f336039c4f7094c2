package kit

import (
	"strings"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/look"
)

// padLayout leaves room around its object.
type padLayout struct{ top, right, bottom, left float32 }

func (l *padLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(l.left, l.top))
		o.Resize(fyne.NewSize(max(0, size.Width-l.left-l.right), max(0, size.Height-l.top-l.bottom)))
	}
}

func (l *padLayout) MinSize(objects []fyne.CanvasObject) (m fyne.Size) {
	for _, o := range visible(objects) {
		m = m.Max(o.MinSize())
	}
	return m.AddWidthHeight(l.left+l.right, l.top+l.bottom)
}

func (l *padLayout) heightFor(objects []fyne.CanvasObject, width float32) (h float32) {
	for _, o := range visible(objects) {
		h = max(h, HeightFor(o, width-l.left-l.right))
	}
	return h + l.top + l.bottom
}

// Pad leaves n around o.
func Pad(n float32, o fyne.CanvasObject) *fyne.Container { return PadXY(n, n, o) }

// PadXY leaves x beside o and y above and below it.
func PadXY(x, y float32, o fyne.CanvasObject) *fyne.Container { return Inset(y, x, y, x, o) }

// Inset leaves room around o, each side its own.
func Inset(top, right, bottom, left float32, o fyne.CanvasObject) *fyne.Container {
	return container(&padLayout{top: top, right: right, bottom: bottom, left: left}, o)
}

// placeLayout keeps its object within a width and places it.
type placeLayout struct {
	widest float32 // 0: the object's least
	x, y   float32 // 0 left or top, 0.5 centre, 1 right or bottom; y < 0: full height
}

func (l *placeLayout) width(o fyne.CanvasObject, width float32) float32 {
	if l.widest > 0 {
		return min(width, l.widest)
	}
	return min(width, o.MinSize().Width)
}

func (l *placeLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		w, h := l.width(o, size.Width), size.Height
		y := float32(0)
		if l.y >= 0 {
			h = min(size.Height, HeightFor(o, w))
			y = (size.Height - h) * l.y
		}
		o.Move(fyne.NewPos((size.Width-w)*l.x, y))
		o.Resize(fyne.NewSize(w, h))
	}
}

func (l *placeLayout) MinSize(objects []fyne.CanvasObject) (m fyne.Size) {
	for _, o := range visible(objects) {
		m = m.Max(o.MinSize())
	}
	return m
}

func (l *placeLayout) heightFor(objects []fyne.CanvasObject, width float32) (h float32) {
	for _, o := range visible(objects) {
		h = max(h, HeightFor(o, l.width(o, width)))
	}
	return h
}

// Center keeps o at its least width, in the middle of the width.
func Center(o fyne.CanvasObject) *fyne.Container { return container(&placeLayout{x: 0.5, y: -1}, o) }

// Middle keeps o at its least size, in the middle both ways.
func Middle(o fyne.CanvasObject) *fyne.Container { return container(&placeLayout{x: 0.5, y: 0.5}, o) }

// Left keeps o at its least width, at the left.
func Left(o fyne.CanvasObject) *fyne.Container { return container(&placeLayout{y: 0.5}, o) }

// Right keeps o at its least width, at the right.
func Right(o fyne.CanvasObject) *fyne.Container { return container(&placeLayout{x: 1, y: 0.5}, o) }

// Top keeps o at its least height, at the top, in full width.
func Top(o fyne.CanvasObject) *fyne.Container {
	return container(&placeLayout{widest: 1e6}, o)
}

// MaxWidth keeps o from growing wider than w; it is centred then.
func MaxWidth(w float32, o fyne.CanvasObject) *fyne.Container {
	return container(&placeLayout{widest: w, x: 0.5, y: -1}, o)
}

// MaxWidthLeft is MaxWidth that keeps to the left.
func MaxWidthLeft(w float32, o fyne.CanvasObject) *fyne.Container {
	return container(&placeLayout{widest: w, y: -1}, o)
}

// leastLayout gives its objects a least size.
type leastLayout struct {
	fillLayout
	width, height float32
}

func (l *leastLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return l.fillLayout.MinSize(objects).Max(fyne.NewSize(l.width, l.height))
}

func (l *leastLayout) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	return max(l.height, l.fillLayout.heightFor(objects, width))
}

// MinSize gives o a least width and height.
func MinSize(w, h float32, o fyne.CanvasObject) *fyne.Container {
	return container(&leastLayout{width: w, height: h}, o)
}

// MinWidth gives o a least width.
func MinWidth(w float32, o fyne.CanvasObject) *fyne.Container { return MinSize(w, 0, o) }

// MinHeight gives o a least height.
func MinHeight(h float32, o fyne.CanvasObject) *fyne.Container { return MinSize(0, h, o) }

// columnsLayout is a grid of equal columns, as many as fit.
type columnsLayout struct {
	least, gap float32
	width      float32
}

func (l *columnsLayout) count(n int, width float32) int {
	fit := int((width + l.gap) / (l.least*look.TextScale() + l.gap))
	return max(1, min(n, fit))
}

// rows calls fn for each row with its height.
func (l *columnsLayout) rows(shown []fyne.CanvasObject, width float32, fn func(row []fyne.CanvasObject, cell, height float32)) {
	n := l.count(len(shown), width)
	cell := (width - l.gap*float32(n-1)) / float32(n)
	for len(shown) > 0 {
		row := shown[:min(n, len(shown))]
		shown = shown[len(row):]
		h := float32(0)
		for _, o := range row {
			h = max(h, HeightFor(o, cell))
		}
		fn(row, cell, h)
	}
}

func (l *columnsLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	shown, y := visible(objects), float32(0)
	spare := float32(0) // rows share what is left in a growing place
	if rows := (len(shown) + l.count(len(shown), size.Width) - 1) / l.count(len(shown), size.Width); rows > 0 {
		spare = max(0, size.Height-l.heightFor(objects, size.Width)) / float32(rows)
	}
	l.rows(shown, size.Width, func(row []fyne.CanvasObject, cell, height float32) {
		height += spare
		for i, o := range row {
			o.Move(fyne.NewPos(float32(i)*(cell+l.gap), y))
			o.Resize(fyne.NewSize(cell, height))
		}
		y += height + l.gap
	})
}

func (l *columnsLayout) MinSize(objects []fyne.CanvasObject) (m fyne.Size) {
	for _, o := range visible(objects) {
		m = m.Max(o.MinSize())
	}
	if l.width > 0 {
		m.Height = l.heightFor(objects, l.width)
	}
	return m
}

func (l *columnsLayout) heightFor(objects []fyne.CanvasObject, width float32) (h float32) {
	l.rows(visible(objects), width, func(_ []fyne.CanvasObject, _, height float32) {
		if h > 0 {
			h += l.gap
		}
		h += height
	})
	return h
}

// Columns is a grid of equal columns, none narrower than least, so one below
// the other in a narrow window.
func Columns(least float32, o ...fyne.CanvasObject) *fyne.Container {
	return container(&columnsLayout{least: least, gap: 16}, o...)
}

// sidesLayout puts a wide and a slim part beside each other, or below each
// other when there is no room.
type sidesLayout struct {
	least, gap, share float32
	width             float32
}

func (l *sidesLayout) split(width float32) (main, side float32, beside bool) {
	if width < l.least*look.TextScale() {
		return width, width, false
	}
	main = (width - l.gap) * l.share
	return main, width - l.gap - main, true
}

func (l *sidesLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	shown := visible(objects)
	main, side, beside := l.split(size.Width)
	if len(shown) != 2 || !beside {
		(&columnLayout{gap: l.gap}).Layout(objects, size)
		return
	}
	shown[0].Move(fyne.NewPos(0, 0))
	shown[0].Resize(fyne.NewSize(main, size.Height))
	shown[1].Move(fyne.NewPos(main+l.gap, 0))
	shown[1].Resize(fyne.NewSize(side, size.Height))
}

func (l *sidesLayout) MinSize(objects []fyne.CanvasObject) (m fyne.Size) {
	for _, o := range visible(objects) {
		m = m.Max(o.MinSize())
	}
	if l.width > 0 {
		m.Height = l.heightFor(objects, l.width)
	}
	return m
}

func (l *sidesLayout) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	shown := visible(objects)
	main, side, beside := l.split(width)
	if len(shown) != 2 || !beside {
		return (&columnLayout{gap: l.gap}).heightFor(objects, width)
	}
	return max(HeightFor(shown[0], main), HeightFor(shown[1], side))
}

// Sides puts main and side beside each other, two parts to one, or below each
// other when there is less than least.
func Sides(least float32, main, side fyne.CanvasObject) *fyne.Container {
	return container(&sidesLayout{least: least, gap: 16, share: 0.66}, main, side)
}

// runLayout lets objects run on like words.
type runLayout struct {
	gap   float32
	width float32
}

// run calls fn for each object with its place, and gives the height.
func (l *runLayout) run(objects []fyne.CanvasObject, width float32, fn func(o fyne.CanvasObject, p fyne.Position, s fyne.Size)) float32 {
	x, y, line := float32(0), float32(0), float32(0)
	for _, o := range visible(objects) {
		m := o.MinSize()
		if x > 0 && x+m.Width > width {
			x, y, line = 0, y+line+l.gap, 0
		}
		m.Width = min(m.Width, width)
		if fn != nil {
			fn(o, fyne.NewPos(x, y), m)
		}
		x += m.Width + l.gap
		line = max(line, m.Height)
	}
	return y + line
}

func (l *runLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	l.run(objects, size.Width, func(o fyne.CanvasObject, p fyne.Position, s fyne.Size) {
		o.Move(p)
		o.Resize(s)
	})
}

func (l *runLayout) MinSize(objects []fyne.CanvasObject) (m fyne.Size) {
	for _, o := range visible(objects) {
		m = m.Max(o.MinSize())
	}
	if l.width > 0 {
		m.Height = l.heightFor(objects, l.width)
	}
	return m
}

func (l *runLayout) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	return l.run(objects, width, nil)
}

// Flow lets objects run on like words: beside each other while they fit.
func Flow(o ...fyne.CanvasObject) *fyne.Container { return container(&runLayout{gap: 8}, o...) }

// betweenLayout puts one object left and one right, or below each other when
// there is no room for both.
type betweenLayout struct {
	gap   float32
	width float32
}

func (l *betweenLayout) stacked(shown []fyne.CanvasObject, width float32) bool {
	return len(shown) == 2 && wish(shown[0])+l.gap+wish(shown[1]) > width
}

// Wish is the width at which nothing in o has to wrap, within reason for long
// texts.
func Wish(o fyne.CanvasObject) float32 { return wish(o) }

// wish is the width that o would like: its unwrapped text's, within reason.
//
// A wrapping text asks for no more than a short line: a longer one wraps well.
func wish(o fyne.CanvasObject) float32 {
	switch x := o.(type) {
	case interface{ wish() float32 }:
		return x.wish()
	case *fyne.Container:
		switch l := x.Layout.(type) {
		case *runLayout:
			return l.wish(x.Objects)
		case *columnLayout:
			w := float32(0)
			for _, o := range visible(x.Objects) {
				w = max(w, wish(o))
			}
			return w
		case *rowLayout:
			w := float32(0)
			for i, o := range visible(x.Objects) {
				if i > 0 {
					w += l.gap
				}
				w += wish(o)
			}
			return w
		case *padLayout:
			return wish(x.Objects[0]) + l.left + l.right
		case fillLayout, grown:
			w := float32(0)
			for _, o := range visible(x.Objects) {
				w = max(w, wish(o))
			}
			return w
		}
	}
	return o.MinSize().Width
}

// wish is the width of all objects on one line.
func (l *runLayout) wish(objects []fyne.CanvasObject) (w float32) {
	for i, o := range visible(objects) {
		if i > 0 {
			w += l.gap
		}
		w += o.MinSize().Width
	}
	return w
}

// wish is the width of the text unwrapped, within reason.
func (t *Text) wish() float32 {
	w := float32(0)
	for line := range strings.SplitSeq(t.s, "\n") {
		w = max(w, t.measure(line).Width)
	}
	if t.wrap || t.cut {
		w = min(w, 20*look.Size(t.size))
	}
	return w
}

func (l *betweenLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	shown := visible(objects)
	if len(shown) != 2 || l.stacked(shown, size.Width) {
		(&columnLayout{gap: l.gap}).Layout(objects, size)
		return
	}
	right := wish(shown[1])
	left := size.Width - right - l.gap
	for i, w := range []float32{left, right} {
		h := min(size.Height, HeightFor(shown[i], w))
		x := float32(0)
		if i == 1 {
			x = size.Width - right
		}
		shown[i].Move(fyne.NewPos(x, (size.Height-h)/2))
		shown[i].Resize(fyne.NewSize(w, h))
	}
}

func (l *betweenLayout) MinSize(objects []fyne.CanvasObject) (m fyne.Size) {
	for _, o := range visible(objects) {
		m = m.Max(o.MinSize())
	}
	if l.width > 0 {
		m.Height = l.heightFor(objects, l.width)
	}
	return m
}

func (l *betweenLayout) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	shown := visible(objects)
	if len(shown) != 2 || l.stacked(shown, width) {
		return (&columnLayout{gap: l.gap}).heightFor(objects, width)
	}
	right := wish(shown[1])
	return max(HeightFor(shown[0], width-right-l.gap), HeightFor(shown[1], right))
}

// Between puts left and right at the two ends of a line, or right below left
// when the line is too short for both.
func Between(left, right fyne.CanvasObject) *fyne.Container {
	return container(&betweenLayout{gap: 12}, left, right)
}
