// Package history owns what is kept of conversations: messages, correspondents,
// settings, the position on the chain and account traffic under way, as rows of
// a sealed store, with an index of them in memory. It has no network and no
// clock; who may write to whom is decided above it.
//
// The index holds a head of some 250 bytes for each message and no text: texts
// are read from the sealed store when they are shown or searched. A hundred
// thousand messages cost 25 MB and are open in about a second, and a dump of the
// process shows the few texts that were on the screen rather than all of them.
// Searching opens row after row, some microseconds each.
package history

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/messages/envelope"
)

// Conversation is one correspondent's messages.
type Conversation struct {
	Peer types.Address
	// Messages ascend as Head.Compare says. Only package history changes them.
	Messages []*Head
	Unread   int // of those that are neither filtered nor kept apart
	Filtered int
	Apart    int
	Damaged  int // rows of messages that cannot be read, beyond those of Messages

	open   map[envelope.ID]*Head // of ours: still to be worked on
	hidden []*Head               // account traffic to send, ascending
}

// Lamport is the greatest number in the conversation.
func (c *Conversation) Lamport() uint64 {
	if c == nil || len(c.Messages) == 0 {
		return 0
	}
	return c.Messages[len(c.Messages)-1].Lamport
}

// Newest is the last message, or nil.
func (c *Conversation) Newest() *Head {
	if c == nil || len(c.Messages) == 0 {
		return nil
	}
	return c.Messages[len(c.Messages)-1]
}

// arrival tells of a message that came since the history was opened, which one
// it was and whether Page gave it out. It is not stored.
type arrival struct {
	number uint64
	listed bool
}

// DB is the history. It is used from one goroutine at a time.
type DB struct {
	store wallet.Getter
	self  types.Address

	conversations map[types.Address]*Conversation
	peers         map[types.Address]*Peer
	refs          map[Ref]*Head
	deleted       map[Key]struct{}
	settings      Settings
	position      Position
	inbox         map[types.Address][]*Item // ascending
	parts         map[types.Address]map[envelope.ID][]*Part
	marks         map[types.Address][]envelope.ID
	number        uint64 // of the last inbox item
	damaged       []Damage
	broken        map[string][]byte // damaged rows as they are stored
	last          uint64            // arrival since the history was opened
	arrived       map[Ref]arrival
}

