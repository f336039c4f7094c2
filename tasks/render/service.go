package render

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
	"supercomputing/tasks/render/engine"
)

// service is the requester's side of one job. It implements tasks.Service,
// tasks.Releaser, tasks.Updater, tasks.Accountant, tasks.Settler and
// tasks.Watcher.
//
// All decisions are state's; service gives it the clock, chance and pictures, and
// has each change on disk before anybody hears of it.
type service struct {
	r     *requester
	job   types.Hash
	plan  Plan // as in state; never changes
	dir   string
	log   *slog.Logger
	known *standing
	done  chan struct{}
	kick  chan struct{} // there may be something to render
	write chan struct{} // … or to write
	// writing has room for the one that writes frames.
	writing chan struct{}

	// reading holds one for each whole upload that is read now.
	reading chan struct{}

	mu       sync.Mutex // guards what follows
	s        *state
	st       *store
	nodes    map[nodeID]*node
	seated   map[nodeID]bool         // who has a session
	told     map[nodeID]types.Amount // earned, that the coordinator knows of
	problems map[string]string       // in the way now, by what is to be done
	alone    time.Time               // since when nobody is there who could go on
	ticked   time.Time               // when tick was called last
	making   string                  // what is made of the frames now
	finished bool                    // done is closed
}

// node is what is known of a node that has a place; it is not kept across
// restarts.
type node struct {
	addrs   []netip.AddrPort
	ready   bool // it has the scene
	asks    time.Time
	heard   time.Time // its last message
	silent  bool      // and that was said in the log
	rests   time.Time // until when it is given nothing, since it cannot
	uploads map[engine.Tile]*incoming
}

var (
	_ tasks.Service    = (*service)(nil)
	_ tasks.Releaser   = (*service)(nil)
	_ tasks.Updater    = (*service)(nil)
	_ tasks.Accountant = (*service)(nil)
	_ tasks.Settler    = (*service)(nil)
	_ tasks.Watcher    = (*service)(nil)
)

// newService continues a job from its folder, or begins it by the plan that
// Prepare kept.
func newService(r *requester, job tasks.Job, dir string) (tasks.Service, error) {
	s, err := makeService(r, job, dir)
	if err != nil {
		return nil, fmt.Errorf("serve job %v: %w", job.ID, err)
	}
	return s, nil
}

func makeService(r *requester, job tasks.Job, dir string) (*service, error) {
	spec, ih, err := JobSpec(job.Post)
	if err != nil {
		return nil, err
	}
	if job.Post.Bid < MinBid || job.Bids > types.MaxAmount {
		return nil, fmt.Errorf("%w: bid of %v", ErrSpec, job.Post.Bid)
	}
	known, err := r.known()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("job folder: %w", err)
	}
	s := &service{
		r: r, job: job.ID, dir: dir, known: known, log: r.opt.Log.With("job", job.ID),
		done: make(chan struct{}), kick: make(chan struct{}, 1), write: make(chan struct{}, 1), writing: make(chan struct{}, 1),
		nodes: make(map[nodeID]*node), seated: make(map[nodeID]bool), told: make(map[nodeID]types.Amount), problems: make(map[string]string),
	}
	s.reading = make(chan struct{}, mostReading)
	if s.st, s.s, err = openStore(dir); err != nil {
		return nil, err
	}
	bids := max(job.Bids, job.Post.Bid)
	again := s.s != nil
	if !again {
		p, err := r.plan(ih, spec)
		if err != nil {
			return nil, err
		}
		s.s = newState(p, bids, s.now())
		if err := s.st.journal.Rewrite(s.s.snapshot()...); err != nil {
			return nil, err
		}
		s.st.last = s.st.journal.Size()
	}
	s.plan = s.s.Plan
	return s, s.resume(bids, again)
}

// mostReading is how many whole uploads are read and compared at a time: each
// takes the memory of some pictures.
const mostReading = 2

// resume takes up what an earlier run has left undone.
func (s *service) resume(bids types.Amount, again bool) error {
	err := s.change(func() {
		if !s.s.Settled {
			s.s.Terms.Bids = max(s.s.Terms.Bids, bids)
		}
		if again && !s.s.Settled && !s.s.Made {
			s.s.log(s.now(), nodeID{}, "this machine started again; the job goes on")
		}
		s.s.renew(s.now()) // nodes may still be at their leases, and could not say so
		for _, g := range s.s.Leases {
			s.s.away[g.Node] = s.now().Add(restartPatience - awayPatience)
		}
	})
	if err != nil {
		return err
	}
	for n, a := range s.s.Nodes {
		if a.Caught != "" {
			if err := s.known.caught(types.Address(n), a.Caught, s.now()); err != nil {
				return err
			}
		}
	}
	if s.s.Made {
		s.finish()
	}
	return nil
}

