package node

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"supercomputing/app/view"
)

func TestDataDirectoryIsNotPublished(t *testing.T) {
	home := t.TempDir()
	dir := filepath.Join(home, "data")
	for _, d := range []string{dir, filepath.Join(home, "data2"), filepath.Join(home, "films")} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	wallet := filepath.Join(dir, keystoreFile)
	if err := os.WriteFile(wallet, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(home, "films", "link")
	if err := os.Symlink(wallet, link); err != nil {
		t.Skip(err)
	}
	n := &Node{dir: dir}
	for path, public := range map[string]bool{
		wallet: false, dir: false, home: false, "/": false, link: false,
		filepath.Join(home, "films"): true, filepath.Join(home, "data2"): true, filepath.Join(home, "..data"): true,
	} {
		err := n.checkPublic(path)
		if public && err != nil || !public && !errors.Is(err, view.ErrInvalid) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
