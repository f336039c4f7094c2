package render

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
)

// These tests play whole jobs over the real coordinator, runner and session
// protocol; the engine is paint, and time is synctest's.

const tileTime = 5 * time.Second

// painter is a paint engine that takes its time.
func painter() *paint {
	return &paint{took: tileTime, before: func(ctx context.Context, _ engine.Tile) error {
		select {
		case <-time.After(tileTime):
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}}
}

const paintScene = "a scene for many"

// painting is a job of n frames by paint.
func (m *market) painting(n int, checks Checks, rows int) (Plan, types.Hash) {
	m.t.Helper()
	dir := m.t.TempDir()
	scene := filepath.Join(dir, "scene.txt")
	if err := os.WriteFile(scene, []byte(paintScene), 0o600); err != nil {
		m.t.Fatal(err)
	}
	p := Plan{
		Scene: scene, Engine: "paint", Frames: []Range{{1, n, 1}}, Settings: testSettings, Format: PNG,
		Output: filepath.Join(dir, "frames"), Checks: checks,
		FrameSeconds: tileTime.Seconds(), SetupSeconds: 0.1, Rows: rows, Cols: 1, Repeats: PlannedRepeats(n*rows, 3, 0, checks),
	}
	return p, m.post(p, types.Coin)
}

// rightFrames compares the frames' files with what they should be, in the tiles
// that they were cut into.
func (m *market) rightFrames(p Plan, id types.Hash) {
	m.t.Helper()
	cut := make(map[int][]TileView)
	for _, f := range m.detail(id).Frames {
		cut[f.Frame] = f.Tiles
	}
	for _, f := range ListFrames(p.Frames) {
		file, err := os.Open(p.frameFile(f))
		if err != nil {
			m.t.Error(err)
			continue
		}
		got, err := picture.ReadPNG(file, MaxPixels)
		file.Close()
		if err != nil {
			m.t.Error(err)
			continue
		}
		want, _ := picture.New(p.Settings.Form, p.Settings.Width, p.Settings.Height)
		for _, r := range cut[f] {
			t := engine.Tile{Frame: f, X: r.X, Y: r.Y, W: r.W, H: r.H}
			if err := want.Paste(painted([]byte(paintScene), t, p.Settings), t.X, t.Y); err != nil {
				m.t.Fatal(err)
			}
		}
		if !bytes.Equal(got.Pix, want.Pix) {
			m.t.Errorf("frame %d is not right", f)
		}
	}
}

// paidOut checks what the chain has recorded: never more than the bids, and
// nearly all of them.
func (m *market) paidOut(id types.Hash) map[types.Address]types.Amount {
	m.t.Helper()
	scores := m.scores(id)
	if s := sum(scores); s > types.Coin || s < types.Coin*98/100 {
		m.t.Errorf("paid %v of %v", s, types.Coin)
	}
	return scores
}

// detail is the dapp's own state of a job, which has been JSON after a restart.
func (m *market) detail(id types.Hash) (s State) {
	m.t.Helper()
	j, err := m.coord.Job(id)
	if err != nil {
		m.t.Fatal(err)
	}
	raw, err := json.Marshal(j.Progress.Detail)
	if err == nil {
		err = json.Unmarshal(raw, &s)
	}
	if err != nil {
		m.t.Fatal(err)
	}
	return s
}

func (m *market) logged(id types.Hash, words ...string) {
	m.t.Helper()
	s := m.detail(id)
	for _, w := range words {
		found := false
		for _, l := range s.Log {
			found = found || strings.Contains(l.Text, w)
		}
		if !found {
			m.t.Errorf("the log does not say %q: %+v", w, s.Log)
		}
	}
}

// bubble runs f in a synctest bubble.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

func TestWholeJob(t *testing.T) {
	for _, c := range []struct {
		checks Checks
		rows   int
	}{{ChecksOff, 1}, {ChecksUsual, 1}, {ChecksUsual, 3}, {ChecksAll, 1}} {
		t.Run(fmt.Sprint(c.checks, c.rows), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				m := newMarket(t, time.Second, painter(), nil)
				for i := range byte(3) {
					m.node(i+2, painter())
				}
				p, id := m.painting(12, c.checks, c.rows)
				j := m.completed(id, 2*time.Hour)
				m.rightFrames(p, id)
				scores := m.paidOut(id)
				s := m.detail(id)
				if len(scores) != 3 || j.Receipt == nil || s.Checks.Caught != 0 {
					t.Errorf("%d were paid, %+v", len(scores), s.Checks)
				}
				repeats := s.Checks.Share
				if c.checks == ChecksOff && repeats > 0.25 || c.checks == ChecksAll && repeats < 0.4 {
					t.Errorf("repeated %v of the work", repeats)
				}
				for _, n := range m.nodes { // each hears of the end in its own time
					m.until("a node to remove its files", time.Hour, func() bool {
						left, _ := filepath.Glob(filepath.Join(n.dir, "work", "*", "work", "*"))
						return len(left) == 0
					})
				}
			})
		})
	}
}

