package view

import (
	"time"

	"supercomputing/chain/types"
)

// FeeRates tells what a transaction should pay now. Options are at least one,
// the cheapest first.
type FeeRates struct {
	Options      []FeeOption `json:"options"`
	Least        int64       `json:"least"`         // units of 10⁻⁸ coin per virtual byte that nodes relay
	Waiting      int         `json:"waiting"`       // transactions that wait for a block
	WaitingBytes int64       `json:"waiting_bytes"` // their virtual size
	BlockSeconds int64       `json:"block_seconds"` // between blocks
}

// The speeds of a fee.
const (
	FeeSlow   = "slow"
	FeeNormal = "normal"
	FeeFast   = "fast"
)

// FeeOption is one choice of speed.
type FeeOption struct {
	Name    string `json:"name"`
	Rate    int64  `json:"rate"`    // units of 10⁻⁸ coin per virtual byte
	Blocks  int    `json:"blocks"`  // until it is in one, as things stand
	Seconds int64  `json:"seconds"` // about as long
}

// EarningsQuery asks for the newest Days (0: 30), cut at midnight of a zone
// that is Zone seconds east of Greenwich.
type EarningsQuery struct {
	Days int `json:"days,omitempty"`
	Zone int `json:"zone,omitempty"`
}

// Earnings is what coinbases paid to the wallet.
type Earnings struct {
	Today types.Amount  `json:"today"`
	Total types.Amount  `json:"total"` // over the days asked for
	Days  []EarningsDay `json:"days"`  // oldest first, each day there
}

// EarningsDay is one day. Work is paid for by scores, Blocks for producing,
// Other as a developer or by the foundation.
type EarningsDay struct {
	Start  time.Time    `json:"start"`
	Total  types.Amount `json:"total"`
	Work   types.Amount `json:"work"`
	Blocks types.Amount `json:"blocks"`
	Other  types.Amount `json:"other"`
}

// PassphraseRequest carries a passphrase.
type PassphraseRequest struct {
	Passphrase string `json:"passphrase"`
}

// PassphraseChange replaces a passphrase.
type PassphraseChange struct {
	Old string `json:"old"`
	New string `json:"new"`
}

// String keeps the passphrase out of logs and error texts.
func (PassphraseRequest) String() string { return "view.PassphraseRequest(hidden)" }

// GoString keeps the passphrase out of %#v.
func (p PassphraseRequest) GoString() string { return p.String() }

// String keeps the passphrases out of logs and error texts.
func (PassphraseChange) String() string { return "view.PassphraseChange(hidden)" }

// GoString keeps the passphrases out of %#v.
func (p PassphraseChange) GoString() string { return p.String() }

// BackupRequest names a new file.
type BackupRequest struct {
	Path string `json:"path"` // absolute, on the node's machine; nothing there is replaced
}

// BackupInfo is a backup that was written.
type BackupInfo struct {
	Path     string    `json:"path"`
	Size     int64     `json:"size"`
	Time     time.Time `json:"time"`
	Contains []string  `json:"contains"` // its parts, in words
}
