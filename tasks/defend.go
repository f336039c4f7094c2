package tasks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"supercomputing/chain/types"
)

// This file watches over what this node was promised. An author reports scores
// by itself; when it does not, the ticket is proof enough, and the node
// reports it. What bounds the loss is that a promise is only worth what is
// left of the job's bids on the chain (PROTOCOL §11).

// look compares the job with the chain: it ends work whose job has ended,
// reports the ticket where that is due, and settles what is recorded.
func (w *workJob) look(ctx context.Context) {
	l := w.r.opt.Ledger
	w.mu.Lock()
	archived := w.st.Settled && l.Height() > w.st.Job.EndHeight+ScoreGrace
	if archived {
		w.chain.Standing = Ended
	}
	w.mu.Unlock()
	if archived {
		return
	}
	chain, err := l.Job(w.id)
	switch {
	case errors.Is(err, ErrUnknownJob):
		w.vanished(l.Height())
		return
	case err != nil:
		w.r.opt.Log.Warn("cannot read a job", "job", w.id, "error", err)
		return
	}
	scores, err := l.Scores(w.id)
	if err != nil {
		w.r.opt.Log.Warn("cannot read scores", "job", w.id, "error", err)
		return
	}
	height := l.Height()
	w.observe(chain, scores[w.r.opt.Self], height)
	if chain.Standing == Ended {
		w.pause(fmt.Errorf("%w on the chain", ErrEnded))
		w.mu.Lock()
		if w.cancel == nil {
			w.endLocked("the job has ended on the chain")
		}
		w.mu.Unlock()
	}
	w.checkSilence()
	if why := w.reportDue(height); why != "" {
		w.report(ctx, height, why)
	}
}

// observe takes the chain's view into the state, and to disk if it changed.
func (w *workJob) observe(chain JobState, recorded types.Amount, height uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := w.st
	w.chain, w.known = chain, true
	w.st.Job, w.st.Recorded = chain.Job, recorded
	ahead := w.st.Ticket.Cumulative-recorded >= types.MinScore
	switch {
	case !ahead:
		w.st.Ahead = 0
	case w.st.Ahead == 0 || w.st.Ahead > height:
		w.st.Ahead = max(height, 1)
	}
	// While the job is in its grace a reorganisation can take records back;
	// then the work file says so again.
	w.st.Settled = w.st.Over != "" && !ahead
	if before.Recorded != recorded || before.Ahead != w.st.Ahead || before.Settled != w.st.Settled ||
		before.Job.Bids != chain.Bids || before.Job.EndHeight != chain.EndHeight || before.Job.Height != chain.Height {
		if err := w.saveLocked(); err != nil {
			w.why = err.Error()
		}
	}
}

// vanished handles a job that the chain does not know: after its grace all is
// over; before, a reorganisation may have taken it for a while.
func (w *workJob) vanished(height uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.st.Settled && w.st.Over != "" || height <= w.st.Job.EndHeight+ScoreGrace {
		return
	}
	if w.cancel != nil {
		w.cancel(ErrEnded)
		return
	}
	w.endLocked("the job is over")
	w.st.Settled, w.chain.Standing = true, Ended
	if lost := w.st.Ticket.Cumulative - w.st.Recorded; lost >= types.MinScore {
		w.why = fmt.Sprintf("%v of the %v promised were not recorded in time", lost, w.st.Ticket.Cumulative)
	}
	if err := w.saveLocked(); err != nil {
		w.st.Settled, w.why = false, err.Error()
	}
}

// checkSilence gives up an author who has been away for too long.
func (w *workJob) checkSilence() {
	w.mu.Lock()
	defer w.mu.Unlock()
	silent := time.Since(w.st.Contact)
	if w.cancel != nil && w.placed && !w.connected && silent > w.r.opt.Abandon {
		w.cancel(fmt.Errorf("%w: the author has been away for %v", ErrEnded, silent.Round(time.Minute)))
	}
}

// reportDue says why this node should report its ticket itself, "" if it need
// not (yet).
func (w *workJob) reportDue(height uint32) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	ticket, job := w.st.Ticket.Cumulative, &w.chain
	missing := ticket - w.st.Recorded
	left := job.Remaining()
	if missing < types.MinScore || left < types.MinScore || w.reported == height || job.Standing == Waiting {
		return ""
	}
	age := uint32(0)
	if w.st.Ahead != 0 && height > w.st.Ahead {
		age = height - w.st.Ahead
	}
	// Paused work is not the author's silence; then its reports have more time.
	away := !w.connected && time.Since(w.st.Contact) > w.r.opt.Vanish &&
		(w.cancel != nil || age >= w.r.opt.RiskBlocks)
	switch {
	case job.Standing == Ended && height >= job.EndHeight+ScoreGrace:
		return "" // too late
	case job.Standing == Ended:
		return "the job has ended"
	case missing > left:
		return "the author promised more than is left of its bids"
	case away:
		return "the author does not answer"
	case w.st.Over != "" && age >= w.r.opt.RiskBlocks:
		return "the work is over and the author has not reported it"
	case missing >= w.r.opt.RiskAmount && age >= w.r.opt.RiskBlocks:
		return fmt.Sprintf("%v are unreported for %d blocks", missing, age)
	case age >= w.r.opt.MaxAhead:
		return fmt.Sprintf("%v are unreported for %d blocks", missing, age)
	}
	return ""
}

// report records the ticket on the chain.
func (w *workJob) report(ctx context.Context, height uint32, why string) {
	w.mu.Lock()
	t := w.st.Ticket
	var last types.Hash
	if n := len(w.st.Reports); n > 0 {
		last = w.st.Reports[n-1]
	}
	w.mu.Unlock()
	if w.r.opt.Ledger.Pending(last) {
		return
	}
	entry := types.ScoreEntry{Address: w.r.opt.Self, Cumulative: t.Cumulative, Ticket: t.Signature}
	tx, err := w.r.opt.Ledger.SubmitReport(ctx, &types.ScoreReport{Job: w.id, Ticketed: true, Entries: []types.ScoreEntry{entry}})
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.why = clip(fmt.Sprintf("cannot report the ticket of %v: %v", t.Cumulative, err))
		w.r.opt.Log.Warn("cannot report a ticket", "job", w.id, "error", err)
		return
	}
	w.reported = height
	w.st.Reports = append(w.st.Reports, tx)
	w.r.opt.Log.Info("reported our ticket", "job", w.id, "cumulative", t.Cumulative, "why", why)
	if err := w.saveLocked(); err != nil {
		w.why = err.Error()
	}
}
