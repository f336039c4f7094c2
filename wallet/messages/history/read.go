package history

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sort"

	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/messages/envelope"
)

// ErrUnknown says that there is no such message.
var ErrUnknown = errors.New("there is no such message")

// Settings gives the stored settings.
func (d *DB) Settings() Settings { return d.settings }

// Position gives how far the chain was scanned.
func (d *DB) Position() Position { return d.position }

// Peer gives what is known of an address; a copy.
func (d *DB) Peer(a types.Address) Peer {
	if p := d.peers[a]; p != nil {
		c := *p
		c.Handled = slices.Clone(p.Handled)
		return c
	}
	return Peer{Address: a}
}

// Peers gives all that something is known of.
func (d *DB) Peers() iter.Seq[*Peer] { return maps.Values(d.peers) }

// Conversation gives the one with an address, or nil.
func (d *DB) Conversation(a types.Address) *Conversation { return d.conversations[a] }

// Conversations gives all, in no order.
func (d *DB) Conversations() iter.Seq[*Conversation] { return maps.Values(d.conversations) }

// Has reports whether a message is or was there.
func (d *DB) Has(k Key) bool {
	_, gone := d.deleted[k]
	return gone || d.refs[k.Ref()] != nil
}

// Deleted reports whether a message was there and was deleted.
func (d *DB) Deleted(k Key) bool {
	_, gone := d.deleted[k]
	return gone
}

// Find gives the head of a message by its name.
func (d *DB) Find(r Ref) (*Head, error) {
	h := d.refs[r]
	if h == nil {
		return nil, ErrUnknown
	}
	return h, nil
}

// Message reads a whole message.
func (d *DB) Message(k Key) (*Message, error) {
	if d.refs[k.Ref()] == nil {
		return nil, ErrUnknown
	}
	v, err := d.store.Get(string(rowMessage) + k.suffix())
	if err != nil {
		return nil, fmt.Errorf("message history: %w", err)
	}
	if v == nil {
		return nil, fmt.Errorf("message history: %w: a message without its row", wallet.ErrDamaged)
	}
	return decodeMessage(k, v, true)
}

// Page gives up to limit heads of a conversation, newest first: those before
// one, or the newest when before is nil.
func (d *DB) Page(a types.Address, before *Head, limit int) []*Head {
	return d.PageOf(a, before, limit, func(*Head) bool { return true })
}

// PageOf is Page of those heads that belong.
func (d *DB) PageOf(a types.Address, before *Head, limit int, belongs func(*Head) bool) (page []*Head) {
	c := d.conversations[a]
	if c == nil {
		return nil
	}
	end := len(c.Messages)
	if before != nil {
		end = sort.Search(end, func(i int) bool { return c.Messages[i].Compare(before, d.self) >= 0 })
	}
	for _, h := range slices.Backward(c.Messages[:end]) {
		if len(page) >= limit {
			break
		}
		if !belongs(h) {
			continue
		}
		page = append(page, h)
		if a, ok := d.arrived[h.Ref()]; ok {
			a.listed = true
			d.arrived[h.Ref()] = a
		}
	}
	return page
}

// Unread gives the unread messages of a conversation, ascending: all, or those
// that stand no later than last and, unless Page gave them out, came no later.
func (d *DB) Unread(a types.Address, last *Head) (out []*Head) {
	c := d.conversations[a]
	if c == nil {
		return nil
	}
	for _, h := range c.Messages {
		if h.Unread && (last == nil || h.Compare(last, d.self) <= 0 && !d.later(h, last)) {
			out = append(out, h)
		}
	}
	return out
}

// later reports whether a message came after another and was not listed.
func (d *DB) later(h, o *Head) bool {
	a := d.arrived[h.Ref()]
	return !a.listed && a.number > d.arrived[o.Ref()].number
}

// Open gives our messages to an address that still have to be worked on, in
// order; hidden ones first.
func (c *Conversation) Open(self types.Address) []*Head {
	out := slices.SortedFunc(maps.Values(c.open), func(a, b *Head) int { return a.Compare(b, self) })
	return append(slices.Clone(c.hidden), out...)
}

// Hidden gives the account traffic to send.
func (c *Conversation) Hidden() []*Head { return c.hidden }

// Marks gives the messages of a peer that it is still to be told were read,
// oldest first.
func (d *DB) Marks(a types.Address) []envelope.ID { return d.marks[a] }

// Inbox gives the account messages that wait for their handler, by sender.
func (d *DB) Inbox() map[types.Address][]*Item { return d.inbox }

// Payload reads an account message's payload.
func (d *DB) Payload(i *Item) ([]byte, error) {
	v, err := d.store.Get(i.key())
	if err == nil && v == nil {
		err = fmt.Errorf("%w: an account message without its row", wallet.ErrDamaged)
	}
	if err != nil {
		return nil, fmt.Errorf("message history: %w", err)
	}
	_, payload, err := decodeItem(i.key(), v)
	return payload, err
}

// Parts gives the pieces of account messages from a sender, by the whole's id.
func (d *DB) Parts(a types.Address) map[envelope.ID][]*Part { return d.parts[a] }

// PartSenders gives those with pieces under way.
func (d *DB) PartSenders() []types.Address { return slices.Collect(maps.Keys(d.parts)) }

// Data reads a piece's bytes.
func (d *DB) Data(p *Part) ([]byte, error) {
	v, err := d.store.Get(p.key())
	if err == nil && v == nil {
		err = fmt.Errorf("%w: a part without its row", wallet.ErrDamaged)
	}
	if err != nil {
		return nil, fmt.Errorf("message history: %w", err)
	}
	_, data, err := decodePart(p.key(), v)
	return data, err
}
