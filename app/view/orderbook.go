package view

import (
	"time"

	"supercomputing/chain/types"
)

// DownloadDetail is the work of a download job itself: which node holds which
// pieces of the file.
type DownloadDetail struct {
	Pieces      int         `json:"pieces"`
	PieceLength int64       `json:"piece_length"` // bytes; the last may be shorter
	Nodes       []SwarmNode `json:"nodes"`        // most complete first
	Copies      float64     `json:"copies"`       // whole copies that the nodes hold together
	Uploading   int64       `json:"uploading"`    // bytes per second that this machine gives
}

// SwarmNode is one node's part of a download job. Have is what it claims to
// hold, a bit for each piece from the high bit of the first byte on (BEP 3).
type SwarmNode struct {
	Address string `json:"address"`
	Have    []byte `json:"have"`
	Pieces  int    `json:"pieces"` // set bits
	Proven  int64  `json:"proven"` // bytes, at the last passed audit
	State   string `json:"state"`  // as of JobWorker
	Why     string `json:"why,omitempty"`
}

// PauseJobRequest stops a job of ours, or lets it go on.
type PauseJobRequest struct {
	Job    string `json:"job"`
	Paused bool   `json:"paused"`
}

// OrderBook is what open jobs of one dapp bid, best first, and how soon a
// rank is likely to be worked on.
type OrderBook struct {
	Dapp         string       `json:"dapp"`
	Name         string       `json:"name"`
	Bids         []BookBid    `json:"bids"`
	Nodes        int          `json:"nodes"`     // that were scored for such work in the last epochs
	Suggested    types.Amount `json:"suggested"` // the going price; 0 when nothing tells one
	Least        types.Amount `json:"least"`     // that the network takes
	BlockSeconds int64        `json:"block_seconds"`
	// Starts holds the seconds until a job of rank 1, 2, … is likely to be worked
	// on; -1: it waits for others to end. It has one entry more than Bids.
	Starts []int64 `json:"starts"`
}

// BookBid is an open job in an order book.
type BookBid struct {
	Job       string       `json:"job"`
	Name      string       `json:"name,omitempty"`
	Remaining types.Amount `json:"remaining"`
	Own       bool         `json:"own,omitempty"`
	Workers   int          `json:"workers"` // nodes scored by it so far
}

// Rank is the place, from 1, at which a new bid would stand: behind older ones
// of the same amount.
func (b *OrderBook) Rank(bid types.Amount) int {
	rank := 1
	for _, o := range b.Bids {
		if o.Remaining >= bid {
			rank++
		}
	}
	return rank
}

// Start is when a job of a rank is likely to be worked on; false: nobody can
// tell.
func (b *OrderBook) Start(rank int) (time.Duration, bool) {
	if rank < 1 || rank > len(b.Starts) || b.Starts[rank-1] < 0 {
		return 0, false
	}
	return time.Duration(b.Starts[rank-1]) * time.Second, true
}
