package render

import (
	"slices"
	"time"

	"supercomputing/tasks/render/engine"
)

// stance is what a requester says to a picture that a node offers.
type stance byte

const (
	stanceUpload  stance = iota // its bytes are wanted
	stanceAccept                // it is the picture that is here: no bytes are needed
	stanceKnown                 // it was delivered before
	stanceLate                  // another node was faster
	stanceUnasked               // it was never handed to the node, or is no tile of the job any more
)

// offered decides about a picture before its bytes are here.
func (s *state) offered(n nodeID, build string, k engine.Tile, h pixelHash) stance {
	t, a := s.byTile[k], s.Nodes[n]
	if t == nil || !asked(t, n) || a != nil && (a.Caught != "" || a.Barred != "" && a.Strikes > 0) {
		return stanceUnasked // it may have been caught while its bytes came in
	}
	if t.claimOf(n) != nil {
		return stanceKnown
	}
	kept := t.kept()
	switch {
	case kept == nil:
		return stanceUpload
	case s.Plan.Checks == ChecksOff || !holds(t, n) && (t.Check == nil || t.Check.Own):
		// A lease that has lapsed gives no right to be a second opinion: else a
		// node could choose whom it vouches for by being slow.
		return stanceLate
	case kept.Hash == h && (kept.Build == build || s.Metric) && !t.Dispute:
		return stanceAccept
	}
	return stanceUpload
}

func asked(t *tile, n nodeID) bool { return contains(t.Asked, n) }
func holds(t *tile, n nodeID) bool { return contains(t.held, n) }

func contains(ns []nodeID, n nodeID) bool {
	for _, o := range ns {
		if o == n {
			return true
		}
	}
	return false
}

// delivery is a picture that a node has rendered.
type delivery struct {
	node  nodeID
	build string
	hash  pixelHash
	took  time.Duration
	setup time.Duration
	file  bool // its bytes are on disk
}

// accept takes a delivery of t, whose offered stance was stanceUpload or
// stanceAccept. alike says whether it agrees with the kept picture, if there is
// one: equal bytes, or alike where builds differ.
func (s *state) accept(t *tile, d delivery, alike bool, e surroundings) {
	a, px := s.touchNode(d.node), t.pixels()
	d.took = min(d.took, s.since(d.node, t.Tile, e.now)) // its own word, and no longer than that
	d.setup = min(d.setup, d.took)
	s.handBack(d.node, t.Tile)
	s.progressed(d.node, e.now)
	s.touchTile(t)
	a.Seq++
	a.measured(px, d.took)
	c := claim{Node: d.node, Build: d.build, Hash: d.hash, Took: d.took.Milliseconds(), Seq: a.Seq, At: e.now, File: d.file}
	n, left := s.totals(), s.left()
	first := t.kept() == nil
	c.Repeat = !first
	switch {
	case first:
		c.Pay = s.hold(d.node, s.Terms.primary(px, n.waiting, left))
	case t.Check != nil && !t.Check.Own: // its own repeat is among the drawn
		if s.Terms.covers(px, n.waiting, n.drawn-px, left) {
			c.Pay = s.hold(d.node, s.Terms.worth(px))
		}
	case s.Terms.covers(px, n.waiting, n.drawn, left):
		c.Pay = s.hold(d.node, s.Terms.worth(px))
	}
	s.touchTile(t).Claims = append(t.Claims, c)
	a.waiting = append(a.waiting, t)
	if !first {
		a.Repeats++
		s.Counts.Repeated++
		s.Counts.Extra += px
		switch {
		case t.Dispute: // it is a voice more
		case alike:
			s.passed(t, false)
		default:
			s.disagree(t, d.node, e.now)
		}
		return
	}
	t.Keep, t.Failed = len(t.Claims), ""
	s.Counts.Accepted++
	s.Counts.Pixels += px
	s.Timed.N++
	s.Timed.Took += d.took.Seconds()
	s.Timed.Setup += d.setup.Seconds()
	s.draw(t, e)
	s.release(d.node)
}

