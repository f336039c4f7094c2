package kit

import "fyne.io/fyne/v2"

// columnLayout puts objects below each other. It remembers its width, so that
// its least height is that of wrapped texts.
type columnLayout struct {
	gap   float32
	width float32
}

func (l *columnLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	shown := visible(objects)
	heights, spare := make([]float32, len(shown)), size.Height
	growers := 0
	for i, o := range shown {
		heights[i] = HeightFor(o, size.Width)
		spare -= heights[i]
		if growing(o) {
			growers++
		}
	}
	spare -= l.gap * float32(max(0, len(shown)-1))
	y := float32(0)
	for i, o := range shown {
		h := heights[i]
		if growers > 0 && growing(o) { // or gives room up, as what scrolls can
			h = max(min(h, o.MinSize().Height), h+spare/float32(growers))
		}
		o.Move(fyne.NewPos(0, y))
		o.Resize(fyne.NewSize(size.Width, h))
		y += h + l.gap
	}
}

func (l *columnLayout) MinSize(objects []fyne.CanvasObject) (m fyne.Size) {
	for i, o := range visible(objects) {
		s := o.MinSize()
		m.Width = max(m.Width, s.Width)
		if l.width == 0 {
			if i > 0 {
				m.Height += l.gap
			}
			m.Height += s.Height
		}
	}
	if l.width > 0 {
		m.Height = l.heightFor(objects, l.width)
	}
	return m
}

func (l *columnLayout) heightFor(objects []fyne.CanvasObject, width float32) (h float32) {
	for i, o := range visible(objects) {
		if i > 0 {
			h += l.gap
		}
		h += HeightFor(o, width)
	}
	return h
}

// ColumnGap puts objects below each other with a gap between them.
func ColumnGap(gap float32, o ...fyne.CanvasObject) *fyne.Container {
	return container(&columnLayout{gap: gap}, o...)
}

// Column puts objects below each other with the usual gap.
func Column(o ...fyne.CanvasObject) *fyne.Container { return ColumnGap(12, o...) }

// Tight puts objects that belong together below each other.
func Tight(o ...fyne.CanvasObject) *fyne.Container { return ColumnGap(4, o...) }

// Loose puts parts of a page below each other.
func Loose(o ...fyne.CanvasObject) *fyne.Container { return ColumnGap(20, o...) }

// rowLayout puts objects beside each other, centred in height.
type rowLayout struct {
	gap   float32
	width float32
}

// widths shares out a row's width: everything gets its least, growers what is left.
func (l *rowLayout) widths(shown []fyne.CanvasObject, width float32) []float32 {
	w := make([]float32, len(shown))
	spare, growers := width-l.gap*float32(max(0, len(shown)-1)), 0
	for i, o := range shown {
		w[i] = o.MinSize().Width
		spare -= w[i]
		if growing(o) {
			growers++
		}
	}
	for i, o := range shown {
		if growers > 0 && spare > 0 && growing(o) {
			w[i] += spare / float32(growers)
		}
	}
	return w
}

func (l *rowLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	shown := visible(objects)
	x := float32(0)
	for i, w := range l.widths(shown, size.Width) {
		o := shown[i]
		h := min(size.Height, HeightFor(o, w))
		o.Move(fyne.NewPos(x, (size.Height-h)/2))
		o.Resize(fyne.NewSize(w, h))
		x += w + l.gap
	}
}

func (l *rowLayout) MinSize(objects []fyne.CanvasObject) (m fyne.Size) {
	for i, o := range visible(objects) {
		s := o.MinSize()
		if i > 0 {
			m.Width += l.gap
		}
		m.Width += s.Width
		m.Height = max(m.Height, s.Height)
	}
	if l.width > 0 {
		m.Height = l.heightFor(objects, l.width)
	}
	return m
}

func (l *rowLayout) heightFor(objects []fyne.CanvasObject, width float32) (h float32) {
	shown := visible(objects)
	for i, w := range l.widths(shown, width) {
		h = max(h, HeightFor(shown[i], w))
	}
	return h
}

// RowGap puts objects beside each other with a gap between them.
func RowGap(gap float32, o ...fyne.CanvasObject) *fyne.Container {
	return container(&rowLayout{gap: gap}, o...)
}

// Row puts objects beside each other, centred in height.
func Row(o ...fyne.CanvasObject) *fyne.Container { return RowGap(8, o...) }
