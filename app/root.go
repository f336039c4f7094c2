package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"supercomputing/app/view"
)

const rootLong = `Supercomputing turns idle computers into one market for useful work.

Without a command it opens the app, where there is a screen. Elsewhere, start a
node with “supercomputing node”; the other commands talk to it, or to the app's,
through its local API, as programs of yours can. Each command prints text for
people, or with --json what the API answered.

`

// newRoot makes the command tree over an environment.
func newRoot(e env) (*cobra.Command, *program) {
	p := &program{env: e}
	root := &cobra.Command{
		Use:           "supercomputing",
		Short:         "One market for useful computing work",
		Long:          rootLong + exitHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          exactly(),
	}
	var w windowFlags
	w.add(root)
	root.RunE = func(c *cobra.Command, _ []string) error { return p.runRoot(c, w) }
	f := root.PersistentFlags()
	f.StringVar(&p.dataDir, "datadir", "", "data directory (default $"+envDataDir+", else the user's own)")
	f.StringVar(&p.api, "api", "", "host:port of the node's API, or the URL that “node link” prints, with the token in $"+envToken+" (default: as the node in the data directory says)")
	f.BoolVar(&p.json, "json", false, "print JSON")
	root.SetIn(e.in)
	root.SetOut(e.out)
	root.SetErr(e.err)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		if v := negative(err); v != "" {
			return &usageError{fmt.Errorf("%s is no value here: it would be less than nothing", v),
				"text that begins with “-” goes after “--”; see “" + c.CommandPath() + " --help”"}
		}
		return &usageError{err, "see “" + c.CommandPath() + " --help”"}
	})
	root.AddCommand(p.appCommand(), p.nodeCommand(), p.walletCommand(), p.jobCommand(), p.chainCommand(), p.peerCommand(),
		p.messageCommand(), p.contactCommand(), p.marketCommand(), p.newsCommand(), p.accountCommand(), p.dappCommand(), p.rewardsCommand(),
		p.contributeCommand(), p.configCommand(), p.demoCommand(), p.statusCommand(), p.versionCommand())
	root.InitDefaultCompletionCmd()
	return root, p
}

// negative gives the argument that was taken for short flags though it looks
// like a number below zero, else "".
func negative(err error) string {
	var none *pflag.NotExistError
	if !errors.As(err, &none) {
		return ""
	}
	if group := none.GetSpecifiedShortnames(); group != "" && strings.ContainsAny(group[:1], ".0123456789") {
		return "-" + group
	}
	return ""
}

// execute runs one command line and returns its exit code.
func execute(ctx context.Context, e env, args []string) int {
	root, p := newRoot(e)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	// Cobra reports a command that does not exist as a plain error.
	if strings.HasPrefix(err.Error(), "unknown command") {
		err = &usageError{err, "see “supercomputing --help”"}
	}
	if told := (*toldError)(nil); !errors.As(err, &told) {
		p.complain(err)
	}
	return exitCode(err)
}

// complain tells what went wrong on standard error.
func (p *program) complain(err error) {
	e := explain(err)
	if p.json {
		raw, _ := json.Marshal(map[string]*view.Error{"error": e})
		fmt.Fprintln(p.err, string(raw))
		return
	}
	fmt.Fprintln(p.err, "supercomputing: "+e.Message)
	if e.Hint != "" {
		fmt.Fprintln(p.err, "  "+e.Hint)
	}
}

// exactly accepts as many arguments as are named, and says what is missing.
// A last name that ends in "…" may be repeated; one in brackets left out.
func exactly(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		least, most := len(names), len(names)
		if n := len(names); n > 0 {
			if strings.HasSuffix(names[n-1], "…") {
				most = 1 << 10
			}
			if strings.HasPrefix(names[n-1], "[") {
				least--
			}
		}
		var err error
		switch {
		case len(args) < least:
			err = errors.New("missing " + strings.Join(names[len(args):least], " "))
		case len(args) > most && most == 0 && c.HasSubCommands():
			err = fmt.Errorf("unknown command %q for %q", args[0], c.CommandPath())
		case len(args) > most:
			err = fmt.Errorf("unexpected argument %q", args[most])
		default:
			return nil
		}
		return &usageError{err, "see “" + c.CommandPath() + " --help”"}
	}
}

// group is a command that only holds others.
func group(use, short, long string, subs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Long: long, Args: exactly(), RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(subs...)
	return c
}

// asking makes the run function of a command that asks the node for a value
// and shows it: as JSON, or by show.
func asking[T any](p *program, ask func(ctx context.Context, b view.Backend, args []string) (T, error), show func(T)) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		b, err := p.backend()
		if err != nil {
			return err
		}
		v, err := ask(c.Context(), b, args)
		if err != nil {
			return err
		}
		return p.show(v, func() { show(v) })
	}
}
