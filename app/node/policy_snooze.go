package node

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"supercomputing/tasks/journal"
)

// snoozeFile remembers until when the owner said "not now", over restarts.
type snoozeFile struct {
	path string

	mu   sync.Mutex
	at   time.Time // guarded by mu
	read bool      // guarded by mu
}

// snoozeName is the file's name in the data directory.
const snoozeName = "snooze.json"

func snoozeIn(dir string) snoozeFile { return snoozeFile{path: filepath.Join(dir, snoozeName)} }

// until is the time, or zero. A file that cannot be read is none: at worst work
// goes on early.
func (s *snoozeFile) until() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.read {
		s.read = true
		raw, err := os.ReadFile(s.path)
		var v struct{ Until time.Time }
		if err == nil && json.Unmarshal(raw, &v) == nil {
			s.at = v.Until
		}
	}
	return s.at
}

// set remembers a time; one that is past ends the snooze.
func (s *snoozeFile) set(at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !at.After(time.Now()) {
		if err := os.Remove(s.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		s.at, s.read = time.Time{}, true
		return nil
	}
	raw, err := json.Marshal(struct{ Until time.Time }{at.UTC()})
	if err != nil {
		return err
	}
	if err := journal.Replace(s.path, raw); err != nil {
		return err
	}
	s.at, s.read = at, true
	return nil
}
