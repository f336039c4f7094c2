package render

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/shirou/gopsutil/v3/disk"
	"golang.org/x/sync/errgroup"

	"supercomputing/tasks"
	"supercomputing/tasks/render/engine"
)

// worker is a node's side of one job. Three loops run at a time: render takes
// leases and fills the shelf, upload empties it, and beat tells that both go on.
//
// The job's folder holds the bundle, the shelf and the engine's scratch. All of
// it but the scratch survives a restart.
type worker struct {
	d      *Dapp
	job    tasks.Job
	spec   Spec
	ih     InfoHash
	frames map[int]bool
	engine engine.Engine
	build  engine.Build
	dir    string
	r      tasks.Requester
	shelf  *shelf
	log    *slog.Logger
	tell   chan struct{} // has beat say now how far we are

	mu     sync.Mutex // guards what follows
	units  []*unit    // leases with tiles that the requester has not got
	have   int64      // bytes of the bundle
	trust  goodwill
	ending bool                    // nothing is left to render
	stop   context.CancelCauseFunc // ends the engine's run, while a unit has begun
}

// Parts of a job's folder.
const (
	bundleDir  = "bundle"
	shelfDir   = "tiles"
	scratchDir = "scratch"
)

func newWorker(d *Dapp, job tasks.Job, dir string, r tasks.Requester) (*worker, error) {
	spec, ih, err := JobSpec(job.Post)
	if err != nil {
		return nil, err
	}
	s, err := openShelf(filepath.Join(dir, shelfDir))
	if err != nil {
		return nil, err
	}
	w := &worker{
		d: d, job: job, spec: spec, ih: ih, frames: make(map[int]bool), dir: dir, r: r, shelf: s,
		tell:  make(chan struct{}, 1),
		log:   d.log.With("job", job.ID),
		trust: newGoodwill(spec, job.Bids, r.Earned()),
	}
	for _, f := range ListFrames(spec.Frames) {
		w.frames[f] = true
	}
	return w, nil
}

// errOver says that the requester has nothing left to do for this node.
var errOver = errors.New("nothing is left to render")

func ended(ctx context.Context) bool { return errors.Is(context.Cause(ctx), tasks.ErrEnded) }

// run is Work. It ends in one of three ways: the job is over or given up (files
// deleted), a pause (files kept), or a failure (files kept, to be tried again).
func (w *worker) run(ctx context.Context) error {
	w.r.Handle(func(context.Context, []byte) ([]byte, error) {
		return nil, fmt.Errorf("%w: nodes are asked nothing", ErrMessage)
	})
	err := w.work(ctx)
	if ctx.Err() != nil && !ended(ctx) {
		return context.Cause(ctx)
	}
	if ended(ctx) || errors.Is(err, errOver) {
		err = nil
	}
	if err == nil || errors.Is(err, tasks.ErrEnded) {
		w.remove()
	}
	return err
}

// remove deletes what the job has left here.
func (w *worker) remove() {
	if err := w.d.opt.Swarm.Drop(w.ih, true); err != nil {
		w.log.Debug("scene not dropped", "err", err)
	}
	for _, d := range []string{bundleDir, shelfDir, scratchDir, infoFile} {
		remove := os.RemoveAll
		if d == scratchDir {
			remove = removeDir
		}
		if err := remove(filepath.Join(w.dir, d)); err != nil {
			w.log.Warn("files of a job are left", "err", err)
		}
	}
}

func (w *worker) work(ctx context.Context) error {
	if err := w.d.foreign(); err != nil {
		return err
	}
	var err error
	if w.engine, w.build, err = w.d.engineFor(ctx, w.spec); err != nil {
		return err
	}
	if err := w.shelf.keepBuild(w.build.ID); err != nil {
		return err
	}
	hi, err := w.hello(ctx)
	if err != nil {
		return err
	}
	all, ctx := errgroup.WithContext(ctx)
	busy, stop := context.WithCancel(ctx)
	all.Go(func() error { return w.produce(ctx, hi) })
	all.Go(func() error { defer stop(); return w.upload(ctx) })
	all.Go(func() error { w.beat(busy); return nil })
	return all.Wait()
}

