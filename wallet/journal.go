package wallet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"supercomputing/chain/types"
)

// The journal: an 8-byte magic, then batches, each a 16-byte head and the
// changes. The head is sequence, length and CRC of the changes, and a CRC of
// these three. A batch is one Commit, synced before Commit returns, so only
// the last one can be torn by a crash.
const (
	journalMagic = "SCCWAL\x00\x01"
	headSize     = 16
	maxBatch     = 64 << 20 // bytes of changes in one batch
	maxKey       = 128
	maxValue     = 1 << 20
	journalName  = "wallet.journal"
	// slack is how many bytes of outdated rows the file may carry, besides
	// as many as there are live ones, before it is written anew.
	slack = 1 << 20
)

var crcTable = crc32.MakeTable(crc32.Castagnoli)

// disk is a journal file, so that tests can let it fail.
type disk interface {
	io.Writer
	Sync() error
	Truncate(size int64) error
	Close() error
}

// Journal is the Store on disk: one append-only file that is replayed when
// opened and written anew when most of it is outdated. One process may have it
// open; the owner of the data directory sees to that.
type Journal struct {
	dir    string
	file   disk
	rows   table
	seq    uint32 // of the next batch
	size   int64  // bytes that are whole and synced
	live   int64  // bytes a fresh journal of the rows would have, nearly
	failed bool

	open func(path string) (disk, error) // tests inject failing disks
}

// OpenJournal opens or makes the journal in dir. A batch torn by a crash is
// dropped; any other damage gives ErrDamaged, and RepairJournal helps.
func OpenJournal(dir string) (*Journal, error) {
	j := &Journal{dir: dir, open: openFile}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("wallet: %w", err)
	}
	data, err := os.ReadFile(j.path())
	if errors.Is(err, fs.ErrNotExist) {
		j.rows = make(table)
		return j, j.rewrite()
	}
	if err != nil {
		return nil, fmt.Errorf("wallet: %w", err)
	}
	var good int64
	if j.rows, j.seq, good, err = replay(data); err != nil {
		return nil, err
	}
	j.size, j.live = good, j.rows.size()
	if j.file, err = openFile(j.path()); err != nil {
		return nil, fmt.Errorf("wallet: %w", err)
	}
	if good < int64(len(data)) {
		if err := errors.Join(j.file.Truncate(good), j.file.Sync()); err != nil {
			return nil, fmt.Errorf("wallet: %w", errors.Join(err, j.file.Close()))
		}
	}
	return j, nil
}

// RepairJournal sets a damaged journal aside as wallet.journal.damaged and
// keeps what stands before the damage; the wallet then follows the chain again
// from its position there. What was written later and is not on the chain,
// such as labels, is lost.
func RepairJournal(dir string) error {
	path := filepath.Join(dir, journalName)
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("wallet: %w", err)
	}
	rows, _, _, err := replay(data)
	if err == nil {
		return nil
	}
	if !errors.Is(err, ErrDamaged) {
		return err
	}
	if err := os.Rename(path, path+".damaged"); err != nil {
		return fmt.Errorf("wallet: %w", err)
	}
	j := &Journal{dir: dir, open: openFile, rows: rows}
	if err := j.rewrite(); err != nil {
		return err
	}
	return j.Close()
}

func openFile(path string) (disk, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
}

func (j *Journal) path() string { return filepath.Join(j.dir, journalName) }

// Load implements Store.
func (j *Journal) Load(fn func(string, []byte) error) error { return j.rows.load(fn) }

// Get implements Getter.
func (j *Journal) Get(key string) ([]byte, error) { return j.rows[key], nil }

// Commit implements Store.
func (j *Journal) Commit(changes []Change) error {
	if j.failed {
		return ErrStoreFailed
	}
	batch, err := encodeBatch(j.seq, changes)
	if err != nil {
		return err
	}
	if err := j.write(batch); err != nil {
		// Without its end a batch is torn, and replay drops it. But a
		// batch that is whole and only failed to sync would come back
		// after a crash although its Commit failed: cut it off.
		if cut := errors.Join(j.file.Truncate(j.size), j.file.Sync()); cut != nil {
			j.failed = true
			return fmt.Errorf("%w: %w", ErrStoreFailed, errors.Join(err, cut))
		}
		return fmt.Errorf("wallet: %w", err)
	}
	j.rows.apply(changes)
	j.seq++
	j.size += int64(len(batch))
	j.compact()
	return nil
}

func (j *Journal) write(batch []byte) error {
	if _, err := j.file.Write(batch); err != nil {
		return err
	}
	return j.file.Sync()
}

// compact writes the file anew when most of it is outdated. Its failure is
// none of Commit's: the old file holds everything.
func (j *Journal) compact() {
	if j.size < 2*j.live+slack {
		return
	}
	if j.live = j.rows.size(); j.size < 2*j.live+slack {
		return
	}
	old := j.file
	if err := j.rewrite(); err != nil {
		j.live = j.size // do not try again with every commit
		return
	}
	_ = old.Close()
}

// rewrite replaces the file by one that holds just the rows.
func (j *Journal) rewrite() (err error) {
	temp := j.path() + ".new"
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("wallet: %w", err)
	}
	f, err := j.open(temp)
	if err != nil {
		return fmt.Errorf("wallet: %w", err)
	}
	size, seq, err := writeAll(f, j.rows)
	if err == nil {
		err = os.Rename(temp, j.path())
	}
	if err != nil {
		return fmt.Errorf("wallet: %w", errors.Join(err, f.Close(), os.Remove(temp)))
	}
	j.file, j.size, j.seq, j.live = f, size, seq, j.rows.size()
	if err := syncDir(j.dir); err != nil {
		// A crash could bring the old file back, without what would be
		// written from here on.
		j.failed = true
		return fmt.Errorf("wallet: %w", err)
	}
	return nil
}

