package avatar

import (
	"image"
	"image/color"
)

// MinSize and MaxSize bound the size of an Image, in pixels.
const (
	MinSize = 8
	MaxSize = 1024
)

// samples is how many points of a pixel are looked at in each direction.
const samples = 4

// Image draws the picture of an address, size pixels wide and high; a size
// beyond MinSize and MaxSize is brought to the nearer. Outside the tile's round
// corners it is transparent.
func Image(address string, size int) image.Image {
	size = min(max(size, MinSize), MaxSize)
	p := of(address)
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range (size + 1) / 2 {
			c := p.pixel(x, y, size)
			img.SetNRGBA(x, y, c)
			img.SetNRGBA(size-1-x, y, c)
		}
	}
	return img
}

// pixel is the mean of samples over a pixel. It counts in whole numbers, so that
// all machines draw the same: a cell is unit wide.
func (p *picture) pixel(x, y, size int) color.NRGBA {
	var r, g, b, n int
	for i := range samples {
		for j := range samples {
			c, inside := p.at((2*(x*samples+i)+1)*side*unit/(2*samples*size), (2*(y*samples+j)+1)*side*unit/(2*samples*size))
			if inside {
				r, g, b, n = r+int(c>>16&0xff), g+int(c>>8&0xff), b+int(c&0xff), n+1
			}
		}
	}
	if n == 0 {
		return color.NRGBA{}
	}
	return color.NRGBA{uint8(r / n), uint8(g / n), uint8(b / n), uint8(n * 255 / (samples * samples))}
}

// unit is the width of a cell in the numbers that at takes.
const unit = 1 << 10

// at gives the colour at a point; inside is false beyond the round corners.
func (p *picture) at(x, y int) (c uint32, inside bool) {
	const r, far = corner * unit, (side - corner) * unit
	if dx, dy := max(r-x, x-far, 0), max(r-y, y-far, 0); dx*dx+dy*dy > r*r {
		return 0, false
	}
	col, row := x/unit-margin, y/unit-margin
	if x < margin*unit || y < margin*unit || col >= cells || row >= cells {
		return p.paper, true
	}
	k := p.grid[row][col]
	if dx, dy := x%unit-unit/2, y%unit-unit/2; k == empty || k == deepDisc && dx*dx+dy*dy > unit*unit/4 {
		return p.paper, true
	}
	return p.colour(k), true
}
