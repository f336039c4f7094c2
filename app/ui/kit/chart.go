package kit

import (
	"image"
	"math"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/look"
)

// Point is a value of a chart.
type Point struct {
	Label string  // under the chart: a day
	Value float64 // not negative
	Text  string  // the value in words, shown when the mouse is over it
}

// Chart shows values over time, as an area or as bars. The mouse or the arrow
// keys show one of them. It is drawn when its values, its size or the theme
// change, and never otherwise.
type Chart struct {
	widget.BaseWidget
	// Format writes the numbers at the left; nil: plain.
	Format func(v float64) string

	points []Point
	bars   bool
	height float32
	over   int // the value that is shown, -1 for none
	draws  *chartRenderer
}

// AreaChart shows values as an area under a curve.
func AreaChart(height float32) *Chart { return newChart(height, false) }

// Bars shows values as bars.
func Bars(height float32) *Chart { return newChart(height, true) }

func newChart(height float32, bars bool) *Chart {
	c := &Chart{bars: bars, height: height, over: -1}
	c.ExtendBaseWidget(c)
	return c
}

// Set shows other values.
func (c *Chart) Set(points []Point) {
	c.points = points
	if c.over >= len(points) {
		c.over = -1
	}
	c.Refresh()
}

// Points are the values that are shown.
func (c *Chart) Points() []Point { return c.points }

// Over is the value that is pointed at, -1 for none.
func (c *Chart) Over() int { return c.over }

func (c *Chart) grows() {}

func (c *Chart) point(i int) {
	i = max(-1, min(len(c.points)-1, i))
	if i != c.over {
		c.over = i
		c.Refresh()
	}
}

// MouseIn implements desktop.Hoverable.
func (c *Chart) MouseIn(e *desktop.MouseEvent) { c.pointAt(e.Position.X) }

// MouseMoved implements desktop.Hoverable.
func (c *Chart) MouseMoved(e *desktop.MouseEvent) { c.pointAt(e.Position.X) }

// MouseOut implements desktop.Hoverable.
func (c *Chart) MouseOut() { c.point(-1) }

// Tapped shows the value at a finger.
func (c *Chart) Tapped(e *fyne.PointEvent) { c.pointAt(e.Position.X) }

func (c *Chart) pointAt(x float32) {
	if c.draws != nil {
		c.point(c.draws.index(x))
	}
}

// FocusGained implements fyne.Focusable.
func (c *Chart) FocusGained() { c.point(len(c.points) - 1) }

// FocusLost implements fyne.Focusable.
func (c *Chart) FocusLost() { c.point(-1) }

// TypedRune implements fyne.Focusable.
func (c *Chart) TypedRune(r rune) { passRune(c, r) }

// TypedKey implements fyne.Focusable.
func (c *Chart) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyLeft:
		c.point(max(0, c.over-1))
	case fyne.KeyRight:
		c.point(c.over + 1)
	default:
		passKey(c, e)
	}
}

