package render

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
)

// State is a job's state for people: tasks.Progress.Detail of this dapp.
type State struct {
	Engine   string      `json:"engine"`
	Version  string      `json:"version"`
	Frames   []FrameView `json:"frames"`
	Done     []Range     `json:"done,omitempty"` // whole frames that are not among Frames: see All
	Width    int         `json:"width"`
	Height   int         `json:"height"`
	Samples  int         `json:"samples"`
	Format   Format      `json:"format"`
	Output   string      `json:"output"`
	Video    string      `json:"video,omitempty"`
	Checks   ChecksView  `json:"checks"`
	Nodes    []NodeView  `json:"nodes"`
	Crew     Crew        `json:"crew"`
	Left     int         `json:"left"`              // tiles that nobody has delivered
	Checking int         `json:"checking"`          // tiles that are here and are rendered once more
	Log      []LogLine   `json:"log"`               // oldest first
	Expected time.Time   `json:"expected,omitzero"` // of the end
	Broken   string      `json:"broken,omitempty"`  // why the job was ended early
	Finished bool        `json:"finished"`          // nothing is left to do: what there is of frames, checks and video is there
}

// The states of a tile.
const (
	TileWaiting  = "waiting"
	TileLeased   = "leased"
	TileChecking = "checking" // it is here, and is rendered once more
	TileDone     = "done"
	TileFailed   = "failed"
)

// FrameView is one frame.
type FrameView struct {
	Frame int        `json:"frame"`
	State string     `json:"state"` // of its least advanced tile
	File  string     `json:"file,omitempty"`
	Tiles []TileView `json:"tiles,omitempty"` // left out of ended frames in jobs of very many tiles
	Why   string     `json:"why,omitempty"`
}

// TileView is a part of a frame.
type TileView struct {
	X       int     `json:"x"`
	Y       int     `json:"y"`
	W       int     `json:"w"`
	H       int     `json:"h"`
	State   string  `json:"state"`
	Node    string  `json:"node,omitempty"` // in hex; whose picture it is, or who renders it; empty: this machine
	Checked bool    `json:"checked,omitempty"`
	Seconds float64 `json:"seconds,omitempty"`
}

// ChecksView counts what was rendered more than once.
type ChecksView struct {
	Tiles    int     `json:"tiles"`
	Repeated int     `json:"repeated"`
	Own      int     `json:"own"`
	Share    float64 `json:"share"` // of all pixels rendered, those that repeated others
	Caught   int     `json:"caught"`
}

// The states of a node in a job.
const (
	NodeRendering = "rendering"
	NodeWaiting   = "waiting"  // it has the scene, and nothing is to be done for it
	NodeFetching  = "fetching" // it gets ready: the scene is on its way
	NodeLost      = "lost"     // its session ended, and it may come back
	NodeLeft      = "left"
	NodeOut       = "out"  // it gets nothing more in this job
	NodeDone      = "done" // it has done its part, and nothing is left to render
)

// Crew counts the nodes by what they are at now.
type Crew struct {
	Rendering int `json:"rendering"`
	Waiting   int `json:"waiting"`
	Fetching  int `json:"fetching"`
	Lost      int `json:"lost"`
}

// NodeView is a line of a job's receipt.
type NodeView struct {
	Node    string  `json:"node"`  // in hex
	State   string  `json:"state"` // what it is at now
	Tiles   int     `json:"tiles"`
	Checked int     `json:"checked"` // of these
	Repeats int     `json:"repeats"` // of others' tiles that it rendered, to check them
	Seconds float64 `json:"seconds"` // that its tiles took
	Passed  int     `json:"passed"`  // checks
	// Earned is the sum of what it has been paid for its own tiles, for repeats of
	// others', and of its share of what was left of the bid in the end.
	Earned    types.Amount `json:"earned"`
	TilePay   types.Amount `json:"tile_pay"`
	RepeatPay types.Amount `json:"repeat_pay"`
	Share     types.Amount `json:"share"`
	Pending   types.Amount `json:"pending"` // delivered, not paid yet
	Caught    string       `json:"caught,omitempty"`
}

