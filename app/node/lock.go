package node

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"supercomputing/app/view"
)

// errHeld says that another process holds the lock file.
var errHeld = errors.New("held by another process")

// lockDir makes the data directory this process's own until the returned file
// is closed. The operating system ends the lock with the process, however that
// ends.
func lockDir(dir string) (io.Closer, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, explain(fmt.Errorf("data directory: %w", err))
	}
	path := filepath.Join(dir, lockFile)
	f, err := openLocked(path)
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
