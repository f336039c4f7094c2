package render

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"supercomputing/chain/types"
)

// stall takes leases, says that it is at them, and delivers nothing.
func (a *actor) stall(ctx context.Context) error {
	if err := a.login(); err != nil {
		return err
	}
	var held []uint64
	for ctx.Err() == nil {
		answer, err := a.say(ask{Have: 1 << 40, Held: held})
		if err != nil {
			return err
		}
		switch l := answer.(type) {
		case over:
			return nil
		case lease:
			held = append(held, l.ID)
		}
		for i := 0; i < len(held); {
			answer, err := a.say(alive{held[i], 0, 1})
			if err != nil {
				return err
			}
			if _, stopped := answer.(stop); stopped {
				held = append(held[:i], held[i+1:]...)
			} else {
				i++
			}
		}
		time.Sleep(beatInterval)
	}
	return nil
}

// Nodes that hold tiles for ever do not hold the job: two of one owner have the
// same last tile, so that nobody else is handed it near the end.
func TestJobStallers(t *testing.T) {
	for _, own := range []bool{true, false} {
		job(t, func(t *testing.T) {
			m := newStage(t, 6, func(p *Plan) {
				if !own {
					p.Version = "9.9" // which this machine does not have
				}
			})
			m.serve()
			ctx, cancel := context.WithCancel(t.Context())
			var bad sync.WaitGroup
			for i := range byte(3) {
				a := m.actor(20+i, 0)
				a.version = m.plan.Version
				bad.Go(func() {
					if err := a.stall(ctx); err != nil && !errors.Is(err, errGone) {
						t.Error(err)
					}
				})
			}
			time.Sleep(time.Minute)
			good := m.actor(1, 10*time.Second)
			good.version = m.plan.Version
			wg := m.crowd(good)
			paid := m.await(3 * time.Hour)
			wg.Wait()
			cancel()
			bad.Wait()
			if own {
				m.frames()
			}
			if total(paid) != paid[good.addr] || m.state().Checks.Caught != 0 {
				t.Errorf("paid %v\n%s", paid, m.logs())
			}
		})
	}
}

// A node's own words about its speed do not make it wait for ever, nor cut the
// frames anew.
func TestSlowByItsWord(t *testing.T) {
	now := time.Unix(1e9, 0)
	s := newState(rulesPlan(40), types.Coin, now)
	n := nodeID{1}
	s.touchNode(n).Build = paintBuild
	e := surroundings{now, func() float64 { return 0.99 }, func(*tile) bool { return true }}
	for range 5 {
		e.now = e.now.Add(time.Minute)
		_, g := s.take(n, 1, e.now)
		e.now = e.now.Add(40 * time.Second)
		s.accept(s.byTile[g.Tiles[0]], delivery{n, paintBuild, pixelHash{1}, 24 * 24 * time.Hour, 0, true}, true, e)
		s.dropLeases(n)
	}
	s.recut(1, e.now)
	if s.Rows*s.Cols != 1 {
		t.Errorf("cut into %d by %d", s.Rows, s.Cols)
	}
	s.Nodes[n].Speed = 1e-6
	id, g := s.take(n, 1, e.now)
	for s.Leases[id] != nil && e.now.Sub(g.At) < 5*time.Hour {
		e.now = e.now.Add(time.Minute)
		s.extend(id, e.now)
		s.expire(e.now)
	}
	if s.Leases[id] != nil || e.now.Sub(g.At) < leastTime || s.Nodes[n].Lapsed != 1 {
		t.Errorf("still waited for after %v: %+v", e.now.Sub(g.At), s.Nodes[n])
	}
}

// A clock that is set, either way, costs no lease.
func TestClockSet(t *testing.T) {
	for _, by := range []time.Duration{6 * time.Hour, -6 * time.Hour} {
		job(t, func(t *testing.T) {
			m := newStage(t, 6, nil)
			set := time.Duration(0)
			var mu sync.Mutex
			m.dapp.req.opt.Clock = func() time.Time {
				mu.Lock()
				defer mu.Unlock()
				return time.Now().Add(set)
			}
			m.serve()
			a := m.actor(1, 70*time.Second)
			n := 0
			a.quit = func(int) bool {
				if n++; n == 2 {
					mu.Lock()
					set = by
					mu.Unlock()
				}
				return false
			}
			wg := m.crowd(a)
			m.await(2 * time.Hour)
			wg.Wait()
			m.frames()
			if strings.Contains(m.logs(), "in time") || !strings.Contains(m.logs(), "clock was set") {
				t.Error(m.logs())
			}
		})
	}
}
