package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"testing"
)

func zlibbed(b []byte) []byte {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

func TestEXRKeepsEveryBit(t *testing.T) {
	for _, f := range []Form{RGBHalf, RGBAHalf, RGBFloat, RGBAFloat} {
		for _, size := range [][2]int{{1, 1}, {3, 17}, {64, 16}, {95, 250}, {MaxSide, 2}} {
			p := noise(t, f, size[0], size[1])
			flat, err := New(f, size[0], size[1]) // compresses, where noise does not
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range []*Picture{p, flat} {
				var b bytes.Buffer
				if err := p.WriteEXR(&b); err != nil {
					t.Fatal(err)
				}
				q, err := ReadEXR(&b, MaxPixels)
				if err != nil || q.Hash() != p.Hash() {
					t.Errorf("%s %v: %v", f, size, err)
				}
			}
		}
	}
	if err := noise(t, RGBA16, 2, 2).WriteEXR(io.Discard); !errors.Is(err, ErrForm) {
		t.Errorf("an integer picture: %v", err)
	}
}

func TestShuffle(t *testing.T) {
	for n := range 9 {
		src, mid, back := make([]byte, n), make([]byte, n), make([]byte, n)
		for i := range src {
			src[i] = byte(i*i*37 + 200)
		}
		shuffle(mid, src)
		unshuffle(back, mid)
		if !bytes.Equal(src, back) {
			t.Errorf("%d bytes: %v, %v, %v", n, src, mid, back)
		}
	}
}

// exrFile is a small file to take apart: 2×2 half RGB, uncompressed.
type exrFile struct {
	magic, version uint32
	channels       []string // name and type
	compression    byte
	data, display  [4]uint32
	rows           []uint32
	body           []byte // of each row
	leave          string // an attribute that is not written
	extra          []byte // raw attribute before the others
}

func newEXRFile() *exrFile {
	return &exrFile{magic: exrMagic, version: 2, channels: []string{"B1", "G1", "R1"},
		data: [4]uint32{0, 0, 1, 1}, display: [4]uint32{0, 0, 1, 1}, rows: []uint32{0, 1},
		body: []byte{1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0}}
}

func (f *exrFile) bytes() []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(le.AppendUint32(nil, f.magic), f.version)
	b = append(b, f.extra...)
	attribute := func(name, kind string, value []byte) {
		if name == f.leave {
			return
		}
		b = append(append(append(append(b, name...), 0), kind...), 0)
		b = append(le.AppendUint32(b, uint32(len(value))), value...)
	}
	var list []byte
	for _, c := range f.channels {
		list = append(append(list, c[:len(c)-1]...), 0)
		for _, v := range []uint32{uint32(c[len(c)-1] - '0'), 0, 1, 1} {
			list = le.AppendUint32(list, v)
		}
	}
	attribute("channels", "chlist", append(list, 0))
	attribute("compression", "compression", []byte{f.compression})
	for name, w := range map[string][4]uint32{"dataWindow": f.data, "displayWindow": f.display} {
		var v []byte
		for _, n := range w {
			v = le.AppendUint32(v, n)
		}
		attribute(name, "box2i", v)
	}
	b = append(b, 0)
	b = append(b, make([]byte, 8*len(f.rows))...)
	for _, y := range f.rows {
		b = le.AppendUint32(le.AppendUint32(b, y), uint32(len(f.body)))
		b = append(b, f.body...)
	}
	return b
}

func TestReadEXR(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*exrFile)
		form   Form
		first  []byte // pixel
	}{
		"plain":      {func(f *exrFile) {}, RGBHalf, []byte{5, 0, 3, 0, 1, 0}},
		"from below": {func(f *exrFile) { f.rows = []uint32{1, 0} }, RGBHalf, []byte{5, 0, 3, 0, 1, 0}},
		"window elsewhere": {func(f *exrFile) {
			f.data, f.display = [4]uint32{5, 7, 6, 8}, [4]uint32{5, 7, 6, 8}
			f.rows = []uint32{7, 8}
		}, RGBHalf, []byte{5, 0, 3, 0, 1, 0}},
		"window below zero": {func(f *exrFile) {
			f.data, f.display = [4]uint32{1<<32 - 1, 1<<32 - 2, 0, 1<<32 - 1}, [4]uint32{1<<32 - 1, 1<<32 - 2, 0, 1<<32 - 1}
			f.rows = []uint32{1<<32 - 2, 1<<32 - 1}
		}, RGBHalf, []byte{5, 0, 3, 0, 1, 0}},
		"alpha": {func(f *exrFile) {
			f.channels = []string{"A1", "B1", "G1", "R1"}
			f.body = append(f.body, 7, 0, 8, 0)
		}, RGBAHalf, []byte{7, 0, 5, 0, 3, 0, 1, 0}},
		"a layer and depth": {func(f *exrFile) {
			f.channels = []string{"V.B1", "V.G1", "V.R1", "V.Z2", "W.B1", "W.G1", "W.R1"}
			f.body = append(f.body, make([]byte, 20)...)
		}, RGBHalf, []byte{5, 0, 3, 0, 1, 0}},
		"one row at a time": {func(f *exrFile) {
			f.compression = exrZIPS
			// Wide enough that packing pays.
			f.data[2], f.display[2], f.data[3], f.display[3] = 1, 1, 1, 1
			f.channels = []string{"B1", "G1", "R1", "Z2"}
			lines := append(f.body, make([]byte, 8)...)
			plain := make([]byte, len(lines))
			shuffle(plain, lines)
			f.body = zlibbed(plain)
		}, RGBHalf, []byte{5, 0, 3, 0, 1, 0}},
		"long names": {func(f *exrFile) { f.version |= exrLong }, RGBHalf, []byte{5, 0, 3, 0, 1, 0}},
	} {
		f := newEXRFile()
		c.change(f)
		p, err := ReadEXR(bytes.NewReader(f.bytes()), 4)
		if err != nil || p.Form != c.form || p.W != 2 || p.H != 2 || !bytes.Equal(p.Pix[:len(c.first)], c.first) {
			t.Errorf("%s: %v, %+v", name, err, p)
		}
	}
}

func TestReadEXRRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*exrFile)
		want   error
	}{
		"another file":     {func(f *exrFile) { f.magic++ }, ErrPicture},
		"version 3":        {func(f *exrFile) { f.version = 3 }, ErrPicture},
		"tiles":            {func(f *exrFile) { f.version |= 1 << 9 }, ErrPicture},
		"several parts":    {func(f *exrFile) { f.version |= 1 << 12 }, ErrPicture},
		"no channels":      {func(f *exrFile) { f.leave = "channels" }, ErrPicture},
		"no window":        {func(f *exrFile) { f.leave = "dataWindow" }, ErrPicture},
		"PIZ":              {func(f *exrFile) { f.compression = 4 }, ErrPicture},
		"no red":           {func(f *exrFile) { f.channels[2] = "S1" }, ErrPicture},
		"no blue":          {func(f *exrFile) { f.channels[0] = "A1" }, ErrPicture},
		"two types":        {func(f *exrFile) { f.channels[0] = "B2"; f.body = append(f.body, 0, 0, 0, 0) }, ErrPicture},
		"whole numbers":    {func(f *exrFile) { f.channels = []string{"B0", "G0", "R0"}; f.body = make([]byte, 24) }, ErrPicture},
		"type 7":           {func(f *exrFile) { f.channels[0] = "B7" }, ErrPicture},
		"many channels":    {func(f *exrFile) { f.channels = slices.Repeat(f.channels, 30) }, ErrPicture},
		"part of a window": {func(f *exrFile) { f.display[2] = 9 }, ErrPicture},
		"an empty window":  {func(f *exrFile) { f.data[2], f.display[2] = 1<<32-1, 1<<32-1 }, ErrSize},
		"a huge window":    {func(f *exrFile) { f.data[2], f.display[2] = 1<<30, 1<<30 }, ErrSize},
		"too many pixels":  {func(f *exrFile) { f.data[3], f.display[3] = 2, 2 }, ErrSize},
		"a row twice":      {func(f *exrFile) { f.rows = []uint32{1, 1} }, ErrPicture},
		"a row outside":    {func(f *exrFile) { f.rows = []uint32{0, 2} }, ErrPicture},
		"a short row":      {func(f *exrFile) { f.body = f.body[:11] }, ErrPicture},
		"a long row":       {func(f *exrFile) { f.body = append(f.body, 0) }, ErrPicture},
		"no zlib":          {func(f *exrFile) { f.compression = exrZIPS; f.body = f.body[:11] }, ErrPicture},
		"a bomb": {func(f *exrFile) {
			f.compression = exrZIPS
			f.channels = append(f.channels, slices.Repeat([]string{"Z2"}, 30)...)
			f.body = zlibbed(make([]byte, 1<<14))
		}, ErrPicture},
		"an endless name":  {func(f *exrFile) { f.extra = bytes.Repeat([]byte{'a'}, 300) }, ErrPicture},
		"a huge attribute": {func(f *exrFile) { f.extra = []byte{'a', 0, 'b', 0, 255, 255, 255, 127} }, ErrPicture},
		"a second window": {func(f *exrFile) {
			f.extra = append([]byte("dataWindow\x00box2i\x00\x10\x00\x00\x00"), make([]byte, 16)...)
		}, ErrPicture},
	} {
		f := newEXRFile()
		c.change(f)
		if _, err := ReadEXR(bytes.NewReader(f.bytes()), 4); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, not %v", name, err, c.want)
		}
	}
	good := newEXRFile().bytes()
	for n := range good {
		if _, err := ReadEXR(bytes.NewReader(good[:n]), 4); !errors.Is(err, ErrPicture) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
}
