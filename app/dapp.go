package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
)

const dappLong = `Dapps are the kinds of work that jobs can ask for. Who registers one is its
developer, and gets a share of what jobs of that kind pay.`

func (p *program) dappCommand() *cobra.Command {
	return group("dapp", "Look at kinds of work and their income, and register your own", dappLong,
		p.dappList(), p.dappShow(), p.dappRegister())
}

func (p *program) dappList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List all dapps with their income", Args: exactly(),
		Long:    "List all dapps of the network with their bids and income over the newest epochs.",
		Example: "  supercomputing dapp list",
		RunE: asking(p, func(ctx context.Context, b view.Backend, _ []string) ([]view.Dapp, error) {
			return b.Dapps(ctx)
		}, func(list []view.Dapp) {
			var rows [][]any
			for _, d := range list {
				rows = append(rows, []any{d.Name, d.Version, dappState(d), d.Jobs, d.Bids, d.Income, d.Scores, short(d.Developer), short(d.ID)})
			}
			p.table("NAME|VERSION||JOBS|BIDS|INCOME|WORK|DEVELOPER|ID", rows, "No dapps are registered.")
			if len(list) > 0 {
				p.say("\nSums of the last %s.", count(list[0].Epochs, "epoch"))
			}
			for _, d := range list {
				for _, w := range d.Warnings {
					p.warnings("", []string{d.Name + ": " + w})
				}
			}
		}),
	}
}

func dappState(d view.Dapp) string {
	switch {
	case d.Mine:
		return "yours"
	case d.Builtin:
		return "built in"
	case d.Supported:
		return "supported"
	}
	return ""
}

func (p *program) dappShow() *cobra.Command {
	return &cobra.Command{
		Use: "show NAME|ID", Short: "Show a dapp and its income by epoch", Args: exactly("NAME|ID"),
		Long:    "Show a dapp and its income by epoch, newest first, by its name or its id.",
		Example: "  supercomputing dapp show download",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (view.DappDetail, error) {
			d, err := b.Dapp(ctx, args[0])
			if err == nil || len(args[0]) >= wholeID || !errors.Is(err, view.ErrNotFound) {
				return d, err
			}
			list, lerr := b.Dapps(ctx)
			if lerr != nil {
				return d, lerr
			}
			found, perr := pick(args[0], "dapp", list, func(d view.Dapp) string { return d.ID })
			if errors.Is(perr, view.ErrNotFound) {
				return d, err
			} else if perr != nil {
				return d, perr
			}
			return b.Dapp(ctx, found.ID)
		}, p.showDapp),
	}
}

func (p *program) showDapp(d view.DappDetail) {
	block := ""
	if d.Height > 0 {
		block = fmt.Sprint(d.Height)
	}
	p.facts("dapp", d.ID, "name", d.Name, "version", d.Version, "manifest", d.Manifest, "developer", d.Developer, "state", dappState(d.Dapp),
		"this program can do it", yesNo(d.Supported), "registered in block", block,
		"over the last", count(d.Epochs, "epoch"), "jobs", d.Jobs, "bids", coins(d.Bids), "developer's income", coins(d.Income), "work", d.Scores)
	p.warnings("", d.Warnings)
	var rows [][]any
	for _, e := range d.ByEpoch {
		rows = append(rows, []any{e.Epoch, timeText(e.Start), e.Jobs, e.Bids, e.Income, e.Scores})
	}
	p.say("")
	p.table("EPOCH|BEGAN|JOBS|BIDS|INCOME|WORK", rows, "Nothing has been done with it in these epochs.")
}

// dappFlags add what a registration is asked for with.
func dappFlags(c *cobra.Command, d *view.DappRequest) {
	c.Flags().StringVar(&d.Version, "version", "", "its version")
	c.Flags().StringVar(&d.Manifest, "manifest", "", "the file that describes it; its hash is registered")
}

func completeDapp(d *view.DappRequest, name string) (err error) {
	d.Name = name
	if d.Version == "" || d.Manifest == "" {
		return &usageError{errors.New("a dapp needs a version and a manifest"), "give --version and --manifest"}
	}
	d.Manifest, err = absolute(d.Manifest)
	return err
}

func (p *program) dappRegister() *cobra.Command {
	var d view.DappRequest
	var yes bool
	c := &cobra.Command{
		Use: "register NAME", Short: "Become the developer of a dapp", Args: exactly("NAME"),
		Long: `Register a dapp: its name, version and the hash of its manifest. Your address becomes
its developer's. The price is shown and asked about first.`,
		Example: "  supercomputing dapp register weather --version 1.0 --manifest weather.json",
	}
	dappFlags(c, &d)
	yesFlag(c, &yes)
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (s view.Sent, err error) {
		if err := completeDapp(&d, args[0]); err != nil {
			return s, err
		}
		q, err := b.QuoteDapp(ctx, d)
		if err != nil {
			return s, err
		}
		if !q.Affordable {
			return s, view.Errorf(view.CodeFunds, "the registration costs %v, more than can be spent now; nothing was paid", coins(q.Price))
		}
		p.quote("dapp", d.Name, "version", d.Version, "manifest", q.ManifestHash, "price", coins(q.Price))
		p.aside("! ", q.Warnings)
		if err := p.confirm(fmt.Sprintf("Pay %v?", coins(q.Price)), yes); err != nil {
			return s, err
		}
		return b.RegisterDapp(ctx, d)
	}, func(s view.Sent) { p.say("%s", s.TxID) })
	return c
}
