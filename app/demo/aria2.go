package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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
	rate int64 // bytes a second, from the client's start to its end
}

// fetch downloads the magnet link with aria2, from the nodes that hold the
// file, and checks the result.
func (d *demo) fetch(ctx context.Context, magnet string, in *input) (*fetched, error) {
	d.ui.step("A client that is not ours downloads it: aria2c by magnet link")
	dir := filepath.Join(d.Dir, "aria2")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, d.client, "--no-conf", "--dir="+dir, "--seed-time=0", "--interface=127.0.0.1",
		"--enable-dht=false", "--enable-dht6=false", "--bt-enable-lpd=false", "--enable-peer-exchange=true",
		"--listen-port=6900-6999", "--file-allocation=none", "--bt-stop-timeout=60", "--summary-interval=0",
		"--console-log-level=warn", "--allow-overwrite=true", magnet)
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	path := filepath.Join(dir, filepath.Base(in.path))
	for {
		select {
		case err := <-ended:
			took := time.Since(start)
			d.ui.clear()
			if err != nil {
				return nil, fmt.Errorf("aria2c: %w: %s", err, bytes.TrimSpace(out.Bytes()))
			}
			sum, n, err := sumFile(ctx, path)
			if err != nil {
				return nil, err
			}
			got := &fetched{sum: sum, rate: int64(float64(n) / took.Seconds())}
			d.ui.line("aria2c has it: %s in %.1f s, %s/s (the requester alone: %s/s); SHA-256 %s",
				size(n), took.Seconds(), size(got.rate), size(uploadCap), verdict(sum == in.sum))
			return got, nil
		case <-time.After(200 * time.Millisecond):
			d.ui.bar("aria2", onDisk(path), in.size, "")
		}
	}
}

func verdict(ok bool) string {
	if ok {
		return "equal"
	}
	return "DIFFERENT"
}
