package sandbox

import (
	"sync"
	"time"
)

// Pace is how fast programs may go. The zero value is full speed.
type Pace struct {
	Held  bool // they stand still
	Share int  // per cent of the time in which they run; 0: all
	Cores int  // that they may keep busy together, all in all; 0: as many as they have threads
}

// Brake slows programs down or holds them, from outside and at any time: they
// are stopped and continued as a whole, and notice nothing but the clock. One
// brake may hold several programs. It does nothing where Stops is false.
type Brake struct {
	mu   sync.Mutex
	pace Pace          // guarded by mu
	news chan struct{} // guarded by mu; closed when pace changes
}

// NewBrake makes a brake that is off.
func NewBrake() *Brake { return &Brake{news: make(chan struct{})} }

// Set changes the pace, at once.
func (b *Brake) Set(p Pace) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p != b.pace {
		b.pace = p
		close(b.news)
		b.news = make(chan struct{})
	}
}

// Pace is the one that was set last, and a channel that is closed when it
// changes.
func (b *Brake) Pace() (Pace, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pace, b.news
}

// part is in what part of the time a program of so many threads runs.
func (p Pace) part(threads int) float64 {
	if p.Held {
		return 0
	}
	part := 1.0
	if p.Share > 0 && p.Share < 100 {
		part = float64(p.Share) / 100
	}
	if p.Cores > 0 && threads > p.Cores {
		part *= float64(p.Cores) / float64(threads)
	}
	return part
}

// Meter tells for how long a program has stood still so far. The zero value is
// ready; a nil one tells nothing.
type Meter struct {
	mu          sync.Mutex // guards what follows
	stood, held time.Duration
	since       time.Time // of the stop that goes on; zero: it runs
	wasHeld     bool      // that stop is because the brake held it
}

// Stood is the time at a standstill: held, and between the strokes of a slow
// pace.
func (m *Meter) Stood() time.Duration {
	stood, _ := m.read()
	return stood
}

// Held is the part of Stood in which the brake held the program.
func (m *Meter) Held() time.Duration {
	_, held := m.read()
	return held
}

func (m *Meter) read() (stood, held time.Duration) {
	if m == nil {
		return 0, 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	stood, held = m.stood, m.held
	if !m.since.IsZero() {
		d := time.Since(m.since)
		if stood += d; m.wasHeld {
			held += d
		}
	}
	return stood, held
}

// note begins or ends a stop.
func (m *Meter) note(stopped, held bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if !m.since.IsZero() {
		d := now.Sub(m.since)
		if m.stood += d; m.wasHeld {
			m.held += d
		}
		m.since = time.Time{}
	}
	if stopped {
		m.since, m.wasHeld = now, held
	}
}

// Strokes of a slow pace: one run and one stop take a second, so that the
// machine's clocks and fans see a steady load, and no stop is noticed.
const (
	stroke = time.Second
	least  = 20 * time.Millisecond // that a stroke runs

	mostStroke = 2 * time.Second // of running, that a stop makes good
)

// pacer drives one program by a brake and gives it its time. Its methods are
// called by the goroutine that watches the program.
type pacer struct {
	brake   *Brake
	threads int
	meter   *Meter
	stop    func(held bool) // stops all processes, for longer when they are held
	cont    func()

	turn     *time.Timer     // the end of a stroke's part
	news     <-chan struct{} // the pace changes; nil without a brake
	stopped  bool
	went     time.Time     // when it was continued last
	ran      time.Duration // before it was stopped last
	deadline *time.Timer   // when the program's time is over, unless it stands
	left     time.Duration // while it stands
	ends     time.Time     // while it runs
}

func newPacer(c Command, began time.Time, stop func(held bool), cont func()) *pacer {
	p := &pacer{brake: c.Brake, threads: max(c.Threads, 1), meter: c.Meter, stop: stop, cont: cont, went: began}
	if p.meter == nil {
		p.meter = new(Meter)
	}
	p.turn, p.deadline = time.NewTimer(time.Hour), time.NewTimer(time.Hour)
	p.turn.Stop()
	p.deadline.Stop()
	if t := c.Limits.Time; t > 0 {
		p.ends = began.Add(t)
		p.deadline.Reset(time.Until(p.ends))
	}
	if Stops && p.brake != nil {
		_, p.news = p.brake.Pace()
		p.step()
	}
	return p
}

// step begins the next part of a stroke, or what a new pace asks for.
func (p *pacer) step() {
	var pace Pace
	pace, p.news = p.brake.Pace()
	p.turn.Stop()
	switch part := pace.part(p.threads); {
	case part >= 1:
		p.set(false, false)
	case part <= 0:
		p.set(true, true)
	default:
		if p.stopped {
			p.set(false, false)
			p.turn.Reset(max(time.Duration(part*float64(stroke)), least))
			return
		}
		p.set(true, false)
		// By how long it really ran: stopping takes its time on a busy machine.
		ran := min(p.ran, mostStroke)
		p.turn.Reset(max(time.Duration(float64(ran)*(1-part)/part), least))
	}
}

func (p *pacer) set(stop, held bool) {
	if stop {
		p.stop(held) // again, too: a process may have been made meanwhile
	}
	if stop == p.stopped {
		if stop {
			p.meter.note(true, held)
		}
		return
	}
	p.stopped = stop
	if stop {
		p.ran = time.Since(p.went)
		p.meter.note(true, held)
	} else {
		// Before it is done: a program must not run in time that is no one's.
		p.meter.note(false, false)
		p.went = time.Now()
		p.cont()
	}
	if p.ends.IsZero() {
		return
	}
	if stop {
		p.deadline.Stop()
		p.left = time.Until(p.ends)
	} else {
		p.ends = time.Now().Add(p.left)
		p.deadline.Reset(p.left)
	}
}

// held tells whether the program stands still until somebody sets another pace.
func (p *pacer) held() bool {
	if p.brake == nil || !p.stopped {
		return false
	}
	pace, _ := p.brake.Pace()
	return pace.Held
}

// close ends the timers; a stop that goes on ends with the program.
func (p *pacer) close() {
	p.turn.Stop()
	p.deadline.Stop()
	p.meter.note(false, false)
}
