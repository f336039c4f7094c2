package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"supercomputing/app/config"
	"supercomputing/app/view"
	"supercomputing/chain/networks"
	"supercomputing/chain/types"
)

// A network that stays is small: it runs beside the person's own node, all the
// time.
const (
	standingWorkers = workers
	standingCoins   = 1_000_000 * types.Coin
)

// OpenNetwork gives the private network in dir, made when there is none yet. exe
// is the program, "" for this executable. Nothing runs before Start. Its
// processes end with this one, however that ends.
func OpenNetwork(dir, exe string) (*Network, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if exe == "" {
		if exe, err = os.Executable(); err != nil {
			return nil, err
		}
	}
	if _, err := os.Stat(filepath.Join(dir, networkFile)); errors.Is(err, fs.ErrNotExist) {
		if err := makeStanding(dir, exe); err != nil {
			return nil, fmt.Errorf("demo network: %w", err)
		}
	} else if err != nil {
		return nil, err
	}
	n := standing(dir, exe)
	n.enlist(standingWorkers)
	return n, nil
}

func standing(dir, exe string) *Network {
	return &Network{dir: dir, exe: exe, tied: true, dapps: []string{networks.Download, networks.Render},
		ui: newUI(io.Discard, false), tune: func(p *process, c *config.Config) {
			c.Contribute.Disk = 4 << 30
			c.Contribute.Cores = 1 // the rest is for the person
		}}
}

// makeStanding makes a network whole or not at all: one that a crash left
// halfway would have no requester to pay anybody.
func makeStanding(dir, exe string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(filepath.Dir(dir), filepath.Base(dir)+".new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	n := standing(temporary, exe)
	n.enlist(standingWorkers)
	if err := n.found(standingCoins); err != nil {
		return err
	}
	return os.Rename(temporary, dir)
}

// File is the path of the network file.
func (n *Network) File() string { return n.file() }

// Start starts the nodes and returns when they answer.
func (n *Network) Start(ctx context.Context) error {
	if err := n.start(ctx); err != nil {
		n.stopAll()
		return fmt.Errorf("demo network: %w", err)
	}
	return nil
}

// Stop ends the nodes and waits for them.
func (n *Network) Stop() { n.stopAll() }

// Seeds are the addresses at which another node joins, once it has started.
func (n *Network) Seeds() []string { return []string{n.producer.cfg.Listen.Gossip} }

// Pay sends coins of the requester's to an address, as soon as that can.
func (n *Network) Pay(ctx context.Context, address string, amount types.Amount) (txid string, err error) {
	req := view.SendRequest{Outputs: []view.Payment{{Address: address, Amount: amount}}, Label: "demo"}
	err = until(ctx, n.ui, n.ended, func(ctx context.Context) (bool, error) {
		st, err := n.requester.api.Status(ctx)
		if err != nil || st.Tip.Height == 0 {
			return false, err
		}
		sent, err := n.requester.api.Send(ctx, req)
		txid = sent.TxID
		return err == nil, err
	})
	if err != nil {
		return "", fmt.Errorf("demo network: pay: %w", err)
	}
	return txid, nil
}

// Alive reports whether all nodes run.
func (n *Network) Alive() bool { return n.ended() == nil }
