package povray

import (
	"sync"
	"testing"
	"time"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
	"supercomputing/tasks/sandbox"
)

// A tile that was held again and again, and slowed down in between, has the same
// bytes, and the time that it was held is not its own.
func TestHeld(t *testing.T) {
	p := here(t)
	s := engine.Settings{Width: 48, Height: 27, Samples: 1, Form: picture.RGBA16}
	r := engine.Request{Bundle: bundled(t, noisy), Settings: s,
		Tiles: []engine.Tile{frame(1, s)}, Threads: 1, Foreign: sandbox.Available(t.Context()) == nil}
	want, err := render(t, p, r)
	if err != nil {
		t.Fatal(err)
	}
	r.Brake = sandbox.NewBrake()
	r.Brake.Set(sandbox.Pace{Held: true}) // from its first instruction on
	var held time.Duration
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		for began, on := time.Now(), true; ; on = !on {
			select {
			case <-time.After(250 * time.Millisecond):
			case <-done:
				return
			}
			if on {
				held += time.Since(began)
			}
			began = time.Now()
			r.Brake.Set(sandbox.Pace{Held: !on, Share: 80})
		}
	})
	began := time.Now()
	got, err := render(t, p, r)
	all := time.Since(began)
	close(done)
	wg.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if got[0].Picture.Hash() != want[0].Picture.Hash() {
		t.Error("another picture")
	}
	if held == 0 || got[0].Took > all-held/2 {
		t.Errorf("it took %v of %v, held for %v", got[0].Took, all, held)
	}
	t.Logf("free %v; held for %v: %v, of it own %v", want[0].Took, held, all, got[0].Took)
}
