package node

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"supercomputing/app/view"
)

// errHeld says that another process holds the lock file.
var errHeld = errors.New("held by another process")

// Whoever only looks whether a node runs holds the lock for a moment, which
// must not keep one from starting.
const (
	lockTries = 5
	lockPause = 20 * time.Millisecond
)

// running reports whether a process holds the lock of a data directory.
func running(dir string) bool {
	path := filepath.Join(dir, lockFile)
	if _, err := os.Stat(path); err != nil {
		return false
	}
	f, err := openLocked(path)
	if err == nil {
		f.Close()
	}
	return errors.Is(err, errHeld)
}

// lockDir makes the data directory this process's own until the returned file
// is closed. The operating system ends the lock with the process, however that
// ends.
func lockDir(dir string) (io.Closer, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, explain(fmt.Errorf("data directory: %w", err))
	}
	path := filepath.Join(dir, lockFile)
	f, err := openLocked(path)
	for tries := 0; errors.Is(err, errHeld) && tries < lockTries; tries++ {
		time.Sleep(lockPause)
		f, err = openLocked(path)
	}
	if errors.Is(err, errHeld) {
		who := "another process"
		if raw, rerr := os.ReadFile(path); rerr == nil && len(raw) > 0 && len(raw) < 20 {
			who = "process " + strings.TrimSpace(string(raw))
		}
		return nil, view.Errorf(view.CodeBusy, "the data directory %s is in use by %s", dir, who).
			WithHint("stop that node first, or give this one its own with --datadir")
	}
	if err != nil {
		return nil, explain(fmt.Errorf("data directory: %w", err))
	}
	// Only for the message above: the lock itself does not need it.
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	}
	return f, nil
}