// produce gets the scene and renders until nothing is left. Then upload ends
// when the shelf is empty.
func (w *worker) produce(ctx context.Context, hi welcome) error {
	refusal, err := w.fetch(ctx, hi)
	if err != nil {
		return err
	}
	if refusal != nil {
		return w.renounce(ctx, refusal)
	}
	if err := w.render(ctx); !errors.Is(err, errOver) {
		return err
	}
	w.mu.Lock()
	w.ending = true
	w.mu.Unlock()
	w.shelf.wake()
	return nil
}

// message is one of message.go's.
type message interface{ encode() []byte }

// call sends a message and reads the answer. A requester that refuses it may
// have started again and not know us: it is told again who we are.
func (w *worker) call(ctx context.Context, m message) (any, error) {
	answer, err := w.exchange(ctx, m)
	if !errors.Is(err, tasks.ErrRefused) {
		return answer, err
	}
	if _, herr := w.hello(ctx); herr != nil {
		return nil, herr
	}
	if answer, err = w.exchange(ctx, m); errors.Is(err, tasks.ErrRefused) {
		return nil, w.wronged(err)
	}
	return answer, err
}

func (w *worker) exchange(ctx context.Context, m message) (any, error) {
	raw, err := w.r.Call(ctx, m.encode())
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	w.trust.paid(w.r.Earned())
	w.mu.Unlock()
	answer, err := decodeMessage(raw)
	if err != nil {
		return nil, w.wronged(err)
	}
	return answer, nil
}

// hello presents this node. A refusal of it is final: the requester does not
// want this engine, or has caught us.
func (w *worker) hello(ctx context.Context) (welcome, error) {
	l := w.d.Limits()
	answer, err := w.exchange(ctx, hello{Build: w.build, Cores: l.Cores, Free: w.free(l), Addrs: w.addrs()})
	if err != nil {
		return welcome{}, err
	}
	switch a := answer.(type) {
	case welcome:
		return a, nil
	case refused:
		if a.Again > 0 {
			return welcome{}, fmt.Errorf("%w: %s", tasks.ErrNoPlace, a.Why)
		}
		return welcome{}, fmt.Errorf("%w: %w: %s", tasks.ErrEnded, tasks.ErrRefused, a.Why)
	case over:
		return welcome{}, errOver
	}
	return welcome{}, w.wronged(fmt.Errorf("%w: %T in answer to hello", ErrMessage, answer))
}

// wronged counts what an honest requester does not do. The answer wraps
// errWrong, and ErrEnded when that was too much.
func (w *worker) wronged(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log.Info("the requester breaks the rules", "err", err)
	return w.trust.wrong(err)
}

// beatInterval is how often the requester is told that a lease is worked on.
const beatInterval = 10 * time.Second

// beat keeps the leases alive while they are rendered and uploaded, and lets go
// of those that the requester takes away.
func (w *worker) beat(ctx context.Context) {
	tick := time.NewTicker(beatInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-w.tell:
		case <-ctx.Done():
			return
		}
		for _, m := range w.pulse() {
			answer, err := w.call(ctx, m)
			if err != nil {
				continue
			}
			switch a := answer.(type) {
			case stop:
				w.letGo(m.Lease, a.Why)
			case less:
				w.giveUp(m.Lease, a.Tiles)
			}
		}
	}
}

// addrs are where others get the scene from us.
func (w *worker) addrs() []netip.AddrPort {
	a := w.d.opt.Swarm.Addrs()
	return a[:min(len(a), MaxHints)]
}

// free is what of the disk rendering may take.
func (w *worker) free(l Limits) uint64 {
	u, err := disk.Usage(w.dir)
	if err != nil {
		return 0
	}
	if l.Disk > 0 {
		return min(u.Free, uint64(l.Disk))
	}
	return u.Free
}
