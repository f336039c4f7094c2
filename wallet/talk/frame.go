package talk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"supercomputing/chain/types"
)

// The conversation protocol: two wallets over one authenticated, encrypted
// connection (package nat). This file is its specification.
//
// A frame is
//
//	length  4 bytes   of what follows, big-endian, 1 … maxFrame
//	type    1 byte
//	body    length-1 bytes
//
// Integers are big-endian, amounts 8 bytes; a body has exactly its layout's
// size. The side that dialled says hello, the other answers with hello or bye;
// then both are equal. A request (deliver, mark, offer) has an id that its
// sender chooses, not one of its open requests, and gets one answer (done,
// refused; an offer also gets accept before).
//
//	type          body
//	01 hello      version:2 reach:0…MaxReach   where the sender is reached, "" = it does not say
//	02 ping       number:4
//	03 pong       number:4                     of the newest ping
//	04 retire     –                            the sender begins no request here any more
//	10 deliver    id:4 envelope:1…MaxEnvelope
//	11 mark       id:4 kind:1 message:16 × 1…MaxMarks
//	20 done       id:4                         an envelope or a file is stored, a mark was heard
//	21 refused    id:4 reason:1 fee:8 text:0…MaxText
//	30 offer      id:4 message:16 size:8 sum:32  a file of size ≤ MaxFile with this SHA-256
//	31 accept     id:4 offset:8                send it from offset on
//	32 chunk      id:4 offset:8 data:1…MaxChunk  MaxChunk bytes, or what is left of the file
//	33 have       id:4 offset:8                stored up to offset
//	34 cancel     id:4                         the sender gives the offer up
//	3f bye        reason:1                     the last frame of its sender
//
// A side answers deliver and mark in the order in which they came. At most
// maxOpen of them and one offer may be open in each direction, and at most
// fileWindow bytes of chunks not covered by have. An offer is answered by done
// when the whole file is there, also without any chunk when offset = size; it
// may be refused at any time, and chunks and a cancel of a refused or finished
// offer that are under way then are ignored. A cancelled offer is answered as
// well.
//
// A side that hears retire answers with retire. When both have said it, and
// nothing is open or owed, a side says bye: so a connection ends without a loss.
// Of several connections of one pair, the side with the smaller address (as a
// number) keeps one, the newest that it dialled itself, else the newest, and
// retires the others.
//
// A side that has sent nothing for pingInterval pings; one that has heard
// nothing for idleTimeout hangs up. Unknown reasons of a refusal mean
// ReasonUnwanted, unknown kinds of marks are for the handler to ignore; unknown
// frame types break the protocol.
//
// Version history: 1 first.
const (
	// Version of the conversation protocol.
	Version = 1
	// MaxEnvelope is the ceiling of an envelope, in bytes.
	MaxEnvelope = 128 << 10
	// MaxFile is the ceiling of a file, in bytes.
	MaxFile = 10 << 20
	// MaxText is the ceiling of a refusal's text, in bytes of UTF-8.
	MaxText = 256
	// MaxReach is the ceiling of a contact, in bytes.
	MaxReach = 256
	// MaxMarks is how many messages one frame marks.
	MaxMarks = 64
	// MaxChunk is the size of a part of a file, in bytes.
	MaxChunk = 32 << 10

	maxOpen    = 4
	fileWindow = 16 * MaxChunk
	maxFrame   = 1 + 4 + MaxEnvelope
)

type frameType byte

const (
	frameHello   frameType = 0x01
	framePing    frameType = 0x02
	framePong    frameType = 0x03
	frameRetire  frameType = 0x04
	frameDeliver frameType = 0x10
	frameMark    frameType = 0x11
	frameDone    frameType = 0x20
	frameRefused frameType = 0x21
	frameOffer   frameType = 0x30
	frameAccept  frameType = 0x31
	frameChunk   frameType = 0x32
	frameHave    frameType = 0x33
	frameCancel  frameType = 0x34
	frameBye     frameType = 0x3f
)

// limits gives the least and the greatest body of a frame type.
func (t frameType) limits() (least, most int, known bool) {
	switch t {
	case frameHello:
		return 2, 2 + MaxReach, true
	case framePing, framePong, frameDone, frameCancel:
		return 4, 4, true
	case frameRetire:
		return 0, 0, true
	case frameDeliver:
		return 4 + 1, 4 + MaxEnvelope, true
	case frameMark:
		return 4 + 1 + 16, 4 + 1 + 16*MaxMarks, true
	case frameRefused:
		return 4 + 1 + 8, 4 + 1 + 8 + MaxText, true
	case frameOffer:
		return 4 + 16 + 8 + 32, 4 + 16 + 8 + 32, true
	case frameAccept, frameHave:
		return 4 + 8, 4 + 8, true
	case frameChunk:
		return 4 + 8 + 1, 4 + 8 + MaxChunk, true
	case frameBye:
		return 1, 1, true
	}
	return 0, 0, false
}

// byeReason is why a side says bye.
type byeReason byte

const (
	byeRetired  byeReason = 0 // nothing was left to do here
	byeLeaving  byeReason = 1 // shutting down
	byeProtocol byeReason = 2 // the other side broke the protocol
	byeVersion  byeReason = 3 // another version
	byeBusy     byeReason = 4 // too many conversations; later
)

