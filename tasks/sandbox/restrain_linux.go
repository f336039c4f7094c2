package sandbox

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// maxOpen bounds the open files of one process.
const maxOpen = 1024

// restrain sets the limits of the process that waits in the gate. The kernel
// hands them on to all its children, and none can raise them.
func restrain(pid int, c Command) error {
	l := c.Limits
	limits := map[int]uint64{
		unix.RLIMIT_CORE:   0,
		unix.RLIMIT_NOFILE: maxOpen,
	}
	if l.Memory > 0 {
		// The watchdog names the limit when memory grows step by step; this stops
		// the one huge request. What is mapped counts, so there is some play.
		limits[unix.RLIMIT_DATA] = uint64(l.Memory + l.Memory/4 + 256<<20)
		limits[unix.RLIMIT_AS] = uint64(2*l.Memory + 16<<30)
		limits[unix.RLIMIT_MEMLOCK] = 64 << 10
		limits[unix.RLIMIT_MSGQUEUE] = 0
	}
	if l.Files > 0 {
		limits[unix.RLIMIT_FSIZE] = uint64(l.Files)
	}
	if l.CPU > 0 {
		limits[unix.RLIMIT_CPU] = uint64(l.CPU.Seconds()) + 2
	}
	if l.Processes > 0 && c.Isolate {
		// In a user namespace of its own it counts this program only, with some play
		// so that the watchdog names the limit. It does not hold for root's
		// processes: the watchdog's count does.
		limits[unix.RLIMIT_NPROC] = uint64(l.Processes)*3/2 + 16
	}
	for what, n := range limits {
		if err := lower(pid, what, n); err != nil {
			return fmt.Errorf("limit %d: %w", what, err)
		}
	}
	if c.Nice > 0 {
		if err := unix.Setpriority(unix.PRIO_PROCESS, pid, c.Nice); err != nil {
			return fmt.Errorf("nice: %w", err)
		}
		// Sessions share the processor evenly whatever their members' niceness is,
		// where the kernel groups by session.
		_ = write(pid, "autogroup", c.Nice)
	}
	// When memory runs out all the same, the program goes first.
	return write(pid, "oom_score_adj", 1000)
}

// lower sets a limit that may be lower already.
func lower(pid, what int, n uint64) error {
	var old unix.Rlimit
	if err := unix.Prlimit(pid, what, nil, &old); err != nil {
		return err
	}
	n = min(n, old.Max)
	return unix.Prlimit(pid, what, &unix.Rlimit{Cur: n, Max: n}, nil)
}

func write(pid int, name string, n int) error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/%s", pid, name), []byte(strconv.Itoa(n)), 0)
}
