package desktop

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// StartsAtLogin implements view.Desktop.
func (h *Host) StartsAtLogin() (bool, error) {
	on, err := startsAtLogin()
	return on, asView(err)
}

// StartAtLogin implements view.Desktop.
func (h *Host) StartAtLogin(on bool) error {
	exe, err := os.Executable()
	if err != nil {
		return asView(err)
	}
	return asView(startAtLogin(on, []string{exe, "--hidden", "--datadir", h.o.Dir}))
}

// loginFile is a file whose presence starts the program at login.
type loginFile struct {
	path string
	off  []byte // content that says no, although the file is there
}

func (l loginFile) on() (bool, error) {
	b, err := os.ReadFile(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && (l.off == nil || !bytes.Contains(b, l.off)), err
}

// set writes the file, or removes it for nil.
func (l loginFile) set(content []byte) error {
	if content == nil {
		if err := os.Remove(l.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return err
	}
	return replaceFile(l.path, content)
}
