package store_test

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"supercomputing/chain"
	"supercomputing/chain/store"
)

// killDir names the directory that the second process of TestKill works in.
const killDir = "CHAIN_STORE_KILL_DIR"

// TestKill kills a process with SIGKILL while it follows a chain with
// reorganisations. Each time the store opens at least where the process said
// it was, adds up, and the next process goes on from there.
func TestKill(t *testing.T) {
	t.Parallel()
	p, blocks := forked(t) // the same in every process
	if dir := os.Getenv(killDir); dir != "" {
		s, err := store.Open(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		m := open(t, p, s)
		for i, b := range blocks {
			if err := m.AddBlock(b); err != nil && !errors.Is(err, chain.ErrKnown) {
				t.Fatal(err)
			}
			fmt.Printf("\nadded %d tip %d\n", i, m.Tip().Height)
		}
		select {} // until killed
	}
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(11, 12))
	for _, stop := range []int{0, 1 + rng.IntN(8), 10 + rng.IntN(8), len(blocks) - 1} {
		height := runUntil(t, dir, stop)
		s, err := store.Open(dir, nil)
		if err != nil {
			t.Fatalf("killed after block %d: %v", stop, err)
		}
		m := open(t, p, s)
		if int(m.Tip().Height) < height {
			t.Fatalf("killed after block %d at height %d, opens at %d", stop, height, m.Tip().Height)
		}
		audit(t, m)
		if stop == len(blocks)-1 && m.Tip().Hash != blocks[stop].Hash() {
			t.Fatalf("ends at height %d", m.Tip().Height)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// runUntil runs the second process until it has added block stop, kills it and
// returns the last height it told.
func runUntil(t *testing.T, dir string, stop int) (height int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKill$")
	cmd.Env = append(os.Environ(), killDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said = append(said, lines.Text())
		f := strings.Fields(lines.Text())
		if len(f) != 4 || f[0] != "added" {
			continue
		}
		height, _ = strconv.Atoi(f[3])
		if n, _ := strconv.Atoi(f[1]); n >= stop {
			break
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the process ended by itself: %v\n%s", err, strings.Join(said, "\n"))
	}
	return height
}
