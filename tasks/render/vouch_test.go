package render

import (
	"testing"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
)

// A liar and its second, who renders honestly but repeats whatever the liar says
// it has rendered: when the liar is caught, what only the second vouches for is
// looked at too.
func TestVouchersOfALiar(t *testing.T) {
	now := time.Unix(1e9, 0)
	s := newState(rulesPlan(30), types.Coin, now)
	liar, second, honest := nodeID{1}, nodeID{2}, nodeID{3}
	e := surroundings{now, func() float64 { return 0.99 }, func(*tile) bool { return true }}
	for _, n := range []nodeID{liar, second, honest} {
		s.touchNode(n).Build, s.touchNode(n).Own = paintBuild, 1
	}
	deliver := func(tl *tile, n nodeID, h byte) {
		tl.Asked, tl.held = append(tl.Asked, n), append(tl.held, n)
		s.accept(tl, delivery{n, paintBuild, pixelHash{h}, time.Second, 0, true}, tl.kept() == nil || tl.kept().Hash == pixelHash{h}, e)
		tl.held = nil
	}
	vouched := s.Frames[0].Tiles[0]
	deliver(vouched, liar, 9)
	deliver(vouched, second, 9)
	open := s.Frames[1].Tiles[0] // in dispute between two others when the liar goes
	deliver(open, liar, 9)
	deliver(open, second, 8)
	deliver(open, honest, 1)
	s.catch(liar, "a test", now)
	if !open.Dispute || open.kept() == nil {
		t.Errorf("the dispute of the others ended with the liar: %+v", open)
	}
	k := vouched.Check
	if k == nil || !k.Must || !s.wanted(vouched) || vouched.repeatable(second) || !vouched.repeatable(honest) {
		t.Fatalf("nobody looks at what only the second vouches for: %+v", vouched)
	}
	s.Spent = 1 << 40
	e.now, e.able = now.Add(2*checkPatience), func(*tile) bool { return false }
	s.fallBack(true, e)
	if vouched.Check == nil || !vouched.Check.Own {
		t.Fatalf("with nobody there it is not rendered here: %+v", vouched.Check)
	}
	if s.judge(vouched, verdict{paintBuild, pixelHash{1}, pixelHash{1}, []bool{false, false}, []bool{true, true}}, e.now) {
		s.keepOwn(vouched, paintBuild, pixelHash{1}, time.Second, e.now)
	}
	if s.Nodes[second].Caught == "" {
		t.Error("the second is not caught")
	}
	if err := balance(s); err != nil {
		t.Error(err)
	}
}

// The same in a whole job: nothing wrong stays on the second's word.
func TestJobSecond(t *testing.T) {
	for range 4 {
		job(t, func(t *testing.T) {
			m := newStage(t, 40, nil)
			m.serve()
			liar, second := m.actor(8, 5*time.Second), m.actor(9, 5*time.Second)
			liar.lie = func(k engine.Tile, p *picture.Picture) *picture.Picture { return either(liar.delivered >= 2, k, p) }
			second.lie = func(k engine.Tile, p *picture.Picture) *picture.Picture {
				svc := m.service()
				svc.mu.Lock()
				defer svc.mu.Unlock()
				c := svc.s.byTile[k].claimOf(nodeID(liar.addr))
				return either(c != nil && !c.Void && c.Hash == pixelHash(twist(k, p).Hash()), k, p)
			}
			wg := m.crowd(liar, second, m.actor(1, 10*time.Second))
			m.await(3 * time.Hour)
			wg.Wait()
			for _, f := range m.service().s.Frames {
				// Chance may let the liar through, or a lie that nobody repeated.
				if k := f.Tiles[0].kept(); m.errs[liar.addr] != nil && k.Trusted && k.Hash != pixelHash(m.right(f.Frame).Hash()) {
					t.Errorf("frame %d is wrong, and %.4s vouches for it", f.Frame, types.Address(k.Node))
				}
			}
			if _, caught := must(m.dapp.req.known()).of(types.Address{1, 31: 1}); caught != "" {
				t.Error("the honest one is caught:", caught)
			}
		})
	}
}

// Strangers that say of every tile that it cannot be rendered end nothing, as
// long as somebody else is there who renders.
func TestJobNaysayers(t *testing.T) {
	for _, version := range []string{"1.2.3", "9.9"} {
		job(t, func(t *testing.T) {
			m := newStage(t, 30, func(p *Plan) { p.Version = version })
			m.serve()
			var all []*actor
			for i := range byte(4) {
				a := m.actor(20+i, time.Second)
				a.fails = func(engine.Tile) reason { return reasonScene }
				all = append(all, a)
			}
			all = append(all, m.actor(1, 10*time.Second))
			for _, a := range all {
				a.version = version
			}
			wg := m.crowd(all...)
			m.await(5 * time.Hour)
			wg.Wait()
			for _, f := range m.state().Frames {
				if f.State != TileDone {
					t.Fatalf("%s: frame %d: %s %s\n%s", version, f.Frame, f.State, f.Why, m.logs())
				}
			}
			if m.state().Broken != "" {
				t.Error(m.state().Broken)
			}
		})
	}
}
