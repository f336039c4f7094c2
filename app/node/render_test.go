package node

import (
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"supercomputing/app/config"
	"supercomputing/app/view"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/tasks/render/picture"
	"supercomputing/tasks/render/sample"
)

// needPrograms skips a test where programs that it runs are not installed.
func needPrograms(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip(err)
		}
	}
}

// studio starts a requester and nodes of one core that contribute, of which the
// one called "bare" has no rendering program.
func studio(t *testing.T, names ...string) (requester *member, nodes []*member) {
	t.Helper()
	ms := newMembers(t, append([]string{"requester"}, names...)...)
	for _, m := range ms[1:] {
		m.cfg.Contribute.Enabled, m.cfg.Contribute.Cores = true, 1
		if filepath.Base(m.dir) == "bare" {
			m.cfg.Engines = config.Engines{Blender: "/nowhere/blender", POVRay: "/nowhere/povray"}
		}
	}
	company(t, ms, quick)
	return ms[0], ms[1:]
}

// balls writes an animation in POV-Ray's language.
func balls(t *testing.T, s sample.Spec) string {
	t.Helper()
	s.Name = "spheres"
	return must[string](t)(sample.Pov(t.TempDir(), s))
}

// TestRender has two nodes render an animation of POV-Ray for a third: it is
// looked over, tried, quoted, posted, rendered, checked and paid, and each frame is
// what POV-Ray alone makes of the scene.
func TestRender(t *testing.T) {
	needPrograms(t, "povray", "ffmpeg", "bwrap")
	t.Parallel()
	r, nodes := studio(t, "a", "b", "bare")
	bare := nodes[2]
	nodes = nodes[:2]
	ctx := t.Context()
	scene := balls(t, sample.Spec{Frames: 6, Width: 96, Height: 54, Samples: 1})
	req := view.RenderRequest{Path: scene, Video: true, Bid: 10 * types.Coin, Label: "film"}
	s := must[view.RenderScene](t)(r.client.InspectRender(ctx, req))
	if s.Engine != "povray" || s.First != 1 || s.Last != 6 || s.Width != 96 || s.Height != 54 || len(s.Problems) != 0 {
		t.Errorf("scene: %+v", s)
	}
	q := must[view.RenderQuote](t)(r.client.QuoteRender(ctx, req))
	if q.Frames != 6 || q.Tiles != 1 || q.Estimate.Tried < 2 || q.Estimate.FrameSeconds <= 0 || q.Estimate.Nodes != usualNodes || q.Estimate.Memory <= 0 ||
		q.Suggested < usualNodes*types.MinScore || q.First < consensus.MinBid || q.Rank != 1 || !q.Affordable || q.Total != q.Bid+q.Fee || q.Fee <= 0 || q.Bid != req.Bid ||
		q.Output != strings.TrimSuffix(scene, ".pov")+"-frames" || q.Size <= 0 || q.Split != splitBid(req.Bid) {
		t.Errorf("quote: %+v", q)
	}
	again := must[view.RenderQuote](t)(r.client.QuoteRender(ctx, req))
	if again.Estimate != q.Estimate {
		t.Errorf("tried anew: %+v, before %+v", again.Estimate, q.Estimate)
	}
	req.Bid, req.Output = q.Bid, q.Output
	job := must[view.JobDetail](t)(r.client.PostRender(ctx, req))
	if job.Dapp != "render" || job.Name != "spheres.pov" || job.Label != "film" || job.Render == nil || len(job.Render.Frames) != 6 || job.Render.Output != q.Output && job.Render.Output != "" {
		t.Errorf("posted: %+v", job)
	}
	nodes[0].await(t, "the board", func(ctx context.Context) (bool, error) {
		list, err := nodes[0].client.Board(ctx)
		return len(list) == 1 && list[0].Work == "6 frames of 96 × 54, POV-Ray 3.7" && list[0].Name == "spheres.pov", err
	})
	bare.idles(t)
	job = r.finished(t, job.ID)
	r.checkRendered(t, scene, job, 6)
	if job.Render.Video == "" || job.Render.Checks.Share <= 0 || job.Render.Checks.Caught != 0 || job.Render.Checks.Tiles != 6 {
		t.Errorf("done: %+v", job.Render)
	}
	if fi, err := os.Stat(job.Render.Video); err != nil || fi.Size() == 0 {
		t.Errorf("video: %v, %v", fi, err)
	}
	r.checkPaid(t, job, nodes)
	r.checkPost(t, job)
	tiles, seconds := int64(0), 0.0
	for _, w := range job.Nodes {
		tiles, seconds = tiles+w.Progress.Done, seconds+w.Seconds
	}
	if tiles+int64(job.Render.Checks.Own) < 6 || tiles > 6 || seconds <= 0 {
		t.Errorf("nodes have %d tiles, rendered in %v s", tiles, seconds)
	}
	// A list shows the same job, without its frames.
	list := must[[]view.Job](t)(r.client.Jobs(ctx))
	if len(list) != 1 || list[0].ID != job.ID || list[0].Size != job.Size || list[0].Progress.Total != 6 || list[0].Progress.Done != 6 || list[0].Name != job.Name {
		t.Errorf("listed: %+v", list)
	}
	if _, err := r.client.RenderPicture(ctx, view.PictureRequest{Job: job.ID, Frame: 99}); !errors.Is(err, view.ErrNotFound) {
		t.Errorf("frame 99: %v", err)
	}
}

