package picture

import "math"

// HalfToFloat is the value of an IEEE 754 binary16.
func HalfToFloat(h uint16) float32 {
	sign, exp, frac := uint32(h>>15)<<31, uint32(h>>10)&0x1f, uint32(h)&0x3ff
	switch exp {
	case 0: // subnormal: frac · 2^-24
		return math.Float32frombits(sign | math.Float32bits(float32(frac)*0x1p-24))
	case 0x1f: // infinite, or no number
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}

// FloatToHalf is the nearest binary16, the even one of two.
func FloatToHalf(f float32) uint16 {
	b := math.Float32bits(f)
	sign, b := uint16(b>>16)&0x8000, b&0x7fffffff
	switch {
	case b > 0x7f800000: // no number
		return sign | 0x7e00
	case b >= 0x477ff000: // rounds to more than the largest
		return sign | 0x7c00
	case b < 0x38800000: // subnormal
		return sign | uint16(math.RoundToEven(float64(math.Float32frombits(b))*0x1p24))
	}
	b -= 112 << 23
	return sign | uint16((b+0xfff+b>>13&1)>>13)
}
