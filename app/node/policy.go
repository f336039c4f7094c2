package node

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"supercomputing/app/config"
	"supercomputing/app/view"
	"supercomputing/miner"
)

// senseEvery is how often the machine is looked at while it contributes.
const senseEvery = 10 * time.Second

// policy decides when this machine works for others, and within which limits. It
// looks at the machine while contributing is switched on, and only then.
type policy struct {
	settings func() config.Contribute
	facts    func(context.Context) miner.Facts // but the snooze
	apply    func(config.Contribute, miner.Decision)
	changed  func() // the reasons or the limits are others now
	snooze   snoozeFile
	kick     chan struct{}

	looking sync.Mutex    // held while the machine is looked at, and until that is applied
	sensors miner.Sensors // guarded by looking

	mu sync.Mutex
	// guarded by mu:
	reading  miner.Reading
	decision miner.Decision
}

// openPolicy makes the policy of this machine. It decides when it runs.
func (n *Node) openPolicy() {
	if n.sensors == nil {
		n.sensors = miner.NewSensors()
	}
	n.policy = &policy{
		settings: func() config.Contribute { return n.config().Contribute }, facts: n.workFacts, apply: n.applyDecision,
		changed: func() { n.events.emit(view.Event{Kind: view.EventContribution}) },
		snooze:  snoozeIn(n.dir), sensors: n.sensors, kick: make(chan struct{}, 1),
	}
}

// run looks again and again until ctx is done.
func (p *policy) run(ctx context.Context) error {
	defer p.close()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-p.kick:
		case <-ctx.Done():
			return nil
		}
		timer.Stop()
		if next := p.look(ctx); next > 0 {
			timer.Reset(next)
		}
	}
}

func (p *policy) close() {
	p.looking.Lock()
	defer p.looking.Unlock()
	p.sensors.Close()
}

// wake has run look at once.
func (p *policy) wake() {
	select {
	case p.kick <- struct{}{}:
	default:
	}
}

// look reads the machine, decides and applies. It returns when to look again; 0:
// when something is changed.
func (p *policy) look(ctx context.Context) time.Duration {
	p.looking.Lock()
	defer p.looking.Unlock()
	c := p.settings()
	var g miner.Reading
	var f miner.Facts
	if c.Enabled {
		g, f = p.sensors.Read(ctx, c.Pause.Programs), p.facts(ctx)
	} else {
		p.sensors.Close()
	}
	if ctx.Err() != nil {
		return 0 // half a reading is none
	}
	f.Snoozed = p.snooze.until()
	now := time.Now()
	p.mu.Lock()
	was := p.decision
	if c.Enabled {
		p.reading = g
	}
	d := miner.Decide(rulesOf(c, p.reading.Cores), f, was.State, p.reading, now)
	p.decision = d
	p.mu.Unlock()
	p.apply(c, d)
	if !sameDecision(was, d) {
		p.changed()
	}
	switch {
	case !c.Enabled:
		return 0
	case d.Next.IsZero():
		return senseEvery
	}
	return min(max(d.Next.Sub(now), time.Second), senseEvery)
}

// sameDecision tells whether a person would see no difference but in what was
// measured.
func sameDecision(a, b miner.Decision) bool {
	return a.Limits == b.Limits && a.Idle == b.Idle && slices.Equal(a.Blind, b.Blind) &&
		slices.EqualFunc(a.Pauses, b.Pauses, func(x, y miner.Pause) bool {
			return x.Kind == y.Kind && x.Limit == y.Limit && (x.Kind != miner.PauseProgram || x.Value == y.Value) && x.Until.Sub(y.Until).Abs() < time.Minute
		})
}

// snoozed is until when the owner wants no work, zero when that is past.
func (p *policy) snoozed() time.Time {
	if at := p.snooze.until(); at.After(time.Now()) {
		return at.UTC()
	}
	return time.Time{}
}

// now is what was read and decided last.
func (p *policy) now() (miner.Reading, miner.Decision) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.reading, p.decision
}

// peek reads the machine for the owner to see while nothing is contributed, at
// most as often as otherwise.
func (p *policy) peek(ctx context.Context) {
	p.looking.Lock()
	defer p.looking.Unlock()
	if c := p.settings(); c.Enabled || time.Since(p.lastReading()) < senseEvery {
		return
	}
	g := p.sensors.Read(ctx, nil)
	p.sensors.Close()
	if ctx.Err() != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reading = g
}

func (p *policy) lastReading() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.reading.At
}

// workFacts are what speaks against work apart from the sensors.
func (n *Node) workFacts(ctx context.Context) (f miner.Facts) {
	dir := workPath(n.dir, n.config())
	if free, ok := n.workSpace.read(ctx, dir); ok && free < lowSpace {
		f.Disk = fmt.Sprintf("Only %d MiB are free on the disk of %s: work goes on when there are more than %d", free>>20, dir, lowSpace>>20)
	}
	s := n.syncState(len(n.gossip.Peers()))
	if s.Target > s.Height+farBehind {
		f.Unsynced = fmt.Sprintf("The chain is still being read, block %d of %d: work begins when it is here", s.Height, s.Target)
	}
	return f
}

// farBehind is how many blocks a node is behind when it should not judge jobs; a
// few it always is, now and then.
const farBehind = 20

// showPauses puts the reasons into the view's words.
func showPauses(d miner.Decision) []view.Pause {
	out := []view.Pause{}
	for _, p := range d.Pauses {
		v := view.Pause{Kind: p.Kind, Text: p.Text, Value: p.Value, Limit: p.Limit}
		if !p.Until.IsZero() {
			v.Until = p.Until.UTC()
		}
		out = append(out, v)
	}
	return out
}

func showMachine(g miner.Reading, idle bool) view.MachineState {
	v := view.MachineState{
		Cores: g.Cores, Memory: g.Memory, Idle: idle, IdleSeconds: int64(g.Input / time.Second), OnBattery: g.OnBattery, HasBattery: g.HasBattery,
		Charge: g.Charge, Celsius: g.Celsius, Metered: g.Metered, OtherCPU: g.OtherCPU, OwnCPU: g.OwnCPU, Unknown: []string{},
	}
	v.Unknown = append(v.Unknown, g.Unknown...)
	return v
}
