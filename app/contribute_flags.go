package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"supercomputing/app/config"
	"supercomputing/app/view"
)

// contributeSet is one flag of the commands that change contributing.
type contributeSet struct {
	name, kind, usage string
	set               func(s *view.ContributionSettings, text string, cores int) error
}

// contributeFlag reads one flag from the command line.
type contributeFlag struct {
	contributeSet
	to *contributeChanges
}

func (f *contributeFlag) String() string { return "" }
func (f *contributeFlag) Type() string   { return f.kind }

// Set checks the text at once, and keeps it for the settings that come later.
func (f *contributeFlag) Set(text string) error {
	var scratch view.ContributionSettings
	if err := f.set(&scratch, text, 2); err != nil {
		return err
	}
	f.to.list = append(f.to.list, func(s *view.ContributionSettings) error { return f.set(s, text, f.to.cores) })
	return nil
}

// contributeChanges are the flags that were given, in their order.
type contributeChanges struct {
	cores int // of the node's machine
	list  []func(*view.ContributionSettings) error
}

func (c *contributeChanges) apply(s *view.ContributionSettings) error {
	for _, change := range c.list {
		if err := change(s); err != nil {
			return err
		}
	}
	return nil
}

// contributeFlags are all of them.
func contributeFlags() []contributeSet {
	type settings = view.ContributionSettings
	size := func(name, usage string, at func(*settings) *int64) contributeSet {
		return contributeSet{name, "size", usage, func(s *settings, text string, _ int) error {
			v, err := config.ParseSize(text)
			*at(s) = int64(v)
			return err
		}}
	}
	rate := func(name, usage string, at func(*settings) *int64) contributeSet {
		return contributeSet{name, "rate", usage, func(s *settings, text string, _ int) error {
			v, err := config.ParseRate(text)
			*at(s) = int64(v)
			return err
		}}
	}
	memory := func(name, usage string, at func(*settings) *int64) contributeSet {
		return contributeSet{name, "size", usage, func(s *settings, text string, _ int) error {
			v, err := config.ParseMemory(text)
			*at(s) = int64(v)
			return err
		}}
	}
	cores := func(name, usage string, half bool, at func(*settings) *int) contributeSet {
		return contributeSet{name, "number", usage, func(s *settings, text string, has int) (err error) {
			*at(s), err = parseCores(text, half, has)
			return err
		}}
	}
	number := func(name, usage, none string, at func(*settings) *int) contributeSet {
		return contributeSet{name, "number", usage, func(s *settings, text string, _ int) (err error) {
			*at(s), err = parseLimit(text, none)
			return err
		}}
	}
	yes := func(name, usage string, at func(*settings, bool)) contributeSet {
		return contributeSet{name, "yes or no", usage, func(s *settings, text string, _ int) error {
			on, err := parseYes(text)
			at(s, on)
			return err
		}}
	}
	list := func(name, usage string, at func(*settings) *[]string) contributeSet {
		return contributeSet{name, "names", usage, func(s *settings, text string, _ int) error {
			*at(s) = parseNames(text)
			return nil
		}}
	}
	return []contributeSet{
		size("disk", "disk for all jobs together, such as 50GiB or unlimited", func(s *settings) *int64 { return &s.Disk }),
		rate("upload", "upload rate, such as 4MiB/s or unlimited", func(s *settings) *int64 { return &s.Upload }),
		rate("download", "download rate, such as 4MiB/s or unlimited", func(s *settings) *int64 { return &s.Download }),
		{"max-jobs", "int", "jobs at a time", func(s *settings, text string, _ int) (err error) {
			s.MaxJobs, err = strconv.Atoi(text)
			if err != nil {
				return errors.New("not a whole number")
			}
			return nil
		}},
		cores("cores", "processor cores for rendering, such as 4 or all", false, func(s *settings) *int { return &s.Cores }),
		memory("memory", "memory for rendering, such as 8GiB or half (of this machine's)", func(s *settings) *int64 { return &s.Memory }),
		number("cpu", "per cent of those cores' time, such as 50 or all", "all", func(s *settings) *int { return &s.CPU }),
		{"idle-after", "time", "time without key or mouse until the machine counts as idle, such as 3min; 0: it always does", func(s *settings, text string, _ int) error {
			v, err := config.ParseSpan(text)
			s.IdleAfter = int64(time.Duration(v) / time.Second)
			return err
		}},
		yes("in-use", "work while somebody uses the machine", func(s *settings, on bool) { s.InUse.Off = !on }),
		number("in-use-cpu", "per cent of the cores' time while it is used", "all", func(s *settings) *int { return &s.InUse.CPU }),
		cores("in-use-cores", "cores while it is used, such as 2, half or all", true, func(s *settings) *int { return &s.InUse.Cores }),
		memory("in-use-memory", "memory while it is used", func(s *settings) *int64 { return &s.InUse.Memory }),
		rate("in-use-upload", "upload rate while it is used", func(s *settings) *int64 { return &s.InUse.Upload }),
		rate("in-use-download", "download rate while it is used", func(s *settings) *int64 { return &s.InUse.Download }),
		{"hours", "hours", "hours of the week in which to work, such as \"mon-fri 18-24, sat-sun 0-24\", or always", func(s *settings, text string, _ int) error {
			h, err := config.ParseHours(text)
			s.Hours = view.Hours(h)
			return err
		}},
		yes("pause-on-battery", "pause while the machine runs on its battery", func(s *settings, on bool) { s.Pause.Battery = on }),
		number("min-charge", "pause below this charge of the battery, in per cent, or none", "none", func(s *settings) *int { return &s.Pause.Charge }),
		number("max-celsius", "pause above this temperature of the processor, or none", "none", func(s *settings) *int { return &s.Pause.Celsius }),
		yes("pause-on-metered", "pause while the network connection is metered", func(s *settings, on bool) { s.Pause.Metered = on }),
		number("max-busy", "pause while other programs use more than this of the processor, in per cent, or none", "none", func(s *settings) *int { return &s.Pause.Busy }),
		list("pause-for", "pause while one of these programs runs, such as steam,blender, or none", func(s *settings) *[]string { return &s.Pause.Programs }),
		list("without", "dapps not to work for, such as render, or none", func(s *settings) *[]string { return &s.Off }),
	}
}

// parseCores reads a number of cores, 0 for all. half of them is known where
// the machine is.
func parseCores(text string, half bool, has int) (int, error) {
	if half {
		c, err := config.ParseCores(text)
		return c.Of(has), err
	}
	if strings.EqualFold(text, "all") {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%q is not a number of cores such as 4, or all", text)
	}
	return n, nil
}

// parseLimit reads a number, or the word for none.
func parseLimit(text, none string) (int, error) {
	if strings.EqualFold(text, none) {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(text, "%")))
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is not a number such as 50, or %s", text, none)
	}
	return n, nil
}

func parseYes(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "yes", "on", "true":
		return true, nil
	case "no", "off", "false":
		return false, nil
	}
	return false, fmt.Errorf("%q is not yes or no", text)
}

func parseNames(text string) []string {
	out := []string{}
	if strings.EqualFold(strings.TrimSpace(text), "none") {
		return out
	}
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, name)
		}
	}
	return out
}
