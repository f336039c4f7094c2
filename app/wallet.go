package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

const walletLong = `Make, restore and use the wallet of a data directory.

create, restore, restore-backup, check and passphrase work on the wallet's files;
stop the node before the first three. The others ask the running node.`

func (p *program) walletCommand() *cobra.Command {
	return group("wallet", "Make, restore and use the wallet", walletLong,
		p.walletCreate(), p.walletRestore(), p.walletCheck(), p.walletPassphrase(), p.walletBackup(), p.walletRestoreBackup(),
		p.walletBalance(), p.walletReceive(), p.walletAddresses(), p.walletSend(), p.walletHistory(), p.walletLabel(),
		p.walletCoins(), p.walletFreeze("freeze", "Keep a coin from being spent", true),
		p.walletFreeze("unfreeze", "Let a frozen coin be spent again", false), p.walletBump())
}

func (p *program) walletBalance() *cobra.Command {
	return &cobra.Command{
		Use: "balance", Short: "Show what the wallet holds", Args: exactly(),
		RunE: asking(p, func(ctx context.Context, b view.Backend, _ []string) (view.Balance, error) {
			return b.Balance(ctx)
		}, func(v view.Balance) {
			p.facts("total", coins(v.Total), "spendable", coins(v.Spendable), "coming in", positive(v.Pending),
				"ripening", positive(v.Immature), "frozen", positive(v.Frozen), "credit, not paid out yet", positive(v.Credit), "at block", v.Height)
		}),
	}
}

func coins(a types.Amount) string { return a.String() + " SCC" }

// positive leaves out what is zero.
func positive(a types.Amount) string {
	if a == 0 {
		return ""
	}
	return coins(a)
}

func (p *program) walletReceive() *cobra.Command {
	return &cobra.Command{
		Use: "receive [LABEL]", Short: "Give a fresh address to receive coins at", Args: exactly("[LABEL]"),
		Example: "  supercomputing wallet receive \"from Alice\"",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (view.AddressInfo, error) {
			label := ""
			if len(args) > 0 {
				label = args[0]
			}
			return b.NewAddress(ctx, label)
		}, func(a view.AddressInfo) { p.say("%s", a.Address) }),
	}
}

func (p *program) walletAddresses() *cobra.Command {
	return &cobra.Command{
		Use: "addresses", Short: "List the wallet's addresses", Args: exactly(),
		RunE: asking(p, func(ctx context.Context, b view.Backend, _ []string) ([]view.AddressInfo, error) {
			return b.Addresses(ctx)
		}, func(list []view.AddressInfo) {
			var rows [][]any
			for _, a := range list {
				use := "receive"
				if a.Change {
					use = "change"
				}
				if a.Identity {
					use = "identity"
				}
				rows = append(rows, []any{a.Address, use, a.Balance, a.Label})
			}
			p.table("ADDRESS|USE|BALANCE|LABEL", rows, "No addresses yet. “supercomputing wallet receive” makes one.")
		}),
	}
}

// payments reads ADDRESS AMOUNT pairs. The first amount may be "all".
func payments(args []string) (out []view.Payment, all bool, err error) {
	if len(args)%2 != 0 {
		return nil, false, &usageError{fmt.Errorf("no amount for %s", args[len(args)-1]), "give each address an amount"}
	}
	for i := 0; i < len(args); i += 2 {
		if args[i+1] == "all" && len(out) == 0 {
			all = true
			out = append(out, view.Payment{Address: args[i]})
			continue
		}
		amount, err := types.ParseAmount(args[i+1])
		if err != nil {
			return nil, false, &usageError{err, "amounts are coins, such as 12 or 0.05"}
		}
		out = append(out, view.Payment{Address: args[i], Amount: amount})
	}
	return out, all, nil
}

