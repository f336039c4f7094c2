package main

import (
	"fmt"
	"strings"
	"time"

	"supercomputing/app/config"
	"supercomputing/app/view"
)

func (p *program) showContribution(c view.Contribution) {
	state := "off"
	if c.Settings.Enabled {
		state = "on"
	}
	s := c.Settings
	why := c.Status.Why
	if s.Enabled && len(c.Pauses) > 0 {
		why = "" // all reasons follow
	}
	p.facts(
		"contributing", state,
		"why", why,
		"not before", timeText(c.Snoozed),
		"disk", fmt.Sprintf("%s used of %s", bytesText(c.DiskUsed), limitText(s.Disk)),
		"jobs at a time", s.MaxJobs,
		"hours", config.Hours(s.Hours).String(),
		"pauses", pauseRules(s.Pause),
		"counts as idle", idleText(s.IdleAfter),
		"this machine", machineText(c.Machine),
		"score not on the chain yet", c.Earned,
		"coins for the next coinbases", coins(c.Credit),
	)
	if s.Enabled {
		for _, r := range c.Pauses {
			p.say("paused: %s", clean(r.Text))
		}
		for _, b := range c.Blind {
			p.say("note: %s", clean(b))
		}
	}
	p.say("")
	p.table("LIMIT|IDLE|IN USE", limitRows(s), "")
	p.contributionTables(c)
}

// contributionTables are the dapps, the jobs and the programs.
func (p *program) contributionTables(c view.Contribution) {
	table := func(header string, rows [][]any) {
		if len(rows) > 0 {
			p.say("")
			p.table(header, rows, "")
		}
	}
	var rows [][]any
	for _, d := range c.Dapps {
		why := d.Why
		if !d.On {
			why = "switched off"
		}
		rows = append(rows, []any{d.Name, yesNo(d.On && d.Can), d.Open, d.Jobs, d.Earned, why})
	}
	table("DAPP|WORKS|OPEN JOBS|JOBS DONE|EARNED|WHY", rows)
	rows = nil
	for _, w := range c.Work {
		rows = append(rows, []any{short(w.Job), w.Dapp, w.Name, w.State, w.Ticketed, w.Recorded, w.Why})
	}
	table("JOB|DAPP|NAME|STATE|SCORE|ON CHAIN|WHY", rows)
	rows = nil
	for _, e := range c.Engines {
		rows = append(rows, []any{engineText(e.Name, ""), e.Version, yesNo(e.Usable), e.Why})
	}
	table("ENGINE|VERSION|USABLE|WHY", rows)
}

// limitRows are the limits of the idle machine and of one in use.
func limitRows(s view.ContributionSettings) [][]any {
	rows := [][]any{
		{"upload", rateText(s.Upload), rateText(s.InUse.Upload)},
		{"download", rateText(s.Download), rateText(s.InUse.Download)},
		{"cores", coresText(s.Cores), coresText(s.InUse.Cores)},
		{"of their time", shareText(s.CPU), shareText(s.InUse.CPU)},
		{"memory", memoryText(s.Memory), memoryText(s.InUse.Memory)},
	}
	for _, r := range rows {
		switch {
		case s.InUse.Off:
			r[2] = "no work"
		case s.IdleAfter == 0:
			r[2] = "the same"
		}
	}
	return rows
}

// rateText writes a limit of bytes a second, 0 meaning none.
func rateText(n int64) string {
	if n == 0 {
		return limitText(n)
	}
	return limitText(n) + "/s"
}

func shareText(n int) string {
	if n == 0 || n >= 100 {
		return "all"
	}
	return fmt.Sprintf("%d %%", n)
}

func idleText(seconds int64) string {
	if seconds == 0 {
		return "always"
	}
	return "after " + config.Span(time.Duration(seconds)*time.Second).String() + " without key or mouse"
}

// pauseRules puts the rules that are on into words.
func pauseRules(r view.PauseRules) string {
	var out []string
	add := func(on bool, format string, args ...any) {
		if on {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	add(r.Battery, "on the battery")
	add(r.Charge > 0, "below a charge of %d %%", r.Charge)
	add(r.Celsius > 0, "above %d °C", r.Celsius)
	add(r.Metered, "on a metered connection")
	add(r.Busy > 0, "while other programs use more than %d %% of the processor", r.Busy)
	add(len(r.Programs) > 0, "while %s runs", strings.Join(r.Programs, " or "))
	if len(out) == 0 {
		return "never"
	}
	return strings.Join(out, "; ")
}

// machineText is what the machine tells of itself now.
func machineText(m view.MachineState) string {
	if m.Cores == 0 {
		return "" // it was not looked at
	}
	knows := func(what string) bool {
		for _, u := range m.Unknown {
			if u == what {
				return false
			}
		}
		return true
	}
	var out []string
	add := func(on bool, format string, args ...any) {
		if on {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	if knows("idle") {
		idle := config.Span(time.Duration(m.IdleSeconds) * time.Second)
		add(m.Idle, "idle for %v", idle)
		add(!m.Idle, "in use, %v ago", idle)
	}
	if knows("battery") && m.HasBattery {
		add(m.OnBattery, "on its battery at %d %%", m.Charge)
		add(!m.OnBattery, "plugged in, battery at %d %%", m.Charge)
	}
	add(knows("temperature"), "processor at %.0f °C", m.Celsius)
	add(knows("metered") && m.Metered, "metered connection")
	add(knows("processor"), "%.0f %% of the processor used by this program, %.0f %% by others", m.OwnCPU, m.OtherCPU)
	return strings.Join(out, "; ")
}
