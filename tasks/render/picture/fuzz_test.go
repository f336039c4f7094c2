package picture

import (
	"bytes"
	"testing"
)

// Whatever comes is a picture of the size that was allowed, or an error; and
// what was read can be written and read again.

const fuzzPixels = 4096

func FuzzDecode(f *testing.F) {
	for _, form := range forms {
		f.Add(noise(f, form, 5, 4).Encode(), byte(form), uint16(5), uint16(4))
		flat, _ := New(form, 40, 30)
		f.Add(flat.Encode(), byte(form), uint16(40), uint16(30))
	}
	f.Fuzz(func(t *testing.T, b []byte, form byte, w, h uint16) {
		if int(w)*int(h) > fuzzPixels {
			return
		}
		p, err := Decode(b, Form(form), int(w), int(h))
		if err != nil {
			return
		}
		q, err := Decode(p.Encode(), p.Form, p.W, p.H)
		if err != nil || q.Hash() != p.Hash() {
			t.Fatal(err)
		}
	})
}

func FuzzReadPNG(f *testing.F) {
	for _, form := range []Form{RGB8, RGBA8, RGB16, RGBA16} {
		var b bytes.Buffer
		noise(f, form, 6, 5).WritePNG(&b)
		f.Add(b.Bytes())
	}
	f.Add(makePNG(2, 1, 4, pngGrey, []byte{0, 7}, []byte{0, 0x79}))
	f.Add(makePNG(2, 1, 16, pngRGB, []byte{1, 2, 3, 4, 5, 6}, make([]byte, 13)))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ReadPNG(bytes.NewReader(b), fuzzPixels)
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := p.WritePNG(&out); err != nil {
			t.Fatal(err)
		}
		q, err := ReadPNG(&out, fuzzPixels)
		if err != nil || q.Hash() != p.Hash() {
			t.Fatal(err)
		}
	})
}

func FuzzReadEXR(f *testing.F) {
	for _, form := range []Form{RGBHalf, RGBAHalf, RGBFloat, RGBAFloat} {
		var b bytes.Buffer
		noise(f, form, 6, 5).WriteEXR(&b)
		f.Add(b.Bytes())
		flat, _ := New(form, 7, 20)
		b.Reset()
		flat.WriteEXR(&b)
		f.Add(b.Bytes())
	}
	f.Add(newEXRFile().bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ReadEXR(bytes.NewReader(b), fuzzPixels)
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := p.WriteEXR(&out); err != nil {
			t.Fatal(err)
		}
		q, err := ReadEXR(&out, fuzzPixels)
		if err != nil || q.Hash() != p.Hash() {
			t.Fatal(err)
		}
	})
}
