package miner

import (
	"context"
	"time"
	"unsafe" // the system's calls fill structures

	"golang.org/x/sys/windows"
)

// desktop asks Windows' own functions; it has none for the temperature, and the
// cost of a connection is known to packaged programs only.
type desktop struct{ lastInput, ticks, power *windows.LazyProc }

func newPlatform() platform {
	user, kernel := windows.NewLazySystemDLL("user32.dll"), windows.NewLazySystemDLL("kernel32.dll")
	return &desktop{user.NewProc("GetLastInputInfo"), kernel.NewProc("GetTickCount"), kernel.NewProc("GetSystemPowerStatus")}
}

func (d *desktop) close() {}

func (d *desktop) input(context.Context) (time.Duration, bool) {
	var info struct{ size, time uint32 } // LASTINPUTINFO
	info.size = uint32(unsafe.Sizeof(info))
	if d.lastInput.Find() != nil || d.ticks.Find() != nil {
		return 0, false
	}
	if ok, _, _ := d.lastInput.Call(uintptr(unsafe.Pointer(&info))); ok == 0 {
		return 0, false
	}
	now, _, _ := d.ticks.Call()
	return time.Duration(uint32(now)-info.time) * time.Millisecond, true // both wrap around alike
}

func (d *desktop) battery() (has, on bool, charge int, ok bool) {
	var s struct { // SYSTEM_POWER_STATUS
		line, flag, percent, system byte
		left, full                  uint32
	}
	if d.power.Find() != nil {
		return false, false, 0, false
	}
	if done, _, _ := d.power.Call(uintptr(unsafe.Pointer(&s))); done == 0 || s.flag == 255 || s.flag&128 == 0 && s.percent > 100 {
		return false, false, 0, false
	}
	if s.flag&128 != 0 {
		return false, false, 0, true // there is none
	}
	return true, s.line == 0, int(s.percent), true
}

func (d *desktop) celsius() (float64, bool)             { return 0, false }
func (d *desktop) metered(context.Context) (bool, bool) { return false, false }
func (d *desktop) processes(ctx context.Context, programs []string) ([]string, time.Duration, bool) {
	return readProcesses(ctx, programs)
}
