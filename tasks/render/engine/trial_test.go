package engine

import (
	"context"
	"errors"
	"math"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// model is an engine whose times are known: each frame takes a setup and then
// so long for a sample of each pixel.
type model struct {
	Engine
	setup  time.Duration
	hidden time.Duration // setup that it counts as work
	sample time.Duration // for one sample of one pixel of frame 0
	grow   float64       // by which a frame is slower than the one before
	own    int           // samples where none are asked for
	tell   bool          // Work
	fail   error         // after the first tile
	calls  []Request
}

func (m *model) Render(ctx context.Context, r Request, emit func(Rendered) error) error {
	m.calls = append(m.calls, r)
	if len(m.calls) > 1 && m.fail != nil {
		return m.fail
	}
	samples := r.Settings.Samples
	if samples == 0 {
		samples = m.own
	}
	t := r.Tiles[0]
	core := time.Duration(float64(m.sample) * float64(t.W*t.H*samples) * math.Pow(m.grow, float64(t.Frame)))
	core += m.hidden
	took := m.setup + core/time.Duration(r.Threads)
	if r.Time > 0 && took > r.Time {
		return ErrLimit
	}
	time.Sleep(took)
	d := Rendered{Tile: t, Took: took, Setup: m.setup, Memory: 1000}
	if m.tell {
		d.Work = core
	}
	return emit(d)
}

func TestTry(t *testing.T) {
	full := Settings{Width: 1920, Height: 1080, Samples: 128}
	pixels := 1920 * 1080.
	frames := make([]int, 25)
	for i := range frames {
		frames[i] = i
	}
	for name, c := range map[string]struct {
		m      model
		s      Settings
		frames []int
		want   float64 // core seconds
	}{
		"quick":           {model{setup: time.Second, sample: 10, grow: 1}, full, frames, 1 + pixels*128*10e-9},
		"slow":            {model{setup: time.Second, sample: 2000, grow: 1}, full, frames, 1 + pixels*128*2000e-9},
		"very slow":       {model{setup: 20 * time.Second, sample: 50_000, grow: 1}, full, frames, 20 + pixels*128*50_000e-9},
		"told":            {model{setup: time.Second, sample: 100, grow: 1, tell: true}, full, frames, 1 + pixels*128*100e-9},
		"slower each":     {model{setup: time.Second, sample: 100, grow: 1.05}, full, frames, 1 + pixels*128*100e-9*1.99},
		"one frame":       {model{sample: 100, grow: 1}, full, frames[:1], pixels * 128 * 100e-9},
		"two frames":      {model{sample: 100, grow: 1}, full, frames[:2], pixels * 128 * 100e-9},
		"its own samples": {model{sample: 100, grow: 1, own: 9}, Settings{Width: 1920, Height: 1080}, frames, pixels * 9 * 100e-9},
		"tiny":            {model{setup: time.Millisecond, sample: 10, grow: 1}, Settings{Width: 96, Height: 54, Samples: 4}, frames, 0.001 + 96*54*4*10e-9},
		"hidden setup":    {model{setup: time.Second, hidden: 2 * time.Second, sample: 100, grow: 1}, full, frames, 3 + pixels*128*100e-9},
		"one pixel":       {model{sample: 1e6, grow: 1}, Settings{Width: 1, Height: 1, Samples: 1}, frames, 0.001},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				e, err := Try(t.Context(), &c.m, "bundle", c.s, c.frames, TrialOptions{Threads: 2, Scratch: dir})
				if err != nil {
					t.Fatal(err)
				}
				if e.FrameCore < c.want/1.3 || e.FrameCore > c.want*1.3 {
					t.Errorf("%.3f core seconds, not %.3f", e.FrameCore, c.want)
				}
				if e.Took > 2*DefaultBudget+4*c.m.setup || e.Tiles != len(c.m.calls) || e.Memory != 1000 || e.Least > 1.0001*e.FrameCore || e.Most < 0.9999*e.FrameCore {
					t.Errorf("%+v", e)
				}
				if d := e.Setup - c.m.setup - c.m.hidden; d.Abs() > time.Millisecond {
					t.Errorf("setup of %v", e.Setup)
				}
				for _, r := range c.m.calls {
					if !r.Tiles[0].Whole(r.Settings) || r.Settings.Width > c.s.Width || r.Settings.Samples > c.s.Samples || r.Bundle != "bundle" {
						t.Errorf("%+v", r)
					}
				}
				if left, _ := os.ReadDir(dir); len(left) > 0 {
					t.Errorf("left behind: %v", left)
				}
			})
		})
	}
}

func TestTryFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := Settings{Width: 1920, Height: 1080, Samples: 128}
		o := TrialOptions{Threads: 1, Scratch: t.TempDir(), Foreign: true, Memory: 5, Disk: 6, Budget: time.Second}
		if _, err := Try(t.Context(), &model{}, "", s, nil, o); !errors.Is(err, ErrScene) {
			t.Error(err)
		}
		// Far too slow for a trial: the first tile's limit ends it.
		m := &model{setup: time.Hour, grow: 1}
		if _, err := Try(t.Context(), m, "", s, []int{1}, o); !errors.Is(err, ErrLimit) {
			t.Error(err)
		}
		if r := m.calls[0]; !r.Foreign || r.Memory != 5 || r.Disk != 6 || r.Time <= 0 || r.Threads != 1 {
			t.Errorf("%+v", r)
		}
		m = &model{sample: 100, grow: 1, fail: ErrScene}
		if _, err := Try(t.Context(), m, "", s, []int{1}, o); !errors.Is(err, ErrScene) {
			t.Error(err)
		}
		// Limits in later tiles leave what the first one told.
		m = &model{sample: 100, grow: 1, fail: ErrLimit}
		e, err := Try(t.Context(), m, "", s, []int{1, 2, 3}, o)
		if want := 1920 * 1080 * 128 * 100e-9; err != nil || e.FrameCore < want/1.3 || e.FrameCore > want*1.3 {
			t.Errorf("%+v, %v", e, err)
		}
	})
}

func TestSpread(t *testing.T) {
	for _, c := range []struct{ in, want []int }{
		{[]int{5}, []int{5}}, {[]int{1, 2, 3}, []int{1, 2, 3}}, {[]int{1, 2, 3, 4}, []int{1, 2, 4}}, {[]int{10, 20, 30, 40, 50, 60, 70}, []int{10, 40, 70}},
	} {
		if got := spread(c.in, 3); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v", c.in, got)
		}
	}
}
