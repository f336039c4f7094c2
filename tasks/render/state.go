package render

import (
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
	"supercomputing/tasks/render/engine"
)

// pixelHash is a picture's hash, in hex in JSON.
type pixelHash [32]byte

// MarshalText implements encoding.TextMarshaler.
func (h pixelHash) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h[:])), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *pixelHash) UnmarshalText(b []byte) error {
	if len(b) != 2*len(h) {
		return fmt.Errorf("%w: hash of %d characters", tasks.ErrState, len(b))
	}
	_, err := hex.Decode(h[:], b)
	return err
}

// claim is one rendering of a tile: who made it with what, and what came of it.
type claim struct {
	Node    nodeID       `json:"n"`
	Build   string       `json:"b"`
	Hash    pixelHash    `json:"h"`
	Took    int64        `json:"ms,omitempty"`
	Seq     int          `json:"q,omitempty"` // of its node's deliveries
	At      time.Time    `json:"at"`
	Pay     types.Amount `json:"pay,omitempty"`  // held or paid
	Paid    bool         `json:"paid,omitempty"` //
	Void    bool         `json:"void,omitempty"` // it is not believed and never paid
	Trusted bool         `json:"ok,omitempty"`   // a check of this very tile has passed
	File    bool         `json:"f,omitempty"`    // its picture is on disk
	Repeat  bool         `json:"r,omitempty"`    // there was a picture before
}

// check is a second rendering of a tile that the requester has chosen to have.
type check struct {
	Own    bool      `json:"own,omitempty"` // by the requester itself
	Covers int       `json:"c,omitempty"`   // deliveries of the kept claim's node that it speaks for
	Must   bool      `json:"m,omitempty"`   // what it checks rests on the word of who agreed with a liar
	At     time.Time `json:"at"`
}

// failure is a node that could not render a tile.
type failure struct {
	Node   nodeID `json:"n"`
	Reason reason `json:"r"`
	Text   string `json:"t,omitempty"`
}

// tile is a rectangle of a frame and all that happened to it.
type tile struct {
	Tile    engine.Tile `json:"t"`
	Asked   []nodeID    `json:"a,omitempty"` // who was ever handed it
	Claims  []claim     `json:"c,omitempty"`
	Keep    int         `json:"k,omitempty"` // which claim's picture counts, from 1; 0: none
	Check   *check      `json:"x,omitempty"` // drawn and open
	Dispute bool        `json:"d,omitempty"` // claims differ, and it is not decided
	Own     bool        `json:"o,omitempty"` // the requester has rendered it
	Fails   []failure   `json:"f,omitempty"`
	Failed  string      `json:"e,omitempty"` // why nobody can render it

	held []nodeID // who has a lease of it now
}

func (t *tile) pixels() int64 { return int64(t.Tile.W) * int64(t.Tile.H) }

// kept is the claim whose picture counts, nil when there is none.
func (t *tile) kept() *claim {
	if t.Keep == 0 {
		return nil
	}
	return &t.Claims[t.Keep-1]
}

// claimOf is a node's claim, nil when it has none.
func (t *tile) claimOf(n nodeID) *claim {
	for i := range t.Claims {
		if t.Claims[i].Node == n {
			return &t.Claims[i]
		}
	}
	return nil
}

// failedAt tells whether the node could not render it.
func (t *tile) failedAt(n nodeID) bool {
	return slices.ContainsFunc(t.Fails, func(f failure) bool { return f.Node == n })
}

// open tells whether somebody still has to deliver it.
func (t *tile) open() bool { return t.Keep == 0 && t.Failed == "" }

func (t *tile) clone() tile {
	c := *t
	c.Asked, c.Claims, c.Fails, c.held = slices.Clone(t.Asked), slices.Clone(t.Claims), slices.Clone(t.Fails), slices.Clone(t.held)
	if t.Check != nil {
		k := *t.Check
		c.Check = &k
	}
	return c
}

