package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
)

// renderFacts are what a render job has beyond others.
func renderFacts(j view.JobDetail) []any {
	r := j.Render
	return []any{
		"engine", engineText(r.Engine, r.Version),
		"picture", pictureText(r.Width, r.Height, r.Samples) + ", " + formatText(r.Format),
		"frames", framesDone(r.Frames),
		"frames in", r.Output,
		"video", r.Video,
		"ended early", r.Failure,
		"checks", checksText(r.Checks),
	}
}

// showRender shows how far the frames of a render job are, and a receipt by node.
func (p *program) showRender(j view.JobDetail) {
	r := j.Render
	if r.Finished || j.State == view.JobComplete || j.State == view.JobExpired {
		p.showFailures(r.Frames)
	} else if lines := tileLines(r.Frames, 79, false); lines != nil {
		p.say("")
		for _, l := range lines {
			p.say("%s", l)
		}
		if left := leftText(r, p.now()); left != "" {
			p.say("%s", left)
		}
		p.showFailures(r.Frames)
	}
	var rows [][]any
	for _, n := range j.Nodes {
		rows = append(rows, []any{n.Address, n.State, n.Progress.Done, workText(n.Seconds), n.Checked, n.Repeats, n.Ticketed, n.Recorded, n.Why})
	}
	p.say("")
	p.table("NODE|STATE|TILES|RENDERED IN|OF THEM CHECKED|CHECKED FOR OTHERS|SCORE|ON CHAIN|WHY", rows, "No node works on it yet.")
	if n := len(r.Log); n > 0 {
		p.say("\n%s in the log; “supercomputing job log %s” shows it.", count(n, "line"), short(j.ID))
	}
}

// showFailures lists frames that failed for good, with why.
func (p *program) showFailures(frames []view.RenderFrame) {
	why := make(map[string][]int)
	var order []string
	for _, f := range frames {
		if f.State == view.TileFailed {
			if why[f.Why] == nil {
				order = append(order, f.Why)
			}
			why[f.Why] = append(why[f.Why], f.Frame)
		}
	}
	for _, w := range order {
		p.say("Failed: %s", clean(strings.TrimSuffix(framesNamed(why[w])+": "+w, ": ")))
	}
}

// framesNamed writes "frame 7" or "frames 7, 9-12".
func framesNamed(frames []int) string {
	if len(frames) == 1 {
		return "frame " + view.FramesText(frames)
	}
	return "frames " + view.FramesText(frames)
}

// renderEnded says what is wrong with the end of a render job, nil when all
// frames are there.
func renderEnded(j view.JobDetail) error {
	failed := framesIn(j.Render.Frames, view.TileFailed)
	done := len(framesIn(j.Render.Frames, view.TileDone))
	switch {
	case j.Render.Failure != "":
		return view.Errorf(view.CodeUnavailable, "the job was ended early: %s; %d of %s are in %s", clean(j.Render.Failure), done, count(len(j.Render.Frames), "frame"), j.Render.Output).
			WithHint("“supercomputing job log %s” tells more", short(j.ID))
	case len(failed) > 0:
		return view.Errorf(view.CodeUnavailable, "%s of %d could not be rendered; the others are in %s", framesNamed(failed), len(j.Render.Frames), j.Render.Output).
			WithHint("“supercomputing job log %s” tells why", short(j.ID))
	case done < len(j.Render.Frames) && (j.Render.Finished || j.State == view.JobExpired || j.State == view.JobComplete):
		return view.Errorf(view.CodeUnavailable, "the job ended with %d of %s; they are in %s", done, count(len(j.Render.Frames), "frame"), j.Render.Output).
			WithHint("“supercomputing job log %s” tells what happened; a new job with --frames renders the rest", short(j.ID))
	}
	return nil
}

func renderJob(ctx context.Context, b view.Backend, given string) (view.JobDetail, error) {
	id, err := jobID(ctx, b, given)
	if err != nil {
		return view.JobDetail{}, err
	}
	j, err := b.Job(ctx, id)
	if err == nil && j.Render == nil {
		err = view.Errorf(view.CodeInvalid, "%s is no render job", short(id)).WithHint("“supercomputing job list” shows the dapps of your jobs")
	}
	return j, err
}

func (p *program) jobLog() *cobra.Command {
	return &cobra.Command{
		Use: "log JOB", Short: "Show what went wrong in a render job, and what was done about it", Args: exactly("JOB"),
		Long: `Show a render job's log, oldest first: nodes that failed, came late or were caught
with wrong pictures, tiles that failed, a full disk, restarts, and what was done.`,
		Example: "  supercomputing job log 3f2a91bc",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) ([]view.LogLine, error) {
			j, err := renderJob(ctx, b, args[0])
			if err != nil {
				return nil, err
			}
			return append([]view.LogLine{}, j.Render.Log...), nil
		}, func(log []view.LogLine) {
			var rows [][]any
			for _, l := range log {
				rows = append(rows, []any{timeText(l.Time), short(l.Node), l.Text})
			}
			p.table("TIME|NODE|WHAT", rows, "The log is empty: nothing went wrong.")
		}),
	}
}

const frameLong = `Write one frame of a render job as it is now, as a PNG for looking at: tiles that
are not there yet are empty. Finished frames lie in the job's folder as files.`

func (p *program) jobFrame() *cobra.Command {
	var out string
	var size int
	c := &cobra.Command{
		Use: "frame JOB FRAME", Short: "Write a frame of a render job as it is now", Long: frameLong, Args: exactly("JOB", "FRAME"),
		Example: "  supercomputing job frame 3f2a91bc 7\n  supercomputing job frame 3f2a91bc 7 --size 640 -o preview.png",
	}
	c.Flags().StringVarP(&out, "output", "o", "", "the file to write, - for standard output; one that exists is not replaced (default: frame-0007.png)")
	c.Flags().IntVar(&size, "size", 0, "most pixels of the longer side (default: as rendered)")
	c.RunE = func(c *cobra.Command, args []string) error {
		frame, err := strconv.Atoi(args[1])
		if err != nil || frame < 0 || frame > view.MaxFrame {
			return &usageError{fmt.Errorf("%q is not a frame's number", args[1]), ""}
		}
		if out == "" {
			out = fmt.Sprintf("frame-%04d.png", frame)
		}
		if _, err := os.Lstat(out); err == nil && out != "-" { // before a picture is made for nothing
			return view.Errorf(view.CodeConflict, "%s exists; nothing was written", out).WithHint("choose another name with -o")
		}
		b, err := p.backend()
		if err != nil {
			return err
		}
		id, err := jobID(c.Context(), b, args[0])
		if err != nil {
			return err
		}
		pic, err := b.RenderPicture(c.Context(), view.PictureRequest{Job: id, Frame: frame, Size: size})
		if err != nil {
			return err
		}
		if len(pic.PNG) == 0 {
			return errors.New("the node gave an empty picture")
		}
		if out == "-" {
			_, err := p.out.Write(pic.PNG)
			return err
		}
		if err := p.writeNew(out, pic.PNG); err != nil {
			return err
		}
		return p.show(struct {
			File string `json:"file"`
		}{out}, func() { p.say("Written to %s.", out) })
	}
	return c
}
