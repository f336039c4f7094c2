package sandbox

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// patience bounds what ends within moments on an idle machine. Scripts that are
// to be ended last far longer.
const patience = 2 * time.Minute

// sh is a command that runs a script.
func sh(t *testing.T, isolate bool, script string) (Command, *bytes.Buffer) {
	t.Helper()
	out := new(bytes.Buffer)
	return Command{
		Path: "/bin/sh", Args: []string{"-c", script}, Env: []string{"PATH=/usr/bin:/bin"}, Scratch: t.TempDir(),
		Isolate: isolate, Stdout: out, Stderr: out,
		Limits: Limits{Memory: 128 << 20, Disk: 8 << 20, Time: patience, Processes: 40},
	}, out
}

// both runs a test in the sandbox and without.
func both(t *testing.T, f func(t *testing.T, isolate bool)) {
	t.Run("isolated", func(t *testing.T) {
		if err := Available(t.Context()); err != nil {
			t.Skip(err)
		}
		f(t, true)
	})
	t.Run("plain", func(t *testing.T) { f(t, false) })
}

func TestRun(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		c, out := sh(t, isolate, `cat; pwd; echo file > result; echo "$A"`)
		c.Stdin, c.Env = strings.NewReader("in\n"), append(c.Env, "A=b c")
		u, err := Run(t.Context(), c)
		if err != nil {
			t.Fatal(err, out)
		}
		if want := "in\n" + c.Scratch + "\nb c\n"; out.String() != want {
			t.Fatalf("%q, want %q", out, want)
		}
		if b, err := ReadFile(c.Scratch, "result", 5); err != nil || string(b) != "file\n" {
			t.Fatalf("%q, %v", b, err)
		}
		if u.Wall <= 0 {
			t.Fatalf("%+v", u)
		}
	})
}

// A program that leaves while its input goes on has ended.
func TestEndlessInput(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		// One that waits for its input takes linger at least, every time; a busy
		// machine does so now and then.
		for try := 1; ; try++ {
			r, w := io.Pipe()
			defer w.Close()
			c, out := sh(t, isolate, `read a; echo "$a"`)
			c.Stdin = r
			go io.WriteString(w, "one\n")
			begun := time.Now()
			if _, err := Run(t.Context(), c); err != nil || out.String() != "one\n" {
				t.Fatalf("%q, %v", out, err)
			}
			took := time.Since(begun)
			if took < linger {
				break
			}
			if try == 5 {
				t.Fatal("it took", took)
			}
		}
	})
}

func TestExit(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		for _, script := range []string{"echo so >&2; exit 3", "kill -11 $$"} {
			c, _ := sh(t, isolate, script)
			_, err := Run(t.Context(), c)
			var exit *ExitError
			if !errors.As(err, &exit) || !errors.Is(err, ErrExit) {
				t.Fatal(err)
			}
			t.Log(err)
		}
	})
}

func TestLimits(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		for _, l := range []struct{ what, script string }{
			{LimitMemory, `head -c 1G /dev/zero | tail -c 1G | cat > /dev/null`},
			{LimitTime, `while :; do :; done`},
			{LimitProcesses, `for i in $(seq 300); do sleep 600 & done; wait`},
			{LimitDisk, `for i in 1 2 3 4 5 6 7 8; do head -c 4m /dev/zero > $i; done; sleep 600`},
			{LimitFile, `head -c 64m /dev/zero > big`},
		} {
			t.Run(l.what, func(t *testing.T) {
				c, out := sh(t, isolate, l.script)
				if l.what == LimitTime {
					c.Limits.Time = 300 * time.Millisecond
				}
				u, err := Run(t.Context(), c)
				var limit *LimitError
				if l.what == LimitProcesses && errors.Is(err, ErrExit) && strings.Contains(out.String(), "fork") {
					return // the kernel was first
				}
				if !errors.As(err, &limit) || limit.What != l.what || !errors.Is(err, ErrLimit) {
					t.Fatal(err, out)
				}
				t.Logf("%v %+v", err, u)
			})
		}
	})
}
