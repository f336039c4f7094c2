package work

import (
	"fmt"
	"hash/fnv"

	"supercomputing/app/view"
)

// framePart is a state of a frame that the states of tiles do not name: some of
// its tiles are there.
const framePart = "part"

// sumStates sums frames up that share a cell: a failure is never hidden once
// the rest is there, and work that goes on is not.
func sumStates(states []string) string {
	if len(states) == 1 {
		return states[0]
	}
	n := make(map[string]int, 6)
	for _, s := range states {
		n[s]++
	}
	here := n[view.TileDone] + n[view.TileChecking]
	switch all := len(states); {
	case n[view.TileDone] == all:
		return view.TileDone
	case n[view.TileFailed] > 0 && n[view.TileFailed]+here == all:
		return view.TileFailed
	case here == all:
		return view.TileChecking
	case here+n[framePart] > 0:
		return framePart
	case n[view.TileLeased] > 0:
		return view.TileLeased
	case n[view.TileFailed] > 0:
		return view.TileFailed
	}
	return view.TileWaiting
}

// frameStates are the states of all frames, for a film.
func frameStates(frames []view.RenderFrame) []string {
	out := make([]string, len(frames))
	for i := range frames {
		out[i] = frameState(&frames[i])
	}
	return out
}

// frameState is a frame's state with framePart told apart, and leased when any
// tile is: the model names the least advanced tile.
func frameState(f *view.RenderFrame) string {
	if f.State == view.TileDone || f.State == view.TileFailed || len(f.Tiles) == 0 {
		return f.State
	}
	here, leased := 0, false
	for i := range f.Tiles {
		switch f.Tiles[i].State {
		case view.TileDone, view.TileChecking:
			here++
		case view.TileLeased:
			leased = true
		}
	}
	switch {
	case here == len(f.Tiles):
		return view.TileChecking
	case here > 0:
		return framePart
	case leased:
		return view.TileLeased
	}
	return f.State
}

// filmSum counts what is there of a film.
type filmSum struct {
	frames, done, checking, working, waiting, failed int
	share                                            float64 // of the picture's area, 0 to 1
}

func sumFilm(frames []view.RenderFrame) (s filmSum) {
	s.frames = len(frames)
	sum := 0.0
	for i := range frames {
		f := &frames[i]
		switch frameState(f) {
		case view.TileDone:
			s.done++
		case view.TileChecking:
			s.checking++
		case view.TileFailed:
			s.failed++
		case view.TileLeased, framePart:
			s.working++
		default:
			s.waiting++
		}
		sum += frameShare(f)
	}
	if len(frames) > 0 {
		s.share = sum / float64(len(frames))
	}
	return s
}

// frameShare is the part of a frame's area that is there.
func frameShare(f *view.RenderFrame) float64 {
	if f.State == view.TileDone || f.State == view.TileChecking {
		return 1
	}
	here, all := 0, 0
	for i := range f.Tiles {
		t := &f.Tiles[i]
		all += t.W * t.H
		if t.State == view.TileDone || t.State == view.TileChecking {
			here += t.W * t.H
		}
	}
	if all == 0 {
		return 0
	}
	return float64(here) / float64(all)
}

// current is the index of the frame to show to a person who chose none: the
// first one that is being made, else the last that is there, else the first.
func current(frames []view.RenderFrame) int {
	last := 0
	for i := range frames {
		switch frameState(&frames[i]) {
		case framePart, view.TileLeased, view.TileChecking:
			return i
		case view.TileDone:
			last = i
		}
	}
	return last
}

// pictureStamp changes when the picture of a frame does: tiles came.
func pictureStamp(f *view.RenderFrame) string {
	h := fnv.New64a()
	for i := range f.Tiles {
		if s := f.Tiles[i].State; s == view.TileDone || s == view.TileChecking {
			fmt.Fprintf(h, "%d ", i)
		}
	}
	return fmt.Sprintf("%d %s %x", f.Frame, f.File, h.Sum64())
}

// drawable tells whether there is anything of a frame to look at.
func drawable(f *view.RenderFrame) bool {
	return f.File != "" || frameShare(f) > 0
}

// finished lists the indexes of whole frames.
func finished(frames []view.RenderFrame) (out []int) {
	for i := range frames {
		if frames[i].State == view.TileDone {
			out = append(out, i)
		}
	}
	return out
}

// countFrames is how many frames a text that view.ParseFrames takes names.
func countFrames(ranges []view.FrameRange) (n int) {
	for _, r := range ranges {
		n += r.Count()
	}
	return n
}
