// Package talk is conversations over direct connections: it carries envelopes,
// marks and files between two addresses while both are online, over connections
// that are authenticated and encrypted by whoever hands them in (package nat).
// One connection of a pair serves both directions. What an envelope says, whom
// to answer and where things are stored is the Handler's; frame.go specifies
// what travels.
package talk

import (
	"context"
	"encoding/hex"
	"fmt"
	"net"

	"supercomputing/chain/types"
)

// ID names a message. Its sender draws it at random.
type ID [16]byte

// String gives the id in hex.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// MarkKind says what a mark means.
type MarkKind byte

// MarkRead says that messages were read.
const MarkRead MarkKind = 1

// Dialer opens an authenticated connection to the owner of an address, for
// conversations. contact is where the peer is reached, never empty.
type Dialer interface {
	Dial(ctx context.Context, to types.Address, contact string) (net.Conn, error)
}

// Handler is the side that is written to. Its methods are called from many
// goroutines; Deliver, Mark and Reach of one peer one after another, in the
// order in which the peer sent.
type Handler interface {
	// Deliver takes an envelope of 1 to MaxEnvelope bytes, which is the
	// handler's to keep. It returns nil once the envelope is stored durably: the
	// sender then shows it as delivered. A *Refusal is told to the sender; any
	// other error stays here, and the sender hears ReasonTrouble. The same
	// envelope comes again when its sender did not hear the answer.
	Deliver(ctx context.Context, from types.Address, envelope []byte) error
	// Mark takes a mark on 1 to MaxMarks messages, which need not exist.
	Mark(from types.Address, kind MarkKind, ids []ID)
	// ReceiveFile says where a file of 0 to MaxFile bytes goes, or refuses it
	// with a *Refusal. The transfer goes on at the sink's offset.
	ReceiveFile(from types.Address, id ID, size int64) (FileSink, error)
	// Reach tells where a peer says it is reached: host:port list by its
	// letters, "" if it does not say. It comes once a connection.
	Reach(from types.Address, contact string)
	// Online tells that the first connection with a peer has begun, or the last
	// one ended.
	Online(peer types.Address, online bool)
}

// FileSink takes one file. Its methods are called by one goroutine; Close
// always comes, last, also after Commit. What was written before a Close
// without Commit may be kept for the next offer of the same file.
type FileSink interface {
	// Offset is how many bytes of the file are here already.
	Offset() int64
	// Write takes the bytes at Offset.
	Write(p []byte) (int, error)
	// Commit checks the whole file's SHA-256 and stores it durably.
	Commit(sum [32]byte) error
	Close() error
}

// Reason says why something was refused.
type Reason byte

// The reasons of a refusal.
const (
	// ReasonUnwanted says no, and no more.
	ReasonUnwanted Reason = 1
	// ReasonStranger says that the recipient takes this only of those it knows.
	// MinFee is what a stranger's message over the chain has to pay.
	ReasonStranger Reason = 2
	// ReasonFull says that there is no room at the recipient.
	ReasonFull Reason = 3
	// ReasonInvalid says that it cannot be read, or is not what its sum says.
	ReasonInvalid Reason = 4
	// ReasonBusy says that too much comes at the moment; later.
	ReasonBusy Reason = 5
	// ReasonTrouble says that the recipient could not store it; later.
	ReasonTrouble Reason = 6
	// ReasonCancelled says that a transfer was given up.
	ReasonCancelled Reason = 7

	// ReasonBlocked is for a Handler only and never travels: the sender hears
	// ReasonStranger, so that it cannot tell that it was blocked from being
	// unknown. Give MinFee as to any stranger.
	ReasonBlocked Reason = 0xff
)

// String names the reason for logs.
func (r Reason) String() string {
	switch r {
	case ReasonStranger:
		return "takes this only of contacts"
	case ReasonFull:
		return "has no room"
	case ReasonInvalid:
		return "cannot read it"
	case ReasonBusy:
		return "is busy"
	case ReasonTrouble:
		return "could not store it"
	case ReasonCancelled:
		return "the transfer was given up"
	case ReasonBlocked:
		return "blocked"
	}
	return "does not take it"
}

// Refusal is an answer that says no. As an error of this package's calls it is
// the other side's; its text is a stranger's, bounded and without control
// characters.
type Refusal struct {
	Reason Reason
	MinFee types.Amount // what a message over the chain has to pay, 0: not said
	Text   string       // for people, at most MaxText bytes
}

// Error implements error.
func (r *Refusal) Error() string {
	if r.Text == "" {
		return fmt.Sprintf("refused: the other side %v", r.Reason)
	}
	return fmt.Sprintf("refused: the other side %v: %q", r.Reason, r.Text)
}

// Temporary reports whether the same may be taken later.
func (r *Refusal) Temporary() bool {
	return r.Reason == ReasonBusy || r.Reason == ReasonTrouble || r.Reason == ReasonCancelled
}
