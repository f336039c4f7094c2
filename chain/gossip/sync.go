package gossip

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"supercomputing/chain"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

const (
	syncEvery    = time.Second
	headersLimit = 20 * time.Second // for an answer to getheaders, or its next part
	laterHeaders = 5 * time.Second  // until headers come that are too early now
	diskPause    = 30 * time.Second // until a full disk is tried again
	pollEvery    = 30 * time.Second // one peer is asked for headers without news

	window        = 16 // blocks asked of one peer at a time
	maxSources    = 8  // peers that blocks are asked of at one time
	planSize      = 128
	maxReadyBytes = 64 << 20 // blocks received that wait for an earlier one

	firstStall = 10 * time.Second // without a block from a peer that owes some
	lastStall  = 2 * time.Minute
	maxStalls  = 3 // then the peer is dropped
)

// syncer decides what is asked of whom. Its fields belong to run's goroutine;
// others get there with call. The heavy work happens elsewhere: headers are
// checked by the peers' readers, blocks by importLoop.
//
// Memory: at most maxReadyBytes of blocks wait, and each of maxSources peers
// sends one block of at most types.MaxBlockSize at a time.
type syncer struct {
	n     *Node
	calls chan func()
	work  chan *arrival // to importLoop, never more than one

	peers     map[*peer]*source
	plan      []types.Hash // missing blocks in the order they connect
	stale     bool         // plan must be made anew
	best      types.Hash   // header the plan led to
	ready     map[types.Hash]*arrival
	readySize int
	asked     map[types.Hash]*source // open requests
	importing *arrival
	avoid     map[types.Hash]time.Time // blocks the chain did not take: not before then
	stall     time.Duration            // grows when peers stall, so a slow line is not all stalls
	polled    time.Time
	failed    error
}

// source is a peer as the syncer sees it.
type source struct {
	p      *peer
	behind bool                     // it may have headers we lack: ask it
	asked  time.Time                // of open getheaders, zero if none
	later  time.Time                // set behind again then, unless zero
	last   types.Hash               // of its last headers, to go on from
	open   map[types.Hash]bool      // blocks asked of it
	lacks  map[types.Hash]time.Time // blocks it did not have: not asked again before then
	since  time.Time                // its oldest open request, or its last block
	paused time.Time                // no requests until then
	stalls int
}

// arrival is a block that came.
type arrival struct {
	block *types.Block
	hash  types.Hash
	size  int
	from  *peer
}

func newSyncer(n *Node) *syncer {
	return &syncer{
		n: n, calls: make(chan func()), work: make(chan *arrival, 1),
		peers: make(map[*peer]*source), ready: make(map[types.Hash]*arrival),
		asked: make(map[types.Hash]*source), avoid: make(map[types.Hash]time.Time),
		stale: true, stall: firstStall,
	}
}

// call runs f in the loop, unless ctx ends first. It does not wait for f.
func (s *syncer) call(ctx context.Context, f func()) {
	select {
	case s.calls <- f:
	case <-ctx.Done():
	}
}

// run is the loop. It ends with ctx, or with a failure of the chain.
func (s *syncer) run(ctx context.Context) error {
	changes, cancel := s.n.chain.Subscribe()
	defer cancel()
	tick := time.NewTicker(syncEvery)
	defer tick.Stop()
	for s.failed == nil {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case f := <-s.calls:
			f()
		case <-changes:
			// Every connected block is such a change; the plan outlives those.
			if best := s.n.chain.BestHeader().Hash; best != s.best {
				s.best, s.stale = best, true
			}
		case <-tick.C:
			s.drain() // what came while the loop was busy is no stall
			s.watch(time.Now())
		}
		s.schedule(time.Now())
	}
	return s.failed
}

func (s *syncer) drain() {
	for {
		select {
		case f := <-s.calls:
			f()
		default:
			return
		}
	}
}

// fail ends Run: the chain cannot store what it gets, so going on is no use.
func (n *Node) fail(err error) {
	n.log.Error("chain failed", "err", err)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.group.Go(func() error { return err })
}

// joined takes a new peer in.
func (s *syncer) joined(ctx context.Context, p *peer) {
	s.call(ctx, func() {
		s.peers[p] = &source{p: p, behind: true, open: make(map[types.Hash]bool), lacks: make(map[types.Hash]time.Time)}
	})
}

// left forgets a peer; what it owes is asked of others.
func (s *syncer) left(p *peer) {
	src := s.peers[p]
	if src == nil {
		return
	}
	s.release(src)
	delete(s.peers, p)
}

// release takes back all that is asked of src.
func (s *syncer) release(src *source) {
	for h := range src.open {
		if s.asked[h] == src {
			delete(s.asked, h)
		}
	}
	clear(src.open)
}

// progress notes that headers of p wait for a seat list: it is at work.
func (s *syncer) progress(p *peer) {
	if src := s.peers[p]; src != nil {
		src.asked = time.Now()
	}
}

