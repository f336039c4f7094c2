package picture

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"math/rand/v2"
	"testing"
)

// film is a picture as renderers make them: soft shapes, and noise of about
// one part in forty.
func film(t testing.TB, f Form, w, h int) *Picture {
	t.Helper()
	p, err := New(f, w, h)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	sz, ch := f.sample(), f.Channels()
	for y := range h {
		for x := range w {
			light := 0.5 + 0.4*math.Sin(float64(x)*6/float64(w))*math.Cos(float64(y)*4/float64(h))
			light *= 1 + 0.025*r.NormFloat64()
			for c := range ch {
				v := light * (0.6 + 0.1*float64(c)) * (1 + 0.005*r.NormFloat64())
				if c == 3 {
					v = 1
				}
				put(p.Pix[((y*w+x)*ch+c)*sz:], f, max(0, min(v, 1)))
			}
		}
	}
	return p
}

func put(b []byte, f Form, v float64) {
	switch {
	case f.sample() == 1:
		b[0] = byte(v*255 + 0.5)
	case f.sample() == 4:
		binary.LittleEndian.PutUint32(b, math.Float32bits(float32(v)))
	case f.Float():
		binary.LittleEndian.PutUint16(b, FloatToHalf(float32(v)))
	default:
		binary.LittleEndian.PutUint16(b, uint16(v*65535+0.5))
	}
}

// each runs a benchmark on pictures of 1920×1080.
func each(b *testing.B, forms []Form, work func(b *testing.B, p *Picture)) {
	for _, f := range forms {
		b.Run(f.String(), func(b *testing.B) {
			p := film(b, f, 1920, 1080)
			b.SetBytes(int64(len(p.Pix)))
			b.ReportAllocs()
			b.ResetTimer()
			work(b, p)
		})
	}
}

var benched = []Form{RGBA8, RGBAHalf}

func BenchmarkHash(b *testing.B) {
	each(b, benched, func(b *testing.B, p *Picture) {
		for b.Loop() {
			p.Hash()
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	each(b, benched, func(b *testing.B, p *Picture) {
		n := 0
		for b.Loop() {
			n = len(p.Encode())
		}
		b.ReportMetric(float64(n)/float64(len(p.Pix)), "size/raw")
	})
}

func BenchmarkDecode(b *testing.B) {
	each(b, benched, func(b *testing.B, p *Picture) {
		enc := p.Encode()
		for b.Loop() {
			if _, err := Decode(enc, p.Form, p.W, p.H); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkWriteFile(b *testing.B) {
	each(b, []Form{RGBA8, RGBA16, RGBAHalf, RGBAFloat}, func(b *testing.B, p *Picture) {
		for b.Loop() {
			write(p, io.Discard)
		}
	})
}

func BenchmarkReadFile(b *testing.B) {
	each(b, []Form{RGBA8, RGBA16, RGBAHalf, RGBAFloat}, func(b *testing.B, p *Picture) {
		var file bytes.Buffer
		write(p, &file)
		read := ReadPNG
		if p.Form.Float() {
			read = ReadEXR
		}
		for b.Loop() {
			if _, err := read(bytes.NewReader(file.Bytes()), MaxPixels); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(file.Len())/float64(len(p.Pix)), "size/raw")
	})
}

func write(p *Picture, w io.Writer) error {
	if p.Form.Float() {
		return p.WriteEXR(w)
	}
	return p.WritePNG(w)
}

func BenchmarkCompare(b *testing.B) {
	each(b, benched, func(b *testing.B, p *Picture) {
		q := &Picture{Form: p.Form, W: p.W, H: p.H, Pix: bytes.Clone(p.Pix)}
		q.Pix[0] ^= 1
		for b.Loop() {
			if _, err := Compare(p, q); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkPreview(b *testing.B) {
	each(b, benched, func(b *testing.B, p *Picture) {
		for b.Loop() {
			p.Preview(320)
		}
	})
}
