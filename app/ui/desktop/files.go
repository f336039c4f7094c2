package desktop

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"supercomputing/app/view"
)

// OpenFile implements view.Desktop.
func (h *Host) OpenFile(ctx context.Context, title string, kinds ...view.FileKind) (string, error) {
	return h.choose(ctx, Choice{Title: title, Kinds: kinds})
}

// OpenFolder implements view.Desktop.
func (h *Host) OpenFolder(ctx context.Context, title string) (string, error) {
	return h.choose(ctx, Choice{Title: title, Folder: true})
}

// SaveFile implements view.Desktop.
func (h *Host) SaveFile(ctx context.Context, title, name string) (string, error) {
	return h.choose(ctx, Choice{Title: title, Save: cleanName(name)})
}

// choose asks the desktop's own dialog, and where there is none the toolkit's.
func (h *Host) choose(ctx context.Context, c Choice) (string, error) {
	if path, known, err := chooseNative(ctx, c, h.catalog()); known {
		return path, err
	}
	return h.screen.Choose(ctx, c)
}

// cleanName makes a suggested name one that every file system takes: titles of
// strangers' jobs can become names.
func cleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '-'
		}
		return r
	}, name)
	name = strings.TrimLeft(strings.TrimSpace(name), ".")
	for len(name) > 120 {
		r := []rune(name)
		name = string(r[:len(r)-1])
	}
	if name == "" {
		return "file"
	}
	return name
}

// ReadFile implements view.Desktop.
func (h *Host) ReadFile(ctx context.Context, path string, max int64) ([]byte, error) {
	return await(ctx, func() ([]byte, error) {
		f, err := os.Open(path)
		if err != nil {
			return nil, asView(err)
		}
		defer f.Close()
		if info, err := f.Stat(); err != nil {
			return nil, asView(err)
		} else if !info.Mode().IsRegular() {
			return nil, view.Errorf(view.CodeInvalid, "%s is not a file", path)
		}
		b, err := io.ReadAll(io.LimitReader(f, max+1))
		if err != nil {
			return nil, asView(err)
		}
		if int64(len(b)) > max {
			return nil, view.Errorf(view.CodeTooLarge, "%s is larger than %d bytes", path, max)
		}
		return b, nil
	})
}

// WriteFile implements view.Desktop.
func (h *Host) WriteFile(ctx context.Context, path string, data []byte) error {
	_, err := await(ctx, func() (struct{}, error) { return struct{}{}, asView(replaceFile(path, data)) })
	return err
}

// replaceFile writes a file whole or not at all.
func replaceFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}

// await runs something of the system that cannot be interrupted, and returns
// with ctx at the latest.
func await[T any](ctx context.Context, do func() (T, error)) (T, error) {
	type result struct {
		v   T
		err error
	}
	done := make(chan result, 1)
	go func() {
		v, err := do()
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return r.v, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
