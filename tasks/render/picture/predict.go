package picture

import "encoding/binary"

// A strip is turned into residues before it is packed. Each sample, taken as an
// integer whatever it means, is predicted from its left, upper and upper left
// neighbours by the median rule of LOCO-I (JPEG-LS, ITU-T T.87 §A.4.1); what is
// left is small. The residue of green is taken off those of red and blue, for
// light that brightens one brightens all. Residues are zigzagged, so that small
// ones of either sign have zero high bytes, and stand in planes: channel by
// channel, high bytes before low ones. All arithmetic wraps around, so every bit
// pattern survives.

// green is the channel that red and blue are told from.
const green = 1

// predict is the median of left, up and left+up−corner.
func predict(left, up, corner int64) int64 {
	return max(min(left, up), min(max(left, up), left+up-corner))
}

// rows are the rows at work while a strip is split or joined. Each has one
// pixel of padding in front: the first pixel of the upper row, which is what
// the leftmost pixel is predicted from.
type rows struct {
	ch, size int // channels, bytes of a sample
	cur, up  []uint32
	residues []uint32 // of one row, channel by channel, w each
	w        int
}

func newRows(f Form, w int) *rows {
	ch := f.Channels()
	return &rows{
		ch: ch, size: f.sample(), w: w,
		cur: make([]uint32, (w+1)*ch), up: make([]uint32, (w+1)*ch), residues: make([]uint32, w*ch),
	}
}

// next makes the row that is done the upper one.
func (r *rows) next() {
	r.cur, r.up = r.up, r.cur
	copy(r.up[:r.ch], r.up[r.ch:2*r.ch])
	copy(r.cur[:r.ch], r.up[:r.ch])
}

// split fills planes with the residues of a strip of whole rows.
func split(planes, strip []byte, f Form, w int) {
	r := newRows(f, w)
	pixels, stride := len(strip)/f.Bytes(), w*f.Bytes()
	for y := 0; y*stride < len(strip); y++ {
		load(r.cur[r.ch:], strip[y*stride:][:stride], r.size)
		for c := range r.ch {
			r.predict(c)
		}
		for c := range r.ch {
			r.store(planes[c*r.size*pixels+y*w:], pixels, c)
		}
		r.next()
	}
}

// join is the opposite of split.
func join(strip, planes []byte, f Form, w int) {
	r := newRows(f, w)
	pixels, stride := len(strip)/f.Bytes(), w*f.Bytes()
	for y := 0; y*stride < len(strip); y++ {
		// Green first: red and blue are told from it.
		r.fetch(planes[green*r.size*pixels+y*w:], pixels, green)
		for c := range r.ch {
			if c != green {
				r.fetch(planes[c*r.size*pixels+y*w:], pixels, c)
			}
		}
		for c := range r.ch {
			r.restore(c)
		}
		save(strip[y*stride:][:stride], r.cur[r.ch:], r.size)
		r.next()
	}
}

// predict computes the residues of channel c of the current row.
func (r *rows) predict(c int) {
	out := r.residues[c*r.w:][:r.w]
	cur, up := r.cur[c:], r.up[c:]
	left, corner := int64(cur[0]), int64(up[0])
	i := 0
	for x := range out {
		i += r.ch
		v, u := cur[i], int64(up[i])
		out[x] = v - uint32(predict(left, u, corner))
		left, corner = int64(v), u
	}
}

// restore is the opposite of predict.
func (r *rows) restore(c int) {
	in := r.residues[c*r.w:][:r.w]
	cur, up := r.cur[c:], r.up[c:]
	left, corner := int64(cur[0]), int64(up[0])
	mask := uint32(1<<(8*r.size) - 1)
	i := 0
	for x := range in {
		i += r.ch
		u := int64(up[i])
		v := (in[x] + uint32(predict(left, u, corner))) & mask
		cur[i] = v
		left, corner = int64(v), u
	}
}

// store writes the residues of channel c into its planes, which are pixels
// apart.
func (r *rows) store(planes []byte, pixels, c int) {
	in, base := r.residues[c*r.w:][:r.w], r.residues[green*r.w:][:r.w]
	told := c == 0 || c == 2
	shift := 32 - 8*r.size
	for x, v := range in {
		if told {
			v -= base[x]
		}
		s := int32(v<<shift) >> shift
		z := uint32(s<<1) ^ uint32(s>>31)
		for k, at := r.size-1, x; k >= 0; k, at = k-1, at+pixels {
			planes[at] = byte(z >> (8 * k))
		}
	}
}

// fetch is the opposite of store.
func (r *rows) fetch(planes []byte, pixels, c int) {
	out, base := r.residues[c*r.w:][:r.w], r.residues[green*r.w:][:r.w]
	told := c == 0 || c == 2
	for x := range out {
		var z uint32
		for k, at := 0, x; k < r.size; k, at = k+1, at+pixels {
			z = z<<8 | uint32(planes[at])
		}
		v := z>>1 ^ -(z & 1)
		if told {
			v += base[x]
		}
		out[x] = v
	}
}

// load reads samples of size bytes each.
func load(dst []uint32, src []byte, size int) {
	switch size {
	case 1:
		for i := range dst {
			dst[i] = uint32(src[i])
		}
	case 2:
		for i := range dst {
			dst[i] = uint32(binary.LittleEndian.Uint16(src[2*i:]))
		}
	default:
		for i := range dst {
			dst[i] = binary.LittleEndian.Uint32(src[4*i:])
		}
	}
}

// save is the opposite of load.
func save(dst []byte, src []uint32, size int) {
	switch size {
	case 1:
		for i, v := range src {
			dst[i] = byte(v)
		}
	case 2:
		for i, v := range src {
			binary.LittleEndian.PutUint16(dst[2*i:], uint16(v))
		}
	default:
		for i, v := range src {
			binary.LittleEndian.PutUint32(dst[4*i:], v)
		}
	}
}
