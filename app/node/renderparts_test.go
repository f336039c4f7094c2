package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain"
	"supercomputing/chain/consensus"
	"supercomputing/chain/networks"
	"supercomputing/chain/types"
	"supercomputing/tasks/render"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/ffmpeg"
	"supercomputing/tasks/render/picture"
	"supercomputing/tasks/render/povray"
)

// slowEngines takes as long as it is told to look at engines.
type slowEngines struct {
	looks atomic.Int32
	took  time.Duration
}

func (s *slowEngines) Usable(ctx context.Context) []engine.Usable {
	n := s.looks.Add(1)
	select {
	case <-time.After(s.took):
	case <-ctx.Done():
	}
	return []engine.Usable{
		{Name: "blender", Err: fmt.Errorf("%w: look %d", engine.ErrMissing, n)},
		{Name: "povray", Build: engine.Build{Version: "3.7.0"}},
	}
}

// TestLooks: the first to ask waits for a look, but not for ever; later ones are
// told what was seen, and have it looked at again.
func TestLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slowEngines{took: lookPatience + time.Second}
		var bare atomic.Bool
		l := newLooks(s, func() error {
			if bare.Load() {
				return errors.New("no sandbox")
			}
			return nil
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- l.run(ctx) }()
		began := time.Now()
		if got := l.engines(ctx); len(got) != 0 || time.Since(began) != lookPatience {
			t.Errorf("after %v: %+v", time.Since(began), got)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		began = time.Now()
		got := l.engines(ctx)
		want := []view.RenderEngine{{Name: "blender", Why: "the rendering program is not installed: look 1"}, {Name: "povray", Version: "3.7.0", Usable: true}}
		if !slices.Equal(got, want) || time.Since(began) != 0 {
			t.Errorf("after %v: %+v", time.Since(began), got)
		}
		bare.Store(true)
		time.Sleep(2 * s.took)
		synctest.Wait()
		if got := l.engines(ctx); got[1].Usable || !strings.Contains(got[1].Why, "no sandbox") || !strings.HasSuffix(got[0].Why, "look 2") {
			t.Errorf("later: %+v", got)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestEarnings sums what an address earned in one dapp, reads no more than it
// has to, and remembers it for a while.
func TestEarnings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp, other := types.Hash{1}, types.Hash{2}
		var all []chain.Earning
		for h := range uint32(2*chain.MaxListed + 1) {
			all = append(all, chain.Earning{Height: h, Dapp: []types.Hash{dapp, other}[h%2], Score: 10})
		}
		reads, broken := 0, error(nil)
		e := newEarnings(nil, dapp)
		e.read = func(a types.Address, from uint32, max int) ([]chain.Earning, error) {
			reads++
			if a != (types.Address{1}) || int(from) >= len(all) {
				return nil, broken
			}
			return all[from:min(int(from)+max, len(all))], broken
		}
		for range 2 {
			if got, err := e.of(types.Address{1}); err != nil || got != types.Amount(10*(chain.MaxListed+1)) || reads != 3 {
				t.Errorf("%v after %d reads: %v", got, reads, err)
			}
		}
		if got, err := e.of(types.Address{2}); err != nil || got != 0 {
			t.Errorf("a stranger: %v, %v", got, err)
		}
		all[0].Score, reads = earningsEnough, 0
		time.Sleep(earningsLife)
		if got, err := e.of(types.Address{1}); err != nil || got < earningsEnough || reads != 1 {
			t.Errorf("%v after %d reads: %v", got, reads, err)
		}
		broken = chain.ErrUnknownBlock
		time.Sleep(earningsLife)
		if _, err := e.of(types.Address{1}); !errors.Is(err, broken) {
			t.Errorf("a broken index: %v", err)
		}
		broken = nil
		for i := range maxEarnings + 1 {
			if _, err := e.of(types.Address{byte(i), byte(i >> 8), 3}); err != nil || len(e.known) > maxEarnings {
				t.Fatalf("%d addresses: %v", len(e.known), err)
			}
		}
	})
}

// clay is an engine whose scenes are any files.
type clay struct {
	engine.Engine
	inspected, packed, rendered int
	fails                       error
	running                     atomic.Int32
}

func (c *clay) Name() string { return "clay" }

