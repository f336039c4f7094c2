package gossip

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"supercomputing/chain"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

const (
	txLimit     = 10 * time.Second // for an answer to gettx
	maxWanted   = 8192             // transactions asked for or to be asked for
	maxPeerTxs  = 256              // open requests to one peer
	maxOfferers = 4                // other peers remembered per transaction
	maxGreeting = 5000             // transactions a new peer is told of
	// lagBlocks is how far behind its best header a node must be to leave
	// transactions alone: it could judge none of them.
	lagBlocks = 6
)

// relay fetches the transactions that peers announce. One peer at a time is
// asked for each; the others that offered it are asked when that one fails.
//
// Nothing is remembered against a txid: a transaction that is refused may have
// come with another's witness or payload, put there to have the good one
// refused too. A peer is asked once for each id, that bounds the cost.
type relay struct {
	n *Node

	mu      sync.Mutex
	wanted  map[types.Hash]*wanted
	orphans *orphans
}

// wanted is a transaction that is asked for.
type wanted struct {
	from   *peer
	since  time.Time
	others []*peer
}

func newRelay(n *Node) *relay {
	return &relay{n: n, wanted: make(map[types.Hash]*wanted), orphans: newOrphans()}
}

// greet tells a new peer of the transactions that wait here.
func (r *relay) greet(p *peer) {
	var ids []types.Hash
	for _, e := range r.n.chain.PoolTxs() {
		if len(ids) == maxGreeting {
			break
		}
		ids = append(ids, e.ID)
	}
	announceTxs(p, ids)
}

// announceTxs tells p of the transactions it does not know of.
func announceTxs(p *peer, ids []types.Hash) {
	var news []types.Hash
	for _, id := range ids {
		if p.markKnown(id) {
			news = append(news, id)
		}
	}
	for len(news) > 0 {
		k := min(len(news), maxInv)
		p.send(&invMsg{news[:k]})
		news = news[k:]
	}
}

// offered takes a peer's announcement.
func (r *relay) offered(p *peer, ids []types.Hash) {
	if r.n.chain.BestHeader().Height > r.n.chain.Tip().Height+lagBlocks {
		return
	}
	var news []types.Hash
	for _, id := range ids {
		if p.markKnown(id) {
			news = append(news, id)
		}
	}
	p.mu.Lock()
	room := max(0, maxGreeting-len(p.backlog))
	p.backlog = append(p.backlog, news[:min(room, len(news))]...)
	p.mu.Unlock()
	r.more(p)
}

// more asks p for what it offered, as far as it has room for requests.
func (r *relay) more(p *peer) {
	now := time.Now()
	var ask []types.Hash
	for {
		id, ok := p.nextOffer()
		if !ok {
			break
		}
		if r.n.chain.PoolTx(id) == nil && r.want(p, id, now) {
			ask = append(ask, id)
		}
	}
	r.ask(p, ask)
}

// nextOffer takes the next transaction that p offered and was not asked for,
// if p has room for another request and few of its others were refused lately.
func (p *peer) nextOffer() (id types.Hash, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.backlog) == 0 || len(p.wantTxs) >= maxPeerTxs || p.refused.Tokens() < 1 {
		return id, false
	}
	id, p.backlog = p.backlog[0], p.backlog[1:]
	return id, true
}

// want notes that p offers id and reports whether to ask p for it now.
func (r *relay) want(p *peer, id types.Hash, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.orphans.has(id) {
		return false
	}
	if w := r.wanted[id]; w != nil {
		if w.from != p && len(w.others) < maxOfferers {
			w.others = append(w.others, p)
		}
		return false
	}
	if len(r.wanted) >= maxWanted || !p.claim(id) {
		return false
	}
	r.wanted[id] = &wanted{from: p, since: now}
	return true
}

// claim notes a request for id to p, if p has room for one more.
func (p *peer) claim(id types.Hash) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.wantTxs) >= maxPeerTxs {
		return false
	}
	p.wantTxs[id] = struct{}{}
	return true
}

func (r *relay) ask(p *peer, ids []types.Hash) {
	for len(ids) > 0 {
		k := min(len(ids), maxGetTx)
		p.send(&getTxMsg{ids[:k]})
		ids = ids[k:]
	}
}

// next asks another peer that offered id, or gives it up.
func (r *relay) next(id types.Hash, now time.Time) {
	r.mu.Lock()
	w := r.wanted[id]
	var to *peer
	for w != nil && to == nil && len(w.others) > 0 {
		if q := w.others[0]; q.claim(id) {
			to = q
		}
		w.others = w.others[1:]
	}
	if to == nil {
		delete(r.wanted, id)
	} else {
		w.from, w.since = to, now
	}
	r.mu.Unlock()
	if to != nil {
		r.ask(to, []types.Hash{id})
	}
}

