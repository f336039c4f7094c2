package node

import (
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"supercomputing/tasks/download"
	"supercomputing/tasks/render"
)

// TestSceneSwarm moves a bundle between two real engines: it is refused under
// another name or size, comes in two parts around a stop and a restart, is passed
// on to a third, and goes with its files.
func TestSceneSwarm(t *testing.T) {
	t.Parallel()
	swarm := func(data string) (sceneSwarm, func()) {
		f, stop := fetcher(t, data)
		return sceneSwarm{f.m.engine, func() {}}, stop
	}
	from, stopFrom := swarm(t.TempDir())
	data := t.TempDir()
	to, stopTo := swarm(data)
	dir := filepath.Join(t.TempDir(), "bundle")
	content := make([]byte, 6<<20)
	rand.Read(content)
	for name, b := range map[string][]byte{"scene": content, "files/1.png": content[:100]} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, b, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	b := must[render.Bundle](t)(from.Publish(t.Context(), dir))
	if b.Size != int64(len(content)+100) || b.PieceLength == 0 || len(b.Info) == 0 {
		t.Errorf("published %+v", b)
	}
	work := t.TempDir()
	here, peers := filepath.Join(work, "bundle"), from.Addrs()
	if len(peers) != 1 || len(to.Addrs()) != 1 {
		t.Fatalf("at %v and %v", peers, to.Addrs())
	}
	fetch := func(ctx context.Context, s sceneSwarm, b render.Bundle, dir string, peers []netip.AddrPort, most int64, progress func(done, total int64)) error {
		return s.Fetch(ctx, b, dir, "a job", peers, most, progress)
	}
	larger, other := b, b
	larger.Size++
	other.Info = append([]byte(nil), b.Info...)
	other.Info[len(other.Info)-2] ^= 1
	for name, c := range map[string]struct {
		b    render.Bundle
		dir  string
		most int64
		want error
	}{
		"another name": {b, filepath.Join(work, "other"), b.Size, download.ErrMetainfo},
		"another size": {larger, here, b.Size, download.ErrMetainfo},
		"other bytes":  {other, here, b.Size, download.ErrMetainfo},
		"too large":    {b, here, b.Size - 1, download.ErrNoSpace},
	} {
		if err := fetch(t.Context(), to, c.b, c.dir, peers, c.most, nil); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}

	paused := errors.New("paused")
	ctx, cancel := context.WithCancelCause(t.Context())
	if err := fetch(ctx, to, b, here, peers, b.Size, func(done, total int64) {
		if total == b.Size {
			cancel(paused)
		}
	}); !errors.Is(err, paused) {
		t.Fatalf("stopped: %v", err)
	}
	stopTo()
	to, _ = swarm(data)
	last := int64(0)
	if err := fetch(t.Context(), to, b, here, peers, b.Size, func(done, _ int64) { last = done }); err != nil || last != b.Size {
		t.Fatalf("fetched %d bytes: %v", last, err)
	}
	if err := fetch(t.Context(), to, b, here, nil, b.Size, nil); err != nil {
		t.Errorf("fetched again: %v", err)
	}
	if got := must[[]byte](t)(os.ReadFile(filepath.Join(here, "scene"))); string(got) != string(content) {
		t.Error("the bundle is another one")
	}

	stopFrom()
	third, _ := swarm(t.TempDir())
	done := make(chan error, 1)
	there := filepath.Join(t.TempDir(), "bundle")
	known := make(chan struct{})
	go func() {
		first := true
		done <- fetch(t.Context(), third, b, there, nil, b.Size, func(int64, int64) {
			if first {
				first = false
				close(known)
			}
		})
	}()
	<-known
	third.AddPeers(b.InfoHash, to.Addrs())
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := third.Drop(b.InfoHash, true); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(filepath.Join(there, "scene")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after the drop: %v", err)
	}
	if err := third.Room(1<<60, there); !errors.Is(err, download.ErrNoSpace) {
		t.Errorf("room: %v", err)
	}
	stopped, stop := swarm(t.TempDir())
	stop()
	if err := stopped.Drop(b.InfoHash, true); !errors.Is(err, download.ErrNotRunning) {
		t.Errorf("dropped by an engine that has ended: %v", err)
	}
}
