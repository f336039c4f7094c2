//go:build !linux

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"time"
)

// Where there is no /proc the watchdog sees the clock and Scratch only; the
// other limits do not hold.
const (
	lookAt = 500 * time.Millisecond
	linger = 2 * time.Second
)

func runPlain(ctx context.Context, c Command) (Usage, error) {
	tail := &tail{w: c.Stderr}
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = c.Env, c.Dir, c.Stdout, tail
	cmd.WaitDelay = linger
	setGroup(cmd)
	in, err := stdin(cmd, c)
	if err != nil {
		return Usage{}, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return Usage{}, fmt.Errorf("%w: %w", ErrCommand, err)
	}
	in()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	pace := newPacer(c, began, func(bool) { haltGroup(cmd) }, func() { contGroup(cmd) })
	defer pace.close()
	why := guardPlain(ctx, c, ended, pace)
	killGroup(cmd)
	if why.err == nil && !why.ended {
		why.err = <-ended
	} else if !why.ended {
		<-ended
	}
	u := Usage{Wall: time.Since(began)}
	if s := cmd.ProcessState; s != nil {
		u.CPU = s.UserTime() + s.SystemTime()
	}
	var exit *exec.ExitError
	switch {
	case errors.As(why.err, &exit):
		return u, &ExitError{Code: exit.ExitCode(), Tail: tail.text()}
	case errors.Is(why.err, exec.ErrWaitDelay):
		return u, nil
	}
	return u, why.err
}

// verdict is why a program is over.
type verdict struct {
	err   error
	ended bool // by itself
}

func guardPlain(ctx context.Context, c Command, ended <-chan error, pace *pacer) verdict {
	look := time.NewTicker(lookAt)
	defer look.Stop()
	for {
		select {
		case err := <-ended:
			return verdict{err, true}
		case <-ctx.Done():
			return verdict{err: context.Cause(ctx)}
		case <-pace.news:
			pace.step()
		case <-pace.turn.C:
			pace.step()
		case <-pace.deadline.C:
			return verdict{err: &LimitError{LimitTime, c.Limits.Time.String()}}
		case <-look.C:
			if err := lookAtDisk(c); err != nil {
				return verdict{err: err}
			}
		}
	}
}

// lookAtDisk adds up Scratch, following no link.
func lookAtDisk(c Command) error {
	if c.Limits.Disk == 0 {
		return nil
	}
	var used int64
	entries := 0
	filepath.WalkDir(c.Scratch, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // removed meanwhile
		}
		if info, err := d.Info(); err == nil {
			used += info.Size()
		}
		if entries++; entries > c.Limits.Entries {
			return fs.SkipAll
		}
		return nil
	})
	switch {
	case entries > c.Limits.Entries:
		return &LimitError{LimitDisk, fmt.Sprintf("%d files", c.Limits.Entries)}
	case used > c.Limits.Disk:
		return &LimitError{LimitDisk, size(c.Limits.Disk)}
	}
	return nil
}
