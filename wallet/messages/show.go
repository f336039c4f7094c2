package messages

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/safetext"
)

// Message is one message as it is shown.
type Message struct {
	Ref      history.Ref
	ID       envelope.ID   // its author's; with Peer and Mine, Ref
	Peer     types.Address // the conversation's
	Mine     bool
	Body     envelope.Body // as its author wrote it; show Text instead of its words
	Text     string        // as it was sent, without controls; a display isolates it (safetext.Clean)
	Card     history.Card
	Time     time.Time // when it was written, by its sender's clock
	Received time.Time // by ours
	Way      history.Way
	Want     history.Way
	Status   history.Status
	Problem  string
	Unread   bool
	Filtered bool // a stranger paid less than the minimum
	Apart    bool // its author was blocked
	Damaged  bool // what is stored of it cannot be read; Body is an empty text
	Tx       types.Hash
	Height   uint32
	Fee      types.Amount
	Links    []safetext.Link
	Warnings []string
}

// Conversation is one correspondent.
type Conversation struct {
	Peer     types.Address
	Name     string
	Own      bool // notes to oneself
	Request  bool // a stranger that waits for an answer
	Filtered bool // a stranger that paid less than the minimum
	Blocked  bool
	Online   bool
	Unread   int
	Count    int
	Damaged  int       // messages that are stored and cannot be read
	Last     *Message  // nil when none can be
	Time     time.Time // of the last message
	Warnings []string
}

// ConversationsQuery asks for conversations: those of strangers that were not
// answered, of strangers that paid too little, of blocked senders, or the rest.
type ConversationsQuery struct {
	Requests, Filtered, Blocked bool
	Search                      string // in names and addresses
	Skip, Limit                 int    // Limit 0: 100
}

// maxPage bounds one answer.
const maxPage = 1000

func limit(n int) int {
	if n <= 0 {
		n = 100
	}
	return min(n, maxPage)
}

// Conversations lists conversations, the one with the newest message first.
func (c *Center) Conversations(q ConversationsQuery) (out []Conversation, err error) {
	var hub Direct
	err = c.view(func(db *history.DB) error {
		hub = c.direct
		type hit struct {
			Conversation
			head *history.Head
		}
		var all []hit
		alike := skeletons(db)
		for conv := range db.Conversations() {
			part := mainPart(db, conv)
			if q.Blocked && !db.Peer(conv.Peer).Blocked {
				part = apartOnly
			}
			k, newest := c.describe(db, conv, part)
			if newest == nil && k.Damaged == 0 {
				continue
			}
			k.Warnings = nameWarnings(k.Name, alike)
			if k.Damaged > 0 {
				k.Warnings = append(k.Warnings, warnDamaged)
			}
			if k.Request == q.Requests && k.Filtered == q.Filtered && k.Blocked == q.Blocked && c.named(&k, q.Search) {
				all = append(all, hit{k, newest})
			}
		}
		slices.SortFunc(all, func(a, b hit) int {
			if c := b.Time.Compare(a.Time); c != 0 {
				return c
			}
			return slices.Compare(a.Peer[:], b.Peer[:])
		})
		all = all[min(max(0, q.Skip), len(all)):]
		for _, h := range all[:min(len(all), limit(q.Limit))] {
			if h.head != nil {
				m, err := c.show(db, h.head)
				if err != nil {
					return err
				}
				if h.Last = &m; m.Damaged && h.Damaged == 0 {
					h.Damaged, h.Warnings = 1, append(h.Warnings, warnDamaged)
				}
			}
			out = append(out, h.Conversation)
		}
		return nil
	})
	for i := range out {
		if out[i].Last != nil {
			out[i].Last.judge()
		}
		out[i].Online = hub != nil && hub.Online(out[i].Peer)
	}
	return out, err
}

// part says which messages of a conversation are meant.
type part func(*history.Head) bool

func everything(*history.Head) bool { return true }

func apartOnly(h *history.Head) bool { return h.Apart }

func notApart(h *history.Head) bool { return !h.Apart }

// mainPart is what a conversation shows: not what came while its author was
// blocked, unless it is.
func mainPart(db *history.DB, conv *history.Conversation) part {
	if db.Peer(conv.Peer).Blocked {
		return everything
	}
	return notApart
}

// describe tells what kind of conversation the messages of a part are, and gives
// the last one that is shown; nil when there are none.
func (c *Center) describe(db *history.DB, conv *history.Conversation, in part) (k Conversation, newest *history.Head) {
	p := db.Peer(conv.Peer)
	k = Conversation{Peer: conv.Peer, Name: p.Name, Own: conv.Peer == c.opt.Self, Blocked: p.Blocked, Damaged: conv.Damaged}
	filtered, latest := 0, int64(0)
	for _, h := range conv.Messages {
		if !in(h) {
			continue
		}
		k.Count++
		k.Blocked = k.Blocked || h.Apart
		low := h.Filtered && !p.Known()
		if low {
			filtered++
		}
		// Who paid too little does not show beside what was paid for.
		if newest != nil && low && !newest.Filtered {
			continue
		}
		if newest != nil && newest.Filtered && !low && !p.Known() {
			latest = 0
		}
		newest = h
		// What came last may stand further up: it was written before others.
		latest = max(latest, h.Received)
	}
	if !p.Known() && !k.Own && !k.Blocked {
		k.Filtered = filtered > 0 && filtered == k.Count
		k.Request = !k.Filtered
	}
	if !k.Filtered && !k.Blocked {
		k.Unread = conv.Unread
	}
	k.Time = time.UnixMilli(latest)
	return k, newest
}

