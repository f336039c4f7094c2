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

// count writes numbers from two processes, the second a child of the first, and
// leaves the last as its result.
const count = `i=0; while [ $i -lt 40000 ]; do i=$((i+1)); echo b; done & i=0
while [ $i -lt 40000 ]; do i=$((i+1)); echo $i; done; wait; echo $i > result`

// A program that is held stands still with all its children, its time does not
// run, and continued it comes to the same end.
func TestHeld(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		c, _ := sh(t, isolate, count)
		out := new(log)
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
		if now := out.lines(); now != was || was >= 80000 {
			t.Errorf("%d lines more while it was held, of %d", now-was, was)
		}
		c.Brake.Set(Pace{})
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if b, err := ReadFile(c.Scratch, "result", 10); err != nil || string(b) != "40000\n" || out.lines() != 80000 {
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
		if part := float64(ran) / float64(time.Since(began)); part < 0.2 || part > 0.45 {
			t.Errorf("it ran in %.0f %% of the time", 100*part)
		}
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
