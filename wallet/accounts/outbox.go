package accounts

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"supercomputing/chain/types"
	"supercomputing/wallet"
)

const (
	// maxOutbox bounds the messages that wait to be taken by Post.
	maxOutbox = 10_000
	// maxParked bounds what of one sender waits for other messages.
	maxParked = 160
	// maxParkedAll bounds in bytes all that waits of one sender.
	maxParkedAll = 4 << 20
	// maxParkedSize bounds one of them: it has to fit a row.
	maxParkedSize = maxPacket
)

// letter is a message that Post has not taken yet.
type letter struct {
	number  uint64
	to      types.Address
	payload []byte
}

// parked is a message that waits for another: a part for the others, or what
// came before the proposal that it is about.
type parked struct {
	payload []byte
	order   int
}

// send puts a payload in the outbox for one member.
func (c *change) send(to types.Address, payload []byte) {
	m := c.m
	if m.post == nil || to == (types.Address{}) || to == m.self {
		return
	}
	var transfer [16]byte
	rand.Read(transfer[:])
	for _, part := range split(payload, transfer) {
		l := letter{m.nextOut + c.sent, to, part}
		c.sent++
		value := append(slices.Clone(to[:]), part...)
		c.put(rowOut, types.AppendUint64(nil, l.number), value, func() {
			m.outbox, m.nextOut = append(m.outbox, l), l.number+1
		})
	}
}

// tell sends a payload to all other members.
func (c *change) tell(a *account, payload []byte) {
	for i, member := range a.record.members {
		if i != a.me {
			c.send(member.address, payload)
		}
	}
}

// flush hands letters to Post, which stores them. What it does not take waits,
// with all for the same member behind it, so that the order stays.
func (m *Manager) flush(ctx context.Context) {
	if m.post == nil {
		return
	}
	m.flushing.Lock()
	defer m.flushing.Unlock()
	m.mu.Lock()
	letters := slices.Clone(m.outbox)
	m.mu.Unlock()
	stuck := make(map[types.Address]bool)
	for _, l := range letters {
		if ctx.Err() != nil {
			return
		}
		if stuck[l.to] {
			continue
		}
		if err := m.post.SendAccount(ctx, l.to, l.payload); err != nil {
			stuck[l.to] = true
			m.log.Warn("a message to a member waits", "err", err)
			continue
		}
		if err := m.taken(l.number); err != nil {
			m.log.Warn("a message to a member may be sent twice", "err", err)
			return
		}
	}
}

func (m *Manager) taken(number uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.outbox, func(l letter) bool { return l.number == number })
	if i < 0 {
		return nil // another flush was faster
	}
	// Removed at once, without waking anybody: nothing else follows from it.
	key := string(rowOut) + string(types.AppendUint64(nil, number))
	err := m.store.Commit([]wallet.Change{{Key: key}})
	if err == nil {
		m.outbox = slices.Delete(m.outbox, i, i+1)
	}
	return err
}

// park keeps a message of a sender about something: a proposal not here yet or
// a transfer not complete. Beyond the ceiling the oldest of the
// same sender goes, so that only a sender who floods is hurt.
func (c *change) park(from types.Address, about [32]byte, payload []byte) {
	m, prefix := c.m, string(rowParked)+string(from[:])
	sum := sha256.Sum256(payload)
	id := slices.Concat(from[:], about[:], sum[:16])
	key := string(rowParked) + string(id)
	if _, ok := m.parked[key]; ok {
		return
	}
	if len(payload) > maxParkedSize {
		m.log.Warn("a member sent too much that waits for other messages; it was dropped")
		return
	}
	var mine []string
	size := len(payload)
	for key, p := range m.parked {
		if key[:len(prefix)] == prefix {
			mine, size = append(mine, key), size+len(p.payload)
		}
	}
	slices.SortFunc(mine, func(a, b string) int { return m.parked[a].order - m.parked[b].order })
	for len(mine) >= maxParked || size > maxParkedAll {
		c.unpark(mine[0])
		mine, size = mine[1:], size-len(m.parked[mine[0]].payload)
	}
	c.put(rowParked, id, payload, func() { m.parked[key] = parked{payload, m.parkedNext()} })
}

