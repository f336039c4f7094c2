package safetext

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// What CheckName refuses. All wrap ErrName.
var (
	ErrName      = errors.New("not a fit name")
	ErrEmpty     = fmt.Errorf("%w: it has no letter or digit", ErrName)
	ErrLong      = fmt.Errorf("%w: it has more than %d characters", ErrName, MaxName)
	ErrSpaces    = fmt.Errorf("%w: spaces at its ends, several in a row, or of unusual width", ErrName)
	ErrControl   = fmt.Errorf("%w: it contains control characters", ErrName)
	ErrDirection = fmt.Errorf("%w: it contains characters that change the direction of writing", ErrName)
	ErrInvisible = fmt.Errorf("%w: it contains invisible characters", ErrName)
	ErrLetters   = fmt.Errorf("%w: it contains characters that stand for others", ErrName)
	ErrMixed     = fmt.Errorf("%w: it mixes alphabets", ErrName)
)

// MaxName is how many characters a name may have.
const MaxName = 64

// maxMarks is how many marks may stand on one letter. Real writing needs four.
const maxMarks = 4

// CheckName says whether people may be shown s as a name of a person, a
// channel, a dapp or an account: 1 to MaxName characters in NFC, without
// controls, invisible characters and look-alikes of letters, in one alphabet
// (UTS 39 §5.2, "highly restrictive"; Latin may stand beside Chinese, Japanese
// and Korean), trimmed. The error wraps ErrName. A name that passes may still
// look like another: compare Skeleton.
func CheckName(s string) error {
	switch {
	case s == "":
		return ErrEmpty
	case len(s) > MaxName*utf8.UTFMax || utf8.RuneCountInString(s) > MaxName:
		return ErrLong
	case !utf8.ValidString(s):
		return ErrControl
	}
	if err := checkRunes([]rune(s)); err != nil {
		return err
	}
	if !norm.NFC.IsNormalString(s) {
		return ErrLetters
	}
	if scripts := scriptsOf(s); !goTogether(scripts) {
		return fmt.Errorf("%w: %s", ErrMixed, strings.Join(scripts, ", "))
	}
	return nil
}

func checkRunes(rs []rune) error {
	visible, marks := false, 0
	for i, r := range rs {
		if err := checkRune(rs, i); err != nil {
			return err
		}
		if marks++; !unicode.Is(unicode.M, r) {
			marks = 0
		}
		if marks > maxMarks || marks == 1 && i == 0 {
			return ErrLetters
		}
		visible = visible || unicode.In(r, unicode.L, unicode.N, unicode.So)
	}
	if !visible {
		return ErrEmpty
	}
	return nil
}

func checkRune(rs []rune, i int) error {
	r := rs[i]
	prev, next := around(rs, i)
	switch {
	case directs(r):
		return ErrDirection
	case control(r) || unicode.In(r, unicode.Co, unicode.Zl, unicode.Zp):
		return ErrControl
	case ignorable(r):
		if joins(prev, r, next) {
			return nil
		}
		return ErrInvisible
	case unicode.IsSpace(r):
		if r != ' ' || i == 0 || i == len(rs)-1 || prev == ' ' {
			return ErrSpaces
		}
	case letterTrick(r), r == 0x2800, !norm.NFKC.IsNormalString(string(r)):
		return ErrLetters
	}
	return nil
}

// around gives the neighbours of a character, 0 where there is none.
func around(rs []rune, i int) (prev, next rune) {
	if i > 0 {
		prev = rs[i-1]
	}
	if i+1 < len(rs) {
		next = rs[i+1]
	}
	return prev, next
}
