package messages

import (
	"context"
	"errors"
	"time"

	"supercomputing/chain/types"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/seal"
)

// scanChunk is how many records are scanned between two writes of the position.
const scanChunk = 2048

// scanRetry is when to try again after the chain could not be read.
const scanRetry = 10 * time.Second

// Progress tells how far the chain was scanned for messages.
type Progress struct {
	Height   uint32 // scanned up to here
	Tip      uint32
	Scanning bool
}

// Progress tells how far the chain was scanned.
func (c *Center) Progress() Progress {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.scan
}

func (c *Center) scanLoop(ctx context.Context) {
	changed, cancel := c.opt.Chain.Subscribe()
	defer cancel()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		wait := longWait
		if err := c.Scan(ctx); err != nil && ctx.Err() == nil {
			c.warn("messages on the chain cannot be read; it will be tried again", err)
			if wait = scanRetry; locked(err) {
				wait = lockedWait
			}
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-c.scanNow:
		case <-timer.C:
		}
	}
}

// Scan takes in the messages of the blocks up to the tip. Run does so by
// itself.
func (c *Center) Scan(ctx context.Context) error {
	defer func() {
		c.mu.Lock()
		c.scan.Scanning = false
		c.mu.Unlock()
	}()
	for ctx.Err() == nil {
		more, err := c.scanSome()
		if err != nil || !more {
			return err
		}
	}
	return ctx.Err()
}

// errMoved says that the chain was reorganised while it was read.
var errMoved = errors.New("the chain moved")

// scanSome takes in one chunk; more says that there are others.
func (c *Center) scanSome() (more bool, err error) {
	s, err := c.readChunk()
	if errors.Is(err, errMoved) {
		return true, nil
	}
	if err != nil || s == nil {
		return false, err
	}
	if err := c.openChunk(s); err != nil {
		return false, err
	}
	err = c.update(func(ch *change) error {
		if s.undone {
			if err := unconfirm(ch, s.pos); err != nil {
				return err
			}
		}
		for i := range s.arrivals {
			// A refusal concerns direct messages; here it says only that the
			// message is not kept, as account traffic beyond its limits.
			if err := c.take(ch, &s.arrivals[i]); err != nil {
				c.opt.Log.Info("a message on the chain was not kept", "from", s.arrivals[i].from, "reason", err)
			}
		}
		for _, o := range s.own {
			if err := c.takeOwn(ch, o); err != nil {
				return err
			}
		}
		ch.batch.SetPosition(s.next)
		c.scan = Progress{s.to.Height, s.tip, s.to.Height < s.tip}
		ch.touch(types.Address{})
		return nil
	})
	if len(s.arrivals) > 0 {
		signal(c.accountNow)
	}
	return s.to.Height < s.tip, err
}

// chunk is some blocks' records and what was found in them.
type chunk struct {
	pos      history.Position // before it
	next     history.Position // after it
	undone   bool             // the position stepped back
	to       history.Block
	tip      uint32
	records  []Record
	arrivals []arrival
	own      []ownRecord
}

// ownRecord is a message that this wallet sent.
type ownRecord struct {
	to       types.Address
	envelope *envelope.Envelope
	raw      []byte
	record   *Record
	time     time.Time
}

// readChunk reads the records after the position, or nil at the tip. A block
// of the position that left the chain is passed over: the next one that is
// still there is where to go on.
func (c *Center) readChunk() (*chunk, error) {
	s := new(chunk)
	if err := c.view(func(db *history.DB) error { s.pos = db.Position(); return nil }); err != nil {
		return nil, err
	}
	tipHash, tip := c.opt.Chain.Tip()
	s.tip = tip
	for len(s.pos) > 0 {
		if s.pos[0].Height <= tip {
			hash, err := c.opt.Chain.BlockHash(s.pos[0].Height)
			if err != nil {
				return nil, err
			}
			if hash == s.pos[0].Hash {
				break
			}
		}
		s.pos, s.undone = s.pos[1:], true
	}
	from := uint32(0)
	if h, ok := s.pos.Height(); ok {
		from = h + 1
	}
	if from > tip {
		return nil, nil
	}
	recs, err := c.opt.Chain.Records(from, scanChunk)
	if err != nil {
		return nil, err
	}
	s.to.Height = tip
	if len(recs) >= scanChunk {
		s.to.Height = min(tip, recs[len(recs)-1].Height)
	}
	for _, r := range recs {
		if r.Height <= s.to.Height {
			s.records = append(s.records, r)
		}
	}
	s.next = s.pos
	for _, h := range append(s.pos.Rungs(s.to.Height), s.to.Height) {
		b := history.Block{Height: h}
		if b.Hash, err = c.opt.Chain.BlockHash(h); err != nil {
			return nil, err
		}
		s.next = s.next.Next(b)
		s.to = b
	}
	// Only when the tip still stands was all of it read from one chain.
	if hash, err := c.opt.Chain.BlockHash(tip); err != nil || hash != tipHash {
		return nil, errMoved
	}
	return s, nil
}

