package gossip

import (
	"time"

	"supercomputing/chain/types"
)

// Limits of transactions that wait for their inputs.
const (
	maxOrphans       = 100
	maxPeerOrphans   = 20
	maxOrphanBytes   = 4 << 20
	orphanLimit      = 5 * time.Minute
	maxOrphanParents = 8 // asked for
)

// orphans holds transactions whose inputs are unknown. Its owner locks.
type orphans struct {
	txs  map[types.Hash]*orphan
	size int
}

type orphan struct {
	id    types.Hash
	tx    *types.Tx
	size  int
	from  *peer
	since time.Time
}

func newOrphans() *orphans { return &orphans{txs: make(map[types.Hash]*orphan)} }

func (o *orphans) has(id types.Hash) bool { return o.txs[id] != nil }

// add keeps tx if the sender has room left, at the cost of the oldest ones.
func (o *orphans) add(p *peer, tx *types.Tx, id types.Hash, now time.Time) bool {
	size := tx.Msg.SerializeSize() + len(tx.Payload)
	mine := 0
	for _, t := range o.txs {
		if t.from == p {
			mine++
		}
	}
	if o.has(id) || mine >= maxPeerOrphans || size > maxOrphanBytes {
		return false
	}
	for len(o.txs) >= maxOrphans || o.size+size > maxOrphanBytes {
		o.drop(o.oldest())
	}
	o.txs[id] = &orphan{id, tx, size, p, now}
	o.size += size
	return true
}

func (o *orphans) oldest() *orphan {
	var old *orphan
	for _, t := range o.txs {
		if old == nil || t.since.Before(old.since) {
			old = t
		}
	}
	return old
}

func (o *orphans) drop(t *orphan) {
	delete(o.txs, t.id)
	o.size -= t.size
}

// takeChildren removes and returns the orphans that spend outputs of id.
func (o *orphans) takeChildren(id types.Hash) (out []*orphan) {
	for _, t := range o.txs {
		for _, in := range t.tx.Msg.TxIn {
			if in.PreviousOutPoint.Hash == id {
				out = append(out, t)
				o.drop(t)
				break
			}
		}
	}
	return out
}

// gone forgets what p sent.
func (o *orphans) gone(p *peer) {
	for _, t := range o.txs {
		if t.from == p {
			o.drop(t)
		}
	}
}

func (o *orphans) expire(now time.Time) {
	for _, t := range o.txs {
		if now.Sub(t.since) > orphanLimit {
			o.drop(t)
		}
	}
}

// parents lists the transactions that tx spends, each once.
func parents(tx *types.Tx) (out []types.Hash) {
	seen := make(map[types.Hash]bool)
	for _, in := range tx.Msg.TxIn {
		if h := in.PreviousOutPoint.Hash; !seen[h] {
			seen[h] = true
			out = append(out, h)
		}
	}
	return out
}
