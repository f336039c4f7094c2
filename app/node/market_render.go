package node

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"supercomputing/app/config"
	"supercomputing/chain"
	"supercomputing/chain/networks"
	"supercomputing/tasks"
	"supercomputing/tasks/render"
	"supercomputing/tasks/render/blender"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/ffmpeg"
	"supercomputing/tasks/render/povray"
)

// renderer is rendering on this machine, in both roles: the dapp, and the
// programs that it renders with.
type renderer struct {
	dapp    *render.Dapp
	engines []engine.Engine
	finish  func() (render.Finisher, error)
	bundles string // the dapp's folder of packed scenes
	trials  *trials
	looks   *looks
	posting turn // to post a job, so that no two choose one folder
}

// Folders of the renderer in its own; the dapp makes others.
const (
	trialsDir  = "trials"
	bundlesDir = "bundles"
)

func (m *market) openRender(dir string, s config.Config, c *chain.Manager) (err error) {
	own := filepath.Join(dir, renderDir)
	scratch := filepath.Join(own, trialsDir)
	if err := os.RemoveAll(scratch); err != nil { // what a crash left
		return err
	}
	if err := os.MkdirAll(scratch, 0o700); err != nil {
		return err
	}
	log, id := m.log.With("dapp", networks.Render), networks.DappID(networks.Render)
	allowed := s.Contribute.Unsandboxed == config.Unsandboxed
	strangers := new(strangers)
	r := &renderer{
		engines: renderEngines(s.Engines, log), bundles: filepath.Join(own, bundlesDir), posting: make(turn, 1),
		finish: func() (render.Finisher, error) { return ffmpeg.Find(s.Engines.FFmpeg) },
	}
	r.dapp, err = render.New(render.Options{
		ID: id, Engines: r.engines, Swarm: sceneSwarm{m.engine, m.want}, Dir: own, WorkDir: workPath(dir, s),
		Cores: s.Contribute.Cores, Memory: int64(s.Contribute.Memory), Disk: int64(s.Contribute.Disk),
		Foreign: strangers.refused, Allowed: allowed, History: newEarnings(c, id).of, Finish: r.finish, Log: log,
	})
	if err != nil {
		return err
	}
	r.trials = newTrials(scratch)
	r.looks = newLooks(r.dapp, func() error {
		if allowed {
			return nil
		}
		return strangers.refused()
	})
	if s.Contribute.Enabled {
		r.looks.ask() // so that the board need not wait for it
	}
	m.render = r
	return nil
}

// renderEngines are the rendering programs that this program knows.
func renderEngines(paths config.Engines, log *slog.Logger) []engine.Engine {
	return []engine.Engine{
		blender.New(blender.Options{Path: paths.Blender, Log: log.With("engine", "blender")}),
		povray.New(povray.Options{Path: paths.POVRay, Log: log.With("engine", "povray")}),
	}
}

// tidyRender removes scenes that were packed for jobs that never came.
func (m *market) tidyRender(context.Context) error {
	err := m.render.dapp.Tidy(func(ih render.InfoHash) bool {
		return slices.ContainsFunc(m.coordinator.Jobs(), func(j tasks.OwnJob) bool {
			return !ended(j.Phase) && string(j.Job.Post.InfoHash) == string(ih[:])
		})
	})
	if err != nil {
		m.log.Warn("scenes that nobody renders may be left", "err", err)
	}
	for _, p := range m.engine.Published() {
		if _, err := os.Stat(p.Path); within(p.Path, m.render.bundles) && errors.Is(err, fs.ErrNotExist) {
			if err := m.engine.Remove(p.InfoHash, false); err != nil {
				m.log.Warn("cannot withdraw a torrent", "info_hash", p.InfoHash, "err", err)
			}
		}
	}
	return nil
}

// renderPlan is what is known of an own job on this machine alone: of a running
// one by its state, before by its plan.
func (m *market) renderPlan(j tasks.OwnJob) render.State {
	if s := renderState(j.Progress.Detail); s.Output != "" {
		return s
	}
	p, err := m.render.dapp.Planned(j.Job.Post)
	if err != nil {
		return render.State{}
	}
	return render.State{Version: p.Version, Format: p.Format, Output: p.Output}
}