// grant is a lease: tiles in a node's hands.
type grant struct {
	Node   nodeID        `json:"n"`
	Tiles  []engine.Tile `json:"t"`
	Size   int           `json:"s,omitempty"` // tiles when it was handed out
	Cut    []engine.Tile `json:"x,omitempty"` // taken back since, so that others have something to do
	At     time.Time     `json:"at"`
	Until  time.Time     `json:"until"`
	Expect time.Duration `json:"e"`          // for all of it
	Last   time.Time     `json:"l,omitzero"` // when its node delivered last

	ahead int // tiles that are rendered and not delivered, by its node's last word
}

// rest is what a job is besides its parts.
type rest struct {
	Terms   terms
	Paid    types.Amount // to all nodes
	Held    types.Amount // for all nodes
	Lease   uint64       // the last lease's number
	Spent   int64        // pixels of own checks beyond the first ones and disputes
	Metric  bool         `json:",omitempty"` // the scene is not reproducible: pictures are compared by the metric
	Broken  string       `json:",omitempty"` // why the job was ended early
	Settled bool         `json:",omitempty"` // all nodes have what is theirs
	Shared  bool         `json:",omitempty"` // and what was left
	Late    types.Amount `json:",omitempty"` // a raise of the bids after that
	Made    bool         `json:",omitempty"` // all files are there
	Video   string       `json:",omitempty"` // its file
	Began   time.Time
	Opened  time.Time `json:",omitzero"` // when the first lease was handed out
	Counts  counts
	Tries   int // own renderings of tiles that failed elsewhere
	Rows    int // that frames not begun are cut into
	Cols    int //
	Timed   timed
}

// timed is what tiles of the present grid took at nodes.
type timed struct {
	N           int
	Took, Setup float64 // seconds, of all together
}

// counts are for people.
type counts struct {
	Accepted int   // tiles with a picture, ever
	Repeated int   // tiles that another node rendered again
	Own      int   // that the requester rendered
	Pixels   int64 // of accepted tiles
	Extra    int64 // pixels rendered beyond these
	Caught   int
}

// LogLine is one line of a job's log.
type LogLine struct {
	Time time.Time     `json:"time"`
	Node types.Address `json:"node,omitzero"`
	Text string        `json:"text"`
}

const maxLog = 500

// state is all of a job that has to survive a crash. Its methods are arithmetic
// on plain data: the clock, chance and what pictures show come in. What they
// change they touch first, so that the store can write it, or take it back.
type state struct {
	rest
	Plan   Plan
	Frames []*frame // ascending
	Nodes  map[nodeID]*account
	Leases map[uint64]*grant
	Log    []LogLine

	ownEngine string // build of the requester's own engine; "" when it has none
	byTile    map[engine.Tile]*tile
	byFrame   map[int]*frame
	away      map[nodeID]time.Time // since when nodes have no session; the service's
	sums      *sums
	dirty     dirty
}

// sums are over all tiles, worked out again after a change.
type sums struct {
	waiting, drawn int64 // pixels nobody has delivered; of repeats that are drawn
	delivered      int64
	open           int // tiles nobody has delivered
	checks         int // open checks and disputes
	failed         int // tiles
}

func newState(p Plan, bids types.Amount, now time.Time) *state {
	s := &state{Plan: p, Frames: p.newFrames(), Nodes: make(map[nodeID]*account), Leases: make(map[uint64]*grant)}
	s.away = make(map[nodeID]time.Time)
	s.Terms, s.Began, s.Rows, s.Cols = p.terms(bids), now, p.Rows, p.Cols
	s.ownEngine = p.Build
	s.index()
	return s
}

