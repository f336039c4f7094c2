package tasks

import (
	"context"
	"path/filepath"

	"supercomputing/chain/types"
)

// This file is a job's account with its nodes. Earned is what the dapp says;
// Ticket is what was promised; the sum of all tickets never exceeds the bids.
// A change counts when it is on disk.

// book adds to what a node has earned. If the disk refuses it, it is kept in
// memory and written with the next change.
func (j *ownJob) book(node types.Address, earned types.Amount) {
	if earned < 0 || earned > types.MaxAmount {
		j.note("%s awarded an impossible score of %d units; ignored", j.dapp.Name(), int64(earned))
		return
	}
	j.mu.Lock()
	row := j.st.Nodes[hexAddress(node)]
	row.Earned = min(row.Earned+earned, types.MaxAmount)
	err := j.saveRowLocked(node, row)
	if err != nil {
		old := j.st.Nodes[hexAddress(node)]
		old.Earned = row.Earned
		j.st.Nodes[hexAddress(node)] = old
	}
	j.mu.Unlock()
	if err != nil {
		j.setProblem(err.Error())
	}
}

// catchUp books what the dapp has awarded and we have not on disk: we were
// stopped between its saving and ours. No message of the node may be running.
func (j *ownJob) catchUp(svc Service, node types.Address) {
	a, ok := svc.(Accountant)
	if !ok {
		return
	}
	j.mu.Lock()
	booked := j.st.Nodes[hexAddress(node)].Earned
	j.mu.Unlock()
	if earned := a.Earned(node); earned > booked {
		j.book(node, earned-booked)
	}
}

// settle lets the dapp settle with its nodes, once, when all sessions have ended.
// The phase on disk tells whether that was done before.
func (j *ownJob) settle() {
	j.mu.Lock()
	svc, phase, job := j.service, j.st.Phase, j.chain.Job
	j.mu.Unlock()
	if phase.over() || phase == PhaseReporting || phase == PhaseCompleting || j.dapp == nil {
		return
	}
	if svc == nil {
		var err error
		if svc, err = j.dapp.Serve(job, filepath.Join(j.dir, workFolder)); err != nil {
			j.c.opt.Log.Warn("cannot settle with nodes", "job", j.id, "error", err)
			return
		}
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		defer svc.Run(ended) // it gives back what it has open
	}
	s, ok := svc.(Settler)
	if !ok {
		return
	}
	for node, earned := range s.Settle() {
		j.mu.Lock()
		booked := j.st.Nodes[hexAddress(node)].Earned
		j.mu.Unlock()
		if earned > booked {
			j.book(node, earned-booked)
		}
	}
}

// raiseTicket promises what a node has earned, if that is at least step more
// than before, as far as the bids go. It returns the newest promise.
func (j *ownJob) raiseTicket(node types.Address, step types.Amount) (types.Amount, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	row := j.st.Nodes[hexAddress(node)]
	more := min(row.Earned-row.Ticket, j.freeLocked())
	if more < max(step, 1) {
		return row.Ticket, nil
	}
	raised := row
	raised.Ticket += more
	if err := j.saveRowLocked(node, raised); err != nil {
		return row.Ticket, err
	}
	j.problem = ""
	return raised.Ticket, nil
}

// freeLocked is the part of the bids that nobody was promised.
func (j *ownJob) freeLocked() types.Amount { return max(0, j.chain.Bids-j.promised) }

func (j *ownJob) bidsUsedLocked() bool { return j.freeLocked() < types.MinScore }

// bidsUsed gives the ending of sessions when there is nothing left to pay with.
func (j *ownJob) bidsUsed() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.bidsUsedLocked() {
		return nil
	}
	j.wake() // all that was promised is due for a report
	return ending{reasonBidsUsed, ""}
}

// restoreTicket takes a ticket that the node holds as promised: it is signed
// with our key, so it is owed even if this disk has forgotten it.
func (j *ownJob) restoreTicket(node types.Address, h *hello) {
	held := Ticket{h.held, h.signature}
	j.mu.Lock()
	defer j.mu.Unlock()
	row := j.st.Nodes[hexAddress(node)]
	if held.Cumulative <= row.Ticket || held.Cumulative-row.Ticket > j.freeLocked() {
		return
	}
	if held.verify(j.c.opt.Network, j.c.opt.Signer.Address(), j.id, node) != nil {
		return // not ours; it gains nothing
	}
	row.Ticket = held.Cumulative
	row.Earned = max(row.Earned, row.Ticket)
	if err := j.saveRowLocked(node, row); err == nil {
		j.logLocked("node %.8s showed a newer ticket of ours: %v", node, held.Cumulative)
	}
}

// drop keeps a node out of the job for good. What it has earned stays its own.
// The caller holds the place's turn.
func (j *ownJob) drop(node types.Address, p *place, svc Service, why error) {
	j.mu.Lock()
	row := j.st.Nodes[hexAddress(node)]
	row.Dropped = oneLine(why.Error())
	if row.Dropped == "" {
		row.Dropped = "failed an audit"
	}
	if err := j.saveRowLocked(node, row); err != nil {
		j.st.Nodes[hexAddress(node)] = row // for this process at least
		j.problem = err.Error()
	}
	j.logLocked("node %.8s was dropped: %s", node, row.Dropped)
	j.mu.Unlock()
	j.release(node, p, svc)
}

// unreportedLocked lists what a report has to carry: the newest promise of each
// node for which the chain lacks at least the smallest step.
func (j *ownJob) unreportedLocked() (entries []types.ScoreEntry, sum types.Amount) {
	for key, row := range j.st.Nodes {
		node := types.Address(key)
		if missing := row.Ticket - j.recorded[node]; missing >= types.MinScore {
			entries = append(entries, types.ScoreEntry{Address: node, Cumulative: row.Ticket})
			sum += missing
		}
	}
	return entries, sum
}
