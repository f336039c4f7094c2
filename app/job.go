package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

const jobHelp = `Have work done by contributing nodes, for a bid: files spread over BitTorrent, scenes
rendered. What nodes do is checked and scored. 60 % of a bid goes to nodes, by their
scores, in coinbases: a score is not yet coins.`

func (p *program) jobCommand() *cobra.Command {
	return group("job", "Have work done: publish jobs, watch them, see the market", jobHelp,
		p.jobDownload(), p.jobRender(), p.jobInspect(), p.jobList(), p.jobShow(), p.jobFollow(), p.jobLog(), p.jobFrame(),
		p.jobRaise(), p.jobPause(true), p.jobPause(false), p.jobComplete(), p.jobBoard())
}

// amountFlag reads coins from the command line.
type amountFlag struct{ a *types.Amount }

func (f amountFlag) String() string {
	if f.a == nil || *f.a == 0 {
		return ""
	}
	return f.a.String()
}
func (f amountFlag) Type() string { return "coins" }
func (f amountFlag) Set(s string) (err error) {
	*f.a, err = types.ParseAmount(s)
	return err
}

const downloadLong = `Have a file spread by contributing nodes: they fetch it from this machine, keep
it and hand it out over BitTorrent, so that anybody with the magnet link gets it
faster than from here alone. The bid is paid into a block; 60 % of it goes to nodes
by their scores, for what they keep and deliver; this machine checks them at random.

The price is shown and asked about first. Then the command follows the job;
leaving it (Ctrl-C) does not end the job, the node carries on.`

func (p *program) jobDownload() *cobra.Command {
	var req view.DownloadRequest
	var keep string
	var yes, follow bool
	c := &cobra.Command{
		Use: "download FILE", Short: "Pay nodes to spread a file over BitTorrent", Long: downloadLong, Args: exactly("FILE"),
		Example: "  supercomputing job download holiday.mkv --bid 2\n" +
			"  supercomputing job download release.iso --bid 20 --keep 30d --replicas 8 --yes --json",
	}
	f := c.Flags()
	downloadFlags(c, &req, &keep)
	f.BoolVarP(&yes, "yes", "y", false, "do not ask")
	f.BoolVar(&follow, "follow", true, "show progress until all nodes have the file (default: only on a terminal)")
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := completeDownload(&req, args[0], keep); err != nil {
			return err
		}
		b, err := p.backend()
		if err != nil {
			return err
		}
		if err := p.quoteDownload(c.Context(), b, req, yes); err != nil {
			return err
		}
		job, err := b.PublishDownload(c.Context(), req)
		if err != nil {
			return err
		}
		if !follow || !f.Changed("follow") && (!p.interactive || p.json) {
			return p.show(job, func() { p.showPublished(job) })
		}
		if !p.json {
			p.showPublished(job)
		}
		return p.followJob(c.Context(), b, job.ID)
	}
	return c
}

// downloadFlags add what a download job is asked for with.
func downloadFlags(c *cobra.Command, req *view.DownloadRequest, keep *string) {
	f := c.Flags()
	f.Var(amountFlag{&req.Bid}, "bid", "what the job pays, in coins")
	f.StringVar(keep, "keep", "", "how long nodes shall keep it, such as 30d or 12h (default: 30 days, or the network's longest)")
	f.IntVar(&req.Replicas, "replicas", 0, "how many nodes shall keep it (default: as the quote says)")
	f.StringVar(&req.Label, "label", "", "your own note")
}

func completeDownload(req *view.DownloadRequest, file, keep string) error {
	if req.Bid == 0 {
		return &usageError{errors.New("no bid"), "say what the job pays with --bid; “supercomputing job board” shows what others pay"}
	}
	if keep != "" {
		d, err := parseSpan(keep)
		if err != nil {
			return &usageError{fmt.Errorf("--keep: %w", err), ""}
		}
		req.Seconds = int64(d.Seconds())
	}
	path, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	req.Path = path
	return nil
}

// quoteDownload shows the price and what it buys, and asks.
func (p *program) quoteDownload(ctx context.Context, b view.Backend, req view.DownloadRequest, yes bool) error {
	q, err := b.QuoteDownload(ctx, req)
	if err != nil {
		return err
	}
	if !q.Affordable {
		return view.Errorf(view.CodeFunds, "the job costs %v SCC, and only %v SCC can be spent now; nothing was paid", q.Total, q.Spendable).
			WithHint("“supercomputing wallet balance” shows what is still coming in")
	}
	e := *p
	e.out = p.err // standard output is for the result
	e.facts(
		"file", fmt.Sprintf("%s, %s", q.Name, bytesText(q.Size)),
		"kept by", count(q.Replicas, "node"),
		"kept for", fmt.Sprintf("about %s (%s)", spanText(seconds(q.Seconds)), count(q.Blocks, "block")),
		"bid", fmt.Sprintf("%v SCC: nodes %v, producers %v, foundation %v, dapp's developer %v",
			q.Bid, q.Split.Nodes, q.Split.Producers, q.Split.Foundation, q.Split.Developer),
		"fee", coins(q.Fee),
		"total", coins(q.Total),
		"place in the queue", fmt.Sprintf("%d, with %s open", q.Rank, count(q.OpenJobs, "job")),
		"others bid", goingBids(q.GoingBids),
	)
	for _, n := range q.Notes {
		fmt.Fprintln(p.err, "Note: "+clean(n))
	}
	return p.confirm(fmt.Sprintf("Pay %v SCC?", q.Total), yes)
}

