package engine

import (
	"math"
	"time"
)

// How frames are cut.
const (
	// LongTile is the longest that one core should be at a tile: short enough
	// that a lost tile is little lost, and that several fit into a unit.
	LongTile = 90 * time.Second
	// ShortTile is the shortest that a tile is made for more nodes' sake; below
	// it, asking and answering cost more than waiting.
	ShortTile = 2 * time.Second
	// SetupShare is how many times its setup a tile has to render: scene
	// loading is done again for each part of a frame.
	SetupShare = 4
	// TilesPerNode is how many tiles a job should have for each node, so that
	// fast nodes can take more of them than slow ones.
	TilesPerNode = 4
	// MaxTilesPerFrame bounds a grid.
	MaxTilesPerFrame = 1024
	// LeastSide is the shortest side of a tile in pixels.
	LeastSide = 16
)

// Rect is a part of a frame in pixels, its origin at the top left.
type Rect struct {
	X, Y, W, H int
}

// Tile is the rectangle's tile of a frame.
func (r Rect) Tile(frame int) Tile {
	return Tile{Frame: frame, X: r.X, Y: r.Y, W: r.W, H: r.H}
}

// Grid cuts a frame into rows and columns of rectangles that differ by at most
// a pixel in each side, row by row from the top left. Fewer are made where
// sides would be shorter than LeastSide; at least one, the whole frame.
func Grid(s Settings, rows, cols int) []Rect {
	rows = max(1, min(rows, s.Height/LeastSide))
	cols = max(1, min(cols, s.Width/LeastSide))
	out := make([]Rect, 0, rows*cols)
	for r := range rows {
		top, bottom := r*s.Height/rows, (r+1)*s.Height/rows
		for c := range cols {
			left, right := c*s.Width/cols, (c+1)*s.Width/cols
			out = append(out, Rect{left, top, right - left, bottom - top})
		}
	}
	return out
}

// Divide tells into how many rows and columns to cut each frame: frame is what
// one core needs for the rendering of one, setup what comes before it for each
// tile, frames how many there are and nodes how many will render them. Frames
// stay whole unless they are long (LongTile) or few (TilesPerNode), and no tile
// renders less than SetupShare times its setup.
func Divide(frame, setup time.Duration, frames, nodes int) (rows, cols int) {
	if frame <= 0 {
		return 1, 1
	}
	long := ceilDiv(int64(frame), int64(LongTile))
	few := ceilDiv(int64(max(nodes, 1))*TilesPerNode, int64(max(frames, 1)))
	few = min(few, int64(frame/ShortTile))
	most := int64(MaxTilesPerFrame)
	if setup > 0 {
		most = min(most, int64(frame)/(SetupShare*int64(setup)))
	}
	return square(int(min(max(long, few), most)))
}

func ceilDiv(a, b int64) int64 { return (a + b - 1) / b }

// square finds the rows and columns of about n tiles, never more, as square as
// pictures are: no more rows than columns, at most twice as many columns.
func square(n int) (rows, cols int) {
	rows, cols = 1, max(1, min(n, 2))
	for r := 2; r <= int(math.Sqrt(float64(n))); r++ {
		if c := min(n/r, 2*r); r*c >= rows*cols {
			rows, cols = r, c
		}
	}
	return rows, cols
}