func (c *clay) Inspect(_ context.Context, path string) (*engine.Scene, error) {
	c.inspected++
	return &engine.Scene{First: 1, Last: 3, Step: 1, Files: []engine.File{
		{Path: "beside.png", State: engine.FileFound}, {Path: "inside", State: engine.FilePacked}, {Path: filepath.Join(filepath.Dir(path), "lost"), State: engine.FileMissing}}}, nil
}

func (c *clay) Pack(_ context.Context, path, dir string) error {
	c.packed++
	return os.WriteFile(filepath.Join(dir, "scene"), []byte("a scene"), 0o600)
}

func (c *clay) Render(ctx context.Context, r engine.Request, emit func(engine.Rendered) error) error {
	if c.rendered++; c.running.Add(1) > 1 {
		return errors.New("two at a time")
	}
	defer c.running.Add(-1)
	if c.fails != nil {
		return c.fails
	}
	time.Sleep(time.Millisecond)
	p, err := picture.New(r.Settings.Form, r.Settings.Width, r.Settings.Height)
	if err != nil {
		return err
	}
	return emit(engine.Rendered{Tile: r.Tiles[0], Picture: p, Took: time.Second, Setup: time.Second / 10, Memory: 7})
}

// TestTrials: a scene is looked over and tried once for as long as its files stay
// as they are, one at a time, and nothing is left of it.
func TestTrials(t *testing.T) {
	dir, scratch := t.TempDir(), t.TempDir()
	path, beside := filepath.Join(dir, "scene"), filepath.Join(dir, "beside.png")
	touch := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	touch(path, "1")
	touch(beside, "1")
	c, tr := new(clay), newTrials(scratch)
	inspect := func(b engine.Build, want int) string {
		t.Helper()
		_, stamp, err := tr.inspect(t.Context(), c, b, path)
		if err != nil || c.inspected != want {
			t.Fatalf("looked over %d times, not %d: %v", c.inspected, want, err)
		}
		return stamp
	}
	b := engine.Build{ID: "1"}
	first := inspect(b, 1)
	if again := inspect(b, 1); again != first {
		t.Errorf("stamps %q and %q", first, again)
	}
	touch(beside, "22")
	second := inspect(b, 2)
	touch(filepath.Join(dir, "lost"), "found")
	if third := inspect(b, 3); first == second || second == third {
		t.Errorf("stamps %q, %q, %q", first, second, third)
	}
	inspect(engine.Build{ID: "2"}, 4)
	for i := range maxTrials {
		inspect(engine.Build{ID: fmt.Sprint(i + 3)}, 5+i)
	}
	inspect(b, 5+maxTrials)

	s := engine.Settings{Width: 64, Height: 36, Form: picture.RGB8}
	results := make(chan error)
	for i := range 8 {
		go func() {
			est, size, err := tr.try(t.Context(), fmt.Sprint(i%2), c, path, s, []int{1}, engine.TrialOptions{Threads: 1})
			if err == nil && (est.FrameCore <= 0 || est.Memory != 7 || size != int64(len("a scene"))) {
				err = fmt.Errorf("estimate %+v, %d bytes", est, size)
			}
			results <- err
		}()
	}
	for range 8 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if c.packed != 2 {
		t.Errorf("packed %d times", c.packed)
	}
	c.fails = engine.ErrLimit
	if _, _, err := tr.try(t.Context(), "x", c, path, s, []int{1}, engine.TrialOptions{}); !errors.Is(err, engine.ErrLimit) {
		t.Errorf("a failed trial: %v", err)
	}
	done, err := tr.turn.wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, _, err := tr.try(ctx, "y", c, path, s, []int{1}, engine.TrialOptions{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("not its turn: %v", err)
	}
	done()
	if left, err := os.ReadDir(scratch); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// TestTrialsSettings: settings that come beside a POV-Ray scene later are noticed.
func TestTrialsSettings(t *testing.T) {
	dir := t.TempDir()
	path, ini := filepath.Join(dir, "a.pov"), filepath.Join(dir, "a.ini")
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(path, "camera { location -5*z } sphere { clock, 1 }")
	tr, e := newTrials(t.TempDir()), povray.New(povray.Options{})
	var stamps []string
	for _, c := range []struct {
		ini  string
		last int
	}{{"", 1}, {"Final_Frame=4", 4}, {"Final_Frame=24\n", 24}, {"", 1}} {
		if c.ini != "" {
			write(ini, c.ini)
		} else if err := os.RemoveAll(ini); err != nil {
			t.Fatal(err)
		}
		s, stamp, err := tr.inspect(t.Context(), e, engine.Build{ID: "1"}, path)
		if err != nil || s.Last != c.last {
			t.Fatalf("with %q: frames to %d, not %d: %v", c.ini, s.Last, c.last, err)
		}
		if len(stamps) > 0 && stamps[len(stamps)-1] == stamp {
			t.Errorf("with %q: the stamp is as before", c.ini)
		}
		stamps = append(stamps, stamp)
	}
}

// TestOrderFrames: frames that a scene cannot have are refused with what sets them.
func TestOrderFrames(t *testing.T) {
	still := &engine.Scene{First: 1, Last: 1, Step: 1, Fixed: "Final_Frame in a.ini says it"}
	_, err := orderFrames("1-4", still, "a.pov")
	var e *view.Error
	if !errors.As(err, &e) || !strings.Contains(e.Message, "a.pov has frame 1, and 1-4") || e.Hint != still.Fixed {
		t.Errorf("a still: %v", err)
	}
	still.Fixed = ""
	if got, err := orderFrames("1-4", still, "a.blend"); err != nil || render.CountFrames(got) != 4 {
		t.Errorf("any frame: %v, %v", got, err)
	}
}

// TestRenderTerms: grids and durations that a job can have, whatever a trial says.
func TestRenderTerms(t *testing.T) {
	s := engine.Settings{Width: 1920, Height: 1080}
	for _, c := range []struct{ rows, cols, frames, wantRows, wantCols int }{
		{1, 1, render.MaxTiles, 1, 1}, {4, 8, 10, 4, 8}, {1000, 1, 1, 67, 1}, {32, 32, 1000, 14, 14}, {0, 0, 1, 1, 1}, {32, 32, render.MaxFrames, 1, 2},
	} {
		if r, cs := cutFor(s, c.rows, c.cols, c.frames); r != c.wantRows || cs != c.wantCols || r*cs*c.frames > render.MaxTiles {
			t.Errorf("%d by %d in %d frames became %d by %d", c.rows, c.cols, c.frames, r, cs)
		}
	}
	for _, p := range []*consensus.Params{networks.Local(), networks.Test()} {
		last := uint32(0)
		for _, work := range []float64{0, 1, 3600, 1e5, 1e6, 1e9, math.MaxFloat64} {
			b := renderBlocks(p, work)
			if b < last || b == 0 || b > consensus.MaxDuration {
				t.Errorf("%s: %d blocks for %v seconds of work, %d for less", p.Name, b, work, last)
			}
			last = b
		}
		if short := renderBlocks(p, 1); p.Name == "test" && time.Duration(short)*blockTime(p) < renderLeast {
			t.Errorf("%d blocks are less than %v", short, renderLeast)
		}
	}
}

// TestLateNote: who will not be done before the job's end is told so.
func TestLateNote(t *testing.T) {
	now := time.Now()
	for i, c := range []struct {
		expected, ends time.Time
		late           bool
	}{{now, now.Add(time.Hour), false}, {now.Add(time.Hour), now, true}, {now, time.Time{}, false}, {time.Time{}, now, false}} {
		if got := lateNote(c.expected, c.ends); (got != "") != c.late {
			t.Errorf("case %d: %q", i, got)
		}
	}
}

// TestRenderDetail: what the journal keeps of a job shows as the live value did,
// and nodes by the addresses that people know.
func TestRenderDetail(t *testing.T) {
	live := render.State{Output: "/film", Format: render.PNG, Frames: []render.FrameView{{Frame: 7, State: render.TileDone, File: "/film/0007.png"}}}
	for name, detail := range map[string]any{"live": live, "kept": json.RawMessage(`{"output":"/film","format":"png","frames":[{"frame":7,"state":"done","file":"/film/0007.png"}]}`)} {
		if s := renderState(detail); s.Output != "/film" || s.Format != render.PNG || len(s.Frames) != 1 || s.Frames[0].File != "/film/0007.png" {
			t.Errorf("%s: %+v", name, s)
		}
	}
	for _, odd := range []any{nil, "text", 7, []any{1}, json.RawMessage(`{"output":7}`), json.RawMessage(`"text"`)} {
		if s := renderState(odd); s.Output != "" {
			t.Errorf("%v: %+v", odd, s)
		}
	}
	n := &Node{params: networks.Local()}
	a := types.Address{5}
	names := make(addressNames)
	f := n.renderFrame(render.FrameView{Frame: 1, Tiles: []render.TileView{{Node: a.String()}, {Node: "zz"}, {}}}, names)
	if f.Tiles[0].Node != n.addressText(a) || f.Tiles[1].Node != "" || f.Tiles[2].Node != "" || names[a.String()] != n.addressText(a) {
		t.Errorf("tiles: %+v", f.Tiles)
	}
	spec := render.Spec{Engine: "blender", Series: "3.4", Frames: []render.Range{{First: 1, Last: 48, Step: 1}}, Settings: engine.Settings{Width: 1920, Height: 1080}}
	if got := renderWork(spec); got != "48 frames of 1920 × 1080, Blender 3.4" {
		t.Error(got)
	}
	spec.Frames, spec.Engine = []render.Range{{First: 1, Last: 1, Step: 1}}, "clay"
	if got := renderWork(spec); got != "1 frame of 1920 × 1080, clay 3.4" {
		t.Error(got)
	}
}

// TestFinishingWithoutFFmpeg: what was asked for by name and cannot be made is
// refused before anything is paid; what only the scene asks for is noted.
func TestFinishingWithoutFFmpeg(t *testing.T) {
	n := &Node{market: &market{render: &renderer{finish: func() (render.Finisher, error) { return nil, ffmpeg.ErrMissing }}}}
	yes, no := true, false
	for name, c := range map[string]struct {
		req     view.RenderRequest
		scene   bool   // asks for denoising
		refused string // by what
		noted   bool
	}{
		"denoise":                {view.RenderRequest{Denoise: &yes}, false, "denoised", false},
		"video":                  {view.RenderRequest{Video: true}, false, "video", false},
		"both":                   {view.RenderRequest{Video: true, Denoise: &yes}, true, "denoised", false},
		"the scene":              {view.RenderRequest{}, true, "", true},
		"the scene, not wanted":  {view.RenderRequest{Denoise: &no}, true, "", false},
		"the scene, and a video": {view.RenderRequest{Video: true}, true, "video", false},
		"neither":                {view.RenderRequest{}, false, "", false},
	} {
		o := renderOrder{scene: &engine.Scene{Denoise: c.scene}, plan: render.Plan{Denoise: c.scene, Video: c.req.Video}}
		err := explain(n.finishing(c.req, &o))
		switch {
		case (err != nil) != (c.refused != ""), err != nil && !strings.Contains(err.Error(), c.refused):
			t.Errorf("%s: %v", name, err)
		case err != nil:
			var e *view.Error
			if !errors.As(err, &e) || e.Code != view.CodeUnavailable || !strings.Contains(e.Hint, "nothing was paid") || !strings.Contains(e.Hint, "engines.ffmpeg") {
				t.Errorf("%s: %#v", name, err)
			}
		case (len(o.notes) > 0) != c.noted || o.plan.Denoise:
			t.Errorf("%s: denoised %t, noted %q", name, o.plan.Denoise, o.notes)
		}
	}
}

// TestNodeSeconds: work is shared by nodes only as far as its tiles are.
func TestNodeSeconds(t *testing.T) {
	plan := func(engine string, frames, cols int, checks render.Checks) *render.Plan {
		return &render.Plan{Engine: engine, Frames: []render.Range{{First: 1, Last: frames, Step: 1}}, Rows: 1, Cols: cols, FrameSeconds: 100, Checks: checks}
	}
	for name, c := range map[string]struct {
		plan         *render.Plan
		nodes, cores int
		want         float64
	}{
		"one tile and its check":   {plan("blender", 1, 1, render.ChecksUsual), 4, 2, 100},
		"one tile, unchecked":      {plan("blender", 1, 1, render.ChecksOff), 4, 2, 50},
		"a tile takes one core":    {plan("povray", 1, 1, render.ChecksOff), 4, 2, 100},
		"cut into four":            {plan("blender", 1, 4, render.ChecksOff), 4, 1, 25},
		"five frames, four nodes":  {plan("blender", 5, 1, render.ChecksOff), 4, 1, 200},
		"many frames":              {plan("blender", 400, 1, render.ChecksOff), 4, 2, 5000},
		"beside each other":        {plan("povray", 8, 1, render.ChecksOff), 4, 2, 100},
		"more nodes than anything": {plan("blender", 2, 1, render.ChecksUsual), 100, 1, 200},
	} {
		if got := nodeSeconds(c.plan, c.nodes, float64(c.cores)); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%s: %v s, not %v", name, got, c.want)
		}
	}
}
