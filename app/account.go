package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
)

const accountLong = `Shared accounts: several members, one address. All members sign (MuSig2: on the
chain that looks like one person), or any K of them.

  1. Each member prints a line:      supercomputing account key
  2. One makes the account of them:  supercomputing account create family LINE LINE
     and gives the others its descriptor line, or an invitation (--invite):
                                     supercomputing account import DESCRIPTOR
  3. A member proposes a payment:    supercomputing account propose pay sc1p… 2
  4. The others look and sign:       supercomputing account sign PROPOSAL

Proposals and signatures travel as messages between the members' nodes, or as
PSBT files (export, import-psbt). What a proposal does is computed from its
transaction, never taken from what its proposer says.

ACCOUNT is an account's name, its id, or the beginning of its id.`

func (p *program) accountCommand() *cobra.Command {
	return group("account", "Hold coins together with others: shared accounts", accountLong,
		p.accountKey(), p.accountCreate(), p.accountImport(), p.accountList(), p.accountShow(), p.accountEdit(), p.accountMember(),
		p.accountRemove(), p.accountAddress(), p.accountHistory(),
		p.proposeCommand(), p.proposalList(), p.proposalShow(), p.proposalSign(), p.proposalDecline(), p.proposalRestart(), p.proposalForget(),
		p.psbtExport(), p.psbtImport(), p.routineCommand())
}

func (p *program) accountKey() *cobra.Command {
	return &cobra.Command{
		Use: "key", Short: "Print your line for a new shared account", Args: exactly(),
		Long: `Print your part of a new shared account as one line: a public key, your address
and, where correspondents are told (“supercomputing message settings”), the place
where your node is reached, so that an invitation finds it. Give it to whoever
makes the account. It holds no secret, but whoever knows it can see what the
account will hold.`,
		Example: "  supercomputing account key",
		RunE: asking(p, func(ctx context.Context, b view.Backend, _ []string) (view.AccountKey, error) {
			return b.AccountKey(ctx)
		}, func(k view.AccountKey) { p.say("%s", clean(k.Line)) }),
	}
}

const accountCreateLong = `Make a shared account of the members' lines, yours among them. --required K lets
any K members sign; without it all must. Each member has to make the account, too:
from the same lines, from the descriptor that this prints, or from an invitation.

Compare the account's address with the other members by another way than the one
the lines came by: it is the same for all, or somebody exchanged a line.`

func (p *program) accountCreate() *cobra.Command {
	var req view.CreateAccountRequest
	var file string
	c := &cobra.Command{
		Use: "create NAME LINE…", Short: "Make a shared account of the members' lines", Long: accountCreateLong, Args: exactly("NAME", "[LINE]…"),
		Example: "  supercomputing account create family \"$(supercomputing account key)\" \"[5a0c…] sc1p…\" --invite\n" +
			"  supercomputing account create club --required 2 --lines members.txt",
	}
	f := c.Flags()
	f.IntVar(&req.Required, "required", 0, "how many members must sign (default: all)")
	f.BoolVar(&req.Invite, "invite", false, "send the other members an invitation as a message")
	f.StringVar(&file, "lines", "", "read lines from this file, one member each; “-” for standard input")
	var waiting []string
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (a view.Account, err error) {
		req.Name, req.Members = args[0], args[1:]
		if file != "" {
			text, err := p.text("", file)
			if err != nil {
				return a, err
			}
			for line := range strings.Lines(text) {
				if line = strings.TrimSpace(line); line != "" {
					req.Members = append(req.Members, line)
				}
			}
		}
		if len(req.Members) < 2 {
			return a, &usageError{errors.New("a shared account needs at least two members' lines"), "each member prints one with “supercomputing account key”"}
		}
		if a, err = b.CreateAccount(ctx, req); err == nil && !p.json {
			waiting = p.undelivered(ctx, b, a.Invitations)
		}
		return a, err
	}, func(a view.Account) {
		p.showAccount(a)
		for _, w := range waiting {
			p.warnings("", []string{w})
		}
	})
	return c
}

// undelivered waits a moment for invitations, and says which have not arrived.
func (p *program) undelivered(ctx context.Context, b view.Backend, list []view.Invitation) (out []string) {
	for look := 0; ; look++ {
		out = nil
		open := false
		for _, v := range list {
			why, how := v.Problem, "was not sent"
			if v.Message != "" {
				m, err := b.Message(ctx, v.Message)
				switch {
				case err != nil:
					why, how = explain(err).Message, "was written"
				case m.Status != view.MessageDelivered && m.Status != view.MessageRead:
					why, how, open = statusText(m), "is not delivered yet", true
				}
			}
			if why != "" {
				out = append(out, fmt.Sprintf("the invitation to %s %s: %s", nameOr(v.Name, v.Address), how, why))
			}
		}
		if !open || look == len(deliveryLooks) {
			return out
		}
		p.pause(ctx, deliveryLooks[look])
	}
}

