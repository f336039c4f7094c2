package safetext

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"
)

// The isolate that Clean puts around lines of right-to-left writing (UAX 9).
const (
	isolate    = "\u2068"
	endIsolate = "\u2069"
)

// Clean gives text as it may be shown: without control characters, invisible
// ones and those that change the direction of writing; broken bytes become
// U+FFFD, tabs spaces, every end of line one line feed, and a letter keeps four
// marks at most. A line with right-to-left writing stands inside an isolate, so
// that it cannot turn round what is shown beside it. Cleaning again changes
// nothing. The result is at most three times as long, and one isolate.
func Clean(s string) string {
	s = Plain(s)
	if !turns(s) {
		return s
	}
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if turns(l) {
			lines[i] = isolate + l + endIsolate
		}
	}
	return strings.Join(lines, "\n")
}

// CleanLine is Clean for what has one line, such as a title.
func CleanLine(s string) string {
	return Clean(strings.Join(strings.Fields(Plain(s)), " "))
}

// turns reports whether s has a letter that is written from right to left.
func turns(s string) bool {
	for _, r := range s {
		if r < 0x590 {
			continue
		}
		p, _ := bidi.LookupRune(r)
		if c := p.Class(); c == bidi.R || c == bidi.AL || c == bidi.AN {
			return true
		}
	}
	return false
}

// Plain is Clean without the isolates, for text that is to be stored, searched
// or sent.
func Plain(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	var prev rune // the last that was kept
	marks := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r == '\r':
			if i < len(s) && s[i] == '\n' {
				continue
			}
			r = '\n'
		case r == 0x85 || r == 0x2028 || r == 0x2029 || r == '\v' || r == '\f':
			r = '\n'
		case r == '\t':
			r = ' '
		case r == '\n':
		case directs(r) || control(r):
			continue
		case ignorable(r):
			if next, _ := utf8.DecodeRuneInString(s[i:]); !joins(prev, r, next) {
				continue
			}
		}
		if marks++; !unicode.Is(unicode.M, r) {
			marks = 0
		} else if marks > maxMarks {
			continue
		}
		b.WriteRune(r)
		prev = r
	}
	return b.String()
}
