package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
)

const messageSettingsLong = `Show who may write to you, and what correspondents learn; “set” changes it. The
settings last over restarts.`

func (p *program) messageSettings() *cobra.Command {
	c := &cobra.Command{
		Use: "settings", Short: "Show or change who may write to you", Long: messageSettingsLong, Args: exactly(),
		Example: "  supercomputing message settings\n  supercomputing message settings set --min-fee 0.01 --read-marks off",
		RunE: asking(p, func(ctx context.Context, b view.Backend, _ []string) (view.MessageSettings, error) {
			return b.MessageSettings(ctx)
		}, p.showMessageSettings),
	}
	c.AddCommand(p.messageSettingsSet())
	return c
}

func (p *program) showMessageSettings(s view.MessageSettings) {
	least := "nothing"
	if s.MinFee > 0 {
		least = coins(s.MinFee)
	}
	letters := "nothing; they wait"
	if s.AccountPrice > 0 {
		letters = "up to " + coins(s.AccountPrice) + " each"
	}
	p.facts("strangers must have paid", least, "strangers may connect directly", yesNo(s.Strangers),
		"tell when a message was read", yesNo(s.ReadMarks), "tell correspondents where this node is reached", yesNo(s.ShareReach),
		"pay for letters to offline members of shared accounts", letters)
}

// switchFlag reads “on” or “off” from the command line.
type switchFlag struct{ on *bool }

func (f switchFlag) String() string { return "" }
func (f switchFlag) Type() string   { return "on|off" }
func (f switchFlag) Set(s string) error {
	switch s {
	case "on", "yes", "true":
		*f.on = true
	case "off", "no", "false":
		*f.on = false
	default:
		return fmt.Errorf("%q is neither on nor off", s)
	}
	return nil
}

func (p *program) messageSettingsSet() *cobra.Command {
	var want view.MessageSettings
	c := &cobra.Command{
		Use: "set", Short: "Change who may write to you", Args: exactly(),
		Long: `Change who may write to you, and what correspondents learn. What no flag names
stays as it is.

With --min-fee, messages of strangers that paid less are kept apart
(“supercomputing message list --filtered”), and strangers are not let in
directly, where nothing is paid.

With --account-price, what signing for a shared account takes reaches a member
who is offline over the chain, after an hour and as long as one letter costs no
more. Otherwise it waits until both of you are online; a PSBT file
(“supercomputing account export”) needs neither.`,
		Example: "  supercomputing message settings set --min-fee 0.01\n  supercomputing message settings set --strangers off --share-reach on",
	}
	f := c.Flags()
	f.Var(amountFlag{&want.MinFee}, "min-fee", "what a stranger's message over the chain must have paid beyond the network's own fee, in coins; 0 for nothing")
	f.Var(amountFlag{&want.AccountPrice}, "account-price", "the most to pay over the chain for one letter to a shared account's offline member, in coins; 0 for never")
	f.Var(switchFlag{&want.Strangers}, "strangers", "take direct connections of strangers")
	f.Var(switchFlag{&want.ReadMarks}, "read-marks", "tell when a message was read")
	f.Var(switchFlag{&want.ShareReach}, "share-reach", "tell correspondents where this node is reached")
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, _ []string) (view.MessageSettings, error) {
		if f.NFlag() == 0 {
			return want, &usageError{errors.New("nothing to change"), "see “" + c.CommandPath() + " --help”"}
		}
		s, err := b.MessageSettings(ctx)
		if err != nil {
			return s, err
		}
		if f.Changed("min-fee") {
			s.MinFee = want.MinFee
		}
		if f.Changed("account-price") {
			s.AccountPrice = want.AccountPrice
		}
		for name, v := range map[string]struct{ from, to *bool }{
			"strangers":   {&want.Strangers, &s.Strangers},
			"read-marks":  {&want.ReadMarks, &s.ReadMarks},
			"share-reach": {&want.ShareReach, &s.ShareReach},
		} {
			if f.Changed(name) {
				*v.to = *v.from
			}
		}
		return b.SetMessageSettings(ctx, s)
	}, p.showMessageSettings)
	return c
}
