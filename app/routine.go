package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
)

const routineLong = `Routines propose by themselves, once each period of so many epochs: a sweep sends
what came in during the period and is unspent to another account, a task posts a
job. The members sign each proposal as any other.`

func (p *program) routineCommand() *cobra.Command {
	return group("routine", "Let this node propose by itself: sweeps and regular jobs", routineLong,
		p.routineList(), p.routineAdd(), p.routineRemove(),
		p.routinePause("pause", "Let a routine rest", true), p.routinePause("resume", "Let a routine propose again", false))
}

func (p *program) routineList() *cobra.Command {
	var names people
	return &cobra.Command{
		Use: "list [ACCOUNT]", Short: "List routines", Args: exactly("[ACCOUNT]"),
		Long:    "List the routines of a shared account, or of all.",
		Example: "  supercomputing account routine list",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (_ []view.Routine, err error) {
			if names, err = p.people(ctx, b); err != nil {
				return nil, err
			}
			if len(args) == 0 {
				return b.Routines(ctx, "")
			}
			a, err := findAccount(ctx, b, args[0])
			if err != nil {
				return nil, err
			}
			return b.Routines(ctx, a.ID)
		}, func(list []view.Routine) {
			var rows [][]any
			for _, r := range list {
				next := fmt.Sprintf("epoch %d", r.Next)
				if r.Paused {
					next = "paused"
				}
				rows = append(rows, []any{short(r.ID), r.Kind, routineWhat(r, names), count(int64(r.Epochs), "epoch"), next, short(r.Last), r.Problem})
			}
			p.table("ROUTINE|KIND|WHAT|EVERY|NEXT|LAST PROPOSAL|PROBLEM", rows, "No routines. “supercomputing account routine add” makes one.")
		}),
	}
}

// puttingRoutine makes the run function of a command that changes a routine and
// shows it: make gives what it shall be.
func (p *program) puttingRoutine(make func(ctx context.Context, b view.Backend, args []string) (view.Routine, error)) func(*cobra.Command, []string) error {
	var accounts map[string]string
	var names people
	return asking(p, func(ctx context.Context, b view.Backend, args []string) (r view.Routine, err error) {
		if r, err = make(ctx, b, args); err != nil {
			return r, err
		}
		if accounts, err = p.accountNames(ctx, b); err != nil {
			return r, err
		}
		if names, err = p.people(ctx, b); err != nil {
			return r, err
		}
		return b.PutRoutine(ctx, r)
	}, func(r view.Routine) { p.showRoutine(r, accounts, names) })
}

// routineWhat says what a routine proposes.
func routineWhat(r view.Routine, names people) string {
	if r.Job != nil {
		return fmt.Sprintf("%s for %v", r.Job.Path, coins(r.Job.Bid))
	}
	return "to " + names.named(r.To)
}

func (p *program) showRoutine(r view.Routine, accounts map[string]string, names people) {
	p.facts("routine", r.ID, "account", named(accounts[r.Account], r.Account), "kind", r.Kind, "proposes", routineWhat(r, names), "every", count(int64(r.Epochs), "epoch"),
		"next in epoch", r.Next, "paused", map[bool]string{true: "yes"}[r.Paused], "note", r.Note, "problem", r.Problem)
}

func (p *program) routineAdd() *cobra.Command {
	c := group("add", "Make a routine", "Make a routine: a sweep, or a task.", p.routineSweep(), p.routineTask())
	c.Example = "  supercomputing account routine add sweep --to sc1p… --epochs 30\n  supercomputing account routine add task dataset.tar --bid 20"
	return c
}

// routineFlags add what both kinds have in common.
func routineFlags(c *cobra.Command, r *view.Routine) {
	f := c.Flags()
	f.StringVar(&r.Account, "account", "", "the account, by name or id (default: the only one)")
	f.Uint64Var(&r.Epochs, "epochs", 0, "the period (default: 30 for a sweep, 1 for a task)")
	f.StringVar(&r.Note, "note", "", "what it is for, for the other members")
}

