package tasks

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"supercomputing/chain/types"
)

// The session protocol: a node (worker) and the author of a job (requester)
// over one authenticated, encrypted connection (package nat). One session
// serves one job. This file is its specification.
//
// A frame is
//
//	length  4 bytes   of what follows, big-endian, 1 … maxFrame
//	type    1 byte
//	body    length-1 bytes
//
// Integers are big-endian, amounts 8 bytes; a body has exactly its layout's
// size. → is worker to requester, ← requester to worker. Order: the worker's
// hello, the requester's hello (it has a place) or bye (it has none), then
// anything.
//
//	type          dir  body
//	01 hello      →    version:2 network:32 job:32 dapp:32 held:8 signature:64
//	01 hello      ←    the same, held and signature zero: the echo accepts
//	02 ping       ↔    –
//	10 call       →    id:4 message:0…MaxMessage
//	11 answer     ←    id:4 message:0…MaxMessage
//	12 question   ←    id:4 message:0…MaxMessage
//	13 reply      →    id:4 message:0…MaxMessage
//	14 error      ↔    id:4 text:0…MaxText   instead of an answer or a reply
//	20 ticket     ←    cumulative:8 signature:64
//	30 bye        ↔    reason:1 text:0…MaxText, the last frame of its sender
//
// held and signature are the newest ticket that the worker has, so that a
// requester whose disk went back in time still knows what it owes. Request
// ids are chosen by the asking side; calls and questions are apart. At most
// MaxCalls calls and one question are open at a time. A side that has sent
// nothing for PingInterval pings; one that has heard nothing for IdleTimeout
// hangs up.
//
// Version history: 1 first.
const (
	// Version of the session protocol.
	Version = 1
	// MaxMessage is the ceiling of one dapp message, in bytes.
	MaxMessage = 1 << 20
	// MaxText is the ceiling of texts for people, in bytes of UTF-8.
	MaxText = 256
	// MaxCalls is how many calls may wait for their answers in one session.
	MaxCalls = 4

	maxFrame  = 1 + 4 + MaxMessage
	helloSize = 2 + 32 + 32 + 32 + 8 + 64
)

type frameType byte

const (
	frameHello    frameType = 0x01
	framePing     frameType = 0x02
	frameCall     frameType = 0x10
	frameAnswer   frameType = 0x11
	frameQuestion frameType = 0x12
	frameReply    frameType = 0x13
	frameError    frameType = 0x14
	frameTicket   frameType = 0x20
	frameBye      frameType = 0x30
)

// limits gives the least and the greatest body of a frame type.
func (t frameType) limits() (least, most int, known bool) {
	switch t {
	case frameHello:
		return helloSize, helloSize, true
	case framePing:
		return 0, 0, true
	case frameCall, frameAnswer, frameQuestion, frameReply:
		return 4, 4 + MaxMessage, true
	case frameError:
		return 4, 4 + MaxText, true
	case frameTicket:
		return 8 + 64, 8 + 64, true
	case frameBye:
		return 1, 1 + MaxText, true
	}
	return 0, 0, false
}

// reason is why a side says bye.
type reason byte

const (
	reasonEnded    reason = 0 // the job is over; final
	reasonNoPlace  reason = 1 // not admitted; ask again much later
	reasonDropped  reason = 2 // failed an audit or broke the rules; final
	reasonBidsUsed reason = 3 // nothing left to pay with; a raise may come
	reasonEvicted  reason = 4 // a newer login of the same address
	reasonLeaving  reason = 5 // shutting down; dial again
	reasonProtocol reason = 6 // the other side broke the protocol
	reasonVersion  reason = 7 // another version
	reasonBusy     reason = 8 // too many sessions; dial again later
)

// err is the error that a bye with this reason is for its receiver.
func (r reason) err() error {
	switch r {
	case reasonEnded:
		return ErrEnded
	case reasonNoPlace:
		return ErrNoPlace
	case reasonDropped:
		return ErrDropped
	case reasonBidsUsed:
		return ErrBidsUsed
	case reasonEvicted:
		return ErrEvicted
	case reasonVersion:
		return ErrVersion
	case reasonBusy:
		return ErrBusy
	case reasonLeaving:
		return ErrLeaving
	}
	return ErrProtocol
}