func (c *Chart) format(v float64) string {
	if c.Format != nil {
		return c.Format(v)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// top is the value at the upper edge, and how many lines there are below it.
func (c *Chart) top() (float64, int) {
	v := 0.0
	for _, p := range c.points {
		v = max(v, p.Value)
	}
	return niceTop(v)
}

// CreateRenderer implements fyne.Widget.
func (c *Chart) CreateRenderer() fyne.WidgetRenderer {
	r := &chartRenderer{c: c, mark: canvas.NewRectangle(nil), dot: canvas.NewCircle(nil), bubble: canvas.NewRectangle(nil),
		words: canvas.NewText("", nil), day: canvas.NewText("", nil)}
	r.picture = canvas.NewRaster(r.draw)
	c.draws = r
	r.build()
	return r
}

type chartRenderer struct {
	c       *Chart
	picture *canvas.Raster
	lines   []*canvas.Rectangle
	scale   []*canvas.Text // at the left
	days    []*canvas.Text // below
	boxes   []*canvas.Rectangle
	mark    *canvas.Rectangle
	dot     *canvas.Circle
	bubble  *canvas.Rectangle
	words   *canvas.Text
	day     *canvas.Text
	objects []fyne.CanvasObject
	plot    struct{ x, y, w, h float32 }
}

func (r *chartRenderer) Destroy()                     {}
func (r *chartRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *chartRenderer) MinSize() fyne.Size           { return fyne.NewSize(160, r.c.height) }

func (r *chartRenderer) Refresh() {
	r.build()
	r.Layout(r.c.Size())
	canvas.Refresh(r.c)
}

// build makes the objects for the values.
func (r *chartRenderer) build() {
	c := r.c
	top, steps := c.top()
	size := look.Size(look.SizeSmall)
	r.lines, r.scale, r.days, r.boxes = nil, nil, nil, nil
	r.objects = nil
	for i := range steps + 1 {
		line := canvas.NewRectangle(look.Color(look.Grid))
		label := canvas.NewText(c.format(top*float64(i)/float64(steps)), look.Color(look.Faint))
		label.TextSize, label.Alignment = size-1, fyne.TextAlignTrailing
		r.lines, r.scale = append(r.lines, line), append(r.scale, label)
		r.objects = append(r.objects, line, label)
	}
	for _, p := range c.points {
		day := canvas.NewText(p.Label, look.Color(look.Faint))
		day.TextSize, day.Alignment = size-1, fyne.TextAlignCenter
		r.days = append(r.days, day)
		r.objects = append(r.objects, day)
	}
	if c.bars {
		for range c.points {
			box := canvas.NewRectangle(look.Color(look.Accent))
			r.boxes = append(r.boxes, box)
			r.objects = append(r.objects, box)
		}
	} else {
		r.objects = append(r.objects, r.picture)
	}
	r.mark.FillColor = look.Color(look.Faint)
	r.dot.FillColor, r.dot.StrokeColor, r.dot.StrokeWidth = look.Color(look.Card), look.Color(look.Accent), 2
	r.bubble.FillColor, r.bubble.CornerRadius = look.Color(look.Inverse), 6
	r.words.Color, r.words.TextSize, r.words.TextStyle = look.Color(look.OnInverse), size, bold
	r.day.Color, r.day.TextSize = look.Color(look.OnInverse), size-1
	r.objects = append(r.objects, r.mark, r.dot, r.bubble, r.words, r.day)
}

// Layout implements fyne.WidgetRenderer.
func (r *chartRenderer) Layout(size fyne.Size) {
	left, below := float32(0), float32(0)
	for _, t := range r.scale {
		left = max(left, t.MinSize().Width)
		below = max(below, t.MinSize().Height)
	}
	r.plot.x, r.plot.y = left+10, below/2
	r.plot.w, r.plot.h = max(1, size.Width-r.plot.x-4), max(1, size.Height-below*1.5-10)
	for i := range r.lines {
		y := r.plot.y + r.plot.h*(1-float32(i)/float32(len(r.lines)-1))
		place(r.lines[i], r.plot.x, y, r.plot.w, 1)
		place(r.scale[i], 0, y-below/2, left, below)
	}
	r.placeDays(r.plot.y + r.plot.h + 8)
	place(r.picture, r.plot.x, r.plot.y, r.plot.w, r.plot.h)
	r.placeBars()
	r.placeOver(size)
}

func place(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(w, h))
}

// placeDays shows as many labels below as there is room for.
func (r *chartRenderer) placeDays(y float32) {
	widest := float32(1)
	for _, d := range r.days {
		widest = max(widest, d.MinSize().Width)
	}
	fit := max(1, int(r.plot.w/(widest+16)))
	each := max(1, (len(r.days)+fit-1)/fit)
	right := r.plot.x + r.plot.w + 4
	for i, d := range r.days {
		m := d.MinSize()
		show(d, (len(r.days)-1-i)%each == 0)
		x := r.x(i) - m.Width/2
		place(d, max(0, min(right-m.Width, x)), y, m.Width, m.Height)
	}
}

// x is where the i-th value is.
func (r *chartRenderer) x(i int) float32 {
	n := len(r.c.points)
	if r.c.bars {
		return r.plot.x + r.plot.w*(float32(i)+0.5)/float32(max(1, n))
	}
	if n < 2 {
		return r.plot.x + r.plot.w
	}
	return r.plot.x + r.plot.w*float32(i)/float32(n-1)
}

// y is where a value is.
func (r *chartRenderer) y(v float64) float32 {
	top, _ := r.c.top()
	return r.plot.y + r.plot.h*float32(1-v/top)
}

// index is the value nearest to x, -1 without values.
func (r *chartRenderer) index(x float32) int {
	n := len(r.c.points)
	if n == 0 {
		return -1
	}
	part := float64((x - r.plot.x) / r.plot.w)
	if r.c.bars {
		return max(0, min(n-1, int(math.Floor(part*float64(n)))))
	}
	return max(0, min(n-1, int(math.Round(part*float64(n-1)))))
}

func (r *chartRenderer) placeBars() {
	slot := r.plot.w / float32(max(1, len(r.boxes)))
	w := max(1, min(28, slot*0.66))
	for i, box := range r.boxes {
		y := r.y(r.c.points[i].Value)
		h := r.plot.y + r.plot.h - y
		if r.c.points[i].Value > 0 {
			h = max(2, h)
		}
		box.CornerRadius = min(4, w/2, h/2)
		name := look.Accent
		if r.c.over >= 0 && r.c.over != i {
			name = look.AccentSoft
		}
		box.FillColor = look.Color(name)
		place(box, r.x(i)-w/2, r.plot.y+r.plot.h-h, w, h)
	}
}

// placeOver shows the value that is pointed at.
func (r *chartRenderer) placeOver(size fyne.Size) {
	on := r.c.over >= 0 && r.c.over < len(r.c.points)
	for _, o := range []fyne.CanvasObject{r.bubble, r.words, r.day} {
		show(o, on)
	}
	show(r.mark, on && !r.c.bars)
	show(r.dot, on && !r.c.bars)
	if !on {
		return
	}
	p := r.c.points[r.c.over]
	x, y := r.x(r.c.over), r.y(p.Value)
	place(r.mark, x-0.5, r.plot.y, 1, r.plot.h)
	place(r.dot, x-5, y-5, 10, 10)
	r.words.Text, r.day.Text = p.Text, p.Label
	if r.words.Text == "" {
		r.words.Text = r.c.format(p.Value)
	}
	a, b := r.words.MinSize(), r.day.MinSize()
	w, h := max(a.Width, b.Width)+16, a.Height+b.Height+8
	bx := max(0, min(size.Width-w, x-w/2))
	by := y - h - 10
	if by < 0 {
		by = min(size.Height-h, y+10)
	}
	place(r.bubble, bx, by, w, h)
	place(r.words, bx+8, by+4, a.Width, a.Height)
	place(r.day, bx+8, by+4+a.Height, b.Width, b.Height)
}

// draw draws the area.
func (r *chartRenderer) draw(w, h int) image.Image {
	top, _ := r.c.top()
	values := make([]float64, len(r.c.points))
	for i, p := range r.c.points {
		values[i] = p.Value / top
	}
	if len(values) == 1 {
		values = append(values, values[0])
	}
	density := float64(w) / float64(max(1, r.plot.w))
	return drawArea(w, h, values, nrgba(look.Color(look.Accent)), 2*density, true)
}

// Sparks is a small curve without numbers.
type Sparks struct {
	widget.BaseWidget
	values []float64
}

// Sparkline makes an empty small curve.
func Sparkline() *Sparks {
	s := &Sparks{}
	s.ExtendBaseWidget(s)
	return s
}

// Set shows other values.
func (s *Sparks) Set(values []float64) { s.values = values; s.Refresh() }

// CreateRenderer implements fyne.Widget.
func (s *Sparks) CreateRenderer() fyne.WidgetRenderer {
	return newRasterRenderer(fyne.NewSize(60, 24), func(w, h int) image.Image {
		top := 0.0
		for _, v := range s.values {
			top = max(top, v)
		}
		values := make([]float64, len(s.values))
		for i, v := range s.values {
			if top > 0 {
				values[i] = v / top
			}
		}
		density := float64(h) / float64(max(1, s.Size().Height))
		return drawArea(w, h, values, nrgba(look.Color(look.Accent)), 1.5*density, true)
	})
}

// rasterRenderer shows a widget that is one drawn picture.
type rasterRenderer struct {
	picture *canvas.Raster
	least   fyne.Size
}

func newRasterRenderer(least fyne.Size, draw func(w, h int) image.Image) *rasterRenderer {
	return &rasterRenderer{picture: canvas.NewRaster(draw), least: least}
}

func (r *rasterRenderer) Destroy()                     {}
func (r *rasterRenderer) MinSize() fyne.Size           { return r.least }
func (r *rasterRenderer) Layout(size fyne.Size)        { r.picture.Resize(size) }
func (r *rasterRenderer) Refresh()                     { r.picture.Refresh() }
func (r *rasterRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.picture} }
