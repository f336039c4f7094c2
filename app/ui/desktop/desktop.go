// Package desktop owns what the windows need of a computer with a screen: the
// node that runs in this process or elsewhere, wallets before there is a node,
// files, clipboard, tray, notifications, start at login, and one window per
// data directory. It is the only package that links a graphics driver, and
// that only where cgo is on and the build is not for servers (tag headless);
// the rest of it is built and tested everywhere.
package desktop

import (
	"context"
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
	// Demo makes a wallet on a network of its own before the first window, and
	// opens it.
	Demo bool
	// Hidden starts in the tray, as at login.
	Hidden bool
	// OpenLog makes the log of a data directory, at a level that can be changed
	// later; the function closes it.
	OpenLog func(dir string, c config.Log, level *slog.LevelVar) (*slog.Logger, func(), error)
}

// Screen is what only the toolkit can do. Its methods may be called from
// anywhere but the UI thread, unless they say otherwise.
type Screen interface {
	// Choose shows the toolkit's own dialog and waits for its end.
	Choose(ctx context.Context, c Choice) (path string, err error)
	// SetClipboard and Clipboard are for the UI thread.
	SetClipboard(s string)
	Clipboard() string
	// Later runs fn on the UI thread.
	Later(fn func())
	Notify(n view.Notice)
	HasTray() bool
}

// Choice is a file or folder that a person is asked for.
type Choice struct {
	Title  string
	Folder bool
	Save   string // a new file, and the name suggested for it
	Kinds  []view.FileKind
}
