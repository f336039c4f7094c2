package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supercomputing/app/api"
	"supercomputing/app/view"
	"supercomputing/chain/types"
	"supercomputing/tasks/render/sample"
)

// scripted is a requester's node whose job goes on by a step each time that it
// is asked for. Its frames are ones that Blender rendered.
type scripted struct {
	view.Backend // nothing else may be asked
	step         int
	out          string
	frames       []string
	req          view.RenderRequest
	fails        bool // the last frame
}

func (s *scripted) InspectRender(_ context.Context, req view.RenderRequest) (view.RenderScene, error) {
	return view.RenderScene{Path: req.Path, Engine: "blender", Version: "3.4.1", First: 1, Last: 2, Step: 1, Width: 64, Height: 36,
		Samples: 1, Files: []view.RenderFile{}, Problems: []string{}, Notes: []string{}}, nil
}

func (s *scripted) QuoteRender(_ context.Context, req view.RenderRequest) (view.RenderQuote, error) {
	return view.RenderQuote{JobQuote: view.JobQuote{Bid: req.Bid, Total: req.Bid, Rank: 1, Notes: []string{}}, Frames: 2, Tiles: 1}, nil
}

func (s *scripted) PostRender(_ context.Context, req view.RenderRequest) (view.JobDetail, error) {
	s.req = req
	return s.detail(), nil
}

func (s *scripted) Job(context.Context, string) (view.JobDetail, error) {
	s.step++
	if s.step == 3 {
		return view.JobDetail{}, view.Errorf(view.CodeUnavailable, "starting") // it was killed
	}
	return s.detail(), nil
}

// detail is the job after some steps: posted, in a block, leased, checked, done,
// closed, with its video.
func (s *scripted) detail() view.JobDetail {
	j := view.JobDetail{Job: view.Job{ID: "ab", Dapp: "render", State: view.JobWaiting}, Nodes: []view.JobWorker{}, Receipts: []view.Receipt{}}
	if s.step < 2 {
		return j
	}
	j.State, j.Height = view.JobOpen, 3
	j.Render = &view.RenderDetail{Engine: "blender", Version: "3.4.1", Width: 64, Height: 36, Samples: 1, Format: "png", Output: s.out,
		Log: []view.LogLine{{Time: time.Unix(9, 0), Node: "lsc1pa", Text: "went away in the middle of frame 2"}}}
	state := view.TileLeased
	switch {
	case s.step > 6:
		state = view.TileDone
	case s.step > 5:
		state = view.TileChecking
	}
	for i, path := range s.frames {
		f := view.RenderFrame{Frame: i + 1, State: state, Tiles: []view.RenderTile{{W: 64, H: 36, State: state, Node: "lsc1pa"}}}
		if state == view.TileDone {
			f.File = path
		}
		if s.fails && i == len(s.frames)-1 {
			f = view.RenderFrame{Frame: i + 1, State: view.TileFailed, Why: "out of memory everywhere"}
		}
		j.Render.Frames = append(j.Render.Frames, f)
	}
	if s.step > 7 {
		j.State, j.Render.Checks = view.JobComplete, view.RenderChecks{Tiles: 2, Repeated: 1, Share: 0.33}
	}
	if s.step > 8 {
		j.Render.Video = filepath.Join(s.out, "film.mp4")
	}
	return j
}

// theatre serves a scripted requester over the real API to a demo.
func theatre(t *testing.T, s *scripted, out *bytes.Buffer) *demo {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); api.NewServer(s, "token", api.Options{}).Run(ctx, ln) }()
	t.Cleanup(func() { cancel(); <-ended })
	d := &demo{Options: Options{Dir: t.TempDir(), Bid: types.Coin}, Network: Network{ui: newUI(out, false)}}
	d.requester = &process{name: "requester", api: api.NewClient(ln.Addr().String(), "token")}
	d.workers = []*process{{name: "node-1", identity: "lsc1pa"}}
	d.nodes = d.workers
	stopped := make(chan struct{})
	close(stopped)
	d.killer = &killer{cancel: func() {}, done: stopped} // there are no processes to miss
	return d
}

func TestPerformRender(t *testing.T) {
	path, err := exec.LookPath("blender")
	if err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	scene, err := sample.Blend(t.Context(), path, dir, sample.Spec{Name: "plain", Frames: 2, Width: 64, Height: 36, Samples: 1})
	if err != nil {
		t.Fatal(err)
	}
	files, _, err := renderPlain(t.Context(), programs["blender"], path, scene, filepath.Join(dir, "frames"), 2, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	spoilt := filepath.Join(dir, "spoilt.png")
	if err := os.WriteFile(spoilt, []byte("\x89PNG"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		second string
		fails  bool
		exact  int
		want   string // in the error of perform or of the check
	}{
		"all is well":     {second: files[2], exact: 2},
		"a frame differs": {second: files[1], exact: 1, want: "1 of 2 frames differ from the local render: frame 2 ("},
		"no picture":      {second: spoilt, want: "frame 2: spoilt.png"},
		"a frame failed":  {fails: true, exact: 1, want: "1 of 2 frames were rendered: frame 2: out of memory everywhere"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			s := &scripted{out: filepath.Join(dir, "frames"), frames: []string{files[1], c.second}, fails: c.fails}
			d := theatre(t, s, &out)
			p := &Render{Frames: 2, Engine: "blender", program: path, scene: scene, ffmpeg: true}
			res := good()
			res.Downloaded = nil
			err := p.perform(t.Context(), d, res)
			if err == nil {
				err = res.Check()
			}
			if fmt.Sprint(err) == "<nil>" != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v", err)
			}
			if c.fails && !errors.Is(err, ErrFailed) {
				t.Fatal(err)
			}
			if res.Rendered == nil {
				return
			}
			if r := res.Rendered; r.FramesExact != c.exact || r.tiles["lsc1pa"] != r.Frames || r.FirstSeconds <= 0 || r.RenderSeconds < r.FirstSeconds || r.LocalSeconds <= 0 {
				t.Errorf("%+v", r)
			}
			if s.req.Frames != "1-2" || s.req.Denoise == nil || *s.req.Denoise || !s.req.Video || !filepath.IsAbs(s.req.Output) || s.req.Bid != types.Coin {
				t.Errorf("asked for %+v", s.req)
			}
			if n := strings.Count(out.String(), "node-1: went away in the middle of frame 2"); n != 1 {
				t.Errorf("the log's line was shown %d times:\n%s", n, out.String())
			}
		})
	}
}
