package render

import (
	"fmt"
	"slices"
	"time"

	"supercomputing/chain/types"
)

// This file decides disputes: what happens when two pictures of a tile differ.

// disagree opens a dispute about t.
func (s *state) disagree(t *tile, n nodeID, now time.Time) {
	if !t.Dispute {
		s.log(now, n, "its picture of %v differs from that of %.8s; the tile is rendered once more to decide", t.Tile, types.Address(t.kept().Node))
	}
	s.touchTile(t).Dispute, t.Check = true, nil
}

// Strikes before a node gets nothing more to do.
const (
	mostStrikes = 2 // by the same build, alike to the eye: the last one catches it
	mostUnalike = 3 // where nobody can be accused
)

// verdict is what the requester's own renderings of a tile tell.
type verdict struct {
	build         string // of this machine's engine
	first, second pixelHash
	alike         []bool // for each claim: like the first, by the metric
	wrong         []bool // not even of one scene at one quality
}

// judge decides about t. The second rendering, by a process of its own, is only
// needed when a claim differs from the first. It reports whether the kept
// picture is not believed, so that the requester's own has to take its place.
//
// It accuses nobody wrongly whose build is the same: this machine has to render
// the tile alike twice, and the claim has to be of another scene or quality, or
// other noise for the second time. What differs in its bytes alone (a flipped bit
// in its memory, say) is not paid, and a second one ends the node's part and its
// trust, but it is not accused. Of another build only that is a lie which no
// rounding explains.
func (s *state) judge(t *tile, v verdict, now time.Time) (replaced bool) {
	if v.first != v.second && !s.Metric {
		s.Metric = true
		s.log(now, nodeID{}, "this machine rendered %v twice and got two pictures: the scene is not reproducible; from now on pictures have to be alike only, and nobody is accused", t.Tile)
	}
	s.touchTile(t).Dispute = false
	var caught, dismissed []nodeID
	for i := range t.Claims {
		c := &t.Claims[i]
		exact := c.Build == v.build && !s.Metric
		if c.Void || c.Node.own() || c.Hash == v.first || !exact && v.alike[i] {
			continue
		}
		s.void(t, c)
		a := s.touchNode(c.Node)
		a.Strikes++
		switch {
		case s.Metric && a.Strikes < mostUnalike:
			s.log(now, c.Node, "its picture of %v is not like this machine's; it is not paid", t.Tile)
		case s.Metric:
			a.Barred = "its pictures differ too much from the requester's"
			s.dropLeases(c.Node)
			s.log(now, c.Node, "gets nothing more: %d of its pictures were not like this machine's", a.Strikes)
		case v.wrong[i], exact && !v.alike[i] && a.Strikes >= mostStrikes:
			caught = append(caught, c.Node)
		case exact && a.Strikes < mostStrikes:
			a.suspect()
			s.log(now, c.Node, "its picture of %v is not the one that this machine's equal build renders; it is not paid, and another one ends its part", t.Tile)
		case exact:
			dismissed = append(dismissed, c.Node)
		case a.Strikes < mostUnalike:
			a.suspect()
			s.log(now, c.Node, "its picture of %v, by another build, is not like this machine's; it is not paid", t.Tile)
		default:
			a.Barred = "its pictures differ too much from the requester's"
			s.dropLeases(c.Node)
			s.log(now, c.Node, "gets nothing more: %d of its pictures, by another build, were not like this machine's", a.Strikes)
		}
	}
	t.Own, replaced = true, t.kept().Void
	s.passed(t, true)
	for _, n := range caught {
		s.catch(n, fmt.Sprintf("it delivered a wrong picture of %v", t.Tile), now)
	}
	for _, n := range dismissed {
		s.dismiss(n, now)
	}
	return replaced
}

// suspect makes a node an unknown one again after a strike: nothing of it is paid
// before this machine has rendered another of its tiles (force).
func (a *account) suspect() { a.Own, a.Passed, a.Trust = 0, 0, 0 }

// void takes back belief in a claim: it is never paid.
func (s *state) void(t *tile, c *claim) {
	s.touchTile(t)
	s.free(c.Node, c)
	c.Void, c.Trusted = true, false
	s.forget(c.Node, t)
}

// forget takes a tile from those that a node waits to be paid for.
func (s *state) forget(n nodeID, t *tile) {
	if a := s.Nodes[n]; a != nil {
		a.waiting = slices.DeleteFunc(slices.Clone(a.waiting), func(o *tile) bool { return o == t })
	}
}

// keepOwn makes a picture that the requester has rendered the one that counts.
func (s *state) keepOwn(t *tile, build string, h pixelHash, took time.Duration, now time.Time) {
	if s.touchTile(t); t.open() || t.Failed != "" {
		s.Counts.Accepted++
		s.Counts.Pixels += t.pixels()
	}
	t.Claims = append(t.Claims, claim{Build: build, Hash: h, Took: took.Milliseconds(), At: now, Trusted: true, File: true})
	t.Keep, t.Own, t.Dispute, t.Check, t.Failed = len(t.Claims), true, false, nil, ""
}

