package render

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"supercomputing/tasks/render/engine"
)

func newShelf(t *testing.T, dir string) *shelf {
	t.Helper()
	s, err := openShelf(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What was put is there after a restart, oldest first, and read in any parts.
func TestShelfRestart(t *testing.T) {
	dir := t.TempDir()
	s := newShelf(t, dir)
	at := time.Unix(1700000000, 0)
	want := []byte("a picture, encoded")
	for i := range 3 {
		p := parcel{Tile: engine.Tile{Frame: 3 - i, W: 8, H: 4}, Hash: [32]byte{byte(i)}, Took: time.Second, At: at.Add(time.Duration(i) * time.Second)}
		if err := s.put(p, want); err != nil {
			t.Fatal(err)
		}
	}
	s = newShelf(t, dir)
	tiles, size, _ := s.state()
	if len(tiles) != 3 || tiles[0].Tile.Frame != 3 || tiles[2].Tile.Frame != 1 || size != 3*int64(len(want)) {
		t.Fatalf("%d bytes, %+v", size, tiles)
	}
	if tiles[1].Hash != [32]byte{1} || tiles[1].Took != time.Second {
		t.Errorf("%+v", tiles[1])
	}
	var got []byte
	for offset := int64(0); offset < tiles[0].Length; {
		part, err := s.read(tiles[0], offset, 5)
		if err != nil || len(part) == 0 {
			t.Fatal(part, err)
		}
		got, offset = append(got, part...), offset+int64(len(part))
	}
	if !bytes.Equal(got, want) {
		t.Errorf("read %q", got)
	}
	for _, offset := range []int64{-1, tiles[0].Length, 1 << 60} {
		if _, err := s.read(tiles[0], offset, 5); !errors.Is(err, errParcel) {
			t.Errorf("offset %d: %v", offset, err)
		}
	}
}

func TestShelfDrop(t *testing.T) {
	s := newShelf(t, t.TempDir())
	tile := engine.Tile{Frame: 1, W: 8, H: 4}
	_, _, news := s.state()
	if err := s.put(parcel{Tile: tile}, []byte("one")); err != nil {
		t.Fatal(err)
	}
	<-news
	if err := s.put(parcel{Tile: tile}, []byte("again")); err != nil {
		t.Fatal(err)
	}
	if tiles, size, _ := s.state(); len(tiles) != 1 || size != 5 || !s.has(tile) {
		t.Fatal("a tile put twice:", tiles, size)
	}
	for range 2 { // an acknowledgement may come twice
		if err := s.drop(tile); err != nil {
			t.Fatal(err)
		}
	}
	if tiles, size, _ := s.state(); len(tiles) != 0 || size != 0 || s.has(tile) {
		t.Error("left:", tiles, size)
	}
	if left, _ := os.ReadDir(s.dir); len(left) != 0 {
		t.Error("files left:", left)
	}
}

// What a crash or a failing disk has damaged goes, the rest stays.
func TestShelfDamage(t *testing.T) {
	for _, c := range []struct {
		name string
		harm func(path string, whole []byte) error
	}{
		{"cut short", func(p string, b []byte) error { return os.WriteFile(p, b[:len(b)-1], 0o600) }},
		{"longer", func(p string, b []byte) error { return os.WriteFile(p, append(b, 0), 0o600) }},
		{"no header", func(p string, b []byte) error { return os.WriteFile(p, []byte("garbage"), 0o600) }},
		{"empty", func(p string, b []byte) error { return os.WriteFile(p, nil, 0o600) }},
		{"another's name", func(p string, b []byte) error {
			return os.Rename(p, filepath.Join(filepath.Dir(p), "9-0-0-1-1.tile"))
		}},
		{"half written", func(p string, b []byte) error { return os.Rename(p, p+".new") }},
	} {
		dir := t.TempDir()
		s := newShelf(t, dir)
		bad, good := engine.Tile{Frame: 1, W: 8, H: 4}, engine.Tile{Frame: 2, W: 8, H: 4}
		for _, tile := range []engine.Tile{bad, good} {
			if err := s.put(parcel{Tile: tile}, []byte("picture")); err != nil {
				t.Fatal(err)
			}
		}
		whole, err := os.ReadFile(s.path(bad))
		if err == nil {
			err = c.harm(s.path(bad), whole)
		}
		if err != nil {
			t.Fatal(err)
		}
		s = newShelf(t, dir)
		if tiles, _, _ := s.state(); len(tiles) != 1 || !s.has(good) {
			t.Errorf("%s: %v", c.name, tiles)
		}
		if left, _ := os.ReadDir(dir); len(left) != 1 {
			t.Errorf("%s: left %v", c.name, left)
		}
	}
}
