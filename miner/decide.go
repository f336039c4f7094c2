package miner

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// How far a value has to go back over its limit until work goes on: without it,
// work would heat the processor, stop, cool it and start again every minute.
const (
	coolDown = 5  // °C
	chargeUp = 3  // per cent
	calmTime = 60 // seconds that other programs have to be quiet
)

// Decide says whether work is done now, within which limits, and every reason
// against it. now is by the machine's own clock and zone, because hours are.
func Decide(r Rules, f Facts, was State, g Reading, now time.Time) Decision {
	d := decider{r: r, f: f, g: g, now: now, Decision: Decision{State: was}}
	if !r.Enabled {
		d.Limits, d.Idle, d.State = r.Idle, true, State{}
		d.pause(PauseOff, "", "", time.Time{}, "Contributing is switched off: switch it on to work for others")
		return d.Decision
	}
	d.clock()
	d.use()
	d.power()
	d.heat()
	d.network()
	d.others()
	d.rest()
	return d.Decision
}

type decider struct {
	Decision
	r   Rules
	f   Facts
	g   Reading
	now time.Time
}

func (d *decider) pause(kind, value, limit string, until time.Time, format string, args ...any) {
	d.Pauses = append(d.Pauses, Pause{Kind: kind, Text: fmt.Sprintf(format, args...), Value: value, Limit: limit, Until: until})
	d.due(until)
}

// due notes when to look again.
func (d *decider) due(at time.Time) {
	if !at.IsZero() && (d.Next.IsZero() || at.Before(d.Next)) {
		d.Next = at
	}
}

// unknown tells whether the machine cannot tell something that a rule needs, and
// says so.
func (d *decider) unknown(sense, rule string) bool {
	if !slices.Contains(d.g.Unknown, sense) {
		return false
	}
	d.Blind = append(d.Blind, fmt.Sprintf("%s cannot act: %s", rule, cannot[sense]))
	return true
}

var cannot = map[string]string{
	SenseIdle:        "this machine does not tell when it was last used, so it always counts as idle",
	SenseBattery:     "this machine does not tell about its battery",
	SenseTemperature: "this machine does not tell how hot its processor is",
	SenseMetered:     "this machine does not tell whether its network connection is metered",
	SenseProcessor:   "this machine does not tell how busy its processor is",
	SensePrograms:    "this machine does not tell which programs run",
}

func (d *decider) clock() {
	if d.f.Snoozed.After(d.now) {
		d.pause(PauseSnooze, "", "", d.f.Snoozed, "You said “not now”: work goes on %s", when(d.f.Snoozed, d.now))
	}
	works, change := d.r.Hours.at(d.now)
	if d.due(change); !works {
		text := "Your hours leave no time for work: allow some"
		if !change.IsZero() {
			text = "It is outside your hours for work: it goes on " + when(change, d.now)
		}
		d.pause(PauseHours, "", "", change, "%s", text)
	}
}

// use tells whether somebody uses the machine, and chooses the limits.
func (d *decider) use() {
	d.Idle, d.Limits = true, d.r.Idle
	if d.r.IdleAfter > 0 && !d.unknown(SenseIdle, "The rule for a machine in use") && d.g.Input < d.r.IdleAfter {
		d.Idle, d.Limits = false, d.r.InUse.within(d.r.Idle)
		until := d.g.At.Add(d.r.IdleAfter - d.g.Input)
		if d.due(until); d.r.InUseOff {
			d.pause(PauseInUse, span(d.g.Input), span(d.r.IdleAfter), until,
				"Somebody uses this machine: work goes on %s after the last key or move of the mouse", span(d.r.IdleAfter))
		}
	}
}

func (d *decider) power() {
	if !d.r.Battery && d.r.Charge <= 0 {
		d.State.Low = false
		return
	}
	if d.unknown(SenseBattery, "The rule on the battery") {
		return
	}
	if !d.g.HasBattery {
		d.State.Low = false
		return
	}
	charge := fmt.Sprintf("%d %%", d.g.Charge)
	if d.r.Battery && d.g.OnBattery {
		d.pause(PauseBattery, charge, "", time.Time{}, "The machine runs on its battery: work goes on when it is plugged in")
	}
	d.State.Low = d.r.Charge > 0 && (d.g.Charge < d.r.Charge || d.State.Low && d.g.Charge < min(d.r.Charge+chargeUp, 100))
	if d.State.Low {
		d.pause(PauseCharge, charge, fmt.Sprintf("%d %%", d.r.Charge), time.Time{}, "The battery is at %s, your limit is %d %%: work goes on from %d %%",
			charge, d.r.Charge, min(d.r.Charge+chargeUp, 100))
	}
}

