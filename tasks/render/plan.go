package render

import (
	"fmt"
	"path/filepath"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
)

// Checks is how much of the work is checked.
type Checks string

// The ways to check.
const (
	ChecksUsual Checks = "usual" // unknown nodes often, proven ones now and then
	ChecksAll   Checks = "all"   // everything is rendered twice
	ChecksOff   Checks = "off"   // nothing: for nodes of one's own
)

// Format is how frames are written.
type Format string

// The formats.
const (
	PNG   Format = "png"   // 8 bits a channel
	PNG16 Format = "png16" // 16 bits
	EXR   Format = "exr"   // linear light, half floats
	EXR32 Format = "exr32" // linear light, floats
)

// Form is the pixels' form that nodes are asked for.
func (f Format) Form(alpha bool) (picture.Form, error) {
	forms := map[Format]picture.Form{PNG: picture.RGB8, PNG16: picture.RGB16, EXR: picture.RGBHalf, EXR32: picture.RGBFloat}
	form, ok := forms[f]
	if !ok {
		return 0, fmt.Errorf("%w: format %q", ErrPlan, f)
	}
	if alpha {
		form++
	}
	return form, nil
}

// Ext is the ending of the frames' files.
func (f Format) Ext() string {
	if f == EXR || f == EXR32 {
		return ".exr"
	}
	return ".png"
}

// Plan is what a requester asks for, and what only its own machine needs to
// know of a job. It is kept on disk from before the job is posted.
type Plan struct {
	Scene    string // absolute path
	Name     string // for people
	Engine   string // name
	Version  string // of the engine: "3.4.1", or its series "3.4"
	Frames   []Range
	Settings engine.Settings
	Format   Format
	Denoise  bool
	Video    bool
	Rate     float64 // of the video, frames per second
	Output   string  // absolute folder of the frames
	Checks   Checks

	// What a trial told (engine.Try and engine.Divide).
	FrameSeconds float64 // of one core for an average frame
	SetupSeconds float64 // of that, before the pixels of each tile
	Memory       int64   // bytes
	Rows, Cols   int     // of tiles in a frame
	WholeOnly    bool    // frames cannot be cut
	// Repeats is the planned share of repeats, as of all primary work: what
	// PlannedRepeats says.
	Repeats float64
	// Nodes is how many are expected, 0: the usual number. It sizes the first leases.
	Nodes int `json:",omitempty"`

	// Set by Prepare.
	Bundle Bundle `json:",omitzero"`
	Folder string `json:",omitempty"` // of the bundle
	Build  string `json:",omitempty"` // of this machine's engine, "" when it is of another series
}

// MaxTiles bounds a job's tiles.
const MaxTiles = 200_000

// check says why a plan cannot become a job.
func (p *Plan) check() error {
	if err := checkRanges(p.Frames); err != nil {
		return fmt.Errorf("%w: %w", ErrPlan, err)
	}
	if err := checkSettings(p.Settings); err != nil {
		return fmt.Errorf("%w: %w", ErrPlan, err)
	}
	form, err := p.Format.Form(p.Settings.Form.Alpha())
	switch {
	case err != nil:
		return err
	case form != p.Settings.Form:
		return fmt.Errorf("%w: %s files cannot hold pixels of form %v", ErrPlan, p.Format, p.Settings.Form)
	case p.Checks != ChecksUsual && p.Checks != ChecksAll && p.Checks != ChecksOff:
		return fmt.Errorf("%w: checks %q", ErrPlan, p.Checks)
	case !filepath.IsAbs(p.Output):
		return fmt.Errorf("%w: output folder %q is no absolute path", ErrPlan, p.Output)
	case p.Video && !(p.Rate > 0 && p.Rate <= 1000):
		return fmt.Errorf("%w: a video of %v frames per second", ErrPlan, p.Rate)
	case !(p.FrameSeconds >= 0 && p.FrameSeconds < 1e9) || !(p.SetupSeconds >= 0 && p.SetupSeconds < 1e6) || !(p.Repeats >= 0 && p.Repeats <= 10):
		return fmt.Errorf("%w: an estimate of %v and %v seconds, %v repeats", ErrPlan, p.FrameSeconds, p.SetupSeconds, p.Repeats)
	case p.Rows < 1 || p.Cols < 1 || p.Rows*p.Cols > engine.MaxTilesPerFrame || p.Rows*p.Cols*CountFrames(p.Frames) > MaxTiles:
		return fmt.Errorf("%w: %d by %d tiles in each of %d frames", ErrPlan, p.Rows, p.Cols, CountFrames(p.Frames))
	case p.Nodes < 0:
		return fmt.Errorf("%w: %d nodes", ErrPlan, p.Nodes)
	case p.WholeOnly && p.Rows*p.Cols != 1:
		return fmt.Errorf("%w: frames of this scene cannot be cut", ErrPlan)
	}
	return nil
}