func goingBids(r view.BidRange) string {
	if r.Count == 0 {
		return "nobody at the moment"
	}
	switch {
	case r.Most == 0:
		return count(r.Count, "job") + " open, and nothing is left of what was bid"
	case r.Count == 1:
		return fmt.Sprintf("%v SCC, in one job", r.Most)
	case r.Least == r.Most:
		return fmt.Sprintf("%v SCC, in each of %s", r.Most, count(r.Count, "job"))
	}
	return fmt.Sprintf("%v to %v SCC in %s, half of them up to %v", r.Least, r.Most, count(r.Count, "job"), r.Median)
}

func (p *program) showPublished(j view.JobDetail) {
	p.facts("job", j.ID, "magnet link", j.Magnet)
}

func (p *program) jobList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List your own jobs", Args: exactly(),
		Long:    "List your own jobs, newest first: what they bid, how much of it is scored for nodes\non the chain, and how far they are.",
		Example: "  supercomputing job list",
		RunE: asking(p, func(ctx context.Context, b view.Backend, _ []string) ([]view.Job, error) {
			return b.Jobs(ctx)
		}, func(jobs []view.Job) {
			var rows [][]any
			for _, j := range jobs {
				rows = append(rows, []any{j.ID, stateText(j), j.Dapp, j.Name, j.Bid, j.Scored, j.Workers, progressText(j.Progress)})
			}
			p.table("JOB|STATE|DAPP|NAME|BID|SCORED|NODES|PROGRESS", rows,
				"No jobs of yours. “supercomputing job download FILE --bid COINS” and “supercomputing job render SCENE” post one.")
		}),
	}
}

func progressText(g view.Progress) string {
	if g.Total <= 0 {
		return g.Note
	}
	return strings.TrimSpace(fmt.Sprintf("%d %% %s", bar{done: g.Done, total: g.Total}.percent(), g.Note))
}

const jobShowLong = `Show one of your jobs: nodes, progress, receipts. JOB is its id, or enough of the
id's beginning. SCORE is what a node's work counts, in parts of the bid; ON CHAIN is
what is recorded of it. Nodes get 60 % of the bid by it, in coinbases.`

func (p *program) jobShow() *cobra.Command {
	return &cobra.Command{
		Use: "show JOB", Short: "Show one of your jobs: nodes, progress, receipts", Args: exactly("JOB"),
		Long:    jobShowLong,
		Example: "  supercomputing job show 3f2a91bc",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (view.JobDetail, error) {
			id, err := jobID(ctx, b, args[0])
			if err != nil {
				return view.JobDetail{}, err
			}
			return b.Job(ctx, id)
		}, p.showJob),
	}
}

func (p *program) showJob(j view.JobDetail) {
	block, until := "none yet", ""
	if j.Height > 0 {
		block = fmt.Sprint(j.Height)
	}
	if j.EndHeight > 0 {
		until = fmt.Sprintf("%d, about %s", j.EndHeight, timeText(j.Ends))
	}
	facts := []any{"job", j.ID, "state", stateText(j.Job), "dapp", j.Dapp, "name", j.Name, "label", j.Label, "size", bytesText(j.Size),
		"bid", coins(j.Bid), "scored", scoredText(j.Scored, j.Bid), "promised", promisedText(j.Owed),
		"in block", block, "open until block", until,
		"progress", progressText(j.Progress), "magnet link", j.Magnet}
	if j.Render != nil {
		p.facts(append(facts, renderFacts(j)...)...)
		p.showRender(j)
	} else {
		p.facts(facts...)
		p.showNodes(j)
	}
	var rows [][]any
	for _, r := range j.Receipts {
		rows = append(rows, []any{r.Height, r.Address, r.Score, r.TxID})
	}
	if len(rows) > 0 {
		p.say("\nReceipts")
		p.table("BLOCK|NODE|SCORE|TRANSACTION", rows, "")
	}
}

// scoredText writes how much of a bid is scored; coins are another matter, as
// PROTOCOL §5 shares bids.
func scoredText(scored, bid types.Amount) string {
	return fmt.Sprintf("%v of %v bid; nodes' part 60 %%", scored, bid)
}

// promisedText writes scores that are not on the chain yet, "" for none.
func promisedText(a types.Amount) string {
	if a <= 0 {
		return ""
	}
	return fmt.Sprintf("%v more, not on the chain yet", a)
}

