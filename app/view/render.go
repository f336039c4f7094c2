package view

import (
	"path/filepath"
	"slices"
	"time"

	"supercomputing/chain/types"
)

// RenderRequest asks to have frames of a scene rendered by contributing nodes.
// What is left empty is the scene's own, or the usual.
type RenderRequest struct {
	Path    string       `json:"path"`              // absolute, of a .blend or .pov file on the node's machine
	Engine  string       `json:"engine,omitempty"`  // "blender", "povray"; empty: by the file's name
	Version string       `json:"version,omitempty"` // of the engine, such as "3.4"; empty: the one on the node's machine
	Frames  string       `json:"frames,omitempty"`  // such as "1-48", "1-100/2" or "7,9,20-30"
	Width   int          `json:"width,omitempty"`
	Height  int          `json:"height,omitempty"`
	Samples int          `json:"samples,omitempty"` // per pixel
	Format  string       `json:"format,omitempty"`  // empty: the scene's own where it is one of these, else RenderPNG
	Denoise *bool        `json:"denoise,omitempty"` // after assembling, on the node's machine
	Video   bool         `json:"video,omitempty"`   // also make a video of the frames
	Rate    float64      `json:"rate,omitempty"`    // frames per second of the video
	Output  string       `json:"output,omitempty"`  // absolute folder for the frames; empty: beside the scene
	Checks  string       `json:"checks,omitempty"`  // ChecksUsual when empty
	Bid     types.Amount `json:"bid,omitempty"`     // 0: what the quote suggests
	Label   string       `json:"label,omitempty"`
}

// The formats of rendered frames.
const (
	RenderPNG   = "png"   // 8 bits a channel
	RenderPNG16 = "png16" // 16 bits
	RenderEXR   = "exr"   // linear light, half floats
	RenderEXR32 = "exr32" // linear light, floats
)

// How much of the work is checked.
const (
	ChecksUsual = "usual" // unknown nodes often, proven ones now and then
	ChecksAll   = "all"   // everything is rendered twice
	ChecksOff   = "off"   // nothing: for nodes of one's own
)

// The largest pictures.
const (
	MaxRenderSide   = 1 << 16 // pixels
	MaxRenderPixels = 1 << 28
	// MaxRenderSamples bounds the samples of a pixel: Cycles' own limit.
	MaxRenderSamples = 1 << 24
)

// Check says what is wrong with a request, whatever its scene is like: the
// first thing as ErrInvalid.
func (r *RenderRequest) Check() error {
	if _, err := ParseFrames(r.Frames); err != nil {
		return err
	}
	bad := func(format string, args ...any) error { return Errorf(CodeInvalid, format, args...) }
	w, h := r.Width, r.Height
	switch {
	case !filepath.IsAbs(r.Path):
		return bad("the scene's path %q is not absolute", r.Path)
	case r.Output != "" && !filepath.IsAbs(r.Output):
		return bad("the output folder %q is not absolute", r.Output)
	case (w == 0) != (h == 0):
		return bad("the picture has only one of width and height")
	case w < 0 || h < 0 || w > MaxRenderSide || h > MaxRenderSide || int64(w)*int64(h) > MaxRenderPixels:
		return bad("a picture of %d × %d is not from 1 to %d pixels a side, %d in all", w, h, MaxRenderSide, MaxRenderPixels)
	case r.Samples < 0 || r.Samples > MaxRenderSamples:
		return bad("%d samples are not from 1 to %d", r.Samples, MaxRenderSamples)
	case !slices.Contains([]string{"", RenderPNG, RenderPNG16, RenderEXR, RenderEXR32}, r.Format):
		return bad("the format %q is not png, png16, exr or exr32", r.Format)
	case !slices.Contains([]string{"", ChecksUsual, ChecksAll, ChecksOff}, r.Checks):
		return bad("checks %q are not usual, all or off", r.Checks)
	case r.Rate != 0 && !(r.Rate >= 0.1 && r.Rate <= 1000):
		return bad("%v frames a second are not from 0.1 to 1000", r.Rate)
	}
	return nil
}

// RenderScene is what a scene says of itself, before anything is paid.
type RenderScene struct {
	Path      string       `json:"path"`
	Engine    string       `json:"engine"`
	Version   string       `json:"version"` // of the engine on the node's machine
	First     int          `json:"first"`   // frame
	Last      int          `json:"last"`
	Step      int          `json:"step"`
	Width     int          `json:"width"`
	Height    int          `json:"height"`
	Samples   int          `json:"samples"` // 0 where the engine has no such setting
	Rate      float64      `json:"rate"`    // frames per second
	Denoise   bool         `json:"denoise"`
	Format    string       `json:"format,omitempty"`     // of its own files, where it is one of ours
	Fixed     bool         `json:"fixed,omitempty"`      // frames outside First to Last do not exist
	WholeOnly bool         `json:"whole_only,omitempty"` // frames cannot be cut into tiles
	Camera    string       `json:"camera,omitempty"`
	Files     []RenderFile `json:"files"`
	Problems  []string     `json:"problems"` // each keeps it from being rendered elsewhere
	Notes     []string     `json:"notes"`
}

