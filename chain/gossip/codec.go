package gossip

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"time"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

func (*versionMsg) kind() msgType    { return msgVersion }
func (*verackMsg) kind() msgType     { return msgVerack }
func (*pingMsg) kind() msgType       { return msgPing }
func (*pongMsg) kind() msgType       { return msgPong }
func (*getAddrMsg) kind() msgType    { return msgGetAddr }
func (*addrMsg) kind() msgType       { return msgAddr }
func (*getHeadersMsg) kind() msgType { return msgGetHeaders }
func (*headersMsg) kind() msgType    { return msgHeaders }
func (*getListMsg) kind() msgType    { return msgGetList }
func (*listMsg) kind() msgType       { return msgList }
func (*getBlocksMsg) kind() msgType  { return msgGetBlocks }
func (*blockMsg) kind() msgType      { return msgBlock }
func (*invMsg) kind() msgType        { return msgInv }
func (*getTxMsg) kind() msgType      { return msgGetTx }
func (*txMsg) kind() msgType         { return msgTx }
func (*notFoundMsg) kind() msgType   { return msgNotFound }
func (*rejectMsg) kind() msgType     { return msgReject }

func (m *versionMsg) append(b []byte) []byte {
	b = types.AppendUint32(b, m.Protocol)
	b = append(b, m.Network[:]...)
	b = types.AppendUint64(b, uint64(m.Services))
	b = types.AppendUint64(b, uint64(m.Time.UnixMilli()))
	b = types.AppendUint64(b, m.Nonce)
	b = types.AppendUint32(b, m.Height)
	b = append(b, m.Best[:]...)
	b = append(b, byte(m.Port>>8), byte(m.Port))
	return types.AppendBytes(b, []byte(m.Agent))
}

func (*verackMsg) append(b []byte) []byte       { return b }
func (*getAddrMsg) append(b []byte) []byte      { return b }
func (m *pingMsg) append(b []byte) []byte       { return types.AppendUint64(b, m.Nonce) }
func (m *pongMsg) append(b []byte) []byte       { return types.AppendUint64(b, m.Nonce) }
func (m *getHeadersMsg) append(b []byte) []byte { return appendHashes(b, m.Locator) }
func (m *getListMsg) append(b []byte) []byte    { return append(b, m.Root[:]...) }
func (m *listMsg) append(b []byte) []byte       { return m.List.Append(b) }
func (m *getBlocksMsg) append(b []byte) []byte  { return appendHashes(b, m.Hashes) }
func (m *blockMsg) append(b []byte) []byte      { return m.Block.Append(b) }
func (m *invMsg) append(b []byte) []byte        { return appendHashes(b, m.IDs) }
func (m *getTxMsg) append(b []byte) []byte      { return appendHashes(b, m.IDs) }
func (m *txMsg) append(b []byte) []byte         { return m.Tx.Append(b) }

func (m *addrMsg) append(b []byte) []byte {
	b = types.AppendVarInt(appendBool(b, m.Reply), uint64(len(m.Addrs)))
	for _, a := range m.Addrs {
		b = types.AppendUint64(b, uint64(a.Seen.Unix()))
		b = types.AppendUint64(b, uint64(a.Services))
		ip, port := a.Addr.Addr().As16(), a.Addr.Port()
		b = append(append(b, ip[:]...), byte(port>>8), byte(port))
	}
	return b
}

func (m *headersMsg) append(b []byte) []byte {
	b = types.AppendVarInt(appendBool(b, m.Reply), uint64(len(m.Headers)))
	for i := range m.Headers {
		b = m.Headers[i].Append(b)
	}
	return b
}

func (m *notFoundMsg) append(b []byte) []byte {
	return appendHashes(append(b, byte(m.What)), m.Hashes)
}

func (m *rejectMsg) append(b []byte) []byte {
	return types.AppendBytes(append(b, byte(m.Code)), []byte(m.Reason))
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

func appendHashes(b []byte, hs []types.Hash) []byte {
	b = types.AppendVarInt(b, uint64(len(hs)))
	for i := range hs {
		b = append(b, hs[i][:]...)
	}
	return b
}

// decodeMessage reads one body. Every error wraps types.ErrMalformed.
func decodeMessage(t msgType, body []byte) (message, error) {
	if !t.known() {
		return nil, fmt.Errorf("%w: unknown message type %d", types.ErrMalformed, t)
	}
	if len(body) > t.limit() {
		return nil, fmt.Errorf("%v: %w: %d bytes", t, types.ErrTooLarge, len(body))
	}
	m, err := decodeBody(t, body)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", t, err)
	}
	return m, nil
}

// decodeBody reads the three bodies that other packages define, and leaves the
// rest to readBody.
func decodeBody(t msgType, body []byte) (message, error) {
	switch t {
	case msgBlock:
		b, err := types.DecodeBlock(body)
		return &blockMsg{b}, err
	case msgTx:
		tx, err := types.DecodeTx(body)
		return &txMsg{tx}, err
	case msgList:
		l, err := consensus.DecodeSeatList(body)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", types.ErrMalformed, err)
		}
		return &listMsg{l}, nil
	}
	r := types.NewReader(body)
	m := readBody(t, r)
	return m, r.Done()
}

