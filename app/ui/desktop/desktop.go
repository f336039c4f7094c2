// Package desktop owns what the windows need of a computer with a screen: the
// node that runs in this process or elsewhere, wallets before there is a node,
// files, clipboard, tray, notifications, start at login, and one window per
// data directory. It is the only package that links a graphics driver, and
// that only where cgo is on and the build is not for servers (tag headless);
// the rest of it is built and tested everywhere.
package desktop

import (
	"log/slog"

	"supercomputing/app/config"
	"supercomputing/app/view"
)

// Options are all that the windows are told by the command line.
type Options struct {
	Dir     string // the data directory
	Version string
	// Attach joins a node that runs, in place of the data directory's.
	Attach view.AttachRequest
	// Passphrase opens the wallet at once, in place of a person; wiped.
	Passphrase []byte
	// Hidden starts in the tray, as at login.
	Hidden bool
	// OpenLog makes the log of a data directory; the function closes it.
	OpenLog func(dir string, c config.Log) (*slog.Logger, func(), error)
}
