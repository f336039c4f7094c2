package messages

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/chacha20poly1305"

	"supercomputing/chain/types"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/safetext"
)

// Attachments rest sealed in a folder, one file each, named by the message:
//
//	8   magic
//	16  salt: the file's key is HKDF of the history's with it
//	…   chunks of 64 KiB, the last one shorter, each a random 24-byte nonce and
//	    XChaCha20-Poly1305 with its number as associated data
//
// A file that is being received ends in ".part" and holds whole chunks; it goes
// on from there. Truncation is found by the size and sum in the message.
const (
	fileMagic  = "SCCFIL\x00\x01"
	fileHead   = len(fileMagic) + 16
	fileChunk  = 64 << 10
	fileSealed = chacha20poly1305.NonceSizeX + fileChunk + chacha20poly1305.Overhead
	partSuffix = ".part"
	// orphanAge is how old a file without a message is before it goes.
	orphanAge = time.Hour
)

func makeDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("messages: %w", err)
	}
	return nil
}

func (c *Center) filePath(k history.Key) string { return filepath.Join(c.opt.Dir, k.Ref().String()) }

// sealedFile is an attachment on disk.
type sealedFile struct {
	f    *os.File
	box  cipher.AEAD
	size int64 // of its content
}

func (c *Center) fileBox(salt []byte) (cipher.AEAD, error) {
	secret, err := c.opt.Keys.Purpose(purposeStore)
	if err != nil {
		return nil, fmt.Errorf("messages: %w", err)
	}
	key, err := hkdf.Key(sha256.New, secret[:], salt, "SCC/messages/file/1", chacha20poly1305.KeySize)
	if err != nil {
		return nil, fmt.Errorf("messages: %w", err)
	}
	return chacha20poly1305.NewX(key)
}

// newFile starts a sealed file.
func (c *Center) newFile(path string) (*sealedFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("messages: %w", err)
	}
	head := append([]byte(fileMagic), make([]byte, 16)...)
	rand.Read(head[len(fileMagic):])
	box, err := c.fileBox(head[len(fileMagic):])
	if err == nil {
		_, err = f.Write(head)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &sealedFile{f: f, box: box}, nil
}

// reopenFile opens a sealed file; its size is that of its whole chunks and, when
// partial is false, the last one.
func (c *Center) reopenFile(path string, partial bool) (*sealedFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("messages: %w", err)
	}
	s := &sealedFile{f: f}
	head := make([]byte, fileHead)
	info, err := f.Stat()
	if err == nil {
		_, err = io.ReadFull(f, head)
	}
	if err == nil && string(head[:len(fileMagic)]) != fileMagic {
		err = errFileDamaged
	}
	if err == nil {
		s.box, err = c.fileBox(head[len(fileMagic):])
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("messages: attachment: %w", err)
	}
	n := info.Size() - int64(fileHead)
	s.size = n / fileSealed * fileChunk
	if rest := n%fileSealed - int64(fileSealed-fileChunk); !partial && rest > 0 {
		s.size += rest
	}
	return s, nil
}

// append seals one chunk behind the others; only the last may be short.
func (s *sealedFile) append(p []byte) error {
	at := s.size / fileChunk
	b := make([]byte, chacha20poly1305.NonceSizeX, fileSealed)
	rand.Read(b)
	b = s.box.Seal(b, b, p, types.AppendUint64(nil, uint64(at)))
	if _, err := s.f.WriteAt(b, int64(fileHead)+at*fileSealed); err != nil {
		return err
	}
	s.size += int64(len(p))
	return nil
}

func (s *sealedFile) chunk(i int64) ([]byte, error) {
	b := make([]byte, fileSealed)
	n, err := s.f.ReadAt(b, int64(fileHead)+i*fileSealed)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if b = b[:n]; n < chacha20poly1305.NonceSizeX {
		return nil, errFileDamaged
	}
	nonce := b[:chacha20poly1305.NonceSizeX]
	p, err := s.box.Open(nil, nonce, b[len(nonce):], types.AppendUint64(nil, uint64(i)))
	if err != nil {
		return nil, errFileDamaged
	}
	return p, nil
}

// ReadAt implements io.ReaderAt.
func (s *sealedFile) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) && off < s.size {
		b, err := s.chunk(off / fileChunk)
		if err != nil {
			return n, err
		}
		if at := off % fileChunk; at < int64(len(b)) {
			b = b[at:]
		} else {
			return n, errFileDamaged
		}
		m := copy(p[n:], b)
		n, off = n+m, off+int64(m)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (s *sealedFile) Close() error { return s.f.Close() }

// sum reads the whole file.
func (s *sealedFile) sum() (sum [32]byte, err error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(s, 0, s.size)); err != nil {
		return sum, err
	}
	return [32]byte(h.Sum(nil)), nil
}

