package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"supercomputing/app/api"
	"supercomputing/app/config"
	"supercomputing/app/view"
	"supercomputing/chain"
	"supercomputing/chain/consensus"
	"supercomputing/chain/gossip"
	"supercomputing/chain/store"
	"supercomputing/miner"
	"supercomputing/wallet"
	"supercomputing/wallet/accounts"
	"supercomputing/wallet/keys"
	ads "supercomputing/wallet/market"
	"supercomputing/wallet/messages"
)

// Node is one node on one data directory. It is a view.Backend.
type Node struct {
	dir     string
	version string
	log     *slog.Logger
	started time.Time
	params  *consensus.Params

	progress func(string)   // tells what opening does; may be nil
	logged   *logBook       // the newest records of log
	logLevel *slog.LevelVar // of log; nil: it does not change while we run

	chain  *chain.Manager
	ledger *ledger // of everybody's jobs, to read
	gossip *gossip.Node
	miner  *miner.Miner // nil when it makes no blocks

	// All nil without a wallet.
	keys     *keys.Keystore
	id       *keys.Identity
	wallet   *wallet.Wallet
	market   *market
	policy   *policy
	contact  *contact
	messages *messages.Center
	ads      *ads.Market
	accounts *accounts.Manager

	paying sync.Mutex // held while a request is paid, so that it is paid once

	peerLn net.Listener // nil when closed
	apiLn  net.Listener
	remote *remoteAPI // nil when closed
	events hub
	space  spaceGauge

	sensors   miner.Sensors
	workSpace spaceGauge
	earned    earnedMemory

	storage  storageGauge
	guessing turn // to try a passphrase
	backing  turn // to write a backup
	fees     feeMemory
	pace     pace

	mu sync.Mutex
	// guarded by mu:
	settings config.Config // in force
	wanted   config.Config // settings with those changes that wait for a restart

	closers []io.Closer // in the order of opening
}

var _ view.Backend = (*Node)(nil)

// Run opens the data directory and runs a node on it until ctx is done, which
// is no error, or a part of it fails. Everything is closed when it returns.
func Run(ctx context.Context, o Options) (err error) {
	n := &Node{dir: o.Dir, version: o.Version, started: time.Now(), settings: o.Config, wanted: o.Config, progress: o.Progress, sensors: o.Sensors,
		storage: storageGauge{turn: make(turn, 1)}, guessing: make(turn, 1), backing: make(turn, 1)}
	n.openLog(o)
	defer func() {
		err = explain(errors.Join(err, n.close()))
	}()
	if err := n.open(ctx, o.Passphrase); err != nil {
		if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			return nil // stopped while it opened
		}
		return err
	}
	return n.run(ctx, o.Ready)
}

// open opens everything in the order of dependence. What it opened is closed
// by close, also when it fails halfway.
func (n *Node) open(ctx context.Context, passphrase []byte) error {
	lock, err := lockDir(n.dir)
	if err != nil {
		return err
	}
	n.closers = append(n.closers, lock)
	if n.params, err = LoadNetwork(n.settings.Network); err != nil {
		return err
	}
	n.tell("opening the wallet")
	if n.keys, err = openKeystore(n.dir, passphrase); err != nil {
		return err
	}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"", n.openAPI},
		{"", n.openRemote},
		{"reading the chain", n.openChain},
		{"finding peers", n.openGossip},
		{"reading the wallet", n.openWallet},
		{"looking at jobs and work", n.openMarket},
		{"reading messages", n.openMessages},
		{"reading advertisements and news", n.openAds},
		{"reading shared accounts", n.openAccounts},
		{"", n.openMiner},
	} {
		if err := ctx.Err(); err != nil {
			return err
		}
		n.tell(step.what)
		if err := step.do(ctx); err != nil {
			return explain(err)
		}
	}
	return ctx.Err()
}

// tell says what opening does now.
func (n *Node) tell(what string) {
	if n.progress != nil && what != "" {
		n.progress(what)
	}
}

