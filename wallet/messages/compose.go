package messages

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"supercomputing/chain/types"
	"supercomputing/wallet/keys"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/seal"
)

// Draft is a message to be written: a body, or a file with a text.
type Draft struct {
	To   types.Address
	Body envelope.Body
	File string // absolute path; then Body is nil
	Text string // beside the file

	Way      history.Way
	MaxPrice types.Amount // of the chain; for Auto 0 means never
	Extra    types.Amount // on top, for who asks strangers for more
	Rate     types.Amount // units per virtual byte; 0: the wallet's own
}

// Quote says how a message would travel.
type Quote struct {
	Online     bool
	Way        history.Way // what sending now would choose; Auto: it would wait
	Bytes      int
	Records    int // over the chain; 0 when it cannot go there
	Price      types.Amount
	LeastExtra types.Amount // what the recipient asks of strangers, as far as known
	Affordable bool
	Notes      []string
}

// tidy makes of what people type what a message can hold.
func tidy(s string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", "    ").Replace(s)
}

// texts tidies the text of a body, on a copy.
func texts(b envelope.Body) envelope.Body {
	switch b := b.(type) {
	case *envelope.Text:
		return &envelope.Text{Text: tidy(b.Text)}
	case *envelope.Payment:
		c := *b
		c.Text = tidy(b.Text)
		return &c
	case *envelope.Job:
		c := *b
		c.Text = tidy(b.Text)
		return &c
	case *envelope.Listing:
		c := *b
		c.Text = tidy(b.Text)
		return &c
	}
	return b
}

func (d *Draft) check(self types.Address) error {
	for _, v := range []types.Amount{d.MaxPrice, d.Extra, d.Rate} {
		if v < 0 || v > types.MaxAmount {
			return fmt.Errorf("%w: %v", ErrAmount, v)
		}
	}
	switch {
	case d.Way > history.Chain:
		return fmt.Errorf("%w: way %d", ErrInvalid, d.Way)
	case d.To != self && !d.To.OnCurve():
		return fmt.Errorf("%w: %v", ErrNobody, d.To)
	case d.File == "" && d.Body == nil:
		return fmt.Errorf("%w: it is empty", ErrInvalid)
	case d.File != "" && (d.Body != nil || !filepath.IsAbs(d.File)):
		return fmt.Errorf("%w: a file by its absolute path, and nothing besides", ErrInvalid)
	case d.Body != nil && (d.Body.Kind() == envelope.KindAccount || d.Body.Kind() == envelope.KindPart || d.Body.Kind() == envelope.KindFile):
		return fmt.Errorf("%w: kind %d", ErrInvalid, d.Body.Kind())
	}
	return nil
}

// onChain says why a body cannot go over the chain, or nil. A sender's contact
// is left out there when it does not fit.
func onChain(b envelope.Body) error {
	if b.Kind() == envelope.KindFile || b.Kind() == envelope.KindAccount {
		return ErrDirectOnly
	}
	if len(b.Words()) > envelope.MaxChainText {
		return fmt.Errorf("%w: %d bytes of text, at most %d over the chain", ErrTooLong, len(b.Words()), envelope.MaxChainText)
	}
	raw, err := envelope.Encode(&envelope.Envelope{Body: b})
	if err != nil {
		return err
	}
	if len(raw) > seal.MaxPlain {
		return fmt.Errorf("%w: %d bytes, at most %d over the chain", ErrTooLong, len(raw), seal.MaxPlain)
	}
	return nil
}

