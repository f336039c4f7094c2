package picture

import (
	"bytes"
	"fmt"
	"math"
)

// Difference is how two pictures of one tile differ, in shown brightness: 0 is
// black, 1 white; floats go through sRGB's curve and on above white by their
// logarithm.
//
// A renderer's noise is its fingerprint. Two builds of one version follow the
// same rays from the same random numbers, so the noise is the same wherever
// rounding did not send a ray elsewhere: nearly everywhere in a plain scene, in
// a fifth of the blocks of one full of glass, smoke and hair. Other samples,
// another seed, a smaller, a shifted or a smoothed picture have the same noise
// hardly anywhere, however good they look. And what is not the same has to be
// as rough, and as bright.
type Difference struct {
	Mean float64 `json:"mean"` // of all samples
	Max  float64 `json:"max"`  // of all samples
	Off  float64 `json:"off"`  // share of samples that differ by more than Tolerance

	Blocks int     `json:"blocks"` // squares of the picture
	Shape  float64 `json:"shape"`  // share of them that differ in brightness by more than noise explains
	Grainy int     `json:"grainy"` // blocks rough enough to have a fingerprint
	Kin    float64 `json:"kin"`    // share of those whose noise is the same; 1 without any
	Rough  float64 `json:"rough"`  // how many times as rough the second one's others are, as log2; a median
}

// What counts as different, and how much of it builds may differ by. The
// numbers are measured: RATIONALE.md.
const (
	Tolerance = 4.0 / 255

	minKin    = 0.15 // of Grainy
	mostShape = 0.01 // of Blocks, where all noise is the same
	mostStray = 0.06 // of Blocks, added to that where none is: rays that went elsewhere
	mostRough = 0.35 // either way
	mostOff   = 0.02 // of samples, where there is no grain to tell by

	block      = 8    // pixels of its side
	kinLimit   = 0.01 // of the grain of both that the grain of the difference may have
	grainGain  = 2.25 // of the filter, for noise
	fewBlocks  = 12   // with fewer no median is made
	shapeSigma = 5.0  // deviations of a block's mean that are noise
	shapeStep  = 3.0 / 255
)

// Alike reports whether the pictures can be of the same tile by different
// builds of one version. Builds that are equal have equal bytes: use Hash.
func (d Difference) Alike() bool {
	if d.Grainy < fewBlocks && d.Off > mostOff {
		return false
	}
	return d.Kin >= minKin && !d.Wrong()
}

// Wrong reports whether the pictures are not even of one scene at one quality:
// parts are brighter or darker, smoother or noisier. A scene can be so chaotic
// that two honest builds are not Alike; but they are not Wrong.
func (d Difference) Wrong() bool {
	most := mostShape + mostStray*(1-d.Kin)
	return d.Shape*float64(d.Blocks) > max(1, most*float64(d.Blocks)) || math.Abs(d.Rough) > mostRough
}

// String is the numbers for a log.
func (d Difference) String() string {
	return fmt.Sprintf("same noise in %.1f %% of %d blocks, roughness %+.2f, brightness off in %.2f %%, %.2f %% of samples off, mean %.4f, most %.3f",
		100*d.Kin, d.Grainy, d.Rough, 100*d.Shape, 100*d.Off, d.Mean, d.Max)
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
		return Difference{Kin: 1}, nil
	}
	c := newComparison(a, b)
	for y := range a.H {
		c.row(y)
	}
	return c.result(), nil
}

// blockSum is what is summed up of a block.
type blockSum struct {
	a, b, diff float64 // squares of the grain, and of its difference
	bright     float64 // difference of all samples
	samples    int     // whose grain is summed up
	pixels     int
}

// comparison goes through two pictures row by row.
type comparison struct {
	a, b     *Picture
	ra, rb   [3][]float32 // the last three rows, by y modulo 3
	floor    float64      // of a sample's squared grain: rounding is no fingerprint
	sum, max float64
	off      int

	row8          []blockSum // under way
	blocks, shape int
	grainy, kin   int
	ratios        [256]int // of the grainy others: log2 in sixteenths from −8
}

