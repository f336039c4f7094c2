package view

import (
	"time"

	"supercomputing/chain/types"
)

// DownloadRequest asks to have a file spread by contributing nodes.
type DownloadRequest struct {
	Path     string       `json:"path"` // absolute, on the node's machine
	Bid      types.Amount `json:"bid"`
	Seconds  int64        `json:"keep_seconds,omitempty"` // 0: 30 days, or the network's longest
	Replicas int          `json:"replicas,omitempty"`     // nodes that shall keep it; 0: the dapp's default
	Label    string       `json:"label,omitempty"`
}

// JobQuote is what a job would cost and bring, before anything is paid.
type JobQuote struct {
	Dapp       string       `json:"dapp"`
	Name       string       `json:"name"`
	Size       int64        `json:"size"` // bytes
	Replicas   int          `json:"replicas"`
	Bid        types.Amount `json:"bid"`
	Fee        types.Amount `json:"fee"`
	Total      types.Amount `json:"total"`
	Split      BidSplit     `json:"split"`
	Blocks     uint32       `json:"blocks"`       // the job's duration
	Seconds    int64        `json:"keep_seconds"` // about as long as Blocks takes
	Rank       int          `json:"rank"`         // on the board, 1 is first
	OpenJobs   int          `json:"open_jobs"`    // of all dapps, this one left out
	GoingBids  BidRange     `json:"going_bids"`   // of open jobs of the same dapp
	Going      types.Amount `json:"going"`        // the usual bid for just this work
	Spendable  types.Amount `json:"spendable"`
	Affordable bool         `json:"affordable"`
	Notes      []string     `json:"notes"`
}

// BidSplit says who gets a bid (PROTOCOL §5).
type BidSplit struct {
	Nodes      types.Amount `json:"nodes"`
	Producers  types.Amount `json:"producers"`
	Foundation types.Amount `json:"foundation"`
	Developer  types.Amount `json:"developer"`
}

// BidRange describes remaining bids of open jobs; all zero when there is none.
type BidRange struct {
	Count  int          `json:"count"`
	Least  types.Amount `json:"least"`
	Median types.Amount `json:"median"`
	Most   types.Amount `json:"most"`
}

// The states of one of our own jobs.
const (
	JobWaiting  = "waiting"  // posted, not in a block yet
	JobOpen     = "open"     // on the board
	JobClosing  = "closing"  // completion sent, not in a block yet
	JobComplete = "complete" // closed by us
	JobExpired  = "expired"  // its time is over
)

// Job is one of our own jobs in a list.
type Job struct {
	ID        string       `json:"id"`
	Dapp      string       `json:"dapp"`
	Name      string       `json:"name"`
	Label     string       `json:"label,omitempty"`
	State     string       `json:"state"`
	Size      int64        `json:"size"`
	Replicas  int          `json:"replicas"`
	Bid       types.Amount `json:"bid"`    // raises included
	Scored    types.Amount `json:"scored"` // recorded on the chain
	Owed      types.Amount `json:"owed"`   // ticketed, not on the chain yet
	Height    uint32       `json:"height"` // of the post, 0 while it waits
	EndHeight uint32       `json:"end_height"`
	Posted    time.Time    `json:"posted,omitzero"`
	Ends      time.Time    `json:"ends,omitzero"` // about
	Workers   int          `json:"workers"`
	Progress  Progress     `json:"progress"`
	Paused    bool         `json:"paused,omitempty"`  // by us
	Failure   string       `json:"failure,omitempty"` // why it was ended early, without what it was paid for
}

// Progress tells how far a job is. Unit names what Done and Total count.
type Progress struct {
	Done  int64  `json:"done"`
	Total int64  `json:"total"`
	Unit  string `json:"unit"`
	Note  string `json:"note,omitempty"`
}

// JobDetail is all about one of our own jobs.
type JobDetail struct {
	Job
	Path     string      `json:"path,omitempty"`
	InfoHash string      `json:"info_hash,omitempty"`
	Magnet   string      `json:"magnet,omitempty"`
	Contact  string      `json:"contact,omitempty"`
	Nodes    []JobWorker `json:"nodes"`
	Receipts []Receipt   `json:"receipts"`

	Render   *RenderDetail   `json:"render,omitempty"`   // of a render job
	Download *DownloadDetail `json:"download,omitempty"` // of a download job
	Log      []LogLine       `json:"log"`                // oldest first: what happened, and why
}

// JobWorker is a node that works, or worked, on one of our jobs.
type JobWorker struct {
	Address   string       `json:"address"`
	State     string       `json:"state"` // "working", "lost", "dropped", "done"
	Progress  Progress     `json:"progress"`
	Ticketed  types.Amount `json:"ticketed"`          // cumulative score, at least Recorded; nodes get 60 % of bids by scores
	Recorded  types.Amount `json:"recorded"`          // of it on the chain
	Audits    int          `json:"audits"`            // passed
	Failed    int          `json:"failed"`            // audits failed
	Checked   int          `json:"checked,omitempty"` // of its tiles, those that were rendered again and found right
	Repeats   int          `json:"repeats,omitempty"` // of others' tiles that it rendered again, to check them
	Seconds   float64      `json:"seconds,omitempty"` // that its tiles took it
	LastHeard time.Time    `json:"last_heard,omitzero"`
	Why       string       `json:"why,omitempty"` // of a drop
}

// Receipt is one recorded score: who did work for us, and when it was paid.
type Receipt struct {
	TxID    string       `json:"txid"`
	Height  uint32       `json:"height"`
	Address string       `json:"address"`
	Score   types.Amount `json:"score"` // added by this record
}

// BoardEntry is an open job of the network.
type BoardEntry struct {
	Rank      int          `json:"rank"`
	ID        string       `json:"id"`
	Dapp      string       `json:"dapp"`
	Name      string       `json:"name,omitempty"`
	Size      int64        `json:"size,omitempty"`
	Work      string       `json:"work,omitempty"` // what is to be done, in few words, where bytes do not say it: "48 frames of 1920 × 1080"
	Author    string       `json:"author"`
	Bid       types.Amount `json:"bid"`
	Remaining types.Amount `json:"remaining"`
	Height    uint32       `json:"height"`
	EndHeight uint32       `json:"end_height"`
	Own       bool         `json:"own,omitempty"`
	Working   bool         `json:"working,omitempty"`
	Reason    string       `json:"reason"` // why we work on it or not
}

// RaiseRequest adds to a job's bid.
type RaiseRequest struct {
	Job   string       `json:"job"`
	Added types.Amount `json:"added"`
}
