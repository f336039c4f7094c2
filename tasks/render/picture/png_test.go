package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math/rand/v2"
	"testing"
)

// The standard library's PNG is the second opinion on ours.
func TestReadPNGAgreesWithAnother(t *testing.T) {
	rect := image.Rect(0, 0, 13, 9)
	bits := func(n int) []byte {
		b := make([]byte, n)
		rand.NewChaCha8([32]byte{7}).Read(b)
		return b
	}
	palette := func(n int, alpha bool) *image.Paletted {
		img := &image.Paletted{Stride: 13, Rect: rect, Pix: bits(13 * 9)}
		for i := range n {
			c := color.NRGBA{byte(i * 5), byte(255 - i), byte(i * i), 255}
			if alpha && i%3 == 0 {
				c.A = byte(40 * i)
			}
			img.Palette = append(img.Palette, c)
		}
		for i := range img.Pix {
			img.Pix[i] %= byte(n)
		}
		return img
	}
	for name, c := range map[string]struct {
		img  image.Image
		form Form
	}{
		"grey":         {&image.Gray{Stride: 13, Rect: rect, Pix: bits(13 * 9)}, RGB8},
		"grey 16":      {&image.Gray16{Stride: 26, Rect: rect, Pix: bits(26 * 9)}, RGB16},
		"alpha":        {&image.NRGBA{Stride: 52, Rect: rect, Pix: bits(52 * 9)}, RGBA8},
		"alpha 16":     {&image.NRGBA64{Stride: 104, Rect: rect, Pix: bits(104 * 9)}, RGBA16},
		"opaque":       {opaque(&image.NRGBA{Stride: 52, Rect: rect, Pix: bits(52 * 9)}, 4, 1), RGB8},
		"opaque 16":    {opaque(&image.NRGBA64{Stride: 104, Rect: rect, Pix: bits(104 * 9)}, 8, 2), RGB16},
		"2 colours":    {palette(2, false), RGB8},
		"4 colours":    {palette(4, false), RGB8},
		"15 and alpha": {palette(15, true), RGBA8},
		"200":          {palette(200, false), RGB8},
	} {
		var b bytes.Buffer
		if err := png.Encode(&b, c.img); err != nil {
			t.Fatal(err)
		}
		p, err := ReadPNG(&b, 13*9)
		if err != nil || p.Form != c.form || p.W != 13 || p.H != 9 {
			t.Errorf("%s: %v, %+v", name, err, p)
			continue
		}
		same(t, name, p, c.img)
	}
}

// opaque sets the alpha of an image of bytes.
func opaque(img draw.Image, pixel, sample int) image.Image {
	var pix []byte
	switch i := img.(type) {
	case *image.NRGBA:
		pix = i.Pix
	case *image.NRGBA64:
		pix = i.Pix
	}
	for i := pixel - sample; i < len(pix); i += pixel {
		for k := range sample {
			pix[i+k] = 255
		}
	}
	return img
}

// same compares an integer picture with an image, straight colours.
func same(t *testing.T, name string, p *Picture, img image.Image) {
	t.Helper()
	s := samples(p)
	for y := range p.H {
		for x := range p.W {
			var want []float32
			if p.Form.sample() == 1 {
				c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
				want = []float32{float32(c.R), float32(c.G), float32(c.B), float32(c.A)}
			} else {
				c := color.NRGBA64Model.Convert(img.At(x, y)).(color.NRGBA64)
				want = []float32{float32(c.R), float32(c.G), float32(c.B), float32(c.A)}
			}
			ch := p.Form.Channels()
			at := (y*p.W + x) * ch
			if want[3] == 0 {
				want = want[3:] // the other image forgets colours that are not seen
				at, ch = at+3, 1
			}
			for c := range ch {
				if s[at+c] != want[c] {
					t.Fatalf("%s: %d,%d is %v, not %v", name, x, y, s[at:at+ch], want)
				}
			}
		}
	}
}

func TestWritePNGIsReadByAnother(t *testing.T) {
	for _, f := range []Form{RGB8, RGBA8, RGB16, RGBA16} {
		for _, size := range [][2]int{{1, 1}, {3, 5}, {300, 400}} {
			p := noise(t, f, size[0], size[1])
			var b bytes.Buffer
			if err := p.WritePNG(&b); err != nil {
				t.Fatal(err)
			}
			img, err := png.Decode(bytes.NewReader(b.Bytes()))
			if err != nil {
				t.Fatalf("%s %v: %v", f, size, err)
			}
			if size[0] < 100 {
				same(t, f.String(), p, img)
			}
			q, err := ReadPNG(&b, MaxPixels)
			if err != nil || q.Hash() != p.Hash() {
				t.Errorf("%s %v: %v", f, size, err)
			}
		}
	}
	if err := noise(t, RGBHalf, 2, 2).WritePNG(io.Discard); !errors.Is(err, ErrForm) {
		t.Errorf("a float picture: %v", err)
	}
}

