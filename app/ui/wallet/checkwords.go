package wallet

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// wordsCheck asks for the recovery words and says whether they are this
// wallet's. The words are hidden unless asked for, and forgotten with the dialog.
type wordsCheck struct {
	s      *safety
	entry  *kit.EntryBox
	field  *kit.FieldBox
	offers *fyne.Container
	count  *kit.Text
	result *fyne.Container
	sheet  *kit.Sheet
	ok     *kit.Button
}

// checkWords opens the dialog.
func (s *safety) checkWords() {
	env := s.p.env
	c := &wordsCheck{s: s, entry: env.Kit.Password(env.T("wallet.words.hint")), offers: kit.Flow(), count: kit.Small(""), result: kit.Column()}
	put(c.result)
	c.field = kit.Field(env.T("wallet.words.field"), c.entry).Help(env.T("wallet.words.help"))
	c.entry.OnChanged = func(string) { c.typed() }
	c.entry.OnSubmitted = func(string) { c.check() }
	c.ok = kit.Primary(env.T("wallet.words.button"), c.check)
	closing := kit.Secondary(env.T("wallet.close"), func() { c.sheet.Close() })
	c.sheet = env.Kit.Sheet(kit.SheetOptions{Title: env.T("wallet.words.title"), Text: env.T("wallet.words.careful"), Width: 560,
		Content: kit.ColumnGap(12, c.field, c.count, c.offers, c.result), Actions: []*kit.Button{closing, c.ok},
		Closed: func() { c.entry.SetText("") }})
	c.typed()
	env.FocusOn(c.entry)
}

// typed counts the words, and offers how the last one could end.
func (c *wordsCheck) typed() {
	env := c.s.p.env
	put(c.result)
	c.field.SetError("")
	words := strings.Fields(c.entry.Text)
	c.count.Set(env.N("wallet.words.count", len(words)))
	c.offers.Objects = nil
	if len(words) > 0 && !strings.HasSuffix(c.entry.Text, " ") {
		last := words[len(words)-1]
		for _, w := range env.Host.KnownWords(strings.ToLower(last)) {
			if w != last && len(c.offers.Objects) < suggestions {
				c.offers.Add(kit.Secondary(w, func() { c.complete(w) }).Small())
			}
		}
	}
	if c.sheet != nil {
		c.sheet.Refresh()
	}
}

// complete puts a whole word in the place of the last one.
func (c *wordsCheck) complete(word string) {
	words := strings.Fields(c.entry.Text)
	words[len(words)-1] = word
	s := strings.Join(words, " ") + " "
	c.entry.SetText(s)
	c.entry.CursorColumn = len(s)
	c.s.p.env.FocusOn(c.entry)
}

func (c *wordsCheck) check() {
	env := c.s.p.env
	words := strings.Join(strings.Fields(strings.ToLower(c.entry.Text)), " ")
	if words == "" {
		c.field.SetError(env.T("wallet.words.empty"))
		c.sheet.Refresh()
		return
	}
	c.ok.SetBusy(true)
	page.LoadKey(c.s.p.life, "words", func(ctx context.Context) (view.WordsCheck, error) {
		return env.Backend.CheckWords(ctx, words)
	}, func(v view.WordsCheck, err error) {
		c.ok.SetBusy(false)
		switch {
		case err != nil:
			put(c.result, env.Kit.FailureLine(err, nil))
		case v.ThisWallet:
			put(c.result, kit.Hint(look.Success, env.T("wallet.words.right"), env.T("wallet.words.right.text"), nil))
		case v.Valid:
			put(c.result, kit.Hint(look.Danger, env.T("wallet.words.other"), env.T("wallet.words.other.text"), nil))
		default:
			put(c.result, kit.Hint(look.Danger, env.T("wallet.words.wrong"), v.Problem, nil))
		}
		c.sheet.Refresh()
	})
}
