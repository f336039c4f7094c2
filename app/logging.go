package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"supercomputing/app/config"
)

// logFile is the log's name in a data directory; the older one ends in ".1".
const logFile = "node.log"

// rotating is a log file that is put aside when it is full, so that a log
// never fills a disk.
type rotating struct {
	path string
	max  int64

	mu sync.Mutex
	// guarded by mu:
	f    *os.File
	size int64
}

func openRotating(path string, max int64) (*rotating, error) {
	r := &rotating{path: path, max: max}
	if err := r.open(); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *rotating) open() error {
	f, err := os.OpenFile(r.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("log file: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return fmt.Errorf("log file: %w", err)
	}
	r.f, r.size = f, info.Size()
	return nil
}

// Write implements io.Writer. A log that cannot be written to is given up
// silently: the node must not stop for want of a log.
func (r *rotating) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.f != nil && r.size > 0 && r.size+int64(len(b)) > r.max {
		r.f.Close()
		r.f = nil
		if os.Rename(r.path, r.path+".1") == nil {
			_ = r.open()
		}
	}
	if r.f != nil {
		n, _ := r.f.Write(b)
		r.size += int64(n)
	}
	return len(b), nil
}

// Close closes the file.
func (r *rotating) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.f == nil {
		return nil
	}
	err := r.f.Close()
	r.f = nil
	return err
}

// newLog makes the logger that the settings ask for. The returned function
// closes its file.
func newLog(dir string, c config.Log, terminal io.Writer) (*slog.Logger, func(), error) {
	return newLogAt(dir, c, new(slog.LevelVar), terminal)
}

// newLogAt is newLog whose level is set to the settings' and may be changed
// later.
func newLogAt(dir string, c config.Log, level *slog.LevelVar, terminal io.Writer) (*slog.Logger, func(), error) {
	w, done := terminal, func() {}
	if c.File {
		r, err := openRotating(filepath.Join(dir, logFile), int64(c.Size))
		if err != nil {
			return nil, nil, err
		}
		w, done = io.MultiWriter(terminal, r), func() { r.Close() }
	}
	var asked slog.Level
	if err := asked.UnmarshalText([]byte(c.Level)); err != nil {
		done()
		return nil, nil, fmt.Errorf("log level: %w", err)
	}
	level.Set(asked)
	opts := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, opts)), done, nil
	}
	return slog.New(slog.NewTextHandler(w, opts)), done, nil
}
