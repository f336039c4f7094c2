package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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
	for _, path := range []string{c.Path, c.Dir} {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrCommand, err)
		}
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
		return fmt.Errorf("%w: %w", ErrCommand, err)
	}
	return nil
}

// proof prints what a sandboxed process can see of its own bonds, with nothing
// but the shell.
const proof = `while read -r l; do echo "$l"; done < /proc/self/status; while read -r l; do echo "net $l"; done < /proc/net/dev`

// available runs a program that tells what holds it.
func available(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "sandbox")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	defer os.RemoveAll(dir)
	var out bytes.Buffer
	_, err = Run(ctx, Command{
		Path: "/bin/sh", Args: []string{"-c", proof}, Scratch: dir, Isolate: true, Stdout: &out,
		Limits: Limits{Time: 10 * time.Second, Disk: 1 << 20, Memory: 64 << 20, Processes: 16},
	})
	switch {
	case err == nil:
		return proven(out.String())
	case errors.Is(err, ErrUnavailable) || ctx.Err() != nil:
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// proven reads what proof wrote.
func proven(text string) error {
	want := map[string]string{"CapEff": "0000000000000000", "NoNewPrivs": "1", "Seccomp": "2", "NSpid": ""}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		if strings.HasPrefix(name, "net ") && value != "" && name != "net lo" {
			return fmt.Errorf("%w: the network is visible inside", ErrUnavailable)
		}
		if w, ok := want[name]; ok && (w == "" || value == w) {
			delete(want, name)
		}
	}
	for name := range want {
		return fmt.Errorf("%w: bubblewrap ran a program without its bonds (%s)", ErrUnavailable, name)
	}
	return nil
}

// explain adds to what bubblewrap says what would help.
func explain(said string) string {
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(said, p) {
				return true
			}
		}
		return false
	}
	switch {
	case has("Unknown option"):
		return said + " (bubblewrap 0.8 or newer is needed)"
	case has("namespace", "uid map", "Operation not permitted", "Permission denied", "No space left"):
		return said + " (this system keeps programs from making user namespaces; look at sysctl kernel.unprivileged_userns_clone," +
			" user.max_user_namespaces and kernel.apparmor_restrict_unprivileged_userns)"
	case said == "":
		return "bubblewrap ended without a word"
	}
	return said
}
