package miner

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supercomputing/chain/types"
)

var (
	testNetwork = types.NetworkID{1, 2, 3}
	testAddress = types.Address{4, 5, 6}
)

func mustGuard(t *testing.T, dir string) *guard {
	t.Helper()
	g, err := openGuard(dir, testNetwork, testAddress)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestGuard(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	g := mustGuard(t, dir)
	if !g.allows(0) {
		t.Error("a new guard refuses slot 0")
	}
	steps := []struct {
		slot uint64
		ok   bool
	}{{0, true}, {0, false}, {7, true}, {6, false}, {7, false}, {8, true}, {1 << 63, true}, {1<<63 + 1, true}}
	for _, s := range steps {
		// Every claim is made by a program that has just started.
		g := mustGuard(t, dir)
		if g.allows(s.slot) != s.ok {
			t.Errorf("slot %d: allows %v", s.slot, !s.ok)
		}
		if err := g.claim(s.slot, types.Hash{9}); (err == nil) != s.ok || !s.ok && !errors.Is(err, errSigned) {
			t.Errorf("slot %d: %v", s.slot, err)
		}
	}
}

func TestGuardIsPerAddressAndNetwork(t *testing.T) {
	dir := t.TempDir()
	if err := mustGuard(t, dir).claim(10, types.Hash{}); err != nil {
		t.Fatal(err)
	}
	for _, other := range []struct {
		network types.NetworkID
		address types.Address
	}{{types.NetworkID{9}, testAddress}, {testNetwork, types.Address{9}}} {
		g, err := openGuard(dir, other.network, other.address)
		if err != nil || !g.allows(10) {
			t.Errorf("%v: %v", other, err)
		}
	}
}

func TestGuardDamaged(t *testing.T) {
	cases := map[string]func(string) string{
		"empty":           func(string) string { return "" },
		"cut short":       func(s string) string { return s[:len(s)/2] },
		"other format":    func(s string) string { return strings.Replace(s, "signed 1", "signed 2", 1) },
		"other address":   func(s string) string { return strings.Replace(s, "address 04", "address 14", 1) },
		"other network":   func(s string) string { return strings.Replace(s, "network 01", "network 11", 1) },
		"slot is no slot": func(s string) string { return strings.Replace(s, "slot 10", "slot x", 1) },
		"slot missing":    func(s string) string { return strings.Replace(s, "slot 10\n", "", 1) },
	}
	for name, damage := range cases {
		t.Run(name, func(t *testing.T) {
			g := mustGuard(t, t.TempDir())
			if err := g.claim(10, types.Hash{}); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(g.path)
			if err != nil {
				t.Fatal(err)
			}
			bad := damage(string(text))
			if bad == string(text) {
				t.Fatal("the case changes nothing")
			}
			if err := os.WriteFile(g.path, []byte(bad), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := openGuard(filepath.Dir(g.path), testNetwork, testAddress); !errors.Is(err, ErrGuard) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestGuardDiskFails: when the record cannot be written the slot is not
// claimed, and what was on disk stays.
func TestGuardDiskFails(t *testing.T) {
	dir := t.TempDir()
	g := mustGuard(t, dir)
	if err := g.claim(1, types.Hash{}); err != nil {
		t.Fatal(err)
	}
	// A folder stands where the new file would be written.
	if err := os.MkdirAll(filepath.Join(g.path+".new", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := g.claim(2, types.Hash{}); err == nil || errors.Is(err, errSigned) {
		t.Fatalf("got %v", err)
	}
	if !g.allows(2) {
		t.Error("a slot counts as claimed though its record was not written")
	}
	if again := mustGuard(t, dir); again.allows(1) || !again.allows(2) {
		t.Errorf("on disk: slot %d", again.slot)
	}
}
