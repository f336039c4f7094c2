package blender

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
	"supercomputing/tasks/sandbox"
)

const (
	maxTiles   = 1 << 16
	maxFrame   = 1048574 // Blender's own bounds
	maxSamples = 1 << 24 // Cycles' own
	processes  = 256     // Blender's threads: some for each core, and its libraries'
)

// Render implements engine.Engine: all tiles in one process, as long as that does
// not grow. The first tile's Setup includes starting Blender and reading the
// scene.
func (b *Blender) Render(ctx context.Context, r engine.Request, emit func(engine.Rendered) error) (err error) {
	if err := check(r); err != nil {
		return err
	}
	if r.Bundle, err = filepath.Abs(r.Bundle); err != nil {
		return err
	}
	if r.Scratch, err = filepath.Abs(r.Scratch); err != nil {
		return err
	}
	build, err := b.Build(ctx)
	if err != nil {
		return err
	}
	if err := b.CheckBundle(r.Bundle); err != nil {
		return err
	}
	if err := readable(filepath.Join(r.Bundle, sceneFile), build); err != nil {
		return err
	}
	isolate, err := isolated(ctx, r)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := sandbox.Clean(r.Scratch); err == nil && cerr != nil {
			err = cerr
		}
	}()
	for {
		w := newWork(r, emit)
		if err := w.run(ctx, b, build.Path, isolate); err != nil || len(w.next) == 0 {
			return err
		}
		r.Tiles = w.next
		if err := sandbox.Clean(r.Scratch); err != nil {
			return err
		}
	}
}

// check refuses what no tile can be rendered from, before anything starts. A
// picture's size is bounded here: its buffers would be taken at once.
func check(r engine.Request) error {
	s := r.Settings
	if !s.Form.Valid() {
		return fmt.Errorf("%w: unknown pixel format", engine.ErrScene)
	}
	if s.Width < 4 || s.Height < 4 || s.Width > picture.MaxSide || s.Height > picture.MaxSide ||
		int64(s.Width)*int64(s.Height) > picture.MaxPixels {
		return fmt.Errorf("%w: a frame of %d×%d pixels", engine.ErrLimit, s.Width, s.Height)
	}
	if s.Samples < 0 || s.Samples > maxSamples {
		return fmt.Errorf("%w: %d samples per pixel", engine.ErrLimit, s.Samples)
	}
	if r.Threads < 1 || r.Threads > 1024 {
		return fmt.Errorf("%w: %d threads", engine.ErrLimit, r.Threads)
	}
	return checkTiles(s, r.Tiles)
}

func checkTiles(s engine.Settings, tiles []engine.Tile) error {
	if len(tiles) == 0 || len(tiles) > maxTiles {
		return fmt.Errorf("%w: %d tiles at once", engine.ErrLimit, len(tiles))
	}
	for _, t := range tiles {
		if t.W < 1 || t.H < 1 || t.X < 0 || t.Y < 0 || t.X > s.Width-t.W || t.Y > s.Height-t.H {
			return fmt.Errorf("%w: %v is not in the frame", engine.ErrScene, t)
		}
		if t.Frame < -maxFrame || t.Frame > maxFrame {
			return fmt.Errorf("%w: Blender has no frame %d", engine.ErrScene, t.Frame)
		}
	}
	return nil
}

// isolated decides whether the work happens in the sandbox: always where there
// is one; without it only what is trusted, or allowed by the owner.
func isolated(ctx context.Context, r engine.Request) (bool, error) {
	err := sandbox.Available(ctx)
	if err == nil || ctx.Err() != nil {
		return true, context.Cause(ctx)
	}
	if r.Foreign && !r.Allowed {
		return false, fmt.Errorf("%w: %w", engine.ErrSandbox, err)
	}
	return false, nil
}

// depth is a form's bits per sample, as Blender has them.
func depth(f picture.Form) string {
	switch f {
	case picture.RGB8, picture.RGBA8:
		return "8"
	case picture.RGBFloat, picture.RGBAFloat:
		return "32"
	}
	return "16"
}

// readTile reads a picture that Blender wrote. The folder is in a stranger's
// hands if the scene broke into Blender.
func readTile(dir, name string, f picture.Form, w, h int) (*picture.Picture, error) {
	if name != filepath.Base(name) || !strings.HasPrefix(name, "tile-") {
		return nil, fmt.Errorf("%w: a picture called %q", engine.ErrScene, clean(name))
	}
	// Two more bytes for each sample, and a header, is more than any form takes.
	file, err := sandbox.Open(dir, name, int64(w)*int64(h)*int64(f.Bytes())*2+1<<20)
	if err != nil {
		return nil, fmt.Errorf("%w: Blender's picture: %w", engine.ErrScene, err)
	}
	defer file.Close()
	return decode(file, f, w, h)
}

func decode(r io.Reader, f picture.Form, w, h int) (*picture.Picture, error) {
	read := picture.ReadPNG
	if f.Float() {
		read = picture.ReadEXR
	}
	p, err := read(r, int64(w)*int64(h))
	if err != nil {
		return nil, fmt.Errorf("reading Blender's picture: %w", err)
	}
	if p.Form != f || p.W != w || p.H != h {
		return nil, fmt.Errorf("%w: Blender's picture is %v of %d×%d instead of %v of %d×%d", engine.ErrScene, p.Form, p.W, p.H, f, w, h)
	}
	return p, nil
}
