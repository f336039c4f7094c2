package sandbox

import (
	"os"
	"strings"
	"testing"
)

func TestReadStat(t *testing.T) {
	s, ok := readStat(os.Getpid())
	if !ok || s.pid != os.Getpid() || s.parent != os.Getppid() || s.threads < 1 || s.start == 0 || !strings.ContainsRune("RSD", rune(s.state)) {
		t.Fatalf("%+v", s)
	}
	if _, ok := readStat(1 << 30); ok {
		t.Fatal("a process that is not there")
	}
	if n := memory(os.Getpid()); n < 1<<20 || n > 4<<30 {
		t.Fatalf("this test holds %d bytes", n)
	}
}

func FuzzParseStat(f *testing.F) {
	const tail = " S 12 34 56 0 -1 4194560 1 2 3 4 100 50 7 3 20 0 5 0 999 1 2 3"
	f.Add([]byte("77 (sh)" + tail))
	f.Add([]byte("77 (a) R 1 1) (b)" + tail))
	f.Add([]byte("77 ()" + tail + "\n"))
	f.Add([]byte("77 sh" + tail))
	f.Add([]byte(") ("))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, ok := parseStat(b)
		if ok && s.pid == 0 && !strings.Contains(string(b), "0") {
			t.Fatalf("%q: %+v", b, s)
		}
	})
}

// A program's name is its own choice: it cannot claim other numbers by it.
func TestParseStatNames(t *testing.T) {
	const tail = " S 12 34 56 0 -1 4194560 1 2 3 4 100 50 7 3 20 0 5 0 999 1 2 3"
	for _, name := range []string{"sh", "a b", "x) R 1 1 1 1 1", "(((", ")", ""} {
		s, ok := parseStat([]byte("77 (" + name + ")" + tail))
		if !ok || s.pid != 77 || s.parent != 12 || s.group != 34 || s.session != 56 || s.threads != 5 || s.start != 999 || s.cpu != 160*tick {
			t.Errorf("%q: %+v, %v", name, s, ok)
		}
	}
	for _, bad := range []string{"", "77", "77 (sh)", "77 (sh) S 1 2", "x (sh)" + tail, "77 (sh) S x" + tail} {
		if s, ok := parseStat([]byte(bad)); ok {
			t.Errorf("%q: %+v", bad, s)
		}
	}
}
