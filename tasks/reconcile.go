package tasks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"supercomputing/chain/types"
)

// This file leads an own job through its phases. Each round reads the chain and
// does the next thing that is missing there; nothing is remembered about a
// transaction but its id. So a crash, a lost transaction or a reorganisation
// costs a round, not a state of its own, and since scores are cumulative a
// report that is made twice adds nothing.

// roundInterval bounds the time between rounds without news from the chain.
const roundInterval = 15 * time.Second

// run leads the job until ctx is done or nothing about it can change any more.
func (j *ownJob) run(ctx context.Context) {
	changed, unsubscribe := j.c.opt.Ledger.Subscribe()
	defer unsubscribe()
	tick := time.NewTicker(roundInterval)
	defer tick.Stop()
	var services sync.WaitGroup
	defer services.Wait()
	defer j.stop()
	var done <-chan struct{} // the service's, until it was seen closed
	finished := false
	for {
		if finished {
			if err := j.requestFinish("done"); err != nil {
				j.setProblem(err.Error())
			}
		}
		if !j.round(ctx) {
			return
		}
		if svc := j.startService(ctx, &services); svc != nil {
			done, finished = svc.Done(), false
			continue // a round with it
		}
		select {
		case <-changed:
		case <-tick.C:
		case <-j.kick:
		case <-done:
			done, finished = nil, true
		case <-ctx.Done():
			return
		}
	}
}

// stop ends sessions and the service; nothing is written after it.
func (j *ownJob) stop() {
	j.mu.Lock()
	j.stopped = true
	j.mu.Unlock()
	j.endSessions(ending{why: reasonLeaving})
	j.stopService()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.journal.Close()
}

// startService asks the dapp for its side of the job, once the work is on. It
// returns nil when there is nothing to start.
func (j *ownJob) startService(ctx context.Context, wg *sync.WaitGroup) Service {
	j.mu.Lock()
	wanted := j.service == nil && j.st.Finish == "" && !j.st.Phase.over() && j.known
	job := j.chain.Job
	j.mu.Unlock()
	if !wanted {
		return nil
	}
	if j.dapp == nil {
		j.setProblem("this program no longer has the job's dapp; cancel the job, or install it")
		return nil
	}
	svc, err := j.dapp.Serve(job, filepath.Join(j.dir, workFolder))
	if err != nil {
		j.setProblem(fmt.Sprintf("%s cannot start: %v", j.dapp.Name(), err))
		return nil
	}
	j.mu.Lock()
	known := slices.Collect(maps.Keys(j.st.Nodes))
	j.mu.Unlock()
	for _, node := range known {
		j.catchUp(svc, types.Address(node))
	}
	ctx, cancel := context.WithCancel(ctx)
	j.mu.Lock()
	j.service, j.cancelService, j.problem = svc, cancel, ""
	j.mu.Unlock()
	wg.Go(func() { j.runService(ctx, svc) })
	return svc
}

// stopService ends the dapp's side; what it achieved stays in the state.
func (j *ownJob) stopService() {
	j.mu.Lock()
	svc, cancel := j.service, j.cancelService
	j.mu.Unlock()
	if svc == nil {
		return
	}
	cancel()
	last := svc.Progress()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.service, j.st.Progress = nil, last
}

// round does one step. It returns false when the job is over for good.
func (j *ownJob) round(ctx context.Context) bool {
	tip := j.c.opt.Ledger.TipTime() // before it is looked for: a block may come in between, and hold it
	if err := j.observe(); err != nil {
		unknown := errors.Is(err, ErrUnknownJob)
		if unknown && (j.archived() || j.abandoned() || j.outdated(tip)) {
			return false
		}
		if unknown && j.unsigned() {
			j.setPhase(PhaseSigning)
			return true
		}
		j.setProblem(err.Error())
		return true
	}
	j.expireLeases()
	j.mu.Lock()
	st, standing, chain := j.st.Finish, j.chain.Standing, j.chain
	j.mu.Unlock()
	switch {
	case standing == Ended:
		j.endSessions(ending{why: reasonEnded})
		j.settle()
		j.stopService()
		j.close(chain)
	case st != "":
		j.endSessions(ending{reasonEnded, st})
		j.settle()
		j.stopService()
		j.finish(ctx)
	case standing == Waiting:
		j.setPhase(PhaseWaiting)
	default:
		j.setPhase(PhaseWorking)
		j.wakePlaces()
		if j.timeIsUp() {
			if err := j.requestFinish("its time is nearly over"); err != nil {
				j.setProblem(err.Error())
			}
			return true
		}
		j.report(ctx, false)
	}
	return true
}

