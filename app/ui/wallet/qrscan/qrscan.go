// Package qrscan reads the QR code in a picture that somebody chose or copied.
// Pictures come from strangers: their size is checked before they are decoded,
// and a picture with two different codes is refused, because nobody can say
// which one was meant.
package qrscan

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
)

// The limits of a picture.
const (
	MaxBytes  = 32 << 20   // of its file
	maxPixels = 40_000_000 // after decoding
	maxMemory = 160 << 20  // bytes after decoding: 40 million pixels of four bytes
)

// The ways to fail.
var (
	ErrPicture = errors.New("not a picture that can be read: PNG, JPEG or GIF")
	ErrLarge   = errors.New("the picture is too large")
	ErrNone    = errors.New("no QR code was found in the picture")
	ErrSeveral = errors.New("there are several QR codes in the picture")
)

// format is a kind of picture file.
type format struct {
	magic  string
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

func formats() []format {
	return []format{
		{"\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode},
		{"\xff\xd8\xff", jpeg.DecodeConfig, jpeg.Decode},
		{"GIF8", gif.DecodeConfig, gif.Decode}, // of an animation the first picture
	}
}

// Scan gives the text of the one QR code in a picture file.
func Scan(data []byte) (string, error) {
	img, err := open(data)
	if err != nil {
		return "", err
	}
	return Find(img)
}

// open decodes a picture after a look at its size.
func open(data []byte) (image.Image, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("%w: %d bytes", ErrLarge, len(data))
	}
	for _, f := range formats() {
		if !bytes.HasPrefix(data, []byte(f.magic)) {
			continue
		}
		c, err := f.config(bytes.NewReader(data))
		if err != nil || c.Width <= 0 || c.Height <= 0 {
			return nil, ErrPicture
		}
		if pixels := int64(c.Width) * int64(c.Height); pixels > maxPixels || pixels*bytesPerPixel(c.ColorModel) > maxMemory {
			return nil, fmt.Errorf("%w: %d × %d pixels", ErrLarge, c.Width, c.Height)
		}
		img, err := f.decode(bytes.NewReader(data))
		if err != nil {
			return nil, ErrPicture
		}
		return img, nil
	}
	return nil, ErrPicture
}

// bytesPerPixel is what a decoded pixel takes at most.
func bytesPerPixel(m color.Model) int64 {
	switch m {
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	case color.GrayModel:
		return 1
	}
	return 4
}
