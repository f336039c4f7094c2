package demo

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"supercomputing/app/config"
	"supercomputing/app/node"
	"supercomputing/chain/consensus"
	"supercomputing/chain/networks"
	"supercomputing/chain/types"
	"supercomputing/wallet/keys"
)

// What a network of ours allots at genesis, besides the shares that the paper's
// genesis gives to promotion, sale and founders.
const (
	requesterCoins = 1000 * types.Coin
	workerCoins    = 2 * types.Coin // for the registration as a producer
)

// networkFile is the network file's name in a network's folder.
const networkFile = "network.json"

// Network is a private network of real node processes on this machine: a
// producer of blocks, some that work for others, and a requester with coins.
type Network struct {
	dir   string // of all of it
	exe   string
	tied  bool     // the processes end with this one, however it ends
	dapps []string // whose developer is the producer
	ui    *ui
	// tune completes the settings of a node before it starts.
	tune func(p *process, c *config.Config)

	nodes     []*process // in the order of their start
	producer  *process
	requester *process
	workers   []*process
}

// names lists the processes of a network, the producer first.
func names(workers int) []string {
	out := []string{"producer"}
	for i := range workers {
		out = append(out, fmt.Sprintf("node-%d", i+1))
	}
	return append(out, "requester")
}

// enlist makes the processes of a network, without starting any.
func (n *Network) enlist(workers int) {
	all := names(workers)
	for i, name := range all {
		p := &process{name: name, dir: filepath.Join(n.dir, name), exe: n.exe, tied: n.tied}
		n.nodes = append(n.nodes, p)
		switch i {
		case 0:
			n.producer = p
		case len(all) - 1:
			n.requester = p
		default:
			n.workers = append(n.workers, p)
		}
	}
}

// found makes a wallet for each process, and a network file that names them.
// The network begins now.
func (n *Network) found(coins types.Amount) error {
	p := networks.Local()
	var founder *keys.Keystore
	for _, proc := range n.nodes {
		ks, err := makeWallet(proc.dir, p.CoinType)
		if err != nil {
			return err
		}
		id, err := ks.Identity()
		if err != nil {
			return err
		}
		proc.identity = types.EncodeAddress(p.AddressPrefix, id.Address())
		switch proc {
		case n.producer:
			founder = ks
			continue
		case n.requester:
			p.Allocations = append(p.Allocations, consensus.Allocation{Address: id.Address(), Amount: coins, Label: proc.name})
		default:
			p.Allocations = append(p.Allocations, consensus.Allocation{Address: id.Address(), Amount: workerCoins, Label: proc.name})
		}
	}
	return n.writeFile(p, founder)
}

// makeWallet makes a node's folder with a new wallet and its passphrase.
func makeWallet(dir string, coin uint32) (*keys.Keystore, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	var secret [16]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return nil, err
	}
	pass := []byte(hex.EncodeToString(secret[:]))
	if err := os.WriteFile(filepath.Join(dir, passphraseFile), append(pass, '\n'), 0o600); err != nil {
		return nil, err
	}
	words, err := keys.NewWords(12)
	if err != nil {
		return nil, err
	}
	return keys.Create(node.KeystorePath(dir), words, "", coin, pass, keys.Options{})
}

// writeFile makes the network file: the local network with short epochs, the
// producer's wallet as the one bootstrap producer and the holder of the
// foundation's addresses.
func (n *Network) writeFile(p *consensus.Params, founder *keys.Keystore) error {
	id, err := founder.Identity()
	if err != nil {
		return err
	}
	secret, err := id.VRFSecret()
	if err != nil {
		return err
	}
	p.Bootstrap = []consensus.Bootstrap{{Address: id.Address(), VRFKey: consensus.NewVRFKey(secret).Public(), Share: 1}}
	addresses := []*types.Address{&p.Foundation, &p.DappFund, &p.FundKey}
	for _, dapp := range n.dapps {
		developer, err := developerOf(p, dapp)
		if err != nil {
			return err
		}
		addresses = append(addresses, developer)
	}
	for i, a := range addresses {
		if *a, err = founder.Account().Address(keys.Receive, uint32(i+1)); err != nil {
			return err
		}
	}
	p.EpochSlots = 30 // an epoch's end pays the nodes; half a minute is short enough to watch
	p.GenesisTime = time.Now().Unix()
	if err := p.Prepare(); err != nil {
		return err
	}
	n.ui.line("Network %x: slots of %d s, epochs of %d slots", p.ID[:8], p.SlotSeconds, p.EpochSlots)
	return os.WriteFile(n.file(), networks.Encode(p), 0o600)
}

func (n *Network) file() string { return filepath.Join(n.dir, networkFile) }

// developerOf is where the developer's share of a dapp's bids goes.
func developerOf(p *consensus.Params, dapp string) (*types.Address, error) {
	for i := range p.Dapps {
		if p.Dapps[i].Name == dapp {
			return &p.Dapps[i].Developer, nil
		}
	}
	return nil, fmt.Errorf("the network has no dapp %q", dapp)
}

// start starts the producer, and when it can be reached the others.
func (n *Network) start(ctx context.Context) error {
	n.ui.step("Starting %d processes, each with its own folder, wallet and ports", len(n.nodes))
	if err := n.startNode(ctx, n.producer); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, p := range n.nodes {
		if p != n.producer {
			g.Go(func() error { return n.startNode(ctx, p) })
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, p := range n.nodes {
		n.ui.line("%-9s %s  gossip %s  API %s", p.name, p.identity, p.cfg.Listen.Gossip, p.cfg.Listen.API)
	}
	return nil
}

// startNode starts one node, on the ports that it had. When one of them is
// taken by now, it gets others.
func (n *Network) startNode(ctx context.Context, p *process) error {
	if err := p.awaitFree(ctx); err != nil {
		return err
	}
	p.cfg = n.settings(p)
	old, err := config.Load(p.dir)
	if had := err == nil && onPorts(old.Listen); had {
		p.cfg.Listen = old.Listen
		if err = p.start(ctx); err == nil || ctx.Err() != nil || !p.ended() {
			return err
		}
		p.cfg.Listen = anyPorts()
	}
	return p.start(ctx)
}

func anyPorts() config.Listen {
	return config.Listen{Gossip: "127.0.0.1:0", API: "127.0.0.1:0", Contact: "127.0.0.1:0", BitTorrent: "127.0.0.1:0"}
}

// onPorts reports whether a node's settings name the ports that it ran on.
func onPorts(l config.Listen) bool {
	d := config.Default().Listen
	return l != d && l != anyPorts()
}

func (n *Network) settings(p *process) config.Config {
	c := config.Default()
	c.Network = n.file()
	c.Listen = anyPorts()
	c.DHT = true // the nodes make up one of their own on loopback
	c.Contribute.Enabled = p != n.producer && p != n.requester
	// The nodes share one machine, each the others' “other program”, and a person
	// who watches them must not slow them down.
	c.Contribute.IdleAfter, c.Contribute.Pause = 0, config.Pause{}
	if p != n.producer {
		c.Seeds = []string{n.producer.cfg.Listen.Gossip}
	}
	n.tune(p, &c)
	return c
}

// stopAll ends the processes and waits for them.
func (n *Network) stopAll() {
	var wg sync.WaitGroup
	for _, p := range n.nodes {
		wg.Go(func() { p.stop(syscall.SIGTERM) })
	}
	wg.Wait()
}

// ended reports a node that ended by itself.
func (n *Network) ended() error {
	for _, p := range n.nodes {
		if p.ended() {
			return fmt.Errorf("%s has ended: %s", p.name, p.tail())
		}
	}
	return nil
}
