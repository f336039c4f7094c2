package tasks

import (
	"bytes"
	"context"
	"errors"
	"net"
	"slices"
	"time"

	"supercomputing/chain/types"
)

// place is a node's lease of a job: who may log in, answer and be audited. It
// outlives sessions by the lease time.
type place struct {
	turn chan struct{} // holds one: whose session (or release) it is

	// Guarded by ownJob.mu.
	evict     context.CancelCauseFunc // ends the newest login
	logins    int                     // that have or want the turn
	admitted  bool
	connected bool
	lastSeen  time.Time
	nextAudit time.Time
	wake      chan struct{} // a ticket may be due
}

// sharesLocked lists the nodes by address.
func (j *ownJob) sharesLocked() []NodeShare {
	out := make([]NodeShare, 0, len(j.st.Nodes))
	for key, row := range j.st.Nodes {
		node := types.Address(key)
		share := NodeShare{Node: node, Earned: row.Earned, Ticket: row.Ticket, Recorded: j.recorded[node], Dropped: row.Dropped}
		if p := j.places[node]; p != nil {
			share.Connected, share.LastSeen = p.connected, p.lastSeen
		}
		out = append(out, share)
	}
	for node, p := range j.places { // admitted, nothing earned yet
		if _, ok := j.st.Nodes[hexAddress(node)]; !ok && p.admitted {
			out = append(out, NodeShare{Node: node, Connected: p.connected, LastSeen: p.lastSeen})
		}
	}
	slices.SortFunc(out, func(a, b NodeShare) int { return bytes.Compare(a.Node[:], b.Node[:]) })
	return out
}

// login gives a node the place (evicting an older login of the same address)
// and serves its session.
func (j *ownJob) login(ctx context.Context, node types.Address, conn net.Conn, h *hello) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	p, end := j.claim(node, cancel)
	if end != nil {
		return refuse(conn, end.why, end.text)
	}
	defer j.unclaim(node, p)
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		e := endingOf(ctx)
		return refuse(conn, e.why, e.text)
	}
	defer func() { <-p.turn }()
	svc, end := j.admit(node, p)
	if end != nil {
		return refuse(conn, end.why, end.text)
	}
	defer j.disconnected(node, p, svc)
	j.restoreTicket(node, h)
	reply := hello{version: Version, network: j.c.opt.Network, job: j.id, dapp: j.dappID()}
	conn.SetWriteDeadline(time.Now().Add(HelloTimeout))
	if _, err := conn.Write(reply.frame().append(nil)); err != nil {
		return lost(err)
	}
	n := &nodeSession{j: j, node: node, p: p, svc: svc, s: newSession(conn, requester, j.c.memory)}
	err := n.run(ctx)
	if errors.Is(err, ErrEnded) && ctx.Err() == nil {
		j.release(node, p, svc) // the node has nothing more to do here
	}
	return err
}

// claim makes cancel the newest login of the node's place.
func (j *ownJob) claim(node types.Address, cancel context.CancelCauseFunc) (*place, *ending) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if e := j.closedLocked(node); e != nil {
		return nil, e
	}
	p := j.places[node]
	if p == nil {
		if len(j.places) >= j.c.opt.MaxNodes {
			return nil, &ending{reasonNoPlace, "all places of this job are taken"}
		}
		p = &place{turn: make(chan struct{}, 1), wake: make(chan struct{}, 1)}
		j.places[node] = p
	}
	if p.evict != nil {
		p.evict(ending{reasonEvicted, ""})
	}
	p.evict = cancel
	p.logins++
	p.lastSeen = time.Now()
	return p, nil
}

// unclaim forgets a place that nobody has.
func (j *ownJob) unclaim(node types.Address, p *place) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if p.logins--; p.logins == 0 && !p.admitted {
		delete(j.places, node)
	}
}

// closedLocked says why a node cannot log in, nil when it can.
func (j *ownJob) closedLocked(node types.Address) *ending {
	_, scored := j.st.Nodes[hexAddress(node)]
	switch row := j.st.Nodes[hexAddress(node)]; {
	case j.st.Phase.over() || j.st.Finish != "" || j.known && j.chain.Standing == Ended:
		return &ending{reasonEnded, ""}
	case row.Dropped != "":
		return &ending{reasonDropped, row.Dropped}
	case j.stopped || j.service == nil || !j.known || j.chain.Standing != Open:
		return &ending{reasonLeaving, "the job is not ready yet"}
	case j.st.Paused:
		return &ending{reasonLeaving, pausedText}
	case !scored && len(j.st.Nodes) >= types.MaxScoreEntries:
		return &ending{reasonNoPlace, "the job has had as many nodes as it can score"}
	case j.bidsUsedLocked():
		return &ending{reasonBidsUsed, ""}
	}
	return nil
}

// admit asks the dapp about a node that has no place yet. The caller holds the
// place's turn.
func (j *ownJob) admit(node types.Address, p *place) (Service, *ending) {
	j.mu.Lock()
	closed, svc, admitted := j.closedLocked(node), j.service, p.admitted
	j.mu.Unlock()
	if closed != nil {
		return nil, closed
	}
	if !admitted {
		if err := svc.Admit(node); err != nil {
			return nil, &ending{reasonNoPlace, err.Error()}
		}
		j.catchUp(svc, node)
		j.note("node %.8s took a place", node)
	}
	if w, ok := svc.(Watcher); ok {
		w.Connected(node, true)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if !p.admitted {
		p.nextAudit = time.Now()
	}
	p.admitted, p.connected, p.lastSeen = true, true, time.Now()
	return svc, nil
}

func (j *ownJob) disconnected(node types.Address, p *place, svc Service) {
	j.mu.Lock()
	p.connected, p.lastSeen = false, time.Now()
	j.mu.Unlock()
	if w, ok := svc.(Watcher); ok {
		w.Connected(node, false)
	}
}

// release gives up a node's place and tells the dapp. The caller holds the
// place's turn.
func (j *ownJob) release(node types.Address, p *place, svc Service) {
	j.mu.Lock()
	admitted := p.admitted
	p.admitted = false
	if p.logins == 0 {
		delete(j.places, node)
	}
	j.mu.Unlock()
	if r, ok := svc.(Releaser); ok && admitted {
		r.Release(node)
	}
}

// expireLeases releases the places of nodes that have been away too long. What
// they earned stays theirs.
func (j *ownJob) expireLeases() {
	j.mu.Lock()
	if j.st.Paused { // that they are away is this side's doing
		for _, p := range j.places {
			p.lastSeen = time.Now()
		}
	}
	svc := j.service
	gone := make(map[types.Address]*place)
	for node, p := range j.places {
		if p.logins == 0 && time.Since(p.lastSeen) > j.c.opt.Lease {
			gone[node] = p
		}
	}
	j.mu.Unlock()
	for node, p := range gone {
		select {
		case p.turn <- struct{}{}:
			j.note("node %.8s has not answered for %v and lost its place", node, j.c.opt.Lease)
			j.release(node, p, svc)
			<-p.turn
		default: // it is logging in
		}
	}
}
