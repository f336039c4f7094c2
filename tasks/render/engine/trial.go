package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"time"
)

// How a trial goes.
const (
	// DefaultBudget is about how long a trial may take.
	DefaultBudget = 20 * time.Second
	// patience is how many times its share of the budget a tile may take: a
	// scene that loads for minutes is worth an estimate too.
	patience = 10
	// leastTrial is the fewest pixels of a trial's picture; below, one object
	// more or less changes the time.
	leastTrial = 2048
	// fewSamples is what the first tile of a trial is rendered with.
	fewSamples = 4
	// trialFrames is how many frames are tried.
	trialFrames = 3
)

// TrialOptions are how a trial runs.
type TrialOptions struct {
	Threads int           // cores to use, at least 1
	Memory  int64         // bytes that the engine may hold, 0 for no limit
	Disk    int64         // bytes in Scratch, 0 for no limit
	Scratch string        // a folder of the trial's own, emptied afterwards
	Foreign bool          // as in Request
	Allowed bool          // as in Request
	Budget  time.Duration // about how long to take, 0 for DefaultBudget
}

// Estimate is what a trial tells of a scene's frames on this machine. It is
// meant to be right to a factor of two.
type Estimate struct {
	Tiles     int           // rendered for it
	Took      time.Duration // all of it
	Setup     time.Duration // before the pixels of each tile, average
	FrameCore float64       // core seconds of an average frame, its setup included
	Least     float64       // core seconds of the quickest frame tried
	Most      float64       // of the slowest
	Memory    int64         // bytes that the engine held at most, 0 if it does not tell
}

// Frame is FrameCore without the setup, as Divide wants it.
func (e *Estimate) Frame() time.Duration {
	return time.Duration(max(0, e.FrameCore*float64(time.Second)-float64(e.Setup)))
}

// point is one measured tile.
type point struct {
	frame, samples int
	pixels         float64
	setup, work    float64 // seconds before the pixels, and core seconds for them
}

// Try renders up to three of the frames, whole but small, and says from that
// how long they take. Small whole frames have all of a picture in them, which
// a few cut-outs do not, and they may be had of scenes that cannot be cut. The
// first tile is rendered with few samples; how small the others are and
// whether they may have all the samples follows from it. It fails as Render.
func Try(ctx context.Context, e Engine, bundle string, s Settings, frames []int, o TrialOptions) (*Estimate, error) {
	if len(frames) == 0 {
		return nil, fmt.Errorf("%w: no frames to try", ErrScene)
	}
	if o.Budget <= 0 {
		o.Budget = DefaultBudget
	}
	t := &trial{e: e, bundle: bundle, s: s, o: o, began: time.Now()}
	if err := t.run(ctx, spread(frames, trialFrames)); err != nil {
		return nil, err
	}
	return t.estimate(), nil
}

type trial struct {
	e      Engine
	bundle string
	s      Settings
	o      TrialOptions
	began  time.Time
	first  point
	points []point
	tiles  int     // after the first
	rate   float64 // core seconds for a sample of a pixel, so far
	hidden float64 // seconds of setup in each tile's work
	memory int64
}

func (t *trial) run(ctx context.Context, frames []int) error {
	samples := t.s.Samples
	if samples > 0 {
		samples = min(samples, fewSamples)
	}
	middle := frames[len(frames)/2]
	first, err := t.tile(ctx, middle, leastTrial, samples)
	if err != nil {
		return err
	}
	t.first, t.rate = first, first.work/first.units()
	share := t.o.Budget.Seconds() / float64(len(frames)+1)
	order := []int{middle}
	for _, f := range frames {
		if f != middle {
			order = append(order, f)
		}
	}
	for i, frame := range order {
		err := t.try(ctx, frame, share)
		if i == 0 && err == nil && t.learn() && time.Since(t.began) < t.o.Budget/2 {
			t.points = nil
			err = t.try(ctx, frame, share)
			t.learn()
		}
		if err != nil && (ctx.Err() != nil || !errors.Is(err, ErrLimit)) {
			return err
		}
		if time.Since(t.began) > t.o.Budget && len(t.points) > 0 {
			break
		}
	}
	if len(t.points) == 0 {
		t.points = append(t.points, first) // the small one is all there is
	}
	return nil
}

