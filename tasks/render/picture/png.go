package picture

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"

	"compress/zlib"
)

// pngSignature begins each PNG file (W3C PNG, third edition, §5.2).
const pngSignature = "\x89PNG\r\n\x1a\n"

// maxPNGChunk bounds a chunk, in bytes; that of PNG itself (§5.3).
const maxPNGChunk = 1<<31 - 1

// The colour types of PNG (§11.2.1).
const (
	pngGrey      = 0
	pngRGB       = 2
	pngPalette   = 3
	pngGreyAlpha = 4
	pngRGBA      = 6
)

// ReadPNG reads an engine's own output: 8 or 16 bits, RGB or RGBA; grey and
// palettes are widened, interlaced files refused, and what a chunk says of
// gamma or colour spaces is not applied. It fails with ErrSize when the picture
// has more than maxPixels, before anything is allocated for it, and with
// ErrPicture when the file is cut short, damaged, or of another kind.
func ReadPNG(r io.Reader, maxPixels int64) (*Picture, error) {
	d := &pngReader{r: bufio.NewReaderSize(r, 1<<16), crc: crc32.NewIEEE()}
	p, err := d.read(maxPixels)
	switch {
	case err == nil, errors.Is(err, ErrSize), errors.Is(err, ErrPicture):
		return p, err
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	}
	return nil, fmt.Errorf("%w: PNG: %w", ErrPicture, err)
}

type pngReader struct {
	r     *bufio.Reader
	crc   hash.Hash32
	left  uint32 // bytes of the current chunk that were not read
	kind  string // of the current chunk
	w, h  int
	depth int
	color int

	palette []byte // RGB triples
	clear   []byte // tRNS: alphas of the palette, or the transparent colour
}

func (d *pngReader) read(maxPixels int64) (*Picture, error) {
	if err := d.header(maxPixels); err != nil {
		return nil, err
	}
	for {
		if err := d.open(); err != nil {
			return nil, err
		}
		switch d.kind {
		case "IDAT":
			p, err := d.pixels()
			if err != nil {
				return nil, err
			}
			return p, d.finish()
		case "PLTE", "tRNS":
			if err := d.table(); err != nil {
				return nil, err
			}
		case "IEND":
			return nil, errors.New("no pixels")
		default:
			if d.kind[0]&0x20 == 0 {
				return nil, fmt.Errorf("unknown critical chunk %q", d.kind)
			}
			if err := d.skip(); err != nil {
				return nil, err
			}
		}
	}
}

// header reads the signature and IHDR.
func (d *pngReader) header(maxPixels int64) error {
	var b [13]byte
	if _, err := io.ReadFull(d.r, b[:8]); err != nil {
		return err
	}
	if string(b[:8]) != pngSignature {
		return errors.New("not a PNG file")
	}
	if err := d.open(); err != nil {
		return err
	}
	if d.kind != "IHDR" || d.left != 13 {
		return errors.New("no header")
	}
	if err := d.body(b[:]); err != nil {
		return err
	}
	w, h := binary.BigEndian.Uint32(b[:]), binary.BigEndian.Uint32(b[4:])
	if w > MaxSide || h > MaxSide {
		return fmt.Errorf("%w: %d×%d", ErrSize, w, h)
	}
	d.w, d.h, d.depth, d.color = int(w), int(h), int(b[8]), int(b[9])
	if err := checkSize(d.w, d.h, maxPixels); err != nil {
		return err
	}
	if b[10] != 0 || b[11] != 0 || b[12] != 0 {
		return fmt.Errorf("compression %d, filter %d, interlace %d", b[10], b[11], b[12])
	}
	if !pngDepth(d.color, d.depth) {
		return fmt.Errorf("colour type %d with %d bits", d.color, d.depth)
	}
	return nil
}

// pngDepth reports whether a colour type comes with that many bits (§11.2.1).
func pngDepth(color, depth int) bool {
	switch color {
	case pngGrey:
		return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16
	case pngPalette:
		return depth == 1 || depth == 2 || depth == 4 || depth == 8
	case pngRGB, pngGreyAlpha, pngRGBA:
		return depth == 8 || depth == 16
	}
	return false
}

// open reads the head of the next chunk.
func (d *pngReader) open() error {
	var b [8]byte
	if _, err := io.ReadFull(d.r, b[:]); err != nil {
		return err
	}
	if d.left = binary.BigEndian.Uint32(b[:]); d.left > maxPNGChunk {
		return fmt.Errorf("chunk of %d bytes", d.left)
	}
	d.kind = string(b[4:])
	d.crc.Reset()
	d.crc.Write(b[4:])
	return nil
}

