package main

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"time"

	"supercomputing/app/node"
	"supercomputing/app/view"
)

// env is all that the commands touch of the world, so that tests hand in
// another one.
type env struct {
	in       io.Reader
	out, err io.Writer
	// interactive says that a person sits at in and err; width is the
	// terminal's, in columns, 0 when err is not a terminal.
	interactive bool
	width       func() int
	getenv      func(string) string
	home        func() (string, error) // where data directories go by default
	now         func() time.Time
	// pause waits; it ends early with ctx.
	pause func(ctx context.Context, d time.Duration)
	// secret asks for a line without showing it.
	secret func(prompt string) ([]byte, error)
	// connect finds the node that runs on dir; address overrides where its API
	// listens.
	connect func(dir, address string) (view.Backend, error)
	// attach joins a node by the URL of its API.
	attach  func(url, token string) (view.Backend, error)
	wallets wallets
	run     func(ctx context.Context, opts node.Options) error
	// display says why no window can be shown, nil when one can; window opens
	// the app and returns when it is closed.
	display func() error
	window  func(ctx context.Context, r windowRequest) error
}

// wallets works on wallet files while no node runs on them.
type wallets interface {
	// Exists reports whether there is a wallet in dir.
	Exists(dir string) bool
	// NewWords makes recovery words.
	NewWords(count int) (string, error)
	// CheckWords says what is wrong with words, nil when they can be a wallet's.
	CheckWords(words string) error
	// Create writes the wallet of the words into dir, encrypted with the
	// passphrase, and gives its identity address on the network. It never
	// replaces a wallet.
	Create(dir, network, words string, passphrase []byte) (identity string, err error)
	// Matches reports whether the words make the wallet in dir.
	Matches(dir, words string) (bool, error)
	// ChangePassphrase encrypts the wallet in dir anew.
	ChangePassphrase(dir string, old, new []byte) error
	// Restore unpacks a backup into dir, and gives its network and identity.
	Restore(dir, path string, passphrase []byte) (network, identity string, err error)
}

// The environment variables.
const (
	envDataDir    = "SUPERCOMPUTING_DATADIR"
	envPassphrase = "SUPERCOMPUTING_PASSPHRASE_FILE"
	envToken      = "SUPERCOMPUTING_TOKEN_FILE"
)

// program is one invocation: the environment and the flags all commands share.
type program struct {
	env
	dataDir string // --datadir
	api     string // --api
	json    bool   // --json
}

// dir is the data directory in force.
func (p *program) dir() (string, error) {
	dir := p.dataDir
	if dir == "" {
		dir = p.getenv(envDataDir)
	}
	if dir == "" {
		home, err := p.home()
		if err != nil {
			return "", &usageError{err, "name a data directory with --datadir"}
		}
		dir = filepath.Join(home, "supercomputing")
	}
	return filepath.Abs(dir)
}

// backend is the running node.
func (p *program) backend() (view.Backend, error) {
	if strings.Contains(p.api, "://") {
		return p.attach()
	}
	dir, err := p.dir()
	if err != nil {
		return nil, err
	}
	return p.connect(dir, p.api)
}
