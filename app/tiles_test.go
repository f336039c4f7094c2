package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/app/view"
)

var escapes = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")

// seen is a line as it stands on the terminal.
func seen(line string) string { return escapes.ReplaceAllString(line, "") }

func framesOf(n int, state func(i int) string) (out []view.RenderFrame) {
	for i := range n {
		out = append(out, view.RenderFrame{Frame: i + 1, State: state(i)})
	}
	return out
}

// Whatever the job and the terminal, the picture fits both ways, and colours
// change nothing but the colour.
func TestTileLinesFit(t *testing.T) {
	states := []string{view.TileDone, view.TileChecking, view.TileLeased, view.TileWaiting, view.TileFailed}
	for _, width := range []int{0, 3, 10, 24, 39, 79, 200} {
		for _, n := range []int{0, 1, 2, 5, 6, 48, 70, 71, 560, 561, 2000, view.MaxFrames} {
			frames := framesOf(n, func(i int) string { return states[i*len(states)/n] })
			plain, coloured := tileLines(frames, width, false), tileLines(frames, width, true)
			if len(plain) > gridRows+1 || len(plain) != len(coloured) {
				t.Errorf("width %d, %d frames: %d lines", width, n, len(plain))
			}
			for i, l := range coloured {
				if c := len([]rune(seen(l))); c > width || seen(l) != plain[i] {
					t.Errorf("width %d, %d frames: %q is %d wide", width, n, seen(l), c)
				}
				if !strings.Contains(l, "\x1b") != (i == len(coloured)-1) || strings.Count(l, "\x1b")%2 != 0 {
					t.Errorf("colours in %q", l)
				}
			}
			if n > 0 && width >= 24 && len(plain) == 0 {
				t.Errorf("width %d, %d frames: nothing is drawn", width, n)
			}
		}
	}
}

func TestCells(t *testing.T) {
	cases := []struct {
		c    cell
		want rune
	}{
		{cell{}, '·'},
		{cell{waiting: 3}, '·'},
		{cell{waiting: 3, leased: 1}, '░'},
		{cell{waiting: 6, done: 1}, '▂'},
		{cell{waiting: 99, checking: 1}, '▁'},
		{cell{leased: 1, done: 99}, '▇'},
		{cell{checking: 1, done: 9}, '▒'},
		{cell{done: 2}, '█'},
		{cell{done: 2, failed: 1}, '×'},
		{cell{failed: 1}, '×'},
		{cell{failed: 1, waiting: 1}, '·'},
	}
	for _, c := range cases {
		if got, _ := c.c.look(); got != c.want {
			t.Errorf("%+v: %c, want %c", c.c, got, c.want)
		}
	}
}

// Rows begin with the number of their first frame.
func TestStripLabels(t *testing.T) {
	frames := framesOf(2000, func(int) string { return view.TileWaiting })
	for i := range frames {
		frames[i].Frame = 100 + 2*i
	}
	lines := tileLines(frames, 79, false)
	lines = lines[:len(lines)-1]
	each := (2000 + 70*gridRows - 1) / (70 * gridRows)
	for i, l := range lines {
		if want := fmt.Sprintf("%4d ", 100+2*70*each*i); !strings.HasPrefix(l, want) {
			t.Errorf("row %d: %q, want %q", i, l[:8], want)
		}
	}
	if n := strings.Count(strings.Join(lines, ""), "·"); n != (2000+each-1)/each {
		t.Errorf("%d cells", n)
	}
}

// Tiles of several sizes lie where they lie in the picture.
func TestMosaic(t *testing.T) {
	f := view.RenderFrame{Frame: 7, State: view.TileLeased, Tiles: []view.RenderTile{
		{X: 0, Y: 0, W: 100, H: 100, State: view.TileDone}, {X: 100, Y: 0, W: 50, H: 50, State: view.TileLeased}, {X: 150, Y: 0, W: 50, H: 50, State: view.TileWaiting},
		{X: 100, Y: 50, W: 100, H: 50, State: view.TileChecking}, {X: 0, Y: 100, W: 200, H: 1, State: view.TileFailed},
	}}
	want := []string{"frame 7", "██░░··", "██▒▒▒▒", "××××××", "· waiting  ░ being rendered  ▒ being checked  █ done  × failed"}
	if got := tileLines([]view.RenderFrame{f}, 79, false); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	slices.Reverse(f.Tiles)
	if got := tileLines([]view.RenderFrame{f}, 79, false); !slices.Equal(got, want) {
		t.Errorf("in another order: %q", got)
	}
	if got := tileLines([]view.RenderFrame{f}, 8, false); len(got) != 2 { // too narrow for the label's frame beside
		if len(got) != len(want) {
			t.Errorf("narrow: %q", got)
		}
	}
	var many view.RenderFrame // no picture of hundreds of tiles, one cell instead
	for i := range 400 {
		many.Tiles = append(many.Tiles, view.RenderTile{X: i % 20 * 10, Y: i / 20 * 10, W: 10, H: 10, State: view.TileLeased})
	}
	if got := tileLines([]view.RenderFrame{many}, 79, false); len(got) != 2 || !strings.HasPrefix(got[0], "0 ░") {
		t.Errorf("400 tiles: %q", got)
	}
}

