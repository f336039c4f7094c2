//go:build !windows

package journal

import (
	"fmt"
	"os"
)

// SyncDir makes a directory's entries (new, renamed, removed files) durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("state file: %w", err)
	}
	err = d.Sync()
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("state file: %w", err)
	}
	return nil
}
