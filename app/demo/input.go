package demo

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// input is the file that is published.
type input struct {
	path string
	size int64
	sum  string // SHA-256, hex
}

// archiveSize is the least size of the default file, in bytes.
const archiveSize = 150 << 20

// input prepares the file: the caller's, or an archive of the Go toolchain.
func (p *Download) input(ctx context.Context, d *demo) (*input, error) {
	path := p.File
	if path == "" {
		path = filepath.Join(d.Dir, "go-toolchain.tar")
		d.ui.step("Packing the Go toolchain of this machine into an archive")
		if err := packToolchain(ctx, path); err != nil {
			return nil, fmt.Errorf("pack the Go toolchain (name another file with --file): %w", err)
		}
	}
	in := &input{path: path}
	var err error
	if in.sum, in.size, err = sumFile(ctx, path); err != nil {
		return nil, err
	}
	d.ui.line("%s: %s, SHA-256 %s", filepath.Base(path), size(in.size), in.sum)
	return in, nil
}

func toolchain(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err == nil {
		return strings.TrimSpace(string(out)), nil
	}
	const usual = "/usr/local/go"
	if _, err := os.Stat(usual); err == nil {
		return usual, nil
	}
	return "", errors.New("no Go toolchain found")
}

var errEnough = errors.New("enough")

// packToolchain writes files of the toolchain to a tar archive, up to
// archiveSize; a smaller toolchain is packed once more under another name.
func packToolchain(ctx context.Context, path string) (err error) {
	root, err := toolchain(ctx)
	if err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	tw := tar.NewWriter(f)
	for copy, written := 0, int64(0); written < archiveSize; copy++ {
		before := written
		err = filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			rel, err := filepath.Rel(root, p)
			if err != nil {
				return err
			}
			n, err := packFile(tw, p, fmt.Sprintf("go-%d/%s", copy, filepath.ToSlash(rel)))
			if written += n; err == nil && written >= archiveSize {
				err = errEnough
			}
			return err
		})
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
		if written == before {
			return fmt.Errorf("%s is empty", root)
		}
	}
	return tw.Close()
}

func packFile(tw *tar.Writer, path, name string) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if err := tw.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: info.Size(), ModTime: info.ModTime()}); err != nil {
		return 0, err
	}
	return io.Copy(tw, f)
}

func sumFile(ctx context.Context, path string) (sum string, n int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	buf := make([]byte, 1<<20)
	for {
		k, err := f.Read(buf)
		h.Write(buf[:k])
		n += int64(k)
		if err == io.EOF {
			return hex.EncodeToString(h.Sum(nil)), n, nil
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return "", n, err
		}
	}
}
