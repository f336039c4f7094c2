package node

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/app/config"
	"supercomputing/app/view"
	"supercomputing/miner"
)

// body is a machine of a test.
type body struct {
	mu      sync.Mutex
	reading miner.Reading
	reads   int
	closed  int
}

func (b *body) Read(context.Context, []string) miner.Reading {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reads++
	g := b.reading
	g.At = time.Now()
	return g
}

func (b *body) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed++
}

func (b *body) set(f func(*miner.Reading)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(&b.reading)
}

func (b *body) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reads
}

// ward is a policy of a test and what it did.
type ward struct {
	*policy
	body *body

	mu      sync.Mutex
	c       config.Contribute
	applied miner.Decision
	changes int
}

func newWard(t *testing.T, dir string, c config.Contribute) *ward {
	w := &ward{body: &body{reading: miner.Reading{Cores: 8, Input: time.Hour, Celsius: 50}}, c: c}
	w.policy = &policy{
		settings: func() config.Contribute { w.mu.Lock(); defer w.mu.Unlock(); return w.c },
		facts:    func(context.Context) miner.Facts { return miner.Facts{} },
		apply:    func(_ config.Contribute, d miner.Decision) { w.mu.Lock(); defer w.mu.Unlock(); w.applied = d },
		changed:  func() { w.mu.Lock(); defer w.mu.Unlock(); w.changes++ },
		snooze:   snoozeIn(dir), sensors: w.body, kick: make(chan struct{}, 1),
	}
	return w
}

func (w *ward) start(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.run(ctx) }()
	synctest.Wait()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// seen is what was applied last, and how often a change was told.
func (w *ward) seen() (miner.Decision, int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.applied, w.changes
}

func (w *ward) kinds() (out []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.applied.Pauses {
		out = append(out, p.Kind)
	}
	return out
}

func (w *ward) change(f func(*config.Contribute)) {
	w.mu.Lock()
	f(&w.c)
	w.mu.Unlock()
	w.wake()
	synctest.Wait()
}

// The machine is looked at every ten seconds while it contributes, and not at
// all otherwise; what changes counts within that time.
func TestPolicyLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config.Default().Contribute
		w := newWard(t, t.TempDir(), c)
		stop := w.start(t)
		defer stop()
		time.Sleep(time.Hour)
		synctest.Wait()
		if w.body.count() != 0 || !reflect.DeepEqual(w.kinds(), []string{miner.PauseOff}) {
			t.Fatalf("switched off: %d readings, %q", w.body.count(), w.kinds())
		}
		w.change(func(c *config.Contribute) { c.Enabled = true })
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := w.body.count(); n < 6 || n > 8 || w.kinds() != nil {
			t.Fatalf("a minute: %d readings, %q", n, w.kinds())
		}
		w.body.set(func(g *miner.Reading) { g.Celsius = 90 })
		time.Sleep(senseEvery)
		synctest.Wait()
		if !reflect.DeepEqual(w.kinds(), []string{miner.PauseHot}) {
			t.Fatalf("hot: %q", w.kinds())
		}
		w.body.set(func(g *miner.Reading) { g.Celsius, g.Input = 60, 0 })
		time.Sleep(senseEvery)
		synctest.Wait()
		d, was := w.seen()
		if w.kinds() != nil || d.Idle || d.Limits.CPU != 50 || d.Limits.Cores != 4 {
			t.Fatalf("in use: %+v", d)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if _, now := w.seen(); now != was {
			t.Errorf("told %d times of nothing", now-was)
		}
		reads := w.body.count()
		w.change(func(c *config.Contribute) { c.Enabled = false })
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := w.body.count(); n != reads || w.body.closed == 0 {
			t.Errorf("switched off again: %d readings, %d closed", n-reads, w.body.closed)
		}
	})
}

// "Not now" ends by itself to the second, and lasts over restarts.
func TestPolicySnooze(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		c := config.Default().Contribute
		c.Enabled = true
		w := newWard(t, dir, c)
		stop := w.start(t)
		until := time.Now().Add(time.Hour + 3*time.Second)
		if err := w.snooze.set(until); err != nil {
			t.Fatal(err)
		}
		w.wake()
		synctest.Wait()
		if !reflect.DeepEqual(w.kinds(), []string{miner.PauseSnooze}) {
			t.Fatalf("%q", w.kinds())
		}
		stop()
		w = newWard(t, dir, c)
		stop = w.start(t)
		defer stop()
		if !reflect.DeepEqual(w.kinds(), []string{miner.PauseSnooze}) || !w.snoozed().Equal(until) {
			t.Fatalf("after a restart: %q until %v", w.kinds(), w.snoozed())
		}
		time.Sleep(time.Until(until) - time.Second)
		synctest.Wait()
		if w.kinds() == nil {
			t.Fatal("it ended early")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if w.kinds() != nil || !w.snoozed().IsZero() {
			t.Fatalf("it did not end: %q", w.kinds())
		}
		if err := w.snooze.set(time.Time{}); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, snoozeName)); err == nil {
			t.Error("the file is left")
		}
	})
}