// end reads the chunk's checksum.
func (d *pngReader) end() error {
	var b [4]byte
	if _, err := io.ReadFull(d.r, b[:]); err != nil {
		return err
	}
	if binary.BigEndian.Uint32(b[:]) != d.crc.Sum32() {
		return fmt.Errorf("wrong checksum of chunk %q", d.kind)
	}
	return nil
}

// body reads all of a chunk that has len(b) bytes.
func (d *pngReader) body(b []byte) error {
	if _, err := io.ReadFull(d.r, b); err != nil {
		return err
	}
	d.left = 0
	d.crc.Write(b)
	return d.end()
}

// skip passes over the rest of a chunk.
func (d *pngReader) skip() error {
	n, err := io.CopyN(d.crc, d.r, int64(d.left))
	d.left -= uint32(n)
	if err != nil {
		return err
	}
	return d.end()
}

// table reads PLTE or tRNS.
func (d *pngReader) table() error {
	if d.left > 3*256 {
		return fmt.Errorf("chunk %q of %d bytes", d.kind, d.left)
	}
	b := make([]byte, d.left)
	if err := d.body(b); err != nil {
		return err
	}
	if d.kind == "PLTE" {
		if len(b)%3 != 0 {
			return errors.New("palette of broken colours")
		}
		d.palette = b
		return nil
	}
	want := map[int]int{pngGrey: 2, pngRGB: 6}[d.color]
	switch {
	case d.color == pngPalette && len(b) <= len(d.palette)/3, want > 0 && len(b) == want:
		d.clear = b
		return nil
	}
	return fmt.Errorf("transparency of %d bytes for colour type %d", len(b), d.color)
}

// finish reads the chunks after the pixels, so that a file that was cut short
// is told from a whole one.
func (d *pngReader) finish() error {
	for {
		if err := d.skip(); err != nil {
			return err
		}
		if d.kind == "IEND" {
			return nil
		}
		if err := d.open(); err != nil {
			return err
		}
	}
}

// Read gives the compressed pixels: the bodies of all IDAT chunks, which stand
// one after another (§5.6).
func (d *pngReader) Read(b []byte) (int, error) {
	for d.left == 0 {
		if d.kind != "IDAT" {
			return 0, io.EOF
		}
		if err := d.end(); err != nil {
			return 0, err
		}
		if err := d.open(); err != nil {
			return 0, err
		}
		if d.kind != "IDAT" {
			return 0, io.EOF // finish reads that chunk
		}
	}
	if d.kind != "IDAT" {
		return 0, io.EOF
	}
	n, err := d.r.Read(b[:min(len(b), int(d.left))])
	d.left -= uint32(n)
	d.crc.Write(b[:n])
	return n, err
}

// pixels reads the picture, row by row.
func (d *pngReader) pixels() (*Picture, error) {
	if d.color == pngPalette && d.palette == nil {
		return nil, errors.New("no palette")
	}
	z, err := zlib.NewReader(d)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	p, err := New(d.form(), d.w, d.h)
	if err != nil {
		return nil, err
	}
	bits := d.depth * map[int]int{pngGrey: 1, pngRGB: 3, pngPalette: 1, pngGreyAlpha: 2, pngRGBA: 4}[d.color]
	cur, up := make([]byte, 1+(d.w*bits+7)/8), make([]byte, 1+(d.w*bits+7)/8)
	for y := range d.h {
		if _, err := io.ReadFull(z, cur); err != nil {
			return nil, err
		}
		if err := unfilter(cur[0], cur[1:], up[1:], max(1, bits/8)); err != nil {
			return nil, err
		}
		if err := d.widen(p.row(y), cur[1:]); err != nil {
			return nil, err
		}
		cur, up = up, cur
	}
	// Reading on checks zlib's own checksum.
	switch _, err := io.ReadFull(z, cur[:1]); {
	case err == nil:
		return nil, errors.New("more pixels than there should be")
	case err != io.EOF:
		return nil, err
	}
	return p, nil
}

// form is the form that the file is read into.
func (d *pngReader) form() Form {
	alpha := d.color == pngGreyAlpha || d.color == pngRGBA || d.clear != nil
	f := RGB8
	if d.depth == 16 {
		f = RGB16
	}
	if alpha {
		f++
	}
	return f
}
