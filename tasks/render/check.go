package render

import (
	"math"
	"slices"
	"time"

	"supercomputing/chain/types"
)

// Trust is counted in passed checks: those with this requester, and what a
// node's scores on the chain are worth, a logarithm with a ceiling, since
// scores can be bought from oneself for a part of their price.
const (
	historyUnit  = float64(types.Coin) / 10 // the score that is worth the first check
	historyWorth = 6.0                      // at most
)

// historyTrust is what scores on the chain are worth.
func historyTrust(scores types.Amount) float64 {
	return min(math.Log2(1+max(float64(scores), 0)/historyUnit), historyWorth)
}

// Shares of checks.
const (
	leastRepeats = 0.03
	leastOwn     = 0.02
	mostOwn      = 10 // one pixel rendered by the requester for so many delivered, first checks and disputes apart
)

// repeatShare is how likely a delivery of a node of so much trust is to be
// repeated by another.
func repeatShare(trust float64) float64 {
	return max(leastRepeats, 0.8*math.Pow(0.75, max(trust, 0)))
}

// ownShare is how likely the requester is to render it itself, hidden from all.
func ownShare(trust float64) float64 {
	return max(leastOwn, 0.1*math.Pow(0.75, max(trust, 0)))
}

// PlannedRepeats is the share of repeats to expect, as of all primary work, when
// tiles are spread over nodes of so much trust each.
func PlannedRepeats(tiles, nodes int, trust float64, c Checks) float64 {
	switch {
	case c == ChecksOff || tiles <= 0:
		return 0
	case c == ChecksAll:
		return 1
	}
	each, sum := float64(tiles)/float64(max(nodes, 1)), 0.0
	for done := 0.0; done < each; done++ {
		p := repeatShare(trust)
		sum += p * min(1, each-done)
		trust += p + ownShare(trust)
		if p <= leastRepeats { // and so it stays
			sum += p * max(0, each-done-1)
			break
		}
	}
	// A margin for tiles that are thrown away, and the doubles near the end.
	return min(sum/each*1.1+0.02, 1)
}

// A check of what a node has delivered is forced when this much of it waits
// unpaid without one; more for proven nodes, or forcing would be most checking.
const (
	forceTiles = 10
	forceAfter = 5 * time.Minute
	forceMost  = 25 * time.Minute // nodes give a job up when half an hour is not paid
)

func forceAt(trust float64) (tiles int, after time.Duration) {
	tiles = max(forceTiles, int(1.5/(repeatShare(trust)+ownShare(trust))))
	return tiles, min(time.Duration(float64(forceAfter)*(1+max(trust, 0))), forceMost)
}

// surroundings are what the rules cannot know by themselves.
type surroundings struct {
	now    time.Time
	chance func() float64   // in [0, 1)
	able   func(*tile) bool // another node could render it for a check
}

// draw chooses whether and how the delivery just kept for t is checked.
func (s *state) draw(t *tile, e surroundings) {
	c := t.kept()
	a := s.Nodes[c.Node]
	trust := a.trust()
	own := false
	switch {
	case s.Plan.Checks == ChecksOff:
		return
	case s.Plan.Checks == ChecksAll:
		own = s.ownEngine != "" && !s.repeatPaid(t)
	case s.ownEngine != "" && a.Own == 0 && !s.ownDrawn(c.Node):
		own = true // before its first score, whatever it brings along
	case e.chance() < repeatShare(trust):
		if own = !s.repeatPaid(t) || !e.able(t); own && !s.ownAffordable(t) {
			return // it is forced when more waits
		}
	case e.chance() < ownShare(trust) && s.ownAffordable(t):
		own = true
	default:
		return
	}
	s.order(t, own, c.Seq, e.now)
}

// order opens a check of t.
func (s *state) order(t *tile, own bool, covers int, now time.Time) {
	s.touchTile(t).Check = &check{Own: own, Covers: covers, At: now}
}

