package node

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain/types"
	"supercomputing/tasks/render/sample"
)

// TestRenderRequests goes through what a requester may ask for and what is
// refused, by name and before anything is paid.
func TestRenderRequests(t *testing.T) {
	needPrograms(t, "povray", "ffmpeg")
	if testing.Short() {
		t.Skip("real time")
	}
	t.Parallel()
	m := newMembers(t, "a")[0]
	foundWith(t, quick, m)
	left := filepath.Join(m.dir, renderDir, bundlesDir, "left") // by a crash, long ago
	if err := os.MkdirAll(left, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(left, time.Unix(1e9, 0), time.Unix(1e9, 0)); err != nil {
		t.Fatal(err)
	}
	m.start(t)
	ctx := t.Context()
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const head = "#version 3.7; global_settings { assumed_gamma 1 } camera { location -5*z look_at 0 } light_source { <3,5,-3> 1 }\n"
	good := must[string](t)(sample.Pov(dir, sample.Spec{Name: "spheres", Frames: 9, Width: 64, Height: 36, Samples: 1}))
	maps := must[string](t)(sample.Pov(filepath.Join(dir, "maps"), sample.Spec{Name: "textured", Frames: 2, Width: 64, Height: 36, Samples: 1}))
	missing := write("missing.pov", head+`sphere { 0, 1 pigment { image_map { png "wall.png" } } }`)
	thief := write("thief.pov", head+`#include "`+filepath.Join(m.dir, "keystore.json")+`"`)
	write("occupied-frames/0001.png", "somebody's")
	occupied := write("occupied.pov", head+"sphere { 0, 1 }")
	own := filepath.Join(m.dir, "own.pov")
	if err := os.WriteFile(own, []byte(head), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(m.dir, link); err != nil {
		t.Fatal(err)
	}
	yes := true
	for name, c := range map[string]struct {
		req  view.RenderRequest
		want error
		text string // in the error
	}{
		"no file":              {view.RenderRequest{Path: filepath.Join(dir, "x.pov")}, view.ErrNotFound, "no file"},
		"a folder":             {view.RenderRequest{Path: dir}, view.ErrInvalid, "not a file"},
		"relative":             {view.RenderRequest{Path: "x.pov"}, view.ErrInvalid, "not absolute"},
		"no ending":            {view.RenderRequest{Path: write("scene.txt", head)}, view.ErrInvalid, "scene.txt"},
		"no engine":            {view.RenderRequest{Path: good, Engine: "maya"}, view.ErrInvalid, "maya"},
		"no scene":             {view.RenderRequest{Path: write("letter.pov", "Dear Ann,")}, view.ErrInvalid, "letter"},
		"missing texture":      {view.RenderRequest{Path: missing}, view.ErrInvalid, "wall.png"},
		"the wallet included":  {view.RenderRequest{Path: thief}, view.ErrInvalid, ""},
		"in the data folder":   {view.RenderRequest{Path: own}, view.ErrInvalid, "data directory"},
		"output there":         {view.RenderRequest{Path: good, Output: filepath.Join(m.dir, "film")}, view.ErrInvalid, "data directory"},
		"output by a link":     {view.RenderRequest{Path: good, Output: filepath.Join(link, "film", "x")}, view.ErrInvalid, "data directory"},
		"output in a file":     {view.RenderRequest{Path: good, Output: filepath.Join(good, "film")}, view.ErrInvalid, "cannot write"},
		"output is a file":     {view.RenderRequest{Path: good, Output: good}, view.ErrInvalid, "not a folder"},
		"no frames":            {view.RenderRequest{Path: good, Frames: "9-1"}, view.ErrInvalid, "ends before"},
		"not the scene's":      {view.RenderRequest{Path: good, Frames: "8-12"}, view.ErrInvalid, "frames 1 to 9"},
		"a mean bid":           {view.RenderRequest{Path: good, Bid: 1}, view.ErrInvalid, "least"},
		"a strange format":     {view.RenderRequest{Path: good, Format: "gif"}, view.ErrInvalid, "gif"},
		"a strange size":       {view.RenderRequest{Path: good, Width: 7}, view.ErrInvalid, "only one"},
		"a version of letters": {view.RenderRequest{Path: good, Version: "neu!"}, view.ErrInvalid, "neu"},
	} {
		_, err := m.client.QuoteRender(ctx, c.req)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s := must[view.RenderScene](t)(m.client.InspectRender(ctx, view.RenderRequest{Path: missing})); len(s.Files) != 1 || s.Files[0].State != "missing" {
		t.Errorf("missing: %+v", s)
	}

	quote := func(req view.RenderRequest) view.RenderQuote {
		t.Helper()
		return must[view.RenderQuote](t)(m.client.QuoteRender(ctx, req))
	}
	q := quote(view.RenderRequest{Path: good, Frames: "1-9/4,2,3-8/5", Width: 32, Height: 18, Samples: 4, Format: "exr", Denoise: &yes, Checks: "off", Version: "3.6"})
	if q.Frames != 6 || q.Width != 32 || q.Samples != 4 || q.Format != "exr" || !noted(q, "denoised") || !noted(q, "nothing is checked") || !noted(q, "not 3.6") ||
		q.Bid != q.Suggested || !q.Affordable || q.Blocks == 0 || q.Seconds <= 0 || q.Estimate.NodeSeconds <= 0 || !noted(q, "no node is known") {
		t.Errorf("quote: %+v", q)
	}
	if q := quote(view.RenderRequest{Path: maps, Checks: "all"}); len(q.Scene.Files) == 0 || !noted(q, "50 %") {
		t.Errorf("textured: %+v", q)
	}
	if q := quote(view.RenderRequest{Path: occupied}); q.Output != filepath.Join(dir, "occupied-frames-2") {
		t.Errorf("output: %s", q.Output)
	}
	if q := quote(view.RenderRequest{Path: occupied, Output: filepath.Join(dir, "occupied-frames")}); !noted(q, "1 file in") {
		t.Errorf("notes: %v", q.Notes)
	}
	if _, err := m.client.PostRender(ctx, view.RenderRequest{Path: good, Bid: 1e6 * types.Coin}); !errors.Is(err, view.ErrFunds) {
		t.Errorf("too dear: %v", err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := m.client.QuoteRender(gone, view.RenderRequest{Path: good}); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	if left := must[[]os.DirEntry](t)(os.ReadDir(filepath.Join(m.dir, renderDir, trialsDir))); len(left) > 0 {
		t.Errorf("left of trials: %v", left)
	}

	// A job that waits, for nobody is there to do it, keeps its folder to itself.
	job := must[view.JobDetail](t)(m.client.PostRender(ctx, view.RenderRequest{Path: occupied, Output: filepath.Join(dir, "film")}))
	if job.Render.Output != filepath.Join(dir, "film") || len(job.Render.Frames) != 1 || job.Render.Frames[0].State != view.TileWaiting || job.Bid <= 0 {
		t.Errorf("posted: %+v, %+v", job, job.Render)
	}
	if _, err := m.client.QuoteRender(ctx, view.RenderRequest{Path: good, Output: filepath.Join(dir, "film")}); !errors.Is(err, view.ErrConflict) {
		t.Errorf("two jobs write to one folder: %v", err)
	}
	if _, err := m.client.RenderPicture(ctx, view.PictureRequest{Job: job.ID, Frame: job.Render.Frames[0].Frame}); !errors.Is(err, view.ErrNotFound) {
		t.Errorf("picture of nothing: %v", err)
	}
	if _, err := m.client.RenderPicture(ctx, view.PictureRequest{Job: job.ID, Frame: 1, Size: -1}); !errors.Is(err, view.ErrInvalid) {
		t.Errorf("size: %v", err)
	}
	m.await(t, "the block", func(ctx context.Context) (bool, error) {
		j, err := m.client.Job(ctx, job.ID)
		return j.State == view.JobOpen, err
	})
	if err := m.client.Complete(ctx, job.ID); err != nil {
		t.Fatal(err)
	}
	m.await(t, "the end", func(ctx context.Context) (bool, error) {
		j, err := m.client.Job(ctx, job.ID)
		return j.State == view.JobComplete, err
	})
	for _, d := range []string{bundlesDir, "plans"} {
		if left := must[[]os.DirEntry](t)(os.ReadDir(filepath.Join(m.dir, renderDir, d))); len(left) > 0 {
			t.Errorf("left in %s: %v", d, left)
		}
	}
}

func noted(q view.RenderQuote, text string) bool {
	return strings.Contains(strings.Join(q.Notes, "\n"), text)
}
