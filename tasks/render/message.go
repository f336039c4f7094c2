package render

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
	"supercomputing/tasks/render/engine"
)

// Messages between a node and the requester of one job: this file is their
// specification. Each begins with a version and a kind; integers are
// big-endian, lengths minimal varints, → is node to requester, ← its answer.
// All are calls of the node. Each may come twice, since its answer may be lost
// with a connection: the second one changes nothing and is answered alike.
//
//	kind            dir  layout after version:1 ‖ kind:1                       answered by
//	 1 hello        →    engine ‖ version ‖ build:16 ‖ cores:4 ‖ free:8 ‖ addresses   welcome, refused
//	 2 welcome      ←    info size:4 ‖ addresses
//	 3 infoRequest  →    offset:4                                              infoPart
//	 4 infoPart     ←    whole length:4 ‖ bytes
//	 5 ask          →    have:8 ‖ count ‖ lease:8… ‖ addresses                 lease, wait, over
//	 6 lease        ←    lease:8 ‖ seconds:4 ‖ count ‖ tile… ‖ addresses
//	 7 wait         ←    seconds:4 ‖ why ‖ addresses
//	 8 over         ←    why
//	 9 result       →    tile ‖ hash:32 ‖ length:8 ‖ took ms:4 ‖ setup ms:4    go, enough, refused
//	10 go           ←    offset:8
//	11 enough       ←    –
//	12 refused      ←    seconds:4 ‖ why
//	13 part         →    tile ‖ offset:8 ‖ bytes                               go, enough, refused
//	14 failed       →    tile ‖ reason:1 ‖ text                                ok
//	15 ok           ←    –
//	16 alive        →    lease:8 ‖ done:4 ‖ seconds:4                          ok, stop, less
//	17 stop         ←    why
//	18 less         ←    count ‖ tile…
//
// A tile is frame:4 ‖ x:4 ‖ y:4 ‖ width:4 ‖ height:4.
//
// hello comes first after each login; every other message of a node that has
// not said it is refused. ask lists the leases that the node still works on: an
// open lease of it that is not listed is handed out again, so that a lost answer
// and a restart lose nothing. A node may hold two leases, to begin the second
// while it uploads the first. result tells the picture before its bytes: go says
// from which offset they are wanted as parts, each answered by go with the next
// offset; enough says that no (more) bytes are needed. refused with seconds means
// the same message again after that time (the requester's disk is full, say);
// without, that the picture is not wanted. stop takes a lease away; what was
// finished of it may still be sent. less takes some tiles of a lease back that the
// node has not begun, for one that has nothing to do; it is said again as long as the
// lease lasts.
//
// History: version 1, first.
const messageVersion = 1

const (
	kindHello = 1 + iota
	kindWelcome
	kindInfoRequest
	kindInfoPart
	kindAsk
	kindLease
	kindWait
	kindOver
	kindResult
	kindGo
	kindEnough
	kindRefused
	kindPart
	kindFailed
	kindOK
	kindAlive
	kindStop
	kindLess
)

// Ceilings of messages, all well under tasks.MaxMessage.
const (
	infoPartLength = 128 << 10 // bytes of the torrent description in one answer
	maxPart        = 512 << 10 // bytes of a picture in one part
	maxPeers       = 64
	maxLeases      = 2   // that a node holds at once
	maxUnit        = 256 // tiles of a lease
	maxWhy         = 200 // bytes of a text for people
	maxPicture     = int64(1) << 33
	maxWaiting     = 24 * 3600 // seconds
)

// hello is how a node presents itself after each login.
type hello struct {
	Build engine.Build     // Path is not sent
	Cores int              // that it renders with
	Free  uint64           // bytes of disk that it could use
	Addrs []netip.AddrPort // where it listens for BitTorrent
}

func (m hello) encode() []byte {
	b := types.AppendBytes([]byte{messageVersion, kindHello}, []byte(m.Build.Engine))
	b = types.AppendBytes(b, []byte(m.Build.Version))
	var id [buildLen]byte
	hex.Decode(id[:], []byte(m.Build.ID)) // what is no ID becomes another one
	b = append(b, id[:]...)
	b = types.AppendUint64(types.AppendUint32(b, uint32(m.Cores)), m.Free)
	return tasks.AppendAddrs(b, m.Addrs)
}

