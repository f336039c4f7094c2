package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
)

// findProposal finds a proposal by its id or the beginning of it.
func findProposal(ctx context.Context, b view.Backend, given string) (view.Proposal, error) {
	if len(given) < wholeID {
		list, err := b.Proposals(ctx, "")
		if err != nil {
			return view.Proposal{}, err
		}
		pr, err := pick(given, "proposal", list, func(pr view.Proposal) string { return pr.ID })
		if err != nil {
			return pr, err
		}
		given = pr.ID
	}
	return b.Proposal(ctx, given)
}

// accountNames gives the accounts' names by id, for people.
func (p *program) accountNames(ctx context.Context, b view.Backend) (map[string]string, error) {
	names := make(map[string]string)
	if p.json {
		return names, nil
	}
	list, err := b.Accounts(ctx)
	for _, a := range list {
		names[a.ID] = a.Name
	}
	return names, err
}

func (p *program) proposalList() *cobra.Command {
	var names map[string]string
	return &cobra.Command{
		Use: "proposals [ACCOUNT]", Short: "List proposals, newest first", Args: exactly("[ACCOUNT]"),
		Long:    "List proposals of a shared account, or of all, newest first.",
		Example: "  supercomputing account proposals",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (_ []view.Proposal, err error) {
			if names, err = p.accountNames(ctx, b); err != nil {
				return nil, err
			}
			if len(args) == 0 {
				return b.Proposals(ctx, "")
			}
			a, err := findAccount(ctx, b, args[0])
			if err != nil {
				return nil, err
			}
			return b.Proposals(ctx, a.ID)
		}, func(list []view.Proposal) {
			var rows [][]any
			for _, pr := range list {
				you := ""
				if pr.CanSign {
					you = "sign"
				}
				rows = append(rows, []any{short(pr.ID), nameOr(names[pr.Account], pr.Account), pr.State, fmt.Sprintf("%d of %d", pr.Signed, pr.Required), you, pr.Total, proposalKind(pr), firstLine(pr.Note, 40), timeText(pr.Created)})
			}
			p.table("PROPOSAL|ACCOUNT|STATE|SIGNED|YOU|PAYS|DOES|NOTE|MADE", rows, "No proposals. “supercomputing account propose” makes one.")
		}),
	}
}

// proposalKind says in a word what a proposal does.
func proposalKind(pr view.Proposal) string {
	if pr.Record != nil {
		return pr.Record.Kind
	}
	return "payment"
}

func (p *program) proposalShow() *cobra.Command {
	var names map[string]string
	var who people
	return &cobra.Command{
		Use: "proposal PROPOSAL", Short: "Show what a proposal would do and who has signed", Args: exactly("PROPOSAL"),
		Long: `Show what a proposal would do, computed from its transaction, and who has signed.
PROPOSAL is its id, or enough of the id's beginning.`,
		Example: "  supercomputing account proposal 3f2a91bc",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (pr view.Proposal, err error) {
			if names, err = p.accountNames(ctx, b); err != nil {
				return pr, err
			}
			if who, err = p.people(ctx, b); err != nil {
				return pr, err
			}
			return findProposal(ctx, b, args[0])
		}, func(pr view.Proposal) { p.showProposal(pr, names[pr.Account], who) }),
	}
}

// proposer says who made a proposal.
func proposer(pr view.Proposal) string {
	if pr.Mine {
		return "you"
	}
	return pr.Proposer
}

// showProposal prints what a proposal of an account of this name does; the
// proposer's own words come last and indented.
func (p *program) showProposal(pr view.Proposal, account string, names people) {
	signed := signedText(pr)
	if pr.Round > 0 {
		signed += fmt.Sprintf(", round %d of 2", pr.Round)
	}
	if pr.Attempt > 1 {
		signed += fmt.Sprintf(", attempt %d", pr.Attempt)
	}
	block := ""
	if pr.Height > 0 {
		block = fmt.Sprint(pr.Height)
	}
	p.facts("proposal", pr.ID, "account", named(account, pr.Account), "state", pr.State, "transaction", otherThan(pr.ID, pr.TxID), "in block", block,
		"leaves the account", coins(pr.Total), "of it bid", positive(pr.Bid), "of it fee", coins(pr.Fee), "size", fmt.Sprintf("%d virtual bytes", pr.VSize),
		"signed", signed, "waiting for", pr.Why, "proposed by", proposer(pr), "by the routine", pr.Routine,
		"made", timeText(pr.Created), "until", timeText(pr.Expires))
	var rows [][]any
	for _, o := range pr.Outputs {
		what, name := "pays", names[o.Address]
		if o.Change {
			what = "back to the account"
		}
		if name == "" {
			name = o.Name
		}
		rows = append(rows, []any{what, o.Amount, o.Address, name})
	}
	p.say("")
	p.table("DOES|AMOUNT|ADDRESS|NAME", rows, "It pays nobody.")
	if pr.Record != nil {
		p.say("\nIt carries: %s", clean(pr.Record.Kind))
		for _, f := range pr.Record.Fields {
			p.say("  %s:", clean(f.Name))
			p.lines("    ", f.Value)
		}
	}
	rows = nil
	for _, m := range pr.Members {
		name, state := m.Name, m.State
		if m.Me {
			name = strings.TrimSpace(name + " (you)")
		}
		if state == "" {
			state = "not yet"
		}
		rows = append(rows, []any{name, m.Fingerprint, state, timeText(m.Time), firstLine(m.Note, 60)})
	}
	p.say("")
	p.table("MEMBER|FINGERPRINT|STATE|TIME|NOTE", rows, "No members.")
	if pr.Note != "" {
		p.say("\nThe proposer's words:")
		p.lines("    ", pr.Note)
	}
	p.warnings("", pr.Warnings)
	if stuck(pr, p.now()) {
		p.say("\nThe rounds do not go on. “supercomputing account restart %s” begins them anew.", pr.ID)
	}
}

