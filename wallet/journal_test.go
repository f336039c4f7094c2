package wallet

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var errFull = errors.New("no space left on device")

// faulty is a disk that fails on demand.
type faulty struct {
	disk
	room     int  // bytes until writes fail; negative: never
	noSync   bool // Sync fails
	noCut    bool // Truncate fails
	lateSync bool // Sync fails once, then works
}

func (f *faulty) Write(p []byte) (int, error) {
	if f.room < 0 {
		return f.disk.Write(p)
	}
	n := min(f.room, len(p))
	f.room -= n
	if _, err := f.disk.Write(p[:n]); err != nil || n == len(p) {
		return n, err
	}
	return n, errFull
}

func (f *faulty) Sync() error {
	if f.lateSync {
		f.lateSync = false
		return errFull
	}
	if f.noSync {
		return errFull
	}
	return f.disk.Sync()
}

func (f *faulty) Truncate(n int64) error {
	if f.noCut {
		return errFull
	}
	return f.disk.Truncate(n)
}

func put(k, v string) Change { return Change{k, []byte(v)} }

func content(t testing.TB, s Store) map[string]string {
	t.Helper()
	out := make(map[string]string)
	last := ""
	err := s.Load(func(k string, v []byte) error {
		if k < last {
			t.Error("rows out of order")
		}
		last, out[k] = k, string(v)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func openJournal(t testing.TB, dir string) *Journal {
	t.Helper()
	j, err := OpenJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func commit(t testing.TB, s Store, changes ...Change) {
	t.Helper()
	if err := s.Commit(changes); err != nil {
		t.Fatal(err)
	}
}

func TestJournalRoundTrip(t *testing.T) {
	for name, open := range map[string]func(dir string) Store{
		"memory": func(string) Store { return NewMemStore() },
		"disk":   func(dir string) Store { return openJournal(t, dir) },
	} {
		dir := filepath.Join(t.TempDir(), "deep", "dir")
		s := open(dir)
		commit(t, s, put("a", "1"), put("b", "2"), put("empty", ""))
		commit(t, s, Change{Key: "a"}, put("b", "3"), Change{Key: "never there"})
		want := map[string]string{"b": "3", "empty": ""}
		if got := content(t, s); !maps.Equal(got, want) {
			t.Errorf("%s: %q", name, got)
		}
		if err := s.Load(func(string, []byte) error { return errFull }); !errors.Is(err, errFull) {
			t.Errorf("%s: %v", name, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if name == "disk" {
			if got := content(t, openJournal(t, dir)); !maps.Equal(got, want) {
				t.Errorf("reopened: %q", got)
			}
			wantErr(t, "commit after Close", s.Commit([]Change{put("x", "y")}), ErrStoreFailed)
			info, err := os.Stat(filepath.Join(dir, journalName))
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
		}
	}
}

func wantErr(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got error %v, want %v", what, err, want)
	}
}

// A crash leaves any prefix of the last batch, or zeros in place of its pages:
// what was committed before is there, and work goes on.
func TestJournalTornTail(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, journalName)
	j := openJournal(t, dir)
	commit(t, j, put("a", "1"), put("b", "2"))
	whole := j.size
	commit(t, j, put("a", "changed"), put("c", "3"))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"a": "1", "b": "2"}
	for n := whole; n < int64(len(data)); n++ {
		for _, zeros := range []bool{false, true} {
			torn := bytes.Clone(data[:n])
			if zeros {
				torn = append(torn, make([]byte, int64(len(data))-n)...)
				if n > whole && n < whole+headSize {
					continue // half a head: heads do not straddle pages that matter
				}
				if bytes.Equal(torn, data) {
					continue
				}
			}
			if err := os.WriteFile(path, torn, 0o600); err != nil {
				t.Fatal(err)
			}
			j := openJournal(t, dir)
			if got := content(t, j); !maps.Equal(got, want) {
				t.Fatalf("%d of %d bytes, zeros %v: %q", n, len(data), zeros, got)
			}
			commit(t, j, put("d", "4"))
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			if got := content(t, openJournal(t, dir)); got["d"] != "4" || len(got) != 3 {
				t.Fatalf("after going on: %q", got)
			}
		}
	}
}

// Damage before the last batch is no crash's work: it is reported, and repair
// keeps what stands before it.
func TestJournalDamage(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, journalName)
	j := openJournal(t, dir)
	commit(t, j, put("a", "1"))
	first := j.size
	commit(t, j, put("b", "2"))
	commit(t, j, put("c", "3"))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	last := int64(len(good)) - int64(headSize+5)
	for i := int64(0); i < last; i++ {
		bad := bytes.Clone(good)
		bad[i] ^= 0x40
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := OpenJournal(dir)
		if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrVersion) {
			t.Fatalf("byte %d: %v", i, err)
		}
		if errors.Is(err, ErrVersion) {
			wantErr(t, "repair of a newer version", RepairJournal(dir), ErrVersion)
			continue
		}
		if err := RepairJournal(dir); err != nil {
			t.Fatalf("byte %d: %v", i, err)
		}
		got := content(t, openJournal(t, dir))
		if i >= first && got["a"] != "1" || len(got) > 2 {
			t.Fatalf("byte %d: repair kept %q", i, got)
		}
		if aside, err := os.ReadFile(path + ".damaged"); err != nil || !bytes.Equal(aside, bad) {
			t.Fatalf("the damaged file was not kept: %v", err)
		}
	}
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := RepairJournal(dir); err != nil {
		t.Error(err)
	}
	if got := content(t, openJournal(t, dir)); len(got) != 3 {
		t.Errorf("repair of a good journal: %q", got)
	}
	if err := RepairJournal(filepath.Join(dir, "none")); err == nil {
		t.Error("repaired what is not there")
	}
}

// A disk that fails at any byte loses nothing that was committed, shows
// nothing that was not, and works again once there is room.
func TestJournalFullDisk(t *testing.T) {
	for _, mode := range []string{"write", "sync", "no cut"} {
		for room := range 40 {
			dir := t.TempDir()
			j := openJournal(t, dir)
			commit(t, j, put("a", "1"))
			f := &faulty{disk: j.file, room: room, noCut: mode == "no cut"}
			if mode == "sync" {
				f.room, f.lateSync = -1, true
			}
			j.file = f
			err := j.Commit([]Change{put("a", "lost"), put("b", "a value longer than the room there is")})
			wantErr(t, mode, err, errFull)
			if got := content(t, j); !maps.Equal(got, map[string]string{"a": "1"}) {
				t.Fatalf("%s: after a failed commit: %q", mode, got)
			}
			f.room = -1
			err = j.Commit([]Change{put("c", "3")})
			if mode == "no cut" {
				wantErr(t, "commit on a failed store", err, ErrStoreFailed)
			} else if err != nil {
				t.Fatal(err)
			}
			got := content(t, openJournal(t, dir))
			if got["a"] != "1" || got["b"] != "" || mode != "no cut" && got["c"] != "3" {
				t.Fatalf("%s with room for %d bytes: reopened %q", mode, room, got)
			}
		}
	}
}

func TestJournalCompacts(t *testing.T) {
	dir := t.TempDir()
	j := openJournal(t, dir)
	rnd := rand.New(rand.NewPCG(1, 1))
	want := make(map[string]string)
	value := bytes.Repeat([]byte("x"), 20_000)
	for range 500 {
		k, v := fmt.Sprint(rnd.IntN(20)), fmt.Sprint(rnd.Uint64(), string(value))
		if rnd.IntN(10) == 0 {
			delete(want, k)
			commit(t, j, Change{Key: k})
			continue
		}
		want[k] = v
		commit(t, j, put(k, v))
	}
	info, err := os.Stat(filepath.Join(dir, journalName))
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() != j.size || j.size > 3<<20 {
		t.Errorf("journal of %d bytes (%d on disk) for %d live", j.size, info.Size(), j.rows.size())
	}
	if !maps.Equal(content(t, openJournal(t, dir)), want) {
		t.Error("compaction changed the rows")
	}
	// When there is no room for the new file the old one stays in use.
	j.open = func(path string) (disk, error) {
		f, err := openFile(path)
		return &faulty{disk: f, room: 1000}, err
	}
	for i := range 300 {
		k := fmt.Sprint(i % 3)
		want[k] = fmt.Sprint(i, string(value))
		commit(t, j, put(k, want[k]))
	}
	if !maps.Equal(content(t, openJournal(t, dir)), want) {
		t.Error("a failed compaction lost rows")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestJournalRefusesLargeRows(t *testing.T) {
	j := openJournal(t, t.TempDir())
	for name, c := range map[string]Change{"key": put(string(make([]byte, maxKey+1)), ""), "value": put("k", string(make([]byte, maxValue+1)))} {
		if err := j.Commit([]Change{c}); err == nil {
			t.Errorf("large %s accepted", name)
		}
	}
	commit(t, j, put("k", "fine"))
}

func FuzzReplay(f *testing.F) {
	var good []byte
	good = append(good, journalMagic...)
	for i, c := range [][]Change{{put("a", "1"), put("b", "")}, {{Key: "a"}}, {put("c", "3")}} {
		b, err := encodeBatch(uint32(i), c)
		if err != nil {
			f.Fatal(err)
		}
		good = append(good, b...)
	}
	f.Add(good)
	f.Add(good[:len(good)-3])
	f.Add(append(slices.Clone(good), make([]byte, 100)...))
	f.Add([]byte("SCCWAL\x00\x02"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, seq, n, err := replay(data)
		if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrVersion) {
			t.Fatalf("untyped error %v", err)
		}
		if n > int64(len(data)) || err != nil && n == 0 {
			return
		}
		again, seq2, n2, err := replay(data[:n])
		if err != nil || seq2 != seq || n2 != n || !maps.EqualFunc(again, rows, bytes.Equal) {
			t.Fatalf("what is whole does not replay: %v", err)
		}
	})
}
