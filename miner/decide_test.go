package miner

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// A Wednesday.
var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func kinds(d Decision) (out []string) {
	for _, p := range d.Pauses {
		out = append(out, p.Kind)
	}
	return out
}

func TestDecide(t *testing.T) {
	all := Rules{
		Enabled: true, IdleAfter: 3 * time.Minute, Idle: Share{Cores: 8}, InUse: Share{Cores: 4, CPU: 50},
		Battery: true, Charge: 40, Celsius: 80, Metered: true, Busy: 50, Programs: []string{"blender"},
	}
	with := func(f func(*Rules)) Rules { r := all; f(&r); return r }
	away := Reading{At: noon, Input: time.Hour, HasBattery: true, Charge: 90, Celsius: 60}
	read := func(f func(*Reading)) Reading { g := away; f(&g); return g }
	evening := with(func(r *Rules) { r.Hours[time.Wednesday] = 0b111111 << 18 })
	cases := []struct {
		name  string
		rules Rules
		facts Facts
		read  Reading
		kinds []string
		says  string
		until time.Time
		next  time.Time
	}{
		{name: "nothing against it", rules: all, read: away},
		{name: "off", rules: with(func(r *Rules) { r.Enabled = false }), read: read(func(g *Reading) { g.Celsius = 99 }), kinds: []string{PauseOff}, says: "switch it on"},
		{name: "snoozed", rules: all, facts: Facts{Snoozed: noon.Add(time.Hour)}, read: away, kinds: []string{PauseSnooze}, says: "at 13:00", until: noon.Add(time.Hour), next: noon.Add(time.Hour)},
		{name: "snoozed till tomorrow", rules: all, facts: Facts{Snoozed: noon.Add(20 * time.Hour)}, read: away, kinds: []string{PauseSnooze}, says: "tomorrow at 08:00", until: noon.Add(20 * time.Hour), next: noon.Add(20 * time.Hour)},
		{name: "a snooze that is over", rules: all, facts: Facts{Snoozed: noon}, read: away},
		{name: "outside the hours", rules: evening, read: away, kinds: []string{PauseHours}, says: "at 18:00", until: noon.Add(6 * time.Hour), next: noon.Add(6 * time.Hour)},
		{name: "in the hours", rules: with(func(r *Rules) { r.Hours[time.Wednesday] = 1 << 12 }), read: away, next: noon.Add(time.Hour)},
		{name: "used within limits", rules: all, read: read(func(g *Reading) { g.Input = time.Minute }), next: noon.Add(2 * time.Minute)},
		{name: "used and off", rules: with(func(r *Rules) { r.InUseOff = true }), read: read(func(g *Reading) { g.Input = time.Minute }), kinds: []string{PauseInUse}, says: "3 min after", until: noon.Add(2 * time.Minute), next: noon.Add(2 * time.Minute)},
		{name: "on the battery", rules: all, read: read(func(g *Reading) { g.OnBattery = true }), kinds: []string{PauseBattery}, says: "plugged in"},
		{name: "no battery", rules: all, read: read(func(g *Reading) { g.HasBattery, g.Charge = false, 0 })},
		{name: "low charge", rules: all, read: read(func(g *Reading) { g.Charge = 39 }), kinds: []string{PauseCharge}, says: "39 %, your limit is 40 %: work goes on from 43 %"},
		{name: "hot", rules: all, read: read(func(g *Reading) { g.Celsius = 83.2 }), kinds: []string{PauseHot}, says: "The processor is at 83 °C, over your limit of 80 °C: work goes on below 75 °C"},
		{name: "warm is not hot", rules: all, read: read(func(g *Reading) { g.Celsius = 79 })},
		{name: "metered", rules: all, read: read(func(g *Reading) { g.Metered = true }), kinds: []string{PauseMetered}, says: "another connection"},
		{name: "own work does not count", rules: all, read: read(func(g *Reading) { g.OwnCPU, g.OtherCPU = 95, 4 })},
		{name: "busy", rules: all, read: read(func(g *Reading) { g.OtherCPU = 73 }), kinds: []string{PauseBusy}, says: "Other programs use 73 %"},
		{name: "a program", rules: all, read: read(func(g *Reading) { g.Running = []string{"blender"} }), kinds: []string{PauseProgram}, says: "blender runs: work goes on when it is closed"},
		{name: "the disk", rules: all, facts: Facts{Disk: "The disk is full"}, read: away, kinds: []string{PauseDisk}, says: "The disk is full"},
		{name: "all reasons are told", rules: with(func(r *Rules) { r.InUseOff = true }), facts: Facts{Snoozed: noon.Add(time.Hour), Unsynced: "reading"},
			read:  Reading{At: noon, HasBattery: true, OnBattery: true, Charge: 5, Celsius: 99, Metered: true, OtherCPU: 99, Running: []string{"blender"}},
			kinds: []string{PauseSnooze, PauseInUse, PauseBattery, PauseCharge, PauseHot, PauseMetered, PauseBusy, PauseProgram, PauseUnsynced},
			says:  "not now", until: noon.Add(time.Hour), next: noon.Add(3 * time.Minute)},
		{name: "what cannot be told stops nothing", rules: with(func(r *Rules) { r.InUseOff = true }),
			read: Reading{At: noon, HasBattery: true, OnBattery: true, Celsius: 99, Metered: true, OtherCPU: 99, Running: []string{"blender"},
				Unknown: []string{SenseIdle, SenseBattery, SenseTemperature, SenseMetered, SenseProcessor, SensePrograms}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := Decide(c.rules, c.facts, State{}, c.read, noon)
			if !reflect.DeepEqual(kinds(d), c.kinds) {
				t.Fatalf("pauses: %+v, want %q", d.Pauses, c.kinds)
			}
			if !d.Next.Equal(c.next) {
				t.Errorf("looks again %v, want %v", d.Next, c.next)
			}
			if len(d.Pauses) > 0 && (!strings.Contains(d.Pauses[0].Text, c.says) || !d.Pauses[0].Until.Equal(c.until)) {
				t.Errorf("says %+v, want %q until %v", d.Pauses[0], c.says, c.until)
			}
			if unknown := len(c.read.Unknown); len(d.Blind) != unknown {
				t.Errorf("of %d senses that are missing it says %q", unknown, d.Blind)
			}
		})
	}
}

