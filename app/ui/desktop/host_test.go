package desktop

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"supercomputing/app/config"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// paper is a screen without a toolkit.
type paper struct {
	clipboard string
	choice    Choice
	answer    string
	notices   []view.Notice
}

func (p *paper) Choose(_ context.Context, c Choice) (string, error) {
	p.choice = c
	return p.answer, nil
}
func (p *paper) SetClipboard(s string) { p.clipboard = s }
func (p *paper) Clipboard() string     { return p.clipboard }
func (p *paper) Later(fn func())       { fn() }
func (p *paper) Notify(n view.Notice)  { p.notices = append(p.notices, n) }
func (p *paper) HasTray() bool         { return false }

func newHost(t *testing.T) (*Host, *paper) {
	t.Helper()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "none"))
	dir := filepath.Join(t.TempDir(), "data")
	s := &paper{}
	return NewHost(Options{Dir: dir, Version: "1.2.3"}, page.MemoryPrefs(), s, slog.New(slog.DiscardHandler), new(slog.LevelVar)), s
}

// A wallet is made once, opened with its passphrase only, runs a node that
// answers, and can be joined while it runs.
func TestWalletAndNode(t *testing.T) {
	h, _ := newHost(t)
	ctx := t.Context()
	if s := h.State(); s.Node != view.NodeNone || s.DataDir != h.o.Dir || s.Version != "1.2.3" {
		t.Fatalf("a new data directory is %+v", s)
	}
	words, err := h.NewWords(12)
	if err != nil || h.CheckWords(words) != nil || h.CheckWords(words+" x") == nil || len(h.KnownWords(words[:2])) == 0 {
		t.Fatalf("words %q, %v", words, err)
	}
	ports, err := freePorts(3)
	if err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.Listen = config.Listen{API: ports[0], Contact: ports[1], BitTorrent: ports[2]}
	c.DHT = false
	if err := c.Save(h.o.Dir); err != nil {
		t.Fatal(err)
	}
	pass := []byte("a passphrase")
	for _, network := range []string{"nowhere", ""} {
		if err := h.Create(ctx, view.CreateWallet{Network: network, Words: words, Passphrase: pass}); err == nil || h.wallets.Exists(h.o.Dir) {
			t.Fatalf("a wallet on the network %q: %v", network, err)
		}
	}
	req := view.CreateWallet{Network: "local", Words: words, Passphrase: pass}
	if err := h.Create(ctx, req); err != nil {
		t.Fatal(err)
	}
	if err := h.Create(ctx, req); !errors.Is(err, view.ErrConflict) {
		t.Errorf("a second wallet: %v", err)
	}
	if s := h.State(); s.Node != view.NodeLocked || s.Network != "local" {
		t.Errorf("a wallet that waits is %+v", s)
	}
	progress := func(s string) {
		if strings.HasPrefix(s, "desktop.") {
			t.Errorf("progress has no words for %s", s)
		}
	}
	if _, err := h.Start(ctx, []byte("wrong"), progress); !errors.Is(err, view.ErrWrongPassphrase) {
		t.Fatalf("with a wrong passphrase: %v", err)
	}
	b, err := h.Start(ctx, pass, progress)
	if err != nil {
		t.Fatal(err)
	}
	if st, err := b.Status(ctx); err != nil || st.Network != "local" {
		t.Errorf("the node says %+v, %v", st, err)
	}
	if string(pass) != "a passphrase" {
		t.Error("the caller's passphrase was touched")
	}
	if _, err := h.Start(ctx, pass, progress); !errors.Is(err, view.ErrConflict) {
		t.Errorf("a second start: %v", err)
	}
	other, _ := newHost(t)
	other.o.Dir = h.o.Dir
	if s := other.State(); s.Node != view.NodeRunning {
		t.Errorf("while it runs: %+v", s)
	}
	joined, err := other.Start(ctx, nil, progress)
	if err != nil {
		t.Fatalf("join: %v", err)
	}
	if _, err := joined.Balance(ctx); err != nil {
		t.Error(err)
	}
	if err := h.Stop(ctx); err != nil {
		t.Errorf("stop: %v", err)
	}
	if s := h.State(); s.Node != view.NodeLocked {
		t.Errorf("after its end: %+v", s)
	}
	if _, err := other.Attach(ctx, view.AttachRequest{}); !errors.Is(err, view.ErrNotRunning) {
		t.Errorf("join a node that has ended: %v", err)
	}
}

