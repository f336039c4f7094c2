package gossip

import (
	"context"
	"time"

	"supercomputing/chain/types"
)

// batchDelay gathers new transactions into one announcement.
const batchDelay = 100 * time.Millisecond

// announceLoop tells peers what is new on the chain: blocks at once,
// transactions in batches.
func (n *Node) announceLoop(ctx context.Context) error {
	changes, cancel := n.chain.Subscribe()
	defer cancel()
	a := announcer{n: n, tip: n.chain.Tip().Hash, locator: n.chain.Locator()}
	_, _, a.seq = n.chain.PoolSince(0) // what is there already, new peers are greeted with
	var flush <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changes:
			a.blocks()
			if flush == nil {
				flush = time.After(batchDelay)
			}
		case <-flush:
			flush = nil
			a.transactions()
		}
	}
}

// announcer knows what was announced last.
type announcer struct {
	n       *Node
	tip     types.Hash
	locator []types.Hash // of the chain as it was then
	seq     uint64
}

// blocks pushes the headers that are new on the best chain, at most
// maxHeadersPush. After a longer jump the last one alone tells peers to ask.
func (a *announcer) blocks() {
	tip := a.n.chain.Tip()
	if tip.Hash == a.tip || a.n.chain.BestHeader().Height > tip.Height+maxHeadersPush {
		return // nothing new, or still fetching what others have long had
	}
	news := a.n.chain.HeadersAfter(a.locator, maxHeadersPush+1)
	if len(news) > maxHeadersPush || len(news) == 0 || news[len(news)-1].Hash() != tip.Hash {
		news = nil
		if before, err := a.n.chain.BlockHash(tip.Height - 1); tip.Height > 0 && err == nil {
			news = a.n.chain.HeadersAfter([]types.Hash{before}, 1)
		}
	}
	a.tip, a.locator = tip.Hash, a.n.chain.Locator()
	for _, p := range a.n.peerList() {
		if out := p.unknownOf(news); len(out) > 0 {
			p.send(&headersMsg{Headers: out})
		}
	}
}

// unknownOf cuts off the headers that p has, marking the rest as known.
func (p *peer) unknownOf(hs []types.Header) []types.Header {
	p.mu.Lock()
	defer p.mu.Unlock()
	from := len(hs)
	for from > 0 && !p.known.has(hs[from-1].Hash()) {
		from--
	}
	for _, h := range hs[from:] {
		p.known.add(h.Hash())
	}
	return hs[from:]
}

// transactions announces what came into the pool.
func (a *announcer) transactions() {
	added, _, next := a.n.chain.PoolSince(a.seq)
	a.seq = next
	if len(added) == 0 {
		return
	}
	ids := make([]types.Hash, len(added))
	for i, e := range added {
		ids[i] = e.ID
	}
	for _, p := range a.n.peerList() {
		announceTxs(p, ids)
	}
	for _, id := range ids {
		a.n.relay.adopt(id)
	}
}