// A value has to go back beyond its limit, and other programs to be quiet for a
// minute, until work goes on.
func TestHysteresis(t *testing.T) {
	r := Rules{Enabled: true, Celsius: 80, Charge: 40, Busy: 50}
	var s State
	for i, c := range []struct {
		after   int // seconds
		celsius float64
		charge  int
		other   float64
		kinds   []string
	}{
		{0, 79, 41, 50, nil},
		{10, 81, 41, 10, []string{PauseHot}},
		{20, 76, 39, 10, []string{PauseCharge, PauseHot}},
		{30, 75, 42, 10, []string{PauseCharge, PauseHot}},
		{40, 74.9, 43, 10, nil},
		{50, 79, 41, 60, []string{PauseBusy}},
		{60, 79, 41, 20, []string{PauseBusy}},
		{110, 79, 41, 20, []string{PauseBusy}},
		{115, 79, 41, 55, []string{PauseBusy}}, // the minute begins again
		{125, 79, 41, 20, []string{PauseBusy}},
		{184, 79, 41, 20, []string{PauseBusy}},
		{185, 79, 41, 20, nil},
	} {
		g := Reading{HasBattery: true, Celsius: c.celsius, Charge: c.charge, OtherCPU: c.other}
		d := Decide(r, Facts{}, s, g, noon.Add(time.Duration(c.after)*time.Second))
		if s = d.State; !reflect.DeepEqual(kinds(d), c.kinds) {
			t.Errorf("step %d: %+v, want %q", i, d.Pauses, c.kinds)
		}
	}
	if off := Decide(Rules{}, Facts{}, State{Hot: true, Busy: true}, Reading{}, noon); off.State != (State{}) {
		t.Errorf("switched off it remembers %+v", off.State)
	}
}

func TestLimitsOfUse(t *testing.T) {
	idle, used := Share{Cores: 4, Upload: 1000}, Share{Cores: 8, CPU: 50, Memory: 1 << 30, Upload: 2000, Download: 7}
	for _, c := range []struct {
		name  string
		after time.Duration
		input time.Duration
		knows bool
		idle  bool
		want  Share
	}{
		{"away", time.Minute, time.Hour, true, true, idle},
		{"here", time.Minute, time.Second, true, false, Share{Cores: 4, CPU: 50, Memory: 1 << 30, Upload: 1000, Download: 7}},
		{"who knows", time.Minute, 0, false, true, idle},
		{"always idle", 0, 0, true, true, idle},
	} {
		g := Reading{At: noon, Input: c.input}
		if !c.knows {
			g.Unknown = []string{SenseIdle}
		}
		d := Decide(Rules{Enabled: true, IdleAfter: c.after, Idle: idle, InUse: used}, Facts{}, State{}, g, noon)
		if d.Idle != c.idle || d.Limits != c.want || len(d.Pauses) > 0 {
			t.Errorf("%s: %+v", c.name, d)
		}
	}
}

func TestHours(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones here")
	}
	var night Hours
	for d := range night {
		night[d] = 0b11 << 2 // 2 to 4
	}
	// On 29 March 2026 clocks go from 2 to 3.
	if works, change := night.at(time.Date(2026, 3, 29, 1, 30, 0, 0, berlin)); works || change.In(berlin).Hour() != 3 {
		t.Errorf("%v until %v", works, change.In(berlin))
	}
	if works, change := (Hours{1: 1}).at(time.Date(2026, 3, 2, 0, 5, 0, 0, berlin)); !works || !change.Equal(time.Date(2026, 3, 2, 1, 0, 0, 0, berlin)) {
		t.Errorf("%v until %v", works, change)
	}
	if works, change := (Hours{}).at(noon); !works || !change.IsZero() {
		t.Error("no hours are not always")
	}
}
