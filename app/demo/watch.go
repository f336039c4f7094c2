package demo

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"supercomputing/app/view"
)

// watch follows a render job from the requester's point of view.
type watch struct {
	d      *demo
	job    string
	posted time.Time
	first  time.Duration // from the post to the first tile; 0: none yet
	last   time.Duration // to the last frame
	logged view.LogLine  // the newest line that was shown
}

// frames shows tiles filling until no frame is left to render.
func (w *watch) frames(ctx context.Context) error {
	w.d.ui.step("The nodes find the job, fetch the scene over BitTorrent and render it in a sandbox, one core each")
	return w.d.until(ctx, func(ctx context.Context) (bool, error) {
		j, err := w.ask(ctx)
		if err != nil || j.Render == nil {
			return false, err
		}
		if err := ended(j); err != nil {
			return false, err
		}
		delivered, open := tally(j.Render)
		if delivered > 0 && w.first == 0 {
			w.first = time.Since(w.posted)
		}
		w.d.ui.panel(w.lines(j), summary(j))
		if open == 0 && len(j.Render.Frames) > 0 {
			w.last = time.Since(w.posted)
			return true, nil
		}
		return false, nil
	})
}

// complete waits for the last checks, score reports, the completion, and the
// video if there shall be one.
func (w *watch) complete(ctx context.Context, video bool) (*view.JobDetail, error) {
	w.d.ui.line("All frames are here, the last after %.1f s", w.last.Seconds())
	w.d.ui.step("The last checks; the nodes' scores go to the chain")
	var j view.JobDetail
	err := w.d.until(ctx, func(ctx context.Context) (bool, error) {
		var err error
		if j, err = w.ask(ctx); err != nil || j.Render == nil {
			return false, err
		}
		w.d.ui.panel(w.lines(j), summary(j))
		return j.State == view.JobComplete && (!video || j.Render.Video != ""), nil
	})
	return &j, err
}

// ended is why a job cannot bring any more frames.
func ended(j view.JobDetail) error {
	if j.State != view.JobComplete && j.State != view.JobExpired {
		return nil
	}
	for _, f := range j.Render.Frames {
		if f.State != view.TileDone && f.State != view.TileChecking {
			return fmt.Errorf("%w: the job is %s, and frame %d is %s: %s", ErrFailed, j.State, f.Frame, f.State, f.Why)
		}
	}
	return nil
}

// ask gets the job, and shows what is new in its log.
func (w *watch) ask(ctx context.Context) (view.JobDetail, error) {
	j, err := w.d.requester.api.Job(ctx, w.job)
	if err == nil && j.Render != nil {
		for _, l := range newLines(j.Render.Log, w.logged) {
			who := ""
			if l.Node != "" {
				who = w.d.nameOf(l.Node) + ": "
			}
			w.d.ui.line("  %s%s", who, l.Text)
			w.logged = l
		}
	}
	return j, err
}

// newLines is what comes after a line of the log. The log is bounded, so the
// line may be gone: then the times tell.
func newLines(log []view.LogLine, after view.LogLine) []view.LogLine {
	if after.Time.IsZero() {
		return log
	}
	for i := len(log) - 1; i >= 0; i-- {
		if l := log[i]; l.Node == after.Node && l.Text == after.Text && l.Time.Equal(after.Time) {
			return log[i+1:]
		}
	}
	i := slices.IndexFunc(log, func(l view.LogLine) bool { return l.Time.After(after.Time) })
	if i < 0 {
		return nil
	}
	return log[i:]
}

// tally counts tiles that were delivered, and those that still have to be. A
// frame that tells of no tiles counts as one.
func tally(r *view.RenderDetail) (delivered, open int) {
	for _, f := range r.Frames {
		for _, t := range tilesOf(f) {
			switch t.State {
			case view.TileDone, view.TileChecking:
				delivered++
			case view.TileFailed:
			default:
				open++
			}
		}
	}
	return delivered, open
}

func tilesOf(f view.RenderFrame) []view.RenderTile {
	if len(f.Tiles) == 0 {
		return []view.RenderTile{{State: f.State}}
	}
	return f.Tiles
}

// result is what the job came to, but for the comparison.
func (w *watch) result(j *view.JobDetail) *Rendered {
	d := j.Render
	r := &Rendered{Engine: d.Engine, Version: d.Version, FrameSize: fmt.Sprintf("%dx%d", d.Width, d.Height), Samples: d.Samples,
		RepeatedShare: d.Checks.Share, Repeated: d.Checks.Repeated, Own: d.Checks.Own, Caught: d.Checks.Caught,
		FirstSeconds: w.first.Seconds(), RenderSeconds: w.last.Seconds(), Output: d.Output, Video: d.Video, tiles: map[string]int{}}
	for _, f := range d.Frames {
		if f.State == view.TileDone && f.File != "" {
			r.Frames++
		} else {
			r.failed = append(r.failed, fmt.Sprintf("frame %d: %s", f.Frame, cmp.Or(f.Why, f.State)))
		}
		for _, t := range f.Tiles {
			if t.State == view.TileDone && t.Node != "" {
				r.tiles[t.Node]++
			}
		}
	}
	return r
}
