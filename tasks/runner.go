package tasks

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"supercomputing/chain/types"
)

// RunnerOptions configure a Runner. What has no default is required.
type RunnerOptions struct {
	Network types.NetworkID
	Self    types.Address // this node's identity
	Ledger  Ledger
	Dialer  Dialer
	Dapps   []Dapp
	Dir     string       // its own folder, made when missing
	Log     *slog.Logger // default: none
	Limits  Limits       // at the start, see SetLimits

	RiskAmount types.Amount  // unreported score that is reported by this node itself …
	RiskBlocks uint32        // … when the author has left it unreported for so many blocks; 1 coin, 30
	MaxAhead   uint32        // blocks after which any unreported score is, default 144
	Vanish     time.Duration // silence after which the author counts as gone, default 30 min
	Abandon    time.Duration // silence after which the job is given up, default 6 h
	PlaceWait  time.Duration // how long a first login may take before another job is tried, default 1 min

	// HoldPatience is how long jobs keep their places while work is held: their
	// dapps stand still and lose nothing. Then the places are given back, so that
	// requesters need not wait; default 5 min.
	HoldPatience time.Duration
}

func (o *RunnerOptions) setDefaults() {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	setDefault(&o.RiskAmount, types.Coin)
	setDefault(&o.RiskBlocks, 30)
	setDefault(&o.MaxAhead, 144)
	setDefault(&o.Vanish, 30*time.Minute)
	setDefault(&o.Abandon, 6*time.Hour)
	setDefault(&o.PlaceWait, time.Minute)
	setDefault(&o.HoldPatience, 5*time.Minute)
}

// Limits say what this machine may do now. The zero value does nothing.
type Limits struct {
	Jobs int          // at a time
	Off  string       // why nothing is worked on, for people; empty: work
	Hold string       // why work stands still for now; empty: it does not. See HoldPatience
	Skip []string     // names of dapps of which nothing is worked on
	Min  types.Amount // least remaining bid of a job to take
}

// WhySkipped says why a job of a dapp that the owner has switched off is not
// worked on.
func WhySkipped(dapp string) string {
	return fmt.Sprintf("you have switched %s off: switch it on to work for it", dapp)
}

// maxHistory bounds the finished jobs kept for the earnings list.
const maxHistory = 500

// Runner is the worker's side: it takes jobs off the board within the limits,
// keeps the line to their authors, holds the tickets and, when an author does
// not, reports them. Jobs and tickets are on disk, and it continues with them.
type Runner struct {
	opt   RunnerOptions
	board *Board
	dapps map[types.Hash]Dapp
	kick  chan struct{}

	mu     sync.Mutex // guards what follows
	limits Limits
	held   time.Time // since when work is held
	jobs   map[types.Hash]*workJob
	idle   string // why no job is taken
}

// NewRunner reads the jobs on disk.
func NewRunner(opt RunnerOptions) (*Runner, error) {
	opt.setDefaults()
	if err := os.MkdirAll(opt.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("work folder: %w", err)
	}
	r := &Runner{
		opt: opt, limits: opt.Limits,
		board: NewBoard(opt.Ledger, opt.Self, opt.Dapps),
		dapps: dappsByID(opt.Dapps),
		kick:  make(chan struct{}, 1),
		jobs:  make(map[types.Hash]*workJob),
	}
	r.setLimits(opt.Limits)
	dirs, err := os.ReadDir(opt.Dir)
	if err != nil {
		return nil, fmt.Errorf("work folder: %w", err)
	}
	for _, d := range dirs {
		var id types.Hash
		raw, err := hex.DecodeString(d.Name())
		if err != nil || len(raw) != len(id) {
			continue
		}
		copy(id[:], raw)
		w, err := openWorkJob(r, id)
		if isMissing(err) { // a crash before its first state: nothing was done
			os.RemoveAll(jobDir(opt.Dir, id))
			continue
		}
		if err != nil {
			return nil, err
		}
		r.jobs[id] = w
	}
	return r, nil
}

// SetLimits changes what the runner may do; it takes effect at once. Work that
// no longer fits is paused, not lost.
func (r *Runner) SetLimits(l Limits) {
	r.setLimits(l)
	r.wake()
}

func (r *Runner) setLimits(l Limits) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case l.Hold == "":
		r.held = time.Time{}
	case r.held.IsZero():
		r.held = time.Now()
	}
	r.limits = l
}

func (r *Runner) wake() {
	select {
	case r.kick <- struct{}{}:
	default:
	}
}

// Run works until ctx is done, and returns when all work is paused.
func (r *Runner) Run(ctx context.Context) error {
	changed, unsubscribe := r.opt.Ledger.Subscribe()
	defer unsubscribe()
	tick := time.NewTicker(roundInterval)
	defer tick.Stop()
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		r.round(ctx, &wg)
		select {
		case <-changed:
		case <-tick.C:
		case <-r.kick:
		case <-ctx.Done():
			return nil
		}
	}
}

