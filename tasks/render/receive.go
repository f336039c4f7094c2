package render

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
)

// incoming is a picture on its way from a node: a file whose first line is what
// the node said of it. It survives a restart, so that a large picture goes on
// where it stopped. One goroutine at a time uses a node's uploads.
type incoming struct {
	Tile   engine.Tile
	Hash   pixelHash
	Length int64
	Took   int64 // ms
	Setup  int64
	path   string
	head   int64 // bytes of the first line
	offset int64 // bytes that are there
	bad    int   // times that it was whole and wrong
}

const maxHead = 1024

// errWrongBytes says that an upload is whole and not what its node announced.
var errWrongBytes = errors.New("the bytes are not the picture that was announced")

func (st *store) uploadPath(n nodeID, t engine.Tile) string {
	return filepath.Join(st.dir, uploadsDir, hex.EncodeToString(n[:8])+"-"+tileName(t))
}

// mostUploads is how many uploads of a node are kept that are not whole. Nodes
// send one after another.
const mostUploads = 8

// forgetUploads removes a node's uploads: it has lost its place, or there are too
// many. All it costs is that they are sent again.
func (st *store) forgetUploads(n nodeID) {
	files, _ := filepath.Glob(filepath.Join(st.dir, uploadsDir, hex.EncodeToString(n[:8])+"-*")) // the pattern is right
	for _, f := range files {
		os.Remove(f)
	}
}

// uploadsOf counts a node's uploads on disk.
func (st *store) uploadsOf(n nodeID) int {
	files, _ := filepath.Glob(filepath.Join(st.dir, uploadsDir, hex.EncodeToString(n[:8])+"-*"))
	return len(files)
}

// receive begins an upload, or continues an earlier one of the same picture.
func (st *store) receive(n nodeID, m result) (*incoming, error) {
	u := &incoming{
		Tile: m.Tile, Hash: m.Hash, Length: m.Length, Took: m.Took.Milliseconds(), Setup: m.Setup.Milliseconds(),
		path: st.uploadPath(n, m.Tile),
	}
	if old, err := st.resume(n, m.Tile); err == nil && old.Hash == u.Hash && old.Length == u.Length {
		return old, nil
	}
	head, err := json.Marshal(u)
	if err != nil {
		return nil, fmt.Errorf("upload: %w", err)
	}
	head = append(head, '\n')
	u.head = int64(len(head))
	if err := os.WriteFile(u.path, head, 0o600); err != nil {
		os.Remove(u.path)
		return nil, fmt.Errorf("upload: %w", err)
	}
	return u, nil
}

// resume finds an upload that an earlier run has begun.
func (st *store) resume(n nodeID, t engine.Tile) (*incoming, error) {
	f, err := os.Open(st.uploadPath(n, t))
	if err != nil {
		return nil, fmt.Errorf("upload: %w", err)
	}
	defer f.Close()
	buf := make([]byte, maxHead)
	k, err := io.ReadFull(f, buf)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("upload: %w", err)
	}
	u := &incoming{path: f.Name()}
	d := json.NewDecoder(io.NewSectionReader(f, 0, int64(k)))
	if err := d.Decode(u); err != nil || u.Tile != t || d.InputOffset() >= int64(k) {
		return nil, fmt.Errorf("upload: %w", errDamaged)
	}
	u.head = d.InputOffset() + 1
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("upload: %w", err)
	}
	u.offset = min(info.Size()-u.head, u.Length)
	return u, nil
}

// write takes a part that begins where the last one ended. When it fails nothing
// of the part counts.
func (u *incoming) write(data []byte) error {
	f, err := os.OpenFile(u.path, os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	_, err = f.WriteAt(data, u.head+u.offset)
	if err != nil {
		f.Truncate(u.head + u.offset)
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	u.offset += int64(len(data))
	return nil
}

// read gives the whole upload as a picture. It fails with errWrongBytes when the
// node sent something else.
func (u *incoming) read(f picture.Form) (*picture.Picture, []byte, error) {
	raw, err := os.ReadFile(u.path)
	if err != nil {
		return nil, nil, fmt.Errorf("upload: %w", err)
	}
	if int64(len(raw)) < u.head+u.Length {
		return nil, nil, fmt.Errorf("upload: %w", io.ErrUnexpectedEOF)
	}
	data := raw[u.head : u.head+u.Length]
	p, err := picture.Decode(data, f, u.Tile.W, u.Tile.H)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errWrongBytes, err)
	}
	if p.Hash() != u.Hash {
		return nil, nil, fmt.Errorf("%w: another hash", errWrongBytes)
	}
	return p, data, nil
}

// restart throws away what has arrived.
func (u *incoming) restart() { u.offset = 0 }

func (u *incoming) remove() { os.Remove(u.path) }