// Open loads the history of an address on a network, or starts one. It owns the
// store from then on. It reports wallet.ErrOtherWallet for another's history,
// and wallet.ErrDamaged when it does not say whose it is. Other rows that were not
// written so are left alone and told by Damaged; a row of a newer version is
// wallet.ErrVersion.
func Open(store wallet.Getter, network types.NetworkID, self types.Address) (*DB, error) {
	d := &DB{
		store: store, self: self, settings: DefaultSettings(),
		conversations: make(map[types.Address]*Conversation), peers: make(map[types.Address]*Peer),
		refs: make(map[Ref]*Head), deleted: make(map[Key]struct{}),
		inbox: make(map[types.Address][]*Item), parts: make(map[types.Address]map[envelope.ID][]*Part),
		marks: make(map[types.Address][]envelope.ID), arrived: make(map[Ref]arrival),
		broken: make(map[string][]byte),
	}
	meta := append(append([]byte{rowVersion}, network[:]...), self[:]...)
	rows, whose := 0, false
	closed, err := loadSound(store, func(key string, value []byte) error {
		rows++
		if key == keyMeta {
			if whose = string(value) == string(meta); !whose {
				return wallet.ErrOtherWallet
			}
			return nil
		}
		if err := d.load(key, value); errors.Is(err, wallet.ErrDamaged) {
			d.damage(key, value, err)
		} else if err != nil {
			return err
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("message history: %w", err)
	}
	if rows > 0 && !whose {
		return nil, fmt.Errorf("message history: %w: it does not say whose it is", wallet.ErrDamaged)
	}
	for range closed {
		d.damaged = append(d.damaged, Damage{Row: "sealed", Err: fmt.Errorf("%w: a sealed row does not open", wallet.ErrDamaged)})
	}
	if rows == 0 {
		if err := store.Commit([]wallet.Change{{Key: keyMeta, Value: meta}}); err != nil {
			return nil, fmt.Errorf("message history: %w", err)
		}
	}
	for _, c := range d.conversations {
		c.sort(self)
	}
	return d, nil
}

func (d *DB) load(key string, value []byte) error {
	switch {
	case key == keySettings:
		s, err := decodeSettings(value)
		if d.settings = s; err != nil {
			d.settings = Settings{} // the strictest, whatever they were
		}
		return err
	case key == keyPosition:
		p, err := decodePosition(value)
		if err == nil { // without one the chain is scanned anew
			d.position = p
		}
		return err
	case strings.HasPrefix(key, rowAside):
		d.damage(strings.TrimPrefix(key, rowAside), nil, fmt.Errorf("%w: it was set aside", wallet.ErrDamaged))
		return nil
	case len(key) < 33:
		return fmt.Errorf("%w: unknown row", wallet.ErrDamaged)
	}
	switch key[0] {
	case rowMessage:
		k, err := readKey(key)
		if err != nil {
			return err
		}
		m, err := decodeMessage(k, value, false)
		if err != nil {
			return err
		}
		d.conversation(k.Peer).append(&m.Head)
		d.refs[k.Ref()] = &m.Head
	case rowDeleted:
		k, err := readKey(key)
		if err == nil {
			d.deleted[k] = struct{}{}
		}
		return err
	case rowPeer:
		if len(key) != 33 {
			return fmt.Errorf("%w: peer key", wallet.ErrDamaged)
		}
		p, err := decodePeer(types.Address([]byte(key[1:])), value)
		if err != nil {
			return err
		}
		d.peers[p.Address] = p
	case rowInbox:
		i, _, err := decodeItem(key, value)
		if err != nil {
			return err
		}
		d.addItem(i)
	case rowPart:
		p, _, err := decodePart(key, value)
		if err != nil {
			return err
		}
		d.addPart(p)
	case rowMarks:
		if len(key) != 33 {
			return fmt.Errorf("%w: key of read marks", wallet.ErrDamaged)
		}
		ids, err := decodeMarks(value)
		if err == nil {
			d.marks[types.Address([]byte(key[1:]))] = ids
		}
		return err
	default:
		return fmt.Errorf("%w: unknown row", wallet.ErrDamaged)
	}
	return nil
}

// Close closes the store.
func (d *DB) Close() error { return d.store.Close() }

func (d *DB) conversation(a types.Address) *Conversation {
	c := d.conversations[a]
	if c == nil {
		c = &Conversation{Peer: a, open: make(map[envelope.ID]*Head)}
		d.conversations[a] = c
	}
	return c
}

// append takes a head in without order; sort follows.
func (c *Conversation) append(h *Head) {
	if h.Hidden {
		c.hidden = append(c.hidden, h)
		return
	}
	c.Messages = append(c.Messages, h)
	c.count(h, 1)
}

func (c *Conversation) sort(self types.Address) {
	less := func(a, b *Head) int { return a.Compare(b, self) }
	slices.SortFunc(c.Messages, less)
	slices.SortFunc(c.hidden, less)
}

// count adds a head to the sums (n 1) or takes it out of them (n -1).
func (c *Conversation) count(h *Head, n int) {
	switch {
	case h.Apart:
		c.Apart += n
	case h.Filtered:
		c.Filtered += n
	case h.Unread:
		c.Unread += n
	}
	if h.open() && n > 0 {
		c.open[h.ID] = h
	} else if h.Mine {
		delete(c.open, h.ID)
	}
}

func (c *Conversation) list(h *Head) *[]*Head {
	if h.Hidden {
		return &c.hidden
	}
	return &c.Messages
}

// put takes a head in.
func (c *Conversation) put(h *Head, self types.Address) {
	list := c.list(h)
	at, _ := slices.BinarySearchFunc(*list, h, func(a, b *Head) int { return a.Compare(b, self) })
	*list = slices.Insert(*list, at, h)
	if !h.Hidden {
		c.count(h, 1)
	}
}

// remove takes a head out.
func (c *Conversation) remove(h *Head, self types.Address) {
	list := c.list(h)
	if at, ok := slices.BinarySearchFunc(*list, h, func(a, b *Head) int { return a.Compare(b, self) }); ok {
		*list = slices.Delete(*list, at, at+1)
		if !h.Hidden {
			c.count(h, -1)
		}
	}
}

func (d *DB) addItem(i *Item) {
	d.inbox[i.Peer] = append(d.inbox[i.Peer], i)
	d.number = max(d.number, i.Number)
}

func (d *DB) addPart(p *Part) {
	m := d.parts[p.Peer]
	if m == nil {
		m = make(map[envelope.ID][]*Part)
		d.parts[p.Peer] = m
	}
	m[p.Whole] = append(m[p.Whole], p)
}
