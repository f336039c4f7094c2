package picture

import (
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// The encoding between nodes, version 1. All integers are unsigned varints.
//
//	version  1 byte
//	strips   from the top, each:
//	  size   bytes of body
//	  body   residues of the strip, one zstd frame; or as they are, when
//	         size is that of the strip itself
//
// Form and size are not in it: who decodes a tile knows what was asked for. A
// strip has as many rows as fit stripBytes, at least one. Its residues are
// planes (predict.go), so that the bytes of one kind stand together.
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
	return 1 + int64(strips)*binary.MaxVarintLen32 + int64(w)*int64(h)*int64(f.Bytes())
}

// Encode packs the picture without loss for the way between nodes. A picture
// that is not one (wrong length of Pix) is a broken invariant.
func (p *Picture) Encode() []byte {
	if err := p.check(); err != nil {
		panic(err)
	}
	// The options are constants, so there is no error.
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithWindowSize(stripBytes), zstd.WithEncoderCRC(false), zstd.WithSingleSegment(true))
	if err != nil {
		panic(err)
	}
	defer enc.Close()
	rows, stride := stripRows(p.Form, p.W), p.stride()
	planes := make([]byte, min(rows, p.H)*stride)
	var packed []byte
	out := make([]byte, 1, len(p.Pix)/2+64)
	out[0] = encodingVersion
	for y := 0; y < p.H; y += rows {
		strip := p.Pix[y*stride : min(y+rows, p.H)*stride]
		body := planes[:len(strip)]
		split(body, strip, p.Form, p.W)
		if packed = enc.EncodeAll(body, packed[:0]); len(packed) < len(body) {
			body = packed
		}
		out = binary.AppendUvarint(out, uint64(len(body)))
		out = append(out, body...)
	}
	return out
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
	// A strip takes at least one byte of size: nothing large is allocated for
	// a few bytes.
	rows := stripRows(f, w)
	if b = b[1:]; len(b) < (h+rows-1)/rows {
		return nil, fmt.Errorf("%w: cut short", ErrPicture)
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderMaxMemory(2*stripBytes), zstd.WithDecoderMaxWindow(2*stripBytes))
	if err != nil {
		return nil, fmt.Errorf("decode picture: %w", err)
	}
	defer dec.Close()
	p, err := New(f, w, h)
	if err != nil {
		return nil, err
	}
	stride := p.stride()
	planes := make([]byte, min(rows, h)*stride)
	for y := 0; y < h; y += rows {
		strip := p.Pix[y*stride : min(y+rows, h)*stride]
		if b, err = decodeStrip(dec, b, planes[:len(strip)]); err != nil {
			return nil, fmt.Errorf("row %d: %w", y, err)
		}
		join(strip, planes[:len(strip)], f, w)
	}
	if len(b) > 0 {
		return nil, fmt.Errorf("%w: %d bytes too many", ErrPicture, len(b))
	}
	return p, nil
}

// decodeStrip fills planes from the first strip of b and gives the rest of b.
func decodeStrip(dec *zstd.Decoder, b, planes []byte) (rest []byte, err error) {
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(planes)) || size > uint64(len(b)-n) {
		return nil, fmt.Errorf("%w: cut short", ErrPicture)
	}
	body, rest := b[n:n+int(size)], b[n+int(size):]
	if len(body) == len(planes) {
		copy(planes, body)
		return rest, nil
	}
	got, err := dec.DecodeAll(body, planes[:0:len(planes)])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPicture, err)
	}
	if len(got) != len(planes) {
		return nil, fmt.Errorf("%w: a strip of %d bytes, not %d", ErrPicture, len(got), len(planes))
	}
	return rest, nil
}