// A State goes over the API every second, and into the coordinator's journal when
// the job has ended: there it stays as long as the job is listed.
const (
	maxViewed = 4000 // tiles of a job that runs
	maxKept   = 1000 // tiles of one that has ended, and its frames that are listed one by one
)

// file is where a frame of the job is.
func (v *State) file(frame int) string { return framePath(v.Output, v.Format, frame) }

// All lists all frames, ascending: Frames, and those that Done stands for.
func (v *State) All() []FrameView {
	if len(v.Done) == 0 {
		return v.Frames
	}
	out := slices.Clone(v.Frames)
	for _, n := range ListFrames(v.Done) {
		out = append(out, FrameView{Frame: n, State: TileDone, File: v.file(n)})
	}
	slices.SortFunc(out, func(a, b FrameView) int { return a.Frame - b.Frame })
	return out
}

// shrink makes the State of a job that has ended a small one.
func (v *State) shrink() {
	clipTiles(v.Frames, maxKept)
	if len(v.Frames) <= maxKept {
		return
	}
	var done []int
	v.Frames = slices.DeleteFunc(v.Frames, func(f FrameView) bool {
		plain := f.State == TileDone && f.File == v.file(f.Frame)
		if plain {
			done = append(done, f.Frame)
		}
		return plain
	})
	clipTiles(v.Frames, 0)
	v.Done = Ranges(done)
}

// Progress implements tasks.Service.
func (s *service) Progress() tasks.Progress {
	s.mu.Lock()
	defer s.mu.Unlock()
	st, set := s.s, s.plan.Settings
	v := State{
		Engine: s.plan.Engine, Version: s.plan.Version, Width: set.Width, Height: set.Height, Samples: set.Samples,
		Format: s.plan.Format, Output: s.plan.Output, Video: st.Video, Broken: st.Broken, Finished: st.Made, Log: slices.Clone(st.Log),
		Checks: ChecksView{Tiles: st.Counts.Accepted, Repeated: st.Counts.Repeated, Own: st.Counts.Own, Caught: st.Counts.Caught},
		Frames: make([]FrameView, 0, len(st.Frames)),
	}
	if all := st.Counts.Pixels + st.Counts.Extra; all > 0 {
		v.Checks.Share = float64(st.Counts.Extra) / float64(all)
	}
	sum := make(nodeSums)
	done := int64(0)
	for _, f := range st.Frames {
		fv := s.frameView(f, sum)
		if fv.File != "" {
			done++
		}
		v.Frames = append(v.Frames, fv)
	}
	if st.Settled {
		v.shrink()
	} else {
		clipTiles(v.Frames, maxViewed)
	}
	for _, n := range slices.SortedFunc(maps.Keys(st.Nodes), func(a, b nodeID) int { return slices.Compare(a[:], b[:]) }) {
		a := st.Nodes[n]
		k := sum.of(n)
		v.Nodes = append(v.Nodes, NodeView{
			Node: k.name, State: s.stateOfLocked(n), Tiles: k.tiles, Checked: k.checked, Repeats: a.Repeats, Seconds: k.seconds, Passed: a.Passed,
			Earned: a.earned(), TilePay: a.Paid - a.Repaid, RepeatPay: a.Repaid, Share: a.Share, Pending: a.Held, Caught: a.Caught,
		})
	}
	v.Crew, v.Left, v.Checking = s.crewLocked(), st.totals().open, st.totals().checks
	v.Expected = s.expectedLocked()
	return tasks.Progress{Done: done, Total: int64(len(st.Frames)), Unit: "frames", Note: s.noteLocked(), Detail: v}
}

// nodeSums are what nodes have done of the frames as they are now.
type nodeSums map[nodeID]*nodeSum