func (p *program) accountImport() *cobra.Command {
	var req view.ImportAccountRequest
	c := &cobra.Command{
		Use: "import [DESCRIPTOR]", Short: "Take a shared account from its descriptor line or an invitation", Args: exactly("[DESCRIPTOR]"),
		Long: `Take a shared account from its descriptor line (BIP 380, with its checksum), or from
the invitation that a message carries. The node looks through the chain for what
the account holds, which may take a while.`,
		Example: "  supercomputing account import \"tr(musig(…)/<0;1>/*)#abcdefgh\" --name family\n  supercomputing account import --message 3f2a91bc",
	}
	c.Flags().StringVar(&req.Name, "name", "", "what you call it")
	c.Flags().StringVar(&req.Message, "message", "", "the message that carries the invitation")
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (a view.Account, err error) {
		if len(args) > 0 == (req.Message != "") {
			return a, &usageError{errors.New("give either a descriptor or, with --message, an invitation"), ""}
		}
		if len(args) > 0 {
			if req.Descriptor, err = p.text(args[0], ""); err != nil {
				return a, err
			}
		} else {
			m, err := findMessage(ctx, b, req.Message)
			if err != nil {
				return a, err
			}
			req.Message = m.ID
		}
		return b.ImportAccount(ctx, req)
	}, p.showAccount)
	return c
}

func (p *program) accountList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List shared accounts", Args: exactly(),
		Long:    "List the shared accounts of this wallet.",
		Example: "  supercomputing account list",
		RunE: asking(p, func(ctx context.Context, b view.Backend, _ []string) ([]view.Account, error) {
			return b.Accounts(ctx)
		}, func(list []view.Account) {
			var rows [][]any
			for _, a := range list {
				rows = append(rows, []any{a.Name, signers(a), a.Balance.Total, a.Open, a.ToSign, a.Role, short(a.ID)})
			}
			p.table("NAME|SIGN|BALANCE|PROPOSALS|FOR YOU|ROLE|ID", rows, "No shared accounts. “supercomputing account --help” tells how to make one.")
			for _, a := range list {
				if a.Problem != "" {
					p.say("%s: %s", clean(a.Name), clean(a.Problem))
				}
			}
		}),
	}
}

// signers says how many of how many members must sign.
func signers(a view.Account) string {
	if len(a.Members) == 0 {
		return "" // it does not open
	}
	if a.Required == len(a.Members) {
		return fmt.Sprintf("all %d", len(a.Members))
	}
	return fmt.Sprintf("%d of %d", a.Required, len(a.Members))
}

// findAccount finds an account by name, id or the beginning of its id; "" is
// the only one there is.
func findAccount(ctx context.Context, b view.Backend, given string) (view.Account, error) {
	list, err := b.Accounts(ctx)
	if err != nil {
		return view.Account{}, err
	}
	if given != "" {
		return pickNamed(given, "account", list, func(a view.Account) (string, string) { return a.ID, a.Name })
	}
	switch len(list) {
	case 0:
		return view.Account{}, view.Errorf(view.CodeNotFound, "there are no shared accounts").
			WithHint("“supercomputing account --help” tells how to make one")
	case 1:
		return list[0], nil
	}
	var names []string
	for _, a := range list {
		names = append(names, clean(a.Name))
	}
	return view.Account{}, &usageError{fmt.Errorf("there are %d shared accounts", len(list)), "say which one: " + strings.Join(names, ", ")}
}

func (p *program) accountShow() *cobra.Command {
	return &cobra.Command{
		Use: "show [ACCOUNT]", Short: "Show a shared account and its members", Args: exactly("[ACCOUNT]"),
		Long:    "Show a shared account: members, balance, first address and descriptor. ACCOUNT can\nbe left out when there is only one.",
		Example: "  supercomputing account show family",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (view.Account, error) {
			a, err := findAccount(ctx, b, optional(args, 0))
			if err != nil {
				return a, err
			}
			return b.Account(ctx, a.ID)
		}, p.showAccount),
	}
}

// optional is an argument that may be missing.
func optional(args []string, i int) string {
	if i < len(args) {
		return args[i]
	}
	return ""
}

func (p *program) showAccount(a view.Account) {
	how := signers(a)
	if a.MuSig2 {
		how += ", as one key (MuSig2)"
	}
	proposals := ""
	if a.Open > 0 {
		proposals = fmt.Sprintf("%d open, %d for you to sign", a.Open, a.ToSign)
	}
	p.facts("account", a.ID, "name", a.Name, "problem", clean(a.Problem), "signatures needed", how, "role", a.Role, "balance", coins(a.Balance.Total),
		"spendable", coins(a.Balance.Spendable), "coming in", positive(a.Balance.Pending), "ripening", positive(a.Balance.Immature),
		"credit, not paid out yet", positive(a.Balance.Credit), "proposals", proposals,
		"first address", a.Address, "descriptor", a.Descriptor)
	var rows [][]any
	for _, m := range a.Members {
		state := ""
		switch {
		case m.Me:
			state = "you"
		case m.Online:
			state = "online"
		}
		rows = append(rows, []any{m.Name, state, m.Fingerprint, m.Address})
	}
	p.say("")
	p.table("MEMBER||FINGERPRINT|ADDRESS", rows, "No members.")
	p.warnings("", a.Warnings)
}