// fileBody is what a file becomes; with share it is offered when it is too
// large to come with the message.
func (c *Center) fileBody(ctx context.Context, d *Draft, share bool) (envelope.Body, error) {
	info, err := os.Stat(d.File)
	if err != nil {
		return nil, fmt.Errorf("messages: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %s is no file", ErrInvalid, filepath.Base(d.File))
	}
	name, text := SafeName(filepath.Base(d.File)), tidy(d.Text)
	if info.Size() <= envelope.MaxFile {
		return &envelope.File{Size: info.Size(), Name: name, Text: text}, nil
	}
	if c.opt.Files == nil {
		return nil, fmt.Errorf("%w: %d bytes, at most %d with a message", ErrNoFiles, info.Size(), int64(envelope.MaxFile))
	}
	m := &envelope.Magnet{Size: info.Size(), Link: "magnet:?xt=urn:btih:" + strings.Repeat("0", 40), Name: name, Text: text}
	if !share {
		return m, nil
	}
	if m.Link, m.Size, err = c.opt.Files.Share(ctx, d.File); err != nil {
		return nil, fmt.Errorf("messages: share the file: %w", err)
	}
	return m, nil
}

// Quote tells how a message would travel now, and its price. It costs nothing.
func (c *Center) Quote(ctx context.Context, d Draft) (Quote, error) {
	if err := d.check(c.opt.Self); err != nil {
		return Quote{}, err
	}
	body, err := texts(d.Body), error(nil)
	if d.File != "" {
		if body, err = c.fileBody(ctx, &d, false); err != nil {
			return Quote{}, err
		}
	}
	raw, err := envelope.Encode(&envelope.Envelope{ID: newID(), Body: body})
	if err != nil {
		return Quote{}, err
	}
	q := Quote{Bytes: len(raw), Way: history.Auto}
	if d.To == c.opt.Self {
		q.Way = history.Direct
		return q, nil
	}
	var p history.Peer
	if err := c.view(func(db *history.DB) error { p = db.Peer(d.To); return nil }); err != nil {
		return Quote{}, err
	}
	q.LeastExtra = p.Least
	why := c.quoteDirect(ctx, &q, &d, &p)
	c.quoteChain(&q, &d, body, raw)
	switch {
	case q.Online && d.Way != history.Chain:
		q.Way = history.Direct
	case q.Records > 0 && q.Affordable && (d.Way == history.Chain || d.Way == history.Auto && q.Price <= d.MaxPrice):
		q.Way = history.Chain
	case d.Way != history.Chain:
		why += "; the message waits"
	}
	if !q.Online && d.Way != history.Chain {
		q.Notes = append(q.Notes, why)
	}
	return q, nil
}

// quoteDirect finds out whether the other side can be written to directly, and
// says why not. It connects: asking what it would cost comes after that.
func (c *Center) quoteDirect(ctx context.Context, q *Quote, d *Draft, p *history.Peer) (why string) {
	hub := c.hub()
	if hub == nil {
		return noHub
	}
	if q.Online = hub.Online(d.To); q.Online || d.Way == history.Chain || p.Blocked {
		return "the other side is not connected now"
	}
	at := c.reachOf(p)
	if at != "" {
		q.Online = connect(ctx, hub, d.To, at, quoteDial) == nil
	}
	return absent(p, at)
}

// quoteChain asks for the price of the chain.
func (c *Center) quoteChain(q *Quote, d *Draft, body envelope.Body, raw []byte) {
	if err := onChain(body); err != nil {
		q.Notes = append(q.Notes, err.Error())
		return
	}
	rec, err := seal.Seal(rand.Reader, c.opt.Network, c.opt.Self, d.To, [32]byte{}, raw)
	if err != nil {
		q.Notes = append(q.Notes, err.Error())
		return
	}
	extra := d.Extra
	if d.Way == history.Auto {
		extra = max(extra, q.LeastExtra)
	}
	q.Records = 1
	if q.Price, q.Affordable, err = c.opt.Payer.Quote(rec, d.Rate, extra); err != nil {
		q.Affordable = false
		q.Notes = append(q.Notes, err.Error())
	}
	if q.LeastExtra > extra {
		q.Notes = append(q.Notes, fmt.Sprintf("the recipient takes messages of strangers only when they pay %v extra", q.LeastExtra))
	}
}

