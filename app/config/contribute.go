package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Contribute limits the work for others. The limits hold while nobody uses the
// machine; InUse holds while somebody does.
type Contribute struct {
	Enabled   bool   `json:"enabled"`
	Dir       string `json:"dir"`        // where the work's files go; empty: in the data directory
	Disk      Size   `json:"disk"`       // all files of the work together
	Upload    Rate   `json:"upload"`     // of the work
	Download  Rate   `json:"download"`   // of the work
	MaxJobs   int    `json:"max_jobs"`   // at a time
	Cores     int    `json:"cores"`      // processor cores for rendering; 0: all
	Memory    Memory `json:"memory"`     // that a rendering program may hold
	CPU       int    `json:"cpu"`        // per cent of those cores' time; 0: all
	IdleAfter Span   `json:"idle_after"` // without key or mouse, and the machine counts as idle; 0: it always does
	InUse     InUse  `json:"in_use"`
	Hours     Hours  `json:"hours"` // in which work is done
	Pause     Pause  `json:"pause"`
	Off       List   `json:"off"` // names of dapps that this machine does not work for

	// Unsandboxed allows scenes of strangers where no sandbox is to be had. It
	// is either empty or the sentence Unsandboxed: nobody types that by mistake.
	Unsandboxed string `json:"unsandboxed"`
}

// InUse limits the work while somebody uses the machine; the limits of
// Contribute hold too.
type InUse struct {
	Off      bool   `json:"off"`      // no work then
	CPU      int    `json:"cpu"`      // per cent of the cores' time; 0: all
	Cores    Cores  `json:"cores"`    //
	Memory   Memory `json:"memory"`   // of programs that are started then
	Upload   Rate   `json:"upload"`   //
	Download Rate   `json:"download"` //
}

// Pause says when work pauses. 0 switches a rule off.
type Pause struct {
	Battery  bool `json:"battery"`  // while the machine runs on its battery
	Charge   int  `json:"charge"`   // below that many per cent
	Celsius  int  `json:"celsius"`  // above that temperature of the processor
	Metered  bool `json:"metered"`  // while the network connection is metered
	Busy     int  `json:"busy"`     // while other programs use more than that many per cent of the processor
	Programs List `json:"programs"` // while one of these runs
}

// defaultContribute suits a computer at home that somebody works at by day: it
// is not noticed while it is used.
func defaultContribute() Contribute {
	return Contribute{
		Disk: 10 << 30, MaxJobs: 8, IdleAfter: Span(3 * time.Minute), Off: List{},
		InUse: InUse{CPU: 50, Cores: HalfCores},
		Pause: Pause{Battery: true, Celsius: 85, Metered: true, Busy: 50, Programs: List{}},
	}
}

// Unsandboxed is the sentence that contribute.unsandboxed takes.
const Unsandboxed = "yes, strangers' scenes may run on this machine without a sandbox"

// leastMemory is the least that contribute.memory may be: no rendering program
// does anything with less.
const leastMemory = 256 << 20

// Bounds of what a list of names may hold.
const (
	maxNames = 64
	maxName  = 100
)

func (c *Contribute) validate() error {
	switch {
	case c.Dir != "" && !filepath.IsAbs(c.Dir):
		return bad("contribute.dir", "%q is not an absolute path", c.Dir)
	case c.Disk < 0:
		return bad("contribute.disk", "negative")
	case c.Upload < 0:
		return bad("contribute.upload", "negative")
	case c.Download < 0:
		return bad("contribute.download", "negative")
	case c.MaxJobs < 1 || c.MaxJobs > 1000:
		return bad("contribute.max_jobs", "%d is not from 1 to 1000", c.MaxJobs)
	case c.Cores < 0 || c.Cores > maxCores:
		return bad("contribute.cores", "%d is not from 1 to %d, or 0 for all", c.Cores, maxCores)
	case c.Memory < 0 || c.Memory > 0 && c.Memory < leastMemory:
		return bad("contribute.memory", "less than 256 MiB")
	case c.IdleAfter < 0 || c.IdleAfter > Span(24*time.Hour):
		return bad("contribute.idle_after", "%v is not from 0 to 24 h", c.IdleAfter)
	case c.Unsandboxed != "" && c.Unsandboxed != Unsandboxed:
		return bad("contribute.unsandboxed", "leave it empty, or write exactly: %s", Unsandboxed)
	}
	if err := percent("contribute.cpu", c.CPU); err != nil {
		return err
	}
	if err := names("contribute.off", c.Off); err != nil {
		return err
	}
	if err := c.InUse.validate(); err != nil {
		return err
	}
	return c.Pause.validate()
}

