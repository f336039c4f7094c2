package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"supercomputing/app/demo"
	"supercomputing/chain/types"
)

const demoLong = `Start a private network of six real node processes on this machine and play a
whole paid download through it: a requester pays a bid from its wallet, four
nodes find the job in the work chain, fetch the file over BitTorrent and seed
it, a client that is not ours (aria2) downloads it by magnet link, the requester
audits the nodes and scores them, and coinbases pay them. It ends with a table
of every coin that moved. It takes about two minutes; nothing leaves loopback.

With --json progress goes to standard error, and standard output ends with one
JSON object: one_tip, tip, digest, conserved, sha256_ok, bid, payouts (address,
score, coins), seconds and more.`

func (p *program) demoCommand() *cobra.Command {
	var o demo.Options
	var bid string
	c := &cobra.Command{
		Use: "demo", Short: "Play a paid download on a private network of six processes", Long: demoLong, Args: exactly(),
		Example: "  supercomputing demo\n  supercomputing demo --file movie.mkv --keep\n  supercomputing demo --json --kill",
	}
	f := c.Flags()
	f.StringVar(&o.File, "file", "", "file to publish (default: an archive of the Go toolchain, 150 MiB)")
	f.StringVar(&o.Dir, "dir", "", "empty folder for the network (default: a temporary one)")
	f.StringVar(&bid, "bid", "40", "what the requester pays, in SCC")
	f.DurationVar(&o.Hold, "hold", 40*time.Second, "how long the nodes keep the file")
	f.BoolVar(&o.Keep, "keep", false, "leave the network running, and say how to talk to it")
	f.BoolVar(&o.Kill, "kill", false, "kill -9 producer, nodes and requester in turn while the job runs")
	c.RunE = func(c *cobra.Command, _ []string) error {
		var err error
		if o.Bid, err = types.ParseAmount(bid); err != nil {
			return &usageError{fmt.Errorf("--bid: %w", err), ""}
		}
		if o.Hold < 10*time.Second || o.Hold > 3*time.Minute {
			return &usageError{fmt.Errorf("--hold %v is not from 10s to 3m", o.Hold), ""}
		}
		return p.playDemo(c.Context(), o)
	}
	return c
}

func (p *program) playDemo(ctx context.Context, o demo.Options) error {
	o.Out = io.Writer(p.out)
	if p.json {
		o.Out = p.err
	}
	f, ok := o.Out.(*os.File)
	o.Terminal = ok && term.IsTerminal(int(f.Fd()))
	res, err := demo.Run(ctx, o)
	if res != nil && p.json {
		raw, jerr := json.Marshal(res)
		if jerr != nil {
			return jerr
		}
		fmt.Fprintln(p.out, string(raw))
	}
	return err
}
