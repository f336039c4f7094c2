package view

import "context"

// Host is what the program and this machine do for the windows: wallets of the
// data directory before a node runs, the node itself, files, notices. Calls may
// take long unless they say otherwise; no secret is kept by the caller.
type Host interface {
	Wallets
	Desktop
}

// The states of the data directory.
const (
	NodeNone    = "none"    // there is no wallet yet
	NodeLocked  = "locked"  // there is a wallet that waits for its passphrase
	NodeRunning = "running" // another process runs a node on it
)

// Wallets is what can be done before there is a Backend.
type Wallets interface {
	// State tells what the data directory holds; at once.
	State() HostState
	// Networks lists the choices of network; at once.
	Networks() []NetworkChoice
	// NewWords makes recovery words, 12 or 24 of them.
	NewWords(count int) (string, error)
	// CheckWords says what is wrong with words, nil when they can be a wallet's.
	CheckWords(words string) error
	// KnownWords lists the words that begin with a prefix, a few of them; at once.
	KnownWords(prefix string) []string
	// Create makes a wallet and saves the choice of network. It never replaces one.
	Create(ctx context.Context, req CreateWallet) error
	// Restore unpacks a backup file into an empty data directory.
	Restore(ctx context.Context, req RestoreWallet) error
	// Start starts the node in this process with the wallet's passphrase, or
	// without one when there is no wallet. progress tells what is done, in words.
	Start(ctx context.Context, passphrase []byte, progress func(string)) (Backend, error)
	// Attach joins a node that runs: the one of the data directory for an empty
	// request, else the one at a URL with its token.
	Attach(ctx context.Context, req AttachRequest) (Backend, error)
	// Stop ends what Start began and waits for it.
	Stop(ctx context.Context) error
}

// HostState tells what the data directory holds.
type HostState struct {
	Node     string // NodeNone …
	DataDir  string
	Network  string // the setting
	Version  string
	Attached string // URL that was attached to last time, "" without
}

// NetworkChoice is a network that a new wallet can be for.
type NetworkChoice struct {
	Name string // "demo", "test", "file"
	File bool   // asks for a network file
}

// CreateWallet makes a wallet. Network is a choice's name or the path of a
// network file. "demo" starts a small network of real nodes on this machine,
// which the node joins and which gives the wallet coins to try things with.
type CreateWallet struct {
	Network    string
	Words      string
	Passphrase []byte
}

// String keeps the secrets out of logs.
func (CreateWallet) String() string { return "view.CreateWallet(hidden)" }

// GoString keeps the secrets out of %#v.
func (c CreateWallet) GoString() string { return c.String() }

// RestoreWallet takes a backup file.
type RestoreWallet struct {
	Path       string
	Passphrase []byte // of the wallet when it was backed up
}

// String keeps the secret out of logs.
func (RestoreWallet) String() string { return "view.RestoreWallet(hidden)" }

// GoString keeps the secret out of %#v.
func (r RestoreWallet) GoString() string { return r.String() }

// AttachRequest names a node: http://127.0.0.1:7402 on this machine, or
// https://host:port with the fingerprint of its certificate behind a “#”, as
// “supercomputing node link” prints it.
type AttachRequest struct {
	URL   string
	Token string
}

// String keeps the token out of logs.
func (a AttachRequest) String() string { return "view.AttachRequest(" + a.URL + ")" }

// GoString keeps the token out of %#v.
func (a AttachRequest) GoString() string { return a.String() }

// FileKind narrows a file dialog.
type FileKind struct {
	Name       string   // translated: "Scenes"
	Extensions []string // ".blend"; empty: all
}

// Notice is a notification of the desktop.
type Notice struct {
	Title, Text string
}

// Desktop is this machine's own: files, clipboard, browser, start at login.
type Desktop interface {
	// OpenFile asks for an existing file and gives its path, "" when cancelled.
	OpenFile(ctx context.Context, title string, kinds ...FileKind) (string, error)
	// OpenFolder asks for a folder.
	OpenFolder(ctx context.Context, title string) (string, error)
	// SaveFile asks for a new file's path; name is suggested.
	SaveFile(ctx context.Context, title, name string) (string, error)
	// ReadFile reads a file of at most max bytes that a person chose.
	ReadFile(ctx context.Context, path string, max int64) ([]byte, error)
	// WriteFile writes a file that a person named, whole or not at all.
	WriteFile(ctx context.Context, path string, data []byte) error
	// Show opens a folder, or the folder of a file, in the file manager; a URL
	// in the browser.
	Show(ctx context.Context, what string) error
	// CopyText puts text on the clipboard; a secret one is cleared after a minute.
	CopyText(text string, secret bool)
	// ClipboardText and ClipboardImage give what is on the clipboard; the image
	// as PNG, nil when there is none.
	ClipboardText() string
	ClipboardImage(ctx context.Context) ([]byte, error)
	// Notify shows a notification.
	Notify(n Notice)
	// StartsAtLogin and StartAtLogin read and change that.
	StartsAtLogin() (bool, error)
	StartAtLogin(on bool) error
	// HasTray reports whether there is a tray to hide into.
	HasTray() bool
}
