package qrscan

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"testing"
	"time"

	"rsc.io/qr"
)

const text = "scc:tsc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxq0a0n2z?amount=1.5&label=Studio%20Kite"

// code draws a QR code, each module px pixels wide, with a quiet edge.
func code(t testing.TB, s string, px int) *image.Gray {
	t.Helper()
	c, err := qr.Encode(s, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	side := (c.Size + 8) * px
	img := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			v := byte(255)
			if mx, my := x/px-4, y/px-4; mx >= 0 && my >= 0 && c.Black(mx, my) {
				v = 0
			}
			img.SetGray(x, y, color.Gray{Y: v})
		}
	}
	return img
}

// on puts a picture on a larger one of one colour.
func on(c color.Color, w, h, x, y int, imgs ...image.Image) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(out, out.Bounds(), image.NewUniform(c), image.Point{}, draw.Src)
	for _, img := range imgs {
		draw.Draw(out, img.Bounds().Add(image.Pt(x, y)), img, img.Bounds().Min, draw.Src)
		x += img.Bounds().Dx() + 40
	}
	return out
}

func encoded(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestScan(t *testing.T) {
	one := code(t, text, 4)
	inverse := image.NewGray(one.Bounds())
	for i, v := range one.Pix {
		inverse.Pix[i] = 255 - v
	}
	transparent := image.NewNRGBA(one.Bounds()) // dark on nothing, as some programs copy
	for y := range one.Bounds().Dy() {
		for x := range one.Bounds().Dx() {
			if one.GrayAt(x, y).Y == 0 {
				transparent.SetNRGBA(x, y, color.NRGBA{A: 255})
			}
		}
	}
	turned := image.NewGray(one.Bounds())
	n := one.Bounds().Dx()
	for y := range n {
		for x := range n {
			turned.SetGray(n-1-y, x, one.GrayAt(x, y))
		}
	}
	for name, img := range map[string]image.Image{
		"alone": one, "small": code(t, text, 2), "in a screenshot": on(color.RGBA{20, 30, 40, 255}, 1920, 1080, 1100, 500, one),
		"small in a 4K screenshot": on(color.White, 3840, 2160, 2900, 1500, code(t, text, 3)),
		"light on dark":            inverse, "turned": turned, "transparent": transparent,
		"large": code(t, text, 35), "the same twice": on(color.White, 900, 500, 20, 20, one, one),
	} {
		got, err := Scan(encoded(t, img))
		if err != nil || got != text {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestFormats(t *testing.T) {
	img := code(t, text, 5)
	var j, g bytes.Buffer
	if err := jpeg.Encode(&j, img, &jpeg.Options{Quality: 60}); err != nil {
		t.Fatal(err)
	}
	if err := gif.Encode(&g, img, nil); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"jpeg": j.Bytes(), "gif": g.Bytes()} {
		if got, err := Scan(data); err != nil || got != text {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// bomb is the head of a PNG file that claims a size.
func bomb(w, h uint32, depth, kind byte) []byte {
	head := []byte{0, 0, 0, 13, 'I', 'H', 'D', 'R'}
	head = binary.BigEndian.AppendUint32(head, w)
	head = binary.BigEndian.AppendUint32(head, h)
	head = append(head, depth, kind, 0, 0, 0)
	head = binary.BigEndian.AppendUint32(head, crc32.ChecksumIEEE(head[4:]))
	return append([]byte("\x89PNG\r\n\x1a\n"), head...)
}

func TestRefused(t *testing.T) {
	other := code(t, "scc:tsc1pother", 4)
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"nothing":             {nil, ErrPicture},
		"words":               {[]byte("hello"), ErrPicture},
		"cut off":             {encoded(t, other)[:200], ErrPicture},
		"a bomb":              {bomb(60_000, 60_000, 8, 2), ErrLarge},
		"deep colours":        {bomb(6000, 5000, 16, 6), ErrLarge},
		"too long":            {make([]byte, MaxBytes+1), ErrLarge},
		"two different codes": {encoded(t, on(color.White, 900, 500, 20, 20, code(t, text, 4), other)), ErrSeveral},
		"blank":               {encoded(t, on(color.White, 300, 300, 0, 0)), ErrNone},
		"tiny":                {encoded(t, on(color.White, 1, 1, 0, 0)), ErrNone},
	} {
		if got, err := Scan(c.data); !errors.Is(err, c.want) || got != "" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// TestNoise: a picture full of what looks like codes takes no ages.
func TestNoise(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 1600, 1600))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		if i/1600/3%2 == 0 {
			img.Pix[i] = byte(r.UintN(2) * 255)
		} else {
			img.Pix[i] = img.Pix[i-1600]
		}
	}
	begin := time.Now()
	if _, err := Find(img); !errors.Is(err, ErrNone) {
		t.Error(err)
	}
	t.Log(time.Since(begin))
	if d := time.Since(begin); d > 20*time.Second {
		t.Errorf("%v", d)
	}
}

func FuzzScan(f *testing.F) {
	f.Add(encoded(f, code(f, "a", 2)))
	f.Add(bomb(40, 40, 8, 2))
	f.Add([]byte("GIF89a"))
	f.Add([]byte("\xff\xd8\xff\xe0"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := Scan(data); (err == nil) == (s == "") {
			t.Fatalf("%q, %v", s, err)
		}
	})
}

// FuzzFind gives the finder pictures of its own.
func FuzzFind(f *testing.F) {
	f.Add(code(f, "a", 1).Pix, uint8(29))
	f.Fuzz(func(t *testing.T, pix []byte, width uint8) {
		w := max(1, int(width))
		h := len(pix) / w
		if h == 0 {
			return
		}
		img := &image.Gray{Pix: pix[:w*h], Stride: w, Rect: image.Rect(0, 0, w, h)}
		if s, err := Find(img); (err == nil) == (s == "") {
			t.Fatalf("%q, %v", s, err)
		}
	})
}
