package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/adler32"
	"io"
	"math"
)

// exrLines is the number of rows of a ZIP chunk.
const exrLines = 16

// WriteEXR writes a float picture as OpenEXR: rows from the top, ZIP
// compression, channels R, G, B and A with the samples that it has. It fails
// with ErrForm for integers.
func (p *Picture) WriteEXR(w io.Writer) error {
	if err := p.check(); err != nil {
		return err
	}
	if !p.Form.Float() {
		return fmt.Errorf("%w: %s as EXR", ErrForm, p.Form)
	}
	// The file begins with where each chunk is, so all are packed first.
	packers := make([]exrPacker, processors())
	chunks := make([][]byte, (p.H+exrLines-1)/exrLines)
	work := func(k, i int) []byte {
		return packers[k].pack(p, i*exrLines, min((i+1)*exrLines, p.H))
	}
	keep := func(_, i int, b []byte) error {
		chunks[i] = b
		return nil
	}
	if err := inRounds(len(chunks), work, keep); err != nil {
		return err
	}
	head := p.exrHead()
	at := uint64(len(head) + 8*len(chunks))
	for _, c := range chunks {
		head = binary.LittleEndian.AppendUint64(head, at)
		at += uint64(8 + len(c))
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	for i, c := range chunks {
		b := binary.LittleEndian.AppendUint32(nil, uint32(i*exrLines))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(c)))
		if _, err := w.Write(b); err != nil {
			return err
		}
		if _, err := w.Write(c); err != nil {
			return err
		}
	}
	return nil
}

// exrNames are the channels in the order of a file, by name, with their places
// in a pixel.
func exrNames(f Form) (names []string, places []int) {
	if f.Alpha() {
		return []string{"A", "B", "G", "R"}, []int{3, 2, 1, 0}
	}
	return []string{"B", "G", "R"}, []int{2, 1, 0}
}

// exrHead is magic, version and the attributes that each file must have.
func (p *Picture) exrHead() []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, exrMagic)
	b = le.AppendUint32(b, exrVersion)
	attribute := func(name, kind string, value []byte) {
		b = append(append(append(append(b, name...), 0), kind...), 0)
		b = append(le.AppendUint32(b, uint32(len(value))), value...)
	}
	kind := uint32(exrHalf)
	if p.Form.sample() == 4 {
		kind = exrFloat
	}
	var list []byte
	names, _ := exrNames(p.Form)
	for _, name := range names {
		list = append(append(list, name...), 0)
		for _, v := range []uint32{kind, 0, 1, 1} { // type, linearity, sampling
			list = le.AppendUint32(list, v)
		}
	}
	window := le.AppendUint32(make([]byte, 8), uint32(p.W-1))
	window = le.AppendUint32(window, uint32(p.H-1))
	one := le.AppendUint32(nil, math.Float32bits(1))
	attribute("channels", "chlist", append(list, 0))
	attribute("compression", "compression", []byte{exrZIP})
	attribute("dataWindow", "box2i", window)
	attribute("displayWindow", "box2i", window)
	attribute("lineOrder", "lineOrder", []byte{0})
	attribute("pixelAspectRatio", "float", one)
	attribute("screenWindowCenter", "v2f", make([]byte, 8))
	attribute("screenWindowWidth", "float", one)
	return append(b, 0)
}

// exrPacker is one worker's buffers.
type exrPacker struct {
	lines, plain []byte
	z            deflater
}

// pack is the chunk of the rows from first up to end, in memory of its own.
func (k *exrPacker) pack(p *Picture, first, end int) []byte {
	size := (end - first) * p.stride()
	if cap(k.lines) < size {
		k.lines, k.plain = make([]byte, size), make([]byte, size)
	}
	lines, plain := k.lines[:size], k.plain[:size]
	for y := first; y < end; y++ {
		scatter(lines[(y-first)*p.stride():], p.row(y), p.Form, p.W)
	}
	shuffle(plain, lines)
	body := k.z.pack(plain, 128, true) // no difference is 128
	if len(body)+6 >= size {
		return bytes.Clone(lines) // as they are, which its size tells
	}
	// zlib (RFC 1950) is DEFLATE between a head and a checksum.
	packed := append(append(make([]byte, 0, len(body)+6), 0x78, 0x01), body...)
	return binary.BigEndian.AppendUint32(packed, adler32.Checksum(plain))
}

// scatter puts the channels of a row one after another.
func scatter(line, row []byte, f Form, w int) {
	_, places := exrNames(f)
	ch, sz := f.Channels(), f.sample()
	for i, c := range places {
		dst := line[i*w*sz:][:w*sz]
		if sz == 2 {
			for x := range w {
				at := 2 * (x*ch + c)
				dst[2*x], dst[2*x+1] = row[at], row[at+1]
			}
			continue
		}
		for x := range w {
			copy(dst[4*x:][:4], row[4*(x*ch+c):])
		}
	}
}