// openChunk finds what is ours among the records.
func (c *Center) openChunk(s *chunk) error {
	ks, err := c.opt.Keys.ScanKeys() // each time: there may be new addresses
	if err != nil {
		return err
	}
	defer func() {
		for _, k := range ks {
			k.Zero()
		}
	}()
	own, err := c.opt.Keys.Purpose(purposeOutgoing)
	if err != nil {
		return err
	}
	var sealed []seal.Sealed
	var from []*Record
	for i := range s.records {
		r := &s.records[i]
		rec, err := types.DecodeRecord(r.Payload)
		m, ok := rec.(*types.Message)
		if err != nil || !ok || m.Public {
			continue
		}
		if r.Author != c.opt.Self {
			sealed, from = append(sealed, seal.Sealed{Author: r.Author, Message: m}), append(from, r)
			continue
		}
		to, plain, err := seal.OpenOwn(c.opt.Network, r.Author, own, m)
		if err != nil {
			continue // sent to ourselves by another program, or public
		}
		if e, err := envelope.Decode(plain); err == nil && to != c.opt.Self {
			s.own = append(s.own, ownRecord{to, e, plain, r, c.blockTime(r.Height)})
		}
	}
	for _, o := range seal.NewScanner(c.opt.Network, ks).Scan(sealed) {
		r := from[o.Index]
		e, err := envelope.Decode(o.Plain)
		if err != nil {
			c.opt.Log.Info("a message on the chain cannot be read", "from", r.Author, "tx", r.Tx, "err", err)
			continue
		}
		s.arrivals = append(s.arrivals, arrival{
			from: r.Author, envelope: e, raw: o.Plain, way: history.Chain, received: c.blockTime(r.Height),
			tx: r.Tx, height: r.Height, fee: r.Fee, extra: paidExtra(r, sealed[o.Index].Message), member: isAccount(e) && c.member(r.Author),
		})
	}
	return nil
}

// blockTime is when a message on the chain could be read first.
func (c *Center) blockTime(height uint32) time.Time {
	t, now := c.opt.Chain.BlockTime(height), c.now()
	if t.IsZero() || t.After(now) {
		return now
	}
	return t
}

// takeOwn enters a message that we sent: it is in a block, and when it is not
// here, as after restoring the wallet from its words, it comes back.
func (c *Center) takeOwn(ch *change, o ownRecord) error {
	k := history.Key{Peer: o.to, Mine: true, ID: o.envelope.ID}
	if isAccount(o.envelope) {
		if _, err := ch.db.Find(k.Ref()); err == nil {
			ch.remove(k, true)
			signal(c.deliverNow)
		}
		return nil
	}
	if !ch.has(k) {
		m := &history.Message{Head: history.Head{
			Key: k, Kind: o.envelope.Body.Kind(), Lamport: min(o.envelope.Lamport, ch.lamport(o.to)+maxLead),
			Received: o.time.UnixMilli(), Time: bounded(o.envelope.Clock(), o.time).UnixMilli(),
			Way: history.Chain, Want: history.Chain, Status: history.Delivered,
			Height: o.record.Height, Tx: o.record.Tx, Fee: o.record.Fee,
		}, Envelope: o.raw, Record: o.record.Payload}
		ch.put(m)
		if p := ch.look(o.to); !p.Answered {
			ch.peer(o.to).Answered = true
		}
		return nil
	}
	return ch.edit(k, func(m *history.Message) {
		m.Height, m.Tx, m.Fee = o.record.Height, o.record.Tx, o.record.Fee
		if m.Record == nil {
			m.Record = o.record.Payload
		}
		if m.Status != history.Read {
			m.Status, m.Problem = history.Delivered, ""
		}
		if m.Way == history.Auto {
			m.Way = history.Chain
		}
	})
}

// unconfirm takes back what blocks said that left the chain.
func unconfirm(ch *change, pos history.Position) error {
	base, ok := pos.Height()
	for conv := range ch.db.Conversations() {
		for _, h := range conv.Messages {
			if h.Height == 0 || ok && h.Height <= base {
				continue
			}
			err := ch.edit(h.Key, func(m *history.Message) {
				m.Height = 0
				if m.Mine && m.Way == history.Chain && m.Status == history.Delivered {
					m.Status = history.Sent
				}
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
