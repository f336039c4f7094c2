package history

import (
	"fmt"
	"slices"

	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/messages/envelope"
)

// Batch is changes that are made all at once, or not at all.
type Batch struct {
	changes []wallet.Change
	apply   []func(*DB)
}

func (b *Batch) add(c wallet.Change, apply func(*DB)) {
	b.changes, b.apply = append(b.changes, c), append(b.apply, apply)
}

// Empty reports whether the batch changes nothing.
func (b *Batch) Empty() bool { return len(b.changes) == 0 }

// Put adds a message, or replaces the one of the same key.
func (b *Batch) Put(m *Message) {
	head := m.Head
	b.add(wallet.Change{Key: string(rowMessage) + m.suffix(), Value: m.encode()}, func(d *DB) {
		c := d.conversation(head.Peer)
		if old := d.refs[head.Ref()]; old != nil {
			c.remove(old, d.self)
		} else {
			d.last++
			d.arrived[head.Ref()] = arrival{number: d.last}
		}
		c.put(&head, d.self)
		d.refs[head.Ref()] = &head
	})
}

// Remove takes a message out. With forget it can come again; without, its key
// stays known, so that it does not come back by another way.
func (b *Batch) Remove(k Key, forget bool) {
	b.add(wallet.Change{Key: string(rowMessage) + k.suffix()}, func(d *DB) {
		if old := d.refs[k.Ref()]; old != nil {
			c := d.conversations[k.Peer]
			if c.remove(old, d.self); len(c.Messages)+len(c.hidden)+c.Damaged == 0 {
				delete(d.conversations, k.Peer)
			}
		}
		delete(d.refs, k.Ref())
		delete(d.arrived, k.Ref())
	})
	if !forget {
		b.add(wallet.Change{Key: string(rowDeleted) + k.suffix(), Value: []byte{}}, func(d *DB) { d.deleted[k] = struct{}{} })
	}
}

// PutPeer stores what is known of an address.
func (b *Batch) PutPeer(p Peer) {
	p.Handled = slices.Clone(p.Handled[max(0, len(p.Handled)-MaxHandled):])
	b.add(wallet.Change{Key: string(rowPeer) + string(p.Address[:]), Value: p.encode()}, func(d *DB) { d.peers[p.Address] = &p })
}

// RemovePeer forgets what is known of an address.
func (b *Batch) RemovePeer(a types.Address) {
	b.add(wallet.Change{Key: string(rowPeer) + string(a[:])}, func(d *DB) { delete(d.peers, a) })
}

// SetMarks stores which messages of a peer it is to be told were read: the
// newest MaxMarks of ids, oldest first.
func (b *Batch) SetMarks(a types.Address, ids []envelope.ID) {
	ids = slices.Clone(ids[max(0, len(ids)-MaxMarks):])
	c := wallet.Change{Key: string(rowMarks) + string(a[:])}
	if len(ids) > 0 {
		c.Value = encodeMarks(ids)
	}
	b.add(c, func(d *DB) {
		if d.marks[a] = ids; len(ids) == 0 {
			delete(d.marks, a)
		}
	})
}

// SetSettings stores the settings.
func (b *Batch) SetSettings(s Settings) {
	b.add(wallet.Change{Key: keySettings, Value: s.encode()}, func(d *DB) { d.settings = s })
}

// SetPosition stores how far the chain was scanned.
func (b *Batch) SetPosition(p Position) {
	b.add(wallet.Change{Key: keyPosition, Value: p.encode()}, func(d *DB) { d.position = p })
}

// PutItem queues an account message for its handler, behind all others.
func (b *Batch) PutItem(d *DB, i Item, payload []byte) {
	d.number++ // a number that a failed commit leaves out harms nothing
	i.Number, i.Size = d.number, len(payload)
	b.add(wallet.Change{Key: i.key(), Value: i.encode(payload)}, func(d *DB) { d.addItem(&i) })
}

// RemoveItem takes an account message out.
func (b *Batch) RemoveItem(i *Item) {
	b.add(wallet.Change{Key: i.key()}, func(d *DB) {
		left := slices.DeleteFunc(slices.Clone(d.inbox[i.Peer]), func(o *Item) bool { return o.Number == i.Number })
		if d.inbox[i.Peer] = left; len(left) == 0 {
			delete(d.inbox, i.Peer)
		}
	})
}

// PutPart stores a piece of an account message.
func (b *Batch) PutPart(p Part, data []byte) {
	p.Size = len(data)
	b.add(wallet.Change{Key: p.key(), Value: p.encode(data)}, func(d *DB) { d.addPart(&p) })
}

// RemoveParts takes the pieces of one account message out.
func (b *Batch) RemoveParts(parts []*Part) {
	for _, p := range parts {
		b.add(wallet.Change{Key: p.key()}, func(d *DB) {
			delete(d.parts[p.Peer], p.Whole)
			if len(d.parts[p.Peer]) == 0 {
				delete(d.parts, p.Peer)
			}
		})
	}
}

// Commit stores a batch, and only then changes what DB tells.
func (d *DB) Commit(b *Batch) error {
	if b.Empty() {
		return nil
	}
	aside := d.setAside(b.changes)
	if err := d.store.Commit(append(aside, b.changes...)); err != nil {
		return fmt.Errorf("message history: %w", err)
	}
	d.wereSetAside(aside)
	for _, fn := range b.apply {
		fn(d)
	}
	return nil
}
