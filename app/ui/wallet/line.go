package wallet

import (
	"context"
	"errors"
	"strings"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/ui/wallet/qrscan"
	"supercomputing/app/view"
)

// line is one recipient of the form.
type line struct {
	f           *payees
	i           int
	body        *fyne.Container
	to, amount  *kit.EntryBox
	toField     *kit.FieldBox
	amountField *kit.FieldBox
	found       *fyne.Container // who that is, or who it could be
	all         *kit.Button
	asked       bool // the suggestions were asked for
}

func newLine(f *payees, i int) *line {
	env := f.p.env
	l := &line{f: f, i: i, to: kit.Entry(env.T("wallet.send.to.hint")), amount: kit.Entry("0.0"), found: kit.ColumnGap(2)}
	r := f.d.to[i]
	l.to.SetText(r.typed)
	l.to.OnChanged = l.typed
	l.amount.SetText(r.amount)
	l.amount.OnChanged = func(s string) {
		l.recipient().amount = s
		l.amountField.SetError("")
		f.told()
	}
	submit := func(string) { f.submit() }
	l.to.OnSubmitted, l.amount.OnSubmitted = submit, submit
	l.toField = kit.Field(env.T("wallet.send.to"), l.to)
	l.amountField = kit.Field(env.T("wallet.send.amount"), l.amountRow())
	var scan *kit.Button
	scan = env.Kit.IconButton("qr_code_scanner", env.T("wallet.send.qr"), func() {
		env.Kit.Menu(scan,
			kit.MenuItem{Label: env.T("wallet.send.qr.file"), Icon: "image", Do: l.scanFile},
			kit.MenuItem{Label: env.T("wallet.send.qr.clipboard"), Icon: "content_paste", Do: l.scanClipboard})
	})
	tools := kit.RowGap(2,
		env.Kit.IconButton("contacts", env.T("wallet.send.people"), func() { l.asked = !l.asked; l.showFound() }),
		env.Kit.IconButton("content_paste", env.T("wallet.send.paste"), func() { l.take(env.Host.ClipboardText()) }), scan)
	if len(f.d.to) > 1 {
		tools.Add(env.Kit.IconButton("close", env.T("wallet.send.remove"), func() { f.remove(i) }))
	}
	l.body = kit.ColumnGap(10, l.toField, l.under(tools), l.amountField)
	l.showAll()
	l.showFound()
	return l
}

// under is who was found, with the tools beside, or below where there is little room.
func (l *line) under(tools *fyne.Container) fyne.CanvasObject {
	if l.f.p.env.Narrow {
		return kit.ColumnGap(4, l.found, kit.Right(tools))
	}
	return kit.Row(kit.Grow(l.found), tools)
}

func (l *line) recipient() *recipient { return &l.f.d.to[l.i] }

// amountRow is the amount with its unit; the first line may get everything.
func (l *line) amountRow() fyne.CanvasObject {
	row := kit.Row(kit.Grow(l.amount), kit.Muted(text.Unit))
	if l.i == 0 {
		l.all = kit.Secondary(l.f.p.env.T("wallet.send.all"), l.toggleAll)
		row.Add(l.all)
	}
	return row
}

func (l *line) toggleAll() {
	d := l.f.d
	d.all = !d.all
	l.amountField.SetError("")
	l.showAll()
	l.f.told()
}

// showAll shows whether this line gets everything.
func (l *line) showAll() {
	if l.all == nil {
		return
	}
	env := l.f.p.env
	if !l.f.d.all {
		l.all.SetLabel(env.T("wallet.send.all"))
		l.amount.SetPlaceHolder("0.0")
		l.amount.Enable()
		l.amountField.Help("")
		return
	}
	l.all.SetLabel(env.T("wallet.send.all.not"))
	change := l.amount.OnChanged
	l.amount.OnChanged = nil
	l.amount.SetText("")
	l.amount.OnChanged = change
	l.recipient().amount = ""
	l.amount.SetPlaceHolder(env.T("wallet.send.all.hint"))
	l.amount.Disable()
	l.amountField.Help(env.T("wallet.send.all.help"))
	l.f.p.root.Refresh()
}

// typed follows what is typed or pasted: a payment link fills the line.
func (l *line) typed(s string) {
	l.recipient().typed = s
	l.asked = false
	l.toField.SetError("")
	if strings.Contains(s, ":") && l.f.p.book.prefix != "" {
		if u, err := view.ParsePayURI(s); err == nil && l.f.p.book.checkAddress(u.Address) == "" {
			l.filled(u)
			return
		}
	}
	l.showFound()
	l.f.told()
}

