package messages

import (
	"context"
	"errors"
	"slices"
	"time"

	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
)

// A handler that cannot take a message now is asked again after a growing while.
// One that never can must not stop its sender for good, so after maxTries, some
// ten minutes, the message is set aside: those behind it go on, and it is tried
// every asideAgain and at each start. It stays stored. Who has maxAside of them
// waits.
const (
	maxTries   = 8
	firstAgain = 5 * time.Second // after a handler's error
	longAgain  = 10 * time.Minute
	maxAside   = 16
	asideAgain = time.Hour
)

// handling is what handing account traffic over remembers between rounds.
type handling struct {
	*Center
	failing map[types.Address]failure
	aside   map[history.Key]time.Time // when to try again
}

// failure is a message that its handler does not take.
type failure struct {
	id    envelope.ID
	tries int
	next  time.Time
}

func (c *Center) accountLoop(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	h := handling{c, make(map[types.Address]failure), make(map[history.Key]time.Time)}
	for {
		err := c.assemble()
		wait := longAgain
		if err == nil && c.handler != nil {
			wait, err = h.all(ctx)
		}
		if err != nil {
			c.warn("account traffic cannot be handled; it will be tried again", err)
			wait = lockedWait
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return
		case <-c.accountNow:
		case <-timer.C:
		}
	}
}

// all hands what waits to the handler and says when to look again.
func (h *handling) all(ctx context.Context) (wait time.Duration, err error) {
	wait = longAgain
	inbox := make(map[types.Address][]*history.Item)
	if err := h.view(func(db *history.DB) error {
		for a, items := range db.Inbox() {
			inbox[a] = slices.Clone(items)
		}
		return nil
	}); err != nil {
		return 0, err
	}
	for from, items := range inbox {
		w, err := h.sender(ctx, from)
		if err != nil {
			return 0, err
		}
		wait = min(wait, w)
		for _, i := range items {
			until, aside := h.aside[history.Key{Peer: from, ID: i.ID}]
			if !aside || until.After(h.now()) || ctx.Err() != nil {
				continue
			}
			if err := h.retry(ctx, i); err != nil {
				return 0, err
			}
		}
	}
	return wait, nil
}

// sender hands over what one sender wrote, in order, as far as that goes now.
func (h *handling) sender(ctx context.Context, from types.Address) (wait time.Duration, err error) {
	for range maxTurn {
		if ctx.Err() != nil {
			return longAgain, nil
		}
		item, payload, hold, err := h.nextItem(from)
		if item == nil {
			return hold, err
		}
		failed := h.failing[from]
		if failed.id != item.ID {
			failed = failure{id: item.ID}
		}
		if left := failed.next.Sub(h.now()); left > 0 {
			return left, nil
		}
		if errors.Is(err, wallet.ErrDamaged) {
			h.opt.Log.Warn("an account message cannot be read; it is set aside", "from", from, "err", err)
			h.aside[history.Key{Peer: from, ID: item.ID}] = h.now().Add(asideAgain)
			continue
		}
		if err != nil {
			return 0, err
		}
		if err := h.handler(ctx, from, payload); err != nil {
			if wait := h.failed(from, failed, err); wait > 0 {
				return wait, nil
			}
			continue
		}
		delete(h.failing, from)
		if err := h.taken(item); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// failed notes that the handler did not take a message, and says how long its
// sender's wait; 0 when it was set aside.
func (h *handling) failed(from types.Address, f failure, err error) (wait time.Duration) {
	f.tries++
	apart := 0
	for k := range h.aside {
		if k.Peer == from {
			apart++
		}
	}
	if f.tries >= maxTries && apart < maxAside {
		h.opt.Log.Warn("account traffic is set aside: it cannot be handled", "from", from, "tries", f.tries, "err", err)
		h.aside[history.Key{Peer: from, ID: f.id}] = h.now().Add(asideAgain)
		delete(h.failing, from)
		return 0
	}
	h.opt.Log.Info("account traffic will be handled later", "from", from, "err", err)
	wait = min(firstAgain<<min(f.tries-1, 16), longAgain)
	f.next = h.now().Add(wait)
	h.failing[from] = f
	return wait
}

// retry tries a message again that was set aside.
func (h *handling) retry(ctx context.Context, i *history.Item) error {
	k := history.Key{Peer: i.Peer, ID: i.ID}
	var payload []byte
	err := h.view(func(db *history.DB) (err error) { payload, err = db.Payload(i); return err })
	if err != nil && !errors.Is(err, wallet.ErrDamaged) {
		return err
	}
	if err == nil {
		err = h.handler(ctx, i.Peer, payload)
	}
	if err != nil {
		h.aside[k] = h.now().Add(asideAgain)
		return nil
	}
	if err := h.taken(i); err != nil {
		return err
	}
	delete(h.aside, k)
	return nil
}

// taken notes that a message was handled.
func (h *handling) taken(i *history.Item) error {
	return h.update(func(ch *change) error {
		p := ch.peer(i.Peer)
		p.Handled = append(p.Handled, i.ID)
		ch.batch.RemoveItem(i)
		return nil
	})
}

// nextItem gives a sender's next message in order, or when one that waits for
// its predecessor will not wait any longer.
func (h *handling) nextItem(from types.Address) (next *history.Item, payload []byte, hold time.Duration, err error) {
	hold = longAgain
	err = h.view(func(db *history.DB) error {
		p, now := db.Peer(from), h.now()
		for _, i := range db.Inbox()[from] {
			if _, aside := h.aside[history.Key{Peer: from, ID: i.ID}]; aside {
				continue
			}
			_, passed := h.aside[history.Key{Peer: from, ID: i.After}]
			until := time.Unix(i.Received, 0).Add(holdFor).Sub(now) // more than holdFor: the clock went back
			if i.After == (envelope.ID{}) || until <= 0 || until > holdFor+time.Second || passed || slices.Contains(p.Handled, i.After) {
				next = i
				payload, err = db.Payload(i)
				return err
			}
			hold = min(hold, until)
		}
		return nil
	})
	return next, payload, hold, err
}