func readBody(t msgType, r *types.Reader) message {
	switch t {
	case msgVersion:
		return readVersion(r)
	case msgVerack:
		return &verackMsg{}
	case msgPing:
		return &pingMsg{r.Uint64()}
	case msgPong:
		return &pongMsg{r.Uint64()}
	case msgGetAddr:
		return &getAddrMsg{}
	case msgAddr:
		return readAddrs(r)
	case msgGetHeaders:
		return &getHeadersMsg{readHashes(r, maxLocator)}
	case msgHeaders:
		return readHeaders(r)
	case msgGetList:
		return &getListMsg{r.Hash()}
	case msgGetBlocks:
		return &getBlocksMsg{readHashes(r, maxGetBlocks)}
	case msgInv:
		return &invMsg{readHashes(r, maxInv)}
	case msgGetTx:
		return &getTxMsg{readHashes(r, maxGetTx)}
	case msgNotFound:
		return readNotFound(r)
	}
	return readReject(r) // the one type left
}

func readVersion(r *types.Reader) *versionMsg {
	m := &versionMsg{Protocol: r.Uint32()}
	r.Copy(m.Network[:])
	m.Services = Services(r.Uint64())
	m.Time = readTime(r, time.UnixMilli)
	m.Nonce = r.Uint64()
	m.Height = r.Uint32()
	m.Best = r.Hash()
	m.Port = readPort(r)
	m.Agent = r.Text(maxAgent)
	if strings.Contains(m.Agent, "\n") {
		r.Fail(fmt.Errorf("%w: line break in user agent", types.ErrMalformed))
	}
	return m
}

// readTime reads a time whose year is one that every formatter handles.
func readTime(r *types.Reader, from func(int64) time.Time) time.Time {
	v := r.Uint64()
	if v > math.MaxInt64>>20 || from(int64(v)).Year() > 9999 {
		r.Fail(fmt.Errorf("%w: time %d", types.ErrMalformed, v))
		return time.Time{}
	}
	return from(int64(v))
}

func readPort(r *types.Reader) uint16 {
	var p [2]byte
	r.Copy(p[:])
	return uint16(p[0])<<8 | uint16(p[1])
}

func readBool(r *types.Reader) bool {
	b := r.Byte()
	if b > 1 {
		r.Fail(fmt.Errorf("%w: flag %d", types.ErrMalformed, b))
	}
	return b == 1
}

func readAddrs(r *types.Reader) *addrMsg {
	m := &addrMsg{Reply: readBool(r)}
	most := uint64(maxAddrPush)
	if m.Reply {
		most = maxAddrs
	}
	n := r.VarInt(most)
	for range n {
		var ip [16]byte
		a := peerAddr{Seen: readTime(r, func(s int64) time.Time { return time.Unix(s, 0) }), Services: Services(r.Uint64())}
		r.Copy(ip[:])
		a.Addr = netip.AddrPortFrom(netip.AddrFrom16(ip).Unmap(), readPort(r))
		if r.Err() != nil {
			return nil
		}
		m.Addrs = append(m.Addrs, a)
	}
	return m
}

func readHeaders(r *types.Reader) *headersMsg {
	m := &headersMsg{Reply: readBool(r)}
	most := uint64(maxHeadersPush)
	if m.Reply {
		most = maxHeaders
	}
	n := r.VarInt(most)
	if int(n)*types.HeaderSize != r.Len() {
		r.Fail(fmt.Errorf("%w: %d headers in %d bytes", types.ErrMalformed, n, r.Len()))
		return nil
	}
	m.Headers = make([]types.Header, n)
	for i := range m.Headers {
		m.Headers[i] = types.ReadHeader(r)
	}
	return m
}

// readHashes reads 1 … most hashes; a request for nothing is a mistake.
func readHashes(r *types.Reader, most uint64) []types.Hash {
	n := r.VarInt(most)
	if n == 0 || int(n)*32 != r.Len() {
		r.Fail(fmt.Errorf("%w: %d hashes in %d bytes", types.ErrMalformed, n, r.Len()))
		return nil
	}
	hs := make([]types.Hash, n)
	for i := range hs {
		hs[i] = r.Hash()
	}
	return hs
}

func readNotFound(r *types.Reader) *notFoundMsg {
	m := &notFoundMsg{What: msgType(r.Byte())}
	switch m.What {
	case msgGetList, msgGetBlocks, msgGetTx:
	default:
		r.Fail(fmt.Errorf("%w: notfound for type %d", types.ErrMalformed, m.What))
	}
	m.Hashes = readHashes(r, maxGetTx)
	return m
}

func readReject(r *types.Reader) *rejectMsg {
	return &rejectMsg{Code: rejectCode(r.Byte()), Reason: r.Text(maxReason)}
}
