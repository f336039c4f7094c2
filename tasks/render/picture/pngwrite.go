package picture

import (
	"encoding/binary"
	"fmt"
	"hash/adler32"
	"hash/crc32"
	"io"
)

// pngBand is how many bytes of rows are packed at once.
const pngBand = 1 << 18

// WritePNG writes an integer picture as PNG, with the depth that it has and no
// word on colour spaces, which programs take for sRGB. It fails with ErrForm
// for floats: View makes them integers.
func (p *Picture) WritePNG(w io.Writer) error {
	if err := p.check(); err != nil {
		return err
	}
	if p.Form.Float() {
		return fmt.Errorf("%w: %s as PNG", ErrForm, p.Form)
	}
	head := make([]byte, 13)
	binary.BigEndian.PutUint32(head, uint32(p.W))
	binary.BigEndian.PutUint32(head[4:], uint32(p.H))
	head[8], head[9] = byte(8*p.Form.sample()), pngRGB
	if p.Form.Alpha() {
		head[9] = pngRGBA
	}
	if _, err := io.WriteString(w, pngSignature); err != nil {
		return err
	}
	if err := writeChunk(w, "IHDR", head); err != nil {
		return err
	}
	if err := p.writeBands(w); err != nil {
		return err
	}
	return writeChunk(w, "IEND", nil)
}

// writeChunk writes a chunk whose body is all of parts.
func writeChunk(w io.Writer, kind string, parts ...[]byte) error {
	size := 0
	for _, b := range parts {
		size += len(b)
	}
	head := append(binary.BigEndian.AppendUint32(nil, uint32(size)), kind...)
	sum := crc32.ChecksumIEEE(head[4:])
	for _, b := range append([][]byte{head}, parts...) {
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	for _, b := range parts {
		sum = crc32.Update(sum, crc32.IEEETable, b)
	}
	_, err := w.Write(binary.BigEndian.AppendUint32(nil, sum))
	return err
}

// writeBands writes the pixels, one IDAT for each band of rows. All of them
// together are one zlib stream (RFC 1950): a band ends where a new block of
// DEFLATE may begin.
func (p *Picture) writeBands(w io.Writer) error {
	rows := max(1, pngBand/p.stride())
	bands := (p.H + rows - 1) / rows
	packers := make([]pngPacker, processors())
	sum := adler32.New()
	work := func(k, i int) []byte {
		return packers[k].pack(p, i*rows, min((i+1)*rows, p.H), i == bands-1)
	}
	emit := func(k, i int, b []byte) error {
		sum.Write(packers[k].filtered)
		parts := [][]byte{b}
		if i == 0 {
			parts = [][]byte{{0x78, 0x01}, b}
		}
		if i == bands-1 {
			parts = append(parts, sum.Sum(nil))
		}
		return writeChunk(w, "IDAT", parts...)
	}
	return inRounds(bands, work, emit)
}

// pngPacker is one worker's buffers.
type pngPacker struct {
	cur, up  []byte // rows as the file has them
	tries    [4][]byte
	filtered []byte
	z        deflater
}

// pack filters and packs the rows from first up to end.
func (k *pngPacker) pack(p *Picture, first, end int, last bool) []byte {
	n := p.stride()
	if k.cur == nil {
		k.cur, k.up = make([]byte, n), make([]byte, n)
		for i := range k.tries {
			k.tries[i] = make([]byte, n)
		}
	}
	k.filtered = k.filtered[:0]
	clear(k.up)
	if first > 0 {
		fileRow(k.up, p.row(first-1), p.Form)
	}
	for y := first; y < end; y++ {
		fileRow(k.cur, p.row(y), p.Form)
		k.filter(p.Form.Bytes())
		k.cur, k.up = k.up, k.cur
	}
	return k.z.pack(k.filtered, 0, last)
}

// fileRow turns a row of the picture into one of the file.
func fileRow(dst, src []byte, f Form) {
	if f.sample() == 2 {
		swap16(dst, src)
	} else {
		copy(dst, src)
	}
}

// filter appends the current row, by the filter of 1 to 4 that leaves the
// smallest sum of differences (W3C PNG §12.7); n is the size of a pixel.
func (k *pngPacker) filter(n int) {
	cur, up := k.cur, k.up
	sub, above, mean, pae := k.tries[0], k.tries[1], k.tries[2], k.tries[3]
	var sums [4]int
	for i := range cur {
		var left, corner byte
		if i >= n {
			left, corner = cur[i-n], up[i-n]
		}
		v, u := cur[i], up[i]
		sub[i], above[i] = v-left, v-u
		mean[i] = v - byte((int(left)+int(u))/2)
		pae[i] = v - paeth(left, u, corner)
		sums[0] += abs(int(int8(sub[i])))
		sums[1] += abs(int(int8(above[i])))
		sums[2] += abs(int(int8(mean[i])))
		sums[3] += abs(int(int8(pae[i])))
	}
	best := 0
	for i, s := range sums {
		if s < sums[best] {
			best = i
		}
	}
	k.filtered = append(append(k.filtered, byte(best+1)), k.tries[best]...)
}