func (c *Center) named(k *Conversation, search string) bool {
	search = strings.ToLower(search)
	return search == "" || strings.Contains(strings.ToLower(k.Name), search) || strings.Contains(types.EncodeAddress(c.opt.Prefix, k.Peer), search)
}

// show reads a message; judge completes it. It is called with mu held.
func (c *Center) show(db *history.DB, h *history.Head) (Message, error) {
	m, err := db.Message(h.Key)
	if err != nil && !errors.Is(err, wallet.ErrDamaged) {
		return Message{}, err
	}
	e := &envelope.Envelope{Body: &envelope.Text{}}
	if err != nil {
		m = &history.Message{Head: *h}
	} else if read, bad := envelope.Decode(m.Envelope); bad != nil {
		err = bad
	} else {
		e = read
	}
	out := Message{
		Damaged: err != nil,
		Ref:     m.Ref(), ID: m.ID, Peer: m.Peer, Mine: m.Mine, Body: e.Body, Card: m.Card,
		Time: time.UnixMilli(m.Time), Received: time.UnixMilli(m.Received), Way: m.Way, Want: m.Want, Status: m.Status,
		Problem: m.Problem, Unread: m.Unread, Filtered: m.Filtered, Apart: m.Apart, Tx: m.Tx, Height: m.Height, Fee: m.Fee,
	}
	if n, ok := c.progress[m.Key]; ok {
		out.Card.Have = n
	}
	return out, nil
}

// judge fills in what is said about a message's text. That takes a while for a
// page of long ones, so mu is not held meanwhile.
func (m *Message) judge() {
	if m.Damaged {
		m.Warnings = []string{warnDamagedMessage}
		return
	}
	words := m.Body.Words()
	m.Text, m.Links = safetext.Plain(words), safetext.Links(words)
	if m.Mine {
		return
	}
	m.Warnings = safetext.Warnings(words)
	if b, ok := m.Body.(*envelope.Payment); ok && b.Address != m.Peer {
		m.Warnings = append(m.Warnings, warnPayee)
	}
}

// What is said about what cannot be read.
const (
	warnDamaged        = "some of what is stored of this conversation is damaged and cannot be shown"
	warnDamagedMessage = "what is stored of this message is damaged and cannot be shown"
)

// Damaged tells of the stored rows that could not be read, as warnings of their
// own type. They stay stored.
func (c *Center) Damaged() (out []history.Damage, err error) {
	err = c.view(func(db *history.DB) error { out = slices.Clone(db.Damaged()); return nil })
	return out, err
}

// warnPayee is about requests in the name of another.
const warnPayee = "it asks to pay to another address than the sender's"

func judged(list []Message) []Message {
	for i := range list {
		list[i].judge()
	}
	return list
}

// Message gives one message; ErrUnknown when there is none.
func (c *Center) Message(ref history.Ref) (m Message, err error) {
	err = c.view(func(db *history.DB) error {
		h, err := db.Find(ref)
		if err != nil {
			return err
		}
		if h.Hidden {
			return ErrUnknown
		}
		m, err = c.show(db, h)
		return err
	})
	if err == nil {
		m.judge()
	}
	return m, err
}

// Messages lists a conversation, newest first, from before a message; limit 0
// means 100. What came while its author was blocked is left out unless it is
// blocked now; see MessagesApart.
func (c *Center) Messages(a types.Address, before *history.Ref, n int) (out []Message, err error) {
	return c.messages(a, before, n, mainPart)
}

// MessagesApart is Messages of those that came while their author was blocked.
func (c *Center) MessagesApart(a types.Address, before *history.Ref, n int) (out []Message, err error) {
	return c.messages(a, before, n, func(*history.DB, *history.Conversation) part { return apartOnly })
}

func (c *Center) messages(a types.Address, before *history.Ref, n int, of func(*history.DB, *history.Conversation) part) (out []Message, err error) {
	err = c.view(func(db *history.DB) error {
		conv := db.Conversation(a)
		if conv == nil {
			return nil
		}
		var from *history.Head
		if before != nil {
			if from, err = db.Find(*before); err != nil {
				return err
			}
		}
		for _, h := range db.PageOf(a, from, limit(n), of(db, conv)) {
			m, err := c.show(db, h)
			if err != nil {
				return err
			}
			out = append(out, m)
		}
		return nil
	})
	return judged(out), err
}

