package node

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supercomputing/app/config"
	"supercomputing/app/view"
	"supercomputing/chain/types"
	"supercomputing/tasks/render/sample"
)

// TestRenderKilled kills a node in the middle of a tile and the requester in the
// middle of the job, both without warning, and starts both again: every frame
// comes, as it should be, and every coin of the bid goes to who worked.
func TestRenderKilled(t *testing.T) {
	needPrograms(t, "povray", "bwrap")
	if testing.Short() {
		t.Skip("real time")
	}
	t.Parallel()
	ms := newMembers(t, "producer", "requester", "b")
	p, r, b := ms[0], ms[1], ms[2]
	foundWith(t, quick, ms...)
	for _, m := range []*member{p, b} {
		m.cfg.Contribute.Enabled, m.cfg.Contribute.Cores = true, 1
	}
	p.start(t)
	r.cfg.Seeds, b.cfg.Seeds = []string{p.ready.Gossip}, []string{p.ready.Gossip}
	killR, killB := r.startProcess(t), b.startProcess(t)
	for _, m := range []*member{r, b} {
		l := must[view.Status](t)(m.client.Status(t.Context())).Listen
		m.cfg.Listen = config.Listen{Gossip: l.Gossip, API: "127.0.0.1:0", Contact: l.Contact, BitTorrent: "127.0.0.1:0"}
	}
	ctx := t.Context()
	scene := balls(t, sample.Spec{Frames: 8, Width: 240, Height: 135, Samples: 1})
	var job view.JobDetail
	r.await(t, "the post", func(ctx context.Context) (_ bool, err error) {
		if s, err := r.client.Status(ctx); err != nil || s.Sync.State != view.SyncDone || s.Tip.Height == 0 {
			return false, err
		}
		job, err = r.client.PostRender(ctx, view.RenderRequest{Path: scene, Bid: 10 * types.Coin})
		return err == nil, err
	})
	r.await(t, "a tile at the node that dies", func(ctx context.Context) (bool, error) {
		j, err := r.client.Job(ctx, job.ID)
		return tilesOf(j, b.ready.Identity, view.TileLeased) > 0, err
	})
	killB()
	r.await(t, "a frame", func(ctx context.Context) (bool, error) {
		j, err := r.client.Job(ctx, job.ID)
		return j.Progress.Done > 0, err
	})
	before := must[view.JobDetail](t)(r.client.Job(ctx, job.ID))
	killR()
	killR, killB = r.startProcess(t), b.startProcess(t)
	after := must[view.JobDetail](t)(r.client.Job(ctx, job.ID))
	if after.Progress.Done < before.Progress.Done || after.Render.Output != before.Render.Output {
		t.Errorf("after the restart %+v, before %+v", after.Progress, before.Progress)
	}
	job = r.finished(t, job.ID)
	r.checkRendered(t, scene, job, 8)
	r.checkPaid(t, job, []*member{p, b})
	if !logged(job, "started again") {
		t.Errorf("log: %+v", job.Render.Log)
	}
	for _, dir := range []string{"bundles", "plans"} {
		if left, err := os.ReadDir(filepath.Join(r.dir, renderDir, dir)); err != nil || len(left) > 0 {
			t.Errorf("left in %s: %v, %v", dir, left, err)
		}
	}
}

// tilesOf counts a node's tiles of a job in a state.
func tilesOf(j view.JobDetail, node, state string) (n int) {
	if j.Render == nil {
		return 0
	}
	for _, f := range j.Render.Frames {
		for _, t := range f.Tiles {
			if t.Node == node && t.State == state {
				n++
			}
		}
	}
	return n
}

func logged(j view.JobDetail, text string) bool {
	for _, l := range j.Render.Log {
		if strings.Contains(l.Text, text) {
			return true
		}
	}
	return false
}