// A node dies in the middle of a frame and does not come back; another one
// pauses there and comes back.
func TestWholeKilled(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := newMarket(t, time.Second, painter(), nil)
		dying, pausing := painter(), painter()
		dead, paused := m.node(2, dying), m.node(3, pausing)
		m.node(4, painter())
		p, id := m.painting(150, ChecksUsual, 1)
		atWork := func(e *paint, n int) func() bool {
			return func() bool {
				e.mu.Lock()
				defer e.mu.Unlock()
				return e.at > 0 && len(e.rendered) >= n
			}
		}
		m.until("the first is at its second tile", time.Hour, atWork(dying, 1))
		dead.stop()
		m.until("the second is at its third", time.Hour, atWork(pausing, 2))
		paused.stop()
		paused.start()
		m.completed(id, 3*time.Hour)
		m.rightFrames(p, id)
		m.paidOut(id)
		m.logged(id, "others")
		seen := make(map[engine.Tile]bool)
		for _, tile := range pausing.tiles() {
			if seen[tile] {
				t.Errorf("%v was rendered twice by the node that paused", tile)
			}
			seen[tile] = true
		}
	})
}

// The requester is killed and started again after each stage of a job.
func TestWholeRequesterRestarts(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := newMarket(t, time.Second, painter(), nil)
		for i := range byte(3) {
			m.node(i+2, painter())
		}
		p, id := m.painting(10, ChecksUsual, 1)
		restart := func() {
			m.kill()
			m.start()
		}
		restart() // not in a block yet
		tiles := func(n int) func() bool {
			return func() bool { return m.detail(id).Checks.Tiles >= n }
		}
		leased := func() bool {
			for _, f := range m.detail(id).Frames {
				if f.State == TileLeased {
					return true
				}
			}
			return false
		}
		m.until("a lease", time.Hour, leased)
		restart()
		for _, n := range []int{1, 3, 6, 9, 10} {
			m.until(fmt.Sprintf("tile %d", n), 2*time.Hour, tiles(n))
			restart()
		}
		m.until("the end", time.Hour, func() bool {
			j, err := m.coord.Job(id)
			return err == nil && (j.Phase == tasks.PhaseReporting || j.Phase == tasks.PhaseCompleting || j.Phase == tasks.PhaseCompleted)
		})
		restart()
		m.completed(id, time.Hour)
		m.rightFrames(p, id)
		m.paidOut(id)
		m.logged(id, "started again")
	})
}

// Engines that lie. Whatever they deliver, the job's frames are right, and the
// liar is found, named and not paid for it.
func TestWholeLiars(t *testing.T) {
	for _, c := range []struct {
		name string
		lie  func(t engine.Tile, p *picture.Picture) *picture.Picture
	}{
		{"fewer samples", func(t engine.Tile, _ *picture.Picture) *picture.Picture {
			s := testSettings
			s.Samples = 1
			return painted([]byte(paintScene), t, s)
		}},
		{"black", func(_ engine.Tile, p *picture.Picture) *picture.Picture { clear(p.Pix); return p }},
		{"another frame", func(t engine.Tile, _ *picture.Picture) *picture.Picture {
			t.Frame++
			return painted([]byte(paintScene), t, testSettings)
		}},
		{"one pixel", func(_ engine.Tile, p *picture.Picture) *picture.Picture { p.Pix[len(p.Pix)/2]++; return p }},
		{"after ten honest ones", func() func(engine.Tile, *picture.Picture) *picture.Picture {
			var mu sync.Mutex
			n := 0
			return func(_ engine.Tile, p *picture.Picture) *picture.Picture {
				mu.Lock()
				defer mu.Unlock()
				if n++; n > 10 {
					clear(p.Pix)
				}
				return p
			}
		}()},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				m := newMarket(t, time.Second, painter(), nil)
				liar := painter()
				liar.lie = c.lie
				bad := m.node(2, liar)
				m.node(3, painter())
				m.node(4, painter())
				p, id := m.painting(60, ChecksUsual, 1)
				m.completed(id, 3*time.Hour)
				m.rightFrames(p, id)
				scores := m.paidOut(id)
				s := m.detail(id)
				if c.name == "one pixel" { // not a lie to the eye: it is unpaid and out, not accused
					m.logged(id, "gets nothing more")
					if s.Checks.Caught != 0 || scores[bad.key.Address()] != 0 {
						t.Errorf("caught %d, paid %v: %+v", s.Checks.Caught, scores[bad.key.Address()], s.Log)
					}
					return
				}
				if s.Checks.Caught != 1 {
					t.Errorf("caught %d: %+v", s.Checks.Caught, s.Log)
				}
				if c.name != "after ten honest ones" && scores[bad.key.Address()] != 0 {
					t.Errorf("the liar got %v", scores[bad.key.Address()])
				}
				for _, n := range s.Nodes {
					if (n.Caught != "") != (n.Node == bad.key.Address().String()) {
						t.Errorf("accused: %+v", n)
					}
				}
				// It stands as caught in the next job, too.
				before := len(liar.tiles())
				p, id = m.painting(6, ChecksUsual, 1)
				m.completed(id, 3*time.Hour)
				m.rightFrames(p, id)
				if len(liar.tiles()) != before || m.scores(id)[bad.key.Address()] != 0 {
					t.Error("the liar worked in the next job")
				}
			})
		})
	}
}

