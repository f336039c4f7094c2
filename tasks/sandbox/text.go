package sandbox

import (
	"fmt"
	"io"
	"strings"
)

// tail hands on what is written and keeps the end of it.
type tail struct {
	w   io.Writer
	end []byte
}

const maxTail = 4096

func (t *tail) Write(b []byte) (int, error) {
	t.end = append(t.end, b[max(0, len(b)-maxTail):]...)
	if over := len(t.end) - maxTail; over > 0 {
		t.end = append(t.end[:0], t.end[over:]...)
	}
	if t.w == nil {
		return len(b), nil
	}
	return t.w.Write(b)
}

func (t *tail) text() string { return strings.ToValidUTF8(string(t.end), "�") }

func (t *tail) last() string {
	text := strings.TrimSpace(t.text())
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// size is a number of bytes for people.
func size(n int64) string {
	switch {
	case n >= 10<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 10<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
