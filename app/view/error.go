package view

import (
	"errors"
	"fmt"
)

// Code names a kind of failure, for programs. Codes never change their
// meaning; each has one HTTP status (app/api) and one exit code (app).
type Code string

// The codes.
const (
	CodeInvalid         Code = "invalid"            // the request itself is wrong
	CodeUnauthorized    Code = "unauthorized"       // no token, or a wrong one
	CodeNotFound        Code = "not_found"          // what was asked for is not there
	CodeConflict        Code = "conflict"           // it cannot be done in the present state
	CodeTooLarge        Code = "too_large"          // over a size limit
	CodeFunds           Code = "insufficient_funds" // the wallet cannot pay this now
	CodeWalletLocked    Code = "wallet_locked"      // there is no open wallet
	CodeWrongPassphrase Code = "wrong_passphrase"   // the keystore did not open
	CodeRefused         Code = "refused"            // a rule of the chain or the pool forbids it
	CodeUnavailable     Code = "unavailable"        // not now: starting, no peers, shutting down
	CodeNotRunning      Code = "node_not_running"   // nothing answers at the API's address
	CodeBusy            Code = "busy"               // a data directory or port is in use
	CodeDisk            Code = "disk"               // the disk is full or does not work
	CodeInternal        Code = "internal"           // a fault of the program
)

// Error is a failure told to people: what happened, and what to do next.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`        // what happened and what was kept
	Hint    string `json:"hint,omitempty"` // what to do next
}

// Error implements error.
func (e *Error) Error() string { return e.Message }

// Is matches errors of the same code, so that errors.Is(err, ErrNotFound)
// works across the API.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Sentinels for errors.Is; only the code counts.
var (
	ErrInvalid         = &Error{Code: CodeInvalid, Message: "invalid request"}
	ErrUnauthorized    = &Error{Code: CodeUnauthorized, Message: "not authorised"}
	ErrNotFound        = &Error{Code: CodeNotFound, Message: "not found"}
	ErrConflict        = &Error{Code: CodeConflict, Message: "conflict"}
	ErrFunds           = &Error{Code: CodeFunds, Message: "insufficient funds"}
	ErrWalletLocked    = &Error{Code: CodeWalletLocked, Message: "the wallet is locked"}
	ErrWrongPassphrase = &Error{Code: CodeWrongPassphrase, Message: "wrong passphrase"}
	ErrUnavailable     = &Error{Code: CodeUnavailable, Message: "not available now"}
	ErrNotRunning      = &Error{Code: CodeNotRunning, Message: "the node is not running"}
	ErrBusy            = &Error{Code: CodeBusy, Message: "in use"}
)

// Errorf makes an Error with a formatted message and no hint.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// WithHint returns a copy of e that says what to do next.
func (e *Error) WithHint(format string, args ...any) *Error {
	c := *e
	c.Hint = fmt.Sprintf(format, args...)
	return &c
}

// AsError finds the Error in err's chain. Any other error becomes an internal
// one with err's text.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: CodeInternal, Message: err.Error()}
}