// retry asks other peers for those of ids that are still asked of p.
func (r *relay) retry(p *peer, ids []types.Hash) {
	now := time.Now()
	for _, id := range ids {
		r.mu.Lock()
		w := r.wanted[id]
		mine := w != nil && w.from == p
		r.mu.Unlock()
		if mine {
			r.next(id, now)
		}
	}
}

// lacking notes that p does not have transactions it was asked for.
func (r *relay) lacking(p *peer, ids []types.Hash) {
	r.retry(p, ids)
	r.more(p)
}

// gone forgets a peer.
func (r *relay) gone(p *peer) {
	r.mu.Lock()
	var ids []types.Hash
	for id, w := range r.wanted {
		if w.from == p {
			ids = append(ids, id)
		}
		for i, q := range w.others {
			if q == p {
				w.others = append(w.others[:i:i], w.others[i+1:]...)
				break
			}
		}
	}
	r.orphans.gone(p)
	r.mu.Unlock()
	r.retry(p, ids)
}

// tick gives requests that nobody answers to others, and goes on with those that
// had to wait.
func (r *relay) tick(now time.Time) {
	r.mu.Lock()
	var late []types.Hash
	for id, w := range r.wanted {
		if now.Sub(w.since) > txLimit {
			late = append(late, id)
		}
	}
	r.orphans.expire(now)
	r.mu.Unlock()
	for _, id := range late {
		r.next(id, now)
	}
	for _, p := range r.n.peerList() {
		r.more(p) // what had to wait because others were refused
	}
}

// take offers a transaction that was asked for to the chain.
func (r *relay) take(p *peer, tx *types.Tx) error {
	id := tx.ID()
	p.mu.Lock()
	_, ok := p.wantTxs[id]
	delete(p.wantTxs, id)
	p.mu.Unlock()
	if !ok {
		return fmt.Errorf("%w: transaction %v", ErrUnrequested, id)
	}
	err := r.n.chain.AddTx(tx)
	if consensus.IsRule(err) {
		// Not this one then; somebody else may have it as it was signed.
		r.retry(p, []types.Hash{id})
	} else {
		r.mu.Lock()
		delete(r.wanted, id)
		r.mu.Unlock()
	}
	r.judge(p, tx, id, err)
	r.more(p)
	return nil
}

// judge acts on AddTx's verdict on a transaction from p.
func (r *relay) judge(p *peer, tx *types.Tx, id types.Hash, err error) {
	switch {
	case err == nil:
		r.n.count.txsIn.Add(1)
		p.lastTx.Store(time.Now().UnixNano())
		r.adopt(id)
	case errors.Is(err, chain.ErrKnown):
	case errors.Is(err, chain.ErrMissingInputs):
		p.refused.Reserve()
		r.n.count.txsRefused.Add(1)
		r.keepOrphan(p, tx, id)
	case consensus.IsRule(err):
		r.n.count.txsBad.Add(1)
		r.n.punish(p, pointsTx, err)
	case errors.Is(err, chain.ErrRejected), errors.Is(err, chain.ErrFeeTooLow), errors.Is(err, chain.ErrPoolFull):
		p.refused.Reserve()
		r.n.count.txsRefused.Add(1)
		r.n.log.Debug("transaction not wanted", "id", id, "peer", p.addr, "err", err)
	default:
		r.n.log.Warn("transaction not checked", "id", id, "err", err)
	}
}

// keepOrphan keeps a transaction whose inputs are unknown and asks its sender
// for the parents.
func (r *relay) keepOrphan(p *peer, tx *types.Tx, id types.Hash) {
	r.mu.Lock()
	kept := r.orphans.add(p, tx, id, time.Now())
	r.mu.Unlock()
	if !kept {
		return
	}
	var ask []types.Hash
	for _, parent := range parents(tx) {
		if r.n.chain.PoolTx(parent) == nil && r.want(p, parent, time.Now()) {
			ask = append(ask, parent)
			if len(ask) == maxOrphanParents {
				break
			}
		}
	}
	r.ask(p, ask)
}

// adopt tries the orphans that wait for id, and those that wait for them.
func (r *relay) adopt(id types.Hash) {
	r.mu.Lock()
	children := r.orphans.takeChildren(id)
	r.mu.Unlock()
	for _, o := range children {
		r.judge(o.from, o.tx, o.id, r.n.chain.AddTx(o.tx))
	}
}