// idles checks that a node without an engine says so wherever it is asked.
func (m *member) idles(t *testing.T) {
	t.Helper()
	const why = "/nowhere/povray"
	m.await(t, "why there is no work", func(ctx context.Context) (bool, error) {
		list, err := m.client.Board(ctx)
		c, cerr := m.client.Contribution(ctx)
		return len(list) == 1 && !list[0].Working && strings.Contains(list[0].Reason, why) && strings.Contains(c.Status.Why, why), errors.Join(err, cerr)
	})
	c := must[view.Contribution](t)(m.client.Contribution(t.Context()))
	if len(c.Engines) != 2 || c.Engines[1].Name != "povray" || c.Engines[1].Usable || !strings.Contains(c.Engines[1].Why, why) {
		t.Errorf("engines: %+v", c.Engines)
	}
}

// finished waits until a job is over and its completion is in a block.
func (m *member) finished(t *testing.T, id string) (j view.JobDetail) {
	t.Helper()
	m.awaitWithin(t, 5*time.Minute, "the end of the job", func(ctx context.Context) (_ bool, err error) {
		j, err = m.client.Job(ctx, id)
		return j.State == view.JobComplete, err
	})
	if !j.Render.Finished || j.Render.Failure != "" {
		t.Errorf("ended as %+v", j.Render)
	}
	return j
}

// checkRendered compares all frames of a job with those of POV-Ray alone.
func (m *member) checkRendered(t *testing.T, scene string, j view.JobDetail, frames int) {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "povray", "spheres.ini", "+Ispheres.pov", "+O"+dir+"/", "+FN8", "-D", "+WT1", "+SF1", fmt.Sprintf("+EF%d", frames))
	cmd.Dir = filepath.Dir(scene)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("POV-Ray: %v\n%s", err, out)
	}
	local := must[[]string](t)(filepath.Glob(filepath.Join(dir, "*.png")))
	slices.Sort(local)
	if len(local) != frames || len(j.Render.Frames) != frames {
		t.Fatalf("%d frames locally, %d in the job, not %d", len(local), len(j.Render.Frames), frames)
	}
	for i, f := range j.Render.Frames {
		if f.State != view.TileDone || f.File == "" {
			t.Errorf("frame %+v", f)
			continue
		}
		if a, b := readPicture(t, local[i]), readPicture(t, f.File); a.Hash() != b.Hash() {
			t.Errorf("frame %d is not what POV-Ray alone renders", f.Frame)
		}
		if i == 0 {
			p := must[view.Picture](t)(m.client.RenderPicture(t.Context(), view.PictureRequest{Job: j.ID, Frame: f.Frame, Size: 48}))
			img, _, err := image.Decode(strings.NewReader(string(p.PNG)))
			if err != nil || img.Bounds().Dx() != 48 || img.Bounds().Dy() != 27 {
				t.Errorf("preview: %v", err)
			}
		}
	}
}

