// Package engine owns what a rendering program has to be able to do for the
// market: be found and named exactly, look a scene over, pack it with all its
// files, and render parts of its frames as plain pictures. Package blender and
// package povray are two; nothing else knows their names.
package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"supercomputing/tasks/render/picture"
	"supercomputing/tasks/sandbox"
)

// Engine is one rendering program. Its methods may be called from many
// goroutines; each call runs processes of its own.
type Engine interface {
	// Name is the engine's name in jobs: "blender", "povray".
	Name() string
	// Build finds the program on this machine and tells exactly which one it
	// is. The answer is kept until the program's file changes. It fails with
	// ErrMissing.
	Build(ctx context.Context) (Build, error)
	// Inspect looks the requester's scene over: what it renders and which files
	// it needs. A missing file is in the answer, not an error. It fails with
	// ErrScene when the file is no scene of this engine.
	Inspect(ctx context.Context, path string) (*Scene, error)
	// Pack copies the scene and every file it needs into dir, an empty folder
	// of its own, in a form that Render takes. It fails with ErrIncomplete,
	// naming each missing file.
	Pack(ctx context.Context, path, dir string) error
	// CheckBundle refuses a bundle, which may be a stranger's, that is not what
	// Pack makes: wrong names, links, compressed scenes. It runs nothing.
	CheckBundle(dir string) error
	// Render renders tiles of a bundle, each begun in the order in which it was
	// given, in as few processes as it can, and hands each to emit as soon as it
	// is there; an error of emit ends it. It fails with ErrLimit when the
	// sandbox's limits ended it, with ErrScene when the engine refused the scene,
	// and with ctx's cause. Where tiles are rendered side by side, the error is
	// a *TileError.
	Render(ctx context.Context, r Request, emit func(Rendered) error) error
}

// Build is one exact program. Builds with equal IDs give equal bytes for equal
// work: an ID covers the program's and its libraries' files, the processor's
// features that choose code paths, and a picture rendered to probe them.
type Build struct {
	Engine  string `json:"engine"`
	Version string `json:"version"` // "3.4.1"
	ID      string `json:"id"`      // 32 hex digits
	Path    string `json:"-"`
}

// Series is the part of the version that has to be equal for pictures to be
// alike: major and minor.
func (b Build) Series() string { return Series(b.Version) }

// Series cuts a version after its minor number.
func Series(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(len(parts), 2)], ".")
}

// Settings are what a job asks of each frame, whatever the scene says.
type Settings struct {
	Width   int          // pixels of the whole frame
	Height  int          //
	Samples int          // per pixel (Cycles), or the square of the antialiasing depth; 0: the scene's own
	Form    picture.Form // of the pixels
}

// Tile is a rectangle of one frame in pixels, its origin at the top left. A
// tile of the whole frame is rendered as a whole frame: compositing and all.
type Tile struct {
	Frame      int
	X, Y, W, H int
}

// Whole reports whether the tile is all of its frame.
func (t Tile) Whole(s Settings) bool {
	return t.X == 0 && t.Y == 0 && t.W == s.Width && t.H == s.Height
}

// String names the tile for people.
func (t Tile) String() string {
	return fmt.Sprintf("frame %d, %d×%d at %d,%d", t.Frame, t.W, t.H, t.X, t.Y)
}

// Request is one call of Render.
type Request struct {
	Bundle   string // folder, as Pack made it; only read
	Scratch  string // an empty folder for the engine's files, emptied afterwards
	Settings Settings
	Tiles    []Tile        // at least one
	Threads  int           // processor cores to use, at least 1
	Memory   int64         // bytes that all its processes may hold, 0 for no limit
	Disk     int64         // bytes in Scratch, 0 for no limit
	Time     time.Duration // for one tile, 0 for no limit
	Foreign  bool          // a stranger's scene: it is rendered only in a sandbox, or fails with ErrSandbox
	Allowed  bool          // the owner allowed foreign scenes without a sandbox

	// Brake, when given, slows the program down and holds it. Time at a standstill
	// is not counted for Time, and time that it was held not for Took.
	Brake *sandbox.Brake

	// More, when given, is asked for further tiles each time that the last known
	// one begins, so that the program goes on without a pause; none end it. It
	// may wait, and must return when its ctx ends. One call is made at a time,
	// beside calls of emit.
	More func(ctx context.Context) []Tile
}

// Rendered is a tile that is done.
type Rendered struct {
	Tile    Tile
	Picture *picture.Picture
	Setup   time.Duration // loading and preparing before the pixels, where the engine tells
	Took    time.Duration // all of this tile's time, Setup included
	Work    time.Duration // processor time that went into the pixels, 0 if not known
	Memory  int64         // bytes that the program held at most so far, 0 if not known
}

// Scene is what a scene file says of itself.
type Scene struct {
	Engine      string   // name
	First, Last int      // frames
	Step        int      // between frames, at least 1
	Width       int      // pixels
	Height      int      //
	Samples     int      // the scene's own, 0 where the engine has no such setting
	Rate        float64  // frames per second, 0 if it says nothing
	Format      string   // of the scene's own files, where it is one of "png", "png16", "exr", "exr32"
	Alpha       bool     // the scene's own pictures have an alpha channel
	WholeOnly   bool     // frames cannot be cut into tiles, because of Why
	Why         string   // compositing, sequencer …
	Denoise     bool     // the scene asks for denoising
	Camera      string   // the active one
	Files       []File   // what it needs besides itself
	Fixed       string   // frames outside First to Last do not exist: what sets them; "" where others do
	Looked      []string // further paths that this answer depends on, files and folders, also where nothing is
	Problems    []string // why it cannot be rendered elsewhere, missing files apart
	Notes       []string // what will be different, such as a renderer that needs a display
}

// File is something that a scene needs.
type File struct {
	Path  string // as the scene names it, resolved
	Kind  string // "texture", "library", "font", "cache", "include" …
	State FileState
	Size  int64  // bytes, 0 when unknown
	User  string // what in the scene uses it
	Help  string // of a missing file that belongs to an installation: what brings it
}

// FileState is where a file comes from.
type FileState string

// The states of a scene's files.
const (
	FilePacked  FileState = "packed"  // inside the scene already
	FileFound   FileState = "found"   // beside it; goes into the bundle
	FileMissing FileState = "missing" // not there
)

// Missing lists the files that are not there.
func (s *Scene) Missing() (out []File) {
	for _, f := range s.Files {
		if f.State == FileMissing {
			out = append(out, f)
		}
	}
	return out
}

// TileError is the failure of one tile.
type TileError struct {
	Tile Tile
	Err  error
}

// Error names the tile.
func (e *TileError) Error() string { return fmt.Sprintf("%v: %v", e.Tile, e.Err) }

// Unwrap gives what failed.
func (e *TileError) Unwrap() error { return e.Err }

// Errors of engines.
var (
	// ErrMissing says that the program is not on this machine.
	ErrMissing = errors.New("the rendering program is not installed")
	// ErrScene says that the engine cannot read or render the scene.
	ErrScene = errors.New("the scene cannot be rendered")
	// ErrIncomplete says that files of the scene are missing.
	ErrIncomplete = errors.New("files of the scene are missing")
	// ErrBundle says that a bundle is not one that Pack makes.
	ErrBundle = errors.New("unacceptable scene bundle")
	// ErrLimit says that rendering took more memory, disk, time or processes
	// than it may. The text says which.
	ErrLimit = errors.New("over the limits of this machine")
	// ErrSandbox says that a stranger's scene was refused because there is no
	// sandbox to put it in.
	ErrSandbox = errors.New("no sandbox for a stranger's scene")
)