func (u *InUse) validate() error {
	switch {
	case u.Cores < HalfCores || u.Cores > maxCores:
		return bad("contribute.in_use.cores", "%d is not from 1 to %d, all or half", u.Cores, maxCores)
	case u.Memory < 0 || u.Memory > 0 && u.Memory < leastMemory:
		return bad("contribute.in_use.memory", "less than 256 MiB")
	case u.Upload < 0:
		return bad("contribute.in_use.upload", "negative")
	case u.Download < 0:
		return bad("contribute.in_use.download", "negative")
	}
	return percent("contribute.in_use.cpu", u.CPU)
}

func (p *Pause) validate() error {
	for _, k := range []struct {
		key string
		n   int
	}{{"contribute.pause.charge", p.Charge}, {"contribute.pause.busy", p.Busy}} {
		if err := percent(k.key, k.n); err != nil {
			return err
		}
	}
	if p.Celsius != 0 && (p.Celsius < 30 || p.Celsius > 120) {
		return bad("contribute.pause.celsius", "%d is not from 30 to 120, or 0 for no limit", p.Celsius)
	}
	return names("contribute.pause.programs", p.Programs)
}

func percent(key string, n int) error {
	if n < 0 || n > 100 {
		return bad(key, "%d is not from 1 to 100, or 0 for none", n)
	}
	return nil
}

func names(key string, list List) error {
	if len(list) > maxNames {
		return bad(key, "%d of them, at most %d", len(list), maxNames)
	}
	for i, s := range list {
		switch {
		case s == "" || len(s) > maxName || strings.TrimSpace(s) != s || strings.ContainsRune(s, ',') || strings.ContainsFunc(s, unicode.IsControl):
			return bad(key, "%q is not a name", s)
		case slices.Contains(list[:i], s):
			return bad(key, "%q is given twice", s)
		}
	}
	return nil
}

// List is a list of names.
type List = []string

// Cores is a number of processor cores; 0 means all, HalfCores half of them. Its
// text is a number, "all" or "half".
type Cores int

// HalfCores is half of the machine's cores, at least one.
const HalfCores Cores = -1

const maxCores = 4096

// Of is the number on a machine with n cores, 0 for all.
func (c Cores) Of(n int) int {
	if c == HalfCores {
		return max(n/2, 1)
	}
	return int(c)
}

// ParseCores reads the text of Cores.
func ParseCores(s string) (Cores, error) {
	switch text := strings.ToLower(strings.TrimSpace(s)); text {
	case "all":
		return 0, nil
	case "half":
		return HalfCores, nil
	default:
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > maxCores {
			return 0, fmt.Errorf("%q is not a number of cores such as 4, all or half", s)
		}
		return Cores(n), nil
	}
}

// String writes the number as ParseCores reads it.
func (c Cores) String() string {
	switch c {
	case 0:
		return "all"
	case HalfCores:
		return "half"
	}
	return strconv.Itoa(int(c))
}

// MarshalText implements encoding.TextMarshaler.
func (c Cores) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Cores) UnmarshalText(b []byte) (err error) {
	*c, err = ParseCores(string(b))
	return err
}

// Span is a length of time in whole seconds. Its text is "3 min", "90 s",
// "1 h 30 min", or Go's "1h30m".
type Span time.Duration

// ParseSpan reads the text of a Span; "0" is none.
func ParseSpan(s string) (Span, error) {
	text := strings.ReplaceAll(strings.ToLower(s), "min", "m")
	text = strings.Join(strings.Fields(text), "")
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d%time.Second != 0 {
		return 0, fmt.Errorf("%q is not a time such as 3 min or 1 h 30 min", s)
	}
	return Span(d), nil
}

// String writes the time as ParseSpan reads it.
func (s Span) String() string {
	d := time.Duration(s)
	var parts []string
	for _, u := range []struct {
		of   time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if n := d / u.of; n != 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, u.name))
			d -= n * u.of
		}
	}
	if len(parts) == 0 {
		return "0 s"
	}
	return strings.Join(parts, " ")
}

// MarshalText implements encoding.TextMarshaler.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Span) UnmarshalText(b []byte) (err error) {
	*s, err = ParseSpan(string(b))
	return err
}
