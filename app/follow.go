package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
)

// followEvery is the longest time between two looks at a job that is followed;
// an event of the node makes it look at once.
const followEvery = time.Second

// followLeast is the shortest time between two looks at a render job, of which
// there is much to tell.
const followLeast = 200 * time.Millisecond

// followPatience is how often a node that stopped answering is asked again,
// once each followEvery: it may be started anew.
const followPatience = 300

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

func (p *program) jobFollow() *cobra.Command {
	return &cobra.Command{
		Use: "follow JOB", Short: "Show a job's progress until it is done", Args: exactly("JOB"),
		Long: `Show a job's progress until it is done, and then the job: on a terminal as a picture
that fills up, elsewhere as a line for each change. Ctrl-C ends the showing, not the
job. It fails when frames of a render job could not be rendered.`,
		Example: "  supercomputing job follow 3f2a91bc",
		RunE: func(c *cobra.Command, args []string) error {
			b, err := p.backend()
			if err != nil {
				return err
			}
			id, err := jobID(c.Context(), b, args[0])
			if err != nil {
				return err
			}
			return p.followJob(c.Context(), b, id)
		},
	}
}

// followJob draws a job's progress until every node has done its part or the
// job is closed, and then shows the job.
func (p *program) followJob(ctx context.Context, b view.Backend, id string) error {
	draw := &bars{out: p.err, width: p.width(), now: p.now}
	screen := p.renderScreen(draw)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changed := make(chan struct{}, 1)
	go b.Watch(ctx, func(view.Event) error {
		select {
		case changed <- struct{}{}:
		default:
		}
		return nil
	})
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for failures, begun := 0, false; ; {
		asked := p.now()
		j, err := b.Job(ctx, id)
		took := p.now().Sub(asked)
		switch {
		case ctx.Err() != nil:
			p.complain(view.Errorf(view.CodeUnavailable, "no longer shown; the node carries on with the job").
				WithHint("“supercomputing job follow %s” shows it again", id))
			return &toldError{ctx.Err()}
		case err != nil && begun && failures < followPatience && (errors.Is(err, view.ErrNotRunning) || errors.Is(err, view.ErrUnavailable)):
			if failures++; failures == 1 {
				p.aside("", []string{"The node does not answer; trying again for a while. The job is not lost."})
				draw.drawn = 0
			}
			p.pause(ctx, followEvery)
			continue
		case err != nil:
			return err
		}
		failures, begun = 0, true
		if j.Render != nil {
			screen.draw(j)
		} else {
			draw.draw(jobBars(j))
		}
		if followed(j) {
			err := p.show(j, func() { p.showJob(j) })
			if err == nil && j.Render != nil {
				err = renderEnded(j)
			}
			return err
		}
		if j.Render != nil {
			p.pause(ctx, max(followLeast, 4*took)) // thousands of tiles take their time
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		case <-changed:
		}
	}
}

// followed reports whether there is nothing left to wait for.
func followed(j view.JobDetail) bool {
	if j.State == view.JobComplete || j.State == view.JobExpired {
		return true
	}
	if j.Render != nil {
		return j.Render.Finished
	}
	return j.Progress.Total > 0 && j.Progress.Done >= j.Progress.Total
}

// jobBars gives a job's bar and one for each of its nodes.
func jobBars(j view.JobDetail) []bar {
	g := j.Progress
	if g.Note == "" {
		g.Note = map[string]string{view.JobWaiting: "waiting for a block", view.JobOpen: "waiting for nodes"}[j.State]
	}
	out := []bar{{j.Name, g.Done, g.Total, g.Unit, g.Note}}
	for _, n := range j.Nodes {
		note := n.State
		if n.Ticketed > 0 {
			note += ", score " + n.Ticketed.String()
		}
		out = append(out, bar{short(n.Address), n.Progress.Done, n.Progress.Total, n.Progress.Unit, note})
	}
	return out
}
