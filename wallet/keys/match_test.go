package keys

import (
	"errors"
	"path/filepath"
	"testing"
)

func TestMatches(t *testing.T) {
	words, err := NewWords(12)
	if err != nil {
		t.Fatal(err)
	}
	other, err := NewWords(12)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "keystore")
	ks, err := Create(path, words, "", 1, []byte("pass"), Options{Argon2: LightArgon2(), Weak: true})
	if err != nil {
		t.Fatal(err)
	}
	ks.Lock() // comparing needs no secret
	for _, c := range []struct {
		name  string
		words Words
		extra string
		want  bool
	}{{"own", words, "", true}, {"other words", other, "", false}, {"with a BIP 39 passphrase", words, "x", false}} {
		if got, err := ks.Matches(c.words, c.extra); got != c.want || err != nil {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
	if _, err := ks.Matches(Words{}, ""); !errors.Is(err, ErrWordCount) {
		t.Errorf("no words: %v", err)
	}
}
