package tasks

import (
	"errors"

	"supercomputing/tasks/journal"
)

// Errors of messages between a node and a requester.
var (
	// ErrUnreachable says that the other side did not answer: it is away, or
	// the connection ended before its answer came.
	ErrUnreachable = errors.New("the other side does not answer")
	// ErrEnded says that the job is over for this node: completed, expired,
	// cancelled or withdrawn. It is also the cause of the context that Work
	// runs under when there is nothing to continue later, so that a dapp can
	// tell the end (remove files, return nil) from a pause (keep them).
	ErrEnded = errors.New("the job has ended")
	// ErrRefused says that the other side understood a message and refused
	// it. The text after it is the other side's.
	ErrRefused = errors.New("refused by the other side")
	// ErrTooLarge says that a message is over MaxMessage.
	ErrTooLarge = errors.New("message over the size limit")
	// ErrProtocol says that the other side broke the session protocol.
	ErrProtocol = errors.New("session protocol broken")
)

// Reasons for which a requester ends a session, each a Reason on the wire.
var (
	ErrNoPlace  = errors.New("the requester has no place for this node")
	ErrDropped  = errors.New("the requester dropped this node")
	ErrEvicted  = errors.New("a newer login with this key took the place")
	ErrBidsUsed = errors.New("the job's bids are used up")
	ErrLeaving  = errors.New("the other side is shutting down")
	ErrVersion  = errors.New("the other side speaks another version of the protocol")
	ErrBusy     = errors.New("too many sessions")
)

// Errors of jobs and of score tickets.
var (
	ErrUnknownJob  = errors.New("unknown job")
	ErrUnknownDapp = errors.New("unknown dapp")
	// ErrOperated says that a job is another's, which this node only operates:
	// what needs the author's coins is the author's to do.
	ErrOperated = errors.New("only the job's author can do this")
	// ErrUnknownDraft says that no such draft is kept, or no longer.
	ErrUnknownDraft = errors.New("unknown draft of a job")
	// ErrOnItsWay says that a job's transaction waits for a block or is in one,
	// so it is too late to drop the job.
	ErrOnItsWay = errors.New("the job's transaction is on its way")
	// ErrCoinsWait is what a Ledger reports when the coins for a record are there,
	// and have to wait for a block before they can be spent.
	ErrCoinsWait = errors.New("the coins for it wait for a block")
	// ErrTicket says that a score ticket is no valid promise: a wrong
	// signature, a step backwards, or more than the job's bids.
	ErrTicket = errors.New("invalid score ticket")
	// ErrState says that a state file cannot be read; nothing is overwritten.
	ErrState = journal.ErrDamaged
)