func (p *program) showNodes(j view.JobDetail) {
	var rows [][]any
	for _, w := range j.Nodes {
		rows = append(rows, []any{w.Address, w.State, progressText(w.Progress), w.Ticketed, w.Recorded,
			fmt.Sprintf("%d passed, %d failed", w.Audits, w.Failed), w.Why})
	}
	p.say("")
	p.table("NODE|STATE|PROGRESS|SCORE|ON CHAIN|AUDITS|WHY", rows, "No node works on it yet.")
}

func (p *program) jobRaise() *cobra.Command {
	var req view.RaiseRequest
	var yes bool
	c := &cobra.Command{
		Use: "raise JOB COINS", Short: "Add to a job's bid; its time starts again", Args: exactly("JOB", "COINS"),
		Long:    "Add to a job's bid, so that it is worked on sooner, or longer: its time starts again.",
		Example: "  supercomputing job raise 3f2a91bc 5",
	}
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (s view.Sent, err error) {
		if req.Added, err = types.ParseAmount(args[1]); err != nil {
			return s, &usageError{err, "amounts are coins, such as 12 or 0.05"}
		}
		if req.Job, err = jobID(ctx, b, args[0]); err != nil {
			return s, err
		}
		if err := p.confirm(fmt.Sprintf("Pay %v SCC more for this job?", req.Added), yes); err != nil {
			return s, err
		}
		return b.Raise(ctx, req)
	}, func(s view.Sent) { p.say("%s", s.TxID) })
	return c
}

// jobPause makes “job pause” and “job resume”.
func (p *program) jobPause(paused bool) *cobra.Command {
	c := &cobra.Command{
		Use: "pause JOB", Short: "Stop handing out a job's work, until it is resumed", Args: exactly("JOB"),
		Long: `Stop handing out a job's work: nodes are sent away, and this machine stops
uploading its content. What they did stays, and is paid. The job's time on the
chain runs on, and nodes that wait for long give it up.`,
		Example: "  supercomputing job pause 3f2a91bc",
	}
	if !paused {
		c.Use, c.Short, c.Example = "resume JOB", "Go on with a job that was paused", "  supercomputing job resume 3f2a91bc"
		c.Long = "Go on with a job that was paused: its nodes come back by themselves."
	}
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (view.Job, error) {
		id, err := jobID(ctx, b, args[0])
		if err != nil {
			return view.Job{}, err
		}
		return b.PauseJob(ctx, view.PauseJobRequest{Job: id, Paused: paused})
	}, func(j view.Job) {
		if j.Paused {
			p.say("The job is paused.")
		} else {
			p.say("The job goes on.")
		}
	})
	return c
}

func (p *program) jobComplete() *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use: "complete JOB", Aliases: []string{"cancel"}, Short: "End a job: nodes' scores go to the chain, then it is closed", Args: exactly("JOB"),
		Long: `End a job, finished or not. Nodes are paid for what they did. The bid is not
refunded: what is scored for nobody goes to all contributing nodes.`,
		Example: "  supercomputing job complete 3f2a91bc",
	}
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (struct{}, error) {
		id, err := jobID(ctx, b, args[0])
		if err != nil {
			return struct{}{}, err
		}
		j, err := b.Job(ctx, id)
		if err != nil {
			return struct{}{}, err
		}
		if over := map[string]string{view.JobComplete: "is already complete", view.JobExpired: "has ended: its time is over", view.JobClosing: "is ending already"}[j.State]; over != "" {
			return struct{}{}, view.Errorf(view.CodeConflict, "the job %s %s", short(j.ID), over)
		}
		if err := p.confirm("End this job? Its bid is not refunded.", yes); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, b.Complete(ctx, id)
	}, func(struct{}) { p.say("The job is ending; “supercomputing job show” tells when it is closed.") })
	return c
}

func (p *program) jobBoard() *cobra.Command {
	return &cobra.Command{
		Use: "board", Short: "List the open jobs of the network, and why this machine works on them or not", Args: exactly(),
		Long: `List the open jobs of the network, in the order in which nodes are offered them: what
is to be done, what is left of the bid, and why this machine works on it or not.`,
		Example: "  supercomputing job board",
		RunE: asking(p, func(ctx context.Context, b view.Backend, _ []string) ([]view.BoardEntry, error) {
			return b.Board(ctx)
		}, func(list []view.BoardEntry) {
			var rows [][]any
			for _, e := range list {
				state := ""
				switch {
				case e.Own:
					state = "yours"
				case e.Working:
					state = "working"
				}
				size := e.Work
				if size == "" {
					size = bytesText(e.Size)
				}
				rows = append(rows, []any{e.Rank, short(e.ID), e.Dapp, e.Name, size, e.Remaining, e.EndHeight, state, e.Reason})
			}
			p.table("RANK|JOB|DAPP|NAME|SIZE|BID LEFT|UNTIL BLOCK|HERE|REASON", rows, "No open jobs at the moment.")
		}),
	}
}

// stateText is a job's state, and whether it is paused.
func stateText(j view.Job) string {
	if j.Paused {
		return j.State + ", paused"
	}
	return j.State
}