// close closes in reverse order and wipes the keys.
func (n *Node) close() error {
	var errs []error
	for i := len(n.closers) - 1; i >= 0; i-- {
		if err := n.closers[i].Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if n.keys != nil {
		n.keys.Lock()
	}
	return errors.Join(errs...)
}

func (n *Node) openAPI(context.Context) (err error) {
	address := n.settings.Listen.API
	if n.apiLn, err = api.Listen(address); err != nil {
		return explainListen(err, address, "listen.api")
	}
	n.closers = append(n.closers, n.apiLn)
	return nil
}

func (n *Node) openChain(ctx context.Context) error {
	dir := filepath.Join(n.dir, chainDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	db, err := store.Open(dir, n.log.With("part", "store"))
	if err != nil {
		return err
	}
	n.closers = append(n.closers, db)
	n.chain, err = chain.OpenContext(ctx, n.params, db, chain.Options{Log: n.log.With("part", "chain")})
	n.ledger = newLedger(n.chain, nil)
	return err
}

func (n *Node) openGossip(context.Context) (err error) {
	if address := n.settings.Listen.Gossip; address != "" {
		if n.peerLn, err = listen(address, "listen.gossip", onlyLocal(n.params)); err != nil {
			return err
		}
		n.closers = append(n.closers, n.peerLn)
	}
	dir := filepath.Join(n.dir, gossipDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	opts := gossip.Options{
		Params: n.params, Listener: n.peerLn, Seeds: n.settings.Seeds, DataDir: dir, AllowPrivate: onlyLocal(n.params),
		MaxOutbound: n.settings.Outbound, Agent: "supercomputing/" + n.version, Log: n.log.With("part", "gossip"),
	}
	if onlyLocal(n.params) {
		opts.Dial = dialLocal
	}
	n.gossip = gossip.New(n.chain, opts)
	return nil
}

func (n *Node) openWallet(context.Context) (err error) {
	if n.keys == nil {
		return nil
	}
	if have := n.keys.CoinType(); have != n.params.CoinType {
		return view.Errorf(view.CodeConflict, "the wallet in %s was made for another network (coin type %d, not %d)", n.dir, have, n.params.CoinType).
			WithHint("give each network its own data directory")
	}
	if n.id, err = n.keys.Identity(); err != nil {
		return err
	}
	dir := filepath.Join(n.dir, walletDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	journal, err := wallet.OpenJournal(dir)
	if err != nil {
		return err
	}
	n.wallet, err = wallet.Open(walletChain{n.chain}, n.keys, journal, wallet.Options{Params: n.params, Log: n.log.With("part", "wallet")})
	if err != nil {
		return errors.Join(err, journal.Close())
	}
	n.closers = append(n.closers, n.wallet)
	return nil
}

func (n *Node) openMiner(context.Context) error {
	if n.wallet == nil || !n.settings.Produce {
		return nil
	}
	k, err := newMinerKeys(n.id)
	if err != nil {
		return err
	}
	dir := filepath.Join(n.dir, minerDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	n.miner, err = miner.New(minerChain{n.chain, n.gossip}, k, miner.Options{
		Dir: dir, Registrar: registrar{n.wallet}, Log: n.log.With("part", "miner")})
	return err
}

// run runs all parts until ctx is done or one of them fails.
func (n *Node) run(ctx context.Context, ready func(Ready)) error {
	token, err := api.CreateToken(filepath.Join(n.dir, api.TokenFile))
	if err != nil {
		return err
	}
	server := api.NewServer(n, token, api.Options{Log: n.log.With("part", "api")})
	g, gctx := errgroup.WithContext(ctx)
	start := func(name string, run func(context.Context) error) {
		g.Go(func() error {
			err := run(gctx)
			if err == nil || gctx.Err() != nil && errors.Is(err, gctx.Err()) {
				return nil
			}
			return fmt.Errorf("%s: %w", name, err)
		})
	}
	start("chain", n.chain.Run)
	start("gossip", n.gossip.Run)
	start("events", n.observe)
	start("API", func(ctx context.Context) error { return server.Run(ctx, n.apiLn) })
	if r := n.remote; r != nil {
		start("remote API", func(ctx context.Context) error { return server.RunRemote(ctx, r.ln, r.cert) })
	}
	if n.wallet != nil {
		start("wallet", n.wallet.Run)
		start("contact", n.contact.run)
		start("market", n.market.run)
		start("work policy", n.policy.run)
		start("rendering programs", n.market.render.looks.run)
		start("conversations", n.contact.hub.Run)
		start("messages", n.messages.Run)
		start("messages' events", n.observeMessages)
		start("advertisements", n.ads.Run)
		start("advertisements' events", n.observeAds)
		start("greetings", n.greet)
		start("accounts", n.accounts.Run)
		start("accounts' events", n.observeAccounts)
	}
	if n.miner != nil {
		start("miner", n.miner.Run)
	}
	if err := api.WriteAddress(n.dir, n.apiLn.Addr()); err != nil {
		start("API", func(context.Context) error { return err })
	}
	n.announce(ready)
	err = g.Wait()
	os.Remove(filepath.Join(n.dir, api.AddressFile))
	if ctx.Err() != nil && err == nil {
		return nil
	}
	return err
}

// announce tells the log and the caller that the node answers.
func (n *Node) announce(ready func(Ready)) {
	r := Ready{Network: n.params.Name, API: n.apiLn.Addr().String(), Remote: n.remoteURL(), Identity: n.identity(), Backend: n}
	if n.peerLn != nil {
		r.Gossip = n.peerLn.Addr().String()
	}
	n.log.Info("node runs", "network", r.Network, "id", fmt.Sprintf("%x", n.params.ID[:8]), "height", n.chain.Tip().Height,
		"api", r.API, "gossip", r.Gossip, "identity", r.Identity, "version", n.version)
	if ready != nil {
		ready(r)
	}
}