func TestAboutText(t *testing.T) {
	for seconds, want := range map[float64]string{0: "0 s", 0.83: "0.8 s", 9.96: "10 s", 61.2: "1 min 1 s", 98: "1 min 40 s", 614: "10 min", 4737: "1 h 19 min",
		10000: "2 h 50 min", 100000: "1 d 4 h", 1e300: "11574 d 1 h"} {
		if got := aboutText(seconds); got != want {
			t.Errorf("%v: %q, want %q", seconds, got, want)
		}
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string][3]float64{"1920x1080": {1920, 1080, 0}, "640X360": {640, 360, 0}, "1920 × 1080": {1920, 1080, 0}, "50%": {0, 0, 50}, "33.3%": {0, 0, 33.3}} {
		w, h, p, err := parseSize(text)
		if err != nil || [3]float64{float64(w), float64(h), p} != want {
			t.Errorf("%q: %d %d %v, %v", text, w, h, p, err)
		}
	}
	for _, text := range []string{"", "x", "1920", "1920x", "0x5", "-1x5", "1x2x3", "%", "0%", "-5%", "NaN%", "Inf%", "1e2%", "2000%", "9999999999999999999x1"} {
		if w, h, p, err := parseSize(text); err == nil {
			t.Errorf("%q was read as %d %d %v", text, w, h, p)
		}
	}
}

// A terminal sees what is waited for and for how long; the line is gone at the
// end. Anything else sees nothing.
func TestWaiting(t *testing.T) {
	for _, width := range []int{0, 20, 80} {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			p := &program{env: env{err: &out, width: func() int { return width }, now: time.Now}}
			v, err := waiting(t.Context(), p, "Trying a few tiles…", func() (int, error) {
				<-time.After(3*time.Second + 50*time.Millisecond)
				return 7, errors.New("x")
			})
			if v != 7 || err == nil {
				t.Errorf("got %v, %v", v, err)
			}
			if width == 0 {
				if out.Len() > 0 {
					t.Errorf("no terminal, and %q", out.String())
				}
				return
			}
			if !strings.HasSuffix(out.String(), "\r\x1b[2K") || strings.Contains(out.String(), "\n") {
				t.Errorf("left behind: %q", out.String())
			}
			draws := strings.Split(out.String(), "\r\x1b[2K")
			if len(draws) != 33 { // nothing, 31 drawings, nothing
				t.Errorf("%d drawings", len(draws))
			}
			for _, d := range draws {
				if len([]rune(d)) >= width {
					t.Errorf("width %d: %q", width, d)
				}
			}
			if last := draws[len(draws)-2]; width == 80 && !strings.HasSuffix(last, "Trying a few tiles… 3 s") {
				t.Errorf("at last %q", last)
			}
		})
	}
}

// A wait that is interrupted ends with its function, and tells no more.
func TestWaitingInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := &program{env: env{err: &out, width: func() int { return 80 }, now: time.Now}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := waiting(ctx, p, "Trying…", func() (int, error) { <-ctx.Done(); return 0, ctx.Err() })
		if !errors.Is(err, context.DeadlineExceeded) || !strings.HasSuffix(out.String(), "\r\x1b[2K") {
			t.Errorf("%v, %q", err, out.String())
		}
	})
}

// The log of a job is bounded: what was told is not told again when its first
// lines go, and what came is told once.
func TestLogNews(t *testing.T) {
	line := func(i int) view.LogLine {
		return view.LogLine{Time: testTime.Add(time.Duration(i) * time.Second), Text: fmt.Sprint(i)}
	}
	lines := func(from, to int) (out []view.LogLine) {
		for i := from; i < to; i++ {
			out = append(out, line(i))
		}
		return out
	}
	s := &renderScreen{}
	for _, c := range []struct{ from, to, want int }{
		{0, 3, 0}, // before we looked
		{0, 3, 0}, {0, 5, 2}, {3, 7, 2}, {3, 7, 0}, {7, 9, 2}, {20, 22, 2},
	} {
		if got := s.news(lines(c.from, c.to)); len(got) != c.want || c.want > 0 && got[len(got)-1] != line(c.to-1) {
			t.Errorf("%+v: %v", c, got)
		}
	}
	empty := &renderScreen{}
	empty.news(nil)
	if got := empty.news(lines(0, 2)); len(got) != 2 {
		t.Errorf("after an empty log: %v", got)
	}
}
