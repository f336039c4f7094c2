// Package avatar draws the picture of an address: a small symmetrical pattern
// that is always the same for one address and clearly another for the next, so
// that people notice when an address is not the one they know. It proves
// nothing: who tries long enough finds addresses whose pictures are alike, and
// payments go by the address alone.
package avatar

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
)

const (
	cells  = 6         // rows and columns of the pattern
	half   = cells / 2 // columns that are drawn; the others mirror them
	margin = 1         // cells around the pattern
	side   = cells + 2*margin
	corner = 2 // radius of the tile's corners, in cells
	hues   = 24
)

// kind is what a cell shows.
type kind uint8

const (
	empty kind = iota
	deepSquare
	brightSquare
	deepDisc
)

// picture is all there is to draw. Colours are 0xRRGGBB.
type picture struct {
	grid                [cells][cells]kind
	deep, bright, paper uint32
}

// of derives the picture: 18 cells of two bits and two hues, from the SHA-256 of
// the address. Capital letters make no difference (BIP 350).
func of(address string) (p picture) {
	sum := sha256.Sum256([]byte("supercomputing avatar\x00" + strings.ToLower(address)))
	bits := binary.BigEndian.Uint64(sum[:])
	for row := range cells {
		for col := range half {
			k := kind(bits & 3)
			bits >>= 2
			p.grid[row][col], p.grid[row][cells-1-col] = k, k
		}
	}
	// The second hue is at least a quarter of the circle away from the first.
	first := int(binary.BigEndian.Uint16(sum[8:])) % hues
	second := (first + hues/4 + int(binary.BigEndian.Uint16(sum[10:]))%(hues/2+1)) % hues
	p.deep, p.bright, p.paper = deep[first], bright[second], paper[first]
	return p
}

// The colours are of three fixed lightnesses (OKLCH 56 %, 74 % and 95 %) and go
// round the circle of hues in steps of 15°. So the pattern stands out from its
// tile the same in every hue, and the tile brings its own ground on light and
// dark pages. They are a table so that all machines draw the same.
var (
	deep = [hues]uint32{
		0xb74b61, 0xb84d49, 0xb6522d, 0xb15900, 0xa76200, 0x9a6b00, 0x887400, 0x737d00,
		0x588418, 0x34893c, 0x008c57, 0x008e70, 0x008d87, 0x008a9b, 0x0085ac, 0x007fba,
		0x2378c2, 0x4b70c6, 0x6668c4, 0x7c60bd, 0x8d5ab1, 0x9c54a1, 0xa84f8e, 0xb14c79,
	}
	bright = [hues]uint32{
		0xf08698, 0xf28881, 0xf08d6a, 0xe99355, 0xdf9b44, 0xd0a43a, 0xbeac3d, 0xa8b44b,
		0x8fbb5f, 0x73c076, 0x53c48e, 0x2dc5a6, 0x00c4bd, 0x00c2d2, 0x1ebde3, 0x47b7f1,
		0x67b0f9, 0x82a8fd, 0x9ba1fb, 0xb199f4, 0xc493e8, 0xd48dd8, 0xe189c5, 0xea86af,
	}
	paper = [hues]uint32{
		0xffe8eb, 0xffe8e6, 0xfee9e2, 0xfdebdf, 0xfaecdd, 0xf6eedc, 0xf2efdc, 0xedf1de,
		0xe9f2e1, 0xe5f3e4, 0xe1f4e9, 0xdef4ed, 0xddf4f2, 0xdcf4f6, 0xddf3fa, 0xdff2fd,
		0xe2f0ff, 0xe6efff, 0xebedff, 0xefecfe, 0xf4eafb, 0xf8e9f8, 0xfbe8f4, 0xfde8ef,
	}
)

func (p *picture) colour(k kind) uint32 {
	if k == brightSquare {
		return p.bright
	}
	return p.deep
}