func (p *program) routineSweep() *cobra.Command {
	r := view.Routine{Kind: view.RoutineSweep}
	c := &cobra.Command{
		Use: "sweep", Short: "Send a period's unspent income to another account", Args: exactly(),
		Long:    "Propose, at the end of each period, to send what came in during it and is unspent to\nanother address, such as the reserve account's.",
		Example: "  supercomputing account routine add sweep --account foundation --to sc1p…",
	}
	routineFlags(c, &r)
	c.Flags().StringVar(&r.To, "to", "", "the address, contact or shared account that gets it")
	c.RunE = p.puttingRoutine(func(ctx context.Context, b view.Backend, _ []string) (_ view.Routine, err error) {
		if r.To == "" {
			return r, &usageError{errors.New("nobody to send to"), "name the reserve account's address with --to"}
		}
		a, err := findAccount(ctx, b, r.Account)
		if err != nil {
			return r, err
		}
		r.Account = a.ID
		if r.To, err = accountOrAddress(ctx, b, r.To); err != nil {
			return r, err
		}
		return r, nil
	})
	return c
}

// accountOrAddress is address that also knows shared accounts, by their first
// address.
func accountOrAddress(ctx context.Context, b view.Backend, given string) (string, error) {
	a, err := address(ctx, b, given)
	if err == nil || !errors.Is(err, view.ErrNotFound) {
		return a, err
	}
	if acc, aerr := findAccount(ctx, b, given); aerr == nil {
		return acc.Address, nil
	}
	return "", err
}

func (p *program) routineTask() *cobra.Command {
	r := view.Routine{Kind: view.RoutineTask, Job: new(view.DownloadRequest)}
	var keep string
	c := &cobra.Command{
		Use: "task FILE", Short: "Post a job once each period", Args: exactly("FILE"),
		Long:    "Propose a download job once each period, such as the daily task of the compute\nfund. This node runs the jobs; the file must stay where it is.",
		Example: "  supercomputing account routine add task dataset.tar --bid 20 --keep 1d",
	}
	routineFlags(c, &r)
	downloadFlags(c, r.Job, &keep)
	c.RunE = p.puttingRoutine(func(ctx context.Context, b view.Backend, args []string) (view.Routine, error) {
		if err := completeDownload(r.Job, args[0], keep); err != nil {
			return r, err
		}
		a, err := findAccount(ctx, b, r.Account)
		if err != nil {
			return r, err
		}
		r.Account = a.ID
		return r, nil
	})
	return c
}

func findRoutine(ctx context.Context, b view.Backend, given string) (view.Routine, error) {
	list, err := b.Routines(ctx, "")
	if err != nil {
		return view.Routine{}, err
	}
	return pick(given, "routine", list, func(r view.Routine) string { return r.ID })
}

func (p *program) routineRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove ROUTINE", Short: "Remove a routine", Args: exactly("ROUTINE"),
		Long:    "Remove a routine. What it has proposed stays.",
		Example: "  supercomputing account routine remove 3f2a91bc",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (struct{}, error) {
			r, err := findRoutine(ctx, b, args[0])
			if err != nil {
				return struct{}{}, err
			}
			return struct{}{}, b.DeleteRoutine(ctx, r.ID)
		}, func(struct{}) { p.say("Done.") }),
	}
}

func (p *program) routinePause(use, short string, paused bool) *cobra.Command {
	return &cobra.Command{
		Use: use + " ROUTINE", Short: short, Args: exactly("ROUTINE"),
		Long:    short + ". What it has proposed stays.",
		Example: "  supercomputing account routine " + use + " 3f2a91bc",
		RunE: p.puttingRoutine(func(ctx context.Context, b view.Backend, args []string) (view.Routine, error) {
			r, err := findRoutine(ctx, b, args[0])
			r.Paused = paused
			return r, err
		}),
	}
}
