package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	var play demo.Download
	c := &cobra.Command{
		Use: "demo", Short: "Play a paid download on a private network of six processes", Long: demoLong, Args: exactly(),
		Example: "  supercomputing demo\n  supercomputing demo --file movie.mkv --keep\n  supercomputing demo --json --kill",
	}
	f := c.Flags()
	f.StringVar(&play.File, "file", "", "file to publish (default: an archive of the Go toolchain, 150 MiB)")
	f.DurationVar(&play.Hold, "hold", 40*time.Second, "how long the nodes keep the file")
	demoFlags(c, &o)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if play.Hold < 10*time.Second || play.Hold > 3*time.Minute {
			return &usageError{fmt.Errorf("--hold %v is not from 10s to 3m", play.Hold), ""}
		}
		return p.playDemo(c.Context(), o, &play)
	}
	c.AddCommand(p.demoRender(), p.demoApp())
	return c
}

const demoRenderLong = `Start a private network of six real node processes on this machine and play a
whole paid render job through it: a requester makes a short animation with
Blender, pays a bid from its wallet, four nodes of one core each find the job in
the work chain, fetch the scene over BitTorrent and render its frames in a
sandbox, the requester has some of the work done twice and scores the nodes, and
coinbases pay them. Then the same frames are rendered once more by the plain
program on this machine, and compared pixel by pixel. It ends with a table of
every coin that moved, and tells where frames and video are. It takes about
three minutes on two cores; nothing leaves loopback.

With --json progress goes to standard error, and standard output ends with one
JSON object: frames, frames_exact (equal to the local render in every pixel),
repeated_share (of all work, what repeated other work), payouts (address, score,
coins), seconds, one_tip, tip, digest, conserved, bid and more.`

func (p *program) demoRender() *cobra.Command {
	var o demo.Options
	var play demo.Render
	c := &cobra.Command{
		Use: "render", Short: "Play a paid render job on a private network of six processes", Long: demoRenderLong, Args: exactly(),
		Example: "  supercomputing demo render\n  supercomputing demo render --frames 48 --dir /tmp/film --keep\n" +
			"  supercomputing demo render --engine povray --json --kill",
	}
	f := c.Flags()
	f.IntVar(&play.Frames, "frames", demo.UsualFrames, fmt.Sprintf("how many frames the animation has, from %d to %d", demo.LeastFrames, demo.MostFrames))
	f.StringVar(&play.Engine, "engine", "", "blender or povray (default: blender, else povray)")
	demoFlags(c, &o)
	c.RunE = func(c *cobra.Command, _ []string) error {
		err := p.playDemo(c.Context(), o, &play)
		if errors.Is(err, demo.ErrOption) {
			return &usageError{err, "see “" + c.CommandPath() + " --help”"}
		}
		return err
	}
	return c
}

const demoAppLong = `Open the app on a private network of its own: four more nodes on this machine,
two of which work for others, and a wallet with coins to try things with. Its
passphrase is “demo”. Nothing leaves loopback; the nodes end with the app.`

func (p *program) demoApp() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use: "app", Short: "Open the app on a private network of its own", Long: demoAppLong, Args: exactly(),
		Example: "  supercomputing demo app\n  supercomputing demo app --dir ~/scc-demo",
	}
	c.Flags().StringVar(&dir, "dir", "", "folder for wallet and network, kept for the next time (default: a temporary one)")
	c.RunE = func(c *cobra.Command, _ []string) (err error) {
		if err := p.display(); err != nil {
			return noWindow(err)
		}
		if dir == "" {
			if dir, err = os.MkdirTemp("", "supercomputing-demo-"); err != nil {
				return err
			}
			defer os.RemoveAll(dir)
		} else if dir, err = filepath.Abs(dir); err != nil {
			return err
		}
		if !p.json {
			p.say("A private network in %s. The wallet's passphrase is “demo”.", dir)
		}
		return p.window(c.Context(), windowRequest{dir: dir, demo: true, openLog: p.windowLog})
	}
	return c
}

// demoFlags add what every demo has.
func demoFlags(c *cobra.Command, o *demo.Options) {
	o.Bid = 40 * types.Coin
	f := c.Flags()
	f.StringVar(&o.Dir, "dir", "", "empty folder for the network (default: a temporary one)")
	f.Var(amountFlag{&o.Bid}, "bid", "what the requester pays, in SCC")
	f.BoolVar(&o.Keep, "keep", false, "leave the network running, and say how to talk to it")
	f.BoolVar(&o.Kill, "kill", false, "kill -9 producer, nodes and requester in turn while the job runs")
}

func (p *program) playDemo(ctx context.Context, o demo.Options, play demo.Play) error {
	o.Out = io.Writer(p.out)
	if p.json {
		o.Out = p.err
	}
	f, ok := o.Out.(*os.File)
	o.Terminal = ok && term.IsTerminal(int(f.Fd()))
	res, err := demo.Run(ctx, o, play)
	if res != nil && p.json {
		raw, jerr := json.Marshal(res)
		if jerr != nil {
			return jerr
		}
		fmt.Fprintln(p.out, string(raw))
	}
	return err
}
