package keys

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/tyler-smith/go-bip39"
	"golang.org/x/text/unicode/norm"
)

// Errors of reading words.
var (
	// ErrWordCount says that the number of words is not one of BIP 39's.
	ErrWordCount = errors.New("recovery words: wrong number of words")
	// ErrUnknownWord says that a word is not on the English list; the error
	// is a *WordError.
	ErrUnknownWord = errors.New("recovery words: unknown word")
	// ErrChecksum says that all words are known but do not belong together:
	// one is wrong or two changed places.
	ErrChecksum = errors.New("recovery words: the words do not fit together; one is wrong or out of place")
)

// WordError names a word that is not on the list. It is meant for the person
// who typed it: one misspelt word alone does not give a wallet away.
type WordError struct {
	Position   int    // counted from 1
	Word       string // as typed, cut to 20 bytes
	Suggestion string // the nearest word of the list, empty when none is near
}

// Error implements error.
func (e *WordError) Error() string {
	s := fmt.Sprintf("%v: word %d, %q", ErrUnknownWord, e.Position, e.Word)
	if e.Suggestion != "" {
		s += fmt.Sprintf("; did you mean %q?", e.Suggestion)
	}
	return s
}

// Unwrap gives ErrUnknownWord.
func (e *WordError) Unwrap() error { return ErrUnknownWord }

// Words is a checked BIP 39 mnemonic. It prints as a placeholder; Reveal is
// the one way to its text. The zero value holds nothing.
type Words struct{ entropy *veiled[[]byte] }

// NewWords draws a mnemonic of 12, 15, 18, 21 or 24 words from the system's
// random source.
func NewWords(count int) (Words, error) { return newWords(count, rand.Reader) }

func newWords(count int, random io.Reader) (Words, error) {
	if !validCount(count) {
		return Words{}, fmt.Errorf("%w: %d", ErrWordCount, count)
	}
	entropy := make([]byte, count*4/3)
	if _, err := io.ReadFull(random, entropy); err != nil {
		return Words{}, fmt.Errorf("recovery words: random source: %w", err)
	}
	return Words{veil(&entropy)}, nil
}

func validCount(n int) bool { return n >= 12 && n <= 24 && n%3 == 0 }

// ParseWords reads and checks a mnemonic; case and spacing do not matter.
func ParseWords(text string) (Words, error) {
	if len(text) > 1024 {
		return Words{}, fmt.Errorf("%w: %d characters", ErrWordCount, len(text))
	}
	fields := strings.Fields(strings.ToLower(text))
	for i, f := range fields {
		if _, ok := bip39.GetWordIndex(f); !ok {
			return Words{}, &WordError{Position: i + 1, Word: f[:min(len(f), 20)], Suggestion: nearest(f)}
		}
	}
	if !validCount(len(fields)) {
		return Words{}, fmt.Errorf("%w: %d; a wallet has 12, 15, 18, 21 or 24", ErrWordCount, len(fields))
	}
	entropy, err := bip39.EntropyFromMnemonic(strings.Join(fields, " "))
	if err != nil {
		return Words{}, ErrChecksum
	}
	return Words{veil(&entropy)}, nil
}

// Reveal gives the words, for showing to their owner and nothing else.
func (w Words) Reveal() string {
	if w.entropy == nil {
		return ""
	}
	s, err := bip39.NewMnemonic(*w.entropy.value)
	if err != nil {
		panic(err) // every constructor checks the length
	}
	return s
}

// Seed gives the 64-byte BIP 39 seed under an optional passphrase, which is
// NFKD-normalised as the BIP asks.
func (w Words) Seed(passphrase string) []byte {
	return bip39.NewSeed(w.Reveal(), norm.NFKD.String(passphrase))
}

// Format implements fmt.Formatter, so that no verb prints the words.
func (w Words) Format(f fmt.State, _ rune) { hide(f, "keys.Words(hidden)") }

// veiled keeps a secret two pointers away from the struct that holds it. fmt
// cannot call Format on another struct's unexported field; it prints such a
// field by reflection, and for a verb that does not fit (%s) follows one
// pointer, but never two.
type veiled[T any] struct{ value *T }

func veil[T any](v *T) *veiled[T] { return &veiled[T]{v} }

func hide(f fmt.State, s string) { _, _ = io.WriteString(f, s) }

// nearest finds the list's word closest to s: one that starts with the same
// four letters (they are unique, by the list's design), else one at most two
// edits away.
func nearest(s string) string {
	if len(s) > 20 {
		return ""
	}
	best, bestDistance := "", 3
	for _, w := range bip39.GetWordList() {
		if len(s) >= 4 && strings.HasPrefix(w, s[:4]) {
			return w
		}
		if d := distance(s, w); d < bestDistance && d < len(w)-1 {
			best, bestDistance = w, d
		}
	}
	return best
}

// distance is the count of inserted, deleted, replaced or swapped letters
// between a and b (optimal string alignment).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// KnownWords lists up to max words of the list that begin with a prefix, in
// the order of the list; case does not matter.
func KnownWords(prefix string, max int) []string {
	list := bip39.GetWordList()
	prefix = strings.ToLower(prefix)
	at := sort.SearchStrings(list, prefix)
	out := []string{}
	for ; at < len(list) && len(out) < max && strings.HasPrefix(list[at], prefix); at++ {
		out = append(out, list[at])
	}
	return out
}
