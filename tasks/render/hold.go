package render

import (
	"context"

	"golang.org/x/time/rate"

	"supercomputing/tasks/sandbox"
)

// Pace is how fast others' work goes on this machine. The zero value is full
// speed.
type Pace struct {
	Held   bool  // it stands still: programs are stopped, and no lease is asked for
	Quiet  bool  // nor is anything sent that is done; only together with Held
	CPU    int   // per cent of the cores' time; 0: all
	Upload int64 // bytes a second of pictures; 0: no limit
}

// SetPace changes how fast others' work goes, at once. What runs is stopped and
// continued, not thrown away: requesters are told all the time that this node is
// still there. This machine's own checks go on.
func (d *Dapp) SetPace(p Pace) {
	limit := rate.Inf
	if p.Upload > 0 {
		limit = rate.Limit(p.Upload)
	}
	d.uploads.SetLimit(limit)
	d.mu.Lock()
	if p != d.pace {
		d.pace = p
		close(d.news)
		d.news = make(chan struct{})
	}
	d.mu.Unlock()
	d.slot.lend(p.Held)
	d.brakeNow()
}

// brakeNow passes on to running programs what holds now. A program whose place
// one of this machine's own has taken stands until that has ended.
func (d *Dapp) brakeNow() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.brake.Set(sandbox.Pace{Held: d.pace.Held || d.slot.guests(), Share: d.pace.CPU, Cores: d.limits.Cores})
}

// held tells whether work stands still, and what is closed when that changes.
func (d *Dapp) held() (Pace, <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pace, d.news
}

// goOn waits while work is held. It fails with ctx's cause.
func (d *Dapp) goOn(ctx context.Context) error {
	return d.await(ctx, func(p Pace) bool { return p.Held })
}

// speak waits while nothing may be sent.
func (d *Dapp) speak(ctx context.Context) error {
	return d.await(ctx, func(p Pace) bool { return p.Held && p.Quiet })
}

func (d *Dapp) await(ctx context.Context, not func(Pace) bool) error {
	for {
		p, news := d.held()
		if !not(p) {
			return context.Cause(ctx)
		}
		select {
		case <-news:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
