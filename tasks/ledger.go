package tasks

import (
	"context"
	"net"
	"time"

	"supercomputing/chain/types"
)

// ScoreGrace is how many blocks after its end a job still takes ticketed
// score entries (PROTOCOL §5).
const ScoreGrace = 288

// Standing is where a job stands on the chain.
type Standing int

// A job's standings, in the order of its life.
const (
	Waiting Standing = iota // in the pool, not in a block yet
	Open                    // scored by its signer or by tickets
	Ended                   // completed or expired: tickets only, for ScoreGrace blocks
)

// String names the standing for people.
func (s Standing) String() string {
	switch s {
	case Waiting:
		return "waiting for block"
	case Open:
		return "open"
	}
	return "ended"
}

// JobState is a job with its standing after the best chain's tip. EndHeight of
// a completed job is the height of its completion.
type JobState struct {
	Job
	Standing  Standing
	Completed bool // ended by its author or operator, not by time
}

// Ledger is what the market needs of the chain and of this node's wallet. All
// answers are of the best chain now: a reorganisation may take any of them
// back, and the market is written to start again from what it reads.
type Ledger interface {
	// Height is the height of the best chain's tip.
	Height() uint32
	// TipTime is when that block was made, which lies far back while this node
	// catches up.
	TipTime() time.Time
	// OpenJobs lists the jobs that are open or waiting, in any order.
	OpenJobs() ([]JobState, error)
	// Job tells one job, also ended ones until ScoreGrace is over. It returns
	// ErrUnknownJob when neither the chain nor the pool has it.
	Job(id types.Hash) (JobState, error)
	// Scores gives what the chain has recorded of a job, cumulative per node.
	Scores(job types.Hash) (map[types.Address]types.Amount, error)
	// Pending tells whether a transaction waits in this node's pool.
	Pending(tx types.Hash) bool

	// PostJob pays for a job and returns its id. The transaction is on its way,
	// and survives a restart of the wallet, when it returns.
	PostJob(ctx context.Context, post types.JobPost) (types.Hash, error)
	// Raise adds to the bid of an own open job.
	Raise(ctx context.Context, job types.Hash, added types.Amount) (tx types.Hash, err error)
	// Complete closes an open job that is our own or that we operate.
	Complete(ctx context.Context, job types.Hash) (tx types.Hash, err error)
	// SubmitReport records scores, with tickets or, for a job that we run, without.
	SubmitReport(ctx context.Context, report *types.ScoreReport) (tx types.Hash, err error)

	// Subscribe returns a channel that gets a value, coalesced, when the tip
	// or the pool has changed, and what ends the subscription.
	Subscribe() (<-chan struct{}, func())
}

// Dialer opens a connection to the owner of an address, authenticated and
// encrypted end to end. The contact is the job's (types.JobPost.Contact).
type Dialer interface {
	Dial(ctx context.Context, to types.Address, contact string) (net.Conn, error)
}

// Signer is this node's identity. Sign makes a BIP 340 signature that verifies
// under Address.
type Signer interface {
	Address() types.Address
	Sign(hash [32]byte) ([64]byte, error)
}
