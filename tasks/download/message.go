package download

import (
	"fmt"
	"net/netip"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
)

// Messages between a node and the requester of one job. Each begins with a
// version and a kind; integers are big-endian, lengths minimal varints.
//
//	kind  direction           layout after version:1 ‖ kind:1
//	1     node → requester    report: addresses ‖ upload limit:8 ‖ free bytes:8 ‖ bitfield
//	2     requester → node    status: now:8 ‖ until:8 ‖ slot:4 ‖ slots:4 ‖ addresses
//	3     node → requester    ask for the info dictionary: offset:4
//	4     requester → node    part of it: whole length:4 ‖ bytes
//	5     requester → node    audit question: nonce:8 ‖ count ‖ (piece:4 ‖ begin:4 ‖ length:4)…
//	6     node → requester    audit answer: nonce:8 ‖ the blocks' bytes
//
// History: version 1, first.
const messageVersion = 1

const (
	kindReport = 1 + iota
	kindStatus
	kindInfoRequest
	kindInfoPart
	kindQuestion
	kindBlocks
)

// Ceilings of messages, all well under tasks.MaxMessage.
const (
	infoPartLength = 128 << 10 // bytes of the info dictionary in one answer
	maxStatusPeers = 64
	maxBlocks      = 16        // blocks in one question
	maxBlock       = 256 << 10 // bytes of one block
	maxAnswer      = 512 << 10 // bytes of all blocks of a question
)

// report is how a node presents itself, and later tells what it holds.
type report struct {
	Addrs       []netip.AddrPort // where it listens for BitTorrent
	UploadLimit uint64           // bytes per second, 0 for none
	Free        uint64           // bytes it could still take
	Have        Bitfield         // empty while the torrent's description is unknown
}

func (m report) encode() []byte {
	b := tasks.AppendAddrs([]byte{messageVersion, kindReport}, m.Addrs)
	b = types.AppendUint64(types.AppendUint64(b, m.UploadLimit), m.Free)
	return types.AppendBytes(b, m.Have)
}

// status is the requester's answer to a report.
type status struct {
	Now    time.Time // the requester's clock, to the millisecond
	Until  time.Time // end of the keeping time, zero while it has not begun
	Stripe stripe
	Peers  []netip.AddrPort // the other nodes and the requester
}

func (m status) encode() []byte {
	b := appendTime(appendTime([]byte{messageVersion, kindStatus}, m.Now), m.Until)
	b = types.AppendUint32(types.AppendUint32(b, uint32(m.Stripe.slot)), uint32(m.Stripe.slots))
	return tasks.AppendAddrs(b, m.Peers)
}

// infoRequest asks for the info dictionary from an offset on.
type infoRequest struct{ Offset uint32 }

func (m infoRequest) encode() []byte {
	return types.AppendUint32([]byte{messageVersion, kindInfoRequest}, m.Offset)
}

// infoPart is a part of the info dictionary. Total is its whole length.
type infoPart struct {
	Total uint32
	Part  []byte
}

func (m infoPart) encode() []byte {
	return types.AppendBytes(types.AppendUint32([]byte{messageVersion, kindInfoPart}, m.Total), m.Part)
}

// block names bytes of one piece.
type block struct{ Piece, Begin, Length uint32 }

// question is an audit. The nonce ties the answer to it.
type question struct {
	Nonce  uint64
	Blocks []block
}

func (m question) encode() []byte {
	b := types.AppendUint64([]byte{messageVersion, kindQuestion}, m.Nonce)
	b = types.AppendVarInt(b, uint64(len(m.Blocks)))
	for _, k := range m.Blocks {
		b = types.AppendUint32(types.AppendUint32(types.AppendUint32(b, k.Piece), k.Begin), k.Length)
	}
	return b
}

// blocks is an audit's answer: the bytes of all blocks in the order asked.
type blocks struct {
	Nonce uint64
	Data  []byte
}

func (m blocks) encode() []byte {
	return types.AppendBytes(types.AppendUint64([]byte{messageVersion, kindBlocks}, m.Nonce), m.Data)
}

// decodeMessage reads one message of either side: a report, status,
// infoRequest, infoPart, question or blocks.
func decodeMessage(b []byte) (any, error) {
	r := types.NewReader(b)
	if v := r.Byte(); r.Err() == nil && v != messageVersion {
		return nil, fmt.Errorf("%w: version %d, this program knows %d", ErrMessage, v, messageVersion)
	}
	var m any
	switch k := r.Byte(); k {
	case kindReport:
		m = report{Addrs: tasks.ReadAddrs(r, MaxHints), UploadLimit: r.Uint64(), Free: r.Uint64(), Have: r.Bytes(MaxPieces / 8)}
	case kindStatus:
		m = readStatus(r)
	case kindInfoRequest:
		m = infoRequest{r.Uint32()}
	case kindInfoPart:
		m = readInfoPart(r)
	case kindQuestion:
		m = readQuestion(r)
	case kindBlocks:
		m = blocks{Nonce: r.Uint64(), Data: r.Bytes(maxAnswer)}
	default:
		if r.Err() == nil {
			r.Fail(fmt.Errorf("%w: kind %d", types.ErrMalformed, k))
		}
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMessage, err)
	}
	return m, nil
}

// maxTime bounds times on the wire to what time.Time can do arithmetic with.
const maxTime = 1 << 52

// appendTime writes milliseconds since 1970, 0 for the zero time.
func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return types.AppendUint64(b, 0)
	}
	return types.AppendUint64(b, uint64(t.UnixMilli()))
}

func readTime(r *types.Reader) time.Time {
	v := r.Uint64()
	if v > maxTime {
		r.Fail(fmt.Errorf("%w: time %d", types.ErrMalformed, v))
	}
	if v == 0 || r.Err() != nil {
		return time.Time{}
	}
	return time.UnixMilli(int64(v))
}

func readStatus(r *types.Reader) status {
	m := status{Now: readTime(r), Until: readTime(r)}
	slot, slots := r.Uint32(), r.Uint32()
	if slots > MaxReplicas || slot >= max(slots, 1) {
		r.Fail(fmt.Errorf("%w: slot %d of %d", types.ErrMalformed, slot, slots))
	}
	m.Stripe = stripe{int(slot), int(slots)}
	m.Peers = tasks.ReadAddrs(r, maxStatusPeers)
	return m
}

func readInfoPart(r *types.Reader) infoPart {
	m := infoPart{Total: r.Uint32(), Part: r.Bytes(infoPartLength)}
	if m.Total > MaxInfo || len(m.Part) > int(m.Total) {
		r.Fail(fmt.Errorf("%w: %d of %d bytes", types.ErrMalformed, len(m.Part), m.Total))
	}
	return m
}

func readQuestion(r *types.Reader) question {
	m := question{Nonce: r.Uint64()}
	n, total := r.VarInt(maxBlocks), 0
	for range n {
		k := block{r.Uint32(), r.Uint32(), r.Uint32()}
		if k.Piece >= MaxPieces || k.Begin >= MaxPieceLength || k.Length == 0 || k.Length > maxBlock {
			r.Fail(fmt.Errorf("%w: block %+v", types.ErrMalformed, k))
		}
		if r.Err() != nil {
			return question{}
		}
		total += int(k.Length)
		m.Blocks = append(m.Blocks, k)
	}
	if total > maxAnswer {
		r.Fail(fmt.Errorf("%w: blocks of %d bytes", types.ErrTooLarge, total))
	}
	return m
}
