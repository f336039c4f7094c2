package blender

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/tasks/render/engine"
)

// told is the driver's line about a tile.
func told(n int, memory int64) event {
	return event{"tile", fmt.Appendf(nil, `{"n":%d,"file":"tile-%d","memory":%d}`, n, n, memory)}
}

// feeding is a work without a process: lines are what its driver would read.
func feeding(t *testing.T, frames int, more func(ctx context.Context) []engine.Tile) (w *work, lines func() string, err func() error) {
	t.Helper()
	w = newWork(engine.Request{Settings: engine.Settings{Width: 48, Height: 32}, Tiles: frameTiles(1, frames), More: more, Time: time.Minute}, nil)
	r, to := io.Pipe()
	read := make(chan string)
	go func() {
		b, _ := io.ReadAll(r)
		read <- string(b)
	}()
	fed := make(chan error, 1)
	go func() { fed <- w.feed(t.Context(), to) }()
	return w, func() string { return <-read }, func() error { return <-fed }
}

func frameTiles(first, last int) (out []engine.Tile) {
	for f := first; f <= last; f++ {
		out = append(out, engine.Tile{Frame: f, W: 48, H: 32})
	}
	return out
}

// More is asked for when the last tile begins, not before, and each time.
func TestFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		batches := [][]engine.Tile{frameTiles(4, 4), frameTiles(5, 6), nil}
		w, lines, failed := feeding(t, 3, func(context.Context) []engine.Tile {
			asked++
			return batches[asked-1]
		})
		n := 0
		step := func(e event, want int) {
			t.Helper()
			w.hear(e)
			if synctest.Wait(); asked != want {
				t.Fatalf("after %s %s: asked %d times, want %d", e.kind, e.text, asked, want)
			}
			if e.kind == "tile" {
				<-w.ready
				n++
			}
		}
		step(event{"loaded", []byte("{}")}, 0)
		step(told(0, 1), 0)
		step(told(1, 1), 1) // frame 3 begins; 4 is known then
		step(told(2, 1), 2) // frame 4 begins
		step(told(3, 1), 2)
		step(told(4, 1), 3) // frame 6 begins: it is the last
		if err := failed(); err != nil {
			t.Error(err)
		}
		var got []orderTile
		for line := range strings.Lines(lines()) {
			var part []orderTile
			if err := json.Unmarshal([]byte(line), &part); err != nil {
				t.Fatal(err)
			}
			got = append(got, part...)
		}
		if len(got) != 3 || got[0].Frame != 4 || got[2] != (orderTile{Frame: 6, W: 48, H: 32}) {
			t.Errorf("the driver read %+v", got)
		}
	})
}

// A process that holds far more than after its first tile gets nothing further:
// that is for another process.
func TestFeedGrown(t *testing.T) {
	for _, c := range []struct {
		first, holds int64
		next         int
	}{
		{300 << 20, 700 << 20, 0},
		{300 << 20, 800 << 20, 2},
		{10 << 20, 100 << 20, 0}, // small ones may vary
		{0, 0, 0},                // not known
	} {
		synctest.Test(t, func(t *testing.T) {
			asked := false
			w, lines, failed := feeding(t, 3, func(context.Context) []engine.Tile {
				if asked {
					return nil
				}
				asked = true
				return frameTiles(4, 5)
			})
			w.hear(told(0, c.first))
			w.hear(told(1, c.holds))
			synctest.Wait()
			for n := 2; n < 5-c.next; n++ {
				w.hear(told(n, c.holds))
			}
			if err := failed(); err != nil || len(w.next) != c.next || (lines() == "") != (c.next > 0) {
				t.Errorf("%+v: %v, for another process: %v", c, err, w.next)
			}
		})
	}
}

// What More says is checked as the request is, and its end ends feed.
func TestFeedRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, lines, failed := feeding(t, 1, func(context.Context) []engine.Tile { return []engine.Tile{{Frame: 1, X: 40, W: 48, H: 32}} })
		w.hear(event{"loaded", []byte("{}")})
		if err := failed(); !errors.Is(err, engine.ErrScene) || lines() != "" {
			t.Error(err)
		}
	})
}

// The time of a tile runs while one is rendered, not while Blender waits for
// more.
func TestFeedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		go1 := make(chan struct{})
		asked := 0
		w, lines, failed := feeding(t, 1, func(context.Context) []engine.Tile {
			if asked++; asked > 1 {
				return nil
			}
			<-go1
			return frameTiles(2, 2)
		})
		late := 0
		w.timer = time.AfterFunc(w.r.Time, func() { late++ })
		w.clock.wait()
		w.hear(event{"loaded", []byte("{}")})
		time.Sleep(50 * time.Second)
		w.hear(told(0, 1))
		time.Sleep(time.Hour)
		if synctest.Wait(); late != 0 {
			t.Fatal("waiting for more was limited")
		}
		close(go1)
		synctest.Wait()
		time.Sleep(59 * time.Second)
		w.hear(told(1, 1))
		if err := failed(); err != nil || late != 0 {
			t.Error(err, late)
		}
		lines()
		if first, second := <-w.ready, <-w.ready; first.took != 50*time.Second || second.took != 59*time.Second {
			t.Errorf("tiles took %v and %v", first.took, second.took)
		}
		w.add(frameTiles(3, 3))
		time.Sleep(61 * time.Second)
		if synctest.Wait(); late != 1 {
			t.Error("a tile may take for ever")
		}
	})
}
