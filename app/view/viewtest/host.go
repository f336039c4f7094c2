package viewtest

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"supercomputing/app/view"
)

// Host is a view.Host in memory: it answers dialogs from Paths, keeps files,
// and records what it is asked. Fields may be set before use; what it records is
// read with the methods. The zero Host has no wallet, one network and no tray.
type Host struct {
	Node     view.HostState
	Choices  []view.NetworkChoice
	Words    string                   // that NewWords gives; "": a fixed twelve
	Paths    []string                 // that file dialogs give, one after another; then ""
	Text     string                   // on the clipboard
	Image    []byte                   // on the clipboard
	Tray     bool                     //
	Running  view.Backend             // that Start and Attach give; nil: an empty Fake
	Progress []string                 // that Start tells
	Accept   func(words string) error // nil: all words are right

	mu sync.Mutex
	// guarded by mu:
	errs    map[string]error
	calls   []Call
	files   map[string][]byte
	notices []view.Notice
	copied  []string
	login   bool
}

var _ view.Host = (*Host)(nil)

// testWords is a BIP 39 test vector.
const testWords = "legal winner thank year wave sausage worth useful legal winner thank yellow"

// Fail makes a method fail with err; nil makes it work again.
func (h *Host) Fail(method string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.errs == nil {
		h.errs = make(map[string]error)
	}
	h.errs[method] = err
}

// Calls returns the calls so far. Secrets are left out.
func (h *Host) Calls() []Call {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.calls)
}

// Asked returns the arguments of the calls of one method.
func (h *Host) Asked(method string) (args []string) {
	for _, c := range h.Calls() {
		if c.Method == method {
			args = append(args, c.Args)
		}
	}
	return args
}

// Put makes a file that ReadFile finds.
func (h *Host) Put(path string, data []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.files == nil {
		h.files = make(map[string][]byte)
	}
	h.files[path] = slices.Clone(data)
}

// File is what was written to a path, nil when nothing was.
func (h *Host) File(path string) []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.files[path])
}

// Notices are the notifications shown so far.
func (h *Host) Notices() []view.Notice {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.notices)
}

// Copied is what was put on the clipboard so far.
func (h *Host) Copied() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.copied)
}

func (h *Host) record(method string, args ...any) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = append(h.calls, Call{method, strings.TrimSpace(fmt.Sprintln(args...))})
	return h.errs[method]
}

// State implements view.Wallets.
func (h *Host) State() view.HostState {
	s := h.Node
	if s.Node == "" {
		s.Node = view.NodeNone
	}
	return s
}

// Networks implements view.Wallets.
func (h *Host) Networks() []view.NetworkChoice {
	if h.Choices == nil {
		return []view.NetworkChoice{{Name: "demo"}, {Name: "test"}, {Name: "file", File: true}}
	}
	return h.Choices
}

// NewWords implements view.Wallets.
func (h *Host) NewWords(count int) (string, error) {
	if err := h.record("NewWords", count); err != nil {
		return "", err
	}
	switch {
	case h.Words != "":
		return h.Words, nil
	case count == 24:
		return testWords + " " + testWords, nil
	}
	return testWords, nil
}

// CheckWords implements view.Wallets.
func (h *Host) CheckWords(words string) error {
	if h.Accept != nil {
		return h.Accept(words)
	}
	return h.record("CheckWords")
}

// KnownWords implements view.Wallets: it knows the words of testWords.
func (h *Host) KnownWords(prefix string) (out []string) {
	for _, w := range strings.Fields(testWords) {
		if prefix != "" && strings.HasPrefix(w, prefix) && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// Create implements view.Wallets.
func (h *Host) Create(_ context.Context, req view.CreateWallet) error {
	return h.record("Create", req.Network, len(strings.Fields(req.Words)), len(req.Passphrase) > 0)
}

// Restore implements view.Wallets.
func (h *Host) Restore(_ context.Context, req view.RestoreWallet) error {
	return h.record("Restore", req.Path, len(req.Passphrase) > 0)
}

// Start implements view.Wallets.
func (h *Host) Start(_ context.Context, passphrase []byte, progress func(string)) (view.Backend, error) {
	if err := h.record("Start", len(passphrase) > 0); err != nil {
		return nil, err
	}
	for _, p := range h.Progress {
		progress(p)
	}
	return h.backend(), nil
}

// Attach implements view.Wallets.
func (h *Host) Attach(_ context.Context, req view.AttachRequest) (view.Backend, error) {
	if err := h.record("Attach", req.URL, req.Token != ""); err != nil {
		return nil, err
	}
	return h.backend(), nil
}

func (h *Host) backend() view.Backend {
	if h.Running == nil {
		return new(Fake)
	}
	return h.Running
}

// Stop implements view.Wallets.
func (h *Host) Stop(context.Context) error { return h.record("Stop") }

func (h *Host) next(method, title string) (string, error) {
	if err := h.record(method, title); err != nil {
		return "", err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.Paths) == 0 {
		return "", nil
	}
	p := h.Paths[0]
	h.Paths = h.Paths[1:]
	return p, nil
}

// OpenFile implements view.Desktop.
func (h *Host) OpenFile(_ context.Context, title string, _ ...view.FileKind) (string, error) {
	return h.next("OpenFile", title)
}

// OpenFolder implements view.Desktop.
func (h *Host) OpenFolder(_ context.Context, title string) (string, error) {
	return h.next("OpenFolder", title)
}

// SaveFile implements view.Desktop.
func (h *Host) SaveFile(_ context.Context, title, name string) (string, error) {
	return h.next("SaveFile", title+" "+name)
}

// ReadFile implements view.Desktop.
func (h *Host) ReadFile(_ context.Context, path string, most int64) ([]byte, error) {
	if err := h.record("ReadFile", path); err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	data, ok := h.files[path]
	switch {
	case !ok:
		return nil, fmt.Errorf("%s: %w", path, fs.ErrNotExist)
	case int64(len(data)) > most:
		return nil, view.Errorf(view.CodeTooLarge, "%s is larger than %d bytes", path, most)
	}
	return slices.Clone(data), nil
}

// WriteFile implements view.Desktop.
func (h *Host) WriteFile(_ context.Context, path string, data []byte) error {
	if err := h.record("WriteFile", path); err != nil {
		return err
	}
	h.Put(path, data)
	return nil
}

// Show implements view.Desktop.
func (h *Host) Show(_ context.Context, what string) error { return h.record("Show", what) }

// CopyText implements view.Desktop.
func (h *Host) CopyText(text string, _ bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.copied = append(h.copied, text)
}

// ClipboardText implements view.Desktop.
func (h *Host) ClipboardText() string { return h.Text }

// ClipboardImage implements view.Desktop.
func (h *Host) ClipboardImage(context.Context) ([]byte, error) {
	return h.Image, h.record("ClipboardImage")
}

// Notify implements view.Desktop.
func (h *Host) Notify(n view.Notice) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.notices = append(h.notices, n)
}

// StartsAtLogin implements view.Desktop.
func (h *Host) StartsAtLogin() (bool, error) {
	err := h.record("StartsAtLogin")
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.login, err
}

// StartAtLogin implements view.Desktop.
func (h *Host) StartAtLogin(on bool) error {
	if err := h.record("StartAtLogin", on); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.login = on
	return nil
}

// HasTray implements view.Desktop.
func (h *Host) HasTray() bool { return h.Tray }
