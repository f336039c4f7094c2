package demo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"supercomputing/app/view"
)

func goodFilm() *Result {
	r := good()
	r.Downloaded = nil
	r.Rendered = &Rendered{Engine: "blender", Version: "3.4.1", Frames: 24, FramesExact: 24, RepeatedShare: 0.3, Video: "film.mp4",
		Output: "/film/frames", wanted: 24, video: true, tiles: map[string]int{"lsc1pa": 24}}
	return r
}

func TestRenderedCheck(t *testing.T) {
	if err := goodFilm().Check(); err != nil {
		t.Fatal(err)
	}
	silent := goodFilm() // no ffmpeg here
	silent.video, silent.Video = false, ""
	if err := silent.Check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Result){
		"two tips":       func(r *Result) { r.OneTip = false },
		"nothing":        func(r *Result) { r.Frames, r.FramesExact, r.wanted = 0, 0, 0 },
		"a frame lost":   func(r *Result) { r.Frames, r.FramesExact = 23, 23 },
		"one differs":    func(r *Result) { r.FramesExact = 23 },
		"accused":        func(r *Result) { r.Caught = 1 },
		"not checked":    func(r *Result) { r.RepeatedShare = 0 },
		"only checks":    func(r *Result) { r.RepeatedShare = 1 },
		"no number":      func(r *Result) { r.RepeatedShare = math.NaN() },
		"no video":       func(r *Result) { r.Video = "" },
		"not scored":     func(r *Result) { r.Payouts[0].Score = 0 },
		"scored too far": func(r *Result) { r.Payouts = append(r.Payouts, r.Payouts[0], r.Payouts[0]) },
	} {
		t.Run(name, func(t *testing.T) {
			r := goodFilm()
			spoil(r)
			if err := r.Check(); !errors.Is(err, ErrFailed) {
				t.Fatalf("got %v", err)
			}
		})
	}
}

// TestRenderedJSON pins the names that scripts read; the other play's are not
// among them.
func TestRenderedJSON(t *testing.T) {
	raw, err := json.Marshal(goodFilm())
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"frames", "frames_exact", "repeated_share", "payouts", "seconds", "one_tip", "tip", "digest", "conserved",
		"bid", "job", "height", "frame_size", "engine", "version", "caught", "output", "video", "render_seconds", "local_seconds", "first_seconds"} {
		if _, ok := m[key]; !ok {
			t.Errorf("no %q in %s", key, raw)
		}
	}
	if _, ok := m["sha256_ok"]; ok {
		t.Errorf("a download's keys in %s", raw)
	}
}

func TestOutcomeOfRender(t *testing.T) {
	var out bytes.Buffer
	r := goodFilm()
	(*Render)(nil).outcome(&out, r)
	for _, want := range []string{"24 frames, equal in every pixel to a local render by Blender 3.4.1", "30.0 %", "of this machine, and 30 % of what they rendered was checking", "film.mp4", "/film/frames"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in %s", want, out.String())
		}
	}
	r.FramesExact = 22
	out.Reset()
	(*Render)(nil).outcome(&out, r)
	if !strings.Contains(out.String(), "2 DIFFERENT from") {
		t.Error(out.String())
	}
	if got := (*Render)(nil).earned(r, "lsc1pa"); got != "24 tiles in the film" {
		t.Error(got)
	}
}

