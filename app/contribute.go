package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
)

const contributeLong = `Work for others and earn. While it is on, this machine takes open jobs, best
paid first, within the limits set here. The limits last over restarts.`

func (p *program) contributeCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "contribute",
		Short:   "Work for others and earn; shows what is being done and why",
		Long:    contributeLong,
		Example: "  supercomputing contribute\n  supercomputing contribute on --disk 50GiB --upload 4MiB/s",
		Args:    exactly(),
		RunE: asking(p, func(ctx context.Context, b view.Backend, _ []string) (view.Contribution, error) {
			return b.Contribution(ctx)
		}, p.showContribution),
	}
	c.AddCommand(p.contributeSwitch("on", "Switch contributing on", true), p.contributeSwitch("off", "Switch contributing off", false))
	limits := p.contributeSwitch("limits", "Change limits only", false)
	c.AddCommand(limits)
	return c
}

// contributeSwitch makes on, off and limits: the present settings with the
// flags that were given laid over them.
func (p *program) contributeSwitch(use, short string, enable bool) *cobra.Command {
	var want view.ContributionSettings
	c := &cobra.Command{Use: use, Short: short, Args: exactly(),
		Example: "  supercomputing contribute " + use + " --disk 50GiB --download unlimited"}
	f := c.Flags()
	f.Var(sizeFlag{&want.Disk}, "disk", "disk for all jobs together, such as 50GiB or unlimited")
	f.Var(rateFlag{&want.Upload}, "upload", "upload rate, such as 4MiB/s or unlimited")
	f.Var(rateFlag{&want.Download}, "download", "download rate, such as 4MiB/s or unlimited")
	f.IntVar(&want.MaxJobs, "max-jobs", 0, "jobs at a time")
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, _ []string) (view.Contribution, error) {
		now, err := b.Contribution(ctx)
		if err != nil {
			return now, err
		}
		s := now.Settings
		if use != "limits" {
			s.Enabled = enable
		}
		for _, l := range []struct {
			flag     string
			from, to *int64
		}{{"disk", &want.Disk, &s.Disk}, {"upload", &want.Upload, &s.Upload}, {"download", &want.Download, &s.Download}} {
			if f.Changed(l.flag) {
				*l.to = *l.from
			}
		}
		if f.Changed("max-jobs") {
			s.MaxJobs = want.MaxJobs
		}
		return b.SetContribution(ctx, s)
	}, p.showContribution)
	return c
}

func (p *program) showContribution(c view.Contribution) {
	state := "off"
	if c.Settings.Enabled {
		state = "on"
	}
	p.facts(
		"contributing", state,
		"why", c.Status.Why,
		"disk", fmt.Sprintf("%s used of %s", bytesText(c.DiskUsed), limitText(c.Settings.Disk)),
		"upload", limitText(c.Settings.Upload),
		"download", limitText(c.Settings.Download),
		"jobs at a time", c.Settings.MaxJobs,
		"earned, not paid yet", fmt.Sprintf("%v SCC", c.Earned),
		"credit for the next coinbases", fmt.Sprintf("%v SCC", c.Credit),
	)
	var rows [][]any
	for _, w := range c.Work {
		rows = append(rows, []any{short(w.Job), w.Dapp, w.Name, w.State, w.Ticketed, w.Recorded, w.Why})
	}
	if len(rows) > 0 {
		p.say("")
		p.table("JOB|DAPP|NAME|STATE|EARNED|RECORDED|WHY", rows, "")
	}
}
