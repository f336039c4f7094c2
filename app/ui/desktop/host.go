package desktop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"supercomputing/app/api"
	"supercomputing/app/config"
	"supercomputing/app/demo"
	"supercomputing/app/node"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// The networks that a new wallet can be for.
const (
	networkDemo = "demo"
	networkTest = "test"
	networkFile = "file"
)

// demoDir is where the demo's network lies in a data directory.
const demoDir = "demo"

// Host is the program and this machine, for the windows.
type Host struct {
	o       Options
	prefs   *page.Prefs
	wallets node.Wallets
	screen  Screen // set before anything is asked
	system  string // language of the system
	log     *slog.Logger
	level   *slog.LevelVar // of log
	copied  string         // the secret on the clipboard; for the UI thread

	mu sync.Mutex
	// guarded by mu:
	session *session      // the node that Start started
	network *demo.Network // the demo's processes
}

var _ view.Host = (*Host)(nil)

// NewHost makes the host of a data directory. Nothing runs before Start.
func NewHost(o Options, prefs *page.Prefs, screen Screen, log *slog.Logger, level *slog.LevelVar) *Host {
	return &Host{o: o, prefs: prefs, screen: screen, system: systemLanguage(os.Getenv), log: log, level: level}
}

// State implements view.Wallets.
func (h *Host) State() view.HostState {
	s := view.HostState{Node: view.NodeNone, DataDir: h.o.Dir, Version: h.o.Version, Attached: h.prefs.Get().Attached}
	if c, err := config.Load(h.o.Dir); err == nil {
		s.Network = c.Network
	}
	switch {
	case h.wallets.Running(h.o.Dir):
		s.Node = view.NodeRunning
	case h.wallets.Exists(h.o.Dir):
		s.Node = view.NodeLocked
	}
	return s
}

// Networks implements view.Wallets.
func (*Host) Networks() []view.NetworkChoice {
	return []view.NetworkChoice{{Name: networkDemo}, {Name: networkTest}, {Name: networkFile, File: true}}
}

// NewWords implements view.Wallets.
func (h *Host) NewWords(count int) (string, error) { return h.wallets.NewWords(count) }

// CheckWords implements view.Wallets.
func (h *Host) CheckWords(words string) error { return h.wallets.CheckWords(words) }

// knownWords is how many words are offered while one is typed.
const knownWords = 8

// KnownWords implements view.Wallets.
func (h *Host) KnownWords(prefix string) []string { return h.wallets.KnownWords(prefix, knownWords) }

// Create implements view.Wallets. The settings are saved first: a wallet
// without them would be opened on another network.
func (h *Host) Create(ctx context.Context, req view.CreateWallet) error {
	if h.wallets.Exists(h.o.Dir) {
		return view.Errorf(view.CodeConflict, "there is a wallet in %s already", h.o.Dir).
			WithHint("open it, or name another data directory with --datadir")
	}
	cfg, err := config.Load(h.o.Dir)
	if err != nil {
		return asView(err)
	}
	cfg.Network = req.Network
	if req.Network == networkDemo {
		if err := h.prepareDemo(&cfg); err != nil {
			return err
		}
	}
	if _, err := node.LoadNetwork(cfg.Network); err != nil {
		return err
	}
	if err := cfg.Save(h.o.Dir); err != nil {
		return asView(err)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	pass := bytes.Clone(req.Passphrase) // the keystore wipes what it is given
	_, err = h.wallets.Create(h.o.Dir, cfg.Network, req.Words, pass)
	clear(pass)
	return err
}

// Restore implements view.Wallets.
func (h *Host) Restore(ctx context.Context, req view.RestoreWallet) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	_, _, err := h.wallets.Restore(h.o.Dir, req.Path, req.Passphrase)
	return err
}

// Attach implements view.Wallets.
func (h *Host) Attach(ctx context.Context, req view.AttachRequest) (view.Backend, error) {
	if req.URL == "" {
		c, err := api.Find(h.o.Dir, "")
		if err != nil {
			return nil, err
		}
		_, err = c.Check(ctx)
		return c, err
	}
	c, err := api.Attach(req.URL, req.Token)
	if err != nil {
		return nil, err
	}
	if _, err := c.Check(ctx); err != nil {
		return nil, err
	}
	if err := h.prefs.Set(func(p *page.Preferences) { p.Attached = req.URL }); err != nil {
		h.log.Warn("the address of the node was not kept", "err", err)
	}
	return c, nil
}

// demoFile is the network file of the demo's network in this data directory.
func (h *Host) demoFile() string { return filepath.Join(h.o.Dir, demoDir, "network.json") }

// prepareDemo makes the demo's network and settings that join it. Nothing of it
// leaves this machine, and it takes no port that a node for others would.
func (h *Host) prepareDemo(cfg *config.Config) error {
	n, err := h.demo()
	if err != nil {
		return err
	}
	if err := newPorts(&cfg.Listen); err != nil {
		return asView(err)
	}
	cfg.Network = n.File()
	cfg.DHT = true // the nodes make up one of their own on loopback
	return nil
}

// demo gives the demo's network of this data directory, made when there is none.
func (h *Host) demo() (*demo.Network, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.network == nil {
		n, err := demo.OpenNetwork(filepath.Join(h.o.Dir, demoDir), "")
		if err != nil {
			return nil, asView(err)
		}
		h.network = n
	}
	return h.network, nil
}

// asView gives failures of this machine a code that the windows have words for.
func asView(err error) error {
	var e *view.Error
	switch {
	case err == nil || errors.As(err, &e) || errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, config.ErrConfig):
		return view.Errorf(view.CodeInvalid, "%v", err).WithHint("mend or remove the settings file in the data directory")
	case errors.Is(err, fs.ErrNotExist):
		return view.Errorf(view.CodeNotFound, "%v", err)
	case errors.Is(err, fs.ErrPermission), isPath(err):
		return view.Errorf(view.CodeDisk, "%v", err)
	}
	return fmt.Errorf("%w", err)
}

func isPath(err error) bool {
	var p *fs.PathError
	var l *os.LinkError
	return errors.As(err, &p) || errors.As(err, &l)
}
