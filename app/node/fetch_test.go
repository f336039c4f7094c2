package node

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"supercomputing/tasks/download"
	"supercomputing/wallet/messages"
)

// fetcher starts an engine of a folder on loopback, as large files' mover.
func fetcher(t *testing.T, dir string) (f files, stop func()) {
	t.Helper()
	e, err := download.New(download.Options{DataDir: dir, Listen: "127.0.0.1:0", LoopbackOnly: true, OnDemand: fetchOwner, Log: testLog(t)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		ended <- nil
	}
	t.Cleanup(stop)
	<-e.Ready()
	c := &contact{wanted: make(chan struct{}), opened: make(chan struct{})}
	close(c.opened)
	return files{&market{engine: e, contact: c, wanted: make(chan struct{})}}, stop
}

// TestFetchEnds: what is larger than announced leaves nothing behind, however
// small it is, and no fetch that was ended goes on.
func TestFetchEnds(t *testing.T) {
	t.Parallel()
	from, _ := fetcher(t, t.TempDir())
	content := make([]byte, 40<<10)
	rand.Read(content)
	path := filepath.Join(t.TempDir(), "film.mkv")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	magnet, size, err := from.Share(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	link := must[download.Magnet](t)(download.ParseMagnet(magnet))
	for _, c := range []struct {
		name  string
		cause error
		held  bool // by the engine afterwards, paused
	}{
		{"larger", messages.ErrLarger, false},
		{"stalled", messages.ErrStalled, false},
		{"the program ends", nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := t.TempDir()
			to, stop := fetcher(t, data)
			dir := filepath.Join(t.TempDir(), "part")
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			_, err := to.Fetch(ctx, magnet, dir, func(done, total int64) {
				if total == size {
					cancel(c.cause)
				}
			})
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("ended: %v", err)
			}
			if _, err := to.m.engine.Stats(link.InfoHash); (err == nil) != c.held {
				t.Errorf("held: %v", err)
			}
			if _, err := os.Stat(filepath.Join(dir, "film.mkv")); c.cause == messages.ErrLarger && !errors.Is(err, os.ErrNotExist) {
				t.Errorf("what was too large is still there: %v", err)
			}
			if c.held { // asked for again after a restart
				stop()
				to, _ = fetcher(t, data)
			}
			if got := fetched(t, to, magnet, dir); !bytes.Equal(got, content) {
				t.Errorf("fetched %d bytes", len(got))
			}
			if _, err := to.m.engine.Stats(link.InfoHash); !errors.Is(err, download.ErrUnknown) {
				t.Errorf("seeded afterwards: %v", err)
			}
		})
	}
}

func fetched(t *testing.T, f files, magnet, dir string) []byte {
	t.Helper()
	path, err := f.Fetch(t.Context(), magnet, dir, func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	return must[[]byte](t)(os.ReadFile(path))
}

// TestEndedFetchWaits: what nobody fetches any more does not come, also after a
// restart, though there are peers who would give it.
func TestEndedFetchWaits(t *testing.T) {
	t.Parallel()
	from, _ := fetcher(t, t.TempDir())
	path := filepath.Join(t.TempDir(), "film.mkv")
	if err := os.WriteFile(path, make([]byte, 40<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	magnet, _, err := from.Share(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	link := must[download.Magnet](t)(download.ParseMagnet(magnet))
	nobody := download.Magnet{InfoHash: link.InfoHash, Name: link.Name}
	data, dir := t.TempDir(), filepath.Join(t.TempDir(), "part")
	to, stop := fetcher(t, data)
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := to.Fetch(ctx, nobody.String(), dir, func(int64, int64) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	for _, when := range []string{"ended", "after a restart"} {
		if when != "ended" {
			stop()
			to, _ = fetcher(t, data)
		}
		if err := to.m.engine.AddPeers(link.InfoHash, link.Peers); err != nil {
			t.Fatal(err)
		}
		tick := time.NewTicker(20 * time.Millisecond)
		for known := false; !known; <-tick.C { // it is connected then
			_, err := to.m.engine.Layout(link.InfoHash)
			known = err == nil
			if t.Context().Err() != nil {
				t.Fatal("no description came")
			}
		}
		tick.Stop()
		other, _ := fetcher(t, t.TempDir())
		fetched(t, other, magnet, t.TempDir())
		if st := must[download.Stats](t)(to.m.engine.Stats(link.InfoHash)); st.Have != 0 || st.Downloaded != 0 {
			t.Errorf("%s: %d bytes came", when, st.Have)
		}
	}
	if got := fetched(t, to, magnet, dir); len(got) != 40<<10 {
		t.Errorf("fetched %d bytes", len(got))
	}
}
