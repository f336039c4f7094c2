package view

import (
	"time"

	"supercomputing/chain/types"
)

// ContributionSettings switches contributing and limits it. Disk and Memory are
// bytes, Upload and Download bytes per second, Cores processor cores, CPU
// per cent of their time; 0 means no limit, for Memory half of the machine's.
// They hold while nobody uses the machine; InUse holds while somebody does.
type ContributionSettings struct {
	Enabled  bool  `json:"enabled"`
	Disk     int64 `json:"disk"`
	Upload   int64 `json:"upload"`
	Download int64 `json:"download"`
	MaxJobs  int   `json:"max_jobs"`
	Cores    int   `json:"cores"`
	Memory   int64 `json:"memory"`
	CPU      int   `json:"cpu"`

	IdleAfter int64      `json:"idle_seconds"` // without input, and the machine counts as idle
	InUse     InUse      `json:"in_use"`
	Hours     Hours      `json:"hours"`
	Pause     PauseRules `json:"pause"`
	Off       []string   `json:"off"` // names of dapps that this machine does not work for
}

// InUse limits work while somebody uses the machine. A limit never exceeds the
// one of the idle machine.
type InUse struct {
	Off      bool  `json:"off"` // no work then
	CPU      int   `json:"cpu"`
	Cores    int   `json:"cores"`
	Memory   int64 `json:"memory"`
	Upload   int64 `json:"upload"`
	Download int64 `json:"download"`
}

// Hours tells the hours of a week in which the machine works, from Sunday on;
// bit h of a day stands for the hour from h to h+1 of the machine's own time.
// All zero means always.
type Hours [7]uint32

// AllHours is every hour of a day.
const AllHours = 1<<24 - 1

// Always reports whether no hour is excepted.
func (h Hours) Always() bool {
	for _, d := range h {
		if d&AllHours != AllHours {
			return h == Hours{}
		}
	}
	return true
}

// At reports whether the machine works at a time.
func (h Hours) At(t time.Time) bool {
	return h.Always() || h[t.Weekday()]>>t.Hour()&1 == 1
}

// PauseRules say when work pauses. 0 switches a rule off.
type PauseRules struct {
	Battery  bool     `json:"battery"`  // while the machine runs on its battery
	Charge   int      `json:"charge"`   // below that many per cent
	Celsius  int      `json:"celsius"`  // above that temperature of the processor
	Metered  bool     `json:"metered"`  // while the network connection is metered
	Busy     int      `json:"busy"`     // while other programs use more than that many per cent of the processor
	Programs []string `json:"programs"` // while one of these runs, by name
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
	PauseUnsynced = "unsynced" // the chain is still being read
)

// Pause is a reason why this machine does not work for others now.
type Pause struct {
	Kind  string    `json:"kind"`
	Text  string    `json:"text"`            // in words, with what would change it
	Value string    `json:"value,omitempty"` // what was measured or matched: "83 °C", "blender"
	Limit string    `json:"limit,omitempty"` // the rule's own value: "80 °C"
	Until time.Time `json:"until,omitzero"`  // when it ends by itself, where that is known
}

// MachineState is what the pause rules see. A value that this machine cannot
// tell is named in Unknown.
type MachineState struct {
	Cores       int      `json:"cores"`
	Memory      int64    `json:"memory"`
	Idle        bool     `json:"idle"`
	IdleSeconds int64    `json:"idle_for"` // since the last input
	OnBattery   bool     `json:"on_battery"`
	HasBattery  bool     `json:"has_battery"`
	Charge      int      `json:"charge"`    // per cent
	Celsius     float64  `json:"celsius"`   // the hottest sensor of the processor
	Metered     bool     `json:"metered"`   //
	OtherCPU    float64  `json:"other_cpu"` // per cent that other programs use
	OwnCPU      float64  `json:"own_cpu"`   // per cent that work for others uses
	Unknown     []string `json:"unknown"`   // "idle", "battery", "temperature", "metered"
}

// SnoozeRequest asks for "not now".
type SnoozeRequest struct {
	Until time.Time `json:"until,omitzero"`
}

// Contribution is what this machine does for others.
type Contribution struct {
	Settings ContributionSettings `json:"settings"`
	Status   ContributionStatus   `json:"status"`
	Pauses   []Pause              `json:"pauses"`           // all that hold now
	Blind    []string             `json:"blind"`            // rules that cannot act on this machine, in words
	Snoozed  time.Time            `json:"snoozed,omitzero"` // until then
	Machine  MachineState         `json:"machine"`
	Dapps    []DappWork           `json:"dapps"` // that this program can work for
	DiskUsed int64                `json:"disk_used"`
	Earned   types.Amount         `json:"earned"` // score ticketed to us and not on the chain yet, as far as known; no coins
	Credit   types.Amount         `json:"credit"` // coins waiting in the state for a coinbase
	Work     []Work               `json:"work"`
	Engines  []RenderEngine       `json:"engines"` // what this machine could render with
}

// DappWork is a kind of work that this machine does, or could do.
type DappWork struct {
	Dapp   string       `json:"dapp"`
	Name   string       `json:"name"`
	On     bool         `json:"on"`
	Can    bool         `json:"can"`
	Why    string       `json:"why,omitempty"` // it cannot, and what would help
	Jobs   int          `json:"jobs"`          // that brought a score in the last 30 epochs
	Earned types.Amount `json:"earned"`        // credited for them
	Open   int          `json:"open"`          // jobs on the board
}

// Work is one job that this machine works on.
type Work struct {
	Job      string       `json:"job"`
	Dapp     string       `json:"dapp"`
	Name     string       `json:"name,omitempty"`
	Author   string       `json:"author"`
	State    string       `json:"state"` // "dialling", "working", "paused", "reporting"
	Since    time.Time    `json:"since,omitzero"`
	Ticketed types.Amount `json:"ticketed"` // cumulative score as far as known, at least Recorded
	Recorded types.Amount `json:"recorded"` // of it on the chain
	Why      string       `json:"why,omitempty"`
}
