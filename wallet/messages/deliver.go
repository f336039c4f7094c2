package messages

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/talk"
)

// Delivery is one worker for each correspondent with something to send, one
// after another in order. A correspondent that cannot be reached is dialled again
// every few seconds at first, since most come back soon, then every minute, and
// at once when it comes online. What waits for anything else is tried again after
// a growing while.
const (
	maxWorkers = 16 // for correspondents who are connected, and as many for the others
	firstDial  = 5 * time.Second
	quickDials = 24 // with firstDial between: two minutes
	longDial   = time.Minute
	firstWait  = 30 * time.Second
	longWait   = 15 * time.Minute
	lockedWait = 5 * time.Second
	// oneDelivery bounds one direct attempt, dialling included.
	oneDelivery = 2 * time.Minute
	oneFile     = 30 * time.Minute
)

// peerState is what delivery remembers of a correspondent. Center.mu guards it.
type peerState struct {
	busy  bool      // a worker is at it
	again bool      // there was something new meanwhile
	retry time.Time // when to try next; zero: when something happens
	wait  time.Duration
	dials int // in vain, one after another
}

// redial is after how long a correspondent is dialled again.
func redial(dials int) time.Duration {
	if dials <= quickDials {
		return firstDial
	}
	return min(longDial, firstDial<<min(dials-quickDials, 8))
}

// state is called with mu held.
func (c *Center) state(a types.Address) *peerState {
	s := c.peers[a]
	if s == nil {
		s = &peerState{retry: c.now(), wait: firstWait}
		c.peers[a] = s
	}
	return s
}

// retryNow lets delivery to an address start at once.
func (c *Center) retryNow(a types.Address) {
	c.mu.Lock()
	s := c.state(a)
	s.hurry(c.now())
	s.wait, s.dials = firstWait, 0
	c.mu.Unlock()
	signal(c.deliverNow)
}

// hurry makes a correspondent due. Who is due already keeps its place among
// those who wait. It is called with mu held.
func (s *peerState) hurry(now time.Time) {
	if s.again = s.busy; s.retry.IsZero() || s.retry.After(now) {
		s.retry = now
	}
}

func (c *Center) deliverLoop(ctx context.Context) {
	changed, cancel := c.opt.Chain.Subscribe()
	defer cancel()
	var wg sync.WaitGroup
	defer wg.Wait()
	// Dialling who does not answer keeps nobody waiting who is there.
	near, far := make(chan struct{}, maxWorkers), make(chan struct{}, maxWorkers)
	timer := time.NewTimer(0)
	defer timer.Stop()
	follow, tip := noChange, types.Hash{}
	for ctx.Err() == nil {
		if now, _ := c.opt.Chain.Tip(); now != tip {
			follow, tip = newBlock, now
		}
		due, next := c.due(follow)
		hub := c.hub()
		for _, a := range due {
			slots := far
			if hub != nil && hub.Online(a) {
				slots = near
			}
			select {
			case slots <- struct{}{}:
			default:
				c.putBack(a) // until a worker ends
				continue
			}
			wg.Go(func() {
				c.work(ctx, a)
				<-slots
				signal(c.deliverNow)
			})
		}
		timer.Reset(next)
		follow = noChange
		select {
		case <-ctx.Done():
		case <-c.deliverNow:
		case <-changed:
			follow = newPool
		case <-timer.C:
		}
	}
}

// putBack lets a correspondent be due again who found no worker.
func (c *Center) putBack(a types.Address) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.state(a)
	s.busy = false
}

// What changed of the chain.
const (
	noChange = iota
	newPool
	newBlock
)

// due gives whom to work on now, marked as busy, and when to ask again. follow
// says what changed of the chain.
func (c *Center) due(follow int) (due []types.Address, next time.Duration) {
	next = longWait
	err := c.view(func(db *history.DB) error {
		now := c.now()
		for conv := range db.Conversations() {
			open := conv.Open(c.opt.Self)
			if len(open) == 0 && len(db.Marks(conv.Peer)) == 0 {
				continue
			}
			s := c.state(conv.Peer)
			if waitsForChain(open, follow) {
				s.hurry(now)
			}
			switch {
			case s.busy || s.retry.IsZero():
			case !s.retry.After(now):
				s.busy, s.again = true, false
				due = append(due, conv.Peer)
			default:
				next = min(next, s.retry.Sub(now))
			}
		}
		// Who waits longest is first, so that all get their turn.
		slices.SortFunc(due, func(a, b types.Address) int { return c.peers[a].retry.Compare(c.peers[b].retry) })
		return nil
	})
	if err != nil {
		c.warn("messages cannot be delivered; it will be tried again", err)
		next = lockedWait
	}
	return due, next
}