// answered takes the outcome of a peer's headers.
func (s *syncer) answered(p *peer, out outcome) {
	src := s.peers[p]
	if src == nil {
		return
	}
	if out.reply {
		src.asked = time.Time{}
		src.behind = out.full
	}
	if out.orphan {
		src.behind = true
	}
	if out.later > 0 {
		src.later = time.Now().Add(out.later)
	}
	if out.height > 0 {
		src.last = out.last
		s.stale = true
	}
}

// lacking notes that p does not have blocks it was asked for.
func (s *syncer) lacking(p *peer, hs []types.Hash) {
	src := s.peers[p]
	if src == nil {
		return
	}
	for _, h := range hs {
		delete(src.open, h)
		if s.asked[h] == src {
			delete(s.asked, h)
		}
		if len(src.lacks) >= planSize {
			clear(src.lacks)
		}
		src.lacks[h] = time.Now().Add(laterHeaders)
	}
}

// schedule hands the next block to the importer and asks for what is missing.
func (s *syncer) schedule(now time.Time) {
	if s.stale {
		s.remake(now)
	}
	if s.importing == nil {
		if a := s.next(); a != nil {
			delete(s.ready, a.hash)
			s.readySize -= a.size
			s.importing = a
			s.work <- a
		}
	}
	s.askBlocks(now)
	s.askHeaders(now)
}

// next is the first block of the plan that came and whose parent is not still
// to come. The plan may hold more than one branch: a block that nobody hands
// out holds up its own only.
func (s *syncer) next() *arrival {
	if len(s.ready) == 0 {
		return nil
	}
	missing := make(map[types.Hash]bool, len(s.plan))
	for _, h := range s.plan {
		missing[h] = true
	}
	for _, h := range s.plan {
		// With much waiting the chain takes it out of order: its disk has more
		// room than we have memory.
		if a := s.ready[h]; a != nil && (!missing[a.block.Header.PrevHash] || s.readySize > maxReadyBytes/2) {
			return a
		}
	}
	return nil
}

// remake asks the chain what is missing and forgets what no longer is.
func (s *syncer) remake(now time.Time) {
	s.stale = false
	s.plan = s.unavoided(s.n.chain.MissingBlocks(planSize), now)
	wanted := make(map[types.Hash]bool, len(s.plan))
	for _, h := range s.plan {
		wanted[h] = true
	}
	for h, a := range s.ready {
		if !wanted[h] {
			delete(s.ready, h)
			s.readySize -= a.size
		}
	}
	for h, src := range s.asked {
		if !wanted[h] {
			delete(s.asked, h)
			delete(src.open, h)
		}
	}
}

// unavoided leaves out the blocks that the chain did not take lately, and those
// behind them, which could not connect.
func (s *syncer) unavoided(plan []types.Hash, now time.Time) []types.Hash {
	left := make(map[types.Hash]bool)
	return slices.DeleteFunc(plan, func(h types.Hash) bool {
		if t, ok := s.avoid[h]; ok && t.After(now) {
			left[h] = true
		} else if len(left) > 0 {
			header, err := s.n.chain.Header(h)
			left[h] = err != nil || left[header.PrevHash]
		}
		return left[h]
	})
}

// askBlocks spreads the plan's missing blocks over the peers.
func (s *syncer) askBlocks(now time.Time) {
	requests := make(map[*source][]types.Hash)
	for i, h := range s.plan {
		if s.ready[h] != nil || s.asked[h] != nil || s.importing != nil && s.importing.hash == h {
			continue
		}
		if s.readySize >= maxReadyBytes && i > 0 {
			break
		}
		src := s.choose(h, now)
		if src == nil {
			continue
		}
		if len(src.open) == 0 {
			src.since = now
		}
		src.open[h], s.asked[h] = true, src
		requests[src] = append(requests[src], h)
	}
	for src, hs := range requests {
		src.p.mu.Lock()
		for _, h := range hs {
			src.p.wantBlocks[h] = struct{}{}
		}
		src.p.mu.Unlock()
		src.p.send(&getBlocksMsg{hs})
	}
}

// choose picks the peer with the fewest open requests that may have block h.
func (s *syncer) choose(h types.Hash, now time.Time) *source {
	busy := 0
	for _, src := range s.peers {
		if len(src.open) > 0 {
			busy++
		}
	}
	tip := s.n.chain.Tip().Height
	var best *source
	for _, src := range s.peers {
		switch {
		case src.lacks[h].After(now) || src.paused.After(now) || len(src.open) >= window:
		case src.p.height.Load() < tip || src.p.version.Services&ServiceBlocks == 0:
		case len(src.open) == 0 && busy >= maxSources:
		case src.p.owes() >= 2*window: // what it never answered counts too
		case best == nil || len(src.open) < len(best.open):
			best = src
		}
	}
	return best
}

// owes counts the blocks asked of p on this connection and not answered.
func (p *peer) owes() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.wantBlocks)
}

