package node

import (
	"log/slog"
	"os"
	"path/filepath"

	"supercomputing/app/config"
	"supercomputing/chain"
	"supercomputing/chain/networks"
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
	trials  *trials
	looks   *looks
}

// Folders of the renderer in its own: bundles and plans are the dapp's.
const trialsDir = "trials"

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
		engines: renderEngines(s.Engines, log),
		finish:  func() (render.Finisher, error) { return ffmpeg.Find(s.Engines.FFmpeg) },
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
