package view

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The limits of what one job renders.
const (
	MaxFrame       = 1<<20 - 2 // the last frame that a scene can have, Blender's own limit
	MaxFrames      = 100_000   // of one job
	MaxFrameRanges = 64        // of one job
)

// FrameRange is First, First+Step and so on up to Last, which is one of them.
type FrameRange struct {
	First, Last, Step int
}

// Count is the number of frames of the range.
func (r FrameRange) Count() int { return (r.Last-r.First)/r.Step + 1 }

// String writes the range as ParseFrames reads it.
func (r FrameRange) String() string {
	switch {
	case r.First == r.Last:
		return strconv.Itoa(r.First)
	case r.Step == 1:
		return fmt.Sprintf("%d-%d", r.First, r.Last)
	}
	return fmt.Sprintf("%d-%d/%d", r.First, r.Last, r.Step)
}

// ParseFrames reads frames such as "1-48", "1-100/2" (each second one) or
// "7,9,20-30", and gives ranges in the order of their first frames. Empty text
// gives none: the scene's own frames. Failures are ErrInvalid.
func ParseFrames(text string) ([]FrameRange, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	parts := strings.SplitN(text, ",", MaxFrameRanges+1)
	if len(parts) > MaxFrameRanges {
		return nil, badFrames("there are more than %d ranges", MaxFrameRanges)
	}
	var out []FrameRange
	total, seen := 0, make(map[int]bool)
	for _, part := range parts {
		r, err := parseRange(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		if total += r.Count(); total > MaxFrames {
			return nil, badFrames("that is more than %d frames, the most of one job", MaxFrames).
				WithHint("render them in several jobs")
		}
		for f := r.First; f <= r.Last; f += r.Step {
			if seen[f] {
				return nil, badFrames("frame %d is named twice", f)
			}
			seen[f] = true
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b FrameRange) int { return cmp.Compare(a.First, b.First) })
	return out, nil
}

func badFrames(format string, args ...any) *Error {
	return Errorf(CodeInvalid, "frames: "+format, args...).
		WithHint("frames are written such as 1-48, 1-100/2 (each second one) or 7,9,20-30")
}

func parseRange(part string) (FrameRange, error) {
	span, step, stepped := strings.Cut(part, "/")
	first, last, ranged := strings.Cut(span, "-")
	r := FrameRange{Step: 1}
	var err error
	if r.First, err = frameNumber(first, part); err != nil {
		return r, err
	}
	r.Last = r.First
	if ranged {
		if r.Last, err = frameNumber(last, part); err != nil {
			return r, err
		}
	}
	if stepped {
		if r.Step, err = frameNumber(step, part); err != nil {
			return r, err
		}
	}
	switch {
	case stepped && !ranged:
		return r, badFrames("%q has a step, but no range", part)
	case r.Last < r.First:
		return r, badFrames("%q ends before it begins", part)
	case r.Step < 1:
		return r, badFrames("%q never gets anywhere: its step is 0", part)
	}
	r.Last -= (r.Last - r.First) % r.Step
	if r.First == r.Last {
		r.Step = 1
	}
	return r, nil
}

func frameNumber(s, part string) (int, error) {
	s = strings.TrimSpace(s)
	if s == "" || strings.Trim(s, "0123456789") != "" {
		if part == "" {
			return 0, badFrames("nothing stands between two commas, or at an end")
		}
		return 0, badFrames("%.40q is neither a frame nor a range of frames", part)
	}
	n, err := strconv.Atoi(s)
	if err != nil || n > MaxFrame {
		return 0, badFrames("%.40s is over %d, the last frame that a scene can have", s, MaxFrame)
	}
	return n, nil
}

// FramesText writes frames for people, runs of them as ranges: "1-12, 14, 20-30/2".
// The frames have to be in order.
func FramesText(frames []int) string {
	var parts []string
	for len(frames) > 0 {
		n, step := 1, 1
		if len(frames) > 1 {
			step = frames[1] - frames[0]
		}
		for n < len(frames) && frames[n]-frames[n-1] == step {
			n++
		}
		if n == 2 || step < 1 { // two are no run
			n = 1
		}
		r := FrameRange{First: frames[0], Last: frames[n-1], Step: step}
		parts = append(parts, r.String())
		frames = frames[n:]
	}
	return strings.Join(parts, ", ")
}
