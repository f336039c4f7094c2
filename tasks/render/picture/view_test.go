package picture

import (
	"encoding/binary"
	"image"
	"image/color"
	"math"
	"testing"
)

func TestHalf(t *testing.T) {
	for i := range 1 << 16 {
		f := HalfToFloat(uint16(i))
		if back := FloatToHalf(f); back != uint16(i) && !math.IsNaN(float64(f)) {
			t.Fatalf("%#04x is %g is %#04x", i, f, back)
		}
	}
	for _, c := range []struct {
		f    float32
		want uint16
	}{
		{0, 0}, {float32(math.Copysign(0, -1)), 0x8000}, {1, 0x3c00}, {-2, 0xc000}, {65504, 0x7bff},
		{65519.996, 0x7bff}, {65520, 0x7c00}, {float32(math.Inf(-1)), 0xfc00}, {0x1p-24, 1}, {0x1p-25, 0},
		{0x1.8p-25, 1}, {0x1.8p-24, 2}, {0x1p-14, 0x0400}, {0x1.ff8p-15, 0x03ff}, {0x1.fffp-15, 0x0400},
		{1 + 0x1p-11, 0x3c00}, {1 + 0x1.8p-10, 0x3c02}, {1 + 0x1.01p-11, 0x3c01}, {float32(math.NaN()), 0x7e00},
	} {
		if got := FloatToHalf(c.f); got != c.want {
			t.Errorf("%g is %#04x, not %#04x", c.f, got, c.want)
		}
	}
}

func TestSRGB(t *testing.T) {
	for v := 0.0; v <= 1; v += 1.0 / 512 {
		if back := Linear(SRGB(v)); math.Abs(back-v) > 1e-7 {
			t.Errorf("%g came back as %g", v, back)
		}
	}
	if v := SRGB(0.214041); math.Abs(v-0.5) > 1e-5 {
		t.Errorf("half of white is %g", v)
	}
}

// pixel makes a picture of one.
func pixel(f Form, v ...float64) *Picture {
	p, _ := New(f, 1, 1)
	for c, v := range v {
		b := p.Pix[c*f.sample():]
		switch {
		case f.sample() == 4:
			binary.LittleEndian.PutUint32(b, math.Float32bits(float32(v)))
		case f.Float():
			binary.LittleEndian.PutUint16(b, FloatToHalf(float32(v)))
		case f.sample() == 2:
			binary.LittleEndian.PutUint16(b, uint16(v))
		default:
			b[0] = byte(v)
		}
	}
	return p
}

func TestViewAndImage(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		p    *Picture
		want color.NRGBA
	}{
		{pixel(RGB8, 1, 2, 3), color.NRGBA{1, 2, 3, 255}},
		{pixel(RGBA8, 1, 2, 3, 4), color.NRGBA{1, 2, 3, 4}},
		{pixel(RGB16, 0, 65535, 257*100+128), color.NRGBA{0, 255, 100, 255}},
		{pixel(RGBA16, 257, 129, 128, 65535), color.NRGBA{1, 1, 0, 255}},
		{pixel(RGBHalf, 0, 1, 0.2148), color.NRGBA{0, 255, 128, 255}},
		{pixel(RGBFloat, -1, 7, 0.2148), color.NRGBA{0, 255, 128, 255}},
		{pixel(RGBFloat, nan, inf, -inf), color.NRGBA{0, 255, 0, 255}},
		{pixel(RGBAHalf, 0.5, 0.25, 0, 0.5), color.NRGBA{255, 188, 0, 128}},
		{pixel(RGBAFloat, 0.25, 1, 0.125, 0.25), color.NRGBA{255, 255, 188, 64}},
		{pixel(RGBAFloat, 1, 0, 0, 0), color.NRGBA{255, 0, 0, 0}},
		{pixel(RGBAFloat, 1, 0, 0, nan), color.NRGBA{255, 0, 0, 0}},
		{pixel(RGBAFloat, 1, 0, 0, 2), color.NRGBA{188, 0, 0, 255}},
	} {
		if got := c.p.Image().At(0, 0); got != c.want {
			t.Errorf("%s %v is %v, not %v", c.p.Form, c.p.Pix, got, c.want)
		}
		v := c.p.View()
		want := []byte{c.want.R, c.want.G, c.want.B, c.want.A}[:v.Form.Channels()]
		if v.Form.sample() != 1 || v.Form.Alpha() != c.p.Form.Alpha() || string(v.Pix) != string(want) {
			t.Errorf("%s %v is viewed as %s %v, not %v", c.p.Form, c.p.Pix, v.Form, v.Pix, want)
		}
	}
}

func TestPreview(t *testing.T) {
	p, err := New(RGBA8, 90, 40)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(p.Pix); i += 4 { // left half white, right half clear red
		if i/4%90 < 45 {
			copy(p.Pix[i:], []byte{255, 255, 255, 255})
		} else {
			copy(p.Pix[i:], []byte{255, 0, 0, 0})
		}
	}
	for most, want := range map[int]image.Point{0: {90, 40}, 90: {90, 40}, 200: {90, 40}, 30: {30, 13}, 2: {2, 1}, 1: {1, 1}} {
		img := p.Preview(most)
		if img.Bounds().Size() != want {
			t.Errorf("at most %d: %v", most, img.Bounds())
			continue
		}
		left, right := img.RGBAAt(0, 0), img.RGBAAt(want.X-1, want.Y-1)
		white, clear := color.RGBA{255, 255, 255, 255}, color.RGBA{}
		if most == 1 {
			white, clear = color.RGBA{128, 128, 128, 128}, color.RGBA{128, 128, 128, 128}
		}
		if left != white || right != clear {
			t.Errorf("at most %d: %v and %v", most, left, right)
		}
	}
	for _, f := range forms {
		small := film(t, f, 64, 48).Preview(8)
		c := small.RGBAAt(3, 3)
		if c.A != 255 || c.R < 20 || c.R > 250 {
			t.Errorf("%s: %v", f, c)
		}
	}
}

func TestMaxEncoded(t *testing.T) {
	for w := 1; w <= MaxSide; w *= 4 {
		if n := MaxEncoded(RGBAFloat, w, 3); n < int64(w*3*16) || n > int64(w*3*16)+1024 {
			t.Errorf("%d×3 takes %d bytes at most", w, n)
		}
	}
}