func newComparison(a, b *Picture) *comparison {
	n := a.W * a.Form.Channels()
	c := &comparison{a: a, b: b, row8: make([]blockSum, (a.W+block-1)/block)}
	for i := range c.ra {
		c.ra[i], c.rb[i] = make([]float32, n), make([]float32, n)
	}
	// Rounding to 8 bits is noise of a twelfth of a step's square.
	step := 1.0 / 255
	if a.Form.sample() > 1 {
		step = 1.0 / 2048 // the curve for floats is not finer
	}
	c.floor = grainGain * step * step / 12
	return c
}

// row takes in the next row.
func (c *comparison) row(y int) {
	ra, rb := c.ra[y%3], c.rb[y%3]
	c.a.Shown(ra, y)
	c.b.Shown(rb, y)
	ch := c.a.Form.Channels()
	for x := range c.a.W {
		var bright float64
		for i := x * ch; i < x*ch+ch; i++ {
			d := float64(rb[i] - ra[i])
			bright += d
			d = math.Abs(d)
			c.sum += d
			c.max = max(c.max, d)
			if d > Tolerance {
				c.off++
			}
		}
		s := &c.row8[x/block]
		s.bright += bright
		s.pixels++
	}
	// The row above has both neighbours now. Its grain counts for the block
	// that is under way, if not that of the row itself.
	if y >= 2 {
		c.grains(y - 1)
	}
	if y%block == block-1 || y == c.a.H-1 {
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
		s := &c.row8[x/block]
		for i := x * ch; i < x*ch+ch; i++ {
			ga := grainAt(a0, a1, a2, i, ch)
			gb := grainAt(b0, b1, b2, i, ch)
			s.a += float64(ga * ga)
			s.b += float64(gb * gb)
			s.diff += float64((ga - gb) * (ga - gb))
		}
		s.samples += ch
	}
}

func grainAt(r0, r1, r2 []float32, i, ch int) float32 {
	l, r := i-ch, i+ch
	return (r0[l] + r0[r] + r2[l] + r2[r] - 2*(r0[i]+r1[l]+r1[r]+r2[i]) + 4*r1[i]) / 4
}

// closeBlocks judges the blocks under way and begins new ones.
func (c *comparison) closeBlocks() {
	for i := range c.row8 {
		c.judge(c.row8[i])
		c.row8[i] = blockSum{}
	}
}

func (c *comparison) judge(s blockSum) {
	c.blocks++
	n := float64(s.samples)
	floor := c.floor * n
	var deviation float64 // of the difference of the means
	if s.samples > 0 {
		deviation = math.Sqrt((s.a + s.b) / grainGain / n / float64(s.pixels))
	}
	channels := float64(c.a.Form.Channels())
	if !(math.Abs(s.bright)/channels/float64(s.pixels) <= shapeStep+shapeSigma*deviation) {
		c.shape++
	}
	// Where both are as smooth as rounding, there is nothing to tell by.
	if s.samples < block*block/2 || s.a+s.b <= 8*floor {
		return
	}
	c.grainy++
	if s.diff <= kinLimit*(s.a+s.b)+2*floor {
		c.kin++
		return
	}
	ratio := math.Log2((s.b + floor) / (s.a + floor))
	c.ratios[max(0, min(int(ratio*16+128), 255))]++
}

func (c *comparison) result() Difference {
	n := float64(c.a.W * c.a.H * c.a.Form.Channels())
	d := Difference{Mean: c.sum / n, Max: c.max, Off: float64(c.off) / n, Blocks: c.blocks,
		Shape: float64(c.shape) / float64(c.blocks), Grainy: c.grainy, Kin: 1}
	if c.grainy > 0 {
		d.Kin = float64(c.kin) / float64(c.grainy)
	}
	if others := c.grainy - c.kin; others >= fewBlocks {
		d.Rough = median(c.ratios[:], others)
	}
	return d
}

// median is the middle of n ratios counted in bins.
func median(bins []int, n int) float64 {
	seen := 0
	for i, k := range bins {
		if seen += k; 2*seen >= n {
			return (float64(i) + 0.5 - 128) / 16
		}
	}
	return 0
}
