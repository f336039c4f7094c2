package start

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
)

// checks is how many of the words are asked for.
const checks = 3

func shuffle(n int, swap func(i, j int)) { rand.Shuffle(n, swap) }

// makeWords makes new words and shows them.
func (f *Flow) makeWords() {
	words, err := f.env.Host.NewWords(f.draft.count)
	if err != nil {
		f.env.Fail(err)
		return
	}
	f.draft.words = words
	f.showWords()
}

// showWords shows the words for writing down.
func (f *Flow) showWords() {
	env := f.env
	list := strings.Fields(f.draft.words)
	var cells []fyne.CanvasObject
	for i, w := range list {
		number := kit.MinWidth(20, kit.Small(strconv.Itoa(i+1)).Align(fyne.TextAlignTrailing))
		cells = append(cells, kit.Stack(kit.Surface(look.Raised, 8), kit.PadXY(8, 8, kit.RowGap(8, number, kit.Grow(kit.Strong(w))))))
	}
	count := 0
	if f.draft.count == 24 {
		count = 1
	}
	// The longer kind is for those who ask: 12 words cannot be guessed either.
	more := kit.Tabs([]string{env.T("start.words.12"), env.T("start.words.24")}, count, func(i int) {
		f.draft.count = 12 * (i + 1)
		f.makeWords()
	})
	secret := f.draft.words
	copied := kit.Ghost(env.T("start.words.copy"), func() {
		env.Host.CopyText(secret, true)
		env.Toast(look.Warn, env.T("start.words.copied"))
	}).Icon("content_copy").Small()
	content := kit.ColumnGap(14,
		kit.Hint(look.Warn, "", env.T("start.words.warning"), nil),
		kit.Columns(112, cells...),
		kit.Between(more, copied))
	f.put(step{title: env.T("start.words.title"), text: env.T("start.words.write"), content: content, n: 2, of: f.of(), width: 640,
		next: kit.Primary(env.T("start.words.written"), f.askWords), back: f.networkStep})
}

// askWords asks for some of the words, so that nobody loses coins to a list
// that was never written.
func (f *Flow) askWords() {
	env := f.env
	list := strings.Fields(f.draft.words)
	places := make([]int, len(list))
	for i := range places {
		places[i] = i
	}
	f.o.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
	asked := slices.Clone(places[:checks])
	slices.Sort(asked)
	c := &checkWords{f: f, list: list, asked: asked, bait: f.bait(list, asked), chips: kit.Flow()}
	c.next = kit.Primary(env.T("start.continue"), c.confirm)
	form := kit.Form()
	var fields []*kit.EntryBox
	for _, at := range asked {
		e := kit.Entry(env.T("start.check.hint"))
		box := kit.Field(env.T("start.check.word", "n", at+1), e)
		c.entries, c.fields = append(c.entries, e), append(c.fields, box)
		fields = append(fields, e)
		form.Add(box)
	}
	for i, e := range c.entries {
		e.OnChanged = func(string) { c.at = i; c.changed() }
		e.OnSubmitted = func(string) { c.submitted(i) }
	}
	c.changed()
	f.put(step{title: env.T("start.check.title"), text: env.T("start.check.text"), content: kit.ColumnGap(16, form, c.chips), n: 3, of: f.of(),
		next: c.next, back: f.showWords, focus: c.entries[0], left: blank(fields...)})
}

// bait is the asked words among others of the list, mixed.
func (f *Flow) bait(list []string, asked []int) []string {
	var out []string
	for _, at := range asked {
		out = append(out, list[at])
	}
	for i, w := range list {
		if len(out) < 2*checks && !slices.Contains(asked, i) && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	f.o.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// checkWords is the step that asks.
type checkWords struct {
	f       *Flow
	list    []string
	asked   []int
	bait    []string
	entries []*kit.EntryBox
	fields  []*kit.FieldBox
	chips   *fyne.Container
	next    *kit.Button
	at      int // the field that suggestions go to
}

// changed shows what could be meant.
func (c *checkWords) changed() {
	for i := range c.fields {
		c.fields[i].SetError("")
	}
	whole := true
	for _, e := range c.entries {
		whole = whole && strings.TrimSpace(e.Text) != ""
	}
	if whole {
		c.next.Enable()
	} else {
		c.next.Disable()
	}
	c.chips.RemoveAll()
	words, typed := c.bait, strings.ToLower(strings.TrimSpace(c.entries[c.at].Text))
	if typed != "" {
		words = c.f.env.Host.KnownWords(typed)
		if slices.Contains(words, typed) {
			words = c.bait
		}
	}
	for _, w := range words {
		c.chips.Add(chip(w, func() { c.take(w) }))
	}
	c.f.box.Refresh()
}

// chip is a word to tap.
func chip(word string, fn func()) *kit.Button { return kit.Secondary(word, fn).Small() }

// take puts a word into the field that is being filled in, or the next empty one.
func (c *checkWords) take(word string) {
	at := c.at
	typed := strings.ToLower(strings.TrimSpace(c.entries[at].Text))
	if typed == "" || slices.Contains(c.f.env.Host.KnownWords(typed), typed) { // done, or not begun
		for i, e := range c.entries {
			if strings.TrimSpace(e.Text) == "" {
				at = i
				break
			}
		}
	}
	c.entries[at].SetText(word)
	c.submitted(at)
}

// submitted goes on to the next empty field, or confirms.
func (c *checkWords) submitted(i int) {
	for k := 1; k <= len(c.entries); k++ {
		n := (i + k) % len(c.entries)
		if strings.TrimSpace(c.entries[n].Text) == "" {
			c.at = n
			c.f.env.FocusOn(c.entries[n])
			c.changed()
			return
		}
	}
	c.f.env.FocusOn(c.next)
}

func (c *checkWords) confirm() {
	right := true
	for i, at := range c.asked {
		if strings.ToLower(strings.TrimSpace(c.entries[i].Text)) != c.list[at] {
			c.fields[i].SetError(c.f.env.T("start.check.wrong", "n", at+1))
			right = false
		}
	}
	if right {
		c.f.passphraseStep()
		return
	}
	c.f.box.Refresh()
}
