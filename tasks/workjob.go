package tasks

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks/journal"
)

// errPaused is the cause of a pause: the work is continued later.
var errPaused = errors.New("paused")

// workState is what a job's state file keeps.
type workState struct {
	Job      Job
	Taken    time.Time
	Contact  time.Time // last with the author
	Ticket   Ticket
	Recorded types.Amount
	Ahead    uint32 // height at which the ticket got ahead of the chain, 0 when it is not
	Over     string `json:",omitempty"` // why the work has ended; the ticket may still need a report
	Settled  bool   // nothing more to do, ever
	Reports  []types.Hash
}

// stateFile is the name of a work job's state file.
const stateFile = "state"

// workJob is one job on this machine. The runner's goroutine leads it (look,
// start, pause); the work and its line run in goroutines of their own.
type workJob struct {
	r     *Runner
	id    types.Hash
	dapp  Dapp // nil when this program no longer has it
	dir   string
	taken time.Time

	mu        sync.Mutex // guards what follows
	st        workState
	chain     JobState
	known     bool                    // chain was read since the start
	cancel    context.CancelCauseFunc // of the running work, nil when none runs
	placed    bool                    // the author has given this run a place
	connected bool
	why       string
	retry     time.Time // not started before
	failures  int
	reported  uint32 // height at the last own report
}

func newWorkJob(r *Runner, job Job) (*workJob, error) {
	w := makeWorkJob(r, job.ID)
	now := time.Now()
	w.st = workState{Job: job, Taken: now, Contact: now}
	w.taken, w.dapp = now, r.dapps[job.Post.Dapp]
	if err := os.MkdirAll(filepath.Join(w.dir, workFolder), 0o700); err != nil {
		return nil, fmt.Errorf("take job %v: %w", job.ID, err)
	}
	if err := w.saveLocked(); err != nil {
		return nil, fmt.Errorf("take job %v: %w", job.ID, err)
	}
	return w, journal.SyncDir(r.opt.Dir)
}

func openWorkJob(r *Runner, id types.Hash) (*workJob, error) {
	w := makeWorkJob(r, id)
	if err := journal.Load(filepath.Join(w.dir, stateFile), &w.st); err != nil {
		return nil, err
	}
	w.taken, w.dapp = w.st.Taken, r.dapps[w.st.Job.Post.Dapp]
	// The time this process was off is not the author's silence.
	w.st.Contact = time.Now()
	return w, nil
}

func makeWorkJob(r *Runner, id types.Hash) *workJob {
	return &workJob{r: r, id: id, dir: jobDir(r.opt.Dir, id)}
}

func (w *workJob) saveLocked() error { return journal.Save(filepath.Join(w.dir, stateFile), &w.st) }

func (w *workJob) active() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cancel != nil
}

// whyNotTaken says why a job on the board is not begun (again) now.
func (w *workJob) whyNotTaken() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.cancel != nil:
		return "it is worked on"
	case w.st.Over != "":
		return w.st.Over
	case w.why != "":
		return w.why
	}
	return "it is tried again soon"
}

// forgettable tells whether the job left nothing and can no longer come from
// the board, and whether it is settled.
func (w *workJob) forgettable() (empty, settled bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	settled = w.cancel == nil && w.st.Settled && w.chain.Standing == Ended
	return settled && w.st.Ticket.Cumulative == 0 && w.st.Recorded == 0, settled
}

// start begins or continues the work, if it is its time.
func (w *workJob) start(ctx context.Context, wg *sync.WaitGroup) bool {
	w.mu.Lock()
	if w.cancel != nil || w.st.Over != "" || w.dapp == nil || time.Now().Before(w.retry) || ctx.Err() != nil {
		w.mu.Unlock()
		return false
	}
	ctx, cancel := context.WithCancelCause(ctx)
	w.cancel, w.placed, w.why = cancel, false, "connecting to the author"
	job := w.st.Job
	w.mu.Unlock()
	wg.Go(func() {
		err := w.work(ctx, job)
		cause := context.Cause(ctx)
		cancel(nil)
		w.stopped(err, cause)
		w.r.wake()
	})
	return true
}

// pause stops the work with a cause; it returns before the work has stopped.
func (w *workJob) pause(cause error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cancel != nil {
		w.cancel(cause)
	}
}

