// Package safetext judges text that strangers wrote: names that pretend to be
// other names, links that go elsewhere than they say, characters that nobody
// sees. It looks at letters alone and knows no sender. Everything here takes
// time linear in the text and gives a bounded answer.
package safetext

import (
	_ "embed" // the table of confusables
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"
)

//go:embed confusables.txt
var confusablesFile string

// prototypes maps a character to what it looks like (UTS 39 §4). It is read
// from the embedded file at first use.
var prototypes = sync.OnceValue(func() map[rune]string {
	m := make(map[rune]string, 5300)
	for line := range strings.Lines(confusablesFile) {
		to, from, ok := strings.Cut(line, " < ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		var target strings.Builder
		for p := range strings.FieldsSeq(to) {
			target.WriteRune(hexRune(p))
		}
		for p := range strings.FieldsSeq(from) {
			a, b, _ := strings.Cut(p, "-")
			first := hexRune(a)
			last := first
			if b != "" {
				last = hexRune(b)
			}
			for r := first; r <= last; r++ {
				m[r] = target.String()
			}
		}
	}
	return m
})

// hexRune reads a code point of the embedded file, whose form a test checks.
func hexRune(s string) rune {
	n, err := strconv.ParseUint(s, 16, 21)
	if err != nil {
		panic("safetext: confusables.txt: " + err.Error())
	}
	return rune(n)
}

// Skeleton gives what a name looks like: two names with one skeleton cannot be
// told apart on a screen. It is UTS 39's skeleton, made twice around a
// lower-casing, since people take "PAYPAL" for "paypal" too, and with i and l
// as one, since a capital I is both. It serves comparing only and is never
// shown. It is at most some twenty times as long as s.
func Skeleton(s string) string {
	s = skeleton(strings.ToLower(skeleton(s)))
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "i", "l")
}

// skeleton is skeleton(X) of UTS 39 §4.
func skeleton(s string) string {
	table := prototypes()
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToValidUTF8(s, "\uFFFD")) {
		if ignorable(r) {
			continue
		}
		if to, ok := table[r]; ok {
			b.WriteString(to)
		} else {
			b.WriteRune(r)
		}
	}
	return norm.NFD.String(b.String())
}

// Alike reports whether two different names look the same.
func Alike(a, b string) bool { return a != b && Skeleton(a) == Skeleton(b) }
