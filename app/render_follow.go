package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"supercomputing/app/view"
)

// The most lines of nodes and of the log under a picture: with it, they fit a
// terminal of 24 lines.
const (
	followNodes = 5
	followLog   = 3
)

// renderScreen shows a render job that is followed: on a terminal as a picture
// that is drawn over, elsewhere as one line per change.
type renderScreen struct {
	bars    *bars
	colours bool
	said    string            // the newest plain line of the whole
	at      time.Time         // when it was printed
	nodes   map[string]string // the states of nodes as printed
	logged  *view.LogLine     // the newest line of the log that was printed
	begun   bool              // there was a look at the log
}

func (p *program) renderScreen(b *bars) *renderScreen {
	colours := b.width > 0 && p.getenv("NO_COLOR") == "" && p.getenv("TERM") != "dumb"
	return &renderScreen{bars: b, colours: colours, nodes: make(map[string]string)}
}

func (s *renderScreen) draw(j view.JobDetail) {
	if s.bars.width > 0 {
		s.bars.lines(s.picture(j))
		return
	}
	s.plain(j)
}

// picture gives all lines of the screen, each narrower than the terminal.
func (s *renderScreen) picture(j view.JobDetail) []string {
	width, now := s.bars.width-1, s.bars.now()
	r := j.Render
	state := []string{"frames  " + framesDone(r.Frames)}
	if left := leftText(r, now); left != "" {
		state = append(state, left)
	}
	if note := renderNote(j); note != "" {
		state = append(state, note)
	}
	done := int64(1000 * renderShare(r.Frames))
	out := []string{s.bars.line(bar{j.Name, done, 1000, "", ""}), cut(strings.Join(state, ", "), width)}
	out = append(out, tileLines(r.Frames, width, s.colours)...)
	for _, l := range []string{"checks  " + checksText(r.Checks), "score   " + scoredText(j.Scored+j.Owed, j.Bid)} {
		out = append(out, cut(l, width))
	}
	for i, n := range j.Nodes {
		if i == followNodes-1 && len(j.Nodes) > followNodes {
			out = append(out, cut(fmt.Sprintf("        and %d more nodes", len(j.Nodes)-i), width))
			break
		}
		out = append(out, cut("node    "+nodeText(n, r.Frames), width))
	}
	for _, l := range r.Log[max(0, len(r.Log)-followLog):] {
		out = append(out, cut("        "+logText(l), width))
	}
	return out
}

// plain prints what has changed.
func (s *renderScreen) plain(j view.JobDetail) {
	now, r := s.bars.now(), j.Render
	state := "frames " + framesDone(r.Frames)
	if note := renderNote(j); note != "" {
		state += ", " + note
	}
	percent := int(100 * renderShare(r.Frames))
	key := fmt.Sprintf("%s %d", state, percent)
	wait := strings.HasPrefix(s.said, state+" ") && now.Sub(s.at) < plainEvery // tiles only
	if key != s.said && !wait {
		s.said, s.at = key, now
		if left := leftText(r, now); left != "" {
			state += ", " + left
		}
		fmt.Fprintf(s.bars.out, "%s: %d %%, %s\n", clean(j.Name), percent, state)
	}
	for _, n := range j.Nodes {
		if was := s.nodes[n.Address]; was != n.State {
			s.nodes[n.Address] = n.State
			why := ""
			if n.Why != "" {
				why = ": " + clean(n.Why)
			}
			fmt.Fprintf(s.bars.out, "%s: %s%s\n", short(n.Address), clean(n.State), why)
		}
	}
	for _, l := range s.news(r.Log) {
		fmt.Fprintln(s.bars.out, logText(l))
	}
}

// news gives the lines of the log that came since the last look. What was there
// at the first look is old.
func (s *renderScreen) news(log []view.LogLine) []view.LogLine {
	if s.begun && s.logged != nil {
		last := *s.logged
		log = log[1+lastIndex(log, func(l view.LogLine) bool {
			return l.Time.Equal(last.Time) && l.Node == last.Node && l.Text == last.Text
		}):]
	}
	if len(log) > 0 {
		s.logged = &log[len(log)-1]
	}
	if !s.begun {
		s.begun = true
		return nil
	}
	return log
}

