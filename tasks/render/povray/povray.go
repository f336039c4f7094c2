// Package povray owns rendering with POV-Ray 3.7: finding it, reading its
// language far enough to know which files a scene needs, and running it so that
// equal work gives equal bytes.
package povray

import (
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"supercomputing/tasks/render/engine"
)

// Name is the engine's name in jobs.
const Name = "povray"

// Options are what an engine is made with.
type Options struct {
	Path string       // the program; "" for the one in PATH
	Log  *slog.Logger // nil for none
}

// POVRay renders with the povray of this machine. Its methods may be called
// from many goroutines.
type POVRay struct {
	path string
	log  *slog.Logger

	mu    sync.Mutex
	stamp stamp // of the file that build is of
	build engine.Build
}

var _ engine.Engine = (*POVRay)(nil)

// New makes the engine. It starts nothing, and the program need not be there.
func New(o Options) *POVRay {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &POVRay{path: o.Path, log: o.Log}
}

// Name is "povray".
func (p *POVRay) Name() string { return Name }

// find is the program's real path. It fails with engine.ErrMissing.
func (p *POVRay) find() (string, error) {
	name := p.path
	if name == "" {
		name = "povray"
	}
	path, err := exec.LookPath(name)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return "", &missingError{name, err}
	}
	return path, nil
}

// includes are the folders of POV-Ray's own include files, those that exist, and
// the folders that tell of their coming and going.
func (p *POVRay) includes() (out, looked []string) {
	prefixes := []string{"/usr", "/usr/local"}
	if path, err := p.find(); err == nil {
		prefixes = append([]string{filepath.Dir(filepath.Dir(path))}, prefixes...)
	}
	for _, prefix := range prefixes {
		share := filepath.Join(prefix, "share")
		homes, _ := filepath.Glob(filepath.Join(share, "povray-3.[0-9]*"))
		looked = append(append(looked, share), homes...)
		for _, home := range homes {
			if info, err := os.Stat(filepath.Join(home, "include")); err == nil && info.IsDir() {
				out = append(out, filepath.Join(home, "include"))
			}
		}
	}
	return out, looked
}

// missingError says that there is no such program.
type missingError struct {
	name string
	err  error
}

func (e *missingError) Error() string {
	return engine.ErrMissing.Error() + ": " + e.name + " (Debian has it in povray)"
}

func (e *missingError) Unwrap() []error { return []error{engine.ErrMissing, e.err} }
