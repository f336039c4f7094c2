package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
)

const contributeLong = `Work for others and earn. While it is on, this machine takes open jobs, best
paid first, within the limits set here. The limits last over restarts.

There are two sets of limits: one while nobody uses the machine, and one while
somebody does. Work pauses outside your hours, on the battery, when it gets hot and
so on, as you set it; what is under way is suspended and goes on later. Every reason
is shown.

SCORE is what your work for a job counts so far, in parts of its bid; ON CHAIN is
what is recorded of it. It is not coins yet: nodes get 60 % of bids, by their scores,
in coinbases.

Rendering needs Blender or POV-Ray on this machine, and a sandbox (bubblewrap) for
the scenes of strangers; what is there and what is missing is shown.`

func (p *program) contributeCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "contribute",
		Short: "Work for others and earn; shows what is being done and why",
		Long:  contributeLong,
		Example: "  supercomputing contribute\n  supercomputing contribute on --disk 50GiB --upload 4MiB/s --cores 4 --memory 8GiB\n" +
			"  supercomputing contribute limits --hours \"mon-fri 18-24, sat-sun 0-24\" --in-use-cpu 25 --max-celsius 80\n" +
			"  supercomputing contribute snooze 1h",
		Args: exactly(),
		RunE: asking(p, func(ctx context.Context, b view.Backend, _ []string) (view.Contribution, error) {
			return b.Contribution(ctx)
		}, p.showContribution),
	}
	c.AddCommand(p.contributeSwitch("on", "Switch contributing on", true), p.contributeSwitch("off", "Switch contributing off", false))
	limits := p.contributeSwitch("limits", "Change limits and rules only", false)
	limits.Aliases = []string{"set"}
	c.AddCommand(limits, p.contributeSnooze())
	return c
}

// contributeSwitch makes on, off and limits: the present settings with the
// flags that were given laid over them.
func (p *program) contributeSwitch(use, short string, enable bool) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: exactly(),
		Long: short + ".\nWhat is not named stays as it is. All of it lasts over restarts.",
		Example: "  supercomputing contribute " + use + " --disk 50GiB --download unlimited --cores 4 --memory half\n" +
			"  supercomputing contribute " + use + " --in-use-cpu 25 --in-use-cores half --pause-on-battery --pause-for steam,blender"}
	changes := new(contributeChanges)
	for _, set := range contributeFlags() {
		f := c.Flags().VarPF(&contributeFlag{set, changes}, set.name, "", set.usage)
		if set.kind == "yes or no" {
			f.NoOptDefVal = "yes"
		}
	}
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, _ []string) (view.Contribution, error) {
		now, err := b.Contribution(ctx)
		if err != nil {
			return now, err
		}
		s := now.Settings
		if use != "limits" {
			s.Enabled = enable
		}
		changes.cores = now.Machine.Cores
		if err := changes.apply(&s); err != nil {
			return now, err
		}
		return b.SetContribution(ctx, s)
	}, p.showContribution)
	return c
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