func (m *Manager) parkedNext() int {
	m.parkedSeq++
	return m.parkedSeq
}

// waiting gives what is parked about something, by sender; unpark removes it.
func (m *Manager) waiting(about [32]byte) (keys []string) {
	for key := range m.parked {
		if [32]byte([]byte(key[33:65])) == about {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b string) int { return m.parked[a].order - m.parked[b].order })
	return keys
}

func (c *change) unpark(key string) {
	c.put(key[0], []byte(key[1:]), nil, func() { delete(c.m.parked, key) })
}

// part takes in one part; whole is the payload when it was the last missing.
func (c *change) part(from types.Address, p *partMsg, payload []byte) (whole []byte) {
	about := sha256.Sum256(append(p.transfer[:], from[:]...))
	parts := make([][]byte, p.count)
	parts[p.index] = p.data
	keys := c.m.waiting(about)
	for _, key := range keys {
		other, err := decodePayload(c.m.parked[key].payload)
		if o, ok := other.(*partMsg); err == nil && ok && o.count == p.count {
			parts[o.index] = o.data
		}
	}
	for _, data := range parts {
		if data == nil {
			c.park(from, about, payload)
			return nil
		}
		whole = append(whole, data...)
	}
	for _, key := range keys {
		c.unpark(key)
	}
	return whole
}

// HandleAccount takes in a message of a member. An error means that it could
// not be stored and should come again; what is false, or of a stranger, is
// noted or dropped, and is no error.
func (m *Manager) HandleAccount(ctx context.Context, from types.Address, payload []byte) error {
	m.mu.Lock()
	err := m.receive(from, payload)
	m.mu.Unlock()
	if err != nil {
		m.log.Warn("a member's message could not be taken in", "err", err)
		return err
	}
	return nil
}

// receive is called with mu held.
func (m *Manager) receive(from types.Address, payload []byte) error {
	if from == (types.Address{}) || from == m.self || !m.anyMember(from) {
		m.log.Debug("a message about shared accounts from somebody who is in none of them")
		return nil
	}
	if len(payload) > maxPayload {
		m.log.Info("dropped a member's message", "bytes", len(payload))
		return nil
	}
	msg, err := decodePayload(payload)
	if err != nil {
		m.log.Info("dropped a member's message", "err", err)
		return nil
	}
	c := m.begin()
	if p, ok := msg.(*partMsg); ok {
		whole := c.part(from, p, payload)
		if whole == nil {
			return c.commit()
		}
		if payload = whole; len(whole) > 0 {
			if msg, err = decodePayload(whole); err != nil {
				m.log.Info("dropped a member's message", "err", err)
				return c.commit()
			}
		}
	}
	err = m.take(c, from, msg, payload)
	var dropped *dropError
	if errors.As(err, &dropped) {
		m.log.Info("dropped a member's message", "err", dropped.err)
		return c.commit()
	}
	if err != nil {
		return err
	}
	return c.commit()
}

// dropError is why a message is not worth keeping.
type dropError struct{ err error }

func (e *dropError) Error() string { return e.err.Error() }
func (e *dropError) Unwrap() error { return e.err }

func drop(format string, args ...any) error { return &dropError{fmt.Errorf(format, args...)} }

// IsMember reports whether an address is another member's of an account here.
func (m *Manager) IsMember(a types.Address) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.anyMember(a)
}

func (m *Manager) anyMember(a types.Address) bool { return m.memberElsewhere(a, AccountID{}) }

// memberElsewhere leaves one account out.
func (m *Manager) memberElsewhere(a types.Address, id AccountID) bool {
	for _, acc := range m.accounts {
		if acc.id == id {
			continue
		}
		if i := acc.record.memberOf(a); i >= 0 && i != acc.me {
			return true
		}
	}
	return false
}
