package download

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
)

// DappOptions are the market side's settings.
type DappOptions struct {
	// WorkDir is a folder on the disk that holds the jobs' folders, for Check.
	WorkDir string
	// AuditTimeout is how long a node may take to answer an audit: long enough
	// for a slow disk and line, short enough that fetching the blocks from
	// somebody else costs more than holding them. 0 means 8 s.
	AuditTimeout time.Duration
	Log          *slog.Logger
	Clock        func() time.Time
}

// Dapp is the download accelerator in both its roles. It implements
// tasks.Dapp.
type Dapp struct {
	id     types.Hash
	engine *Engine
	opts   DappOptions
	log    *slog.Logger
}

var _ tasks.Dapp = (*Dapp)(nil)

// NewDapp makes the dapp registered under id over an engine.
func NewDapp(id types.Hash, e *Engine, opts DappOptions) *Dapp {
	if opts.AuditTimeout == 0 {
		opts.AuditTimeout = 8 * time.Second
	}
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.WorkDir == "" {
		opts.WorkDir = e.registry.dir
	}
	return &Dapp{id: id, engine: e, opts: opts, log: opts.Log}
}

// ID implements tasks.Dapp.
func (d *Dapp) ID() types.Hash { return d.id }

// Name implements tasks.Dapp.
func (d *Dapp) Name() string { return "download" }

// Engine is the BitTorrent side, for publishing and for showing.
func (d *Dapp) Engine() *Engine { return d.engine }

// Post makes the dapp's part of a job post for published content: the spec and
// the info-hash. Contact, duration and bid are the caller's.
func (d *Dapp) Post(p Published, keep time.Duration, replicas int) (types.JobPost, error) {
	hints := d.engine.Addrs()
	spec, err := Spec{
		Size: p.Size, PieceLength: p.PieceLength, Keep: keep, Replicas: replicas,
		Name: p.Name, Hints: hints[:min(len(hints), MaxHints)],
	}.Encode()
	if err != nil {
		return types.JobPost{}, err
	}
	return types.JobPost{Dapp: d.id, Spec: spec, InfoHash: slices.Clone(p.InfoHash[:])}, nil
}

// Check implements tasks.Dapp.
func (d *Dapp) Check(job tasks.Job) error {
	spec, ih, err := jobSpec(job.Post)
	if err != nil {
		return err
	}
	if s, err := d.engine.Stats(ih); err == nil {
		switch {
		case s.Published:
			return fmt.Errorf("%w: it publishes %q itself", ErrHeld, s.Name)
		case s.Owner != job.ID.String():
			return fmt.Errorf("%w: %q is held for another job", ErrHeld, s.Name)
		}
		return s.Err()
	}
	return d.engine.Room(spec.Size, d.opts.WorkDir)
}

// Serve implements tasks.Dapp. The content must have been published on this
// machine, or served from dir before.
func (d *Dapp) Serve(job tasks.Job, dir string) (tasks.Service, error) {
	return newService(d, job, dir)
}

// Work implements tasks.Dapp.
func (d *Dapp) Work(ctx context.Context, job tasks.Job, dir string, r tasks.Requester) error {
	w, err := newWorker(d, job, dir, r)
	if err != nil {
		return err
	}
	return w.run(ctx)
}
