package talk

import (
	"errors"
	"fmt"
)

// Errors of conversations. A *Refusal is the other side's answer instead.
var (
	// ErrOffline says that there is no way to the peer now.
	ErrOffline = errors.New("the other side is offline")
	// ErrUnknown says that the connection ended before the answer came: the
	// other side may have it or not. Sending it again does no harm.
	ErrUnknown = fmt.Errorf("%w: the connection ended before the answer", ErrOffline)
	// ErrBusy says that the peer, or this node, has too many conversations.
	ErrBusy = fmt.Errorf("%w: too many conversations", ErrOffline)
	// ErrVersion says that the peer speaks another version of the protocol.
	ErrVersion = fmt.Errorf("%w: it speaks another version of the protocol", ErrOffline)
	// ErrNotRunning says that the hub does not run.
	ErrNotRunning = fmt.Errorf("%w: conversations are not running here", ErrOffline)
	// ErrTooLarge says that an envelope is empty or over MaxEnvelope, a file
	// over MaxFile, or that a mark names nothing.
	ErrTooLarge = errors.New("over the size limit of direct messages")
	// ErrSelf says that this node was asked to write to itself.
	ErrSelf = errors.New("this is our own address")
	// ErrProtocol says that the other side broke the protocol.
	ErrProtocol = errors.New("conversation protocol broken")
	// ErrFile says that a file could not be read while it was sent.
	ErrFile = errors.New("the file cannot be read")
	// ErrOptions says that a hub was made without what it needs.
	ErrOptions = errors.New("conversations lack a part")

	// errEnded is why a session ends well; errRetired, that a request has to
	// take another session. Both stay inside.
	errEnded   = errors.New("the connection was given up")
	errLeaving = errors.New("shutting down")
	errRetired = errors.New("nothing new begins on this connection")
)
