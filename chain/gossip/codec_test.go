package gossip

import (
	"bytes"
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

func testList(n int) *consensus.SeatList {
	l := &consensus.SeatList{}
	for i := range n {
		var a types.Address
		a[0], a[1] = byte(i>>8), byte(i)
		l.Seats = append(l.Seats, consensus.Seat{Address: a, VRFKey: [32]byte{7}, Count: 1})
	}
	l.Seats[0].Count += uint16(consensus.SeatCount - n)
	return l
}

// samples has one message of each type, at its limits where that is cheap.
func samples() []message {
	id := testParams().ID
	blk := mine(id, &types.Header{}, 5, func(b *types.Block) { b.Sides[types.ChainWork] = types.SideBlock{{1, 2, 3}} })
	hashes := func(n int) []types.Hash { return make([]types.Hash, n) }
	addr := peerAddr{netip.MustParseAddrPort("10.1.2.3:4"), time.Unix(1e9, 0), ServiceBlocks}
	addr6 := peerAddr{netip.MustParseAddrPort("[2a00::1]:65535"), time.Unix(0, 0), 0}
	return []message{
		&versionMsg{1, id, ServiceBlocks, time.UnixMilli(1234567890123), 42, 7, types.Hash{1}, 8333, strings.Repeat("a", maxAgent)},
		&verackMsg{}, &pingMsg{1}, &pongMsg{1 << 63}, &getAddrMsg{},
		&addrMsg{true, []peerAddr{addr, addr6}}, &addrMsg{},
		&getHeadersMsg{hashes(maxLocator)},
		&headersMsg{false, []types.Header{blk.Header}}, &headersMsg{true, make([]types.Header, maxHeaders)}, &headersMsg{true, []types.Header{}},
		&getListMsg{types.Hash{9}}, &listMsg{testList(1)}, &listMsg{testList(consensus.SeatCount)},
		&getBlocksMsg{hashes(maxGetBlocks)}, &blockMsg{blk},
		&invMsg{hashes(maxInv)}, &getTxMsg{hashes(maxGetTx)}, &txMsg{pay(types.Hash{3}, 2, []byte("payload"))},
		&notFoundMsg{msgGetBlocks, hashes(1)},
		&rejectMsg{rejectFull, strings.Repeat("r", maxReason)},
	}
}

func TestRoundTrip(t *testing.T) {
	seen := map[msgType]bool{}
	for _, m := range samples() {
		seen[m.kind()] = true
		body := m.append(nil)
		if len(body) > m.kind().limit() {
			t.Errorf("%v: %d bytes over the limit %d", m.kind(), len(body), m.kind().limit())
		}
		got, err := decodeMessage(m.kind(), body)
		if err != nil {
			t.Errorf("%v: %v", m.kind(), err)
			continue
		}
		if again := got.append(nil); !bytes.Equal(again, body) {
			t.Errorf("%v: encodes differently after decoding", m.kind())
		}
		if m.kind() != msgBlock && m.kind() != msgTx && !reflect.DeepEqual(got, m) {
			t.Errorf("%v: got %+v, want %+v", m.kind(), got, m)
		}
	}
	for ty := range specs {
		if msgType(ty).known() && !seen[msgType(ty)] {
			t.Errorf("no sample of %v", msgType(ty))
		}
	}
}

// TestMalformed cuts every sample short, makes it longer and breaks it.
func TestMalformed(t *testing.T) {
	for _, m := range samples() {
		body := m.append(nil)
		if _, err := decodeMessage(m.kind(), append(bytes.Clone(body), 0)); !errors.Is(err, types.ErrMalformed) {
			t.Errorf("%v with a trailing byte: %v", m.kind(), err)
		}
		if len(body) == 0 {
			continue
		}
		if _, err := decodeMessage(m.kind(), body[:len(body)-1]); !errors.Is(err, types.ErrMalformed) {
			t.Errorf("%v cut short: %v", m.kind(), err)
		}
	}
	one := types.AppendVarInt(nil, 1)
	h := make([]byte, 32)
	for _, c := range []struct {
		name string
		t    msgType
		body []byte
	}{
		{"unknown type", 200, nil},
		{"type 0", 0, nil},
		{"no hashes", msgGetTx, []byte{0}},
		{"too many hashes", msgGetBlocks, appendHashes(nil, make([]types.Hash, maxGetBlocks+1))},
		{"count without hashes", msgInv, []byte{0xfd, 0xe8, 0x03}},
		{"flag 2", msgHeaders, []byte{2, 0}},
		{"nine pushed headers", msgHeaders, (&headersMsg{false, make([]types.Header, 9)}).append(nil)},
		{"eleven pushed addresses", msgAddr, (&addrMsg{false, make([]peerAddr, 11)}).append(nil)},
		{"notfound for ping", msgNotFound, append(append([]byte{byte(msgPing)}, one...), h...)},
		{"line break in agent", msgVersion, (&versionMsg{Agent: "a\nb", Time: time.Unix(1, 0)}).append(nil)},
		{"escape in reason", msgReject, (&rejectMsg{1, "\x1b[2J"}).append(nil)},
		{"time beyond years", msgAddr, append([]byte{1, 1, 0xff}, make([]byte, addressSize-1)...)},
		{"too long", msgPing, make([]byte, 9)},
	} {
		if _, err := decodeMessage(c.t, c.body); !errors.Is(err, types.ErrMalformed) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// FuzzMessage looks for bodies that crash the decoder, or that decode to a
// message which is written differently: two encodings of one message.
func FuzzMessage(f *testing.F) {
	for _, m := range samples() {
		if b := m.append(nil); len(b) < 4<<10 {
			f.Add(byte(m.kind()), b)
		}
	}
	f.Fuzz(func(t *testing.T, kind byte, body []byte) {
		m, err := decodeMessage(msgType(kind), body)
		if err != nil {
			if !errors.Is(err, types.ErrMalformed) {
				t.Fatalf("error without ErrMalformed: %v", err)
			}
			return
		}
		if !bytes.Equal(m.append(nil), body) {
			t.Fatalf("%v: not the only encoding", m.kind())
		}
	})
}
