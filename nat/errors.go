package nat

import "errors"

// Errors of dialling and listening.
var (
	// ErrContact says that a contact is no list of host:port.
	ErrContact = errors.New("invalid contact")
	// ErrNotAllowed says that this node's policy forbids an address.
	ErrNotAllowed = errors.New("address not allowed here")
	// ErrUnreachable says that no way to the peer could be opened.
	ErrUnreachable = errors.New("peer unreachable")
	// ErrHandshake says that a connection was opened but not authenticated.
	ErrHandshake = errors.New("handshake failed")
	// ErrWrongPeer says that somebody else answered than was dialled.
	ErrWrongPeer = errors.New("another address answered")
	// ErrFull says that the peer serves too many connections already.
	ErrFull = errors.New("the peer is full")
	// ErrService says that the peer is there but does not offer the service that
	// the connection was to be for.
	ErrService = errors.New("the peer does not offer this service")
	// ErrClosed says that the listener was closed.
	ErrClosed = errors.New("listener closed")
)
