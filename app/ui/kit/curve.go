package kit

import (
	"image"
	"image/color"
	"math"
)

// tangents are the slopes of a curve through values at equal distances that
// never swings beyond them (Fritsch and Carlson): earnings do not go below
// zero between two days.
func tangents(v []float64) []float64 {
	n := len(v)
	m := make([]float64, n)
	if n < 2 {
		return m
	}
	d := make([]float64, n-1)
	for i := range d {
		d[i] = v[i+1] - v[i]
	}
	m[0], m[n-1] = d[0], d[n-2]
	for i := 1; i < n-1; i++ {
		if d[i-1]*d[i] > 0 {
			m[i] = 2 * d[i-1] * d[i] / (d[i-1] + d[i])
		}
	}
	return m
}

// curveAt is the curve's height at x, counted in values from the first.
func curveAt(v, m []float64, x float64) float64 {
	switch n := len(v); {
	case n == 0:
		return 0
	case n == 1 || x <= 0:
		return v[0]
	case x >= float64(n-1):
		return v[n-1]
	}
	i := int(x)
	t := x - float64(i)
	t2, t3 := t*t, t*t*t
	return v[i]*(2*t3-3*t2+1) + m[i]*(t3-2*t2+t) + v[i+1]*(3*t2-2*t3) + m[i+1]*(t3-t2)
}

// drawArea draws the curve through values, as parts of the height from below,
// and the fading area under it. stroke is the line's width in pixels.
func drawArea(w, h int, values []float64, c color.NRGBA, stroke float64, fill bool) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	if len(values) == 0 || w < 2 || h < 2 {
		return img
	}
	m := tangents(values)
	step := float64(max(1, len(values)-1)) / float64(w-1)
	room := float64(h) - stroke // the line stays whole at the edges
	y := make([]float64, w)
	for px := range y {
		y[px] = stroke/2 + room*(1-curveAt(values, m, float64(px)*step))
	}
	for px := range y {
		slope := y[min(w-1, px+1)] - y[max(0, px-1)]
		if px > 0 && px < w-1 {
			slope /= 2
		}
		column(img, px, y[px], math.Hypot(1, slope), c, stroke, fill)
	}
	return img
}

// column draws one column of pixels of the curve at height top; steep is how
// much longer the line is than the column is wide.
func column(img *image.NRGBA, px int, top, steep float64, c color.NRGBA, stroke float64, fill bool) {
	h := img.Rect.Dy()
	for py := max(0, int(top-stroke*steep)-1); py < h; py++ {
		centre := float64(py) + 0.5
		alpha := 0.0
		if fill {
			under := min(1, max(0, centre+0.5-top))
			alpha = under * 0.30 * (1 - centre/float64(h))
		}
		line := min(1, max(0, stroke/2+0.5-math.Abs(centre-top)/steep))
		alpha = line + alpha*(1-line)
		if alpha <= 0 {
			if !fill && centre > top+stroke*steep {
				break
			}
			continue
		}
		img.SetNRGBA(px, py, color.NRGBA{c.R, c.G, c.B, uint8(alpha*float64(c.A) + 0.5)})
	}
}

// niceTop is a round number not below v, and how many equal steps lead to it.
func niceTop(v float64) (top float64, steps int) {
	if v <= 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return 1, 4
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, s := range []struct {
		size  float64
		steps int
	}{{1, 4}, {1.2, 4}, {1.6, 4}, {2, 4}, {2.5, 5}, {3, 3}, {4, 4}, {5, 5}, {6, 4}, {8, 4}, {10, 5}} {
		if s.size*unit >= v*(1-1e-9) {
			return s.size * unit, s.steps
		}
	}
	return 10 * unit, 5
}

func nrgba(c color.Color) color.NRGBA { return color.NRGBAModel.Convert(c).(color.NRGBA) }