// work logs in at the author, runs the dapp, and says bye.
func (w *workJob) work(ctx context.Context, job Job) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	l := newLine(w)
	wg.Go(func() { l.run(ctx, stop) })
	select {
	case <-l.placed:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	w.mu.Lock()
	w.placed, w.why, w.failures = true, "", 0
	w.mu.Unlock()
	w.r.opt.Log.Info("working", "job", w.id, "dapp", w.dapp.Name())
	err := w.dapp.Work(ctx, job, filepath.Join(w.dir, workFolder), l)
	if err == nil && ctx.Err() == nil {
		stop(ending{reasonEnded, "the work is done"}) // frees the place
	}
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, ErrEnded) {
		err = cause
	}
	return err
}

// Backoff of jobs that could not be worked on.
const (
	firstRetry = 15 * time.Second
	lastRetry  = time.Hour
	seekPlace  = 10 * time.Minute // the longest between asking for a place that may become free
)

// stopped books the end of a run. cause is why it was stopped from outside, if
// it was.
func (w *workJob) stopped(err, cause error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cancel, w.connected = nil, false
	switch {
	case err == nil:
		w.endLocked("the work is done")
	case errors.Is(err, ErrEnded) || errors.Is(err, ErrDropped):
		w.endLocked(err.Error())
	case errors.Is(cause, errPaused) || errors.Is(cause, context.Canceled):
		w.why = "paused"
	default:
		w.failures++
		wait := min(firstRetry<<min(w.failures-1, 10), lastRetry)
		if errors.Is(err, ErrNoPlace) {
			wait = min(wait, seekPlace)
		}
		w.retry = time.Now().Add(wait)
		w.why = fmt.Sprintf("%s; tried again in %v", clip(err.Error()), wait)
		w.r.opt.Log.Info("job stopped", "job", w.id, "error", err, "retry", wait)
	}
}

// endLocked ends the work for good. What is left is to see that the ticket is
// recorded.
func (w *workJob) endLocked(why string) {
	if w.st.Over != "" {
		return
	}
	w.st.Over, w.why = oneLine(why), ""
	w.r.opt.Log.Info("job ended here", "job", w.id, "why", w.st.Over, "ticket", w.st.Ticket.Cumulative)
	if err := w.saveLocked(); err != nil {
		w.why = err.Error()
	}
	if err := removeWork(w.dir); err != nil {
		w.r.opt.Log.Warn("cannot remove work files", "job", w.id, "error", err)
	}
}

// acceptTicket takes a ticket from who runs the job: signed by that one, a step forward, within
// the bids. It is on disk when this returns.
func (w *workJob) acceptTicket(t Ticket) error {
	w.mu.Lock()
	old, job := w.st.Ticket, w.st.Job
	w.mu.Unlock()
	if t.Cumulative <= old.Cumulative {
		return nil // sent again, or replayed: it promises nothing new
	}
	if err := t.verify(w.r.opt.Network, job.Signer(), w.id, w.r.opt.Self); err != nil {
		return err
	}
	if t.Cumulative > job.Bids {
		// A raise that this machine has not looked at yet?
		now, err := w.r.opt.Ledger.Job(w.id)
		if err != nil || t.Cumulative > now.Bids {
			return fmt.Errorf("%w: %v promised of bids of %v", ErrTicket, t.Cumulative, job.Bids)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if t.Cumulative <= w.st.Ticket.Cumulative {
		return nil
	}
	old = w.st.Ticket
	w.st.Ticket = t
	if err := w.saveLocked(); err != nil {
		w.st.Ticket = old
		return err
	}
	return nil
}

func (w *workJob) ticket() Ticket {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.st.Ticket
}

// contact notes that the author was heard of, or that the line broke.
func (w *workJob) contact(connected bool, why string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.connected, w.st.Contact = connected, time.Now()
	w.why = why
}

func (w *workJob) unreachable(why string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.connected, w.why = false, clip(why)
}

func (w *workJob) status() WorkStatus {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := WorkStatus{
		Job: w.st.Job, Why: w.why, Connected: w.connected, Taken: w.st.Taken, LastContact: w.st.Contact,
		Ticket: w.st.Ticket.Cumulative, Recorded: w.st.Recorded,
		Reports: append([]types.Hash(nil), w.st.Reports...),
	}
	if w.connected {
		s.LastContact = time.Now()
	}
	if w.dapp != nil {
		s.Dapp = w.dapp.Name()
	}
	switch {
	case w.st.Settled:
		s.State = "ended"
	case w.st.Over != "":
		s.State = "reporting"
	case w.cancel != nil && w.placed:
		s.State = "working"
	case w.cancel != nil:
		s.State = "connecting"
	case w.why == "paused":
		s.State = "paused"
	default:
		s.State = "waiting"
	}
	if s.Why == "" {
		s.Why = w.st.Over
	}
	return s
}
