package safetext

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// What CheckText refuses.
var (
	ErrNotText       = errors.New("it contains bytes that are no text (it has to be UTF-8)")
	ErrTextControl   = errors.New("it contains a control character")
	ErrTextDirection = errors.New("it contains a character that overrides the direction of writing")
	ErrTextLines     = errors.New("it has more than one line")
)

// CheckText says whether a text that somebody is about to publish is free of
// what Clean would take out of it with its meaning: broken bytes, or U+FFFD that
// stands for them, control characters, and characters that embed or override a
// direction of writing. With lines it may have line ends, LF or CR LF. Marks of
// direction and isolates, which only keep things apart, pass; Plain drops them.
func CheckText(s string, lines bool) error {
	if !utf8.ValidString(s) {
		return ErrNotText
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	for _, r := range s {
		switch {
		case r == utf8.RuneError:
			return ErrNotText
		case r == '\n' || r == 0x2028 || r == 0x2029:
			if !lines {
				return ErrTextLines
			}
		case r == '\t':
			return fmt.Errorf("%w: a tab (U+0009); write spaces instead", ErrTextControl)
		case control(r):
			return fmt.Errorf("%w: %U", ErrTextControl, r)
		case r >= 0x202a && r <= 0x202e:
			return fmt.Errorf("%w: %U", ErrTextDirection, r)
		}
	}
	return nil
}
