package sandbox

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// Memory is counted wherever it is: in many processes, shared, in one request.
func TestMemoryBombs(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		for name, c := range map[string]struct{ tool, script string }{
			"many processes": {"perl", `for i in $(seq 20); do perl -e '$x = "x" x 20_000_000; sleep 600' & done; wait`},
			"shared":         {"python3", `exec python3 -c 'import mmap,time; m=mmap.mmap(-1,400<<20); [m.write(b"x"*(1<<20)) for i in range(400)]; time.sleep(600)'`},
			"step by step":   {"perl", `exec perl -e 'while (1) { push @x, "x" x 1_000_000 }'`},
			"by orphans":     {"perl", `for i in $(seq 20); do (setsid perl -e '$x = "x" x 20_000_000; sleep 600' &) ; done; sleep 600`},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				needs(t, c.tool)
				cmd, out := sh(t, isolate, c.script)
				cmd.Limits.Processes = 100
				u, err := Run(t.Context(), cmd)
				// One that grows by hundreds of MiB between two looks is refused
				// more by the kernel, and ends by itself.
				var exit *ExitError
				if errors.As(err, &exit) && strings.Contains(exit.Tail, "Out of memory") {
					return
				}
				var limit *LimitError
				if !errors.As(err, &limit) || limit.What != LimitMemory {
					t.Fatal(err, out)
				}
				if u.Memory < cmd.Limits.Memory || u.Memory > 8*cmd.Limits.Memory {
					t.Errorf("%+v", u)
				}
			})
		}
	})
}

// One huge request fails in the program, before there is anything to see.
func TestHugeRequest(t *testing.T) {
	needs(t, "perl")
	both(t, func(t *testing.T, isolate bool) {
		c, _ := sh(t, isolate, `exec perl -e '$x = "x" x 4_000_000_000'`)
		u, err := Run(t.Context(), c)
		var exit *ExitError
		if !errors.As(err, &exit) || exit.Tail == "" {
			t.Fatal(err)
		}
		if u.Memory > c.Limits.Memory {
			t.Errorf("%+v", u)
		}
	})
}

// What looks like a disk inside and is memory has an end.
func TestTemporaryFolders(t *testing.T) {
	for _, dir := range []string{"/tmp", "/dev/shm"} {
		out := isolated(t, "head -c 100000000 /dev/zero > "+dir+"/x 2>/dev/null || stat -c %s "+dir+"/x", func(c *Command) {
			c.Limits.Files, c.Limits.Disk = 1<<30, 1<<30
		})
		if out != "67108864\n" {
			t.Errorf("%s: %q", dir, out)
		}
	}
}

// A tree of processes that each start two more is found and ended at once, in
// whichever state it is.
func TestForkBomb(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		// It stops at a thousand: the machine is others' too.
		c, _ := sh(t, isolate, `b() { if [ $1 -gt 0 ]; then (b $(($1-1)) &); (b $(($1-1)) &); fi; sleep 600; }; b 9`)
		u, err := Run(t.Context(), c)
		var limit *LimitError
		if !errors.As(err, &limit) || limit.What != LimitProcesses {
			t.Fatal(err)
		}
		t.Logf("%v after %v", err, u.Wall)
		noneNamed(t, c.Scratch)
	})
}

// Output without end costs time only.
func TestFlood(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		c, _ := sh(t, isolate, `yes >&2`)
		c.Stdout, c.Stderr, c.Limits.Time = io.Discard, nil, 300*time.Millisecond
		if _, err := Run(t.Context(), c); !errors.Is(err, ErrLimit) {
			t.Fatal(err)
		}
	})
}

func TestProcessorTime(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		c, _ := sh(t, isolate, `while :; do :; done`)
		c.Limits.CPU = 200 * time.Millisecond
		u, err := Run(t.Context(), c)
		var limit *LimitError
		if !errors.As(err, &limit) || limit.What != LimitCPU {
			t.Fatal(err)
		}
		if u.CPU < c.Limits.CPU {
			t.Errorf("%+v", u)
		}
	})
}

func TestNice(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		c, out := sh(t, isolate, `nice; cat /proc/self/oom_score_adj`)
		c.Nice = 7
		if _, err := Run(t.Context(), c); err != nil || out.String() != "7\n1000\n" {
			t.Fatalf("%q, %v", out, err)
		}
	})
}
