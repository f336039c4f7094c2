//go:build !linux

package sandbox

import (
	"errors"
	"os"
	"path/filepath"
)

// Clean empties a folder that a program may have filled, when the program has
// ended. The folder itself stays.
func Clean(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}
