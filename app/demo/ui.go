package demo

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// ui shows progress: a bar or a panel of lines that redraws itself on a
// terminal, plain lines at a modest pace elsewhere.
type ui struct {
	out      io.Writer
	terminal bool
	start    time.Time

	mu    sync.Mutex
	drawn int       // lines of a bar or panel that stand at the end; guarded by mu
	last  time.Time // of the last plain progress line; guarded by mu
	text  string    // of it; guarded by mu
}

func newUI(out io.Writer, terminal bool) *ui {
	return &ui{out: out, terminal: terminal, start: time.Now()}
}

func (u *ui) step(format string, args ...any) { u.line("== "+format, args...) }

func (u *ui) line(format string, args ...any) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.wipe()
	u.last, u.text = time.Time{}, ""
	fmt.Fprintf(u.out, "%6.1fs  %s\n", time.Since(u.start).Seconds(), fmt.Sprintf(format, args...))
}

// bar shows done of total; note says more.
func (u *ui) bar(name string, done, total int64, note string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	percent := 0.0
	if total > 0 {
		percent = 100 * min(1, float64(done)/float64(total))
	}
	if u.terminal {
		const width = 28
		n := int(percent / 100 * width)
		u.draw(fmt.Sprintf("%s%-7s %s%s %5.1f%%  %s", margin, name, strings.Repeat("█", n), strings.Repeat("░", width-n), percent, note))
		return
	}
	u.plain(fmt.Sprintf("%s %.0f%%, %s", name, percent, note))
}

// panel shows some lines, or where they cannot be drawn over, one that says the
// same in short.
func (u *ui) panel(lines []string, short string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.terminal {
		u.plain(short)
		return
	}
	cut := make([]string, len(lines))
	for i, l := range lines {
		r := []rune(margin + l)
		cut[i] = string(r[:min(len(r), panelWidth)])
	}
	u.draw(cut...)
}

// margin is as wide as the time before other lines.
const margin = "         "

// draw replaces what is drawn; mu is held.
func (u *ui) draw(lines ...string) {
	u.wipe()
	fmt.Fprint(u.out, "\r\x1b[K"+strings.Join(lines, "\n"))
	u.drawn = len(lines)
}

// plain writes a line unless it says nothing new or another was written just
// now; mu is held.
func (u *ui) plain(text string) {
	if text == u.text || time.Since(u.last) < 3*time.Second {
		return
	}
	u.last, u.text = time.Now(), text
	fmt.Fprintf(u.out, "%6.1fs  %s\n", time.Since(u.start).Seconds(), text)
}

func (u *ui) clear() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.wipe()
}

// wipe removes what is drawn; mu is held.
func (u *ui) wipe() {
	if u.drawn > 1 {
		fmt.Fprintf(u.out, "\x1b[%dA\r\x1b[J", u.drawn-1)
	} else if u.drawn == 1 {
		fmt.Fprint(u.out, "\r\x1b[K")
	}
	u.drawn = 0
}

// size writes bytes for people.
func size(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.2f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d B", n)
}

// short abbreviates an address.
func short(a string) string {
	if len(a) > 16 {
		return a[:9] + "…" + a[len(a)-4:]
	}
	return a
}
