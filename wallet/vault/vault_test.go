package vault

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"supercomputing/wallet"
)

func open(t *testing.T, below wallet.Store, key byte) *Store {
	t.Helper()
	s, err := New(below, [32]byte{key})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// rows loads all of a store and checks the order.
func rows(t *testing.T, s wallet.Store) map[string]string {
	t.Helper()
	var keys []string
	got := make(map[string]string)
	err := s.Load(func(k string, v []byte) error {
		if v == nil {
			t.Errorf("row %q has a nil value", k)
		}
		keys, got[k] = append(keys, k), string(v)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(keys) {
		t.Errorf("keys come as %q", keys)
	}
	return got
}

func TestRows(t *testing.T) {
	dir := t.TempDir()
	journal, err := wallet.OpenJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, journal, 1)
	want := map[string]string{"": "nothing", "a": "", "b": strings.Repeat("long ", 5000), "c\x00": "\x00"}
	for k, v := range want {
		if err := s.Commit([]wallet.Change{{Key: k, Value: []byte(v)}, {Key: "gone", Value: []byte(v)}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Commit([]wallet.Change{{Key: "gone"}}); err != nil {
		t.Fatal(err)
	}
	if got := rows(t, s); !maps.Equal(got, want) {
		t.Errorf("rows are %q", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if journal, err = wallet.OpenJournal(dir); err != nil {
		t.Fatal(err)
	}
	if got := rows(t, open(t, journal, 1)); !maps.Equal(got, want) {
		t.Errorf("rows after opening again are %q", got)
	}
	if err := open(t, journal, 2).Load(func(string, []byte) error { return nil }); !errors.Is(err, ErrKey) {
		t.Errorf("another key: %v", err)
	}
	if err := s.Commit([]wallet.Change{{Key: strings.Repeat("k", maxName+1), Value: []byte{1}}}); err == nil {
		t.Error("took a key beyond the limit")
	}
	stop := errors.New("stop")
	if err := open(t, journal, 1).Load(func(string, []byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("a failing reader: %v", err)
	}
}

// Nothing of keys or values stands in what is stored, equal values do not look
// alike, and the secrets are in no print.
func TestHidden(t *testing.T) {
	below := wallet.NewMemStore()
	s := open(t, below, 1)
	if err := s.Commit([]wallet.Change{{Key: "name-1", Value: []byte("secret text")}, {Key: "name-2", Value: []byte("secret text")}}); err != nil {
		t.Fatal(err)
	}
	var sealed [][]byte
	below.Load(func(k string, v []byte) error {
		if strings.Contains(k, "name") || bytes.Contains(v, []byte("secret")) || bytes.Contains(v, []byte("name")) {
			t.Errorf("row %q = %q shows its content", k, v)
		}
		sealed = append(sealed, v)
		return nil
	})
	if len(sealed) != 2 || bytes.Equal(sealed[0], sealed[1]) {
		t.Error("equal values look alike")
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%s"} {
		if got := fmt.Sprintf(verb, s); got != "vault.Store(sealed)" {
			t.Errorf("%s prints %s", verb, got)
		}
		// In a field fmt cannot call Format.
		names := fmt.Sprintf(verb, s.names[:3])
		for _, v := range []any{*s, []Store{*s}, struct{ s Store }{*s}, struct{ s *Store }{s}} {
			if got := fmt.Sprintf(verb, v); strings.Contains(got, fmt.Sprint(s.names[0], s.names[1], s.names[2])) || strings.Contains(got, names) {
				t.Errorf("%s of %T prints %s", verb, v, got)
			}
		}
	}
}

// Every way to alter a stored row is noticed.
func TestDamage(t *testing.T) {
	for _, c := range []struct {
		what string
		edit func(a, b *wallet.Change)
	}{
		{"a flipped bit", func(a, _ *wallet.Change) { a.Value[len(a.Value)-1] ^= 1 }},
		{"a flipped nonce", func(a, _ *wallet.Change) { a.Value[0] ^= 1 }},
		{"a cut value", func(a, _ *wallet.Change) { a.Value = a.Value[:10] }},
		{"no value", func(a, _ *wallet.Change) { a.Value = []byte{} }},
		{"swapped values", func(a, b *wallet.Change) { a.Value = b.Value }},
		{"another name", func(a, _ *wallet.Change) { a.Key = strings.Repeat("x", 32) }},
	} {
		below := wallet.NewMemStore()
		s := open(t, below, 1)
		a, b := s.seal("a", []byte("1")), s.seal("b", []byte("2"))
		c.edit(&a, &b)
		below.Commit([]wallet.Change{a, b})
		if err := s.Load(func(string, []byte) error { return nil }); !errors.Is(err, wallet.ErrDamaged) {
			t.Errorf("%s: %v", c.what, err)
		}
		sound := 0
		damaged, err := s.LoadSound(func(string, []byte) error { sound++; return nil })
		if err != nil || damaged != 1 || sound != 1 {
			t.Errorf("%s: %d damaged, %d sound, %v", c.what, damaged, sound, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	s, err := New(wallet.NewMemStore(), [32]byte{1})
	if err != nil {
		f.Fatal(err)
	}
	good := s.seal("key", []byte("value"))
	f.Add(good.Key, good.Value)
	f.Add("", []byte{})
	f.Fuzz(func(t *testing.T, name string, sealed []byte) {
		key, value, err := s.open(name, sealed)
		if err == nil && (key != "key" || string(value) != "value") {
			t.Errorf("%q opens as %q = %q", sealed, key, value)
		}
	})
}
