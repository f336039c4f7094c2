package qrscan

import (
	"image"
	"image/color"
	"unicode/utf8"

	"github.com/makiuchi-d/gozxing"
	multi "github.com/makiuchi-d/gozxing/multi/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// widest is the side to which pictures are made smaller at first: a code that
// fills a part of a photo is found there, and quickly.
const widest = 1600

// Find gives the text of the one QR code in a picture.
func Find(img image.Image) (string, error) {
	full := grey(img)
	tries := []*gray{full.shrunk(widest)}
	if tries[0] != full {
		tries = append(tries, full) // a small code in a large picture
	}
	for _, g := range tries {
		for _, inverted := range []bool{false, true} { // light codes on dark screens
			switch found := g.codes(inverted); {
			case len(found) > 1:
				return "", ErrSeveral
			case len(found) == 1:
				return found[0], nil
			}
		}
	}
	return "", ErrNone
}

// gray is a picture as its brightness.
type gray struct {
	pix           []byte
	width, height int
}

// grey puts a picture on white and takes its colours away.
func grey(img image.Image) *gray {
	b := img.Bounds()
	g := &gray{pix: make([]byte, b.Dx()*b.Dy()), width: b.Dx(), height: b.Dy()}
	i := 0
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			g.pix[i] = brightness(img.At(x, y))
			i++
		}
	}
	return g
}

func brightness(c color.Color) byte {
	r, g, b, a := c.RGBA() // colours are multiplied by a already
	y := (299*r + 587*g + 114*b) / 1000
	return byte((y + 0xffff - a) >> 8)
}

// shrunk averages squares of pixels until no side is longer than side.
func (g *gray) shrunk(side int) *gray {
	n := (max(g.width, g.height) + side - 1) / side
	if n <= 1 {
		return g
	}
	s := &gray{width: g.width / n, height: g.height / n}
	if s.width == 0 || s.height == 0 {
		return g
	}
	s.pix = make([]byte, s.width*s.height)
	for y := range s.height {
		for x := range s.width {
			sum := 0
			for dy := range n {
				row := (y*n + dy) * g.width
				for dx := range n {
					sum += int(g.pix[row+x*n+dx])
				}
			}
			s.pix[y*s.width+x] = byte(sum / (n * n))
		}
	}
	return s
}

// smallest is the side of the least picture that can hold a code of 21
// modules; the library wants more than a few pixels.
const smallest = 21

// codes gives the different texts of the codes in the picture.
func (g *gray) codes(inverted bool) (found []string) {
	if g.width < smallest || g.height < smallest {
		return nil
	}
	defer func() {
		if recover() != nil { // the library indexes what strangers wrote
			found = nil
		}
	}()
	var src gozxing.LuminanceSource = &source{gozxing.LuminanceSourceBase{Width: g.width, Height: g.height}, g}
	if inverted {
		src = src.Invert()
	}
	bitmap, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(src))
	if err != nil {
		return nil
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	results, err := multi.NewQRCodeMultiReader().DecodeMultiple(bitmap, hints)
	if err != nil || len(results) == 0 { // it misses some that stand alone
		r, err := qrcode.NewQRCodeReader().Decode(bitmap, hints)
		if err != nil {
			return nil
		}
		results = []*gozxing.Result{r}
	}
	seen := make(map[string]bool)
	for _, r := range results {
		if s := r.GetText(); s != "" && utf8.ValidString(s) && !seen[s] {
			seen[s] = true
			found = append(found, s)
		}
	}
	return found
}

// source lends a gray picture to the library.
type source struct {
	gozxing.LuminanceSourceBase
	g *gray
}

// GetRow implements gozxing.LuminanceSource.
func (s *source) GetRow(y int, row []byte) ([]byte, error) {
	if y < 0 || y >= s.g.height {
		return row, gozxing.NewNotFoundException()
	}
	if len(row) < s.g.width {
		row = make([]byte, s.g.width)
	}
	copy(row, s.g.pix[y*s.g.width:(y+1)*s.g.width])
	return row, nil
}

// GetMatrix implements gozxing.LuminanceSource.
func (s *source) GetMatrix() []byte { return s.g.pix }

// Invert implements gozxing.LuminanceSource.
func (s *source) Invert() gozxing.LuminanceSource { return gozxing.LuminanceSourceInvert(s) }

// String implements gozxing.LuminanceSource.
func (s *source) String() string { return gozxing.LuminanceSourceString(s) }
