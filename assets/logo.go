package assets

import "fmt"

// Logo is the app's mark as an SVG: a block held by two links of a chain.
func Logo() []byte { return must("logo.svg") }

// sizes are those of the PNGs that logo/make.sh draws, ascending.
var sizes = [...]int{16, 22, 24, 32, 48, 64, 128, 256, 512}

// LogoPNG is the mark in the smallest of our sizes that has size pixels a side,
// or else in the largest.
func LogoPNG(size int) []byte {
	for _, s := range sizes {
		if s >= size {
			return must(fmt.Sprintf("logo/%d.png", s))
		}
	}
	return must(fmt.Sprintf("logo/%d.png", sizes[len(sizes)-1]))
}

// TrayState is what the icon beside the system's clock tells.
type TrayState int

const (
	Working TrayState = iota // the bare mark
	Paused                   // with two bars
	Offline                  // without its block, with a cross
)

// String is also part of the files' names.
func (s TrayState) String() string {
	switch s {
	case Paused:
		return "paused"
	case Offline:
		return "offline"
	default:
		return "working"
	}
}

// Tray is the mark in one colour as an SVG, to be recoloured like an icon.
func Tray(s TrayState) []byte { return must("tray-" + s.String() + ".svg") }

// TrayPNG is the same for trays that take no SVG, which is most of them, in
// colours that can be told from light and from dark panels.
func TrayPNG(s TrayState) []byte { return must("logo/tray-" + s.String() + ".png") }
