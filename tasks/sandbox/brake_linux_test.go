package sandbox

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// log is what a program has written so far.
type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *log) lines() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Count(l.b.Bytes(), []byte("\n"))
}

// until looks again and again until done.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("never: %s", what)
		}
	}
}

// count writes lines from two processes, the second a child of the first, until
// it is enough, and leaves as its result how many.
const count = `lines() { i=0; until [ -e enough ]; do i=$((i+1)); echo $i; done; echo $i > $1; }
lines b & lines a; wait; read a < a; read b < b; echo $((a+b)) > result`

// A program that is held stands still with all its children, its time does not
// run, and continued it comes to the same end.
func TestHeld(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		c, _ := sh(t, isolate, count)
		out := new(log)
		c.Limits.Files = 1 << 20
		c.Stdout, c.Brake, c.Meter = out, NewBrake(), new(Meter)
		done := make(chan error, 1)
		go func() {
			_, err := Run(t.Context(), c)
			done <- err
		}()
		until(t, "it writes", func() bool { return out.lines() > 10 })
		c.Brake.Set(Pace{Held: true})
		until(t, "it stands", func() bool { return c.Meter.Held() > 100*time.Millisecond })
		was := out.lines()
		stood := c.Meter.Stood()
		until(t, "time passes", func() bool { return c.Meter.Stood() > stood+500*time.Millisecond })
		if now := out.lines(); now != was {
			t.Errorf("%d lines more while it was held", now-was)
		}
		c.Brake.Set(Pace{})
		until(t, "it goes on", func() bool { return out.lines() > was+10 })
		if err := os.WriteFile(filepath.Join(c.Scratch, "enough"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if b, err := ReadFile(c.Scratch, "result", 20); err != nil || strings.TrimSpace(string(b)) != strconv.Itoa(out.lines()) {
			t.Errorf("result %q of %d lines, %v", b, out.lines(), err)
		}
		if stood, held := c.Meter.Stood(), c.Meter.Held(); stood != held || held < 600*time.Millisecond {
			t.Errorf("stood for %v, held for %v", stood, held)
		}
	})
}

// Time at a standstill is not the program's; its own time is limited all the
// same.
func TestHeldTime(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		c, _ := sh(t, isolate, `echo a; while :; do :; done`)
		out := new(log)
		c.Stdout, c.Brake, c.Meter, c.Limits.Time = out, NewBrake(), new(Meter), time.Second
		done := make(chan error, 1)
		go func() {
			_, err := Run(t.Context(), c)
			done <- err
		}()
		until(t, "it runs", func() bool { return out.lines() > 0 })
		c.Brake.Set(Pace{Held: true})
		until(t, "it stands", func() bool { return c.Meter.Held() > 1200*time.Millisecond })
		select {
		case err := <-done:
			t.Fatalf("it ended while it was held: %v", err)
		default:
		}
		c.Brake.Set(Pace{})
		if le, is := (<-done).(*LimitError); !is || le.What != LimitTime {
			t.Errorf("it ended with %v", le)
		}
	})
}

// A held program ends at once when it is told to, and nothing is left.
func TestHeldEnds(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		c, _ := sh(t, isolate, `echo $$; sleep 1000 & while :; do :; done`)
		out := new(log)
		c.Stdout, c.Brake, c.Meter = out, NewBrake(), new(Meter)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan error, 1)
		go func() {
			_, err := Run(ctx, c)
			done <- err
		}()
		until(t, "it runs", func() bool { return out.lines() > 0 })
		c.Brake.Set(Pace{Held: true})
		until(t, "it stands", func() bool { return c.Meter.Held() > 0 })
		cancel()
		if err := <-done; err == nil {
			t.Error("no error")
		}
	})
}

// The share of the processor that a program takes is the one that it is given.
func TestShare(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		c, _ := sh(t, isolate, `while :; do :; done`)
		c.Brake, c.Meter, c.Threads = NewBrake(), new(Meter), 4
		c.Brake.Set(Pace{Share: 60, Cores: 2}) // 30 % of the time
		c.Limits.CPU = 600 * time.Millisecond
		began := time.Now()
		u, err := Run(t.Context(), c)
		if le, is := err.(*LimitError); !is || le.What != LimitCPU {
			t.Fatal(err)
		}
		// Wall, without what other programs took of its share.
		ran := time.Since(began) - c.Meter.Stood()
		// The first stop makes good what it ran before, up to 2 s.
		if part := float64(ran) / float64(time.Since(began)); part < 0.2 || part > 0.45 {
			t.Errorf("it ran in %.0f %% of the time", 100*part)
		}
		t.Logf("it ran in %.1f %% of the time, and used %.1f %% of a processor", 100*float64(ran)/float64(time.Since(began)), 100*float64(u.CPU)/float64(time.Since(began)))
		if u.CPU > ran+200*time.Millisecond || c.Meter.Held() != 0 {
			t.Errorf("%v of processor time, and it ran for %v", u.CPU, ran)
		}
	})
}

func TestPart(t *testing.T) {
	for _, c := range []struct {
		pace    Pace
		threads int
		want    float64
	}{
		{Pace{}, 8, 1}, {Pace{Share: 100}, 8, 1}, {Pace{Share: 25}, 1, 0.25}, {Pace{Cores: 4}, 8, 0.5}, {Pace{Cores: 8}, 4, 1},
		{Pace{Share: 50, Cores: 4}, 8, 0.25}, {Pace{Held: true, Share: 50}, 1, 0},
	} {
		if got := c.pace.part(c.threads); got != c.want {
			t.Errorf("%+v of %d threads: %v", c.pace, c.threads, got)
		}
	}
}

// What halt spares is bubblewrap around the program, and the guard.
func TestGuardStaysAwake(t *testing.T) {
	c, _ := sh(t, false, `echo a; while :; do :; done`)
	out := new(log)
	c.Stdout, c.Brake, c.Meter = out, NewBrake(), new(Meter)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan struct{})
	go func() { defer close(done); Run(ctx, c) }()
	until(t, "it runs", func() bool { return out.lines() > 0 })
	c.Brake.Set(Pace{Held: true})
	until(t, "it stands", func() bool { return c.Meter.Held() > 0 })
	asleep, awake := 0, 0
	for _, pid := range children(os.Getpid()) {
		s, ok := readStat(pid)
		line, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
		switch {
		case !ok:
		case strings.Contains(string(line), "while :"):
			if asleep++; s.state != 'T' {
				t.Errorf("the program is in state %c", s.state)
			}
		case strings.Contains(string(line), "trap ''"):
			if awake++; s.state == 'T' {
				t.Error("the guard is stopped")
			}
		}
	}
	if asleep != 1 || awake != 1 {
		t.Errorf("found %d programs and %d guards", asleep, awake)
	}
	cancel()
	<-done
}