// A node whose uploads never arrive whole loses nothing but the lease; the
// frames come from others.
func TestWholeTruncated(t *testing.T) {
	for _, c := range []struct {
		name   string
		meddle func(p *part)
	}{
		{"cut short", func(p *part) { p.Data = p.Data[:len(p.Data)/2] }},
		{"other bytes", func(p *part) { p.Data = bytes.Repeat([]byte{7}, len(p.Data)) }},
		{"nothing", func(p *part) { p.Data = nil }},
		{"elsewhere", func(p *part) { p.Offset += 1000 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				m := newMarket(t, time.Second, painter(), nil)
				m.node(2, painter(), func(msg []byte) []byte {
					if a, err := decodeMessage(msg); err == nil {
						if p, is := a.(part); is {
							c.meddle(&p)
							return p.encode()
						}
					}
					return msg
				})
				m.node(3, painter())
				p, id := m.painting(8, ChecksUsual, 1)
				m.completed(id, 3*time.Hour)
				m.rightFrames(p, id)
				m.paidOut(id)
				if s := m.detail(id); s.Checks.Caught != 0 {
					t.Errorf("accused: %+v", s.Log)
				}
			})
		})
	}
}

// A scene over every machine's limits ends the job early, and says why.
func TestWholeBomb(t *testing.T) {
	bubble(t, func(t *testing.T) {
		bomb := func() *paint {
			return &paint{before: func(context.Context, engine.Tile) error {
				return fmt.Errorf("%w: memory: 2.0 GiB", engine.ErrLimit)
			}}
		}
		m := newMarket(t, time.Second, bomb(), nil)
		var engines []*paint
		for i := range byte(3) {
			engines = append(engines, bomb())
			m.node(i+2, engines[i])
		}
		_, id := m.painting(30, ChecksUsual, 1)
		m.completed(id, 5*time.Hour)
		s := m.detail(id)
		if !strings.Contains(s.Broken, "memory") {
			t.Errorf("broken: %q, %+v", s.Broken, s.Log)
		}
		for _, e := range engines {
			if e.runs > 2*maxUseless*maxFailures {
				t.Errorf("a node tried %d times", e.runs)
			}
		}
	})
}

// One frame that nobody can render is named; the others come.
func TestWholeBadFrame(t *testing.T) {
	bubble(t, func(t *testing.T) {
		limping := func() *paint {
			e := painter()
			slow := e.before
			e.before = func(ctx context.Context, tile engine.Tile) error {
				if tile.Frame == 3 {
					return fmt.Errorf("%w: it has no camera", engine.ErrScene)
				}
				return slow(ctx, tile)
			}
			return e
		}
		m := newMarket(t, time.Second, limping(), nil)
		for i := range byte(3) {
			m.node(i+2, limping())
		}
		p, id := m.painting(8, ChecksUsual, 1)
		m.completed(id, 5*time.Hour)
		s := m.detail(id)
		for _, f := range s.Frames {
			if (f.State == TileFailed) != (f.Frame == 3) || f.Frame == 3 && !strings.Contains(f.Why, "camera") {
				t.Errorf("frame %d: %s %s", f.Frame, f.State, f.Why)
			}
		}
		p.Frames = []Range{{1, 2, 1}, {4, 8, 1}}
		m.rightFrames(p, id)
	})
}

// The requester's disk is full for a while: nothing is lost.
func TestWholeDiskFull(t *testing.T) {
	small := smallDisk(t)
	bubble(t, func(t *testing.T) {
		m := newMarketIn(t, filepath.Join(small, "requester"), time.Second, painter(), nil)
		for i := range byte(2) {
			m.node(i+2, painter())
		}
		p, id := m.painting(12, ChecksUsual, 1)
		filler := filepath.Join(small, "filler")
		m.until("two tiles", time.Hour, func() bool { return m.detail(id).Checks.Tiles >= 2 })
		if err := fillDisk(filler); err != nil {
			t.Fatal(err)
		}
		m.until("a word about the full disk", time.Hour, func() bool {
			j, _ := m.coord.Job(id)
			return strings.Contains(j.Note+j.Progress.Note, "cannot be stored")
		})
		time.Sleep(10 * time.Minute)
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		m.completed(id, 3*time.Hour)
		m.rightFrames(p, id)
		m.paidOut(id)
	})
}

// fillDisk writes until the disk takes no more.
func fillDisk(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for size := 1 << 16; size > 0; size /= 2 {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
	}
	if errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}
