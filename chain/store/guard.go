package store

import (
	"fmt"

	"supercomputing/chain"
)

// Pebble treats a failed write as the end of the process: it calls Fatalf, or
// panics. A node must say what happened and stop in order instead. So writes
// run on a goroutine of their own, and a fatal call freezes the goroutine that
// made it, with the locks it holds, while everyone else gets ErrFailed.

// guard runs f and returns its error, or the failure that ended it.
func (d *DB) guard(f func() error) error {
	done := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				d.fail(fmt.Errorf("%v", p))
			}
		}()
		done <- d.wrap(f())
	}()
	select {
	case err := <-done:
		return err
	case <-d.failed:
		return d.failure()
	}
}

// fail records the first failure. From then on the store refuses everything.
func (d *DB) fail(err error) {
	d.log.Error("chain store failed", "dir", d.dir, "err", err)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cause == nil {
		d.cause = fmt.Errorf("%w: %w", chain.ErrFailed, d.wrap(err))
		close(d.failed)
	}
}

func (d *DB) hasFailed() bool {
	select {
	case <-d.failed:
		return true
	default:
		return false
	}
}

func (d *DB) failure() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.cause
}

// logger hands Pebble's messages on.
type logger struct{ d *DB }

func (l logger) Infof(format string, args ...any) {
	l.d.log.Debug("pebble: " + fmt.Sprintf(format, args...))
}

func (l logger) Errorf(format string, args ...any) {
	l.d.log.Error("pebble: " + fmt.Sprintf(format, args...))
}

// Fatalf must not return: Pebble goes on as if the write had worked.
func (l logger) Fatalf(format string, args ...any) {
	var cause error
	for _, a := range args {
		if err, ok := a.(error); ok {
			cause = err
		}
	}
	if cause == nil {
		cause = fmt.Errorf(format, args...)
	}
	l.d.fail(cause)
	select {}
}
