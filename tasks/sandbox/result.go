package sandbox

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ErrResult says that what lies under a result's name cannot be taken: a link,
// a pipe, a folder, too large.
var ErrResult = errors.New("unacceptable result file")

// Open opens a file that a program may have left in Scratch, for reading. It
// takes regular files of at most most bytes only: a link would lead out of the
// folder, a pipe would never end. The name's folders may not lead out either.
// The program may still be writing: the size is no promise, so read through
// ReadFile or an io.LimitedReader. It fails with ErrResult and fs.ErrNotExist.
func Open(scratch, name string, most int64) (*os.File, error) {
	if !filepath.IsLocal(name) {
		return nil, fmt.Errorf("%w: %q is not a name in the folder", ErrResult, name)
	}
	root, err := os.OpenRoot(scratch)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	before, err := root.Lstat(name)
	if err != nil {
		return nil, outside(err)
	}
	if !before.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %q is no regular file", ErrResult, name)
	}
	// The program may put a pipe in its place right now: opening must not wait.
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, outside(err)
	}
	after, err := f.Stat()
	switch {
	case err != nil:
	case !after.Mode().IsRegular() || !os.SameFile(before, after):
		err = fmt.Errorf("%w: %q was replaced while it was opened", ErrResult, name)
	case after.Size() > most:
		err = fmt.Errorf("%w: %q has %d bytes, at most %d are taken", ErrResult, name, after.Size(), most)
	default:
		return f, nil
	}
	f.Close()
	return nil, err
}

// outside keeps a missing file's error and makes ErrResult of all others: a
// folder that is a link, no permission.
func outside(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrResult, err)
}

// ReadFile reads a file as Open opens it, never more than most bytes.
func ReadFile(scratch, name string, most int64) ([]byte, error) {
	f, err := Open(scratch, name, most)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > most {
		return nil, fmt.Errorf("%w: %q grew over %d bytes", ErrResult, name, most)
	}
	return b, nil
}
