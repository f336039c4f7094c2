package download

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// entry is what the engine knows of one torrent across restarts. Beside
// <info-hash>.json lie .info, the info dictionary, and .done, the proof of
// which pieces are held.
type entry struct {
	Version   int       `json:"version"`
	InfoHash  InfoHash  `json:"info_hash"`
	Name      string    `json:"name,omitempty"`
	Base      string    `json:"base"`            // folder that holds the content
	Owner     string    `json:"owner,omitempty"` // on whose behalf it is held: a job's id
	Published bool      `json:"published,omitempty"`
	Added     time.Time `json:"added"`
	Until     time.Time `json:"until,omitzero"` // deleted afterwards; zero: never
	Peers     []string  `json:"peers,omitempty"`
	Striped   bool      `json:"striped,omitempty"` // fetched piece by piece as a job's nodes agree
}

const entryVersion = 1

// gone reports that what was fetched for a job was deleted with the job's
// folder, by whoever cleared up after it.
func (e *entry) gone() bool {
	_, err := os.Stat(e.Base)
	return !e.Published && errors.Is(err, fs.ErrNotExist)
}

// registry keeps the entries on disk.
type registry struct{ dir string }

func (r registry) file(h InfoHash, ext string) string {
	return filepath.Join(r.dir, h.String()+ext)
}

func (r registry) save(e entry, info []byte) error {
	e.Version = entryVersion
	if info != nil {
		if err := writeAtomic(r.file(e.InfoHash, ".info"), info); err != nil {
			return err
		}
	}
	b, err := json.MarshalIndent(e, "", "\t")
	if err != nil {
		return err
	}
	return writeAtomic(r.file(e.InfoHash, ".json"), b)
}

// remove forgets a torrent; the entry goes first, so that a crash between
// leaves files without meaning and not an entry without files.
func (r registry) remove(h InfoHash) error {
	var errs []error
	for _, ext := range []string{".json", ".info", ".done"} {
		if err := os.Remove(r.file(h, ext)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// load reads all entries. What cannot be read is told and left alone.
func (r registry) load() (entries []entry, problems []error) {
	names, err := os.ReadDir(r.dir)
	if err != nil {
		return nil, []error{err}
	}
	for _, n := range names {
		hex, ok := strings.CutSuffix(n.Name(), ".json")
		if !ok {
			continue
		}
		var e entry
		b, err := os.ReadFile(filepath.Join(r.dir, n.Name()))
		if err == nil {
			err = json.Unmarshal(b, &e)
		}
		switch {
		case err != nil:
		case e.Version != entryVersion:
			err = fmt.Errorf("version %d", e.Version)
		case e.InfoHash.String() != hex:
			err = fmt.Errorf("it speaks of %v", e.InfoHash)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("torrent entry %s: %w", n.Name(), err))
			continue
		}
		entries = append(entries, e)
	}
	return entries, problems
}

// layout reads a torrent's info dictionary; nil without error when there is
// none yet.
func (r registry) layout(h InfoHash) (*Layout, error) {
	b, err := os.ReadFile(r.file(h, ".info"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	l, err := ParseInfo(b)
	if err == nil && l.InfoHash != h {
		err = fmt.Errorf("%w: the stored dictionary of %v is damaged", ErrMetainfo, h)
	}
	return l, err
}