// now is the time of the wall clock: leases go on while this machine sleeps.
func (s *service) now() time.Time { return s.r.opt.Clock().Round(0) }

// change applies f to the state. If it cannot be put on disk nothing has
// happened, and the job's note says so.
func (s *service) change(f func()) error {
	s.mu.Lock()
	before := make(map[nodeID]account)
	for n, a := range s.s.Nodes {
		before[n] = *a
	}
	s.s.begin()
	f()
	lines, nodes := s.s.dirty.log, s.s.dirty.nodes
	err := s.st.commit(s.s)
	s.problemLocked("state", err)
	type news struct {
		node   nodeID
		passed int
		caught string
		doubt  bool
	}
	var all []news
	for n := range nodes {
		if a, old := s.s.Nodes[n], before[n]; err == nil && a != nil && (a.Passed > old.Passed || a.Caught != old.Caught || a.Doubted != old.Doubted) {
			all = append(all, news{n, a.Passed - old.Passed, a.Caught, a.Doubted})
		}
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	for _, l := range lines {
		s.log.Info(l.Text, "node", fmt.Sprintf("%.8s", l.Node))
	}
	for _, e := range all {
		if e.doubt {
			s.known.doubted(types.Address(e.node), s.now())
		} else if e.passed > 0 {
			s.known.passed(types.Address(e.node), e.passed, s.now())
		}
		if e.caught != "" {
			if err := s.known.caught(types.Address(e.node), e.caught, s.now()); err != nil {
				s.problem("standing", err) // the journal knows; resume tells it again
			}
		}
	}
	s.wake()
	return nil
}

// wake has bench and assemble look for something to do.
func (s *service) wake() {
	for _, c := range []chan struct{}{s.kick, s.write} {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// problem notes what is in the way of something, nil when nothing is any more.
func (s *service) problem(of string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problemLocked(of, err)
}

func (s *service) problemLocked(of string, err error) {
	if err == nil {
		delete(s.problems, of)
		return
	}
	if text := clipText(causes(err)); s.problems[of] != text {
		s.problems[of] = text
		s.log.Warn("in the way", "what", of, "error", err)
	}
}

// surroundings are the rules' view of now.
func (s *service) surroundingsLocked() surroundings {
	return surroundings{now: s.now(), chance: rand.Float64, able: s.ableLocked}
}

// ableLocked tells whether a node that is here could render t once more.
func (s *service) ableLocked(t *tile) bool {
	for id, n := range s.nodes {
		if a := s.s.Nodes[id]; n.ready && a != nil && !a.out() && !a.Gone && s.present(id) && t.repeatable(id) {
			return true
		}
	}
	return false
}

// workersLocked counts the nodes that can work.
func (s *service) workersLocked() (k int) {
	for id, n := range s.nodes {
		if a := s.s.Nodes[id]; n.ready && a != nil && !a.out() && s.present(id) {
			k++
		}
	}
	return k
}

// Admit implements tasks.Service.
func (s *service) Admit(addr types.Address) error {
	trust, caught := s.known.of(addr)
	if caught != "" {
		return fmt.Errorf("%w: %s", ErrCaught, caught)
	}
	if h := s.r.opt.History; h != nil {
		if scores, err := h(addr); err == nil {
			trust += historyTrust(scores)
		}
	}
	n := nodeID(addr)
	s.mu.Lock()
	a, count := s.s.Nodes[n], len(s.s.Nodes)
	settled := s.s.Settled
	s.mu.Unlock()
	switch {
	case a != nil && a.Caught != "":
		return fmt.Errorf("%w: %s", ErrCaught, a.Caught)
	case a != nil && a.Barred != "":
		return fmt.Errorf("%w: %s", ErrNoSeat, a.Barred)
	case a == nil && settled:
		return fmt.Errorf("%w: all is rendered", ErrNoSeat)
	case a == nil && count >= types.MaxScoreEntries:
		return fmt.Errorf("%w: it has had %d different ones", ErrNoSeat, count)
	}
	return s.change(func() {
		a := s.s.touchNode(n)
		// What it has passed in this job is counted with the job.
		a.Trust, a.Gone = max(trust-float64(a.Passed), 0), false
	})
}

// present tells whether a node has a session, or is not known to have none.
func (s *service) present(n nodeID) bool {
	_, away := s.s.away[n]
	return !away
}

// Connected implements tasks.Watcher. What a node without a session holds goes to
// others that are idle, and soon to all.
func (s *service) Connected(addr types.Address, is bool) {
	n := nodeID(addr)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch a := s.s.Nodes[n]; {
	case is:
		s.seated[n] = true
		delete(s.s.away, n)
	case s.seated[n] && a != nil && !a.Gone: // else it has left
		s.s.away[n] = s.now()
		fallthrough
	default:
		delete(s.seated, n)
	}
}

// awayPatience is how long a node may be without a session until all that it
// holds goes to others: it may only have lost its connection.
const awayPatience = 10 * time.Second

// restartPatience is how long after a start of this machine nodes have to come
// back.
const restartPatience = time.Minute

// missLocked frees what nodes hold that have lost their session.
func (s *service) missLocked(now time.Time) {
	for n, since := range s.s.away {
		ids := s.s.leasesOf(n)
		if now.Sub(since) < awayPatience || len(ids) == 0 {
			continue
		}
		var frames []int
		for _, id := range ids {
			for _, k := range s.s.Leases[id].Tiles {
				if t := s.s.byTile[k]; t != nil && s.s.needs(t) {
					frames = append(frames, k.Frame)
				}
			}
			s.s.dropLease(id)
		}
		if len(frames) > 0 {
			s.s.log(now, n, "is not heard of any more, in the middle of frame %d; it is lost, and frames %s go to others", frames[0], FormatFrames(Ranges(frames)))
		} else {
			s.s.log(now, n, "is not heard of any more; others have rendered what it held")
		}
		if here := s.nodes[n]; here != nil {
			here.silent = true
		}
	}
}

// Release implements tasks.Releaser: what a node held goes to others. What it
// has delivered is checked and paid all the same.
func (s *service) Release(addr types.Address) {
	n := nodeID(addr)
	s.mu.Lock()
	if here := s.nodes[n]; here != nil {
		delete(s.nodes, n)
	}
	s.mu.Unlock()
	s.st.forgetUploads(n) // no message of the node is running
	s.change(func() {     // a failure is a problem of the job; leases end by time, too
		if s.s.Nodes[n] == nil {
			return
		}
		s.s.touchNode(n).Gone = true
		if tiles := s.s.dropLeases(n); tiles > 0 {
			s.s.log(s.now(), n, "left; %s to others", counted(tiles, "tile that it was at goes", "tiles that it was at go"))
		}
	})
}

// Update implements tasks.Updater: a higher bid raises what tiles are worth from
// now on, and what is shared in the end.
func (s *service) Update(job tasks.Job) {
	s.change(func() {
		switch {
		case job.Bids <= s.s.Terms.Bids || job.Bids > types.MaxAmount:
		case s.s.Settled:
			if s.s.Late != job.Bids {
				s.s.Late = job.Bids
				s.s.log(s.now(), nodeID{}, "the bid was raised to %v after all was settled: that buys nothing more", job.Bids)
			}
		default:
			s.s.Terms.Bids = job.Bids
			if s.s.over() {
				s.s.log(s.now(), nodeID{}, "the bid was raised to %v after the last tile was there: it buys no work, and is shared by the nodes", job.Bids)
			}
		}
	})
}

// Earned implements tasks.Accountant.
func (s *service) Earned(addr types.Address) types.Amount {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := nodeID(addr)
	if a := s.s.Nodes[n]; a != nil {
		s.told[n] = a.earned()
	}
	return s.told[n]
}

// newsLocked is what a node has earned since the coordinator was told last.
func (s *service) newsLocked(n nodeID) types.Amount {
	a := s.s.Nodes[n]
	if a == nil {
		return 0
	}
	more := a.earned() - s.told[n]
	s.told[n] = a.earned()
	return more
}

// auditInterval is how often the coordinator hears of what was earned by checks
// in the meantime, and that a node was caught.
const auditInterval = 3 * time.Second

// Audit implements tasks.Service. Nodes are asked nothing: their work is what is
// checked.
func (s *service) Audit(_ context.Context, addr types.Address, _ func(context.Context, []byte) ([]byte, error)) (types.Amount, time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := nodeID(addr)
	earned := s.newsLocked(n)
	if a := s.s.Nodes[n]; a != nil && a.Caught != "" {
		return earned, 0, fmt.Errorf("%w: %s", ErrCaught, a.Caught)
	}
	return earned, auditInterval, nil
}

// Done implements tasks.Service.
func (s *service) Done() <-chan struct{} { return s.done }

func (s *service) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.finished {
		s.finished = true
		close(s.done)
	}
}

// Settle implements tasks.Settler: the job is over or was cancelled, and no node
// says anything more. What nodes have delivered is paid, checked or not, for
// nobody can check it now, and the scene is no longer given to anybody. What is
// left is shared only if the job came to its end: one that its owner ends after
// two tiles must not make its whole bid of them.
func (s *service) Settle() map[types.Address]types.Amount {
	ctx, cancel := context.WithTimeout(context.Background(), lastFrames)
	defer cancel()
	done := s.turn(ctx) // else a video is made of what there is, and may take long
	err := s.change(func() {
		if s.s.Settled {
			return
		}
		s.s.waive(s.now())
		s.s.close(s.now(), false)
	})
	s.mu.Lock()
	out := make(map[types.Address]types.Amount)
	for n, a := range s.s.Nodes {
		out[types.Address(n)] = a.earned()
		s.told[n] = a.earned()
	}
	s.mu.Unlock()
	if done != nil {
		if err == nil {
			s.wrapUp(ctx)
		}
		done()
	}
	if err != nil {
		return out
	}
	s.mu.Lock()
	made := s.s.Made
	s.mu.Unlock()
	s.tidy(made)
	return out
}

// tidy removes what the job needs no longer.
func (s *service) tidy(made bool) {
	errs := []error{s.r.forget(&s.plan), s.known.flush()}
	if made {
		errs = append(errs, s.st.clean())
	}
	if err := errors.Join(errs...); err != nil {
		s.log.Warn("files of a job are left", "error", err)
	}
}

// Run implements tasks.Service: it keeps the rules' time, renders what is to be
// checked here, and puts the frames together.
func (s *service) Run(ctx context.Context) error {
	s.r.running(s.job, s)
	defer s.r.running(s.job, nil)
	s.lookAtEngine(ctx)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { s.bench(ctx) })
	wg.Go(func() { s.assemble(ctx) })
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	defer s.known.flush()
	for {
		s.tick()
		select {
		case <-ctx.Done():
			wg.Wait()
			s.mu.Lock()
			defer s.mu.Unlock()
			s.st.close()
			return nil
		case <-tick.C:
		}
	}
}

// silence is how long a node that holds tiles says nothing before the log names it:
// it says that it is alive every beatInterval.
const silence = 3*beatInterval + beatInterval/2

// listenLocked names nodes in the log that are not heard of in the middle of their
// work: killed ones, most of all. It is sooner when others have done that work
// meanwhile, for nothing else would tell.
func (s *service) listenLocked(now time.Time) {
	for _, g := range s.s.Leases {
		here := s.nodes[g.Node]
		if here == nil || here.silent {
			continue
		}
		quiet, useful := now.Sub(here.heard), s.s.useful(g)
		if quiet < silence && (useful || quiet < beatInterval+beatInterval/2) {
			continue
		}
		here.silent = true
		if useful {
			s.s.log(now, g.Node, "is not heard of any more, in the middle of frame %d; it holds %s", g.Tiles[0].Frame, counted(len(g.Tiles), "tile", "tiles"))
		} else {
			s.s.log(now, g.Node, "is not heard of any more, in the middle of frame %d; others have rendered what it held", g.Tiles[0].Frame)
		}
	}
}

// heard notes that a node has said something.
func (s *service) heard(n nodeID, here *node) {
	s.mu.Lock()
	now, silent := s.now(), here.silent
	here.heard, here.silent = now, false
	delete(s.s.away, n)
	s.mu.Unlock()
	if silent {
		s.change(func() { s.s.log(now, n, "is heard of again") })
	}
}

// mostGap is between two ticks, which are a second apart, before it is believed
// that this machine slept or its clock was set.
const mostGap = 30 * time.Second

// tick does what is due by time.
func (s *service) tick() {
	s.change(func() { // a failure is noted as the job's problem
		if s.s.Settled {
			return
		}
		e, last := s.surroundingsLocked(), s.s.over()
		if gap := e.now.Sub(s.ticked); !s.ticked.IsZero() && (gap > mostGap || gap < -mostGap) {
			s.s.log(e.now, nodeID{}, "this machine slept, or its clock was set: it is %v later than it should be", gap.Round(time.Second))
			s.s.renew(e.now)
			s.alone = time.Time{}
		}
		s.ticked = e.now
		s.missLocked(e.now)
		s.listenLocked(e.now)
		s.s.expire(e.now)
		s.s.recut(s.workersLocked(), e.now)
		s.s.force(last, e)
		s.s.fallBack(last, e)
		alone := s.aloneLocked(e)
		s.s.giveUpRest(e, alone)
		if last && s.s.ownEngine == "" && alone >= alonePatience {
			s.s.waive(e.now)
		}
		s.s.settle(e.now)
	})
	if s.now().Unix()%30 == 0 {
		s.problem("standing", s.known.flush())
	}
}

// aloneLocked tells for how long nothing could be done because no node is there
// for it.
func (s *service) aloneLocked(e surroundings) time.Duration {
	stuck := func(t *tile) bool {
		return t.Failed == "" && len(t.held) == 0 &&
			(t.Keep == 0 && len(t.Fails) > 0 || t.Check != nil && !t.Check.Own || t.Dispute && s.s.ownEngine == "") && !e.able(t)
	}
	for _, f := range s.s.Frames {
		if slices.ContainsFunc(f.Tiles, stuck) {
			if s.alone.IsZero() {
				s.alone = e.now
			}
			return e.now.Sub(s.alone)
		}
	}
	s.alone = time.Time{}
	return 0
}
