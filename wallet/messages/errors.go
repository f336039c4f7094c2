package messages

import (
	"errors"
	"fmt"

	"supercomputing/chain/types"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/safetext"
)

// Errors of conversations. Besides these, methods report keys.ErrLocked, and
// wallet's errors of stores.
var (
	// ErrInvalid says that a message cannot be written so; the reason is
	// wrapped.
	ErrInvalid = envelope.ErrInvalid
	// ErrUnknown says that there is no such message.
	ErrUnknown = history.ErrUnknown
	// ErrTooLong says that a text is too long for the way it was to take.
	ErrTooLong = fmt.Errorf("%w: too long", ErrInvalid)
	// ErrDirectOnly says that what a message carries cannot go over the chain.
	ErrDirectOnly = errors.New("this goes over a direct connection only")
	// ErrNobody says that an address is no key, so that nobody could read what
	// is written to it.
	ErrNobody = errors.New("nobody can read what is written to this address")
	// ErrBlocked says that we blocked the address.
	ErrBlocked = errors.New("this address is blocked; unblock it to write")
	// ErrNotMine says that only a message of ours can be sent.
	ErrNotMine = errors.New("this message is not ours")
	// ErrDone says that a message has arrived, or is on its way over the chain.
	ErrDone = errors.New("this message is sent already")
	// ErrNoFile says that a message carries no file, or not here yet.
	ErrNoFile = errors.New("this message's file is not here")
	// ErrExists says that a path names something already.
	ErrExists = errors.New("there is a file of this name already")
	// ErrNoFiles says that this node cannot move large files.
	ErrNoFiles = errors.New("large files cannot be sent or fetched here")
	// ErrBusy says that too much of this kind is under way.
	ErrBusy = errors.New("too many at once; try again later")
	// ErrLarger says that a fetched file is larger than its sender said.
	ErrLarger = errors.New("the file is larger than its sender said")
	// ErrStalled says that nobody offers a fetched file any more.
	ErrStalled = errors.New("nobody offers the file now")
	// ErrNote says that a contact's note is too long or has control characters.
	ErrNote = errors.New("not a fit note")
	// ErrReach says that text is no list of host:port.
	ErrReach = errors.New("not a list of host:port")
	// ErrNameTaken says that a contact's name is another's, or looks like it; see
	// NameTakenError.
	ErrNameTaken = errors.New("another contact has this name, or one that looks like it")
	// ErrNameAddress says that a contact's name is itself an address.
	ErrNameAddress = fmt.Errorf("%w: it is an address", safetext.ErrName)
	// ErrNotContact says that an address is not in the address book.
	ErrNotContact = errors.New("this address is not in the address book")
	// ErrCard says that a message has no such card, or not in this state.
	ErrCard = errors.New("this message carries no such thing")
	// ErrAmount says that an amount is negative or beyond all coins.
	ErrAmount = errors.New("amount out of range")

	errFileDamaged = errors.New("the stored file is damaged")
)

// NameTakenError is an ErrNameTaken that names the contact which has the name.
type NameTakenError struct {
	Name    string // as it was to be
	Other   string // the other contact's
	Address types.Address
}

// Error implements error.
func (e *NameTakenError) Error() string {
	if e.Name == e.Other {
		return fmt.Sprintf("another contact is called %q already", e.Other)
	}
	return fmt.Sprintf("%q looks like another contact, %q", e.Name, e.Other)
}

// Unwrap implements errors.Is for ErrNameTaken.
func (e *NameTakenError) Unwrap() error { return ErrNameTaken }