// err is what a bye with this reason means to its receiver.
func (r byeReason) err() error {
	switch r {
	case byeRetired:
		return errEnded
	case byeLeaving:
		return fmt.Errorf("%w: it is shutting down", ErrOffline)
	case byeVersion:
		return ErrVersion
	case byeBusy:
		return ErrBusy
	}
	return fmt.Errorf("%w: the other side says so of us", ErrProtocol)
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

func readBody(r io.Reader, kind frameType, size int) (frame, error) {
	body := make([]byte, size)
	if _, err := io.ReadFull(r, body); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return frame{}, err
	}
	return frame{kind, body}, nil
}

func readFrame(r io.Reader) (frame, error) {
	kind, size, err := readHeader(r)
	if err != nil {
		return frame{}, err
	}
	return readBody(r, kind, size)
}

// hello opens a session.
type hello struct {
	version uint16
	reach   string
}

func (h hello) frame() frame {
	return frame{frameHello, append(binary.BigEndian.AppendUint16(nil, h.version), h.reach...)}
}

func parseHello(body []byte) (hello, error) {
	h := hello{version: binary.BigEndian.Uint16(body), reach: string(body[2:])}
	// What another version puts behind its number is not ours to judge.
	if h.version == Version && !validReach(h.reach) {
		return hello{}, fmt.Errorf("%w: contact in hello", ErrProtocol)
	}
	return h, nil
}

// validReach bounds what a peer says of where it is reached to the letters of a
// host:port list. The dialler parses it in earnest.
func validReach(s string) bool {
	return len(s) <= MaxReach && !strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune(".-:,[]", c)
	})
}

// idOf reads the id that most bodies begin with; limits made it 4 bytes at
// least.
func idOf(body []byte) uint32 { return binary.BigEndian.Uint32(body) }

func idFrame(kind frameType, id uint32) frame { return frame{kind, types.AppendUint32(nil, id)} }

func deliverBody(envelope []byte) []byte {
	return append(make([]byte, 4, 4+len(envelope)), envelope...)
}

func markBody(kind MarkKind, ids []ID) []byte {
	b := append(make([]byte, 4, 5+16*len(ids)), byte(kind))
	for _, id := range ids {
		b = append(b, id[:]...)
	}
	return b
}

func parseMark(body []byte) (kind MarkKind, ids []ID, err error) {
	rest := body[5:]
	if len(rest)%16 != 0 {
		return 0, nil, fmt.Errorf("%w: mark of %d bytes", ErrProtocol, len(body))
	}
	for ; len(rest) > 0; rest = rest[16:] {
		ids = append(ids, ID(rest))
	}
	return MarkKind(body[4]), ids, nil
}

func refusedFrame(id uint32, r *Refusal) frame {
	b := append(types.AppendUint32(nil, id), byte(r.Reason))
	return frame{frameRefused, append(types.AppendAmount(b, r.MinFee), r.Text...)}
}

func parseRefused(body []byte) (*Refusal, error) {
	r := types.NewReader(body[4:13])
	out := &Refusal{Reason: Reason(r.Byte()), MinFee: r.Amount()}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("%w: refusal: %w", ErrProtocol, err)
	}
	if out.Reason < ReasonUnwanted || out.Reason > ReasonCancelled {
		out.Reason = ReasonUnwanted
	}
	out.Text = plainText(body[13:])
	return out, nil
}

// offer announces a file.
type offer struct {
	message ID
	size    int64
	sum     [32]byte
}

func (o offer) body() []byte {
	b := append(make([]byte, 4, 60), o.message[:]...)
	return append(types.AppendUint64(b, uint64(o.size)), o.sum[:]...)
}

func parseOffer(body []byte) (o offer, err error) {
	r := types.NewReader(body[4:])
	r.Copy(o.message[:])
	size := r.Uint64()
	r.Copy(o.sum[:])
	if err := r.Done(); err != nil {
		return offer{}, fmt.Errorf("%w: offer: %w", ErrProtocol, err)
	}
	if size > MaxFile {
		return offer{}, fmt.Errorf("%w: offer of %d bytes", ErrProtocol, size)
	}
	o.size = int64(size)
	return o, nil
}

// offsetFrame is accept or have.
func offsetFrame(kind frameType, id uint32, offset int64) frame {
	return frame{kind, types.AppendUint64(types.AppendUint32(nil, id), uint64(offset))}
}

func chunkFrame(id uint32, offset int64, data []byte) frame {
	b := types.AppendUint32(make([]byte, 0, 12+len(data)), id)
	return frame{frameChunk, append(types.AppendUint64(b, uint64(offset)), data...)}
}

// parseOffset reads the offset of accept, have and chunk, and what follows it.
func parseOffset(body []byte) (offset int64, data []byte, err error) {
	v := binary.BigEndian.Uint64(body[4:])
	if v > MaxFile {
		return 0, nil, fmt.Errorf("%w: offset %d", ErrProtocol, v)
	}
	return int64(v), body[12:], nil
}

func byeFrame(why byeReason) frame { return frame{frameBye, []byte{byte(why)}} }

// plainText makes a peer's text fit for logs and screens: valid, bounded,
// without control, format (bidirectional, invisible) and private characters.
func plainText(b []byte) string {
	s := strings.Map(func(c rune) rune {
		if unicode.In(c, unicode.C, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(string(b), "?"))
	return clip(strings.TrimSpace(s))
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
