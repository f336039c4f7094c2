// Package picture owns rendered pixels: one plain form that every engine's
// output is read into and every result file is written from, its encoding
// between nodes, and what it means for two pictures to be alike. Nothing that a
// stranger sends is read by a general image decoder.
package picture

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// Limits of any picture, whoever asks for it.
const (
	MaxSide   = 1 << 16 // pixels of width or height
	MaxPixels = 1 << 28 // width × height
)

// Errors of pictures.
var (
	// ErrSize says that a picture would be empty or larger than allowed.
	ErrSize = errors.New("picture of unacceptable size")
	// ErrPicture says that bytes are not the picture that they should be:
	// damaged, cut short, of another size, or of a kind that no engine writes
	// here.
	ErrPicture = errors.New("unreadable picture")
	// ErrForm says that pictures, or a picture and a file format, do not hold
	// the same form or size.
	ErrForm = errors.New("pictures of different form or size")
)

// Picture is a rectangle of pixels: rows from the top, pixels from the left,
// channels interleaved, samples little-endian. len(Pix) is W·H·Form.Bytes().
type Picture struct {
	Form Form
	W, H int
	Pix  []byte
}

// New makes a picture of zeros: black, and transparent where the form has
// alpha. It fails with ErrSize, and with ErrForm for a form that is none.
func New(f Form, w, h int) (*Picture, error) {
	if !f.Valid() {
		return nil, fmt.Errorf("%w: form %d", ErrForm, byte(f))
	}
	if err := checkSize(w, h, MaxPixels); err != nil {
		return nil, err
	}
	return &Picture{Form: f, W: w, H: h, Pix: make([]byte, w*h*f.Bytes())}, nil
}

// checkSize refuses sides and areas before anything is allocated for them.
func checkSize(w, h int, maxPixels int64) error {
	if w < 1 || h < 1 || w > MaxSide || h > MaxSide || int64(w)*int64(h) > min(maxPixels, MaxPixels) {
		return fmt.Errorf("%w: %d×%d", ErrSize, w, h)
	}
	return nil
}

// check refuses a picture that was put together wrongly.
func (p *Picture) check() error {
	if !p.Form.Valid() {
		return fmt.Errorf("%w: form %d", ErrForm, byte(p.Form))
	}
	if err := checkSize(p.W, p.H, MaxPixels); err != nil {
		return err
	}
	if len(p.Pix) != p.W*p.H*p.Form.Bytes() {
		return fmt.Errorf("%w: %d bytes for %d×%d %s", ErrForm, len(p.Pix), p.W, p.H, p.Form)
	}
	return nil
}

// stride is the size of a row in bytes.
func (p *Picture) stride() int { return p.W * p.Form.Bytes() }

// row is the bytes of row y.
func (p *Picture) row(y int) []byte {
	n := p.stride()
	return p.Pix[y*n : (y+1)*n : (y+1)*n]
}

// Hash is SHA-256 over form (one byte), width and height (four each, big-
// endian) and Pix: pictures with one hash are the same bit for bit, a NaN's
// payload too.
func (p *Picture) Hash() [32]byte {
	h := sha256.New()
	head := []byte{byte(p.Form)}
	head = binary.BigEndian.AppendUint32(head, uint32(p.W))
	head = binary.BigEndian.AppendUint32(head, uint32(p.H))
	h.Write(head)
	h.Write(p.Pix)
	return [32]byte(h.Sum(nil))
}

// Paste copies all of src to x, y. It fails with ErrForm when the forms differ
// or src does not lie inside.
func (p *Picture) Paste(src *Picture, x, y int) error {
	if p.Form != src.Form || !p.holds(x, y, src.W, src.H) {
		return fmt.Errorf("%w: %d×%d %s at %d,%d of %d×%d %s", ErrForm, src.W, src.H, src.Form, x, y, p.W, p.H, p.Form)
	}
	n := p.Form.Bytes()
	for i := range src.H {
		copy(p.row(y + i)[x*n:], src.row(i))
	}
	return nil
}

// Crop is a copy of a part. It fails with ErrForm when the part does not lie
// inside.
func (p *Picture) Crop(x, y, w, h int) (*Picture, error) {
	if !p.holds(x, y, w, h) {
		return nil, fmt.Errorf("%w: part %d×%d at %d,%d of %d×%d", ErrForm, w, h, x, y, p.W, p.H)
	}
	out, err := New(p.Form, w, h)
	if err != nil {
		return nil, err
	}
	n := p.Form.Bytes()
	for i := range h {
		copy(out.row(i), p.row(y + i)[x*n:])
	}
	return out, nil
}

func (p *Picture) holds(x, y, w, h int) bool {
	return w > 0 && h > 0 && x >= 0 && y >= 0 && w <= p.W-x && h <= p.H-y
}