// since is how long ago a node was handed a tile that it holds, or else how long
// the job is old.
func (s *state) since(n nodeID, k engine.Tile, now time.Time) time.Duration {
	for _, id := range s.leasesOf(n) {
		if g := s.Leases[id]; slices.Contains(g.Tiles, k) {
			return now.Sub(g.At)
		}
	}
	return now.Sub(s.Began)
}

// Tiles that fail.
const (
	mostFailing = 3 // nodes at which a tile fails before it is given up
	mostTries   = 3 // own attempts at such tiles, beyond those that the work affords
	mostBroken  = 3 // tiles that fail before any succeeds: the scene is broken
)

// mostNamed is how many tiles that fail in a row at one node are named in the log.
const mostNamed = 3

// fail books that a tile could not be rendered by a node.
func (s *state) fail(n nodeID, t *tile, why reason, text string, now time.Time) {
	if s.handBack(n, t.Tile); t.claimOf(n) != nil || t.failedAt(n) || !asked(t, n) {
		return
	}
	s.touchTile(t).Fails = append(t.Fails, failure{n, why, clipText(text)})
	switch a := s.touchNode(n); {
	case a.Failing < mostNamed:
		s.log(now, n, "cannot render %v: %v: %s", t.Tile, why, text)
	case a.Failing == mostNamed:
		s.log(now, n, "cannot render %v and more: %v: %s", t.Tile, why, text)
	}
	s.Nodes[n].Failing++
}

// faults counts the nodes at which the scene itself was to blame.
func (t *tile) faults() (n int) {
	for _, f := range t.Fails {
		if f.Reason == reasonScene || f.Reason == reasonLimit {
			n++
		}
	}
	return n
}

// known counts those of them that are more than a name: nodes that passed a check,
// here or in earlier jobs.
func (s *state) known(t *tile) (n int) {
	for _, f := range t.Fails {
		if a := s.Nodes[f.Node]; a != nil && a.trust() >= 1 && (f.Reason == reasonScene || f.Reason == reasonLimit) {
			n++
		}
	}
	return n
}

// triable tells whether this machine should try a tile that fails elsewhere, or
// that nothing is left to pay for.
func (s *state) triable(t *tile, e surroundings) bool {
	if t.open() && len(t.held) == 0 && s.unpayable(t) {
		return true
	}
	return s.ownEngine != "" && t.open() && len(t.Fails) > 0 && len(t.held) == 0 &&
		(t.faults() >= mostFailing || !e.able(t)) && (s.Tries < mostTries || s.ownAffordable(t))
}

// giveUp ends the attempts at a tile.
func (s *state) giveUp(t *tile, now time.Time) {
	last := t.Fails[len(t.Fails)-1]
	s.touchTile(t).Failed = last.Reason.String()
	if last.Text != "" {
		t.Failed += ": " + last.Text
	}
	s.log(now, nodeID{}, "%v is given up, nobody can render it: %s", t.Tile, t.Failed)
	if n := s.totals().failed; n >= mostBroken && s.Counts.Accepted == 0 && s.Broken == "" {
		s.breakOff("no tile of the scene can be rendered: "+t.Failed, now)
	}
}

// breakOff ends the job early.
func (s *state) breakOff(why string, now time.Time) {
	s.Broken = why
	s.log(now, nodeID{}, "the job ends early: %s", why)
	for id := range s.Leases {
		s.dropLease(id)
	}
}

// giveUpRest gives up tiles that fail at known nodes, and that nobody is left to
// try: strangers alone do not make anybody give up what others may render.
func (s *state) giveUpRest(e surroundings, alone time.Duration) {
	for _, f := range s.Frames {
		for _, t := range f.Tiles {
			if !t.open() || len(t.Fails) == 0 || len(t.held) > 0 || s.triable(t, e) {
				continue
			}
			if t.faults() >= mostFailing && (s.known(t) >= mostFailing || !e.able(t)) || alone >= alonePatience && !e.able(t) {
				s.giveUp(t, e.now)
			}
		}
	}
}

