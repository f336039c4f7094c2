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
	Width    int         `json:"width"`
	Height   int         `json:"height"`
	Samples  int         `json:"samples"`
	Format   Format      `json:"format"`
	Output   string      `json:"output"`
	Video    string      `json:"video,omitempty"`
	Checks   ChecksView  `json:"checks"`
	Nodes    []NodeView  `json:"nodes"`
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

// NodeView is a line of a job's receipt.
type NodeView struct {
	Node    string       `json:"node"` // in hex
	Tiles   int          `json:"tiles"`
	Passed  int          `json:"passed"` // checks
	Earned  types.Amount `json:"earned"`
	Pending types.Amount `json:"pending"` // delivered, not paid yet
	Caught  string       `json:"caught,omitempty"`
}

// maxViewed bounds the tiles of a State, which goes over the API and to disk.
const maxViewed = 4000

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
	tiles := make(map[nodeID]int)
	done := int64(0)
	for _, f := range st.Frames {
		fv := s.frameView(f, tiles)
		if fv.File != "" {
			done++
		}
		v.Frames = append(v.Frames, fv)
	}
	clipTiles(v.Frames)
	for _, n := range slices.SortedFunc(maps.Keys(st.Nodes), func(a, b nodeID) int { return slices.Compare(a[:], b[:]) }) {
		a := st.Nodes[n]
		v.Nodes = append(v.Nodes, NodeView{types.Address(n).String(), tiles[n], a.Passed, a.earned(), a.Held, a.Caught})
	}
	v.Expected = s.expectedLocked()
	return tasks.Progress{Done: done, Total: int64(len(st.Frames)), Unit: "frames", Note: s.noteLocked(), Detail: v}
}

func (s *service) frameView(f *frame, tiles map[nodeID]int) FrameView {
	fv := FrameView{Frame: f.Frame, State: TileDone}
	rank := []string{TileFailed, TileWaiting, TileLeased, TileChecking, TileDone}
	for _, t := range f.Tiles {
		tv := viewOf(t)
		if slices.Index(rank, tv.State) < slices.Index(rank, fv.State) {
			fv.State = tv.State
		}
		if t.Failed != "" {
			fv.Why = t.Failed
		}
		if k := t.kept(); k != nil {
			tiles[k.Node]++
		}
		fv.Tiles = append(fv.Tiles, tv)
	}
	if f.Made != "" {
		fv.File = s.plan.frameFile(f.Frame)
	}
	return fv
}

func viewOf(t *tile) TileView {
	v := TileView{X: t.Tile.X, Y: t.Tile.Y, W: t.Tile.W, H: t.Tile.H, State: TileWaiting}
	switch k := t.kept(); {
	case k != nil:
		v.State = TileDone
		if t.Check != nil || t.Dispute {
			v.State = TileChecking
		}
		v.Checked, v.Seconds = k.Trusted, float64(k.Took)/1000
		if !k.Node.own() {
			v.Node = types.Address(k.Node).String()
		}
	case t.Failed != "":
		v.State = TileFailed
	case len(t.held) > 0:
		v.State, v.Node = TileLeased, types.Address(t.held[0]).String()
	}
	return v
}

// clipTiles leaves out tiles of ended frames when there are very many.
func clipTiles(fs []FrameView) {
	n := 0
	for _, f := range fs {
		n += len(f.Tiles)
	}
	for i := range fs {
		if n > maxViewed && (fs[i].State == TileDone || fs[i].State == TileWaiting) {
			n -= len(fs[i].Tiles)
			fs[i].Tiles = nil
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
	case s.s.Made:
		return "all frames are there"
	case s.making != "":
		return s.making
	case s.s.Settled:
		return "writing the last frames"
	case s.s.over():
		return fmt.Sprintf("checking: %d tiles are rendered once more", n.checks)
	case s.workersLocked() == 0:
		return "waiting for nodes"
	}
	return fmt.Sprintf("%d nodes render, %d tiles are left", s.workersLocked(), n.open)
}

// expectedLocked is when all will be delivered, by the speeds measured so far.
func (s *service) expectedLocked() time.Time {
	speed := 0.0
	for id, n := range s.nodes {
		if a := s.s.Nodes[id]; a != nil && n.ready && !a.out() {
			speed += s.s.speedOf(a)
		}
	}
	n := s.s.totals()
	if speed <= 0 || s.s.over() {
		return time.Time{}
	}
	return s.now().Add(time.Duration(min(float64(n.waiting+n.drawn)/speed, 1e8) * float64(time.Second)))
}
