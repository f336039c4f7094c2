package messages

import (
	"cmp"
	"slices"
	"time"

	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/talk"
)

// What strangers can make us keep. Over the chain they pay for it; directly
// they do not. What is full makes room again, so that nobody who fills it shuts
// others out for good (wallet/RATIONALE.md, Strangers).
const (
	maxRequests        = 1000   // conversations of strangers, all of it direct
	maxRequestMessages = 200    // in one of them
	maxApart           = 200    // messages kept of one blocked sender
	maxFiltered        = 10_000 // messages that paid too little, of all senders
	// freshFor is how long a request is safe from others: who looks once a day
	// sees every one. staleAfter is when what was looked at, or paid more, is
	// no better than the rest.
	freshFor   = 24 * time.Hour
	staleAfter = 30 * 24 * time.Hour
)

// strangerFits refuses a stranger's direct message for which there is no room.
// With evict an older request makes room when all is full.
func (c *Center) strangerFits(ch *change, conv *history.Conversation, evict bool) error {
	if err := refuseStranger(ch.db.Settings()); err != nil {
		return err
	}
	if conv != nil && len(conv.Messages) > 0 {
		if len(conv.Messages) >= maxRequestMessages {
			return &talk.Refusal{Reason: talk.ReasonFull}
		}
		return nil
	}
	count, oldest := 0, (*history.Conversation)(nil)
	for k := range ch.db.Conversations() {
		if !c.isRequest(ch.db, k) {
			continue
		}
		count++
		if c.mayGo(k) && (oldest == nil || goesBefore(k, oldest)) {
			oldest = k
		}
	}
	switch {
	case count < maxRequests:
		return nil
	case oldest == nil:
		return &talk.Refusal{Reason: talk.ReasonFull}
	}
	if evict {
		c.opt.Log.Info("an old request of a stranger made room for another", "from", oldest.Peer)
		ch.evict(oldest)
	}
	return nil
}

// isRequest reports whether a conversation is a stranger's who paid for nothing
// of it.
func (c *Center) isRequest(db *history.DB, k *history.Conversation) bool {
	if p := db.Peer(k.Peer); p.Known() || k.Peer == c.opt.Self || len(k.Messages) == 0 {
		return false
	}
	return !slices.ContainsFunc(k.Messages, func(h *history.Head) bool { return h.Way == history.Chain || h.Height > 0 || h.Mine })
}

// mayGo reports whether a request can make room: it was not looked at and is no
// longer fresh, or it is stale.
func (c *Center) mayGo(k *history.Conversation) bool {
	age := c.now().Sub(time.UnixMilli(latest(k)))
	return age > staleAfter || age > freshFor && neverRead(k)
}

func neverRead(k *history.Conversation) bool { return k.Unread == len(k.Messages) }

func goesBefore(a, b *history.Conversation) bool {
	if x, y := neverRead(a), neverRead(b); x != y {
		return x
	}
	return latest(a) < latest(b)
}

// latest is when something of a conversation came last.
func latest(k *history.Conversation) (ms int64) {
	for _, h := range k.Messages {
		ms = max(ms, h.Received)
	}
	return ms
}

// evict takes a stranger's conversation out, and what was noted of its author.
func (ch *change) evict(k *history.Conversation) {
	for _, h := range k.Messages {
		ch.dropOne(h)
	}
	if p := ch.look(k.Peer); ch.peers[k.Peer] == nil && len(p.Handled) == 0 && p.Last == (envelope.ID{}) {
		ch.batch.RemovePeer(k.Peer)
	}
}

// dropOne takes one message out that may come again.
func (ch *change) dropOne(h *history.Head) {
	ch.gone[h.Key] = true
	ch.remove(h.Key, true)
	if h.Kind == envelope.KindFile {
		ch.files = append(ch.files, h.Key)
	}
}

// filteredRoom is who makes room for messages that paid too little; a change
// looks once.
type filteredRoom struct {
	kept  int
	first []*history.Head // to go, in this order
}

// filteredFits reports whether a message that paid too little is kept; when all
// is full the least one makes room.
func (c *Center) filteredFits(ch *change, m *history.Head) bool {
	now := c.now()
	if ch.room == nil {
		ch.room = new(filteredRoom)
		for k := range ch.db.Conversations() {
			if p := ch.db.Peer(k.Peer); p.Known() || k.Filtered == 0 {
				continue
			}
			for _, h := range k.Messages {
				if h.Filtered && !h.Apart {
					ch.room.first = append(ch.room.first, h)
				}
			}
		}
		ch.room.kept = len(ch.room.first)
		if ch.room.kept >= maxFiltered {
			slices.SortFunc(ch.room.first, func(a, b *history.Head) int { return lesser(a, b, now) })
		}
	}
	r := ch.room
	if r.kept < maxFiltered {
		r.kept++
		return true
	}
	for len(r.first) > 0 && ch.messages[r.first[0].Key] != nil { // changed just now
		r.first = r.first[1:]
	}
	if len(r.first) == 0 || lesser(m, r.first[0], now) < 0 {
		return false
	}
	ch.dropOne(r.first[0])
	r.first = r.first[1:]
	return true
}

// lesser orders messages that paid too little, the first to go first: those that
// nobody looked at before the others; stale ones, the oldest first; then those
// that paid least, and the older of two that paid the same.
func lesser(a, b *history.Head, now time.Time) int {
	flag := func(h *history.Head, n int) int {
		switch age := now.Sub(time.UnixMilli(h.Received)); {
		case n == 0 && !h.Unread, n == 1 && age <= staleAfter:
			return 1
		}
		return 0
	}
	if d := cmp.Or(flag(a, 0)-flag(b, 0), flag(a, 1)-flag(b, 1)); d != 0 {
		return d
	}
	if flag(a, 1) == 1 {
		if d := cmp.Compare(a.Fee, b.Fee); d != 0 {
			return d
		}
	}
	return cmp.Compare(a.Received, b.Received)
}
