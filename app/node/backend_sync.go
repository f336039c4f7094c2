package node

import (
	"sync"
	"time"

	"supercomputing/app/view"
)

const (
	// paceSpan is over how long the speed of reading blocks is measured.
	paceSpan = time.Minute
	// closeBy is how many blocks behind is no delay: one is always being read.
	closeBy = 3
	// aloneFor is how many mean distances of blocks without a peer or a block
	// make a node doubt that it has what the network has.
	aloneFor = 20
	// maxLeft bounds what is told of the time that is left.
	maxLeft = 1000 * time.Hour
)

// pace measures how fast blocks are read.
type pace struct {
	mu     sync.Mutex
	points []pacePoint // guarded by mu, oldest first
}

type pacePoint struct {
	at     time.Time
	height uint32
}

// note takes the height at a time.
func (p *pace) note(at time.Time, height uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	drop := 0
	for drop+1 < len(p.points) && at.Sub(p.points[drop+1].at) >= paceSpan {
		drop++
	}
	if drop > 0 {
		p.points = append(p.points[:0], p.points[drop:]...)
	}
	p.points = append(p.points, pacePoint{at, height})
}

// rate is how many blocks a second were read lately, 0 when that is not known.
func (p *pace) rate() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.points) < 2 {
		return 0
	}
	first, last := p.points[0], p.points[len(p.points)-1]
	took := last.at.Sub(first.at).Seconds()
	if took <= 0 || last.height <= first.height {
		return 0
	}
	return float64(last.height-first.height) / took
}

// syncFacts is what tells how far a node is.
type syncFacts struct {
	now        time.Time
	have, want uint32    // heights: checked, of the best chain of headers
	tip        time.Time // of the last checked block
	peers      int
	told       uint32 // the largest height that a peer tells
	wallet     uint32 // the wallet's height; have without one
	rate       float64
	block      time.Duration // mean distance of blocks
}

func (n *Node) syncState(peers int) view.Sync {
	have := n.chain.Tip()
	f := syncFacts{now: time.Now(), have: have.Height, want: n.chain.BestHeader().Height, tip: n.params.SlotTime(have.Slot), peers: peers,
		wallet: have.Height, rate: n.pace.rate(), block: blockTime(n.params)}
	for _, p := range n.gossip.Peers() {
		f.told = max(f.told, p.Height)
	}
	if n.wallet != nil {
		f.wallet = n.wallet.Position().Height
	}
	return f.sync()
}

func (f syncFacts) sync() view.Sync {
	s := view.Sync{Height: f.have, Target: max(f.want, f.have), Behind: max(int64(f.now.Sub(f.tip)/time.Second), 0)}
	switch {
	case f.want > f.have:
		s.State = view.SyncBlocks
	case f.peers == 0:
		s.State, s.Note = view.SyncAlone, "no peers"
	case f.told > f.want+1:
		s.State, s.Target = view.SyncHeaders, f.told
	default:
		s.State = view.SyncDone
	}
	s.Left = s.Target - f.have
	if s.Left > 0 && f.rate > 0 {
		s.Ready = f.now.Add(time.Duration(min(float64(s.Left)/f.rate, maxLeft.Seconds()) * float64(time.Second))).UTC().Truncate(time.Second)
	}
	s.Usable = f.usable(s)
	return s
}

// usable reports whether balances and boards are those of the network, as far
// as this node can know.
func (f syncFacts) usable(s view.Sync) bool {
	if s.Left > closeBy || f.wallet+closeBy < f.have {
		return false
	}
	return s.State != view.SyncAlone || f.now.Sub(f.tip) <= aloneFor*f.block
}
