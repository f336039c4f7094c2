package render

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"supercomputing/chain/types"
	"supercomputing/tasks/journal"
	"supercomputing/tasks/render/engine"
)

// What Options.Dir holds of jobs that are to be posted or run.
const (
	bundlesDir = "bundles"
	plansDir   = "plans"
	nonceFile  = "job.txt" // makes each bundle, and so its info-hash, another one
)

// Prepare packs a plan's scene, publishes it and keeps the plan, and makes the
// dapp's part of a job post: contact, duration and bid are the caller's. The
// service of the job finds the plan by the bundle's info-hash. A post that is
// not used is given back by Forget. It fails with ErrPlan, ErrNoEngine and the
// errors of engine.Engine's Pack.
func (d *Dapp) Prepare(ctx context.Context, p Plan) (types.JobPost, error) {
	post, err := d.req.prepare(ctx, p)
	if err != nil {
		return types.JobPost{}, fmt.Errorf("prepare %s: %w", filepath.Base(p.Scene), err)
	}
	return post, nil
}

// Forget gives back what Prepare has kept for a post that does not come.
func (d *Dapp) Forget(post types.JobPost) error {
	spec, ih, err := JobSpec(post)
	if err != nil {
		return err
	}
	p, err := d.req.plan(ih, spec)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return d.req.forget(&p)
}

func (r *requester) prepare(ctx context.Context, p Plan) (types.JobPost, error) {
	if err := p.check(); err != nil {
		return types.JobPost{}, err
	}
	e, b, err := r.engine(ctx, p.Engine)
	if err != nil {
		return types.JobPost{}, err
	}
	p.Build = ""
	if p.Version == "" {
		p.Version = b.Version
	}
	if b.Series() == engine.Series(p.Version) {
		p.Build = b.ID
	}
	// A torrent carries its folder's name; all bundles have the same.
	p.Folder = filepath.Join(r.opt.Dir, bundlesDir, rand.Text(), bundleDir)
	post, err := r.publish(ctx, e, &p)
	if err != nil {
		p.clear()
		return types.JobPost{}, err
	}
	return post, nil
}

func (r *requester) engine(ctx context.Context, name string) (engine.Engine, engine.Build, error) {
	i := slices.IndexFunc(r.opt.Engines, func(e engine.Engine) bool { return e.Name() == name })
	if i < 0 {
		return nil, engine.Build{}, fmt.Errorf("%w: %s", ErrNoEngine, name)
	}
	b, err := r.opt.Engines[i].Build(ctx)
	return r.opt.Engines[i], b, err
}

func (r *requester) publish(ctx context.Context, e engine.Engine, p *Plan) (types.JobPost, error) {
	if err := os.MkdirAll(p.Folder, 0o700); err != nil {
		return types.JobPost{}, err
	}
	if err := e.Pack(ctx, p.Scene, p.Folder); err != nil {
		return types.JobPost{}, err
	}
	if err := os.WriteFile(filepath.Join(p.Folder, nonceFile), []byte(rand.Text()+"\n"), 0o600); err != nil {
		return types.JobPost{}, err
	}
	if err := e.CheckBundle(p.Folder); err != nil {
		return types.JobPost{}, err
	}
	var err error
	if p.Bundle, err = r.opt.Swarm.Publish(ctx, p.Folder); err != nil {
		return types.JobPost{}, err
	}
	spec := p.spec()
	hints := r.opt.Swarm.Addrs()
	spec.Hints = hints[:min(len(hints), MaxHints)]
	raw, err := spec.Encode()
	if err == nil && len(p.Bundle.Info) > MaxInfo {
		err = fmt.Errorf("%w: the scene has too many files", ErrPlan)
	}
	if err == nil {
		err = os.MkdirAll(filepath.Join(r.opt.Dir, plansDir), 0o700)
	}
	if err == nil {
		err = journal.Save(r.planFile(p.Bundle.InfoHash), p)
	}
	if err != nil {
		return types.JobPost{}, errors.Join(err, r.opt.Swarm.Drop(p.Bundle.InfoHash, true))
	}
	return types.JobPost{Spec: raw, InfoHash: slices.Clone(p.Bundle.InfoHash[:]), Dapp: r.opt.ID}, nil
}

func (r *requester) planFile(ih InfoHash) string {
	return filepath.Join(r.opt.Dir, plansDir, hex.EncodeToString(ih[:]))
}

// plan reads the plan of a job, and refuses one that is not what the job says.
func (r *requester) plan(ih InfoHash, spec Spec) (Plan, error) {
	p, err := r.readPlan(ih)
	if err != nil {
		return p, err
	}
	if p.Engine != spec.Engine || p.Settings != spec.Settings || !slices.Equal(p.Frames, spec.Frames) {
		return p, fmt.Errorf("%w: the job says something else than its plan", ErrPlan)
	}
	return p, nil
}

func (r *requester) readPlan(ih InfoHash) (Plan, error) {
	var p Plan
	if err := journal.Load(r.planFile(ih), &p); err != nil {
		return p, fmt.Errorf("the job was not prepared on this machine: %w", err)
	}
	if p.Bundle.InfoHash != ih {
		return p, fmt.Errorf("%w: the plan is that of another job", ErrPlan)
	}
	return p, p.check()
}

// forget ends the giving away of a plan's scene and removes both.
func (r *requester) forget(p *Plan) error {
	err := r.opt.Swarm.Drop(p.Bundle.InfoHash, false)
	if rerr := p.clear(); rerr != nil {
		return errors.Join(err, rerr)
	}
	if rerr := os.Remove(r.planFile(p.Bundle.InfoHash)); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
		return errors.Join(err, rerr)
	}
	return err
}

// clear removes the bundle's folder, which has one of its own.
func (p *Plan) clear() error {
	if filepath.Base(p.Folder) != bundleDir {
		return nil // it was never made
	}
	return os.RemoveAll(filepath.Dir(p.Folder))
}
