package gossip

import (
	"slices"
	"sync/atomic"
	"time"
)

// Stats counts what happened since New. Peers' mistakes are counted by kind.
type Stats struct {
	BytesIn, BytesOut uint64
	MessagesIn        uint64
	Dialled           uint64 // connections opened
	Accepted          uint64 // connections accepted
	Refused           uint64 // connections turned away: banned, full, duplicate
	Handshakes        uint64 // peers that came through the handshake
	BadHandshakes     uint64 // connections that did not
	Malformed         uint64 // undecodable or misplaced messages
	Oversized         uint64
	Unrequested       uint64
	Overasking        uint64
	SlowReaders       uint64
	Banned            uint64
	Stalls            uint64 // block or header requests given to another peer
	Evicted           uint64 // inbound peers that made room for others
	HeadersIn         uint64 // accepted by the chain
	BlocksIn          uint64
	BlocksBad         uint64 // against a rule, or not what their header says
	TxsIn             uint64
	TxsBad            uint64 // against a rule
	TxsRefused        uint64 // valid perhaps, but not wanted: fee, space, unknown inputs
	BlocksOut         uint64
	TxsOut            uint64
}

// counters is Stats while it grows.
type counters struct {
	bytesIn, bytesOut, messagesIn, dialled, accepted, refused, handshakes,
	badHandshakes, malformed, oversized, unrequested, overasking, slowReaders,
	banned, stalls, evicted, headersIn, blocksIn, blocksBad, txsIn, txsBad,
	txsRefused, blocksOut, txsOut atomic.Uint64
}

// Stats returns the counts so far.
func (n *Node) Stats() Stats {
	c := &n.count
	s := Stats{
		BytesIn: c.bytesIn.Load(), BytesOut: c.bytesOut.Load(), MessagesIn: c.messagesIn.Load(),
		Dialled: c.dialled.Load(), Accepted: c.accepted.Load(), Refused: c.refused.Load(),
		Handshakes: c.handshakes.Load(), BadHandshakes: c.badHandshakes.Load(),
		Malformed: c.malformed.Load(), Oversized: c.oversized.Load(), Unrequested: c.unrequested.Load(),
		Overasking: c.overasking.Load(), SlowReaders: c.slowReaders.Load(), Banned: c.banned.Load(),
		Stalls: c.stalls.Load(), Evicted: c.evicted.Load(), HeadersIn: c.headersIn.Load(),
		BlocksIn: c.blocksIn.Load(), BlocksBad: c.blocksBad.Load(), TxsIn: c.txsIn.Load(),
		TxsBad: c.txsBad.Load(), TxsRefused: c.txsRefused.Load(), BlocksOut: c.blocksOut.Load(),
		TxsOut: c.txsOut.Load(),
	}
	for _, p := range n.peerList() {
		s.BytesIn += p.wire.io.bytesIn.Load()
		s.BytesOut += p.wire.io.bytesOut.Load()
	}
	return s
}

const (
	offsetSlots   = 5 // a clock this many slots off is worth a warning
	offsetSamples = 3 // from at least this many peers
)

// ClockOffset is how far this machine's clock is behind its peers', the median
// over the connected ones, and whether that is so far that blocks and slots
// will be missed. Peers we chose count alone when there are enough of them:
// anyone can connect to us and claim any time.
func (n *Node) ClockOffset() (offset time.Duration, off bool) {
	var dialled, all []time.Duration
	for _, p := range n.peerList() {
		all = append(all, p.offset)
		if !p.inbound {
			dialled = append(dialled, p.offset)
		}
	}
	if len(dialled) >= offsetSamples {
		all = dialled
	}
	if len(all) < offsetSamples {
		return 0, false
	}
	slices.Sort(all)
	offset = all[len(all)/2]
	bound := max(offsetSlots*time.Duration(n.opts.Params.SlotSeconds), offsetSlots) * time.Second
	return offset, offset.Abs() > bound
}
