// Package sample makes the scenes that tests, benchmarks and the demo render.
// They are kept as text: scripts that Blender runs to make .blend files, and
// POV-Ray's own language.
package sample

import "errors"

// Spec says which scene to make.
type Spec struct {
	Name    string // one of the names that the maker lists
	Frames  int    // length of the animation, which repeats without a jump
	Width   int    // pixels
	Height  int    //
	Samples int    // per pixel
}

// ErrName says that there is no scene of that name.
var ErrName = errors.New("no such sample scene")