// take takes a text that was pasted or scanned: a payment link, an address or
// a name.
func (l *line) take(s string) {
	s = strings.TrimSpace(s)
	if s == "" {
		l.toField.SetError(l.f.p.env.T("wallet.send.paste.empty"))
		l.f.p.root.Refresh()
		return
	}
	u, err := view.ParsePayURI(s)
	if err == nil {
		l.filled(u)
		return
	}
	if address, _ := l.f.p.book.find(s); address != "" {
		l.to.SetText(s)
		return
	}
	l.toField.SetError(l.f.p.env.T(payProblem(err)))
	l.f.p.root.Refresh()
}

// filled puts a payment link into the line.
func (l *line) filled(u view.PayURI) {
	l.f.d.take(l.i, u)
	l.f.rebuild()
}

// showFound shows who the text means, or whom it could mean.
func (l *line) showFound() {
	b := l.f.p.book
	env := l.f.p.env
	typed := strings.TrimSpace(l.recipient().typed)
	l.found.Objects = nil
	address, _ := b.find(typed)
	switch {
	case typed != "" && address != "":
		l.found.Add(env.Kit.Address(address, b.name(address)))
		if m := l.recipient().message; m != "" {
			l.found.Add(kit.Small(env.T("wallet.send.message", "text", m)).Wrap())
		}
	case typed != "" || l.asked:
		for _, m := range b.suggest(typed) {
			l.found.Add(l.suggestion(m))
		}
		if len(l.found.Objects) == 0 && l.asked {
			l.found.Add(kit.Small(env.T("wallet.send.people.none")).Wrap())
		}
	}
	l.f.p.root.Refresh()
}

func (l *line) suggestion(m match) fyne.CanvasObject {
	words := kit.ColumnGap(0, kit.Strong(m.name).Truncate(), kit.Mono(text.Short(m.address)).Sized(look.SizeSmall).Tone(look.Muted))
	return kit.Tap(kit.PadXY(6, 4, kit.RowGap(10, kit.Avatar(m.address, 28), kit.Grow(words))), func() { l.to.SetText(m.address) }).SetLabel(m.name)
}

// scanFile reads the QR code of a picture file.
func (l *line) scanFile() {
	env := l.f.p.env
	kind := view.FileKind{Name: env.T("wallet.send.qr.pictures"), Extensions: []string{".png", ".jpg", ".jpeg", ".gif"}}
	l.scan(func(ctx context.Context) ([]byte, error) {
		path, err := env.Host.OpenFile(ctx, env.T("wallet.send.qr.title"), kind)
		if err != nil || path == "" {
			return nil, err
		}
		return env.Host.ReadFile(ctx, path, qrscan.MaxBytes)
	}, "")
}

// scanClipboard reads the QR code of a copied picture.
func (l *line) scanClipboard() {
	l.scan(l.f.p.env.Host.ClipboardImage, "wallet.send.qr.empty")
}

// scan reads a picture's QR code into the line. A person who chose no picture
// is told nothing, unless none says something.
func (l *line) scan(picture func(context.Context) ([]byte, error), none text.Key) {
	env := l.f.p.env
	page.LoadKey(l.f.p.life, "scan", func(ctx context.Context) (string, error) {
		data, err := picture(ctx)
		if err != nil || len(data) == 0 {
			return "", err
		}
		return qrscan.Scan(data)
	}, func(s string, err error) {
		switch {
		case err == nil && s != "":
			l.take(s)
			return
		case err == nil && none != "":
			l.toField.SetError(env.T(none))
		case err != nil && !page.Cancelled(err):
			l.toField.SetError(scanProblem(env, err))
		}
		l.f.p.root.Refresh()
	})
}

func scanProblem(env *page.Env, err error) string {
	switch {
	case errors.Is(err, qrscan.ErrPicture):
		return env.T("wallet.qr.picture")
	case errors.Is(err, qrscan.ErrLarge):
		return env.T("wallet.qr.large")
	case errors.Is(err, qrscan.ErrNone):
		return env.T("wallet.qr.none")
	case errors.Is(err, qrscan.ErrSeveral):
		return env.T("wallet.qr.several")
	}
	return env.Text.Explain(err)
}
