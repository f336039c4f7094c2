package sandbox

import (
	"bufio"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// lifeline is a pipe in Scratch that every process of the program holds: its
// reader sees the end when the last of them is gone.
type lifeline struct {
	lines chan string // closed at the end
}

func newLifeline(t *testing.T, scratch string) *lifeline {
	t.Helper()
	path := filepath.Join(scratch, "alive")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	l := &lifeline{make(chan string, 1000)}
	go func() {
		defer close(l.lines)
		f, err := os.Open(path) // waits for a writer
		if err != nil {
			return
		}
		defer f.Close()
		for s := bufio.NewScanner(f); s.Scan(); {
			l.lines <- s.Text()
		}
	}()
	return l
}

// wait waits for n lines.
func (l *lifeline) wait(t *testing.T, n int) {
	t.Helper()
	limit := time.After(patience)
	for range n {
		select {
		case _, ok := <-l.lines:
			if !ok {
				t.Fatal("gone before it was there")
			}
		case <-limit:
			t.Fatal("not there")
		}
	}
}

// gone waits for the end.
func (l *lifeline) gone(t *testing.T) {
	t.Helper()
	for limit := time.After(patience); ; {
		select {
		case _, ok := <-l.lines:
			if !ok {
				return
			}
		case <-limit:
			t.Fatal("processes are left")
		}
	}
}

// family is a program of three processes that ignore what can be ignored; the
// first two are given away to whoever takes orphans.
const family = `trap '' TERM HUP INT; exec 9> alive
(sh -c 'trap "" TERM HUP; echo a >&9; while :; do sleep 1000; done' &)
(setsid sh -c 'echo b >&9; while :; do sleep 1000; done' &)
echo c >&9; sleep 1000`

func TestContextEnds(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		c, _ := sh(t, isolate, family)
		alive := newLifeline(t, c.Scratch)
		ctx, cancel := context.WithCancelCause(t.Context())
		why := errors.New("no longer wanted")
		go func() {
			alive.wait(t, 3)
			cancel(why)
		}()
		if _, err := Run(ctx, c); !errors.Is(err, why) {
			t.Fatal(err)
		}
		alive.gone(t)
		if _, err := Run(ctx, c); !errors.Is(err, why) {
			t.Fatal(err)
		}
	})
}

// What a program leaves running ends with it.
func TestNothingStays(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		c, _ := sh(t, isolate, strings.Replace(family, "echo c >&9; sleep 1000", "echo c >&9; read x < go; exit 0", 1))
		if err := syscall.Mkfifo(filepath.Join(c.Scratch, "go"), 0o600); err != nil {
			t.Fatal(err)
		}
		alive := newLifeline(t, c.Scratch)
		go func() {
			alive.wait(t, 3)
			os.WriteFile(filepath.Join(c.Scratch, "go"), []byte("\n"), 0)
		}()
		if _, err := Run(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		alive.gone(t)
	})
}

// parentScratch in the environment makes TestParent the process that is killed.
const parentScratch, parentIsolate = "SANDBOX_TEST_SCRATCH", "SANDBOX_TEST_ISOLATE"

// TestParent is no test of its own: TestParentKilled runs it.
func TestParent(t *testing.T) {
	scratch, isolate := os.Getenv(parentScratch), os.Getenv(parentIsolate) != ""
	if scratch == "" {
		t.Skip("run by another test")
	}
	c, _ := sh(t, isolate, family)
	c.Scratch, c.Limits.Time = scratch, time.Hour
	Run(t.Context(), c)
}

func parent(t *testing.T, scratch string, isolate bool) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestParent$")
	cmd.Env = append(os.Environ(), parentScratch+"="+scratch)
	if isolate {
		cmd.Env = append(cmd.Env, parentIsolate+"=1")
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// The death of this process, without a last word, leaves nothing running.
func TestParentKilled(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		scratch := t.TempDir()
		alive := newLifeline(t, scratch)
		cmd := parent(t, scratch, isolate)
		alive.wait(t, 3)
		cmd.Process.Kill()
		cmd.Wait()
		alive.gone(t)
		noneNamed(t, scratch)
	})
}

// Nor does a death at any moment of the start.
func TestParentKilledEarly(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		for range 12 {
			scratch := t.TempDir()
			cmd := parent(t, scratch, isolate)
			<-time.After(time.Duration(rand.Int64N(int64(40 * time.Millisecond))))
			cmd.Process.Kill()
			cmd.Wait()
			noneNamed(t, scratch)
		}
	})
}

// noneNamed waits until no process has the folder in its command line or as its
// working directory.
func noneNamed(t *testing.T, scratch string) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(patience); ; {
		found := ""
		pids, _ := filepath.Glob("/proc/[0-9]*")
		for _, pid := range pids {
			line, _ := os.ReadFile(pid + "/cmdline")
			cwd, _ := os.Readlink(pid + "/cwd")
			if strings.Contains(string(line), scratch) || strings.Contains(cwd, scratch) {
				found = pid + " " + string(line)
			}
		}
		if found == "" {
			return
		}
		select {
		case <-limit:
			t.Fatalf("left running: %q", found)
		case <-tick.C:
		}
	}
}