// round looks after every job, then fills free slots: first with jobs begun
// before, then from the board.
func (r *Runner) round(ctx context.Context, wg *sync.WaitGroup) {
	for _, w := range r.all() {
		w.look(ctx)
	}
	r.mu.Lock()
	limits, held := r.limits, r.held
	r.mu.Unlock()
	slots := limits.Jobs
	if limits.Off != "" || limits.Hold != "" && time.Since(held) >= r.opt.HoldPatience {
		slots = 0
	}
	idle := cmp.Or(limits.Off, limits.Hold)
	if idle == "" && limits.Jobs <= 0 {
		idle = "no jobs are allowed at a time"
	}
	for _, w := range r.all() {
		switch {
		case w.active() && slots > 0 && !limits.skips(w.dapp):
			slots--
		case w.active():
			w.pause(errPaused)
		}
	}
	if limits.Hold != "" {
		slots = 0
	}
	for _, w := range r.all() {
		if slots > 0 && !limits.skips(w.dapp) && w.start(ctx, wg) {
			slots--
		}
	}
	if slots > 0 {
		idle = r.take(ctx, wg, slots, limits)
	}
	r.mu.Lock()
	r.idle = idle
	r.mu.Unlock()
	r.prune()
}

// skips tells whether jobs of a dapp are not worked on.
func (l *Limits) skips(d Dapp) bool { return d != nil && slices.Contains(l.Skip, d.Name()) }

// take starts new jobs from the board, best first. It returns why slots stay
// free.
func (r *Runner) take(ctx context.Context, wg *sync.WaitGroup, slots int, limits Limits) string {
	entries, err := r.board.Entries()
	if err != nil {
		return err.Error()
	}
	for i := range entries {
		e := &entries[i]
		if e.WhyNot == "" && e.Job.Remaining() < limits.Min {
			e.WhyNot = fmt.Sprintf("it pays less than the limit of %v", limits.Min)
		}
		if slices.Contains(limits.Skip, e.Dapp) && e.WhyNot == "" {
			e.WhyNot = WhySkipped(e.Dapp)
		}
		if w := r.job(e.Job.ID); w != nil && e.WhyNot == "" {
			e.WhyNot = w.whyNotTaken()
			continue
		}
		if e.WhyNot != "" || slots == 0 {
			continue
		}
		w, err := newWorkJob(r, e.Job)
		if err != nil {
			return err.Error()
		}
		r.mu.Lock()
		r.jobs[e.Job.ID] = w
		r.mu.Unlock()
		if w.start(ctx, wg) {
			slots--
			e.WhyNot = "it is worked on"
		}
	}
	if slots == 0 {
		return ""
	}
	return WhyIdle(entries)
}

// all lists the jobs, oldest first.
func (r *Runner) all() []*workJob {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]*workJob, 0, len(r.jobs))
	for _, w := range r.jobs {
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b *workJob) int {
		if c := a.taken.Compare(b.taken); c != 0 {
			return c
		}
		return slices.Compare(a.id[:], b.id[:])
	})
	return out
}

func (r *Runner) job(id types.Hash) *workJob {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.jobs[id]
}

// prune forgets jobs that left nothing, and the oldest of the settled ones.
func (r *Runner) prune() {
	settled := 0
	all := r.all()
	slices.Reverse(all)
	for _, w := range all {
		empty, over := w.forgettable()
		if over {
			settled++
		}
		if !empty && (!over || settled <= maxHistory) {
			continue
		}
		r.mu.Lock()
		delete(r.jobs, w.id)
		r.mu.Unlock()
		if err := os.RemoveAll(w.dir); err != nil {
			r.opt.Log.Warn("cannot remove a finished job's folder", "job", w.id, "error", err)
		}
	}
}

// WorkStatus is the state of one job that this machine works or worked on.
type WorkStatus struct {
	Job         Job
	Dapp        string
	State       string // "working", "connecting", "paused", "waiting", "reporting", "ended"
	Why         string // a sentence for people, may be empty
	Connected   bool
	Taken       time.Time
	LastContact time.Time
	Ticket      types.Amount // promised by the author
	Recorded    types.Amount // on the chain
	Reports     []types.Hash // own reports, made in the author's place
}

// RunnerStatus is what the worker does now.
type RunnerStatus struct {
	Working  int    // jobs under way, none while work is held
	Idle     string // why free slots stay free, empty when none are
	Promised types.Amount
	Recorded types.Amount
	Jobs     []WorkStatus // newest first
}

// Status tells what the runner does and why.
func (r *Runner) Status() RunnerStatus {
	r.mu.Lock()
	s, limits := RunnerStatus{Idle: r.idle}, r.limits
	r.mu.Unlock()
	all := r.all()
	slices.Reverse(all)
	for _, w := range all {
		ws := w.status()
		switch why := cmp.Or(limits.Off, limits.Hold); {
		case w.active() && why != "":
			ws.State, ws.Why = "paused", why
		case w.active():
			s.Working++
		case ws.State == "paused" && limits.skips(w.dapp):
			ws.Why = WhySkipped(ws.Dapp)
		case ws.State == "paused" && why != "":
			ws.Why = why
		}
		s.Promised += ws.Ticket
		s.Recorded += ws.Recorded
		s.Jobs = append(s.Jobs, ws)
	}
	return s
}

// Unsettled reports whether a job of this machine still needs it: for work that
// goes on, or for a ticket that is not recorded.
func (r *Runner) Unsettled() bool {
	return slices.ContainsFunc(r.all(), func(w *workJob) bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return !w.st.Settled
	})
}

// removeWork deletes a job's work files.
func removeWork(dir string) error { return os.RemoveAll(filepath.Join(dir, workFolder)) }
