package download

import (
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/anacrolix/torrent/bencode"
	"github.com/anacrolix/torrent/metainfo"
)

// fileStamp is how a file looked when its bytes were last known. Size and time
// of change together stand for the bytes, as they do for make and rsync.
type fileStamp struct {
	Size    int64 `json:"size"`
	ModTime int64 `json:"mtime"` // Unix nanoseconds
}

func stampOf(path string) (fileStamp, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return fileStamp{}, err
	}
	if !fi.Mode().IsRegular() {
		return fileStamp{}, fmt.Errorf("%s is not a regular file", path)
	}
	return fileStamp{fi.Size(), fi.ModTime().UnixNano()}, nil
}

// listFiles finds what a file or folder publishes, in walking order: regular
// files only. Symbolic links are left out, for they may lead to what the user
// did not mean to show.
func listFiles(ctx context.Context, root string) ([]metainfo.FileInfo, error) {
	var files []metainfo.FileInfo
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !d.Type().IsRegular() {
			return nil
		}
		fi, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		f := metainfo.FileInfo{Length: fi.Size()}
		if rel != "." {
			f.Path = strings.Split(filepath.ToSlash(rel), "/")
		}
		if files = append(files, f); len(files) > MaxFiles {
			return fmt.Errorf("%w: more than %d files", ErrMetainfo, MaxFiles)
		}
		return nil
	})
	return files, err
}

// hashPath makes the layout of a file or folder by reading all of it. progress
// is called with the bytes hashed so far and their total, at most ten times a
// second and at the end.
func hashPath(ctx context.Context, root string, progress func(done, total int64)) (*Layout, []fileStamp, error) {
	files, err := listFiles(ctx, root)
	if err != nil {
		return nil, nil, fmt.Errorf("publish %s: %w", root, err)
	}
	var total int64
	for _, f := range files {
		total += f.Length
	}
	if total == 0 {
		return nil, nil, fmt.Errorf("publish %s: %w", root, ErrEmpty)
	}
	if total > MaxSize {
		return nil, nil, fmt.Errorf("publish %s: %w: %d bytes, at most %d", root, ErrMetainfo, total, MaxSize)
	}
	info := metainfo.Info{Name: filepath.Base(root), PieceLength: PieceLengthFor(total)}
	paths := make([]string, len(files))
	for i, f := range files {
		paths[i] = filepath.Join(append([]string{root}, f.Path...)...)
	}
	if len(files) == 1 && len(files[0].Path) == 0 {
		info.Length = total
	} else {
		info.Files = files
	}
	h := &hasher{ctx: ctx, pieceLength: info.PieceLength, total: total, progress: progress}
	stamps := make([]fileStamp, len(files))
	for i, f := range files {
		if stamps[i], err = h.file(paths[i], f.Length); err != nil {
			return nil, nil, fmt.Errorf("publish %s: %w", paths[i], err)
		}
	}
	info.Pieces = h.finish()
	b, err := bencode.Marshal(info)
	if err != nil {
		return nil, nil, fmt.Errorf("publish %s: %w", root, err)
	}
	l, err := ParseInfo(b)
	if err != nil {
		return nil, nil, fmt.Errorf("publish %s: %w", root, err)
	}
	return l, stamps, nil
}

// hasher cuts the concatenated files into pieces.
type hasher struct {
	ctx         context.Context
	pieceLength int64
	total, done int64
	progress    func(done, total int64)
	told        time.Time
	piece       []byte // of the piece being filled
	hashes      []byte
	buf         []byte
}

// file hashes one file, which must have the length it had when listed, and
// must not change meanwhile: the torrent would describe bytes that never were.
func (h *hasher) file(path string, length int64) (fileStamp, error) {
	f, err := os.Open(path)
	if err != nil {
		return fileStamp{}, err
	}
	defer f.Close()
	before, err := stampOf(path)
	if err != nil {
		return fileStamp{}, err
	}
	if h.piece == nil {
		h.piece = make([]byte, 0, h.pieceLength)
		h.buf = make([]byte, min(h.pieceLength, 1<<20))
	}
	var read int64
	for {
		if err := h.ctx.Err(); err != nil {
			return fileStamp{}, context.Cause(h.ctx)
		}
		room := min(int64(len(h.buf)), h.pieceLength-int64(len(h.piece)))
		n, err := f.Read(h.buf[:room])
		h.add(h.buf[:n])
		read += int64(n)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fileStamp{}, err
		}
		if read > length {
			break
		}
	}
	after, err := stampOf(path)
	if err != nil {
		return fileStamp{}, err
	}
	if read != length || after != before {
		return fileStamp{}, fmt.Errorf("%w: it changed while it was read", ErrChanged)
	}
	return after, nil
}

func (h *hasher) add(b []byte) {
	h.piece = append(h.piece, b...)
	h.done += int64(len(b))
	if int64(len(h.piece)) == h.pieceLength {
		h.cut()
	}
	if now := time.Now(); h.progress != nil && now.Sub(h.told) >= 100*time.Millisecond {
		h.told = now
		h.progress(h.done, h.total)
	}
}

func (h *hasher) cut() {
	sum := sha1.Sum(h.piece)
	h.hashes = append(h.hashes, sum[:]...)
	h.piece = h.piece[:0]
}

func (h *hasher) finish() []byte {
	if len(h.piece) > 0 {
		h.cut()
	}
	if h.progress != nil {
		h.progress(h.done, h.total)
	}
	return h.hashes
}
