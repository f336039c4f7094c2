package download

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
)

// content is one torrent's files on disk and the proof of which pieces are
// right. The proof is written only after the data it speaks of has reached the
// disk, so whatever it says is true after a crash, and only the rest is hashed
// again. (The library's own file storage maps files into memory, where a full
// disk kills the process; its proofs need SQLite or Bolt.)
type content struct {
	l         *Layout
	base      string // folder that holds the file or folder called l.Name
	readOnly  bool   // a publisher's own files: never written
	statePath string
	log       *slog.Logger

	mu      sync.Mutex
	done    Bitfield     // pieces proven right
	known   Bitfield     // pieces proven right or wrong; others need hashing
	touched map[int]bool // files written since the last save
	stamps  []fileStamp  // of a read-only content's files, when proven
	dirty   bool         // done changed since the last save
	damaged bool         // a read-only content failed a hash
	full    error        // the last write's failure, nil when writes work
}

// contentState is the proof's form on disk.
type contentState struct {
	Version  int         `json:"version"`
	InfoHash InfoHash    `json:"info_hash"`
	Done     []byte      `json:"done"`
	Files    []fileStamp `json:"files,omitempty"` // when complete
}

const contentVersion = 1

func openContent(l *Layout, base, statePath string, readOnly bool, log *slog.Logger) (*content, error) {
	c := &content{
		l: l, base: base, statePath: statePath, readOnly: readOnly, log: log,
		done: NewBitfield(l.Pieces()), known: NewBitfield(l.Pieces()), touched: make(map[int]bool),
	}
	if !readOnly {
		if err := c.makeFolders(); err != nil {
			return nil, err
		}
	}
	c.load()
	return c, nil
}

// path gives file i's place. ParseInfo has checked every element.
func (c *content) path(i int) string {
	return filepath.Join(c.base, c.l.Name, filepath.FromSlash(c.l.Files[i].Path))
}

func (c *content) makeFolders() error {
	for i := range c.l.Files {
		if err := os.MkdirAll(filepath.Dir(c.path(i)), 0o755); err != nil {
			return diskError(err)
		}
		if c.l.Files[i].Length == 0 {
			f, err := os.OpenFile(c.path(i), os.O_CREATE|os.O_WRONLY, 0o644)
			if err != nil {
				return diskError(err)
			}
			f.Close()
		}
	}
	return nil
}

// load takes the proof from disk as far as the files still bear it out.
func (c *content) load() {
	n := c.l.Pieces()
	var st contentState
	b, err := os.ReadFile(c.statePath)
	if err == nil {
		err = json.Unmarshal(b, &st)
	}
	proven := err == nil && st.Version == contentVersion && st.InfoHash == c.l.InfoHash && Bitfield(st.Done).fits(n)
	if proven {
		copy(c.done, st.Done)
		copy(c.known, st.Done)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.log.Warn("proof of held pieces unreadable, checking all", "file", c.statePath, "err", err)
	}
	complete := proven && len(st.Files) == len(c.l.Files)
	c.stamps = make([]fileStamp, len(c.l.Files))
	for i, f := range c.l.Files {
		now, err := stampOf(c.path(i))
		c.stamps[i] = now
		if err == nil && (complete && now == st.Files[i] || !complete && !c.readOnly && now.Size <= f.Length) {
			c.forgetBeyond(i, now.Size)
		} else {
			c.forgetBeyond(i, 0)
		}
	}
	c.skipHoles()
	c.damaged = c.readOnly && c.known.Count() > c.done.Count()
}

// forgetBeyond withdraws the proof of pieces that need file i beyond size.
func (c *content) forgetBeyond(i int, size int64) {
	f := c.l.Files[i]
	if size >= f.Length {
		return
	}
	first, last := (f.Offset+size)/c.l.PieceLength, (f.Offset+f.Length-1)/c.l.PieceLength
	for p := int(first); p <= int(last); p++ {
		c.done.Clear(p)
		c.known.Clear(p)
	}
}

// skipHoles marks pieces that were never written as not held, so that a large
// download that has just begun is not hashed whole after a restart.
func (c *content) skipHoles() {
	for i, f := range c.l.Files {
		if f.Length == 0 {
			continue
		}
		first, last := int(f.Offset/c.l.PieceLength), int((f.Offset+f.Length-1)/c.l.PieceLength)
		file, err := os.Open(c.path(i))
		for p := first; p <= last; p++ {
			if c.known.Has(p) {
				continue
			}
			from := max(int64(p)*c.l.PieceLength-f.Offset, 0)
			to := min(int64(p+1)*c.l.PieceLength-f.Offset, f.Length)
			if err != nil || isHole(file, from, to) {
				c.known.Set(p)
			}
		}
		if err == nil {
			file.Close()
		}
	}
}

