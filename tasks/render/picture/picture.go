// Package picture owns rendered pixels: one plain form that every engine's
// output is read into and every result file is written from, its encoding
// between nodes, and what it means for two pictures to be alike. Nothing that a
// stranger sends is read by a general image decoder.
package picture

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

// Picture is a rectangle of pixels: rows from the top, pixels from the left,
// channels interleaved, samples little-endian. len(Pix) is W·H·Form.Bytes().
type Picture struct {
	Form Form
	W, H int
	Pix  []byte
}