// buildLen is an engine.Build's ID as bytes.
const buildLen = 16

// welcome answers a hello.
type welcome struct {
	InfoSize uint32           // bytes of the bundle's torrent description
	Peers    []netip.AddrPort // who has or fetches the bundle, the requester first
}

func (m welcome) encode() []byte {
	return tasks.AppendAddrs(types.AppendUint32([]byte{messageVersion, kindWelcome}, m.InfoSize), m.Peers)
}

// infoRequest asks for the bundle's torrent description from an offset on.
type infoRequest struct{ Offset uint32 }

func (m infoRequest) encode() []byte {
	return types.AppendUint32([]byte{messageVersion, kindInfoRequest}, m.Offset)
}

// infoPart is a part of the description. Total is its whole length.
type infoPart struct {
	Total uint32
	Part  []byte
}

func (m infoPart) encode() []byte {
	return types.AppendBytes(types.AppendUint32([]byte{messageVersion, kindInfoPart}, m.Total), m.Part)
}

// ask asks for work.
type ask struct {
	Have  uint64   // bytes of the bundle that are here
	Held  []uint64 // leases it works on
	Addrs []netip.AddrPort
}

func (m ask) encode() []byte {
	b := types.AppendUint64([]byte{messageVersion, kindAsk}, m.Have)
	b = types.AppendVarInt(b, uint64(len(m.Held)))
	for _, id := range m.Held {
		b = types.AppendUint64(b, id)
	}
	return tasks.AppendAddrs(b, m.Addrs)
}

// lease hands tiles to a node.
type lease struct {
	ID    uint64
	Left  time.Duration // until it ends, whole seconds; alive extends it
	Tiles []engine.Tile
	Peers []netip.AddrPort
}

func (m lease) encode() []byte {
	b := types.AppendUint64([]byte{messageVersion, kindLease}, m.ID)
	b = appendSeconds(b, m.Left)
	b = types.AppendVarInt(b, uint64(len(m.Tiles)))
	for _, t := range m.Tiles {
		b = appendTile(b, t)
	}
	return tasks.AppendAddrs(b, m.Peers)
}

// wait says that there is nothing to do for the node now.
type wait struct {
	For   time.Duration // whole seconds, then it asks again
	Why   string
	Peers []netip.AddrPort
}

func (m wait) encode() []byte {
	b := appendSeconds([]byte{messageVersion, kindWait}, m.For)
	return tasks.AppendAddrs(types.AppendBytes(b, []byte(clipText(m.Why))), m.Peers)
}

// over says that nothing will ever be left to do for the node in this job.
type over struct{ Why string }

func (m over) encode() []byte {
	return types.AppendBytes([]byte{messageVersion, kindOver}, []byte(clipText(m.Why)))
}

// result offers a finished tile.
type result struct {
	Tile   engine.Tile
	Hash   [32]byte      // Picture.Hash
	Length int64         // bytes of Picture.Encode
	Took   time.Duration // all of the tile's time, to the millisecond
	Setup  time.Duration // of that, before the pixels
}

func (m result) encode() []byte {
	b := append(appendTile([]byte{messageVersion, kindResult}, m.Tile), m.Hash[:]...)
	b = types.AppendUint64(b, uint64(m.Length))
	return appendMillis(appendMillis(b, m.Took), m.Setup)
}

// proceed (go) wants the picture's bytes from Offset on.
type proceed struct{ Offset int64 }

func (m proceed) encode() []byte {
	return types.AppendUint64([]byte{messageVersion, kindGo}, uint64(m.Offset))
}

// enough needs no (more) bytes of the picture.
type enough struct{}

func (enough) encode() []byte { return []byte{messageVersion, kindEnough} }

// refused does not take a picture, now or at all.
type refused struct {
	Again time.Duration // whole seconds after which to say the same again; 0: never
	Why   string
}

