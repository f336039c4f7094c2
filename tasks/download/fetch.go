package download

import (
	"context"
	"time"

	"github.com/anacrolix/torrent"
)

// stripe is a node's share of the work of fetching from the origin: the
// pieces i with i mod slots == slot. Left to themselves all nodes would ask
// the origin for the same rare pieces and its upload, the bottleneck, would
// send each several times; striped it sends each about once and the nodes pass
// them on. Slots 0 means: not told yet.
type stripe struct{ slot, slots int }

// Windows of the fetcher, in bytes. They bound how much is under way at once,
// and so what the client's request planner must look through.
const (
	ownWindow    = 16 << 20 // of our stripe, from whoever has it
	sharedWindow = 32 << 20 // of others' stripes, from nodes that have it already
	tailWindow   = 1 << 20  // of others' stripes, from the origin, when ours is done
)

// SetStripe tells a torrent added with Striped which share to fetch first:
// number slot of slots.
func (e *Engine) SetStripe(ih InfoHash, slot, slots int) error {
	h, err := e.get(ih)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := (stripe{slot, max(slots, 1)}); h.stripe != s {
		h.stripe = s
		close(h.change)
		h.change = make(chan struct{})
	}
	return nil
}

// fetch keeps the client busy with the pieces that are most useful now until
// all are held. It also takes up a description that came from peers.
func (h *held) fetch(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-h.t.Closed():
		return
	case <-h.t.GotInfo():
	}
	en := h.snapshot()
	h.e.describeFound(h)
	if !en.Striped {
		h.t.DownloadAll()
		return
	}
	states := h.t.SubscribePieceStateChanges()
	defer states.Close()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	p := plan{c: h.content(), priority: make([]torrent.PiecePriority, h.content().l.Pieces())}
	for !p.finished() {
		h.mu.Lock()
		s, change := h.stripe, h.change
		h.mu.Unlock()
		if s.slots > 0 {
			p.update(s, h.availability(), int64(h.recentRate()))
			p.apply(h.t)
		}
		select {
		case <-ctx.Done():
			return
		case <-h.t.Closed():
			return
		case <-change:
		case <-tick.C:
		case <-states.Values:
			drain(states.Values)
		}
	}
	h.e.log.Debug("content complete", "name", en.Name)
}

// describeFound saves a description that peers have sent.
func (e *Engine) describeFound(h *held) {
	e.addMu.Lock()
	defer e.addMu.Unlock()
	ih := h.snapshot().InfoHash
	if l, err := e.registry.layout(ih); l != nil && err == nil {
		return // we had it already
	}
	if now, err := e.get(ih); err != nil || now != h {
		return // removed meanwhile
	}
	if err := e.registry.save(h.snapshot(), h.t.Metainfo().InfoBytes); err != nil {
		e.log.Warn("torrent description not saved", "info_hash", ih.String(), "err", err)
	}
}

// drain takes the events that came together with one that was taken.
func drain[T any](ch <-chan T) {
	for {
		select {
		case _, ok := <-ch:
			if !ok {
				return
			}
		default:
			return
		}
	}
}

func (h *held) recentRate() float64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.rate[1]
}

// availability counts for each piece the connected peers that have it.
func (h *held) availability() []uint16 {
	out := make([]uint16, h.t.NumPieces())
	for _, c := range h.t.PeerConns() {
		c.PeerPieces().Iterate(func(i uint32) bool {
			if int(i) < len(out) && out[i] < 1<<15 {
				out[i]++
			}
			return true
		})
	}
	return out
}

// plan chooses priorities. It is arithmetic: the client's state comes in, the
// wishes go out.
type plan struct {
	c        *content
	have     Bitfield
	priority []torrent.PiecePriority // wished
	applied  []torrent.PiecePriority // told to the client
}

func (p *plan) finished() bool {
	p.have = p.c.have()
	return p.have.Count() == p.c.l.Pieces() && p.c.checking() == 0
}

// update fills the windows. A piece that only one peer has is left to the node
// whose stripe it is in, for that peer is the origin. When our stripe is nearly
// done we help with the ends of the others', in case they are slow or gone.
func (p *plan) update(s stripe, available []uint16, rate int64) {
	own, shared := int64(ownWindow), int64(sharedWindow)
	tail := max(tailWindow, 2*p.c.l.PieceLength, rate/2)
	for i := range p.priority {
		p.priority[i] = torrent.PiecePriorityNone
		size := p.c.l.PieceSize(i)
		switch {
		case p.have.Has(i):
		case i%s.slots == s.slot:
			if own > 0 {
				p.priority[i] = torrent.PiecePriorityHigh
				own -= size
			}
		case available[i] > 1 && shared > 0:
			p.priority[i] = torrent.PiecePriorityNormal
			shared -= size
		}
	}
	if ownWindow-own > tail {
		return
	}
	for i := len(p.priority) - 1; i >= 0 && tail > 0; i-- {
		if !p.have.Has(i) && p.priority[i] == torrent.PiecePriorityNone {
			p.priority[i] = torrent.PiecePriorityNormal
			tail -= p.c.l.PieceSize(i)
		}
	}
}

// apply tells the client what changed.
func (p *plan) apply(t *torrent.Torrent) {
	if p.applied == nil {
		p.applied = make([]torrent.PiecePriority, len(p.priority))
	}
	for i, want := range p.priority {
		if p.applied[i] != want && !p.have.Has(i) {
			t.Piece(i).SetPriority(want)
			p.applied[i] = want
		}
	}
}
