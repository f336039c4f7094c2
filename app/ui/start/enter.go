package start

import (
	"context"
	"strings"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
)

// enterWords asks for the words of an older wallet.
func (f *Flow) enterWords() {
	env := f.env
	entry := kit.MultiLine(env.T("start.enter.hint"), 4)
	field := kit.Field(env.T("start.enter.label"), entry)
	chips := kit.Flow()
	count := kit.Small(env.N("start.enter.count", 0))
	var next *kit.Button
	next = kit.Primary(env.T("start.continue"), func() { f.wordsEntered(entry, field, next) })
	changed := func(s string) {
		words := strings.Fields(strings.ToLower(s))
		field.SetError("")
		count.Set(env.N("start.enter.count", len(words)))
		if len(words) == 12 || len(words) == 24 {
			next.Enable()
		} else {
			next.Disable()
		}
		chips.RemoveAll()
		if len(words) > 0 && !strings.HasSuffix(s, " ") && !strings.HasSuffix(s, "\n") {
			last := words[len(words)-1]
			for _, w := range env.Host.KnownWords(last) {
				if w != last {
					chips.Add(chip(w, func() {
						entry.SetText(strings.Join(append(words[:len(words)-1:len(words)-1], w), " ") + " ")
						entry.CursorRow, entry.CursorColumn = 0, len(entry.Text)
						env.FocusOn(entry)
					}))
				}
			}
		}
		f.box.Refresh()
	}
	entry.OnChanged = changed
	changed("")
	f.put(step{title: env.T("start.enter.title"), text: env.T("start.enter.text"), content: kit.ColumnGap(12, field, chips, count), n: 2, of: f.of(),
		next: next, back: f.networkStep, focus: entry, left: blank(entry)})
}

// wordsEntered checks the words, and goes on.
func (f *Flow) wordsEntered(entry *kit.EntryBox, field *kit.FieldBox, next *kit.Button) {
	words := strings.Join(strings.Fields(strings.ToLower(entry.Text)), " ")
	next.SetBusy(true)
	page.Load(f.scope, func(context.Context) (struct{}, error) { return struct{}{}, f.env.Host.CheckWords(words) }, func(_ struct{}, err error) {
		next.SetBusy(false)
		if err != nil {
			field.SetError(f.env.Text.Explain(err))
			f.box.Refresh()
			return
		}
		f.draft.words = words
		f.passphraseStep()
	})
}

// backupStep asks for a backup file and the passphrase that it was made with.
func (f *Flow) backupStep() { f.backupAgain("", nil) }

func (f *Flow) backupAgain(path string, failed error) {
	env := f.env
	pass := env.Kit.Password("")
	file := kit.Small(env.T("start.backup.nofile")).Wrap()
	var next *kit.Button
	next = kit.Primary(env.T("start.backup.restore"), func() {
		secret := []byte(pass.Text)
		f.restore(path, secret)
	})
	ready := func() {
		if path == "" || pass.Text == "" {
			next.Disable()
		} else {
			next.Enable()
		}
		if path != "" {
			file.SetTone(0)
			file.Set(path)
		}
	}
	choose := kit.Secondary(env.T("start.backup.choose"), func() {
		title := env.T("start.backup.choose")
		page.Load(f.scope, func(ctx context.Context) (string, error) { return env.Host.OpenFile(ctx, title) }, func(p string, err error) {
			if err != nil {
				env.Fail(err)
			} else if p != "" {
				path = p
				ready()
				env.FocusOn(pass)
			}
		})
	}).Icon("folder_open")
	pass.OnChanged = func(string) { ready() }
	pass.OnSubmitted = func(string) { next.Tapped(nil) }
	ready()
	content := kit.Form(kit.Field(env.T("start.backup.file"), kit.Tight(kit.Left(choose), file)),
		kit.Field(env.T("start.backup.pass"), pass).Help(env.T("start.backup.passhelp")))
	f.put(step{title: env.T("start.backup"), text: env.T("start.backup.about"), content: f.withFailure(failed, content), next: next, back: f.welcome, left: blank(pass)})
}
