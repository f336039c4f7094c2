package view

import (
	"time"

	"supercomputing/chain/types"
)

// The kinds of search hit.
const (
	HitBlock   = "block"
	HitTx      = "tx"
	HitRecord  = "record" // of the transaction Ref, on virtual chain Chain
	HitAddress = "address"
	HitJob     = "job"
	HitDapp    = "dapp"
)

// SearchHit is something that a text could mean. Ref is what the method of its
// kind takes: Block, Tx, Address, ChainJob, Dapp.
type SearchHit struct {
	Kind   string `json:"kind"`
	Ref    string `json:"ref"`
	Chain  string `json:"chain,omitempty"` // a … e, of a record or a side block
	Height uint32 `json:"height,omitempty"`
	Title  string `json:"title"` // a name, a label, "block 455"
}

// ChainJob is a job as the chain has it.
type ChainJob struct {
	ID        string       `json:"id"` // its posting transaction
	Dapp      string       `json:"dapp"`
	DappName  string       `json:"dapp_name"`
	Name      string       `json:"name,omitempty"`
	Work      string       `json:"work,omitempty"` // what is to be done, in few words
	Author    string       `json:"author"`
	State     string       `json:"state"` // JobWaiting, JobOpen, JobComplete, JobExpired
	Bid       types.Amount `json:"bid"`   // raises included
	Scored    types.Amount `json:"scored"`
	Remaining types.Amount `json:"remaining"`
	Height    uint32       `json:"height"`
	EndHeight uint32       `json:"end_height"`
	Posted    time.Time    `json:"posted,omitzero"`
	Own       bool         `json:"own,omitempty"`
	Scores    []Receipt    `json:"scores"` // newest first, as far as they are kept
	Notes     []string     `json:"notes"`  // what is not known here, and why
}

// Seats is who may produce blocks in an epoch.
type Seats struct {
	Epoch   uint64       `json:"epoch"`
	Total   int          `json:"total"` // seats
	Weight  types.Amount `json:"weight"`
	Holders []SeatHolder `json:"holders"` // most seats first
}

// SeatHolder is a producer. Weight is the age-shifted sum of its registered
// scores, by which seats are drawn.
type SeatHolder struct {
	Address   string       `json:"address"`
	Label     string       `json:"label,omitempty"`
	Own       bool         `json:"own,omitempty"`
	Bootstrap bool         `json:"bootstrap,omitempty"` // named by the network file
	Seats     int          `json:"seats"`
	Weight    types.Amount `json:"weight"`
}