// try renders a tile of a frame in about share seconds.
func (t *trial) try(ctx context.Context, frame int, share float64) error {
	pixels, samples := t.affordable(share)
	p, err := t.tile(ctx, frame, pixels, samples)
	if err != nil {
		return err
	}
	t.tiles++
	t.points = append(t.points, p)
	return nil
}

// learn compares the last tile with the first, a smaller one of the same frame:
// what the small one took beyond its share does not grow with the size, so it
// is setup that the engine counts as work. It reports whether that was most of
// the larger one too, which then says little of the pixels.
func (t *trial) learn() bool {
	p := t.points[len(t.points)-1]
	if p.units() < 2*t.first.units() {
		return false
	}
	slope := (p.work - t.first.work) / (p.units() - t.first.units())
	slope = max(slope, p.work/p.units()/50) // below, it would be noise
	t.rate = slope
	t.hidden = max(0, p.work-slope*p.units())
	return t.hidden > p.work/2
}

// affordable finds the size and samples of a tile that takes about share
// seconds: the samples asked for if they fit into a small picture, since many
// engines stop early where it is not worth going on, and then a larger picture.
func (t *trial) affordable(share float64) (pixels float64, samples int) {
	all := float64(t.s.Width) * float64(t.s.Height)
	work := max(share-t.first.setup-t.hidden, share/4)
	rate := max(t.rate, 1e-12) // seconds for a sample
	least := float64(leastTrial)
	if t.first.work < share {
		least *= 3 // or it would tell little more than the first
	}
	samples = 0
	if t.s.Samples > 0 {
		samples = max(t.first.samples, int(min(work/(rate*least), float64(t.s.Samples))))
	}
	return min(max(least, work/(rate*float64(max(1, samples)))), all), samples
}

// units are what a tile's work grows with: samples of pixels.
func (p point) units() float64 { return p.pixels * float64(max(1, p.samples)) }

// tile renders one frame as a picture of about so many pixels.
func (t *trial) tile(ctx context.Context, frame int, pixels float64, samples int) (point, error) {
	s := t.s
	k := min(1, math.Sqrt(pixels/(float64(s.Width)*float64(s.Height))))
	s.Width = max(1, int(math.Round(float64(s.Width)*k)))
	s.Height = max(1, int(math.Round(float64(s.Height)*k)))
	s.Samples = samples
	scratch, err := os.MkdirTemp(t.o.Scratch, "trial")
	if err != nil {
		return point{}, fmt.Errorf("render trial: %w", err)
	}
	defer os.RemoveAll(scratch)
	var out Rendered
	err = t.e.Render(ctx, Request{
		Bundle: t.bundle, Scratch: scratch, Settings: s, Threads: max(1, t.o.Threads),
		Tiles:  []Tile{{Frame: frame, W: s.Width, H: s.Height}},
		Memory: t.o.Memory, Disk: t.o.Disk, Time: t.o.Budget / (trialFrames + 1) * patience,
		Foreign: t.o.Foreign, Allowed: t.o.Allowed,
	}, func(r Rendered) error { out = r; return nil })
	if err != nil {
		return point{}, err
	}
	t.memory = max(t.memory, out.Memory)
	work := out.Work // what else the machine does is not in it
	if work == 0 {
		work = max(0, out.Took-out.Setup) * time.Duration(max(1, t.o.Threads))
	}
	return point{frame, samples, float64(s.Width * s.Height), out.Setup.Seconds(), work.Seconds()}, nil
}

func (t *trial) estimate() *Estimate {
	e := &Estimate{Tiles: 1 + t.tiles, Took: time.Since(t.began), Memory: t.memory, Least: math.Inf(1)}
	all := float64(t.s.Width) * float64(t.s.Height)
	var setups, sum float64
	for _, p := range t.points {
		render := max(p.work-t.hidden, p.work/50) * all / p.pixels
		if p.samples > 0 {
			render *= float64(t.s.Samples) / float64(p.samples)
		}
		core := p.setup + t.hidden + render
		setups += p.setup + t.hidden
		sum += core
		e.Least, e.Most = min(e.Least, core), max(e.Most, core)
	}
	n := float64(len(t.points))
	e.Setup = time.Duration(setups / n * float64(time.Second))
	e.FrameCore = sum / n
	return e
}

// spread picks up to n of the frames: the first, the last and some between.
func spread(frames []int, n int) []int {
	if len(frames) <= n {
		return frames
	}
	out := make([]int, n)
	for i := range out {
		out[i] = frames[i*(len(frames)-1)/(n-1)]
	}
	return out
}
