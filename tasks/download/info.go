package download

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/anacrolix/torrent/bencode"
	"github.com/anacrolix/torrent/metainfo"
)

// Ceilings of content. They bound what a stranger's job or torrent can cost.
const (
	MinPieceLength = 16 << 10 // one BitTorrent block
	MaxPieceLength = 16 << 20
	MaxPieces      = 1 << 16 // with the largest pieces: 1 TiB
	MaxFiles       = 1 << 16
	MaxName        = 255     // bytes of one path element, as file systems have it
	MaxPath        = 4096    // bytes of one file's path below the content's name
	MaxDepth       = 64      // folders in each other
	MaxInfo        = 8 << 20 // bytes of an info dictionary
	MaxSize        = int64(MaxPieces) * MaxPieceLength
)

// InfoHash is the SHA-1 of a torrent's info dictionary (BEP 3).
type InfoHash [20]byte

// String gives the hash in hex.
func (h InfoHash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText writes the hash in hex.
func (h InfoHash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads hex.
func (h *InfoHash) UnmarshalText(b []byte) error {
	if len(b) != 2*len(h) {
		return fmt.Errorf("%w: info-hash of %d characters", ErrMetainfo, len(b))
	}
	if _, err := hex.Decode(h[:], b); err != nil {
		return fmt.Errorf("%w: info-hash: %v", ErrMetainfo, err)
	}
	return nil
}

// File is one file of a content, its path relative to the content's name.
type File struct {
	Path   string // slash-separated; empty when the content is a single file
	Offset int64  // of its first byte in the content
	Length int64
}

// Layout is a checked info dictionary: nothing in it leads out of its folder
// or over a ceiling.
type Layout struct {
	InfoHash    InfoHash
	Name        string
	Size        int64
	PieceLength int64
	Hashes      []byte // SHA-1 of each piece, concatenated
	Files       []File
	Info        []byte // the dictionary's exact bytes
}

// Pieces counts the pieces.
func (l *Layout) Pieces() int { return len(l.Hashes) / sha1.Size }

// PieceSize is the length of piece i, shorter than the others for the last.
func (l *Layout) PieceSize(i int) int64 {
	return min(l.PieceLength, l.Size-int64(i)*l.PieceLength)
}

// Verify reports whether data is piece i.
func (l *Layout) Verify(i int, data []byte) bool {
	if i < 0 || i >= l.Pieces() || int64(len(data)) != l.PieceSize(i) {
		return false
	}
	sum := sha1.Sum(data)
	return bytes.Equal(sum[:], l.Hashes[i*sha1.Size:][:sha1.Size])
}

// ParseInfo checks an info dictionary (BEP 3). Version 2 torrents (BEP 52) are
// refused: their pieces are not SHA-1's. So are paths that lead elsewhere, as
// "../../etc/passwd" does, and piece or file counts that cost more than they
// can be worth.
func ParseInfo(info []byte) (*Layout, error) {
	bad := func(format string, args ...any) (*Layout, error) {
		return nil, fmt.Errorf("%w: %s", ErrMetainfo, fmt.Sprintf(format, args...))
	}
	if len(info) > MaxInfo {
		return bad("info dictionary of %d bytes, at most %d", len(info), MaxInfo)
	}
	var m metainfo.Info
	if err := bencode.Unmarshal(info, &m); err != nil {
		return bad("%v", err)
	}
	if m.HasV2() {
		return bad("only version 1 torrents are supported")
	}
	l := &Layout{InfoHash: sha1.Sum(info), Name: m.Name, PieceLength: m.PieceLength, Hashes: m.Pieces, Info: bytes.Clone(info)}
	if err := checkElement(m.Name); err != nil {
		return bad("name: %v", err)
	}
	if err := checkPieceLength(m.PieceLength); err != nil {
		return bad("%v", err)
	}
	if len(m.Pieces)%sha1.Size != 0 || l.Pieces() > MaxPieces {
		return bad("%d bytes of piece hashes", len(m.Pieces))
	}
	if err := l.setFiles(&m); err != nil {
		return bad("%v", err)
	}
	if want := (l.Size + l.PieceLength - 1) / l.PieceLength; l.Size == 0 || want != int64(l.Pieces()) {
		return bad("%d pieces of %d bytes for %d bytes", l.Pieces(), l.PieceLength, l.Size)
	}
	return l, nil
}

func (l *Layout) setFiles(m *metainfo.Info) error {
	if len(m.Files) == 0 {
		if m.Length < 0 || m.Length > MaxSize {
			return fmt.Errorf("length %d", m.Length)
		}
		l.Size, l.Files = m.Length, []File{{Length: m.Length}}
		return nil
	}
	if len(m.Files) > MaxFiles {
		return fmt.Errorf("%d files, at most %d", len(m.Files), MaxFiles)
	}
	seen := make(map[string]bool, len(m.Files)) // true: a file, false: a folder
	for _, f := range m.Files {
		if f.Length < 0 || f.Length > MaxSize-l.Size {
			return fmt.Errorf("file length %d", f.Length)
		}
		p, err := joinElements(f.Path)
		if err != nil {
			return err
		}
		if _, dup := seen[p]; dup {
			return fmt.Errorf("path %q twice", p)
		}
		seen[p] = true
		for d := path.Dir(p); d != "."; d = path.Dir(d) {
			if seen[d] {
				return fmt.Errorf("path %q is a file and a folder", d)
			}
			seen[d] = false
		}
		l.Files = append(l.Files, File{Path: p, Offset: l.Size, Length: f.Length})
		l.Size += f.Length
	}
	return nil
}

func joinElements(elements []string) (string, error) {
	if len(elements) == 0 || len(elements) > MaxDepth {
		return "", fmt.Errorf("path of %d elements", len(elements))
	}
	for _, e := range elements {
		if err := checkElement(e); err != nil {
			return "", err
		}
	}
	p := strings.Join(elements, "/")
	if len(p) > MaxPath {
		return "", fmt.Errorf("path of %d bytes", len(p))
	}
	return p, nil
}

// checkElement refuses what is not one plain name on every system: "..", path
// separators and drive letters lead elsewhere, control characters steer
// terminals.
func checkElement(e string) error {
	switch {
	case e == "" || e == "." || e == "..":
		return fmt.Errorf("path element %q", e)
	case len(e) > MaxName:
		return fmt.Errorf("path element of %d bytes", len(e))
	case !utf8.ValidString(e):
		return fmt.Errorf("path element %q is not UTF-8", e)
	case strings.ContainsAny(e, "/\\:"):
		return fmt.Errorf("path element %q holds a separator", e)
	}
	for _, c := range e {
		if c < 0x20 || c >= 0x7f && c < 0xa0 {
			return fmt.Errorf("path element %q holds a control character", e)
		}
	}
	return nil
}

func checkPieceLength(n int64) error {
	if n < MinPieceLength || n > MaxPieceLength || n&(n-1) != 0 {
		return fmt.Errorf("piece length %d is not a power of two from %d to %d", n, MinPieceLength, MaxPieceLength)
	}
	return nil
}

// PieceLengthFor chooses a piece length: about a thousand pieces, so that a
// piece is small beside the content (nodes pass on whole pieces only) and the
// hashes stay small beside the pieces.
func PieceLengthFor(size int64) int64 {
	n := int64(4 * MinPieceLength)
	for n < MaxPieceLength && size/n > 1024 {
		n *= 2
	}
	return n
}
