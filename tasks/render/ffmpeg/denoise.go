package ffmpeg

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"supercomputing/tasks/render/picture"
)

// The filter, measured against renders with many samples (RATIONALE.md).
const (
	patch    = 5   // pixels of a patch's side
	research = 9   // pixels of the side of where patches are looked for
	strength = 2.0 // of the filter, for each step of 255 that the noise has
	weakest  = 1.0 // strengths that the filter knows
	longest  = 30.0
)

// Denoise gives the picture with less noise: ffmpeg's non-local means, as strong
// as the picture's noise is. The filter knows 8 bits, so what it changed is
// carried over to the samples that the picture has: deeper integers keep what is
// below 8 bits, floats are changed along sRGB's curve, and where the filter saw
// nothing to do, or light above white that stays above, samples keep their bits.
// Alpha is not touched. A picture with hardly any noise comes back as it is, and
// p is not changed. It fails with ErrFailed and with ctx's cause.
func (t Tool) Denoise(ctx context.Context, p *picture.Picture) (*picture.Picture, error) {
	out := &picture.Picture{Form: p.Form, W: p.W, H: p.H, Pix: bytes.Clone(p.Pix)}
	seen := colours(p)
	s := strength * noise(seen, p.W, p.H)
	if s < weakest {
		return out, nil
	}
	args := []string{
		"-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", fmt.Sprintf("%dx%d", p.W, p.H), "-i", "pipe:0",
		"-vf", fmt.Sprintf("format=gbrp,nlmeans=s=%.2f:p=%d:r=%d,format=rgb24", min(s, longest), patch, research),
		"-frames:v", "1", "-f", "rawvideo", "pipe:1",
	}
	feed := func(w io.Writer) error {
		if _, err := w.Write(seen); err != nil {
			return fmt.Errorf("%w: %w", errPipe, err)
		}
		return nil
	}
	clean := &exact{b: make([]byte, 0, len(seen))}
	if err := t.run(ctx, args, feed, clean); err != nil {
		return nil, err
	}
	if len(clean.b) != len(seen) {
		return nil, fmt.Errorf("%w: %d bytes for a picture of %d", ErrFailed, len(clean.b), len(seen))
	}
	carry(out, seen, clean.b)
	return out, nil
}

// exact takes as many bytes as it has room for, and no more.
type exact struct{ b []byte }

func (e *exact) Write(b []byte) (int, error) {
	if len(b) > cap(e.b)-len(e.b) {
		return 0, fmt.Errorf("%w: more bytes than a picture has", ErrFailed)
	}
	e.b = append(e.b, b...)
	return len(b), nil
}

// colours are the colours that are seen, 8 bits each, as the samples have them:
// premultiplied where they are.
func colours(p *picture.Picture) []byte {
	ch := p.Form.Channels()
	out := make([]byte, 0, 3*p.W*p.H)
	row := make([]float32, p.W*ch)
	for y := range p.H {
		p.Shown(row, y)
		for i, v := range row {
			if i%ch < 3 {
				out = append(out, byte(max(0, min(v, 1))*255+0.5))
			}
		}
	}
	return out
}

// noise is the standard deviation of what is rough along both axes, in steps
// of 255 (Immerkær, Fast noise variance estimation, 1996), of green.
func noise(rgb []byte, w, h int) float64 {
	if w < 3 || h < 3 {
		return 0
	}
	at := func(x, y int) int { return int(rgb[3*(y*w+x)+1]) }
	sum := 0
	for y := 1; y < h-1; y++ {
		for x := 1; x < w-1; x++ {
			v := at(x-1, y-1) + at(x+1, y-1) + at(x-1, y+1) + at(x+1, y+1) -
				2*(at(x, y-1)+at(x-1, y)+at(x+1, y)+at(x, y+1)) + 4*at(x, y)
			sum += max(v, -v)
		}
	}
	return math.Sqrt(math.Pi/2) / 6 * float64(sum) / float64((w-2)*(h-2))
}

// carry adds to p's colours what the filter changed.
func carry(p *picture.Picture, seen, clean []byte) {
	ch := p.Form.Channels()
	size := p.Form.Bytes() / ch
	for i, v := range clean {
		delta := int(v) - int(seen[i])
		if delta == 0 {
			continue
		}
		b := p.Pix[(i/3*ch+i%3)*size:]
		switch p.Form {
		case picture.RGB8, picture.RGBA8:
			b[0] = v
		case picture.RGB16, picture.RGBA16:
			sum := int(binary.LittleEndian.Uint16(b)) + 257*delta
			binary.LittleEndian.PutUint16(b, uint16(max(0, min(sum, 65535))))
		case picture.RGBHalf, picture.RGBAHalf:
			light := picture.HalfToFloat(binary.LittleEndian.Uint16(b))
			binary.LittleEndian.PutUint16(b, picture.FloatToHalf(moved(light, delta)))
		default:
			light := math.Float32frombits(binary.LittleEndian.Uint32(b))
			binary.LittleEndian.PutUint32(b, math.Float32bits(moved(light, delta)))
		}
	}
}

// moved is light after delta steps of 255 along sRGB's curve, from what the
// filter saw of it.
func moved(light float32, delta int) float32 {
	v := float64(light)
	if !(v > 0) { // negative, or no number
		v = 0
	}
	return float32(picture.Linear(max(0, picture.SRGB(min(v, 1))+float64(delta)/255)))
}
