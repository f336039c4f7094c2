package blender

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/sandbox"
)

const (
	maxLine = 64 << 10 // of output; a scene chooses the names in it
	maxTail = 40       // lines kept to explain a failure
)

// output is what Blender prints, read for the driver's lines and for what
// explains a failure.
type output struct {
	mark  string
	event func(event)
	plain func(string)

	mu     sync.Mutex
	tail   []string // last lines that are no progress
	failed struct{ kind, text string }
	done   bool
}

func newOutput(p process) *output {
	return &output{mark: p.order.Mark, event: p.event, plain: p.line}
}

// stream is one of the program's two. Each has a line of its own under way:
// what Blender says on one does not cut a line of the other.
type stream struct {
	to   *output
	part []byte
}

// Write takes a piece of the stream, cut anywhere.
func (s *stream) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; {
		i := bytes.IndexByte(rest, '\n')
		end := i
		if i < 0 {
			end = len(rest)
		}
		s.part = append(s.part, rest[:min(end, maxLine-len(s.part))]...)
		if i < 0 {
			break
		}
		s.to.take(string(bytes.TrimRight(s.part, "\r")))
		s.part, rest = s.part[:0], rest[i+1:]
	}
	return len(b), nil
}

// take sorts a line. It calls out unlocked.
func (o *output) take(line string) {
	e, ours := parseEvent(line, o.mark)
	o.mu.Lock()
	if ours {
		o.note(e)
	} else {
		o.keep(line)
	}
	o.mu.Unlock()
	if ours && o.event != nil {
		o.event(e)
	}
	if !ours && o.plain != nil {
		o.plain(line)
	}
}

// note remembers how the driver ended.
func (o *output) note(e event) {
	switch e.kind {
	case "error":
		var v struct{ Kind, Text string }
		if e.as(&v) == nil {
			o.failed.kind, o.failed.text = v.Kind, v.Text
		}
	case "done":
		o.done = true
	}
}

// keep keeps lines that may explain a failure.
func (o *output) keep(line string) {
	if line == "" || strings.HasPrefix(line, "Fra:") || strings.HasPrefix(line, " Time:") || strings.HasPrefix(line, "Saved:") {
		return
	}
	if len(line) > 400 {
		line = line[:400]
	}
	o.tail = append(o.tail, line)
	if len(o.tail) > maxTail {
		o.tail = o.tail[1:]
	}
}

var (
	memoryText = regexp.MustCompile(`(?i)out of (.{0,40} )?memory|bad_alloc|alloc(N|_arrayN)? returns null|MemoryError|cannot allocate memory`)
	diskText   = regexp.MustCompile(`(?i)no space left|disk quota|file too large|could not write|cannot save|write error`)
	unreadable = regexp.MustCompile(`(?:Failed to read blend file|File format is not supported|Cannot read file|Loading .* failed|Unable to open)[^\n]*`)
	missing    = regexp.MustCompile(`Cannot render, no camera|no camera`)
)

// verdict says in engine's errors how a run ended; err is the sandbox's.
func (o *output) verdict(ctx context.Context, err error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := strings.Join(o.tail, "\n") + "\n" + o.failed.text
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, sandbox.ErrUnavailable):
		return fmt.Errorf("%w: %w", engine.ErrSandbox, err)
	case errors.Is(err, sandbox.ErrLimit):
		return fmt.Errorf("%w: %w", engine.ErrLimit, err)
	case err == nil && o.done:
		return nil
	case o.failed.kind == "MemoryError" || memoryText.MatchString(all):
		return fmt.Errorf("%w: Blender ran out of memory", engine.ErrLimit)
	case diskText.MatchString(all):
		return fmt.Errorf("%w: Blender could not write the picture: %s", engine.ErrLimit, last(o.tail))
	case missing.MatchString(o.failed.text):
		return fmt.Errorf("%w: it has no active camera", engine.ErrScene)
	case o.failed.text != "":
		return fmt.Errorf("%w: %s", engine.ErrScene, clean(o.failed.text))
	case unreadable.MatchString(all):
		return fmt.Errorf("%w: Blender cannot read it: %s", engine.ErrScene, clean(unreadable.FindString(all)))
	}
	return crash(err, o.tail)
}

// crash explains an end that Blender did not.
func crash(err error, tail []string) error {
	var exit *sandbox.ExitError
	if errors.As(err, &exit) {
		if exit.Signal == 9 { // nobody of ours sent it: the system was out of memory
			return fmt.Errorf("%w: the system killed Blender, which happens when memory runs out", engine.ErrLimit)
		}
		return fmt.Errorf("%w: Blender crashed: %w: %s", engine.ErrScene, err, clean(last(tail)))
	}
	if err == nil {
		return fmt.Errorf("%w: Blender ended early: %s", engine.ErrScene, clean(last(tail)))
	}
	return fmt.Errorf("running Blender: %w", err)
}

func last(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return lines[len(lines)-1]
}

// clean makes one bounded line of what a program said: some of it is the
// scene's own words.
func clean(s string) string {
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)), " ")
	s = strings.TrimPrefix(s, "Error: ")
	if r := []rune(s); len(r) > 300 {
		s = string(r[:300]) + "…"
	}
	return s
}