// keep makes a finished file last under its message's name.
func (c *Center) keep(s *sealedFile, from string, k history.Key) error {
	err := s.f.Sync()
	if err == nil {
		err = os.Rename(from, c.filePath(k))
	}
	if err == nil {
		err = syncDir(c.opt.Dir)
	}
	return err
}

func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // it cannot, and need not
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// keepFile takes a copy of a file that is to be sent, since the original may
// change or go before it is.
func (c *Center) keepFile(k history.Key, path string) (size int64, sum [32]byte, err error) {
	in, err := os.Open(path)
	if err != nil {
		return 0, sum, fmt.Errorf("messages: %w", err)
	}
	defer in.Close()
	part := c.filePath(k) + partSuffix
	s, err := c.newFile(part)
	if err != nil {
		return 0, sum, err
	}
	defer s.Close()
	hash, buf := sha256.New(), make([]byte, fileChunk)
	for {
		n, err := io.ReadFull(in, buf)
		if n > 0 && s.size+int64(n) > envelope.MaxFile {
			err = fmt.Errorf("%w: the file grew over %d bytes", ErrInvalid, int64(envelope.MaxFile))
		} else if n > 0 {
			hash.Write(buf[:n])
			if werr := s.append(buf[:n]); werr != nil {
				err = werr
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			os.Remove(part)
			return 0, sum, fmt.Errorf("messages: keep the file: %w", err)
		}
	}
	if err := c.keep(s, part, k); err != nil {
		os.Remove(part)
		return 0, sum, fmt.Errorf("messages: keep the file: %w", err)
	}
	return s.size, [32]byte(hash.Sum(nil)), nil
}

// openFile opens a message's file, which must be whole.
func (c *Center) openFile(k history.Key, size int64) (*sealedFile, error) {
	s, err := c.reopenFile(c.filePath(k), false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoFile
	}
	if err == nil && s.size != size {
		s.Close()
		return nil, errFileDamaged
	}
	return s, err
}

// dropFile removes what is kept of a message's file.
func (c *Center) dropFile(k history.Key) {
	for _, path := range []string{c.filePath(k), c.filePath(k) + partSuffix} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			c.opt.Log.Warn("an attachment was not removed", "err", err)
		}
	}
}

// sweepFiles removes files whose messages were never stored, or are deleted.
func (c *Center) sweepFiles() error {
	entries, err := os.ReadDir(c.opt.Dir)
	if err != nil {
		return fmt.Errorf("messages: %w", err)
	}
	return c.view(func(db *history.DB) error {
		for _, e := range entries {
			ref, ok := history.ParseRef(strings.TrimSuffix(e.Name(), partSuffix))
			info, err := e.Info()
			if !ok || err != nil || c.now().Sub(info.ModTime()) < orphanAge {
				continue
			}
			if _, err := db.Find(ref); err != nil {
				os.Remove(filepath.Join(c.opt.Dir, e.Name()))
			}
		}
		return nil
	})
}

// SafeName makes of a stranger's file name one that names a plain file in the
// folder it is put into, on every system: no path, no control or direction
// characters, no hidden file, no device.
func SafeName(name string) string {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	var b strings.Builder
	for _, r := range name {
		switch {
		case r == utf8.RuneError || r < 0x20 || r >= 0x7f && r < 0xa0 || strings.ContainsRune(`<>:"|?*`, r):
			b.WriteByte('_')
		case len(safetext.Warnings(string(r))) > 0: // invisible, or turning the direction
		default:
			b.WriteRune(r)
		}
	}
	name = strings.TrimLeft(strings.Trim(b.String(), " "), ".")
	for len(name) > 200 {
		ext := filepath.Ext(name)
		if len(ext) > 20 {
			ext = ""
		}
		name = strings.ToValidUTF8(name[:190-len(ext)], "") + ext
	}
	name = strings.TrimRight(name, ". ")
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	if reserved(stem) {
		name = "_" + name
	}
	if name == "" {
		return "file"
	}
	return name
}

// reserved reports whether a name without extension is a device on Windows.
func reserved(stem string) bool {
	stem = strings.TrimRight(stem, " ")
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	port, ok := strings.CutPrefix(stem, "COM")
	if !ok {
		port, ok = strings.CutPrefix(stem, "LPT")
	}
	return ok && utf8.RuneCountInString(port) == 1 && strings.ContainsAny(port, "0123456789¹²³")
}
