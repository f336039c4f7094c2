package render

import (
	"slices"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
)

// Units.
const (
	unitTarget  = 90 * time.Second // what a node should be at for one lease
	leaseLeast  = 2 * time.Minute  // shortest deadline
	leaseFactor = 3                // of what is expected
)

// speedOf is a node's speed in pixels a second: measured, or by the requester's
// own trial for as many cores.
func (s *state) speedOf(a *account) float64 {
	if a.Speed > 0 {
		return a.Speed
	}
	frame := float64(s.Plan.Settings.Width) * float64(s.Plan.Settings.Height)
	if s.Plan.FrameSeconds <= 0 {
		return frame / 30 // nothing is known; it is measured soon
	}
	return frame / s.Plan.FrameSeconds * float64(max(a.Cores, 1))
}

// repeatable tells whether n may be handed t: nobody vouches for himself, and
// what failed at a node fails there again.
func (t *tile) repeatable(n nodeID) bool {
	return t.claimOf(n) == nil && !t.failedAt(n) && !slices.Contains(t.held, n)
}

// wanted tells whether t has to be rendered by one more node, and none is at it.
func (s *state) wanted(t *tile) bool {
	switch {
	case t.Failed != "" || len(t.held) > 0:
		return false
	case t.Keep == 0:
		return !s.unpayable(t)
	case t.Dispute:
		return s.ownEngine == ""
	}
	return t.Check != nil && !t.Check.Own
}

// unpayable tells whether next to nothing is left for a tile that this machine
// could render: a liar's thrown away pictures had been paid. Nobody else should
// have to make up for it.
func (s *state) unpayable(t *tile) bool {
	return s.ownEngine != "" && s.Terms.primary(t.pixels(), s.totals().waiting, s.left()) < s.Terms.worth(t.pixels())/10
}

// take chooses a unit for a node and leases it; nil when there is nothing for it
// now. nodes is how many work on the job.
func (s *state) take(n nodeID, nodes int, now time.Time) (uint64, *grant) {
	speed := s.speedOf(s.Nodes[n])
	tiles := s.unit(n, speed, nodes)
	held := s.leasesOf(n)
	if len(tiles) == 0 {
		tiles = s.relieve(n, len(held) == 0, now)
	}
	if len(tiles) == 0 {
		return 0, nil
	}
	if s.Opened.IsZero() {
		s.Opened = now
	}
	g, px := &grant{Node: n, At: now, Size: len(tiles)}, int64(0)
	for _, t := range tiles {
		g.Tiles, px = append(g.Tiles, t.Tile), px+t.pixels()
		if s.touchTile(t); !slices.Contains(t.Asked, n) {
			t.Asked = append(t.Asked, n)
		}
		t.held = append(t.held, n)
	}
	g.Expect = time.Duration(float64(px) / speed * float64(time.Second))
	before := time.Duration(0) // it is at these first
	for _, id := range held {
		before += s.Leases[id].Expect
	}
	// Its speed is its own word: slowness beyond all bounds is not waited for.
	g.Until = now.Add(min(max(leaseFactor*(before+g.Expect), leaseLeast), before+s.patience(g)))
	s.Lease++
	s.touchLease(s.Lease)
	s.Leases[s.Lease] = g
	return s.Lease, g
}

// relieve finds something for a node in what others hold: what they have not
// begun, and if it is idle, what they are at.
func (s *state) relieve(n nodeID, idle bool, now time.Time) []*tile {
	t, b := s.handover(n, now)
	switch {
	case t != nil:
		s.takeBack(b.node, t.Tile)
		if b.away {
			s.log(now, b.node, "is not heard of any more; frame %d, which it had not begun, goes to %.8s", t.Tile.Frame, types.Address(n))
		}
	case idle:
		if t, b = s.double(n, now); t != nil && b.away {
			s.log(now, b.node, "is not heard of any more, in the middle of frame %d, which goes to %.8s", t.Tile.Frame, types.Address(n))
		}
	}
	if t == nil {
		return nil
	}
	return []*tile{t}
}

// unit lists tiles for a node in the order of frames: as many as it renders in
// unitTarget, and at most its part of half of what is left, so that all nodes end
// at about the same time (guided self-scheduling).
func (s *state) unit(n nodeID, speed float64, nodes int) (out []*tile) {
	left := 0
	for _, f := range s.Frames {
		for _, t := range f.Tiles {
			if s.wanted(t) {
				left++
			}
		}
	}
	most := min(max(left/(2*max(nodes, 1)), 1), maxUnit)
	room := speed * unitTarget.Seconds()
	for _, f := range s.Frames {
		for _, t := range f.Tiles {
			if !s.wanted(t) || !t.repeatable(n) {
				continue
			}
			room -= float64(t.pixels())
			if len(out) > 0 && (room < 0 || len(out) >= most) {
				return out
			}
			out = append(out, t)
		}
	}
	return out
}

// before orders tiles as they are handed out.
func before(a, b engine.Tile) bool {
	switch {
	case a.Frame != b.Frame:
		return a.Frame < b.Frame
	case a.Y != b.Y:
		return a.Y < b.Y
	}
	return a.X < b.X
}

