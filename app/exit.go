package main

import (
	"context"
	"errors"

	"supercomputing/app/config"
	"supercomputing/app/view"
)

// The exit codes, documented in the root command's help.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitNotRunning  = 3
	exitNotFound    = 4
	exitLocked      = 5
	exitFunds       = 6
	exitBusy        = 7
	exitDisk        = 8
	exitRefused     = 9
	exitInterrupted = 130 // as shells report SIGINT
)

const exitHelp = `Exit codes:
  0  done
  1  failed
  2  wrong usage, settings or input
  3  the node is not running
  4  not found
  5  the wallet is missing or locked, or the passphrase is wrong
  6  the wallet cannot pay this now
  7  the data directory or a port is in use
  8  the disk is full or failing
  9  refused by a rule of the chain
  130  interrupted`

// usageError is a wrong command line. Hint names the help to read.
type usageError struct {
	err  error
	hint string
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// toldError is an error that the person was told of already.
type toldError struct{ error }

func (e *toldError) Unwrap() error { return e.error }

// exitCodes gives each code of a view.Error its exit code.
var exitCodes = map[view.Code]int{
	view.CodeInvalid:         exitUsage,
	view.CodeTooLarge:        exitUsage,
	view.CodeNotRunning:      exitNotRunning,
	view.CodeUnauthorized:    exitNotRunning,
	view.CodeNotFound:        exitNotFound,
	view.CodeWalletLocked:    exitLocked,
	view.CodeWrongPassphrase: exitLocked,
	view.CodeFunds:           exitFunds,
	view.CodeBusy:            exitBusy,
	view.CodeDisk:            exitDisk,
	view.CodeRefused:         exitRefused,
}

// exitCode is the exit code for an error.
func exitCode(err error) int {
	var usage *usageError
	var e *view.Error
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage), errors.Is(err, config.ErrConfig):
		return exitUsage
	case errors.As(err, &e):
		if code, ok := exitCodes[e.Code]; ok {
			return code
		}
		return exitFailure
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	return exitFailure
}

// explain makes an error ready to be shown: what happened, what to do next.
func explain(err error) *view.Error {
	var e *view.Error
	if errors.As(err, &e) {
		// A wrapper says where it happened; its text holds the inner one.
		shown := *e
		shown.Message = err.Error()
		return &shown
	}
	var usage *usageError
	if errors.As(err, &usage) {
		return &view.Error{Code: view.CodeInvalid, Message: err.Error(), Hint: usage.hint}
	}
	if errors.Is(err, config.ErrConfig) {
		return &view.Error{Code: view.CodeInvalid, Message: err.Error(), Hint: "“supercomputing config show” lists every setting"}
	}
	if errors.Is(err, context.Canceled) {
		return &view.Error{Code: "interrupted", Message: "interrupted"}
	}
	return &view.Error{Code: view.CodeInternal, Message: err.Error()}
}
