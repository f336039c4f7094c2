package blender

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supercomputing/tasks/render/engine"
)

// refused renders what cannot be rendered, and returns why.
func refused(t *testing.T, b *Blender, r engine.Request, want error) string {
	t.Helper()
	begun := time.Now()
	err := b.Render(t.Context(), r, func(engine.Rendered) error { return nil })
	if !errors.Is(err, want) {
		t.Errorf("%v, wanted %v", err, want)
	}
	if took := time.Since(begun); took > 60*time.Second { // generous: other tests take the processor too
		t.Errorf("it took %v", took)
	}
	if left, err := os.ReadDir(r.Scratch); err != nil || len(left) > 0 {
		t.Errorf("left in the scratch folder: %v %v", left, err)
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestBombs(t *testing.T) {
	t.Parallel()
	b := start(t)
	dir := scenes(t)
	ask := func(name string) engine.Request {
		return request(t, bare(t, filepath.Join(dir, name+".blend")), 1)
	}
	t.Run("a huge picture", func(t *testing.T) {
		r := ask("good")
		r.Settings.Width, r.Settings.Height = 60000, 60000
		r.Tiles[0] = engine.Tile{Frame: 1, W: 60000, H: 60000}
		refused(t, b, r, engine.ErrLimit)
	})
	t.Run("a billion samples", func(t *testing.T) {
		r := ask("endless")
		r.Settings.Samples = 1e9
		refused(t, b, r, engine.ErrLimit)
		r.Settings.Samples, r.Time = maxSamples, 3*time.Second
		if why := refused(t, b, r, engine.ErrLimit); !strings.Contains(why, "too long") {
			t.Error(why)
		}
	})
	t.Run("much memory", func(t *testing.T) {
		r := ask("heavy")
		r.Memory = 600 << 20
		if why := refused(t, b, r, engine.ErrLimit); !strings.Contains(why, "memory") {
			t.Error(why)
		}
	})
	t.Run("scripts", func(t *testing.T) {
		// Switching automatic scripts off does not stop those that draw lines.
		program(t, "--disable-autoexec", filepath.Join(dir, "script.blend"), "-E", "CYCLES", "-o", filepath.Join(t.TempDir(), "f"), "-f", "1")
		if err := os.Remove(filepath.Join(dir, "ran")); err != nil {
			t.Errorf("the test's scene runs no script: %v", err)
		}
		r := ask("script")
		r.Scratch = filepath.Join(dir, "scratch") // where the script could write
		if err := os.Mkdir(r.Scratch, 0o700); err != nil {
			t.Fatal(err)
		}
		render(t, b, r)
		if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
			t.Error("a script of the scene ran")
		}
	})
	t.Run("scripts, without the sandbox", func(t *testing.T) {
		if _, err := b.Inspect(t.Context(), filepath.Join(dir, "script.blend")); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
			t.Error("a script of the scene ran")
		}
	})
	t.Run("a file outside", func(t *testing.T) {
		for _, name := range []string{"outside", "above"} {
			if why := refused(t, b, ask(name), engine.ErrScene); !strings.Contains(why, "outside its bundle") {
				t.Errorf("%s: %s", name, why)
			}
		}
	})
	t.Run("no camera", func(t *testing.T) {
		if why := refused(t, b, ask("camera"), engine.ErrScene); !strings.Contains(why, "no active camera") {
			t.Error(why)
		}
	})
	t.Run("cut short", func(t *testing.T) {
		r := ask("good")
		if err := os.Truncate(filepath.Join(r.Bundle, sceneFile), 100000); err != nil {
			t.Fatal(err)
		}
		refused(t, b, r, engine.ErrScene)
	})
	t.Run("compressed", func(t *testing.T) {
		r := ask("good")
		if err := put(sceneFile, "\x28\xb5\x2f\xfd a few kilobytes of zeros")(r.Bundle); err != nil {
			t.Fatal(err)
		}
		refused(t, b, r, engine.ErrBundle)
	})
}

func TestRequestsAreChecked(t *testing.T) {
	b := New(Options{})
	for name, change := range map[string]func(*engine.Request){
		"no form":       func(r *engine.Request) { r.Settings.Form = 0 },
		"no tiles":      func(r *engine.Request) { r.Tiles = nil },
		"no size":       func(r *engine.Request) { r.Settings.Width = 0 },
		"outside":       func(r *engine.Request) { r.Tiles[0].X = 1 },
		"overflow":      func(r *engine.Request) { r.Tiles[0].X = int(^uint(0) >> 1) },
		"empty tile":    func(r *engine.Request) { r.Tiles[0].W = 0 },
		"far frame":     func(r *engine.Request) { r.Tiles[0].Frame = maxFrame + 1 },
		"no threads":    func(r *engine.Request) { r.Threads = 0 },
		"minus samples": func(r *engine.Request) { r.Settings.Samples = -1 },
	} {
		r := request(t, t.TempDir(), 1)
		change(&r)
		if err := b.Render(t.Context(), r, nil); !errors.Is(err, engine.ErrScene) && !errors.Is(err, engine.ErrLimit) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRenderEnds(t *testing.T) {
	t.Parallel()
	b := start(t)
	r := request(t, packed(t, b, filepath.Join(scenes(t), "endless.blend")), 1, 2, 3)
	t.Run("when a tile is refused", func(t *testing.T) {
		no, n := errors.New("no"), 0
		err := b.Render(t.Context(), r, func(engine.Rendered) error { n++; return no })
		if !errors.Is(err, no) || n != 1 {
			t.Errorf("%v after %d tiles", err, n)
		}
	})
	t.Run("when it is cancelled", func(t *testing.T) {
		why := errors.New("why")
		ctx, cancel := context.WithCancelCause(t.Context())
		r := r
		r.Settings.Samples = maxSamples
		time.AfterFunc(1500*time.Millisecond, func() { cancel(why) })
		if err := b.Render(ctx, r, func(engine.Rendered) error { return nil }); !errors.Is(err, why) {
			t.Errorf("%v", err)
		}
	})
	if left, err := os.ReadDir(r.Scratch); err != nil || len(left) > 0 {
		t.Errorf("left in the scratch folder: %v %v", left, err)
	}
}