// repeatPaid tells whether a repeat of t by a node can be paid.
func (s *state) repeatPaid(t *tile) bool {
	n := s.totals()
	return s.Terms.covers(t.pixels(), n.waiting, n.drawn, s.left())
}

// ownAffordable tells whether this machine may render t as well: its owner pays
// others so that it need not.
func (s *state) ownAffordable(t *tile) bool {
	return s.ownEngine != "" && (s.Spent+t.pixels())*mostOwn <= s.Counts.Pixels
}

// ownDrawn tells whether a check of the node waits for this machine.
func (s *state) ownDrawn(n nodeID) bool {
	return slices.ContainsFunc(s.Nodes[n].waiting, func(t *tile) bool {
		return t.Check != nil && t.Check.Own
	})
}

// uncovered lists a node's unpaid deliveries that no check speaks for, passed or
// open, and since when the oldest of them waits.
func (s *state) uncovered(n nodeID) (out []*tile, since time.Time) {
	a, covered := s.Nodes[n], s.Nodes[n].Covered
	for _, t := range a.waiting {
		if t.Check != nil && t.kept().Node == n {
			covered = max(covered, t.Check.Covers)
		}
	}
	for _, t := range a.waiting {
		c := t.claimOf(n)
		first := s.ownEngine != "" && a.Own == 0 // nothing speaks for it before that
		if t.Dispute || t.Check != nil || !first && (c.Seq <= covered || t.kept() != c) {
			continue
		}
		if out = append(out, t); since.IsZero() || c.At.Before(since) {
			since = c.At
		}
	}
	return out, since
}

// force orders checks where too much waits without one, and for all that waits
// when last is set or its node is gone.
func (s *state) force(last bool, e surroundings) {
	if s.Plan.Checks == ChecksOff {
		return
	}
	for n, a := range s.Nodes {
		if a.Strikes > 0 && a.Own == 0 && !a.out() && s.ownEngine != "" && !s.Metric && s.inspect(n, e) {
			continue
		}
		ts, since := s.uncovered(n)
		tiles, after := forceAt(a.trust())
		if a.Caught != "" || len(ts) == 0 || s.ownEngine != "" && a.Own == 0 && s.ownDrawn(n) || !last && !a.Gone && len(ts) < tiles && e.now.Sub(since) < after {
			continue
		}
		t := ts[min(int(e.chance()*float64(len(ts))), len(ts)-1)]
		others := s.repeatPaid(t) && e.able(t)
		own := s.ownEngine != "" && (a.Own == 0 || !others)
		switch {
		case own && a.Own > 0 && !last && !s.ownAffordable(t):
			continue // more deliveries make room for it
		case !own && !others && !last:
			continue // somebody may come
		}
		covers := t.kept().Seq
		if t.kept().Node == n {
			covers = a.Seq
		}
		s.order(t, own, covers, e.now)
	}
}

// inspect has this machine render one of the tiles that only a node with strikes
// vouches for, paid or not. It reports whether there is such a one.
func (s *state) inspect(n nodeID, e surroundings) bool {
	var ts []*tile
	for _, f := range s.Frames {
		for _, t := range f.Tiles {
			switch c := t.kept(); {
			case c == nil || c.Node != n:
			case t.Check != nil && t.Check.Own || t.Dispute:
				return true // it is under way
			case !t.Own && t.Check == nil:
				ts = append(ts, t)
			}
		}
	}
	if len(ts) == 0 {
		return false
	}
	t := ts[min(int(e.chance()*float64(len(ts))), len(ts)-1)]
	s.order(t, true, t.kept().Seq, e.now)
	return true
}

// How long a check waits for a node: with none there that could make it, and at
// all, for those that are there may be busy or slow.
const (
	checkPatience = time.Minute
	checkStale    = 5 * time.Minute
)

