package text

import "strings"

// Clean takes out of a text what would change how the words around it are read:
// marks that turn the direction of writing round, with which a file's or a
// person's name can pretend to be another, and control characters. Names come
// from anybody.
func Clean(s string) string {
	if !strings.ContainsFunc(s, unseemly) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case unseemly(r):
			return -1
		}
		return r
	}, s)
}

func unseemly(r rune) bool {
	switch {
	case r == '\n':
		return false
	case r < 0x20, r >= 0x7f && r < 0xa0: // control
		return true
	case r == 0x061c, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069: // direction
		return true
	}
	return r == 0xfeff
}