func (p *program) accountEdit() *cobra.Command {
	var name string
	c := &cobra.Command{
		Use: "edit ACCOUNT", Short: "Rename a shared account", Args: exactly("ACCOUNT"),
		Long:    "Rename a shared account. Its name is yours alone.",
		Example: "  supercomputing account edit family --name household",
	}
	c.Flags().StringVar(&name, "name", "", "the new name")
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (view.Account, error) {
		if !c.Flags().Changed("name") {
			return view.Account{}, &usageError{errors.New("nothing to change"), "give a new --name"}
		}
		a, err := findAccount(ctx, b, args[0])
		if err != nil {
			return a, err
		}
		return b.EditAccount(ctx, view.EditAccountRequest{ID: a.ID, Name: &name})
	}, p.showAccount)
	return c
}

func (p *program) accountMember() *cobra.Command {
	var name, where string
	c := &cobra.Command{
		Use: "member ACCOUNT MEMBER", Short: "Tell a member's name and address", Args: exactly("ACCOUNT", "MEMBER"),
		Long: `Tell a member's name, and the address that proposals are sent to. MEMBER is the
fingerprint of the member's key, or the name given before.`,
		Example: "  supercomputing account member family 5a0c9f3e --name Alice --address sc1p…",
	}
	c.Flags().StringVar(&name, "name", "", "what you call the member")
	c.Flags().StringVar(&where, "address", "", "the member's address, or the name of a contact")
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (a view.Account, err error) {
		var req view.EditAccountRequest
		if c.Flags().Changed("name") {
			req.MemberName = &name
		}
		if c.Flags().Changed("address") {
			if where, err = address(ctx, b, where); err != nil {
				return a, err
			}
			req.MemberAddress = &where
		}
		if req.MemberName == nil && req.MemberAddress == nil {
			return a, &usageError{errors.New("nothing to change"), "give a --name or an --address"}
		}
		if a, err = findAccount(ctx, b, args[0]); err != nil {
			return a, err
		}
		m, err := pickNamed(args[1], "member", a.Members, func(m view.AccountMember) (string, string) { return m.Fingerprint, m.Name })
		if err != nil {
			return a, err
		}
		req.ID, req.Member = a.ID, m.Fingerprint
		return b.EditAccount(ctx, req)
	}, p.showAccount)
	return c
}

func (p *program) accountRemove() *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use: "remove ACCOUNT", Short: "Forget a shared account here", Args: exactly("ACCOUNT"),
		Long: `Forget a shared account on this node. Its coins stay where they are, and its
descriptor line brings it back; the line is shown first. Keep it.`,
		Example: "  supercomputing account remove family",
	}
	yesFlag(c, &yes)
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (struct{}, error) {
		a, err := findAccount(ctx, b, args[0])
		if err != nil {
			return struct{}{}, err
		}
		p.quote("account", a.Name, "balance", coins(a.Balance.Total), "descriptor", a.Descriptor)
		if err := p.confirm("Forget it here? Only its descriptor brings it back.", yes); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, b.RemoveAccount(ctx, a.ID)
	}, func(struct{}) { p.say("Done.") })
	return c
}

func (p *program) accountAddress() *cobra.Command {
	return &cobra.Command{
		Use: "address [ACCOUNT]", Short: "Give a fresh address of a shared account", Args: exactly("[ACCOUNT]"),
		Long:    "Give a fresh address to receive coins at into a shared account.",
		Example: "  supercomputing account address family",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (view.AddressInfo, error) {
			a, err := findAccount(ctx, b, optional(args, 0))
			if err != nil {
				return view.AddressInfo{}, err
			}
			return b.AccountAddress(ctx, a.ID)
		}, func(a view.AddressInfo) { p.say("%s", a.Address) }),
	}
}

func (p *program) accountHistory() *cobra.Command {
	var page view.Page
	c := &cobra.Command{
		Use: "history [ACCOUNT]", Short: "List a shared account's movements, newest first", Args: exactly("[ACCOUNT]"),
		Long:    "List a shared account's movements, newest first.",
		Example: "  supercomputing account history family --limit 10",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) ([]view.Movement, error) {
			a, err := findAccount(ctx, b, optional(args, 0))
			if err != nil {
				return nil, err
			}
			return b.AccountHistory(ctx, a.ID, page)
		}, func(list []view.Movement) {
			p.showHistory(list, "Nothing has moved yet. “supercomputing account address” gives an address.")
		}),
	}
	pageFlags(c, &page, 50)
	return c
}
