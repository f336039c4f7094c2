package node

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"supercomputing/tasks/render/engine"
)

// trials looks scenes over and tries them, one at a time, and remembers what
// came of it for as long as no file has changed.
type trials struct {
	dir  string // scratch
	turn turn   // to run an engine

	mu sync.Mutex
	// guarded by mu, the newest last:
	scenes []knownScene
	tried  []knownTrial
}

type knownScene struct {
	key   string // engine's build and path
	stamp string // of all that the description depends on
	scene *engine.Scene
}

type knownTrial struct {
	key  string // of the scene, its files, settings and frames
	est  engine.Estimate
	size int64 // of the bundle, bytes
}

// maxTrials bounds each list of what is remembered.
const maxTrials = 16

func newTrials(dir string) *trials {
	return &trials{dir: dir, turn: make(turn, 1)}
}

// turn is whose turn it is to do what is done by one at a time. It has room for
// one.
type turn chan struct{}

// wait waits for this caller's turn. done gives it back.
func (t turn) wait(ctx context.Context) (done func(), err error) {
	select {
	case t <- struct{}{}:
		return func() { <-t }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// stampOf tells everything that a scene's description depends on apart from what
// it was: size and time of change stand for the bytes. What is not there counts,
// too.
func stampOf(path string, s *engine.Scene) string {
	sum := sha256.New()
	one := func(p string) {
		if !filepath.IsAbs(p) {
			p = filepath.Join(filepath.Dir(path), p)
		}
		fi, err := os.Stat(p)
		if err != nil {
			io.WriteString(sum, "- ")
			return
		}
		fmt.Fprintf(sum, "%d.%d ", fi.Size(), fi.ModTime().UnixNano())
	}
	one(path)
	for _, f := range s.Files {
		if f.State != engine.FilePacked {
			one(f.Path)
		}
	}
	for _, p := range s.Looked {
		one(p)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// inspect looks a scene over, and tells by what its files are known.
func (t *trials) inspect(ctx context.Context, e engine.Engine, b engine.Build, path string) (*engine.Scene, string, error) {
	key := b.ID + " " + path
	t.mu.Lock()
	i := slices.IndexFunc(t.scenes, func(k knownScene) bool { return k.key == key })
	var last knownScene
	if i >= 0 {
		last = t.scenes[i]
	}
	t.mu.Unlock()
	if i >= 0 && stampOf(path, last.scene) == last.stamp {
		return last.scene, last.stamp, nil
	}
	done, err := t.turn.wait(ctx)
	if err != nil {
		return nil, "", err
	}
	defer done()
	scene, err := e.Inspect(ctx, path)
	if err != nil {
		return nil, "", err
	}
	k := knownScene{key, stampOf(path, scene), scene}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.scenes = slices.DeleteFunc(t.scenes, func(k knownScene) bool { return k.key == key })
	t.scenes = append(t.scenes, k)
	t.scenes = t.scenes[max(0, len(t.scenes)-maxTrials):]
	return scene, k.stamp, nil
}

// try packs a scene and renders a few small pictures of it. known is by what
// files, settings and frames are told apart.
func (t *trials) try(ctx context.Context, known string, e engine.Engine, path string, s engine.Settings, frames []int, o engine.TrialOptions) (est engine.Estimate, size int64, err error) {
	if k, ok := t.remembered(known); ok {
		return k.est, k.size, nil
	}
	done, err := t.turn.wait(ctx)
	if err != nil {
		return est, 0, err
	}
	defer done()
	if k, ok := t.remembered(known); ok { // while we waited
		return k.est, k.size, nil
	}
	dir, err := os.MkdirTemp(t.dir, "try")
	if err != nil {
		return est, 0, err
	}
	defer os.RemoveAll(dir)
	bundle := filepath.Join(dir, "bundle")
	o.Scratch = filepath.Join(dir, "scratch")
	for _, d := range []string{bundle, o.Scratch} {
		if err := os.Mkdir(d, 0o700); err != nil {
			return est, 0, err
		}
	}
	if err := e.Pack(ctx, path, bundle); err != nil {
		return est, 0, err
	}
	if size, err = contentSize(bundle); err != nil {
		return est, 0, err
	}
	got, err := engine.Try(ctx, e, bundle, s, frames, o)
	if err != nil {
		return est, 0, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tried = append(t.tried, knownTrial{known, *got, size})
	t.tried = t.tried[max(0, len(t.tried)-maxTrials):]
	return *got, size, nil
}

func (t *trials) remembered(known string) (knownTrial, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range t.tried {
		if k.key == known {
			return k, true
		}
	}
	return knownTrial{}, false
}
