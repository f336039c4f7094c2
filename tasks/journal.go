package tasks

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"supercomputing/chain/types"
)

// maxStateFile bounds a state file that is read back, in bytes.
const maxStateFile = 64 << 20

// hexAddress is an address whose text form is hex, for state files.
type hexAddress types.Address

func (a hexAddress) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(a[:])), nil }

func (a *hexAddress) UnmarshalText(b []byte) error {
	if len(b) != 64 {
		return fmt.Errorf("%w: address of %d characters", ErrState, len(b))
	}
	_, err := hex.Decode(a[:], b)
	return err
}

// journal is a file of checked lines that only grows: crc32c in 8 hex digits,
// a space, JSON, a line feed. A line counts when append has returned, that is
// after fsync; what a crash cut off at the end is dropped when it is opened.
type journal struct {
	path   string
	f      *os.File
	size   int64
	broken bool // the file's end is unknown; only rewrite helps
	closed bool
}

// openJournal reads the file's lines through apply and opens it for more. It
// makes no file: without one there are no lines, and the first write is a
// rewrite.
func openJournal(path string, apply func(line []byte) error) (*journal, error) {
	data, err := readState(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &journal{path: path, broken: true}, nil
	}
	if err != nil {
		return nil, err
	}
	good := 0
	for good < len(data) {
		line, size := nextLine(data[good:])
		if line == nil {
			if bytes.IndexByte(data[good:], '\n') >= 0 && good+size < len(data) {
				return nil, fmt.Errorf("%w: %s: damaged at byte %d", ErrState, path, good)
			}
			break // the torn end
		}
		if err := apply(line); err != nil {
			return nil, fmt.Errorf("%w: %s at byte %d: %w", ErrState, path, good, err)
		}
		good += size
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("job state: %w", err)
	}
	// A torn end must go before anything is written behind it.
	if err := f.Truncate(int64(good)); err == nil {
		_, err = f.Seek(int64(good), 0)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("job state: %w", err)
	}
	return &journal{path: path, f: f, size: int64(good)}, nil
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
		return nil, fmt.Errorf("job state: %w", err)
	}
	return append(fmt.Appendf(nil, "%08x %s", checksum(b), b), '\n'), nil
}

// append writes one line behind the others. After an error the line does not
// count, and the next write must be a rewrite.
func (j *journal) append(v any) error {
	line, err := encodeLine(v)
	if err != nil {
		return err
	}
	if j.broken || j.closed {
		return fmt.Errorf("job state: %s must be rewritten", j.path)
	}
	if _, err = j.f.Write(line); err == nil {
		err = j.f.Sync()
	}
	if err != nil {
		j.broken = true
		return fmt.Errorf("job state: %w", err)
	}
	j.size += int64(len(line))
	return nil
}

// rewrite replaces the whole journal by one line.
func (j *journal) rewrite(v any) error {
	line, err := encodeLine(v)
	if err != nil {
		return err
	}
	if j.closed {
		return fmt.Errorf("job state: %s is closed", j.path)
	}
	// Until the new file is open: a failure may come after the renaming, and
	// what was appended to the old file then would be lost.
	j.broken = true
	if err := replaceFile(j.path, line); err != nil {
		return err
	}
	if j.f != nil {
		j.f.Close() // every line was synced
		j.f = nil
	}
	f, err := os.OpenFile(j.path, os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("job state: %w", err)
	}
	j.f, j.size, j.broken = f, int64(len(line)), false
	return nil
}

// close gives the file back; nothing is written after it.
func (j *journal) close() {
	if j.f != nil {
		j.f.Close() // every line was synced
		j.f = nil
	}
	j.closed = true
}

// replaceFile puts data under path so that a crash leaves the old or the new
// file, whole.
func replaceFile(path string, data []byte) error {
	tmp := path + ".new"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("job state: %w", err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		os.Remove(tmp)
		return fmt.Errorf("job state: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// readState reads a state file of bounded size.
func readState(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("job state: %w", err)
	}
	if info.Size() > maxStateFile {
		return nil, fmt.Errorf("%w: %s has %d bytes", ErrState, path, info.Size())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("job state: %w", err)
	}
	return data, nil
}

// writeState and loadState keep one value as a checked line of its own file.
func writeState(path string, v any) error {
	line, err := encodeLine(v)
	if err != nil {
		return err
	}
	return replaceFile(path, line)
}

func loadState(path string, v any) error {
	data, err := readState(path)
	if err != nil {
		return err
	}
	line, size := nextLine(data)
	if line == nil || size != len(data) {
		return fmt.Errorf("%w: %s is damaged", ErrState, path)
	}
	if err := json.Unmarshal(line, v); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrState, path, err)
	}
	return nil
}
