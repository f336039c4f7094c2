package render

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
)

// bench renders what this machine has to render itself: disputes first, then
// checks, then tiles that fail elsewhere.

const (
	benchRetry = 30 * time.Second // after a failure of this machine
	mostFails  = 3                // failures of this machine in a row, until it is believed to be unable
)

// lookAtEngine finds this machine's own rendering program, if it is of the job's
// version.
func (s *service) lookAtEngine(ctx context.Context) {
	id := ""
	e, b, err := s.ownEngine(ctx)
	if err == nil && e != nil {
		id = b.ID
	}
	if ctx.Err() != nil {
		return
	}
	s.mu.Lock()
	had := s.s.ownEngine
	s.s.ownEngine = id
	s.mu.Unlock()
	if id == "" && (had != "" || err != nil) && s.plan.Checks != ChecksOff {
		s.change(func() {
			s.s.log(s.now(), nodeID{}, "this machine has no %s %s: nodes are checked by one another only", s.plan.Engine, engine.Series(s.plan.Version))
		})
	}
}

func (s *service) ownEngine(ctx context.Context) (engine.Engine, engine.Build, error) {
	for _, e := range s.r.opt.Engines {
		if e.Name() != s.plan.Engine {
			continue
		}
		b, err := e.Build(ctx)
		if err == nil && b.Series() != engine.Series(s.plan.Version) {
			err = fmt.Errorf("%w: %s", ErrBuild, b.Version)
		}
		return e, b, err
	}
	return nil, engine.Build{}, fmt.Errorf("%w: %s", ErrNoEngine, s.plan.Engine)
}

// errand is a tile to be rendered here, and why.
type errand struct {
	tile    engine.Tile
	claims  []claim
	attempt bool // it fails elsewhere
}

func (s *service) bench(ctx context.Context) {
	fails := 0
	for ctx.Err() == nil {
		e := s.errand()
		if e == nil {
			select {
			case <-s.kick:
			case <-ctx.Done():
			}
			continue
		}
		err := s.run(ctx, e)
		s.problem("bench", err)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			fails = 0
			continue
		}
		if fails++; fails >= mostFails {
			s.unable(err)
			fails = 0
			continue
		}
		select {
		case <-time.After(benchRetry):
		case <-ctx.Done():
		}
	}
}

// unable goes on without this machine's engine.
func (s *service) unable(err error) {
	s.change(func() {
		s.s.ownEngine = ""
		for _, f := range s.s.Frames {
			for _, t := range f.Tiles {
				if t.Check != nil && t.Check.Own {
					s.s.order(t, false, t.Check.Covers, s.now())
				}
			}
		}
		s.s.log(s.now(), nodeID{}, "this machine cannot render its own checks: %v; nodes are checked by one another only", err)
	})
}

// errand chooses what to render next, nil when nothing is to be.
func (s *service) errand() *errand {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.s.ownEngine == "" || s.s.Settled {
		return nil
	}
	env := s.surroundingsLocked()
	var found *tile
	rank := 0.0
	for _, f := range s.s.Frames {
		for _, t := range f.Tiles {
			r := 0.0
			switch {
			case t.Dispute:
				r = 3
			case t.Check != nil && t.Check.Own:
				r = 2 + s.s.merit(t.kept().Node)
			case s.s.triable(t, env):
				r = 1
			}
			if r > rank {
				found, rank = t, r
			}
		}
	}
	if found == nil {
		return nil
	}
	return &errand{found.Tile, found.clone().Claims, rank == 1}
}

// merit orders the nodes that wait for a check here, from 0 to 1: those that are
// known before strangers, and then who waits with most. A crowd of new names does
// not keep honest nodes waiting until they give up.
func (s *state) merit(n nodeID) float64 {
	a := s.Nodes[n]
	if a == nil {
		return 0
	}
	trust, tiles := max(a.trust(), 0), float64(len(a.waiting))
	return 0.5*trust/(1+trust) + 0.4*tiles/(1+tiles)
}