// alonePatience is how long the job waits for a node where it cannot go on
// without one.
const alonePatience = 10 * time.Minute

// recut cuts frames that nobody has begun anew when tiles take far more or less
// time than they should.
func (s *state) recut(nodes int, now time.Time) {
	const enough = 4 // tiles measured
	if s.Plan.WholeOnly || s.Timed.N < enough {
		return
	}
	var fresh []*frame
	tiles := 0
	for _, f := range s.Frames {
		if f.begun() {
			tiles += len(f.Tiles)
		} else {
			fresh = append(fresh, f)
		}
	}
	if len(fresh) == 0 {
		return
	}
	each := func(sum float64) time.Duration { return time.Duration(sum / float64(s.Timed.N) * float64(time.Second)) }
	rows, cols := regrid(s.Rows, s.Cols, each(s.Timed.Took), each(s.Timed.Setup), len(fresh), nodes)
	if rows == s.Rows && cols == s.Cols || tiles+rows*cols*len(fresh) > MaxTiles {
		return
	}
	s.Rows, s.Cols, s.Timed = rows, cols, timed{}
	for _, f := range fresh {
		for _, t := range f.Tiles {
			delete(s.byTile, t.Tile)
		}
		s.touchFrame(f).cut(s.Plan.Settings, rows, cols)
		for _, t := range f.Tiles {
			s.byTile[t.Tile] = t
		}
	}
	s.log(now, nodeID{}, "%s now cut into %d by %d tiles", counted(len(fresh), "frame not begun is", "frames not begun are"), rows, cols)
}

// over tells whether every tile has a picture or is given up.
func (s *state) over() bool { return s.Broken != "" || s.totals().open == 0 }

// settle ends the accounts once all is delivered, checked and paid.
func (s *state) settle(now time.Time) bool {
	if s.Settled || !s.over() || s.totals().checks > 0 {
		return s.Settled
	}
	s.releaseDue()
	for _, a := range s.Nodes {
		if a.Caught == "" && len(a.waiting) > 0 {
			return false
		}
	}
	s.close(now, true)
	return true
}

// close ends the accounts. What is left goes to the nodes if the job came to its
// end; of one that was ended before, they get what their tiles are worth.
func (s *state) close(now time.Time, whole bool) {
	for id := range s.Leases {
		s.dropLease(id)
	}
	for n, a := range s.Nodes {
		if a.Caught != "" {
			for _, t := range a.waiting {
				s.touchTile(t)
				s.free(n, t.claimOf(n))
			}
			s.touchNode(n).waiting = nil
		}
	}
	if whole {
		s.share()
	} else {
		s.lift()
		s.Shared = true
	}
	s.Settled = true
	if whole {
		s.log(now, nodeID{}, "all work is settled: %v of %v", s.Paid, s.Terms.Bids)
	} else {
		s.log(now, nodeID{}, "the job was ended before it was done: %v of %v are paid, for what was delivered", s.Paid, s.Terms.Bids)
	}
}

// lose takes away a tile's picture, which this machine no longer has. Its claims
// are paid as if a check had passed: it is not their makers' fault.
func (s *state) lose(t *tile) {
	s.touchTile(t).Check, t.Dispute = nil, false
	for i := range t.Claims {
		c := &t.Claims[i]
		if !c.Void && !c.Node.own() {
			s.pay(c.Node, c)
			s.forget(c.Node, t)
		}
	}
	t.Claims, t.Keep, t.Own, t.Asked = nil, 0, false, nil
	s.Counts.Accepted--
	s.Counts.Pixels -= t.pixels()
	s.Counts.Extra += t.pixels()
}