// stuckAfter is how long after the last member's answer a MuSig2 proposal whose
// members have all agreed is taken for stuck. Between nodes that are online the
// second round takes seconds.
const stuckAfter = 10 * time.Minute

// stuck reports whether all members of a MuSig2 proposal have agreed, and no
// signature comes.
func stuck(pr view.Proposal, now time.Time) bool {
	if pr.State != view.ProposalOpen || pr.Round == 0 {
		return false
	}
	last, in := pr.Created, 0
	for _, m := range pr.Members {
		if m.State == "refused" {
			return true
		}
		if m.State == "agreed" || m.State == "signed" {
			in++
		}
		if m.Time.After(last) {
			last = m.Time
		}
	}
	return in >= pr.Required && now.Sub(last) > stuckAfter
}

func (p *program) proposalSign() *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use: "sign PROPOSAL", Short: "Sign a proposal", Args: exactly("PROPOSAL"),
		Long: `Show what a proposal would do, computed from its transaction, and sign it when you
agree. A signature cannot be taken back. Where all members sign as one key
(MuSig2), nodes exchange messages in two rounds; keep the node running until
“supercomputing account proposal” tells that it was sent.`,
		Example: "  supercomputing account sign 3f2a91bc",
	}
	yesFlag(c, &yes)
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (view.Proposal, error) {
		pr, err := findProposal(ctx, b, args[0])
		if err != nil {
			return pr, err
		}
		names, err := p.accountNames(ctx, b)
		if err != nil {
			return pr, err
		}
		who, err := p.people(ctx, b)
		if err != nil {
			return pr, err
		}
		e := *p
		e.out = p.err // standard output is for the result
		e.showProposal(pr, names[pr.Account], who)
		if !pr.CanSign {
			why := pr.Why
			if why == "" {
				why = "it is " + pr.State
			}
			return pr, view.Errorf(view.CodeConflict, "it cannot be signed by you now: %s", clean(why))
		}
		if err := p.confirm(fmt.Sprintf("Sign that %v leave the account?", coins(pr.Total)), yes); err != nil {
			return pr, err
		}
		return b.SignProposal(ctx, view.SignRequest{ID: pr.ID, TxID: pr.TxID})
	}, p.showProgress)
	return c
}

// otherThan leaves out an id that was shown.
func otherThan(shown, id string) string {
	if id == shown {
		return ""
	}
	return id
}

// signedText says how many have signed, or, in MuSig2's first round, agreed:
// signatures can only come when all have.
func signedText(pr view.Proposal) string {
	if pr.State != view.ProposalOpen || pr.Round != 1 {
		return fmt.Sprintf("%d of %d", pr.Signed, pr.Required)
	}
	agreed := 0
	for _, m := range pr.Members {
		if m.State == "agreed" {
			agreed++
		}
	}
	return fmt.Sprintf("agreed %d of %d; signatures follow by themselves", agreed, pr.Required)
}

// showProgress prints how far a proposal is.
func (p *program) showProgress(pr view.Proposal) {
	p.facts("proposal", pr.ID, "state", pr.State, "signed", signedText(pr), "waiting for", pr.Why, "transaction", otherThan(pr.ID, pr.TxID))
}

func (p *program) proposalDecline() *cobra.Command {
	return &cobra.Command{
		Use: "decline PROPOSAL [REASON]", Short: "Tell the members that you shall not sign", Args: exactly("PROPOSAL", "[REASON]"),
		Long:    "Tell the members that you shall not sign a proposal, and why if you like.",
		Example: "  supercomputing account decline 3f2a91bc \"too expensive\"",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (view.Proposal, error) {
			pr, err := findProposal(ctx, b, args[0])
			if err != nil {
				return pr, err
			}
			return b.DeclineProposal(ctx, view.DeclineRequest{ID: pr.ID, Reason: optional(args, 1)})
		}, p.showProgress),
	}
}

func (p *program) proposalRestart() *cobra.Command {
	return &cobra.Command{
		Use: "restart PROPOSAL", Short: "Begin the signing rounds anew", Args: exactly("PROPOSAL"),
		Long: `Begin the rounds of a MuSig2 proposal anew, with fresh nonces: when they are stuck
because a member's node was restarted or vanished in the middle. Who agreed stays
agreed, for it is the same transaction: nodes that are online make nonces and
signatures again by themselves. Only when a member begins anew again and again are
the others asked to sign once more.`,
		Example: "  supercomputing account restart 3f2a91bc",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (view.Proposal, error) {
			pr, err := findProposal(ctx, b, args[0])
			if err != nil {
				return pr, err
			}
			return b.RestartProposal(ctx, pr.ID)
		}, p.showProgress),
	}
}

func (p *program) proposalForget() *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use: "forget PROPOSAL", Short: "Remove a proposal here", Args: exactly("PROPOSAL"),
		Long:    "Remove a proposal that is over or was never sent. Signatures that others hold stay\nwith them.",
		Example: "  supercomputing account forget 3f2a91bc",
	}
	yesFlag(c, &yes)
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (struct{}, error) {
		pr, err := findProposal(ctx, b, args[0])
		if err != nil {
			return struct{}{}, err
		}
		p.quote("proposal", pr.ID, "state", pr.State, "leaves the account", coins(pr.Total))
		if err := p.confirm("Remove it here?", yes); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, b.ForgetProposal(ctx, pr.ID)
	}, func(struct{}) { p.say("Done.") })
	return c
}