// A node that failed by itself can be started again.
func TestStartAfterFailure(t *testing.T) {
	h, _ := newHost(t)
	ended := make(chan struct{})
	close(ended)
	h.session = &session{cancel: func() {}, done: ended, err: errors.New("the disk is full")}
	c := config.Default()
	c.Network, c.Listen, c.DHT = "local", config.Listen{API: "127.0.0.1:0"}, false
	if err := c.Save(h.o.Dir); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Start(t.Context(), nil, func(string) {}); err != nil {
		t.Fatal(err)
	}
	if err := h.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestStartIsCancelled(t *testing.T) {
	h, _ := newHost(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := config.Default()
	c.Network, c.Listen, c.DHT = "local", config.Listen{API: "127.0.0.1:0"}, false
	if err := c.Save(h.o.Dir); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Start(ctx, nil, func(string) {}); err == nil { // it was quicker
		t.Log("it was up before it was cancelled")
	} else if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := h.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if h.State().Node != view.NodeNone {
		t.Error("it still runs")
	}
}

func TestFiles(t *testing.T) {
	h, s := newHost(t)
	ctx := t.Context()
	s.answer = "/tmp/x.png"
	kind := view.FileKind{Name: "Pictures", Extensions: []string{".png"}}
	if p, err := h.OpenFile(ctx, "Open", kind); err != nil || p != s.answer || len(s.choice.Kinds) != 1 {
		t.Errorf("open: %q, %v, asked %+v", p, err, s.choice)
	}
	if _, err := h.SaveFile(ctx, "Save", "../a\nb/c?.txt"); err != nil || s.choice.Save != "-a-b-c-.txt" {
		t.Errorf("save: %v, asked %+v", err, s.choice)
	}
	if _, err := h.OpenFolder(ctx, "Folder"); err != nil || !s.choice.Folder {
		t.Errorf("folder: %v, asked %+v", err, s.choice)
	}
	path := filepath.Join(t.TempDir(), "f")
	if err := h.WriteFile(ctx, path, []byte("12345")); err != nil {
		t.Fatal(err)
	}
	if b, err := h.ReadFile(ctx, path, 5); err != nil || string(b) != "12345" {
		t.Errorf("read %q, %v", b, err)
	}
	if _, err := h.ReadFile(ctx, path, 4); view.AsError(err).Code != view.CodeTooLarge {
		t.Errorf("too large: %v", err)
	}
	if _, err := h.ReadFile(ctx, filepath.Dir(path), 4); view.AsError(err).Code != view.CodeInvalid {
		t.Errorf("a folder: %v", err)
	}
	if _, err := h.ReadFile(ctx, path+"x", 4); view.AsError(err).Code != view.CodeNotFound {
		t.Errorf("none: %v", err)
	}
	if err := h.WriteFile(ctx, filepath.Join(path, "x"), nil); err == nil {
		t.Error("wrote into a file as into a folder")
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("%d files are left", len(left))
	}
	if err := h.Show(ctx, "file:///etc/passwd"); err == nil {
		t.Error("another scheme was opened")
	}
}

func TestCleanName(t *testing.T) {
	for in, want := range map[string]string{
		"": "file", "...": "file", "a.csv": "a.csv", ".hidden": "hidden", `C:\x`: "C--x", strings.Repeat("ü", 100): strings.Repeat("ü", 60),
	} {
		if got := cleanName(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}

func TestClipboard(t *testing.T) {
	h, s := newHost(t)
	h.CopyText("a", false)
	if s.clipboard != "a" || h.ClipboardText() != "a" {
		t.Errorf("the clipboard holds %q", s.clipboard)
	}
	h.CopyText("words", true)
	h.CopyText("b", false)
	if h.forgetCopied(); s.clipboard != "b" {
		t.Errorf("at the end the clipboard holds %q", s.clipboard)
	}
	h.CopyText("words", true)
	if h.forgetCopied(); s.clipboard != "" {
		t.Error("a secret outlives the program on the clipboard")
	}
	t.Setenv("DISPLAY", "")
	if b, err := h.ClipboardImage(t.Context()); b != nil || err != nil {
		t.Errorf("a picture without a display: %d bytes, %v", len(b), err)
	}
}

func TestStartAtLogin(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("another system keeps it elsewhere")
	}
	h, _ := newHost(t)
	home := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", home)
	h.o.Dir = `/data/a "b" $c`
	check := func(want bool) {
		t.Helper()
		if on, err := h.StartsAtLogin(); err != nil || on != want {
			t.Errorf("starts at login: %v, %v", on, err)
		}
	}
	check(false)
	for range 2 {
		if err := h.StartAtLogin(true); err != nil {
			t.Fatal(err)
		}
	}
	check(true)
	b, err := os.ReadFile(filepath.Join(home, "autostart", "supercomputing.desktop"))
	if err != nil || !strings.Contains(string(b), `"--hidden" "--datadir" "/data/a \\"b\\" \\$c"`+"\n") {
		t.Errorf("%s, %v", b, err)
	}
	for range 2 {
		if err := h.StartAtLogin(false); err != nil {
			t.Fatal(err)
		}
	}
	check(false)
}

func TestSystemLanguage(t *testing.T) {
	for want, env := range map[string]map[string]string{
		"zh": {"LANG": "zh_CN.UTF-8"},
		"en": {"LANG": "C.UTF-8", "LANGUAGE": "zh"},
	} {
		if got := systemLanguage(func(k string) string { return env[k] }); got != want {
			t.Errorf("%v: %s", env, got)
		}
	}
	if got := systemLanguage(func(string) string { return "" }); got != "en" {
		t.Error(got)
	}
}
