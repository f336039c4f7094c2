//go:build !linux && !windows

package miner

import (
	"context"
	"time"
)

// plain is a system whose own functions need C: it tells what programs tell.
type plain struct{}

func newPlatform() platform { return plain{} }

func (plain) close()                                       {}
func (plain) input(context.Context) (time.Duration, bool)  { return 0, false }
func (plain) battery() (has, on bool, charge int, ok bool) { return false, false, 0, false }
func (plain) celsius() (float64, bool)                     { return 0, false }
func (plain) metered(context.Context) (is, ok bool)        { return false, false }
func (plain) processes(ctx context.Context, programs []string) ([]string, time.Duration, bool) {
	return readProcesses(ctx, programs)
}