// Everything that an owner can set comes back as it was set, and half of the
// cores stays half of them.
func TestContributionSettings(t *testing.T) {
	c := config.Default().Contribute
	s := showSettings(c, 8)
	if s.InUse.Cores != 4 || s.IdleAfter != 180 || s.Pause.Celsius != 85 {
		t.Fatalf("%+v", s)
	}
	again := c
	keepSettings(s, &again, 8)
	if !reflect.DeepEqual(again, c) {
		t.Errorf("kept as\n%+v\nwas\n%+v", again, c)
	}
	want := view.ContributionSettings{Enabled: true, Disk: 1 << 30, Upload: 2, Download: 3, MaxJobs: 4, Cores: 5, Memory: 6 << 30, CPU: 7, IdleAfter: 60,
		InUse: view.InUse{Off: true, CPU: 8, Cores: 3, Memory: 1 << 30, Upload: 9, Download: 10}, Hours: view.Hours{1, 2, 3, 4, 5, 6, 7},
		Pause: view.PauseRules{Battery: true, Charge: 11, Celsius: 70, Metered: true, Busy: 12, Programs: []string{"x"}}, Off: []string{"render"}}
	full := config.Default()
	keepSettings(want, &full.Contribute, 8)
	if err := full.Validate(); err != nil {
		t.Fatal(err)
	}
	if got := showSettings(full.Contribute, 8); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	for _, f := range []func(*view.ContributionSettings){
		func(s *view.ContributionSettings) { s.InUse.Cores = -1 }, func(s *view.ContributionSettings) { s.IdleAfter = -5 },
		func(s *view.ContributionSettings) { s.IdleAfter = 1 << 62 }, func(s *view.ContributionSettings) { s.CPU = 101 },
		func(s *view.ContributionSettings) { s.Pause.Programs = []string{""} },
	} {
		bad, full := want, config.Default()
		f(&bad)
		keepSettings(bad, &full.Contribute, 8)
		if err := full.Validate(); err == nil {
			t.Errorf("accepted: %+v", bad)
		}
	}
}

// A whole node: its reasons, its limits and "not now", over the API.
func TestContributionPaused(t *testing.T) {
	m := newMember(t, t.TempDir())
	found(t, m)
	b := &body{reading: miner.Reading{Cores: 8, Memory: 16 << 30, Input: time.Hour, Celsius: 91, Unknown: []string{miner.SenseMetered}}}
	m.sensors = b
	m.cfg.Contribute.Enabled = true
	m.cfg.Contribute.Pause = config.Pause{Celsius: 85, Metered: true}
	stop := m.start(t)
	var c view.Contribution
	until := func(what string, ok func() bool) {
		t.Helper()
		m.await(t, what, func(ctx context.Context) (bool, error) {
			var err error
			c, err = m.client.Contribution(ctx)
			return err == nil && ok(), err
		})
	}
	until("it is hot", func() bool { return len(c.Pauses) == 1 && c.Pauses[0].Kind == view.PauseHot })
	if p := c.Pauses[0]; p.Value != "91 °C" || p.Limit != "85 °C" || c.Status.Why != p.Text || c.Status.Working != 0 || !c.Status.Enabled {
		t.Errorf("%+v, %+v", c.Status, p)
	}
	if len(c.Blind) != 1 || !strings.Contains(c.Blind[0], "metered") || len(c.Machine.Unknown) != 1 || c.Machine.Celsius != 91 {
		t.Errorf("%q, %+v", c.Blind, c.Machine)
	}
	if len(c.Dapps) != 2 || c.Dapps[0].Name != "download" || !c.Dapps[0].On || !c.Dapps[0].Can || c.Dapps[1].Name != "render" {
		t.Errorf("%+v", c.Dapps)
	}
	b.set(func(g *miner.Reading) { g.Celsius, g.Input = 40, time.Second })
	s := c.Settings
	s.IdleAfter, s.InUse.Off, s.Off = 600, true, []string{"render"}
	c, err := m.client.SetContribution(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Pauses) != 1 || c.Pauses[0].Kind != view.PauseInUse || c.Pauses[0].Until.IsZero() || c.Machine.Idle || c.Dapps[1].On {
		t.Errorf("in use: %+v, %+v, %+v", c.Pauses, c.Machine, c.Dapps)
	}
	at := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	if c, err = m.client.Snooze(t.Context(), view.SnoozeRequest{Until: at}); err != nil {
		t.Fatal(err)
	}
	if !c.Snoozed.Equal(at) || len(c.Pauses) != 2 || c.Pauses[0].Kind != view.PauseSnooze {
		t.Errorf("snoozed: %v, %+v", c.Snoozed, c.Pauses)
	}
	file, err := config.Load(m.dir)
	if err != nil || !file.Contribute.InUse.Off || len(file.Contribute.Off) != 1 {
		t.Errorf("saved: %+v, %v", file.Contribute, err)
	}
	stop()
	m.start(t) // with the settings that it was started with before
	until("it is snoozed after a restart", func() bool { return len(c.Pauses) == 1 && c.Snoozed.Equal(at) })
	if c, err = m.client.Snooze(t.Context(), view.SnoozeRequest{}); err != nil || !c.Snoozed.IsZero() || len(c.Pauses) != 0 {
		t.Errorf("woken: %+v, %v", c.Pauses, err)
	}
	if _, err := m.client.Snooze(t.Context(), view.SnoozeRequest{Until: time.Now().AddDate(2, 0, 0)}); err == nil {
		t.Error("work was put off for two years")
	}
}
