package engine

import (
	"testing"
	"time"
)

func TestGrid(t *testing.T) {
	for _, c := range []struct{ w, h, rows, cols, want int }{
		{1920, 1080, 1, 1, 1}, {1920, 1080, 3, 4, 12}, {1921, 1081, 7, 11, 77}, {96, 54, 3, 4, 12},
		{96, 54, 100, 100, 3 * 6}, {10, 10, 5, 5, 1}, {1, 1, 0, 0, 1}, {40, 20, -1, 2, 2}, {65536, 16, 1, 64, 64},
	} {
		s := Settings{Width: c.w, Height: c.h}
		rects := Grid(s, c.rows, c.cols)
		if len(rects) != c.want {
			t.Errorf("%+v: %d rectangles", c, len(rects))
		}
		area, last := 0, Rect{}
		for i, r := range rects {
			area += r.W * r.H
			if r.X < 0 || r.Y < 0 || r.W < 1 || r.H < 1 || r.X+r.W > c.w || r.Y+r.H > c.h {
				t.Errorf("%+v: %+v is outside", c, r)
			}
			if i > 0 && (r.Y < last.Y || r.Y == last.Y && r.X != last.X+last.W) {
				t.Errorf("%+v: %+v after %+v", c, r, last)
			}
			if len(rects) > 1 && min(r.W, r.H) < LeastSide {
				t.Errorf("%+v: %+v is narrow", c, r)
			}
			last = r
		}
		if area != c.w*c.h {
			t.Errorf("%+v: %d pixels", c, area)
		}
	}
	if got := Grid(Settings{Width: 64, Height: 32}, 1, 2)[1].Tile(7); got != (Tile{Frame: 7, X: 32, W: 32, H: 32}) {
		t.Error(got)
	}
}

func TestDivide(t *testing.T) {
	s := time.Second
	for name, c := range map[string]struct {
		frame, setup  time.Duration
		frames, nodes int
		least, most   int // tiles
	}{
		"many short frames":      {20 * s, s, 48, 2, 1, 1},
		"many frames, unknown":   {0, 0, 48, 2, 1, 1},
		"one frame, four nodes":  {60 * s, s / 2, 1, 4, 12, 16},
		"one quick frame":        {s, s / 10, 1, 4, 1, 1},
		"one quick frame of 5 s": {5 * s, s / 10, 1, 40, 2, 2},
		"a long frame":           {900 * s, 5 * s, 100, 4, 9, 10},
		"an hour":                {3600 * s, 5 * s, 100, 4, 40, 45},
		"slow to load":           {900 * s, 60 * s, 100, 4, 2, 3},
		"loads longer":           {60 * s, 120 * s, 1, 10, 1, 1},
		"a year":                 {365 * 24 * 3600 * s, 0, 1, 1, 900, MaxTilesPerFrame},
		"few frames":             {60 * s, s, 4, 4, 4, 4},
		"many nodes":             {60 * s, 0, 1, 1 << 40, 24, 30},
		"no nodes yet":           {60 * s, s, 1, 0, 4, 4},
	} {
		rows, cols := Divide(c.frame, c.setup, c.frames, c.nodes)
		n := rows * cols
		if n < c.least || n > c.most || rows > cols || cols > 2*rows+1 {
			t.Errorf("%s: %d rows, %d columns", name, rows, cols)
		}
		if n > 1 && c.frame/time.Duration(n) < SetupShare*c.setup {
			t.Errorf("%s: tiles of %v after %v", name, c.frame/time.Duration(n), c.setup)
		}
	}
}

// The grid never has more tiles than it was asked for, and few less.
func TestSquare(t *testing.T) {
	for n := range 3000 {
		rows, cols := square(n)
		if got := rows * cols; got > max(1, n) || got < n*3/4-1 {
			t.Errorf("%d: %d×%d", n, rows, cols)
		}
	}
}