// leasesOf lists a node's leases, oldest first.
func (s *state) leasesOf(n nodeID) (out []uint64) {
	for id, g := range s.Leases {
		if g.Node == n {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// useful tells whether a lease still has a tile that its node should render.
func (s *state) useful(g *grant) bool {
	return slices.ContainsFunc(g.Tiles, func(k engine.Tile) bool {
		t := s.byTile[k]
		return t != nil && t.claimOf(g.Node) == nil && !t.failedAt(g.Node) && s.needs(t)
	})
}

// handBack takes one tile out of a node's leases.
func (s *state) handBack(n nodeID, k engine.Tile) {
	for _, id := range s.leasesOf(n) {
		i := slices.Index(s.Leases[id].Tiles, k)
		if i < 0 {
			continue
		}
		g := s.touchLease(id)
		g.Tiles = slices.Delete(slices.Clone(g.Tiles), i, i+1)
		if i < g.ahead {
			g.ahead--
		}
		s.unhold(n, k)
		if len(g.Tiles) == 0 {
			delete(s.Leases, id)
		}
	}
}

func (s *state) unhold(n nodeID, k engine.Tile) {
	if t := s.byTile[k]; t != nil {
		t.held = slices.DeleteFunc(slices.Clone(t.held), func(o nodeID) bool { return o == n })
	}
}

// dropLease ends a lease; its tiles are free for others.
func (s *state) dropLease(id uint64) {
	g := s.touchLease(id)
	if g == nil {
		return
	}
	delete(s.Leases, id)
	for _, k := range g.Tiles {
		s.unhold(g.Node, k)
	}
}

// dropLeases ends all leases of a node, and tells how many tiles that frees.
func (s *state) dropLeases(n nodeID) (tiles int) {
	for _, id := range s.leasesOf(n) {
		tiles += len(s.Leases[id].Tiles)
		s.dropLease(id)
	}
	return tiles
}

// expire ends the leases whose time is over.
func (s *state) expire(now time.Time) {
	for id, g := range s.Leases {
		switch {
		case !s.useful(g):
			s.dropLease(id)
		case now.After(g.Until):
			s.log(now, g.Node, "did not deliver in time; %s to others", counted(len(g.Tiles), "tile goes", "tiles go"))
			s.dropLease(id)
			s.lapsed(g.Node, now)
		}
	}
}

// Nodes that let leases run out.
const (
	lapseRest  = time.Minute // that it is handed nothing after the first, twice as long after each
	mostLapses = 5           // in a row, until it is out
	slowLink   = 100 << 10   // bytes a second that any node is believed to send
)

// lapsed books that a node did not deliver: others come first for a while.
func (s *state) lapsed(n nodeID, now time.Time) {
	a := s.touchNode(n)
	a.Lapsed++
	a.Rests = now.Add(lapseRest << min(a.Lapsed-1, mostLapses))
	if a.Lapsed >= mostLapses && !a.out() {
		a.Barred = "it did not deliver in time again and again"
		s.dropLeases(n)
		s.log(now, n, "gets nothing more: %s", a.Barred)
	}
}

// mostGarbled is how many tiles in a row a node may send broken each time.
const mostGarbled = 3

// garbled books that a tile of a node arrived broken each time.
func (s *state) garbled(n nodeID, now time.Time) {
	a := s.touchNode(n)
	if a.Garbled++; a.Garbled >= mostGarbled && !a.out() {
		a.Barred = "what it sends arrives broken"
		s.dropLeases(n)
		s.log(now, n, "gets nothing more: %s", a.Barred)
	}
}

// progressed books that a node has delivered: its leases go on.
func (s *state) progressed(n nodeID, now time.Time) {
	a := s.touchNode(n)
	a.Lapsed, a.Rests, a.Garbled, a.Failing = 0, time.Time{}, 0, 0
	for _, id := range s.leasesOf(n) {
		s.touchLease(id).Last = now
	}
}

// patience is how long a node may say that it is at a lease without delivering
// one tile of it. Nodes give a tile up in less (Spec.timeLimit).
func (s *state) patience(g *grant) (most time.Duration) {
	spec := s.Plan.spec()
	for _, k := range g.Tiles {
		send := time.Duration(picture.MaxEncoded(s.Plan.Settings.Form, k.W, k.H)/slowLink) * time.Second
		most = max(most, spec.timeLimit(k, 2*leastTime)+send)
	}
	return most
}

// renew begins the leases' time anew: this machine slept or was off, or its clock
// was set, which is not the nodes' fault.
func (s *state) renew(now time.Time) {
	for id := range s.Leases {
		g := s.touchLease(id)
		if g.At.After(now) {
			g.At = now
		}
		g.Last = now
		g.Until = now.Add(min(max(2*g.Expect, leaseLeast), s.patience(g)))
	}
	for n, a := range s.Nodes {
		if a.Rests.After(now) {
			s.touchNode(n).Rests = now
		}
	}
	for _, f := range s.Frames {
		for _, t := range f.Tiles {
			if t.Check != nil && t.Check.At.After(now) {
				s.touchTile(t).Check.At = now
			}
		}
	}
}

// extend gives a lease more time, since its node is at it, but not for ever.
func (s *state) extend(id uint64, now time.Time) {
	g := s.Leases[id]
	since := g.At
	if g.Last.After(since) {
		since = g.Last
	}
	if now.Sub(since) > s.patience(g) {
		return
	}
	if until := now.Add(min(max(2*g.Expect, leaseLeast), s.patience(g))); until.Sub(g.Until) > leaseLeast/4 {
		s.touchLease(id).Until = until
	}
}
