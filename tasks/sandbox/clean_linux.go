package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Clean empties a folder that a program may have filled, when the program has
// ended. Modes that forbid it are changed, links are not followed, and folders
// inside each other, however deep, are taken out level by level: one thousand
// times the longest path costs neither memory nor open files. The folder itself
// stays, with mode 0700.
func Clean(dir string) error {
	if err := os.Chmod(dir, 0o700); err != nil {
		return err
	}
	root, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	c := cleaner{root: int(root.Fd())}
	for {
		names, err := root.Readdirnames(256)
		for _, name := range names {
			if err := c.remove(name); err != nil {
				return fmt.Errorf("empty %s: %w", dir, err)
			}
		}
		if errors.Is(err, io.EOF) && len(names) == 0 {
			// Folders that came up from below are behind what was read.
			if c.raised == 0 {
				return nil
			}
			c.raised = 0
			if _, err := root.Seek(0, io.SeekStart); err != nil {
				return err
			}
		} else if err != nil {
			return fmt.Errorf("empty %s: %w", dir, err)
		}
	}
}

type cleaner struct {
	root   int
	raised int // folders that came up since the last look
	count  int // for their names
}

// remove removes an entry of the root. Of a folder it removes the files and
// takes the folders out, to be removed later.
func (c *cleaner) remove(name string) error {
	err := unix.Unlinkat(c.root, name, 0)
	if err == nil || errors.Is(err, unix.ENOENT) {
		return nil
	}
	if !errors.Is(err, unix.EISDIR) && !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EACCES) {
		return err
	}
	fd, err := c.openDir(name)
	if err != nil {
		return err
	}
	if err := c.empty(fd); err != nil {
		return err
	}
	return unix.Unlinkat(c.root, name, unix.AT_REMOVEDIR)
}

// openDir opens a folder of the root. Its program has ended, so it stays the
// folder that it was found to be.
func (c *cleaner) openDir(name string) (int, error) {
	var st unix.Stat_t
	if err := unix.Fstatat(c.root, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return 0, err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		return 0, unix.ENOTDIR
	}
	if st.Mode&0o700 != 0o700 {
		if err := unix.Fchmodat(c.root, name, 0o700, 0); err != nil {
			return 0, err
		}
	}
	return unix.Openat(c.root, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
}

// empty empties an open folder; it takes over the descriptor.
func (c *cleaner) empty(fd int) error {
	dir := os.NewFile(uintptr(fd), "")
	defer dir.Close()
	for {
		names, err := dir.Readdirnames(256)
		for _, name := range names {
			err := unix.Unlinkat(fd, name, 0)
			if err == nil || errors.Is(err, unix.ENOENT) {
				continue
			}
			if err := c.raise(fd, name); err != nil {
				return err
			}
		}
		if len(names) > 0 {
			// What was removed may have moved what was not read yet.
			if _, err := dir.Seek(0, io.SeekStart); err != nil {
				return err
			}
			continue
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}
}

// raise moves a folder up to the root, under a name that is free there. Moving
// a folder writes its "..", which its mode may forbid.
func (c *cleaner) raise(fd int, name string) error {
	var st unix.Stat_t
	if err := unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT == unix.S_IFDIR && st.Mode&0o700 != 0o700 {
		if err := unix.Fchmodat(fd, name, 0o700, 0); err != nil {
			return err
		}
	}
	for {
		c.count++
		err := unix.Renameat2(fd, name, c.root, "raised"+strconv.Itoa(c.count), unix.RENAME_NOREPLACE)
		if !errors.Is(err, unix.EEXIST) {
			c.raised++
			return err
		}
	}
}
