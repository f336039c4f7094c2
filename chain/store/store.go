// Package store is the chain's store on disk: Pebble behind chain.Store. It
// owns one directory and the promise that a commit is on the disk, whole, when
// it returns; what the rows mean is package chain's business.
package store

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"supercomputing/chain"
)

// Sizes, in bytes.
const (
	cacheSize    = 32 << 20
	memTableSize = 16 << 20
	// spare is the room that must be left on the disk: Pebble cannot go on
	// after a write that ran out of space, so we refuse before it is tried.
	spare = 64 << 20
)

// DB is a chain.Store in one directory.
type DB struct {
	dir  string
	fs   vfs.FS
	db   *pebble.DB
	lock *pebble.Lock
	log  *slog.Logger

	failed chan struct{} // closed with the first failure

	mu     sync.Mutex
	idle   *sync.Cond             // signals ops == 0
	ops    int                    // guarded by mu: calls that use db now
	closed bool                   // guarded by mu
	snaps  map[*snapshot]struct{} // guarded by mu: open ones
	cause  error                  // guarded by mu: the first failure
}

// Open opens the store in dir and makes one when there is none. It fails with
// chain.ErrLocked while another process has it open, and with chain.ErrCorrupt
// when the files are damaged.
func Open(dir string, log *slog.Logger) (*DB, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("chain store: %w", err)
	}
	// One directory, one name: the lock within a process goes by path.
	real, err := filepath.Abs(dir)
	if err == nil {
		real, err = filepath.EvalSymlinks(real)
	}
	if err != nil {
		return nil, fmt.Errorf("chain store: %w", err)
	}
	return openFS(real, vfs.Default, log)
}

func openFS(dir string, files vfs.FS, log *slog.Logger) (*DB, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if err := files.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("chain store: %w", err)
	}
	lock, err := pebble.LockDirectory(dir, files)
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			return nil, fmt.Errorf("chain store: %w", err)
		}
		return nil, fmt.Errorf("%w: %s: %v", chain.ErrLocked, dir, err)
	}
	d := &DB{dir: dir, fs: files, lock: lock, log: log, failed: make(chan struct{}), snaps: make(map[*snapshot]struct{})}
	d.idle = sync.NewCond(&d.mu)
	err = d.guard(func() (err error) {
		d.db, err = pebble.Open(dir, d.options())
		return err
	})
	if err != nil {
		if !d.hasFailed() {
			err = errors.Join(err, lock.Close())
		}
		return nil, fmt.Errorf("chain store %s: %w", dir, err)
	}
	return d, nil
}

func (d *DB) options() *pebble.Options {
	return &pebble.Options{
		FS:                 d.fs,
		Lock:               d.lock,
		CacheSize:          cacheSize,
		MemTableSize:       memTableSize,
		FormatMajorVersion: pebble.FormatNewest,
		Logger:             logger{d},
		EventListener: &pebble.EventListener{
			BackgroundError: d.fail,
			// The default ends the process.
			DataCorruption: func(i pebble.DataCorruptionInfo) {
				d.fail(fmt.Errorf("%w: %v", chain.ErrCorrupt, i))
			},
		},
	}
}

// Commit implements chain.Store.
func (d *DB) Commit(b *chain.Batch) error {
	if err := d.enter(); err != nil {
		return err
	}
	defer d.leave()
	if err := d.room(b.Size()); err != nil {
		return err
	}
	batch := d.db.NewBatchWithSize(b.Size() + 16*len(b.Ops) + 64)
	for _, op := range b.Ops {
		var err error
		if op.Value == nil {
			err = batch.Delete(op.Key, nil)
		} else {
			err = batch.Set(op.Key, op.Value, nil)
		}
		if err != nil {
			return d.wrap(err)
		}
	}
	opts := pebble.NoSync
	if b.Durable {
		opts = pebble.Sync
	}
	// Not closed on failure: Pebble may still hold it.
	if err := d.guard(func() error { return d.db.Apply(batch, opts) }); err != nil {
		return err
	}
	return d.wrap(batch.Close())
}

// room refuses a commit that would not leave the spare space.
func (d *DB) room(size int) error {
	u, err := d.fs.GetDiskUsage(d.dir)
	if err != nil { // not known for this file system: the write will tell
		return nil
	}
	// Once to the log and once to a table.
	if need := uint64(2*size) + spare; u.AvailBytes < need {
		return fmt.Errorf("%w: %s: %d MiB free, %d MiB needed", chain.ErrDiskFull, d.dir, u.AvailBytes>>20, need>>20)
	}
	return nil
}

// Close implements chain.Store: it waits for calls under way and closes what
// snapshots are left. After a failure it cannot close the files, whose state
// is unknown; the lock then stays until the process ends.
func (d *DB) Close() error {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return nil
	}
	d.closed = true
	for d.ops > 0 {
		d.idle.Wait()
	}
	snaps := d.snaps
	d.snaps = nil
	d.mu.Unlock()

	if d.hasFailed() {
		return d.failure()
	}
	for s := range snaps {
		if err := s.s.Close(); err != nil {
			d.log.Warn("closing a snapshot", "err", err)
		}
	}
	if err := d.guard(d.db.Close); err != nil {
		return fmt.Errorf("closing chain store: %w", err)
	}
	return d.lock.Close()
}

// enter begins a call that uses the database; leave ends it. Pebble panics
// when it is used after or while being closed.
func (d *DB) enter() error {
	if d.hasFailed() {
		return d.failure()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return chain.ErrClosed
	}
	d.ops++
	return nil
}

func (d *DB) leave() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ops--; d.ops == 0 {
		d.idle.Broadcast()
	}
}

// wrap gives a Pebble error our name.
func (d *DB) wrap(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, chain.ErrFailed) || errors.Is(err, chain.ErrCorrupt):
		return err
	case pebble.IsCorruptionError(err):
		return fmt.Errorf("%w: %v", chain.ErrCorrupt, err)
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("%w: %w", chain.ErrDiskFull, err)
	}
	return err
}
