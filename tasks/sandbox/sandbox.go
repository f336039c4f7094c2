// Package sandbox owns running a program that may be hostile, or that eats what
// strangers made: within limits of memory, disk, time and processes, and on
// Linux with bubblewrap also without network, without the user's files and
// without any privilege. It knows nothing of what it runs.
//
// What is left to the caller: Scratch is a stranger's folder from the moment
// that Run is called. Read results through Open or ReadFile, empty it with
// Clean, and keep it inside a folder of mode 0700, because the program can give
// its files any mode.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"
)

// Limits are what a program and all its children may take together. Zero is no
// limit.
type Limits struct {
	Memory    int64         // bytes held, by the watchdog; one process cannot ask for much more at once
	Disk      int64         // bytes on disk in Scratch
	Entries   int           // files and folders in Scratch; 0: DefaultEntries
	Files     int64         // bytes of one file; 0: Disk
	Time      time.Duration // from start to end
	CPU       time.Duration // processor time
	Processes int           // processes and their threads, counted together
}

// DefaultEntries bounds the files and folders in Scratch where Limits do not.
const DefaultEntries = 10_000

// Command is a program to run.
type Command struct {
	Path    string   // of the program, absolute
	Args    []string // without the program's own name
	Env     []string // "NAME=value": all of it, nothing is inherited (a shell adds PWD, and without Isolate there is SANDBOX_RUN)
	Dir     string   // working directory as seen inside; "": Scratch
	Read    []string // folders and files of the host, visible read-only under the same path
	Scratch string   // the one writable folder of the host, under the same path inside; must exist
	Limits  Limits

	Stdin          io.Reader // nil: empty; Run does not wait for a Read that never returns
	Stdout, Stderr io.Writer // nil: dropped; the writers bound what they keep

	// Isolate puts the program in the sandbox, or fails with ErrUnavailable.
	// Without it limits and watchdog are the same, and it may read, write and
	// connect as this process may; a hostile program can get away from them.
	Isolate bool
	Nice    int // 0 (as this process) to 19 (only what others leave)

	// Brake, when given, slows the program down and holds it. Time at a
	// standstill does not count for Limits.Time; Meter tells how much it was.
	Brake   *Brake
	Meter   *Meter
	Threads int // that the program keeps busy, for Pace.Cores
}

// Usage is what a program took.
type Usage struct {
	Memory int64         // most bytes held at once, as the watchdog saw it
	CPU    time.Duration // processor time of all processes
	Wall   time.Duration
}

// Errors of Run.
var (
	// ErrLimit says that a limit ended the program; the error is a *LimitError.
	ErrLimit = errors.New("over a limit")
	// ErrUnavailable says that there is no sandbox on this machine.
	ErrUnavailable = errors.New("no sandbox on this machine")
	// ErrExit says that the program failed; the error is an *ExitError.
	ErrExit = errors.New("the program failed")
	// ErrCommand says that a Command cannot be run as it is.
	ErrCommand = errors.New("unusable command")
)

// What a LimitError can name.
const (
	LimitMemory    = "memory"
	LimitDisk      = "disk"
	LimitFile      = "file size"
	LimitTime      = "time"
	LimitCPU       = "processor time"
	LimitProcesses = "processes"
)

// LimitError is the limit that ended a program.
type LimitError struct {
	What  string // LimitMemory …
	Limit string // for people: "512 MiB"
}

// Error names the limit.
func (e *LimitError) Error() string { return fmt.Sprintf("over the limit of %s: %s", e.What, e.Limit) }

// Is makes it an ErrLimit.
func (e *LimitError) Is(target error) bool { return target == ErrLimit }

// ExitError is a program's own failure.
type ExitError struct {
	Code   int    // exit code, -1 after a signal; above 128 it is taken for one
	Signal int    // that ended it, 0: none
	Tail   string // the end of what it wrote to Stderr, at most 4 KiB; a stranger may have written it
}

// Error says how it ended, with the last line of Tail, quoted.
func (e *ExitError) Error() string {
	text := fmt.Sprintf("the program ended with code %d", e.Code)
	if e.Signal != 0 {
		text = fmt.Sprintf("the program was ended by signal %d", e.Signal)
	}
	lines := strings.Split(strings.TrimSpace(e.Tail), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		text += fmt.Sprintf(": %.200q", last)
	}
	return text
}

// Is makes it an ErrExit.
func (e *ExitError) Is(target error) bool { return target == ErrExit }

// Run runs the program and waits for its end. When ctx ends, at a limit and
// when this process dies, all its processes are killed; none is left when Run
// returns. It fails with *LimitError, *ExitError, ErrUnavailable, ErrCommand
// and ctx's cause.
func Run(ctx context.Context, c Command) (Usage, error) {
	c, err := c.checked()
	if err != nil {
		return Usage{}, err
	}
	if ctx.Err() != nil {
		return Usage{}, context.Cause(ctx)
	}
	return run(ctx, c)
}

// Available is nil where Run can isolate. Otherwise it is an ErrUnavailable that
// says why and what would help. It tries the sandbox once, really.
func Available(ctx context.Context) error { return available(ctx) }

// checked is the command with what it leaves out filled in.
func (c Command) checked() (Command, error) {
	for _, p := range append([]string{c.Path, c.Scratch}, c.Read...) {
		if !filepath.IsAbs(p) || filepath.Clean(p) != p || strings.ContainsRune(p, 0) {
			return c, fmt.Errorf("%w: the path %q is not absolute and clean", ErrCommand, p)
		}
	}
	l := &c.Limits
	switch {
	case c.Nice < 0 || c.Nice > 19:
		return c, fmt.Errorf("%w: nice %d", ErrCommand, c.Nice)
	case l.Memory < 0 || l.Disk < 0 || l.Files < 0 || l.Entries < 0 || l.Time < 0 || l.CPU < 0 || l.Processes < 0:
		return c, fmt.Errorf("%w: a negative limit", ErrCommand)
	}
	if c.Dir == "" {
		c.Dir = c.Scratch
	}
	if l.Files == 0 {
		l.Files = l.Disk
	}
	if l.Entries == 0 {
		l.Entries = DefaultEntries
	}
	if c.Env == nil {
		c.Env = []string{}
	}
	return c, nil
}
