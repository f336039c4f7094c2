// Package journal owns files of state that a crash must not damage: a file of
// checked lines that only grows, and a file that holds one value and is
// replaced whole. What they say is the caller's, as JSON.
package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"strconv"
)

// ErrDamaged says that a file does not hold what was written. Nothing is
// overwritten then.
var ErrDamaged = errors.New("unreadable state file")

// Journal is a file of checked lines that only grows: crc32c in 8 hex digits,
// a space, JSON, a line feed. A line counts when Append has returned, that is
// after fsync; what a crash cut off at the end is dropped when it is opened.
// One goroutine at a time may use it.
type Journal struct {
	path   string
	f      *os.File
	size   int64
	broken bool // the file's end is unknown; only Rewrite helps
	closed bool
}

// New is a journal that has no file yet, whatever is under path: its first
// write is a Rewrite.
func New(path string) *Journal { return &Journal{path: path, broken: true} }

// Open reads the file's lines through apply and opens it for more. It makes no
// file: without one there are no lines, and the first write is a Rewrite. It
// fails with ErrDamaged when something other than the end is missing, when
// apply refuses a line, and over 64 MiB.
func Open(path string, apply func(line []byte) error) (*Journal, error) {
	data, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return New(path), nil
	}
	if err != nil {
		return nil, err
	}
	good := 0
	for good < len(data) {
		line, size := nextLine(data[good:])
		if line == nil {
			if bytes.IndexByte(data[good:], '\n') >= 0 && good+size < len(data) {
				return nil, fmt.Errorf("%w: %s: damaged at byte %d", ErrDamaged, path, good)
			}
			break // the torn end
		}
		if err := apply(line); err != nil {
			return nil, fmt.Errorf("%w: %s at byte %d: %w", ErrDamaged, path, good, err)
		}
		good += size
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("state file: %w", err)
	}
	// A torn end must go before anything is written behind it.
	if err = f.Truncate(int64(good)); err == nil {
		_, err = f.Seek(int64(good), 0)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("state file: %w", err)
	}
	return &Journal{path: path, f: f, size: int64(good)}, nil
}

// nextLine gives the first line's JSON and the line's size; the JSON is nil
// when the line is cut short or damaged.
func nextLine(data []byte) (line []byte, size int) {
	end := bytes.IndexByte(data, '\n')
	if end < 0 {
		return nil, len(data)
	}
	if end < 10 || data[8] != ' ' {
		return nil, end + 1
	}
	sum, err := strconv.ParseUint(string(data[:8]), 16, 32)
	if err != nil || uint32(sum) != checksum(data[9:end]) {
		return nil, end + 1
	}
	return data[9:end], end + 1
}

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

func encodeLine(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("state file: %w", err)
	}
	return append(fmt.Appendf(nil, "%08x %s", checksum(b), b), '\n'), nil
}

// Append writes one line behind the others. After an error the line does not
// count, and the next write must be a Rewrite.
func (j *Journal) Append(v any) error {
	line, err := encodeLine(v)
	if err != nil {
		return err
	}
	if j.broken || j.closed {
		return fmt.Errorf("state file: %s must be rewritten", j.path)
	}
	if _, err = j.f.Write(line); err == nil {
		err = j.f.Sync()
	}
	if err != nil {
		j.broken = true
		return fmt.Errorf("state file: %w", err)
	}
	j.size += int64(len(line))
	return nil
}

// Rewrite replaces the whole journal by these lines; a crash leaves the old
// lines or the new ones.
func (j *Journal) Rewrite(vs ...any) error {
	var lines []byte
	for _, v := range vs {
		line, err := encodeLine(v)
		if err != nil {
			return err
		}
		lines = append(lines, line...)
	}
	if j.closed {
		return fmt.Errorf("state file: %s is closed", j.path)
	}
	// Until the new file is open: a failure may come after the renaming, and
	// what was appended to the old file then would be lost.
	j.broken = true
	if err := Replace(j.path, lines); err != nil {
		return err
	}
	if j.f != nil {
		j.f.Close() // every line was synced
		j.f = nil
	}
	f, err := os.OpenFile(j.path, os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("state file: %w", err)
	}
	j.f, j.size, j.broken = f, int64(len(lines)), false
	return nil
}

// Size is the length of all lines in bytes: what tells when a Rewrite is due.
func (j *Journal) Size() int64 { return j.size }

// Broken reports whether only a Rewrite can be written now: there is no file
// yet, or the last write failed.
func (j *Journal) Broken() bool { return j.broken }

// Close gives the file back; nothing is written after it.
func (j *Journal) Close() {
	if j.f != nil {
		j.f.Close() // every line was synced
		j.f = nil
	}
	j.closed = true
}
