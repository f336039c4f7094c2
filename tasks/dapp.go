// Package tasks owns the market of work off the chain: the board of open jobs,
// the requester's coordinator, the worker's runner, leases, score tickets and
// audits (PRODUCT "The life of a job"). What a unit of work is, is the dapp's
// business; see Dapp.
package tasks

import (
	"context"
	"encoding/json"
	"time"

	"supercomputing/chain/types"
)

// Job is an open job as the board and the dapps see it.
type Job struct {
	ID        types.Hash // id of the posting transaction
	Author    types.Address
	Post      types.JobPost
	Bids      types.Amount // the first bid and all raises
	Scored    types.Amount // recorded on the chain so far
	Height    uint32       // of the block that carries the post, 0 while unconfirmed
	EndHeight uint32       // last height at which it is open
}

// Signer is who runs the job: it is dialled and signs the tickets. A job that
// names no operator is run by its author.
func (j *Job) Signer() types.Address { return j.Post.Signer(j.Author) }

// Remaining is the part of the bids that no score has used: what ranks a job.
func (j *Job) Remaining() types.Amount { return j.Bids - j.Scored }

// Dapp is one kind of paid work, in both its roles.
type Dapp interface {
	ID() types.Hash
	Name() string
	// Check says why this machine cannot take the job now, nil when it can.
	// The text is shown to people: it names what is missing.
	Check(job Job) error
	// Work does the job until its time is over, the requester ends it or ctx
	// is done. dir is the job's own folder; what is in it survives a restart,
	// and Work continues from it. Returning nil means: nothing more to do here
	// and the dapp has removed its files. ctx ends with the cause ErrEnded
	// (context.Cause) when the job is over, and Call then returns ErrEnded too;
	// with any other cause it is a pause, and Work is called again later.
	Work(ctx context.Context, job Job, dir string, r Requester) error
	// Serve makes the requester's side of one of our own jobs, or continues it
	// from dir. It does not block.
	Serve(job Job, dir string) (Service, error)
}

// Requester is the worker's line to the requester of one job. It outlives
// connections: Call dials again (with backoff) as long as ctx allows.
type Requester interface {
	// Call sends one dapp message of at most MaxMessage bytes and waits for
	// its answer. A message whose answer was lost with a connection is sent
	// again. An error wrapping ErrRefused is the requester's own answer.
	Call(ctx context.Context, msg []byte) ([]byte, error)
	// Handle sets what answers the requester's questions (audits). It must be
	// set before Call is first used.
	Handle(func(ctx context.Context, question []byte) ([]byte, error))
	// Earned tells the cumulative score of the newest valid ticket held.
	Earned() types.Amount
}

// Service is the dapp's requester side of one job. The coordinator calls it
// from one goroutine per node; Service keeps its own state consistent, and on
// disk in its folder before it returns an earned score.
type Service interface {
	// Run does the job's own background work (seeding, assembling) until ctx
	// is done.
	Run(ctx context.Context) error
	// Admit says whether a node may work on the job; nil admits it. It is
	// called at the first login of a node in this process, and again after the
	// node lost its place; a node it has admitted before it must recognise.
	Admit(node types.Address) error
	// Answer handles one message of a node and returns the answer and the
	// score newly earned by the work that the message brought, if any. The
	// same message may come twice (see Requester.Call): it earns once.
	Answer(ctx context.Context, node types.Address, msg []byte) (answer []byte, earned types.Amount, err error)
	// Audit questions a node through ask and returns the score newly earned.
	// The coordinator calls it right after a node's first login and then at
	// the time the last call returned in next, while the node is connected.
	// An error means that the node failed the audit and is dropped; an
	// error wrapping ErrUnreachable means it did not answer. When the node
	// hangs up or logs in anew in the middle, ctx ends with a cause that wraps
	// ErrUnreachable or ErrEvicted; any other end of ctx is this side's doing.
	Audit(ctx context.Context, node types.Address, ask func(context.Context, []byte) ([]byte, error)) (earned types.Amount, next time.Duration, err error)
	// Progress tells people how far the job is.
	Progress() Progress
	// Done is closed when nothing is left to do and the job can complete.
	Done() <-chan struct{}
}

// Releaser is a Service that wants to know when an admitted node has lost its
// place (it stopped answering for the lease time, failed an audit or left), so
// that what it held can go to others. It is called when no Answer or Audit of
// that node is running.
type Releaser interface {
	Release(node types.Address)
}

// Watcher is a Service that wants to know at once when an admitted node's session
// begins and ends; the node keeps its place meanwhile (see Releaser). It is called
// when no Answer or Audit of that node is running.
type Watcher interface {
	Connected(node types.Address, is bool)
}

// Updater is a Service that wants to know when the chain changes its job: more
// bids, a later end, another block after a reorganisation.
type Updater interface {
	Update(job Job)
}

// Accountant is a Service that knows from its own disk what each node has
// earned in all. The coordinator saves an award after the service did; stopped
// between the two it catches up with this when it starts again, so that no
// award is lost.
type Accountant interface {
	Earned(node types.Address) types.Amount
}

// Settler is a Service that settles with its nodes when the work has ended, done
// or cancelled: what is owed to nodes that are no longer there, and what was
// waiting for a check that will not come. Settle is called once all sessions have
// ended, and again after a crash; it returns what each node has earned in all.
// What it returns is promised and reported. So that it can be, the work of a
// Settler ends some blocks before its job does. A Service that Settle is called of
// without having run is run afterwards, by a context that has ended.
type Settler interface {
	Settle() map[types.Address]types.Amount
}

// Progress is a job's state for people. Detail is the dapp's own, as JSON: a value
// that encodes as such, or json.RawMessage when it was read back.
type Progress struct {
	Done, Total int64  // in Unit
	Unit        string // "bytes", "frames"
	Note        string // what is happening now
	Detail      any    `json:",omitempty"`
}

// UnmarshalJSON implements json.Unmarshaler. Details of ended jobs stay as they
// are on disk: as trees of maps they would take ten times the memory.
func (p *Progress) UnmarshalJSON(b []byte) error {
	type plain Progress
	with := struct {
		*plain
		Detail json.RawMessage
	}{plain: (*plain)(p)}
	if err := json.Unmarshal(b, &with); err != nil {
		return err
	}
	p.Detail = nil
	if len(with.Detail) > 0 && string(with.Detail) != "null" {
		p.Detail = with.Detail
	}
	return nil
}