// checkPost looks a job's post up in the explorer.
func (m *member) checkPost(t *testing.T, j view.JobDetail) {
	t.Helper()
	said := make(map[string]string)
	for _, f := range must[view.Tx](t)(m.client.Tx(t.Context(), j.ID)).Record.Fields {
		said[f.Name] = f.Value
	}
	if said["scene"] != j.Name || said["frames"] != "1-6" || said["work"] != "6 frames of 96 × 54, POV-Ray 3.7" || said["spec"] != "" {
		t.Errorf("the post says %v", said)
	}
}

func readPicture(t *testing.T, path string) *picture.Picture {
	t.Helper()
	f := must[*os.File](t)(os.Open(path))
	defer f.Close()
	return must[*picture.Picture](t)(picture.ReadPNG(f, 1<<20))
}

// checkPaid adds up what nodes got for a job.
func (m *member) checkPaid(t *testing.T, j view.JobDetail, nodes []*member) {
	t.Helper()
	known := make(map[string]bool)
	for _, n := range nodes {
		known[n.ready.Identity] = true
	}
	var sum types.Amount
	for _, r := range j.Receipts {
		if !known[r.Address] {
			t.Errorf("%s was paid", r.Address)
		}
		sum += r.Score
	}
	if sum != j.Scored || sum > j.Bid || sum < j.Bid*99/100 {
		t.Errorf("paid %v of %v, the chain says %v", sum, j.Bid, j.Scored)
	}
	for _, f := range j.Render.Frames {
		for _, tile := range f.Tiles {
			if !known[tile.Node] {
				t.Errorf("frame %d is by %q", f.Frame, tile.Node)
			}
		}
	}
}

// TestRenderBlender has a node that nobody checks render two frames of a .blend
// file in linear light, which are then denoised and made a video of.
func TestRenderBlender(t *testing.T) {
	needPrograms(t, "blender", "ffmpeg", "bwrap")
	t.Parallel()
	r, nodes := studio(t, "a")
	ctx := t.Context()
	scene := must[string](t)(sample.Blend(ctx, "", t.TempDir(), sample.Spec{Name: "plain", Frames: 2, Width: 64, Height: 36, Samples: 2}))
	yes := true
	req := view.RenderRequest{Path: scene, Format: view.RenderEXR, Denoise: &yes, Video: true, Rate: 12, Bid: types.Coin, Checks: view.ChecksOff}
	if s := must[view.RenderScene](t)(r.client.InspectRender(ctx, req)); s.Engine != "blender" || s.Camera == "" || s.Samples != 2 || s.Last != 2 {
		t.Errorf("scene: %+v", s)
	}
	job := r.finished(t, must[view.JobDetail](t)(r.client.PostRender(ctx, req)).ID)
	r.checkPaid(t, job, nodes)
	if c := job.Render.Checks; c != (view.RenderChecks{Tiles: 2}) {
		t.Errorf("checks: %+v", c)
	}
	if fi, err := os.Stat(job.Render.Video); err != nil || fi.Size() == 0 {
		t.Errorf("video: %v, %v", fi, err)
	}
	for _, f := range job.Render.Frames {
		p := must[*picture.Picture](t)(readFrame(f.File))
		if p.W != 64 || p.H != 36 || !p.Form.Float() {
			t.Errorf("frame %d: %d×%d in form %v", f.Frame, p.W, p.H, p.Form)
		}
	}
	shown := must[view.Picture](t)(r.client.RenderPicture(ctx, view.PictureRequest{Job: job.ID, Frame: 2}))
	if img, _, err := image.Decode(strings.NewReader(string(shown.PNG))); err != nil || img.Bounds().Dx() != 64 {
		t.Errorf("picture: %v", err)
	}
}
