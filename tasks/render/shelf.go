package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"supercomputing/tasks/journal"
	"supercomputing/tasks/render/engine"
)

// shelf keeps the tiles that this node has rendered for a job and the requester
// has not acknowledged. A tile counts as done when it is on the shelf, that is
// on the disk: a kill or a lost connection costs at most the one under way.
//
// A tile's file is one line of JSON (parcel) and then its picture, encoded.
type shelf struct {
	dir string

	mu    sync.Mutex // guards what follows
	tiles []parcel   // oldest first
	bytes int64
	news  chan struct{} // closed at a change
}

// parcel is a rendered tile on its way.
type parcel struct {
	Tile   engine.Tile
	Hash   [32]byte // of the pixels
	Build  string   // of the engine that rendered it
	Length int64    // bytes of the encoded picture
	Took   time.Duration
	Setup  time.Duration // of Took, before the pixels
	At     time.Time
}

const (
	parcelExt  = ".tile"
	maxParcels = 4096
	maxHeader  = 4096 // bytes of a parcel's first line
)

var errParcel = errors.New("damaged tile file")

// openShelf reads what an earlier run has left. Damaged files are removed: the
// tile is rendered again when it is asked for again.
func openShelf(dir string) (*shelf, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("rendered tiles: %w", err)
	}
	s := &shelf{dir: dir, news: make(chan struct{})}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return nil, fmt.Errorf("rendered tiles: %w", err)
	}
	for _, name := range names {
		p, _, err := readParcel(name)
		if err != nil || s.path(p.Tile) != name || len(s.tiles) == maxParcels {
			os.Remove(name)
			continue
		}
		s.tiles, s.bytes = append(s.tiles, p), s.bytes+p.Length
	}
	slices.SortFunc(s.tiles, func(a, b parcel) int { return a.At.Compare(b.At) })
	return s, nil
}

func (s *shelf) path(t engine.Tile) string {
	return filepath.Join(s.dir, fmt.Sprintf("%d-%d-%d-%d-%d%s", t.Frame, t.X, t.Y, t.W, t.H, parcelExt))
}

// readParcel reads one tile file, whole.
func readParcel(path string) (parcel, []byte, error) {
	var p parcel
	if !strings.HasSuffix(path, parcelExt) {
		return p, nil, errParcel
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return p, nil, fmt.Errorf("rendered tile: %w", err)
	}
	head, data, ok := bytes.Cut(raw, []byte{'\n'})
	if !ok || len(head) > maxHeader || json.Unmarshal(head, &p) != nil || int64(len(data)) != p.Length || p.Length == 0 {
		return p, nil, fmt.Errorf("%w: %s", errParcel, path)
	}
	return p, data, nil
}

// put keeps a tile; it is on the disk when put returns.
func (s *shelf) put(p parcel, data []byte) error {
	p.Length = int64(len(data))
	head, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("rendered tile: %w", err)
	}
	if err := journal.Replace(s.path(p.Tile), slices.Concat(head, []byte{'\n'}, data)); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.removeLocked(p.Tile)
	s.tiles, s.bytes = append(s.tiles, p), s.bytes+p.Length
	s.changedLocked()
	return nil
}

// keepBuild drops what another build of the engine has rendered: the requester
// would take it for this one's, and it may differ in its bytes.
func (s *shelf) keepBuild(id string) error {
	tiles, _, _ := s.state()
	for _, p := range tiles {
		if p.Build != id {
			if err := s.drop(p.Tile); err != nil {
				return err
			}
		}
	}
	return nil
}

// read gives a part of a tile's encoded picture.
func (s *shelf) read(p parcel, offset int64, most int) ([]byte, error) {
	f, err := os.Open(s.path(p.Tile))
	if err != nil {
		return nil, fmt.Errorf("rendered tile: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("rendered tile: %w", err)
	}
	head := info.Size() - p.Length
	if head < 0 || offset < 0 || offset >= p.Length {
		return nil, fmt.Errorf("%w: byte %d of %d", errParcel, offset, p.Length)
	}
	buf := make([]byte, min(int64(most), p.Length-offset))
	if n, err := f.ReadAt(buf, head+offset); err != nil && !(errors.Is(err, io.EOF) && n == len(buf)) {
		return nil, fmt.Errorf("rendered tile: %w", err)
	}
	return buf, nil
}

// drop forgets a tile that was acknowledged or that nobody wants.
func (s *shelf) drop(t engine.Tile) error {
	err := os.Remove(s.path(t))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.removeLocked(t)
	s.changedLocked()
	if err != nil {
		return fmt.Errorf("rendered tile: %w", err)
	}
	return nil
}

func (s *shelf) removeLocked(t engine.Tile) {
	s.tiles = slices.DeleteFunc(s.tiles, func(p parcel) bool {
		if p.Tile != t {
			return false
		}
		s.bytes -= p.Length
		return true
	})
}

// wake makes who waits for news look again.
func (s *shelf) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changedLocked()
}

func (s *shelf) changedLocked() {
	close(s.news)
	s.news = make(chan struct{})
}

// state tells what is kept, and what is closed at the next change.
func (s *shelf) state() (tiles []parcel, size int64, news <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.tiles), s.bytes, s.news
}

// has tells whether a tile is done already.
func (s *shelf) has(t engine.Tile) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.tiles, func(p parcel) bool { return p.Tile == t })
}
