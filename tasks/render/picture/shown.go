package picture

import (
	"encoding/binary"
	"math"
	"sync"
)

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