func writeAll(f disk, rows table) (size int64, seq uint32, err error) {
	out := []byte(journalMagic)
	flush := func() error {
		n, err := f.Write(out)
		size += int64(n)
		out = out[:0]
		return err
	}
	err = rows.load(func(k string, v []byte) error {
		b, err := encodeBatch(seq, []Change{{k, v}})
		if err != nil {
			return err
		}
		seq++
		if out = append(out, b...); len(out) > 1<<20 {
			return flush()
		}
		return nil
	})
	if err == nil {
		err = flush()
	}
	if err == nil {
		err = f.Sync()
	}
	return size, seq, err
}

// syncDir makes a rename in dir last. Windows cannot sync directories, and
// does not need to.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Close implements Store.
func (j *Journal) Close() error {
	j.failed = true
	return j.file.Close()
}

func (t table) size() (n int64) {
	for k, v := range t {
		n += int64(headSize + 12 + len(k) + len(v))
	}
	return n
}

func encodeBatch(seq uint32, changes []Change) ([]byte, error) {
	b := make([]byte, headSize, headSize+64*len(changes))
	for _, c := range changes {
		if len(c.Key) > maxKey || len(c.Value) > maxValue {
			return nil, fmt.Errorf("wallet: row of %d bytes", len(c.Key)+len(c.Value))
		}
		b = types.AppendBytes(b, []byte(c.Key))
		if c.Value == nil {
			b = append(b, 0)
			continue
		}
		b = types.AppendBytes(append(b, 1), c.Value)
	}
	body := b[headSize:]
	if len(body) > maxBatch {
		return nil, fmt.Errorf("%w: %d bytes", ErrBatch, len(body))
	}
	binary.BigEndian.PutUint32(b[0:], seq)
	binary.BigEndian.PutUint32(b[4:], uint32(len(body)))
	binary.BigEndian.PutUint32(b[8:], crc32.Checksum(body, crcTable))
	binary.BigEndian.PutUint32(b[12:], crc32.Checksum(b[:12], crcTable))
	return b, nil
}

func decodeChanges(body []byte) (changes []Change, err error) {
	r := types.NewReader(body)
	for r.Len() > 0 && r.Err() == nil {
		c := Change{Key: string(r.Bytes(maxKey))}
		switch r.Byte() {
		case 0:
		case 1:
			if c.Value = r.Bytes(maxValue); c.Value == nil {
				c.Value = []byte{}
			}
		default:
			r.Fail(types.ErrMalformed)
		}
		changes = append(changes, c)
	}
	return changes, r.Done()
}

// replay reads a journal: its rows, the next sequence number and how many
// bytes are whole. With ErrDamaged the rows are those before the damage.
func replay(data []byte) (rows table, seq uint32, good int64, err error) {
	rows = make(table)
	if len(data) < len(journalMagic) || string(data[:6]) != journalMagic[:6] {
		return rows, 0, 0, fmt.Errorf("%w: no wallet journal", ErrDamaged)
	}
	if string(data[6:8]) != journalMagic[6:] {
		return rows, 0, 0, fmt.Errorf("%w: format %x", ErrVersion, data[6:8])
	}
	pos := len(journalMagic)
	damaged := func(what string) (table, uint32, int64, error) {
		return rows, seq, int64(pos), fmt.Errorf("%w: %s at byte %d", ErrDamaged, what, pos)
	}
	for pos < len(data) {
		rest := data[pos:]
		if torn(rest) {
			break
		}
		if binary.BigEndian.Uint32(rest[12:]) != crc32.Checksum(rest[:12], crcTable) {
			return damaged("batch head")
		}
		if binary.BigEndian.Uint32(rest[0:]) != seq {
			return damaged("batch out of sequence")
		}
		n := int(binary.BigEndian.Uint32(rest[4:]))
		if n > maxBatch {
			return damaged("batch too large")
		}
		if len(rest) < headSize+n {
			break // torn
		}
		body := rest[headSize : headSize+n]
		if binary.BigEndian.Uint32(rest[8:]) != crc32.Checksum(body, crcTable) {
			if len(rest) == headSize+n {
				break // torn: its pages reached the disk in another order
			}
			return damaged("batch checksum")
		}
		changes, err := decodeChanges(body)
		if err != nil {
			return damaged("batch content")
		}
		rows.apply(changes)
		pos += headSize + n
		seq++
	}
	return rows, seq, int64(pos), nil
}

// torn reports whether rest is what a crash leaves of a batch whose head did
// not reach the disk: too short, or all zeros.
func torn(rest []byte) bool {
	return len(rest) < headSize || len(bytes.TrimLeft(rest, "\x00")) == 0
}

// ReadJournal gives the journal in dir as it is on the disk now, cut behind its
// last whole batch, also while a Journal writes to it: it only grows, and is
// replaced as a whole. It reports fs.ErrNotExist when there is none, ErrDamaged
// when it is damaged.
func ReadJournal(dir string) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(dir, journalName))
	if err != nil {
		return nil, fmt.Errorf("wallet: %w", err)
	}
	_, _, good, err := replay(data)
	return data[:good], err
}

// JournalName is the name of a journal's file in its folder.
const JournalName = journalName