// timeIsUp tells whether a service that settles has to do so now: what it says
// after the job's end nobody could report any more. A raise that is on its way
// is waited for, as long as that can be.
func (j *ownJob) timeIsUp() bool {
	const reporting = 2 // blocks that the last report takes
	height := j.c.opt.Ledger.Height()
	j.mu.Lock()
	_, settles := j.service.(Settler)
	left := int64(j.chain.EndHeight) - int64(height)
	closing := min(j.c.opt.ClosingBlocks, j.chain.Post.Duration/4)
	raise := j.raise
	j.mu.Unlock()
	switch {
	case !settles || left > int64(closing):
		return false
	case raise != (types.Hash{}) && left > reporting:
		return !j.c.opt.Ledger.Pending(raise)
	}
	return true
}

// observe reads what the chain says about the job.
func (j *ownJob) observe() error {
	l := j.c.opt.Ledger
	chain, err := l.Job(j.id)
	if err != nil {
		if errors.Is(err, ErrUnknownJob) {
			return fmt.Errorf("the chain does not know the job (now): %w", err)
		}
		return fmt.Errorf("read the job: %w", err)
	}
	recorded, err := l.Scores(j.id)
	if err != nil {
		return fmt.Errorf("read the job's scores: %w", err)
	}
	j.mu.Lock()
	news := j.known && (j.chain.Bids != chain.Bids || j.chain.EndHeight != chain.EndHeight || j.chain.Height != chain.Height)
	j.chain, j.known, j.recorded = chain, true, recorded
	if chain.Standing != Waiting && !j.st.Seen {
		j.st.Seen = true
		j.logLocked("in block %d", chain.Height)
	}
	svc := j.service
	j.mu.Unlock()
	if u, ok := svc.(Updater); ok && news {
		u.Update(chain.Job)
	}
	return nil
}

// abandonBlocks is how much longer the chain must be than when a job was posted
// before the job is believed to be in none of its blocks.
const abandonBlocks = 6

// abandoned closes a job that was cancelled and that no block ever held: its
// transaction was replaced or dropped, and nothing was paid.
func (j *ownJob) abandoned() bool {
	height := j.c.opt.Ledger.Height()
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.st.Finish == "" || j.st.Seen || !j.st.Until.IsZero() || height < j.st.PostedAt+abandonBlocks {
		return false
	}
	j.st.Phase, j.st.Receipt = PhaseExpired, &Receipt{}
	j.logLocked("never in a block; closed")
	return j.saveLocked() == nil
}

// archived tells whether the job is over and past the last block that could
// change anything.
func (j *ownJob) archived() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.st.Phase.over() && j.st.Receipt != nil &&
		j.c.opt.Ledger.Height() > j.st.Receipt.Height+ScoreGrace
}

func (j *ownJob) setPhase(p Phase) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.st.Phase == p {
		return
	}
	old, receipt := j.st.Phase, j.st.Receipt
	j.st.Phase = p
	if !p.over() {
		j.st.Receipt = nil // a reorganisation took the end back
	}
	j.logLocked("%s", p)
	if err := j.saveLocked(); err != nil {
		j.st.Phase, j.st.Receipt, j.problem = old, receipt, err.Error()
	}
}

func (j *ownJob) wakePlaces() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, p := range j.places {
		select {
		case p.wake <- struct{}{}:
		default:
		}
	}
}

// endSessions says bye to all nodes and waits until nothing more can be earned.
// New logins are refused by then (closedLocked), or by ctx.
func (j *ownJob) endSessions(e ending) {
	j.mu.Lock()
	var places []*place
	for _, p := range j.places {
		if p.evict != nil {
			p.evict(e)
		}
		places = append(places, p)
	}
	j.mu.Unlock()
	for _, p := range places {
		p.turn <- struct{}{}
		<-p.turn
	}
}

