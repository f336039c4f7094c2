package picture

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// unfilter undoes the filter of a row (W3C PNG §9.2); up is the row above, and
// n the bytes from a pixel to the next.
func unfilter(filter byte, cur, up []byte, n int) error {
	switch filter {
	case 0:
	case 1:
		for i := n; i < len(cur); i++ {
			cur[i] += cur[i-n]
		}
	case 2:
		for i := range cur {
			cur[i] += up[i]
		}
	case 3:
		for i := range min(n, len(cur)) {
			cur[i] += up[i] / 2
		}
		for i := n; i < len(cur); i++ {
			cur[i] += byte((int(cur[i-n]) + int(up[i])) / 2)
		}
	case 4:
		for i := range min(n, len(cur)) {
			cur[i] += up[i]
		}
		for i := n; i < len(cur); i++ {
			cur[i] += paeth(cur[i-n], up[i], up[i-n])
		}
	default:
		return fmt.Errorf("unknown filter %d", filter)
	}
	return nil
}

// paeth is the neighbour nearest to left+up−corner (§9.4).
func paeth(left, up, corner byte) byte {
	c := int(corner)
	pa, pb := int(up)-c, int(left)-c
	pc := abs(pa + pb)
	pa, pb = abs(pa), abs(pb)
	if pa <= pb && pa <= pc {
		return left
	}
	if pb <= pc {
		return up
	}
	return corner
}

func abs(v int) int { return max(v, -v) }

// widen turns a row of the file into one of the picture.
func (d *pngReader) widen(dst, src []byte) error {
	switch {
	case d.color == pngPalette:
		return d.lookUp(dst, src)
	case d.depth == 16:
		d.widen16(dst, src)
	case d.color == pngRGB && d.clear == nil, d.color == pngRGBA:
		copy(dst, src)
	case d.color == pngRGB:
		for x := range d.w {
			c := src[3*x : 3*x+3]
			copy(dst[4*x:], c)
			dst[4*x+3] = d.opaque8(c...)
		}
	case d.color == pngGreyAlpha:
		for x := range d.w {
			v := src[2*x]
			copy(dst[4*x:], []byte{v, v, v, src[2*x+1]})
		}
	default:
		d.grey(dst, src)
	}
	return nil
}

// grey widens grey of at most 8 bits.
func (d *pngReader) grey(dst, src []byte) {
	scale := byte(255 / (1<<d.depth - 1))
	for x := range d.w {
		v := packed(src, x, d.depth)
		g := v * scale
		if d.clear == nil {
			copy(dst[3*x:], []byte{g, g, g})
		} else {
			copy(dst[4*x:], []byte{g, g, g, d.opaque8(v)})
		}
	}
}

// packed is sample x of a row with depth bits each.
func packed(row []byte, x, depth int) byte {
	bit := x * depth
	return row[bit/8] >> (8 - depth - bit%8) & byte(1<<depth-1)
}

// lookUp widens a row of palette entries.
func (d *pngReader) lookUp(dst, src []byte) error {
	for x := range d.w {
		i := int(packed(src, x, d.depth))
		if 3*i >= len(d.palette) {
			return errors.New("a colour outside the palette")
		}
		c := d.palette[3*i : 3*i+3]
		if d.clear == nil {
			copy(dst[3*x:], c)
			continue
		}
		copy(dst[4*x:], c)
		dst[4*x+3] = 255
		if i < len(d.clear) {
			dst[4*x+3] = d.clear[i]
		}
	}
	return nil
}

// opaque8 is the alpha of a colour: 0 for the transparent one of tRNS.
func (d *pngReader) opaque8(c ...byte) byte {
	for i, v := range c {
		if uint16(v) != binary.BigEndian.Uint16(d.clear[2*i:]) {
			return 255
		}
	}
	return 0
}

// widen16 widens 16-bit samples, which are big-endian in the file.
func (d *pngReader) widen16(dst, src []byte) {
	switch {
	case d.color == pngRGBA, d.color == pngRGB && d.clear == nil:
		swap16(dst, src)
	case d.color == pngGreyAlpha:
		for x := range d.w {
			g, a := src[4*x:4*x+2], src[4*x+2:4*x+4]
			swap16(dst[8*x:], g, g, g, a)
		}
	case d.clear == nil: // grey
		for x := range d.w {
			g := src[2*x : 2*x+2]
			swap16(dst[6*x:], g, g, g)
		}
	case d.color == pngGrey:
		for x := range d.w {
			g := src[2*x : 2*x+2]
			swap16(dst[8*x:], g, g, g, d.opaque16(g))
		}
	default:
		for x := range d.w {
			c := src[6*x : 6*x+6]
			swap16(dst[8*x:], c, d.opaque16(c))
		}
	}
}

// opaque16 is the alpha of a colour, big-endian.
func (d *pngReader) opaque16(c []byte) []byte {
	if string(c) == string(d.clear) {
		return []byte{0, 0}
	}
	return []byte{0xff, 0xff}
}

// swap16 copies samples of two bytes and turns them round.
func swap16(dst []byte, parts ...[]byte) {
	for _, src := range parts {
		for i := 0; i+1 < len(src); i += 2 {
			binary.LittleEndian.PutUint16(dst[i:], binary.BigEndian.Uint16(src[i:]))
		}
		dst = dst[len(src):]
	}
}
