// Package blender renders with Blender: its Cycles engine on the processor,
// started without a display, without the scene's scripts, and by a driver of
// ours that sets everything that could make two machines' pictures differ.
package blender

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"supercomputing/tasks/render/engine"
)

// Options are what a Blender is made of.
type Options struct {
	Path string // the program; "" looks it up in PATH
	// Env is added to the program's environment, which is otherwise ours alone.
	// It changes the build's ID: CYCLES_CPU_NO_AVX2=1 takes another code path.
	Env []string
	Log *slog.Logger // nil: none
}

// Blender implements engine.Engine. Its methods may be called from many
// goroutines.
type Blender struct {
	path string
	env  []string
	log  *slog.Logger

	mu    sync.Mutex
	known fileState // of the program that build names
	build engine.Build
}

// fileState tells whether a program was replaced.
type fileState struct {
	path string
	size int64
	time time.Time
}

var _ engine.Engine = (*Blender)(nil)

// New makes a Blender. It starts and looks up nothing.
func New(o Options) *Blender {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Blender{path: o.Path, env: o.Env, log: o.Log}
}

// Name is "blender".
func (b *Blender) Name() string { return "blender" }

// find looks the program up.
func (b *Blender) find() (fileState, error) {
	path := b.path
	if path == "" {
		path = "blender"
	}
	path, err := exec.LookPath(path)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return fileState{}, fmt.Errorf("%w: Blender: %w", engine.ErrMissing, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fileState{}, fmt.Errorf("%w: Blender: %w", engine.ErrMissing, err)
	}
	return fileState{path: path, size: info.Size(), time: info.ModTime()}, nil
}

// Build finds Blender and names it by what it is made of and by a picture that
// it renders. The first call takes about two seconds.
func (b *Blender) Build(ctx context.Context) (engine.Build, error) {
	now, err := b.find()
	if err != nil {
		return engine.Build{}, err
	}
	b.mu.Lock()
	known, build := b.known, b.build
	b.mu.Unlock()
	if known == now {
		return build, nil
	}
	build, err = b.probe(ctx, now.path)
	if err != nil {
		return engine.Build{}, err
	}
	b.mu.Lock()
	b.known, b.build = now, build
	b.mu.Unlock()
	return build, nil
}
