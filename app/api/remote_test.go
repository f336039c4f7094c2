package api

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
)

// serveRemote runs a server for programs elsewhere, and gives its address.
func serveRemote(t *testing.T, fake *viewtest.Fake) (url string) {
	t.Helper()
	cert, err := Certificate(filepath.Join(t.TempDir(), CertificateFile))
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer(fake, testToken, Options{})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.RunRemote(ctx, ln, cert) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("RunRemote: %v", err)
		}
	})
	return RemoteURL(ln.Addr().String(), cert)
}

func attach(t *testing.T, url, token string) *Client {
	t.Helper()
	c, err := Attach(url, token)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRemote(t *testing.T) {
	fake := new(viewtest.Fake)
	url := serveRemote(t, fake)
	ctx := t.Context()
	c := attach(t, url, testToken)
	want, _ := fake.Status(ctx)
	if got, err := c.Check(ctx); err != nil || got.Version != want.Version {
		t.Errorf("status %+v, %v", got, err)
	}
	fake.Emit(view.Event{Kind: view.EventTip})
	seen := errors.New("seen")
	if err := c.Watch(ctx, func(e view.Event) error { return seen }); !errors.Is(err, seen) {
		t.Errorf("watch: %v", err)
	}

	at := strings.Index(url, "#")
	other := url[:at+1] + strings.Repeat("00", 32)
	if _, err := attach(t, other, testToken).Check(ctx); !errors.Is(err, view.ErrUnauthorized) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("another certificate: %v", err)
	}
	if _, err := attach(t, url, strings.Repeat("00", 32)).Check(ctx); !errors.Is(err, view.ErrUnauthorized) || !strings.Contains(err.Error(), "token") {
		t.Errorf("another token: %v", err)
	}
	plain := attach(t, "http://"+url[len("https://"):at], testToken)
	if _, err := plain.Check(ctx); !errors.Is(err, view.ErrNotRunning) {
		t.Errorf("without TLS: %v", err)
	}
	// A page's script fails, whatever it knows.
	req, _ := http.NewRequestWithContext(ctx, "GET", c.base+"/v1/status", nil)
	req.Header.Set("Authorization", "Bearer "+testToken)
	req.Header.Set("Origin", "https://example.org")
	if resp, err := c.http.Do(req); err != nil || resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a script: %v, %v", resp, err)
	}
}

// Whoever guesses is not heard any more, even with the right token.
func TestRemoteGuesses(t *testing.T) {
	url := serveRemote(t, new(viewtest.Fake))
	bad, good := attach(t, url, strings.Repeat("00", 32)), attach(t, url, testToken)
	for range maxGuesses {
		if _, err := bad.Status(t.Context()); !errors.Is(err, view.ErrUnauthorized) {
			t.Fatal(err)
		}
	}
	for _, c := range []*Client{bad, good} {
		if _, err := c.Status(t.Context()); !errors.Is(err, view.ErrUnavailable) || !strings.Contains(err.Error(), "too many") {
			t.Errorf("after many guesses: %v", err)
		}
	}
}

func TestGuesses(t *testing.T) {
	now := time.Unix(0, 0)
	g := newGuesses(func() time.Time { return now })
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	for i := range maxGuesses {
		if !g.heard(a) || g.wrong(a) != (i == 0) {
			t.Fatalf("guess %d", i)
		}
	}
	if g.heard(a) || !g.heard(b) {
		t.Error("the wrong one is heard")
	}
	if now = now.Add(guessSpan); !g.heard(a) || !g.wrong(a) {
		t.Error("it is over, and not heard")
	}
	x := netip.MustParseAddr("2001:db8::")
	for range 3 * maxGuessers {
		x = x.Next()
		g.wrong(x)
	}
	if len(g.from) > maxGuessers {
		t.Errorf("%d addresses are remembered", len(g.from))
	}
	for from, want := range map[string]string{"192.0.2.1:80": "192.0.2.1", "[2001:db8::1]:80": "2001:db8::", "[::ffff:192.0.2.1]:80": "192.0.2.1", "x": "invalid IP"} {
		if got := source(from).String(); got != want {
			t.Errorf("%s is charged to %s", from, got)
		}
	}
}

