package render

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/shirou/gopsutil/v3/mem"
	"golang.org/x/time/rate"

	"supercomputing/chain/types"
	"supercomputing/tasks"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/sandbox"
)

// Dapp is distributed rendering in both its roles. It implements tasks.Dapp.
type Dapp struct {
	opt    Options
	log    *slog.Logger
	finder *engine.Finder
	slot   slot
	req    *requester

	leastTime time.Duration // for a tile, see timeLimit

	brake   *sandbox.Brake // of the programs that render for others
	uploads *rate.Limiter  // of pictures to requesters

	mu     sync.Mutex // guards what follows
	limits Limits
	pace   Pace
	news   chan struct{} // closed when pace changes
}

// Limits are what rendering may take of this machine.
type Limits struct {
	Cores  int   // at least 1
	Memory int64 // bytes that an engine may hold
	Disk   int64 // bytes of a job's scene and scratch; 0: as much as is free
}

var _ tasks.Dapp = (*Dapp)(nil)

// New makes the dapp. It starts nothing.
func New(opt Options) (*Dapp, error) {
	if opt.WorkDir == "" {
		opt.WorkDir = opt.Dir
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	d := &Dapp{log: opt.Log, finder: engine.NewFinder(opt.Engines...), leastTime: leastTime,
		brake: sandbox.NewBrake(), uploads: rate.NewLimiter(rate.Inf, maxPart), news: make(chan struct{})}
	d.slot.changed = d.brakeNow
	if err := d.SetLimits(opt.Cores, opt.Memory, opt.Disk); err != nil {
		return nil, err
	}
	l := d.Limits()
	opt.Cores, opt.Memory, opt.Disk = l.Cores, l.Memory, l.Disk
	d.opt = opt
	d.req = newRequester(opt, &d.slot)
	d.req.limits = d.Limits
	return d, nil
}

// SetLimits changes what rendering may take: fewer cores at once, the rest from
// the next program on, which starts with the next lease. Zeros stand
// for the usual: all cores, half of the memory, what is free of the disk.
func (d *Dapp) SetLimits(cores int, memory, disk int64) error {
	if cores <= 0 || cores > runtime.NumCPU() {
		cores = runtime.NumCPU()
	}
	if memory <= 0 {
		m, err := mem.VirtualMemory()
		if err != nil {
			return fmt.Errorf("memory of this machine: %w", err)
		}
		memory = int64(m.Total / 2)
	}
	d.mu.Lock()
	d.limits = Limits{cores, memory, max(disk, 0)}
	d.mu.Unlock()
	d.brakeNow()
	return nil
}

// Limits tells what rendering may take now.
func (d *Dapp) Limits() Limits {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.limits
}

// Usable tells which engines can render here, and why others cannot. The first
// call may take seconds.
func (d *Dapp) Usable(ctx context.Context) []engine.Usable { return d.finder.Usable(ctx) }

// ID implements tasks.Dapp.
func (d *Dapp) ID() types.Hash { return d.opt.ID }

// Name implements tasks.Dapp.
func (d *Dapp) Name() string { return "render" }

// probeTime bounds how long Check may take to look an engine over; the answer
// is kept.
const probeTime = time.Minute

// Check implements tasks.Dapp.
func (d *Dapp) Check(job tasks.Job) error {
	spec, _, err := JobSpec(job.Post)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), probeTime)
	defer cancel()
	if _, _, err := d.engineFor(ctx, spec); err != nil {
		return err
	}
	if err := d.foreign(); err != nil {
		return err
	}
	l := d.Limits()
	if err := l.fit(spec); err != nil {
		return err
	}
	return d.opt.Swarm.Room(spec.room(), d.opt.WorkDir)
}

// engineFor finds the engine that a job asks for, in a version that makes the
// same pictures.
func (d *Dapp) engineFor(ctx context.Context, spec Spec) (engine.Engine, engine.Build, error) {
	e, err := d.finder.Engine(spec.Engine)
	if err != nil {
		return nil, engine.Build{}, fmt.Errorf("%w: %w", ErrNoEngine, err)
	}
	b, err := d.finder.Build(ctx, e)
	switch {
	case errors.Is(err, engine.ErrMissing):
		return nil, b, fmt.Errorf("%w: %s %s is asked for: %w", ErrNoEngine, spec.Engine, spec.Series, err)
	case err != nil:
		return nil, b, fmt.Errorf("%s on this machine: %w", spec.Engine, err)
	case b.Series() != spec.Series:
		return nil, b, fmt.Errorf("%w: %s %s is asked for, this machine has %s", ErrBuild, spec.Engine, spec.Series, b.Version)
	}
	return e, b, nil
}

// foreign says why this machine renders no strangers' scenes.
func (d *Dapp) foreign() error {
	if d.opt.Foreign == nil || d.opt.Allowed {
		return nil
	}
	if err := d.opt.Foreign(); err != nil {
		return fmt.Errorf("%w: %w", engine.ErrSandbox, err)
	}
	return nil
}

// fit says why a job is too large for the limits.
func (l Limits) fit(spec Spec) error {
	if need := spec.memory(); need > l.Memory {
		return fmt.Errorf("%w: %d×%d pixels of this scene need about %s of memory, the limit is %s",
			engine.ErrLimit, spec.Settings.Width, spec.Settings.Height, bytesText(need), bytesText(l.Memory))
	}
	if need := spec.room(); l.Disk > 0 && need > l.Disk {
		return fmt.Errorf("%w: it needs %s of disk, the limit is %s", engine.ErrLimit, bytesText(need), bytesText(l.Disk))
	}
	return nil
}

// memory is what an engine needs at least: what it held in the trial, or two
// buffers of a whole frame in floats.
func (s Spec) memory() int64 { return max(s.Memory, 2*16*s.pixels()) }

// pixels of one frame.
func (s Spec) pixels() int64 { return int64(s.Settings.Width) * int64(s.Settings.Height) }

// leastScratch is what an engine may write besides pictures.
const leastScratch = int64(256 << 20)

// scratch is the most that an engine may write: some frames in its own format.
func (s Spec) scratch() int64 { return leastScratch + 4*16*s.pixels() }

// room is what a job takes of the disk.
func (s Spec) room() int64 { return s.BundleSize + s.scratch() }

// Serve implements tasks.Dapp.
func (d *Dapp) Serve(job tasks.Job, dir string) (tasks.Service, error) {
	return newService(d.req, job, dir)
}

// Work implements tasks.Dapp.
func (d *Dapp) Work(ctx context.Context, job tasks.Job, dir string, r tasks.Requester) error {
	w, err := newWorker(d, job, dir, r)
	if err != nil {
		return err
	}
	return w.run(ctx)
}

// bytesText writes a size for people.
func bytesText(n int64) string {
	v, unit := float64(n), 0
	for ; v >= 1024 && unit < 6; unit++ {
		v /= 1024
	}
	if unit == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %ciB", v, "KMGTPE"[unit-1])
}
