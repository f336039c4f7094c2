package view_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"supercomputing/app/view"
)

func TestParseFrames(t *testing.T) {
	cases := []struct {
		text string
		want []view.FrameRange
	}{
		{"", nil},
		{"  ", nil},
		{"0", []view.FrameRange{{0, 0, 1}}},
		{"7", []view.FrameRange{{7, 7, 1}}},
		{"1-48", []view.FrameRange{{1, 48, 1}}},
		{" 1 - 48 ", []view.FrameRange{{1, 48, 1}}},
		{"5-5", []view.FrameRange{{5, 5, 1}}},
		{"1-100/2", []view.FrameRange{{1, 99, 2}}},
		{"1-2/9", []view.FrameRange{{1, 1, 1}}},
		{"0007", []view.FrameRange{{7, 7, 1}}},
		{"7,9,20-30", []view.FrameRange{{7, 7, 1}, {9, 9, 1}, {20, 30, 1}}},
		{"20-30, 9,7", []view.FrameRange{{7, 7, 1}, {9, 9, 1}, {20, 30, 1}}},
		{"1-9/2,2-10/2", []view.FrameRange{{1, 9, 2}, {2, 10, 2}}},
		{fmt.Sprint(view.MaxFrame), []view.FrameRange{{view.MaxFrame, view.MaxFrame, 1}}},
		{fmt.Sprintf("1-%d", view.MaxFrames), []view.FrameRange{{1, view.MaxFrames, 1}}},
	}
	for _, c := range cases {
		got, err := view.ParseFrames(c.text)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: %v, %v; want %v", c.text, got, err, c.want)
		}
	}
}

func TestParseFramesRefuses(t *testing.T) {
	cases := []struct{ text, says string }{
		{"x", `"x" is neither`},
		{"-5", `"-5" is neither`},
		{"1-", `"1-" is neither`},
		{"1--5", `"1--5" is neither`},
		{"1-2-3", `"1-2-3" is neither`},
		{"1.5", "neither"},
		{"+1", "neither"},
		{"1 2", "neither"},
		{"１", "neither"},
		{",", "between two commas"},
		{"1,,2", "between two commas"},
		{"1,2,", "between two commas"},
		{"1-10/", "neither"},
		{"1-10/0", "step is 0"},
		{"1-10/2/2", "neither"},
		{"5/2", "no range"},
		{"9-1", "ends before it begins"},
		{"1-10,5", "frame 5 is named twice"},
		{"3,3", "frame 3 is named twice"},
		{"1048575", "over 1048574"},
		{strings.Repeat("9", 5000), "over 1048574"},
		{fmt.Sprintf("0-%d", view.MaxFrames), "more than 100000 frames"},
		{strings.Repeat("1,", view.MaxFrameRanges) + "2", "more than 64 ranges"},
	}
	for _, c := range cases {
		_, err := view.ParseFrames(c.text)
		e := view.AsError(err)
		if !errors.Is(err, view.ErrInvalid) || !strings.Contains(e.Message, c.says) || e.Hint == "" || len(e.Message) > 200 {
			t.Errorf("%.20q: %+v, want %q", c.text, e, c.says)
		}
	}
}

func TestFramesText(t *testing.T) {
	for want, frames := range map[string][]int{
		"":                   nil,
		"4":                  {4},
		"4, 5":               {4, 5},
		"1-3":                {1, 2, 3},
		"1-5/2":              {1, 3, 5},
		"1-12, 14, 20-30/2":  {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 20, 22, 24, 26, 28, 30},
		"7, 9, 20-22":        {7, 9, 20, 21, 22},
		"1, 10-12, 100, 200": {1, 10, 11, 12, 100, 200},
		"1, 1, 1":            {1, 1, 1}, // not in order: odd, but it ends
	} {
		if got := view.FramesText(frames); got != want {
			t.Errorf("%v: %q, want %q", frames, got, want)
		}
	}
}

// What is accepted stays within the limits, and written down it reads the same.
func FuzzParseFrames(f *testing.F) {
	for _, s := range []string{"1-48", "1-100/2", "7,9,20-30", "", "1--2", "9-1", "0-1048574/99999", "1,,", "٣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ranges, err := view.ParseFrames(text)
		if err != nil {
			if !errors.Is(err, view.ErrInvalid) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		var frames []int
		var parts []string
		for _, r := range ranges {
			n := len(frames)
			for i := r.First; i <= r.Last; i += r.Step {
				frames = append(frames, i)
			}
			if len(frames)-n != r.Count() || frames[len(frames)-1] != r.Last || r.Last > view.MaxFrame {
				t.Fatalf("%q has the range %+v", text, r)
			}
			parts = append(parts, r.String())
		}
		if n := countFrames(ranges); n != len(frames) || n > view.MaxFrames || len(ranges) > view.MaxFrameRanges {
			t.Fatalf("%q: %d frames, counted %d", text, len(frames), n)
		}
		again, err := view.ParseFrames(strings.Join(parts, ","))
		if err != nil || !reflect.DeepEqual(again, ranges) {
			t.Fatalf("%q became %v, then %v, %v", text, ranges, again, err)
		}
		slices.Sort(frames)
		back, err := view.ParseFrames(view.FramesText(frames))
		if err == nil && countFrames(back) != len(frames) {
			t.Fatalf("%q is written %q", text, view.FramesText(frames))
		}
	})
}

func countFrames(ranges []view.FrameRange) (n int) {
	for _, r := range ranges {
		n += r.Count()
	}
	return n
}
