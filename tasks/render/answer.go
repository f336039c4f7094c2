package render

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
)

// Pauses that nodes are told.
const (
	waitScene = 5 * time.Second  // until the scene is fetched
	waitWork  = 5 * time.Second  // until there is something to do
	waitDisk  = 30 * time.Second // until this machine's disk may have room
	waitRest  = time.Minute      // for a node that could not render a tile for its own reasons
	maxCores  = 4096             // that a node may claim
)

var errUnknownNode = fmt.Errorf("%w: hello comes first", ErrMessage)

// Answer implements tasks.Service.
func (s *service) Answer(_ context.Context, addr types.Address, msg []byte) ([]byte, types.Amount, error) {
	n := nodeID(addr)
	reply, err := s.reply(n, msg)
	s.mu.Lock()
	defer s.mu.Unlock()
	return reply, s.newsLocked(n), err
}

func (s *service) reply(n nodeID, msg []byte) ([]byte, error) {
	m, err := decodeMessage(msg)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	here := s.nodes[n]
	a := s.s.Nodes[n]
	caught := a == nil || a.Caught != ""
	s.mu.Unlock()
	if a == nil {
		return nil, fmt.Errorf("%w: this node has no place", ErrNoSeat)
	}
	if hi, is := m.(hello); is {
		return s.hello(n, hi)
	}
	if req, is := m.(infoRequest); is {
		info := s.plan.Bundle.Info
		from := min(int(req.Offset), len(info))
		to := min(from+infoPartLength, len(info))
		return infoPart{Total: uint32(len(info)), Part: info[from:to]}.encode(), nil
	}
	switch {
	case caught:
		return nil, ErrCaught
	case here == nil:
		return nil, errUnknownNode
	}
	s.heard(n, here)
	switch m := m.(type) {
	case ask:
		return s.ask(n, here, m), nil
	case result:
		return s.result(n, here, m), nil
	case part:
		return s.part(n, here, m), nil
	case failed:
		return s.failed(n, here, m), nil
	case alive:
		return s.alive(n, m), nil
	}
	return nil, fmt.Errorf("%w: not a message to a requester", ErrMessage)
}

