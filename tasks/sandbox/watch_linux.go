package sandbox

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// How often the watchdog looks: often at first, because bombs go off at the
// start, and with a fiftieth of one processor, unless looking takes very long.
const (
	firstLook  = 10 * time.Millisecond
	usualLook  = 100 * time.Millisecond
	rarestLook = 300 * time.Millisecond
	lookShare  = 50
	rarestDisk = time.Second
	searchTime = time.Second
)

// minFree is what has to be left of the disk, in bytes, unless it is a small one.
const minFree = 256 << 20

// watch lets the program run until its end, ctx's end or a limit.
func (p *process) watch(ctx context.Context) error {
	pace := newPacer(p.c, p.began, p.halt, p.goOn)
	defer pace.close()
	disk := diskWatch{c: p.c}
	searched, next := time.Now(), firstLook
	look := time.NewTimer(next)
	defer look.Stop()
	for {
		var why error
		select {
		case p.err = <-p.ended:
			p.waited = true
			disk.next = time.Time{}
			if err := disk.look(nil); err != nil {
				return err // what it left is over the limit all the same
			}
			return p.result()
		case <-ctx.Done():
			why = context.Cause(ctx)
		case <-pace.deadline.C:
			why = &LimitError{LimitTime, p.c.Limits.Time.String()}
		case <-pace.news:
			pace.step()
		case <-pace.turn.C:
			pace.step()
		case <-look.C:
			begin := time.Now()
			if !p.c.Isolate && begin.Sub(searched) > searchTime {
				p.tree.search()
				searched = begin
			}
			h := p.tree.measure(p.c.Limits.Processes)
			p.peak, p.cpu = max(p.peak, h.memory), max(p.cpu, h.cpu)
			if h.ended && !p.c.Isolate {
				p.tree.killAll() // what it left behind may hold the pipes open
			}
			if why = p.over(h); why == nil {
				why = disk.look(h.pids)
			}
			next = min(2*next, usualLook)
			if pace.held() { // nothing grows, and what woke sleeps again
				p.halt(false) // the search goes on above
				next = rarestLook
			}
			look.Reset(max(next, min(lookShare*time.Since(begin), rarestLook)))
		}
		if why != nil {
			p.kill()
			p.wait()
			return why
		}
	}
}

// over is the limit that the tree is over.
func (p *process) over(h held) error {
	l := p.c.Limits
	switch {
	case l.Memory > 0 && h.memory > l.Memory:
		return &LimitError{LimitMemory, size(l.Memory)}
	case l.Processes > 0 && h.tasks > l.Processes:
		return &LimitError{LimitProcesses, strconv.Itoa(l.Processes)}
	case l.CPU > 0 && h.cpu > l.CPU:
		return &LimitError{LimitCPU, l.CPU.String()}
	case l.Memory > 0 && scarce():
		return &LimitError{LimitMemory, "this machine has hardly any left"}
	}
	return nil
}

// scarce reports whether the machine's memory is nearly used up. There are ways
// to hold memory that belongs to no process, and other programs come first.
func scarce() bool {
	b, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return false
	}
	var total, left int64
	for line := range strings.Lines(string(b)) {
		name, value, _ := strings.Cut(line, ":")
		kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		switch name {
		case "MemTotal":
			total = kib
		case "MemAvailable":
			left = kib
		}
	}
	return total > 0 && left < max(64<<10, total/50)
}

// diskWatch looks at Scratch. A look that took long makes the next one wait.
type diskWatch struct {
	c      Command
	next   time.Time
	hidden int // looks one after the other that met a process that hides its files
}

// maxHidden bounds such looks; a process that is just changing may look like one.
const maxHidden = 3

// look is the limit that Scratch is over, with what the processes hold of
// files that have no name any more.
func (d *diskWatch) look(pids []int) error {
	l := d.c.Limits
	if l.Disk == 0 || time.Now().Before(d.next) {
		return nil
	}
	begin := time.Now()
	used, entries, err := usage(d.c.Scratch, l.Entries)
	more, hidden := nameless(d.c.Scratch, pids)
	used += more
	if d.hidden++; !hidden {
		d.hidden = 0
	}
	d.next = time.Now().Add(min(20*time.Since(begin), rarestDisk))
	switch {
	case err != nil:
		return &LimitError{LimitDisk, err.Error()}
	case d.hidden >= maxHidden && d.c.Isolate: // elsewhere it may be another user's
		return &LimitError{LimitDisk, "a process hides its files"}
	case entries > l.Entries:
		return &LimitError{LimitDisk, fmt.Sprintf("%d files", l.Entries)}
	case used > l.Disk:
		return &LimitError{LimitDisk, size(l.Disk)}
	}
	var fs unix.Statfs_t
	if unix.Statfs(d.c.Scratch, &fs) == nil && fs.Bavail < min(fs.Blocks/50, minFree/uint64(fs.Bsize)) {
		return &LimitError{LimitDisk, "this machine has hardly any left"}
	}
	return nil
}
