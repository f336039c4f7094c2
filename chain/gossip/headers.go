package gossip

import (
	"context"
	"errors"
	"fmt"
	"time"

	"supercomputing/chain"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// outcome is what came of a peer's headers, for the sync loop.
type outcome struct {
	reply  bool          // they answered getheaders
	full   bool          // there are more where they came from
	last   types.Hash    // of the last one accepted
	height uint32        // its height, 0 if none was accepted
	orphan bool          // their parent is unknown here
	later  time.Duration // ask again then; 0: not before news
}

// takeHeaders checks headers and offers them to the chain. It runs in p's
// reader, so a peer with much to check waits for it itself.
func (n *Node) takeHeaders(ctx context.Context, p *peer, m *headersMsg) error {
	p.mu.Lock()
	waiting := p.pending != nil
	wanted := p.wantHeaders > 0
	if m.Reply && wanted {
		p.wantHeaders--
	}
	for i := range m.Headers {
		p.known.add(m.Headers[i].Hash())
	}
	p.mu.Unlock()
	switch {
	case m.Reply && !wanted:
		return fmt.Errorf("%w: headers", ErrUnrequested)
	case !m.Reply && len(m.Headers) == 0:
		return fmt.Errorf("%w: empty announcement", types.ErrMalformed)
	case waiting && !m.Reply:
		return nil // busy with earlier ones of the same peer; sync asks later
	}
	for i := 1; i < len(m.Headers); i++ {
		if m.Headers[i].PrevHash != m.Headers[i-1].Hash() {
			return &offence{pointsMalformed, fmt.Errorf("%w: headers are no chain", types.ErrMalformed)}
		}
	}
	return n.offerHeaders(ctx, p, batch{m.Reply, m.Reply && len(m.Headers) == maxHeaders, m.Headers})
}

// offerHeaders gives headers to the chain and, when it lacks a seat list, asks
// p for it and keeps them until then.
func (n *Node) offerHeaders(ctx context.Context, p *peer, m batch) error {
	out := outcome{reply: m.reply, full: m.full}
	if len(m.headers) == 0 {
		n.sync.call(ctx, func() { n.sync.answered(p, out) })
		return nil
	}
	err := n.chain.AddHeaders(m.headers)
	var need *consensus.NeedListError
	if errors.As(err, &need) {
		n.askList(p, m, need.Root)
		n.sync.call(ctx, func() { n.sync.progress(p) })
		return nil
	}
	if fault := n.judgeHeaders(p, m.reply, err, &out); fault != nil {
		return fault
	}
	if err == nil {
		last := &m.headers[len(m.headers)-1]
		out.last, out.height = last.Hash(), last.Height
		p.raise(last.Height)
		n.count.headersIn.Add(uint64(len(m.headers)))
	}
	n.sync.call(ctx, func() { n.sync.answered(p, out) })
	return nil
}

// judgeHeaders sorts AddHeaders' errors: the peer's fault, this machine's, or
// nobody's.
func (n *Node) judgeHeaders(p *peer, reply bool, err error, out *outcome) error {
	switch {
	case err == nil, errors.Is(err, chain.ErrKnown):
	case consensus.IsRule(err):
		return &offence{pointsRule, err}
	case errors.Is(err, chain.ErrOrphan):
		if reply {
			return &offence{pointsUseless, err}
		}
		out.orphan = true
	case errors.Is(err, chain.ErrCheckpoint):
		return &offence{pointsUseless, err}
	case errors.Is(err, chain.ErrFuture), errors.Is(err, chain.ErrAhead):
		out.full, out.later = false, laterHeaders
	case errors.Is(err, chain.ErrDeepFork), errors.Is(err, chain.ErrBadBranch), errors.Is(err, chain.ErrBusy):
		out.full = false
		n.log.Debug("headers not wanted", "peer", p.addr, "err", err)
	case errors.Is(err, chain.ErrDiskFull):
		out.full, out.later = false, diskPause
	default:
		n.fail(fmt.Errorf("headers: %w", err))
	}
	return nil
}

// askList keeps the headers that wait for a seat list and asks p for it.
// Headers the chain took meanwhile are not offered again.
func (n *Node) askList(p *peer, m batch, root types.Hash) {
	best := n.chain.BestHeader().Hash
	rest := m.headers
	for i := range rest {
		if rest[i].Hash() == best {
			rest = rest[i+1:]
			break
		}
	}
	p.mu.Lock()
	p.pending = &pendingHeaders{batch: batch{m.reply, m.full, rest}, root: root}
	p.wantList[root] = struct{}{}
	p.mu.Unlock()
	p.send(&getListMsg{root})
}

// takeList takes a seat list that was asked for and goes on with the headers
// that waited for it.
func (n *Node) takeList(ctx context.Context, p *peer, l *consensus.SeatList) error {
	root := l.Root(n.id)
	p.mu.Lock()
	_, ok := p.wantList[root]
	delete(p.wantList, root)
	waiting := p.pending
	if ok {
		p.pending = nil
	}
	p.mu.Unlock()
	if !ok {
		return &offence{pointsRule, fmt.Errorf("%w: seat list with root %v", ErrUnrequested, root)}
	}
	n.chain.AddSeatList(l)
	if waiting == nil || waiting.root != root {
		return nil
	}
	return n.offerHeaders(ctx, p, waiting.batch)
}

// noList gives up headers whose seat list the peer does not have: who offers
// headers has their lists.
func (n *Node) noList(ctx context.Context, p *peer) error {
	p.mu.Lock()
	waiting := p.pending
	p.pending = nil
	p.mu.Unlock()
	if waiting == nil {
		return nil
	}
	return &offence{pointsUseless, fmt.Errorf("headers without their seat list %v", waiting.root)}
}

// batch is what is left of one headers message.
type batch struct {
	reply, full bool
	headers     []types.Header
}

// pendingHeaders wait for the seat list with a root.
type pendingHeaders struct {
	batch
	root types.Hash
}
