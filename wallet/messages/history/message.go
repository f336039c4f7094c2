package history

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"

	"supercomputing/chain/types"
	"supercomputing/wallet/messages/envelope"
)

// Key names a message. Its author chose the id, so an id alone names nothing:
// a stranger could repeat one that another chose.
type Key struct {
	Peer types.Address // the other side
	Mine bool
	ID   envelope.ID
}

// Ref is a message's name outside: short, and one for one with its Key.
type Ref [16]byte

// String gives the name in hex.
func (r Ref) String() string { return hex.EncodeToString(r[:]) }

// ParseRef reads what String wrote.
func ParseRef(s string) (r Ref, ok bool) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(r) {
		return r, false
	}
	return Ref(b), true
}

func (k Key) suffix() string {
	b := append(append([]byte{}, k.Peer[:]...), flags(k.Mine))
	return string(append(b, k.ID[:]...))
}

// Ref gives the message's name.
func (k Key) Ref() Ref {
	sum := sha256.Sum256([]byte("SCC/messages/ref/" + k.suffix()))
	return Ref(sum[:16])
}

// Way is how a message travels.
type Way byte

// The ways.
const (
	Auto Way = iota
	Direct
	Chain
)

// Status says where a message stands.
type Status byte

// The states. Ours go Queued → Sent → Delivered → Read, or Failed.
const (
	Queued Status = iota
	Sent
	Delivered
	Read
	Failed
	Received // theirs
)

// Head is what is known of a message without reading its row.
type Head struct {
	Key
	Kind     envelope.Kind
	Lamport  uint64
	Time     int64 // ms since 1970, by its sender's clock, bounded
	Received int64 // ms since 1970, by ours
	Way      Way
	Status   Status

	Unread   bool
	Filtered bool // a stranger paid less than the minimum
	Apart    bool // its sender was blocked
	Hidden   bool // account traffic: no part of the conversation
	FileOwed bool // ours: its file is not at the other side yet

	Height uint32 // of its block
	Tx     types.Hash
	Fee    types.Amount // paid for the chain

	Want     Way          // ours: the way asked for
	MaxPrice types.Amount // of the chain
	Extra    types.Amount
	Rate     types.Amount
}

// Compare orders the messages of a conversation alike on both sides: by number,
// then by the time when they were written, then by author and id. Numbers are
// equal when both wrote before they had read each other.
func (h *Head) Compare(o *Head, self types.Address) int {
	if c := cmp.Or(cmp.Compare(h.Lamport, o.Lamport), cmp.Compare(h.Time, o.Time)); c != 0 {
		return c
	}
	a, b := h.author(self), o.author(self)
	if c := bytes.Compare(a[:], b[:]); c != 0 {
		return c
	}
	return bytes.Compare(h.ID[:], o.ID[:])
}

func (h *Head) author(self types.Address) types.Address {
	if h.Mine {
		return self
	}
	return h.Peer
}

// open reports whether a message of ours still has to be worked on.
func (h *Head) open() bool {
	return h.Mine && (h.Status == Queued || h.Status == Sent || h.FileOwed)
}

// Message is a whole row.
type Message struct {
	Head
	Envelope []byte // as it travels
	Problem  string // why it waits or failed
	// Record is the sealed payload that carries it over the chain. It is
	// stored before it is paid for, so that the wallet can be asked after a
	// crash whether it was. It stays, since a block can be undone.
	Record []byte
	Card   Card
}

// Card is what happened to the thing that a message carries.
type Card struct {
	State string // "paid", "fetching", "saved", "here", …; "" in the beginning
	Tx    types.Hash
	Path  string
	Have  int64 // bytes
}

const (
	rowVersion = 1
	maxProblem = 512
	maxPath    = 4096
	maxState   = 32
)

func flags(bits ...bool) (b byte) {
	for i, v := range bits {
		if v {
			b |= 1 << i
		}
	}
	return b
}

// cut shortens text of our own making to what a row takes.
func cut(s string, n int) []byte { return []byte(s)[:min(len(s), n)] }

func (m *Message) encode() []byte {
	b := []byte{rowVersion, byte(m.Kind)}
	for _, v := range []uint64{m.Lamport, uint64(m.Time), uint64(m.Received)} {
		b = types.AppendUint64(b, v)
	}
	b = append(b, byte(m.Way), byte(m.Status), flags(m.Unread, m.Filtered, m.Apart, m.Hidden, m.FileOwed))
	b = append(types.AppendUint32(b, m.Height), m.Tx[:]...)
	b = append(types.AppendAmount(b, m.Fee), byte(m.Want))
	for _, v := range []types.Amount{m.MaxPrice, m.Extra, m.Rate} {
		b = types.AppendAmount(b, v)
	}
	b = types.AppendBytes(types.AppendBytes(b, m.Envelope), cut(m.Problem, maxProblem))
	b = types.AppendBytes(types.AppendBytes(b, m.Record), cut(m.Card.State, maxState))
	b = types.AppendBytes(append(b, m.Card.Tx[:]...), cut(m.Card.Path, maxPath))
	return types.AppendUint64(b, uint64(m.Card.Have))
}

// decodeMessage reads a row; body asks for more than the head.
func decodeMessage(k Key, value []byte, body bool) (*Message, error) {
	r := newRow(value)
	m := &Message{Head: Head{Key: k, Kind: envelope.Kind(r.Byte())}}
	m.Lamport, m.Time, m.Received = r.Uint64(), int64(r.Uint64()), int64(r.Uint64())
	m.Way, m.Status = Way(r.Byte()), Status(r.Byte())
	f := r.Byte()
	m.Unread, m.Filtered, m.Apart, m.Hidden, m.FileOwed = f&1 != 0, f&2 != 0, f&4 != 0, f&8 != 0, f&16 != 0
	m.Height, m.Tx = r.Uint32(), r.Hash()
	m.Fee, m.Want = r.Amount(), Way(r.Byte())
	m.MaxPrice, m.Extra, m.Rate = r.Amount(), r.Amount(), r.Amount()
	if m.Way > Chain || m.Want > Chain || m.Status > Received || f > 31 || m.Lamport > envelope.MaxLamport {
		r.Fail(types.ErrMalformed)
	}
	if !body {
		if r.Err() != nil {
			return nil, rowDone(r, "message")
		}
		return m, nil
	}
	m.Envelope, m.Problem = r.Bytes(envelope.Max), string(r.Bytes(maxProblem))
	m.Record, m.Card.State = r.Bytes(types.MaxPayload), string(r.Bytes(maxState))
	m.Card.Tx, m.Card.Path = r.Hash(), string(r.Bytes(maxPath))
	m.Card.Have = int64(r.Uint64())
	return m, rowDone(r, "message")
}
