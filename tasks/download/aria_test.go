package download

import (
	"bytes"
	"context"
	"net"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// aria2 runs the real client on a magnet link and returns the file it made.
func aria2(t *testing.T, magnet, name string, args ...string) string {
	t.Helper()
	bin, err := exec.LookPath("aria2c")
	if err != nil {
		t.Skip("aria2c is not installed")
	}
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, bin, append([]string{
		"--no-conf", "--dir=" + dir, "--seed-time=0", "--interface=127.0.0.1", "--enable-dht6=false",
		"--bt-enable-lpd=false", "--dht-file-path=" + filepath.Join(dir, "dht.dat"), "--file-allocation=none",
		"--listen-port=" + freePort(t), "--dht-listen-port=" + freePort(t), "--summary-interval=0", "--console-log-level=notice",
	}, append(args, magnet)...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	if err := cmd.Run(); err != nil {
		t.Fatalf("aria2c: %v\n%s", err, out.Bytes())
	}
	t.Logf("aria2c took %v", time.Since(start).Round(time.Millisecond))
	return filepath.Join(dir, name)
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// TestAria2 lets a client that is not ours download by magnet link, without a
// tracker, over the DHT of our own nodes.
func TestAria2(t *testing.T) {
	t.Parallel()
	src := filepath.Join(t.TempDir(), "file.bin")
	randomFile(t, src, 5<<20+11)
	pub, _ := startEngine(t, t.TempDir(), func(o *Options) { o.DHT = true; o.UploadLimit = 4 << 20 })
	p, err := pub.Publish(t.Context(), src, nil)
	if err != nil {
		t.Fatal(err)
	}
	node, _ := startEngine(t, t.TempDir(), func(o *Options) { o.DHT = true })
	if err := node.Add(t.Context(), Addition{InfoHash: p.InfoHash, Dir: t.TempDir(), Peers: pub.Addrs()}); err != nil {
		t.Fatal(err)
	}
	until(t, "fetched", complete(t, node, p.InfoHash))
	got := aria2(t, p.Magnet, "file.bin", "--enable-dht=true", "--dht-entry-point="+pub.Addrs()[0].String())
	if !bytes.Equal(fileSum(t, got), fileSum(t, src)) {
		t.Error("aria2c's file differs")
	}
}
