package kit

import (
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/look"
)

// DonutRing shows the parts of a whole as a ring, with words in its middle.
type DonutRing struct {
	composite
	ring   *ring
	middle *Text
	sub    *Text
	legend *fyne.Container
}

// Donut makes an empty ring, px wide and high, with a legend beside it, or
// under it in a narrow place.
func Donut(px float32) *DonutRing {
	d := &DonutRing{ring: &ring{px: px}, middle: Heading("").Align(fyne.TextAlignCenter), sub: Small("").Align(fyne.TextAlignCenter), legend: ColumnGap(8)}
	d.ring.ExtendBaseWidget(d.ring)
	picture := Middle(Stack(d.ring, Middle(ColumnGap(0, d.middle, d.sub))))
	d.content = container(&donutLayout{px: px}, picture, d.legend)
	d.ExtendBaseWidget(d)
	return d
}

// Set shows other parts, and words in the middle.
func (d *DonutRing) Set(parts []Part, middle, sub string) {
	d.ring.parts = parts
	d.ring.Refresh()
	d.middle.Set(middle)
	d.sub.Set(sub)
	show(d.sub, sub != "")
	d.legend.Objects = legend(parts)
	d.legend.Refresh()
	d.Refresh()
}

// donutLayout puts the legend beside the ring where there is room.
type donutLayout struct{ px, width float32 }

func (l *donutLayout) beside(width float32) bool { return width >= l.px+170*look.TextScale() }

func (l *donutLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	if !l.beside(size.Width) {
		(&columnLayout{gap: 16}).Layout(o, size)
		return
	}
	place(o[0], 0, 0, l.px, size.Height)
	w := size.Width - l.px - 24
	h := min(size.Height, HeightFor(o[1], w))
	place(o[1], l.px+24, (size.Height-h)/2, w, h)
}

func (l *donutLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	m := o[0].MinSize().Max(o[1].MinSize())
	if l.width > 0 {
		m.Height = l.heightFor(o, l.width)
	}
	return m
}

func (l *donutLayout) heightFor(o []fyne.CanvasObject, width float32) float32 {
	if !l.beside(width) {
		return (&columnLayout{gap: 16}).heightFor(o, width)
	}
	return max(HeightFor(o[0], l.px), HeightFor(o[1], width-l.px-24))
}

type ring struct {
	widget.BaseWidget
	px    float32
	parts []Part
}

// CreateRenderer implements fyne.Widget.
func (r *ring) CreateRenderer() fyne.WidgetRenderer {
	return newRasterRenderer(fyne.NewSquareSize(r.px), func(w, h int) image.Image {
		sum := 0.0
		for _, p := range r.parts {
			sum += max(0, p.Value)
		}
		var ends []float64
		var colors []color.NRGBA
		at := 0.0
		for i, p := range r.parts {
			if p.Value > 0 {
				at += p.Value / sum
				ends, colors = append(ends, at), append(colors, nrgba(look.Color(p.color(i))))
			}
		}
		return drawRing(w, h, ends, colors, nrgba(look.Color(look.Track)))
	})
}

// drawRing draws a ring whose parts end at ends of the whole turn, clockwise
// from the top.
func drawRing(w, h int, ends []float64, colors []color.NRGBA, empty color.NRGBA) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	cx, cy := float64(w)/2, float64(h)/2
	outer := min(cx, cy) - 0.5
	inner := outer * 0.74
	for y := range h {
		for x := range w {
			dx, dy := float64(x)+0.5-cx, float64(y)+0.5-cy
			d := math.Hypot(dx, dy)
			alpha := min(1, max(0, min(outer-d, d-inner)+0.5))
			if alpha == 0 {
				continue
			}
			turn := math.Atan2(dx, -dy) / (2 * math.Pi)
			if turn < 0 {
				turn++
			}
			c, gap := empty, 1.0
			for i, end := range ends {
				if turn <= end || i == len(ends)-1 {
					c = colors[i]
					begin := 0.0
					if i > 0 {
						begin = ends[i-1]
					}
					if len(ends) > 1 { // a thin gap between parts
						gap = min(1, max(0, min(turn-begin, end-turn)*2*math.Pi*d-0.5))
					}
					break
				}
			}
			img.SetNRGBA(x, y, color.NRGBA{c.R, c.G, c.B, uint8(float64(c.A)*alpha*gap + 0.5)})
		}
	}
	return img
}