// pixels is how many all frames have together.
func (p *Plan) pixels() int64 {
	return int64(p.Settings.Width) * int64(p.Settings.Height) * int64(CountFrames(p.Frames))
}

// frameFile is the path of a frame's file.
func (p *Plan) frameFile(frame int) string { return framePath(p.Output, p.Format, frame) }

func framePath(output string, f Format, frame int) string {
	return filepath.Join(output, fmt.Sprintf("%04d%s", frame, f.Ext()))
}

// spec is what nodes need to know of the plan.
func (p *Plan) spec() Spec {
	name := clipText(p.Name)
	if name == "" {
		name = clipText(filepath.Base(p.Scene))
	}
	return Spec{
		Engine: p.Engine, Series: engine.Series(p.Version), Name: name, Frames: p.Frames, Settings: p.Settings,
		BundleSize: p.Bundle.Size, PieceLength: p.Bundle.PieceLength,
		CoreSeconds: uint32(min(max(p.CoreSeconds(), 1), 1<<32-1)),
		Memory:      p.Memory,
	}
}

// CoreSeconds is what all frames take one core, the preparation of each tile
// included and checks not.
func (p *Plan) CoreSeconds() float64 {
	more := float64(max(p.Rows*p.Cols-1, 0)) * p.SetupSeconds // FrameSeconds has one
	return (p.FrameSeconds + more) * float64(CountFrames(p.Frames))
}

// newFrames lays out all frames in the plan's tiles.
func (p *Plan) newFrames() []*frame {
	var out []*frame
	for _, n := range ListFrames(p.Frames) {
		f := &frame{Frame: n}
		f.cut(p.Settings, p.Rows, p.Cols)
		out = append(out, f)
	}
	return out
}

// frame is a picture to be made.
type frame struct {
	Frame int     `json:"f"`
	Tiles []*tile `json:"t"`           // row by row
	Made  string  `json:"m,omitempty"` // digest of the tiles that its file was made of
	Over  bool    `json:"o,omitempty"` // it is given up: tiles of it failed

	seen bool // it was looked at since it changed last, and there is nothing to write
}

func (f *frame) cut(s engine.Settings, rows, cols int) {
	f.Tiles = nil
	for _, r := range engine.Grid(s, rows, cols) {
		f.Tiles = append(f.Tiles, &tile{Tile: r.Tile(f.Frame)})
	}
}

// begun tells whether anything of the frame was handed out.
func (f *frame) begun() bool {
	for _, t := range f.Tiles {
		if len(t.Asked)+len(t.Claims)+len(t.Fails) > 0 || t.Failed != "" {
			return true
		}
	}
	return false
}

// whole tells whether every tile has a picture.
func (f *frame) whole() bool {
	for _, t := range f.Tiles {
		if t.kept() == nil {
			return false
		}
	}
	return true
}

// When tiles are cut smaller than they were planned. Parts of a frame are other
// pixels than the same parts of a whole one, so it takes a good reason.
const (
	longTile = 180 * time.Second // on one node
	fewTile  = 60 * time.Second  // where there are fewer frames than nodes
)

// regrid tells how frames that nobody has begun should be cut by what tiles
// took: setup and all time of one tile of the present size on a usual node. It
// answers the same grid unless that is off by more than a factor of two, and
// cuts smaller only what takes long.
func regrid(rows, cols int, took, setup time.Duration, frames, nodes int) (int, int) {
	n := rows * cols
	work := max(took-setup, 0)
	r, c := engine.Divide(work*time.Duration(n), setup, frames, nodes)
	long := took > longTile || frames < nodes && took > fewTile
	if took <= 0 || r*c <= 2*n && 2*r*c >= n || r*c > n && !long {
		return rows, cols
	}
	return r, c
}

// kind of amounts that go with a plan.
func (p *Plan) terms(bids types.Amount) terms {
	if p.Checks == ChecksOff {
		return terms{Bids: bids, Pixels: p.pixels()}
	}
	return terms{Bids: bids, Pixels: p.pixels(), Repeats: int64(p.Repeats * 1000)}
}
