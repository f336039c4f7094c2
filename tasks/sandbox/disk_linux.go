package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// maxDepth bounds the folders inside each other in Scratch. Deeper ones cannot
// be named by a path any more, and looking into each keeps it open.
const maxDepth = 64

// usage counts bytes on disk and entries below a folder that somebody is
// changing meanwhile. It follows no link and stops above most entries. A folder
// that cannot be read is an error: something may be hidden in it.
func usage(dir string, most int) (used int64, entries int, err error) {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, 0, fmt.Errorf("unreadable folder: %w", err)
	}
	u := walker{most: most}
	err = u.walk(fd, 0)
	return u.used, u.entries, err
}

type walker struct {
	most, entries int
	used          int64
}

// walk takes over the descriptor.
func (w *walker) walk(fd, depth int) error {
	dir := os.NewFile(uintptr(fd), "")
	defer dir.Close()
	if depth > maxDepth {
		return fmt.Errorf("folders more than %d deep", maxDepth)
	}
	for w.entries <= w.most {
		names, err := dir.Readdirnames(256)
		if len(names) == 0 {
			return nil // the end, or removed meanwhile
		}
		if err != nil {
			return fmt.Errorf("unreadable folder: %w", err)
		}
		for _, name := range names {
			if err := w.entry(fd, name, depth); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *walker) entry(fd int, name string, depth int) error {
	var st unix.Stat_t
	err := unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("unreadable folder: %w", err)
	}
	w.entries++
	w.used += st.Blocks * 512 // what a sparse file really takes
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		return nil
	}
	sub, err := unix.Openat(fd, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ELOOP):
		return nil // replaced meanwhile
	case err != nil:
		return fmt.Errorf("unreadable folder: %w", err)
	}
	return w.walk(sub, depth+1)
}

// nameless adds up the files of Scratch's disk that processes hold open and
// that have no name any more: usage does not see them. It tells whether a
// process hides its files, as one can whose program file is unreadable.
func nameless(scratch string, pids []int) (used int64, hidden bool) {
	var disk unix.Stat_t
	if len(pids) == 0 || unix.Stat(scratch, &disk) != nil {
		return 0, false
	}
	seen := make(map[uint64]bool)
	for _, pid := range pids {
		dir := fmt.Sprintf("/proc/%d/fd/", pid)
		names, err := os.ReadDir(dir)
		if errors.Is(err, fs.ErrPermission) && lives(pid) {
			hidden = true
		}
		for _, name := range names {
			var st unix.Stat_t
			if unix.Stat(dir+name.Name(), &st) != nil || st.Nlink > 0 || st.Dev != disk.Dev || seen[st.Ino] {
				continue
			}
			seen[st.Ino] = true
			used += st.Blocks * 512
		}
	}
	return used, hidden
}

// lives reports whether a process has memory: one that is just ending cannot
// be looked into either.
func lives(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	return err == nil && bytes.Contains(b, []byte("VmSize:"))
}
