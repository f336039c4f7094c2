package sandbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Each way to fill the disk, or to hide that it is filled, ends before its time is over.
func TestDiskBombs(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		for name, script := range map[string]string{
			"many small files": `i=0; while :; do : > f$i; i=$((i+1)); done`,
			"folders":          `i=0; while :; do mkdir d$i; i=$((i+1)); done`,
			"deep":             `while :; do mkdir d; cd d; done`,
			"no name":          `for i in 3 4 5 6 7 8 9; do eval "exec $i> x"; head -c 4000000 /dev/zero >&$i; rm x; done; sleep 600`,
			"in a folder that comes and goes": `mkdir a; for i in 1 2 3 4 5 6; do head -c 4000000 /dev/zero > a/$i; done
				while :; do mv a b; mv b a; done`,
			"links to itself": `mkdir a; ln -s . a/self; ln -s / a/root; for i in 1 2 3 4; do head -c 4000000 /dev/zero > a/$i; done; sleep 600`,
			"the end of it":   `for i in 1 2 3 4; do head -c 4000000 /dev/zero > $i; done`,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				c, out := sh(t, isolate, script)
				c.Limits.Entries = 300
				_, err := Run(t.Context(), c)
				var limit *LimitError
				if !errors.As(err, &limit) || limit.What != LimitDisk {
					t.Fatal(err, out)
				}
				if err := Clean(c.Scratch); err != nil {
					t.Error(err)
				}
			})
		}
	})
}

// A file's holes take nothing, and a folder that is no longer over a limit at
// the end is fine.
func TestDiskFine(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		c, out := sh(t, isolate, `truncate -s 7M a; truncate -s 7M b; mkfifo p; ln -s /etc/passwd l; for i in $(seq 100); do : > $i; done`)
		if _, err := Run(t.Context(), c); err != nil {
			t.Fatal(err, out)
		}
	})
}

// Folders that we may not read are refused, root's rights apart.
func TestDiskHidden(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	both(t, func(t *testing.T, isolate bool) {
		c, _ := sh(t, isolate, `mkdir a; chmod 0 a; sleep 600`)
		_, err := Run(t.Context(), c)
		var limit *LimitError
		if !errors.As(err, &limit) || limit.What != LimitDisk || !strings.Contains(limit.Limit, "unreadable") {
			t.Fatal(err)
		}
		if err := Clean(c.Scratch); err != nil {
			t.Fatal(err)
		}
	})
}

// A program whose file cannot be read cannot be looked into by its user.
func TestHiddenProcess(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may look into everything")
	}
	if err := Available(t.Context()); err != nil {
		t.Skip(err)
	}
	c, _ := sh(t, true, `cp /usr/bin/sleep s; chmod 111 s; ./s 60`)
	_, err := Run(t.Context(), c)
	var limit *LimitError
	if !errors.As(err, &limit) || limit.What != LimitDisk {
		t.Fatal(err)
	}
}

func TestUsage(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, size int) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a", 100<<10)
	os.Mkdir(filepath.Join(dir, "d"), 0o700)
	write("d/b", 50<<10)
	os.Symlink("/usr", filepath.Join(dir, "link"))
	used, entries, err := usage(dir, 100)
	if err != nil || entries != 4 || used < 150<<10 || used > 200<<10 {
		t.Fatalf("%d bytes in %d entries, %v", used, entries, err)
	}
	if _, entries, err := usage(dir, 2); err != nil || entries <= 2 {
		t.Fatalf("%d entries, %v", entries, err)
	}
	if _, _, err := usage(filepath.Join(dir, "none"), 2); err == nil {
		t.Fatal("a missing folder has a size")
	}
}

// Whatever a program leaves goes away, deeper than any path can name.
func TestClean(t *testing.T) {
	dir := t.TempDir()
	kept := filepath.Join(t.TempDir(), "kept")
	if err := os.WriteFile(kept, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 1200 {
		for _, err := range []error{unix.Mkdirat(fd, "raised1", 0o700), unix.Mkdirat(fd, "other", 0o700),
			unix.Symlinkat(filepath.Dir(kept), fd, "link"), unix.Mkfifoat(fd, "pipe", 0)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		sub, err := unix.Openat(fd, "raised1", unix.O_RDONLY|unix.O_DIRECTORY, 0)
		if err != nil {
			t.Fatal(err)
		}
		unix.Fchmod(fd, 0)
		unix.Close(fd)
		fd = sub
	}
	unix.Close(fd)
	for range 2 { // an empty one too
		if err := Clean(dir); err != nil {
			t.Fatal(err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Fatal(left, err)
		}
	}
	if _, err := os.Stat(kept); err != nil {
		t.Fatal(err)
	}
	if err := Clean(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
}

func TestOpen(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(out, "secret"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		os.WriteFile(filepath.Join(dir, "good"), []byte("12345"), 0o600),
		os.WriteFile(filepath.Join(dir, "closed"), []byte("12345"), 0),
		os.Mkdir(filepath.Join(dir, "sub"), 0o700),
		os.WriteFile(filepath.Join(dir, "sub", "good"), []byte("12345"), 0o600),
		os.Symlink(filepath.Join(out, "secret"), filepath.Join(dir, "link")),
		os.Symlink("good", filepath.Join(dir, "inside")),
		os.Symlink(out, filepath.Join(dir, "folder")),
		syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]error{
		"good": nil, "sub/good": nil, "none": fs.ErrNotExist, "link": ErrResult, "inside": ErrResult, "folder/secret": ErrResult,
		"pipe": ErrResult, "sub": ErrResult, "../secret": ErrResult, "/etc/passwd": ErrResult, "": ErrResult, ".": ErrResult,
	} {
		b, err := ReadFile(dir, name, 5)
		if !errors.Is(err, want) || want == nil && string(b) != "12345" {
			t.Errorf("%q: %q, %v", name, b, err)
		}
	}
	if _, err := ReadFile(dir, "good", 4); !errors.Is(err, ErrResult) {
		t.Error(err)
	}
	if os.Geteuid() != 0 {
		if _, err := ReadFile(dir, "closed", 5); !errors.Is(err, ErrResult) {
			t.Error(err)
		}
	}
}