// save writes the proof, after the data. It does nothing when nothing changed.
func (c *content) save() error {
	c.mu.Lock()
	if !c.dirty {
		c.mu.Unlock()
		return nil
	}
	c.dirty = false
	done := c.done.Clone()
	touched := c.touched
	c.touched = make(map[int]bool)
	stamps := slices.Clone(c.stamps)
	c.mu.Unlock()

	err := c.saveProof(done, touched, stamps)
	if err != nil {
		c.mu.Lock()
		c.dirty = true
		for i := range touched {
			c.touched[i] = true
		}
		c.mu.Unlock()
	}
	return err
}

func (c *content) saveProof(done Bitfield, touched map[int]bool, stamps []fileStamp) error {
	for i := range touched {
		if err := syncFile(c.path(i)); err != nil {
			return fmt.Errorf("save proof of %s: %w", c.l.Name, diskError(err))
		}
	}
	st := contentState{Version: contentVersion, InfoHash: c.l.InfoHash, Done: done}
	if done.Count() == c.l.Pieces() {
		if !c.readOnly {
			for i := range stamps {
				stamps[i], _ = stampOf(c.path(i))
			}
		}
		st.Files = stamps
	}
	b, err := json.Marshal(st)
	if err != nil {
		return err
	}
	return writeAtomic(c.statePath, b)
}

// mark records the outcome of hashing piece i.
func (c *content) mark(i int, right bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known.Has(i) && c.done.Has(i) == right {
		return
	}
	c.known.Set(i)
	c.dirty = true
	if right {
		c.done.Set(i)
		return
	}
	c.done.Clear(i)
	c.damaged = c.damaged || c.readOnly
}

// have copies what is proven right.
func (c *content) have() Bitfield {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.done.Clone()
}

// checking counts the pieces that still need hashing.
func (c *content) checking() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.l.Pieces() - c.known.Count()
}

// fault tells what is wrong with the files, nil when nothing is.
func (c *content) fault() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.damaged && c.done.Count() < c.l.Pieces() {
		return ErrChanged
	}
	return c.full
}

// each visits the parts of [off, off+n) that lie in each file.
func (c *content) each(off, n int64, visit func(file int, at, from, to int64) error) error {
	i, found := slices.BinarySearchFunc(c.l.Files, off, func(f File, off int64) int {
		if f.Offset+f.Length <= off {
			return -1
		}
		return 1
	})
	_ = found // never exact: the search finds the first file that ends after off
	for at := off; at < off+n && i < len(c.l.Files); i++ {
		f := c.l.Files[i]
		to := min(f.Offset+f.Length, off+n)
		if to <= at {
			continue
		}
		if err := visit(i, at-f.Offset, at-off, to-off); err != nil {
			return err
		}
		at = to
	}
	return nil
}

// readAt fills b from the content's offset off. A file that is short or gone
// reads as io.ErrUnexpectedEOF.
func (c *content) readAt(b []byte, off int64) (int, error) {
	n := 0
	err := c.each(off, int64(len(b)), func(i int, at, from, to int64) error {
		f, err := os.Open(c.path(i))
		if err != nil {
			return err
		}
		defer f.Close()
		m, err := f.ReadAt(b[from:to], at)
		n += m
		if int64(m) == to-from {
			return nil
		}
		return err
	})
	if err == nil && n < len(b) || errors.Is(err, io.EOF) || errors.Is(err, fs.ErrNotExist) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// writeAt stores b at the content's offset off.
func (c *content) writeAt(b []byte, off int64) (int, error) {
	if c.readOnly {
		return 0, fmt.Errorf("write to %s: %w", c.l.Name, fs.ErrPermission)
	}
	n := 0
	err := c.each(off, int64(len(b)), func(i int, at, from, to int64) error {
		f, err := os.OpenFile(c.path(i), os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		m, err := f.WriteAt(b[from:to], at)
		n += m
		if e := f.Close(); err == nil {
			err = e
		}
		c.mu.Lock()
		c.touched[i] = true
		c.mu.Unlock()
		return err
	})
	err = diskError(err)
	c.mu.Lock()
	c.full = err
	c.mu.Unlock()
	return n, err
}

// remove deletes the content's files and the folders that are then empty, and
// nothing else that somebody may have put beside them.
func (c *content) remove() error {
	var errs []error
	for i := range c.l.Files {
		if err := os.Remove(c.path(i)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
		for d := filepath.Dir(c.path(i)); len(d) > len(c.base); d = filepath.Dir(d) {
			if os.Remove(d) != nil {
				break
			}
		}
	}
	os.Remove(c.base) // fails unless it is empty, which is as it should be
	return errors.Join(errs...)
}

// diskError names a full disk or quota; other errors pass.
func diskError(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, errQuota) {
		return fmt.Errorf("%w: %w", ErrDiskFull, err)
	}
	return err
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// writeAtomic replaces a file so that a crash leaves the old or the new one.
func writeAtomic(path string, b []byte) error {
	tmp := path + ".new"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return diskError(err)
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		os.Remove(tmp)
		return diskError(fmt.Errorf("write %s: %w", path, err))
	}
	if d, err := os.Open(filepath.Dir(path)); err == nil {
		d.Sync() // makes the rename durable; where folders cannot be synced it already is
		d.Close()
	}
	return nil
}