func (d *decider) heat() {
	if d.r.Celsius <= 0 || d.unknown(SenseTemperature, fmt.Sprintf("The limit of %d °C", d.r.Celsius)) {
		d.State.Hot = false
		return
	}
	limit := float64(d.r.Celsius)
	d.State.Hot = d.g.Celsius > limit || d.State.Hot && d.g.Celsius >= limit-coolDown
	if d.State.Hot {
		value, most := fmt.Sprintf("%.0f °C", d.g.Celsius), fmt.Sprintf("%d °C", d.r.Celsius)
		is := "over your limit of " + most
		if d.g.Celsius <= limit {
			is = "and was over your limit of " + most
		}
		d.pause(PauseHot, value, most, time.Time{}, "The processor is at %s, %s: work goes on below %d °C", value, is, d.r.Celsius-coolDown)
	}
}

func (d *decider) network() {
	if d.r.Metered && !d.unknown(SenseMetered, "The rule on metered networks") && d.g.Metered {
		d.pause(PauseMetered, "", "", time.Time{}, "The network connection is metered: work goes on with another connection")
	}
}

func (d *decider) others() {
	if d.r.Busy <= 0 || d.unknown(SenseProcessor, "The rule on other programs") {
		d.State.Busy, d.State.Calm = false, time.Time{}
	} else {
		d.busy()
	}
	if len(d.r.Programs) == 0 || d.unknown(SensePrograms, "The rule on named programs") {
		return
	}
	for _, name := range d.g.Running {
		d.pause(PauseProgram, name, "", time.Time{}, "%s runs: work goes on when it is closed", name)
	}
}

// busy is the rule on what other programs use; this machine's own work does not
// count, or it would stop itself.
func (d *decider) busy() {
	s := &d.State
	switch {
	case d.g.OtherCPU > float64(d.r.Busy):
		s.Busy, s.Calm = true, time.Time{}
	case s.Busy && s.Calm.IsZero():
		s.Calm = d.now
	}
	until := time.Time{}
	if s.Busy && !s.Calm.IsZero() {
		if until = s.Calm.Add(calmTime * time.Second); !until.After(d.now) {
			s.Busy, s.Calm = false, time.Time{}
		}
	}
	if !s.Busy {
		return
	}
	value, limit := fmt.Sprintf("%.0f %%", d.g.OtherCPU), fmt.Sprintf("%d %%", d.r.Busy)
	if until.IsZero() {
		d.pause(PauseBusy, value, limit, until, "Other programs use %s of the processor, over your limit of %s: work goes on when they have been below it for a minute", value, limit)
	} else {
		d.pause(PauseBusy, value, limit, until, "Other programs used more than %s of the processor a moment ago (now %s): work goes on %s", limit, value, when(until, d.now))
	}
}

func (d *decider) rest() {
	if d.f.Disk != "" {
		d.pause(PauseDisk, "", "", time.Time{}, "%s", d.f.Disk)
	}
	if d.f.Unsynced != "" {
		d.pause(PauseUnsynced, "", "", time.Time{}, "%s", d.f.Unsynced)
	}
}

// when writes a time for people: the clock today, with the day otherwise.
func when(t, now time.Time) string {
	t = t.In(now.Location())
	y, m, day := now.Date()
	switch ty, tm, td := t.Date(); {
	case ty == y && tm == m && td == day:
		return t.Format("at 15:04")
	case t.Before(time.Date(y, m, day+2, 0, 0, 0, 0, now.Location())):
		return t.Format("tomorrow at 15:04")
	case t.Before(now.AddDate(0, 0, 7)):
		return t.Format("on Monday at 15:04")
	}
	return t.Format("on 2 January 2006 at 15:04")
}

// span writes a duration for people, without zeros at its end.
func span(d time.Duration) string {
	d = d.Round(time.Second)
	var parts []string
	for _, u := range []struct {
		of   time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if n := d / u.of; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, u.name))
			d -= n * u.of
		}
	}
	if len(parts) == 0 {
		return "0 s"
	}
	return strings.Join(parts, " ")
}