// index makes what is derived from the rest.
func (s *state) index() {
	s.byTile, s.byFrame, s.sums = make(map[engine.Tile]*tile), make(map[int]*frame), nil
	for _, a := range s.Nodes {
		a.waiting = nil
	}
	for _, f := range s.Frames {
		s.byFrame[f.Frame], f.seen = f, false
		for _, t := range f.Tiles {
			s.byTile[t.Tile], t.held = t, nil
			for _, c := range t.Claims {
				if a := s.Nodes[c.Node]; a != nil && !c.Paid && !c.Void {
					a.waiting = append(a.waiting, t)
				}
			}
		}
	}
	for _, g := range s.Leases {
		for _, k := range g.Tiles {
			if t := s.byTile[k]; t != nil {
				t.held = append(t.held, g.Node)
			}
		}
	}
}

func (s *state) totals() *sums {
	if s.sums != nil {
		return s.sums
	}
	n := new(sums)
	for _, f := range s.Frames {
		for _, t := range f.Tiles {
			switch {
			case t.Failed != "":
				n.failed++
			case t.Keep == 0:
				n.waiting += t.pixels()
				n.open++
			default:
				n.delivered += t.pixels()
			}
			if t.Check != nil || t.Dispute {
				n.checks++
			}
			if t.Check != nil && !t.Check.Own {
				n.drawn += t.pixels()
			}
		}
	}
	s.sums = n
	return n
}

// log adds a line for people.
func (s *state) log(now time.Time, n nodeID, format string, args ...any) {
	l := LogLine{now, types.Address(n), clipText(fmt.Sprintf(format, args...))}
	s.Log = append(s.Log, l)
	if over := len(s.Log) - maxLog; over > 0 {
		s.Log = slices.Clone(s.Log[over:])
	}
	s.dirty.log = append(s.dirty.log, l)
}

// dirty is what changed since the last commit, and how it was before.
type dirty struct {
	tiles  map[*tile]tile
	frames map[*frame]frame
	nodes  map[nodeID]*account // nil: it was not there
	leases map[uint64]*grant
	log    []LogLine
	rest   rest // before
	begun  bool
}

// begin remembers what touching would lose.
func (s *state) begin() {
	s.dirty = dirty{
		tiles: make(map[*tile]tile), frames: make(map[*frame]frame), nodes: make(map[nodeID]*account),
		leases: make(map[uint64]*grant), rest: s.rest, begun: true,
	}
}

func (s *state) touchTile(t *tile) *tile {
	s.sums = nil
	if f := s.byFrame[t.Tile.Frame]; f != nil {
		f.seen = false
	}
	if _, ok := s.dirty.tiles[t]; !ok && s.dirty.begun {
		s.dirty.tiles[t] = t.clone()
	}
	return t
}

func (s *state) touchFrame(f *frame) *frame {
	s.sums, f.seen = nil, false
	if _, ok := s.dirty.frames[f]; !ok && s.dirty.begun {
		s.dirty.frames[f] = *f
	}
	return f
}

// touchNode gives a node's account, a new one if it has none.
func (s *state) touchNode(n nodeID) *account {
	a := s.Nodes[n]
	if _, ok := s.dirty.nodes[n]; !ok && s.dirty.begun {
		s.dirty.nodes[n] = nil
		if a != nil {
			old := *a
			s.dirty.nodes[n] = &old
		}
	}
	if a == nil {
		a = new(account)
		s.Nodes[n] = a
	}
	return a
}

func (s *state) touchLease(id uint64) *grant {
	g := s.Leases[id]
	if _, ok := s.dirty.leases[id]; !ok && s.dirty.begun {
		s.dirty.leases[id] = nil
		if g != nil {
			old := *g
			old.Tiles = slices.Clone(g.Tiles)
			s.dirty.leases[id] = &old
		}
	}
	return g
}

// rollback undoes all since begin.
func (s *state) rollback() {
	d := s.dirty
	for f, old := range d.frames {
		*f = old
	}
	for t, old := range d.tiles {
		*t = old
	}
	for n, old := range d.nodes {
		if old == nil {
			delete(s.Nodes, n)
		} else {
			*s.Nodes[n] = *old
		}
	}
	for id, old := range d.leases {
		if old == nil {
			delete(s.Leases, id)
		} else {
			s.Leases[id] = old
		}
	}
	s.rest = d.rest
	s.Log = s.Log[:max(len(s.Log)-len(d.log), 0)]
	s.dirty = dirty{}
	s.index()
}