// run renders one tile, once more by another process where a claim differs, and
// judges. Whatever fails in it is this machine's failure, but for a tile that
// fails everywhere.
func (s *service) run(ctx context.Context, e *errand) error {
	cores := max(s.r.limits().Cores, 1)
	first, took, err := s.render(ctx, e.tile, cores)
	if e.attempt {
		return s.attempted(e, first, took, err)
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	build := s.s.ownEngine
	metric := s.s.Metric
	s.mu.Unlock()
	v := verdict{build: build, first: first.Hash(), alike: make([]bool, len(e.claims)), wrong: make([]bool, len(e.claims))}
	v.second = v.first
	var differs []nodeID
	for i, c := range e.claims {
		if v.alike[i], v.wrong[i], err = s.likeOwn(e.tile, c, first, v.first); err != nil {
			return err
		}
		if !c.Void && c.Hash != v.first && (c.Build == build && !metric || !v.alike[i]) {
			differs = append(differs, c.Node)
		}
	}
	if len(differs) > 0 {
		second, _, err := s.render(ctx, e.tile, s.secondThreads(differs, cores))
		if err != nil {
			return err
		}
		v.second = second.Hash()
		if _, b, err := s.ownEngine(ctx); err != nil || b.ID != build {
			s.lookAtEngine(ctx) // it was replaced meanwhile: two builds prove nothing
			return err
		}
		if err := s.st.putPicture(e.tile, v.first, first.Encode()); err != nil {
			return err
		}
	}
	return s.change(func() {
		t := s.s.byTile[e.tile]
		if t == nil || len(t.Claims) != len(e.claims) || t.kept() == nil || !t.Dispute && t.Check == nil {
			return // it has changed meanwhile, and is looked at again
		}
		times := int64(1)
		if len(differs) > 0 {
			times = 2
		}
		s.s.Counts.Own++
		s.s.Counts.Extra += times * t.pixels()
		if a := s.s.Nodes[t.kept().Node]; !t.Dispute && (a == nil || a.Own > 0) {
			s.s.Spent += t.pixels()
		}
		if s.s.judge(t, v, s.now()) {
			s.s.keepOwn(t, build, v.first, took, s.now())
		}
	})
}

// secondThreads is with how many threads to render once more, in another process,
// what a claim differs from: another number than the first time, near the one of
// the node in question. What depends on either shows, and accuses nobody.
func (s *service) secondThreads(nodes []nodeID, first int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range nodes {
		a := s.s.Nodes[n]
		if a == nil {
			continue
		}
		if k := min(max(a.Cores, 1), 2*first); k != first {
			return k
		}
	}
	if first == 1 {
		return 2
	}
	return 1
}

// likeOwn tells whether a claim's picture is like this machine's, and whether it
// is not even of one scene. One whose file this machine has lost counts as alike:
// that is not its node's fault.
func (s *service) likeOwn(k engine.Tile, c claim, own *picture.Picture, h pixelHash) (alike, wrong bool, err error) {
	if c.Void || c.Hash == h {
		return c.Hash == h, false, nil
	}
	p, err := s.st.picture(k, c.Hash, s.plan.Settings.Form) // there is one of each hash
	if missing(err) {
		return true, false, nil
	}
	if err != nil {
		return false, false, err
	}
	d, err := picture.Compare(own, p)
	return err == nil && d.Alike(), err == nil && d.Wrong(), err
}

// attempted books this machine's attempt at a tile that fails elsewhere.
func (s *service) attempted(e *errand, p *picture.Picture, took time.Duration, err error) error {
	given := errors.Is(err, engine.ErrScene) || errors.Is(err, engine.ErrLimit)
	if err != nil && !given {
		return err
	}
	if err == nil {
		if err := s.st.putPicture(e.tile, p.Hash(), p.Encode()); err != nil {
			return err
		}
	}
	return s.change(func() {
		t := s.s.byTile[e.tile]
		if t == nil || !t.open() {
			return
		}
		s.s.Tries++
		s.s.Counts.Own++
		s.s.Spent += t.pixels()
		if err != nil {
			why := reasonScene
			if errors.Is(err, engine.ErrLimit) {
				why = reasonLimit
			}
			s.s.touchTile(t).Fails = append(t.Fails, failure{Reason: why, Text: clipText("here, too: " + err.Error())})
			s.s.giveUp(t, s.now())
			return
		}
		s.s.log(s.now(), nodeID{}, "%v was rendered here: no node could, or nothing was left to pay for it", t.Tile)
		s.s.keepOwn(t, s.s.ownEngine, p.Hash(), took, s.now())
	})
}

// benchTime is how long this machine may be at a tile.
func (s *service) benchTime() time.Duration {
	return max(time.Duration(20*s.plan.FrameSeconds*float64(time.Second)), 30*time.Minute)
}

// render renders one tile here, once it is this job's turn.
func (s *service) render(ctx context.Context, k engine.Tile, threads int) (*picture.Picture, time.Duration, error) {
	e, _, err := s.ownEngine(ctx)
	if err != nil {
		return nil, 0, err
	}
	release, err := s.r.slot.acquire(ctx, true)
	if err != nil {
		return nil, 0, err
	}
	defer release()
	scratch := filepath.Join(s.dir, benchDir)
	if err := os.RemoveAll(scratch); err != nil {
		return nil, 0, fmt.Errorf("scratch: %w", err)
	}
	if err := os.MkdirAll(scratch, 0o700); err != nil {
		return nil, 0, fmt.Errorf("scratch: %w", err)
	}
	defer os.RemoveAll(scratch)
	l := s.r.limits()
	var out engine.Rendered
	err = e.Render(ctx, engine.Request{
		Bundle: s.plan.Folder, Scratch: scratch, Settings: s.plan.Settings, Tiles: []engine.Tile{k},
		Threads: threads, Memory: l.Memory, Disk: l.Disk, Time: s.benchTime(),
	}, func(r engine.Rendered) error { out = r; return nil })
	switch p := out.Picture; {
	case err != nil:
		return nil, 0, err
	case p == nil || p.Form != s.plan.Settings.Form || p.W != k.W || p.H != k.H:
		return nil, 0, fmt.Errorf("%w: the engine rendered something else than %v", engine.ErrScene, k)
	}
	return out.Picture, out.Took, nil
}
