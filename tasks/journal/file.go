package journal

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// maxFile bounds a file that is read back, in bytes.
const maxFile = 64 << 20

// Replace puts data under path so that a crash leaves the old or the new
// file, whole.
func Replace(path string, data []byte) error {
	tmp := path + ".new"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("state file: %w", err)
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
		return fmt.Errorf("state file: %w", err)
	}
	return SyncDir(filepath.Dir(path))
}

// read reads a file of bounded size.
func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("state file: %w", err)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%w: %s has %d bytes", ErrDamaged, path, info.Size())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("state file: %w", err)
	}
	return data, nil
}

// Save keeps v as the one checked line of the file under path. A crash leaves
// the old value or the new one.
func Save(path string, v any) error {
	line, err := encodeLine(v)
	if err != nil {
		return err
	}
	return Replace(path, line)
}

// Load reads into v what Save kept. It fails with fs.ErrNotExist and with
// ErrDamaged.
func Load(path string, v any) error {
	data, err := read(path)
	if err != nil {
		return err
	}
	line, size := nextLine(data)
	if line == nil || size != len(data) {
		return fmt.Errorf("%w: %s is damaged", ErrDamaged, path)
	}
	if err := json.Unmarshal(line, v); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrDamaged, path, err)
	}
	return nil
}
