package render

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
)

// A node that begins uploads and ends none, logs in anew, repeats itself and
// sends nonsense fills neither disk nor log, and is out in the end.
func TestJobFlood(t *testing.T) {
	job(t, func(t *testing.T) {
		m := newStage(t, 60, nil)
		m.serve()
		a := m.actor(5, time.Second)
		if err := a.login(); err != nil {
			t.Fatal(err)
		}
		uploads := filepath.Join(m.dir, uploadsDir)
		for round := range 3 {
			for range 30 { // leases that it lets go as soon as it has them
				l, is := must(a.say(ask{Have: 1 << 40})).(lease)
				if !is {
					break
				}
				for _, k := range l.Tiles {
					if _, ok := must(a.say(result{k, [32]byte{1}, 500, time.Second, 0})).(proceed); !ok {
						t.Fatal("not asked for its bytes")
					}
					must(a.say(part{k, 0, make([]byte, 499)}))
				}
				svc := m.service()
				svc.mu.Lock()
				svc.s.begin()
				svc.s.dropLeases(nodeID(a.addr))
				svc.s.dirty = dirty{}
				svc.mu.Unlock()
			}
			if files, _ := os.ReadDir(uploads); len(files) == 0 || len(files) > mostUploads {
				t.Errorf("round %d: %d uploads are kept", round, len(files))
			}
			m.service().Release(a.addr)
			if files, _ := os.ReadDir(uploads); len(files) != 0 {
				t.Errorf("round %d: %d uploads of a node that left", round, len(files))
			}
			if err := a.login(); err != nil {
				t.Fatal(err)
			}
		}
		bad := 0
		for range 20 {
			l, is := must(a.say(ask{Have: 1 << 40})).(lease)
			if !is {
				break
			}
			for _, k := range l.Tiles {
				for range mostBad {
					must(a.say(result{k, [32]byte{2}, 500, time.Second, 0}))
					must(a.say(part{k, 0, make([]byte, 500)}))
				}
				bad++
			}
		}
		if answer, is := must(a.say(ask{Have: 1 << 40})).(over); !is || bad < mostGarbled || bad > mostGarbled+maxUnit {
			t.Errorf("after %d broken tiles: %#v", bad, answer)
		}
		good := m.actor(1, 5*time.Second)
		wg := m.crowd(good)
		time.Sleep(time.Minute)
		k := m.plan.Settings
		for range 300 { // it comes late, over and over
			a.say(result{engine.Tile{Frame: 1, W: k.Width, H: k.Height}, [32]byte{3}, 500, time.Second, 0})
		}
		m.await(2 * time.Hour)
		wg.Wait()
		if lines := strings.Count(m.logs(), "\n"); lines > 60 {
			t.Errorf("%d lines\n%s", lines, m.logs())
		}
	})
}

// A node that can render none of a long unit is named a few times only.
func TestFailuresNamed(t *testing.T) {
	now := time.Unix(1e9, 0)
	s := newState(rulesPlan(40), MinBid, now)
	n := nodeID{1}
	s.touchNode(n).Speed = 1e6
	_, g := s.take(n, 1, now)
	tiles := slices.Clone(g.Tiles)
	for _, k := range tiles {
		s.fail(n, s.byTile[k], reasonScene, "a test", now)
	}
	if len(tiles) < 10 || len(s.Log) != mostNamed+1 {
		t.Errorf("%d tiles, %d lines", len(tiles), len(s.Log))
	}
}

// Two pictures whose hashes begin alike are two files: the second does not take
// the place of the first, which would count as lost here, and be paid.
func TestPicturesApart(t *testing.T) {
	st, _, err := openStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer st.close()
	k := engine.Tile{Frame: 1, W: 4, H: 4}
	a, b := pixelHash{1, 31: 1}, pixelHash{1, 31: 2}
	if st.picturePath(k, a) == st.picturePath(k, b) {
		t.Error("one file for both")
	}
	p := must(picture.New(picture.RGB8, 4, 4))
	if err := st.putPicture(k, p.Hash(), p.Encode()); err != nil {
		t.Fatal(err)
	}
	if _, err := st.picture(k, p.Hash(), picture.RGB8); err != nil {
		t.Error(err)
	}
}
