package picture

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The encoding between nodes, version 1. Integers are unsigned varints.
//
//	version  1 byte
//	strips   from the top, each:
//	  planes  of residues (predict.go), each:
//	    size  bytes of body
//	    body  DEFLATE (RFC 1951); or the plane as it is, when size is its own
//
// Form and size are not in it: who decodes a tile knows what was asked for. A
// strip has as many rows as fit stripBytes, at least one, so that packing and
// unpacking need little besides the picture. Planes are packed one by one,
// because each has a Huffman table of its own that way.
const (
	encodingVersion = 1
	stripBytes      = 1 << 20 // a row is never longer: MaxSide · 16
)

// stripRows is the number of rows of each strip but the last.
func stripRows(f Form, w int) int { return max(1, stripBytes/(w*f.Bytes())) }

// MaxEncoded is the most that Encode makes of such a picture, in bytes.
func MaxEncoded(f Form, w, h int) int64 {
	rows := stripRows(f, w)
	strips := (h + rows - 1) / rows
	return 1 + int64(strips*f.Bytes())*binary.MaxVarintLen32 + int64(w)*int64(h)*int64(f.Bytes())
}

// Encode packs the picture without loss for the way between nodes. A picture
// that is not one (wrong length of Pix) is a broken invariant.
func (p *Picture) Encode() []byte {
	if err := p.check(); err != nil {
		panic(err)
	}
	rows, stride := stripRows(p.Form, p.W), p.stride()
	residues := make([]byte, min(rows, p.H)*stride)
	e := encoder{out: make([]byte, 1, len(p.Pix)/2+64)}
	e.out[0] = encodingVersion
	for y := 0; y < p.H; y += rows {
		strip := p.Pix[y*stride : min(y+rows, p.H)*stride]
		split(residues, strip, p.Form, p.W)
		n := len(strip) / p.Form.Bytes()
		for i := range p.Form.Bytes() {
			e.plane(residues[i*n : (i+1)*n])
		}
	}
	return e.out
}

// encoder is what is encoded so far.
type encoder struct {
	out []byte
	z   deflater
}

// plane appends one plane.
func (e *encoder) plane(b []byte) {
	body := b
	if packed := e.z.pack(b, 0, true); len(packed) < len(b) {
		body = packed
	}
	e.out = binary.AppendUvarint(e.out, uint64(len(body)))
	e.out = append(e.out, body...)
}

// Decode unpacks what Encode made of a picture of exactly this form and size,
// or fails with ErrPicture. Its memory is bounded by the form and size,
// whatever b says.
func Decode(b []byte, f Form, w, h int) (*Picture, error) {
	if !f.Valid() {
		return nil, fmt.Errorf("%w: form %d", ErrForm, byte(f))
	}
	if err := checkSize(w, h, MaxPixels); err != nil {
		return nil, err
	}
	if len(b) == 0 || b[0] != encodingVersion {
		return nil, fmt.Errorf("%w: unknown encoding", ErrPicture)
	}
	// A plane takes two bytes at least: a stump allocates nothing.
	rows := stripRows(f, w)
	if b = b[1:]; len(b) < (h+rows-1)/rows*f.Bytes()*2 {
		return nil, fmt.Errorf("%w: cut short", ErrPicture)
	}
	p, err := New(f, w, h)
	if err != nil {
		return nil, err
	}
	stride := p.stride()
	residues := make([]byte, min(rows, h)*stride)
	d := decoder{in: b}
	for y := 0; y < h; y += rows {
		strip := p.Pix[y*stride : min(y+rows, h)*stride]
		n := len(strip) / f.Bytes()
		for i := range f.Bytes() {
			if err := d.plane(residues[i*n : (i+1)*n]); err != nil {
				return nil, fmt.Errorf("%w: row %d: %w", ErrPicture, y, err)
			}
		}
		join(strip, residues[:len(strip)], f, w)
	}
	if len(d.in) > 0 {
		return nil, fmt.Errorf("%w: %d bytes too many", ErrPicture, len(d.in))
	}
	return p, nil
}

// decoder is what is left to decode.
type decoder struct {
	in   []byte
	body bytes.Reader
	z    io.ReadCloser
}

// plane fills dst with the next plane.
func (d *decoder) plane(dst []byte) error {
	size, n := binary.Uvarint(d.in)
	if n <= 0 || size > uint64(len(dst)) || size > uint64(len(d.in)-n) {
		return errors.New("cut short")
	}
	body := d.in[n : n+int(size)]
	d.in = d.in[n+int(size):]
	if len(body) == len(dst) {
		copy(dst, body)
		return nil
	}
	d.body.Reset(body)
	if d.z == nil {
		d.z = flate.NewReader(&d.body)
	} else if err := d.z.(flate.Resetter).Reset(&d.body, nil); err != nil {
		return err
	}
	if _, err := io.ReadFull(d.z, dst); err != nil {
		return err
	}
	var one [1]byte
	if n, err := d.z.Read(one[:]); n != 0 || err != io.EOF || d.body.Len() > 0 {
		return errors.New("more bytes than pixels")
	}
	return nil
}
