package safetext

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// ignorable reports whether r has the property Default_Ignorable_Code_Point:
// it shows as nothing. The derivation is that of Unicode's
// DerivedCoreProperties.txt.
func ignorable(r rune) bool {
	switch {
	case r < 0xad:
		return false
	case unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r), unicode.Is(unicode.Variation_Selector, r):
		return true
	case !unicode.Is(unicode.Cf, r):
		return false
	case r >= 0xfff9 && r <= 0xfffb, r >= 0x13430 && r <= 0x1343f, unicode.Is(unicode.Prepended_Concatenation_Mark, r):
		return false
	}
	return true
}

// directs reports whether r changes the direction of the text around it
// (UAX 9: marks, embeddings, overrides and isolates).
func directs(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) }

// control reports whether r is a control, an annotation or no character at all.
func control(r rune) bool {
	return unicode.Is(unicode.Cc, r) || r >= 0xfff9 && r <= 0xfffb || r&0xfffe == 0xfffe || r >= 0xfdd0 && r <= 0xfdef
}

// letterTrick reports whether r is a styled or enclosed letter or digit, which
// stands for a plain one: the mathematical alphabets, circled, squared and
// regional ones.
func letterTrick(r rune) bool {
	return r >= 0x1d400 && r <= 0x1d7ff || r >= 0x2460 && r <= 0x24ff || r >= 0x1f100 && r <= 0x1f1e5
}

// keycap encloses the digit before it.
const keycap = 0x20e3

// joins reports whether an invisible r does its work between prev and next: a
// joiner of emoji or of scripts whose letters change shape, or the selector of
// a symbol's picture.
func joins(prev, r, next rune) bool {
	switch {
	case r == 0xfe0e || r == 0xfe0f:
		return pictures(prev) || next == keycap && strings.ContainsRune("#*0123456789", prev)
	case r == 0x200d && pictures(next):
		return pictures(prev) || prev == 0xfe0f || unicode.Is(unicode.Sk, prev)
	case r == 0x200c || r == 0x200d:
		return shaping(prev) && shaping(next)
	}
	return false
}

// pictures reports whether r can be shown as an emoji.
func pictures(r rune) bool {
	return r >= 0xa9 && r != utf8.RuneError && unicode.In(r, unicode.So, unicode.Sm) || r == 0x203c || r == 0x2049
}

// shaping reports whether r is of a script in which the joiners U+200C and
// U+200D are part of spelling (UTS 39 §3.1.1, UAX 31 §2.3).
func shaping(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M) && unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Nko, unicode.Devanagari, unicode.Bengali,
		unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada,
		unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar) ||
		r >= 0x64b && r <= 0x655
}

// scriptRange is a run of characters of one script.
type scriptRange struct {
	lo, hi rune
	script string
}

// scriptRanges lists the scripts of all characters, ascending, made at first
// use: asking 160 tables for each letter is slow.
var scriptRanges = sync.OnceValue(func() []scriptRange {
	var out []scriptRange
	add := func(name string, lo, hi, stride rune) {
		if stride == 1 {
			out = append(out, scriptRange{lo, hi, name})
			return
		}
		for r := lo; r <= hi; r += stride {
			out = append(out, scriptRange{r, r, name})
		}
	}
	for name, t := range unicode.Scripts {
		if name == "Common" || name == "Inherited" {
			continue
		}
		for _, r := range t.R16 {
			add(name, rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range t.R32 {
			add(name, rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
	}
	slices.SortFunc(out, func(a, b scriptRange) int { return int(a.lo - b.lo) })
	return out
})

// script names the script of r, "" for what is common to several.
func script(r rune) string {
	if r < 0x80 {
		if 'a' <= r|0x20 && r|0x20 <= 'z' {
			return "Latin"
		}
		return ""
	}
	list := scriptRanges()
	i, ok := slices.BinarySearchFunc(list, r, func(s scriptRange, r rune) int {
		switch {
		case s.hi < r:
			return -1
		case s.lo > r:
			return 1
		}
		return 0
	})
	if !ok {
		return ""
	}
	return list[i].script
}

// scriptsOf lists the scripts in s, each once, in order of appearance, at most
// four.
func scriptsOf(s string) (out []string) {
	for _, r := range s {
		if sc := script(r); sc != "" && len(out) < 4 && !slices.Contains(out, sc) {
			out = append(out, sc)
		}
	}
	return out
}

// goTogether reports whether scripts may stand in one word: UTS 39 §5.2,
// "highly restrictive". Japanese, Chinese and Korean are written with several.
func goTogether(scripts []string) bool {
	if len(scripts) <= 1 {
		return true
	}
	for _, set := range [][]string{
		{"Latin", "Han", "Hiragana", "Katakana"},
		{"Latin", "Han", "Bopomofo"},
		{"Latin", "Han", "Hangul"},
	} {
		if !slices.ContainsFunc(scripts, func(s string) bool { return !slices.Contains(set, s) }) {
			return true
		}
	}
	return false
}
