package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"supercomputing/app/config"
	"supercomputing/app/view"
)

const contributeLong = `Work for others and earn. While it is on, this machine takes open jobs, best
paid first, within the limits set here. The limits last over restarts.

SCORE is what your work for a job counts so far, in parts of its bid; ON CHAIN is
what is recorded of it. It is not coins yet: nodes get 60 % of bids, by their scores,
in coinbases.

Rendering needs Blender or POV-Ray on this machine, and a sandbox (bubblewrap) for
the scenes of strangers; what is there and what is missing is shown.`

func (p *program) contributeCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "contribute",
		Short:   "Work for others and earn; shows what is being done and why",
		Long:    contributeLong,
		Example: "  supercomputing contribute\n  supercomputing contribute on --disk 50GiB --upload 4MiB/s --cores 4 --memory 8GiB",
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
		Long:    short + ".\nLimits that are not named stay as they are. They last over restarts.",
		Example: "  supercomputing contribute " + use + " --disk 50GiB --download unlimited --cores 4 --memory half"}
	f := c.Flags()
	f.Var(sizeFlag{&want.Disk}, "disk", "disk for all jobs together, such as 50GiB or unlimited")
	f.Var(rateFlag{&want.Upload}, "upload", "upload rate, such as 4MiB/s or unlimited")
	f.Var(rateFlag{&want.Download}, "download", "download rate, such as 4MiB/s or unlimited")
	f.IntVar(&want.MaxJobs, "max-jobs", 0, "jobs at a time")
	f.Var(coresFlag{&want.Cores}, "cores", "processor cores for rendering, such as 4 or all")
	f.Var(memoryFlag{&want.Memory}, "memory", "memory for rendering, such as 8GiB or half (of this machine's)")
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
		}{{"disk", &want.Disk, &s.Disk}, {"upload", &want.Upload, &s.Upload}, {"download", &want.Download, &s.Download},
			{"memory", &want.Memory, &s.Memory}} {
			if f.Changed(l.flag) {
				*l.to = *l.from
			}
		}
		if f.Changed("max-jobs") {
			s.MaxJobs = want.MaxJobs
		}
		if f.Changed("cores") {
			s.Cores = want.Cores
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
		"cores", coresText(c.Settings.Cores),
		"memory", memoryText(c.Settings.Memory),
		"score not on the chain yet", c.Earned,
		"coins for the next coinbases", coins(c.Credit),
	)
	var rows [][]any
	for _, w := range c.Work {
		rows = append(rows, []any{short(w.Job), w.Dapp, w.Name, w.State, w.Ticketed, w.Recorded, w.Why})
	}
	if len(rows) > 0 {
		p.say("")
		p.table("JOB|DAPP|NAME|STATE|SCORE|ON CHAIN|WHY", rows, "")
	}
	rows = nil
	for _, e := range c.Engines {
		rows = append(rows, []any{engineText(e.Name, ""), e.Version, yesNo(e.Usable), e.Why})
	}
	if len(rows) > 0 {
		p.say("")
		p.table("ENGINE|VERSION|USABLE|WHY", rows, "")
	}
}

// coresText writes a number of cores, 0 meaning all.
func coresText(n int) string {
	if n == 0 {
		return "all"
	}
	return fmt.Sprint(n)
}

// memoryText writes a limit of memory, 0 meaning half of the machine's.
func memoryText(n int64) string {
	if n == 0 {
		return "half of this machine's"
	}
	return bytesText(n)
}

// coresFlag and memoryFlag read these limits from the command line.
type (
	coresFlag  struct{ n *int }
	memoryFlag struct{ n *int64 }
)

func (f coresFlag) String() string { return "" }
func (f coresFlag) Type() string   { return "number" }
func (f coresFlag) Set(s string) error {
	if strings.EqualFold(s, "all") {
		*f.n = 0
		return nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return fmt.Errorf("%q is not a number of cores such as 4, or all", s)
	}
	*f.n = n
	return nil
}

func (f memoryFlag) String() string { return "" }
func (f memoryFlag) Type() string   { return "size" }
func (f memoryFlag) Set(s string) error {
	v, err := config.ParseMemory(s)
	*f.n = int64(v)
	return err
}