// RenderFile is a file that a scene needs.
type RenderFile struct {
	Path  string `json:"path"`
	Kind  string `json:"kind"`  // "texture", "library", "include" …
	State string `json:"state"` // "packed", "found", "missing"
	Size  int64  `json:"size"`
	User  string `json:"user,omitempty"` // what in the scene uses it
	Help  string `json:"help,omitempty"` // it is missing: what would bring it
}

// RenderEstimate is what the work will take, from a trial of a few tiles on
// the node's machine.
type RenderEstimate struct {
	Tried        int     `json:"tried"`         // tiles
	TrialSeconds float64 `json:"trial_seconds"` // what the trial took
	FrameSeconds float64 `json:"frame_seconds"` // of one core, for an average frame
	SetupSeconds float64 `json:"setup_seconds"` // of that, loading and preparing
	CoreSeconds  float64 `json:"core_seconds"`  // all frames, without checks
	HereSeconds  float64 `json:"here_seconds"`  // all frames, on this machine alone
	NodeSeconds  float64 `json:"node_seconds"`  // all frames with checks, on as many nodes as are expected
	Nodes        int     `json:"nodes"`         // that many
	Memory       int64   `json:"memory"`        // bytes that the engine held at most
}

// RenderQuote is what rendering would cost and bring, before anything is paid.
type RenderQuote struct {
	JobQuote
	Scene     RenderScene    `json:"scene"`
	Estimate  RenderEstimate `json:"estimate"`
	Frames    int            `json:"frames"`
	Width     int            `json:"width"`
	Height    int            `json:"height"`
	Samples   int            `json:"samples"`
	Format    string         `json:"format"`
	Tiles     int            `json:"tiles"` // of one frame
	Output    string         `json:"output"`
	Video     bool           `json:"video"`
	Suggested types.Amount   `json:"suggested"` // the going price
	First     types.Amount   `json:"first"`     // the bid that would rank first
}

// The states of a tile.
const (
	TileWaiting  = "waiting"
	TileLeased   = "leased"   // nodes render it
	TileChecking = "checking" // it is here, and is rendered once more
	TileDone     = "done"
	TileFailed   = "failed" // no node can render it
)

// RenderDetail is the work of a render job itself.
type RenderDetail struct {
	Engine   string        `json:"engine"`
	Version  string        `json:"version"`
	Frames   []RenderFrame `json:"frames"`
	Width    int           `json:"width"`
	Height   int           `json:"height"`
	Samples  int           `json:"samples"`
	Format   string        `json:"format"`
	Output   string        `json:"output"`          // folder of the frames
	Video    string        `json:"video,omitempty"` // file, once it is made
	Checks   RenderChecks  `json:"checks"`
	Log      []LogLine     `json:"log"`               // oldest first: who failed, was caught, came late, and what was done
	Expected time.Time     `json:"expected,omitzero"` // of the end, by what was measured so far
	Failure  string        `json:"failure,omitempty"` // why the job was ended early
	Finished bool          `json:"finished"`          // nothing is left to do: frames, checks and video are there, or failed for good
}

// RenderFrame is one frame of a render job.
type RenderFrame struct {
	Frame int          `json:"frame"`
	State string       `json:"state"`          // of its least advanced tile
	File  string       `json:"file,omitempty"` // once it is whole
	Tiles []RenderTile `json:"tiles,omitempty"`
	Why   string       `json:"why,omitempty"` // it failed
}

// RenderTile is a part of a frame.
type RenderTile struct {
	X       int     `json:"x"`
	Y       int     `json:"y"`
	W       int     `json:"w"`
	H       int     `json:"h"`
	State   string  `json:"state"`
	Node    string  `json:"node,omitempty"` // whose picture it is, or who renders it
	Checked bool    `json:"checked,omitempty"`
	Seconds float64 `json:"seconds,omitempty"` // that rendering it took
}

// RenderChecks counts what was rendered more than once.
type RenderChecks struct {
	Tiles    int     `json:"tiles"`    // accepted
	Repeated int     `json:"repeated"` // rendered again by another node
	Own      int     `json:"own"`      // rendered again by the requester's machine
	Share    float64 `json:"share"`    // of all work, the part that repeated other work
	Caught   int     `json:"caught"`   // nodes that delivered wrong pictures
}

// LogLine is one line of a job's log.
type LogLine struct {
	Time time.Time `json:"time"`
	Node string    `json:"node,omitempty"`
	Text string    `json:"text"`
}

// PictureRequest asks for a frame of a render job as it is now: tiles that are
// not there yet are empty.
type PictureRequest struct {
	Job   string `json:"job"`
	Frame int    `json:"frame"`
	Size  int    `json:"size,omitempty"` // most pixels of the longer side; 0: as rendered
}

// Picture is an image for showing.
type Picture struct {
	PNG []byte `json:"png"`
}

// RenderEngine is a rendering program that this machine could work with.
type RenderEngine struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Usable  bool   `json:"usable"`
	Why     string `json:"why,omitempty"` // it is not usable, and what would help
}
