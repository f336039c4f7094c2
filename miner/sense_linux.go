package miner

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// linux reads /sys and /proc, and asks the display and the buses.
type linux struct {
	root    string // "" but in tests
	display display
	bus     buses
}

func newPlatform() platform { return &linux{} }

func (l *linux) close() {
	l.display.close()
	l.bus.close()
}

// input is the shortest of what display, desktop and terminals tell: each knows
// a part of what people do, and none when they do nothing.
func (l *linux) input(ctx context.Context) (least time.Duration, known bool) {
	for _, ask := range []func(context.Context) (time.Duration, bool){l.display.idle, l.bus.idle, l.terminals} {
		if d, ok := ask(ctx); ok && (!known || d < least) {
			least, known = d, true
		}
	}
	return least, known
}

// terminals is the time since the last key in a terminal: reading one sets the
// time of access of its device, to within 8 s.
func (l *linux) terminals(context.Context) (time.Duration, bool) {
	var last time.Time
	for _, pattern := range []string{"/dev/pts/[0-9]*", "/dev/tty[0-9]*", "/dev/ttyS[0-9]*"} {
		names, _ := filepath.Glob(l.root + pattern)
		for _, name := range names {
			if at, ok := accessed(name); ok && at.After(last) {
				last = at
			}
		}
	}
	return max(time.Since(last), 0), !last.IsZero()
}

func (l *linux) text(parts ...string) string {
	b, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// battery adds up the batteries of the machine itself, not those of its mouse.
func (l *linux) battery() (has, on bool, charge int, ok bool) {
	dir := l.root + "/sys/class/power_supply"
	supplies, err := os.ReadDir(dir)
	if err != nil {
		return false, false, 0, false
	}
	n, sum, mains, plugged := 0, 0, false, false
	for _, s := range supplies {
		path := filepath.Join(dir, s.Name())
		switch l.text(path, "type") {
		case "Battery":
			percent, err := strconv.Atoi(l.text(path, "capacity"))
			if l.text(path, "scope") == "Device" || l.text(path, "present") == "0" || err != nil {
				continue
			}
			n, sum = n+1, sum+percent
			on = on || l.text(path, "status") == "Discharging"
		case "Mains", "USB":
			mains = true
			plugged = plugged || l.text(path, "online") == "1"
		}
	}
	if n == 0 {
		return false, false, 0, true
	}
	// Plugged in, some batteries discharge while others are filled.
	return true, on && !plugged || mains && !plugged, sum / n, true
}

// cpuSensors are the drivers of processors' own sensors, and cpuZones the
// beginnings of thermal zones that are theirs.
var (
	cpuSensors = []string{"coretemp", "k10temp", "zenpower", "cpu_thermal", "cpu-thermal", "soc_thermal", "via_cputemp"}
	cpuZones   = []string{"x86_pkg_temp", "cpu", "soc", "acpitz"}
)

func (l *linux) celsius() (hottest float64, ok bool) {
	look := func(file string) {
		// What is out of all reason is a sensor that is not connected.
		if milli, err := strconv.Atoi(l.text(file)); err == nil && milli > 1000 && milli < 150_000 {
			hottest, ok = max(hottest, float64(milli)/1000), true
		}
	}
	monitors, _ := filepath.Glob(l.root + "/sys/class/hwmon/hwmon*")
	for _, m := range monitors {
		if !slices.Contains(cpuSensors, l.text(m, "name")) {
			continue
		}
		files, _ := filepath.Glob(m + "/temp*_input")
		for _, f := range files {
			look(f)
		}
	}
	if ok {
		return hottest, true
	}
	zones, _ := filepath.Glob(l.root + "/sys/class/thermal/thermal_zone*")
	for _, kind := range cpuZones {
		for _, z := range zones {
			if strings.HasPrefix(strings.ToLower(l.text(z, "type")), kind) {
				look(filepath.Join(z, "temp"))
			}
		}
		if ok {
			return hottest, true
		}
	}
	return 0, false
}

func (l *linux) metered(ctx context.Context) (bool, bool) { return l.bus.metered(ctx) }

// one is a process in /proc.
type one struct {
	parent int
	name   string // at most 15 bytes
	cpu    int64  // hundredths of a second, its ended children's too
}

// processes reads every process once: one file of each, some microseconds.
func (l *linux) processes(_ context.Context, programs []string) (running []string, own time.Duration, ok bool) {
	dir, err := os.Open(l.root + "/proc")
	if err != nil {
		return nil, 0, false
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, 0, false
	}
	all := make(map[int]one, len(names))
	buf := make([]byte, 1024)
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			if p, ok := l.process(name, buf); ok {
				all[pid] = p
			}
		}
	}
	self := os.Getpid()
	mine := func(pid int) bool {
		for range 64 { // no deeper
			if pid == self {
				return true
			}
			p, there := all[pid]
			if !there || p.parent == 0 {
				return false
			}
			pid = p.parent
		}
		return false
	}
	var ticks int64
	for pid, p := range all {
		if mine(pid) {
			ticks += p.cpu
		} else if len(programs) > 0 {
			if name := l.matches(pid, p, programs); name != "" && !slices.Contains(running, name) {
				running = append(running, name)
			}
		}
	}
	slices.Sort(running)
	_, there := all[self]
	return running, time.Duration(ticks) * 10 * time.Millisecond, there
}

// process reads proc(5)'s stat. The name in parentheses may hold anything.
func (l *linux) process(pid string, buf []byte) (one, bool) {
	f, err := os.Open(l.root + "/proc/" + pid + "/stat")
	if err != nil {
		return one{}, false
	}
	defer f.Close()
	n, _ := f.Read(buf)
	b := buf[:n]
	open, end := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if open < 0 || end < open {
		return one{}, false
	}
	p, i := one{name: string(b[open+1 : end])}, 0
	for f := range bytes.FieldsSeq(b[end+1:]) {
		switch i {
		case 1:
			p.parent, _ = strconv.Atoi(string(f))
		case 11, 12, 13, 14:
			v, _ := strconv.ParseInt(string(f), 10, 64)
			p.cpu += v
		}
		if i++; i > 14 {
			return p, true
		}
	}
	return one{}, false
}

// kernelName is how much of a name the kernel keeps.
const kernelName = 15

// matches is the first of the programs that a process is.
func (l *linux) matches(pid int, p one, programs []string) string {
	name := programName(p.name)
	for _, want := range programs {
		w := programName(want)
		if name == w {
			return want
		}
		if len(p.name) != kernelName || !strings.HasPrefix(w, name) {
			continue
		}
		line, _ := os.ReadFile(l.root + "/proc/" + strconv.Itoa(pid) + "/cmdline")
		first, _, _ := bytes.Cut(line, []byte{0})
		if programName(string(first)) == w {
			return want
		}
	}
	return ""
}
