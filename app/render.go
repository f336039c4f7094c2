package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

const renderLong = `Have frames of a Blender or POV-Ray scene rendered by contributing nodes. The scene
is looked over first: a file that it needs and that is missing is named before
anything is paid. Then a few tiles are tried on this machine, and the price is shown
and asked about, with what is known of others' prices.

The frames go into a folder as they get whole. Part of the work is rendered twice
and compared; --checks says how much. Leaving the command (Ctrl-C) does not end the
job, the node carries on; “supercomputing job follow” shows it again.

What is not said is taken from the scene: frames, size, samples, denoising.`

const renderExample = `  supercomputing job render scene.blend --frames 1-48
  supercomputing job render scene.blend --frames 7,20-30 --size 50% --samples 64 --quote
  supercomputing job render film.blend --format exr --video --fps 24 --output ~/film --bid 20
  supercomputing job render balls.pov --frames 1-24 --size 1280x720 --yes --json`

// renderOrder is a command line that asks for a rendering.
type renderOrder struct {
	req     view.RenderRequest
	size    string
	denoise bool
	yes     bool
	quote   bool // show the price, and no more
	follow  bool
}

func (p *program) jobRender() *cobra.Command {
	var o renderOrder
	c := &cobra.Command{Use: "render SCENE", Short: "Pay nodes to render a scene", Long: renderLong, Example: renderExample, Args: exactly("SCENE")}
	f := c.Flags()
	f.StringVar(&o.req.Frames, "frames", "", "which, such as 1-48, 1-100/2 or 7,9,20-30 (default: the scene's)")
	f.StringVar(&o.req.Engine, "engine", "", "blender or povray (default: by the file's name)")
	f.StringVar(&o.req.Version, "engine-version", "", "that nodes shall have, such as 3.4 (default: this machine's)")
	f.StringVar(&o.size, "size", "", "of a frame, such as 1920x1080 or 50% (default: the scene's)")
	f.IntVar(&o.req.Samples, "samples", 0, "per pixel (default: the scene's)")
	f.StringVar(&o.req.Format, "format", "", "png, png16, exr or exr32 (default: the scene's, else png)")
	f.BoolVar(&o.denoise, "denoise", false, "denoise the finished frames on this machine (default: as the scene says)")
	f.BoolVar(&o.req.Video, "video", false, "also make a video of the frames")
	f.Float64Var(&o.req.Rate, "fps", 0, "frames per second of the video (default: the scene's)")
	f.StringVar(&o.req.Output, "output", "", "folder for the frames (default: beside the scene)")
	f.StringVar(&o.req.Checks, "checks", "", "usual, all (everything is rendered twice) or off (for nodes of your own) (default: usual)")
	f.Var(amountFlag{&o.req.Bid}, "bid", "what the job pays, in coins (default: what the quote suggests)")
	f.StringVar(&o.req.Label, "label", "", "your own note")
	f.BoolVar(&o.quote, "quote", false, "only show what it would cost")
	f.BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	f.BoolVar(&o.follow, "follow", true, "show progress until all frames are there (default: only on a terminal)")
	for flag, values := range map[string][]string{"engine": {"blender", "povray"},
		"format": {view.RenderPNG, view.RenderPNG16, view.RenderEXR, view.RenderEXR32},
		"checks": {view.ChecksUsual, view.ChecksAll, view.ChecksOff}} {
		c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		if f.Changed("samples") && o.req.Samples == 0 || f.Changed("fps") && o.req.Rate == 0 {
			return &usageError{errors.New("--samples and --fps are above 0"), "left out, they are the scene's"}
		}
		if f.Changed("denoise") {
			o.req.Denoise = &o.denoise
		}
		if !f.Changed("follow") {
			o.follow = p.interactive && !p.json
		}
		return p.render(c.Context(), o, args[0])
	}
	return c
}

// render carries an order out: the scene is looked over, tried and priced, the
// job is paid and followed.
func (p *program) render(ctx context.Context, o renderOrder, scene string) error {
	percent, err := o.complete(scene)
	if err != nil {
		return err
	}
	if !o.yes && !o.quote && !p.interactive { // not after a trial that takes a while
		return &usageError{errors.New("this needs an answer, and nobody is there to ask"), "add --yes to agree beforehand, or --quote to see the price only"}
	}
	b, err := p.backend()
	if err != nil {
		return err
	}
	s, err := p.inspectScene(ctx, b, o.req)
	if err != nil {
		return err
	}
	p.quoteScene(s, o.req.Frames)
	if err := unrenderable(s); err != nil {
		return err
	}
	if percent > 0 {
		o.req.Width, o.req.Height = scaled(s.Width, percent), scaled(s.Height, percent)
	}
	if o.quote {
		q, err := p.quoteRender(ctx, b, o.req, true)
		if err != nil {
			return err
		}
		return p.show(q, func() { p.showRenderQuote(q) })
	}
	if err := p.agreeRender(ctx, b, &o.req, o.yes); err != nil {
		return err
	}
	return p.postRender(ctx, b, o)
}

