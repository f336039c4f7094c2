package node

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"time"

	"supercomputing/chain/networks"
)

// A backup is a tar file (POSIX ustar) of plain files under the names that they
// have in a data directory. The last one, manifest.json, lists the others with
// their sizes and SHA-256 sums. Whatever it does not list, or a name that this
// file does not know, makes a backup void.
const (
	backupFormat  = "supercomputing wallet backup"
	backupVersion = 1

	manifestName = "manifest.json"
	// networkName is the network file of a network that the program does not
	// bring along.
	networkName = "network.json"
	// filesName is the folder of attachments among the messages.
	filesName = "files"

	maxBackupFiles = 200_000
	maxBackupFile  = 8<<30 - 1 // what ustar can say
	maxBackupBytes = 256 << 30
	maxBackupList  = 64 << 20
)

// errBackup says that a file is no backup, or a damaged one.
var errBackup = errors.New("not a sound backup")

// backupManifest describes a backup.
type backupManifest struct {
	Format    string       `json:"format"`
	Version   int          `json:"version"`
	Created   time.Time    `json:"created"`
	Program   string       `json:"program"` // its version
	Network   string       `json:"network"`
	NetworkID string       `json:"network_id"`
	Identity  string       `json:"identity"`
	Files     []backupPart `json:"files"`
}

// backupPart is one file of a backup.
type backupPart struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// backupNames are the files that a backup may hold, and how large.
var backupNames = []struct {
	name *regexp.Regexp
	max  int64
}{
	{regexp.MustCompile(`^keystore\.json$`), 16 << 10},
	{regexp.MustCompile(`^config\.json$`), 1 << 20},
	{regexp.MustCompile(`^network\.json$`), networks.MaxFileSize},
	{regexp.MustCompile(`^(wallet|messages|news|accounts)/wallet\.journal$`), maxBackupFile},
	{regexp.MustCompile(`^accounts/[0-9a-f]{64}/wallet\.journal$`), maxBackupFile},
	{regexp.MustCompile(`^messages/files/[0-9a-f]{8,64}$`), maxBackupFile},
}

// backupRoom is how large a file of that name may be; 0: it may not be there.
func backupRoom(name string) int64 {
	for _, n := range backupNames {
		if n.name.MatchString(name) {
			return n.max
		}
	}
	return 0
}

// backupWriter writes a backup.
type backupWriter struct {
	tar      *tar.Writer
	manifest backupManifest
}

// add writes one file of a known size.
func (w *backupWriter) add(ctx context.Context, name string, size int64, from io.Reader) error {
	if size > backupRoom(name) {
		return fmt.Errorf("%s: %d bytes do not fit a backup", name, size)
	}
	if err := w.head(name, size); err != nil {
		return err
	}
	sum := sha256.New()
	if n, err := io.Copy(io.MultiWriter(w.tar, sum), io.LimitReader(stopping{ctx, from}, size)); err != nil || n != size {
		return fmt.Errorf("%s: %w", name, errors.Join(err, io.ErrUnexpectedEOF))
	}
	w.manifest.Files = append(w.manifest.Files, backupPart{name, size, hex.EncodeToString(sum.Sum(nil))})
	return nil
}

func (w *backupWriter) head(name string, size int64) error {
	return w.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: w.manifest.Created, Format: tar.FormatUSTAR})
}

// finish writes the manifest.
func (w *backupWriter) finish() error {
	raw, err := json.MarshalIndent(&w.manifest, "", "  ")
	if err != nil {
		return err
	}
	if err := w.head(manifestName, int64(len(raw))); err != nil {
		return err
	}
	if _, err := w.tar.Write(raw); err != nil {
		return err
	}
	return w.tar.Close()
}

// stopping is a reader that ends with ctx.
type stopping struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (s stopping) Read(b []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(b)
}

// readBackup reads a backup and hands each file to put, which must take it up
// or fail. Nothing of it may be believed before it returns without an error.
// Sizes are bounded, names are among those that a backup may hold.
func readBackup(from io.Reader, put func(name string, content io.Reader) error) (backupManifest, error) {
	r := backupReader{tar: tar.NewReader(from), sums: make(map[string]backupPart)}
	for {
		h, err := r.tar.Next()
		if errors.Is(err, io.EOF) {
			return r.manifest, fmt.Errorf("%w: it has no end", errBackup)
		}
		if err != nil {
			return r.manifest, fmt.Errorf("%w: %v", errBackup, err)
		}
		if h.Typeflag != tar.TypeReg || len(h.PAXRecords) > 0 || h.Size < 0 {
			return r.manifest, fmt.Errorf("%w: %q is no plain file", errBackup, h.Name)
		}
		if h.Name == manifestName {
			return r.manifest, r.end(h)
		}
		if err := r.file(h, put); err != nil {
			return r.manifest, err
		}
	}
}

type backupReader struct {
	tar      *tar.Reader
	sums     map[string]backupPart
	total    int64
	manifest backupManifest
}

func (r *backupReader) file(h *tar.Header, put func(string, io.Reader) error) error {
	room := backupRoom(h.Name)
	switch _, twice := r.sums[h.Name]; {
	case room == 0 || path.Clean(h.Name) != h.Name:
		return fmt.Errorf("%w: %q does not belong there", errBackup, h.Name)
	case twice:
		return fmt.Errorf("%w: %q is there twice", errBackup, h.Name)
	case h.Size > room, len(r.sums) >= maxBackupFiles, r.total > maxBackupBytes-h.Size:
		return fmt.Errorf("%w: %q is too large", errBackup, h.Name)
	}
	r.total += h.Size
	sum := sha256.New()
	content := io.TeeReader(sound{r.tar}, sum)
	if err := put(h.Name, content); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, content); err != nil { // what put left
		return err
	}
	r.sums[h.Name] = backupPart{h.Name, h.Size, hex.EncodeToString(sum.Sum(nil))}
	return nil
}

// sound is the content of a file in a backup: whatever is wrong with it is the
// backup's fault.
type sound struct{ r io.Reader }

// Read implements io.Reader.
func (s sound) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: %v", errBackup, err)
	}
	return n, err
}

// end compares the manifest with what was read, and sees to it that nothing
// follows.
func (r *backupReader) end(h *tar.Header) error {
	if h.Size > maxBackupList {
		return fmt.Errorf("%w: its manifest is too large", errBackup)
	}
	raw, err := io.ReadAll(r.tar)
	if err != nil {
		return fmt.Errorf("%w: manifest: %v", errBackup, err)
	}
	if err := json.NewDecoder(bytes.NewReader(raw)).Decode(&r.manifest); err != nil {
		return fmt.Errorf("%w: manifest: %v", errBackup, err)
	}
	m := &r.manifest
	if m.Format != backupFormat {
		return fmt.Errorf("%w: its manifest says %q", errBackup, m.Format)
	}
	if m.Version != backupVersion {
		return fmt.Errorf("%w: version %d; this program reads %d", errBackup, m.Version, backupVersion)
	}
	if len(m.Files) != len(r.sums) {
		return fmt.Errorf("%w: it holds %d files, not %d", errBackup, len(r.sums), len(m.Files))
	}
	for _, f := range m.Files {
		if r.sums[f.Name] != f {
			return fmt.Errorf("%w: %q is not what was written", errBackup, f.Name)
		}
	}
	if _, err := r.tar.Next(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows its manifest", errBackup)
	}
	return nil
}