// lines is what changed, for the journal.
func (s *state) changed() *line {
	d, l := s.dirty, new(line)
	for f := range d.frames {
		l.Frames = append(l.Frames, f)
	}
	for t := range d.tiles {
		if f := s.byFrame[t.Tile.Frame]; f != nil && s.byTile[t.Tile] == t && !slices.Contains(l.Frames, f) {
			l.Tiles = append(l.Tiles, t)
		}
	}
	if len(d.nodes) > 0 {
		l.Nodes = make(map[nodeID]*account, len(d.nodes))
		for n := range d.nodes {
			l.Nodes[n] = s.Nodes[n]
		}
	}
	if len(d.leases) > 0 {
		l.Leases = make(map[uint64]*grant, len(d.leases))
		for id := range d.leases {
			l.Leases[id] = s.Leases[id] // nil when it is gone
		}
	}
	if s.rest != d.rest {
		r := s.rest
		l.Rest = &r
	}
	l.Log = d.log
	if l.Frames == nil && l.Tiles == nil && l.Nodes == nil && l.Leases == nil && l.Rest == nil && l.Log == nil {
		return nil
	}
	return l
}

// line is one line of a job's journal: the whole state, or what changed.
type line struct {
	Plan   *Plan               `json:",omitempty"`
	Rest   *rest               `json:",omitempty"`
	Frames []*frame            `json:",omitempty"`
	Tiles  []*tile             `json:",omitempty"`
	Nodes  map[nodeID]*account `json:",omitempty"`
	Leases map[uint64]*grant   `json:",omitempty"`
	Log    []LogLine           `json:",omitempty"`
}

// snapshot is the whole state as lines of a journal.
func (s *state) snapshot() []any {
	const framesPerLine = 500
	first := &line{Plan: &s.Plan, Rest: &s.rest, Nodes: s.Nodes, Leases: s.Leases, Log: s.Log}
	out := []any{first}
	for fs := range slices.Chunk(s.Frames, framesPerLine) {
		out = append(out, &line{Frames: fs})
	}
	return out
}

// replay takes in one line. index must be called after the last.
func (s *state) replay(l *line) error {
	if l.Plan != nil {
		*s = state{Plan: *l.Plan, Nodes: make(map[nodeID]*account), Leases: make(map[uint64]*grant), byFrame: make(map[int]*frame), byTile: make(map[engine.Tile]*tile)}
		s.ownEngine, s.away = l.Plan.Build, make(map[nodeID]time.Time)
	}
	if s.Nodes == nil {
		return fmt.Errorf("%w: it does not begin with a plan", tasks.ErrState)
	}
	if l.Rest != nil {
		s.rest = *l.Rest
	}
	for _, f := range l.Frames {
		if old := s.byFrame[f.Frame]; old != nil {
			for _, t := range old.Tiles {
				delete(s.byTile, t.Tile)
			}
			*old = *f
			f = old
		} else {
			s.byFrame[f.Frame], s.Frames = f, append(s.Frames, f)
		}
		for _, t := range f.Tiles {
			s.byTile[t.Tile] = t
		}
	}
	for _, t := range l.Tiles {
		old := s.byTile[t.Tile]
		if old == nil {
			return fmt.Errorf("%w: no %v", tasks.ErrState, t.Tile)
		}
		*old = *t
	}
	for n, a := range l.Nodes {
		s.Nodes[n] = a
	}
	for id, g := range l.Leases {
		if g == nil {
			delete(s.Leases, id)
		} else {
			s.Leases[id] = g
		}
	}
	if s.Log = append(s.Log, l.Log...); len(s.Log) > maxLog {
		s.Log = slices.Clone(s.Log[len(s.Log)-maxLog:])
	}
	return nil
}