func (m refused) encode() []byte {
	return types.AppendBytes(appendSeconds([]byte{messageVersion, kindRefused}, m.Again), []byte(clipText(m.Why)))
}

// part brings bytes of a picture.
type part struct {
	Tile   engine.Tile
	Offset int64
	Data   []byte
}

func (m part) encode() []byte {
	b := types.AppendUint64(appendTile([]byte{messageVersion, kindPart}, m.Tile), uint64(m.Offset))
	return types.AppendBytes(b, m.Data)
}

// reason is why a tile failed at a node.
type reason byte

// The reasons. Only the first two say something about the scene.
const (
	reasonScene   reason = 1 + iota // the engine refused or failed on it
	reasonLimit                     // it is over the node's memory, time or disk
	reasonSandbox                   // the node cannot render strangers' scenes now
	reasonDisk                      // its disk is full or failing
	reasonOther
)

var reasonTexts = map[reason]string{
	reasonScene:   "the engine cannot render it",
	reasonLimit:   "over the machine's limits",
	reasonSandbox: "no sandbox",
	reasonDisk:    "a full or failing disk",
	reasonOther:   "another failure",
}

// String names the reason for people.
func (r reason) String() string { return reasonTexts[r] }

// failed says that a tile could not be rendered.
type failed struct {
	Tile   engine.Tile
	Reason reason
	Text   string
}

func (m failed) encode() []byte {
	b := append(appendTile([]byte{messageVersion, kindFailed}, m.Tile), byte(m.Reason))
	return types.AppendBytes(b, []byte(clipText(m.Text)))
}

// ok acknowledges.
type ok struct{}

func (ok) encode() []byte { return []byte{messageVersion, kindOK} }

// alive says that the node still works on a lease.
type alive struct {
	Lease uint64
	Done  int           // tiles of it that are finished
	Spent time.Duration // on the tile at work, whole seconds
}

func (m alive) encode() []byte {
	b := types.AppendUint64([]byte{messageVersion, kindAlive}, m.Lease)
	return appendSeconds(types.AppendUint32(b, uint32(m.Done)), m.Spent)
}

// stop takes a lease away.
type stop struct{ Why string }

func (m stop) encode() []byte {
	return types.AppendBytes([]byte{messageVersion, kindStop}, []byte(clipText(m.Why)))
}

// less takes tiles out of a lease.
type less struct{ Tiles []engine.Tile }

func (m less) encode() []byte {
	b := types.AppendVarInt([]byte{messageVersion, kindLess}, uint64(len(m.Tiles)))
	for _, t := range m.Tiles {
		b = appendTile(b, t)
	}
	return b
}

// decodeMessage reads one message of either side, as the struct of its kind.
func decodeMessage(b []byte) (any, error) {
	r := types.NewReader(b)
	if v := r.Byte(); r.Err() == nil && v != messageVersion {
		return nil, fmt.Errorf("%w: version %d, this program knows %d", ErrMessage, v, messageVersion)
	}
	var m any
	switch k := r.Byte(); k {
	case kindHello:
		m = readHello(r)
	case kindWelcome:
		m = readWelcome(r)
	case kindInfoRequest:
		m = infoRequest{r.Uint32()}
	case kindInfoPart:
		m = readInfoPart(r)
	case kindAsk:
		m = readAsk(r)
	case kindLease:
		m = readLease(r)
	case kindWait:
		m = wait{readSeconds(r), readWhy(r), tasks.ReadAddrs(r, maxPeers)}
	case kindOver:
		m = over{readWhy(r)}
	case kindResult:
		m = readResult(r)
	case kindGo:
		m = proceed{readLength(r)}
	case kindEnough:
		m = enough{}
	case kindRefused:
		m = refused{readSeconds(r), readWhy(r)}
	case kindPart:
		m = part{readTile(r), readLength(r), r.Bytes(maxPart)}
	case kindFailed:
		m = readFailed(r)
	case kindOK:
		m = ok{}
	case kindAlive:
		m = alive{r.Uint64(), read31(r), readSeconds(r)}
	case kindStop:
		m = stop{readWhy(r)}
	case kindLess:
		m = less{readTiles(r)}
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
