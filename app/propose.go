package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
)

const proposeLong = `Make a transaction of a shared account for its members to sign, and tell them. It is
not signed by that, by you neither: “supercomputing account sign” does.

--account can be left out when there is only one.`

// proposal is what all kinds of proposal have in common.
type proposal struct {
	account, note string
	rate          int64
}

func (p *program) proposeCommand() *cobra.Command {
	var o proposal
	c := group("propose", "Make a transaction of a shared account for the members to sign", proposeLong,
		p.proposePay(&o), p.proposePost(&o), p.proposeJob(&o), p.proposeListing(&o), p.proposeDapp(&o), p.proposeRaise(&o), p.proposeFinish(&o))
	f := c.PersistentFlags()
	f.StringVar(&o.account, "account", "", "the account, by name or id")
	f.StringVar(&o.note, "note", "", "what it is for, for the other members")
	f.Int64Var(&o.rate, "fee-rate", 0, "units of 10^-8 SCC per virtual byte (default: estimated)")
	return c
}

// proposing makes the run function of one kind: fill completes the request.
func (p *program) proposing(o *proposal, fill func(ctx context.Context, b view.Backend, args []string, req *view.ProposalRequest) error) func(*cobra.Command, []string) error {
	name, names := "", people(nil)
	return asking(p, func(ctx context.Context, b view.Backend, args []string) (pr view.Proposal, err error) {
		req := view.ProposalRequest{Note: o.note, FeeRate: o.rate}
		if err := fill(ctx, b, args, &req); err != nil {
			return pr, err
		}
		a, err := findAccount(ctx, b, o.account)
		if err != nil {
			return pr, err
		}
		if names, err = p.people(ctx, b); err != nil {
			return pr, err
		}
		req.Account, name = a.ID, a.Name
		return b.Propose(ctx, req)
	}, func(pr view.Proposal) {
		p.showProposal(pr, name, names)
		p.say("\nSign it:  supercomputing account sign %s", pr.ID)
	})
}

func (p *program) proposePay(o *proposal) *cobra.Command {
	c := &cobra.Command{
		Use: "pay ADDRESS|CONTACT AMOUNT …", Short: "Propose a payment", Args: exactly("ADDRESS|CONTACT", "AMOUNT …"),
		Long:    "Propose a payment to one or more addresses. The amount “all” for the first one sends\neverything that the others and the fee leave.",
		Example: "  supercomputing account propose pay sc1p… 2 --note \"the new roof\"\n  supercomputing account propose pay Alice all --account family",
	}
	c.RunE = p.proposing(o, func(ctx context.Context, b view.Backend, args []string, req *view.ProposalRequest) (err error) {
		if req.Outputs, req.All, err = payments(args); err != nil {
			return err
		}
		return resolvePayments(ctx, b, req.Outputs)
	})
	return c
}

func (p *program) proposePost(o *proposal) *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "post [TEXT]", Short: "Propose a public post in the account's name", Args: exactly("[TEXT]"),
		Long:    "Propose a public post, signed by the account. Its first line is its title.",
		Example: "  supercomputing account propose post --file news.txt",
	}
	c.Flags().StringVar(&file, "file", "", "read the text from this file")
	c.RunE = p.proposing(o, func(_ context.Context, _ view.Backend, args []string, req *view.ProposalRequest) (err error) {
		if req.Post, err = p.text(optional(args, 0), file); err == nil && req.Post == "" {
			err = &usageError{errors.New("nothing to post"), "give a text, --file, or “-” for standard input"}
		}
		return err
	})
	return c
}

func (p *program) proposeJob(o *proposal) *cobra.Command {
	var job view.DownloadRequest
	var keep string
	c := &cobra.Command{
		Use: "job FILE", Short: "Propose a job that the account pays and this node runs", Args: exactly("FILE"),
		Long: `Propose a download job: the account pays its bid, this node hands out the file,
checks the others' work and reports it. The file must stay where it is.`,
		Example: "  supercomputing account propose job dataset.tar --bid 20 --keep 30d",
	}
	downloadFlags(c, &job, &keep)
	c.RunE = p.proposing(o, func(_ context.Context, _ view.Backend, args []string, req *view.ProposalRequest) error {
		req.Job = &job
		return completeDownload(&job, args[0], keep)
	})
	return c
}

func (p *program) proposeListing(o *proposal) *cobra.Command {
	var d listingDraft
	c := &cobra.Command{
		Use: "listing TITLE", Short: "Propose an advertisement in the account's name", Args: exactly("TITLE"),
		Long:    "Propose an advertisement of the account; see “supercomputing market post --help”.",
		Example: "  supercomputing account propose listing \"Rooms for meetings\" --service --price 5",
	}
	d.flags(c)
	c.RunE = p.proposing(o, func(_ context.Context, _ view.Backend, args []string, req *view.ProposalRequest) error {
		l, err := d.request(c, p, args[0])
		req.Listing = &l
		return err
	})
	return c
}

func (p *program) proposeDapp(o *proposal) *cobra.Command {
	var d view.DappRequest
	c := &cobra.Command{
		Use: "dapp NAME", Short: "Propose to register a dapp whose developer is the account", Args: exactly("NAME"),
		Long:    "Propose to register a dapp; its developer's share goes to the account.",
		Example: "  supercomputing account propose dapp weather --version 1.0 --manifest weather.json",
	}
	dappFlags(c, &d)
	c.RunE = p.proposing(o, func(_ context.Context, _ view.Backend, args []string, req *view.ProposalRequest) error {
		req.Dapp = &d
		return completeDapp(&d, args[0])
	})
	return c
}

func (p *program) proposeRaise(o *proposal) *cobra.Command {
	return &cobra.Command{
		Use: "raise JOB COINS", Short: "Propose to add to the bid of one of the account's jobs", Args: exactly("JOB", "COINS"),
		Long:    "Propose to add to the bid of one of the account's jobs; its time starts again.",
		Example: "  supercomputing account propose raise 3f2a91bc 5",
		RunE: p.proposing(o, func(ctx context.Context, b view.Backend, args []string, req *view.ProposalRequest) error {
			added, err := amount(args[1])
			if err != nil {
				return err
			}
			id, err := anyJobID(ctx, b, args[0])
			req.Raise = &view.RaiseRequest{Job: id, Added: added}
			return err
		}),
	}
}

func (p *program) proposeFinish(o *proposal) *cobra.Command {
	return &cobra.Command{
		Use: "finish JOB", Short: "Propose to end one of the account's jobs", Args: exactly("JOB"),
		Long:    "Propose to end one of the account's jobs. Its bid is not refunded: what is\nscored for nobody goes to all contributing nodes.",
		Example: "  supercomputing account propose finish 3f2a91bc",
		RunE: p.proposing(o, func(ctx context.Context, b view.Backend, args []string, req *view.ProposalRequest) (err error) {
			req.Finish, err = anyJobID(ctx, b, args[0])
			return err
		}),
	}
}
