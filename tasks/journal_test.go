package tasks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func readJournal(t *testing.T, path string) ([]int, *journal, error) {
	t.Helper()
	var got []int
	j, err := openJournal(path, func(line []byte) error {
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
	if err := j.append(1); err == nil {
		t.Fatal("appended to a journal that has no file")
	}
	if err := j.rewrite(10); err != nil {
		t.Fatal(err)
	}
	for n := 11; n < 14; n++ {
		if err := j.append(n); err != nil {
			t.Fatal(err)
		}
	}
	j.close()
	if err := j.append(99); err == nil {
		t.Fatal("appended after close")
	}
	if err := j.rewrite(99); err == nil {
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
		if err := j.append(77); err != nil {
			t.Fatal(err)
		}
		j.close()
		again, j, err := readJournal(t, p)
		if err != nil || !slices.Equal(again, append(got, 77)) {
			t.Fatalf("cut at %d, continued: %v, %v", cut, again, err)
		}
		j.close()
	}
}

// Damage that no crash makes is an error: going on would forget promises.
func TestJournalDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	_, j, _ := readJournal(t, path)
	if err := j.rewrite(10); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		if err := j.append(n); err != nil {
			t.Fatal(err)
		}
	}
	j.close()
	whole, _ := os.ReadFile(path)
	for _, at := range []int{0, 8, 9, 13} {
		bent := bytes.Clone(whole)
		bent[at] ^= 0x20
		if err := os.WriteFile(path, bent, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := readJournal(t, path); !errors.Is(err, ErrState) {
			t.Errorf("byte %d: %v", at, err)
		}
		if left, _ := os.ReadFile(path); !bytes.Equal(left, bent) {
			t.Errorf("byte %d: a damaged file was changed", at)
		}
	}
	if err := os.Truncate(path, maxStateFile+1); err != nil {
		t.Fatal(err)
	}
	if _, _, err := readJournal(t, path); !errors.Is(err, ErrState) {
		t.Errorf("huge file: %v", err)
	}
}

func TestStateFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	var got []string
	if err := loadState(path, &got); !isMissing(err) {
		t.Fatal(err)
	}
	for _, want := range [][]string{{"a"}, {"b", "c"}} {
		if err := writeState(path, want); err != nil {
			t.Fatal(err)
		}
		if err := loadState(path, &got); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%v, %v", got, err)
		}
	}
	b, _ := os.ReadFile(path)
	for i := range b {
		bent := bytes.Clone(b)
		bent[i] ^= 1
		os.WriteFile(path, bent, 0o600)
		if err := loadState(path, &got); !errors.Is(err, ErrState) {
			t.Fatalf("byte %d: %v", i, err)
		}
	}
}

// A coordinator refuses a folder it cannot read, instead of promising twice.
func TestCoordinatorRefusesDamagedState(t *testing.T) {
	m := &market{t: t, w: newWorld(t)}
	opt := CoordinatorOptions{Network: testNet, Signer: newKey(1), Ledger: m.w.wallet(newKey(1)), Dir: t.TempDir()}
	dir := filepath.Join(opt.Dir, "aa00000000000000000000000000000000000000000000000000000000000000")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"", "rubbish\nrubbish\n", "00000000 {}\n00000000 {}\n"} {
		if err := os.WriteFile(filepath.Join(dir, "journal"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := NewCoordinator(opt); !errors.Is(err, ErrState) {
			t.Errorf("%q: %v", content, err)
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