// TestPNGTransparentColour covers tRNS of grey and RGB, which the standard
// library does not write.
func TestPNGTransparentColour(t *testing.T) {
	for _, c := range []struct {
		color, depth byte
		clear, rows  []byte
		form         Form
		want         []byte
	}{
		{pngGrey, 8, []byte{0, 7}, []byte{0, 7, 9}, RGBA8, []byte{7, 7, 7, 0, 9, 9, 9, 255}},
		{pngGrey, 4, []byte{0, 7}, []byte{0, 0x79}, RGBA8, []byte{0x77, 0x77, 0x77, 0, 0x99, 0x99, 0x99, 255}},
		{pngRGB, 8, []byte{0, 1, 0, 2, 0, 3}, []byte{0, 1, 2, 3, 1, 2, 4}, RGBA8, []byte{1, 2, 3, 0, 1, 2, 4, 255}},
		{pngGrey, 16, []byte{1, 2}, []byte{0, 1, 2, 1, 3}, RGBA16, []byte{2, 1, 2, 1, 2, 1, 0, 0, 3, 1, 3, 1, 3, 1, 255, 255}},
		{pngRGB, 16, []byte{1, 2, 3, 4, 5, 6}, []byte{0, 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 7}, RGBA16,
			[]byte{2, 1, 4, 3, 6, 5, 0, 0, 2, 1, 4, 3, 7, 5, 255, 255}},
		{pngGreyAlpha, 16, nil, []byte{0, 1, 2, 3, 4, 5, 6, 7, 8}, RGBA16, []byte{2, 1, 2, 1, 2, 1, 4, 3, 6, 5, 6, 5, 6, 5, 8, 7}},
		{pngGreyAlpha, 8, nil, []byte{0, 1, 2, 3, 4}, RGBA8, []byte{1, 1, 1, 2, 3, 3, 3, 4}},
	} {
		p, err := ReadPNG(bytes.NewReader(makePNG(2, 1, c.depth, c.color, c.clear, c.rows)), 10)
		if err != nil || p.Form != c.form || !bytes.Equal(p.Pix, c.want) {
			t.Errorf("colour type %d, %d bits: %v %+v", c.color, c.depth, err, p)
		}
	}
}

// makePNG puts a file together from filtered rows.
func makePNG(w, h uint32, depth, color byte, clear, rows []byte) []byte {
	var b bytes.Buffer
	b.WriteString(pngSignature)
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	writeChunk(&b, "IHDR", append(head, depth, color, 0, 0, 0))
	if clear != nil {
		writeChunk(&b, "tRNS", clear)
	}
	writeChunk(&b, "IDAT", zlibbed(rows))
	writeChunk(&b, "IEND")
	return b.Bytes()
}

func TestReadPNGRefuses(t *testing.T) {
	good := makePNG(2, 1, 8, pngRGB, nil, []byte{0, 1, 2, 3, 4, 5, 6})
	change := func(at int, v byte) []byte {
		b := bytes.Clone(good)
		b[at] = v
		// The header's checksum, so that it is the field that is refused.
		binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
		return b
	}
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"nothing":            {nil, io.ErrUnexpectedEOF},
		"another file":       {[]byte("GIF89a, which is not it"), ErrPicture},
		"no width":           {change(19, 0), ErrSize},
		"a huge width":       {change(16, 0x7f), ErrSize},
		"too many pixels":    {change(19, 4), ErrSize},
		"five bits":          {change(24, 5), ErrPicture},
		"colour type 5":      {change(25, 5), ErrPicture},
		"a palette's lack":   {change(25, 3), ErrPicture},
		"interlaced":         {change(28, 1), ErrPicture},
		"a wrong checksum":   {append(bytes.Clone(good[:45]), append([]byte{good[45] ^ 1}, good[46:]...)...), ErrPicture},
		"filter 5":           {makePNG(2, 1, 8, pngRGB, nil, []byte{5, 1, 2, 3, 4, 5, 6}), ErrPicture},
		"too few rows":       {makePNG(2, 1, 8, pngRGB, nil, []byte{0, 1, 2, 3, 4, 5}), io.ErrUnexpectedEOF},
		"too many rows":      {makePNG(2, 1, 8, pngRGB, nil, make([]byte, 14)), ErrPicture},
		"tRNS of RGBA":       {makePNG(2, 1, 8, pngRGBA, []byte{0, 1}, make([]byte, 9)), ErrPicture},
		"a bomb behind rows": {makePNG(2, 1, 8, pngRGB, nil, make([]byte, 1<<20)), ErrPicture},
	} {
		if _, err := ReadPNG(bytes.NewReader(c.b), 3); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, not %v", name, err, c.want)
		}
	}
	for n := range good {
		if _, err := ReadPNG(bytes.NewReader(good[:n]), 3); !errors.Is(err, ErrPicture) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
	if _, err := ReadPNG(bytes.NewReader(good), 3); err != nil {
		t.Error(err)
	}
}
