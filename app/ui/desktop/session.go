package desktop

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"

	"supercomputing/app/api"
	"supercomputing/app/config"
	"supercomputing/app/node"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
	"supercomputing/assets"
	"supercomputing/chain/types"
)

// session is a node that runs in this process.
type session struct {
	cancel context.CancelFunc
	done   chan struct{}
	err    error // of the node's end; read after done

	helpers sync.WaitGroup // what asks the node, and ends soon after it
}

// wait waits for the end.
func (s *session) wait() {
	<-s.done
	s.helpers.Wait()
}

// errRuns says that this process runs a node already.
var errRuns = view.Errorf(view.CodeConflict, "the node runs already")

// Start implements view.Wallets. The node lives until Stop, however long ctx
// does.
func (h *Host) Start(ctx context.Context, passphrase []byte, progress func(string)) (view.Backend, error) {
	if h.runs() {
		return nil, errRuns
	}
	if h.wallets.Running(h.o.Dir) {
		return h.Attach(ctx, view.AttachRequest{})
	}
	cfg, err := config.Load(h.o.Dir)
	if err != nil {
		return nil, asView(err)
	}
	words := h.catalog()
	onDemo := cfg.Network == h.demoFile()
	if onDemo {
		if err := h.startDemo(ctx, &cfg, func() { progress(words.T("desktop.progress.network")) }); err != nil {
			return nil, err
		}
	}
	progress(words.T("desktop.progress.node"))
	return h.startNode(ctx, cfg, passphrase, onDemo)
}

// runs reports whether the node that Start started still runs. One that failed,
// on a full disk for one, can be started again.
func (h *Host) runs() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.session == nil {
		return false
	}
	select {
	case <-h.session.done:
		h.session.wait()
		h.session = nil
		return false
	default:
		return true
	}
}

// startNode runs a node in this process and waits until it answers. fund has the
// demo's requester pay its wallet.
func (h *Host) startNode(ctx context.Context, cfg config.Config, passphrase []byte, fund bool) (view.Backend, error) {
	if err := os.MkdirAll(h.o.Dir, 0o700); err != nil {
		return nil, asView(err)
	}
	life, cancel := context.WithCancel(context.Background())
	s := &session{cancel: cancel, done: make(chan struct{})}
	ready := make(chan struct{})
	pass := append([]byte(nil), passphrase...) // the caller wipes its own
	go func() {
		defer close(s.done)
		defer clear(pass)
		s.err = node.Run(life, node.Options{Dir: h.o.Dir, Config: cfg, Passphrase: pass, Version: h.o.Version, Log: h.log, LogLevel: h.level,
			Ready: func(node.Ready) { clear(pass); close(ready) }})
		if s.err != nil && life.Err() == nil {
			h.log.Error("the node stopped", "err", s.err)
		}
	}()
	select {
	case <-ready:
	case <-s.done:
		cancel()
		return nil, asView(s.err)
	case <-ctx.Done():
		cancel()
		<-s.done
		return nil, ctx.Err()
	}
	c, err := api.Find(h.o.Dir, "")
	if err != nil {
		cancel()
		<-s.done
		return nil, err
	}
	if fund {
		s.helpers.Go(func() { h.fund(s, c) })
	}
	h.mu.Lock()
	h.session = s
	h.mu.Unlock()
	return c, nil
}

// Stop implements view.Wallets.
func (h *Host) Stop(ctx context.Context) error {
	h.mu.Lock()
	s, n := h.session, h.network
	h.session = nil
	h.mu.Unlock()
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		if s != nil {
			s.cancel()
			s.wait()
		}
		if n != nil {
			n.Stop()
		}
	}()
	select {
	case <-stopped:
	case <-ctx.Done():
		return ctx.Err()
	}
	if s != nil && s.err != nil && !errors.Is(s.err, context.Canceled) {
		return asView(s.err)
	}
	return nil
}

// startDemo starts the demo's processes, unless they run, and has the node join
// them.
func (h *Host) startDemo(ctx context.Context, cfg *config.Config, began func()) error {
	n, err := h.demo()
	if err != nil {
		return err
	}
	if !n.Alive() {
		began()
		n.Stop() // what is left of it
		if err := n.Start(ctx); err != nil {
			return asView(err)
		}
	}
	cfg.Seeds = n.Seeds()
	if err := keepPorts(&cfg.Listen); err != nil {
		return asView(err)
	}
	return asView(cfg.Save(h.o.Dir))
}

// demoCoins is what a new wallet on the demo's network gets to try things with.
const demoCoins = 500 * types.Coin

// fundedFile says that the demo's requester has paid the wallet.
const fundedFile = "funded"

// fund has the demo's requester pay the new wallet, once.
func (h *Host) fund(s *session, b view.Backend) {
	done := filepath.Join(h.o.Dir, demoDir, fundedFile)
	if _, err := os.Stat(done); err == nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-s.done:
			cancel()
		case <-ctx.Done():
		}
	}()
	to, err := b.NewAddress(ctx, h.catalog().T("desktop.demo.coins"))
	if err == nil {
		var id string
		if id, err = h.network.Pay(ctx, to.Address, demoCoins); err == nil {
			err = os.WriteFile(done, []byte(id+"\n"), 0o600)
		}
	}
	if err != nil && ctx.Err() == nil {
		h.log.Warn("the demo's coins did not come", "err", err)
	}
}

// demoPassphrase opens the wallet of a demo: whoever tries it has to know it,
// and its coins are worth nothing.
const demoPassphrase = "demo"

// demoWallet makes a wallet on the demo's network, unless there is one, and
// gives its passphrase.
func (h *Host) demoWallet(ctx context.Context) ([]byte, error) {
	if !h.wallets.Exists(h.o.Dir) {
		words, err := h.NewWords(12)
		if err != nil {
			return nil, err
		}
		if err := h.Create(ctx, view.CreateWallet{Network: networkDemo, Words: words, Passphrase: []byte(demoPassphrase)}); err != nil {
			return nil, err
		}
	}
	return []byte(demoPassphrase), nil
}

// catalog is the words of the language that the person reads now.
func (h *Host) catalog() *text.Catalog {
	l := h.prefs.Get().Language
	if l == "" {
		l = h.system
	}
	c, err := text.Load(assets.Lang(), l)
	if err != nil {
		panic(err) // they are part of the program, and tests read them
	}
	return c
}
