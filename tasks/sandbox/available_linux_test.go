package sandbox

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fake puts a program in bubblewrap's place.
func fake(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if script != "" {
		if err := os.WriteFile(filepath.Join(dir, "bwrap"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
}

// Where the sandbox does not hold, or is not there, it says so and what helps;
// nothing is run without it.
func TestUnavailable(t *testing.T) {
	for name, c := range map[string]struct{ script, want string }{
		"missing":           {"", "install bubblewrap"},
		"old":               {"echo 'bwrap: Unknown option --disable-userns' >&2; exit 1", "0.8"},
		"forbidden":         {"echo 'bwrap: No permissions to create new namespace' >&2; exit 1", "sysctl"},
		"apparmor":          {"echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1", "apparmor"},
		"other":             {"echo 'bwrap: rain' >&2; exit 1", "rain"},
		"silent":            {"exit 0", "without a word"},
		"does not isolate":  {`while [ "$1" != -- ]; do shift; done; shift; exec "$@"`, "children"},
		"runs it elsewhere": {`while [ "$1" != -- ]; do shift; done; shift; ( ( "$@"; exit $? ); exit $? )`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			fake(t, c.script)
			err := Available(t.Context())
			if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), c.want) {
				t.Fatal(err)
			}
			left := filepath.Join(t.TempDir(), "left")
			cmd, _ := sh(t, true, "echo > "+left)
			if _, err := Run(t.Context(), cmd); c.want != "" && !errors.Is(err, ErrUnavailable) {
				t.Fatal(err)
			}
			if _, err := os.Stat(left); c.want != "" && err == nil {
				t.Fatal("it ran all the same")
			}
		})
	}
}

func TestAvailableStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Available(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestProven(t *testing.T) {
	const good = "Name:\tsh\nNSpid:\t4\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\nnet Inter-|   Receive\nnet face |bytes\nnet lo: 0 0\n"
	if err := proven(good); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"", strings.Replace(good, "Seccomp:\t2", "Seccomp:\t0", 1), strings.Replace(good, "NoNewPrivs:\t1", "NoNewPrivs:\t0", 1),
		strings.Replace(good, "CapEff:\t0", "CapEff:\t8", 1), good + "net eth0: 0 0\n",
	} {
		if err := proven(bad); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
