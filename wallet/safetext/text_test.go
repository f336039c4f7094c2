package safetext_test

import (
	"errors"
	"testing"

	"supercomputing/wallet/safetext"
)

func TestCheckText(t *testing.T) {
	for _, c := range []struct {
		text  string
		lines bool
		want  error
	}{
		{"", false, nil},
		{"Straße, 日本, שלום\u200f, 👨\u200d👩", false, nil},
		{"\u2068שלום\u2069", false, nil}, // as Clean writes it
		{"one\r\ntwo\nthree", true, nil},
		{"one\ntwo", false, safetext.ErrTextLines},
		{"one\u2028two", false, safetext.ErrTextLines},
		{"a\xffb", true, safetext.ErrNotText},
		{"a\ufffdb", true, safetext.ErrNotText},
		{"a\x00", true, safetext.ErrTextControl},
		{"a\x1b[31m", true, safetext.ErrTextControl},
		{"a\rb", true, safetext.ErrTextControl},
		{"a\tb", true, safetext.ErrTextControl},
		{"a\u0085b", true, safetext.ErrTextControl},
		{"a\u202eb", true, safetext.ErrTextDirection},
		{"a\u202ab", true, safetext.ErrTextDirection},
	} {
		if err := safetext.CheckText(c.text, c.lines); !errors.Is(err, c.want) {
			t.Errorf("%q: %v, want %v", c.text, err, c.want)
		}
	}
}

// What is cleaned can be published again.
func FuzzCheckText(f *testing.F) {
	for _, s := range []string{"plain", "a\xff", "שלום\u202e", "a\tb\r\nc", "\u2067x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		err := safetext.CheckText(s, true)
		if again := safetext.CheckText(safetext.Clean(s), true); again != nil && !errors.Is(again, safetext.ErrNotText) {
			t.Errorf("%q: %v, cleaned %v", s, err, again)
		}
	})
}