// catch ends a node's part in the job: it loses what is not paid, and every
// picture of it that nobody else vouches for is thrown away.
func (s *state) catch(n nodeID, why string, now time.Time) {
	a := s.touchNode(n)
	if a.Caught != "" {
		return
	}
	a.Caught = why
	s.Counts.Caught++
	lost := s.expelAll(n, now)
	s.log(now, n, "caught: %s; it loses the job and all that was not paid; %s rendered again", why, counted(lost, "tile of it is", "tiles of it are"))
}

// dismiss ends the part of a node whose machine does not render what an equal
// build does: its pictures go like those of a caught one, and its trust. It is
// not accused, and may work in other jobs as an unknown node.
func (s *state) dismiss(n nodeID, now time.Time) {
	a := s.touchNode(n)
	if a.out() {
		return
	}
	a.Barred, a.Doubted = "its pictures are not exactly those of an equal build", true
	lost := s.expelAll(n, now)
	s.log(now, n, "gets nothing more: %s; what was not paid is not, and %s rendered again", a.Barred, counted(lost, "tile of it is", "tiles of it are"))
}

// expelAll takes a node's leases and all its pictures that only it vouches for.
func (s *state) expelAll(n nodeID, now time.Time) (lost int) {
	s.dropLeases(n)
	for _, f := range s.Frames {
		for _, t := range f.Tiles {
			if c := t.claimOf(n); c != nil && !c.Void && s.expel(t, c, now) {
				lost++
			}
		}
	}
	return lost
}

// expel takes a caught node's claim out of a tile and reports whether the tile
// has lost its picture. One that the requester has rendered alike stays, unpaid,
// and so does one that another node has rendered; but if that is one more of the
// same owner, who repeated nothing and lent its name, it has to be found out.
func (s *state) expel(t *tile, c *claim, now time.Time) (lost bool) {
	if t.Own && c.Trusted {
		s.touchTile(t)
		s.free(c.Node, c)
		s.forget(c.Node, t)
		return false
	}
	kept, file, agreed := t.kept() == c, c.File, c.Trusted
	s.void(t, c)
	if !kept {
		t.Dispute = t.Dispute && s.standing(t) > 1
		s.recheck(t, agreed, now)
		return false
	}
	disputed := t.Dispute
	t.Keep, t.Check, t.Dispute = 0, nil, false
	for i := range t.Claims {
		if o := &t.Claims[i]; !o.Void && (o.File || file && o.Hash == c.Hash) {
			o.File, t.Keep = true, i+1
			t.Dispute = disputed && s.standing(t) > 1
			s.recheck(t, agreed, now)
			return false
		}
	}
	s.Counts.Accepted--
	s.Counts.Pixels -= t.pixels()
	s.Counts.Extra += t.pixels()
	return true
}

// recheck has a tile checked that one more node vouches for, because it agreed with
// an expelled one.
func (s *state) recheck(t *tile, agreed bool, now time.Time) {
	if agreed && !t.Dispute && t.Check == nil && !t.Own && s.standing(t) == 1 {
		s.order(t, s.ownEngine != "" && !s.repeatPaid(t), 0, now)
		t.Check.Must = true
	}
}

// standing counts a tile's claims that are believed.
func (s *state) standing(t *tile) (n int) {
	for i := range t.Claims {
		if !t.Claims[i].Void {
			n++
		}
	}
	return n
}

// majority decides a dispute where the requester cannot render: classes says for
// each claim which of them are alike, -1 for none. Who stands alone is not paid
// and not accused. It reports whether that decided it.
func (s *state) majority(t *tile, classes []int, now time.Time) bool {
	votes, best := make(map[int]int), -1
	for i, c := range classes {
		if c >= 0 && !t.Claims[i].Void {
			if votes[c]++; votes[c] >= 2 {
				best = c
			}
		}
	}
	if best < 0 {
		return false
	}
	s.touchTile(t).Dispute = false
	for i := range t.Claims {
		c := &t.Claims[i]
		switch {
		case c.Void:
		case classes[i] != best:
			s.void(t, c)
			a := s.touchNode(c.Node)
			if a.Strikes++; a.Strikes >= mostUnalike {
				a.Barred = "its pictures differ from those of other nodes"
				s.dropLeases(c.Node)
			}
			s.log(now, c.Node, "its picture of %v is not paid: two other nodes agree on another one", t.Tile)
		case t.kept().Void && c.File:
			t.Keep = i + 1
		}
	}
	for i := range t.Claims { // the first claim may have been the one voided
		if c := &t.Claims[i]; t.kept().Void && !c.Void && c.File {
			t.Keep = i + 1
		}
	}
	s.passed(t, false)
	return true
}
