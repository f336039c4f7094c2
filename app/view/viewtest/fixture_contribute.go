package viewtest

import (
	"sync"
	"time"

	"supercomputing/app/view"
)

func contribution() view.Contribution {
	night := uint32(0b11110000_00000000_11111111)
	s := view.ContributionSettings{Enabled: true, Disk: 40 << 30, Upload: 4 << 20, Download: 0, MaxJobs: 4, Cores: 6, Memory: 8 << 30, CPU: 90, IdleAfter: 300,
		InUse: view.InUse{CPU: 25, Cores: 2, Memory: 2 << 30, Upload: 512 << 10, Download: 1 << 20},
		Hours: view.Hours{view.AllHours, night, night, night, night, night, view.AllHours},
		Pause: view.PauseRules{Battery: true, Charge: 40, Celsius: 85, Metered: true, Busy: 60, Programs: []string{"blender", "steam"}}, Off: []string{}}
	return view.Contribution{Settings: s, Status: view.ContributionStatus{Enabled: true, Working: 2, Why: "2 jobs are being worked on"}, Pauses: []view.Pause{},
		Machine: view.MachineState{Cores: 8, Memory: 16 << 30, Idle: true, IdleSeconds: 1_260, HasBattery: true, Charge: 96, Celsius: 61.5, OtherCPU: 7, OwnCPU: 71, Unknown: []string{}},
		Dapps: []view.DappWork{
			{Dapp: ID("dapp download"), Name: "download", On: true, Can: true, Jobs: 31, Earned: coin("14.208"), Open: 4},
			{Dapp: ID("dapp render"), Name: "render", On: true, Can: true, Jobs: 9, Earned: coin("22.7714"), Open: 3}},
		DiskUsed: 11_204_000_000, Earned: coin("0.482"), Credit: coin("3.0182"),
		Work: []view.Work{
			{Job: ID("board glacier-flyover.blend"), Dapp: "render", Name: "glacier-flyover.blend", Author: Address("Studio Kite"), State: "working", Since: ago(2 * time.Hour), Ticketed: coin("1.204"), Recorded: coin("0.91")},
			{Job: ID("board debian-13.2-netinst.iso"), Dapp: "download", Name: "debian-13.2-netinst.iso", Author: Address("Archive of Rivers"), State: "working", Since: ago(31 * time.Hour), Ticketed: coin("0.62"), Recorded: coin("0.432")}},
		Engines: []view.RenderEngine{{Name: "blender", Version: "3.4", Usable: true}, {Name: "povray", Usable: false, Why: "POV-Ray was not found; install the package “povray”"}}}
}

// Paused is the contribution of a machine that two rules keep from working.
func Paused() view.Contribution {
	c := contribution()
	c.Status = view.ContributionStatus{Enabled: true, Why: "the processor has 91 °C; work goes on below 85 °C"}
	c.Pauses = []view.Pause{{Kind: view.PauseHot, Text: "the processor has 91 °C; work goes on below 85 °C", Value: "91 °C", Limit: "85 °C"},
		{Kind: view.PauseProgram, Text: "blender runs", Value: "blender"}}
	c.Machine.Celsius = 91
	for i := range c.Work {
		c.Work[i].State = "paused"
	}
	return c
}

func fillContribution(f *Fake) {
	f.must("Contribution", contribution())
	// Changes last, as they do at a node.
	var mu sync.Mutex
	c := contribution() // guarded by mu
	reply(f, "SetContribution", func(s view.ContributionSettings) (any, error) {
		mu.Lock()
		defer mu.Unlock()
		c.Settings, c.Status.Enabled, c.Pauses = s, s.Enabled, []view.Pause{}
		if !s.Enabled {
			c.Status, c.Pauses = view.ContributionStatus{Why: "contributing is switched off"}, []view.Pause{{Kind: view.PauseOff, Text: "contributing is switched off"}}
		}
		f.must("Contribution", c)
		return c, nil
	})
	reply(f, "Snooze", func(r view.SnoozeRequest) (any, error) {
		mu.Lock()
		defer mu.Unlock()
		c.Snoozed, c.Pauses = r.Until, []view.Pause{}
		if r.Until.After(Now()) {
			c.Pauses = []view.Pause{{Kind: view.PauseSnooze, Text: "not now, as you said", Until: r.Until}}
		}
		f.must("Contribution", c)
		return c, nil
	})
}
