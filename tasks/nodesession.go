package tasks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"supercomputing/chain/types"
)

// maxUnheard is how many audits in a row may stay unanswered in a session.
const maxUnheard = 3

// nodeSession is the requester's serial loop of one session: all that the dapp
// is asked about one node happens here, one after another.
type nodeSession struct {
	j       *ownJob
	node    types.Address
	p       *place
	s       *session
	svc     Service
	sent    types.Amount // newest ticket sent in this session
	unheard int          // audits without an answer, in a row
}

// run answers and audits until the session ends, and returns why it did.
func (n *nodeSession) run(ctx context.Context) error {
	sctx, end := context.WithCancelCause(context.WithoutCancel(ctx))
	result := make(chan error, 1)
	go func() { result <- n.s.run(sctx) }()
	// A session that has ended stops what the dapp is doing for it.
	work, stop := context.WithCancelCause(ctx)
	go func() { <-n.s.done; stop(n.hungUp(n.s.ended())) }()
	n.promise(n.j.c.opt.TicketStep)
	cause := n.loop(work)
	if cause == nil && ctx.Err() != nil {
		n.promise(1) // the last, small step
		cause = endingOf(ctx)
	}
	end(cause)
	return <-result
}

// hungUp makes the end of a session, for whatever reason, an ErrUnreachable.
func (n *nodeSession) hungUp(why error) error {
	return fmt.Errorf("%w: the session has ended: %w", ErrUnreachable, why)
}

// ask puts a question to the node. Only what the node answered, be it a
// refusal, says something about it; a session that ended first does not.
func (n *nodeSession) ask(ctx context.Context, msg []byte) ([]byte, error) {
	reply, err := n.s.ask(ctx, msg)
	if why := n.s.ended(); err != nil && why != nil && !errors.Is(err, ErrRefused) {
		err = n.hungUp(why)
	}
	return reply, err
}

// loop runs until ctx is done (nil), or the node has to go.
func (n *nodeSession) loop(ctx context.Context) error {
	n.j.mu.Lock()
	audit := time.NewTimer(time.Until(n.p.nextAudit))
	n.j.mu.Unlock()
	defer audit.Stop()
	for ctx.Err() == nil {
		select {
		case r := <-n.s.requests:
			if err := n.answer(ctx, r); err != nil {
				return err
			}
		case <-audit.C:
			next, err := n.audit(ctx)
			if err != nil {
				return err
			}
			audit.Reset(next)
		case <-n.p.wake:
			n.promise(n.j.c.opt.TicketStep)
		case <-ctx.Done():
		}
	}
	return nil
}

func (n *nodeSession) answer(ctx context.Context, r request) error {
	answer, earned, err := n.svc.Answer(ctx, n.node, r.msg)
	n.earn(earned)
	n.s.answer(r, answer, err) // its failure ends the session
	return n.j.bidsUsed()
}

func (n *nodeSession) audit(ctx context.Context) (time.Duration, error) {
	earned, next, err := n.svc.Audit(ctx, n.node, n.ask)
	n.earn(earned)
	next = max(next, time.Second)
	switch {
	case ctx.Err() != nil && (err == nil || !n.failed(ctx, err)):
		next = 0 // cut short, so that it is due at once when the node is back
	case errors.Is(err, ErrUnreachable):
		if n.unheard++; n.unheard >= maxUnheard {
			return 0, ending{reasonLeaving, "audits were not answered"}
		}
	case err != nil:
		n.j.drop(n.node, n.p, n.svc, err)
		return 0, ending{reasonDropped, err.Error()}
	default:
		n.unheard = 0
	}
	n.j.mu.Lock()
	n.p.nextAudit = time.Now().Add(next)
	n.j.mu.Unlock()
	return next, n.j.bidsUsed()
}

// failed tells a failed audit from one that was cut short with ctx: hanging up
// does not undo the failure.
func (n *nodeSession) failed(ctx context.Context, err error) bool {
	return !errors.Is(err, ErrUnreachable) && !errors.Is(err, ctx.Err()) && !errors.Is(err, context.Cause(ctx))
}

// earn books what the node earned, and promises it.
func (n *nodeSession) earn(earned types.Amount) {
	if earned != 0 {
		n.j.book(n.node, earned)
		n.promise(n.j.c.opt.TicketStep)
	}
}

// promise raises the ticket if it is a step worth it, and sends the newest one:
// first the disk, then the signature, then the network.
func (n *nodeSession) promise(step types.Amount) {
	ticket, err := n.j.raiseTicket(n.node, step)
	if err != nil {
		n.j.setProblem(err.Error())
		return
	}
	if ticket <= n.sent {
		return
	}
	t, err := signTicket(n.j.c.opt.Signer, n.j.c.opt.Network, n.j.id, n.node, ticket)
	if err != nil {
		n.j.setProblem(err.Error())
		return
	}
	if n.s.send(ticketFrame(t)) == nil { // else the next session sends it
		n.sent = ticket
	}
}
