// Package demo owns `supercomputing demo`: a private network of six real node
// processes on this machine that plays whole paid jobs, from a funded wallet to
// the coinbases that pay the nodes. It starts and watches processes and talks
// to them through their local API only; nothing in it stands in for the
// program.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"supercomputing/app/config"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// Options are what every play has.
type Options struct {
	Exe      string       // the program; "": this executable
	Dir      string       // folder for the network; "": a temporary one
	Bid      types.Amount // what the requester pays; 0: 40 coins
	Keep     bool         // leave the network running
	Kill     bool         // kill -9 producer, worker and requester in turn
	Out      io.Writer    // progress for people
	Terminal bool         // Out is a terminal: bars instead of lines
}

// Play is what happens on the network: *Download, *Render. Its methods are
// called in this order.
type Play interface {
	// fill completes what was asked for. It makes nothing yet, and tells how
	// long the play may take before it counts as hanging.
	fill() (limit time.Duration, err error)
	// prepare makes what is needed before there is a network.
	prepare(ctx context.Context, d *demo) error
	// dapp names the kind of the job.
	dapp() string
	// settings completes those of a node that d starts.
	settings(d *demo, p *process, c *config.Config)
	// perform posts the job and sees it through; it fills its part of res, and
	// the job's id. It starts the killer.
	perform(ctx context.Context, d *demo, res *Result) error
	// earned says what a node was paid for.
	earned(res *Result, address string) string
	// outcome writes the play's own lines below the closing table.
	outcome(w io.Writer, res *Result)
	// remains names what stays of a temporary folder after a good end.
	remains() []string
}

const (
	workers = 4
	// limit ends a demo that hangs; a good one takes a third of it.
	limit = 8 * time.Minute
)

// Run plays p. With Keep it leaves the processes running and Dir in place;
// otherwise it ends them all, also when it fails, and removes a temporary Dir
// but for what remains of the play. A failed run's folder stays, for its logs;
// an interrupted one's does not, and its error is ctx's.
func Run(ctx context.Context, o Options, p Play) (res *Result, err error) {
	start, caller := time.Now(), ctx
	if err := o.fill(); err != nil {
		return nil, err
	}
	most, err := p.fill()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	temporary := o.Dir == ""
	if temporary {
		if o.Dir, err = os.MkdirTemp("", "supercomputing-demo-"); err != nil {
			return nil, err
		}
	} else if err := emptyDir(o.Dir); err != nil {
		return nil, err
	}
	d := &demo{Options: o, play: p}
	d.Network = Network{dir: o.Dir, exe: o.Exe, tied: !o.Keep, dapps: []string{p.dapp()}, ui: newUI(o.Out, o.Terminal),
		tune: func(n *process, c *config.Config) { p.settings(d, n, c) }}
	defer func() {
		if err == nil && o.Keep {
			d.printKept()
			return
		}
		d.killer.stop() // which would start a node that was ended
		d.stopAll()
		if err != nil && caller.Err() != nil {
			d.ui.clear()
			err = caller.Err() // whatever it came out as
		}
		interrupted := err != nil && errors.Is(err, context.Canceled)
		switch {
		case temporary && interrupted:
			os.RemoveAll(o.Dir)
		case temporary && err == nil:
			clearDir(o.Dir, p.remains())
		case err != nil:
			fmt.Fprintf(o.Out, "The demo stopped. Its logs are in %s\n", o.Dir)
		}
	}()
	if res, err = d.run(ctx); err != nil {
		return res, err
	}
	res.Seconds = time.Since(start).Seconds()
	d.printResult(res)
	return res, res.Check()
}

// fill completes the options.
func (o *Options) fill() (err error) {
	if o.Exe == "" {
		if o.Exe, err = os.Executable(); err != nil {
			return err
		}
	}
	if o.Dir != "" {
		if o.Dir, err = filepath.Abs(o.Dir); err != nil {
			return err
		}
	}
	if o.Bid == 0 {
		o.Bid = 40 * types.Coin
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	return nil
}

func emptyDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("the demo's folder %s is not empty", dir)
	}
	return err
}

// clearDir removes all that is in a folder but for some names, and the folder
// when there are none.
func clearDir(dir string, but []string) {
	if len(but) == 0 {
		os.RemoveAll(dir)
		return
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // it stays as it is
	}
	for _, e := range entries {
		if !slices.Contains(but, e.Name()) {
			os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}

// demo is a running demo.
type demo struct {
	Options
	Network
	play   Play
	killer *killer
}

// run plays the demo's scenes in order.
func (d *demo) run(ctx context.Context) (*Result, error) {
	if err := d.play.prepare(ctx, d); err != nil {
		return nil, err
	}
	if err := d.startNetwork(ctx); err != nil {
		return nil, err
	}
	res := &Result{Bid: d.Bid}
	if err := d.play.perform(ctx, d, res); err != nil {
		return nil, err
	}
	res.Kills = d.killer.stop()
	if err := d.awaitPayouts(ctx); err != nil {
		return nil, err
	}
	return res, d.settle(ctx, res)
}

// startNetwork makes six wallets and a network that begins now, and starts the
// nodes.
func (d *demo) startNetwork(ctx context.Context) error {
	d.ui.step("Making six wallets and a network that begins now")
	d.enlist(workers)
	if err := d.found(requesterCoins); err != nil {
		return err
	}
	if err := d.start(ctx); err != nil {
		return err
	}
	return d.inStep(ctx)
}

// inStep waits until all nodes are connected and on one chain.
func (d *demo) inStep(ctx context.Context) error {
	d.ui.step("Waiting until all are connected and on one chain")
	return d.until(ctx, func(ctx context.Context) (bool, error) {
		ready := 0
		for _, p := range d.nodes {
			st, err := p.api.Status(ctx)
			if err != nil {
				return false, err
			}
			if st.PeersIn+st.PeersOut > 0 && st.Tip.Height > 0 && st.Sync.State == view.SyncDone {
				ready++
			}
		}
		d.ui.bar("nodes", int64(ready), int64(len(d.nodes)), fmt.Sprintf("%d of %d in step", ready, len(d.nodes)))
		return ready == len(d.nodes), nil
	})
}

// kill starts killing nodes if that was asked for.
func (d *demo) kill(ctx context.Context) {
	if d.Kill {
		d.killer = d.startKiller(ctx)
	}
}

// awaitBlock waits until a block carries the job's post.
func (d *demo) awaitBlock(ctx context.Context, job string) error {
	d.ui.step("Waiting for the block that carries the job")
	return d.until(ctx, func(ctx context.Context) (bool, error) {
		j, err := d.requester.api.Job(ctx, job)
		if err == nil && j.Height > 0 {
			d.ui.line("Block %d carries it: %dd holds the job post", j.Height, j.Height)
		}
		return j.Height > 0, err
	})
}
