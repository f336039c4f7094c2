package gossip

import (
	"net/netip"
	"time"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// The peer protocol.
//
// Transport: BIP 324 version 2 and nothing else; there is no version 1 to fall
// back to. The four bytes BIP 324 salts its keys with are the first four of
// the network id, read as little-endian, so other networks fail in the
// handshake. The transport version packet is empty.
//
// Frame: a message is one frame, carried by one or more BIP 324 packets whose
// contents are at most maxPacket bytes. The first packet's contents start
//
//	type:1 ‖ length:4
//
// and go on with the body; further packets carry only body. All but the last
// packet are full. Small packets keep one large block from blocking the
// cipher's memory: a packet has to be held whole before its first byte can be
// trusted, a frame's length is known from the start.
//
// Bodies use the codec of chain/types: integers big-endian, counts and lengths
// minimal varints, no trailing bytes.
//
// Order: both sides send version first, answer it with verack, and send
// nothing else before both are through. A message that breaks the order, the
// form or a limit below ends the connection.
//
// Version history:
//
//	1  first version
const (
	// protocolVersion is the version spoken here, minProtocol the oldest
	// that is accepted. The lower of both sides' versions is in force.
	protocolVersion = 1
	minProtocol     = 1

	maxPacket   = 64 << 10 // contents of a packet, bytes
	frameHeader = 1 + 4    // type and length
)

// msgType is a frame's first byte. Numbers are never used twice.
type msgType byte

// Message types. D: either side may send it at any time; R: only in answer to a
// request; the limit is the body's greatest size in bytes.
const (
	msgVersion    msgType = 1  // first message of each side
	msgVerack     msgType = 2  // answers version
	msgPing       msgType = 3  // D
	msgPong       msgType = 4  // R, echoes the nonce
	msgGetAddr    msgType = 5  // D, once per connection
	msgAddr       msgType = 6  // R up to maxAddrs; D up to maxAddrPush
	msgGetHeaders msgType = 7  // D
	msgHeaders    msgType = 8  // R up to maxHeaders; D up to maxHeadersPush: announces blocks
	msgGetList    msgType = 9  // D
	msgList       msgType = 10 // R
	msgGetBlocks  msgType = 11 // D
	msgBlock      msgType = 12 // R
	msgInv        msgType = 13 // D, announces transactions
	msgGetTx      msgType = 14 // D
	msgTx         msgType = 15 // R
	msgNotFound   msgType = 16 // R to getlist, getblocks, gettx
	msgReject     msgType = 17 // D, says why the connection ends now
)

// Counts and sizes within messages.
const (
	maxAgent       = 128  // bytes of UTF-8 without line breaks
	maxReason      = 256  // bytes of UTF-8
	maxAddrs       = 1000 // in an answer to getaddr
	maxAddrPush    = 10   // relayed unasked
	maxLocator     = 101
	maxHeaders     = 2000
	maxHeadersPush = 8
	maxGetBlocks   = 16
	maxInv         = 1000
	maxGetTx       = 256
	// maxList holds a list in which each seat has another producer.
	maxList = 3 + consensus.SeatCount*(32+32+2)
	// maxTx holds the heaviest transaction (each byte weighs at least 1), its
	// payload and the payload's length.
	maxTx       = types.MaxTxWeight + types.MaxPayload + 9
	addressSize = 8 + 8 + 16 + 2
)

// spec is one line of the table of messages.
type spec struct {
	name  string
	limit int // most bytes of a body
}

// specs is the table of messages by type.
var specs = [...]spec{
	msgVersion:    {"version", 4 + 32 + 8 + 8 + 8 + 4 + 32 + 2 + 3 + maxAgent},
	msgVerack:     {"verack", 0},
	msgPing:       {"ping", 8},
	msgPong:       {"pong", 8},
	msgGetAddr:    {"getaddr", 0},
	msgAddr:       {"addr", 1 + 3 + maxAddrs*addressSize},
	msgGetHeaders: {"getheaders", 3 + maxLocator*32},
	msgHeaders:    {"headers", 1 + 3 + maxHeaders*types.HeaderSize},
	msgGetList:    {"getlist", 32},
	msgList:       {"list", maxList},
	msgGetBlocks:  {"getblocks", 3 + maxGetBlocks*32},
	msgBlock:      {"block", types.MaxBlockSize},
	msgInv:        {"inv", 3 + maxInv*32},
	msgGetTx:      {"gettx", 3 + maxGetTx*32},
	msgTx:         {"tx", maxTx},
	msgNotFound:   {"notfound", 1 + 3 + maxGetTx*32},
	msgReject:     {"reject", 1 + 3 + maxReason},
}

// known reports whether t is a message type of this version.
func (t msgType) known() bool { return int(t) < len(specs) && specs[t].name != "" }

// limit is the most bytes a body of t has, 0 for an unknown type.
func (t msgType) limit() int {
	if !t.known() {
		return 0
	}
	return specs[t].limit
}

// String gives the name used in logs.
func (t msgType) String() string {
	if !t.known() {
		return "unknown"
	}
	return specs[t].name
}

// Services a node offers, a bit set.
type Services uint64

// ServiceBlocks says that the node has every block from genesis and serves it.
const ServiceBlocks Services = 1

// message is a decoded body.
type message interface {
	kind() msgType
	append(b []byte) []byte
}

// versionMsg introduces a node.
//
//	protocol:4 ‖ network:32 ‖ services:8 ‖ time:8 ‖ nonce:8 ‖ height:4 ‖
//	best:32 ‖ listen port:2 ‖ agent
//
// Time is in Unix milliseconds. The nonce is drawn once per run of a node: a
// node that meets its own has dialled itself. Listen port 0: it accepts
// nobody.
type versionMsg struct {
	Protocol uint32
	Network  types.NetworkID
	Services Services
	Time     time.Time
	Nonce    uint64
	Height   uint32 // of the best block
	Best     types.Hash
	Port     uint16
	Agent    string
}

// verackMsg and getAddrMsg have no body.
type (
	verackMsg  struct{}
	getAddrMsg struct{}
)

// pingMsg and pongMsg carry nonce:8.
type (
	pingMsg struct{ Nonce uint64 }
	pongMsg struct{ Nonce uint64 }
)

// addrMsg carries reply:1 ‖ count ‖ entries of
//
//	last seen:8 (Unix seconds) ‖ services:8 ‖ IP:16 (IPv4 mapped) ‖ port:2
type addrMsg struct {
	Reply bool // answers getaddr
	Addrs []peerAddr
}

// peerAddr is a node's address as it is passed on.
type peerAddr struct {
	Addr     netip.AddrPort
	Seen     time.Time
	Services Services
}

// getHeadersMsg asks for the headers after the newest of Locator that the
// receiver has on its best chain: count ‖ hashes, newest first.
type getHeadersMsg struct{ Locator []types.Hash }

// headersMsg carries reply:1 ‖ count ‖ headers, each the parent of the next.
type headersMsg struct {
	Reply   bool // answers getheaders
	Headers []types.Header
}

// getListMsg asks for the seat list with a Merkle root (PROTOCOL §3).
type getListMsg struct{ Root types.Hash }

// listMsg carries a seat list in consensus' encoding.
type listMsg struct{ List *consensus.SeatList }

// getBlocksMsg, invMsg and getTxMsg carry count ‖ hashes. Transactions are
// named by txid.
type (
	getBlocksMsg struct{ Hashes []types.Hash }
	invMsg       struct{ IDs []types.Hash }
	getTxMsg     struct{ IDs []types.Hash }
)

// blockMsg carries a whole block with its side blocks.
type blockMsg struct{ Block *types.Block }

// txMsg carries a transaction with its payload.
type txMsg struct{ Tx *types.Tx }

// notFoundMsg carries what:1 ‖ count ‖ hashes: what names the request that
// cannot be answered for these hashes.
type notFoundMsg struct {
	What   msgType
	Hashes []types.Hash
}

// rejectMsg carries code:1 ‖ text.
type rejectMsg struct {
	Code   rejectCode
	Reason string
}

// rejectCode tells programs why a connection is refused.
type rejectCode byte

// Reject codes.
const (
	rejectNetwork   rejectCode = 1 // another network
	rejectProtocol  rejectCode = 2 // a version too old
	rejectSelf      rejectCode = 3 // connected to itself
	rejectDuplicate rejectCode = 4 // connected already
	rejectFull      rejectCode = 5 // no room for another peer
	rejectMisuse    rejectCode = 6 // broke the protocol or a rule
)
