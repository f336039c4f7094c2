package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func readJournal(t *testing.T, path string) ([]int, *Journal, error) {
	t.Helper()
	var got []int
	j, err := Open(path, func(line []byte) error {
		var n int
		if err := json.Unmarshal(line, &n); err != nil {
			return err
		}
		got = append(got, n)
		return nil
	})
	return got, j, err
}

// Whatever a crash cuts off the end, the lines before it are there, and the
// journal goes on behind them.
func TestJournalTornAtEachByte(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "j")
	_, j, err := readJournal(t, path)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Append(1); err == nil {
		t.Fatal("appended to a journal that has no file")
	}
	if err := j.Rewrite(10); err != nil {
		t.Fatal(err)
	}
	for n := 11; n < 14; n++ {
		if err := j.Append(n); err != nil {
			t.Fatal(err)
		}
	}
	j.Close()
	if err := j.Append(99); err == nil {
		t.Fatal("appended after close")
	}
	if err := j.Rewrite(99); err == nil {
		t.Fatal("rewrote after close")
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(whole) + 1 {
		p := filepath.Join(dir, fmt.Sprint("cut", cut))
		if err := os.WriteFile(p, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		got, j, err := readJournal(t, p)
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if want := []int{10, 11, 12, 13}[:bytes.Count(whole[:cut], []byte("\n"))]; !slices.Equal(got, want) {
			t.Fatalf("cut at %d: %v, want %v", cut, got, want)
		}
		if err := j.Append(77); err != nil {
			t.Fatal(err)
		}
		j.Close()
		again, j, err := readJournal(t, p)
		if err != nil || !slices.Equal(again, append(got, 77)) {
			t.Fatalf("cut at %d, continued: %v, %v", cut, again, err)
		}
		j.Close()
	}
}

// Damage that no crash makes is an error: going on would forget promises.
func TestJournalDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	_, j, _ := readJournal(t, path)
	if err := j.Rewrite(10); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		if err := j.Append(n); err != nil {
			t.Fatal(err)
		}
	}
	j.Close()
	whole, _ := os.ReadFile(path)
	for _, at := range []int{0, 8, 9, 13} {
		bent := bytes.Clone(whole)
		bent[at] ^= 0x20
		if err := os.WriteFile(path, bent, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := readJournal(t, path); !errors.Is(err, ErrDamaged) {
			t.Errorf("byte %d: %v", at, err)
		}
		if left, _ := os.ReadFile(path); !bytes.Equal(left, bent) {
			t.Errorf("byte %d: a damaged file was changed", at)
		}
	}
	if err := os.Truncate(path, maxFile+1); err != nil {
		t.Fatal(err)
	}
	if _, _, err := readJournal(t, path); !errors.Is(err, ErrDamaged) {
		t.Errorf("huge file: %v", err)
	}
}

// A failed write ends appending until a Rewrite has brought every line again.
func TestJournalFailedWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	j := New(path)
	if !j.Broken() {
		t.Fatal("a journal without a file is whole")
	}
	if err := j.Rewrite(1, 2); err != nil || j.Broken() {
		t.Fatal(err)
	}
	j.f.Close() // a disk that fails
	if err := j.Append(3); err == nil || !j.Broken() {
		t.Fatalf("broken %v, %v", j.Broken(), err)
	}
	if err := j.Append(3); err == nil {
		t.Fatal("appended behind an unknown end")
	}
	if err := os.MkdirAll(filepath.Join(path+".new", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := j.Rewrite(7); err == nil || !j.Broken() {
		t.Fatalf("broken %v, %v", j.Broken(), err)
	}
	if err := os.RemoveAll(path + ".new"); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(make(chan int)); err == nil {
		t.Fatal("wrote what is not JSON")
	}
	if err := j.Rewrite(1, 2, 3); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(4); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() != j.Size() {
		t.Fatalf("size %d: %v, %v", j.Size(), info, err)
	}
	j.Close()
	got, j, err := readJournal(t, path)
	if err != nil || !slices.Equal(got, []int{1, 2, 3, 4}) {
		t.Fatalf("%v, %v", got, err)
	}
	j.Close()
}

// A line that the caller refuses is damage; the file stays as it is.
func TestJournalRefusedLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	j := New(path)
	if err := j.Rewrite(1, "two"); err != nil {
		t.Fatal(err)
	}
	j.Close()
	before, _ := os.ReadFile(path)
	if got, _, err := readJournal(t, path); !errors.Is(err, ErrDamaged) || !slices.Equal(got, []int{1}) {
		t.Fatalf("%v, %v", got, err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Fatal("changed")
	}
}

func TestStateFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	var got []string
	if err := Load(path, &got); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, want := range [][]string{{"a"}, {"b", "c"}} {
		if err := Save(path, want); err != nil {
			t.Fatal(err)
		}
		if err := Load(path, &got); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%v, %v", got, err)
		}
	}
	b, _ := os.ReadFile(path)
	for i := range b {
		bent := bytes.Clone(b)
		bent[i] ^= 1
		os.WriteFile(path, bent, 0o600)
		if err := Load(path, &got); !errors.Is(err, ErrDamaged) {
			t.Fatalf("byte %d: %v", i, err)
		}
	}
}

func FuzzJournal(f *testing.F) {
	line, _ := encodeLine(map[string]int{"a": 1})
	f.Add(line)
	f.Add(append(bytes.Clone(line), line[:9]...))
	f.Add([]byte("00000000 x\n"))
	f.Add([]byte("\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, size := nextLine(data)
		if size < 0 || size > len(data) || len(data) > 0 && size == 0 {
			t.Fatalf("size %d of %d", size, len(data))
		}
		if got != nil && !bytes.Equal(append(fmt.Appendf(nil, "%08x %s", checksum(got), got), '\n'), bytes.ToLower(data[:size])) &&
			!bytes.EqualFold(data[:8], fmt.Appendf(nil, "%08x", checksum(got))) {
			t.Fatal("accepted a line with another checksum")
		}
	})
}