// frame is one frame as it travels; body is checked for size only.
type frame struct {
	kind frameType
	body []byte
}

func (f frame) append(b []byte) []byte {
	b = types.AppendUint32(b, uint32(1+len(f.body)))
	return append(append(b, byte(f.kind)), f.body...)
}

// readHeader reads length and type and checks them, before any memory is spent
// on the body.
func readHeader(r io.Reader) (kind frameType, size int, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, 0, err
	}
	length := binary.BigEndian.Uint32(head[:4])
	kind = frameType(head[4])
	least, most, known := kind.limits()
	switch {
	case length == 0 || length > maxFrame:
		return 0, 0, fmt.Errorf("%w: frame of %d bytes", ErrProtocol, length)
	case !known:
		return 0, 0, fmt.Errorf("%w: unknown frame type %#02x", ErrProtocol, byte(kind))
	}
	size = int(length) - 1
	if size < least || size > most {
		return 0, 0, fmt.Errorf("%w: frame type %#02x with a body of %d bytes, %d to %d are allowed", ErrProtocol, byte(kind), size, least, most)
	}
	return kind, size, nil
}

// readFrame reads one frame of a bounded kind; sessions read header and body
// apart, to wait for memory in between.
func readFrame(r io.Reader) (frame, error) {
	kind, size, err := readHeader(r)
	if err != nil {
		return frame{}, err
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(r, body); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return frame{}, err
	}
	return frame{kind, body}, nil
}

// hello opens a session. held and signature are a ticket, zero if none.
type hello struct {
	version   uint16
	network   types.NetworkID
	job, dapp types.Hash
	held      types.Amount
	signature [64]byte
}

func (h *hello) frame() frame {
	b := binary.BigEndian.AppendUint16(make([]byte, 0, helloSize), h.version)
	b = append(append(append(b, h.network[:]...), h.job[:]...), h.dapp[:]...)
	b = append(types.AppendAmount(b, h.held), h.signature[:]...)
	return frame{frameHello, b}
}

func parseHello(body []byte) (*hello, error) {
	h := new(hello)
	r := types.NewReader(body)
	h.version = uint16(r.Byte())<<8 | uint16(r.Byte())
	r.Copy(h.network[:])
	h.job, h.dapp = r.Hash(), r.Hash()
	h.held = r.Amount()
	r.Copy(h.signature[:])
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("%w: hello: %w", ErrProtocol, err)
	}
	return h, nil
}

// message is a call, answer, question, reply or error: an id and bytes.
func messageFrame(kind frameType, id uint32, msg []byte) frame {
	b := types.AppendUint32(make([]byte, 0, 4+len(msg)), id)
	return frame{kind, append(b, msg...)}
}

func parseMessage(body []byte) (id uint32, msg []byte) {
	return binary.BigEndian.Uint32(body), body[4:] // limits made it 4 bytes at least
}

func ticketFrame(t Ticket) frame {
	return frame{frameTicket, append(types.AppendAmount(nil, t.Cumulative), t.Signature[:]...)}
}

func parseTicket(body []byte) (t Ticket, err error) {
	r := types.NewReader(body)
	t.Cumulative = r.Amount()
	r.Copy(t.Signature[:])
	if err := r.Done(); err != nil {
		return Ticket{}, fmt.Errorf("%w: ticket: %w", ErrProtocol, err)
	}
	return t, nil
}

func byeFrame(why reason, text string) frame {
	return frame{frameBye, append([]byte{byte(why)}, clip(text)...)}
}

// parseBye gives what a bye means to its receiver.
func parseBye(body []byte) error {
	err := reason(body[0]).err()
	if text := foreignText(body[1:]); text != "" {
		return fmt.Errorf("%w: %s", err, text)
	}
	return err
}

// clip cuts a text to MaxText bytes at a character.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if len(s) <= MaxText {
		return s
	}
	s = s[:MaxText]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s
}

// foreignText makes a peer's text fit for logs and screens.
func foreignText(b []byte) string {
	s := strings.ToValidUTF8(string(b), "?")
	return strings.Map(func(c rune) rune {
		if c < 0x20 || c >= 0x7f && c < 0xa0 {
			return ' '
		}
		return c
	}, s)
}
