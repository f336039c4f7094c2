package download

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/anacrolix/torrent/metainfo"
	pp "github.com/anacrolix/torrent/peer_protocol"
)

// startEngine runs an engine on loopback until the test ends or stop is called.
func startEngine(t testing.TB, dir string, change func(*Options)) (*Engine, func()) {
	t.Helper()
	o := Options{DataDir: dir, Listen: "127.0.0.1:0", LoopbackOnly: true, Log: slog.New(slog.DiscardHandler)}
	if testing.Verbose() {
		o.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	if change != nil {
		change(&o)
	}
	e, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	select {
	case <-e.Ready():
	case err := <-ended:
		t.Fatal("engine ended:", err)
	}
	stopped := false
	stop := func() {
		if !stopped {
			stopped = true
			cancel()
			if err := <-ended; err != nil {
				t.Error("engine:", err)
			}
		}
	}
	t.Cleanup(stop)
	return e, stop
}

// randomFile writes n reproducible bytes.
func randomFile(t testing.TB, path string, n int64) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := io.CopyN(f, rand.NewChaCha8([32]byte{byte(n)}), n); err != nil {
		t.Fatal(err)
	}
}

func fileSum(t testing.TB, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h := sha256.New()
	io.Copy(h, f)
	return h.Sum(nil)
}

// until polls for what has no event. It must happen, however busy the machine.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(4 * time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatal("never happened:", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func complete(t testing.TB, e *Engine, ih InfoHash) func() bool {
	return func() bool {
		s, err := e.Stats(ih)
		if err != nil {
			t.Fatal(err)
		}
		return s.Complete()
	}
}

func TestPublishAndFetch(t *testing.T) {
	src := filepath.Join(t.TempDir(), "content")
	if err := os.MkdirAll(filepath.Join(src, "deep", "er"), 0o755); err != nil {
		t.Fatal(err)
	}
	randomFile(t, filepath.Join(src, "a.bin"), 1<<20+17)
	randomFile(t, filepath.Join(src, "deep", "b.bin"), 300<<10)
	randomFile(t, filepath.Join(src, "deep", "er", "empty"), 0)
	randomFile(t, filepath.Join(src, "z.bin"), 3)
	if err := os.Symlink("/etc/passwd", filepath.Join(src, "link")); err != nil {
		t.Fatal(err)
	}
	pub, _ := startEngine(t, t.TempDir(), nil)
	var told int64
	p, err := pub.Publish(t.Context(), src, func(done, total int64) { told = done })
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Files) != 4 || told != p.Size || p.Size != 1<<20+17+300<<10+3 {
		t.Fatalf("published %+v, told %d", p, told)
	}
	for _, withInfo := range []bool{true, false} {
		dir := filepath.Join(t.TempDir(), "node")
		node, _ := startEngine(t, t.TempDir(), nil)
		a := Addition{InfoHash: p.InfoHash, Dir: dir, Peers: pub.Addrs()}
		if withInfo {
			l, _ := pub.Layout(p.InfoHash)
			a.Info = l.Info
		}
		if err := node.Add(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		until(t, "fetched", complete(t, node, p.InfoHash))
		for _, f := range p.Files {
			got, want := filepath.Join(dir, "content", f.Path), filepath.Join(src, f.Path)
			if !bytes.Equal(fileSum(t, got), fileSum(t, want)) {
				t.Errorf("%s differs", f.Path)
			}
		}
		if err := node.Remove(p.InfoHash, true); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Error("files left after removal:", err)
		}
	}
}

// TestNoStandstill asks a publisher for a few blocks at a time, again and again
// as soon as they are there. The library overlooks some of them; no peer may
// stand still for the library's minute because of that.
func TestNoStandstill(t *testing.T) {
	t.Parallel()
	src := filepath.Join(t.TempDir(), "file.bin")
	randomFile(t, src, 1<<20)
	pub, _ := startEngine(t, t.TempDir(), nil)
	p, err := pub.Publish(t.Context(), src, nil)
	if err != nil {
		t.Fatal(err)
	}
	l, err := pub.Layout(p.InfoHash)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", pub.Addrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ih := metainfo.Hash(p.InfoHash)
	if _, err := pp.Handshake(t.Context(), c, &ih, [20]byte{'-'}, pp.NewPeerExtensionBytes(pp.ExtensionBitFast)); err != nil {
		t.Fatal(err)
	}
	in := pp.Decoder{R: bufio.NewReader(c), MaxLength: 2 * blockLength}
	answer := func(want pp.MessageType) {
		t.Helper()
		for m := (pp.Message{Keepalive: true}); m.Keepalive || m.Type != want; {
			m = pp.Message{}
			if err := in.Decode(&m); err != nil {
				t.Fatal(want, err)
			}
		}
	}
	send := func(ms ...pp.Message) {
		t.Helper()
		var b []byte
		for _, m := range ms {
			b = append(b, m.MustMarshalBinary()...)
		}
		c.SetDeadline(time.Now().Add(45 * time.Second))
		if _, err := c.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	send(pp.Message{Type: pp.HaveNone}, pp.Message{Type: pp.Interested})
	answer(pp.Unchoke)
	block := func(i int) pp.Message {
		return pp.Message{Type: pp.Request, Index: pp.Integer(i % l.Pieces()), Length: blockLength}
	}
	// On a busy machine many are overlooked, a second each.
	for i, begun := 0, time.Now(); i < 3000 && time.Since(begun) < 20*time.Second; i++ {
		send(block(3*i), block(3*i+1), block(3*i+2))
		for range 3 {
			answer(pp.Piece)
		}
	}
}
