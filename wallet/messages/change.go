package messages

import (
	"errors"

	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
)

// change collects what is to be stored at once. Reading through it sees what
// was already changed in it, so that a message that comes twice in one chunk of
// the chain is one.
type change struct {
	db       *history.DB
	batch    history.Batch
	messages map[history.Key]*history.Message
	order    []history.Key
	peers    map[types.Address]*history.Peer
	items    map[history.Key]bool // account messages, by sender and id
	parts    map[string]bool      // pieces of account messages
	touched  map[types.Address]bool
	gone     map[history.Key]bool // made room for others
	files    []history.Key        // whose files go with them
	room     *filteredRoom
}

func newChange(db *history.DB) *change {
	return &change{
		db: db, messages: make(map[history.Key]*history.Message), peers: make(map[types.Address]*history.Peer),
		items: make(map[history.Key]bool), parts: make(map[string]bool), touched: make(map[types.Address]bool),
		gone: make(map[history.Key]bool),
	}
}

// seal gives the batch of everything.
func (ch *change) seal() *history.Batch {
	for _, k := range ch.order {
		ch.batch.Put(ch.messages[k])
	}
	for _, p := range ch.peers {
		ch.batch.PutPeer(*p)
	}
	return &ch.batch
}

// touch marks a conversation as changed.
func (ch *change) touch(a types.Address) { ch.touched[a] = true }

// message reads a message for changing; put stores it.
func (ch *change) message(k history.Key) (*history.Message, error) {
	if m := ch.messages[k]; m != nil {
		return m, nil
	}
	if ch.gone[k] {
		return nil, ErrUnknown
	}
	return ch.db.Message(k)
}

func (ch *change) has(k history.Key) bool {
	return ch.messages[k] != nil || !ch.gone[k] && ch.db.Has(k)
}

func (ch *change) put(m *history.Message) {
	if ch.messages[m.Key] == nil {
		ch.order = append(ch.order, m.Key)
	}
	ch.messages[m.Key] = m
	ch.touch(m.Peer)
}

// edit changes a message that is still there; without one it does nothing.
func (ch *change) edit(k history.Key, fn func(*history.Message)) error {
	if ch.messages[k] == nil {
		if _, err := ch.db.Find(k.Ref()); err != nil || ch.gone[k] {
			return nil
		}
	}
	m, err := ch.message(k)
	if errors.Is(err, wallet.ErrDamaged) {
		return nil // it stays as it is, and keeps nothing else from going on
	}
	if err != nil {
		return err
	}
	fn(m)
	ch.put(m)
	return nil
}

// peer gives what is known of an address, for changing; changed by way of the
// pointer it is stored.
func (ch *change) peer(a types.Address) *history.Peer {
	if p := ch.peers[a]; p != nil {
		return p
	}
	p := ch.db.Peer(a)
	ch.peers[a] = &p
	return &p
}

// look is peer for reading only.
func (ch *change) look(a types.Address) history.Peer {
	if p := ch.peers[a]; p != nil {
		return *p
	}
	return ch.db.Peer(a)
}

// lamport is the greatest number of a conversation.
func (ch *change) lamport(a types.Address) uint64 {
	n := ch.db.Conversation(a).Lamport()
	for k, m := range ch.messages {
		if k.Peer == a && !m.Hidden {
			n = max(n, m.Lamport)
		}
	}
	return n
}

// nextHidden numbers account traffic to send.
func (ch *change) nextHidden(a types.Address) uint64 {
	var n uint64
	if c := ch.db.Conversation(a); c != nil && len(c.Hidden()) > 0 {
		n = c.Hidden()[len(c.Hidden())-1].Lamport
	}
	for k, m := range ch.messages {
		if k.Peer == a && m.Hidden {
			n = max(n, m.Lamport)
		}
	}
	return n + 1
}

// remove takes a message out; forget lets it come again.
func (ch *change) remove(k history.Key, forget bool) {
	ch.batch.Remove(k, forget)
	ch.touch(k.Peer)
}

// partID names the message that carries one piece of an account message, the
// same each time, so that a crash in between makes no second one.
func partID(whole envelope.ID, index int) (id envelope.ID) {
	copy(id[:], whole[:])
	id[14], id[15] = id[14]^byte(index+1), id[15]^0xa5
	return id
}