// hello takes a node up, if its engine is the one that the job asks for.
func (s *service) hello(n nodeID, m hello) ([]byte, error) {
	if m.Build.Engine != s.plan.Engine || m.Build.Series() != engine.Series(s.plan.Version) {
		return refused{Why: fmt.Sprintf("%v: %s %s, not %s %s", ErrBuild, s.plan.Engine, engine.Series(s.plan.Version), m.Build.Engine, m.Build.Series())}.encode(), nil
	}
	err := s.change(func() {
		a := s.s.touchNode(n)
		a.Build, a.Cores, a.Gone = m.Build.ID, min(max(m.Cores, 1), maxCores), false
	})
	if err != nil {
		return refused{waitDisk, "the requester's disk: " + err.Error()}.encode(), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	here := s.nodes[n]
	if here == nil {
		here = &node{uploads: make(map[engine.Tile]*incoming), heard: s.now()}
		s.nodes[n] = here
		if s.st.uploadsOf(n) > mostUploads {
			s.st.forgetUploads(n)
		}
	}
	here.addrs = m.Addrs
	return welcome{uint32(len(s.plan.Bundle.Info)), s.peersLocked(n)}.encode(), nil
}

// peersLocked lists us and other nodes, a random choice when there are many.
func (s *service) peersLocked(n nodeID) []netip.AddrPort {
	own := s.r.opt.Swarm.Addrs()
	own = own[:min(len(own), MaxHints)]
	var others []netip.AddrPort
	for id, o := range s.nodes {
		if id != n {
			others = append(others, o.addrs...)
		}
	}
	rand.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
	return append(slices.Clone(own), others[:min(len(others), maxPeers-len(own))]...)
}

// ask hands a lease to a node, or says why not.
func (s *service) ask(n nodeID, here *node, m ask) []byte {
	s.mu.Lock()
	here.addrs, here.asks = m.Addrs, s.now()
	here.ready = m.Have >= uint64(s.plan.Bundle.Size)
	ready, peers := here.ready, s.peersLocked(n)
	s.mu.Unlock()
	if !ready {
		s.r.opt.Swarm.AddPeers(s.plan.Bundle.InfoHash, m.Addrs) // it may be unable to reach us
		return wait{waitScene, "the scene has to be fetched first", peers}.encode()
	}
	var answer interface{ encode() []byte }
	err := s.change(func() { answer = s.leaseLocked(n, here, m, peers) })
	if err != nil {
		return wait{waitDisk, "the requester's disk: " + err.Error(), peers}.encode()
	}
	return answer.encode()
}

func (s *service) leaseLocked(n nodeID, here *node, m ask, peers []netip.AddrPort) interface{ encode() []byte } {
	now, a := s.now(), s.s.Nodes[n]
	held := s.s.leasesOf(n)
	for _, id := range held { // its answer was lost, or the node has started again
		if g := s.s.Leases[id]; !slices.Contains(m.Held, id) && s.s.useful(g) {
			s.s.extend(id, now)
			return lease{id, g.Until.Sub(now), g.Tiles, peers}
		}
	}
	switch {
	case a.out():
		return over{a.Caught + a.Barred}
	case s.s.Broken != "":
		return over{s.s.Broken}
	case s.s.Settled:
		return over{"all is rendered, checked and paid"}
	case len(held) >= maxLeases:
		return wait{waitWork, "it holds enough leases", peers}
	case now.Before(a.Rests):
		return wait{a.Rests.Sub(now), "it did not deliver in time", peers}
	case now.Before(here.rests):
		return wait{here.rests.Sub(now), "it could not render what it was handed", peers}
	}
	id, g := s.s.take(n, s.s.crowd(s.workersLocked(), now), now)
	if g == nil {
		return wait{waitWork, "others are at what is left", peers}
	}
	return lease{id, g.Until.Sub(now), g.Tiles, peers}
}

// alive extends a lease, or takes it away.
func (s *service) alive(n nodeID, m alive) []byte {
	s.mu.Lock()
	g := s.s.Leases[m.Lease]
	fine := g != nil && g.Node == n && s.s.useful(g)
	var cut []engine.Tile
	if fine {
		cut = g.Cut
		g.ahead = min(max(m.Done-(g.Size-len(g.Tiles)-len(g.Cut)), 0), len(g.Tiles))
	}
	s.mu.Unlock()
	if !fine {
		s.change(func() {
			if g := s.s.Leases[m.Lease]; g != nil && g.Node == n {
				s.s.dropLease(m.Lease)
			}
		})
		return stop{"others have delivered it, or its time was over"}.encode()
	}
	s.change(func() { // if it fails, the lease may end too early: no harm
		if s.s.Leases[m.Lease] != nil {
			s.s.extend(m.Lease, s.now())
		}
	})
	if len(cut) > 0 {
		return less{cut}.encode()
	}
	return ok{}.encode()
}

// failed books a tile that a node could not render.
func (s *service) failed(n nodeID, here *node, m failed) []byte {
	s.change(func() {
		if t := s.s.byTile[m.Tile]; t != nil {
			s.s.fail(n, t, m.Reason, m.Text, s.now())
		}
		if m.Reason != reasonScene && m.Reason != reasonLimit {
			here.rests = s.now().Add(waitRest)
		}
	})
	return ok{}.encode()
}

// result hears of a picture.
func (s *service) result(n nodeID, here *node, m result) []byte {
	if most := picture.MaxEncoded(s.plan.Settings.Form, m.Tile.W, m.Tile.H); m.Length > most {
		return refused{Why: fmt.Sprintf("a picture of %d bytes, at most %d", m.Length, most)}.encode()
	}
	s.mu.Lock()
	build := s.s.Nodes[n].Build
	st := s.s.offered(n, build, m.Tile, m.Hash)
	s.mu.Unlock()
	switch st {
	case stanceKnown:
		return enough{}.encode()
	case stanceLate, stanceUnasked:
		if u := here.uploads[m.Tile]; u != nil {
			u.remove()
			delete(here.uploads, m.Tile)
		}
		return s.tooLate(n, m.Tile, st)
	case stanceAccept:
		if answer := s.deliver(n, m, nil, nil); answer != nil {
			return answer
		}
	}
	u := here.uploads[m.Tile]
	if u == nil || u.Hash != m.Hash || u.Length != m.Length {
		if u == nil && len(here.uploads) >= mostUploads {
			clear(here.uploads)
			s.st.forgetUploads(n)
		}
		var err error
		if u, err = s.st.receive(n, m); err != nil {
			return s.diskFull(err)
		}
		here.uploads[m.Tile] = u
	}
	if u.offset >= u.Length {
		return s.complete(n, here, u)
	}
	return proceed{u.offset}.encode()
}

func (s *service) tooLate(n nodeID, k engine.Tile, st stance) []byte {
	why := "another node was faster"
	if st == stanceUnasked {
		why = "it was not asked for"
	}
	s.change(func() {
		t := s.s.byTile[k]
		held := t != nil && holds(t, n) // else it was said before
		if s.s.handBack(n, k); st == stanceLate && held {
			s.s.log(s.now(), n, "delivered %v late: another node was faster", k)
		}
	})
	return refused{Why: why}.encode()
}

// diskFull refuses for now what this machine's disk does not take.
func (s *service) diskFull(err error) []byte {
	s.problem("disk", fmt.Errorf("pictures cannot be stored: %w", err))
	return refused{waitDisk, "the requester cannot store it now"}.encode()
}

// part takes bytes of a picture.
func (s *service) part(n nodeID, here *node, m part) []byte {
	u := here.uploads[m.Tile]
	if u == nil {
		s.mu.Lock()
		t := s.s.byTile[m.Tile]
		known := t != nil && t.claimOf(n) != nil
		s.mu.Unlock()
		if known {
			return enough{}.encode() // it is here; only the answer was lost
		}
		var err error
		if u, err = s.st.resume(n, m.Tile); err != nil {
			return refused{time.Second, "say first what picture it is"}.encode()
		}
		here.uploads[m.Tile] = u
	}
	if m.Offset != u.offset || len(m.Data) == 0 && u.offset < u.Length {
		return proceed{u.offset}.encode()
	}
	if int64(len(m.Data)) > u.Length-u.offset {
		return refused{Why: "more bytes than were announced"}.encode()
	}
	if err := u.write(m.Data); err != nil {
		return s.diskFull(err)
	}
	if u.offset < u.Length {
		return proceed{u.offset}.encode()
	}
	return s.complete(n, here, u)
}

const mostBad = 3 // broken uploads of one tile

// complete reads an upload that is whole.
func (s *service) complete(n nodeID, here *node, u *incoming) []byte {
	s.reading <- struct{}{} // pictures are large, and many may be whole at a time
	defer func() { <-s.reading }()
	p, data, err := u.read(s.plan.Settings.Form)
	switch {
	case errors.Is(err, errWrongBytes):
		u.restart()
		if u.bad++; u.bad < mostBad {
			s.change(func() { s.s.log(s.now(), n, "sent %v broken (%v); it is asked for again", u.Tile, err) })
			return proceed{0}.encode()
		}
		s.change(func() {
			s.s.log(s.now(), n, "sent %v broken %d times; the tile goes to another node", u.Tile, mostBad)
			s.s.handBack(n, u.Tile)
			s.s.garbled(n, s.now())
		})
		u.remove()
		delete(here.uploads, u.Tile)
		return refused{Why: "it was broken each time"}.encode()
	case err != nil:
		u.restart()
		return s.diskFull(err)
	}
	m := result{Tile: u.Tile, Hash: u.Hash, Length: u.Length, Took: time.Duration(u.Took) * time.Millisecond, Setup: time.Duration(u.Setup) * time.Millisecond}
	answer := s.deliver(n, m, p, data)
	if answer == nil {
		return proceed{0}.encode() // cannot be: there are bytes
	}
	if _, is := mustDecode(answer).(refused); !is || s.settledTile(n, u.Tile) {
		u.remove()
		delete(here.uploads, u.Tile)
	}
	return answer
}

func mustDecode(b []byte) any {
	m, err := decodeMessage(b)
	if err != nil {
		panic(err) // it is our own
	}
	return m
}

// settledTile tells whether a picture of the node for the tile is no longer
// waited for.
func (s *service) settledTile(n nodeID, k engine.Tile) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.s.byTile[k]
	return t == nil || t.claimOf(n) != nil || !holds(t, n) && !t.open()
}

