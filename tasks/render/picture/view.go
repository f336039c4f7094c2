package picture

import (
	"encoding/binary"
	"image"
	"math"
	"sync"
)

// View is the picture as 8-bit integers, for showing: it is the picture itself
// if it is that already, and never to be written to. Sixteen bits are rounded.
// Floats are clipped to 0…1 and encoded by sRGB's curve (IEC 61966-2-1),
// colours divided by alpha first; what is no number becomes black. Blender calls
// that view transform "Standard".
func (p *Picture) View() *Picture {
	if p.Form.sample() == 1 {
		return p
	}
	f := RGB8
	if p.Form.Alpha() {
		f = RGBA8
	}
	out := &Picture{Form: f, W: p.W, H: p.H, Pix: make([]byte, p.W*p.H*f.Bytes())}
	for y := range p.H {
		p.viewRow(out.row(y), y)
	}
	return out
}

// viewRow writes row y as View has it.
func (p *Picture) viewRow(dst []byte, y int) {
	row := p.row(y)
	switch p.Form {
	case RGB8, RGBA8:
		copy(dst, row)
	case RGB16, RGBA16:
		for i := range dst {
			dst[i] = byte((uint32(binary.LittleEndian.Uint16(row[2*i:]))*255 + 32767) / 65535)
		}
	case RGBHalf:
		curve := srgbOfHalf()
		for i := range dst {
			dst[i] = curve[binary.LittleEndian.Uint16(row[2*i:])]
		}
	case RGBFloat:
		curve := srgbOfHalf()
		for i := range dst {
			dst[i] = curve[FloatToHalf(math.Float32frombits(binary.LittleEndian.Uint32(row[4*i:])))]
		}
	default:
		p.viewAlpha(dst, row)
	}
}

// viewAlpha is viewRow for floats with alpha.
func (p *Picture) viewAlpha(dst, row []byte) {
	curve := srgbOfHalf()
	var px [4]float32
	for i := 0; i < len(dst); i += 4 {
		for c := range px {
			if p.Form == RGBAHalf {
				px[c] = HalfToFloat(binary.LittleEndian.Uint16(row[2*(i+c):]))
			} else {
				px[c] = math.Float32frombits(binary.LittleEndian.Uint32(row[4*(i+c):]))
			}
		}
		a := px[3]
		if a != 1 && a > 0 {
			px[0], px[1], px[2] = px[0]/a, px[1]/a, px[2]/a
		}
		for c := range 3 {
			dst[i+c] = curve[FloatToHalf(px[c])]
		}
		dst[i+3] = 0
		if a > 0 {
			dst[i+3] = byte(min(a, 1)*255 + 0.5)
		}
	}
}

// srgbOfHalf is the 8-bit sRGB value of each binary16. Eleven significant bits
// are enough for the steepest part of eight.
var srgbOfHalf = sync.OnceValue(func() *[1 << 16]byte {
	var t [1 << 16]byte
	for i := range t {
		if v := float64(HalfToFloat(uint16(i))); v > 0 { // not for NaN
			t[i] = byte(SRGB(min(v, 1))*255 + 0.5)
		}
	}
	return &t
})

// SRGB is the curve from linear light to sRGB's brightness, both 0…1.
func SRGB(v float64) float64 {
	if v <= 0.0031308 {
		return 12.92 * v
	}
	return 1.055*math.Pow(v, 1/2.4) - 0.055
}

// Linear is the opposite of SRGB.
func Linear(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// Image is the picture for showing, as View has it.
func (p *Picture) Image() image.Image {
	out := image.NewNRGBA(image.Rect(0, 0, p.W, p.H))
	line := make([]byte, 4*p.W)
	for y := range p.H {
		p.viewRow(line[:p.W*p.Form.Channels()], y)
		spread(out.Pix[y*out.Stride:], line, p.W, p.Form.Channels())
	}
	return out
}

// spread widens a row of View to four channels.
func spread(dst, src []byte, w, channels int) {
	if channels == 4 {
		copy(dst, src[:4*w])
		return
	}
	for x := range w {
		dst[4*x], dst[4*x+1], dst[4*x+2], dst[4*x+3] = src[3*x], src[3*x+1], src[3*x+2], 255
	}
}

// Preview is the picture made smaller, so that its longer side has at most
// that many pixels: each is the mean of those it stands for. A picture that is
// small enough keeps its size. Nothing as large as the picture is made.
func (p *Picture) Preview(most int) *image.RGBA {
	w, h := p.W, p.H
	if long := max(w, h); most > 0 && long > most {
		w, h = max(1, w*most/long), max(1, h*most/long)
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	line, wide := make([]byte, 4*p.W), make([]byte, 4*p.W)
	sums := make([]uint64, 4*w)
	for y := range h {
		clear(sums)
		top, end := y*p.H/h, (y+1)*p.H/h
		for sy := top; sy < end; sy++ {
			p.viewRow(line[:p.W*p.Form.Channels()], sy)
			spread(wide, line, p.W, p.Form.Channels())
			addRow(sums, wide, w, p.W)
		}
		row := out.Pix[y*out.Stride:]
		for x := range w {
			n := uint64((x+1)*p.W/w-x*p.W/w) * uint64(end-top) * 255
			for c := range 4 {
				row[4*x+c] = byte((sums[4*x+c] + n/2) / n)
			}
		}
	}
	return out
}

// addRow adds a row of straight RGBA to w sums, premultiplied, in units of
// 1/255.
func addRow(sums []uint64, row []byte, w, from int) {
	for x := range w {
		s := sums[4*x : 4*x+4]
		for sx := x * from / w; sx < (x+1)*from/w; sx++ {
			px := row[4*sx : 4*sx+4]
			a := uint64(px[3])
			s[0] += uint64(px[0]) * a
			s[1] += uint64(px[1]) * a
			s[2] += uint64(px[2]) * a
			s[3] += 255 * a
		}
	}
}
