package miner

import (
	"context"
	"errors"
	"fmt"

	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/disk"
	"github.com/shirou/gopsutil/v3/mem"
)

// Machine is what this computer has, at one moment. Sizes are in bytes.
type Machine struct {
	Cores       int    // logical processors
	MemoryTotal uint64 // installed
	MemoryFree  uint64 // available without swapping
	DiskTotal   uint64 // of the volume that holds the work folder
	DiskFree    uint64 // on that volume, to this user
}

// ReadMachine asks the operating system. dir is the folder work is kept in.
func ReadMachine(ctx context.Context, dir string) (Machine, error) {
	cores, err := cpu.CountsWithContext(ctx, true)
	if err != nil {
		return Machine{}, fmt.Errorf("count processors: %w", err)
	}
	m, err := mem.VirtualMemoryWithContext(ctx)
	if err != nil {
		return Machine{}, fmt.Errorf("read memory size: %w", err)
	}
	d, err := disk.UsageWithContext(ctx, dir)
	if err != nil {
		return Machine{}, fmt.Errorf("read disk size of %s: %w", dir, err)
	}
	return Machine{
		Cores: cores, MemoryTotal: m.Total, MemoryFree: m.Available,
		DiskTotal: d.Total, DiskFree: d.Free,
	}, nil
}

// Limits is how much of the machine its owner gives to paid work. Zero in
// Cores, Memory or Disk means no limit of the owner's; what the machine has is
// a limit always. Sizes are in bytes.
type Limits struct {
	Cores      int
	Memory     uint64
	Disk       uint64 // for all work folders together
	KeepMemory uint64 // stays free for the owner's programs
	KeepDisk   uint64 // stays free on the volume
}

// DefaultLimits leaves one core, a quarter of the memory and a tenth of the
// disk, at least 1 GiB, to the owner.
func DefaultLimits(m Machine) Limits {
	return Limits{
		Cores:      max(1, m.Cores-1),
		KeepMemory: m.MemoryTotal / 4,
		KeepDisk:   max(m.DiskTotal/10, 1<<30),
	}
}

// Need is what a piece of work asks for. Sizes are in bytes.
type Need struct {
	Cores  int
	Memory uint64
	Disk   uint64
}

// ErrLimits says that work does not fit this machine's limits; its text is
// for people and says what is missing.
var ErrLimits = errors.New("over this machine's limits")

// Check says why work with need cannot start now, nil when it can. used is
// what running work holds already, as the owner's limits count it; what it
// holds is no longer free in m.
func (l Limits) Check(m Machine, used, need Need) error {
	if free := free(m.Cores, l.Cores, used.Cores); need.Cores > free {
		return fmt.Errorf("%w: it needs %d processors, %d are free for work", ErrLimits, need.Cores, free)
	}
	if free := l.MemoryFree(m, used.Memory); need.Memory > free {
		return fmt.Errorf("%w: it needs %s of memory, %s are free for work", ErrLimits, size(need.Memory), size(free))
	}
	if free := l.DiskFree(m, used.Disk); need.Disk > free {
		return fmt.Errorf("%w: it needs %s of disk, %s are free for work", ErrLimits, size(need.Disk), size(free))
	}
	return nil
}

func free(has, limit, used int) int {
	if limit > 0 {
		has = min(has, limit)
	}
	return max(0, has-used)
}

// MemoryFree is how many more bytes of memory work may take while it holds
// used bytes.
func (l Limits) MemoryFree(m Machine, used uint64) uint64 {
	return room(m.MemoryFree, l.KeepMemory, l.Memory, used)
}

// DiskFree is how many more bytes of disk work may take while it holds used
// bytes.
func (l Limits) DiskFree(m Machine, used uint64) uint64 {
	return room(m.DiskFree, l.KeepDisk, l.Disk, used)
}

func room(free, keep, limit, used uint64) uint64 {
	free -= min(free, keep)
	if limit > 0 {
		free = min(free, limit-min(limit, used))
	}
	return free
}

// size writes bytes for people.
func size(n uint64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d bytes", n)
}