func TestSome(t *testing.T) {
	for want, list := range map[string][]string{"": nil, "a": {"a"}, "a, b, c": {"a", "b", "c"}, "a, b, c, and 2 more": {"a", "b", "c", "d", "e"}} {
		if got := some(list); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

func TestRenderOptions(t *testing.T) {
	for _, p := range []*Render{{Frames: LeastFrames - 1}, {Frames: MostFrames + 1}, {Frames: -1}, {Engine: "maya"}} {
		if _, err := Run(t.Context(), Options{}, p); !errors.Is(err, ErrOption) {
			t.Errorf("%+v: %v", p, err)
		}
	}
	p := &Render{}
	if most, err := p.fill(); err != nil || p.Frames != UsualFrames || most < limit {
		t.Errorf("%+v, %v, %v", p, most, err)
	}
}

func TestClearDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	for _, name := range []string{"node-1", filmDir, "plain"} {
		if err := os.MkdirAll(filepath.Join(dir, name, "inside"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	clearDir(dir, (*Render)(nil).remains())
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 || left[0].Name() != filmDir {
		t.Fatalf("%v, %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(dir, filmDir, "inside")); err != nil {
		t.Error(err)
	}
	clearDir(dir, (*Download)(nil).remains())
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("still there: %v", err)
	}
}

// film is a job of four frames: one done, one of two tiles in checking and in
// work, one waiting, one that failed.
func film() view.JobDetail {
	return view.JobDetail{
		Job:   view.Job{State: view.JobOpen, Scored: 3},
		Nodes: []view.JobWorker{{Address: "lsc1pa", State: "working", Audits: 2, Ticketed: 1012345678}, {Address: "lsc1pb", State: "lost"}},
		Render: &view.RenderDetail{
			Checks: view.RenderChecks{Repeated: 1, Own: 2, Share: 0.25},
			Frames: []view.RenderFrame{
				{Frame: 1, State: view.TileDone, File: "1.png", Tiles: []view.RenderTile{{State: view.TileDone, Node: "lsc1pa"}}},
				{Frame: 2, State: view.TileLeased, Tiles: []view.RenderTile{{State: view.TileChecking, Node: "lsc1pa"}, {State: view.TileLeased, Node: "lsc1pb"}}},
				{Frame: 3, State: view.TileWaiting},
				{Frame: 4, State: view.TileFailed, Tiles: []view.RenderTile{{State: view.TileFailed}}},
			}}}
}

func filmWatch() *watch {
	d := &demo{Network: Network{workers: []*process{{name: "node-1", identity: "lsc1pa"}, {name: "node-2", identity: "lsc1pb"}}}}
	d.nodes = d.workers
	return &watch{d: d}
}

func TestTally(t *testing.T) {
	if delivered, open := tally(film().Render); delivered != 2 || open != 2 {
		t.Errorf("%d delivered, %d open", delivered, open)
	}
	if got, want := summary(film()), "tiles 2 of 4, 1 with nodes, 1 repeated by nodes and 2 by the requester, on the chain 0.00000003 (open)"; got != want {
		t.Errorf("%q", got)
	}
}

func TestPanel(t *testing.T) {
	got := filmWatch().lines(film())
	want := []string{
		"█▒2·×",
		"· waits   1-4 who has it   ▒ is checked   █ done",
		"",
		"node-1  -               2 tiles   2 checks   score 10.12345678",
		"node-2  not connected   0 tiles   0 checks   score 0",
		"checks  1 tile repeated by nodes, 2 by the requester: 25 % of work",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	long := film() // everything as wide as it gets is not cut
	long.Nodes[0].Audits, long.Nodes[0].Ticketed = 999, 9999912345678
	for f := range 5 {
		long.Render.Frames[f%4].Frame, long.Render.Frames[f%4].Tiles = 236+f, []view.RenderTile{{State: view.TileLeased, Node: "lsc1pa"}}
	}
	for _, l := range filmWatch().lines(long) {
		if n := len([]rune(margin + l)); n > panelWidth {
			t.Errorf("%d characters: %s", n, l)
		}
	}
}

// However much there is to draw, a panel stays a panel.
func TestGridBounded(t *testing.T) {
	tiles := make([]view.RenderTile, 64)
	for i := range tiles {
		tiles[i] = view.RenderTile{State: view.TileLeased}
	}
	for frames, rows := range map[int]int{1: 2, 9: 10, 100: 3, 5000: 11} {
		r := &view.RenderDetail{}
		for range frames {
			r.Frames = append(r.Frames, view.RenderFrame{State: view.TileLeased, Tiles: tiles})
		}
		lines := grid(r, func(string) rune { return '1' })
		if len(lines) != rows {
			t.Errorf("%d frames: %d lines", frames, len(lines))
		}
		for _, l := range lines {
			if n := len([]rune(margin + l)); n > panelWidth {
				t.Errorf("%d characters in a line", n)
			}
		}
	}
}

func TestUIPanel(t *testing.T) {
	var out bytes.Buffer
	u := newUI(&out, true)
	u.panel([]string{"a", strings.Repeat("b", 200), "c"}, "short")
	u.panel([]string{"d"}, "short")
	u.line("done")
	text := out.String()
	if !strings.Contains(text, "\x1b[2A\r\x1b[J") || strings.Contains(text, "short") || strings.Contains(text, strings.Repeat("b", panelWidth)) {
		t.Errorf("%q", text)
	}
	out.Reset()
	u = newUI(&out, false)
	u.panel([]string{"a"}, "short")
	u.panel([]string{"b"}, "short")
	if text := out.String(); strings.Count(text, "\n") != 1 || !strings.HasSuffix(text, "short\n") || strings.Contains(text, "\x1b") {
		t.Errorf("%q", text)
	}
}

func TestNewLines(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	log := []view.LogLine{{Time: at, Text: "a"}, {Time: at, Node: "x", Text: "b"}, {Time: at.Add(1), Text: "a"}}
	for name, c := range map[string]struct {
		after view.LogLine
		want  int
	}{
		"from the start": {view.LogLine{}, 3},
		"the first":      {log[0], 2},
		"same time":      {log[1], 1},
		"all known":      {log[2], 0},
		"cut off":        {view.LogLine{Time: at.Add(-5), Text: "gone"}, 3},
		"cut off late":   {view.LogLine{Time: at, Text: "gone"}, 1},
		"all is older":   {view.LogLine{Time: at.Add(9), Text: "gone"}, 0},
	} {
		if got := newLines(log, c.after); len(got) != c.want {
			t.Errorf("%s: %d lines", name, len(got))
		}
	}
}

func TestEnded(t *testing.T) {
	j := film()
	if err := ended(j); err != nil {
		t.Fatal(err)
	}
	j.State = view.JobExpired
	if err := ended(j); !errors.Is(err, ErrFailed) || !strings.Contains(err.Error(), "frame 2") {
		t.Fatal(err)
	}
	j.Render.Frames = j.Render.Frames[:1]
	if err := ended(j); err != nil {
		t.Fatal(err)
	}
}

func TestWatchResult(t *testing.T) {
	j := film()
	j.Render.Video, j.Render.Engine = "film.mp4", "blender"
	w := filmWatch()
	w.first, w.last = time.Second, time.Minute
	r := w.result(&j)
	if r.Frames != 1 || r.tiles["lsc1pa"] != 1 || len(r.tiles) != 1 || r.FirstSeconds != 1 || r.RenderSeconds != 60 || r.Repeated != 1 || r.Own != 2 || r.RepeatedShare != 0.25 {
		t.Errorf("%+v", r)
	}
	if got := fmt.Sprint(r.Video, r.Engine); got != "film.mp4blender" {
		t.Error(got)
	}
}
