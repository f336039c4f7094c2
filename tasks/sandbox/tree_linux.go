package sandbox

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// tree is a program's processes, read from /proc.
type tree struct {
	root     int  // process id
	group    int  // process group; a sandbox's inside is in another
	isolated bool // every descendant stays one; otherwise a child can be given away

	// Outside a sandbox.
	known map[int]uint64 // process id to start time
	mark  string         // in the environment of each that did not remove it
}

// stat is what /proc/PID/stat says of a process.
type stat struct {
	pid, parent, group, session int
	state                       byte
	threads                     int
	cpu                         time.Duration // its own, and of its children that ended
	start                       uint64        // tells it from a later one with its number
}

// held is what a tree takes.
type held struct {
	tasks  int // processes and threads
	memory int64
	cpu    time.Duration
	pids   []int
	ended  bool // the root has
}

// maxSweep bounds the time in which killed processes have to be gone: one can
// hang in the kernel, on a disk that does not answer.
const maxSweep = 10 * time.Second

// tick is the kernel's unit of processor time in /proc: 1/100 s on every
// architecture.
const tick = 10 * time.Millisecond

func readStat(pid int) (stat, bool) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, false
	}
	return parseStat(b)
}

// parseStat reads proc(5)'s stat. The name in parentheses is the program's
// choice and may hold anything, so the last parenthesis counts.
func parseStat(b []byte) (stat, bool) {
	open, end := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if open < 1 || end < open {
		return stat{}, false
	}
	f := strings.Fields(string(b[end+1:]))
	if len(f) < 20 || len(f[0]) != 1 {
		return stat{}, false
	}
	n := make([]int64, len(f))
	for i := 1; i < 20; i++ {
		v, err := strconv.ParseInt(f[i], 10, 64)
		if err != nil {
			return stat{}, false
		}
		n[i] = v
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b[:open])))
	if err != nil {
		return stat{}, false
	}
	return stat{
		pid: pid, state: f[0][0], parent: int(n[1]), group: int(n[2]), session: int(n[3]),
		cpu: time.Duration(n[11]+n[12]+n[13]+n[14]) * tick, threads: int(n[17]), start: uint64(n[19]),
	}, true
}

// children are the processes that a process started and has not waited for. The
// list may miss some while it changes.
func children(pid int) (out []int) {
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return nil
	}
	for _, t := range threads {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, t.Name()))
		if err != nil {
			continue
		}
		for f := range strings.FieldsSeq(string(b)) {
			if n, err := strconv.Atoi(f); err == nil {
				out = append(out, n)
			}
		}
	}
	return out
}

// memory is what a process holds that cannot be thrown away: its own pages,
// shared memory and what was swapped out. Pages of files are not counted, they
// are the disk's.
func memory(pid int) (n int64) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		name, value, _ := strings.Cut(line, ":")
		switch name {
		case "RssAnon", "RssShmem", "VmSwap":
			kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			n += kib << 10
		}
	}
	return n
}

// measure adds up the tree. It stops early above most tasks (0: never).
func (t *tree) measure(most int) (h held) {
	todo := []int{t.root}
	seen := map[int]bool{t.root: true}
	if !t.isolated {
		for pid, start := range t.known {
			if s, ok := readStat(pid); ok && s.start == start {
				if !seen[pid] {
					seen[pid] = true
					todo = append(todo, pid)
				}
			} else {
				delete(t.known, pid)
			}
		}
	}
	for len(todo) > 0 && (most == 0 || h.tasks <= most+2) {
		pid := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		s, ok := readStat(pid)
		if !ok {
			h.ended = h.ended || pid == t.root
			continue
		}
		h.cpu += s.cpu
		if s.state == 'Z' || s.state == 'X' {
			h.ended = h.ended || pid == t.root
			h.tasks++
			continue
		}
		h.tasks += s.threads
		h.memory += memory(pid)
		h.pids = append(h.pids, pid)
		t.remember(s)
		for _, child := range children(pid) {
			if !seen[child] {
				seen[child] = true
				todo = append(todo, child)
			}
		}
	}
	if t.isolated {
		h.tasks = max(0, h.tasks-2) // bubblewrap's own
	}
	return h
}

func (t *tree) remember(s stat) {
	if t.isolated || s.pid == t.root {
		return
	}
	if t.known == nil {
		t.known = make(map[int]uint64)
	}
	t.known[s.pid] = s.start
}

// search looks through all processes of the machine for those of the program
// that were given away before they were seen: by group or mark. It is
// dear, so it is done now and then, and only outside a sandbox.
func (t *tree) search() {
	names, err := os.ReadDir("/proc")
	if err != nil {
		return
	}
	for _, name := range names {
		pid, err := strconv.Atoi(name.Name())
		if err != nil {
			continue
		}
		s, ok := readStat(pid)
		if !ok || s.state == 'Z' {
			continue
		}
		if s.group == t.group && pid != t.group || t.marked(pid) {
			t.remember(s)
		}
	}
}

func (t *tree) marked(pid int) bool {
	env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	return err == nil && t.mark != "" && bytes.Contains(env, []byte(t.mark))
}

// killAll ends the group, and outside a sandbox what left it.
func (t *tree) killAll() {
	if !t.isolated {
		t.search()
	}
	unix.Kill(-t.group, unix.SIGKILL) // the guard too, which keeps the number ours
	for pid, start := range t.known {
		if s, ok := readStat(pid); ok && s.start == start && s.state != 'Z' {
			unix.Kill(pid, unix.SIGKILL)
		}
	}
}

// sweep ends what is left after the program's end, and waits for it.
func (t *tree) sweep() {
	for until := time.Now().Add(maxSweep); ; {
		t.killAll()
		left := false
		for pid, start := range t.known {
			s, ok := readStat(pid)
			left = left || ok && s.start == start && s.state != 'Z'
		}
		if !left || time.Now().After(until) {
			return
		}
		time.Sleep(time.Millisecond)
	}
}
