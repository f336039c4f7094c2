package types

import (
	"bytes"
	"fmt"

	"github.com/btcsuite/btcd/wire/v2"
)

// Limits of transactions and blocks.
const (
	// MaxBlockWeight is Bitcoin's (BIP 141), for the main block alone.
	MaxBlockWeight = 4_000_000
	// MaxTxWeight bounds one transaction, payload not counted.
	MaxTxWeight = 400_000
	// MaxSettleOutputs is how many credits one coinbase pays at most.
	MaxSettleOutputs = 4000
	// OutputWeight is the weight of one Taproot output.
	OutputWeight = 43 * 4
	// CoinbaseReserve is the weight every block keeps free for its coinbase:
	// 4,000 credit outputs and the frame with producer, foundation and dapp
	// fund. The outputs to dapp developers are counted as jobs come in.
	CoinbaseReserve = (MaxSettleOutputs+3)*OutputWeight + 1000
)

// Tx is a transaction with the payload its commitment output names. Payload
// is nil when there is no commitment.
type Tx struct {
	Msg     *wire.MsgTx
	Payload []byte
}

// ID is the transaction's id (BIP 141 txid).
func (t *Tx) ID() Hash { return t.Msg.TxHash() }

// Weight is the transaction's weight (BIP 141), payload not counted.
func (t *Tx) Weight() int { return TxWeight(t.Msg) }

// VSize is the size fees are due for: virtual bytes plus the payload's bytes.
func (t *Tx) VSize() int { return (t.Weight()+3)/4 + len(t.Payload) }

// TxWeight is BIP 141's weight of a transaction.
func TxWeight(m *wire.MsgTx) int { return m.SerializeSizeStripped()*3 + m.SerializeSize() }

// Append appends the transaction in Bitcoin's witness form, then the payload
// as length and bytes (length 0: none).
func (t *Tx) Append(b []byte) []byte {
	return AppendBytes(appendMsgTx(b, t.Msg), t.Payload)
}

func appendMsgTx(b []byte, m *wire.MsgTx) []byte {
	buf := bytes.NewBuffer(b)
	if err := m.Serialize(buf); err != nil {
		panic(err) // a bytes.Buffer does not fail
	}
	return buf.Bytes()
}

// ReadTx reads what Append wrote.
func ReadTx(r *Reader) *Tx {
	m := readMsgTx(r)
	p := r.Bytes(MaxPayload)
	if r.Err() != nil {
		return nil
	}
	return &Tx{Msg: m, Payload: p}
}

// DecodeTx reads exactly one transaction with its payload.
func DecodeTx(b []byte) (*Tx, error) {
	r := NewReader(b)
	t := ReadTx(r)
	if err := r.Done(); err != nil {
		return nil, err
	}
	return t, nil
}

func readMsgTx(r *Reader) *wire.MsgTx {
	if r.err != nil {
		return nil
	}
	if err := checkTxForm(r.b); err != nil {
		r.Fail(fmt.Errorf("transaction: %w", err))
		return nil
	}
	br := bytes.NewReader(r.b)
	m := new(wire.MsgTx)
	if err := m.Deserialize(br); err != nil {
		r.Fail(fmt.Errorf("%w: transaction: %v", ErrMalformed, err))
		return nil
	}
	used := len(r.b) - br.Len()
	// One value, one encoding: btcd also takes a witness flag with no
	// witness behind it, and keeps nothing that would tell the two apart.
	if m.SerializeSize() != used {
		r.Fail(fmt.Errorf("%w: transaction: not in canonical form", ErrMalformed))
		return nil
	}
	r.b = r.b[used:]
	return m
}

// Commitment is the content of a commitment output: OP_RETURN with 33 pushed
// bytes, the record's kind and the hash of its payload (PROTOCOL §2, §10).
type Commitment struct {
	Kind Kind
	Hash Hash
}

// Script gives the output script 6a 21 ‖ kind ‖ hash.
func (c Commitment) Script() []byte {
	return append([]byte{0x6a, 0x21, byte(c.Kind)}, c.Hash[:]...)
}

// ParseCommitment reads a commitment output script; ok is false for any other.
func ParseCommitment(script []byte) (c Commitment, ok bool) {
	if len(script) != 35 || script[0] != 0x6a || script[1] != 0x21 {
		return c, false
	}
	c.Kind = Kind(script[2])
	copy(c.Hash[:], script[3:])
	return c, true
}

// FindCommitment returns the first commitment among m's outputs and its index.
func FindCommitment(m *wire.MsgTx) (c Commitment, index int, ok bool) {
	for i, out := range m.TxOut {
		if c, ok := ParseCommitment(out.PkScript); ok {
			return c, i, true
		}
	}
	return c, -1, false
}

// PayloadHash is the hash a commitment carries. The kind is the payload's
// first byte, so the hash covers it.
func (n NetworkID) PayloadHash(payload []byte) Hash { return n.TaggedHash("payload", payload) }

// Commit returns the commitment output for a payload, value 0.
func (n NetworkID) Commit(payload []byte) *wire.TxOut {
	return wire.NewTxOut(0, Commitment{Kind(payload[0]), n.PayloadHash(payload)}.Script())
}
