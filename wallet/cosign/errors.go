package cosign

import (
	"errors"
	"fmt"
)

// Errors. What strangers' files are refused for wraps one of these.
var (
	// ErrFormat says that the bytes are no PSBT (BIP 174, 371, 373).
	ErrFormat = errors.New("not a PSBT")
	// ErrTooLarge says that it is over a size limit.
	ErrTooLarge = errors.New("the PSBT is too large")
	// ErrDuplicate says that a field stands there twice.
	ErrDuplicate = errors.New("the PSBT has a field twice")
	// ErrField says that there is a field that this wallet does not know or
	// whose content is not what the account makes it.
	ErrField = errors.New("the PSBT has a field that does not belong")
	// ErrNetwork says that the PSBT is for another network, or does not say
	// for which.
	ErrNetwork = errors.New("the PSBT is for another network")
	// ErrAccount says that it is for another shared account.
	ErrAccount = errors.New("the PSBT is for another account")
	// ErrTransaction says that its transaction cannot be one of the network,
	// or is not the proposal's.
	ErrTransaction = errors.New("not the transaction")
	// ErrInput says that an input is not a coin of the account.
	ErrInput = errors.New("an input is not the account's")
	// ErrRecord says that record and transaction do not belong together.
	ErrRecord = errors.New("not a record of the account")
	// ErrSighash says that a signature would not cover the whole transaction.
	ErrSighash = errors.New("signatures must cover the whole transaction")
	// ErrSignature says that a signature or nonce is false.
	ErrSignature = errors.New("a false signature")
	// ErrConflict says that a member gave two different values for one attempt.
	ErrConflict = errors.New("two different values of one member")
	// ErrDisagree says that two members hold different nonces of a third: it
	// gave them different ones, or one of them passes on false ones. Only a
	// new attempt helps, and if it happens again, talking.
	ErrDisagree = errors.New("the members hold different nonces; start a new attempt")
	// ErrStale says that what should be added is of an earlier attempt.
	ErrStale = errors.New("of an earlier attempt")
	// ErrNewer says that what should be added is of a later attempt.
	ErrNewer = errors.New("of a later attempt")
	// ErrAttempt says that there can be no such attempt.
	ErrAttempt = errors.New("no such attempt")
	// ErrNoncesMissing says that nonces of some members are not there yet.
	ErrNoncesMissing = errors.New("nonces of other members are missing")
	// ErrIncomplete says that signatures are missing.
	ErrIncomplete = errors.New("signatures are missing")
	// ErrNotMember says that the key is none of the account's.
	ErrNotMember = errors.New("this wallet's key is not a member of the account")
)

// MemberError names the member that something false stands under. A file says
// who gave a value, but does not prove it: when it came over a channel that
// names its sender, CombineFrom makes the two the same.
type MemberError struct {
	Member      int     // number in the account
	Fingerprint [4]byte // of the member's master key
	Input       int
	Err         error // ErrSignature or ErrConflict
}

// Error implements error.
func (e *MemberError) Error() string {
	return fmt.Sprintf("member %d (%x), input %d: %v", e.Member+1, e.Fingerprint, e.Input, e.Err)
}

// Unwrap gives the reason.
func (e *MemberError) Unwrap() error { return e.Err }
