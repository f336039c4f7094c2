package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"time"
)

// system is what programs need of the host besides /usr: where libraries and
// fonts are, and nothing that tells whose machine it is.
var system = []string{
	"/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
	"/etc/povray", "/nix/store", "/gnu/store",
}

// maxTemp bounds /tmp and /dev/shm inside, in bytes each; they are memory.
const maxTemp = 64 << 20

// bubblewrap is the command line that puts what follows it into the sandbox.
func bubblewrap(c Command) ([]string, error) {
	bwrap, err := exec.LookPath("bwrap")
	if err != nil {
		return nil, fmt.Errorf("%w: install bubblewrap (the program bwrap is missing)", ErrUnavailable)
	}
	temp := fmt.Sprint(maxTemp)
	args := []string{bwrap,
		"--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try",
		"--disable-userns", "--uid", "65534", "--gid", "65534", "--hostname", "sandbox",
		"--die-with-parent", "--new-session", "--cap-drop", "ALL", "--seccomp", "5",
		"--ro-bind", "/usr", "/usr", "--dir", "/etc",
	}
	for _, dir := range []string{"/bin", "/sbin", "/lib", "/lib32", "/lib64"} {
		if to, err := os.Readlink(dir); err == nil {
			args = append(args, "--symlink", to, dir)
		} else if _, err := os.Stat(dir); err == nil {
			args = append(args, "--ro-bind", dir, dir)
		}
	}
	for _, path := range system {
		args = append(args, "--ro-bind-try", path, path)
	}
	args = append(args, "--proc", "/proc", "--dev", "/dev",
		"--size", temp, "--perms", "0700", "--tmpfs", "/tmp", "--size", temp, "--perms", "0700", "--tmpfs", "/dev/shm")
	for _, path := range c.Read {
		if err := mountable(path); err != nil {
			return nil, err
		}
		if strings.HasPrefix(path+"/", c.Scratch+"/") {
			// The program could move it aside, and a link in its place would choose
			// where the next program sees it.
			return nil, fmt.Errorf("%w: %s is read-only inside what is writable", ErrCommand, path)
		}
		args = append(args, "--ro-bind", path, path)
	}
	if err := mountable(c.Scratch); err != nil {
		return nil, err
	}
	// What bubblewrap made itself is memory without a bound, and for root /proc
	// holds the whole machine's settings: writable to the owner of its files, with
	// no capability needed.
	return append(args, "--bind", c.Scratch, c.Scratch,
		"--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", c.Dir, "--"), nil
}

// filterPipe is a pipe that holds the filter of system calls; it fits into a
// pipe's smallest buffer.
func filterPipe() (*os.File, error) {
	prog, err := filter()
	if err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	if _, err := w.Write(prog); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// mountable refuses what would open the sandbox or is not there.
func mountable(path string) error {
	for _, no := range []string{"/proc", "/dev", "/sys", "/run", "/etc", "/usr", "/bin", "/sbin", "/lib", "/lib64"} {
		if path == "/" || path == no || strings.HasPrefix(path, no+"/") && no != "/usr" && no != "/run" {
			return fmt.Errorf("%w: %s cannot be shown inside", ErrCommand, path)
		}
	}
	if _, err := os.Stat(path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = fs.ErrNotExist
		}
		return fmt.Errorf("%w: %s: %w", ErrCommand, path, err)
	}
	return nil
}

// available runs a program that proves the sandbox by what it cannot do.
func available(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "sandbox")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	defer os.RemoveAll(dir)
	var out bytes.Buffer
	_, err = Run(ctx, Command{
		Path: "/bin/sh", Args: []string{"-c", "echo in; cat /proc/net/dev; ls /"},
		Env: []string{"PATH=/usr/bin:/bin"}, Scratch: dir, Isolate: true, Stdout: &out,
		Limits: Limits{Time: 10 * time.Second, Disk: 1 << 20, Memory: 64 << 20, Processes: 16},
	})
	switch {
	case err == nil && strings.HasPrefix(out.String(), "in\n"):
		return nil
	case err == nil:
		return fmt.Errorf("%w: bubblewrap ran nothing", ErrUnavailable)
	case errors.Is(err, ErrUnavailable) || ctx.Err() != nil:
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}
