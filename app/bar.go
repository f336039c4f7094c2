package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// bars shows progress: on a terminal as lines that are drawn over, elsewhere
// as plain lines, one when a note changes or ten seconds of progress passed.
type bars struct {
	out   io.Writer
	width int // columns, 0 for plain lines
	now   func() time.Time
	drawn int             // lines on the terminal that belong to us
	said  map[string]said // by name, for plain lines
}

type said struct {
	note string
	part int // percent
	at   time.Time
}

// bar is one line of progress. Total 0 means unknown.
type bar struct {
	name        string
	done, total int64
	unit        string // "bytes" are written as sizes, "" not at all
	note        string
}

const plainEvery = 10 * time.Second

// draw shows the bars, replacing those drawn before.
func (b *bars) draw(lines []bar) {
	if b.width <= 0 {
		for _, l := range lines {
			b.plain(l)
		}
		return
	}
	text := make([]string, len(lines))
	for i, l := range lines {
		text[i] = b.line(l)
	}
	b.lines(text)
}

// lines replaces what was drawn before by these lines, which have to be
// narrower than the terminal.
func (b *bars) lines(lines []string) {
	var s strings.Builder
	if b.drawn > 0 {
		fmt.Fprintf(&s, "\x1b[%dA", b.drawn)
	}
	for _, l := range lines {
		s.WriteString("\r\x1b[2K" + l + "\n")
	}
	s.WriteString("\x1b[J") // lines that are gone
	b.drawn = len(lines)
	io.WriteString(b.out, s.String())
}

// line fits one bar into the terminal's width.
func (b *bars) line(l bar) string {
	name := pad(clean(l.name), 16)
	tail := strings.TrimSpace(fmt.Sprintf("%3d %%  %s  %s", l.percent(), l.amount(), clean(l.note)))
	room := b.width - 1 - len([]rune(name)) - 3
	size := min(30, room-24)
	if size < 8 {
		return cut(name+" "+tail, b.width-1)
	}
	full := size * l.percent() / 100
	drawn := strings.Repeat("█", full) + strings.Repeat("░", size-full)
	return cut(name+" "+drawn+" "+tail, b.width-1)
}

func (b *bars) plain(l bar) {
	last, seen := b.said[l.name]
	part, now := l.percent(), b.now()
	moved := part != last.part && now.Sub(last.at) >= plainEvery
	if seen && l.note == last.note && !moved && (part < 100 || last.part >= 100) {
		return
	}
	if b.said == nil {
		b.said = make(map[string]said)
	}
	b.said[l.name] = said{l.note, part, now}
	fmt.Fprintln(b.out, strings.TrimSpace(fmt.Sprintf("%s: %d %% %s %s", clean(l.name), part, l.amount(), clean(l.note))))
}

func (l bar) percent() int {
	if l.total <= 0 {
		return 0
	}
	return int(min(max(l.done, 0), l.total) * 100 / l.total)
}

func (l bar) amount() string {
	if l.total <= 0 || l.unit == "" {
		return ""
	}
	if l.unit == "bytes" {
		return bytesText(l.done) + " of " + bytesText(l.total)
	}
	return fmt.Sprintf("%d of %d %s", l.done, l.total, l.unit)
}

func pad(s string, n int) string {
	r := []rune(s)
	if len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s + strings.Repeat(" ", n-len(r))
}

func cut(s string, n int) string {
	n = max(n, 1)
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
