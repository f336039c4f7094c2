// Package node owns the wiring of a node: it opens the chain, the wallet, the
// gossip, the miner and the market of work on one data directory, joins them by
// small adapters, and serves them all as a view.Backend through the local API.
// It is the only package in which the domains meet; it never draws a window.
package node

import (
	"log/slog"

	"supercomputing/app/config"
	"supercomputing/app/view"
	"supercomputing/miner"
)

// Options are all that Run needs. The caller owns flags, terminal and signals.
type Options struct {
	// Dir is the data directory. It is made when missing, and locked: a second
	// node on it fails with view.CodeBusy.
	Dir string
	// Config are the settings, already validated. A change made through the
	// API is saved to the settings file in Dir.
	Config config.Config
	// Passphrase opens the wallet in Dir. It is ignored when there is none:
	// the node then follows the chain only, as an explorer does.
	Passphrase []byte
	// Version is told to the owner and to peers.
	Version string
	// Log receives everything; nil drops it. The newest records stay in memory
	// besides, for view.Owner.Log.
	Log *slog.Logger
	// LogLevel, when set, is the level of Log: a change of the setting
	// “log.level” sets it. Without it such a change waits for a restart.
	LogLevel *slog.LevelVar
	// Sensors tell what the rules need by which this machine works for others;
	// nil: this machine's own.
	Sensors miner.Sensors
	// Progress, when set, is told in words what opening does, which may take a
	// while after a crash or an update of the program. It is called by Run's own
	// goroutine and must not block.
	Progress func(string)
	// Ready, when set, is called once, as soon as the API answers.
	Ready func(Ready)
}

// Ready tells where a node that has started can be reached.
type Ready struct {
	Network  string `json:"network"`
	API      string `json:"api"`                // host:port
	Gossip   string `json:"gossip,omitempty"`   // host:port, "" when closed
	Remote   string `json:"remote,omitempty"`   // https://host:port#fingerprint, "" when closed
	Identity string `json:"identity,omitempty"` // the wallet's node address, "" without a wallet
	// Backend is the node itself, for windows in its own process. It must not be
	// asked any more when Run has returned.
	Backend view.Backend `json:"-"`
}
