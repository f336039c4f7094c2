package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// findClient finds the BitTorrent client that is not ours.
func findClient() (string, error) {
	path, err := exec.LookPath("aria2c")
	if err != nil {
		return "", errors.New("aria2c is missing: the demo downloads with a BitTorrent client that is not ours; `make deps` or `apt-get install aria2` installs it")
	}
	return path, nil
}

// fetched is what the foreign client brought.
type fetched struct {
	sum  string
	rate int64 // bytes a second, from the first byte of content to the last
}

// fetch downloads the magnet link with aria2, from the nodes that hold the
// file, and checks the result.
func (p *Download) fetch(ctx context.Context, d *demo, magnet string) (*fetched, error) {
	d.ui.step("A client that is not ours downloads it: aria2c by magnet link")
	dir := filepath.Join(d.Dir, "aria2")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	// Of the swarm it is told nothing but the magnet link and one node of the
	// DHT that the demo's nodes make up: no tracker, no peer's address.
	cmd := exec.CommandContext(ctx, p.client, "--no-conf", "--dir="+dir, "--seed-time=0", "--interface=127.0.0.1",
		"--enable-dht=true", "--enable-dht6=false", "--dht-entry-point="+d.requester.cfg.Listen.BitTorrent,
		"--dht-file-path="+filepath.Join(dir, "dht.dat"), "--bt-enable-lpd=false", "--disable-ipv6=true",
		"--listen-port="+port, "--dht-listen-port="+port, "--file-allocation=none", "--bt-stop-timeout=60",
		"--summary-interval=0", "--console-log-level=warn", "--allow-overwrite=true", magnet)
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	path := filepath.Join(dir, filepath.Base(p.in.path))
	first := start // when content began to come
	for {
		select {
		case err := <-ended:
			took, found := time.Since(first), first.Sub(start)
			d.ui.clear()
			if err != nil {
				return nil, fmt.Errorf("aria2c: %w: %s", err, bytes.TrimSpace(out.Bytes()))
			}
			sum, n, err := sumFile(ctx, path)
			if err != nil {
				return nil, err
			}
			got := &fetched{sum: sum, rate: int64(float64(n) / took.Seconds())}
			d.ui.line("aria2c found the swarm in %.1f s and brought %s in %.1f s: %s/s (the requester alone sends at most %s/s); SHA-256 %s",
				found.Seconds(), size(n), took.Seconds(), size(got.rate), size(uploadCap), verdict(sum == p.in.sum))
			return got, nil
		case <-time.After(50 * time.Millisecond):
			have := onDisk(path)
			if have == 0 {
				first = time.Now()
			}
			d.ui.bar("aria2", have, p.in.size, "from the nodes, not from the requester alone")
		}
	}
}

// freePort is a port that was free just now.
func freePort() (string, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

func verdict(ok bool) string {
	if ok {
		return "equal"
	}
	return "DIFFERENT"
}
