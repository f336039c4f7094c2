package descriptor

import (
	"errors"
	"fmt"
)

// The kinds of refusal. Every error of Parse is an *Error that wraps one.
var (
	// ErrSyntax says that the text is no descriptor.
	ErrSyntax = errors.New("not a descriptor")
	// ErrTooLong says that the text is longer than MaxLength.
	ErrTooLong = errors.New("the descriptor is too long")
	// ErrChecksum says that the checksum (BIP 380) is missing or wrong: the
	// text was mistyped or cut off.
	ErrChecksum = errors.New("the descriptor's checksum is wrong")
	// ErrUnsupported says that the text is a descriptor, but not of an account
	// that this wallet makes.
	ErrUnsupported = errors.New("not supported")
	// ErrKey says that a key is malformed, of another network, or not the key
	// of a BIP 87 account.
	ErrKey = errors.New("not a key of a shared account")
	// ErrPrivate says that the text holds a private key, which must never
	// leave its wallet.
	ErrPrivate = errors.New("this is a private key; never give it away")
	// ErrDuplicate says that a key is in the account twice.
	ErrDuplicate = errors.New("a key stands there twice")
	// ErrMembers says that the number of keys, or of those required, cannot be.
	ErrMembers = errors.New("wrong number of members")
	// ErrPath says that there is no address at a branch and index.
	ErrPath = errors.New("no address at this path")
)

// Error says what is wrong with a descriptor and where.
type Error struct {
	Pos    int    // byte of the text, counted from 0; -1: the text as a whole
	Kind   error  // one of this package's errors
	Reason string // for people
}

// Error implements error.
func (e *Error) Error() string {
	s := e.Kind.Error()
	if e.Reason != "" {
		s += ": " + e.Reason
	}
	if e.Pos >= 0 {
		s += fmt.Sprintf(" (at character %d)", e.Pos+1)
	}
	return s
}

// Unwrap gives the kind.
func (e *Error) Unwrap() error { return e.Kind }

func fail(pos int, kind error, format string, args ...any) error {
	return &Error{Pos: pos, Kind: kind, Reason: fmt.Sprintf(format, args...)}
}
