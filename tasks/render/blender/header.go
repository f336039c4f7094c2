package blender

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"supercomputing/tasks/render/engine"
)

// headerKind is what a file's first bytes say of it.
type headerKind int

const (
	otherFile  headerKind = iota
	plainFile             // "BLENDER", pointer size, byte order, version
	packedFile            // the same compressed by zstd (3.0 and later) or gzip
)

var (
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
	gzipMagic = []byte{0x1f, 0x8b}
)

// parseHeader reads the first twelve bytes or more of a .blend file. The
// version is 304 for 3.4, or 0 where it is compressed. From Blender 5 on the
// header is longer: "BLENDER17-01v0500" (its length, its layout, the version).
func parseHeader(b []byte) (headerKind, int) {
	switch {
	case bytes.HasPrefix(b, zstdMagic), bytes.HasPrefix(b, gzipMagic):
		return packedFile, 0
	case len(b) < minHeader || !bytes.HasPrefix(b, []byte("BLENDER")):
		return otherFile, 0
	}
	rest := string(b[7:])
	if rest[0] == '_' || rest[0] == '-' {
		if v, err := strconv.ParseUint(rest[2:5], 10, 16); err == nil && (rest[1] == 'v' || rest[1] == 'V') {
			return plainFile, int(v)
		}
		return otherFile, 0
	}
	if i := strings.IndexAny(rest, "vV"); i > 0 && len(rest) >= i+5 {
		if v, err := strconv.ParseUint(rest[i+1:i+5], 10, 16); err == nil {
			return plainFile, int(v)
		}
	}
	return plainFile, 500 // whatever it is, it is newer than what we know
}

// readable refuses a file that this build of Blender cannot read whole. Of a
// newer file it would read what it knows, and render something else.
func readable(path string, b engine.Build) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%w: %w", engine.ErrScene, err)
	}
	defer f.Close()
	head := make([]byte, 32)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: %w", engine.ErrScene, err)
	}
	kind, version := parseHeader(head[:n])
	if kind == otherFile {
		return fmt.Errorf("%w: it is no Blender file", engine.ErrScene)
	}
	if ours := number(b.Version); ours > 0 && version > ours {
		return fmt.Errorf("%w: it was saved by Blender %d.%d, newer than %s", engine.ErrScene, version/100, version%100, b.Version)
	}
	return nil
}

// number is a version as file headers have it, 304 for "3.4.1"; 0 if it is none.
func number(version string) int {
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil {
		return 0
	}
	return major*100 + minor
}
