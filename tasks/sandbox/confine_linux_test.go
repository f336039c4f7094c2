package sandbox

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// needs skips where a test's own tool is absent.
func needs(t *testing.T, tool string) {
	t.Helper()
	if _, err := os.Stat("/usr/bin/" + tool); err != nil {
		t.Skip(err)
	}
}

// isolated runs a script in the sandbox and gives what it wrote.
func isolated(t *testing.T, script string, change func(*Command)) string {
	t.Helper()
	if err := Available(t.Context()); err != nil {
		t.Skip(err)
	}
	c, out := sh(t, true, script)
	if change != nil {
		change(&c)
	}
	if _, err := Run(t.Context(), c); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return out.String()
}

// A program that is fully taken over reaches nothing of the host. Each line of
// the script is one attempt; none may succeed.
func TestNothingIsReached(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	read := t.TempDir()
	if err := os.WriteFile(filepath.Join(read, "file"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, attempt := range []string{
		"cat /etc/shadow", "cat /etc/passwd", "cat /etc/hostname", "cat /etc/machine-id", "ls /root", "ls /home", "ls /var", "ls /run",
		"ls /sys/class", "ls /mnt", "cat " + secret, "ls " + filepath.Dir(secret),
		"touch /x", "touch /etc/x", "touch /usr/x", "touch /dev/x", "mkdir " + filepath.Dir(secret) + "/../x", "touch " + read + "/x", "rm " + read + "/file", "echo x >> " + read + "/file",
		// Opened to write, but nothing is written: they are the machine's.
		": >> /proc/sys/kernel/core_pattern", ": >> /proc/sys/kernel/hostname", ": >> /proc/sysrq-trigger", ": >> /proc/self/oom_score_adj",
		": >> /proc/irq/default_smp_affinity",
		"cat /proc/kcore | head -c 1 | grep .", "cat /proc/kmsg | head -c 1 | grep .", "dmesg",
		fmt.Sprint("kill -0 ", os.Getpid()), fmt.Sprint("test -e /proc/", os.Getpid(), "/stat"), "test $(ls -d /proc/[0-9]* | wc -l) -gt 8",
		"grep -v -e lo: -e Inter -e face /proc/net/dev", "cat < /dev/tty", "test $(hostname) = " + hostname(t), "test $(id -u) -eq 0",
		"unshare -Ur true", "unshare -n true", "mount -t tmpfs none /tmp", "mount -o remount,rw /usr", "mount --bind /tmp /usr", "chroot / true",
		"mknod " + filepath.Join("dev", "x") + " b 8 0", "mknod sda b 8 0",
		"cp /bin/sh s && chmod u+s s", "cp /bin/sh g && chmod 2755 g", "setpriv --reuid 1000 true", "nice -n -5 true 2>&1 | grep -v .",
		"prlimit --core=1:1 true", "ulimit -n 100000", "ulimit -c 1",
	} {
		t.Run(attempt, func(t *testing.T) {
			t.Parallel()
			out := isolated(t, "cat "+read+"/file && ("+attempt+") > /dev/null 2>&1 && echo BREACH; echo done",
				func(c *Command) { c.Read = []string{read} })
			if out != "done\n" {
				t.Fatalf("%q", out)
			}
		})
	}
}

func hostname(t *testing.T) string {
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// The filter's calls fail with its error; the ones beside them work.
func TestSystemCalls(t *testing.T) {
	needs(t, "perl")
	const at = unix.AT_FDCWD
	for _, c := range []struct {
		name string
		call int
		args []any
		want unix.Errno // 0: works
	}{
		{"keyctl", unix.SYS_KEYCTL, []any{0, -3, 0}, unix.EPERM},
		{"ptrace", unix.SYS_PTRACE, []any{0, 0, 0, 0}, unix.EPERM},
		{"shmget", unix.SYS_SHMGET, []any{0, 4096, 0o1600}, unix.EPERM},
		{"memfd", unix.SYS_MEMFD_CREATE, []any{`"x"`, 0}, unix.ENOSYS},
		{"io_uring", unix.SYS_IO_URING_SETUP, []any{1, 0}, unix.ENOSYS},
		{"clone3", unix.SYS_CLONE3, []any{0, 0}, unix.ENOSYS},
		{"unshare", unix.SYS_UNSHARE, []any{unix.CLONE_NEWUSER}, unix.EPERM},
		{"clone a user namespace", unix.SYS_CLONE, []any{unix.CLONE_NEWUSER | 17, 0, 0, 0, 0}, unix.EPERM},
		{"userfaultfd", unix.SYS_USERFAULTFD, []any{0}, unix.EPERM},
		{"bpf", unix.SYS_BPF, []any{0, 0, 0}, unix.EPERM},
		{"internet socket", unix.SYS_SOCKET, []any{unix.AF_INET, 1, 0}, unix.EAFNOSUPPORT},
		{"vsock", unix.SYS_SOCKET, []any{unix.AF_VSOCK, 1, 0}, unix.EAFNOSUPPORT},
		{"netlink", unix.SYS_SOCKET, []any{unix.AF_NETLINK, 3, 0}, unix.EAFNOSUPPORT},
		{"unix socket", unix.SYS_SOCKET, []any{unix.AF_UNIX, 1, 0}, 0},
		{"TIOCSTI", unix.SYS_IOCTL, []any{0, unix.TIOCSTI, `"x"`}, unix.EPERM},
		{"TIOCSTI with high bits", unix.SYS_IOCTL, []any{0, unix.TIOCSTI | 1<<40, `"x"`}, unix.EPERM},
		{"hide", unix.SYS_PRCTL, []any{unix.PR_SET_DUMPABLE, 0, 0, 0, 0}, unix.EPERM},
		{"set-user-id file", unix.SYS_OPENAT, []any{at, `"a"`, unix.O_CREAT | unix.O_RDWR, 0o4755}, unix.EPERM},
		{"set-user-id nameless file", unix.SYS_OPENAT, []any{at, `"."`, unix.O_TMPFILE | unix.O_RDWR, 0o4755}, unix.EPERM},
		{"file", unix.SYS_OPENAT, []any{at, `"b"`, unix.O_CREAT | unix.O_RDWR, 0o755}, 0},
		{"folder, with a mode that means nothing", unix.SYS_OPENAT, []any{at, `"."`, unix.O_DIRECTORY, 0o4755}, 0},
		{"a later call", 5000, nil, unix.ENOSYS},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			args := []string{fmt.Sprint(c.call)}
			for _, a := range c.args {
				args = append(args, fmt.Sprint(a))
			}
			// Strings have to be writable for perl's syscall.
			script := fmt.Sprintf(`my @a = (%s); print syscall($a[0], @a[1..$#a]) < 0 ? $!+0 : 0;`, strings.Join(args, ","))
			out := isolated(t, "exec perl -e '"+script+"' < /dev/null", nil)
			if out != fmt.Sprint(int(c.want)) {
				t.Fatalf("errno %q, want %d (%v)", out, int(c.want), c.want)
			}
		})
	}
}

// A descriptor that this process was left with is not handed on, and a
// terminal or file of ours is not the program's output.
func TestDescriptors(t *testing.T) {
	both(t, func(t *testing.T, isolate bool) {
		fd, err := unix.Open("/etc", unix.O_RDONLY|unix.O_DIRECTORY, 0) // not closed on exec
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		c, out := sh(t, isolate, `for f in /proc/self/fd/*; do echo "${f##*/} $(readlink $f)"; done`)
		if _, err := Run(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			n, to, _ := strings.Cut(strings.TrimSpace(line), " ")
			if n > "2" && to != "" || n <= "2" && !strings.HasPrefix(to, "pipe:") && to != "/dev/null" {
				t.Errorf("%s is %s", n, to)
			}
		}
	})
}

// Nothing of our environment is inside.
func TestEnvironment(t *testing.T) {
	t.Setenv("SECRET", "x")
	both(t, func(t *testing.T, isolate bool) {
		c, out := sh(t, isolate, "cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n' | grep -c SECRET; exec env")
		c.Env = append(c.Env, "A=1")
		if !isolate {
			c.Args[1] = "exec env"
		}
		if _, err := Run(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(strings.TrimPrefix(out.String(), "0\n")) {
			name, _, _ := strings.Cut(line, "=")
			if !strings.Contains(" A PATH PWD OLDPWD SHLVL _ SANDBOX_RUN ", " "+name+" ") {
				t.Errorf("%q", line)
			}
		}
		if !strings.Contains(out.String(), "A=1\n") {
			t.Errorf("%q", out)
		}
	})
}

func TestRefusedCommands(t *testing.T) {
	dir := t.TempDir()
	good := Command{Path: "/bin/true", Scratch: dir, Isolate: true}
	for name, change := range map[string]func(*Command){
		"relative program": func(c *Command) { c.Path = "true" },
		"no scratch":       func(c *Command) { c.Scratch = "" },
		"missing scratch":  func(c *Command) { c.Scratch = dir + "/none" },
		"root as scratch":  func(c *Command) { c.Scratch = "/" },
		"usr as scratch":   func(c *Command) { c.Scratch = "/usr" },
		"proc":             func(c *Command) { c.Read = []string{"/proc/self"} },
		"etc":              func(c *Command) { c.Read = []string{"/etc/shadow"} },
		"read in scratch":  func(c *Command) { c.Read = []string{dir} },
		"dots":             func(c *Command) { c.Read = []string{dir + "/../x"} },
		"missing":          func(c *Command) { c.Read = []string{dir + "/none"} },
		"zero byte":        func(c *Command) { c.Read = []string{dir + "\x00"} },
		"negative":         func(c *Command) { c.Limits.Memory = -1 },
		"nice":             func(c *Command) { c.Nice = -1 },
	} {
		c := good
		change(&c)
		if _, err := Run(t.Context(), c); !errors.Is(err, ErrCommand) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Sockets without a file, as X servers have, belong to the host's network.
func TestAbstractSocket(t *testing.T) {
	needs(t, "perl")
	name := "sandbox-" + filepath.Base(t.TempDir()) + fmt.Sprint(os.Getpid())
	l, err := net.Listen("unix", "@"+name)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	script := `use Socket; socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die; print connect($s, pack("Sa*", AF_UNIX, "\0` + name + `")) ? "reached" : "not there";`
	both(t, func(t *testing.T, isolate bool) {
		c, out := sh(t, isolate, "exec perl -e '"+script+"'")
		if _, err := Run(t.Context(), c); err != nil {
			t.Fatal(err, out)
		}
		if want := map[bool]string{true: "not there", false: "reached"}[isolate]; out.String() != want {
			t.Fatalf("%q", out)
		}
	})
}
