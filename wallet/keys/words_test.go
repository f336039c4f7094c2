package keys

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

func loadVectors(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

func mustWords(t testing.TB, text string) Words {
	t.Helper()
	w, err := ParseWords(text)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestBIP39Vectors(t *testing.T) {
	var file struct {
		Vectors []struct{ Entropy, Words, Seed string }
	}
	loadVectors(t, "bip39.json", &file)
	if len(file.Vectors) < 24 {
		t.Fatalf("only %d vectors", len(file.Vectors))
	}
	for _, v := range file.Vectors {
		entropy, err := hex.DecodeString(v.Entropy)
		if err != nil {
			t.Fatal(err)
		}
		w, err := newWords(len(strings.Fields(v.Words)), bytes.NewReader(entropy))
		if err != nil {
			t.Fatal(err)
		}
		if w.Reveal() != v.Words {
			t.Errorf("entropy %s gives other words", v.Entropy)
		}
		w = mustWords(t, "  "+strings.ToUpper(strings.ReplaceAll(v.Words, " ", " \n"))+" ")
		if !bytes.Equal(*w.entropy.value, entropy) {
			t.Errorf("%s: wrong entropy", v.Words)
		}
		if got := hex.EncodeToString(w.Seed("TREZOR")); got != v.Seed {
			t.Errorf("%s: seed %s", v.Words, got)
		}
	}
}

// A passphrase typed with composed letters and one typed with combining marks
// must open the same wallet (BIP 39: NFKD).
func TestSeedNormalisesPassphrase(t *testing.T) {
	w := mustWords(t, abandon)
	if !bytes.Equal(w.Seed("caf\u00e9"), w.Seed("cafe\u0301")) {
		t.Error("composed and decomposed passphrases differ")
	}
	if bytes.Equal(w.Seed("a"), w.Seed("b")) || bytes.Equal(w.Seed(""), w.Seed("a")) {
		t.Error("the passphrase does not matter")
	}
}

const abandon = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about"

func TestParseWordsRefuses(t *testing.T) {
	eleven := strings.Repeat("abandon ", 11)
	for _, c := range []struct {
		name, text, suggestion string
		want                   error
		position               int
	}{
		{"empty", "", "", ErrWordCount, 0},
		{"eleven words", eleven, "", ErrWordCount, 0},
		{"thirteen words", eleven + "about about", "", ErrWordCount, 0},
		{"too long a text", strings.Repeat("abandon ", 200), "", ErrWordCount, 0},
		{"checksum", eleven + "abandon", "", ErrChecksum, 0},
		{"two words swapped", "legal thank winner year wave sausage worth useful legal winner thank yellow", "", ErrChecksum, 0},
		{"misspelt, unique start", eleven + "abouts", "about", ErrUnknownWord, 12},
		{"swapped letters", "abandno " + abandon[8:], "abandon", ErrUnknownWord, 1},
		{"missing letter", "aandon " + abandon[8:], "abandon", ErrUnknownWord, 1},
		{"nothing near", "xqzjkvw " + abandon[8:], "", ErrUnknownWord, 1},
		{"short nonsense", "q " + abandon[8:], "", ErrUnknownWord, 1},
		{"very long word", strings.Repeat("z", 300) + " " + abandon[8:], "", ErrUnknownWord, 1},
	} {
		_, err := ParseWords(c.text)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
			continue
		}
		var we *WordError
		if errors.As(err, &we) {
			if we.Position != c.position || we.Suggestion != c.suggestion {
				t.Errorf("%s: %+v, want position %d, suggestion %q", c.name, we, c.position, c.suggestion)
			}
			if len(we.Word) > 20 {
				t.Errorf("%s: the error repeats %d bytes", c.name, len(we.Word))
			}
			if c.suggestion != "" && !strings.Contains(err.Error(), c.suggestion) {
				t.Errorf("%s: %q does not suggest %q", c.name, err, c.suggestion)
			}
		}
	}
}

func TestNewWords(t *testing.T) {
	seen := make(map[string]bool)
	for _, n := range []int{12, 15, 18, 21, 24} {
		w, err := NewWords(n)
		if err != nil {
			t.Fatal(err)
		}
		text := w.Reveal()
		if len(strings.Fields(text)) != n || seen[text] {
			t.Errorf("%d words asked: %d given, repeated %v", n, len(strings.Fields(text)), seen[text])
		}
		seen[text] = true
		if again := mustWords(t, text); again.Reveal() != text {
			t.Error("words do not survive a round trip")
		}
	}
	for _, n := range []int{-1, 0, 3, 11, 13, 25, 27} {
		if _, err := NewWords(n); !errors.Is(err, ErrWordCount) {
			t.Errorf("%d words: %v", n, err)
		}
	}
	if _, err := newWords(12, bytes.NewReader(make([]byte, 15))); err == nil {
		t.Error("a short random source was accepted")
	}
}

func FuzzParseWords(f *testing.F) {
	f.Add(abandon)
	f.Add("zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong")
	f.Add("abandno\x00 \xff about")
	f.Fuzz(func(t *testing.T, text string) {
		w, err := ParseWords(text)
		if err != nil {
			return
		}
		if again := mustWords(t, w.Reveal()); again.Reveal() != w.Reveal() {
			t.Fatal("accepted words do not survive a round trip")
		}
	})
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"abc", "abd", 1}, {"abc", "ab", 1},
		{"abc", "acb", 1}, {"abcd", "badc", 2}, {"kitten", "sitting", 3},
	} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
	for _, w := range []string{"zoo", "ability", "art"} {
		if nearest(w) != w {
			t.Errorf("nearest to %q is %q", w, nearest(w))
		}
	}
}
