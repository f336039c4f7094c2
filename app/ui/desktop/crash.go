package desktop

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
)

// The files of a data directory that tell of a crash: of this run, and of the
// last one that ended so.
const (
	crashFile = "crash.log"
	crashKept = "crash.old.log"
)

// crashes has the runtime write down how the program dies, whichever goroutine
// it is that panics.
type crashes struct {
	before string // file that tells how an earlier run ended; "" when it ended well
	path   string
	file   *os.File
}

// watchCrashes begins that, and looks for what an earlier run left.
func watchCrashes(dir string) (crashes, error) {
	c := crashes{path: filepath.Join(dir, crashFile)}
	if info, err := os.Stat(c.path); err == nil && info.Size() > 0 {
		kept := filepath.Join(dir, crashKept)
		if err := os.Rename(c.path, kept); err != nil {
			return c, fmt.Errorf("crash log: %w", err)
		}
		c.before = kept
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c, fmt.Errorf("crash log: %w", err)
	}
	f, err := os.OpenFile(c.path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return c, fmt.Errorf("crash log: %w", err)
	}
	if err := debug.SetCrashOutput(f, debug.CrashOptions{}); err != nil {
		f.Close()
		return c, fmt.Errorf("crash log: %w", err)
	}
	c.file = f
	return c, nil
}

// end says that the run ended well.
func (c *crashes) end() {
	if c.file == nil {
		return
	}
	_ = debug.SetCrashOutput(nil, debug.CrashOptions{})
	c.file.Close()
	os.Remove(c.path)
}
