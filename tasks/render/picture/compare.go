package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"sync"
)

// Difference is how two pictures of one tile differ, in shown brightness: 0 is
// black, 1 white; floats go through sRGB's curve and on above white by their
// logarithm.
//
// A renderer's noise is its fingerprint. Two builds of one version follow the
// same rays from the same random numbers, so their noise is the same but where
// rounding sent a ray elsewhere. Other samples, another seed, a smaller or a
// smoothed picture have other noise, however good they look.
type Difference struct {
	Mean  float64 // of all samples
	Max   float64 // of all samples
	Off   float64 // share of samples that differ by more than Tolerance
	Grain float64 // share of blocks whose noise is another's
}

// What counts as different, and how much of it builds may differ by. The
// numbers are measured: RATIONALE.md.
const (
	Tolerance = 4.0 / 255
	maxOff    = 0.02
	maxGrain  = 0.10

	grainBlock = 8     // pixels of a block's side
	grainLimit = 0.025 // of the blocks' own grain that their difference may have
)

// Alike reports whether the pictures can be of the same tile by different
// builds of one version. Builds that are equal have equal bytes: use Hash.
func (d Difference) Alike() bool { return d.Off <= maxOff && d.Grain <= maxGrain }

// String is the numbers for a log.
func (d Difference) String() string {
	return fmt.Sprintf("%.2f %% of samples off, %.2f %% of blocks of another grain, mean %.5f, most %.3f",
		100*d.Off, 100*d.Grain, d.Mean, d.Max)
}

// Compare tells how two pictures differ. It fails with ErrForm when they do not
// have the same form and size.
func Compare(a, b *Picture) (Difference, error) {
	for _, p := range []*Picture{a, b} {
		if err := p.check(); err != nil {
			return Difference{}, err
		}
	}
	if a.Form != b.Form || a.W != b.W || a.H != b.H {
		return Difference{}, fmt.Errorf("%w: %d×%d %s and %d×%d %s", ErrForm, a.W, a.H, a.Form, b.W, b.H, b.Form)
	}
	if bytes.Equal(a.Pix, b.Pix) {
		return Difference{}, nil
	}
	c := newComparison(a, b)
	for y := range a.H {
		c.row(y)
	}
	return c.result(), nil
}

// comparison goes through two pictures row by row.
type comparison struct {
	a, b     *Picture
	ra, rb   [3][]float32 // the last three rows, by y modulo 3
	floor    float64      // of a block's grain: rounding is no difference
	sum, max float64
	off      int

	grain, diff []float64 // of the blocks under way
	samples     int       // of one block column under way, at full width
	blocks, odd int
}

func newComparison(a, b *Picture) *comparison {
	n := a.W * a.Form.Channels()
	c := &comparison{a: a, b: b, grain: make([]float64, (a.W+grainBlock-1)/grainBlock), diff: make([]float64, (a.W+grainBlock-1)/grainBlock)}
	for i := range c.ra {
		c.ra[i], c.rb[i] = make([]float32, n), make([]float32, n)
	}
	// Rounding to 8 bits is noise of a twelfth of a step's square in each
	// picture, and the filter's gain is 2.25.
	step := 1.0 / 255
	if a.Form.sample() > 1 {
		step = 1.0 / 2048
	}
	c.floor = 0.4 * step * step
	return c
}

// row takes in the next row.
func (c *comparison) row(y int) {
	ra, rb := c.ra[y%3], c.rb[y%3]
	c.a.Shown(ra, y)
	c.b.Shown(rb, y)
	for i, v := range ra {
		d := math.Abs(float64(v - rb[i]))
		c.sum += d
		c.max = max(c.max, d)
		if d > Tolerance {
			c.off++
		}
	}
	if y < 2 {
		return
	}
	c.grains(y - 1)
	if y == c.a.H-1 || y%grainBlock == 0 {
		c.closeBlocks()
	}
}

// grains adds the grain of row y, whose neighbours are there, to the blocks.
// The filter takes away all that is smooth along either axis (Immerkær, Fast
// noise variance estimation, 1996), so edges and textures weigh little.
func (c *comparison) grains(y int) {
	ch := c.a.Form.Channels()
	a0, a1, a2 := c.ra[(y+2)%3], c.ra[y%3], c.ra[(y+1)%3]
	b0, b1, b2 := c.rb[(y+2)%3], c.rb[y%3], c.rb[(y+1)%3]
	for x := 1; x < c.a.W-1; x++ {
		block := (x - 1) / grainBlock
		var grain, diff float64
		for i := x * ch; i < x*ch+ch; i++ {
			ga := grainAt(a0, a1, a2, i, ch)
			gb := grainAt(b0, b1, b2, i, ch)
			grain += float64(ga*ga + gb*gb)
			diff += float64((ga - gb) * (ga - gb))
		}
		c.grain[block] += grain
		c.diff[block] += diff
	}
	c.samples += grainBlock * ch
}

func grainAt(r0, r1, r2 []float32, i, ch int) float32 {
	l, r := i-ch, i+ch
	return (r0[l] + r0[r] + r2[l] + r2[r] - 2*(r0[i]+r1[l]+r1[r]+r2[i]) + 4*r1[i]) / 4
}

// closeBlocks judges the blocks under way and begins new ones.
func (c *comparison) closeBlocks() {
	for i, diff := range c.diff {
		if i*grainBlock+2 >= c.a.W {
			continue // the last column has no neighbours
		}
		c.blocks++
		if diff > grainLimit*c.grain[i]+c.floor*float64(c.samples) {
			c.odd++
		}
	}
	clear(c.grain)
	clear(c.diff)
	c.samples = 0
}

func (c *comparison) result() Difference {
	n := float64(c.a.W * c.a.H * c.a.Form.Channels())
	d := Difference{Mean: c.sum / n, Max: c.max, Off: float64(c.off) / n}
	if c.blocks > 0 {
		d.Grain = float64(c.odd) / float64(c.blocks)
	}
	return d
}

// Shown writes row y as brightness, as Difference has it: W·Channels() samples,
// alpha among them by the same rule.
func (p *Picture) Shown(dst []float32, y int) {
	row := p.row(y)
	dst = dst[:p.W*p.Form.Channels()]
	switch p.Form {
	case RGB8, RGBA8:
		for i := range dst {
			dst[i] = float32(row[i]) / 255
		}
	case RGB16, RGBA16:
		for i := range dst {
			dst[i] = float32(binary.LittleEndian.Uint16(row[2*i:])) / 65535
		}
	case RGBHalf, RGBAHalf:
		curve := shownOfHalf()
		for i := range dst {
			dst[i] = curve[binary.LittleEndian.Uint16(row[2*i:])]
		}
	default:
		curve := shownOfHalf()
		for i := range dst {
			dst[i] = curve[FloatToHalf(math.Float32frombits(binary.LittleEndian.Uint32(row[4*i:])))]
		}
	}
}

// shownOfHalf is the brightness of each binary16. What is no number is far
// from all that are.
var shownOfHalf = sync.OnceValue(func() *[1 << 16]float32 {
	var t [1 << 16]float32
	for i := range t {
		v := math.Abs(float64(HalfToFloat(uint16(i))))
		switch {
		case math.IsNaN(v):
			v = -10
		case v > 1:
			v = 1 + math.Log(min(v, 65504))/4
		default:
			v = SRGB(v)
		}
		if i >= 1<<15 {
			v = -v
		}
		t[i] = float32(v)
	}
	return &t
})
