package render

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
)

// bigJob is a service of a job of many tiles, half of which are there, with 50
// nodes at work.
func bigJob(t testing.TB, frames, rows, cols int) *service {
	t.Helper()
	dir := t.TempDir()
	plan := Plan{
		Scene: filepath.Join(dir, "film.paint"), Engine: "paint", Version: "1.2.3", Frames: []Range{{1, frames, 1}},
		Settings: engine.Settings{Width: 1920, Height: 1080, Samples: 4, Form: picture.RGB8}, Format: PNG,
		Output: filepath.Join(dir, "out"), Checks: ChecksUsual, FrameSeconds: 20, Rows: rows, Cols: cols, Repeats: 0.1,
	}
	if err := os.WriteFile(plan.Scene, []byte("a scene"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := New(Options{ID: types.Hash{7}, Engines: []engine.Engine{&paint{}}, Swarm: newHub().swarm(1), Dir: filepath.Join(dir, "render"), Cores: 1, Memory: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	post, err := d.Prepare(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	post.Bid = 100 * types.Coin
	svc, err := d.Serve(tasks.Job{ID: types.Hash{9}, Post: post, Bids: post.Bid}, filepath.Join(dir, "job"))
	if err != nil {
		t.Fatal(err)
	}
	s := svc.(*service)
	node50 := func(i int) nodeID { return nodeID{1, byte(i % 50)} }
	for i := range 50 {
		a := s.s.touchNode(node50(i))
		a.Build, a.Own, a.Passed, a.Speed = paintBuild, 3, 30, 1e5
		s.nodes[node50(i)] = &node{ready: true}
	}
	for i, f := range s.s.Frames[:frames/2] {
		for _, t := range f.Tiles {
			n := node50(i)
			t.Asked, t.Keep = []nodeID{n}, 1
			t.Claims = []claim{{Node: n, Build: paintBuild, Hash: pixelHash{byte(i), byte(i >> 8)}, Took: 1500, Seq: i, Paid: true, File: true, Trusted: i%10 == 0}}
			s.s.Counts.Accepted++
		}
		f.Made = f.digest()
	}
	s.s.index()
	return s
}

func TestBigJobState(t *testing.T) {
	s := bigJob(t, 60, 10, 20)
	n := nodeID{1, 7}
	if err := s.change(func() { s.s.take(n, 50, s.now()) }); err != nil {
		t.Fatal(err)
	}
	v := s.Progress().Detail.(State)
	shown := 0
	for _, f := range v.Frames {
		shown += len(f.Tiles)
	}
	if len(v.Frames) != 60 || shown > maxViewed || len(v.Frames[59].Tiles) != 0 {
		t.Errorf("%d tiles of %d frames, %d of one that nobody has begun", shown, len(v.Frames), len(v.Frames[59].Tiles))
	}
	if f := v.Frames[30]; len(f.Tiles) != 200 || f.State != TileWaiting || f.Tiles[0].State != TileLeased {
		t.Errorf("the frame that is worked on: %d tiles, %s", len(f.Tiles), f.State)
	}
	tiles, checked, seconds := 0, 0, 0.0
	for _, w := range v.Nodes {
		tiles, checked, seconds = tiles+w.Tiles, checked+w.Checked, seconds+w.Seconds
	}
	if tiles != 30*200 || checked != 3*200 || seconds != 1.5*30*200 {
		t.Errorf("nodes have %d tiles, %d checked, %v s, also those that are left out", tiles, checked, seconds)
	}
}

// TestEndedJobStateIsSmall: the coordinator keeps it for as long as the job is
// listed, and writes it with each change of the job.
func TestEndedJobStateIsSmall(t *testing.T) {
	s := bigJob(t, 10_000, 1, 1)
	before := s.Progress().Detail.(State)
	s.s.Frames[7].Tiles[0] = &tile{Tile: s.s.Frames[7].Tiles[0].Tile, Failed: "no memory"}
	s.s.Frames[7].Made = ""
	for _, f := range s.s.Frames[5000:] {
		f.Tiles[0].Keep, f.Tiles[0].Claims = 1, []claim{{Node: nodeID{1}}}
		f.Made = f.digest()
	}
	s.s.Settled = true
	v := s.Progress().Detail.(State)
	raw, err := json.Marshal(v)
	if err != nil || len(raw) > 20_000 {
		t.Errorf("%d bytes, %v", len(raw), err)
	}
	var back State
	if err := json.Unmarshal(raw, &back); err != nil || !reflect.DeepEqual(back.All(), v.All()) {
		t.Error("read back it is another one", err)
	}
	all := back.All()
	if len(all) != 10_000 || all[7].State != TileFailed || all[7].Why != "no memory" || all[9999].Frame != 10_000 || all[9999].State != TileDone {
		t.Errorf("%d frames, %+v", len(all), all[7])
	}
	if all[0].File != before.Frames[0].File || all[0].File == "" {
		t.Errorf("frame 1 is in %q, was in %q", all[0].File, before.Frames[0].File)
	}
}

// TestNextFrameLooksOnce: it is asked after every message.
func TestNextFrameLooksOnce(t *testing.T) {
	s := bigJob(t, 20, 2, 2)
	if p, _ := s.nextFrame(); p != nil {
		t.Fatalf("%v is to be written, and has not changed", p[0].tile)
	}
	f := s.s.Frames[3]
	if err := s.change(func() { s.s.touchTile(f.Tiles[2]).Claims[0].Hash = pixelHash{99} }); err != nil {
		t.Fatal(err)
	}
	for range 2 { // until it is written
		if p, _ := s.nextFrame(); len(p) != 4 || p[0].tile.Frame != f.Frame {
			t.Fatal("a tile was replaced, and its frame is not written again")
		}
	}
	s.s.begin()
	s.s.touchFrame(f).Made = f.digest()
	if p, _ := s.nextFrame(); p != nil {
		t.Fatal("it is written")
	}
	s.s.rollback() // the disk refused it
	if p, _ := s.nextFrame(); p == nil {
		t.Fatal("it is not known to be written")
	}
}

// BenchmarkBigJob is what a job of many tiles costs for each look at it, message
// and second.
func BenchmarkBigJob(b *testing.B) {
	for _, c := range []struct{ frames, rows, cols int }{{10_000, 1, 1}, {200, 10, 20}} {
		s := bigJob(b, c.frames, c.rows, c.cols)
		n := nodeID{1, 7}
		name := fmt.Sprintf("%d×%d/", c.frames, c.rows*c.cols)
		b.Run(name+"look", func(b *testing.B) {
			for b.Loop() {
				s.Progress()
			}
			raw, err := json.Marshal(s.Progress().Detail)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(len(raw)), "bytes")
		})
		b.Run(name+"second", func(b *testing.B) {
			for b.Loop() {
				s.tick()
			}
		})
		b.Run(name+"lease", func(b *testing.B) {
			for b.Loop() {
				id, _ := s.s.take(n, 50, time.Now())
				s.s.dropLease(id)
				s.nextFrame()
			}
		})
		b.Run(name+"restart", func(b *testing.B) {
			if err := s.st.journal.Rewrite(s.s.snapshot()...); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				st, _, err := openStore(s.dir)
				if err != nil {
					b.Fatal(err)
				}
				st.close()
			}
		})
	}
}
