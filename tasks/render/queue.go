package render

import (
	"slices"
	"time"

	"supercomputing/tasks/render/engine"
)

// This file keeps nodes busy at the same time: what one holds and has not begun
// goes to another that would have it done sooner.

// How many nodes are reckoned with at first: one that asks before the others must
// not take what is theirs.
const (
	usualNodes = 4
	gathering  = 2 * time.Minute // after the first lease, when those that are there are known
)

// crowd is how many nodes share the work when so many are here.
func (s *state) crowd(here int, now time.Time) int {
	if s.Opened.IsZero() || now.Sub(s.Opened) < gathering {
		return max(here, s.Plan.Nodes, usualNodes)
	}
	return max(here, 1)
}

// backlog is what a node holds, in the order in which it renders.
type backlog struct {
	node  nodeID
	tiles []*tile
	begun int // of tiles: rendered ones that were not sent, and the one at work
	since time.Time
	speed float64
	away  bool
}

// backlogs are of all nodes that hold something.
func (s *state) backlogs() map[nodeID]*backlog {
	ids := make([]uint64, 0, len(s.Leases))
	for id := range s.Leases {
		ids = append(ids, id)
	}
	slices.Sort(ids) // older leases come first
	out := make(map[nodeID]*backlog)
	for _, id := range ids {
		g := s.Leases[id]
		b := out[g.Node]
		if b == nil {
			_, away := s.away[g.Node]
			b = &backlog{node: g.Node, begun: 1, since: g.At, speed: s.speedOf(s.Nodes[g.Node]), away: away}
			out[g.Node] = b
		}
		if g.Last.After(b.since) {
			b.since = g.Last
		}
		for _, k := range g.Tiles {
			if t := s.byTile[k]; t != nil {
				b.tiles = append(b.tiles, t)
			}
		}
		b.begun += g.ahead
	}
	return out
}

// until is how long it takes until tile i is there. A node that is late with the
// tile at work is believed to need as long again as it is late.
func (b *backlog) until(i int, now time.Time) (d time.Duration) {
	if b == nil {
		return 0
	}
	for j := max(b.begun-1, 0); j <= i && j < len(b.tiles); j++ {
		took := seconds(float64(b.tiles[j].pixels()) / b.speed)
		if late := now.Sub(b.since) - took; j == b.begun-1 {
			took = late.Abs()
		} else if late > 0 {
			took += late // the others take as long, too
		}
		d += took
	}
	return d
}

// all is how long it takes until all of it is there.
func (b *backlog) all(now time.Time) time.Duration {
	if b == nil {
		return 0
	}
	return b.until(len(b.tiles)-1, now)
}

// needs tells whether somebody should render t, or render it once more.
func (s *state) needs(t *tile) bool {
	return t.open() || t.Check != nil && !t.Check.Own || t.Dispute && s.ownEngine == ""
}

// handover chooses a tile that its holder has not begun, and that n would have
// rendered sooner: of those the one that gains most. Who has lost its session has
// all of it taken but what it was at, which it may bring yet.
func (s *state) handover(n nodeID, now time.Time) (best *tile, from *backlog) {
	all := s.backlogs()
	own, speed, gain := all[n].all(now), s.speedOf(s.Nodes[n]), time.Duration(0)
	for _, b := range all {
		if b.node == n {
			continue
		}
		for i := len(b.tiles) - 1; i >= b.begun; i-- {
			t := b.tiles[i]
			if len(t.held) != 1 || !t.repeatable(n) || !s.needs(t) || t.open() && s.unpayable(t) {
				continue
			}
			took := seconds(float64(t.pixels()) / speed)
			more := b.until(i, now) - own - took
			if b.away {
				more = 1 << 62
			}
			if more > took/4 && (more > gain || more == gain && before(t.Tile, best.Tile)) {
				best, from, gain = t, b, more
			}
			break
		}
	}
	return best, from
}

// takeBack takes a tile from who has not begun it; the node hears of it when it
// says next that it is alive.
func (s *state) takeBack(n nodeID, k engine.Tile) {
	for _, id := range s.leasesOf(n) {
		if g := s.Leases[id]; slices.Contains(g.Tiles, k) {
			g = s.touchLease(id)
			g.Cut = append(slices.Clone(g.Cut), k)
			g.Expect = max(g.Expect-g.Expect/time.Duration(len(g.Tiles)), 0)
			s.handBack(n, k)
			return
		}
	}
}

// double chooses a tile that another node is at for an idle one, so that one slow
// node does not hold the job: the one that takes longest yet. One that is nearly
// there is not rendered twice for that.
func (s *state) double(n nodeID, now time.Time) (best *tile, from *backlog) {
	most, speed := time.Duration(-1), s.speedOf(s.Nodes[n])
	for _, b := range s.backlogs() {
		for i := 0; i < min(b.begun, len(b.tiles)); i++ {
			t, left := b.tiles[i], b.until(i, now)
			if b.away {
				left = 1 << 62
			}
			if !t.open() || s.unpayable(t) || len(t.held) != 1 || !t.repeatable(n) || 2*min(left, 1<<61) < seconds(float64(t.pixels())/speed) {
				continue
			}
			if left > most || left == most && before(t.Tile, best.Tile) {
				best, from, most = t, b, left
			}
		}
	}
	return best, from
}

// span is how long so many nodes need for what is left: each has its tile at work,
// and all share the rest. false: nobody is there, or nothing is left for nodes.
func (s *state) span(here []nodeID, now time.Time) (time.Duration, bool) {
	n := s.totals()
	tiles, rest := 0, n.waiting+n.drawn
	if len(here) == 0 || rest <= 0 {
		return 0, false
	}
	for _, f := range s.Frames {
		for _, t := range f.Tiles {
			if t.open() || t.Check != nil && !t.Check.Own {
				tiles++
			}
		}
	}
	mean := float64(rest) / float64(max(tiles, 1))
	all, free, speed := s.backlogs(), make([]time.Duration, len(here)), make([]float64, len(here))
	sum, busy, fastest, last := 0.0, 0.0, 0.0, time.Duration(0)
	for i, id := range here {
		speed[i] = max(s.speedOf(s.Nodes[id]), 1e-6)
		if b := all[id]; b != nil {
			k := min(b.begun, len(b.tiles))
			free[i] = b.until(k-1, now)
			tiles -= k
			if since := now.Sub(b.since).Seconds(); since*speed[i] > mean {
				speed[i] = mean / since // no faster than it shows
			}
		}
		sum, busy, fastest, last = sum+speed[i], busy+speed[i]*free[i].Seconds(), max(fastest, speed[i]), max(last, free[i])
	}
	tiles = max(tiles, 0)
	const few = 200 // tiles, up to which it matters that they are whole ones
	end := time.Duration(0)
	if tiles > few {
		end = seconds((float64(tiles)*mean + busy) / sum)
	} else {
		for range tiles {
			best, at := 0, time.Duration(1<<62)
			for i := range here {
				if t := free[i] + seconds(mean/speed[i]); t < at {
					best, at = i, t
				}
			}
			free[best], end = at, max(end, at)
		}
	}
	// The last ones under way are doubled where that is faster.
	return max(end, min(last, end+seconds(mean/fastest))), true
}
