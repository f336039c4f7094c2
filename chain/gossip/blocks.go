package gossip

import (
	"context"
	"fmt"
	"time"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// takeBlock takes a block from p's reader. The hash that was asked for covers
// neither signature nor body on its own, so both are checked here, where it is
// clear who sent them: otherwise a liar could make a good block look bad, or
// fill our memory with bodies nobody mined.
func (n *Node) takeBlock(ctx context.Context, p *peer, b *types.Block, size int) error {
	h := b.Hash()
	p.mu.Lock()
	_, ok := p.wantBlocks[h]
	delete(p.wantBlocks, h)
	p.known.add(h)
	p.mu.Unlock()
	if !ok {
		return fmt.Errorf("%w: block %v", ErrUnrequested, h)
	}
	if err := n.checkBody(b); err != nil {
		n.count.blocksBad.Add(1)
		return &offence{pointsRule, fmt.Errorf("block %v: %w", h, err)}
	}
	p.lastBlock.Store(time.Now().UnixNano())
	n.sync.call(ctx, func() { n.sync.arrived(&arrival{b, h, size, p}) })
	return nil
}

// checkBody reports whether b's body and signature belong to its header.
func (n *Node) checkBody(b *types.Block) error {
	h := &b.Header
	switch {
	case !consensus.VerifySchnorr(h.Producer, h.SigHash(n.id), h.Signature):
		return consensus.ErrHeaderSig
	case n.id.TxRoot(b.Txs) != h.TxRoot:
		return consensus.ErrTxRoot
	case n.id.SideRoot(&b.Sides) != h.SideRoot:
		return consensus.ErrSideRoot
	}
	return nil
}

// arrived takes a block into the loop.
func (s *syncer) arrived(a *arrival) {
	if src := s.peers[a.from]; src != nil {
		delete(src.open, a.hash)
		src.stalls = 0
		if s.asked[a.hash] == src {
			delete(s.asked, a.hash)
		}
	}
	at := -1
	for i, h := range s.plan {
		if h == a.hash {
			at = i
		}
	}
	if at < 0 || s.ready[a.hash] != nil || s.importing != nil && s.importing.hash == a.hash {
		return // no longer wanted, or here already
	}
	s.ready[a.hash] = a
	s.readySize += a.size
	// The next block always has room; those furthest away make it.
	for i := len(s.plan) - 1; i > 0 && s.readySize > maxReadyBytes; i-- {
		if far := s.ready[s.plan[i]]; far != nil {
			delete(s.ready, far.hash)
			s.readySize -= far.size
		}
	}
}
