package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
)

const rewardsLong = `Show why an address earned what it earned, over the newest epochs: scores by epoch
and kind of work, each with the job that it came from; what was credited for it
from bids and from the base pool; what coinbases paid; and the weight and seats
that it has now. Without ADDRESS it is about your own.`

func (p *program) rewardsCommand() *cobra.Command {
	var q view.RewardsQuery
	c := &cobra.Command{
		Use: "rewards [ADDRESS|CONTACT]", Short: "Show why an address earned what it earned", Long: rewardsLong, Args: exactly("[ADDRESS|CONTACT]"),
		Example: "  supercomputing rewards\n  supercomputing rewards sc1p… --epochs 7\n  supercomputing rewards --job 3f2a91bc --json",
	}
	c.Flags().IntVar(&q.Epochs, "epochs", 0, "how many of the newest epochs (default 30)")
	c.Flags().StringVar(&q.Job, "job", "", "only what came from this job")
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (r view.Rewards, err error) {
		if len(args) > 0 {
			if q.Address, err = address(ctx, b, args[0]); err != nil {
				return r, err
			}
		}
		if q.Epochs < 0 {
			return r, &usageError{fmt.Errorf("--epochs is negative"), ""}
		}
		if q.Job, err = rewardedJob(ctx, b, q); err != nil {
			return r, err
		}
		return b.Rewards(ctx, q)
	}, p.showRewards)
	return c
}

// rewardedJob completes the beginning of a job's id: among our own and the open
// ones, else among those that the rewards came from, which may be over.
func rewardedJob(ctx context.Context, b view.Backend, q view.RewardsQuery) (string, error) {
	if q.Job == "" {
		return "", nil
	}
	id, err := anyJobID(ctx, b, q.Job)
	if err != nil || len(id) >= wholeID {
		return id, err
	}
	r, err := b.Rewards(ctx, view.RewardsQuery{Address: q.Address, Epochs: q.Epochs})
	if err != nil {
		return "", err
	}
	var jobs []string
	for _, w := range r.Work {
		if !slices.Contains(jobs, w.Job) {
			jobs = append(jobs, w.Job)
		}
	}
	return pick(q.Job, "job", jobs, func(id string) string { return id })
}

func (p *program) showRewards(r view.Rewards) {
	p.facts("address", r.Address, "at block", fmt.Sprintf("%d, epoch %d", r.Height, r.Epoch),
		"scores", r.Scores, "credited from bids", coins(r.Credited), "from the base pool", coins(r.BaseShare), "paid by coinbases", coins(r.Paid),
		"credit, not paid out yet", coins(r.Credit), "weight", r.Weight, "seats", fmt.Sprintf("%d of %d", r.Seats, r.SeatsOf), "registered producer", yesNo(r.Producer))
	if len(r.Work)+len(r.Payouts)+len(r.ByEpoch) == 0 {
		p.say("\nNothing was earned in these epochs. “supercomputing contribute on” begins.")
		return
	}
	p.rewardTables(r)
}

func (p *program) rewardTables(r view.Rewards) {
	section := func(title, header string, rows [][]any) {
		if len(rows) > 0 {
			p.say("\n%s", title)
			p.table(header, rows, "")
		}
	}
	var rows [][]any
	for _, e := range r.ByEpoch {
		rows = append(rows, []any{e.Epoch, timeText(e.Start), e.Score, e.Registered, e.Credited, e.BaseShare, e.Paid})
	}
	section("By epoch", "EPOCH|BEGAN|SCORE|OF IT WEIGHT|FROM BIDS|FROM BASE|PAID", rows)
	rows = nil
	for _, d := range r.ByDapp {
		rows = append(rows, []any{nameOr(d.Name, d.Dapp), d.Jobs, d.Score, d.Credited})
	}
	section("By kind of work", "DAPP|JOBS|SCORE|FROM BIDS", rows)
	rows = nil
	for _, w := range r.Work {
		rows = append(rows, []any{w.Height, timeText(w.Time), short(w.Job), w.JobName, short(w.Payer), w.Score, w.Credited, short(w.TxID)})
	}
	section("Work", "BLOCK|TIME|JOB|NAME|PAID BY|SCORE|FROM BIDS|REPORT", rows)
	rows = nil
	for _, o := range r.Payouts {
		rows = append(rows, []any{o.Height, timeText(o.Time), o.Amount, o.Role})
	}
	section("Paid by coinbases", "BLOCK|TIME|AMOUNT|AS", rows)
}
