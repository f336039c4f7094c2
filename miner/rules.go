package miner

import "time"

// Share is what work may take of this machine. Zero is no limit, for Memory the
// usual one. Sizes are in bytes, rates in bytes a second.
type Share struct {
	Cores    int
	CPU      int // per cent of the cores' time
	Memory   int64
	Upload   int64
	Download int64
}

// within is s, nowhere more than most.
func (s Share) within(most Share) Share {
	return Share{
		Cores:    least(s.Cores, most.Cores),
		CPU:      least(s.CPU, most.CPU),
		Memory:   least(s.Memory, most.Memory),
		Upload:   least(s.Upload, most.Upload),
		Download: least(s.Download, most.Download),
	}
}

// least is the tighter of two limits, of which zero is none.
func least[T int | int64](a, b T) T {
	switch {
	case a <= 0:
		return max(b, 0)
	case b <= 0:
		return a
	}
	return min(a, b)
}

// Hours are the hours of a week in which the machine works, from Sunday on; bit
// h of a day stands for the hour from h to h+1. All zero means always.
type Hours [7]uint32

// AllHours is every hour of a day.
const AllHours = 1<<24 - 1

func (h Hours) always() bool {
	for _, d := range h {
		if d&AllHours != AllHours {
			return h == Hours{}
		}
	}
	return true
}

// at tells whether the machine works at a time, and when that changes next;
// zero: never.
func (h Hours) at(t time.Time) (works bool, change time.Time) {
	if h.always() {
		return true, time.Time{}
	}
	bit := func(t time.Time) bool { return h[t.Weekday()]>>t.Hour()&1 == 1 }
	works = bit(t)
	// Clocks that are put forward or back move hours, not the absolute time.
	next := t.Truncate(15 * time.Minute)
	for range 8 * 24 * 4 {
		if next = next.Add(15 * time.Minute); bit(next) != works {
			return works, next
		}
	}
	return works, time.Time{}
}

// Rules are what the owner allows.
type Rules struct {
	Enabled   bool
	IdleAfter time.Duration // without input, and the machine counts as idle; 0: it always does
	Idle      Share         // while nobody uses the machine
	InUse     Share         // while somebody does; never more than Idle
	InUseOff  bool          // no work then
	Hours     Hours

	// A rule that is zero is off.
	Battery  bool     // not on the battery
	Charge   int      // not below that many per cent
	Celsius  int      // not above that temperature of the processor
	Metered  bool     // not on a metered connection
	Busy     int      // not while other programs take more than that many per cent of the processor
	Programs []string // not while one of these runs, by name
}

// Facts are what speaks against work apart from the sensors.
type Facts struct {
	Snoozed  time.Time // not before then
	Disk     string    // why the disk takes no work, in words; "": it does
	Unsynced string    // what the chain still waits for; "": nothing
}

// Names of what a machine may be unable to tell, for Reading.Unknown.
const (
	SenseIdle        = "idle"
	SenseBattery     = "battery"
	SenseTemperature = "temperature"
	SenseMetered     = "metered"
	SenseProcessor   = "processor"
	SensePrograms    = "programs"
)

// Reading is what the sensors tell at one moment. A value that is named in
// Unknown means nothing.
type Reading struct {
	At         time.Time
	Cores      int
	Memory     int64         // installed, bytes
	Input      time.Duration // since the last one
	HasBattery bool
	OnBattery  bool
	Charge     int     // per cent
	Celsius    float64 // of the hottest sensor of the processor
	Metered    bool
	OtherCPU   float64  // per cent of all cores that other programs use
	OwnCPU     float64  // and this one with all its children
	Running    []string // which of the asked programs run
	Unknown    []string
}

// The kinds of reason to pause.
const (
	PauseOff      = "off"
	PauseSnooze   = "snooze"
	PauseHours    = "hours"
	PauseInUse    = "in use"
	PauseBattery  = "battery"
	PauseCharge   = "charge"
	PauseHot      = "hot"
	PauseMetered  = "metered"
	PauseBusy     = "busy"
	PauseProgram  = "program"
	PauseDisk     = "disk"
	PauseUnsynced = "unsynced"
)

// Pause is one reason why no work is done.
type Pause struct {
	Kind  string
	Text  string // in words, with what would change it
	Value string // what was measured
	Limit string // the rule's own
	Until time.Time
}

// State is what decisions remember: rules that would flap without it.
type State struct {
	Hot  bool
	Low  bool      // the charge
	Busy bool      // other programs
	Calm time.Time // since when they are quiet again
}

// Decision is what holds now.
type Decision struct {
	Pauses []Pause   // all reasons, in the order of the kinds; none: work
	Limits Share     // for work, also while it is paused
	Idle   bool      // nobody uses the machine
	Blind  []string  // rules that cannot act here, in words
	Next   time.Time // when the clock alone may change it; zero: never
	State  State
}