// askHeaders asks peers that may know more than we do. While far behind it is
// one at a time: all would send the same.
func (s *syncer) askHeaders(now time.Time) {
	open := 0
	for _, src := range s.peers {
		if !src.asked.IsZero() {
			open++
		}
	}
	serial := s.far()
	for _, src := range s.peers {
		if !src.behind || !src.asked.IsZero() {
			continue
		}
		if serial && open > 0 {
			return
		}
		src.asked, src.behind = now, false
		open++
		locator := s.n.chain.Locator()
		if src.last != (types.Hash{}) {
			locator = append([]types.Hash{src.last}, locator...)
		}
		src.p.mu.Lock()
		src.p.wantHeaders++
		src.p.mu.Unlock()
		src.p.send(&getHeadersMsg{locator[:min(len(locator), maxLocator)]})
	}
}

// farSlots is how old the best header may be before a node counts as far
// behind: some hours of a quiet network, minutes of a local one.
const farSlots = 600

func (s *syncer) far() bool {
	p := s.n.opts.Params
	return p.SlotAt(s.n.opts.Clock()) > s.n.chain.BestHeader().Slot+farSlots
}

// watch finds peers that do not deliver and repeats what time repairs.
func (s *syncer) watch(now time.Time) {
	for h, t := range s.avoid {
		if !t.After(now) {
			delete(s.avoid, h)
			s.stale = true
		}
	}
	var idle *source
	for _, src := range s.peers {
		s.watchBlocks(src, now)
		if !src.asked.IsZero() && now.Sub(src.asked) > headersLimit {
			src.asked = time.Time{}
			s.stalled(src, now, "headers")
		}
		if !src.later.IsZero() && !src.later.After(now) {
			src.behind, src.later = true, time.Time{}
		}
		if src.asked.IsZero() && !src.behind {
			idle = src // map order is chance enough
		}
	}
	if idle != nil && now.Sub(s.polled) >= pollEvery {
		s.polled = now
		idle.behind = true
	}
}

func (s *syncer) watchBlocks(src *source, now time.Time) {
	if len(src.open) == 0 {
		return
	}
	if t := time.Unix(0, src.p.lastBlock.Load()); t.After(src.since) {
		src.since = t
	}
	if now.Sub(src.since) <= s.stall {
		return
	}
	s.release(src)
	src.paused = now.Add(s.stall)
	s.stall = min(2*s.stall, lastStall)
	s.stalled(src, now, "blocks")
}

// stalled notes that a peer did not deliver; in the end it is dropped.
func (s *syncer) stalled(src *source, _ time.Time, what string) {
	src.stalls++
	s.n.count.stalls.Add(1)
	err := fmt.Errorf("%w: %s", errStalled, what)
	s.n.punish(src.p, pointsStall, err)
	if src.stalls >= maxStalls {
		src.p.drop(err)
	}
}

var errStalled = errors.New("peer does not deliver")

// importLoop gives blocks to the chain, one after the other.
func (s *syncer) importLoop(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case a := <-s.work:
			err := s.n.chain.AddBlock(a.block)
			s.call(ctx, func() { s.imported(a, err) })
		}
	}
}

// imported takes the chain's verdict on a block.
func (s *syncer) imported(a *arrival, err error) {
	now := time.Now()
	s.importing = nil
	if i := slices.Index(s.plan, a.hash); i >= 0 {
		s.plan = slices.Delete(s.plan, i, i+1)
	}
	if len(s.plan) < planSize/2 || err != nil {
		s.stale = true
	}
	retry := time.Duration(0)
	switch {
	case err == nil, errors.Is(err, chain.ErrKnown):
		s.n.count.blocksIn.Add(1)
		s.stall = max(firstStall, s.stall*85/100)
	case consensus.IsRule(err):
		s.n.count.blocksBad.Add(1)
		s.n.punish(a.from, pointsRule, err)
		retry = time.Hour
	case errors.Is(err, chain.ErrFuture), errors.Is(err, chain.ErrAhead), errors.Is(err, chain.ErrBusy),
		errors.Is(err, chain.ErrOrphan), errors.Is(err, consensus.ErrNeedList):
		retry = laterHeaders
	case errors.Is(err, chain.ErrDeepFork), errors.Is(err, chain.ErrBadBranch), errors.Is(err, chain.ErrCheckpoint):
		retry = time.Hour
	case errors.Is(err, chain.ErrDiskFull):
		s.n.log.Error("block not stored, trying again", "hash", a.hash, "err", err)
		retry = diskPause
	default:
		s.failed = fmt.Errorf("block %v: %w", a.hash, err)
	}
	if retry > 0 {
		s.n.log.Debug("block not taken", "hash", a.hash, "peer", a.from.addr, "err", err)
		if len(s.avoid) < 1024 {
			s.avoid[a.hash] = now.Add(retry)
		}
	}
}
