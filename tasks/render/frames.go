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

// FormatFrames writes ranges as people do: "7,9,20-30".
func FormatFrames(rs []Range) string {
	parts := make([]string, len(rs))
	for i, r := range rs {
		parts[i] = r.String()
	}
	return strings.Join(parts, ",")
}
