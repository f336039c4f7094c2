package wallet

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
)

// payees are the recipients of a payment that is being written, in the wallet
// or of a shared account.
type payees struct {
	p       *Page
	d       *draft
	body    *fyne.Container
	list    *fyne.Container
	lines   []*line
	told    func() // something was changed
	submit  func() // Enter
	rebuild func() // the draft was filled by a link: the form is made anew
}

func newPayees(p *Page, d *draft, told, submit, rebuild func()) *payees {
	f := &payees{p: p, d: d, list: kit.ColumnGap(18), told: told, submit: submit, rebuild: rebuild}
	add := kit.Ghost(p.env.T("wallet.send.add"), f.add).Icon("add").Small()
	f.body = kit.Column(f.list, kit.Left(add))
	f.fill()
	return f
}

// fill makes the lines of the draft anew.
func (f *payees) fill() {
	f.lines, f.list.Objects = nil, nil
	for i := range f.d.to {
		l := newLine(f, i)
		f.lines = append(f.lines, l)
		if i > 0 {
			f.list.Add(kit.Divider())
		}
		f.list.Add(l.body)
	}
	if f.d.problem != "" {
		f.lines[0].toField.SetError(f.p.env.T(f.d.problem))
		f.d.problem = ""
	}
	f.p.root.Refresh()
}

func (f *payees) add() {
	f.d.to = append(f.d.to, recipient{})
	f.fill()
	f.told()
	f.p.env.FocusOn(f.lines[len(f.lines)-1].to)
}

func (f *payees) remove(i int) {
	f.d.to = append(f.d.to[:i:i], f.d.to[i+1:]...)
	if i == 0 {
		f.d.all = false
	}
	f.fill()
	f.told()
}

// changed shows names that have come.
func (f *payees) changed() {
	for _, l := range f.lines {
		l.showFound()
	}
}

func (f *payees) clearAmounts() {
	for _, l := range f.lines {
		l.amountField.SetError("")
	}
}

// short says at the last amount that there is too little money.
func (f *payees) short(problem string) { f.lines[len(f.lines)-1].amountField.SetError(problem) }

// showProblems says what is wrong at its field, and puts the focus on the first.
func (f *payees) showProblems(p problems, fee *feeBox) {
	var first fyne.Focusable
	note := func(o fyne.Focusable, problem string) {
		if problem != "" && first == nil {
			first = o
		}
	}
	for i, l := range f.lines {
		l.toField.SetError(p.to[i])
		l.amountField.SetError(p.amount[i])
		note(l.to, p.to[i])
		note(l.amount, p.amount[i])
	}
	fee.field.SetError(p.rate)
	note(fee.own, p.rate)
	if first != nil {
		f.p.env.FocusOn(first)
	}
	f.p.root.Refresh()
}