// deliver keeps a picture and books it. p is nil where the node's hash is all
// that is needed; nil is returned when it turns out that the bytes are.
func (s *service) deliver(n nodeID, m result, p *picture.Picture, data []byte) []byte {
	if p != nil {
		if err := s.st.putPicture(m.Tile, m.Hash, data); err != nil {
			return s.diskFull(err)
		}
		s.problem("disk", nil)
	}
	for {
		kept, alike, err := s.compare(n, m, p)
		if err != nil {
			return s.diskFull(err)
		}
		var st stance
		again := false
		err = s.change(func() {
			build := s.s.Nodes[n].Build
			t := s.s.byTile[m.Tile]
			if st = s.s.offered(n, build, m.Tile, m.Hash); st != stanceUpload && st != stanceAccept || st == stanceUpload && p == nil {
				return
			}
			if k := t.kept(); k != nil && k.Hash != kept || k == nil && kept != (pixelHash{}) {
				again = true // it has changed while we compared
				return
			}
			s.s.accept(t, delivery{n, build, m.Hash, m.Took, m.Setup, p != nil}, alike, s.surroundingsLocked())
		})
		switch {
		case err != nil:
			return s.diskFull(err)
		case again:
			continue
		case st == stanceUpload && p == nil:
			return nil
		case st == stanceLate, st == stanceUnasked:
			return s.tooLate(n, m.Tile, st)
		}
		s.opinion(m.Tile)
		return enough{}.encode()
	}
}