// Send stores a message and starts to send it. A message to ourselves is a
// note and goes nowhere.
func (c *Center) Send(ctx context.Context, d Draft) (Message, error) {
	if err := d.check(c.opt.Self); err != nil {
		return Message{}, err
	}
	body, err := texts(d.Body), error(nil)
	if d.File != "" {
		if body, err = c.fileBody(ctx, &d, true); err != nil {
			return Message{}, err
		}
	}
	if d.Way == history.Chain {
		if err := onChain(body); err != nil {
			return Message{}, err
		}
	}
	k := history.Key{Peer: d.To, Mine: true, ID: newID()}
	if f, ok := body.(*envelope.File); ok {
		if f.Size, f.Sum, err = c.keepFile(k, d.File); err != nil {
			return Message{}, err
		}
	}
	reach := c.Reached()
	err = c.update(func(ch *change) error { return c.compose(ch, k, body, &d, reach) })
	if err != nil {
		c.dropFile(k)
		return Message{}, err
	}
	c.retryNow(d.To)
	return c.Message(k.Ref())
}

// compose enters a message of ours.
func (c *Center) compose(ch *change, k history.Key, body envelope.Body, d *Draft, reach string) error {
	p := ch.look(d.To)
	if p.Blocked {
		return ErrBlocked
	}
	now := c.now().UnixMilli()
	e := &envelope.Envelope{ID: k.ID, Lamport: ch.lamport(d.To) + 1, Time: now, Body: body}
	if d.To != c.opt.Self {
		e.Contact = reach
	}
	raw, err := envelope.Encode(e)
	if err != nil {
		return err
	}
	m := &history.Message{Head: history.Head{
		Key: k, Kind: body.Kind(), Lamport: e.Lamport, Time: now, Received: now,
		Want: d.Way, MaxPrice: d.MaxPrice, Extra: d.Extra, Rate: d.Rate, FileOwed: body.Kind() == envelope.KindFile,
	}, Envelope: raw}
	if d.To == c.opt.Self {
		m.Status, m.Way, m.FileOwed = history.Read, history.Direct, false
	}
	if m.Kind == envelope.KindFile {
		m.Card.State = StateHere
	}
	if !p.Answered && d.To != c.opt.Self {
		ch.peer(d.To).Answered = true
	}
	ch.put(m)
	return nil
}

// Retry is how a message is sent again.
type Retry struct {
	Ref      history.Ref
	Way      history.Way
	MaxPrice types.Amount
	Extra    types.Amount
	Rate     types.Amount
}

// Retry sends a message that waits or has failed, perhaps by another way.
func (c *Center) Retry(r Retry) (Message, error) {
	var peer types.Address
	err := c.update(func(ch *change) error {
		h, err := ch.db.Find(r.Ref)
		if err != nil {
			return err
		}
		if !h.Mine || h.Hidden {
			return ErrNotMine
		}
		d := Draft{To: h.Peer, Body: &envelope.Text{}, Way: r.Way, MaxPrice: r.MaxPrice, Extra: r.Extra, Rate: r.Rate}
		if err := d.check(c.opt.Self); err != nil {
			return err
		}
		if h.Status != history.Queued && h.Status != history.Failed {
			return ErrDone
		}
		m, err := ch.message(h.Key)
		if err != nil {
			return err
		}
		if r.Way == history.Chain {
			e, err := envelope.Decode(m.Envelope)
			if err != nil {
				return err
			}
			if err := onChain(e.Body); err != nil {
				return err
			}
		}
		peer = h.Peer
		m.Status, m.Problem = history.Queued, ""
		m.Want, m.MaxPrice, m.Extra, m.Rate = r.Way, r.MaxPrice, r.Extra, r.Rate
		ch.put(m)
		return nil
	})
	if err != nil {
		return Message{}, err
	}
	c.retryNow(peer)
	return c.Message(r.Ref)
}

func (c *Center) hub() Direct {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.direct
}

func locked(err error) bool { return errors.Is(err, keys.ErrLocked) }
