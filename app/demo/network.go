package demo

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"supercomputing/app/config"
	"supercomputing/app/node"
	"supercomputing/app/view"
	"supercomputing/chain/consensus"
	"supercomputing/chain/networks"
	"supercomputing/chain/types"
	"supercomputing/wallet/keys"
)

// What the demo's network allots at genesis, besides the shares that the
// paper's genesis gives to promotion, sale and founders.
const (
	requesterCoins = 1000 * types.Coin
	workerCoins    = 2 * types.Coin // for the registration as a producer
)

// startNetwork makes six wallets and a network file that names them, and
// starts the nodes.
func (d *demo) startNetwork(ctx context.Context) error {
	d.ui.step("Making six wallets and a network that begins now")
	names := []string{"producer", "node-1", "node-2", "node-3", "node-4", "requester"}
	p := networks.Local()
	var founder *keys.Keystore
	for i, name := range names {
		proc := &process{name: name, dir: filepath.Join(d.Dir, name), exe: d.Exe}
		ks, err := makeWallet(proc.dir, p.CoinType)
		if err != nil {
			return err
		}
		id, err := ks.Identity()
		if err != nil {
			return err
		}
		proc.identity = types.EncodeAddress(p.AddressPrefix, id.Address())
		d.nodes = append(d.nodes, proc)
		switch i {
		case 0:
			founder, d.producer = ks, proc
		case len(names) - 1:
			d.requester = proc
			p.Allocations = append(p.Allocations, consensus.Allocation{Address: id.Address(), Amount: requesterCoins, Label: name})
		default:
			d.workers = append(d.workers, proc)
			p.Allocations = append(p.Allocations, consensus.Allocation{Address: id.Address(), Amount: workerCoins, Label: name})
		}
	}
	if err := d.foundNetwork(p, founder); err != nil {
		return err
	}
	return d.startNodes(ctx)
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

// foundNetwork makes the network file: the local network with short epochs,
// the producer's wallet as the one bootstrap producer and the holder of the
// foundation's addresses.
func (d *demo) foundNetwork(p *consensus.Params, founder *keys.Keystore) error {
	id, err := founder.Identity()
	if err != nil {
		return err
	}
	secret, err := id.VRFSecret()
	if err != nil {
		return err
	}
	p.Bootstrap = []consensus.Bootstrap{{Address: id.Address(), VRFKey: consensus.NewVRFKey(secret).Public(), Share: 1}}
	developer, err := developerOf(p, d.play.dapp())
	if err != nil {
		return err
	}
	for i, a := range []*types.Address{&p.Foundation, &p.DappFund, &p.FundKey, developer} {
		if *a, err = founder.Account().Address(keys.Receive, uint32(i+1)); err != nil {
			return err
		}
	}
	p.EpochSlots = 30 // an epoch's end pays the nodes; half a minute is short enough to watch
	p.GenesisTime = time.Now().Unix()
	if err := p.Prepare(); err != nil {
		return err
	}
	d.ui.line("Network %x: slots of %d s, epochs of %d slots; dapp %s", p.ID[:8], p.SlotSeconds, p.EpochSlots, d.play.dapp())
	return os.WriteFile(filepath.Join(d.Dir, "network.json"), networks.Encode(p), 0o600)
}

// developerOf is where the developer's share of a dapp's bids goes.
func developerOf(p *consensus.Params, dapp string) (*types.Address, error) {
	for i := range p.Dapps {
		if p.Dapps[i].Name == dapp {
			return &p.Dapps[i].Developer, nil
		}
	}
	return nil, fmt.Errorf("the network has no dapp %q", dapp)
}

// startNodes starts the producer, and when it can be reached the others.
func (d *demo) startNodes(ctx context.Context) error {
	d.ui.step("Starting six processes, each with its own folder, wallet and ports")
	for _, p := range d.nodes {
		p.cfg = d.settings(p)
		if p != d.producer {
			p.cfg.Seeds = []string{d.producer.cfg.Listen.Gossip}
		}
		if err := p.start(ctx); err != nil {
			return err
		}
		d.ui.line("%-9s %s  gossip %s  API %s", p.name, p.identity, p.cfg.Listen.Gossip, p.cfg.Listen.API)
	}
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

func (d *demo) settings(p *process) config.Config {
	c := config.Default()
	c.Network = filepath.Join(d.Dir, "network.json")
	c.Listen = config.Listen{Gossip: "127.0.0.1:0", API: "127.0.0.1:0", Contact: "127.0.0.1:0", BitTorrent: "127.0.0.1:0"}
	c.DHT = true // the nodes make up one of their own on loopback
	c.Contribute.Enabled = p != d.producer && p != d.requester
	d.play.settings(d, p, &c)
	return c
}
