package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"supercomputing/app/config"
	"supercomputing/app/node"
	"supercomputing/app/view"
)

const nodeLong = `Run a node without a screen, until Ctrl-C or SIGTERM; a second one stops at once
(which loses nothing either). It follows the chain, serves the local API, and as
far as the wallet and the settings allow it makes blocks, works for others and
looks after your own jobs.

Without a wallet it only follows the chain. Settings come from the settings file
(“supercomputing config”); --set changes one for this run.`

func (p *program) nodeCommand() *cobra.Command {
	var set []string
	var file string
	var tied bool
	c := &cobra.Command{
		Use: "node", Short: "Run a node", Long: nodeLong, Args: exactly(),
		Example: "  supercomputing node\n  supercomputing node --datadir /srv/scc --passphrase-file /etc/scc/passphrase\n" +
			"  supercomputing node --set network=local --set listen.gossip=127.0.0.1:7401",
	}
	c.Flags().StringArrayVar(&set, "set", nil, "SETTING=VALUE for this run; may be repeated")
	c.Flags().StringVar(&file, "passphrase-file", "", "file whose first line is the wallet's passphrase (default $"+envPassphrase+", else ask)")
	c.Flags().BoolVar(&tied, "until-input-ends", false, "stop when standard input ends, for a program that starts nodes and may be killed")
	c.RunE = func(c *cobra.Command, _ []string) error {
		ctx, cancel := context.WithCancel(c.Context())
		defer cancel()
		if tied {
			go func() {
				io.Copy(io.Discard, p.in)
				cancel()
			}()
		}
		return p.runNode(ctx, set, file)
	}
	c.AddCommand(p.nodeLink())
	return c
}

func (p *program) runNode(ctx context.Context, set []string, file string) error {
	dir, err := p.dir()
	if err != nil {
		return err
	}
	cfg, err := config.Load(dir)
	if err != nil {
		return err
	}
	for _, s := range set {
		key, value, ok := strings.Cut(s, "=")
		if !ok {
			return &usageError{fmt.Errorf("--set %q is not SETTING=VALUE", s), ""}
		}
		if err := cfg.Set(key, value); err != nil {
			return err
		}
	}
	opts := node.Options{Dir: dir, Config: cfg, Version: version}
	if p.wallets.Exists(dir) {
		if opts.Passphrase, err = p.passphrase(file); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	level := new(slog.LevelVar)
	log, done, err := newLogAt(dir, cfg.Log, level, p.err)
	if err != nil {
		return err
	}
	defer done()
	opts.Log, opts.LogLevel = log, level
	opts.Ready = func(r node.Ready) {
		clear(opts.Passphrase) // it is not needed any more
		p.show(r, func() {
			p.facts("network", r.Network, "API", r.API, "gossip", r.Gossip, "identity", r.Identity)
			if r.Identity == "" {
				p.say("There is no wallet: this node follows the chain only. “supercomputing wallet create” makes one.")
			}
		})
	}
	err = p.run(ctx, opts)
	clear(opts.Passphrase)
	if ctx.Err() != nil && (err == nil || errors.Is(err, context.Canceled)) {
		log.Info("stopped")
		return nil
	}
	var e *view.Error
	if err != nil && !errors.As(err, &e) {
		err = fmt.Errorf("the node stopped: %w", err)
	}
	return err
}
