package chain

import (
	"errors"
	"fmt"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// Errors of Open.
var (
	// ErrWrongNetwork says that the store holds another network's chain.
	ErrWrongNetwork = errors.New("chain store belongs to another network")
)

// Errors of AddHeaders and AddBlock. A broken rule is a consensus.RuleError
// (consensus.IsRule); only that is the sender's fault. consensus.ErrNeedList
// passes through: offer the seat list with AddSeatList and try again.
var (
	// ErrKnown says that there is nothing new in it.
	ErrKnown = errors.New("already known")
	// ErrOrphan says that the parent is unknown: ask for headers from Locator.
	ErrOrphan = errors.New("parent is not known")
	// ErrFuture says that its slot has not come; a block is kept until then.
	ErrFuture = errors.New("slot lies in the future")
	// ErrAhead says that it is too far ahead of the connected blocks to keep.
	// It is welcome later.
	ErrAhead = errors.New("too far ahead of the connected blocks")
	// ErrDeepFork says that it would replace more than 144 blocks.
	ErrDeepFork = errors.New("forks off too deep")
	// ErrBadBranch says that it stands on a block that breaks a rule. Who sent
	// it may not have known.
	ErrBadBranch = errors.New("stands on an invalid block")
	// ErrCheckpoint says that it contradicts a block this release vouches for.
	ErrCheckpoint = errors.New("contradicts a checkpoint")
	// ErrBusy says that no more blocks of side branches are kept.
	ErrBusy = errors.New("too many blocks of side branches")
)

// Errors of reading.
var (
	// ErrUnknownBlock says that no such block is stored.
	ErrUnknownBlock = errors.New("block is not known")
	// ErrUnknownTx says that no such transaction is on the best chain.
	ErrUnknownTx = errors.New("transaction is not on the chain")
)

// Errors of AddTx, besides ErrKnown and RuleErrors for what no chain would
// take.
var (
	// ErrRejected says that the transaction does not fit the chain as it is
	// here and now; the sender may see another. It wraps the rule's kind too.
	ErrRejected = errors.New("transaction is not valid on this chain now")
	// ErrMissingInputs says that it spends what is unknown or spent. Its
	// parents may still come. It is also an ErrRejected.
	ErrMissingInputs = fmt.Errorf("%w: inputs missing", ErrRejected)
	// ErrFeeTooLow says that it pays less than the pool asks for now, or not
	// more than what it would replace.
	ErrFeeTooLow = errors.New("fee too low for the pool")
	// ErrPoolFull says that a limit of the pool is reached: its sender's, its
	// kind's, or that of unconfirmed ancestors or replaced transactions.
	ErrPoolFull = errors.New("pool limit reached")
)

func broken(kind consensus.ErrorKind, format string, args ...any) error {
	return &consensus.RuleError{Kind: kind, Detail: fmt.Sprintf(format, args...)}
}

// inherent lists the rules that a transaction breaks on its own, whatever the
// chain: whoever sends such a thing is at fault.
var inherent = []consensus.ErrorKind{
	consensus.ErrTxForm, consensus.ErrExtraCoinbase, consensus.ErrOutputScript, consensus.ErrAmountRange,
	consensus.ErrCommitments, consensus.ErrPairing, consensus.ErrPayload, consensus.ErrRecordKind,
	consensus.ErrScript, consensus.ErrSigHashType, consensus.ErrUnauthored,
	// A job's author is fixed by its id and a record's by the coin it spends.
	consensus.ErrTicket, consensus.ErrPossession,
}

// txError turns a builder's verdict into AddTx's.
func txError(id types.Hash, err error) error {
	var r *consensus.RuleError
	if !errors.As(err, &r) {
		return err
	}
	for _, k := range inherent {
		if r.Kind == k {
			return fmt.Errorf("transaction %v: %w", id, err)
		}
	}
	// The kind stays matchable, but IsRule must not hold: a peer with another
	// tip may rightly have found it valid.
	reject := ErrRejected
	if r.Kind == consensus.ErrMissingInput {
		reject = ErrMissingInputs
	}
	return fmt.Errorf("transaction %v: %w: %w: %s", id, reject, r.Kind, r.Detail)
}
