package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"supercomputing/app/view"
)

// The picture of a render job: frames or their tiles as cells that fill up. Few
// frames in tiles are drawn as they lie in the frame; else a frame is one cell,
// or several are when they are many.

const (
	gridRows    = 8 // most rows of cells
	mosaicMost  = 6 // most frames that are drawn tile by tile
	colourReset = "\x1b[0m"
)

// cell counts the tiles of one place by their state.
type cell struct{ waiting, leased, checking, done, failed int }

func (c *cell) add(state string) {
	switch state {
	case view.TileDone:
		c.done++
	case view.TileChecking:
		c.checking++
	case view.TileLeased:
		c.leased++
	case view.TileFailed:
		c.failed++
	default:
		c.waiting++
	}
}

// addFrame adds a frame's tiles; one that is not divided yet counts as one.
func (c *cell) addFrame(f view.RenderFrame) {
	if len(f.Tiles) == 0 {
		c.add(f.State)
	}
	for _, t := range f.Tiles {
		c.add(t.State)
	}
}

// here is how many tiles have a picture.
func (c cell) here() int { return c.done + c.checking }

// look gives a cell's rune and its colour.
func (c cell) look() (rune, string) {
	all := c.waiting + c.leased + c.checking + c.done + c.failed
	switch {
	case c.failed > 0 && c.here()+c.failed == all:
		return '×', "\x1b[31m"
	case all > 0 && c.done == all:
		return '█', "\x1b[32m"
	case all > 0 && c.here() == all:
		return '▒', "\x1b[36m"
	case c.here() > 0:
		return []rune("▁▂▃▄▅▆▇")[c.here()*7/all], "\x1b[33m"
	case c.leased > 0:
		return '░', "\x1b[33m"
	}
	return '·', "\x1b[2m"
}

// legend explains the cells that are shown, in the order of a tile's life.
func legend(shown map[rune]bool) string {
	var parts []string
	for _, l := range []struct{ runes, text string }{
		{"·", "waiting"}, {"░", "being rendered"}, {"▁▂▃▄▅▆▇", "partly there"}, {"▒", "being checked"}, {"█", "done"}, {"×", "failed"},
	} {
		for _, r := range l.runes {
			if shown[r] {
				parts = append(parts, string(r)+" "+l.text)
				break
			}
		}
	}
	return strings.Join(parts, "  ")
}

// canvas puts cells onto lines. It writes colours only when they are wanted.
type canvas struct {
	colours bool
	shown   map[rune]bool
}

// row writes cells side by side, each wide columns.
func (v *canvas) row(cells []cell, wide int) string {
	var s strings.Builder
	last := ""
	for _, c := range cells {
		r, colour := c.look()
		v.shown[r] = true
		if v.colours && colour != last {
			if last != "" {
				s.WriteString(colourReset)
			}
			s.WriteString(colour)
			last = colour
		}
		s.WriteString(strings.Repeat(string(r), wide))
	}
	if last != "" {
		s.WriteString(colourReset)
	}
	return s.String()
}

// tileLines draws the frames of a job into width columns, with a legend.
func tileLines(frames []view.RenderFrame, width int, colours bool) []string {
	v := &canvas{colours, make(map[rune]bool)}
	lines := v.mosaic(frames, width)
	if lines == nil {
		lines = v.strip(frames, width)
	}
	if len(lines) == 0 {
		return nil
	}
	return append(lines, cut(legend(v.shown), width))
}

// strip draws frames one after another, each row with its first frame's number.
// A cell stands for as many frames as it takes to stay within gridRows.
func (v *canvas) strip(frames []view.RenderFrame, width int) (lines []string) {
	if len(frames) == 0 {
		return nil
	}
	label := len(strconv.Itoa(frames[len(frames)-1].Frame))
	room := width - label - 1
	if room < 4 {
		return nil
	}
	cols, wide := room, 1
	if 2*len(frames) <= room {
		wide = 2
	} else if len(frames) > room && room > 10 {
		cols = room / 10 * 10 // rows begin at round numbers
	}
	each := (len(frames) + cols*gridRows - 1) / (cols * gridRows)
	var cells []cell
	for group := range slices.Chunk(frames, each) {
		var c cell
		for _, f := range group {
			c.addFrame(f)
		}
		cells = append(cells, c)
	}
	at := 0
	for row := range slices.Chunk(cells, cols) {
		lines = append(lines, fmt.Sprintf("%*d %s", label, frames[at].Frame, v.row(row, wide)))
		at += len(row) * each
	}
	return lines
}

// mosaic draws few frames side by side as their tiles lie in them; it gives nil
// where there are no tiles, or no room for them.
func (v *canvas) mosaic(frames []view.RenderFrame, width int) (lines []string) {
	if len(frames) == 0 || len(frames) > mosaicMost {
		return nil
	}
	divided := false
	var blocks [][][]cell
	sum, high := -2, 0
	for _, f := range frames {
		b := tileCells(f)
		divided = divided || len(f.Tiles) > 1
		wide := max(2*len(b[0]), len(frameLabel(f)))
		sum, high = sum+wide+2, max(high, len(b))
		blocks = append(blocks, b)
	}
	if !divided || high > gridRows || sum > width {
		return nil
	}
	lines = make([]string, high+1)
	for i, b := range blocks {
		label := frameLabel(frames[i])
		wide := max(2*len(b[0]), len(label))
		gap := strings.Repeat(" ", 2)
		if i == len(blocks)-1 {
			gap = ""
		}
		lines[0] += label + strings.Repeat(" ", wide-len(label)) + gap
		for y := range high {
			row, drawn := "", 0
			if y < len(b) {
				row, drawn = v.row(b[y], 2), 2*len(b[y])
			}
			lines[y+1] += row + strings.Repeat(" ", wide-drawn) + gap
		}
	}
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return lines
}

func frameLabel(f view.RenderFrame) string { return "frame " + strconv.Itoa(f.Frame) }

// tileCells lays a frame's tiles out in rows. Where tiles of several sizes lie
// in one frame, a large one takes several cells.
func tileCells(f view.RenderFrame) [][]cell {
	var xs, ys []int
	for _, t := range f.Tiles {
		xs, ys = append(xs, t.X), append(ys, t.Y)
	}
	slices.Sort(xs)
	slices.Sort(ys)
	xs, ys = slices.Compact(xs), slices.Compact(ys)
	if len(f.Tiles) == 0 || len(xs)*len(ys) > 1<<12 { // in no form that a terminal could show
		var c cell
		c.addFrame(f)
		return [][]cell{{c}}
	}
	out := make([][]cell, len(ys))
	for i := range out {
		out[i] = make([]cell, len(xs))
	}
	for _, t := range f.Tiles {
		for y := range out {
			for x := range out[y] {
				if xs[x] >= t.X && xs[x] < t.X+max(t.W, 1) && ys[y] >= t.Y && ys[y] < t.Y+max(t.H, 1) {
					out[y][x].add(t.State)
				}
			}
		}
	}
	return out
}
