//go:build !linux

package sandbox

import (
	"context"
	"fmt"
	"runtime"
)

func available(context.Context) error {
	return fmt.Errorf("%w: there is none for %s; it needs Linux and bubblewrap", ErrUnavailable, runtime.GOOS)
}

func run(ctx context.Context, c Command) (Usage, error) {
	if c.Isolate {
		return Usage{}, available(ctx)
	}
	return runPlain(ctx, c)
}
