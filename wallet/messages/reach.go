package messages

import (
	"context"
	"errors"
	"fmt"
	"time"

	"supercomputing/chain/types"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/safetext"
	"supercomputing/wallet/talk"
)

// Where a correspondent is reached, and connecting to it. Sources are asked in
// this order: what was entered by hand, what it told itself, what who invited
// both to a shared account told, and what it published.

const (
	// oneDial bounds a try to connect, quoteDial the one that whoever asks for a
	// price waits for.
	oneDial   = 10 * time.Second
	quoteDial = 2 * time.Second
)

// contactOf is where a peer is reached as far as the history knows: what was
// entered by hand wins.
func contactOf(p *history.Peer) string {
	if p.Reach != "" {
		return p.Reach
	}
	return p.Told
}

// reachOf is where a peer is reached, "" when nobody told. It is not called with
// mu held.
func (c *Center) reachOf(p *history.Peer) string {
	if at := contactOf(p); at != "" || c.opt.Published == nil {
		return at
	}
	at := c.opt.Published(p.Address)
	if checkReach(at) != nil {
		return "" // strangers write what they like
	}
	return at
}

// ContactOf is where an address is reached, "" when that is not known.
func (c *Center) ContactOf(a types.Address) (contact string) {
	p := history.Peer{Address: a}
	err := c.view(func(db *history.DB) error { p = db.Peer(a); return nil })
	c.warn("a contact cannot be read", err)
	return c.reachOf(&p)
}

// connect opens a connection when there is none. It dials whatever the hub
// remembers of failed dials: this package's schedule says when.
func connect(ctx context.Context, hub Direct, to types.Address, at string, patience time.Duration) error {
	if hub.Online(to) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return hub.Ping(ctx, to, at)
}

// deliver hands a message over, connecting first. When the connection there was
// turns out to be dead the other side may be back already, as after a crash, so
// it is dialled at once.
func (r *run) deliver(ctx context.Context, raw []byte) error {
	ctx, cancel := context.WithTimeout(ctx, oneDelivery)
	defer cancel()
	tries := 1
	if r.hub.Online(r.peer) {
		tries = 2
	}
	var err error
	for range tries {
		if err = connect(ctx, r.hub, r.peer, r.contact(), oneDial); err != nil {
			return err
		}
		if err = r.hub.Deliver(ctx, r.peer, r.contact(), raw); !errors.Is(err, talk.ErrOffline) || ctx.Err() != nil {
			return err
		}
	}
	return err
}

// contact is where the peer is reached. It is looked up once a pass.
func (r *run) contact() string {
	if !r.lookedUp {
		r.at, r.lookedUp = r.reachOf(&r.known), true
	}
	return r.at
}

// away notes that the other side cannot be reached, and why.
func (r *run) away() {
	r.noDirect, r.offline = absent(&r.known, r.contact()), true
}

const noHub = "this node has no direct connections"

// absent says why an address is not connected. at is where it is reached.
func absent(p *history.Peer, at string) string {
	who := p.Name
	if who == "" {
		who = "the other side"
	}
	if at == "" {
		return fmt.Sprintf("nobody told this node where %s is reached: enter the “contact” of their status (contact set … --at host:port), or let them write first", who)
	}
	return fmt.Sprintf("%s does not answer at %s", who, safetext.CleanLine(at))
}
