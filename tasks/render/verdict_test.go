package render

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supercomputing/chain/types"
)

// A node of another build whose picture this machine has lost is paid, not
// accused: nothing can be compared any more.
func TestJobLostBeforeVerdict(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 4, func(p *Plan) { p.Checks = ChecksAll })
		s := m.serve()
		other := m.actor(3, 10*time.Second)
		other.build = strings.Repeat("ab", 16)
		other.lie = touch
		other.quit = func(int) bool { // before this machine gets to it
			files, _ := filepath.Glob(filepath.Join(m.dir, picturesDir, "*"))
			for _, f := range files {
				if err := os.Truncate(f, 10); err != nil {
					t.Error(err)
				}
			}
			return false
		}
		release := must(s.r.slot.acquire(t.Context(), true)) // it has something else to do
		wg := m.crowd(other)
		time.Sleep(25 * time.Second)
		release()
		paid := m.await(time.Hour)
		wg.Wait()
		if v := m.state().Checks; v.Caught != 0 || paid[other.addr] == 0 || strings.Contains(m.logs(), "not like") {
			t.Errorf("%+v\n%s", v, m.logs())
		}
	})
}

// What a claim differs from is rendered again by about as many threads as its
// node has, and never by as many as before.
func TestSecondThreads(t *testing.T) {
	s := &service{s: newState(rulesPlan(1), MinBid, time.Unix(1e9, 0))}
	for _, c := range []struct{ cores, first, want int }{{1, 1, 2}, {8, 1, 2}, {4, 4, 1}, {1, 4, 1}, {6, 4, 6}, {4096, 4, 8}, {0, 2, 1}} {
		s.s.touchNode(nodeID{1}).Cores = c.cores
		if got := s.secondThreads([]nodeID{{1}, {2}}, c.first); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

// A second opinion that comes while two others are in dispute vouches for
// neither.
func TestDisputeVouchesForNobody(t *testing.T) {
	now := time.Unix(1e9, 0)
	s := newState(rulesPlan(1), testBid, now)
	e := surroundings{now, func() float64 { return 0.99 }, func(*tile) bool { return true }}
	tl := s.Frames[0].Tiles[0]
	for i, h := range []byte{1, 2, 1} {
		n := nodeID{byte(i + 1)}
		s.touchNode(n).Build, s.touchNode(n).Own = paintBuild, 1
		tl.Asked, tl.held = append(tl.Asked, n), append(tl.held, n)
		s.accept(tl, delivery{n, paintBuild, pixelHash{h}, time.Second, 0, true}, h == 1, e)
	}
	for i, c := range tl.Claims {
		if c.Trusted || c.Paid {
			t.Errorf("claim %d: %+v", i, c)
		}
	}
	if !tl.Dispute {
		t.Error("the dispute is over")
	}
}

// What a node sends does not count when it is caught while its bytes come in.
func TestCaughtMeanwhile(t *testing.T) {
	now := time.Unix(1e9, 0)
	s := newState(rulesPlan(3), testBid, now)
	n := nodeID{1}
	s.touchNode(n).Build = paintBuild
	_, g := s.take(n, 1, now)
	k := g.Tiles[0]
	if got := s.offered(n, paintBuild, k, pixelHash{1}); got != stanceUpload {
		t.Fatal(got)
	}
	s.catch(n, "a test", now)
	if got := s.offered(n, paintBuild, k, pixelHash{1}); got != stanceUnasked {
		t.Error(got)
	}
}

// A crowd of new names that each wait for a first check do not keep those waiting
// that are known, or that have delivered much.
func TestErrandOrder(t *testing.T) {
	m := newStage(t, 30, nil)
	s := must(m.dapp.Serve(m.job, m.dir)).(*service)
	defer s.st.close()
	now := time.Unix(1e9, 0)
	e := surroundings{now, func() float64 { return 0.99 }, func(*tile) bool { return true }}
	frame := 0
	give := func(n nodeID, tiles int) {
		for range tiles {
			tl := s.s.Frames[frame].Tiles[0]
			tl.Asked = append(tl.Asked, n)
			s.s.accept(tl, delivery{n, paintBuild, pixelHash{1}, time.Second, 0, true}, true, e)
			frame++
		}
	}
	for i := range byte(20) {
		s.s.touchNode(nodeID{100 + i}).Build = paintBuild
		give(nodeID{100 + i}, 1)
	}
	busy, known := nodeID{1}, nodeID{2}
	s.s.touchNode(busy)
	give(busy, 4)
	s.s.touchNode(known).Trust = 5
	give(known, 1)
	for _, want := range []nodeID{known, busy, {100}} {
		got := s.errand()
		if got == nil || got.claims[0].Node != want {
			t.Fatalf("%+v, want %.4s", got, types.Address(want))
		}
		s.s.byTile[got.tile].Check = nil
	}
}
