// Package envelope owns the one binary form of what correspondents write to
// each other, whichever way it travels: sealed in a record of chain e, or over
// a direct connection (chain/PROTOCOL.md §7). It has no clock, key or disk.
//
// Layout, integers big-endian, lengths as CompactSize:
//
//	1   version, 1
//	16  id, chosen at random by the sender
//	8   Lamport number of the conversation
//	8   the sender's clock, milliseconds since 1970
//	1   kind
//	n   length and text: where the sender is reached, or empty
//	…   the kind's body; see the types' append methods
//
// Who wrote it and to whom is not in it: the way it came says so, and cannot
// be forged.
package envelope

import (
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"supercomputing/chain/types"
)

// Limits, in bytes unless said otherwise.
const (
	Max          = 128 << 10 // a whole envelope, over the direct way
	MaxText      = 64 << 10  // over the direct way
	MaxChainText = 1024      // over the chain
	MaxTitle     = types.MaxTitle
	MaxName      = 255  // of a file
	MaxLink      = 2048 // a magnet link
	MaxDescr     = 8192 // an account's descriptor
	MaxMembers   = 15   // of an account, count
	MaxAccount   = 64 << 10
	MaxFile      = 10 << 20 // a file that comes with a message
	MaxFileSize  = 1 << 50  // what a magnet link may claim to lead to
	MaxParts     = 128      // of account traffic over the chain, count
	MaxPart      = 1000     // one part
	MaxLamport   = 1 << 62
	version      = 1
)

// Errors of decoding and encoding.
var (
	// ErrInvalid says that bytes are no envelope, or that a value cannot be in
	// one.
	ErrInvalid = errors.New("not a valid message")
	// ErrVersion says that a newer program wrote the envelope.
	ErrVersion = fmt.Errorf("%w: written by a newer version of this program", ErrInvalid)
)

// ID names a message among those of its author.
type ID [16]byte

// String gives the id in hex.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Kind is what an envelope carries.
type Kind byte

// The kinds.
const (
	KindText       Kind = 1
	KindPayment    Kind = 2
	KindJob        Kind = 3
	KindListing    Kind = 4
	KindFile       Kind = 5
	KindMagnet     Kind = 6
	KindInvitation Kind = 7
	KindAccount    Kind = 8
	KindPart       Kind = 9
)

// Envelope is one message.
type Envelope struct {
	ID      ID
	Lamport uint64 // counts up along the conversation; orders it alike on both sides
	Time    int64  // the sender's clock, ms since 1970
	Contact string // where the sender is reached; "" when it does not say
	Body    Body
}

// Clock gives the sender's time.
func (e *Envelope) Clock() time.Time { return time.UnixMilli(e.Time) }

// Body is one kind's content.
type Body interface {
	Kind() Kind
	// Words is the text that people read, besides what a card shows.
	Words() string
	append(b []byte) []byte
}

// Encode gives the envelope's bytes, or ErrInvalid for one that no receiver
// would take.
func Encode(e *Envelope) ([]byte, error) {
	if e.Body == nil {
		return nil, fmt.Errorf("%w: it is empty", ErrInvalid)
	}
	b := append([]byte{version}, e.ID[:]...)
	b = types.AppendUint64(types.AppendUint64(b, e.Lamport), uint64(e.Time))
	b = types.AppendBytes(append(b, byte(e.Body.Kind())), []byte(e.Contact))
	b = e.Body.append(b)
	if _, err := Decode(b); err != nil {
		return nil, err
	}
	return b, nil
}

// Decode reads exactly one envelope. Whatever it returns is within the limits,
// is UTF-8 and has no control characters but line feeds.
func Decode(b []byte) (*Envelope, error) {
	if len(b) > Max {
		return nil, fmt.Errorf("%w: %d bytes", ErrInvalid, len(b))
	}
	r := types.NewReader(b)
	if v := r.Byte(); v > version {
		return nil, fmt.Errorf("%w: format %d", ErrVersion, v)
	} else if v < version {
		return nil, fmt.Errorf("%w: format %d", ErrInvalid, v)
	}
	e := new(Envelope)
	r.Copy(e.ID[:])
	e.Lamport, e.Time = r.Uint64(), int64(r.Uint64())
	kind := Kind(r.Byte())
	e.Contact = r.Text(types.MaxContact)
	e.Body = readBody(r, kind)
	if e.Lamport > MaxLamport {
		r.Fail(fmt.Errorf("%w: number %d", types.ErrMalformed, e.Lamport))
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return e, nil
}

func readBody(r *types.Reader, k Kind) Body {
	switch k {
	case KindText:
		return readText(r)
	case KindPayment:
		return readPayment(r)
	case KindJob:
		return &Job{ID: r.Hash(), Title: r.Text(MaxTitle), Text: r.Text(MaxText)}
	case KindListing:
		return &Listing{ID: r.Hash(), Title: r.Text(MaxTitle), Text: r.Text(MaxText)}
	case KindFile:
		return readFile(r)
	case KindMagnet:
		return readMagnet(r)
	case KindInvitation:
		return readInvitation(r)
	case KindAccount:
		return readAccount(r)
	case KindPart:
		return readPart(r)
	}
	r.Fail(fmt.Errorf("%w: kind %d", types.ErrMalformed, k))
	return nil
}
