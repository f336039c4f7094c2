package accounts

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"unicode/utf8"

	"supercomputing/chain/types"
)

// What members send each other, by the kind in the second byte; the first is
// the version. Integers and lengths as everywhere (chain/types). A PSBT is
// compressed (RFC 1951); that of a contribution with the proposal's own PSBT as
// dictionary, so that of a small transaction hardly more than the new nonces or
// signatures travel.
//
//	1 proposal      account 32 ‖ routine 16 ‖ period u64 ‖ part u32 ‖ created u64 ‖ expires u64 ‖ note ‖ PSBT without signatures
//	2 contribution  account 32 ‖ txid 32 ‖ PSBT with the sender's nonces or signatures
//	3 decline       account 32 ‖ txid 32 ‖ reason
//	4 part          transfer 16 ‖ index u32 ‖ count u32 ‖ bytes of one of the others that is too long
//	5 ask           account 32: what is open?
const (
	payloadVersion = 1
	kindProposal   = 1
	kindContribute = 2
	kindDecline    = 3
	kindPart       = 4
	kindAsk        = 5
)

const (
	// maxPayload is what fits one message between members, in bytes.
	maxPayload = 64 << 10
	// partSize is how much of a longer one each part carries.
	partSize = 60 << 10
	// maxParts bounds a transfer.
	maxParts = maxPacket/partSize + 2
	// maxPacket bounds a PSBT, in bytes: with all signatures it has to fit a
	// row of the store.
	maxPacket = 900_000
	maxNote   = 1000 // bytes
	maxReason = 500
)

// tag says which routine a proposal is of; zero: none.
type tag struct {
	routine RoutineID
	period  uint64
	part    uint32
}

type proposalMsg struct {
	account          AccountID
	tag              tag
	created, expires uint64 // unix seconds
	note             string
	psbt             []byte // compressed
}

type contributionMsg struct {
	account AccountID
	txid    types.Hash
	psbt    []byte // compressed with the proposal's as dictionary
}

type declineMsg struct {
	account AccountID
	txid    types.Hash
	reason  string
}

type askMsg struct{ account AccountID }

type partMsg struct {
	transfer     [16]byte
	index, count uint32
	data         []byte
}

func head(kind byte) []byte { return []byte{payloadVersion, kind} }

func (m *proposalMsg) encode() []byte {
	b := append(head(kindProposal), m.account[:]...)
	b = m.tag.append(b)
	b = types.AppendUint64(types.AppendUint64(b, m.created), m.expires)
	return types.AppendBytes(types.AppendBytes(b, []byte(m.note)), m.psbt)
}

func (t *tag) append(b []byte) []byte {
	return types.AppendUint32(types.AppendUint64(append(b, t.routine[:]...), t.period), t.part)
}

func readTag(r *types.Reader) (t tag) {
	r.Copy(t.routine[:])
	t.period, t.part = r.Uint64(), r.Uint32()
	return t
}

func (m *contributionMsg) encode() []byte {
	b := append(append(head(kindContribute), m.account[:]...), m.txid[:]...)
	return types.AppendBytes(b, m.psbt)
}

func (m *declineMsg) encode() []byte {
	b := append(append(head(kindDecline), m.account[:]...), m.txid[:]...)
	return types.AppendBytes(b, []byte(m.reason))
}

func (m *askMsg) encode() []byte { return append(head(kindAsk), m.account[:]...) }

func (m *partMsg) encode() []byte {
	b := append(head(kindPart), m.transfer[:]...)
	return types.AppendBytes(types.AppendUint32(types.AppendUint32(b, m.index), m.count), m.data)
}

// decodePayload reads one message: a *proposalMsg, *contributionMsg,
// *declineMsg, *askMsg or *partMsg. It checks form, not meaning.
func decodePayload(payload []byte) (any, error) {
	if len(payload) > maxPacket+maxPayload {
		return nil, fmt.Errorf("%w: %d bytes", ErrPayload, len(payload))
	}
	r := types.NewReader(payload)
	if v := r.Byte(); r.Err() == nil && v != payloadVersion {
		return nil, fmt.Errorf("%w: version %d; a newer program may understand it", ErrPayload, v)
	}
	var m any
	switch k := r.Byte(); k {
	case kindProposal:
		p := &proposalMsg{account: AccountID(r.Hash()), tag: readTag(r), created: r.Uint64(), expires: r.Uint64()}
		p.note, p.psbt = r.Text(maxNote), r.Bytes(maxPacket)
		m = p
	case kindContribute:
		m = &contributionMsg{AccountID(r.Hash()), r.Hash(), r.Bytes(maxPacket)}
	case kindDecline:
		m = &declineMsg{AccountID(r.Hash()), r.Hash(), r.Text(maxReason)}
	case kindAsk:
		m = &askMsg{AccountID(r.Hash())}
	case kindPart:
		p := &partMsg{}
		r.Copy(p.transfer[:])
		p.index, p.count, p.data = r.Uint32(), r.Uint32(), r.Bytes(partSize)
		if r.Err() == nil && (p.count < 2 || p.count > maxParts || p.index >= p.count || len(p.data) == 0) {
			r.Fail(fmt.Errorf("part %d of %d with %d bytes", p.index, p.count, len(p.data)))
		}
		m = p
	default:
		r.Fail(fmt.Errorf("unknown kind %d", k))
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrPayload, err)
	}
	return m, nil
}

// shrink compresses a PSBT, with a dictionary that may be nil.
func shrink(data, dict []byte) []byte {
	var b bytes.Buffer
	w, err := flate.NewWriterDict(&b, flate.BestCompression, dict)
	if err != nil {
		panic(err) // the level is a constant
	}
	w.Write(data) // a bytes.Buffer does not fail
	w.Close()
	return b.Bytes()
}

// expand undoes shrink. It stops at maxPacket bytes, whatever a small input
// would blow up to.
func expand(data, dict []byte) ([]byte, error) {
	r := flate.NewReaderDict(bytes.NewReader(data), dict)
	out, err := io.ReadAll(io.LimitReader(r, maxPacket+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %v", ErrPayload, err)
	case len(out) > maxPacket:
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, maxPacket)
	}
	return out, nil
}

// cut shortens text to a number of bytes, not within a letter.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// split cuts a payload that is too long for one message into parts.
func split(payload []byte, transfer [16]byte) (out [][]byte) {
	if len(payload) <= maxPayload {
		return [][]byte{payload}
	}
	count := (len(payload) + partSize - 1) / partSize
	for i := range count {
		data := payload[i*partSize : min((i+1)*partSize, len(payload))]
		p := partMsg{transfer, uint32(i), uint32(count), data}
		out = append(out, p.encode())
	}
	return out
}
