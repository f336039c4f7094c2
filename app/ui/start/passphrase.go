package start

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
)

// leastPassphrase is how long a passphrase must be.
const leastPassphrase = 8

// withFailure puts what went wrong above the content.
func (f *Flow) withFailure(err error, content fyne.CanvasObject) fyne.CanvasObject {
	if err == nil {
		return content
	}
	return kit.ColumnGap(16, f.env.Kit.FailureLine(err, nil), content)
}

// passphraseStep asks for the passphrase that encrypts the wallet.
func (f *Flow) passphraseStep() {
	env := f.env
	first, second := env.Kit.NewPassword(""), env.Kit.Password("")
	one, two := kit.Field(env.T("start.pass.label"), first), kit.Field(env.T("start.pass.again"), second)
	accept := func() bool {
		one.SetError("")
		two.SetError("")
		switch {
		case len([]rune(first.Entry.Text)) < leastPassphrase:
			one.SetError(env.T("start.pass.short", "n", leastPassphrase))
		case first.Entry.Text != second.Text:
			two.SetError(env.T("start.pass.differ"))
		default:
			return true
		}
		f.box.Refresh()
		return false
	}
	done := func() {
		if accept() {
			wipe(f.draft.pass)
			f.draft.pass = []byte(first.Entry.Text)
			f.summary(nil)
		}
	}
	next := kit.Primary(env.T("start.continue"), done)
	first.Entry.OnSubmitted = func(string) { env.FocusOn(second) }
	second.OnSubmitted = func(string) { done() }
	back := f.askWords
	if f.kind == restored {
		back = f.enterWords
	}
	content := kit.Form(one, two, kit.Hint(look.Info, "", env.T("start.pass.about"), nil))
	f.put(step{title: env.T("start.pass.title"), text: env.T("start.pass.text"), content: content, n: f.of() - 1, of: f.of(),
		next: next, back: back, focus: first.Entry, left: blank(first.Entry, second)})
}

// summary tells what will be made.
func (f *Flow) summary(failed error) {
	env, d := f.env, &f.draft
	network := d.choices[d.network].Name
	if w, ok := networkNames()[network]; ok {
		network = env.T(w.title)
	}
	what := env.T("start.sum.new", "n", d.count)
	if f.kind == restored {
		what = env.T("start.sum.restored")
	}
	facts := kit.Facts(
		kit.Fact{Label: env.T("start.sum.wallet"), Value: what},
		kit.Fact{Label: env.T("start.sum.network"), Value: network},
		kit.Fact{Label: env.T("start.sum.folder"), Value: f.o.State.DataDir})
	next := kit.Primary(env.T("start.sum.go"), f.create).Icon("rocket_launch")
	f.put(step{title: env.T("start.sum.title"), text: env.T("start.sum.text"), content: f.withFailure(failed, facts), n: f.of(), of: f.of(),
		next: next, back: f.passphraseStep, focus: next})
}