// resolvePayments turns contacts' names into addresses.
func resolvePayments(ctx context.Context, b view.Backend, list []view.Payment) (err error) {
	for i := range list {
		if list[i].Address, err = address(ctx, b, list[i].Address); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) walletSend() *cobra.Command {
	var yes bool
	var req view.SendRequest
	c := &cobra.Command{
		Use: "send ADDRESS|NAME AMOUNT …", Short: "Pay one or more addresses or contacts", Args: exactly("ADDRESS|NAME", "AMOUNT …"),
		Example: "  supercomputing wallet send sc1p… 1.5 --label rent\n  supercomputing wallet send Alice 1.5\n  supercomputing wallet send sc1pA… 1 sc1pB… 2 --yes\n  supercomputing wallet send sc1p… all",
	}
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	c.Flags().Int64Var(&req.FeeRate, "fee-rate", 0, "units of 10^-8 SCC per virtual byte (default: estimated)")
	c.Flags().StringVar(&req.Label, "label", "", "your own note")
	c.Flags().StringSliceVar(&req.Coins, "coin", nil, "spend only this coin (txid:index); may be repeated")
	c.RunE = func(c *cobra.Command, args []string) (err error) {
		if req.Outputs, req.All, err = payments(args); err != nil {
			return err
		}
		b, err := p.backend()
		if err != nil {
			return err
		}
		if err := resolvePayments(c.Context(), b, req.Outputs); err != nil {
			return err
		}
		quote, err := b.QuoteSend(c.Context(), req)
		if err != nil {
			return err
		}
		names, err := p.people(c.Context(), b)
		if err != nil {
			return err
		}
		p.aside("", recipients(req, quote.Amount, names))
		fmt.Fprintf(p.err, "Pays %v SCC and a fee of %v SCC: %v SCC together; %v SCC are left.\n", quote.Amount, quote.Fee, quote.Total, quote.Left)
		if err := p.confirm("Send?", yes); err != nil {
			return err
		}
		sent, err := b.Send(c.Context(), req)
		if err != nil {
			return err
		}
		return p.show(sent, func() { p.say("%s", sent.TxID) })
	}
	return c
}

// recipients says who gets what: of all coins the first gets what the others
// leave.
func recipients(req view.SendRequest, amount types.Amount, names people) (lines []string) {
	for i, o := range req.Outputs {
		if i == 0 && req.All {
			o.Amount = amount
			for _, other := range req.Outputs[1:] {
				o.Amount -= other.Amount
			}
		}
		lines = append(lines, fmt.Sprintf("%v to %s", coins(o.Amount), names.named(o.Address)))
	}
	return lines
}

func (p *program) walletHistory() *cobra.Command {
	var page view.Page
	c := &cobra.Command{
		Use: "history", Short: "List movements, newest first", Args: exactly(),
		RunE: asking(p, func(ctx context.Context, b view.Backend, _ []string) ([]view.Movement, error) {
			return b.History(ctx, page)
		}, func(list []view.Movement) {
			p.showHistory(list, "Nothing has moved yet. “supercomputing wallet receive” gives an address.")
		}),
	}
	c.Flags().IntVar(&page.Limit, "limit", 50, "how many")
	c.Flags().IntVar(&page.Skip, "skip", 0, "leave out that many of the newest")
	return c
}

func (p *program) showHistory(list []view.Movement, empty string) {
	var rows [][]any
	for _, m := range list {
		when := m.Status
		if m.Status == view.MoveConfirmed {
			when = timeText(m.Time)
		}
		sign := map[string]string{view.DirectionIn: "+", view.DirectionOut: "-"}[m.Direction]
		rows = append(rows, []any{when, sign + m.Amount.String(), m.Kind, m.Confirmations, m.TxID, m.Label})
	}
	p.table("TIME|AMOUNT|KIND|CONFIRMATIONS|TRANSACTION|LABEL", rows, empty)
}

func (p *program) walletLabel() *cobra.Command {
	return &cobra.Command{
		Use: "label TARGET [TEXT]", Short: "Name an address or a transaction; without text the name is removed", Args: exactly("TARGET", "[TEXT]"),
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (struct{}, error) {
			req := view.LabelRequest{Target: args[0]}
			if len(args) > 1 {
				req.Label = args[1]
			}
			return struct{}{}, b.Label(ctx, req)
		}, func(struct{}) { p.say("Done.") }),
	}
}

func (p *program) walletCoins() *cobra.Command {
	return &cobra.Command{
		Use: "coins", Short: "List unspent outputs", Args: exactly(),
		RunE: asking(p, func(ctx context.Context, b view.Backend, _ []string) ([]view.Coin, error) {
			return b.Coins(ctx)
		}, func(list []view.Coin) {
			var rows [][]any
			for _, c := range list {
				state := ""
				switch {
				case c.Frozen:
					state = "frozen"
				case c.RipeIn > 0:
					state = "ripe in " + count(c.RipeIn, "block")
				case c.Confirmations == 0:
					state = "waiting"
				}
				rows = append(rows, []any{c.Outpoint, c.Amount, c.Confirmations, state, c.Label})
			}
			p.table("COIN|AMOUNT|CONFIRMATIONS|STATE|LABEL", rows, "The wallet holds no coins.")
		}),
	}
}

func (p *program) walletFreeze(use, short string, frozen bool) *cobra.Command {
	return &cobra.Command{
		Use: use + " COIN", Short: short, Args: exactly("COIN"),
		Long: short + ". COIN is txid:index, as “supercomputing wallet coins” lists it.",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (struct{}, error) {
			return struct{}{}, b.Freeze(ctx, view.FreezeRequest{Outpoint: args[0], Frozen: frozen})
		}, func(struct{}) { p.say("Done.") }),
	}
}

func (p *program) walletBump() *cobra.Command {
	var req view.BumpRequest
	c := &cobra.Command{
		Use: "bump TXID", Short: "Replace a waiting transaction by one that pays a higher fee", Args: exactly("TXID"),
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (view.Sent, error) {
			if req.FeeRate < 0 {
				return view.Sent{}, &usageError{errors.New("--fee-rate is negative"), ""}
			}
			req.TxID = args[0]
			return b.Bump(ctx, req)
		}, func(s view.Sent) { p.say("%s replaces it, with a fee of %v SCC.", s.TxID, s.Fee) }),
	}
	c.Flags().Int64Var(&req.FeeRate, "fee-rate", 0, "units of 10^-8 SCC per virtual byte (default: what helps)")
	return c
}
