package safetext

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The reasons of Warnings without a word that they are about.
const (
	warnBroken    = "it contains bytes that are no text"
	warnControl   = "it contains control characters"
	warnDirection = "it contains characters that change the direction of writing, so it may read otherwise than it is"
	warnInvisible = "it contains invisible characters"
	warnStyled    = "it contains styled characters that stand for plain letters"
	warnMarks     = "it piles marks on letters"
)

// maxQuoted is how many characters of a word a warning repeats.
const maxQuoted = 40

// Warnings says in words why a text might deceive; nil when nothing is odd.
// Every reason is named once, so there are at most eight.
func Warnings(s string) (out []string) {
	warn := func(reason string) {
		if !slices.Contains(out, reason) {
			out = append(out, reason)
		}
	}
	var prev rune
	marks := 0
	for i, r := range s {
		n := utf8.RuneLen(r)
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			n = 1
			warn(warnBroken)
		}
		next, _ := utf8.DecodeRuneInString(s[i+n:])
		if marks++; !unicode.Is(unicode.M, r) {
			marks = 0
		}
		switch {
		case directs(r):
			warn(warnDirection)
		case control(r) && !strings.ContainsRune("\n\r\t", r):
			warn(warnControl)
		case ignorable(r):
			if !joins(prev, r, next) {
				warn(warnInvisible)
			}
		case letterTrick(r):
			warn(warnStyled)
		case marks > maxMarks:
			warn(warnMarks)
		}
		prev = r
	}
	return append(out, wordWarnings(Plain(s))...)
}

// wordWarnings names the first word that mixes alphabets, and the first that is
// written in another alphabet but reads as Latin, unless that alphabet has
// plain words of its own in the text: "сосо" is nothing special in Russian.
func wordWarnings(s string) (out []string) {
	mixed := ""
	posing := make(map[string]string) // by script: the first word that reads as Latin
	plain := make(map[string]bool)    // scripts with other words
	words := strings.FieldsFuncSeq(s, func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.M, unicode.N) && r != '_' && !ignorable(r)
	})
	for w := range words {
		scripts := scriptsOf(w)
		switch {
		case len(scripts) > 1:
			if mixed == "" && !goTogether(scripts) {
				mixed = "a word mixes alphabets (" + strings.Join(scripts, ", ") + "): “" + quoted(w) + "”"
			}
		case len(scripts) == 1 && scripts[0] != "Latin":
			if sk, ok := readsLatin(quoted(w)); !ok {
				plain[scripts[0]] = true
			} else if posing[scripts[0]] == "" && utf8.RuneCountInString(w) >= 3 {
				posing[scripts[0]] = "a word in " + scripts[0] + " letters reads as “" + sk + "”"
			}
		}
	}
	if mixed != "" {
		out = append(out, mixed)
	}
	for _, sc := range slices.Sorted(maps.Keys(posing)) {
		if !plain[sc] {
			return append(out, posing[sc])
		}
	}
	return out
}

// readsLatin gives what a word with other letters looks like when that is
// plain Latin. Letters that are plain stay as they are, though a skeleton would
// have "rn" for an m.
func readsLatin(w string) (string, bool) {
	table := prototypes()
	var b strings.Builder
	for _, r := range norm.NFD.String(w) {
		switch to, ok := table[r]; {
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case ignorable(r):
		case !ok || strings.IndexFunc(to, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0:
			return "", false
		default:
			b.WriteString(strings.ReplaceAll(to, "rn", "m"))
		}
	}
	return b.String(), true
}

// quoted shortens a word for a warning.
func quoted(w string) string {
	n := 0
	for i := range w {
		if n == maxQuoted {
			return w[:i] + "…"
		}
		n++
	}
	return w
}
