package picture

import "fmt"

// Form is how a picture's samples are stored. Colours are as the engine's file
// has them: display-referred for integers, scene-linear for floats.
type Form byte

// The forms.
const (
	RGB8      Form = 1 + iota // 8-bit integers
	RGBA8                     // the same with alpha, not premultiplied
	RGB16                     // 16-bit integers
	RGBA16                    //
	RGBHalf                   // IEEE 754 binary16
	RGBAHalf                  // alpha premultiplied, as OpenEXR has it
	RGBFloat                  // IEEE 754 binary32
	RGBAFloat                 //
)

// Valid reports whether the form is one of those above.
func (f Form) Valid() bool { return f >= RGB8 && f <= RGBAFloat }

// Alpha reports whether the last channel is alpha.
func (f Form) Alpha() bool { return f.Valid() && f%2 == 0 }

// Float reports whether samples are binary16 or binary32.
func (f Form) Float() bool { return f >= RGBHalf && f <= RGBAFloat }

// Channels is the number of samples of a pixel: 3 or 4, and 0 for no form.
func (f Form) Channels() int {
	switch {
	case !f.Valid():
		return 0
	case f.Alpha():
		return 4
	}
	return 3
}

// Bytes is the size of a pixel.
func (f Form) Bytes() int { return f.Channels() * f.sample() }

// sample is the size of one sample in bytes.
func (f Form) sample() int {
	switch f {
	case RGB8, RGBA8:
		return 1
	case RGBFloat, RGBAFloat:
		return 4
	}
	return 2
}

// String names the form for people.
func (f Form) String() string {
	switch f {
	case RGB8:
		return "8-bit RGB"
	case RGBA8:
		return "8-bit RGBA"
	case RGB16:
		return "16-bit RGB"
	case RGBA16:
		return "16-bit RGBA"
	case RGBHalf:
		return "half float RGB"
	case RGBAHalf:
		return "half float RGBA"
	case RGBFloat:
		return "float RGB"
	case RGBAFloat:
		return "float RGBA"
	}
	return fmt.Sprintf("form %d", byte(f))
}