// searchStep is how many messages are searched before others get their turn.
const searchStep = 500

// Search finds messages by text, newest first, in one conversation or, with nil,
// in all but those of blocked senders.
func (c *Center) Search(ctx context.Context, text string, in *types.Address, n int) (out []Message, err error) {
	if text = strings.ToLower(strings.TrimSpace(text)); text == "" {
		return nil, nil
	}
	var all []*history.Head
	err = c.view(func(db *history.DB) error {
		for conv := range db.Conversations() {
			if in != nil && conv.Peer != *in || in == nil && db.Peer(conv.Peer).Blocked {
				continue
			}
			of := mainPart(db, conv)
			for _, h := range conv.Messages {
				if of(h) {
					all = append(all, h)
				}
			}
		}
		return nil
	})
	slices.SortFunc(all, func(a, b *history.Head) int {
		return cmp.Or(cmp.Compare(b.Received, a.Received), b.Compare(a, c.opt.Self))
	})
	n = limit(n)
	for len(all) > 0 && len(out) < n && err == nil {
		if err := ctx.Err(); err != nil {
			return judged(out), err
		}
		step := all[:min(len(all), searchStep)]
		all = all[len(step):]
		err = c.view(func(db *history.DB) error {
			for _, h := range step {
				if !matches(db, h, text) {
					continue
				}
				m, err := c.show(db, h)
				if err != nil {
					return err
				}
				if out = append(out, m); len(out) == n {
					return nil
				}
			}
			return nil
		})
	}
	return judged(out), err
}

func matches(db *history.DB, h *history.Head, text string) bool {
	m, err := db.Message(h.Key)
	if err != nil {
		return false // deleted meanwhile
	}
	e, err := envelope.Decode(m.Envelope)
	if err != nil {
		return false
	}
	title := ""
	switch b := e.Body.(type) {
	case *envelope.Payment:
		title = b.Title
	case *envelope.Job:
		title = b.Title
	case *envelope.Listing:
		title = b.Title
	case *envelope.File:
		title = b.Name
	case *envelope.Magnet:
		title = b.Name
	case *envelope.Invitation:
		title = b.Name
	}
	return strings.Contains(strings.ToLower(e.Body.Words()), text) || strings.Contains(strings.ToLower(title), text)
}

// Unread counts unread messages, those of strangers that wait apart.
func (c *Center) Unread() (messages, requests int, err error) {
	err = c.view(func(db *history.DB) error {
		for conv := range db.Conversations() {
			if k, _ := c.describe(db, conv, mainPart(db, conv)); k.Request {
				requests += k.Unread
			} else {
				messages += k.Unread
			}
		}
		return nil
	})
	return messages, requests, err
}

// Delete removes a message here, with its file. It does not come back, by
// whichever way it comes again.
func (c *Center) Delete(ref history.Ref) error {
	var k history.Key
	err := c.update(func(ch *change) error {
		h, err := ch.db.Find(ref)
		if err != nil {
			return err
		}
		if h.Hidden {
			return ErrUnknown
		}
		k = h.Key
		ch.remove(k, false)
		return nil
	})
	if err == nil {
		c.dropFile(k)
	}
	return err
}

// MarkRead marks a conversation read up to a message, nil for all of it, and
// tells the other side, now or when it comes online, unless it is a stranger or
// the settings say not to. What came after that message stays unread wherever it
// stands, unless Messages gave it out. It reports ErrUnknown when the
// conversation has no such message.
func (c *Center) MarkRead(a types.Address, upTo *history.Ref) error {
	tell := false
	err := c.update(func(ch *change) error {
		var last *history.Head
		if upTo != nil {
			h, err := ch.db.Find(*upTo)
			if err != nil {
				return err
			}
			if last = h; h.Peer != a || h.Hidden {
				return ErrUnknown
			}
		}
		marks := slices.Clone(ch.db.Marks(a))
		for _, h := range ch.db.Unread(a, last) {
			if err := ch.edit(h.Key, func(m *history.Message) { m.Unread = false }); err != nil {
				return err
			}
			marks = append(marks, h.ID)
		}
		p := ch.look(a)
		tell = ch.db.Settings().ReadMarks && p.Known() && !p.Blocked && len(marks) > len(ch.db.Marks(a))
		if tell {
			ch.batch.SetMarks(a, marks)
		}
		return nil
	})
	if hub := c.hub(); err == nil && tell && hub != nil && hub.Online(a) {
		c.retryNow(a)
	}
	return err
}

// SetPaid notes that a payment request was paid by a transaction. Whoever pays
// it does so with the amount and address of the message's body.
func (c *Center) SetPaid(ref history.Ref, tx types.Hash) error {
	return c.update(func(ch *change) error {
		h, err := ch.db.Find(ref)
		if err != nil {
			return err
		}
		if h.Kind != envelope.KindPayment {
			return ErrCard
		}
		return ch.edit(h.Key, func(m *history.Message) { m.Card.State, m.Card.Tx = StatePaid, tx })
	})
}