func TestAttachAddresses(t *testing.T) {
	pin := "#" + strings.Repeat("ab", 32)
	for address, ok := range map[string]bool{
		"http://127.0.0.1:7402": true, "http://localhost:7402/": true, "http://[::1]:7402": true, "https://example.org:7405" + pin: true,
		"https://192.0.2.1:7405" + pin: true, "": false, "127.0.0.1:7402": false, "http://192.0.2.1:7402": false, "http://127.0.0.1": false,
		"https://192.0.2.1:7405": false, "https://192.0.2.1:7405#ab": false, "https://192.0.2.1" + pin: false, "ftp://127.0.0.1:1": false,
		"https://me:pw@192.0.2.1:7405" + pin: false, "https://192.0.2.1:7405/v1" + pin: false, "https://192.0.2.1:7405?x=1" + pin: false,
		"http://127.0.0.1.example.org:7402": false, "https://192.0.2.1:7405#" + strings.Repeat("xy", 32): false,
	} {
		_, err := Attach(address, testToken)
		if ok != (err == nil) || err != nil && !errors.Is(err, view.ErrInvalid) {
			t.Errorf("%q: %v", address, err)
		}
	}
	for _, token := range []string{"", "ab", testToken + "00", strings.Repeat("x", 64)} {
		if _, err := Attach("http://127.0.0.1:1", token); !errors.Is(err, view.ErrUnauthorized) || token != "" && strings.Contains(err.Error(), token) {
			t.Errorf("token %q: %v", token, err)
		}
	}
}

// The token of a data directory goes nowhere else unencrypted.
func TestFindStaysHere(t *testing.T) {
	dir := t.TempDir()
	if _, err := CreateToken(filepath.Join(dir, TokenFile)); err != nil {
		t.Fatal(err)
	}
	for address, ok := range map[string]bool{"127.0.0.1:1": true, "[::1]:1": true, "localhost:1": true, "192.0.2.1:1": false, "example.org:1": false, "127.0.0.1": false, ":1": false} {
		if _, err := Find(dir, address); ok != (err == nil) || err != nil && !errors.Is(err, view.ErrInvalid) {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestCertificate(t *testing.T) {
	path := filepath.Join(t.TempDir(), CertificateFile)
	url := func() string {
		t.Helper()
		cert, err := Certificate(path)
		if err != nil {
			t.Fatal(err)
		}
		return RemoteURL("h:1", cert)
	}
	first := url()
	if again := url(); again != first {
		t.Errorf("%s, then %s", first, again)
	}
	if fi, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && fi.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", fi.Mode(), err)
	}
	if err := os.WriteFile(path, []byte("rubbish with a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Certificate(path); err == nil || strings.Contains(err.Error(), "rubbish") {
		t.Errorf("a damaged file: %v", err)
	}
}

// Whoever is refused does not keep a connection, of which there are only so many.
func TestRefusedIsHungUp(t *testing.T) {
	url := serveRemote(t, new(viewtest.Fake))
	c := attach(t, url, strings.Repeat("00", 32))
	req, _ := http.NewRequestWithContext(t.Context(), "GET", c.base+"/v1/status", nil)
	resp, err := c.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized || !resp.Close {
		t.Errorf("%d, closed: %v", resp.StatusCode, resp.Close)
	}
}

// Programs elsewhere change settings, but not what runs on the node's machine.
func TestRemoteSettings(t *testing.T) {
	c := attach(t, serveRemote(t, new(viewtest.Fake)), testToken)
	for _, key := range []string{"engines.blender", "engines.ffmpeg", "contribute.unsandboxed"} {
		_, err := c.ChangeSettings(t.Context(), []view.SettingChange{{Key: "log.level", Value: "debug"}, {Key: key, Value: "/bin/sh"}})
		if !errors.Is(err, view.ErrInvalid) || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", key, err)
		}
	}
	if _, err := c.ChangeSettings(t.Context(), []view.SettingChange{{Key: "log.level", Value: "debug"}}); err != nil {
		t.Error(err)
	}
}

// One address cannot take all places.
func TestLimitedListenerEach(t *testing.T) {
	l := &limitedListener{most: 3, each: 2, from: make(map[netip.Addr]int)}
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	if !l.take(a) || !l.take(a) || l.take(a) || !l.take(b) || l.take(b) {
		t.Errorf("%d are open: %v", l.open, l.from)
	}
	l.give(a)
	l.give(a)
	if !l.take(b) || l.open != 2 || len(l.from) != 1 {
		t.Errorf("%d are open: %v", l.open, l.from)
	}
}

// Connections beyond the bound are closed, and those that end make room.
func TestLimitedListener(t *testing.T) {
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &limitedListener{Listener: raw, most: 1, each: 1, from: make(map[netip.Addr]int)}
	defer l.Close()
	taken := make(chan net.Conn)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			taken <- c
		}
	}()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", raw.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	defer dial().Close()
	first := <-taken
	second := dial()
	if _, err := second.Read(make([]byte, 1)); err == nil {
		t.Error("one too many was served")
	}
	first.Close()
	first.Close() // gives its slot back once
	defer dial().Close()
	(<-taken).Close()
}
