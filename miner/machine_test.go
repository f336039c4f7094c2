package miner

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

const gib = 1 << 30

func TestReadMachine(t *testing.T) {
	m, err := ReadMachine(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if m.Cores < 1 || m.MemoryTotal == 0 || m.DiskTotal == 0 || m.MemoryFree > m.MemoryTotal || m.DiskFree > m.DiskTotal {
		t.Errorf("%+v", m)
	}
	if _, err := ReadMachine(t.Context(), filepath.Join(t.TempDir(), "missing")); err == nil {
		t.Error("a folder that is missing has no size")
	}
}

func TestDefaultLimits(t *testing.T) {
	l := DefaultLimits(Machine{Cores: 1, MemoryTotal: 4 * gib, DiskTotal: gib})
	if l.Cores != 1 || l.KeepMemory != gib || l.KeepDisk != gib {
		t.Errorf("small machine: %+v", l)
	}
	if l := DefaultLimits(Machine{Cores: 8, DiskTotal: 100 * gib}); l.Cores != 7 || l.KeepDisk != 10*gib {
		t.Errorf("large machine: %+v", l)
	}
}

func TestLimitsCheck(t *testing.T) {
	m := Machine{Cores: 4, MemoryTotal: 8 * gib, MemoryFree: 4 * gib, DiskTotal: 100 * gib, DiskFree: 20 * gib}
	cases := []struct {
		name       string
		limits     Limits
		used, need Need
		missing    string // what the error must name, empty when it fits
	}{
		{"nothing needed", Limits{}, Need{}, Need{}, ""},
		{"all there is", Limits{}, Need{}, Need{4, 4 * gib, 20 * gib}, ""},
		{"too many cores", Limits{}, Need{}, Need{Cores: 5}, "processors"},
		{"too many cores for the owner", Limits{Cores: 2}, Need{}, Need{Cores: 3}, "processors"},
		{"cores in use", Limits{Cores: 2}, Need{Cores: 2}, Need{Cores: 1}, "processors"},
		{"more cores in use than allowed", Limits{Cores: 2}, Need{Cores: 3}, Need{Cores: 1}, "processors"},
		{"too much memory", Limits{}, Need{}, Need{Memory: 4*gib + 1}, "memory"},
		{"memory kept free", Limits{KeepMemory: gib}, Need{}, Need{Memory: 3*gib + 1}, "memory"},
		{"more kept than is free", Limits{KeepMemory: 9 * gib}, Need{}, Need{Memory: 1}, "memory"},
		{"memory limit", Limits{Memory: 2 * gib}, Need{Memory: gib}, Need{Memory: gib}, ""},
		{"memory limit used up", Limits{Memory: 2 * gib}, Need{Memory: 2 * gib}, Need{Memory: 1}, "memory"},
		{"disk kept free", Limits{KeepDisk: 10 * gib}, Need{}, Need{Disk: 10*gib + 1}, "disk"},
		{"disk limit lowered below use", Limits{Disk: gib}, Need{Disk: 5 * gib}, Need{Disk: 1}, "disk"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := c.limits.Check(m, c.used, c.need)
			if c.missing == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if !errors.Is(err, ErrLimits) || !strings.Contains(err.Error(), c.missing) {
				t.Errorf("got %v, want one that names %s", err, c.missing)
			}
		})
	}
}
