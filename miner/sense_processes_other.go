//go:build !linux

package miner

import (
	"context"
	"os"
	"slices"
	"time"

	"github.com/shirou/gopsutil/v3/process"
)

// readProcesses is the slow way that works everywhere: names are asked for only
// when somebody wants to know them.
func readProcesses(ctx context.Context, programs []string) (running []string, own time.Duration, ok bool) {
	self, err := process.NewProcessWithContext(ctx, int32(os.Getpid()))
	if err != nil {
		return nil, 0, false
	}
	mine := map[int32]bool{}
	todo := []*process.Process{self}
	for len(todo) > 0 && len(mine) < 256 {
		p := todo[0]
		if todo = todo[1:]; mine[p.Pid] {
			continue
		}
		mine[p.Pid] = true
		if t, err := p.TimesWithContext(ctx); err == nil {
			own += time.Duration((t.User + t.System) * float64(time.Second))
		} else if p == self {
			return nil, 0, false
		}
		if children, err := p.ChildrenWithContext(ctx); err == nil {
			todo = append(todo, children...)
		}
	}
	if len(programs) == 0 {
		return nil, own, true
	}
	all, err := process.ProcessesWithContext(ctx)
	if err != nil {
		return nil, 0, false
	}
	for _, p := range all {
		name, err := p.NameWithContext(ctx)
		if err != nil || mine[p.Pid] {
			continue
		}
		i := slices.IndexFunc(programs, func(want string) bool { return programName(want) == programName(name) })
		if i >= 0 && !slices.Contains(running, programs[i]) {
			running = append(running, programs[i])
		}
	}
	slices.Sort(running)
	return running, own, true
}
