package render

import (
	"errors"
	"fmt"
	"math"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
	"supercomputing/tasks/render/engine"
)

// What a node bears with. Its work comes before its pay, so each is the most
// that a requester can have for nothing.
const (
	maxWrongs   = 5                // broken rules: nonsense, tiles that are not in the job …
	maxUseless  = 2                // units in a row of which no tile could be rendered
	maxFailures = 3                // tiles of a unit that fail before any succeeds
	unpaidTime  = 30 * time.Minute // of rendering, and the time of some more tiles
	unpaidTiles = 15               // which wait for a check of one of them
	idleTime    = 30 * time.Minute // without work, until another job gets the place
)

// Bounds of the time that rendering one tile may take. The requester's machine
// may be several times as fast as this one, and its trial saw low samples only.
const (
	leastTime  = 5 * time.Minute
	mostTime   = 2 * time.Hour
	timeFactor = 10
)

// expected is the core time of a tile by the job's own estimate.
func (s Spec) expected(t engine.Tile) time.Duration {
	all := float64(s.pixels()) * float64(CountFrames(s.Frames))
	sec := float64(s.CoreSeconds) * float64(t.W) * float64(t.H) / all
	return time.Duration(sec * float64(time.Second))
}

// timeLimit is when a tile is given up, on however many cores. Whatever samples
// a scene asks for, a tile costs no more.
func (s Spec) timeLimit(t engine.Tile, least time.Duration) time.Duration {
	return min(least+timeFactor*s.expected(t), mostTime)
}

// goodwill counts what a requester has had from this node for nothing. It is
// plain arithmetic; the worker guards it.
type goodwill struct {
	wrongs  int
	useless int // units in a row
	earned  types.Amount
	spent   time.Duration // rendering since earned grew
	worth   float64       // what that should bring, in units of an amount

	pay   float64       // for one pixel
	limit time.Duration // for spent
}

func newGoodwill(s Spec, bids, earned types.Amount) goodwill {
	frame := engine.Tile{W: s.Settings.Width, H: s.Settings.Height}
	pixels := float64(s.pixels()) * float64(CountFrames(s.Frames))
	return goodwill{
		earned: earned, pay: float64(bids) / pixels,
		limit: min(unpaidTime+unpaidTiles*s.expected(frame), 12*time.Hour),
	}
}

// paid takes the newest promise in.
func (p *goodwill) paid(earned types.Amount) {
	if earned > p.earned {
		p.earned, p.spent, p.worth = earned, 0, 0
	}
}

// delivered counts a tile that the requester has got. A promise has a least
// step: where the pay is so small that it is not reached, waiting for it is no
// one's fault.
func (p *goodwill) delivered(t engine.Tile, took time.Duration) error {
	p.spent += took
	p.worth += p.pay * float64(t.W) * float64(t.H)
	if p.spent > p.limit && p.worth > 4*float64(types.MinScore) {
		return fmt.Errorf("%w: given up: nothing was paid for the last %v of rendering", tasks.ErrEnded, p.spent.Round(time.Second))
	}
	return nil
}

// rendered counts a unit.
func (p *goodwill) rendered(done int, why error) error {
	if done > 0 {
		p.useless = 0
		return nil
	}
	if p.useless++; p.useless >= maxUseless {
		return fmt.Errorf("%w: given up: no tile can be rendered here: %w", tasks.ErrEnded, why)
	}
	return nil
}

// wrong counts what an honest requester does not do.
func (p *goodwill) wrong(err error) error {
	if p.wrongs++; p.wrongs >= maxWrongs {
		return fmt.Errorf("%w: given up: %w: %w", tasks.ErrEnded, errWrong, err)
	}
	return fmt.Errorf("%w: %w", errWrong, err)
}

// errWrong is one wrong of the requester, which is borne.
var errWrong = errors.New("the requester breaks the rules")

// checkTile refuses a tile that is not of the job.
func (w *worker) checkTile(t engine.Tile) error {
	s := w.spec.Settings
	if !w.frames[t.Frame] || t.X < 0 || t.Y < 0 || t.W < 1 || t.H < 1 ||
		t.X > s.Width-t.W || t.Y > s.Height-t.H || t.W > math.MaxInt32 || t.H > math.MaxInt32 {
		return fmt.Errorf("%w: %v is not in the job", ErrMessage, t)
	}
	return nil
}
