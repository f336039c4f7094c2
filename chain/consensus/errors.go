package consensus

import (
	"errors"
	"fmt"
)

// ErrorKind names the rule that a block, header or transaction breaks.
type ErrorKind string

// Error makes a kind usable with errors.Is.
func (k ErrorKind) Error() string { return string(k) }

// RuleError is a broken consensus rule: its kind and what exactly was wrong.
type RuleError struct {
	Kind   ErrorKind
	Detail string
}

// Error implements error.
func (e *RuleError) Error() string { return string(e.Kind) + ": " + e.Detail }

// Unwrap lets errors.Is match the kind.
func (e *RuleError) Unwrap() error { return e.Kind }

func rule(k ErrorKind, format string, args ...any) error {
	return &RuleError{Kind: k, Detail: fmt.Sprintf(format, args...)}
}

// IsRule reports whether err is a broken rule, so the sender's fault, and not
// a failure of this machine.
func IsRule(err error) bool {
	var r *RuleError
	return errors.As(err, &r)
}

// Kinds of broken rules, headers first.
const (
	ErrVersion       ErrorKind = "wrong block version"
	ErrHeight        ErrorKind = "wrong height"
	ErrPrevHash      ErrorKind = "does not follow its parent"
	ErrSlot          ErrorKind = "slot does not increase"
	ErrNotSeated     ErrorKind = "producer holds no seat"
	ErrVRF           ErrorKind = "invalid VRF proof"
	ErrNotLeader     ErrorKind = "producer does not lead this slot"
	ErrHeaderSig     ErrorKind = "invalid header signature"
	ErrProducersRoot ErrorKind = "wrong seat list root"
	ErrStateDigest   ErrorKind = "wrong state digest"
	ErrTxRoot        ErrorKind = "wrong transaction root"
	ErrSideRoot      ErrorKind = "wrong side root"

	ErrBlockWeight   ErrorKind = "block too heavy"
	ErrSideSize      ErrorKind = "side block too large"
	ErrNoCoinbase    ErrorKind = "first transaction is no coinbase"
	ErrExtraCoinbase ErrorKind = "coinbase in the wrong place"
	ErrCoinbase      ErrorKind = "wrong coinbase"
	ErrPairing       ErrorKind = "commitments and payloads do not match"
	ErrSummary       ErrorKind = "wrong summary"

	ErrTxForm       ErrorKind = "malformed transaction"
	ErrOutputScript ErrorKind = "output is neither Taproot nor a commitment"
	ErrAmountRange  ErrorKind = "amount out of range"
	ErrMissingInput ErrorKind = "input does not exist or is spent"
	ErrImmature     ErrorKind = "coinbase output spent too early"
	ErrOverspend    ErrorKind = "outputs exceed inputs"
	ErrFee          ErrorKind = "fee too low"
	ErrLockTime     ErrorKind = "transaction is not final"
	ErrSequenceLock ErrorKind = "relative time lock not met"
	ErrScript       ErrorKind = "invalid spend"
	ErrSigHashType  ErrorKind = "commitment signed with a partial hash type"
	ErrUnauthored   ErrorKind = "input 0 does not sign the commitment"
	ErrCommitments  ErrorKind = "more than one commitment"

	ErrPayload      ErrorKind = "malformed payload"
	ErrRecordKind   ErrorKind = "unknown record kind"
	ErrBid          ErrorKind = "bid too small"
	ErrDuration     ErrorKind = "job duration out of range"
	ErrUnknownDapp  ErrorKind = "unknown dapp"
	ErrUnknownJob   ErrorKind = "unknown job"
	ErrNotAuthor    ErrorKind = "not the job's author"
	ErrJobClosed    ErrorKind = "job is closed"
	ErrScoreEarly   ErrorKind = "job scored in the block of its post"
	ErrTicket       ErrorKind = "invalid score ticket"
	ErrTicketForm   ErrorKind = "tickets present or missing against the rule"
	ErrFund         ErrorKind = "bid exceeds what the compute fund released"
	ErrPossession   ErrorKind = "invalid proof of possession"
	ErrEvidence     ErrorKind = "invalid equivocation evidence"
	ErrEvidenceUsed ErrorKind = "equivocation evidence used already"
)
