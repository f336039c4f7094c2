package miner

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/mem"
)

// Sensors tell what the pause rules need. Tests and phones have their own.
type Sensors interface {
	// Read asks once. programs are the names that are looked for. What cannot
	// be told is named in the reading's Unknown; that is no error.
	Read(ctx context.Context, programs []string) Reading
	// Close ends the connections that reading has opened; Read opens them again.
	Close()
}

// NewSensors are this machine's own. They are for one goroutine.
func NewSensors() Sensors { return &sensors{platform: newPlatform()} }

// sensors is what all systems have in common.
type sensors struct {
	platform platform
	last     load // at the previous reading
	cores    int
	memory   int64
}

// platform is what each system has a way of its own for. false: unknown.
type platform interface {
	input(ctx context.Context) (time.Duration, bool)
	battery() (has, on bool, charge int, ok bool)
	celsius() (float64, bool)
	metered(ctx context.Context) (bool, bool)
	// processes tells which of the named programs run outside of this process
	// and its children, and how much processor time these have taken.
	processes(ctx context.Context, programs []string) (running []string, own time.Duration, ok bool)
	close()
}

// load is processor time since the machine's start.
type load struct {
	all, busy time.Duration // of all cores
	own       time.Duration // of this process and its children
}

const (
	patience  = 2 * time.Second        // that one reading may take
	firstSpan = 200 * time.Millisecond // over which the load is measured at first
)

// Read implements Sensors.
func (s *sensors) Read(ctx context.Context, programs []string) Reading {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if s.cores == 0 {
		s.cores, _ = cpu.CountsWithContext(ctx, true)
		if m, err := mem.VirtualMemoryWithContext(ctx); err == nil {
			s.memory = int64(m.Total)
		}
	}
	g := Reading{Cores: s.cores, Memory: s.memory}
	know := func(ok bool, sense string) {
		if !ok && !slices.Contains(g.Unknown, sense) {
			g.Unknown = append(g.Unknown, sense)
		}
	}
	var ok bool
	g.Input, ok = s.platform.input(ctx)
	know(ok, SenseIdle)
	g.HasBattery, g.OnBattery, g.Charge, ok = s.platform.battery()
	know(ok, SenseBattery)
	g.Celsius, ok = s.platform.celsius()
	know(ok, SenseTemperature)
	g.Metered, ok = s.platform.metered(ctx)
	know(ok, SenseMetered)
	g.Running, g.OwnCPU, g.OtherCPU, ok = s.load(ctx, programs)
	know(ok, SenseProcessor)
	know(ok || len(programs) == 0, SensePrograms)
	g.At = time.Now()
	return g
}

// Close implements Sensors.
func (s *sensors) Close() {
	s.platform.close()
	s.last = load{}
}

// load tells per cent since the last reading.
func (s *sensors) load(ctx context.Context, programs []string) (running []string, own, others float64, ok bool) {
	running, now, ok := s.measure(ctx, programs)
	if ok && s.last.all == 0 {
		s.last = now
		select {
		case <-time.After(firstSpan):
		case <-ctx.Done():
			return running, 0, 0, false
		}
		running, now, ok = s.measure(ctx, programs)
	}
	span := now.all - s.last.all
	if !ok || span <= 0 {
		return running, 0, 0, false
	}
	part := func(d time.Duration) float64 { return min(max(100*float64(d)/float64(span), 0), 100) }
	own = part(now.own - s.last.own)
	others = max(part(now.busy-s.last.busy)-own, 0)
	s.last = now
	return running, own, others, true
}

func (s *sensors) measure(ctx context.Context, programs []string) ([]string, load, bool) {
	running, own, ok := s.platform.processes(ctx, programs)
	t, err := cpu.TimesWithContext(ctx, false)
	if !ok || err != nil || len(t) == 0 {
		return running, load{}, false
	}
	seconds := func(v float64) time.Duration { return time.Duration(v * float64(time.Second)) }
	l := load{own: own, busy: seconds(t[0].User + t[0].Nice + t[0].System + t[0].Irq + t[0].Softirq)}
	l.all = l.busy + seconds(t[0].Idle+t[0].Iowait+t[0].Steal)
	return running, l, true
}

// programName is by what a program is known: no folder, no ending, no case.
func programName(s string) string {
	s = filepath.Base(strings.ReplaceAll(s, `\`, "/"))
	return strings.TrimSuffix(strings.ToLower(s), ".exe")
}