type nodeSum struct {
	name           string // in hex
	tiles, checked int
	seconds        float64
}

func (m nodeSums) of(n nodeID) *nodeSum {
	k := m[n]
	if k == nil {
		k = &nodeSum{name: types.Address(n).String()}
		m[n] = k
	}
	return k
}

// rankOf orders the states of tiles by how far they are.
func rankOf(state string) int {
	switch state {
	case TileFailed:
		return 0
	case TileWaiting:
		return 1
	case TileLeased:
		return 2
	case TileChecking:
		return 3
	}
	return 4
}

func (s *service) frameView(f *frame, sum nodeSums) FrameView {
	fv := FrameView{Frame: f.Frame, State: TileDone, Tiles: make([]TileView, len(f.Tiles))}
	least := rankOf(TileDone)
	for i, t := range f.Tiles {
		tv := &fv.Tiles[i]
		*tv = viewOf(t, sum)
		if r := rankOf(tv.State); r < least {
			fv.State, least = tv.State, r
		}
		if t.Failed != "" {
			fv.Why = t.Failed
		}
	}
	if f.Made != "" {
		fv.File = s.plan.frameFile(f.Frame)
	}
	return fv
}

func viewOf(t *tile, sum nodeSums) TileView {
	v := TileView{X: t.Tile.X, Y: t.Tile.Y, W: t.Tile.W, H: t.Tile.H, State: TileWaiting}
	switch k := t.kept(); {
	case k != nil:
		v.State = TileDone
		if t.Check != nil || t.Dispute {
			v.State = TileChecking
		}
		v.Checked, v.Seconds = k.Trusted, float64(k.Took)/1000
		if !k.Node.own() {
			n := sum.of(k.Node)
			v.Node = n.name
			n.tiles, n.seconds = n.tiles+1, n.seconds+v.Seconds
			if k.Trusted {
				n.checked++
			}
		}
	case t.Failed != "":
		v.State = TileFailed
	case len(t.held) > 0:
		v.State, v.Node = TileLeased, sum.of(t.held[0]).name
	}
	return v
}

// clipTiles leaves tiles out until there are at most so many: first those of
// frames that nobody has begun, then of ended frames, then of others, the last
// frames first.
func clipTiles(fs []FrameView, most int) {
	n := 0
	for i := range fs {
		n += len(fs[i].Tiles)
	}
	fresh := func(f *FrameView) bool {
		return f.State == TileWaiting && !slices.ContainsFunc(f.Tiles, func(t TileView) bool { return t.State != TileWaiting })
	}
	ended := func(f *FrameView) bool { return f.State == TileDone }
	for _, fits := range []func(*FrameView) bool{fresh, ended, func(*FrameView) bool { return true }} {
		for i := len(fs) - 1; i >= 0 && n > most; i-- {
			if f := &fs[i]; fits(f) {
				n -= len(f.Tiles)
				f.Tiles = nil
			}
		}
	}
}

// noteLocked says what is in the way, or what happens now.
func (s *service) noteLocked() string {
	for _, of := range slices.Sorted(maps.Keys(s.problems)) {
		return s.problems[of]
	}
	n := s.s.totals()
	switch {
	case s.s.Made && s.s.Broken != "":
		return s.s.Broken
	case s.s.Made && n.open+n.failed > 0:
		return "it ended before all frames were there"
	case s.s.Made:
		return "all frames are there"
	case s.making != "":
		return s.making
	case s.s.Settled:
		return "writing the last frames"
	case s.s.over() && n.checks == 0:
		return "all is rendered; paying the nodes"
	case s.s.over():
		return counted(n.checks, "tile is still checked", "tiles are still checked")
	}
	note := s.crewLocked().String() + "; " + counted(n.open, "tile is left", "tiles are left")
	if n.checks > 0 {
		note += fmt.Sprintf(", %d are checked", n.checks)
	}
	return note
}