// waitsForChain reports whether a change may change something: a block for what
// waits for coins or a price, the pool for what is in it. The pool changes all
// the time; nobody is dialled for that.
func waitsForChain(open []*history.Head, follow int) bool {
	for _, h := range open {
		if follow > noChange && h.Status == history.Sent ||
			follow == newBlock && h.Status == history.Queued && (h.Want == history.Chain || h.MaxPrice > 0) {
			return true
		}
	}
	return false
}

// work goes once over what is to be sent to an address. What came meanwhile is
// for the next time, behind all who wait now: a correspondent who is written to
// again while it is dialled in vain must not keep its worker.
func (c *Center) work(ctx context.Context, a types.Address) {
	r := run{Center: c, peer: a}
	err := r.all(ctx)
	c.warn("messages were not delivered; it will be tried again", err)
	c.mu.Lock()
	defer c.mu.Unlock()
	s, now := c.state(a), c.now()
	again := s.again && err == nil
	s.busy, s.again, s.retry = false, false, time.Time{}
	if r.moved || !r.offline && !again {
		s.dials = 0
	}
	switch {
	case again:
		s.retry = now
	case r.offline && err == nil:
		s.dials++
		s.retry = now.Add(redial(s.dials))
	case r.waits || err != nil:
		if r.moved {
			s.wait = firstWait
		}
		s.retry, s.wait = now.Add(s.wait), min(2*s.wait, longWait)
	}
}

// run is one pass over what is to be sent to an address.
type run struct {
	*Center
	peer  types.Address
	known history.Peer
	hub   Direct

	waits bool // something has to be tried again
	moved bool // something went through
	// What does not work in this pass, and why.
	noDirect  string
	offline   bool // no connection to the other side
	at        string
	lookedUp  bool // at is where it is reached
	busy      bool // the other side is there, and takes nothing now
	noChain   bool
	noAccount bool // an account message has to go before the others
}

