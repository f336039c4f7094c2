package render

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"supercomputing/tasks"
	"supercomputing/tasks/journal"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
)

// store is a job's folder: a journal of the state, and a file for each picture.
// A picture is on the disk before the line that speaks of it, so what the
// journal knows is there. Files that it does not know are what a crash left.
type store struct {
	dir     string
	journal *journal.Journal
	last    int64 // size of the journal after its last rewrite
}

// Parts of the folder.
const (
	journalFile = "journal"
	picturesDir = "tiles"
	uploadsDir  = "uploads"
	benchDir    = "bench" // scratch of own renderings
	picExt      = ".pic"
)

const leastJournal = 1 << 20 // bytes; below this it is not rewritten

// openStore reads a job's state; nil when there is none yet.
func openStore(dir string) (*store, *state, error) {
	st := &store{dir: dir}
	for _, d := range []string{picturesDir, uploadsDir} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			return nil, nil, fmt.Errorf("job folder: %w", err)
		}
	}
	s, lines := new(state), 0
	var err error
	st.journal, err = journal.Open(filepath.Join(dir, journalFile), func(raw []byte) error {
		var l line
		if err := json.Unmarshal(raw, &l); err != nil {
			return err
		}
		lines++
		return s.replay(&l)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", tasks.ErrState, err)
	}
	if lines == 0 {
		return st, nil, nil
	}
	st.last = st.journal.Size()
	s.index()
	return st, s, nil
}

// commit puts on disk what changed since begin; if that fails nothing has
// changed.
func (st *store) commit(s *state) error {
	l := s.changed()
	if l == nil {
		s.dirty = dirty{}
		return nil
	}
	var err error
	if st.journal.Broken() || st.journal.Size() > max(leastJournal, 3*st.last) {
		if err = st.journal.Rewrite(s.snapshot()...); err == nil {
			st.last = st.journal.Size()
		}
	} else {
		err = st.journal.Append(l)
	}
	if err != nil {
		s.rollback()
		return fmt.Errorf("save the job's state: %w", err)
	}
	s.dirty = dirty{}
	return nil
}

func (st *store) close() { st.journal.Close() }

// tileName is the part of a file's name that says which tile it shows.
func tileName(t engine.Tile) string {
	return fmt.Sprintf("%06d-%d-%d-%d-%d", t.Frame, t.X, t.Y, t.W, t.H)
}

func (st *store) picturePath(t engine.Tile, h pixelHash) string {
	// The whole hash: two pictures that share a part of it can be made on purpose,
	// and the second would take the first one's place.
	return filepath.Join(st.dir, picturesDir, tileName(t)+"-"+hex.EncodeToString(h[:])+picExt)
}

// putPicture keeps an encoded picture; it is on the disk when it returns.
func (st *store) putPicture(t engine.Tile, h pixelHash, data []byte) error {
	return journal.Replace(st.picturePath(t, h), data)
}

// picture reads a picture back and checks it.
func (st *store) picture(t engine.Tile, h pixelHash, f picture.Form) (*picture.Picture, error) {
	data, err := os.ReadFile(st.picturePath(t, h))
	if err != nil {
		return nil, fmt.Errorf("picture of %v: %w", t, err)
	}
	p, err := picture.Decode(data, f, t.W, t.H)
	if err == nil && p.Hash() != h {
		err = errDamaged
	}
	if err != nil {
		return nil, fmt.Errorf("picture of %v: %w", t, err)
	}
	return p, nil
}

var errDamaged = errors.New("its file is damaged")

// missing tells whether a picture's file is gone or damaged, which is not so when
// the disk merely fails to read it.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, errDamaged) || errors.Is(err, picture.ErrPicture)
}

// clean removes pictures, uploads and scratch, once the frames are made.
func (st *store) clean() error {
	var first error
	for _, d := range []string{picturesDir, uploadsDir, benchDir} {
		if err := os.RemoveAll(filepath.Join(st.dir, d)); err != nil && first == nil {
			first = err
		}
	}
	return first
}
