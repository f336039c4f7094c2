package node

import (
	"runtime"
	"time"

	"supercomputing/app/config"
	"supercomputing/app/view"
	"supercomputing/miner"
)

// rulesOf are the settings as the policy's rules, on a machine with so many
// cores; 0: not known yet.
func rulesOf(c config.Contribute, cores int) miner.Rules {
	if cores <= 0 {
		cores = runtime.NumCPU()
	}
	return miner.Rules{
		Enabled: c.Enabled, IdleAfter: time.Duration(c.IdleAfter), InUseOff: c.InUse.Off, Hours: miner.Hours(c.Hours),
		Idle:    miner.Share{Cores: c.Cores, CPU: c.CPU, Memory: int64(c.Memory), Upload: int64(c.Upload), Download: int64(c.Download)},
		InUse:   miner.Share{Cores: c.InUse.Cores.Of(cores), CPU: c.InUse.CPU, Memory: int64(c.InUse.Memory), Upload: int64(c.InUse.Upload), Download: int64(c.InUse.Download)},
		Battery: c.Pause.Battery, Charge: c.Pause.Charge, Celsius: c.Pause.Celsius, Metered: c.Pause.Metered, Busy: c.Pause.Busy, Programs: c.Pause.Programs,
	}
}

// showSettings are the settings as the view has them.
func showSettings(c config.Contribute, cores int) view.ContributionSettings {
	if cores <= 0 {
		cores = runtime.NumCPU()
	}
	return view.ContributionSettings{
		Enabled: c.Enabled, Disk: int64(c.Disk), Upload: int64(c.Upload), Download: int64(c.Download), MaxJobs: c.MaxJobs,
		Cores: c.Cores, Memory: int64(c.Memory), CPU: c.CPU, IdleAfter: int64(time.Duration(c.IdleAfter) / time.Second),
		InUse: view.InUse{Off: c.InUse.Off, CPU: c.InUse.CPU, Cores: c.InUse.Cores.Of(cores), Memory: int64(c.InUse.Memory),
			Upload: int64(c.InUse.Upload), Download: int64(c.InUse.Download)},
		Hours: view.Hours(c.Hours),
		Pause: view.PauseRules{Battery: c.Pause.Battery, Charge: c.Pause.Charge, Celsius: c.Pause.Celsius, Metered: c.Pause.Metered,
			Busy: c.Pause.Busy, Programs: append([]string{}, c.Pause.Programs...)},
		Off: append([]string{}, c.Off...),
	}
}

// keepSettings puts what the owner has chosen into the settings. Half of the
// cores stays half of them: a machine may be replaced.
func keepSettings(s view.ContributionSettings, c *config.Contribute, cores int) {
	if cores <= 0 {
		cores = runtime.NumCPU()
	}
	c.Enabled, c.MaxJobs, c.Cores, c.CPU = s.Enabled, s.MaxJobs, s.Cores, s.CPU
	c.Disk, c.Upload, c.Download, c.Memory = config.Size(s.Disk), config.Rate(s.Upload), config.Rate(s.Download), config.Memory(s.Memory)
	c.IdleAfter = spanOf(s.IdleAfter)
	c.InUse.Off, c.InUse.CPU, c.InUse.Memory = s.InUse.Off, s.InUse.CPU, config.Memory(s.InUse.Memory)
	c.InUse.Upload, c.InUse.Download = config.Rate(s.InUse.Upload), config.Rate(s.InUse.Download)
	switch {
	case s.InUse.Cores < 0:
		c.InUse.Cores = invalidCores
	case s.InUse.Cores != c.InUse.Cores.Of(cores):
		c.InUse.Cores = config.Cores(s.InUse.Cores)
	}
	for d, hours := range s.Hours {
		c.Hours[d] = hours & view.AllHours
	}
	if s.Hours.Always() {
		c.Hours = config.Hours{}
	}
	c.Pause = config.Pause{Battery: s.Pause.Battery, Charge: s.Pause.Charge, Celsius: s.Pause.Celsius, Metered: s.Pause.Metered,
		Busy: s.Pause.Busy, Programs: namesOf(s.Pause.Programs)}
	c.Off = namesOf(s.Off)
}

// invalidCores is what a negative number becomes: not half of the cores, but
// something that validation names.
const invalidCores = config.HalfCores - 1

// spanOf is seconds as a span, out of bounds when they are.
func spanOf(seconds int64) config.Span {
	const most = int64(365 * 24 * time.Hour / time.Second)
	return config.Span(time.Duration(min(max(seconds, -1), most)) * time.Second)
}

func namesOf(list []string) config.List { return append(config.List{}, list...) }
