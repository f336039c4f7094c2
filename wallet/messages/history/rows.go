package history

import (
	"errors"
	"fmt"
	"math/bits"

	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/messages/envelope"
)

// Rows of the store, by the first byte of the key.
const (
	keyMeta     = "v" // network and our address: whose history this is
	keyPosition = "p"
	keySettings = "s"
	rowMessage  = 'm' // Key → Message
	rowDeleted  = 'x' // Key → nothing: so that it does not come back
	rowPeer     = 'k' // address → Peer
	rowInbox    = 'i' // address ‖ number → Item
	rowPart     = 'q' // address ‖ id of the whole ‖ index → Part
	rowMarks    = 'r' // address → ids of its messages that were read here, not told yet
)

// newRow starts reading a row whose first byte is its format version.
func newRow(v []byte) *types.Reader {
	r := types.NewReader(v)
	if got := r.Byte(); got != rowVersion {
		r.Fail(fmt.Errorf("%w: row format %d", wallet.ErrVersion, got))
	}
	return r
}

func rowDone(r *types.Reader, what string) error {
	err := r.Done()
	if err == nil || errors.Is(err, wallet.ErrVersion) {
		return err
	}
	return fmt.Errorf("%w: %s: %w", wallet.ErrDamaged, what, err)
}

// Settings say who may write to us, and what they learn.
type Settings struct {
	MinFee     types.Amount // of strangers, over the chain, beyond the network's own fee
	Strangers  bool         // take direct connections of strangers
	ReadMarks  bool         // tell when a message was read
	ShareReach bool         // tell correspondents where this node is reached
	// AccountPrice is the most that one letter of a shared account may cost over
	// the chain while its member is offline; 0: letters wait.
	AccountPrice types.Amount
}

// DefaultSettings let everybody write, as an address on a card should.
func DefaultSettings() Settings { return Settings{Strangers: true, ReadMarks: true, ShareReach: true} }

func (s Settings) encode() []byte {
	row := types.AppendAmount([]byte{rowVersion, flags(s.Strangers, s.ReadMarks, s.ShareReach, s.AccountPrice != 0)}, s.MinFee)
	if s.AccountPrice != 0 { // which older rows lack
		row = types.AppendAmount(row, s.AccountPrice)
	}
	return row
}

func decodeSettings(v []byte) (s Settings, err error) {
	r := newRow(v)
	f := r.Byte()
	s = Settings{MinFee: r.Amount(), Strangers: f&1 != 0, ReadMarks: f&2 != 0, ShareReach: f&4 != 0}
	if f&8 != 0 {
		if s.AccountPrice = r.Amount(); s.AccountPrice == 0 {
			r.Fail(types.ErrMalformed)
		}
	}
	if f > 15 {
		r.Fail(types.ErrMalformed)
	}
	return s, rowDone(r, "settings")
}

// Block is one block of the chain.
type Block struct {
	Height uint32
	Hash   types.Hash
}

// Position is how far the chain was scanned: the last block, and some before
// it, by which to find back after a reorganisation; descending.
type Position []Block

// maxLadder bounds the blocks of a position.
const maxLadder = 96

// Height is the last scanned block's; ok is false before the first.
func (p Position) Height() (h uint32, ok bool) {
	if len(p) == 0 {
		return 0, false
	}
	return p[0].Height, true
}

// Next gives the position after another block. Of the older ones it keeps the
// last ten and then fewer and fewer, those of the roundest heights, so that any
// reorganisation is found back from at a cost like its length.
func (p Position) Next(b Block) Position {
	next := Position{b}
	for _, old := range p {
		age := uint64(b.Height) - uint64(old.Height)
		if old.Height < b.Height && len(next) < maxLadder && (age <= 10 || age <= 4<<bits.TrailingZeros32(old.Height)) {
			next = append(next, old)
		}
	}
	return next
}

// Rungs are the heights between the position and a block behind it whose hashes
// are worth keeping, ascending: scanning goes in strides.
func (p Position) Rungs(to uint32) (heights []uint32) {
	from, _ := p.Height()
	for i := 16; i >= 0; i -= 2 {
		h := to &^ (1<<i - 1)
		if h > from && h < to && (len(heights) == 0 || h > heights[len(heights)-1]) {
			heights = append(heights, h)
		}
	}
	return heights
}

func (p Position) encode() []byte {
	b := types.AppendVarInt([]byte{rowVersion}, uint64(len(p)))
	for _, l := range p {
		b = append(types.AppendUint32(b, l.Height), l.Hash[:]...)
	}
	return b
}

func decodePosition(v []byte) (p Position, err error) {
	r := newRow(v)
	for n := r.VarInt(maxLadder); n > 0 && r.Err() == nil; n-- {
		p = append(p, Block{r.Uint32(), r.Hash()})
	}
	return p, rowDone(r, "position")
}

// Peer is what is known of another side, contact or not.
type Peer struct {
	Address  types.Address
	Contact  bool // in the address book
	Name     string
	Note     string
	Reach    string // host:port list, entered by hand
	Told     string // host:port list, as the peer says
	Blocked  bool
	Stranger bool         // it was a stranger when it was blocked
	Listed   bool         // it is in the address book only because it is blocked
	Answered bool         // we wrote to it, so it is no stranger
	Added    int64        // to the address book, unix seconds
	LastSeen int64        // unix seconds; 0: never
	Least    types.Amount // what it asks of strangers beyond the chain's fee
	// Last is the account message that was sent last, and Handled those of
	// the peer that were taken in, newest last.
	Last    envelope.ID
	Handled []envelope.ID
}

