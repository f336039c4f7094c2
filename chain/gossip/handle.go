package gossip

import (
	"context"
	"fmt"
	"time"

	"supercomputing/chain/types"
)

// handle acts on a message from p. An error ends the connection.
func (n *Node) handle(ctx context.Context, p *peer, m message, size int) error {
	switch m := m.(type) {
	case *pingMsg:
		return p.out.push(&pongMsg{m.Nonce})
	case *pongMsg:
		return p.pong(m.Nonce)
	case *getAddrMsg:
		return n.shareAddrs(p)
	case *addrMsg:
		return n.takeAddrs(p, m)
	case *getHeadersMsg:
		return p.out.askHeaders(m.Locator)
	case *getListMsg:
		return p.out.askLists(m.Root)
	case *getBlocksMsg:
		return p.out.askBlocks(m.Hashes...)
	case *getTxMsg:
		return p.out.askTxs(m.IDs...)
	case *headersMsg:
		return n.takeHeaders(ctx, p, m)
	case *listMsg:
		return n.takeList(ctx, p, m.List)
	case *blockMsg:
		return n.takeBlock(ctx, p, m.Block, size)
	case *invMsg:
		n.relay.offered(p, m.IDs)
		return nil
	case *txMsg:
		return n.relay.take(p, m.Tx)
	case *notFoundMsg:
		return n.takeNotFound(ctx, p, m)
	case *rejectMsg:
		return fmt.Errorf("%w: %w", ErrRejected, m.err())
	}
	return fmt.Errorf("%w: %v", ErrOrder, m.kind())
}

// pong takes the answer to the last ping.
func (p *peer) pong(nonce uint64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if nonce != p.pingNonce || nonce == 0 {
		return fmt.Errorf("%w: pong", ErrUnrequested)
	}
	p.pingNonce = 0
	p.ping.Store(max(int64(time.Since(p.pingAt)), 1))
	return nil
}

// shareAddrs answers getaddr, once per connection: each answer is a sample, and
// many samples are the whole book.
func (n *Node) shareAddrs(p *peer) error {
	p.mu.Lock()
	again := p.gaveAddrs
	p.gaveAddrs = true
	p.mu.Unlock()
	if again {
		return fmt.Errorf("%w: getaddr twice", ErrOrder)
	}
	return p.out.push(&addrMsg{Reply: true, Addrs: n.book.sample(maxAddrs, n.opts.Clock())})
}

// takeAddrs adds addresses to the book and passes a few fresh ones on.
func (n *Node) takeAddrs(p *peer, m *addrMsg) error {
	p.mu.Lock()
	wanted := p.wantAddrs
	if m.Reply {
		p.wantAddrs = false
	}
	p.mu.Unlock()
	if m.Reply && !wanted {
		return fmt.Errorf("%w: addr", ErrUnrequested)
	}
	if !p.addrs.AllowN(time.Now(), len(m.Addrs)) {
		return nil // more than a network of our size has news
	}
	now := n.opts.Clock()
	if n.book.add(m.Addrs, p.addr, now) > 0 {
		n.wakeDialler()
	}
	if m.Reply {
		return nil
	}
	var fresh []peerAddr
	for _, a := range m.Addrs {
		age := now.Sub(a.Seen)
		if age < 10*time.Minute && age > -futureSlack && usable(a.Addr) && (n.opts.AllowPrivate || routable(a.Addr)) {
			fresh = append(fresh, a)
		}
	}
	n.relayAddrs(p, fresh)
	return nil
}

// relayAddrs passes addresses on to two peers, not to the one they come from.
func (n *Node) relayAddrs(from *peer, addrs []peerAddr) {
	if len(addrs) == 0 {
		return
	}
	list := n.peerList()
	shuffle(list)
	sent := 0
	for _, q := range list {
		if q == from || sent == 2 {
			continue
		}
		var news []peerAddr
		for _, a := range addrs {
			// An address a peer knows already ends here, or it would circle.
			if a.Addr != q.listen && q.markKnown(addrHash(a)) {
				news = append(news, a)
			}
		}
		if len(news) > 0 {
			q.send(&addrMsg{Addrs: news})
			sent++
		}
	}
}

// addrHash names an address within recent.
func addrHash(a peerAddr) (h types.Hash) {
	ip := a.Addr.Addr().As16()
	copy(h[:], ip[:])
	h[16], h[17] = byte(a.Addr.Port()>>8), byte(a.Addr.Port())
	return h
}

// answer makes the answer to a question of p. Questions are answered from what
// the chain has now; an error is this machine's and ends the connection.
func (n *Node) answer(p *peer, q question) (message, error) {
	switch q.what {
	case msgGetHeaders:
		return &headersMsg{Reply: true, Headers: n.chain.HeadersAfter(q.locator, maxHeaders)}, nil
	case msgGetList:
		if l := n.chain.SeatList(q.hash); l != nil {
			return &listMsg{l}, nil
		}
	case msgGetTx:
		if tx := n.chain.PoolTx(q.hash); tx != nil {
			n.count.txsOut.Add(1)
			p.markKnown(q.hash)
			return &txMsg{tx}, nil
		}
	case msgGetBlocks:
		if b, err := n.chain.Block(q.hash); err == nil && b != nil {
			n.count.blocksOut.Add(1)
			return &blockMsg{b}, nil
		}
	}
	return &notFoundMsg{What: q.what, Hashes: []types.Hash{q.hash}}, nil
}

// takeNotFound notes that a peer does not have what it was asked for.
func (n *Node) takeNotFound(ctx context.Context, p *peer, m *notFoundMsg) error {
	p.mu.Lock()
	open := map[msgType]map[types.Hash]struct{}{msgGetList: p.wantList, msgGetBlocks: p.wantBlocks, msgGetTx: p.wantTxs}[m.What]
	for _, h := range m.Hashes {
		if _, ok := open[h]; !ok {
			p.mu.Unlock()
			return fmt.Errorf("%w: notfound", ErrUnrequested)
		}
		delete(open, h)
	}
	p.mu.Unlock()
	switch m.What {
	case msgGetList:
		return n.noList(ctx, p)
	case msgGetBlocks:
		n.sync.call(ctx, func() { n.sync.lacking(p, m.Hashes) })
	case msgGetTx:
		n.relay.lacking(p, m.Hashes)
	}
	return nil
}