// PiecesStrip shows which pieces of something are where: many thousands drawn
// as one picture.
type PiecesStrip struct {
	widget.BaseWidget
	height float32
	levels []uint8 // 255 is all
	name   fyne.ThemeColorName
}

// Pieces makes an empty strip, as high as height. A strip higher than 24 shows
// pieces as a field of squares.
func Pieces(height float32) *PiecesStrip {
	p := &PiecesStrip{height: height, name: look.Accent}
	p.ExtendBaseWidget(p)
	return p
}

// Set shows n pieces; level tells how much of the i-th there is, 0 to 1.
func (p *PiecesStrip) Set(n int, level func(i int) float64) {
	p.levels = make([]uint8, n)
	for i := range p.levels {
		p.levels[i] = uint8(max(0, min(1, level(i)))*255 + 0.5)
	}
	p.Refresh()
}

// SetBits shows n pieces from a bit field: from the high bit of the first byte on.
func (p *PiecesStrip) SetBits(have []byte, n int) {
	p.Set(n, func(i int) float64 {
		if i/8 < len(have) && have[i/8]>>(7-i%8)&1 == 1 {
			return 1
		}
		return 0
	})
}

// SetColor changes the colour of what is there.
func (p *PiecesStrip) SetColor(name fyne.ThemeColorName) { p.name = name; p.Refresh() }

// CreateRenderer implements fyne.Widget.
func (p *PiecesStrip) CreateRenderer() fyne.WidgetRenderer {
	r := newRasterRenderer(fyne.NewSize(60, p.height), func(w, h int) image.Image {
		empty, full := nrgba(look.Color(look.Track)), nrgba(look.Color(p.name))
		if p.height > 24 {
			return drawField(w, h, p.levels, empty, full)
		}
		return drawStrip(w, h, p.levels, empty, full)
	})
	r.picture.ScaleMode = canvas.ImageScalePixels
	return r
}

// drawStrip draws pieces beside each other; where several fall on a pixel,
// their mean counts.
func drawStrip(w, h int, levels []uint8, empty, full color.NRGBA) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		c := empty
		if n := len(levels); n > 0 {
			from, to := x*n/w, max(x*n/w+1, (x+1)*n/w)
			sum := 0
			for _, l := range levels[from:to] {
				sum += int(l)
			}
			c = mix(empty, full, float64(sum)/float64(255*(to-from)))
		}
		for y := range h {
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

// drawField draws pieces as squares in rows, as large as they can be.
func drawField(w, h int, levels []uint8, empty, full color.NRGBA) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	n := len(levels)
	if n == 0 || w == 0 || h == 0 {
		return img
	}
	cell := fieldCell(w, h, n)
	if cell < 2 { // more pieces than pixels: rows of means
		rows := make([]uint8, w*h)
		for i := range rows {
			rows[i] = levels[min(n-1, i*n/len(rows))]
		}
		levels, n, cell = rows, len(rows), 1
	}
	across, gap := w/cell, 0
	if cell >= 4 {
		gap = 1 + cell/12
	}
	for i, l := range levels {
		c := mix(empty, full, float64(l)/255)
		x0, y0 := i%across*cell, i/across*cell
		for y := y0; y < min(h, y0+cell-gap); y++ {
			for x := x0; x < x0+cell-gap; x++ {
				img.SetNRGBA(x, y, c)
			}
		}
	}
	return img
}

// fieldCell is the largest side of n squares that fit in w × h pixels.
func fieldCell(w, h, n int) int {
	cell := int(math.Sqrt(float64(w) * float64(h) / float64(n)))
	for cell > 1 && (w/cell)*(h/cell) < n {
		cell--
	}
	return max(1, min(28, cell))
}

func mix(a, b color.NRGBA, part float64) color.NRGBA {
	m := func(x, y uint8) uint8 { return uint8(float64(x)*(1-part) + float64(y)*part + 0.5) }
	return color.NRGBA{m(a.R, b.R), m(a.G, b.G), m(a.B, b.B), m(a.A, b.A)}
}