// compare tells what picture of the tile is kept now, and whether this one
// agrees with it.
func (s *service) compare(n nodeID, m result, p *picture.Picture) (kept pixelHash, alike bool, err error) {
	s.mu.Lock()
	t := s.s.byTile[m.Tile]
	if t == nil || t.kept() == nil {
		s.mu.Unlock()
		return pixelHash{}, true, nil
	}
	k, build, metric := *t.kept(), s.s.Nodes[n].Build, s.s.Metric
	s.mu.Unlock()
	if k.Hash == pixelHash(m.Hash) {
		return k.Hash, true, nil
	}
	if k.Build == build && !metric || p == nil {
		return k.Hash, false, nil
	}
	old, err := s.st.picture(m.Tile, k.Hash, s.plan.Settings.Form)
	if err != nil {
		return k.Hash, false, err
	}
	d, err := picture.Compare(old, p)
	return k.Hash, err == nil && d.Alike(), err
}

// opinion decides a dispute by what nodes say, where this machine cannot render.
func (s *service) opinion(k engine.Tile) {
	s.mu.Lock()
	t := s.s.byTile[k]
	if t == nil || !t.Dispute || s.s.ownEngine != "" || s.s.standing(t) < 3 {
		s.mu.Unlock()
		return
	}
	claims := slices.Clone(t.Claims)
	s.mu.Unlock()
	classes := s.classes(k, claims)
	s.change(func() {
		if t := s.s.byTile[k]; t != nil && t.Dispute && len(t.Claims) == len(claims) {
			s.s.majority(t, classes, s.now())
		}
	})
}

// classes says which claims are alike: equal numbers are.
func (s *service) classes(k engine.Tile, claims []claim) []int {
	out := make([]int, len(claims))
	pictures := make([]*picture.Picture, len(claims))
	for i, c := range claims {
		if out[i] = -1; c.Void {
			continue
		}
		out[i] = i
		if c.File {
			pictures[i], _ = s.st.picture(k, c.Hash, s.plan.Settings.Form)
		}
		for j := range i {
			if out[j] < 0 {
				continue
			}
			same := claims[j].Hash == c.Hash
			if !same && claims[j].Build != c.Build && pictures[i] != nil && pictures[j] != nil {
				d, err := picture.Compare(pictures[i], pictures[j])
				same = err == nil && d.Alike()
			}
			if same {
				out[i] = out[j]
				break
			}
		}
	}
	return out
}