// report sends the chain what it lacks, if that is due: enough blocks or score
// since the last report, bids used up, the job about to end, or all of it now.
// It returns whether nothing is missing or on its way.
func (j *ownJob) report(ctx context.Context, now bool) (settled bool) {
	height := j.c.opt.Ledger.Height()
	j.mu.Lock()
	entries, sum := j.unreportedLocked()
	left := j.chain.Remaining()
	due := now || sum >= j.c.opt.ReportAmount || j.bidsUsedLocked() ||
		height >= j.reported+j.c.opt.ReportBlocks ||
		height+j.c.opt.ClosingBlocks >= j.chain.EndHeight
	// The last report cannot be recorded yet, or the next block is too late.
	same := j.reported == height || height >= j.chain.EndHeight
	var last types.Hash
	if n := len(j.st.Reports); n > 0 {
		last = j.st.Reports[n-1]
	}
	j.mu.Unlock()
	if len(entries) == 0 || left < types.MinScore {
		return true // also when others' tickets have used the bids: nothing can be added
	}
	if !due || same || j.c.opt.Ledger.Pending(last) {
		return false
	}
	slices.SortFunc(entries, func(a, b types.ScoreEntry) int { return bytes.Compare(a.Address[:], b.Address[:]) })
	entries = entries[:min(len(entries), types.MaxScoreEntries)]
	tx, err := j.c.opt.Ledger.SubmitReport(ctx, &types.ScoreReport{Job: j.id, Entries: entries})
	if err != nil {
		what := "scores go"
		if now {
			what = "the last scores go"
		}
		j.unsent("score report", what, err)
		return false
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.reported, j.problem = height, ""
	j.st.Reports = append(j.st.Reports, tx)
	j.logLocked("reported %v for %s", sum, nodesText(len(entries)))
	if err := j.saveLocked(); err != nil {
		j.problem = err.Error()
	}
	return false
}

// unsent tells why a record is not on its way. Coins that wait for a block are no
// trouble: the next round has them.
func (j *ownJob) unsent(record, what string, err error) {
	if errors.Is(err, ErrCoinsWait) {
		j.setProblem(what + " to the chain with the next coins: the wallet's are on their way into a block")
		return
	}
	j.setProblem(fmt.Sprintf("%s: %v", record, err))
}

// finish promises the last small steps, reports them, and completes the job
// when all of it is recorded.
func (j *ownJob) finish(ctx context.Context) {
	if !j.promiseRest() || !j.report(ctx, true) {
		j.setPhase(PhaseReporting)
		return
	}
	j.setPhase(PhaseCompleting)
	height := j.c.opt.Ledger.Height()
	j.mu.Lock()
	last, same := j.st.Completion, j.completed == height && height != 0
	waiting := j.chain.Standing == Waiting || height >= j.chain.EndHeight
	j.mu.Unlock()
	if waiting || same || last != (types.Hash{}) && j.c.opt.Ledger.Pending(last) {
		return
	}
	tx, err := j.c.opt.Ledger.Complete(ctx, j.id)
	if err != nil {
		j.unsent("completion", "the end goes", err)
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.completed, j.problem, j.st.Completion = height, "", tx
	if err := j.saveLocked(); err != nil {
		j.problem = err.Error()
	}
}

func nodesText(n int) string {
	if n == 1 {
		return "1 node"
	}
	return fmt.Sprintf("%d nodes", n)
}

// promiseRest makes every node's ticket its earned score, as far as the bids
// go.
func (j *ownJob) promiseRest() bool {
	j.mu.Lock()
	nodes := make([]types.Address, 0, len(j.st.Nodes))
	for key := range j.st.Nodes {
		nodes = append(nodes, types.Address(key))
	}
	j.mu.Unlock()
	slices.SortFunc(nodes, func(a, b types.Address) int { return bytes.Compare(a[:], b[:]) })
	for _, node := range nodes {
		if _, err := j.raiseTicket(node, 1); err != nil {
			j.setProblem(err.Error())
			return false
		}
	}
	return true
}

// close writes the receipt of a job that has ended on the chain.
func (j *ownJob) close(chain JobState) {
	phase := PhaseExpired
	if chain.Completed {
		phase = PhaseCompleted
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	r := &Receipt{
		Bids: chain.Bids, Scored: chain.Scored, Height: chain.EndHeight,
		Reports: append([]types.Hash(nil), j.st.Reports...),
	}
	if chain.Completed {
		r.Completion = j.st.Completion
	}
	for node, score := range j.recorded {
		r.Nodes = append(r.Nodes, NodeScore{node, score})
	}
	slices.SortFunc(r.Nodes, func(a, b NodeScore) int { return bytes.Compare(a.Node[:], b.Node[:]) })
	if old := j.st.Receipt; j.st.Phase == phase && old != nil && old.Scored == r.Scored && old.Height == r.Height {
		return
	}
	if j.st.Phase != phase {
		j.logLocked("%s: %v of %v scored for %s", phase, r.Scored, r.Bids, nodesText(len(r.Nodes)))
	}
	oldPhase, oldReceipt := j.st.Phase, j.st.Receipt
	j.st.Phase, j.st.Receipt, j.problem = phase, r, ""
	if err := j.saveLocked(); err != nil {
		j.st.Phase, j.st.Receipt, j.problem = oldPhase, oldReceipt, err.Error()
	}
}
