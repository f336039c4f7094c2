package kit

import (
	"strings"
	"unicode/utf8"

	"supercomputing/app/ui/look"
	"supercomputing/app/ui/text"
	"supercomputing/chain/types"
)

// AmountEntry is a line to type an amount of coins into.
type AmountEntry struct {
	composite
	Entry     *EntryBox
	OnChanged func(a types.Amount, err error)
	words     *text.Catalog
}

// Amount is a line to type an amount of coins into.
func (k *Kit) Amount() *AmountEntry {
	a := &AmountEntry{Entry: Entry("0.0"), words: k.Text}
	a.Entry.OnChanged = func(string) {
		if a.OnChanged != nil {
			a.OnChanged(a.Value())
		}
	}
	a.content = Row(Grow(a.Entry), Muted(text.Unit))
	a.ExtendBaseWidget(a)
	return a
}

// Value is the amount, or what is wrong with it, for people.
func (a *AmountEntry) Value() (types.Amount, error) { return a.words.ParseAmount(a.Entry.Text) }

// SetAmount puts an amount into the line; 0 empties it.
func (a *AmountEntry) SetAmount(v types.Amount) {
	if v == 0 {
		a.Entry.SetText("")
		return
	}
	a.Entry.SetText(v.String())
}

// Empty tells whether nothing was typed.
func (a *AmountEntry) Empty() bool { return a.Entry.Text == "" }

// Password is a line to type a passphrase into, which is hidden.
func (k *Kit) Password(placeholder string) *EntryBox {
	e := &EntryBox{}
	e.PlaceHolder, e.Password = placeholder, true
	e.ExtendBaseWidget(e)
	return e
}

// NewPasswordBox asks for a new passphrase and shows how strong it is.
type NewPasswordBox struct {
	composite
	Entry *EntryBox
	bars  *SegmentBar
	words *Text
	kit   *Kit
}

// NewPassword asks for a new passphrase and shows how strong it is.
func (k *Kit) NewPassword(placeholder string) *NewPasswordBox {
	p := &NewPasswordBox{Entry: k.Password(placeholder), bars: Segments(), words: Small(" ").Wrap(), kit: k}
	p.content = ColumnGap(6, p.Entry, p.bars, p.words)
	p.ExtendBaseWidget(p)
	p.Entry.OnChanged = p.show
	p.show("")
	return p
}

// Strength tells how strong the passphrase is, 0 to 4.
func (p *NewPasswordBox) Strength() int { return strength(p.Entry.Text) }

func (p *NewPasswordBox) show(s string) {
	n := strength(s)
	tone := [...]look.Tone{look.Danger, look.Danger, look.Warn, look.Success, look.Success}[n]
	parts := make([]Part, 4)
	for i := range parts {
		parts[i] = Part{Value: 1, Color: look.Track}
		if i < n {
			parts[i].Color = tone.Color()
		}
	}
	p.bars.Set(parts)
	if s == "" {
		p.words.tone = look.Muted
		p.words.Set(p.kit.Text.T("kit.password.hint"))
		return
	}
	p.words.tone = tone
	names := [...]text.Key{"kit.password.weak", "kit.password.weak", "kit.password.fair", "kit.password.good", "kit.password.strong"}
	p.words.Set(p.kit.Text.T(names[n]))
	p.words.Refresh()
}

// strength judges a passphrase by its length and how much it varies: what is
// guessed by machines at a thousand tries a second (the keystore is slow).
func strength(s string) int {
	n := utf8.RuneCountInString(s)
	if n == 0 {
		return 0
	}
	bits := float64(0)
	before := rune(-1)
	seen := map[rune]int{}
	for _, r := range s {
		seen[r]++
		switch d := r - before; {
		case d == 0 || d == 1 || d == -1: // aaaa, 1234
			bits += 0.7
		case seen[r] > 3:
			bits += 1.5
		default:
			bits += runeBits(r)
		}
		before = r
	}
	if commonPassword(s) {
		bits = min(bits, 12)
	}
	switch {
	case n < 8 || bits < 28:
		return 1
	case bits < 45:
		return 2
	case bits < 65:
		return 3
	}
	return 4
}

// runeBits is about what a character adds: words vary less than symbols.
func runeBits(r rune) float64 {
	switch {
	case r >= 'a' && r <= 'z':
		return 3.2
	case r >= '0' && r <= '9':
		return 3.3
	case r >= 'A' && r <= 'Z':
		return 4.5
	case r == ' ':
		return 1.5
	case r < 0x80:
		return 5
	}
	return 7
}

// commonPassword tells passwords that everybody's list begins with.
func commonPassword(s string) bool {
	switch strings.ToLower(s) {
	case "password", "password1", "passwort", "qwertyuiop", "qwerty123", "letmein123", "iloveyou", "1q2w3e4r", "1q2w3e4r5t", "asdfghjkl", "zxcvbnm123", "supercomputing":
		return true
	}
	return false
}
