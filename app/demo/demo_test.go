package demo

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"supercomputing/chain/types"
)

func good() *Result {
	return &Result{OneTip: true, Conserved: true, Bid: 2 * types.Coin,
		Downloaded: &Downloaded{SHA256OK: true, Rate: 2, CapRate: 1, Size: 2},
		Payouts:    []Payout{{Address: "lsc1pa", Score: types.Coin, Coins: types.Coin / 2}}}
}

func TestResultCheck(t *testing.T) {
	if err := good().Check(); err != nil {
		t.Fatal(err)
	}
	small := good()
	small.Size, small.Rate = 1, 0 // over before it has a speed
	if err := small.Check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Result){
		"two tips":       func(r *Result) { r.OneTip = false },
		"coins lost":     func(r *Result) { r.Conserved = false },
		"other file":     func(r *Result) { r.SHA256OK = false },
		"too slow":       func(r *Result) { r.Rate = r.CapRate },
		"not scored":     func(r *Result) { r.Payouts[0].Score = 0 },
		"scored twice":   func(r *Result) { r.Payouts = append(r.Payouts, r.Payouts[0], r.Payouts[0]) },
		"books":          func(r *Result) { r.in = []move{{role: "bid", amount: types.Coin}} },
		"not paid":       func(r *Result) { r.Payouts[0].Coins = 0 },
		"one of two":     func(r *Result) { r.Payouts = append(r.Payouts, Payout{Address: "lsc1pb"}) },
		"nothing at all": func(r *Result) { *r = Result{} },
		"not played":     func(r *Result) { r.Downloaded = nil },
	} {
		t.Run(name, func(t *testing.T) {
			r := good()
			spoil(r)
			if err := r.Check(); !errors.Is(err, ErrFailed) {
				t.Fatalf("got %v", err)
			}
		})
	}
}

// TestResultJSON pins the names that scripts read.
func TestResultJSON(t *testing.T) {
	raw, err := json.Marshal(good())
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"one_tip", "tip", "digest", "conserved", "sha256_ok", "bid", "payouts", "seconds"} {
		if _, ok := m[key]; !ok {
			t.Errorf("no %q in %s", key, raw)
		}
	}
	pay := m["payouts"].([]any)[0].(map[string]any)
	for _, key := range []string{"address", "score", "coins"} {
		if _, ok := pay[key]; !ok {
			t.Errorf("no %q in a payout", key)
		}
	}
}

func TestOptionsRefused(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		o Options
		p Play
	}{
		"no file":       {p: &Download{File: filepath.Join(dir, "none")}},
		"a folder":      {p: &Download{File: dir}},
		"empty file":    {p: &Download{File: empty}},
		"folder in use": {Options{Dir: dir}, &Download{}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Run(t.Context(), c.o, c.p); err == nil {
				t.Fatal("accepted")
			}
		})
	}
}

// Ctrl-C is not a failure whose logs somebody wants.
func TestInterruptedLeavesNothing(t *testing.T) {
	tmp := t.TempDir()
	for _, key := range []string{"TMPDIR", "TMP"} { // Unix, Windows
		t.Setenv(key, tmp)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, Options{}, &Download{}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Fatalf("left behind: %v, %v", left, err)
	}
}

func TestPackToolchain(t *testing.T) {
	if _, err := toolchain(t.Context()); err != nil {
		t.Skip(err)
	}
	if testing.Short() {
		t.Skip("writes 150 MiB")
	}
	path := filepath.Join(t.TempDir(), "go.tar")
	if err := packToolchain(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	sum, n, err := sumFile(t.Context(), path)
	if err != nil || n < archiveSize || len(sum) != 64 {
		t.Fatalf("%d bytes, sum %q, %v", n, sum, err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if h, err := tar.NewReader(f).Next(); err != nil || !strings.HasPrefix(h.Name, "go-0/") {
		t.Fatalf("first entry %v, %v", h, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := sumFile(ctx, path); !errors.Is(err, context.Canceled) {
		t.Fatalf("a cancelled sum says %v", err)
	}
}

func TestUIPlainLines(t *testing.T) {
	var out bytes.Buffer
	u := newUI(&out, false)
	u.step("one")
	u.bar("swarm", 1, 2, "a")
	u.bar("swarm", 1, 2, "a") // the same again says nothing new
	u.bar("swarm", 2, 2, "b") // too soon
	u.clear()
	u.line("two")
	text := out.String()
	if strings.ContainsAny(text, "\r\x1b") {
		t.Errorf("control characters in plain output: %q", text)
	}
	if got := strings.Count(text, "\n"); got != 3 {
		t.Errorf("%d lines: %q", got, text)
	}
	if !strings.Contains(text, "swarm 50%") {
		t.Errorf("no progress in %q", text)
	}
}

// The command that ends the demo's nodes finds those that the demo started and
// those that somebody started anew, and no others.
func TestNodesPattern(t *testing.T) {
	re := regexp.MustCompile(nodesPattern("/tmp/demo.1 it's/"))
	for line, want := range map[string]bool{
		"/bin/supercomputing node --datadir /tmp/demo.1 it's/node-1 --passphrase-file x": true,
		"supercomputing --datadir /tmp/demo.1 it's/node-1 node":                          true,
		"supercomputing --datadir=/tmp/demo.1 it's/requester node":                       true,
		"supercomputing node --datadir /tmp/demo.1 it's-2/node-1":                        false,
		"supercomputing node --datadir /tmp/demo-1 it's/node-1":                          false,
		"less /tmp/demo.1 it's/node-1/output.log":                                        false,
	} {
		if re.MatchString(line) != want {
			t.Errorf("%q: %v", line, !want)
		}
	}
	if got := shellQuote("it's"); got != `'it'\''s'` {
		t.Error(got)
	}
}

func TestUIBar(t *testing.T) {
	var out bytes.Buffer
	u := newUI(&out, true)
	u.bar("swarm", 5, 0, "no total yet")
	u.line("done")
	if !strings.HasSuffix(out.String(), "done\n") || !strings.Contains(out.String(), "\r\x1b[K") {
		t.Errorf("%q", out.String())
	}
	newUI(io.Discard, true).clear()
}