func (p *program) postRender(ctx context.Context, b view.Backend, o renderOrder) error {
	job, err := waiting(ctx, p, "Packing the scene and posting the job…", func() (view.JobDetail, error) { return b.PostRender(ctx, o.req) })
	if errors.Is(err, context.Canceled) {
		p.aside("", []string{"It may have been posted all the same: “supercomputing job list” tells."})
	}
	if err != nil {
		return err
	}
	if !o.follow {
		return p.show(job, func() { p.facts("job", job.ID, "frames go to", outputOf(job, o.req)) })
	}
	if !p.json {
		p.facts("job", job.ID, "frames go to", outputOf(job, o.req))
	}
	return p.followJob(ctx, b, job.ID)
}

// outputOf is the folder of a job's frames; a node that has only just posted
// the job may not tell it yet.
func outputOf(j view.JobDetail, req view.RenderRequest) string {
	if j.Render != nil && j.Render.Output != "" {
		return j.Render.Output
	}
	return req.Output
}

// complete makes a request of what was typed. A size in per cent is left for
// when the scene's own is known.
func (o *renderOrder) complete(scene string) (percent float64, err error) {
	if o.req.Path, err = filepath.Abs(scene); err != nil {
		return 0, err
	}
	if o.req.Output != "" {
		if o.req.Output, err = filepath.Abs(o.req.Output); err != nil {
			return 0, err
		}
	}
	if o.req.Rate != 0 {
		o.req.Video = true
	}
	if o.size != "" {
		if o.req.Width, o.req.Height, percent, err = parseSize(o.size); err != nil {
			return 0, &usageError{fmt.Errorf("--size: %w", err), ""}
		}
	}
	return percent, o.req.Check()
}

// parseSize reads "1920x1080" or "50%".
func parseSize(text string) (w, h int, percent float64, err error) {
	bad := fmt.Errorf("%q is not a size such as 1920x1080 or 50%%", text)
	if number, ok := strings.CutSuffix(text, "%"); ok {
		n, err := strconv.ParseFloat(number, 64)
		if err != nil || !(n >= 1 && n <= 1000) || strings.Trim(number, "0123456789.") != "" {
			return 0, 0, 0, bad
		}
		return 0, 0, n, nil
	}
	ws, hs, ok := strings.Cut(strings.Replace(strings.ToLower(text), "×", "x", 1), "x")
	w, werr := strconv.Atoi(strings.TrimSpace(ws))
	h, herr := strconv.Atoi(strings.TrimSpace(hs))
	if !ok || werr != nil || herr != nil || w < 1 || h < 1 {
		return 0, 0, 0, bad
	}
	return w, h, 0, nil
}

// scaled is a side's per cent, a pixel at least.
func scaled(side int, percent float64) int { return max(1, int(float64(side)*percent/100+0.5)) }

// agreeRender shows the quote and asks. A person who was given no price may
// answer with one, and is told what that brings.
func (p *program) agreeRender(ctx context.Context, b view.Backend, req *view.RenderRequest, yes bool) error {
	asked := req.Bid == 0 && !yes
	for first := true; ; first = false {
		q, err := p.quoteRender(ctx, b, *req, first)
		if err != nil {
			return err
		}
		e := *p
		e.out = p.err // standard output is for the result
		if first {
			e.showRenderQuote(q)
		} else {
			e.facts(renderPrice(q)...)
		}
		if !q.Affordable {
			return view.Errorf(view.CodeFunds, "the job costs %v SCC, and only %v SCC can be spent now; nothing was paid", q.Total, q.Spendable).
				WithHint("--bid pays less, and is worked on later; “supercomputing wallet balance” shows what is still coming in")
		}
		req.Bid, req.Output = q.Bid, q.Output // what was shown is what is done
		question := fmt.Sprintf("Pay %v SCC?", q.Total)
		if !asked {
			return p.confirm(question, yes)
		}
		answer, err := p.line(question + " [y/N, or another bid in coins] ")
		if err != nil {
			return err
		}
		switch a, err := types.ParseAmount(answer); {
		case strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes"):
			return nil
		case err == nil && a > 0:
			req.Bid = a
		default:
			return errors.New("not done, as you wished; nothing was paid")
		}
	}
}

// quoteRender asks for a quote. The node tries the scene for the first one, and
// remembers what came of it.
func (p *program) quoteRender(ctx context.Context, b view.Backend, req view.RenderRequest, first bool) (view.RenderQuote, error) {
	what := "Working the price out…"
	if first {
		what = "Trying a few tiles on this machine…"
	}
	return waiting(ctx, p, what, func() (view.RenderQuote, error) { return b.QuoteRender(ctx, req) })
}