// all goes through our open messages in order, texts before files.
func (r *run) all(ctx context.Context) error {
	var open []*history.Head
	err := r.view(func(db *history.DB) error {
		r.known = db.Peer(r.peer)
		if conv := db.Conversation(r.peer); conv != nil {
			open = conv.Open(r.opt.Self)
		}
		r.hub = r.direct
		return nil
	})
	if err != nil {
		return err
	}
	if err := r.marks(ctx); err != nil {
		return err
	}
	if r.known.Blocked {
		return nil
	}
	if r.hub == nil {
		r.noDirect = noHub
	}
	for _, files := range []bool{false, true} {
		for _, h := range open {
			if ctx.Err() != nil {
				return nil
			}
			m, err := r.read(h.Key)
			if errors.Is(err, ErrUnknown) {
				continue
			}
			if errors.Is(err, wallet.ErrDamaged) {
				r.warn("a message of ours cannot be sent; the others are", err)
				continue
			}
			if err == nil {
				err = r.one(ctx, m, files)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *run) read(k history.Key) (m *history.Message, err error) {
	err = r.view(func(db *history.DB) error { m, err = db.Message(k); return err })
	return m, err
}

// edit changes the message that was worked on, if it is still there.
func (r *run) edit(k history.Key, fn func(*history.Message)) error {
	return r.update(func(ch *change) error { return ch.edit(k, fn) })
}

func (r *run) one(ctx context.Context, m *history.Message, files bool) error {
	if files {
		if m.FileOwed && (m.Status == history.Delivered || m.Status == history.Read) {
			return r.sendFile(ctx, m)
		}
		return nil
	}
	switch {
	case m.Kind == envelope.KindAccount:
		return r.account(ctx, m)
	case m.Status == history.Sent:
		return r.follow(m)
	case m.Status != history.Queued:
		return nil
	}
	if done, err := r.resolve(m); done || err != nil {
		return err
	}
	if m.Want != history.Chain {
		if done, err := r.directly(ctx, m); done || err != nil {
			return err
		}
	}
	// Who is there only has to be asked again; that is not worth paying.
	if m.Want == history.Direct || m.Want == history.Auto && (m.MaxPrice == 0 || r.busy) {
		return r.hold(m, r.noDirect)
	}
	return r.overChain(ctx, m)
}

// hold lets a message wait, and says why.
func (r *run) hold(m *history.Message, why string) error {
	r.waits = true
	if m.Problem == why || m.Hidden {
		return nil
	}
	return r.edit(m.Key, func(m *history.Message) { m.Problem = why })
}

func (r *run) fail(m *history.Message, why string) error {
	if m.Hidden {
		return r.hold(m, why)
	}
	return r.edit(m.Key, func(m *history.Message) { m.Status, m.Problem = history.Failed, why })
}

// directly tries the direct way. done says that nothing else is to be tried.
func (r *run) directly(ctx context.Context, m *history.Message) (done bool, err error) {
	if r.noDirect != "" {
		return false, nil
	}
	err = r.deliver(ctx, m.Envelope)
	var no *talk.Refusal
	switch {
	case err == nil:
		r.moved = true
		return true, r.edit(m.Key, func(m *history.Message) {
			if m.Status == history.Queued {
				m.Status, m.Way, m.Problem, m.Record = history.Delivered, history.Direct, "", nil
			}
		})
	case errors.As(err, &no):
		return r.refused(m, no)
	case errors.Is(err, talk.ErrOffline) || ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded):
		r.away()
	default:
		r.noDirect = cutProblem(err.Error())
	}
	return false, nil
}

// refused acts on the other side's answer. One who asks strangers for more is
// remembered for quotes, and the message goes over the chain when it may.
func (r *run) refused(m *history.Message, no *talk.Refusal) (done bool, err error) {
	switch {
	case no.Reason == talk.ReasonStranger:
		if no.MinFee >= 0 && no.MinFee <= types.MaxAmount && no.MinFee != r.known.Least {
			r.known.Least = no.MinFee
			err := r.update(func(ch *change) error { ch.peer(r.peer).Least = no.MinFee; ch.touch(r.peer); return nil })
			if err != nil {
				return true, err
			}
		}
		r.noDirect = "the other side takes no direct messages of strangers"
		if no.MinFee > 0 {
			r.noDirect = fmt.Sprintf("the other side takes messages of strangers over the chain only, when they pay %v extra", no.MinFee)
		}
		if m.Want == history.Direct || onChainRaw(m) != nil {
			return true, r.fail(m, r.noDirect)
		}
		return false, nil
	case no.Temporary() || no.Reason == talk.ReasonFull:
		r.noDirect, r.busy = cutProblem(no.Error()), true
		return false, nil
	}
	return true, r.fail(m, cutProblem(no.Error()))
}

func cutProblem(s string) string { return s[:min(len(s), 200)] }

// marks tells what was read, while the other side is online. They are not
// worth a connection of their own: without one they are kept until it comes.
func (r *run) marks(ctx context.Context) error {
	var ids []envelope.ID
	unwanted := r.known.Blocked
	err := r.view(func(db *history.DB) error {
		ids, unwanted = db.Marks(r.peer), unwanted || !db.Settings().ReadMarks
		return nil
	})
	switch {
	case err != nil || len(ids) == 0:
		return err
	case unwanted: // since they were put down
		return r.told(ids)
	case r.hub == nil || !r.hub.Online(r.peer):
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, oneDelivery)
	defer cancel()
	list := make([]talk.ID, len(ids))
	for i, id := range ids {
		list[i] = talk.ID(id)
	}
	err = r.hub.Mark(ctx, r.peer, r.contact(), talk.MarkRead, list)
	var no *talk.Refusal
	if err != nil && (!errors.As(err, &no) || no.Temporary()) {
		r.opt.Log.Debug("read marks were not delivered; they will be tried again", "err", err)
		r.waits = true
		return nil
	}
	return r.told(ids)
}

// told forgets read marks.
func (r *run) told(ids []envelope.ID) error {
	return r.update(func(ch *change) error {
		left := slices.DeleteFunc(slices.Clone(ch.db.Marks(r.peer)), func(id envelope.ID) bool { return slices.Contains(ids, id) })
		ch.batch.SetMarks(r.peer, left)
		return nil
	})
}

// sendFile sends the file of a message that was delivered.
func (r *run) sendFile(ctx context.Context, m *history.Message) error {
	if r.noDirect != "" {
		r.waits = true
		return nil
	}
	e, err := envelope.Decode(m.Envelope)
	if err != nil {
		return err
	}
	card, ok := e.Body.(*envelope.File)
	if !ok {
		return r.edit(m.Key, func(m *history.Message) { m.FileOwed = false })
	}
	problem := ""
	f, err := r.openFile(m.Key, card.Size)
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, oneFile)
		defer cancel()
		if err = connect(ctx, r.hub, r.peer, r.contact(), oneDial); err == nil {
			err = r.hub.SendFile(ctx, r.peer, r.contact(), talk.ID(m.ID), f, card.Size, card.Sum, func(n int64) { r.setProgress(m.Key, n) })
		}
		f.Close()
		r.clearProgress(m.Key)
	}
	var no *talk.Refusal
	switch {
	case err == nil:
	case errors.As(err, &no) && !no.Temporary() && no.Reason != talk.ReasonFull:
		problem = cutProblem("the file was not taken: " + no.Error())
	case errors.Is(err, talk.ErrFile) || errors.Is(err, errFileDamaged) || errors.Is(err, ErrNoFile):
		problem = cutProblem("the file was not sent: " + err.Error())
	default:
		r.away()
		r.waits = true
		return nil
	}
	r.moved = true
	return r.edit(m.Key, func(m *history.Message) {
		m.FileOwed, m.Problem = false, problem
		if problem == "" {
			m.Card.Have = card.Size
		}
	})
}
