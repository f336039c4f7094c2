package render

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Ceilings of a job's frames.
const (
	MaxRanges = 64
	MaxFrames = 100_000
	MaxFrame  = 1_048_574 // Blender's own last frame
)

// Range is frames from First to Last, Step apart. Last is one of them.
type Range struct{ First, Last, Step int }

// Count is how many frames the range has.
func (r Range) Count() int { return (r.Last-r.First)/r.Step + 1 }

// String gives the range as people write it: "7", "1-48", "1-99/2".
func (r Range) String() string {
	switch {
	case r.First == r.Last:
		return strconv.Itoa(r.First)
	case r.Step == 1:
		return fmt.Sprintf("%d-%d", r.First, r.Last)
	}
	return fmt.Sprintf("%d-%d/%d", r.First, r.Last, r.Step)
}

// ParseFrames reads a list such as "1-48", "1-100/2" or "7,9,20-30". Frames
// named twice count once. It fails with ErrFrames.
func ParseFrames(text string) ([]Range, error) {
	var frames []int
	for part := range strings.SplitSeq(text, ",") {
		r, err := parseRange(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		if len(frames)+r.Count() > 2*MaxFrames {
			return nil, fmt.Errorf("%w: more than %d frames", ErrFrames, MaxFrames)
		}
		for f := r.First; f <= r.Last; f += r.Step {
			frames = append(frames, f)
		}
	}
	out := Ranges(frames)
	if len(out) > MaxRanges || CountFrames(out) > MaxFrames {
		return nil, fmt.Errorf("%w: %d frames in %d ranges, at most %d in %d", ErrFrames, CountFrames(out), len(out), MaxFrames, MaxRanges)
	}
	return out, nil
}

func parseRange(text string) (Range, error) {
	bad := func() (Range, error) { return Range{}, fmt.Errorf("%w: %q", ErrFrames, text) }
	r := Range{Step: 1}
	span, step, stepped := strings.Cut(text, "/")
	first, last, spanned := strings.Cut(span, "-")
	if !spanned {
		last = first
	}
	var ok [3]bool
	r.First, ok[0] = parseFrame(first)
	r.Last, ok[1] = parseFrame(last)
	ok[2] = true
	if stepped {
		r.Step, ok[2] = parseFrame(step)
	}
	if !ok[0] || !ok[1] || !ok[2] || r.Step < 1 || r.Last < r.First || stepped && !spanned {
		return bad()
	}
	r.Last -= (r.Last - r.First) % r.Step
	return r, nil
}

func parseFrame(text string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	return n, err == nil && n >= 0 && n <= MaxFrame && !strings.ContainsAny(text, "+-")
}

// Ranges gives the one shortest list of ranges of frames in any order.
func Ranges(frames []int) []Range {
	fs := slices.Clone(frames)
	slices.Sort(fs)
	fs = slices.Compact(fs)
	var out []Range
	for i := 0; i < len(fs); {
		j := i + 1
		if j < len(fs) {
			for step := fs[j] - fs[i]; j+1 < len(fs) && fs[j+1]-fs[j] == step; {
				j++
			}
		}
		if j-i < 2 && (j >= len(fs) || fs[j]-fs[i] > 1) { // two far apart are no range
			out = append(out, Range{fs[i], fs[i], 1})
			i++
			continue
		}
		out = append(out, Range{fs[i], fs[j], fs[i+1] - fs[i]})
		i = j + 1
	}
	return out
}

// CountFrames is how many frames the ranges have together.
func CountFrames(rs []Range) (n int) {
	for _, r := range rs {
		n += r.Count()
	}
	return n
}

// ListFrames lists the frames of ranges.
func ListFrames(rs []Range) []int {
	out := make([]int, 0, CountFrames(rs))
	for _, r := range rs {
		for f := r.First; f <= r.Last; f += r.Step {
			out = append(out, f)
		}
	}
	return out
}

// FormatFrames writes ranges as ParseFrames reads them.
func FormatFrames(rs []Range) string {
	parts := make([]string, len(rs))
	for i, r := range rs {
		parts[i] = r.String()
	}
	return strings.Join(parts, ",")
}
