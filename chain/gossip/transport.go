package gossip

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"time"

	"github.com/btcsuite/btcd/v2transport"
	"golang.org/x/time/rate"

	"supercomputing/chain/types"
)

// Transport errors. A peer that causes one is disconnected.
var (
	// ErrHandshake: the BIP 324 handshake did not complete. The other side
	// speaks another protocol, is on another network, or stays silent.
	ErrHandshake = errors.New("encrypted handshake failed")
	// ErrOversized: a packet or frame is longer than its limit.
	ErrOversized = errors.New("message over its size limit")
	// ErrUnrequested: an answer to a question nobody asked.
	ErrUnrequested = errors.New("answer without a request")
	// ErrOrder: a message that may not come at this point.
	ErrOrder = errors.New("message out of order")

	// errPacket is ErrOversized for a packet. Its length is encrypted but not
	// authenticated, so it proves little about the peer.
	errPacket = fmt.Errorf("%w: packet", ErrOversized)
)

const (
	// packetOverhead is what BIP 324 adds to contents after the length
	// field: header byte and authentication tag.
	packetOverhead = 1 + 16
	// maxGarbage bounds the random bytes we send to hide the length of our
	// handshake; BIP 324 allows 4,095.
	maxGarbage = 512
	readBuffer = 16 << 10
	writeLimit = 30 * time.Second // for one packet; slower readers are dropped
)

// wireConn is an encrypted connection that carries frames. One goroutine may
// read and another write at the same time.
type wireConn struct {
	raw  net.Conn
	peer *v2transport.Peer
	io   *meteredConn
}

// magic is the network's BIP 324 salt.
func magic(id types.NetworkID) v2transport.BitcoinNet {
	return v2transport.BitcoinNet(binary.LittleEndian.Uint32(id[:4]))
}

// openWire performs the handshake on raw within the deadline. It does not
// close raw. Reads and writes are counted and limited by the limiters.
func openWire(ctx context.Context, raw net.Conn, id types.NetworkID, initiator bool, adm v2transport.HandshakeAdmission, m *meteredConn, limit time.Duration) (*wireConn, error) {
	peer := v2transport.NewPeerWithOptions(v2transport.WithResponderHandshakeAdmission(adm))
	m.Conn, m.ctx, m.r = raw, ctx, bufio.NewReaderSize(raw, readBuffer)
	peer.UseReadWriter(m)
	if err := raw.SetDeadline(time.Now().Add(limit)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHandshake, err)
	}
	garbage := rand.IntN(maxGarbage)
	var err error
	if initiator {
		err = peer.InitiateV2Handshake(garbage)
	} else {
		err = peer.RespondV2Handshake(garbage, magic(id))
	}
	if err == nil {
		err = peer.CompleteHandshake(initiator, nil, magic(id))
	}
	if err != nil {
		// ErrUseV1Protocol and ErrShouldDowngradeToV1 end here like any
		// other: a downgrade would let an attacker switch encryption off.
		return nil, fmt.Errorf("%w (another network or protocol?): %w", ErrHandshake, err)
	}
	return &wireConn{raw: raw, peer: peer, io: m}, nil
}

// readFrame reads one frame. The ceiling function says how long a body of the
// type may be just now; it runs before the body is read, so that an unwanted
// body costs no memory.
func (c *wireConn) readFrame(ceiling func(msgType) (int, error)) (msgType, []byte, error) {
	packet, err := c.peer.V2ReceivePacket(nil)
	if err != nil {
		return 0, nil, err
	}
	if len(packet) < frameHeader {
		return 0, nil, fmt.Errorf("%w: packet of %d bytes starts no frame", types.ErrMalformed, len(packet))
	}
	t, length := msgType(packet[0]), binary.BigEndian.Uint32(packet[1:])
	most, err := ceiling(t)
	if err != nil {
		return t, nil, err
	}
	if length > uint32(most) {
		return t, nil, fmt.Errorf("%w: %v of %d bytes, at most %d", ErrOversized, t, length, most)
	}
	body := packet[frameHeader:]
	for len(body) < int(length) {
		if len(packet) != maxPacket {
			return t, nil, fmt.Errorf("%w: short packet within a %v", types.ErrMalformed, t)
		}
		// append grows with what has arrived, never with what is promised.
		if packet, err = c.peer.V2ReceivePacket(nil); err != nil {
			return t, nil, err
		}
		body = append(body, packet...)
	}
	if len(body) != int(length) {
		return t, nil, fmt.Errorf("%w: packet runs past the end of a %v", types.ErrMalformed, t)
	}
	return t, body, nil
}

// writeFrame sends an encoded frame in packets.
func (c *wireConn) writeFrame(frame []byte) error {
	for len(frame) > 0 {
		n := min(len(frame), maxPacket)
		if err := c.io.waitWrite(n); err != nil {
			return err
		}
		if err := c.raw.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
			return err
		}
		if _, _, err := c.peer.V2EncPacket(frame[:n], nil, false); err != nil {
			return err
		}
		frame = frame[n:]
	}
	return nil
}

// encodeFrame gives the frame of m.
func encodeFrame(m message) []byte {
	b := append(make([]byte, 0, 256), byte(m.kind()), 0, 0, 0, 0)
	b = m.append(b)
	binary.BigEndian.PutUint32(b[1:], uint32(len(b)-frameHeader))
	return b
}

// meteredConn counts and slows the bytes of a connection. The limits sit here,
// below the cipher, because v2transport swallows decoy packets on its own.
type meteredConn struct {
	net.Conn
	ctx  context.Context
	r    *bufio.Reader
	read *rate.Limiter // bytes per second accepted; burst at least maxPacket
	send *rate.Limiter // bytes per second sent

	bytesIn, bytesOut atomic.Uint64
	lastRead          atomic.Int64 // Unix nanoseconds
}

// Read implements io.Reader. v2transport asks for a whole packet at once and
// has no limit of its own under 16 MiB, so the length asked for is where an
// oversized packet shows: it is refused before a byte of it is read.
func (m *meteredConn) Read(p []byte) (int, error) {
	if len(p) > maxPacket+packetOverhead {
		return 0, fmt.Errorf("%w of %d bytes", errPacket, len(p))
	}
	n, err := m.r.Read(p)
	if n > 0 {
		m.bytesIn.Add(uint64(n))
		m.lastRead.Store(time.Now().UnixNano())
		if err := m.read.WaitN(m.ctx, n); err != nil {
			return 0, err
		}
	}
	return n, err
}

// Write implements io.Writer.
func (m *meteredConn) Write(p []byte) (int, error) {
	n, err := m.Conn.Write(p)
	m.bytesOut.Add(uint64(n))
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	return n, err
}

// waitWrite waits until n bytes may be sent, before the write deadline starts.
func (m *meteredConn) waitWrite(n int) error { return m.send.WaitN(m.ctx, n) }

// gate bounds the handshakes computed at one time; it implements
// v2transport.HandshakeAdmission. Key agreement is the one costly thing a
// stranger can ask for without showing anything.
type gate chan struct{}

// Acquire implements v2transport.HandshakeAdmission.
func (g gate) Acquire() (func(), error) {
	g <- struct{}{}
	return func() { <-g }, nil
}