// fallBack gives checks that no node is there for to the requester's machine,
// as far as that may, and drops them in the end, when force orders what is
// needed.
func (s *state) fallBack(last bool, e surroundings) {
	if s.ownEngine == "" {
		return
	}
	for _, f := range s.Frames {
		for _, t := range f.Tiles {
			k := t.Check
			if k == nil || k.Own {
				continue
			}
			age := e.now.Sub(k.At)
			stale := age >= checkStale && last
			if !stale && (len(t.held) > 0 || age < checkPatience || e.able(t)) {
				continue
			}
			switch {
			case stale || k.Must || s.Plan.Checks == ChecksAll || s.ownAffordable(t) || s.Nodes[t.kept().Node].Own == 0:
				s.order(t, true, k.Covers, e.now)
			case last:
				s.touchTile(t).Check = nil
			}
		}
	}
}

// passed books that the believed claims of t are right, as a check of it told.
// A check speaks for more than its tile only where it was drawn for the kept
// claim: who repeats may guess that it is a repeat, and be honest just then.
func (s *state) passed(t *tile, own bool) {
	k := s.touchTile(t).Check
	t.Check = nil
	for i := range t.Claims {
		c := &t.Claims[i]
		if c.Void || c.Node.own() {
			continue
		}
		a, drawn := s.touchNode(c.Node), i == t.Keep-1 && k != nil
		if drawn || own {
			a.Passed++
		}
		if own {
			a.Own++
		}
		if c.Trusted = true; drawn {
			a.Covered = max(a.Covered, k.Covers)
		}
	}
	for i := range t.Claims {
		if c := &t.Claims[i]; !c.Void && !c.Node.own() {
			s.release(c.Node)
		}
	}
}

// release pays what passed checks cover.
func (s *state) release(n nodeID) {
	a, off := s.touchNode(n), s.Plan.Checks == ChecksOff
	if a.Caught != "" || !off && s.ownEngine != "" && a.Own == 0 {
		return
	}
	rest := make([]*tile, 0, len(a.waiting))
	for _, t := range a.waiting {
		c := t.claimOf(n)
		if !a.due(t, c, off) {
			rest = append(rest, t)
			continue
		}
		s.touchTile(t)
		s.pay(n, c)
	}
	a.waiting = rest
}

// due tells whether nothing stands in the way of paying a claim of the account's
// node.
func (a *account) due(t *tile, c *claim, off bool) bool {
	return !t.Dispute && (off || (c.Trusted || c.Seq <= a.Covered) && !(t.Check != nil && t.kept() == c))
}

// releaseDue pays what had to wait for a check that nobody makes any more, or for
// a dispute that ended with its other side.
func (s *state) releaseDue() {
	off := s.Plan.Checks == ChecksOff
	for n, a := range s.Nodes {
		if a.Caught == "" && slices.ContainsFunc(a.waiting, func(t *tile) bool { return a.due(t, t.claimOf(n), off) }) &&
			(off || s.ownEngine == "" || a.Own > 0) {
			s.release(n)
		}
	}
}

// waive pays what no one is there to check, and ends disputes that no one is
// there to decide in favour of who was first.
func (s *state) waive(now time.Time) {
	for _, f := range s.Frames {
		for _, t := range f.Tiles {
			if t.Dispute || t.Check != nil {
				s.touchTile(t).Dispute, t.Check = false, nil
			}
		}
	}
	for n, a := range s.Nodes {
		if a.Caught != "" || len(a.waiting) == 0 {
			continue
		}
		for _, t := range a.waiting {
			c := t.claimOf(n)
			if s.touchTile(t); t.kept().Hash != c.Hash && !c.Trusted {
				s.free(n, c)
				c.Void = true
				continue
			}
			s.pay(n, c)
		}
		s.log(now, n, "%s not checked: nobody is there to do it", counted(len(a.waiting), "tile was", "tiles were"))
		s.touchNode(n).waiting = nil
	}
}
