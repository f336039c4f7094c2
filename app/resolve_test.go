package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supercomputing/app/view"
)

func TestBeginsWith(t *testing.T) {
	const id = "3f2a91bc000000000000000000e1f2c3"
	for given, want := range map[string]bool{
		"3f2a": true, "3F2A91": true, id: true, "3f2": false, "": false, "3f2b": false, id + "0": false,
		"3f2a91bc00…e1f2c3": true, "3f2a…c3": true, "3f2a…": true, "3f2…e1f2c3": false, "3f2a…e1f2c4": false, "…e1f2c3": false,
		id + "…c3": false, id[:20] + "…" + id[10:]: false,
	} {
		if got := beginsWith(id, given); got != want {
			t.Errorf("%q: %v", given, got)
		}
	}
}

func TestPickNamed(t *testing.T) {
	type entry struct{ id, name string }
	list := []entry{{"aaaa1", "home"}, {"aaaa2", "club"}, {"bbbb1", "Club"}, {"cccc1", "aaaa2"}, {"dddd1", "bbbb"}}
	of := func(e entry) (string, string) { return e.id, e.name }
	cases := []struct {
		given, want string
		err         error
	}{
		{"home", "aaaa1", nil},
		{"HOME", "aaaa1", nil},
		{"aaaa2", "aaaa2", nil}, // an id is not taken by another's name
		{"cccc", "cccc1", nil},
		{"bbbb", "dddd1", nil}, // a name comes before the beginning of an id
		{"bbbb1", "bbbb1", nil},
		{"club", "", view.Errorf(view.CodeConflict, "")},
		{"aaaa", "", view.Errorf(view.CodeConflict, "")},
		{"nobody", "", view.ErrNotFound},
		{"", "", view.ErrNotFound},
	}
	for _, c := range cases {
		got, err := pickNamed(c.given, "account", list, of)
		if got.id != c.want || !errors.Is(err, c.err) || (c.err == nil) != (err == nil) {
			t.Errorf("%q: %v, %v", c.given, got, err)
		}
	}
}

func TestIsAddress(t *testing.T) {
	const alice = "sc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqnnkr9w"
	for s, want := range map[string]bool{
		alice: true, strings.ToUpper(alice): true, alice[:len(alice)-1] + "q": false, alice[:40]: false,
		"t" + alice: false, "Alice": false, "": false, "1": false, "sc1": false, "1p": false,
	} {
		if got := isAddress(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}

// A stranger's line breaks stay, and none of their lines can look like ours.
func TestLines(t *testing.T) {
	w := newWorld(t)
	p := &program{env: w.env}
	p.lines("  ", "a\r\nb\rc\tid\n\n\u202eevil\x1b[1A\u2028x\n\n")
	if got, want := w.out.String(), "  a\n  b c    id\n\n   evil [1A x\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	w.out.Reset()
	for _, empty := range []string{"", "\n", " \n\t"} {
		p.lines("  ", empty)
	}
	if w.out.Len() > 0 {
		t.Errorf("an empty text became %q", w.out.String())
	}
}

func TestFirstLine(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "one": "one", "\n one \ntwo": "one …", "abcdefghij": "abcdefghij", "abcdefghijk": "abcdefghi…", "äöüäöüäöü xyz": "äöüäöüäöü…", "a\x1bb": "a b",
	} {
		if got := firstLine(text, 10); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// A PSBT may be a file of bytes or of base64, with line breaks or without.
func TestPSBTFiles(t *testing.T) {
	dir := t.TempDir()
	raw := append(bytes.Clone(psbtMagic), 1, 2, 3)
	const text = "cHNidP8BAgM="
	p := &program{env: newWorld(t).env}
	for name, content := range map[string][]byte{"bytes": raw, "text": []byte(text), "lines": []byte("cHNi\r\ndP8B\nAgM=\n")} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := p.readPSBT(path); err != nil || got.Data != text {
			t.Errorf("%s: %q, %v", name, got.Data, err)
		}
	}
	path := filepath.Join(dir, "large")
	if err := os.WriteFile(path, append([]byte("psbt\xff"), make([]byte, maxPSBT)...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := p.readPSBT(path); view.AsError(err).Code != view.CodeTooLarge {
		t.Errorf("a large file: %v", err)
	}
	if _, err := p.readPSBT(filepath.Join(dir, "none")); exitCode(err) != exitUsage {
		t.Errorf("a missing file: %v", err)
	}
	out := filepath.Join(dir, "new.psbt")
	if err := p.writeNew(out, raw); err != nil {
		t.Fatal(err)
	}
	if err := p.writeNew(out, nil); view.AsError(err).Code != view.CodeConflict {
		t.Errorf("a file was replaced: %v", err)
	}
	p.dataDir = dir
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{dir, link} {
		if err := p.writeNew(filepath.Join(folder, "other.psbt"), raw); view.AsError(err).Code != view.CodeInvalid {
			t.Errorf("a file in the data directory: %v", err)
		}
	}
	if got, _ := os.ReadFile(out); !bytes.Equal(got, raw) {
		t.Errorf("%q", got)
	}
}