// Ceilings of a peer's row.
const (
	MaxName    = 256  // bytes of a contact's name
	MaxNote    = 1024 // bytes
	MaxHandled = 64
	// MaxMarks bounds the messages of one peer that it is still to be told
	// were read; the newest count.
	MaxMarks = 256
)

// Known reports whether the peer is no stranger.
func (p *Peer) Known() bool { return p.Contact || p.Answered }

func (p *Peer) encode() []byte {
	b := []byte{rowVersion, flags(p.Contact, p.Blocked, p.Answered, p.Stranger, p.Listed)}
	for _, s := range []string{p.Name, p.Note, p.Reach, p.Told} {
		b = types.AppendBytes(b, []byte(s))
	}
	b = types.AppendUint64(types.AppendUint64(b, uint64(p.Added)), uint64(p.LastSeen))
	b = append(types.AppendAmount(b, p.Least), p.Last[:]...)
	b = types.AppendVarInt(b, uint64(len(p.Handled)))
	for _, id := range p.Handled {
		b = append(b, id[:]...)
	}
	return b
}

func decodePeer(a types.Address, v []byte) (*Peer, error) {
	r := newRow(v)
	f := r.Byte()
	p := &Peer{Address: a, Contact: f&1 != 0, Blocked: f&2 != 0, Answered: f&4 != 0, Stranger: f&8 != 0, Listed: f&16 != 0}
	p.Name, p.Note = r.Text(MaxName), r.Text(MaxNote)
	p.Reach, p.Told = r.Text(types.MaxContact), r.Text(types.MaxContact)
	p.Added, p.LastSeen = int64(r.Uint64()), int64(r.Uint64())
	p.Least = r.Amount()
	r.Copy(p.Last[:])
	for n := r.VarInt(MaxHandled); n > 0 && r.Err() == nil; n-- {
		var id envelope.ID
		r.Copy(id[:])
		p.Handled = append(p.Handled, id)
	}
	if f > 31 {
		r.Fail(types.ErrMalformed)
	}
	return p, rowDone(r, "peer")
}

// Item is an account message that waits for its handler. Its payload stays in
// the store.
type Item struct {
	Peer     types.Address
	Number   uint64 // order of arrival
	ID       envelope.ID
	After    envelope.ID
	Received int64 // unix seconds
	Size     int
}

func (i *Item) key() string {
	return string(types.AppendUint64(append([]byte{rowInbox}, i.Peer[:]...), i.Number))
}

func (i *Item) encode(payload []byte) []byte {
	b := append(append([]byte{rowVersion}, i.ID[:]...), i.After[:]...)
	return types.AppendBytes(types.AppendUint64(b, uint64(i.Received)), payload)
}

func decodeItem(key string, v []byte) (*Item, []byte, error) {
	k, r := types.NewReader([]byte(key[1:])), newRow(v)
	i := &Item{Peer: k.Address(), Number: k.Uint64()}
	r.Copy(i.ID[:])
	r.Copy(i.After[:])
	i.Received = int64(r.Uint64())
	payload := r.Bytes(envelope.MaxAccount)
	i.Size = len(payload)
	if k.Done() != nil {
		r.Fail(types.ErrMalformed)
	}
	return i, payload, rowDone(r, "account message")
}

// Part is a piece of an account message that came over the chain. Its bytes
// stay in the store.
type Part struct {
	Peer     types.Address
	Whole    envelope.ID
	Index    int
	Count    int
	After    envelope.ID
	Received int64 // unix seconds
	Size     int
}

func (p *Part) key() string {
	b := append(append([]byte{rowPart}, p.Peer[:]...), p.Whole[:]...)
	return string(append(b, byte(p.Index)))
}

func (p *Part) encode(data []byte) []byte {
	b := append([]byte{rowVersion, byte(p.Count)}, p.After[:]...)
	return types.AppendBytes(types.AppendUint64(b, uint64(p.Received)), data)
}

func decodePart(key string, v []byte) (*Part, []byte, error) {
	k, r := types.NewReader([]byte(key[1:])), newRow(v)
	p := &Part{Peer: k.Address()}
	k.Copy(p.Whole[:])
	p.Index, p.Count = int(k.Byte()), int(r.Byte())
	r.Copy(p.After[:])
	p.Received = int64(r.Uint64())
	data := r.Bytes(envelope.MaxPart)
	p.Size = len(data)
	if k.Done() != nil || p.Index >= p.Count || p.Count > envelope.MaxParts {
		r.Fail(types.ErrMalformed)
	}
	return p, data, rowDone(r, "part of an account message")
}

func encodeMarks(ids []envelope.ID) []byte {
	b := types.AppendVarInt([]byte{rowVersion}, uint64(len(ids)))
	for _, id := range ids {
		b = append(b, id[:]...)
	}
	return b
}

func decodeMarks(v []byte) (ids []envelope.ID, err error) {
	r := newRow(v)
	for n := r.VarInt(MaxMarks); n > 0 && r.Err() == nil; n-- {
		var id envelope.ID
		r.Copy(id[:])
		ids = append(ids, id)
	}
	return ids, rowDone(r, "read marks")
}

func readKey(key string) (k Key, err error) {
	r := types.NewReader([]byte(key[1:]))
	k.Peer = r.Address()
	mine := r.Byte()
	k.Mine = mine == 1
	r.Copy(k.ID[:])
	if mine > 1 {
		r.Fail(types.ErrMalformed)
	}
	return k, rowDone(r, "message key")
}