// lastIndex is the place of the last element that fits, -1 without one.
func lastIndex[T any](list []T, fits func(T) bool) int {
	for i, v := range slices.Backward(list) {
		if fits(v) {
			return i
		}
	}
	return -1
}

// renderShare is the part of the frames' tiles that is there, from 0 to 1, a
// frame in tiles counting by their areas.
func renderShare(frames []view.RenderFrame) float64 {
	if len(frames) == 0 {
		return 0
	}
	sum := 0.0
	for _, f := range frames {
		if f.State == view.TileDone || f.State == view.TileChecking {
			sum++
			continue
		}
		here, all := 0, 0
		for _, t := range f.Tiles {
			all += t.W * t.H
			if t.State == view.TileDone || t.State == view.TileChecking {
				here += t.W * t.H
			}
		}
		if all > 0 {
			sum += float64(here) / float64(all)
		}
	}
	return sum / float64(len(frames))
}

// framesIn lists the frames in a state.
func framesIn(frames []view.RenderFrame, state string) (out []int) {
	for _, f := range frames {
		if f.State == state {
			out = append(out, f.Frame)
		}
	}
	return out
}

// framesDone writes how many frames are whole: "5 of 48, 1 failed".
func framesDone(frames []view.RenderFrame) string {
	s := fmt.Sprintf("%d of %d", len(framesIn(frames, view.TileDone)), len(frames))
	if n := len(framesIn(frames, view.TileFailed)); n > 0 {
		s += fmt.Sprintf(", %d failed", n)
	}
	return s
}

// leftText tells how long it will take.
func leftText(r *view.RenderDetail, now time.Time) string {
	left := r.Expected.Sub(now)
	if r.Finished || r.Expected.IsZero() || left < time.Second {
		return ""
	}
	return "about " + aboutText(left.Seconds()) + " left"
}

func renderNote(j view.JobDetail) string {
	if j.Progress.Note != "" {
		return clean(j.Progress.Note)
	}
	switch {
	case j.State == view.JobWaiting:
		return "waiting for a block"
	case j.State == view.JobOpen && len(j.Nodes) == 0 && !j.Render.Finished:
		return "waiting for nodes"
	}
	return ""
}

// checksText sums up what was rendered twice.
func checksText(c view.RenderChecks) string {
	s := count(c.Tiles, "tile") + " accepted"
	if c.Repeated+c.Own > 0 {
		s += fmt.Sprintf("; repeated %d by nodes, %d here (%.2g %% of all work)", c.Repeated, c.Own, 100*c.Share)
	}
	if c.Caught > 0 {
		s += fmt.Sprintf("; %s caught", count(c.Caught, "node"))
	}
	return s
}

// nodeText is one node's line: what it does, has done, and its score.
func nodeText(n view.JobWorker, frames []view.RenderFrame) string {
	parts := []string{short(n.Address), clean(n.State)}
	if n.Progress.Done > 0 {
		parts = append(parts, count(n.Progress.Done, "tile"))
	}
	if n.Ticketed > 0 {
		parts = append(parts, "score "+n.Ticketed.String())
	}
	if at := framesAt(frames, n.Address); at != "" {
		parts = append(parts, "at "+at)
	}
	if n.Why != "" {
		parts = append(parts, clean(n.Why))
	}
	return strings.Join(parts, "  ")
}

// framesAt names the frames that a node renders now, "" for none.
func framesAt(frames []view.RenderFrame, node string) string {
	var at []int
	for _, f := range frames {
		if slices.ContainsFunc(f.Tiles, func(t view.RenderTile) bool { return t.State == view.TileLeased && t.Node == node }) {
			at = append(at, f.Frame)
		}
	}
	if len(at) == 0 {
		return ""
	}
	return framesNamed(at)
}

// logText is one line of a job's log.
func logText(l view.LogLine) string {
	s := l.Time.Local().Format("15:04:05") + "  "
	if l.Node != "" {
		s += short(l.Node) + "  "
	}
	return s + clean(l.Text)
}
