package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"supercomputing/app/config"
	"supercomputing/app/view"
	"supercomputing/chain/networks"
)

// Render is the play of a short animation that nodes render, and that the plain
// program renders once more to compare.
type Render struct {
	Frames int    // of the animation; 0: UsualFrames
	Engine string // "blender", "povray"; "": Blender, or POV-Ray where there is none

	program string // path of the engine
	ffmpeg  bool   // there is one, so a video is made
	open    error  // why there is no sandbox here; nil: there is one
	scene   string // path of the scene's file
}

// UsualFrames is how many frames the animation has.
const UsualFrames = 24

// Below the least number, frames would be cut into tiles so that all nodes have
// work, and a part of a frame that is rendered by itself has other noise.
const (
	LeastFrames = 16
	MostFrames  = 240
)

// The size of a frame, and samples per pixel: a core takes some three seconds.
const (
	filmWidth   = 480
	filmHeight  = 270
	filmSamples = 12
)

// filmDir is the folder of scene, frames and video in the demo's.
const filmDir = "film"

// ErrOption says that what was asked for cannot be played.
var ErrOption = errors.New("the demo cannot be played like that")

// fill implements Play. A frame adds what it takes several times over.
func (p *Render) fill() (time.Duration, error) {
	if p.Frames == 0 {
		p.Frames = UsualFrames
	}
	if p.Frames < LeastFrames || p.Frames > MostFrames {
		return 0, fmt.Errorf("%w: %d frames are not from %d to %d", ErrOption, p.Frames, LeastFrames, MostFrames)
	}
	if _, ok := programs[p.Engine]; !ok && p.Engine != "" {
		return 0, fmt.Errorf("%w: engine %q is neither blender nor povray", ErrOption, p.Engine)
	}
	return limit + time.Duration(p.Frames)*15*time.Second, nil
}

// prepare implements Play: it finds the programs and makes the scene.
func (p *Render) prepare(ctx context.Context, d *demo) error {
	if err := p.findPrograms(ctx, d); err != nil {
		return err
	}
	dir := filepath.Join(d.Dir, filmDir)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	return p.makeScene(ctx, d, dir)
}

func (*Render) dapp() string { return networks.Render }

// settings implements Play: each node gives one core. Where there is no
// sandbox, nodes refuse scenes of others unless their owner says otherwise; the
// demo is its nodes' owner and has made the scene itself.
func (p *Render) settings(d *demo, n *process, c *config.Config) {
	c.Contribute.Disk = 4 << 30
	c.Contribute.Cores = 1
	if p.open != nil {
		c.Contribute.Unsandboxed = config.Unsandboxed
	}
}

// remains implements Play.
func (*Render) remains() []string { return []string{filmDir} }

// perform implements Play.
func (p *Render) perform(ctx context.Context, d *demo, res *Result) error {
	job, err := p.post(ctx, d)
	if err != nil {
		return err
	}
	w := &watch{d: d, job: job.ID, posted: time.Now()}
	if err := d.awaitBlock(ctx, job.ID); err != nil {
		return err
	}
	d.kill(ctx)
	if err := w.frames(ctx); err != nil {
		return err
	}
	detail, err := w.complete(ctx, p.ffmpeg)
	if err != nil {
		return err
	}
	d.killer.stop()
	r := w.result(detail)
	r.wanted, r.video = p.Frames, p.ffmpeg
	res.Job, res.Rendered = job.ID, r
	return p.compare(ctx, d, detail, r)
}

// post looks the scene over, shows the quote and pays the bid.
func (p *Render) post(ctx context.Context, d *demo) (view.JobDetail, error) {
	plain := false // the plain program does not denoise either
	req := view.RenderRequest{Path: p.scene, Engine: p.Engine, Frames: fmt.Sprintf("1-%d", p.Frames), Format: view.RenderPNG,
		Denoise: &plain, Video: p.ffmpeg, Output: filepath.Join(d.Dir, filmDir, "frames"), Bid: d.Bid, Label: "demo"}
	s, err := patiently(ctx, d, func(ctx context.Context) (view.RenderScene, error) { return d.requester.api.InspectRender(ctx, req) })
	if err != nil {
		return view.JobDetail{}, fmt.Errorf("look the scene over: %w", err)
	}
	d.ui.line("%s: %s %s, frames %d to %d, %d×%d, %s, camera %s; it needs %s", filepath.Base(s.Path), programs[s.Engine].title, s.Version,
		s.First, s.Last, s.Width, s.Height, count(s.Samples, "sample"), s.Camera, count(len(s.Files), "other file"))
	d.ui.step("The requester renders a few tiles to estimate the work, and asks for a quote")
	q, err := patiently(ctx, d, func(ctx context.Context) (view.RenderQuote, error) { return d.requester.api.QuoteRender(ctx, req) })
	if err != nil {
		return view.JobDetail{}, fmt.Errorf("quote: %w", err)
	}
	e := q.Estimate
	d.ui.line("Estimate: %.1f core seconds a frame, %.0f s here alone, %.0f s on %s with checks (a trial of %s, %.1f s)",
		e.FrameSeconds, e.HereSeconds, e.NodeSeconds, count(e.Nodes, "node"), count(e.Tried, "tile"), e.TrialSeconds)
	d.ui.line("Quote: %s of %s; suggested %v SCC; bid %v + fee %v = %v SCC, rank %d of %d; nodes get %v, producers %v, foundation %v, developer %v",
		count(q.Frames, "frame"), count(q.Tiles, "tile"), q.Suggested, q.Bid, q.Fee, q.Total, q.Rank, q.OpenJobs+1,
		q.Split.Nodes, q.Split.Producers, q.Split.Foundation, q.Split.Developer)
	d.ui.step("The requester packs the scene and pays the bid from its wallet")
	job, err := d.requester.api.PostRender(ctx, req)
	if err != nil {
		return job, fmt.Errorf("post: %w", err)
	}
	d.ui.line("Job %s", job.ID)
	return job, nil
}
